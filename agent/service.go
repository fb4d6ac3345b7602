package agent

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/sletdk/slet/store"
)

// Job is one thing that the service does again and again: scan a source, sweep
// a camera's folder, take a backup.
type Job struct {
	// Name is unique; how it went is remembered under it.
	Name string
	// Next is the first moment after t at which it is due.
	Next func(t time.Time) time.Time
	// Window bounds when it may run; the zero value is always. A run that
	// reaches the window's end is stopped, and goes on in the next one.
	Window Window
	// Patient jobs wait for their next regular time also after a failure: what
	// a run may do at most, it then does at most once between two such times.
	Patient bool
	// Run does it. It returns soon after ctx ends.
	Run func(ctx context.Context) error
}

// Service runs jobs, each at its times, until it is stopped.
//
// A job never runs twice at once, and never waits for another: one source that
// hangs keeps no other from being scanned. What was missed while the service
// was down is done once, at start. A job that fails is tried again after a
// minute, then after twice as long each time, an hour at most; its next regular
// time counts as well.
type Service struct {
	Jobs  []Job
	Store *store.Store
	// Log takes what happens; Mask hides personal data in an error.
	Log  *slog.Logger
	Mask func(string) string
	// After, when not nil, is called after every run, from the job's goroutine.
	After func(j store.Job, err error)
}

// The waiting times after a failure.
const (
	firstRetry = time.Minute
	lastRetry  = time.Hour
)

// ErrWindow: the job was stopped because its window has ended.
var ErrWindow = errors.New("its time window has ended")

// Run runs the jobs until ctx ends, and returns when the last one has stopped.
// A job's failure is logged and remembered, never returned; the error is that
// of the store.
func (s *Service) Run(ctx context.Context) error {
	known, err := s.Store.Jobs(ctx)
	if err != nil {
		return err
	}
	g, ctx := errgroup.WithContext(ctx)
	for _, j := range s.Jobs {
		state := store.Job{Name: j.Name}
		if i := slices.IndexFunc(known, func(k store.Job) bool { return k.Name == j.Name }); i >= 0 {
			state = known[i]
		}
		g.Go(func() error { return s.keepRunning(ctx, j, state) })
	}
	return g.Wait()
}

// keepRunning runs one job again and again.
func (s *Service) keepRunning(ctx context.Context, j Job, state store.Job) error {
	for {
		if !sleepUntil(ctx, j.due(state, now())) {
			return nil
		}
		next, err := s.once(ctx, j, state)
		if err != nil {
			return err
		}
		state = next
		if ctx.Err() != nil {
			return nil
		}
	}
}

// due is when a job with this past is to run.
func (j Job) due(past store.Job, now time.Time) time.Time {
	at := now // never run, or killed while it ran
	if !past.Ended.IsZero() {
		at = j.Next(past.Started)
		if past.Failures > 0 && !j.Patient {
			if retry := past.Ended.Add(backoff(past.Failures)); retry.Before(at) {
				at = retry
			}
		}
	}
	if at.Before(now) {
		at = now
	}
	return j.Window.open(at)
}

// backoff is how long to wait after so many failures in a row.
func backoff(failures int) time.Duration {
	wait := firstRetry
	for range failures - 1 {
		if wait *= 2; wait >= lastRetry {
			return lastRetry
		}
	}
	return wait
}

// once runs a job and remembers how it went. A run that was stopped with the
// service counts as not run.
func (s *Service) once(ctx context.Context, j Job, state store.Job) (store.Job, error) {
	state.Started, state.Ended = now(), time.Time{}
	if err := s.Store.SetJob(ctx, state); err != nil {
		return state, err
	}
	run, cancel := ctx, context.CancelFunc(func() {})
	if end := j.Window.end(state.Started); !end.IsZero() {
		run, cancel = withDeadline(ctx, end, ErrWindow)
	}
	err := protect(run, j.Run)
	cause := context.Cause(run)
	cancel()
	if ctx.Err() != nil {
		return state, nil
	}
	if err != nil && errors.Is(cause, ErrWindow) {
		err = fmt.Errorf("%w; it goes on in the next one", ErrWindow)
	}
	state.Ended = now()
	if err == nil {
		state.Good, state.Failures, state.Error = state.Ended, 0, ""
		s.Log.Info("job done", "job", j.Name, "seconds", state.Ended.Sub(state.Started).Seconds())
	} else {
		state.Failures++
		state.Error = s.Mask(err.Error())
		s.Log.Error("job failed", "job", j.Name, "failures", state.Failures, "error", state.Error)
	}
	if err := s.Store.SetJob(ctx, state); err != nil {
		return state, err
	}
	if s.After != nil {
		s.After(state, err)
	}
	return state, nil
}

// protect runs a job; a panic is its failure, not the service's end.
func protect(ctx context.Context, run func(context.Context) error) (err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("panic: %v", p)
		}
	}()
	return run(ctx)
}

// sleep waits; false means that ctx ended first.
func sleep(ctx context.Context, d time.Duration) bool {
	t := time.NewTimer(max(d, 0))
	defer t.Stop()
	select {
	case <-ctx.Done():
		return false
	case <-t.C:
		return ctx.Err() == nil
	}
}

// Window is a part of some days: from From until To, times of day as they pass
// on the wall in Zone, on Days. A window whose To is not after From ends the
// next day. The zero value is always.
type Window struct {
	Days     []time.Weekday // of the window's beginning; none is every day
	From, To time.Duration  // since midnight
	Zone     *time.Location
}

// always reports whether the window is no bound.
func (w Window) always() bool { return w.From == 0 && w.To == 0 && len(w.Days) == 0 }

// bounds are the window that begins on the day of t; ok is false for a day
// without one.
func (w Window) bounds(t time.Time) (from, to time.Time, ok bool) {
	t = t.In(w.Zone)
	if len(w.Days) > 0 && !slices.Contains(w.Days, t.Weekday()) {
		return from, to, false
	}
	at := func(days int, d time.Duration) time.Time {
		return time.Date(t.Year(), t.Month(), t.Day()+days, 0, int(d/time.Minute), 0, 0, w.Zone)
	}
	if w.To <= w.From {
		return at(0, w.From), at(1, w.To), true
	}
	return at(0, w.From), at(0, w.To), true
}

// end is when the window that t lies in ends; zero outside of one, or when
// there is no bound.
func (w Window) end(t time.Time) time.Time {
	if w.always() {
		return time.Time{}
	}
	for _, day := range []int{-1, 0} {
		if from, to, ok := w.bounds(t.In(w.Zone).AddDate(0, 0, day)); ok && !t.Before(from) && t.Before(to) {
			return to
		}
	}
	return time.Time{}
}

// open is the first moment at t or later that lies in a window.
func (w Window) open(t time.Time) time.Time {
	if w.always() || !w.end(t).IsZero() {
		return t
	}
	for day := range 15 {
		if from, _, ok := w.bounds(t.In(w.Zone).AddDate(0, 0, day)); ok && !from.Before(t) {
			return from
		}
	}
	return t // no such day: config refuses that
}
