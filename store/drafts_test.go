package store

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"
)

// manyItems are n items of a plan, in no order of their references.
func manyItems(n int) []PlanItem {
	one := planItems(1)[0]
	items := make([]PlanItem, n)
	for i := range items {
		items[i] = one
		items[i].Ref, items[i].Item.Size = fmt.Sprintf("i%04d", i*7919%n), int64(i)
		items[i].Item.Links, items[i].Item.Version = 1+i%3/2, fmt.Sprint("v", i%10)
	}
	return items
}

// TestPlanPages: all items of a plan come, each once, in the order that was asked
// for, however many pages they are.
func TestPlanPages(t *testing.T) {
	engines(t, func(t *testing.T, s *Store) {
		items := manyItems(2*planPage + 7)
		newPlan(t, s, "p0", manyItems(3)...)
		newPlan(t, s, "p1", items...)
		refs := func(each func(yield func(PlanItem, error) bool)) (refs []string) {
			for it, err := range each {
				must(t, err)
				refs = append(refs, it.Ref)
			}
			return refs
		}
		var frozen, together []string
		for _, it := range items {
			frozen = append(frozen, it.Ref)
			if it.Item.Links == 1 {
				together = append(together, it.Ref)
			}
		}
		names := slices.DeleteFunc(slices.Clone(items), func(it PlanItem) bool { return it.Item.Links == 1 })
		slices.SortStableFunc(names, func(a, b PlanItem) int { return strings.Compare(a.Item.Version, b.Item.Version) })
		for _, it := range names {
			together = append(together, it.Ref)
		}
		for name, c := range map[string]struct{ got, want []string }{
			"as frozen": {refs(s.EachPlanItem(t.Context(), "p1")), frozen},
			"together":  {refs(s.EachPlanItemTogether(t.Context(), "p1")), together},
			"hashed":    {refs(s.EachHashed(t.Context(), "p1")), slices.Sorted(slices.Values(frozen))},
			"no plan":   {refs(s.EachPlanItem(t.Context(), "p9")), nil},
		} {
			if !slices.Equal(c.got, c.want) {
				t.Errorf("%s: %d items, want %d, or in another order", name, len(c.got), len(c.want))
			}
		}
		of, err := s.PlanNames(t.Context(), "p1", items[2].Item.Source, "v2")
		if err != nil || len(of) == 0 || slices.ContainsFunc(of, func(it PlanItem) bool { return it.Item.Version != "v2" || it.Item.Links < 2 || it.Plan != "p1" }) {
			t.Errorf("the names of a file: %d, %v", len(of), err)
		}
		for name, want := range map[string]int{"i000": 10, "i0007": 1, "": 0, "x": 0, items[0].Item.Source + ":" + items[0].Item.Path: 1} {
			if ref, n, err := s.MeantItems(t.Context(), "p1", name); err != nil || n != want || (ref == "") != (n == 0) {
				t.Errorf("%q means %d items (%q), %v, want %d", name, n, ref, err, want)
			}
		}
	})
}

// TestDraft: a draft is no plan, until it is frozen whole.
func TestDraft(t *testing.T) {
	engines(t, func(t *testing.T, s *Store) {
		ctx, items := t.Context(), planItems(3)
		must(t, s.BeginDraft(ctx, "P-1", day))
		wantErr(t, s.BeginDraft(ctx, "P-1", day), ErrExists)
		must(t, s.AddToDraft(ctx, "P-1", 0, items[:2]))
		must(t, s.AddToDraft(ctx, "P-1", 2, items[2:]))

		_, err := s.Plan(ctx, "P-1")
		wantErr(t, err, ErrNotFound)
		plans, err := s.Plans(ctx)
		counts, err2 := s.PlanItemCounts(ctx)
		if err := errors.Join(err, err2); err != nil || len(plans) != 0 || len(counts) != 0 {
			t.Errorf("a draft is listed: %v %v %v", plans, counts, err)
		}
		wantErr(t, s.ApprovePlan(ctx, "P-1", "", "Anna", day, nil), ErrState)
		wantErr(t, s.EndPlan(ctx, "P-1", []PlanState{PlanProposed, PlanApproved}, "why"), ErrState)

		p := Plan{ID: "P-1", Created: day, ScheduleVersion: "v", ScheduleHash: "sh", Hash: "h", EventsHash: "e", Standing: true, Items: 3, Bytes: 32}
		wantErr(t, s.FreezeDraft(ctx, p), ErrCorrupt)
		p.Bytes = 33
		must(t, s.FreezeDraft(ctx, p))
		got, err := s.Plan(ctx, "P-1")
		p.State = PlanProposed
		if err != nil || got != p {
			t.Errorf("frozen: %+v, %v", got, err)
		}
		list, err := s.PlanItems(ctx, "P-1")
		if err != nil || len(list) != 3 || list[0].Ref != items[0].Ref || list[2].Ref != items[2].Ref {
			t.Errorf("%d items, %v", len(list), err)
		}

		// What is a plan takes nothing more, and is not forgotten.
		more := planItems(4)[3:]
		wantErr(t, s.AddToDraft(ctx, "P-1", 3, more), ErrState)
		wantErr(t, s.FreezeDraft(ctx, p), ErrState)
		must(t, s.DropDraft(ctx, "P-1"))
		must(t, s.BeginDraft(ctx, "P-2", day.Add(draftAge+time.Hour)))
		if _, err := s.Plan(ctx, "P-1"); err != nil {
			t.Errorf("a plan was forgotten with the drafts: %v", err)
		}

		// A draft that somebody left is forgotten after a day.
		must(t, s.AddToDraft(ctx, "P-2", 0, more))
		must(t, s.BeginDraft(ctx, "P-3", day.Add(draftAge+2*time.Hour)))
		wantIDs := func(want ...string) {
			t.Helper()
			if ids, err := s.PlanIDs(ctx, "P-"); err != nil || !slices.Equal(ids, want) {
				t.Errorf("%v, %v, want %v", ids, err, want)
			}
		}
		wantIDs("P-1", "P-2", "P-3")
		must(t, s.DropDraft(ctx, "P-3"))
		must(t, s.BeginDraft(ctx, "P-4", day.Add(3*draftAge)))
		wantIDs("P-1", "P-4")
		wantErr(t, s.AddToDraft(ctx, "P-2", 1, planItems(1)), ErrNotFound)
		wantErr(t, s.AddToDraft(ctx, "P-9", 0, more), ErrNotFound)
	})
}

// TestApproveOnly: of all others none is approved.
func TestApproveOnly(t *testing.T) {
	engines(t, func(t *testing.T, s *Store) {
		items := manyItems(2*planPage + 7)
		newPlan(t, s, "p1", items...)
		yes := Yes{Plan: "p1", Hash: "h", Name: "Anna", Person: "anna", At: day, Effective: day, Only: []string{"i0003", "i-typo"}}
		wantErr(t, s.AddApproval(t.Context(), yes), ErrNotFound)
		yes.Only = []string{"i0003", "i0900"}
		must(t, s.AddApproval(t.Context(), yes))
		counts, err := s.PlanStates(t.Context(), "p1")
		if err != nil || counts[ItemPlanned] != 2 || counts[ItemExcluded] != len(items)-2 {
			t.Errorf("%v, %v", counts, err)
		}
		if it, err := s.PlanItem(t.Context(), "p1", "i0900"); err != nil || it.State != ItemPlanned {
			t.Errorf("%+v, %v", it, err)
		}
	})
}
