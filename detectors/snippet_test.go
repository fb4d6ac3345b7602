package detectors

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"regexp"
	"strings"
	"testing"
	"unicode/utf8"
)

// snippetEngine is an engine of all detectors that makes snippets; two of them
// are disabled, which must not keep what they find from being masked.
func snippetEngine(window int) *Engine {
	e := &Engine{opts: Options{Snippets: true, KeepRaw: true, Window: window}, parts: allDetectors()}
	for _, d := range e.parts.detectors {
		d.quiet = d.Name() == "phone" || d.Name() == "email"
		e.detectors = append(e.detectors, d)
		e.reach = max(e.reach, d.Reach())
	}
	return e
}

// showSnippets shows matches with their snippets.
func showSnippets(list []Match) string {
	var b strings.Builder
	for _, m := range list {
		s, ok := m.Snippet()
		fmt.Fprintf(&b, "%d %s %s %s %t %q %q %q\n", m.Start, m.Where, m.Detector, m.Value, ok, s.Before, s.Match, s.After)
	}
	return b.String()
}

func TestSnippet(t *testing.T) {
	e := testEngine(t, Options{Snippets: true, Custom: ownRules[:2], Disabled: []string{"phone", "email"}})
	for _, tc := range [][4]string{ // text, before, match, after of the first
		{"cpr 150370-5008", "cpr ", "150370-••••", ""},
		{"Borgeren, cpr 150370-5008, er sygemeldt.", "Borgeren, cpr ", "150370-••••", ", er sygemeldt."},
		{"Jens Peter Hansen og Jens har cpr 150370-5008 og 290288-5008", "J•••• P•••• H•••• og J•••• har cpr ", "150370-••••", " og 290288-••••"},
		{"CPR\x1f150370-5008\x1eTelefon\x1f20123456\x1eMail\x1fib@example.dk\x1e", "CPR | ", "150370-••••", " | Telefon | ••••56 | Mail | i••••@example.dk"},
		{"  linje\n\n\tet   cpr\u00a0150370-5008\n\n", "linje et cpr ", "150370-••••", ""},
		{"Den 12.03.2019 kl. 14.30 fik borgeren cpr 150370-5008 i 2019-03-12 10.20", "Den 12.03.2019 kl. 14.30 fik borgeren cpr ", "150370-••••", " i 2019-03-12 10.20"},
		{"sag 1234567, 12 34 56 78 9, cpr 150370-5008, konto 99123456", "sag ••••, ••••, cpr ", "150370-••••", ", konto ••••56"},
		{strings.Repeat("x", 60) + "cpr 150370-5008" + strings.Repeat("y", 60), "… ", "150370-••••", "…"},
		{strings.Repeat("ord ", 30) + "cpr 150370-5008 " + strings.Repeat("ord ", 30), "… " + strings.Repeat("ord ", 11) + "cpr ", "150370-••••", strings.Repeat(" ord", 12) + " …"},
		{"cpr 150370-5008 \u202egemt\u200b væk\x00", "cpr ", "150370-••••", " gemt væk"},
		{"Projekt Nordlys er hemmeligt for 150370-5008", "", "P••••", " er h•••• for 150370-••••"},
		{"Hr. Holm: 15.03.70     5008 og 15 03 70 5008, cpr 290288-5008", "Hr. H••••: 150370-•••• og ••••, cpr ", "290288-••••", ""},
	} {
		list := run(t, e, []byte(tc[0]), 1000)
		if len(list) == 0 {
			t.Errorf("%q: nothing found", tc[0])
			continue
		}
		s, ok := list[0].Snippet()
		if !ok || s != (Snippet{tc[1], tc[2], tc[3]}) {
			t.Errorf("%q:\n%q\n%q\n%q", tc[0], s.Before, s.Match, s.After)
		}
	}
	list := run(t, e, []byte("cpr 150370-5008 er sygemeldt"), 1000)
	if s, ok := list[len(list)-1].Snippet(); !ok || s.Match != "sygemeldt" || s.Before != "cpr 150370-•••• er " {
		t.Errorf("a word of the lexicon: %+v", s)
	}
}

// TestSnippetsAreBounded: the first of each detector, and not too many.
func TestSnippetsAreBounded(t *testing.T) {
	r := rand.New(rand.NewPCG(81, 82))
	e := testEngine(t, Options{Snippets: true, Window: 500, Custom: ownRules})
	text := otherText(r, 40_000)
	each, all := map[string]int{}, 0
	list := run(t, e, text, 700)
	for _, m := range list {
		s, ok := m.Snippet()
		if !ok {
			if each[m.Detector] < SnippetsOfEach && all < Snippets {
				t.Errorf("%s at %d has none", m.Detector, m.Start)
			}
			continue
		}
		each[m.Detector]++
		all++
		// Two sides of at most so many characters; a mask may be longer than what it hides.
		if n := utf8.RuneCountInString(s.Before + s.After); n > 6*snippetRunes {
			t.Errorf("%d characters: %+v", n, s)
		}
	}
	if all != Snippets {
		t.Errorf("%d snippets, want %d", all, Snippets)
	}
	for name, n := range each {
		if n > SnippetsOfEach {
			t.Errorf("%s has %d", name, n)
		}
	}
	if plain := run(t, testEngine(t, Options{Window: 500, Custom: ownRules}), text, 700); show(plain) != show(list) {
		t.Error("snippets change what is found")
	}
	for _, m := range run(t, testEngine(t, Options{Custom: ownRules}), text, 700) {
		if _, ok := m.Snippet(); ok {
			t.Fatal("a snippet that nobody asked for")
		}
	}
}

// shownDigits are the birth date of a masked number; longDigits are too many.
var (
	shownDigits = regexp.MustCompile(`[0-9]{6}-••••`)
	longDigits  = regexp.MustCompile(`[0-9]{6}`)
)

// checkSnippets holds snippets to three promises: they do not depend on how the
// text is cut; nothing that a detector finds anywhere can be read in them; and no
// long number can.
func checkSnippets(t *testing.T, text []byte, window int, sizes ...int) {
	t.Helper()
	whole := run(t, snippetEngine(len(text)+1), text, len(text)+1)
	want := showSnippets(whole)
	if got := showSnippets(run(t, snippetEngine(window), text, sizes...)); got != want {
		t.Fatalf("window %d, pieces %v: %q\ncut:\n%swhole:\n%s", window, sizes, text, got, want)
	}
	found := evidenceIn(text)
	for _, m := range whole {
		s, ok := m.Snippet()
		if !ok {
			continue
		}
		shown := s.Before + s.Match + s.After
		if !utf8.ValidString(shown) || strings.ContainsAny(shown, "\n\r\t\x1e\x1f\u202e") {
			t.Fatalf("%q: %q is not plain", text, shown)
		}
		if longDigits.MatchString(shownDigits.ReplaceAllString(shown, "")) || MaskText(s.Before) != s.Before || MaskText(s.After) != s.After {
			t.Fatalf("a long number in %q, of %q", shown, text)
		}
		for _, r := range evidenceNear(found, text, int(m.Start)) {
			if strings.Contains(shown, r) {
				t.Fatalf("%q can be read in %q, of %q", r, shown, text)
			}
		}
	}
}

// maskedHit is what a detector finds, and the mask that stands for it.
type maskedHit struct {
	Hit
	detector, mask string
}

func evidenceIn(text []byte) (list []maskedHit) {
	for _, d := range allDetectors().detectors {
		for _, h := range d.Find(text) {
			if mask := d.Mask(h.Value); mask != h.Value {
				list = append(list, maskedHit{h, d.Name(), mask})
			}
		}
	}
	return list
}

// evidenceNear returns what is found around a place. What stands there once more
// where nobody finds it, as part of a longer word, is left out; and so is what
// another's mask shows: the domain of an address.
func evidenceNear(found []maskedHit, text []byte, at int) (list []string) {
	from, to := max(0, at-2*snippetReach), min(len(text), at+2*snippetReach)
	type key struct{ detector, text string }
	times, masks := map[key]int{}, ""
	for _, e := range found {
		if e.Start >= from && e.End <= to {
			times[key{e.detector, string(text[e.Start:e.End])}]++
			masks += e.mask + "\n"
		}
	}
	for k, n := range times {
		if utf8.RuneCountInString(k.text) > 3 && !strings.Contains(masks, k.text) && bytes.Count(text[from:to], []byte(k.text)) == n {
			list = append(list, k.text)
		}
	}
	return list
}

// led puts plain words before a text, so that the edges of windows fall into
// what snippets show: only the first matches have them.
func led(text []byte, n int) []byte {
	return append(bytes.Repeat([]byte("ord "), n), text...)
}

func TestSnippets(t *testing.T) {
	r := rand.New(rand.NewPCG(83, 84))
	for range 400 {
		checkSnippets(t, led(otherText(r, r.IntN(4000)), r.IntN(2000)), 1+r.IntN(700), 1+r.IntN(50), 1+r.IntN(2000), 1)
	}
	for range 200 {
		checkSnippets(t, led(randomText(r, r.IntN(2000)), r.IntN(2000)), 1+r.IntN(700), 1+r.IntN(50), 1+r.IntN(2000), 1)
	}
	for range 60 {
		var b bytes.Buffer
		for b.Len() < 3000 {
			fmt.Fprintf(&b, "%s\x1f%s\x1e%s\x1f%d\x1e\n", otherPieces[r.IntN(len(otherPieces))], otherPieces[r.IntN(len(otherPieces))],
				[]string{"Nummer", "CPR", "Telefon", strings.Repeat("lang overskrift ", 20)}[r.IntN(4)], r.IntN(1_000_000_000))
		}
		checkSnippets(t, led(b.Bytes(), r.IntN(2000)), 1+r.IntN(300), 1+r.IntN(900))
	}
}

func FuzzSnippets(f *testing.F) {
	r := rand.New(rand.NewPCG(85, 86))
	for i := range 20 {
		f.Add(otherText(r, 200*(i+1)), uint16(r.IntN(500)), uint16(r.IntN(500)), uint16(i*100))
		f.Add(randomText(r, 100*(i+1)), uint16(r.IntN(500)), uint16(r.IntN(500)), uint16(i*150))
	}
	f.Fuzz(func(t *testing.T, text []byte, window, piece, lead uint16) {
		checkSnippets(t, led(text, int(lead)%3000), 1+int(window), 1+int(piece))
	})
}
