package detectors

import (
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
)

// TestExplainOthers: every reason of the other detectors has a sentence in both
// languages, and every sentence's reason is given for some text.
func TestExplainOthers(t *testing.T) {
	given := map[string]bool{}
	p := testParts(t, Options{Custom: ownRules})
	collect := func(text []byte) {
		for _, d := range p.detectors {
			for _, h := range d.Find(text) {
				for _, reason := range h.Reasons {
					name, word, _ := strings.Cut(reason, ":")
					given[name] = true
					english, danish := Explain(reason)
					if english == "" || danish == "" || english == danish || strings.Contains(english+danish, "%") ||
						!strings.Contains(english, word) || !strings.Contains(danish, word) {
						t.Fatalf("%q: %q, %q", reason, english, danish)
					}
				}
			}
		}
	}
	r := rand.New(rand.NewPCG(71, 72))
	for range 300 {
		collect(otherText(r, 4000))
	}
	for _, text := range []string{"IBAN DK51 0040 0440 1162 43", "Passport no. AB1234567", "Vi har talt med Jens Hansen om hans selvmordstanker, jens@example.dk og depression"} {
		collect([]byte(text))
	}
	for _, e := range moreExplanations {
		if !given[string(e.code)] {
			t.Errorf("no text of this test gives %q", e.code)
		}
	}
	seen := map[code]bool{}
	for _, e := range slices.Concat(explanations, moreExplanations) {
		if seen[e.code] {
			t.Errorf("%q is explained twice", e.code)
		}
		seen[e.code] = true
	}
}

// only returns the matches of one detector.
func only(list []Match, name string) []Match {
	return slices.DeleteFunc(slices.Clone(list), func(m Match) bool { return m.Detector != name })
}

// TestIndependence: what a detector finds does not depend on which others run;
// the lexicon sees persons also when nobody else is told of them.
func TestIndependence(t *testing.T) {
	r := rand.New(rand.NewPCG(73, 74))
	all := testEngine(t, Options{KeepRaw: true, Custom: ownRules})
	alone := map[string]*Engine{}
	for _, d := range all.parts.detectors {
		alone[d.Name()] = testEngine(t, Options{KeepRaw: true, Custom: ownRules, Disabled: allBut(t, d.Name())})
	}
	for range 60 {
		text := append(otherText(r, 3000), randomText(r, 1000)...)
		together := run(t, all, text, 1000)
		if !slices.IsSortedFunc(together, func(a, b Match) int { return int(a.Start - b.Start) }) {
			t.Fatal("not in order")
		}
		for name, e := range alone {
			if got, want := show(only(together, name)), show(run(t, e, text, 1000)); got != want {
				t.Fatalf("%s: %q\nwith others:\n%salone:\n%s", name, text, got, want)
			}
		}
	}
	if len(alone) != 12 {
		t.Errorf("%d detectors", len(alone))
	}
}

// TestNamesOfDetectors: they are in configurations and must not change.
func TestNamesOfDetectors(t *testing.T) {
	var names []string
	for _, d := range testParts(t, Options{}).detectors {
		names = append(names, d.Name())
	}
	if got := strings.Join(names, " "); got != "cpr person bank_account iban payment_card passport driving_licence phone email licence_plate lexicon custom" {
		t.Errorf("detectors: %s", got)
	}
}

// TestWindowIsBounded: what a stream holds does not grow with the text.
func TestWindowIsBounded(t *testing.T) {
	s := testEngine(t, Options{}).Stream(func(Match) {})
	if err := s.Part("", true); err != nil {
		t.Fatal(err)
	}
	text := []byte(strings.Repeat("Jens Hansen tlf. 20 12 34 56 AB 12 345 4556 7375 8689 9855 sygemeldt referencer ", 1000))
	most := 0
	for i := range 60 {
		if err := s.Text(text); err != nil {
			t.Fatal(err)
		}
		held := cap(s.buf) + 8*(cap(s.window.cards)+cap(s.window.phones)+cap(s.window.codes)+cap(s.window.places)) + 16*cap(s.window.blocks)
		for _, list := range s.window.words {
			held += 24 * cap(list)
		}
		if i == 10 {
			most = held
		}
		if i > 10 && held > most {
			t.Fatalf("%d bytes after %d texts, %d after 10", held, i, most)
		}
	}
}
