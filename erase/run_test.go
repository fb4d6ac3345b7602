//go:build linux

package erase_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/sletdk/slet/audit"
	"github.com/sletdk/slet/erase"
	"github.com/sletdk/slet/store"
)

func TestErase(t *testing.T) {
	o := newOffice(t)
	o.put(t, "a/150370-5008.txt", strings.Repeat("Jens Hansen 150370-5008\n", 1000))
	o.put(t, "a/empty.txt", "")
	plan := o.approved(t)
	o.put(t, "a/later.txt", "not in the plan")

	got, sum := mustRun(t, o.runner(t), plan.ID)

	res := got["a/150370-••••.txt"]
	equal(t, "result", res.Result, erase.Erased)
	equal(t, "method", res.Method, "overwrite+unlink")
	if !slices.Contains(res.Caveats, erase.CaveatName) || !slices.Contains(res.Caveats, erase.CaveatCopies) {
		t.Errorf("caveats %q lack the two that always hold", res.Caveats)
	}
	equal(t, "method for an empty file", got["a/empty.txt"].Method, "unlink")
	equal(t, "assurance for an empty file", got["a/empty.txt"].Assurance, erase.Unlinked)
	equal(t, "erased", sum.Erased, 2)
	equal(t, "bytes by the receipts", sum.Bytes, o.item(t, plan.ID, "a/150370-••••.txt").Bytes)
	equal(t, "left", sum.Left, 0)
	if tree := o.tree(t); len(tree) != 3 || tree["a/later.txt"] != "not in the plan" {
		t.Errorf("what is left: %v", tree)
	}

	it := o.item(t, plan.ID, "a/150370-••••.txt")
	equal(t, "ID that is kept", it.Item.ID, "a/150370-••••.txt")
	equal(t, "version that is kept", it.Item.Version, "")
	equal(t, "state", it.State, store.ItemErased)
	equal(t, "stored assurance", it.Assurance, string(res.Assurance))
	if it.Bytes < 24000 || it.Bytes%512 != 0 {
		t.Errorf("%d bytes overwritten, want whole blocks around 24000", it.Bytes)
	}
	equal(t, "plan", o.planState(t, plan.ID), store.PlanExecuted)
	if _, err := o.store.Finding(t.Context(), it.Ref); err == nil {
		t.Error("the erased item is still in the inventory")
	}
	checkLog(t, o.entries(t), plan.ID, it.Ref)
}

// checkLog checks the order of what the log says of an erased item.
func checkLog(t *testing.T, log []audit.Record, plan, ref string) {
	t.Helper()
	want := []string{
		audit.TypePlanProposed, audit.TypePlanApproved, audit.TypeEraseStarted,
		audit.TypeEraseIntent, audit.TypeEraseOutcome, audit.TypeEraseFinished,
	}
	var got []string
	for _, rec := range log {
		if rec.Plan == plan && (rec.Item == "" || rec.Item == ref) {
			got = append(got, rec.Type)
		}
		if strings.Contains(rec.Path, "5008") {
			t.Errorf("the log names a person: %s", rec.Path)
		}
		if rec.Type == audit.TypePlanApproved {
			equal(t, "actor of the approval", rec.Actor, "Karen Hansen")
			equal(t, "account of the approval", rec.Detail["account"], "slet")
		}
	}
	if !slices.Equal(got, want) {
		t.Errorf("log of the item:\n got %v\nwant %v", got, want)
	}
}

func TestDryRun(t *testing.T) {
	for name, change := range map[string]func(*erase.Runner){
		"no erasers":   func(r *erase.Runner) { r.Erasers = nil },
		"not enforced": func(r *erase.Runner) { r.Enforce = false },
	} {
		t.Run(name, func(t *testing.T) {
			o := newOffice(t)
			o.put(t, "a.txt", "a")
			o.put(t, "b.txt", "b")
			plan := o.approved(t)
			o.hold(t, "b.txt")
			before := len(o.entries(t))
			r := o.runner(t)
			change(r)

			got, sum := mustRun(t, r, plan.ID)

			equal(t, "a.txt", got["a.txt"].Result, erase.WouldErase)
			equal(t, "b.txt", got["b.txt"].Result, erase.HeldBack)
			equal(t, "would erase", sum.WouldErase, 1)
			equal(t, "erased", sum.Erased, 0)
			if !o.has("a.txt", "a") || !o.has("b.txt", "b") {
				t.Error("a dry run touched a file")
			}
			equal(t, "state", o.item(t, plan.ID, "b.txt").State, store.ItemPlanned)
			equal(t, "plan", o.planState(t, plan.ID), store.PlanApproved)
			equal(t, "new lines in the log", len(o.entries(t))-before, 0)
		})
	}
}
