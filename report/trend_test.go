package report

import (
	"testing"
	"time"
)

// TestTrend: each month is as it was last counted in it, in Copenhagen's
// months; what was erased counts in the month in which it was.
func TestTrend(t *testing.T) {
	now := time.Date(2026, 3, 31, 23, 30, 0, 0, time.UTC) // the 1st of April in Copenhagen
	trend := NewTrend(now)
	if len(trend) != 12 || trend[0].Month != "2025-05" || trend[11].Month != "2026-04" {
		t.Fatalf("%+v", trend)
	}
	if want := at("2025-05-01 00:00"); !trend.From().Equal(want) {
		t.Errorf("begins %v, want %v", trend.From(), want)
	}
	numbers := func(seen, due int64) Report {
		return Report{
			Sources: []Source{{Seen: seen, Gaps: 2}, {Seen: 1, Gaps: 1}},
			Decided: []Count{{Name: "due", N: due}, {Name: "review", N: 5}, {Name: "keep", N: 100}},
			Cameras: []CameraStatus{{Over: 3}, {Over: 4}}, Persons: 6,
		}
	}
	trend.Count(at("2025-04-30 23:59"), numbers(1000, 1000)) // before the first
	trend.Count(at("2025-06-02 10:00"), numbers(10, 1))
	trend.Erase([]Erased{
		{Result: "erased", Finished: at("2025-06-10 10:00")},
		{Result: "erased", Finished: at("2025-06-30 23:59")},
		{Result: "changed", Finished: at("2025-06-10 10:00")},
		{Result: "erased", Finished: at("2025-04-10 10:00")},
		{Result: "erased"},
		{Result: "erased", Finished: time.Date(2026, 3, 31, 22, 0, 0, 0, time.UTC)},
	})
	trend.Count(at("2025-06-30 23:00"), numbers(20, 2))
	for i, want := range map[int]TrendMonth{
		0:  {Month: "2025-05"},
		1:  {Month: "2025-06", Counted: true, Items: 21, Gaps: 3, Due: 2, Review: 5, Over: 7, Persons: 6, Erased: 2},
		2:  {Month: "2025-07"},
		11: {Month: "2026-04", Erased: 1},
	} {
		if trend[i] != want {
			t.Errorf("%+v, want %+v", trend[i], want)
		}
	}
}
