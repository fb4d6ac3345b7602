package store

import (
	"fmt"
	"testing"

	"github.com/sletdk/slet/detectors"
	"github.com/sletdk/slet/retention"
)

// BenchmarkDecideStored reads items with a person each out of SQLite and
// decides them, as a plan, a report and slet schedule diff do.
func BenchmarkDecideStored(b *testing.B) {
	const items = 50_000
	rules := "version: 1\nrules:\n"
	for i := range 40 {
		rules += fmt.Sprintf("  - {id: R%d, match: {path: ['**/Mappe%d/**']}, trigger: modified, delete_after: P5Y, action: erase}\n", i, i)
	}
	rules += "  - {id: ALL, match: {path: ['Sager/**']}, trigger: modified, delete_after: P5Y, action: erase}\n"
	schedule, err := retention.ParseSchedule("s.yaml", []byte(rules))
	must(b, err)
	s, err := Open(b.Context(), "sqlite:"+b.TempDir()+"/slet.db")
	must(b, err)
	defer s.Close()
	sc, err := s.BeginScan(b.Context(), "s", day)
	must(b, err)
	for n := range items {
		f := finding("s", n)
		f.Item.Modified = day
		f.Matches = []detectors.Match{{Detector: "cpr", Category: "cpr", Value: "010758-••••", Confidence: detectors.Confirmed, Subject: fmt.Sprintf("p%d", n%5000)}}
		must(b, sc.Record(b.Context(), f))
	}
	must(b, sc.Finish(b.Context(), day, true, Totals{}))
	for b.Loop() {
		n := 0
		for f, err := range s.Findings(b.Context(), Filter{}) {
			must(b, err)
			if retention.Decide(f.Facts(), schedule, nil, nil, day.AddDate(6, 0, 0)).Disposition == retention.Due {
				n++
			}
		}
		if n != items {
			b.Fatalf("%d items are due", n)
		}
	}
	b.ReportMetric(b.Elapsed().Seconds()*1e6/float64(items*b.N), "s/million")
}
