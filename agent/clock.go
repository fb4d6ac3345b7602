package agent

import (
	"context"
	"time"
)

// This file is the clock that the service goes by. Nothing in the program can
// set it. It stands in a file of its own because the soak test of cmd/slet
// builds the program with another one in its place, in which months are minutes
// (testdata/soak there).

// now is the wall clock.
func now() time.Time { return time.Now() }

// nap is how long sleepUntil sleeps before it looks at the wall clock again:
// while a timer runs the clock may be set, and a machine that was suspended does
// not count that time.
const nap = time.Minute

// sleepUntil waits until the wall clock has reached a moment; false means that
// ctx ended first.
func sleepUntil(ctx context.Context, t time.Time) bool {
	for {
		left := t.Round(0).Sub(now().Round(0)) // without the monotonic readings
		if left <= 0 {
			return ctx.Err() == nil
		}
		if !sleep(ctx, min(left, nap)) {
			return false
		}
	}
}

// withDeadline is a context that ends at a moment, for that reason.
func withDeadline(ctx context.Context, t time.Time, cause error) (context.Context, context.CancelFunc) {
	return context.WithDeadlineCause(ctx, t, cause)
}
