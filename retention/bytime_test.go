package retention

import (
	"fmt"
	"math/rand/v2"
	"testing"
	"time"
)

// TestByTime: where it says that recordings can be decided by their time, every
// recording between two with the same answer has that answer. Schedules and
// holds are random, so that no kind of condition is forgotten.
func TestByTime(t *testing.T) {
	const rounds = 3000
	at := time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)
	r := rand.New(rand.NewPCG(1, 2))
	pick := func(s ...string) string { return s[r.IntN(len(s))] }
	together := 0
	for range rounds {
		rules := ""
		for i := range 1 + r.IntN(3) {
			rules += fmt.Sprintf("  - {id: R%d, match: {%s}, trigger: %s, delete_after: %s, action: %s}\n", i,
				pick("source_type: [cctv]", "source: [tv]", "path: ['**/Personale/**']", "camera: [hal]", "source_type: [cctv], path: ['**/*.mp4']", "document_type: [cv]", "source_type: [files]", "mailbox: ['*']"),
				pick("recorded", "recorded", "recorded", "modified"), pick("P30D", "P29D", "P1M"), pick("erase", "erase", "review"))
		}
		s, err := ParseSchedule("s.yaml", []byte("version: 1\nrules:\n"+rules))
		if err != nil {
			t.Fatal(err)
		}
		var holds []Hold
		for range r.IntN(3) {
			h := Hold{ID: "H", Source: pick("", "tv", "post"), Path: pick("", "", "hal/Personale/**", "*.txt"), Camera: pick("", "hal", "port"), Case: pick("", "", "12-7")}
			if r.IntN(2) == 0 {
				h.From = at.AddDate(0, 0, -30).Add(time.Duration(r.IntN(200)-100) * time.Minute)
			}
			if r.IntN(2) == 0 {
				h.To = at.AddDate(0, 0, -30).Add(time.Duration(r.IntN(200)-100) * time.Minute)
			}
			holds = append(holds, h)
		}
		path := pick("hal/a.mp4", "hal/Personale/a.mp4", "hal/sag 12-7/a.mp4")
		begin := at.AddDate(0, 0, -30).Add(time.Duration(r.IntN(200)-100) * time.Minute)
		weak, dated := r.IntN(3) == 0, "name"
		if weak {
			dated = "modified"
		}
		ask := func(minutes int, path string) (Disposition, bool) {
			f := Facts{Source: "tv", SourceType: "cctv", Camera: "hal", Path: path, Recorded: begin.Add(time.Duration(minutes) * time.Minute), Dated: dated, Modified: at.AddDate(0, 0, -r.IntN(60))}
			f.End = f.Recorded.Add(5 * time.Minute)
			d := Decide(f, s, nil, holds, at)
			return d.Disposition, !d.Due.IsZero() && !at.Before(d.Due)
		}
		b := NewByTime(s, holds, at)
		if !b.Camera("tv", "hal") || b.Paths("tv") && b.Path("tv", path) || !b.Span("tv", "hal", begin, begin.Add(time.Hour), weak) {
			continue
		}
		// The status asks without a path.
		first, past := ask(0, "")
		last, lastPast := ask(55, "")
		if past != lastPast || (first == Held) != (last == Held) {
			continue
		}
		together++
		for m := 0; m <= 55; m++ {
			if d, p := ask(m, path); p != past || (d == Held) != (first == Held) {
				t.Fatalf("%s\n%+v\n%s, minute %d: %s, past %t; the ends of the hour: %s, %t", rules, holds, path, m, d, p, first, past)
			}
		}
	}
	if together < rounds/20 {
		t.Errorf("only %d of %d were decided together: nothing was tested", together, rounds)
	}
}

// TestByTimeWeak: recordings that may be older than they seem are held by their
// own ends, so no span of time speaks for several of them.
func TestByTimeWeak(t *testing.T) {
	at := time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)
	b := NewByTime(&Schedule{}, []Hold{{ID: "H", From: at}}, at)
	for _, weak := range []bool{false, true} {
		if got := b.Span("tv", "hal", at.Add(-2*time.Hour), at.Add(-time.Hour), weak); got == weak {
			t.Errorf("weak %t: together %t", weak, got)
		}
	}
}
