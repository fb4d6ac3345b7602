package detectors

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"
)

// today is the day of the tests.
var today = time.Date(2026, 11, 21, 12, 0, 0, 0, time.UTC)

func testCPR(t testing.TB) *cpr {
	t.Helper()
	c, err := newCPR(today)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// summary shows hits as "number confidence", and the category if it is not
// the usual one.
func summary(hits []Hit) string {
	var list []string
	for _, h := range hits {
		s := h.Value + " " + string(h.Confidence)
		if h.Category != categoryCPR {
			s += " " + h.Category
		}
		list = append(list, s)
	}
	return strings.Join(list, ", ")
}

// The numbers of these tables were given to somebody born before 1900, if to
// anybody. 150370-5009 is 150370-5008 with a wrong check digit.

func TestForms(t *testing.T) {
	const yes, maybe, no = "1503705008 confirmed", "1503705008 possible", ""
	for _, tc := range []struct{ name, text, want string }{
		{"hyphen", "Borgeren 150370-5008 har søgt", yes},
		{"alone", "150370-5008", yes},
		{"en dash", "se 150370–5008", yes},
		{"U+2010", "se 150370‐5008", yes},
		{"non-breaking hyphen U+2011", "se 150370‑5008", yes},
		{"figure dash U+2012", "se 150370‒5008", yes},
		{"em dash U+2014", "se 150370—5008", yes},
		{"bar U+2015", "se 150370―5008", yes},
		{"minus U+2212", "se 150370−5008", yes},
		{"soft hyphen", "se 150370\u00ad5008", yes},
		{"hyphen and zero width space", "se 150370-\u200b5008", yes},
		{"blank", "se 150370 5008", yes},
		{"no-break space", "se 150370\u00a05008", yes},
		{"thin space", "se 150370\u20095008", yes},
		{"narrow no-break space", "se 150370\u202f5008", yes},
		{"tab", "se 150370\t5008", yes},
		{"slash", "se 150370/5008", yes},
		{"dot", "se 150370.5008", maybe},
		{"dot, labelled", "cpr 150370.5008", yes},
		{"spaced hyphen", "se 150370 - 5008", yes},
		{"spaced en dash", "se 150370 – 5008", yes},
		{"two blanks", "se 150370  5008", maybe},
		{"low line", "se 150370_5008", maybe},
		{"dotted date", "se 15.03.70-5008", yes},
		{"dotted date, en dash", "se 15.03.70–5008", yes},
		{"slashed date", "se 15/03/70-5008", yes},
		{"hyphened date", "se 15-03-70-5008", yes},
		{"dotted date and blank", "se 15.03.70 5008", no}, // 15 March 1970, then a number
		{"dotted date and blank, labelled", "cpr 15.03.70 5008", yes},
		{"eight digits", "se 15031870-5008", yes},
		{"dotted eight digits", "se 15.03.1870-5008", yes},
		{"eight digits of another century", "cpr 15031970-5008", no},
		{"line break after the hyphen", "se 150370-\n5008 i dag", yes},
		{"CRLF after the hyphen", "se 150370-\r\n5008 i dag", yes},
		{"line break and indent", "se 150370-\n    5008 i dag", yes},
		{"line break in a quoted mail", "> se 150370-\n> 5008 i dag", yes},
		{"wrapped at the blank", "se 150370\n5008 i dag", maybe},
		{"wrapped at the blank, CRLF", "se 150370\r\n5008 i dag", maybe},
		{"wrapped at the blank, labelled", "CPR-nr. 150370\n5008 i dag", yes},
		{"wrapped at a soft hyphen", "se 150370\u00ad\n5008 i dag", yes},
		{"full width", "se １５０３７０-５００８", yes},
		{"full width throughout", "se １５０３７０－５００８", yes},
		{"full width, bare, labelled", "CPR １５０３７０５００８", yes},
		{"glued to a label", "CPR150370-5008", yes},
		{"glued to a label, bare", "CPR1503705008", yes},
		{"glued to a longer label", "cprnr1503705008", yes},
		{"glued to a name", "Hansen150370-5008", yes},
		{"file name", "150370-5008_sag.pdf", yes},
		{"file name, low line before", "sag_150370-5008.docx", yes},
		{"starts with a low line", "_150370-5008", yes},
		{"glued to the next paragraph", "150370-5008Ansøgningen", yes},
		{"between angle brackets", "<td>150370-5008</td>", yes},
		{"JSON", `{"cpr":"1503705008","navn":"Ib"}`, yes},
		{"JSON number", `{"cpr":1503705008}`, yes},
		{"URL", "https://x.dk/?cprnr=1503705008&a=b", yes},
		{"bare, which may also be a time", "Der er 3 sager: 1503705008", maybe},
		{"bare, about a person", "Patienten 1503705008 er indlagt", yes},
		{"label after it", "150370-5009 (CPR)", "1503705009 possible"},
		{"in parentheses", "(150370-5008)", yes},
		{"end of sentence", "Det er 150370-5008.", yes},
		{"comma-separated", "Ib,150370-5008,50", yes},
		{"comma-separated, bare", "Ib,47,1503705008,50,Gade 2", maybe},
		{"semicolon-separated", "Ib;150370-5008;Gade 2", yes},
		{"column header", "CPR-nr\x1f1503705008\x1e", yes},
		{"column header, lower case", "borgercpr\x1f1503705008\x1e", yes},
		{"column header beats a word in the cell", "CPR\x1ffaktura 1503705008\x1e", yes},
		{"column header with a long cell", "CPR\x1f" + strings.Repeat("ord ", 20) + "1503705008\x1e", yes},
		{"a fraction in a column of CPR numbers", "CPR\x1f1503705008.0\x1e", yes},
		{"a cell ends a number", "150370\x1e5008", no},
		{"two cells of a row", "Ib | 150370 | 5008 |", no},
		{"two cells under a header", "CPR-nr\x1f150370\x1e5008\x1e", maybe},
		{"two cells after a label", "| CPR | 150370 | 5008 |", maybe},
		{"two cells, check digit wrong", "CPR-nr\x1f150370\x1e5009\x1e", no},
		{"two cells, the second an amount", "CPR-nr\x1f150370\x1e5008.50\x1e", no},
		{"two cells, another label", "Født\x1f150370\x1e5008\x1e", no},
		{"two hyphens, labelled", "CPR 150370--5008", maybe},
		{"point and hyphen, labelled", "CPR 150370.-5008", maybe},
		{"hyphen and point, labelled", "CPR 150370-.5008", maybe},
		{"three hyphens", "CPR 150370---5008", no},
		{"encoded blank before", "cpr%20150370-5008", yes},
		{"encoded blank before, bare", "cpr%201503705008", yes},
		{"encoded blank before, unlabelled", "sag%202902885008.pdf", "2902885008 confirmed"},
		{"encoded blank before, eight digits and hyphen", "sag%20150370%2D5008.pdf", yes},
		{"encoded equals sign", "cpr%3D1503705008", yes},
		{"encoded equals sign, unlabelled", "q%3d2902885008%26x", "2902885008 confirmed"},
		{"encoded colon and blank", "cpr%3A%20750370-5008", "7503705008 confirmed erstatningscpr"},
		{"encoded hyphen", "se 150370%2d5008", yes},
		{"encoded hyphen, dotted date", "se 15.03.70%2D5008", yes},
		{"per cent, no encoding", "10%290288-5008", "2902885008 confirmed"},
		{"amount, labelled", "cpr: 1503705008,50", maybe},
		{"amount, labelled, comma-separated", "CPR 2902885008,50", "2902885008 possible"},
		{"amount under a header", "CPR\x1f1503705008,50\x1e", maybe},
		{"a first field and an age", "CPR,alder\n2902885008,50\n", "2902885008 possible"},
		{"money after it, labelled", "cpr 1503705008 kr. 500", maybe},
		{"amount, its label another number's", "CPR 241299-5018 skylder 1503705008,50", "2412995018 confirmed"},
		{"a label does not reach the next cell", "cpr\x1e150370-5009\x1e", no},
		{"a word against does not either", "faktura\x1e150370-5008\x1e", yes},
		{"a header does not reach the next cell", "CPR-nr\x1fukendt\x1e1503705009\x1e", no},
	} {
		if got := summary(testCPR(t).Find([]byte(tc.text))); got != tc.want {
			t.Errorf("%s: %q: got %q, want %q", tc.name, tc.text, got, tc.want)
		}
	}
}

func TestLostZero(t *testing.T) {
	// 010758-5001 without its zero.
	for _, tc := range []struct{ text, want string }{
		{"CPR-nr\x1f107585001\x1e", "0107585001 confirmed"},
		{"CPR-nr\x1f 107585001 \x1e", "0107585001 confirmed"},
		{"CPR-nr\x1f107585001.0\x1e", "0107585001 confirmed"},
		{"CPR-nr\x1f107585002\x1e", "0107585002 possible"},
		{"Antal\x1f107585001\x1e", ""},
		{"Fødselsdato\x1f107585001\x1e", ""},
		{"CPR-nr 107585001", ""},
		{"CPR-nr\x1fnr. 107585001\x1e", ""},
		{"CPR-nr\x1f107585001 kr\x1e", ""},
	} {
		if got := summary(testCPR(t).Find([]byte(tc.text))); got != tc.want {
			t.Errorf("%q: got %q, want %q", tc.text, got, tc.want)
		}
	}
}

func TestNever(t *testing.T) {
	for _, text := range []string{
		"91503705008", "15037050081", "1503705008150370", // longer runs
		"9150370-5008", "150370-50081", "cpr 150370-50081", "cpr 9150370-5008",
		"cpr １150370-5008", "cpr 150370-5008１",
		"DK5015037050081234", "IBAN DK50 1503 7050 0812 34", "NL91ABNA1503705008", "DE891503705008",
		"1503705008,50 kr", "1503705008,50", "cpr 1503705008,50 kr", "1503705008.50", "1503705008 kr", "1503705008 kr.",
		"kr. 1503705008", "DKK 1503705008", "1503705008,-", "€1503705008", "€ 1503705008", "1503705008 €", "1503705008%",
		"3.1503705008", "0,1503705008", "1503705008.123456", "beløb 150370,5008",
		"EAN 5798001503705", "5798150370500", "GLN 5790001503705",
		"+1503705008", "+45 1503705008", "+45 150370 5008", "(+45) 150370 5008", "0045 1503705008", "+45-1503705008",
		"15031870-5008-4abc-8def-0123456789ab", "a1503705-0081-4abc-8def-0123456789ab",
		"01234567-89ab-4abc-8def-ab1503705008", "01234567-89ab-4abc-8def-1503705008ab",
		"0x1503705008", "3fa91503705008", "deadbeef1503705008", "1503705008abcdef", "a1503705008f", "x9y1503705008z",
		"faktura nr 1503705008", "faktura: 1503705008", "Fakturanr.: 1503705008", "kontonr. 1503705008", "konto 1234 1503705008", "reg.nr. 1234 konto 1503705008",
		"P-nr. 1503705008", "P-nummer: 1503705008", "pnr 1503705008", "tlf. 1503705008", "ordrenr 1503705008",
		"CVR 1503705008", "SE-nr. 1503705008", "Fakturanr\x1f1503705008\x1e", "bankkonto 1503705008",
		`{"timestamp": 1503705008}`, `"exp":1503705008,`, "epoch=1503705008",
		"150370-5009", "1503705009", "310270-5008", "001070-5008", "151370-5008", "320170-5008", // no evidence, no date
		"1503 705008", "150370--5008", "150370-\n\n5008", "150370 , 5008", "150370x5008", "150370- -5008",
		"width:1503705008px", "1503705008ms", "%2B1503705008", "2%2B1503705008", "991503705008", "cpr 150370- -5008",
		"15.03.70", "2024-11-21", "20241121-1430", "21112024-1430", "21.11.2024 1430", "12.15.03.70-5008",
	} {
		if got := summary(testCPR(t).Find([]byte(text))); got != "" {
			t.Errorf("%q: got %q", text, got)
		}
	}
}

// TestEvidence is the table of the package comment.
func TestEvidence(t *testing.T) {
	for _, tc := range []struct{ text, want string }{
		// Check digit right.
		{"Fakturaen sendes til 150370-5008", "confirmed"}, // near, not its label
		{"Fakturaen sendes til 2904885006", ""},           // wrong check digit
		{"faktura 150370-5008", "possible"},
		{"sagsnr. 150370-5008", "possible"},
		{"medlemsnr. 150370-5008", "possible"},
		{"12-150370-5008", "possible"},
		{"ID 150370-5008-1", "possible"},
		{"sagsnr. 150370-5008-1234", "possible"},
		{"cpr 150370-5008-1", "confirmed"},
		{"ID 150370-5009-1", ""},
		// A thing with a number, and its number.
		{"faktura 1503705008", "possible"},
		{"fakturanr. 1503705008", ""},
		{"faktura: 1503705008", ""},
		{"faktura 1503705009", ""},
		{"Faktura\x1f1503705008\x1e", ""},
		{"Kundenr 1503705008", "possible"}, // often a CPR number
		{"Ref\x1f1503705008\x1e", "possible"},
		{"konto 1503705008", ""},                       // ten digits, always
		{"Faktura sendt til xy1503705008", "possible"}, // near never silences
		{"12-150370-5008-3", ""},
		{"Fakturaen sendes til 290288 5008", "possible"},
		{"se 2902885008", "confirmed"}, // bare, and no time or P number
		{"se xy2902885008", "possible"},
		{"sagsnr. 2902885008", "possible"},
		{"faktura 4711, 2902885008", "confirmed"}, // 4711 is the invoice
		// A label beats all that only speaks against.
		{"faktura, konto, EAN, cpr: 2902885008", "confirmed"},
		{"cpr (kontonummer) 2902885008", "confirmed"},
		{"CPR-nr. og sagsnr. 150370-5008", "confirmed"},
		{"Personnummer: 150370-5008", "confirmed"},
		{"person-nr. 150370-5008", "confirmed"},
		{"pers.nr. 2902885008", "confirmed"},
		{"FØDSELSNUMMER 2902885008", "confirmed"},
		{"p.nr. 290288-5008", "confirmed"},
		{"CPR 241299-5018, ordrenr. 2902885008", "confirmed, "}, // the label is used up
		// Check digit wrong.
		{"cpr-nr. 150370-5009", "possible"},
		{"cpr-nr. 1503705009", "possible"},
		{"født 150370-5009", "possible"},
		{"født 1503705009", ""},
		{"faktura 150370-5009", ""},
		{"Personale: 150370-5009", ""},
	} {
		var list []string
		for _, h := range testCPR(t).Find([]byte(tc.text)) {
			list = append(list, string(h.Confidence))
		}
		want := strings.TrimSuffix(tc.want, ", ")
		if got := strings.Join(list, ", "); got != want {
			t.Errorf("%q: got %q, want %q", tc.text, got, want)
		}
	}
}

// januaryNumber returns a number born on 1 January of a year of the 20th century
// whose check digit is wrong.
func januaryNumber(year int) string {
	for serial := 1000; ; serial++ {
		s := fmt.Sprintf("0101%02d%04d", year%100, serial)
		var tok token
		for i := range tok.digits {
			tok.digits[i] = s[i] - '0'
		}
		if date, _, ok := tok.born(); ok && date/10000 == year && !modulus11(&tok.digits) {
			return s[:6] + "-" + s[6:]
		}
	}
}

// TestFirstOfJanuary: numbers without check digit, made here so that none of
// a living person's is written down.
func TestFirstOfJanuary(t *testing.T) {
	listed, unlisted, before := januaryNumber(1990), januaryNumber(1961), januaryNumber(1959)
	for _, tc := range []struct {
		text string
		want Confidence
	}{
		{"cpr " + listed, Confirmed},
		{"cpr " + strings.Replace(listed, "-", "", 1), Confirmed},
		{"født " + listed, Confirmed},
		{"se " + listed, Possible},
		{"se " + strings.Replace(listed, "-", "", 1), Possible},
		{"ordrenr. " + listed, ""},
		{"cpr " + unlisted, Possible},
		{"født " + unlisted, Possible},
		{"CPR\x1f" + unlisted + "\x1e", Possible},
		{"se " + unlisted, ""},
		{"se " + before, ""},
		{"cpr " + before, Possible},
	} {
		var got Confidence
		if hits := testCPR(t).Find([]byte(tc.text)); len(hits) > 0 {
			got = hits[0].Confidence
		}
		if got != tc.want {
			t.Errorf("%q: got %q, want %q", MaskText(tc.text), got, tc.want)
		}
	}
	dates, err := birthDates(firstOfJanuary)
	if err != nil || len(dates) != 26 || !dates[19600101] || !dates[19950101] || dates[19610101] {
		t.Errorf("official list: %d dates, %v", len(dates), err)
	}
	if _, err := birthDates("01-01-1960\n1990-01-01"); err == nil || !strings.Contains(err.Error(), "line 2") {
		t.Errorf("a broken list: %v", err)
	}
}

func TestReplacementNumbers(t *testing.T) {
	for _, tc := range []struct{ text, want string }{
		{"erstatningscpr 750370-5008", "7503705008 confirmed erstatningscpr"},
		{"CPR\x1f7503705008\x1e", "7503705008 confirmed erstatningscpr"},
		{"cpr er ikke kendt, derfor 750370-5008", "7503705008 possible erstatningscpr"},
		{"patient 750370-5008", "7503705008 possible erstatningscpr"},
		{"patient 7503705008", ""},
		{"750370-5008", ""},
		{"7503705008", ""},
		{"cpr 920370-5008", ""}, // day 92
		{"cpr 910270-5008", ""}, // 31 February
		{"faktura 750370-5008", ""},
	} {
		if got := summary(testCPR(t).Find([]byte(tc.text))); got != tc.want {
			t.Errorf("%q: got %q, want %q", tc.text, got, tc.want)
		}
	}
}

// TestFuture: nobody is born after today; made here.
func TestFuture(t *testing.T) {
	r := rand.New(rand.NewPCG(3, 4))
	for range 100 {
		s := makeCPR(r, 2027, 2036, true)
		if hits := testCPR(t).Find([]byte("cpr " + s)); len(hits) > 0 {
			t.Fatalf("born in the future: %v", hits[0].Reasons)
		}
		s = makeCPR(r, 1858, 1860, true)
		if hits := testCPR(t).Find([]byte("cpr " + s)); len(hits) != 1 || hits[0].Confidence != Confirmed {
			t.Fatalf("%s: high age is no evidence against: %v", s, hits)
		}
	}
}

// TestNeighbours: company makes a number likelier or less likely, but nothing
// else in a document silences it.
func TestNeighbours(t *testing.T) {
	c := testCPR(t)
	r := rand.New(rand.NewPCG(5, 6))
	noise := func(n int, format string) string { // ten digits that are no date
		var b strings.Builder
		for range n {
			fmt.Fprintf(&b, format, fmt.Sprintf("99%08d", r.IntN(1e8)))
		}
		return b.String()
	}
	find := func(text, number string) (Hit, bool) {
		for _, h := range c.Find([]byte(text)) {
			if h.Value == number {
				return h, true
			}
		}
		return Hit{}, false
	}
	for _, tc := range []struct {
		name, text string
		want       Confidence
		reason     string
	}{
		{"alone", "2902885008", Confirmed, ""},
		{"in noise", noise(20, "%s\n") + "2902885008\n" + noise(20, "%s\n"), Possible, "dense"},
		{"in noise, hyphen", noise(20, "%s\n") + "290288-5008\n" + noise(20, "%s\n"), Possible, "dense"},
		{"in noise, labelled", noise(20, "%s\n") + "cpr 2902885008\n" + noise(20, "%s\n"), Confirmed, "label:cpr"},
		{"in noise, column", noise(20, "%s\x1e\n") + "CPR\x1f2902885008\x1e\n" + noise(20, "%s\x1e\n"), Confirmed, "header:cpr"},
		{"noise far away", noise(20, "%s\n") + strings.Repeat("og ", 300) + "2902885008", Confirmed, ""},
		{"in a list", "0107585001\n1503705008\n2412995018\n2902885008\n", Confirmed, "list"},
		{"time stamps in each row", strings.Repeat("1701234567 INFO bruger 2902885008 logget ind\n", 10), Possible, "dense"},
		{"bad words everywhere", strings.Repeat("faktura fakturanummer konto EAN varenr. customer no p-nr. pnr\n", 30) +
			"Svar til borgeren\n\ni dag om sagen, som er på vej til 290288-5008", Confirmed, ""},
	} {
		hit, ok := find(tc.text, "2902885008")
		if !ok || hit.Confidence != tc.want || tc.reason != "" && !slices.Contains(hit.Reasons, tc.reason) {
			t.Errorf("%s: %v %v, want %s because of %s", tc.name, hit.Confidence, hit.Reasons, tc.want, tc.reason)
		}
	}
	// The company of others never silences one that has something for it.
	text := noise(20, "%s\n") + "1503705008\n" + noise(20, "%s\n") // bare, may be a time, in noise
	if hit, ok := find(text, "1503705008"); !ok || hit.Confidence != Possible {
		t.Errorf("in noise, may be a time: %v", hit)
	}
	// A series of numbers that begin alike is silent, though every eleventh
	// passes modulus 11.
	var series strings.Builder
	for i := range 200 {
		fmt.Fprintf(&series, "%d\n", 1701234000+i*7)
	}
	if hits := c.Find([]byte(series.String())); len(hits) > 2 {
		t.Errorf("a series of time stamps: %d hits", len(hits))
	}
}

// firstValid returns the first number of a date, from a serial number on, whose
// check digit is right.
func firstValid(date string, serial int) string {
	for ; ; serial++ {
		var tok token
		s := fmt.Sprintf("%s%04d", date, serial)
		for i := range tok.digits {
			tok.digits[i] = s[i] - '0'
		}
		if modulus11(&tok.digits) {
			return s
		}
	}
}

// TestPeers has the cases in which OSdatascanner and GDPRScanner lose numbers.
func TestPeers(t *testing.T) {
	young := firstValid("150337", 9000) // 9 and 37 is 1937, not 2037
	leap := firstValid("290200", 5000)  // 29 February 2000 with 7th digit 5–8
	for _, tc := range []struct{ name, text, number string }{
		{"a blacklisted word anywhere in the document", "Bilagsnummer 12, licensnummer 3, varenr. 4.\n\nCPR 150370-5008", "1503705008"},
		{"an invoice word within 120 characters", "Ordre, moms, i alt 3 stk. til Jens Hansen, cpr. 150370-5008, konto 12", "1503705008"},
		{"9 and 37", "cpr " + young, young},
		{"29 February 2000", "cpr " + leap, leap},
		{"glued to the next paragraph", "ansøger 150370-5008Ansøgningen er", "1503705008"},
		{"a table row", "Anne Hansen | 150370-5008 |", "1503705008"},
		{"a letter before", "nr150370-5008", "1503705008"},
		{"a low line", "sag_150370-5008_svar.docx", "1503705008"},
		{"parentheses and signs around", "(!+# 150370-5008 %)", "1503705008"},
		{"a wrong-case neighbour", "HANSEN 150370-5008 hansen", "1503705008"},
		{"a neighbouring number", "12 150370-5008 34", "1503705008"},
		{"a time stamp before it in a row", "2024-11-21T12:00:00;1701234567;150370-5008;x", "1503705008"},
		{"a column header", "Personnummer\x1f150370-5009\x1e", "1503705009"},
		{"no-break space", "150370\u00a05008", "1503705008"},
		{"line break", "150370-\n5008", "1503705008"},
		{"points", "15.03.70-5008", "1503705008"},
		{"four-digit year", "15031870-5008", "1503705008"},
		{"lost zero", "cpr\x1f107585001\x1e", "0107585001"},
		{"replacement number", "cpr 750370-5008", "7503705008"},
	} {
		hits := testCPR(t).Find([]byte(tc.text))
		if len(hits) != 1 || hits[0].Value != tc.number {
			t.Errorf("%s: %q: got %d hits", tc.name, MaskText(tc.text), len(hits))
		}
	}
	// More than ten to a text.
	if n := len(testCPR(t).Find([]byte(strings.Repeat("cpr 150370-5008\n", 1000)))); n != 1000 {
		t.Errorf("1000 numbers in a text: found %d", n)
	}
	// The Norwegian day + 40 is no CPR number.
	if hits := testCPR(t).Find([]byte("cpr 550370-5008")); len(hits) > 0 {
		t.Errorf("day + 40: %s", summary(hits))
	}
}
