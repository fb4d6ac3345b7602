package detectors

import (
	"errors"
	"strings"
	"testing"
)

// TestLexiconIsStrict: whatever is wrong with a lexicon is an error that says
// where.
func TestLexiconIsStrict(t *testing.T) {
	good := "version: 1\nguidance: [slettes]\ncategories: {helbred: [{t: sygemeld, s: 3, m: p}]}\ndoc_types: {cv: {need: 2, filename: [cv], telltale: [referencer]}}\n"
	if _, err := parseLexicon([]byte(good), nil); err != nil {
		t.Fatal(err)
	}
	for _, tc := range [][3]string{
		{"version: 1", "version: 0", "version"}, {"version: 1", "version: x", "line 1"}, {"guidance:", "guidence:", "guidence"},
		{"s: 3", "s: 4", "strength 4"}, {"s: 3, ", "", "strength 0"}, {"m: p", "m: q", `mode "q"`}, {"m: p", "mode: p", "mode"}, {"t: sygemeld", "t: syg", "too short"},
		{"t: sygemeld", "t: §56", "start with a letter"}, {"t: sygemeld", `t: ""`, "letter"}, {"t: sygemeld, s: 3, m: p", "t: syg, s: 3, m: x", "within words"},
		{"need: 2", "need: 0", "need"}, {"need: 2", "needs: 2", "needs"}, {"helbred:", "Helbred:", "category"}, {"\ndoc_types", "\n---\ndoc_types", "document"},
	} {
		text := strings.Replace(good, tc[0], tc[1], 1)
		if text == good {
			t.Fatalf("%q is not in the lexicon", tc[0])
		}
		if _, err := parseLexicon([]byte(text), nil); !errors.Is(err, ErrLexicon) || !strings.Contains(err.Error(), tc[2]) {
			t.Errorf("%q for %q: %v, want %q", tc[1], tc[0], err, tc[2])
		}
	}
}

// TestOwnTerms: the user's own terms count like those built in, and the version
// tells of them.
func TestOwnTerms(t *testing.T) {
	text := []byte("cpr 150370-5008: hund allergisk, rødgrød og FLØDE")
	plain := testEngine(t, Options{})
	if list := run(t, plain, text, 10); len(list) != 1 {
		t.Errorf("found %s", show(list))
	}
	own := testEngine(t, Options{Lexicon: []Term{
		{Category: "helbred", Text: "Allergi", Strength: 3}, {Category: "mad", Text: "fløde", Strength: 2, Mode: "word"},
		{Category: "mad", Text: "GRØD", Strength: 1, Mode: "compound"}, {Category: "mad", Text: "fløde", Strength: 3, Mode: "word", CaseSensitive: true},
	}})
	var got []string
	for _, m := range run(t, own, text, 10) {
		got = append(got, m.Category+"/"+m.Value+"/"+string(m.Confidence))
	}
	if want := "cpr/150370-••••/confirmed helbred/allergi/confirmed mad/fløde/confirmed"; strings.Join(got, " ") != want {
		t.Errorf("found %q, want %q", got, want)
	}
	if a, b := plain.LexiconVersion(), own.LexiconVersion(); a != "2" || !strings.HasPrefix(b, "2+") || plain.Fingerprint() == own.Fingerprint() {
		t.Errorf("versions %s and %s, fingerprints %s and %s", a, b, plain.Fingerprint(), own.Fingerprint())
	}
	for want, term := range map[string]Term{
		"strength": {Category: "helbred", Text: "allergi"}, "mode": {Category: "helbred", Text: "allergi", Strength: 2, Mode: "regexp"},
		"category": {Category: "Ømt", Text: "allergi", Strength: 2}, "empty word": {Category: "helbred", Text: "allergi", Strength: 2, With: []string{""}},
	} {
		if _, err := New(Options{Lexicon: []Term{term}}); !errors.Is(err, ErrLexicon) || !strings.Contains(err.Error(), want) || !strings.Contains(err.Error(), "allergi") {
			t.Errorf("%+v: %v, want %q", term, err, want)
		}
	}
}

func FuzzLexicon(f *testing.F) {
	f.Add(lexiconYAML)
	f.Add([]byte("version: 1\ncategories: {a: [{t: abcd, s: 1, m: xc}]}\ndoc_types: {cv: {need: 1}}\n"))
	f.Fuzz(func(t *testing.T, data []byte) {
		l, err := parseLexicon(data, nil)
		if err != nil {
			if !errors.Is(err, ErrLexicon) {
				t.Fatal(err)
			}
			return
		}
		_, telltales := newTypist(l.types)
		_, _ = newWordTable(append(l.words(), telltales...), false)
	})
}

// The texts below are about nobody, or about somebody only as the author; they
// mention what the lexicon lists, as policies do. None may give a hit of the
// lexicon.
var guidanceTexts = map[string]string{
	"privatlivspolitik": `Privatlivspolitik for medarbejdere
Vi behandler helbredsoplysninger, oplysninger om sygefravær og fagforeningsmæssigt tilhørsforhold efter databeskyttelseslovens § 12.
Følsomme oplysninger er oplysninger om race, etnisk oprindelse, politisk overbevisning, religiøs overbevisning, seksuel orientering og helbred.
Straffeattest og børneattest indhentes ved ansættelse og slettes, når ansættelsen er godkendt. Mulighedserklæringer og lægeerklæringer
opbevares i personalemappen og slettes 5 år efter fratrædelse.
Kontakt vores databeskyttelsesrådgiver Hanne Mikkelsen på tlf. 33 12 34 56 eller dpo@example.dk, hvis du har spørgsmål.`,
	"slettepolitik": `Slettepolitik. Underretninger om børn slettes, når barnet fylder 18. Sager om anbringelse, plejefamilier og kontanthjælp
opbevares efter arkivlovens regler. Retningslinjen er godkendt af Jens Holm, jens.holm@example.dk. Personalesager: sygemeldinger, skriftlige advarsler
og tjenstlige samtaler slettes efter fem år. Slettefristen regnes fra fratrædelsen.`,
	"vejledning": `Vejledning til ledere: Når en medarbejder er sygemeldt, skal du indkalde til en sygefraværssamtale. Du må ikke spørge til diagnosen.
Mulighedserklæringen udfyldes sammen. Ved depression, stress og angst kan en psykolog hjælpe. Se lovens § 7 og følg proceduren.
Spørgsmål rettes til HR, Mette Sørensen, tlf. 20 12 34 56, mette.soerensen@example.dk.`,
	"pensum": `Pensum for kurset Psykiatri og misbrug: skizofreni, bipolar lidelse, depression, selvmord og selvskade, autisme og ADHD, demens.
Undervisning ved overlæge Søren Nielsen, soren.nielsen@example.dk. Læringsmål: kende til diagnoser og behandlingsplaner.`,
	"bekendtgørelse": `Efter straffelovens § 119 straffes vold mod personer i offentlig tjeneste. Den, der er sigtet eller tiltalt, har ret til en forsvarer.
Varetægt og samfundstjeneste anvendes efter lovens kapitel 8. Behandling af oplysninger om strafbare forhold, jf. databeskyttelseslovens § 8.`,
	"referat": `Referat af personalemøde. Sygefraværet er faldet. Tillidsrepræsentanten orienterede om strejken. Næste møde er den 3. maj kl. 10.`,
	"fortegnelse": `Fortegnelse efter artikel 30: kategorier af registrerede: ansatte, ansøgere, borgere. Kategorier af oplysninger: cpr-nummer, helbred,
fagforening, religion, straffeattest, sygedagpenge, førtidspension. Sletning: se slettefrister. Dataansvarlig: Eksempel Kommune, CVR 12345678, tlf. 33 12 34 56.`,
}

// casesTexts are about a person; all must give at least one hit of the category.
var caseTexts = map[string][2]string{
	"brev":    {"helbred", "Kære Mette Sørensen, cpr 150370-5008. Vi har modtaget din lægeerklæring af 3. maj. Du er sygemeldt på fuld tid."},
	"journal": {"sociale_forhold", "Borger: 290288-5008 Ib Holm. Samtale om kontanthjælp og restance. Han er hjemløs efter skilsmisse."},
	"afgørelse": {"helbred", `Afgørelse om sygedagpenge. 150370-5008. Efter lovens § 7 skal kommunen ... Vi behandler dine personoplysninger efter
databeskyttelsesforordningen, se vores privatlivspolitik. Du har været sygemeldt siden maj.`},
	"personale": {"fagforening", "Ansat 241299-5018, medlem af FOA, ønsker fagforeningen inddraget."},
	"dom":       {"strafbare_forhold", "Straffeattest for Jens Peter Hansen, født 15. marts 1870: betinget dom for vold mod politiet."},
	"liste":     {"religion", "150370-5008;Ib Holm;muslim;halal\n290288-5008;Ida Holm;katolik;\n"},
}

func TestGuidanceIsNotPersonal(t *testing.T) {
	d := testParts(t, Options{}).detector(t, "lexicon")
	for name, text := range guidanceTexts {
		if hits := d.Find([]byte(text)); len(hits) > 0 {
			for _, h := range hits {
				t.Errorf("%s: %s %s %v", name, h.Value, h.Confidence, h.Reasons)
			}
		}
	}
	for name, tc := range caseTexts {
		found := false
		for _, h := range d.Find([]byte(tc[1])) {
			found = found || h.Category == tc[0]
		}
		if !found {
			t.Errorf("%s: nothing of %s: %s", name, tc[0], reading(d.Find([]byte(tc[1]))))
		}
	}
}
