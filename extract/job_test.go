package extract

import (
	"bytes"
	"compress/gzip"
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"
	"time"

	"github.com/sletdk/slet/scanner"
)

func TestEmptyIsCleanAndUnknownIsNot(t *testing.T) {
	if c := extractBytes(t, "tom.txt", nil); len(c.gaps) != 0 || len(c.parts) != 0 {
		t.Errorf("an empty file gave %v %v", c.places(), c.reasons())
	}
	for _, in := range []string{"\x00\x01\x02\xff\xfe\x80\x00\x07\x00", "\x00", strings.Repeat("\x00", 1<<20)} {
		c := extractBytes(t, "x.txt", []byte(in))
		if got := c.reasons(); len(got) != 1 || got[0] != ": unsupported" {
			t.Errorf("unknown content gave %v", got)
		}
	}
}

// TestNameDecidesNothing: the same content gives the same text under any name.
func TestNameDecidesNothing(t *testing.T) {
	for _, in := range []string{"navn;cpr\nBo;150370-5008\n", "<html><p>x</p>", "hej\n", `{\rtf1 x}`, string(archiveOf(t, "a", "x")), "\x00\x01"} {
		want := extractBytes(t, "", []byte(in))
		for _, name := range []string{"a.pdf", "a.docx", "a.zip", "a.csv", "a.exe", "a.eml", "a.html"} {
			got := extractBytes(t, name, []byte(in))
			if got.text() != want.text() || fmt.Sprint(got.reasons()) != fmt.Sprint(want.reasons()) {
				t.Errorf("%q as %s gave %q %v, want %q %v", in, name, got.text(), got.gaps, want.text(), want.gaps)
			}
		}
	}
}

// slow gives its bytes slowly.
type slow struct {
	r    io.ReaderAt
	wait time.Duration
}

func (s slow) ReadAt(p []byte, off int64) (int, error) {
	time.Sleep(s.wait)
	return s.r.ReadAt(p, off)
}

// TestBudget: going over any limit is one gap for what is over it, and what was
// within the limits has been read.
func TestBudget(t *testing.T) {
	zeros := strings.Repeat("nul ", 5<<20)
	nested := []byte("cpr 150370-5008")
	for range 5 {
		nested = archiveOf(t, "a.txt", "cpr 150370-5008", "i.zip", string(nested))
	}
	many := make([]string, 0, 200)
	for i := range 100 {
		many = append(many, fmt.Sprint(i), "cpr 150370-5008")
	}
	var bomb bytes.Buffer
	gz := gzip.NewWriter(&bomb)
	io.WriteString(gz, "cpr 150370-5008 "+zeros)
	gz.Close()
	half := gzipOf(t, noise(2<<20))
	for name, tt := range map[string]struct {
		in     []byte
		limits Limits
		gap    string
		says   string
		has    bool
	}{
		"size":          {[]byte("cpr 150370-5008"), Limits{Size: 10}, ": too_large", "15 bytes", false},
		"total":         {archiveOf(t, "a.txt", "cpr 150370-5008 ", "b", string(half), "c", string(half), "d", "x"), Limits{Total: 1 << 20}, "b › indhold: unsupported; : too_large", "(at c)", true},
		"ratio":         {archiveOf(t, "a.txt", "cpr 150370-5008", "b.txt", zeros, "c.txt", "x"), Limits{}, "b.txt: too_large", "200 times", true},
		"ratio, gzip":   {bomb.Bytes(), Limits{}, "indhold: too_large", "times", true},
		"depth":         {nested, Limits{Depth: 3}, "i.zip › i.zip › i.zip › a.txt: too_large; i.zip › i.zip › i.zip › i.zip: too_large", "more than 3 containers", true},
		"parts":         {archiveOf(t, many...), Limits{Parts: 50}, ": too_large", "more than 50 entries", true},
		"parts, nested": {archiveOf(t, "a.txt", "cpr 150370-5008", "b.zip", string(archiveOf(t, many...))), Limits{Parts: 50}, ": too_large", "b.zip", true},
		"parts, tar":    {tarOf(t, many...), Limits{Parts: 50}, ": too_large", "more than 50 entries", true},
	} {
		t.Run(name, func(t *testing.T) {
			c := extractBytes(t, "x", tt.in, Options{Limits: tt.limits})
			if got := strings.Join(c.reasons(), "; "); got != tt.gap || !strings.Contains(c.gaps[len(c.gaps)-1].Err.Error(), tt.says) {
				t.Errorf("gaps %v, want %q that says %q", c.gaps, tt.gap, tt.says)
			}
			if c.has("1503705008") != tt.has {
				t.Errorf("found: %t", !tt.has)
			}
		})
	}
}

func TestBudgetOfTextAndTime(t *testing.T) {
	// A format that writes without end.
	x := New(Options{Limits: Limits{Total: 1 << 20}})
	defer x.Close()
	x.formats = []format{{name: "endless", is: func(*doc) bool { return true }, read: func(d *doc) error {
		if err := d.part("", false); err != nil {
			return err
		}
		for {
			if err := d.sink.Text(make([]byte, 1000)); err != nil {
				return errors.New("the cause is not told") // as careless formats do
			}
		}
	}}}
	c := extractWith(t, x, "x", []byte("x"))
	if got := c.reasons(); len(got) != 1 || got[0] != ": too_large" || len(c.text()) > 1<<20+4 {
		t.Errorf("gaps %v, %d bytes of text", c.gaps, len(c.text()))
	}
	// A format that only reads, and one whose source is slow.
	x = New(Options{Limits: Limits{Time: 200 * time.Millisecond}})
	defer x.Close()
	var s countingSink
	begun := time.Now()
	if err := x.Extract(t.Context(), "x", slow{endless{[]byte("tekst ")}, time.Millisecond}, 1<<30, &s); err != nil {
		t.Fatal(err)
	}
	if took := time.Since(begun); fmt.Sprint(s.gaps) != "[: timeout]" || took > 2*time.Second {
		t.Errorf("gaps %v after %s", s.gaps, took)
	}
}

// TestPanicIsAGap: a parser that fails costs the document it was reading.
func TestPanicIsAGap(t *testing.T) {
	x := New(Options{})
	defer x.Close()
	x.formats = append([]format{{name: "fragile", is: func(d *doc) bool { return bytes.HasPrefix(d.head, []byte("!")) },
		read: func(d *doc) error {
			switch d.head[1] {
			case 'i':
				return fmt.Errorf("%c", d.head[99])
			case 'n':
				none := func() map[string]int { return nil }
				none()["a"] = 1
			}
			panic("secret " + string(d.head))
		}}}, x.formats...)
	for in, says := range map[string]string{"!i": "index out of range", "!n": "nil map", "!s": "string"} {
		c := extractWith(t, x, "x", archiveOf(t, "a", in, "b", "cpr 150370-5008"))
		got := c.reasons()
		if len(got) != 1 || got[0] != "a: corrupt" || !c.has("1503705008") {
			t.Fatalf("%s: gaps %v", in, c.gaps)
		}
		if msg := c.gaps[0].Err.Error(); !strings.HasPrefix(msg, "fragile: ") || !strings.Contains(msg, says) || strings.Contains(msg, "secret") {
			t.Errorf("%s: the gap says %q", in, msg)
		}
	}
}

// sinkBreaking fails after a number of calls.
type sinkBreaking struct {
	collector
	left int
	err  error
}

func (s *sinkBreaking) Text(b []byte) error {
	if s.left--; s.left < 0 {
		return s.err
	}
	return s.collector.Text(b)
}

// TestSinkErrorIsReturned: as it is, from every format and depth, and without a
// gap, because nothing is wrong with the item.
func TestSinkErrorIsReturned(t *testing.T) {
	broken := errors.New("broken sink")
	for name, in := range map[string][]byte{
		"text": []byte("hej 150370-5008"), "csv": []byte("a;b\n1;2\n"), "html": []byte("<html><p>x"), "xml": []byte("<?xml version='1.0'?><a>x</a>"),
		"json": []byte(`{"a": "b"}`), "rtf": []byte(`{\rtf1 x}`), "mail": []byte(mailHead + "\nx\n"),
		"zip": archiveOf(t, "a.zip", string(archiveOf(t, "a", "x"))), "tar": tarOf(t, "a", "x"), "gzip": gzipOf(t, []byte("x")), "binary": []byte("\x00\x01abcdefgh\x01"),
	} {
		x := New(Options{})
		s := &sinkBreaking{err: broken}
		if err := x.Extract(t.Context(), "x", bytes.NewReader(in), int64(len(in)), s); !errors.Is(err, broken) {
			t.Errorf("%s: returned %v", name, err)
		}
		if len(s.gaps) != 0 {
			t.Errorf("%s: gaps %v", name, s.gaps)
		}
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		if err := x.Extract(ctx, "x", bytes.NewReader(in), int64(len(in)), s); !errors.Is(err, context.Canceled) || len(s.gaps) != 0 {
			t.Errorf("%s: cancelled: %v, gaps %v", name, err, s.gaps)
		}
		x.Close()
	}
}

// failing cannot be read from some byte on.
type failing struct {
	data []byte
	from int64
	err  error
}

func (f failing) ReadAt(p []byte, off int64) (int, error) {
	n := copy(p, f.data[min(off, f.from):f.from])
	if n < len(p) {
		return n, f.err
	}
	return n, nil
}

// TestReadErrorIsIO: a storage that fails is told from content that is wrong.
func TestReadErrorIsIO(t *testing.T) {
	x := New(Options{})
	defer x.Close()
	for name, in := range map[string][]byte{
		"text": bytes.Repeat([]byte("hej 150370-5008\n"), 20000), "zip": archiveOf(t, "a.txt", "x", "b", string(noise(1<<20))),
		"gzip": gzipOf(t, noise(1<<20)), "tar": tarOf(t, "a", string(noise(1<<20))), "mail": crlf(mailHead + strings.Repeat("\nhej\n", 100000)),
		"rtf": []byte(`{\rtf1 ` + strings.Repeat("hej ", 100000) + "}"), "csv": bytes.Repeat([]byte("a;b\n"), 100000),
		"html": []byte("<html>" + strings.Repeat("<p>x", 100000)), "json": []byte("[" + strings.Repeat(`"a",`, 100000)),
	} {
		for _, err := range []error{errors.New("the disk is broken"), io.EOF} {
			c := &collector{}
			if err := x.Extract(t.Context(), "x", failing{in, int64(len(in) / 2), err}, int64(len(in)), c); err != nil {
				t.Fatal(err)
			}
			if len(c.gaps) == 0 || c.gaps[len(c.gaps)-1].Reason != scanner.IO {
				t.Errorf("%s, %v: gaps %v", name, err, c.gaps)
			}
		}
	}
}

// TestManyGaps: a hundred thousand gaps are told as a thousand and a number.
func TestManyGaps(t *testing.T) {
	var many []string
	for i := range 3000 {
		many = append(many, fmt.Sprint(i), "\x00\x01\x02")
	}
	c := extractBytes(t, "x", archiveOf(t, many...))
	if last := c.gaps[len(c.gaps)-1]; len(c.gaps) != maxGaps+1 || !strings.Contains(last.Err.Error(), "2000 more") || last.Reason != scanner.Unsupported {
		t.Errorf("%d gaps, the last %v", len(c.gaps), last)
	}
}

func TestFingerprint(t *testing.T) {
	of := func(o Options) string {
		x := New(o)
		defer x.Close()
		return x.Fingerprint()
	}
	base := of(Options{})
	if base != of(Options{PDF: "full", Limits: Limits{Depth: 8}, Worker: []string{"w"}}) {
		t.Error("defaults spelled out, or another worker, change the fingerprint")
	}
	for name, o := range map[string]Options{"PDF": {PDF: "light"}, "OCR": {OCR: true}, "a limit": {Limits: Limits{Size: 1}}} {
		if of(o) == base {
			t.Errorf("%s does not change the fingerprint", name)
		}
	}
}
