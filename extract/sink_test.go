package extract

import (
	"bytes"
	"context"
	"regexp"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/sletdk/slet/scanner"
)

// collector is a Sink that keeps everything.
type collector struct {
	parts []collectedPart
	gaps  []scanner.Gap
}

type collectedPart struct {
	where  string
	byLine bool
	text   string
	marks  []collectedMark
}

type collectedMark struct {
	at    int // offset in the part's text
	place string
}

func (c *collector) Part(where string, byLine bool) error {
	c.parts = append(c.parts, collectedPart{where: where, byLine: byLine})
	return nil
}

func (c *collector) Mark(place string) {
	p := &c.parts[len(c.parts)-1]
	p.marks = append(p.marks, collectedMark{len(p.text), place})
}

func (c *collector) Text(b []byte) error {
	p := &c.parts[len(c.parts)-1]
	p.text += string(b)
	return nil
}

func (c *collector) Gap(where string, reason scanner.Reason, err error) {
	c.gaps = append(c.gaps, scanner.Gap{Path: "test", Where: where, Reason: reason, Err: err})
}

// text is the text of all parts, a form feed between them.
func (c *collector) text() string {
	var all []string
	for _, p := range c.parts {
		all = append(all, p.text)
	}
	return strings.Join(all, "\f")
}

// part returns the text of the part at a place, failing the test if there is
// not exactly one.
func (c *collector) part(t *testing.T, where string) string {
	t.Helper()
	var found []string
	for _, p := range c.parts {
		if p.where == where {
			found = append(found, p.text)
		}
	}
	if len(found) != 1 {
		t.Fatalf("%d parts at %q, want one; places: %q", len(found), where, c.places())
	}
	return found[0]
}

func (c *collector) places() []string {
	var all []string
	for _, p := range c.parts {
		all = append(all, p.where)
	}
	return all
}

// reasons lists the gaps as "where: reason".
func (c *collector) reasons() []string {
	var all []string
	for _, g := range c.gaps {
		all = append(all, g.Where+": "+string(g.Reason))
	}
	return all
}

// place returns the mark in force where s first stands.
func (c *collector) place(t *testing.T, s string) string {
	t.Helper()
	for _, p := range c.parts {
		at := strings.Index(p.text, s)
		if at < 0 {
			continue
		}
		place := ""
		for _, m := range p.marks {
			if m.at <= at {
				place = m.place
			}
		}
		return place
	}
	t.Fatalf("%q is not in %q", s, c.text())
	return ""
}

// writtenForm finds a ten-digit number in the forms that people write it in:
// 150370-5008 with any of the dashes and blanks, 15.03.70-5008, 1503705008.
func writtenForm(digits string) *regexp.Regexp {
	const gap = "[-\u00ad\u2010-\u2015\u2212\u00a0\u202f /.\t\n]{0,3}"
	d := strings.Split(digits, "")
	return regexp.MustCompile(`(^|[^0-9])` + d[0] + d[1] + "[-./ ]?" + d[2] + d[3] + "[-./ ]?" + d[4] + d[5] +
		gap + strings.Join(d[6:], "") + `($|[^0-9])`)
}

// has reports whether the text has the ten digits in some written form.
func (c *collector) has(digits string) bool { return writtenForm(digits).MatchString(c.text()) }

// extractBytes extracts data and holds it to what is promised of every
// extraction: no error, valid UTF-8, a reason and a cause with every gap.
func extractBytes(t testing.TB, name string, data []byte, opts ...Options) *collector {
	t.Helper()
	var o Options
	if len(opts) > 0 {
		o = opts[0]
	}
	x := New(o)
	t.Cleanup(func() { x.Close() })
	return extractWith(t, x, name, data)
}

func extractWith(t testing.TB, x *Extractor, name string, data []byte) *collector {
	t.Helper()
	c := &collector{}
	if err := x.Extract(context.Background(), name, bytes.NewReader(data), int64(len(data)), c); err != nil {
		t.Fatalf("%s: %v", name, err)
	}
	for _, p := range c.parts {
		if !utf8.ValidString(p.text) {
			t.Fatalf("%s: part %q is not UTF-8: %q", name, p.where, p.text)
		}
	}
	for _, g := range c.gaps {
		if g.Reason == "" || g.Err == nil || g.Err.Error() == "" {
			t.Fatalf("%s: a gap without a reason: %+v", name, g)
		}
	}
	return c
}
