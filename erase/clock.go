package erase

import (
	"context"
	"fmt"
	"time"

	"github.com/sletdk/slet/audit"
	"github.com/sletdk/slet/store"
)

// The computer's clock says what it was set to. A clock that is set two days
// ahead ends a waiting period of two days and makes due what is not. So whatever
// time makes erasable (a waiting period, a due date) is counted in witnessed
// time: up to the moment that slet knows to have come.
//
// Between two looks at the clock the time that passed is known
//
//   - exactly, while the operating system runs on: it counts the time since its
//     start whatever the clock is set to ([Deps.Uptime]);
//   - at least since its start, when it was started in between;
//   - by somebody else: the clock of a server, or of a camera, says about the
//     same as ours; or a named person does ([Accept]).
//
// What the clock is ahead of that by more than clocksApart is not believed. So
// after a week in which the computer was off, nothing stands still: what was due
// by then is planned and erased as ever, and what fell due in that week waits
// for a week more, or until somebody confirms the clock. The service looks every
// ten minutes, and a restart costs nothing.

// witnessed is a look at the clock now, after an earlier one: its At is the
// moment up to which time is known to have passed, and is never ahead of the
// clock.
func (d Deps) witnessed(before store.ClockMark) store.ClockMark {
	look := store.ClockMark{At: d.Now()}
	if d.Uptime != nil {
		look.Boot, look.Up = d.Uptime()
	}
	if before.At.IsZero() {
		return look // the first look of all has nothing to compare with
	}
	passed := time.Duration(0)
	switch {
	case look.Boot != "" && look.Boot == before.Boot:
		passed = max(look.Up-before.Up, 0)
	case look.At.Add(-look.Up).After(before.At): // else it is another computer's mark
		passed = look.Up
	}
	if known := before.At.Add(passed); look.At.Sub(known) > clocksApart {
		look.At = known
	}
	return look
}

// witnessedNow is witnessed after the look that the store remembers.
func (d Deps) witnessedNow(ctx context.Context) (store.ClockMark, error) {
	before, err := d.Store.ClockMark(ctx)
	return d.witnessed(before), err
}

// LookAtClock has the store remember that time has passed. The error wraps
// [ErrRefused] when the clock is ahead of what is known; then too it is
// remembered how much is known. Who may be the only one to run for a while calls
// it now and then: planning, approving and erasing do.
func LookAtClock(ctx context.Context, d Deps) error {
	look, err := d.witnessedNow(ctx)
	if err != nil {
		return err
	}
	if err := d.Store.SetClockMark(ctx, look); err != nil {
		return err
	}
	return d.doubt(look)
}

// doubt says that the clock is ahead of what is known, nil when it is not.
func (d Deps) doubt(look store.ClockMark) error {
	now := d.Now()
	if now.Sub(look.At) <= clocksApart {
		return nil
	}
	return fmt.Errorf("%w: the clock says %s, and slet knows of no more time than until %s; what fell due since then, and waiting periods, wait: "+
		"if the clock is right, slet audit accept --as NAME says so, otherwise set it right",
		ErrRefused, now.Format(time.RFC3339), look.At.In(now.Location()).Format(time.RFC3339))
}

// confirmClock: somebody else's clock, or a person, says that ours is right.
func (d Deps) confirmClock(ctx context.Context) error {
	return d.Store.SetClockMark(ctx, d.witnessed(store.ClockMark{}))
}

// acceptClock is a named person's word that the clock is right. It does nothing
// when nobody doubts it.
func (d Deps) acceptClock(ctx context.Context, name string) error {
	look, err := d.witnessedNow(ctx)
	if err != nil {
		return err
	}
	why := d.doubt(look)
	if why == nil {
		return nil
	}
	err = d.log(audit.Entry{Type: audit.TypeClockAccepted, Actor: name, Detail: map[string]string{"account": d.Actor, "known": moment(look.At), "why": why.Error()}})
	if err != nil {
		return err
	}
	return d.confirmClock(ctx)
}

// serverClocks asks the clocks of all servers that items are erased on; while
// ours is ahead of what is known, those of all sources. One that agrees
// confirms ours.
func (x *execution) serverClocks(ctx context.Context) error {
	sources, err := x.Store.PlanSources(ctx, x.plan.ID, store.ItemPlanned, store.ItemFailed, store.ItemErasing) // see toGo
	if err != nil {
		return err
	}
	doubted := x.doubt(x.witnessed(x.clock)) != nil
	asked := map[string]bool{}
	ask := func(source string) error {
		if x.Clock == nil || asked[source] {
			return nil
		}
		asked[source] = true
		theirs, ok := x.Clock(ctx, source)
		if !ok {
			return nil
		}
		if err := clocksAgree(source, theirs, x.Now()); err != nil {
			return err
		}
		if !doubted {
			return nil
		}
		doubted, x.clock = false, store.ClockMark{}
		return x.confirmClock(ctx)
	}
	for _, source := range sources {
		if err := ask(source); err != nil {
			return err
		}
	}
	for source := range x.Erasers {
		if !doubted {
			break
		}
		if err := ask(source); err != nil {
			return err
		}
	}
	return nil
}

// waited asks [Rules.waited] at the witnessed time.
func (x *execution) waited(plan store.Plan) error {
	look := x.witnessed(x.clock)
	err := x.Rules.waited(plan, look.At)
	if err != nil && x.doubt(look) != nil {
		return fmt.Errorf("%w; %w", err, x.doubt(look))
	}
	return err
}
