package extract

import (
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"path/filepath"
	"strings"
	"testing"
	"testing/iotest"
	"unicode/utf16"
	"unicode/utf8"

	"archive/zip"
)

// tokens writes what an xmlReader gives, one token a line, text joined and white
// space alone left out.
func tokens(x *xmlReader) string {
	var b strings.Builder
	text := ""
	flush := func() {
		if strings.TrimSpace(text) != "" {
			fmt.Fprintf(&b, "%q\n", text)
		}
		text = ""
	}
	for kind := x.next(); kind != xmlEOF; kind = x.next() {
		switch kind {
		case xmlText:
			text += string(x.text)
			continue
		case xmlStart:
			flush()
			fmt.Fprintf(&b, "<%s", x.name)
			x.eachAttr(func(local, _ []byte) { fmt.Fprintf(&b, " %s=%q", local, x.attr(string(local))) })
			b.WriteString(">\n")
		case xmlEnd:
			flush()
			fmt.Fprintf(&b, "</%s>\n", x.name)
		}
	}
	flush()
	return b.String()
}

func TestXMLReader(t *testing.T) {
	cases := []struct{ name, in, want string }{
		{"prefixes", `<w:p xmlns:w="u"><w:t>a</w:t></w:p>`, "<p w=\"u\">\n<t>\n\"a\"\n</t>\n</p>\n"},
		{"empty element", `<a><b c='d>"'/></a>`, "<a>\n<b c=\"d>\\\"\">\n</b>\n</a>\n"},
		{"entities", `<a t="&#x31;&amp;">&lt;1503&#55;0&#45;5008&gt;&amp;</a>`, "<a t=\"1&\">\n\"<150370-5008>&\"\n</a>\n"},
		{"cdata", `<a>x<![CDATA[<y>&amp;]]]]><![CDATA[>]]>z</a>`, "<a>\n\"x<y>&amp;]]>z\"\n</a>\n"},
		{"comments and instructions", `<?xml version="1.0"?><!DOCTYPE a [<!ENTITY b "c>">]><a>1<!-- 2 --><?x 3>?>4</a>`, "<a>\n\"14\"\n</a>\n"},
		{"space in tags", "<a\n b = \"c\" ></a >", "<a b=\"c\">\n</a>\n"},
	}
	for _, c := range cases {
		for _, slow := range []bool{false, true} {
			var r io.Reader = strings.NewReader(c.in)
			if slow {
				r = iotest.OneByteReader(r)
			}
			x := newXMLReader(r)
			if got := tokens(x); got != c.want || x.err != nil {
				t.Errorf("%s (slow %t): %q, %v; want %q", c.name, slow, got, x.err, c.want)
			}
		}
	}
}

// TestXMLReaderForgives shows that text behind damage is read and the damage told.
func TestXMLReaderForgives(t *testing.T) {
	for _, in := range []string{
		`<a><b>1</c>150370-5008</a>`,       // wrong end tag
		`<a>&who;150370-5008</a>`,          // unknown entity
		`<a>1 < 2 150370-5008</a>`,         // stray <
		`<a>150370-5008`,                   // cut in text
		`<a>150370-5008<b`,                 // cut in a tag
		`<a>150370-5008<!-- `,              // cut in a comment
		`</a><a>150370-5008</a>`,           // end without start
		`<a>150370-5008</a><b c="`,         // cut in a value
		`<a>150370-5008<![CDATA[ x`,        // cut in CDATA
		`<!DOCTYPE a [ <a>150370-5008</a>`, // the exception: nothing behind it can be told
	} {
		x := newXMLReader(strings.NewReader(in))
		got := tokens(x)
		if !errors.Is(x.err, errXMLBroken) {
			t.Errorf("%q: error %v, want it told", in, x.err)
		}
		if !strings.Contains(got, "150370-5008") && !strings.Contains(in, "DOCTYPE") {
			t.Errorf("%q: the number is lost: %q", in, got)
		}
	}
}

func TestXMLReaderLimits(t *testing.T) {
	for name, in := range map[string]string{
		"depth": strings.Repeat("<a>", 1<<20),
		"tag":   "<a b='" + strings.Repeat("x", 4*xmlMaxTag) + "'/>",
		"name":  "<" + strings.Repeat("x", 4*xmlMaxTag),
		"laugh": `<!DOCTYPE a [<!ENTITY b "&c;&c;"><!ENTITY c "&d;&d;">]><a>&b;</a>`,
	} {
		x := newXMLReader(strings.NewReader(in))
		for x.next() != xmlEOF {
		}
		if x.err == nil {
			t.Errorf("%s: no error", name)
		}
		if cap(x.buf) > 2*xmlMaxTag || cap(x.open) > 1<<20 {
			t.Errorf("%s: %d bytes held", name, cap(x.buf)+cap(x.open))
		}
	}
	boom := errors.New("boom")
	x := newXMLReader(io.MultiReader(strings.NewReader("<a>1"), iotest.ErrReader(boom)))
	if tokens(x); !errors.Is(x.err, boom) {
		t.Errorf("the source's error became %v", x.err)
	}
}

func TestXMLReaderEncodings(t *testing.T) {
	const doc = "<a>blåbær 150370-5008</a>"
	wide := func(s string, low, high int) string {
		var b []byte
		for _, u := range utf16.Encode([]rune(s)) {
			two := [2]byte{}
			two[low], two[high] = byte(u), byte(u>>8)
			b = append(b, two[:]...)
		}
		return string(b)
	}
	for name, in := range map[string]string{
		"UTF-8 with mark": "\ufeff" + doc,
		"UTF-16LE":        wide("\ufeff"+doc, 0, 1),
		"UTF-16BE":        wide("\ufeff"+doc, 1, 0),
		"no mark":         wide(`<?xml version="1.0" encoding="UTF-16"?>`+doc, 0, 1),
		"ISO-8859-1":      `<?xml version="1.0" encoding="ISO-8859-1"?>` + "<a>bl\xe5b\xe6r 150370-5008</a>",
	} {
		x := newXMLReader(iotest.HalfReader(strings.NewReader(in)))
		if got, want := tokens(x), "<a>\n\"blåbær 150370-5008\"\n</a>\n"; got != want || x.err != nil {
			t.Errorf("%s: %q, %v", name, got, x.err)
		}
	}
}

// TestXMLReaderLikeStandard reads the parts of real documents beside the standard
// library's parser.
func TestXMLReaderLikeStandard(t *testing.T) {
	files, _ := filepath.Glob(filepath.Join("testdata", "office", "*.*[xt]"))
	parts := 0
	for _, file := range files {
		zr, err := zip.OpenReader(file)
		if err != nil {
			continue // a flat file
		}
		for _, f := range zr.File {
			if !strings.HasSuffix(f.Name, ".xml") {
				continue
			}
			parts++
			r, err := f.Open()
			if err != nil {
				t.Fatal(err)
			}
			data, err := io.ReadAll(r)
			if err != nil {
				t.Fatal(err)
			}
			x := newXMLReader(strings.NewReader(string(data)))
			if got, want := tokens(x), standardTokens(t, string(data)); got != want || x.err != nil {
				t.Errorf("%s, %s: %v; tokens differ", file, f.Name, x.err)
			}
		}
		zr.Close()
	}
	if parts < 50 {
		t.Errorf("only %d parts compared", parts)
	}
}

func standardTokens(t *testing.T, in string) string {
	t.Helper()
	d := xml.NewDecoder(strings.NewReader(in))
	var b strings.Builder
	text := ""
	for {
		tok, err := d.RawToken()
		if cd, ok := tok.(xml.CharData); ok {
			text += string(cd)
			continue
		}
		if strings.TrimSpace(text) != "" {
			fmt.Fprintf(&b, "%q\n", text)
		}
		text = ""
		if err == io.EOF {
			return b.String()
		}
		if err != nil {
			t.Fatal(err)
		}
		switch tok := tok.(type) {
		case xml.StartElement:
			fmt.Fprintf(&b, "<%s", tok.Name.Local)
			for _, a := range tok.Attr {
				// The reader looks a name up without its prefix: the first wins.
				for _, first := range tok.Attr {
					if first.Name.Local == a.Name.Local {
						a.Value = first.Value
						break
					}
				}
				fmt.Fprintf(&b, " %s=%q", a.Name.Local, a.Value)
			}
			b.WriteString(">\n")
		case xml.EndElement:
			fmt.Fprintf(&b, "</%s>\n", tok.Name.Local)
		}
	}
}

func FuzzXMLTok(f *testing.F) {
	f.Add([]byte(`<?xml version="1.0"?><a b="c&amp;d"><e/>text &#x41; <![CDATA[x]]></a>`))
	f.Add([]byte("\xff\xfe<\x00a\x00>\x00"))
	f.Add([]byte(`<!DOCTYPE a [<!ENTITY b "c">]><a>&b;</a>`))
	f.Fuzz(func(t *testing.T, data []byte) {
		x := newXMLReader(strings.NewReader(string(data)))
		out, depth := 0, 0
		for kind := x.next(); kind != xmlEOF; kind = x.next() {
			switch kind {
			case xmlText:
				out += len(x.text)
				if utf8.Valid(data) && !utf8.Valid(x.text) {
					t.Fatalf("%q is cut inside a character", x.text)
				}
			case xmlStart:
				depth++
				x.eachAttr(func(local, raw []byte) { x.attr(string(local)) })
			case xmlEnd:
				depth--
			}
			if depth != x.depth || depth < 0 {
				t.Fatalf("depth %d, counted %d", x.depth, depth)
			}
		}
		if out > 4*len(data)+16 {
			t.Fatalf("%d bytes became %d", len(data), out)
		}
		slow := newXMLReader(iotest.OneByteReader(strings.NewReader(string(data))))
		fast := newXMLReader(strings.NewReader(string(data)))
		if a, b := tokens(fast), tokens(slow); a != b {
			t.Fatalf("reading byte by byte gives %q, not %q", b, a)
		}
	})
}
