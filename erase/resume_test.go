//go:build linux

package erase_test

import (
	"errors"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/sletdk/slet/erase"
	"github.com/sletdk/slet/retention"
	"github.com/sletdk/slet/store"
)

var errServer = errors.New("connection reset by peer")

// TestUnknown: a storage that fails after the intent may have done it or not.
// Nobody guesses: the item stays "erasing" until a later run has looked.
func TestUnknown(t *testing.T) {
	for name, fault := range map[string]*during{
		"failed and happened":       {after: errServer},
		"failed and did not happen": {before: errServer},
	} {
		t.Run(name, func(t *testing.T) {
			o := newOffice(t)
			o.put(t, "a.txt", "A")
			plan := o.approved(t)
			r := o.runner(t)
			good := r.Erasers[share]
			fault.Eraser = good
			r.Erasers[share] = fault

			got, sum := mustRun(t, r, plan.ID)

			equal(t, "result", got["a.txt"].Result, erase.Unknown)
			if !errors.Is(got["a.txt"].Err, errServer) {
				t.Errorf("error %v, want the server's", got["a.txt"].Err)
			}
			equal(t, "unknown", sum.Unknown, 1)
			equal(t, "state", o.item(t, plan.ID, "a.txt").State, store.ItemErasing)
			equal(t, "plan", o.planState(t, plan.ID), store.PlanExecuting)

			fault.resume = func() error { return errServer } // still down
			got, _ = mustRun(t, r, plan.ID)
			equal(t, "result while it is down", got["a.txt"].Result, erase.Unknown)
			equal(t, "state", o.item(t, plan.ID, "a.txt").State, store.ItemErasing)

			r.Erasers[share] = good
			got, _ = mustRun(t, r, plan.ID)
			equal(t, "result when it is up again", got["a.txt"].Result, erase.Erased)
			equal(t, "says that it was interrupted", slices.Contains(got["a.txt"].Caveats, erase.CaveatNameGone), name == "failed and happened")
			equal(t, "plan", o.planState(t, plan.ID), store.PlanExecuted)
			if !o.gone("a.txt") {
				t.Error("the item is still there")
			}
		})
	}
}

// TestKnownUntouched: an eraser that knows that it changed nothing says so.
func TestKnownUntouched(t *testing.T) {
	o := newOffice(t)
	o.put(t, "a.txt", "A")
	plan := o.approved(t)
	r := o.runner(t)
	good := r.Erasers[share]
	r.Erasers[share] = &during{Eraser: good, before: erase.ErrUntouched}

	got, _ := mustRun(t, r, plan.ID)

	equal(t, "result", got["a.txt"].Result, erase.Failed)
	equal(t, "state", o.item(t, plan.ID, "a.txt").State, store.ItemFailed)
	r.Erasers[share] = good
	got, _ = mustRun(t, r, plan.ID)
	equal(t, "the next time", got["a.txt"].Result, erase.Erased)
}

// interrupt leaves an item as a crash in the middle of its erasure does: the
// intent is written, the item renamed. damage is what happened to its content.
func (o *office) interrupt(t *testing.T, damage func(path string) error) (store.Plan, store.PlanItem) {
	t.Helper()
	o.put(t, "a/a.txt", strings.Repeat("A", 10000))
	plan := o.approved(t)
	r := o.runner(t)
	r.Erasers[share] = &during{Eraser: r.Erasers[share], before: errServer}
	mustRun(t, r, plan.ID)
	it := o.item(t, plan.ID, "a/a.txt")
	must(t, os.Rename(o.path("a/a.txt"), o.path("a/"+it.Tombstone)))
	if damage != nil {
		must(t, damage(o.path("a/"+it.Tombstone)))
	}
	return plan, it
}

// TestResume finishes what a crash left, and touches nothing else.
func TestResume(t *testing.T) {
	truncated := func(path string) error { return os.Truncate(path, 0) }
	for name, damage := range map[string]func(string) error{"renamed": nil, "truncated": truncated} {
		t.Run(name, func(t *testing.T) {
			o := newOffice(t)
			plan, _ := o.interrupt(t, damage)
			o.put(t, "a/a.txt", "somebody has put a new file under the name")

			got, sum := mustRun(t, o.runner(t), plan.ID)

			res := got["a/a.txt"]
			equal(t, "result", res.Result, erase.Erased)
			if res.Assurance == erase.Overwritten {
				t.Error("an interrupted erasure claims the highest assurance")
			}
			equal(t, "erased", sum.Erased, 1)
			if !o.has("a/a.txt", "somebody has put a new file under the name") {
				t.Error("the new file was touched")
			}
			equal(t, "names left", len(o.tree(t)), 3)
		})
	}
}

// TestHeldAfterCrash: a hold that came after the crash gets the item back.
func TestHeldAfterCrash(t *testing.T) {
	partly := func(path string) error {
		f, err := os.OpenFile(path, os.O_WRONLY, 0)
		if err != nil {
			return err
		}
		_, err = f.WriteString("overwritten")
		return errors.Join(err, f.Close())
	}
	truncated := func(path string) error { return os.Truncate(path, 0) }
	tests := []struct {
		name   string
		damage func(string) error
		want   string
		whole  bool
	}{
		{"whole", nil, erase.HeldBack, true},
		{"partly overwritten", partly, erase.HeldBack, false},
		{"truncated", truncated, erase.Erased, false},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			o := newOffice(t)
			plan, it := o.interrupt(t, test.damage)
			o.hold(t, "a/**")

			got, _ := mustRun(t, o.runner(t), plan.ID)

			res := got["a/a.txt"]
			equal(t, "result", res.Result, test.want)
			equal(t, "state", o.item(t, plan.ID, "a/a.txt").State, store.ItemState(test.want))
			equal(t, "whole", o.has("a/a.txt", strings.Repeat("A", 10000)), test.whole)
			equal(t, "gone", o.gone("a/a.txt"), test.want == erase.Erased)
			if test.want == erase.HeldBack {
				equal(t, "says that it is not whole", strings.Contains(res.Err.Error(), "not whole"), !test.whole)
			}
			if !o.gone("a/" + it.Tombstone) {
				t.Error("the tombstone is left")
			}
		})
	}
}

// TestHeldPersonAfterCrash: a scan between the crash and the next run knows the
// item no more. A hold on a person may be meant, so it is kept.
func TestHeldPersonAfterCrash(t *testing.T) {
	o := newOffice(t)
	plan, _ := o.interrupt(t, nil)
	o.scan(t)
	must(t, o.store.AddHold(t.Context(), retention.Hold{
		ID: "H-1", Subject: "p0123456789abcdef", Reason: "tvist", Owner: "Karen", Created: o.now, Review: o.now.AddDate(1, 0, 0),
	}))

	got, _ := mustRun(t, o.runner(t), plan.ID)

	equal(t, "result", got["a/a.txt"].Result, erase.HeldBack)
	if !o.has("a/a.txt", strings.Repeat("A", 10000)) {
		t.Error("the item is not back under its name")
	}
}

// TestHeldNameTaken: giving the name back replaces nothing.
func TestHeldNameTaken(t *testing.T) {
	o := newOffice(t)
	plan, it := o.interrupt(t, nil)
	o.hold(t, "a/**")
	o.put(t, "a/a.txt", "new")

	got, _ := mustRun(t, o.runner(t), plan.ID)

	equal(t, "result", got["a/a.txt"].Result, erase.Unknown)
	if !o.has("a/a.txt", "new") || !o.has("a/"+it.Tombstone, strings.Repeat("A", 10000)) {
		t.Errorf("not both are there: %v", o.tree(t))
	}
}

// TestTombstoneOfAnother: under the tombstone lies something that is not the
// item, as after a crash right after something else was renamed by mistake.
func TestTombstoneOfAnother(t *testing.T) {
	o := newOffice(t)
	plan, it := o.interrupt(t, nil)
	o.put(t, "other", "not the item")
	must(t, os.Rename(o.path("other"), o.path("a/"+it.Tombstone)))

	mustRun(t, o.runner(t), plan.ID)

	if !o.has("a/a.txt", "not the item") {
		t.Errorf("it was not given its name back: %v", o.tree(t))
	}
}

// TestResumeAltered: what is altered in a plan while an item of it is being
// erased stops it, too.
func TestResumeAltered(t *testing.T) {
	o := newOffice(t)
	plan, it := o.interrupt(t, nil)
	o.alter(t, "UPDATE plan_items SET rule = 'R-2'")

	_, _, err := run(t, o.runner(t), plan.ID)

	refused(t, err, "its hash does not match")
	if !o.has("a/"+it.Tombstone, strings.Repeat("A", 10000)) {
		t.Error("the item was touched")
	}
}

// TestTombstoneAltered: what the store says is destroyed only if slet made it up.
func TestTombstoneAltered(t *testing.T) {
	for _, name := range []string{"a.txt", "../b.txt", ".slet-../../b.txt", "", ".slet-"} {
		o := newOffice(t)
		plan, _ := o.interrupt(t, nil)
		o.put(t, "b.txt", "B")
		before := o.tree(t)
		o.alter(t, "UPDATE plan_items SET tombstone = CAST('"+name+"' AS BLOB)")

		got, _ := mustRun(t, o.runner(t), plan.ID)

		equal(t, "result", got["a/a.txt"].Result, erase.Unknown)
		if after := o.tree(t); len(after) != len(before) || after["b.txt"] != "B" {
			t.Errorf("something was touched: %v", after)
		}
	}
}
