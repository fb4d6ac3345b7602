package detectors

import (
	"errors"
	"testing"
	"time"
)

// BenchmarkAll measures all detectors together, through windows, and its parts
// at once, beside ripgrep looking for CPR numbers alone in the same text in
// the same run. MB/s and the ratios are by CPU time. The project's bar: all
// together at least as fast as ripgrep.
func BenchmarkAll(b *testing.B) {
	text := benchText()
	rg := ripgrep(b, text)
	p := testParts(b, Options{})
	report := func(b *testing.B, run func()) {
		b.SetBytes(int64(len(text)))
		best := time.Duration(1 << 62)
		for b.Loop() {
			best = min(best, measure(run))
		}
		b.ReportMetric(float64(len(text))/1e6/best.Seconds(), "MB/cpu-s")
		if rg > 0 {
			b.ReportMetric(float64(rg)/float64(best), "×faster-than-rg")
			b.ReportMetric(float64(len(text))/1e6/rg.Seconds(), "rg-MB/cpu-s")
		}
	}
	inWindows := func(f func(w *window)) func() {
		w := newWindow(p.table, nil)
		return func() {
			for rest := text; len(rest) > 0; {
				n := min(len(rest), defaultWindow)
				w.reset(rest[:n])
				f(w)
				rest = rest[n:]
			}
		}
	}
	b.Run("words", func(b *testing.B) { report(b, inWindows(func(w *window) { w.look() })) })
	for _, d := range p.detectors {
		b.Run("words+"+d.Name(), func(b *testing.B) { report(b, inWindows(func(w *window) { w.look(); w.hitsOf(d.Detector) })) })
	}
	b.Run("all", func(b *testing.B) {
		report(b, inWindows(func(w *window) {
			w.layOut()
			for _, d := range p.detectors {
				w.hitsOf(d.Detector)
			}
		}))
	})
	engine := testEngine(b, Options{})
	b.Run("stream", func(b *testing.B) {
		report(b, func() {
			s := engine.Stream(func(Match) {})
			if err := s.Part("", true); err != nil {
				b.Fatal(err)
			}
			for rest := text; len(rest) > 0; {
				n := min(len(rest), 32<<10)
				if err := s.Text(rest[:n]); err != nil {
					b.Fatal(err)
				}
				rest = rest[n:]
			}
			if err := s.Close(); err != nil {
				b.Fatal(err)
			}
		})
	})
}

// BenchmarkSnippets measures what showing matches in their surroundings costs:
// items of 16 KiB of the same text, with and without, in turns. Of a whole scan
// it is little: see package agent.
func BenchmarkSnippets(b *testing.B) {
	text := benchText()
	const item = 16 << 10
	times := map[bool]time.Duration{true: 1 << 62, false: 1 << 62}
	engines := map[bool]*Engine{true: testEngine(b, Options{Snippets: true}), false: testEngine(b, Options{})}
	for b.Loop() {
		for snippets, engine := range engines {
			times[snippets] = min(times[snippets], measure(func() {
				for at := 0; at < len(text); at += item {
					s := engine.Stream(func(Match) {})
					if err := errors.Join(s.Part("", true), s.Text(text[at:min(at+item, len(text))]), s.Close()); err != nil {
						b.Fatal(err)
					}
				}
			}))
		}
	}
	b.ReportMetric(float64(times[true])/float64(times[false]), "×without")
}
