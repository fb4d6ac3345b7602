package detectors

import (
	"bytes"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"
)

func testEngine(t testing.TB, opts Options) *Engine {
	t.Helper()
	if opts.Today.IsZero() {
		opts.Today = today
	}
	e, err := New(opts)
	if err != nil {
		t.Fatal(err)
	}
	return e
}

// run gives text to a stream in pieces of at most the sizes given in turn.
func run(t testing.TB, e *Engine, text []byte, sizes ...int) []Match {
	t.Helper()
	var list []Match
	s := e.Stream(func(m Match) { list = append(list, m) })
	if err := s.Part("brev.txt", true); err != nil {
		t.Fatal(err)
	}
	for k := 0; len(text) > 0; k++ {
		n := min(len(text), sizes[k%len(sizes)])
		if err := s.Text(text[:n]); err != nil {
			t.Fatal(err)
		}
		text = text[n:]
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	return list
}

func show(list []Match) string {
	var b strings.Builder
	for _, m := range list {
		fmt.Fprintf(&b, "%d %s %s %s %s %v\n", m.Start, m.Where, m.Category, m.Reveal(), m.Confidence, m.Reasons)
	}
	return b.String()
}

// allDetectors are the detectors with some rules of an organisation's own.
var allDetectors = sync.OnceValue(func() *parts {
	p, err := assemble(&Options{Today: today, Custom: ownRules})
	if err != nil {
		panic(err)
	}
	return p
})

// engineOf returns an engine of one of them alone.
func engineOf(d running, window int) *Engine {
	return &Engine{opts: Options{KeepRaw: true, Window: window}, parts: allDetectors(), detectors: []running{d}, reach: d.Reach()}
}

// checkWindows holds every detector to its contract: what it finds through the
// smallest windows and pieces is what it finds in the whole text.
func checkWindows(t *testing.T, text []byte, window int, sizes ...int) {
	t.Helper()
	for _, d := range allDetectors().detectors {
		whole := run(t, engineOf(d, len(text)+1), text, len(text)+1)
		var want []string
		for _, h := range d.Find(text) {
			want = append(want, h.Value)
		}
		var got []string
		for _, m := range whole {
			got = append(got, m.Reveal())
		}
		if !slices.Equal(got, want) {
			t.Fatalf("%s: %q: the engine has %q, the detector %q", d.Name(), text, got, want)
		}
		cut := run(t, engineOf(d, window), text, sizes...)
		if show(cut) != show(whole) {
			t.Fatalf("%s: window %d, pieces %v: %q\ncut:\n%swhole:\n%s", d.Name(), window, sizes, text, show(cut), show(whole))
		}
	}
}

func TestWindows(t *testing.T) {
	r := rand.New(rand.NewPCG(13, 14))
	for range 300 {
		text := randomText(r, r.IntN(6000))
		checkWindows(t, text, 1+r.IntN(100), 1+r.IntN(50), 1+r.IntN(2000), 1)
	}
	for range 100 {
		checkWindows(t, otherText(r, r.IntN(9000)), 1+r.IntN(300), 1+r.IntN(50), 1+r.IntN(2000), 1)
	}
	// Tables, as spreadsheets give them, and lists of numbers alike.
	for range 60 {
		var b bytes.Buffer
		for b.Len() < 5000 {
			fmt.Fprintf(&b, "%s\x1f%s\x1e%s\x1f%d\x1e\n", pieces[r.IntN(len(pieces))], pieces[r.IntN(len(pieces))],
				[]string{"Nummer", "CPR", "Fakturanr", strings.Repeat("lang overskrift ", 20)}[r.IntN(4)], 1701230000+r.IntN(9999))
		}
		checkWindows(t, b.Bytes(), 1+r.IntN(300), 1+r.IntN(900))
	}
}

func FuzzWindows(f *testing.F) {
	for i, p := range pieces {
		f.Add([]byte(strings.Repeat(p+" ", 1+i%3)), uint16(i), uint16(i*7))
	}
	r := rand.New(rand.NewPCG(15, 16))
	for range 20 {
		f.Add(randomText(r, 4000), uint16(r.IntN(500)), uint16(r.IntN(500)))
	}
	f.Fuzz(func(t *testing.T, text []byte, window, piece uint16) {
		checkWindows(t, text, 1+int(window), 1+int(piece))
	})
}

func TestPlaces(t *testing.T) {
	var list []Match
	e := testEngine(t, Options{Window: 50})
	s := e.Stream(func(m Match) { list = append(list, m) })
	steps := []error{
		s.Part("", true),
		s.Text([]byte("en\nto cpr 150370-5008\n" + strings.Repeat("\n", 3000) + "cpr 290288-5008 og cpr 241299-5018\n")),
		s.Part("brev.docx › side 2", false),
		s.Text([]byte("cpr 150370-5008")),
		s.Part("Ark1", false),
	}
	s.Mark("B6")
	s.Mark("!B7")
	steps = append(steps, s.Text([]byte("CPR\x1f150370-5008\x1e")))
	for i := range 3000 {
		s.Mark(fmt.Sprintf("B%d", i+8))
		steps = append(steps, s.Text([]byte("x\x1e")))
	}
	s.Mark("C1")
	steps = append(steps, s.Text([]byte("CPR\x1f")), s.Text([]byte("290288")), s.Text([]byte("-5008\x1e")))
	steps = append(steps, s.Part("sag.csv", true))
	s.Mark("kolonne CPR")
	steps = append(steps, s.Text([]byte("\n\n\nCPR\x1f150370-5008\x1e")), s.Close())
	for i, err := range steps {
		if err != nil {
			t.Fatalf("step %d: %v", i, err)
		}
	}
	want := []string{"linje 2", "linje 3003", "linje 3003", "brev.docx › side 2", "Ark1!B7", "Ark1 › C1", "sag.csv › kolonne CPR › linje 4"}
	var got []string
	for _, m := range list {
		got = append(got, m.Where)
	}
	if !slices.Equal(got, want) {
		t.Errorf("places:\n%q\nwant\n%q", got, want)
	}
	if list[1].Start != int64(len("en\nto cpr 150370-5008\n")+3000+4) {
		t.Errorf("start %d", list[1].Start)
	}
}

// TestPartsDoNotTouch: no number and no label reaches out of a part.
func TestPartsDoNotTouch(t *testing.T) {
	n := 0
	s := testEngine(t, Options{}).Stream(func(Match) { n++ })
	for _, text := range []string{"150370-", "5008", "CPR", "150370-5009", "1503705", "008"} {
		if err := errors.Join(s.Part("", false), s.Text([]byte(text))); err != nil {
			t.Fatal(err)
		}
	}
	if err := s.Close(); err != nil || n != 0 {
		t.Errorf("%d matches, %v", n, err)
	}
}

func TestMatchesAreMasked(t *testing.T) {
	text := []byte("cpr 150370-5008 og erstatningscpr 750370-5008")
	subject := func(cpr string) string { return "p:" + cpr[4:6] }
	for _, m := range run(t, testEngine(t, Options{Subject: subject}), text, 7) {
		if shown := fmt.Sprintf("%+v", m) + m.Reveal(); strings.Contains(shown, "5008") {
			t.Errorf("the serial number is in %s", shown)
		}
		if m.Value != m.Reveal() || !strings.HasSuffix(m.Value, "0370-••••") || m.Subject != "p:70" || m.Detector != "cpr" {
			t.Errorf("match %+v", m)
		}
	}
	list := run(t, testEngine(t, Options{KeepRaw: true}), text, 7)
	if len(list) != 2 || list[0].Reveal() != "1503705008" || list[0].Value != "150370-••••" || list[0].Subject != "" || list[1].Category != "erstatningscpr" {
		t.Errorf("matches %+v", list)
	}
}

func TestMaskText(t *testing.T) {
	for _, tc := range [][2]string{
		{"brev.txt", "brev.txt"},
		{"", ""},
		{"/sager/150370-5008 Jens Hansen.docx", "/sager/150370-•••• Jens Hansen.docx"},
		{"open /x/1503705008/y_290288-5009.pdf: denied", "open /x/150370-••••/y_290288-••••.pdf: denied"},
		{"15.03.70-5008", "150370-••••"},
		{"150370 5008", "150370-••••"},
		{"_150370–5008_", "_150370-••••_"},
		{"１５０３７０－５００８", "150370-••••"},
		{"750370-5008", "750370-••••"},
		{"sag 2024-001234, 20301234, 9912345678", "sag 2024-001234, 20301234, 9912345678"},
		{"15037050081", "15037050081"},
		{"x 12 34 150370-5008", "x 12 34 150370-••••"},
	} {
		if got := MaskText(tc[0]); got != tc[1] {
			t.Errorf("%q: %q, want %q", tc[0], got, tc[1])
		}
	}
}

// TestMaskTextHidesAllThatIsFound: no number that the detector finds is left.
func TestMaskTextHidesAllThatIsFound(t *testing.T) {
	c := testCPR(t)
	r := rand.New(rand.NewPCG(17, 18))
	for range 3000 {
		text := bytes.ReplaceAll(randomText(r, 200), []byte{headerEnd}, []byte(" "))
		if hits := c.Find([]byte(MaskText(string(text)))); len(hits) > 0 {
			t.Fatalf("%q: masked %q still has %s", text, MaskText(string(text)), summary(hits))
		}
	}
}

func TestOptions(t *testing.T) {
	if _, err := New(Options{Disabled: []string{"crp"}}); !errors.Is(err, ErrUnknown) || !strings.Contains(err.Error(), "cpr") {
		t.Errorf("a detector that does not exist: %v", err)
	}
	if _, err := New(Options{Window: -1}); err == nil {
		t.Error("a negative window is taken")
	}
	if list := run(t, testEngine(t, Options{Disabled: []string{"cpr"}}), []byte("cpr 150370-5008"), 5); len(list) != 0 {
		t.Errorf("a disabled detector found %v", list)
	}
	prints := map[string]string{}
	for name, opts := range map[string]Options{
		"default": {}, "disabled": {Disabled: []string{"cpr"}}, "subject": {Subject: func(string) string { return "" }},
	} {
		print := testEngine(t, opts).Fingerprint()
		if other, ok := prints[print]; ok {
			t.Errorf("%s and %s have the same fingerprint", name, other)
		}
		prints[print] = name
	}
	a := testEngine(t, Options{Today: today})
	b := testEngine(t, Options{Today: today.Add(48 * time.Hour), Window: 1 << 20})
	if a.Fingerprint() != b.Fingerprint() {
		t.Error("the day or the window changes the fingerprint: everything would be scanned anew every day")
	}
}

func TestClosedStream(t *testing.T) {
	s := testEngine(t, Options{}).Stream(func(Match) {})
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	for _, err := range []error{s.Part("", false), s.Text([]byte("x")), s.Close()} {
		if !errors.Is(err, ErrClosed) {
			t.Errorf("after Close: %v", err)
		}
	}
}

// broken is a detector that panics.
type broken struct{}

func (broken) Name() string       { return "broken" }
func (broken) Reach() int         { return 10 }
func (broken) Find([]byte) []Hit  { panic("broken") }
func (broken) Mask(string) string { return "" }

func TestPanicIsNotHidden(t *testing.T) {
	e := testEngine(t, Options{})
	e.detectors = append(e.detectors, running{Detector: broken{}})
	defer func() {
		if recover() == nil {
			t.Error("a detector's panic is hidden: text passes for examined that is not")
		}
	}()
	run(t, e, []byte("x"), 1)
}

// TestOrder: the matches of several detectors come in the order of the text.
func TestOrder(t *testing.T) {
	e := testEngine(t, Options{Window: 100})
	e.detectors = append(e.detectors, e.detectors[0])
	list := run(t, e, bytes.Repeat([]byte("cpr 150370-5008 og "), 500), 1000)
	if len(list) != 1000 || !slices.IsSortedFunc(list, func(a, b Match) int { return int(a.Start - b.Start) }) {
		t.Errorf("%d matches, or not in order", len(list))
	}
}

// TestBoundedMemory: however much text a part has, and however many places are
// named in it, a stream holds a window of it.
func TestBoundedMemory(t *testing.T) {
	e := testEngine(t, Options{})
	s := e.Stream(func(Match) {})
	if err := s.Part("", false); err != nil {
		t.Fatal(err)
	}
	piece := []byte("150370-5008\x1e")
	for range 1 << 20 {
		s.Mark("A1")
		s.Mark("A2")
		if err := s.Text(piece); err != nil {
			t.Fatal(err)
		}
	}
	if limit := 2 * (defaultWindow + 2*e.reach); cap(s.buf) > limit || cap(s.marks) > limit {
		t.Errorf("after %d MiB: %d bytes, %d marks", len(piece), cap(s.buf), cap(s.marks))
	}
}
