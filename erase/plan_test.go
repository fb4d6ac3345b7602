//go:build linux

package erase_test

import (
	"database/sql"
	"errors"
	"os"
	"path/filepath"
	"testing"

	_ "modernc.org/sqlite" // to alter what is stored, behind the store's back

	"github.com/sletdk/slet/audit"
	"github.com/sletdk/slet/erase"
	"github.com/sletdk/slet/store"
)

func TestPropose(t *testing.T) {
	o := newOffice(t)
	o.put(t, "a.txt", "A")
	o.put(t, "held.txt", "H")
	must(t, os.WriteFile(o.path("new.txt"), []byte("N"), 0o644))
	must(t, os.Chtimes(o.path("new.txt"), today, today))
	o.hold(t, "held.txt")
	o.scan(t)

	plan, err := erase.Propose(t.Context(), o.deps(), "")
	must(t, err)
	equal(t, "id", plan.ID, "P-20261121-1")
	equal(t, "items", plan.Items, 1)
	equal(t, "bytes", plan.Bytes, 1)
	equal(t, "state", plan.State, store.PlanProposed)
	it := o.item(t, plan.ID, "a.txt")
	equal(t, "rule", it.Rule, "R-1")
	if len(it.Reasons) == 0 || it.Due.IsZero() {
		t.Error("the item has no reasons or no due date")
	}
	second, err := erase.Propose(t.Context(), o.deps(), share)
	must(t, err)
	equal(t, "id of the second", second.ID, "P-20261121-2")
	if second.Hash == plan.Hash {
		t.Error("two plans have the same hash")
	}

	if _, err := erase.Propose(t.Context(), o.deps(), "another source"); !errors.Is(err, erase.ErrNothingDue) {
		t.Errorf("planning an unknown source: %v", err)
	}
	later, enough := 0, errors.New("enough")
	must(t, erase.Simulate(t.Context(), o.deps(), "", today.AddDate(0, 2, 0), func(store.PlanItem) error { later++; return nil }))
	equal(t, "due in two months", later, 2)
	err = erase.Simulate(t.Context(), o.deps(), "", today.AddDate(0, 2, 0), func(store.PlanItem) error { later++; return enough })
	equal(t, "what is asked for no more", later, 3)
	if !errors.Is(err, enough) {
		t.Errorf("ended by %v", err)
	}
	plans, err := o.store.Plans(t.Context())
	must(t, err)
	equal(t, "plans after the simulation", len(plans), 2)
}

func TestApprove(t *testing.T) {
	o := newOffice(t)
	for _, name := range []string{"a.txt", "b.txt"} {
		o.put(t, name, name)
	}
	o.scan(t)
	plan, err := erase.Propose(t.Context(), o.deps(), "")
	must(t, err)
	approve := func(name string, exclude ...string) error {
		_, err := erase.Approve(t.Context(), o.deps(), plan.ID, name, exclude)
		return err
	}

	refused(t, approve(" "), "the name of a person")
	refused(t, approve("Karen", share+":a.txt", share+":b.txt"), "nothing left")
	for _, unknown := range []string{"i", "", share + ":c.txt", "ix"} {
		if err := approve("Karen", unknown); err == nil {
			t.Errorf("excluding %q is no error", unknown)
		}
	}
	equal(t, "after that", o.planState(t, plan.ID), store.PlanProposed)
	must(t, approve("Karen", share+":b.txt", o.item(t, plan.ID, "b.txt").Ref))
	refused(t, approve("Karen"), "only a proposed plan")
	equal(t, "excluded", o.item(t, plan.ID, "b.txt").State, store.ItemExcluded)

	got, _ := mustRun(t, o.runner(t), plan.ID)

	equal(t, "results", len(got), 1)
	equal(t, "a.txt", got["a.txt"].Result, erase.Erased)
	if !o.has("b.txt", "b.txt") {
		t.Error("an excluded item was touched")
	}
}

// TestNotApproved: a proposed plan, and one that is dead, are not carried out.
func TestNotApproved(t *testing.T) {
	o := newOffice(t)
	o.put(t, "a.txt", "A")
	o.scan(t)
	plan, err := erase.Propose(t.Context(), o.deps(), "")
	must(t, err)

	_, _, err = run(t, o.runner(t), plan.ID)
	refused(t, err, "not approved")
	must(t, o.store.SetPlanState(t.Context(), plan.ID, []store.PlanState{store.PlanProposed}, store.PlanApproved))
	_, _, err = run(t, o.runner(t), plan.ID) // approved by nobody
	refused(t, err, "not approved")
	must(t, o.store.SetPlanState(t.Context(), plan.ID, []store.PlanState{store.PlanApproved}, store.PlanDead))
	_, _, err = run(t, o.runner(t), plan.ID)
	refused(t, err, "not approved")
	dry := o.runner(t)
	dry.Enforce = false
	_, _, err = run(t, dry, plan.ID)
	refused(t, err, "dead")

	if !o.has("a.txt", "A") {
		t.Error("the item was touched")
	}
}

// TestAltered: whatever is altered in a stored plan, it is not carried out.
func TestAltered(t *testing.T) {
	for _, change := range []string{
		"UPDATE plan_items SET id = CAST('b.txt' AS BLOB)",
		"UPDATE plan_items SET path = CAST('b.txt' AS BLOB)",
		"UPDATE plan_items SET source = 'other'",
		"UPDATE plan_items SET size = size + 1",
		"UPDATE plan_items SET version = CAST('x' AS BLOB)",
		"UPDATE plan_items SET content_mac = 'x'",
		"UPDATE plan_items SET rule = 'R-2'",
		"UPDATE plan_items SET due = due - 1000000000000",
		"UPDATE plan_items SET ref = 'i0' WHERE n = 0",
		"DELETE FROM plan_items WHERE n = 1",
		"UPDATE plans SET schedule_version = 'x'",
		"UPDATE plans SET hash = 'x'",
	} {
		t.Run(change, func(t *testing.T) {
			o := newOffice(t)
			o.put(t, "a.txt", "A")
			o.put(t, "b.txt", "B")
			plan := o.approved(t)
			o.alter(t, change)

			_, _, err := run(t, o.runner(t), plan.ID)

			refused(t, err, "its hash does not match")
			equal(t, "plan", o.planState(t, plan.ID), store.PlanDead)
			if !o.has("a.txt", "A") || !o.has("b.txt", "B") {
				t.Error("an item was touched")
			}
		})
	}
}

// TestAlteredBeforeApproval: what nobody proposed cannot be approved.
func TestAlteredBeforeApproval(t *testing.T) {
	o := newOffice(t)
	o.put(t, "a.txt", "A")
	o.scan(t)
	plan, err := erase.Propose(t.Context(), o.deps(), "")
	must(t, err)
	o.alter(t, "UPDATE plan_items SET version = CAST('x' AS BLOB)")

	_, err = erase.Approve(t.Context(), o.deps(), plan.ID, "Karen", nil)

	refused(t, err, "its hash does not match")
	equal(t, "plan", o.planState(t, plan.ID), store.PlanDead)
}

// TestScheduleChangedBeforeApproval: a plan is bound to its schedule from the
// beginning.
func TestScheduleChangedBeforeApproval(t *testing.T) {
	o := newOffice(t)
	o.put(t, "a.txt", "A")
	o.scan(t)
	plan, err := erase.Propose(t.Context(), o.deps(), "")
	must(t, err)
	o.changeSchedule(t)

	_, err = erase.Approve(t.Context(), o.deps(), plan.ID, "Karen", nil)

	refused(t, err, "the schedule has changed")
	equal(t, "plan", o.planState(t, plan.ID), store.PlanDead)
	log := o.entries(t)
	equal(t, "last entry", log[len(log)-1].Type, audit.TypePlanDead)
}

// alter changes the database behind the store's back.
func (o *office) alter(t testing.TB, change string) {
	t.Helper()
	db, err := sql.Open("sqlite", filepath.Join(o.state, "slet.db"))
	must(t, err)
	defer db.Close()
	res, err := db.Exec(change)
	must(t, err)
	if n, err := res.RowsAffected(); err != nil || n == 0 {
		t.Fatalf("%q changed nothing (%v)", change, err)
	}
}
