package store

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// TestSchedules: a text is stored once, byte for byte, with its first and last use.
func TestSchedules(t *testing.T) {
	engines(t, func(t *testing.T, s *Store) {
		ctx := t.Context()
		day := day.Truncate(time.Second)
		a := Schedule{Version: "1", Hash: "h1", Text: "version: 1\n# æøå \xff\n"}
		b := Schedule{Version: "1", Hash: "h1", Text: "version: 1\n"} // means the same, written otherwise
		for _, use := range []struct {
			s  Schedule
			at time.Time
		}{{a, day}, {a, day.Add(time.Minute)}, {b, day.Add(time.Hour)}, {a, day.Add(48 * time.Hour)}, {a, day.Add(48*time.Hour + time.Minute)}} {
			if err := s.UseSchedule(ctx, use.s, use.at); err != nil {
				t.Fatal(err)
			}
		}
		got, err := s.Schedules(ctx)
		if err != nil {
			t.Fatal(err)
		}
		a.FirstUsed, a.LastUsed = day, day.Add(48*time.Hour)
		b.FirstUsed, b.LastUsed = day.Add(time.Hour), day.Add(time.Hour)
		if diff := cmp.Diff([]Schedule{a, b}, got); diff != "" {
			t.Errorf("(-want +got)\n%s", diff)
		}
		if err := s.UseSchedule(ctx, Schedule{Version: "2", Text: "x"}, day); err == nil {
			t.Error("a schedule without a hash was stored")
		}
	})
}

func TestCoverageChecks(t *testing.T) {
	engines(t, func(t *testing.T, s *Store) {
		ctx := t.Context()
		want := []CoverageCheck{
			{System: "EG-Bolig", Checked: day, Person: "Dorte", Recorded: day.Add(time.Hour)},
			{System: "EG-Bolig", Checked: day.Add(48 * time.Hour), Person: "Dorte", Recorded: day},
		}
		for _, i := range []int{1, 0} {
			if err := s.AddCoverageCheck(ctx, want[i]); err != nil {
				t.Fatal(err)
			}
		}
		got, err := s.CoverageChecks(ctx)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("(-want +got)\n%s", diff)
		}
		for _, bad := range []CoverageCheck{{Checked: day, Person: "p"}, {System: "s", Person: "p"}, {System: "s", Checked: day}} {
			if err := s.AddCoverageCheck(ctx, bad); err == nil {
				t.Errorf("%+v was stored", bad)
			}
		}
	})
}
