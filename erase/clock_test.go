//go:build linux

package erase_test

import (
	"context"
	"os"
	"testing"
	"time"

	"github.com/sletdk/slet/audit"
	"github.com/sletdk/slet/erase"
	"github.com/sletdk/slet/store"
)

// setAhead sets the clock ahead: the time that the operating system counts does
// not move.
func (o *office) setAhead(by time.Duration) {
	o.now, o.jumped = o.now.Add(by), o.jumped+by
}

// pass lets time pass.
func (o *office) pass(by time.Duration) { o.now = o.now.Add(by) }

// restart starts the computer anew, after so long.
func (o *office) restart(after time.Duration) {
	o.now = o.now.Add(after)
	o.boot, o.jumped = o.now.String(), o.now.Sub(started)
}

// waiting is an office with a plan that has to wait for two days.
func waiting(t *testing.T) (*office, store.Plan) {
	o := newOffice(t)
	o.rules = erase.Rules{Wait: 48 * time.Hour}
	o.put(t, "a.txt", "A")
	return o, o.approved(t)
}

// TestClockSetAhead: a clock that is set ahead by as much as the waiting period
// does not end it; the time that has really passed counts, and a person's word.
func TestClockSetAhead(t *testing.T) {
	o, plan := waiting(t)
	o.pass(time.Hour)
	o.setAhead(49 * time.Hour)
	for range 2 { // looking again makes it no better
		_, _, err := run(t, o.runner(t), plan.ID)
		refused(t, err, "waits until")
		refused(t, err, "slet audit accept --as NAME")
	}
	if !o.has("a.txt", "A") {
		t.Fatal("the jump of the clock ended the waiting period")
	}

	o.pass(46 * time.Hour)
	_, _, err := run(t, o.runner(t), plan.ID)
	refused(t, err, "waits until")
	o.pass(time.Hour)
	mustRun(t, o.runner(t), plan.ID)
	equal(t, "erased when 48 hours have passed", o.gone("a.txt"), true)
}

// TestClockAccepted: a named person confirms the clock, and the log knows who.
func TestClockAccepted(t *testing.T) {
	o, plan := waiting(t)
	o.setAhead(49 * time.Hour)
	refused(t, erase.LookAtClock(t.Context(), o.deps()), "the clock")

	must(t, erase.Accept(t.Context(), o.deps(), "Karen Hansen"))

	must(t, erase.LookAtClock(t.Context(), o.deps()))
	mustRun(t, o.runner(t), plan.ID)
	equal(t, "erased", o.gone("a.txt"), true)
	accepted := 0
	for _, e := range o.entries(t) {
		if e.Type == audit.TypeClockAccepted && e.Actor == "Karen Hansen" && e.Detail["known"] != "" {
			accepted++
		}
	}
	equal(t, "entries of the log", accepted, 1)
	must(t, erase.Accept(t.Context(), o.deps(), "Karen Hansen")) // nothing is in doubt
	equal(t, "type of the last entry", o.entries(t)[len(o.entries(t))-1].Type, audit.TypeEraseFinished)
}

// TestDueByJump: what is due only by a clock that was set ahead is neither
// planned nor erased; what was due before is.
func TestDueByJump(t *testing.T) {
	o := newOffice(t)
	o.put(t, "a.txt", "A")
	o.scan(t)
	must(t, erase.LookAtClock(t.Context(), o.deps()))
	o.put(t, "young.txt", "Y")
	young := today.AddDate(0, 0, -29)
	must(t, os.Chtimes(o.path("young.txt"), young, young))
	o.setAhead(2 * 24 * time.Hour)
	o.scan(t)

	s, err := erase.Select(t.Context(), o.deps(), "")
	must(t, err)
	equal(t, "items selected", s.Items, 1)
	refused(t, s.Clock, "slet audit accept")

	// A plan that was made by the wrong clock is refused by the right one.
	d := o.deps()
	d.Uptime = func() (string, time.Duration) { return "first", o.now.Sub(started) }
	plan, err := erase.Propose(t.Context(), d, "")
	must(t, err)
	equal(t, "items planned by a clock that was believed", plan.Items, 2)
	must(t, o.store.SetClockMark(t.Context(), store.ClockMark{At: today, Boot: o.boot, Up: today.Sub(started)}))
	_, err = erase.Approve(t.Context(), o.deps(), plan.ID, "Karen Hansen", nil)
	must(t, err)
	got, _ := mustRun(t, o.runner(t), plan.ID)
	equal(t, "young.txt", got["young.txt"].Result, erase.Refused)
	equal(t, "young.txt is there", o.has("young.txt", "Y"), true)
	equal(t, "a.txt is gone", o.gone("a.txt"), true)
}

// TestTimeOff: after a week in which the computer was off slet goes on; only
// what that week alone makes erasable waits, until time has passed, somebody
// else's clock confirms ours, or a person does.
func TestTimeOff(t *testing.T) {
	for name, test := range map[string]struct {
		then   func(t *testing.T, o *office, r *erase.Runner)
		erased bool
	}{
		"at once":          {func(*testing.T, *office, *erase.Runner) {}, false},
		"a day later":      {func(_ *testing.T, o *office, _ *erase.Runner) { o.pass(24 * time.Hour) }, false},
		"two days later":   {func(_ *testing.T, o *office, _ *erase.Runner) { o.pass(48 * time.Hour) }, true},
		"a person says so": {func(t *testing.T, o *office, _ *erase.Runner) { must(t, erase.Accept(t.Context(), o.deps(), "Karen")) }, true},
		"a server agrees": {func(_ *testing.T, o *office, r *erase.Runner) {
			r.Clock = func(context.Context, string) (time.Time, bool) { return o.now.Add(-time.Minute), true }
		}, true},
		"a server does not tell": {func(_ *testing.T, _ *office, r *erase.Runner) {
			r.Clock = func(context.Context, string) (time.Time, bool) { return time.Time{}, false }
		}, false},
	} {
		t.Run(name, func(t *testing.T) {
			o, plan := waiting(t)
			o.restart(7 * 24 * time.Hour)
			o.put(t, "b.txt", "B")
			o.scan(t)
			fresh, err := erase.Propose(t.Context(), o.deps(), "")
			must(t, err)
			equal(t, "what was due before is planned", fresh.Items, 1)
			r := o.runner(t)
			test.then(t, o, r)

			_, _, err = run(t, r, plan.ID)

			equal(t, "erased", o.gone("a.txt"), test.erased)
			if !test.erased {
				refused(t, err, "waits until")
			}
		})
	}
}

// TestShortRestart: a restart of the computer, and clocks that are corrected by
// a little, cost nothing; nor does time that passes before anybody looks.
func TestShortRestart(t *testing.T) {
	o, plan := waiting(t)
	o.restart(10 * time.Minute)
	o.pass(24 * time.Hour)
	o.setAhead(20 * time.Minute)
	must(t, erase.LookAtClock(t.Context(), o.deps()))
	o.restart(50 * time.Minute)
	o.pass(24 * time.Hour)
	must(t, erase.LookAtClock(t.Context(), o.deps()))
	mustRun(t, o.runner(t), plan.ID)
	equal(t, "erased", o.gone("a.txt"), true)
}

// TestClockPutRight: a clock that was wrong and was put right is believed.
func TestClockPutRight(t *testing.T) {
	o, plan := waiting(t)
	o.setAhead(4 * time.Hour)
	refused(t, erase.LookAtClock(t.Context(), o.deps()), "the clock")
	o.pass(time.Hour)
	o.setAhead(-4 * time.Hour)
	must(t, erase.LookAtClock(t.Context(), o.deps()))
	o.pass(47 * time.Hour)
	mustRun(t, o.runner(t), plan.ID)
	equal(t, "erased", o.gone("a.txt"), true)
}

// TestAnotherComputer: how long another computer has been up says nothing about
// the time since the last look on this one.
func TestAnotherComputer(t *testing.T) {
	o, plan := waiting(t)
	o.setAhead(49 * time.Hour)
	o.boot, o.jumped = "another, up for a year", -365*24*time.Hour
	_, _, err := run(t, o.runner(t), plan.ID)
	refused(t, err, "waits until")
}
