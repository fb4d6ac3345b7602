package extract

import (
	"bytes"
	"context"
	"encoding/binary"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/sletdk/slet/scanner"
)

// fuzzLimits are small, so that running into each of them is cheap.
var fuzzLimits = Limits{Size: 1 << 20, Total: 4 << 20, Depth: 4, Parts: 200, Time: 5 * time.Second}

// fuzzFormat holds the format of a name to what every format promises for any
// content: no panic, valid UTF-8 and no more of it than the budget allows, a
// part before text, a reason with every gap, an end within the time.
func fuzzFormat(f *testing.F, name string, seeds ...string) {
	for _, s := range seeds {
		f.Add([]byte(s))
	}
	x := New(Options{Limits: fuzzLimits})
	f.Cleanup(func() { x.Close() })
	if x.format(name) == nil {
		f.Fatalf("there is no format %q", name)
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		begun := time.Now()
		c := &collector{}
		j := &job{x: x, budget: budget{limits: x.opts.Limits, size: int64(len(data))}}
		ctx, cancel := context.WithTimeoutCause(context.Background(), fuzzLimits.Time, errTime)
		defer cancel()
		j.ctx, j.sink = ctx, &guard{j: j, to: c}
		d := &doc{job: j, name: "x", as: name, r: &source{j, bytes.NewReader(data), int64(len(data))}, size: int64(len(data))}
		if err := j.read(d); err != nil && j.over == nil {
			t.Fatal(err)
		}
		text := 0
		for _, p := range c.parts {
			text += len(p.text)
			if !utf8.ValidString(p.text) || !utf8.ValidString(p.where) {
				t.Fatalf("not UTF-8: %q at %q", p.text, p.where)
			}
		}
		if int64(text) > fuzzLimits.Total+textPerByte*int64(len(data)) {
			t.Fatalf("%d bytes became %d of text", len(data), text)
		}
		for _, g := range c.gaps {
			if g.Reason == "" || g.Err == nil || !utf8.ValidString(g.Where) {
				t.Fatalf("gap %+v", g)
			}
			if g.Reason == scanner.Corrupt && strings.Contains(g.Err.Error(), "the parser failed") {
				t.Fatalf("a panic: %v", g.Err)
			}
			if g.Reason == scanner.Timeout {
				t.Fatalf("more than %s", fuzzLimits.Time)
			}
		}
		if took := time.Since(begun); took > fuzzLimits.Time {
			t.Fatalf("took %s", took)
		}
		// What is neither empty nor read is a gap.
		if len(data) > 0 && text == 0 && len(c.gaps) == 0 && j.over == nil && name == "binary" {
			t.Fatal("neither text nor a gap")
		}
	})
}

// corpusSeed is a file of the shared corpus, as a seed.
func corpusSeed(f *testing.F, path string) string {
	b, err := os.ReadFile(filepath.Join("..", "testdata", "corpus", "files", filepath.FromSlash(path)))
	if err != nil {
		f.Fatal(err)
	}
	return string(b)
}

func FuzzText(f *testing.F) {
	fuzzFormat(f, "text", "hej æ 150370-5008\r\n", "f\xf8dt", bomUTF16LE+string(toUTF16("hej 😀", le)), string(toUTF16("hej", binary.BigEndian)),
		"a\x00\x01\x02\x03\xff\xfe\xfd", bomUTF8)
}

func FuzzBinary(f *testing.F) {
	fuzzFormat(f, "binary", "\x00\x01150370-5008\x02", "\x00"+string(toUTF16("150370-5008æ", le))+"\xff", "\xc3\xa6\xc3\xc3\xe6abcdef")
}

func FuzzCSV(f *testing.F) {
	fuzzFormat(f, "csv", "navn;cpr\nBo;150370-5008\n", "a,\"b\"\"\n\",c\n\n1,2,3\n", "sep=\t\na\tb\n", corpusSeed(f, "Sager/liste.csv"), "a;\"b")
}

func FuzzHTML(f *testing.F) {
	fuzzFormat(f, "html", "<p>150370-<b title=x>5008</b><!-- a -->", "<table><tr><th>a<td colspan=3>b<table><td>c</table></table>",
		`<a href="data:text/html;base64,PHA+">x</a><pre>a`+"\n"+`b<textarea>`, corpusSeed(f, "Sager/side.html"), "<script>\x1e</script><meta charset=utf-16>&#30;&#xd800;")
}

func FuzzXML(f *testing.F) {
	fuzzFormat(f, "xml", `<?xml version="1.0" encoding="koi8-r"?><a b="150370-5008">x<c/>y</a>`, "<a><![CDATA[x]]><!-- y --></a", "<!DOCTYPE a [<!ENTITY b 'c'>]><a>&b;&#30;</a></a></a>")
}

func FuzzJSON(f *testing.F) {
	fuzzFormat(f, "json", `{"cpr": "150370\u002d5008\ud83d\ude00\n"}`, `["\ud83d\`, "\\\xc3\xa6")
}

func FuzzRTF(f *testing.F) {
	fuzzFormat(f, "rtf", `{\rtf1\ansicpg1252 150370\_5008\'f8\u8211?{\*\x y}\bin3 abc}`, `{\rtf1\trowd\intbl a\cell\row\pard{\pict 00ff}{\footnote x}`,
		corpusSeed(f, "Sager/note.rtf"), corpusSeed(f, "Office/brev_rtf.rtf"))
}

func FuzzEML(f *testing.F) {
	fuzzFormat(f, "eml", mailHead+"Content-Type: multipart/mixed; boundary=x\n\n--x\nContent-Type: text/html\nContent-Transfer-Encoding: quoted-printable\n\n<p>=\n=C3=A6\n--x\nContent-Type: message/rfc822\n\nSubject: y\n\nz\n--x--\n",
		corpusSeed(f, "Mail/kun_html.eml"), corpusSeed(f, "Mail/vedhaeftet.eml"), "Content-Transfer-Encoding: base64\n\n!!aGVq")
}

func FuzzMbox(f *testing.F) {
	fuzzFormat(f, "mbox", "From a Mon Mar  6 10:00:00 2017\nSubject: x\n\nhej\n\nFrom b Mon Mar  6 10:00:01 2017\nSubject: y\n\n>From z\n")
}

func FuzzZIP(f *testing.F) {
	a := string(archiveOf(f, "a.txt", "150370-5008", "b/", "", "c.zip", string(archiveOf(f, "d", "e"))))
	fuzzFormat(f, "zip", a, a[:len(a)/2], corpusSeed(f, "Arkiv/laast.zip"), corpusSeed(f, "Arkiv/indlejret.zip"), corpusSeed(f, "Sager/oedelagt.docx"))
}

func FuzzDrawing(f *testing.F) {
	fuzzFormat(f, "drawing", metafile(emrTextW, emfString(5, 0, "150370-5008"), emrComment, u32(40)+"EMF+"+u16(0x4008)+u16(0x0500)+u32(16)+u32(4)+u32(0)),
		"\x01\x00\x09\x00\x00\x03"+strings.Repeat("\x00", 12)+u32(12)+u16(0x0521)+u16(11)+"150370-5008\x00"+u16(1)+u16(1)+u32(3)+u16(0))
}

func FuzzTar(f *testing.F) {
	fuzzFormat(f, "tar", string(tarOf(f, "a.txt", "150370-5008", "b/", "")))
}

func FuzzGzip(f *testing.F) {
	fuzzFormat(f, "gzip", string(gzipOf(f, []byte("150370-5008"))), corpusSeed(f, "Arkiv/pakke.tar.gz"))
}

// FuzzWhole holds to the same whatever a file may be: what recognises formats,
// and how they call each other.
func FuzzWhole(f *testing.F) {
	r := "{\\rtf1 150370-5008}"
	for _, s := range []string{r, string(gzipOf(f, tarOf(f, "a.eml", mailHead+"\n\n150370-5008", "b.rtf", r))), string(archiveOf(f, "a.csv", "navn;cpr\nBo;150370-5008\n", "b.json", `{"a": 1}`)),
		tnefOf(tnefSubject, "Sag\x00", tnefBody, "150370-5008"), string(rarOf("a.txt", "x")), "-----BEGIN PGP MESSAGE-----\n", "BM\x00\x00", "%PDF-1.7\n", "ID3\x04", "<?xml version='1.0'?><a/>"} {
		f.Add([]byte(s))
	}
	x := New(Options{Limits: fuzzLimits})
	f.Cleanup(func() { x.Close() })
	f.Fuzz(func(t *testing.T, data []byte) {
		c := extractWith(t, x, "x", data)
		for _, g := range c.gaps {
			if strings.Contains(g.Err.Error(), "the parser failed") || g.Reason == scanner.Timeout {
				t.Fatalf("%s: %v", g.Reason, g.Err)
			}
		}
	})
}
