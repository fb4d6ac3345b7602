package extract

import (
	"bytes"
	"encoding/ascii85"
	"encoding/hex"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
)

// rawLinesOf are the strings that the raw scan sees in a file.
func rawLinesOf(t testing.TB, data []byte) (lines []string, s *rawScan) {
	t.Helper()
	s = &rawScan{r: bytes.NewReader(data), size: int64(len(data))}
	s.line = func(b []byte) error {
		lines = append(lines, string(decodePDFString(b)))
		return nil
	}
	if err := s.run(); err != nil {
		t.Fatal(err)
	}
	return lines, s
}

// TestPDFLexer: strings in every way that PDF can write them.
func TestPDFLexer(t *testing.T) {
	for _, tt := range []struct{ in, want string }{
		{`(150370-5008) Tj`, "150370-5008"},
		{`[(15)-20(0370)3(-)(5008)] TJ`, "150370-5008"},
		{`[(150370)-250(5008)] TJ (a) Tj`, "150370 5008|a"},
		{`[(ab) -179.9 (cd)] TJ`, "abcd"},
		{`(paren (in) side) Tj`, "paren (in) side"},
		{`(\050\)\\ \061\62 \7)`, "()\\ 12 \a"},
		{"(on\\\ntwo)", "ontwo"},
		{`<3135 30 3337 302D35303038> Tj`, "150370-5008"},
		{`<31353>`, "150"},
		{`<< /V (x) /K <41> >>`, "x|A"},
		{"% (no)\n(yes)", "yes"},
		{`[(a) /Name (b)] (c)`, "a|b|c"},
		{`(never closed 150370`, "never closed 150370"},
		{"(\xfe\xff\x001\x005)", "15"},
		{"(150370\x965008)", "150370–5008"},
	} {
		for cut := range len(tt.in) { // it does not matter how the bytes arrive
			var got []string
			l := &pdfLexer{line: func(b []byte) error { got = append(got, string(decodePDFString(b))); return nil }}
			for _, piece := range []string{tt.in[:cut], tt.in[cut:]} {
				if err := l.write([]byte(piece)); err != nil {
					t.Fatal(err)
				}
			}
			if err := l.end(); err != nil {
				t.Fatal(err)
			}
			if s := strings.Join(got, "|"); s != tt.want {
				t.Fatalf("%q cut at %d: %q, want %q", tt.in, cut, s, tt.want)
			}
		}
	}
}

// TestRawScan: the streams that can hold text are opened whatever their
// filters, those of images and fonts are not, and a wrong length or a missing
// table changes nothing.
func TestRawScan(t *testing.T) {
	const text = "(150370-5008) Tj"
	deflated := func(data string) string {
		f := newPDFFile()
		f.stream("", data)
		s := f.objects[len(f.objects)-1]
		return s[strings.Index(s, "stream\n")+7 : strings.LastIndex(s, "\nendstream")]
	}
	for _, tt := range []struct {
		name, entries, data string
		want                bool
	}{
		{"plain", "", text, true},
		{"deflated", "/Filter/FlateDecode", deflated(text), true},
		{"in an array", "/Filter[/FlateDecode]", deflated(text), true},
		{"hexadecimal", "/Filter/ASCIIHexDecode", hex.EncodeToString([]byte(text)) + ">", true},
		{"hexadecimal, deflated", "/Filter[/AHx/Fl]", hex.EncodeToString([]byte(deflated(text))) + ">", true},
		{"base 85", "/Filter/ASCII85Decode", base85(text), true},
		{"an image", "/Subtype/Image", text, false},
		{"a font", "/Length1 12 ", text, false},
		{"an image's filter", "/Filter/DCTDecode", text, false},
		{"a text document", "", "<?xml version='1.0'?><v>150370-5008</v>", true},
	} {
		f := newPDFFile()
		f.plain(tt.entries, tt.data)
		data := f.bytes()
		for how, data := range map[string][]byte{
			"as it is":          data,
			"a wrong length":    bytes.Replace(data, fmt.Appendf(nil, "/Length %d", len(tt.data)), []byte("/Length 7"), 1),
			"an unknown length": bytes.Replace(data, fmt.Appendf(nil, "/Length %d", len(tt.data)), []byte("/Length 77 0 R"), 1),
			"other line ends":   bytes.ReplaceAll(data, []byte("stream\n"), []byte("stream\r\n")),
			"the end cut off":   data[:bytes.LastIndex(data, []byte("xref"))-8],
		} {
			lines, _ := rawLinesOf(t, data)
			if got := slices.Contains(lines, "150370-5008"); got != tt.want {
				t.Errorf("%s, %s: %t, want %t; %q", tt.name, how, got, tt.want, lines)
			}
		}
	}
}

func base85(s string) string {
	var b bytes.Buffer
	w := ascii85.NewEncoder(&b)
	_, _ = w.Write([]byte(s))
	_ = w.Close()
	return b.String() + "~>"
}

// TestRawCarriageReturns: files of old programs have no newline at all.
func TestRawCarriageReturns(t *testing.T) {
	f := newPDFFile()
	for i := range 3000 {
		f.add(fmt.Sprintf("<</Contents(note %d)>>", i))
	}
	f.plain("", "(150370-5008) Tj")
	f.plain("", "(241299-5018) Tj")
	lines, _ := rawLinesOf(t, bytes.ReplaceAll(f.bytes(), []byte("\n"), []byte("\r")))
	for _, want := range []string{"note 0", "note 2999", "150370-5008", "241299-5018"} {
		if !slices.Contains(lines, want) {
			t.Errorf("%q is not seen", want)
		}
	}
}

// TestRawBomb: streams that never end are given up, within the total.
func TestRawBomb(t *testing.T) {
	f := newPDFFile()
	f.stream("", strings.Repeat(" ", rawStream+rawStream/2))
	f.stream("", "(150370-5008) Tj")
	lines, s := rawLinesOf(t, f.bytes())
	if !s.over || s.spent > rawStream+1<<20 {
		t.Errorf("over %t after %d bytes", s.over, s.spent)
	}
	if !slices.Contains(lines, "150370-5008") {
		t.Error("the stream behind the bomb is not looked at")
	}
}

// TestDigitIndex: a number is known if it was seen in any written form, and
// only then.
func TestDigitIndex(t *testing.T) {
	var x digitIndex
	x.add([]byte("Nr. 150370-5008, 24 12 99 - 5018\n010758\u20115001 og 2902885008"))
	for digits, want := range map[string]bool{
		"1503705008": true, "2412995018": true, "0107585001": true, "2902885008": true,
		"1503705009": false, "3112805004": false,
	} {
		if x.has([]byte(digits)) != want {
			t.Errorf("%s: %t", digits, !want)
		}
	}
	// Against a map, with random numbers.
	rng := rand.New(rand.NewPCG(1, 2))
	seen := map[string]bool{}
	var y digitIndex
	for range 5000 {
		n := fmt.Sprintf("%010d", rng.Int64N(1e10))
		seen[n] = true
		y.add([]byte("a " + n + " b"))
	}
	for n := range seen {
		if !y.has([]byte(n)) {
			t.Fatalf("%s was added and is not there", n)
		}
	}
	wrong := 0
	for range 20_000 {
		if n := fmt.Sprintf("%010d", rng.Int64N(1e10)); !seen[n] && y.has([]byte(n)) {
			wrong++
		}
	}
	if wrong > 2 {
		t.Errorf("%d of 20,000 numbers are taken for seen", wrong)
	}
}

// TestEachNumber: what is one number.
func TestEachNumber(t *testing.T) {
	for in, want := range map[string]string{
		"150370-5008":              "1503705008",
		"150370 - 5008x1234567890": "1503705008|1234567890",
		"150370    5008":           "",
		"150370;5008 234567890":    "5008234567890",
		"2026-11-21T20:50":         "",
		"123456789":                "",
		strings.Repeat("7", 300):   strings.Repeat("7", 256) + "|" + strings.Repeat("7", 53),
		"15\u20100370\u00a05008 ":  "1503705008",
	} {
		var got []string
		eachNumber([]byte(in), func(d []byte) { got = append(got, string(d)) })
		if s := strings.Join(got, "|"); s != want {
			t.Errorf("%q: %q, want %q", in, s, want)
		}
	}
}

// FuzzRawStreams: no file makes the raw scan panic, run on, or hand on strings
// of unbounded size.
func FuzzRawStreams(f *testing.F) {
	f.Add(hiddenPDF())
	f.Add(simplePDF("150370-5008"))
	f.Add([]byte("1 0 obj<</Filter/FlateDecode>>stream\nxx\nendstream"))
	f.Add([]byte("<</Filter[/A85/AHx/LZW/Fl]>>stream\r\n<~9jqo^~>"))
	f.Add([]byte("(\\1\\12\\123\\"))
	f.Fuzz(func(t *testing.T, data []byte) {
		s := &rawScan{r: bytes.NewReader(data), size: int64(len(data))}
		s.line = func(b []byte) error {
			if len(b) == 0 || len(b) > 2*rawString {
				t.Fatalf("a string of %d bytes", len(b))
			}
			decodePDFString(b)
			return nil
		}
		if err := s.run(); err != nil {
			t.Fatal(err)
		}
	})
}
