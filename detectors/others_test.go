package detectors

import (
	"fmt"
	"strings"
	"testing"
)

// detector returns one of the detectors by its name.
func (p *parts) detector(t testing.TB, name string) Detector {
	t.Helper()
	for _, d := range p.detectors {
		if d.Name() == name {
			return d.Detector
		}
	}
	t.Fatalf("no detector %q", name)
	return nil
}

// allBut returns the names of all detectors but one.
func allBut(t testing.TB, name string) []string {
	t.Helper()
	list := []string{documentTypes}
	for _, d := range testParts(t, Options{}).detectors {
		if d.Name() != name {
			list = append(list, d.Name())
		}
	}
	return list
}

// brief shows hits as "value confidence", with one question mark for possible.
func brief(hits []Hit) string {
	var list []string
	for _, h := range hits {
		s := h.Value
		if h.Confidence == Possible {
			s += "?"
		}
		list = append(list, s)
	}
	return strings.Join(list, ", ")
}

// TestOthers says of each detector what it finds and what not. A value that
// ends in a question mark is possible, else confirmed.
func TestOthers(t *testing.T) {
	p := testParts(t, Options{})
	for detector, cases := range map[string][][2]string{
		"phone": {
			{"Tlf. 33 12 34 56", "33123456"}, {"tlf.: 33123456", "33123456"}, {"Telefon:\t3312 3456", "33123456"}, {"mobil 20-12-34-56", "20123456"},
			{"Tlf\x1f20123456\x1e", "20123456"}, {"Telefon (arbejde)\x1f20 12 34 56\x1e", "20123456"}, {"telefonnummer 20123456", "20123456"},
			{"+45 20 12 34 56", "+4520123456"}, {"+4520123456", "+4520123456"}, {"(+45) 20123456", "+4520123456"}, {"tlf. 0045 20123456", "+4520123456"},
			{"ring på +46 70 123 45 67", "+46701234567?"}, {"se 20 12 34 56", "20123456?"}, {"tlf. 20123456 / 20123457", "20123456"},
			{"se 20123456", ""}, {"20 12 34 56 78", ""}, {"12 34 20 12 34 56", ""}, {"CVR-nr. 20 12 34 56", ""}, {"kontonr. 20 12 34 56", ""}, {"1+45", ""}, {"a+4520123456", ""},
			{"tlf. 12 34 56 78", ""}, {"+45 12 34 56 78", ""}, {"2024-11-20T10:20:30.123", ""}, {"telefon, se CVR 20123456", ""}, {"tlf. oplyses senere;20123456", ""},
			{"+45 20 12 34 56 78", ""}, {"EAN 57 98 00 12 34 56 7", ""}, {"mobil: 2012345678", ""},
		},
		"email": {
			{"skriv til jens.hansen@example.dk.", "jens.hansen@example.dk"}, {"<a.b+c@sub.example.com>", "a.b+c@sub.example.com"}, {"søren@blåbær.dk", "søren@blåbær.dk"},
			{"info@example.dk", "info@example.dk?"}, {"mailto:ib@example.dk", "ib@example.dk"}, {"x@y", ""}, {"@example.dk", ""}, {"ib@example.", ""}, {"billede@2x.png", ""},
			{"https://ib:kode@example.dk/", ""}, {"pakke@1.2.3", ""}, {"ib@@example.dk", ""}, {"ib@example..dk", ""}, {"ib.@example.dk", ""}, {"a@example.dk,b@example.dk", "a@example.dk, b@example.dk"},
		},
		"iban": {
			{"IBAN: DK50 0040 0440 1162 43", "DK5000400440116243"}, {"DK5000400440116243", "DK5000400440116243"}, {"DE89370400440532013000", "DE89370400440532013000"},
			{"GB29 NWBK 6016 1331 9268 19", "GB29NWBK60161331926819"}, {"iban DK51 0040 0440 1162 43", "DK5100400440116243?"}, {"DK51 0040 0440 1162 43", ""},
			{"DK50004004401162431", ""}, {"ADK5000400440116243", ""}, {"DK500040044011624", ""}, {"NO9386011117947", "NO9386011117947"}, {"XX5000400440116243", ""}, {"IBAN\x1fDK5000400440116243\x1e", "DK5000400440116243"},
		},
		"payment_card": {
			{"kort 4111 1111 1111 1234", ""}, {"Visa 4556 7375 8689 9855", "4556737586899855"}, {"5019 7170 1010 3742", "5019717010103742"}, {"5105-1051-0510-5100", "5105105105105100"}, {"4444 4444 4444 4448", ""},
			{"kortnr. 4556737586899855", "4556737586899855"}, {"4556737586899855", "4556737586899855?"}, {"3782 822463 10005", "378282246310005"}, {"378282246310005", ""},
			{"American Express 378282246310005", "378282246310005"}, {"45567375868998551", ""}, {"ordrenr. 4556737586899855", ""}, {"4556737586899856", ""}, {"1.4556737586899855", ""},
			{"4556 7375 8689 9855 1234", ""}, {"9556737586899855", ""}, {"IMEI 490154203237518", ""}, {"5790000123453", ""}, {"Kortnummer\x1f4556 7375 8689 9855\x1e", "4556737586899855"},
		},
		"bank_account": {
			{"reg.nr. 1234 kontonr. 0012345678", "1234-0012345678"}, {"Reg. 1234, konto 12345678", "1234-12345678"}, {"kontonummer: 1234 0012345678", "1234-0012345678"},
			{"konto 1234-12345678", "1234-12345678"}, {"Reg.nr. 1234 12345678", "1234-12345678"}, {"NemKonto 1234 0012345678", "1234-0012345678"}, {"bankkonto 12340012345678", "1234-0012345678"},
			{"kontonr. 12345678", "12345678?"}, {"konto 4520", ""}, {"konto 123456", ""}, {"kontoret 12345678", ""}, {"kontor 12345678", ""}, {"konto 12345678,50 kr", ""},
			{"Kontonr\x1f1234 12345678\x1e", "1234-12345678"}, {"konto: se bilag;1234 12345678", ""}, {"1234 0012345678", ""}, {"konto 00000000", ""}, {"lønkonto 1234 12345678", "1234-12345678"},
		},
		"passport": {
			{"Pasnr. 204567891", "204567891"}, {"pasnummer: 204567891", "204567891"}, {"Passport no. AB1234567", "AB1234567?"}, {"Pas nr. 204567891", "204567891"},
			{"pas på 204567891", ""}, {"pasnr. 20456789", ""}, {"pasnr. 2045678912", ""}, {"Pasnr\x1f204567891\x1e", "204567891"}, {"rejsepas 204567891", "204567891"},
		},
		"driving_licence": {
			{"Kørekortnr. 12345678", "12345678"}, {"kørekort nr.: 12345678", "12345678"}, {"Kørekort: 12345678", "12345678?"}, {"kørekort siden 15-03-1970", ""}, {"førerbevis nr. 12 345 678", "12345678"},
			{"kørekort, tlf. 20123456", ""}, {"kørekort 1234567", ""}, {"koerekortnummer 12345678", "12345678"},
		},
		"licence_plate": {
			{"nummerplade AB12345", "AB12345"}, {"Reg.nr. AB 12 345", "AB12345"}, {"bilen AB 12 345 holdt", "AB12345?"}, {"AB12345", ""}, {"varenr. AB12345", ""}, {"AB 02 345", ""},
			{"AI 12 345", ""}, {"XAB 12 345", ""}, {"AB 12 3456", ""}, {"AB 12 345 67", ""}, {"registreringsnummer: AB 12345", "AB12345"},
		},
		"person": {
			{"Jens Peter Hansen, Storegade 12, 8000 Aarhus C", "Jens Peter Hansen"}, {"Anne-Marie Møller\nSolsikkevej 3 B, 2. tv\n2650 Hvidovre", "Anne-Marie Møller"},
			{"Lars Toft-Bæk, Ny Vestergade 7", "Lars Toft-Bæk?"}, {"Mette Sørensen, født 15. marts 1870", "Mette Sørensen"}, {"Karen Xyzzyk f. 15.03.1870", "Karen Xyzzyk?"},
			{"fødselsdato: 15-03-1870, navn: Ib Holm", "Ib Holm"}, {"Jens Hansen", ""}, {"jens hansen, storegade 12, 8000 aarhus", ""}, {"Jens sagde, at Storegade 12", ""},
			{"H.C. Andersen boede i Nyhavn 20", ""}, {"Mogens Hansen skrev den 15. marts 1970", ""}, {"Søren Kierkegaards Plads 1, 1221 København", ""},
			{"Peter\u00a0Nielsen, Lille Strandvej 5, 3000 Helsingør", "Peter\u00a0Nielsen"}, {"Kære Hanne Olsen\nBøgebakken 14\n5000 Odense", "Hanne Olsen"},
		},
	} {
		d := p.detector(t, detector)
		for _, tc := range cases {
			hits := d.Find([]byte(tc[0]))
			if got := brief(hits); got != tc[1] {
				t.Errorf("%s: %q: %q, want %q", detector, tc[0], got, tc[1])
			}
			for _, h := range hits {
				if masked := d.Mask(h.Value); strings.Contains(masked, h.Value) {
					t.Errorf("%s: mask %q of %q", detector, masked, h.Value)
				}
			}
		}
	}
}

// TestMasks says what stays to be seen.
func TestMasksOfOthers(t *testing.T) {
	p := testParts(t, Options{})
	for _, tc := range [][3]string{
		{"phone", "33123456", "••••56"}, {"phone", "+4533123456", "••••56"}, {"email", "jens.hansen@example.dk", "j••••@example.dk"}, {"iban", "DK5000400440116243", "DK••••43"},
		{"payment_card", "4556737586899855", "••••9855"}, {"bank_account", "1234-0012345678", "1234-••••78"}, {"bank_account", "12345678", "••••78"}, {"passport", "204567891", "••••91"},
		{"driving_licence", "12345678", "••••78"}, {"licence_plate", "AB12345", "AB••••"}, {"person", "Åse Holm", "Å•••• H••••"}, {"custom", "Ørneklo", "Ø••••"}, {"lexicon", "sygemeld", "sygemeld"},
		{"phone", "1", "••••"}, {"email", "", "••••"}, {"email", "@x", "••••"}, {"iban", "DK", "••••"}, {"bank_account", "", "••••"}, {"licence_plate", "A", "••••"}, {"person", "", ""},
	} {
		if got := p.detector(t, tc[0]).Mask(tc[1]); got != tc[2] {
			t.Errorf("%s %q: %q, want %q", tc[0], tc[1], got, tc[2])
		}
	}
}

// reading shows a hit of the lexicon: category/term, confidence, reasons.
func reading(hits []Hit) string {
	var list []string
	for _, h := range hits {
		list = append(list, fmt.Sprintf("%s/%s %s", h.Category, h.Value, h.Confidence))
	}
	return strings.Join(list, ", ")
}

// TestLexicon: what is said of a person is found, in the words of cases and
// letters; what is said of nobody is not.
func TestLexicon(t *testing.T) {
	p := testParts(t, Options{})
	for _, tc := range [][2]string{
		{"Borgeren, cpr 150370-5008, er sygemeldt.", "helbred/sygemeld confirmed"},
		{"Cpr 150370-5008. Medlem af 3F.", "fagforening/medlem af 3f confirmed"},
		{"Cpr 150370-5008: indlagt i maj med depression", "helbred/indlagt confirmed"},
		{"cpr 150370-5008: en abort", "helbred/abort possible"},
		{"Mette Sørensen, født 15. marts 1870, fik en ubetinget fængselsdom: ubetinget fængsel i 40 dage", "strafbare_forhold/ubetinget fængsel confirmed"},
		{"Vi har talt med Jens Hansen om hans selvmordstanker", "helbred/selvmord possible"},
		{"jens.hansen@example.dk er sygemeldt", "helbred/sygemeld possible"},
		{"jens.hansen@example.dk er sygemeldt, jf. artikel 9 om slettefrist", ""},
		{"jens.hansen@example.dk er sygemeldt, jf. artikel 9", "helbred/sygemeld possible"},
		{"Ring 20 12 34 56. Hun er sygemeldt.", ""},
		{"Hun er sygemeldt.", ""},
		{"Medarbejderen er sygemeldt og har fået en diagnose, depression og angst.", ""},
		{"cpr 150370-5008, angst", ""},
		{"cpr 150370-5008: underretning om prisændring", ""},
		{"cpr 150370-5008: underretning om bekymring for barnet", "sociale_forhold/underretning confirmed"},
		{"Cpr 150370-5008, sygemeldt. " + strings.Repeat("Der er tale om almindelig tekst uden noget i. ", 20) + "Cpr 290288-5008, anbragt og skizofreni.", "helbred/sygemeld confirmed, sociale_forhold/anbragt confirmed, helbred/skizofreni confirmed"},
		{"Cpr 150370-5008." + strings.Repeat(" ord", 100) + " sygemeldt", ""},
		{"150370-5008 sygemeldt: vi behandler helbredsoplysninger efter databeskyttelsesforordningens artikel 9 og sletter dem efter slettefristen, jf. retningslinjen", "helbred/sygemeld possible"},
	} {
		if got := reading(p.detector(t, "lexicon").Find([]byte(tc[0]))); got != tc[1] {
			t.Errorf("%q:\n%s, want\n%s", tc[0], got, tc[1])
		}
	}
}
