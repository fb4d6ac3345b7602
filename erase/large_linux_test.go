//go:build linux

package erase_test

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/sletdk/slet/erase"
	"github.com/sletdk/slet/scanner"
	"github.com/sletdk/slet/store"
)

// TestLargePlan: a plan of more items than are in memory at a time is chosen,
// hashed, approved and carried out like any other: each item once, what is
// excluded is kept, and the names of one file go together, wherever they stand.
func TestLargePlan(t *testing.T) {
	o := newOffice(t)
	o.put(t, "a/link.txt", linkedContent)
	for i := range 700 {
		o.put(t, fmt.Sprintf("m/%03d.txt", i), fmt.Sprint("indhold ", i))
	}
	o.link(t, "a/link.txt", "z/link.txt")
	o.scan(t)

	dropped, err := erase.Select(t.Context(), o.deps(), "")
	must(t, err)
	equal(t, "items selected", dropped.Items, 702)
	n := 0
	for it, err := range dropped.Each(t.Context()) {
		must(t, err)
		if it.Ref != "" {
			n++
		}
	}
	equal(t, "items of the selection", n, 702)
	plans, err := o.store.Plans(t.Context())
	must(t, err)
	equal(t, "plans before anything is frozen", len(plans), 0)
	must(t, dropped.Drop(t.Context()))
	ids, err := o.store.PlanIDs(t.Context(), "")
	must(t, err)
	equal(t, "what is left of a selection that was dropped", len(ids), 0)

	plan, err := erase.Propose(t.Context(), o.deps(), "")
	must(t, err)
	equal(t, "items", plan.Items, 702)
	items, err := o.store.PlanItems(t.Context(), plan.ID)
	must(t, err)
	equal(t, "hash", plan.Hash, hashOf(t, plan, items))
	if !slices.IsSortedFunc(items, func(a, b store.PlanItem) int { return strings.Compare(a.Item.Path, b.Item.Path) }) {
		t.Error("the items do not stand in the order of their paths")
	}

	// A plan of the same items is not made beside it, but in its place.
	again, err := erase.Propose(t.Context(), o.deps(), "")
	must(t, err)
	equal(t, "state of the first", o.planState(t, plan.ID), store.PlanDead)

	_, err = erase.Approve(t.Context(), o.deps(), again.ID, "Dorte", []string{share + ":m/650.txt"})
	must(t, err)
	_, sum := mustRun(t, o.runner(t), again.ID)
	equal(t, "erased", sum.Erased, 701)
	equal(t, "left", sum.Left, 0)
	equal(t, "what was excluded is there", o.has("m/650.txt", "indhold 650"), true)
	equal(t, "state", o.planState(t, again.ID), store.PlanExecuted)
}

// TestLargePlanAltered: one item of many is another than was proposed, on
// whichever page.
func TestLargePlanAltered(t *testing.T) {
	o := newOffice(t)
	many := func(i int) store.PlanItem {
		return store.PlanItem{Ref: fmt.Sprintf("i%04d", i), Item: scanner.Item{Source: share, ID: fmt.Sprint(i), Path: fmt.Sprint(i)}, Rule: "R-1"}
	}
	for n, at := range []int{0, 499, 500, 1200} {
		plan := store.Plan{ID: fmt.Sprint("P-20000101-", n), Created: o.now, ScheduleVersion: o.schedule.Version, ScheduleHash: o.schedule.Hash()}
		var items []store.PlanItem
		for i := range 1201 {
			it := many(i)
			it.Digest = erase.Digest(o.deps(), it)
			items = append(items, it)
		}
		plan.Hash = hashOf(t, plan, items)
		items[at].Item.Path = "noget andet"
		must(t, o.store.CreatePlan(t.Context(), plan, items))
		_, err := erase.Approve(t.Context(), o.deps(), plan.ID, "Dorte", nil)
		refused(t, err, "its hash does not match its items")
	}
}

// hashOf is the hash that a plan has always had.
func hashOf(t *testing.T, plan store.Plan, items []store.PlanItem) string {
	t.Helper()
	items = slices.Clone(items)
	slices.SortFunc(items, func(a, b store.PlanItem) int { return strings.Compare(a.Ref, b.Ref) })
	h := sha256.New()
	line := func(fields ...string) {
		b, err := json.Marshal(fields)
		must(t, err)
		h.Write(append(b, '\n'))
	}
	line("slet plan 3", plan.ID, plan.ScheduleVersion, plan.ScheduleHash, plan.EventsHash)
	for _, it := range items {
		line(it.Ref, it.Digest)
	}
	return hex.EncodeToString(h.Sum(nil))
}
