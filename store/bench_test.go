package store

import (
	"testing"

	"github.com/sletdk/slet/detectors"
)

// BenchmarkRecord records items with two matches each, in batches, as a scan
// does; the metrics are items a second.
func BenchmarkRecord(b *testing.B) {
	s, err := Open(b.Context(), "sqlite:"+b.TempDir()+"/slet.db")
	must(b, err)
	defer s.Close()
	sc, err := s.BeginScan(b.Context(), "s", day)
	must(b, err)
	n := 0
	for b.Loop() {
		f := finding("s", n)
		f.Matches = []detectors.Match{
			{Detector: "cpr", Category: "cpr", Where: "linje 12", Value: "010758-••••", Confidence: detectors.Confirmed, Reasons: []string{"mod11", "label:cpr"}, Subject: "p0123456789abcdef"},
			{Detector: "cpr", Category: "cpr", Where: "linje 13", Value: "150370-••••", Confidence: detectors.Possible, Reasons: []string{"mod11"}},
		}
		must(b, sc.Record(b.Context(), f))
		n++
	}
	must(b, sc.Finish(b.Context(), day, true, Totals{}))
	b.ReportMetric(float64(n)/b.Elapsed().Seconds(), "items/s")
}

// BenchmarkFindings reads 20,000 items with their matches.
func BenchmarkFindings(b *testing.B) {
	const items = 20_000
	s, err := Open(b.Context(), "sqlite:"+b.TempDir()+"/slet.db")
	must(b, err)
	defer s.Close()
	sc, err := s.BeginScan(b.Context(), "s", day)
	must(b, err)
	for n := range items {
		f := finding("s", n)
		f.Matches = rich().Matches
		must(b, sc.Record(b.Context(), f))
	}
	must(b, sc.Finish(b.Context(), day, true, Totals{}))
	b.ReportAllocs()
	for b.Loop() {
		n := 0
		for _, err := range s.Findings(b.Context(), Filter{WithMatches: true}) {
			must(b, err)
			n++
		}
		if n != items {
			b.Fatalf("%d items", n)
		}
	}
	b.ReportMetric(float64(items*b.N)/b.Elapsed().Seconds(), "items/s")
}

// BenchmarkSetPlanItem is the durable step that each erasure takes twice.
func BenchmarkSetPlanItem(b *testing.B) {
	s, err := Open(b.Context(), "sqlite:"+b.TempDir()+"/slet.db")
	must(b, err)
	defer s.Close()
	it := planItems(1)[0]
	it.Plan, it.State = "p1", ItemErasing
	must(b, s.CreatePlan(b.Context(), Plan{ID: "p1"}, []PlanItem{it}))
	for b.Loop() {
		must(b, s.SetPlanItem(b.Context(), it))
	}
}
