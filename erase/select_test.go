//go:build linux

package erase_test

import (
	"errors"
	"testing"

	"github.com/sletdk/slet/audit"
	"github.com/sletdk/slet/erase"
	"github.com/sletdk/slet/store"
)

// TestUnreadNotProposed: nobody is asked to approve what could never be erased.
func TestUnreadNotProposed(t *testing.T) {
	for name, spoil := range map[string]func(*store.Finding){
		"no content": func(f *store.Finding) { f.ContentMAC = "" },
		"failed":     func(f *store.Finding) { f.Failed = true },
	} {
		o := newOffice(t)
		o.put(t, "a.txt", "A")
		o.put(t, "b.txt", "B")
		o.scan(t)
		o.found(t, "a.txt", spoil)

		plan, err := erase.Propose(t.Context(), o.deps(), "")

		must(t, err)
		equal(t, name+": items", plan.Items, 1)
		o.item(t, plan.ID, "b.txt")
		log := o.entries(t)
		if got := log[len(log)-1].Detail["unread"]; got != "1" && name == "no content" {
			t.Errorf("%s: %q unread in the log, want 1", name, got)
		}
	}
}

// TestNotProposedTwice: what somebody decided about is not asked again.
func TestNotProposedTwice(t *testing.T) {
	o := newOffice(t)
	for _, name := range []string{"a.txt", "b.txt", "c.txt"} {
		o.put(t, name, name)
	}
	plan := o.approved(t, share+":c.txt")

	s, err := erase.Select(t.Context(), o.deps(), "")
	must(t, err)
	equal(t, "items", s.Items, 0)
	equal(t, "in a living plan", s.Planned, 2)
	equal(t, "excluded", s.Excluded, 1)
	if _, err := erase.Propose(t.Context(), o.deps(), ""); !errors.Is(err, erase.ErrNothingDue) {
		t.Errorf("proposed again: %v", err)
	}

	mustRun(t, o.runner(t), plan.ID)
	o.scan(t)
	s, err = erase.Select(t.Context(), o.deps(), "")
	must(t, err)
	equal(t, "items after the run", s.Items, 0)
	equal(t, "excluded after the run", s.Excluded, 1)

	o.forge(t, "c.txt", "C.txt") // another content is another question
	o.scan(t)
	next, err := erase.Propose(t.Context(), o.deps(), "")
	must(t, err)
	equal(t, "items after the change", next.Items, 1)
}

// TestSuperseded: a new plan takes the place of one that nobody approved.
func TestSuperseded(t *testing.T) {
	o := newOffice(t)
	o.put(t, "a.txt", "A")
	o.scan(t)
	first, err := erase.Propose(t.Context(), o.deps(), "")
	must(t, err)
	o.put(t, "b.txt", "B")
	o.scan(t)

	second, err := erase.Propose(t.Context(), o.deps(), share)

	must(t, err)
	equal(t, "items of the second", second.Items, 2)
	equal(t, "the first", o.planState(t, first.ID), store.PlanDead)
	_, err = erase.Approve(t.Context(), o.deps(), first.ID, "Karen", nil)
	refused(t, err, "dead")
	var dead int
	for _, rec := range o.entries(t) {
		if rec.Type == audit.TypePlanDead && rec.Plan == first.ID {
			dead++
		}
	}
	equal(t, "entries of its death", dead, 1)
}

// TestVerifyOnlyIsNotPlanned: what lies where slet may not erase is counted,
// and stands in no plan.
func TestVerifyOnlyIsNotPlanned(t *testing.T) {
	o := newOffice(t)
	o.put(t, "a.txt", "A")
	o.scan(t)
	d := o.deps()
	var asked []string
	d.VerifyOnly = func(source string) bool { asked = append(asked, source); return true }

	s, err := erase.Select(t.Context(), d, "")
	must(t, err)
	equal(t, "items", s.Items, 0)
	equal(t, "verify only", s.VerifyOnly, 1)
	equal(t, "left out", s.LeftOut(), 1)
	equal(t, "asked", len(asked), 1)
	if _, err := erase.Propose(t.Context(), d, ""); !errors.Is(err, erase.ErrNothingDue) {
		t.Errorf("proposed: %v", err)
	}
}

// TestHalfApprovedStands: a plan that waits for its second person is not taken
// away by a new one; one that nobody has approved is.
func TestHalfApprovedStands(t *testing.T) {
	o := newOffice(t)
	o.put(t, "a.txt", "A")
	o.put(t, "b.txt", "B")
	o.scan(t)
	d := o.deps()
	d.Rules.SecondItems = 1
	first, err := erase.Propose(t.Context(), d, "")
	must(t, err)
	_, err = erase.Approve(t.Context(), d, first.ID, "Anna", nil)
	must(t, err)

	if _, err := erase.Propose(t.Context(), d, ""); !errors.Is(err, erase.ErrNothingDue) {
		t.Errorf("proposed again: %v", err)
	}
	o.put(t, "c.txt", "C")
	o.scan(t)
	second, err := erase.Propose(t.Context(), d, "")
	must(t, err)
	equal(t, "items of the new plan", second.Items, 1)
	old, err := o.store.Plan(t.Context(), first.ID)
	must(t, err)
	equal(t, "the plan that waits for its second person is", old.State, store.PlanProposed)

	third, err := erase.Propose(t.Context(), d, "")
	must(t, err)
	equal(t, "items of the third plan", third.Items, 1)
	old, err = o.store.Plan(t.Context(), second.ID)
	must(t, err)
	equal(t, "the plan that nobody has approved is", old.State, store.PlanDead)

	_, err = erase.Withdraw(t.Context(), d, first.ID, "Anna", "Anna", "set forkert")
	must(t, err)
	all, err := erase.Propose(t.Context(), d, "")
	must(t, err)
	equal(t, "items once the yes was taken back", all.Items, 3)
}
