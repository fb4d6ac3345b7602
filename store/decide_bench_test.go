package store

import (
	"cmp"
	"fmt"
	"os"
	"strconv"
	"testing"
	"time"

	"github.com/sletdk/slet/detectors"
	"github.com/sletdk/slet/retention"
)

// benchItems is how many items decisions are measured over: 50,000, or
// SLET_BENCH_ITEMS.
func benchItems(b *testing.B) int {
	n, err := strconv.Atoi(cmp.Or(os.Getenv("SLET_BENCH_ITEMS"), "50000"))
	must(b, err)
	return n
}

// inventory is a store on disk with items that are about a person each, and a
// schedule of 41 rules by which all fall due on different days.
func inventory(b *testing.B, items int) (*Store, *retention.Schedule) {
	rules := "version: 1\nrules:\n"
	for i := range 40 {
		rules += fmt.Sprintf("  - {id: R%d, match: {path: ['**/Mappe%d/**']}, trigger: modified, delete_after: P5Y, action: erase}\n", i, i)
	}
	rules += "  - {id: ALL, match: {path: ['Sager/**']}, trigger: modified, delete_after: P5Y, action: erase}\n"
	schedule, err := retention.ParseSchedule("s.yaml", []byte(rules))
	must(b, err)
	s, err := Open(b.Context(), "sqlite:"+b.TempDir()+"/slet.db")
	must(b, err)
	b.Cleanup(func() { must(b, s.Close()) })
	sc, err := s.BeginScan(b.Context(), "s", day)
	must(b, err)
	for n := range items {
		must(b, sc.Record(b.Context(), benchFinding(n)))
	}
	must(b, sc.Finish(b.Context(), day, true, Totals{}))
	return s, schedule
}

func benchFinding(n int) Finding {
	f := finding("s", n)
	f.Item.Modified = day.Add(-time.Duration(n) * time.Minute)
	f.Matches = []detectors.Match{{Detector: "cpr", Category: "cpr", Value: "010758-••••", Confidence: detectors.Confirmed, Subject: fmt.Sprintf("p%d", n%5000)}}
	return f
}

// BenchmarkDecideStored reads items with a person each out of SQLite and
// decides them: whole, as a copy of all that is known, and by their facts, as a
// plan, a forecast and a refresh do. Without decisions it is the reading alone.
func BenchmarkDecideStored(b *testing.B) {
	items := benchItems(b)
	s, schedule := inventory(b, items)
	for _, c := range []struct {
		name   string
		filter Filter
		decide bool
	}{{"whole", Filter{}, true}, {"facts", Filter{Facts: true}, true}, {"whole, read only", Filter{}, false}, {"facts, read only", Filter{Facts: true}, false}} {
		b.Run(c.name, func(b *testing.B) {
			began := cpuTime()
			for b.Loop() {
				n := 0
				for f, err := range s.Findings(b.Context(), c.filter) {
					must(b, err)
					if !c.decide || retention.Decide(f.Facts(), schedule, nil, nil, day.AddDate(7, 0, 0)).Disposition == retention.Due {
						n++
					}
				}
				if n != items {
					b.Fatalf("%d items are due", n)
				}
			}
			perMillion(b, items, began)
		})
	}
}

// perMillion reports wall and processor time for a million items.
func perMillion(b *testing.B, items int, began time.Duration) {
	scale := 1e6 / float64(items*b.N)
	b.ReportMetric(b.Elapsed().Seconds()*scale, "s/million")
	b.ReportMetric((cpuTime()-began).Seconds()*scale, "cpu-s/million")
}

// BenchmarkRefresh brings a worklist up to date: made from nothing, then after
// nothing has happened, after a thousand items were scanned anew, after a day has
// passed, and after a hold on one item and on one folder of a thousand.
func BenchmarkRefresh(b *testing.B) {
	items := benchItems(b)
	s, schedule := inventory(b, items)
	now, version := day.AddDate(5, 0, -20), 0
	var holds []retention.Hold
	refresh := func(b *testing.B) {
		done, err := s.RefreshWorklist(b.Context(), Basis{Rules: strconv.Itoa(version), Now: now, Holds: holds}, func(f Finding) Verdict {
			d := retention.Decide(f.Facts(), schedule, nil, holds, now)
			return Verdict{Disposition: d.Disposition, Rule: d.Rule, Due: d.Due, Next: d.Next}
		})
		must(b, err)
		b.ReportMetric(float64(done.Decided), "decided")
	}
	refresh(b)
	for _, c := range []struct {
		name   string
		before func(b *testing.B)
	}{
		{"all", func(*testing.B) { version++ }},
		{"nothing", func(*testing.B) {}},
		{"a thousand scanned", func(b *testing.B) {
			l := s.BeginLook("s", day)
			for n := range 1000 {
				must(b, l.Record(b.Context(), benchFinding(n*(items/1000))))
			}
			must(b, l.Leave(b.Context()))
		}},
		{"a day later", func(*testing.B) { now = now.AddDate(0, 0, 1) }},
		{"a hold on an item", func(*testing.B) {
			holds = append(holds, retention.Hold{ID: fmt.Sprint("h", len(holds)), Source: "s", Path: fmt.Sprintf("Sager/%06d.txt", 7)})
		}},
		{"a hold on a thousand", func(*testing.B) {
			holds = append(holds, retention.Hold{ID: fmt.Sprint("h", len(holds)), Path: "Sager/040*"})
		}},
	} {
		b.Run(c.name, func(b *testing.B) {
			var began, used time.Duration
			for b.Loop() {
				b.StopTimer()
				c.before(b)
				began = cpuTime()
				b.StartTimer()
				refresh(b)
				used += cpuTime() - began
			}
			b.ReportMetric(used.Seconds()/float64(b.N), "cpu-s")
			b.ReportMetric(b.Elapsed().Seconds()/float64(b.N), "s")
		})
	}
	for _, name := range []string{"the groups", "the groups again"} {
		b.Run(name, func(b *testing.B) {
			began := cpuTime()
			for b.Loop() {
				must(b, s.RefreshGroups(b.Context()))
			}
			b.ReportMetric((cpuTime()-began).Seconds()/float64(b.N), "cpu-s")
			b.ReportMetric(b.Elapsed().Seconds()/float64(b.N), "s")
		})
	}
	b.Run("the numbers", func(b *testing.B) {
		began := cpuTime()
		for b.Loop() {
			must(b, s.WorkLines(b.Context(), func(WorkLine) {}))
			_, err := s.Persons(b.Context())
			must(b, err)
		}
		b.ReportMetric((cpuTime()-began).Seconds()/float64(b.N), "cpu-s")
		b.ReportMetric(b.Elapsed().Seconds()/float64(b.N), "s")
	})
}
