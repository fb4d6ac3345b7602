package agent

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/sletdk/slet/store"
)

// every is the schedule of a job that is due at every multiple of d.
func every(d time.Duration) func(time.Time) time.Time {
	return func(t time.Time) time.Time { return t.Truncate(d).Add(d) }
}

// service returns a service over a store of its own. The store is opened
// outside of the bubble of time: its connections have goroutines.
func service(t *testing.T) *Service {
	t.Helper()
	st, err := store.Open(t.Context(), "sqlite:"+filepath.Join(t.TempDir(), "slet.db"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = st.Close() })
	return &Service{Store: st, Log: slog.New(slog.DiscardHandler), Mask: func(s string) string { return s }}
}

func TestDue(t *testing.T) {
	now := time.Date(2026, 11, 22, 12, 30, 0, 0, time.UTC)
	ago := func(d time.Duration) time.Time { return now.Add(-d) }
	for _, c := range []struct {
		name string
		past store.Job
		want time.Duration // from now
	}{
		{"never run", store.Job{}, 0},
		{"killed while it ran", store.Job{Started: ago(time.Minute)}, 0},
		{"ran at this hour", store.Job{Started: ago(30 * time.Minute), Ended: ago(29 * time.Minute)}, 30 * time.Minute},
		{"ran long", store.Job{Started: ago(90 * time.Minute), Ended: ago(time.Minute)}, 0},
		{"missed while it was down", store.Job{Started: ago(100 * time.Hour), Ended: ago(100 * time.Hour)}, 0},
		{"failed once", store.Job{Started: ago(30 * time.Minute), Ended: ago(0), Failures: 1}, time.Minute},
		{"failed four times", store.Job{Started: ago(30 * time.Minute), Ended: ago(time.Minute), Failures: 4}, 7 * time.Minute},
		{"its regular time comes before", store.Job{Started: ago(30 * time.Minute), Ended: ago(0), Failures: 40}, 30 * time.Minute},
	} {
		j := Job{Next: every(time.Hour)}
		if got := j.due(c.past, now); got.Sub(now) != c.want {
			t.Errorf("%s: in %s, want %s", c.name, got.Sub(now), c.want)
		}
	}
	for failures, want := range map[int]time.Duration{1: time.Minute, 2: 2 * time.Minute, 6: 32 * time.Minute, 7: time.Hour, 1 << 30: time.Hour} {
		if got := backoff(failures); got != want {
			t.Errorf("%d failures: %s, want %s", failures, got, want)
		}
	}
}

func TestWindow(t *testing.T) {
	zone, err := time.LoadLocation("Europe/Copenhagen")
	if err != nil {
		t.Fatal(err)
	}
	at := func(s string) time.Time {
		v, err := time.ParseInLocation("2006-01-02 15:04", s, zone)
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
	night := Window{From: 22 * time.Hour, To: 5 * time.Hour, Zone: zone}
	weekend := Window{Days: []time.Weekday{time.Saturday, time.Sunday}, From: 8 * time.Hour, To: 16 * time.Hour, Zone: zone}
	for _, c := range []struct {
		w               Window
		t, opens, close string
	}{
		{night, "2026-11-22 12:00", "2026-11-22 22:00", ""},
		{night, "2026-11-22 22:00", "2026-11-22 22:00", "2026-11-23 05:00"},
		{night, "2026-11-23 04:59", "2026-11-23 04:59", "2026-11-23 05:00"},
		{night, "2026-11-23 05:00", "2026-11-23 22:00", ""},
		{night, "2026-10-24 23:00", "2026-10-24 23:00", "2026-10-25 05:00"}, // the clock goes back
		{night, "2026-03-28 23:00", "2026-03-28 23:00", "2026-03-29 05:00"}, // and forward
		{weekend, "2026-11-20 12:00", "2026-11-21 08:00", ""},
		{weekend, "2026-11-22 15:59", "2026-11-22 15:59", "2026-11-22 16:00"},
		{weekend, "2026-11-22 16:00", "2026-11-28 08:00", ""},
	} {
		if got := c.w.open(at(c.t)); !got.Equal(at(c.opens)) {
			t.Errorf("%s: opens %s, want %s", c.t, got, c.opens)
		}
		end := c.w.end(at(c.t))
		if c.close == "" && !end.IsZero() || c.close != "" && !end.Equal(at(c.close)) {
			t.Errorf("%s: closes %s, want %q", c.t, end, c.close)
		}
	}
	if got := (Window{}).open(at("2026-11-22 12:00")); !got.Equal(at("2026-11-22 12:00")) {
		t.Error("no window is always")
	}
}

// TestServiceDoesWhatIsDue runs a day of three jobs on a clock of its own: one
// that works, one that fails for a while, one that hangs.
func TestServiceDoesWhatIsDue(t *testing.T) {
	s := service(t)
	synctest.Test(t, func(t *testing.T) {
		begin := time.Now()
		var mu sync.Mutex
		ran := map[string][]time.Duration{}
		note := func(name string) int {
			mu.Lock()
			defer mu.Unlock()
			ran[name] = append(ran[name], time.Since(begin))
			return len(ran[name])
		}
		s.Jobs = []Job{
			{Name: "good", Next: every(6 * time.Hour), Run: func(context.Context) error { note("good"); return nil }},
			{Name: "bad", Next: every(6 * time.Hour), Run: func(context.Context) error {
				switch note("bad") {
				case 1, 2:
					return errors.New("the server is away")
				case 3:
					panic("and then that")
				}
				return nil
			}},
			{Name: "hangs", Next: every(6 * time.Hour), Run: func(ctx context.Context) error { note("hangs"); <-ctx.Done(); return ctx.Err() }},
		}
		ctx, stop := context.WithTimeout(t.Context(), 23*time.Hour)
		defer stop()
		if err := s.Run(ctx); err != nil {
			t.Fatal(err)
		}
		for name, want := range map[string]string{
			"good": "[0s 6h0m0s 12h0m0s 18h0m0s]", "bad": "[0s 1m0s 3m0s 7m0s 12h0m0s 18h0m0s]", "hangs": "[0s]",
		} {
			// The first run is at the start; the bubble's clock begins at midnight.
			if got := fmt.Sprint(ran[name]); got != strings.ReplaceAll(want, "7m0s 12h", "7m0s 6h0m0s 12h") {
				t.Errorf("%s ran at %s", name, got)
			}
		}
	})
	jobs, err := s.Store.Jobs(t.Context())
	if err != nil || len(jobs) != 3 {
		t.Fatal(jobs, err)
	}
	for _, j := range jobs {
		if ended := !j.Ended.IsZero(); ended == (j.Name == "hangs") || j.Failures != 0 {
			t.Errorf("remembered: %+v", j)
		}
	}
}

// TestServiceCatchesUpOnce: a service that was down for a week does each job
// once, at start, and then keeps its times.
func TestServiceCatchesUpOnce(t *testing.T) {
	s := service(t)
	synctest.Test(t, func(t *testing.T) {
		begin := time.Now()
		week := begin.AddDate(0, 0, -7)
		if err := s.Store.SetJob(t.Context(), store.Job{Name: "scan", Started: week, Ended: week, Good: week}); err != nil {
			t.Fatal(err)
		}
		var ran []time.Duration
		s.Jobs = []Job{{Name: "scan", Next: every(24 * time.Hour), Run: func(context.Context) error { ran = append(ran, time.Since(begin)); return nil }}}
		ctx, stop := context.WithTimeout(t.Context(), 25*time.Hour)
		defer stop()
		if err := s.Run(ctx); err != nil {
			t.Fatal(err)
		}
		if want := []time.Duration{0, 24 * time.Hour}; !slices.Equal(ran, want) {
			t.Errorf("ran at %v, want %v", ran, want)
		}
	})
}

// TestServiceStopsAtTheEndOfTheWindow, and goes on in the next.
func TestServiceStopsAtTheEndOfTheWindow(t *testing.T) {
	s := service(t)
	synctest.Test(t, func(t *testing.T) {
		begin := time.Now() // midnight, UTC
		var ran []time.Duration
		var after []error
		s.After = func(_ store.Job, err error) { after = append(after, err) }
		s.Jobs = []Job{{
			Name: "scan", Next: every(time.Hour), Window: Window{From: 2 * time.Hour, To: 4 * time.Hour, Zone: time.UTC},
			Run: func(ctx context.Context) error {
				ran = append(ran, time.Since(begin))
				<-ctx.Done()
				return ctx.Err()
			},
		}}
		ctx, stop := context.WithTimeout(t.Context(), 27*time.Hour)
		defer stop()
		if err := s.Run(ctx); err != nil {
			t.Fatal(err)
		}
		if want := []time.Duration{2 * time.Hour, 26 * time.Hour}; !slices.Equal(ran, want) {
			t.Errorf("ran at %v, want %v", ran, want)
		}
		if len(after) != 1 || !errors.Is(after[0], ErrWindow) {
			t.Errorf("ended with %v", after)
		}
	})
}
