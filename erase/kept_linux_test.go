//go:build linux

package erase_test

import (
	"os"
	"strings"
	"testing"

	"github.com/sletdk/slet/erase"
	"github.com/sletdk/slet/store"
)

// TestUnlisted: that a later scan did not list an item, because it could not
// look, does not make it gone.
func TestUnlisted(t *testing.T) {
	o := newOffice(t)
	o.put(t, "d/a.txt", "A")
	plan := o.approved(t)
	must(t, o.forget(t, "d/a.txt"))

	dry := o.runner(t)
	dry.Enforce = false
	got, _ := mustRun(t, dry, plan.ID)
	equal(t, "dry run", got["d/a.txt"].Result, erase.Changed)
	got, _ = mustRun(t, o.runner(t), plan.ID)

	equal(t, "result", got["d/a.txt"].Result, erase.Changed)
	if err := got["d/a.txt"].Err; err == nil || !strings.Contains(err.Error(), "inventory") {
		t.Errorf("error %v does not say why", err)
	}
	if !o.has("d/a.txt", "A") {
		t.Error("the item was touched")
	}
}

func (o *office) forget(t *testing.T, path string) error {
	f, err := o.store.Finding(t.Context(), share+":"+path)
	must(t, err)
	return o.store.Forget(t.Context(), f.Ref)
}

// TestInUse: what another program has open is refused, and can be erased later
// under the same approval.
func TestInUse(t *testing.T) {
	for name, flags := range map[string]int{"for writing": os.O_WRONLY, "for reading": os.O_RDONLY} {
		o := newOffice(t)
		o.put(t, "a.txt", "A")
		plan := o.approved(t)
		other, err := os.OpenFile(o.path("a.txt"), flags, 0)
		must(t, err)

		got, _ := mustRun(t, o.runner(t), plan.ID)

		equal(t, name+": result", got["a.txt"].Result, erase.Refused)
		if err := got["a.txt"].Err; err == nil || !strings.Contains(err.Error(), "in use") {
			t.Errorf("%s: error %v does not say why", name, err)
		}
		equal(t, name+": plan", o.planState(t, plan.ID), store.PlanExecuting)
		if !o.has("a.txt", "A") {
			t.Errorf("%s: the item was touched", name)
		}
		must(t, other.Close())
		got, _ = mustRun(t, o.runner(t), plan.ID)
		equal(t, name+": later", got["a.txt"].Result, erase.Erased)
	}
}

// TestCarriedOut: a second run of a plan says how much the first has kept.
func TestCarriedOut(t *testing.T) {
	o := newOffice(t)
	for _, name := range []string{"a.txt", "b.txt", "c.txt"} {
		o.put(t, name, name)
	}
	plan := o.approved(t)
	o.hold(t, "b.txt")
	must(t, os.Remove(o.path("c.txt")))
	mustRun(t, o.runner(t), plan.ID)
	equal(t, "plan", o.planState(t, plan.ID), store.PlanExecuted)

	got, sum := mustRun(t, o.runner(t), plan.ID)

	equal(t, "results", len(got), 0)
	equal(t, "kept", sum.Kept, 1)
	equal(t, "left", sum.Left, 0)
}
