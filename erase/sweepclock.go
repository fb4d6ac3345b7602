package erase

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/sletdk/slet/store"
)

// A standing approval acts on the clock alone, with nobody to notice that it is
// wrong: a clock that jumps ahead makes recordings due that are not. So when the
// clock has moved further than sweeps are apart, whether it jumped or slet stood
// still, somebody else's clock must confirm it: the cameras have their own.

const (
	// sweepGap is how far apart two sweeps may be for the clock to be believed.
	sweepGap = 3 * time.Hour
	// confirms is how close to now a recording must have been made, by its
	// camera's clock, to confirm ours.
	confirms = 2 * time.Hour
)

// errClock is why a sweep erases nothing.
var errClock = errors.New("the clock has moved by more than the time between two sweeps, and no camera's newest recording confirms it: " +
	"if the clock is right, slet plan and a person's approval erase what is due")

// doubtClock: precondition of every standing approval. It returns why the clock
// is in doubt, nil if it is not, and remembers this sweep.
func (r *Runner) doubtClock(ctx context.Context, source string) (doubt, err error) {
	now := r.Now()
	mark, err := r.Store.SweepMark(ctx, source)
	if err != nil {
		return nil, err
	}
	// The first sweep of all has nothing to compare with: its gap is endless.
	moved := now.Sub(mark.At) > sweepGap || now.Before(mark.At.Add(-clockBack))
	ahead := LookAtClock(ctx, r.Deps)
	if ahead != nil && !errors.Is(ahead, ErrRefused) {
		return nil, ahead
	}
	if moved || mark.Doubt || ahead != nil {
		confirmed, err := r.confirmed(ctx, source, now)
		if err != nil {
			return nil, err
		}
		if confirmed {
			err = r.confirmClock(ctx)
		} else {
			doubt = fmt.Errorf("%w: %w", ErrRefused, errClock)
		}
		if err != nil {
			return nil, err
		}
	}
	return doubt, r.Store.SetSweepMark(ctx, source, store.SweepMark{At: now, Doubt: doubt != nil})
}

// confirmed reports whether some camera's newest recording was made about now,
// by the camera's own clock.
func (r *Runner) confirmed(ctx context.Context, source string, now time.Time) (bool, error) {
	cameras, err := r.Store.Cameras(ctx, source)
	if err != nil {
		return false, fmt.Errorf("reading the cameras: %w", err)
	}
	for _, c := range cameras {
		f, err := r.Store.Newest(ctx, c.Source, c.Name)
		if errors.Is(err, store.ErrNotFound) {
			continue
		}
		if err != nil {
			return false, err
		}
		facts := f.Facts()
		last := facts.Recorded
		if facts.End.After(last) {
			last = facts.End
		}
		own := facts.Dated != store.DatedFirstSeen && facts.Dated != "modified"
		if own && now.Sub(last).Abs() <= confirms {
			return true, nil
		}
	}
	return false, nil
}
