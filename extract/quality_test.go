package extract

import (
	"bytes"
	"context"
	"flag"
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/sletdk/slet/detectors"
	"github.com/sletdk/slet/internal/samples"
	"github.com/sletdk/slet/scanner"
)

var update = flag.Bool("update", false, "rewrite docs/quality.md")

// labelled is a sample with what a detector is to find in it.
type labelled struct {
	detector string
	text     string
	values   []string
}

// detecting is a sink that gives what is extracted to the detectors, as slet
// detect does.
type detecting struct {
	*detectors.Stream
	gaps []string
}

func (d *detecting) Gap(where string, reason scanner.Reason, err error) {
	d.gaps = append(d.gaps, fmt.Sprintf("%s: %s: %v", where, reason, err))
}

// found extracts a file and returns the distinct values that a detector finds.
func found(t *testing.T, x *Extractor, e *detectors.Engine, detector string, data []byte) []string {
	t.Helper()
	var values []string
	d := &detecting{Stream: e.Stream(func(m detectors.Match) {
		if m.Detector == detector && !slices.Contains(values, m.Reveal()) {
			values = append(values, m.Reveal())
		}
	})}
	if err := x.Extract(context.Background(), "dokument", bytes.NewReader(data), int64(len(data)), d); err != nil {
		t.Fatal(err)
	}
	if err := d.Close(); err != nil {
		t.Fatal(err)
	}
	if len(d.gaps) > 0 {
		t.Errorf("gaps: %q", d.gaps)
	}
	return values
}

// tally counts what was found of what is there.
type tally struct{ right, wrong, missed int }

func (c tally) recall() float64    { return float64(c.right) / float64(c.right+c.missed) }
func (c tally) precision() float64 { return float64(c.right) / float64(c.right+c.wrong) }
func (c tally) f1() float64        { return 2 * c.recall() * c.precision() / (c.recall() + c.precision()) }

// measure carries a set through a format. What only a table can say (a number
// whose zero is lost) is left out of formats without tables.
func (f *fileFormat) measure(t *testing.T, x *Extractor, e *detectors.Engine, set []labelled) (c tally) {
	shown := 0
	for _, l := range set {
		p := pageOf("Notat om vind og vejr i det forgangne kvartal", l.text, "Regn og slud afløser hinanden, siger udsigten.")
		if !f.tables && slices.ContainsFunc(l.values, func(v string) bool { return l.detector == "cpr" && !strings.Contains(onlyDigits(l.text), v) }) {
			continue
		}
		got := found(t, x, e, l.detector, f.make(t, p))
		for _, v := range got {
			if strings.Contains(labelledHead, v) { // a mail's own addresses
				continue
			}
			if slices.Contains(l.values, v) {
				c.right++
			} else if c.wrong++; shown < 4 {
				shown++
				t.Logf("%s: %s is not in %q", f.name, l.detector, detectors.MaskText(l.text))
			}
		}
		for _, v := range l.values {
			if !slices.Contains(got, v) {
				if c.missed++; shown < 4 {
					shown++
					t.Logf("%s: %s is missed in %q", f.name, l.detector, detectors.MaskText(l.text))
				}
			}
		}
	}
	return c
}

func onlyDigits(s string) string {
	return strings.Map(func(r rune) rune {
		if r >= '0' && r <= '9' {
			return r
		}
		return -1
	}, s)
}

// How many samples are carried through each format.
const (
	plainOfFormat  = 120 // numbers, and as many that are none
	hardOfFormat   = 20  // rounds of 26
	othersOfFormat = 12  // of each other detector
)

// TestQualityOfFormats carries the labelled samples of the detectors through
// every format and holds what is found to the bars of plain text.
func TestQualityOfFormats(t *testing.T) {
	var plain, hard, others []labelled
	for _, s := range samples.PlainCPR(plainOfFormat) {
		plain = append(plain, labelled{"cpr", s.Text, s.Numbers})
	}
	for _, s := range samples.HardCPR(hardOfFormat) {
		hard = append(hard, labelled{"cpr", s.Text, s.Numbers})
	}
	r := samples.Rand(92)
	for _, m := range samples.Makings() {
		for range othersOfFormat {
			text, value := m.Make(r)
			others = append(others, labelled{m.Detector, text, []string{value}})
		}
	}
	e, err := detectors.New(detectors.Options{KeepRaw: true, Today: time.Date(2026, 11, 22, 0, 0, 0, 0, time.UTC)})
	if err != nil {
		t.Fatal(err)
	}
	x := New(workerOptions(t))
	defer x.Close()
	table := "| format | cpr, plain: recall | precision | cpr, hard: recall | precision | F1 | other detectors: recall | precision |\n|---|--:|--:|--:|--:|--:|--:|--:|\n"
	for _, f := range fileFormats() {
		p, h, o := f.measure(t, x, e, plain), f.measure(t, x, e, hard), f.measure(t, x, e, others)
		table += fmt.Sprintf("| %s | %.3f | %.3f | %.3f | %.3f | %.3f | %.3f | %.3f |\n", f.name, p.recall(), p.precision(), h.recall(), h.precision(), h.f1(), o.recall(), o.precision())
		if p.recall() < 0.995 || p.precision() < 0.99 {
			t.Errorf("%s, plain: recall %.4f (at least 0.995), precision %.4f (at least 0.99)", f.name, p.recall(), p.precision())
		}
		if h.f1() < 0.95 {
			t.Errorf("%s, hard: F1 %.4f (at least 0.95)", f.name, h.f1())
		}
		if o.recall() < 0.95 || o.precision() < 0.97 {
			t.Errorf("%s, other detectors: recall %.4f (at least 0.95), precision %.4f (at least 0.97)", f.name, o.recall(), o.precision())
		}
	}
	if err := samples.Keep(filepath.Join("..", "docs", "quality.md"), "formats", table, *update); err != nil {
		t.Error(err)
	}
}
