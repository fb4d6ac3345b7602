package store

import (
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/sletdk/slet/retention"
)

func planItems(n int) []PlanItem {
	var items []PlanItem
	for i := range n {
		f := rich()
		f.Item.Size = int64(10 + i)
		items = append(items, PlanItem{
			Ref: "i" + string(rune('z'-i)), Item: f.Item, SourceType: "files", ContentMAC: "c0ffee", Rule: "FB-04", Due: day,
			Reasons: []retention.Reason{{Rule: "FB-04", To: day}}, State: ItemPlanned,
			Facts: PlanFacts{Counts: []Count{{Detector: "cpr", Category: "cpr", Confidence: "confirmed", N: 3}}, DocumentType: "cv", Persons: 2, Trigger: "modified", TriggerDate: day},
		})
	}
	return items
}

func newPlan(t *testing.T, s *Store, id string, items ...PlanItem) {
	t.Helper()
	must(t, s.CreatePlan(t.Context(), Plan{ID: id, Created: day, ScheduleVersion: "v", ScheduleHash: "sh", Hash: "h"}, items))
}

func TestPlanRoundTrip(t *testing.T) {
	engines(t, func(t *testing.T, s *Store) {
		items := planItems(3)
		newPlan(t, s, "p1", items...)
		want := Plan{ID: "p1", Created: day, ScheduleVersion: "v", ScheduleHash: "sh", Hash: "h", State: PlanProposed, Items: 3, Bytes: 33}
		got, err := s.Plan(t.Context(), "p1")
		if d := cmp.Diff(want, got); err != nil || d != "" {
			t.Errorf("%v (-want +got):\n%s", err, d)
		}
		for i := range items {
			items[i].Plan = "p1"
		}
		stored := func() []PlanItem {
			list, err := s.PlanItems(t.Context(), "p1")
			must(t, err)
			return list
		}
		if d := cmp.Diff(items, stored(), cmpopts.EquateEmpty()); d != "" {
			t.Errorf("items (-want +got):\n%s", d)
		}

		// An outcome changes the outcome only.
		done := items[1]
		done.State, done.Tombstone, done.Method, done.Assurance, done.Bytes = ItemErasing, "a/.slet-\xff", "overwrite+unlink", "overwritten", 7
		done.Caveats, done.Error, done.Finished = []string{"ext4 journal", "ÿ"}, "one\x00two", day.Add(time.Hour)
		items[1] = done
		items[1].Error = "one\uFFFDtwo"
		done.Rule, done.Item.Path, done.Due, done.ContentMAC = "other", "other", day.AddDate(9, 0, 0), "other"
		must(t, s.SetPlanItem(t.Context(), done))
		if d := cmp.Diff(items, stored(), cmpopts.EquateEmpty()); d != "" {
			t.Errorf("after an outcome (-want +got):\n%s", d)
		}

		newPlan(t, s, "p2")
		if list, err := s.Plans(t.Context()); err != nil || len(list) != 2 || list[0].ID != "p2" {
			t.Errorf("plans %v, %v, want the newest first", list, err)
		}
		wantErr(t, s.CreatePlan(t.Context(), Plan{ID: "p1"}, nil), ErrExists)
		_, err = s.Plan(t.Context(), "p9")
		wantErr(t, err, ErrNotFound)
		_, err = s.PlanItems(t.Context(), "p9")
		wantErr(t, err, ErrNotFound)
	})
}

// TestOtherNames: names of a file are counted when the plan does not have all that
// are to go; excluded ones do not go, and files are told apart by source.
func TestOtherNames(t *testing.T) {
	engines(t, func(t *testing.T, s *Store) {
		items := planItems(9)
		for i, of := range []struct {
			source, version string
			links           int
			state           ItemState
		}{
			{"a", "whole", 2, ItemPlanned}, {"a", "whole", 2, ItemErasing},
			{"a", "one is missing", 3, ItemPlanned}, {"a", "one is missing", 3, ItemFailed}, // counted
			{"a", "one is excluded", 2, ItemPlanned}, {"a", "one is excluded", 2, ItemExcluded}, // the first is counted
			{"a", "elsewhere", 2, ItemPlanned}, {"b", "elsewhere", 2, ItemPlanned}, // both are counted
			{"a", "alone", 1, ItemPlanned},
		} {
			items[i].Item.Source, items[i].Item.Version, items[i].Item.Links, items[i].State = of.source, of.version, of.links, of.state
		}
		newPlan(t, s, "p1", items...)
		newPlan(t, s, "p2", items[:2]...)
		for _, it := range items {
			it.Plan = "p1"
			must(t, s.SetPlanItem(t.Context(), it))
		}
		for plan, want := range map[string]int{"p1": 5, "p2": 0, "p9": 0} {
			if n, err := s.OtherNames(t.Context(), plan); err != nil || n != want {
				t.Errorf("%s: %d, %v, want %d", plan, n, err, want)
			}
		}
	})
}

// TestCreatePlanWhole: a plan with a bad item is not there at all.
func TestCreatePlanWhole(t *testing.T) {
	engines(t, func(t *testing.T, s *Store) {
		items := planItems(2)
		items[1].Ref = items[0].Ref
		wantErr(t, s.CreatePlan(t.Context(), Plan{ID: "p1"}, items), ErrExists)
		if n := count(t, s, "plans") + count(t, s, "plan_items"); n != 0 {
			t.Errorf("%d rows are left of it", n)
		}
		if err := s.CreatePlan(t.Context(), Plan{}, nil); err == nil {
			t.Error("a plan without an id was taken")
		}
	})
}

func TestApprove(t *testing.T) {
	engines(t, func(t *testing.T, s *Store) {
		items := planItems(3)
		newPlan(t, s, "p1", items...)
		approve := func(id, hash, name string, exclude ...string) error {
			return s.ApprovePlan(t.Context(), id, hash, name, day, exclude)
		}
		untouched := func(when string) {
			t.Helper()
			p, err := s.Plan(t.Context(), "p1")
			if err != nil || p.State != PlanProposed || p.Approver != "" || !p.Approved.IsZero() {
				t.Errorf("%s: the plan is %+v, %v", when, p, err)
			}
			list, err := s.PlanItems(t.Context(), "p1")
			if err != nil || slices.ContainsFunc(list, func(p PlanItem) bool { return p.State != ItemPlanned }) {
				t.Errorf("%s: an item is not planned any more", when)
			}
		}
		wantErr(t, approve("p1", "H", "Anna"), ErrStale)
		untouched("wrong hash")
		wantErr(t, approve("p1", "", "Anna"), ErrStale)
		untouched("no hash")
		wantErr(t, approve("p9", "h", "Anna"), ErrNotFound)
		wantErr(t, approve("p1", "h", "Anna", items[0].Ref, "i-typo"), ErrNotFound)
		untouched("an unknown exclusion")
		if approve("p1", "h", " \t") == nil {
			t.Error("an approval by nobody was taken")
		}
		untouched("no name")

		must(t, approve("p1", "h", "Anna", items[1].Ref))
		p, err := s.Plan(t.Context(), "p1")
		if err != nil || p.State != PlanApproved || p.Approver != "Anna" || !p.Approved.Equal(day) {
			t.Errorf("approved: %+v, %v", p, err)
		}
		list, err := s.PlanItems(t.Context(), "p1")
		must(t, err)
		for i, want := range []ItemState{ItemPlanned, ItemExcluded, ItemPlanned} {
			if list[i].State != want {
				t.Errorf("item %d is %s, want %s", i, list[i].State, want)
			}
		}
		wantErr(t, approve("p1", "h", "Bo"), ErrState)
	})
}

func TestPlanState(t *testing.T) {
	engines(t, func(t *testing.T, s *Store) {
		newPlan(t, s, "p1")
		set := func(to PlanState, from ...PlanState) error { return s.SetPlanState(t.Context(), "p1", from, to) }
		wantErr(t, set(PlanExecuting, PlanApproved, PlanExecuting), ErrState)
		wantErr(t, set(PlanExecuting), ErrState)
		must(t, set(PlanApproved, PlanDead, PlanProposed))
		wantErr(t, s.SetPlanState(t.Context(), "p9", []PlanState{PlanProposed}, PlanDead), ErrNotFound)

		// Of many that try the same, one succeeds.
		var won atomic.Int32
		var wg sync.WaitGroup
		for range 8 {
			wg.Go(func() {
				if err := set(PlanExecuting, PlanApproved); err == nil {
					won.Add(1)
				} else {
					wantErr(t, err, ErrState)
				}
			})
		}
		wg.Wait()
		if won.Load() != 1 {
			t.Errorf("%d took the plan, want 1", won.Load())
		}
	})
}

// TestFinalStates: what was excluded or is erased can never become anything else.
func TestFinalStates(t *testing.T) {
	engines(t, func(t *testing.T, s *Store) {
		items := planItems(2)
		newPlan(t, s, "p1", items...)
		must(t, s.ApprovePlan(t.Context(), "p1", "h", "Anna", day, []string{items[0].Ref}))
		set := func(i int, to ItemState) error {
			it := items[i]
			it.Plan, it.State = "p1", to
			return s.SetPlanItem(t.Context(), it)
		}
		for _, to := range []ItemState{ItemPlanned, ItemErasing, ItemErased, ItemExcluded} {
			wantErr(t, set(0, to), ErrState)
		}
		for _, to := range []ItemState{ItemErasing, ItemPlanned, ItemErasing, ItemErased, ItemErased} {
			must(t, set(1, to))
		}
		for _, to := range []ItemState{ItemPlanned, ItemErasing, ItemFailed, ItemGone} {
			wantErr(t, set(1, to), ErrState)
		}
		wantErr(t, s.SetPlanItem(t.Context(), PlanItem{Plan: "p1", Ref: "i9"}), ErrNotFound)
	})
}

func TestHolds(t *testing.T) {
	engines(t, func(t *testing.T, s *Store) {
		h := retention.Hold{
			ID: "h1", Source: "s", Path: "a/\xff/**", Subject: "p1", Reason: "retssag", Owner: "Anna",
			Review: day.AddDate(1, 0, 0), Created: day,
			Camera: "Indgang \xff", From: day, To: day.Add(time.Hour), Ground: retention.GroundDispute, Notified: day.Add(1), CopyAsked: day.Add(2), CopyHanded: day.Add(3),
		}
		must(t, s.AddHold(t.Context(), h))
		wantErr(t, s.AddHold(t.Context(), h), ErrExists)
		first := retention.Hold{ID: "h2", Created: day.Add(-1)}
		must(t, s.AddHold(t.Context(), first))
		list := func() []retention.Hold {
			list, err := s.Holds(t.Context())
			must(t, err)
			return list
		}
		if d := cmp.Diff([]retention.Hold{first, h}, list()); d != "" {
			t.Errorf("(-want +got):\n%s", d)
		}
		h.Notified, h.CopyAsked, h.CopyHanded = day.Add(4), day.Add(5), time.Time{}
		must(t, s.SetDuties(t.Context(), h))
		if d := cmp.Diff([]retention.Hold{first, h}, list()); d != "" {
			t.Errorf("duties (-want +got):\n%s", d)
		}
		h.Released = day.AddDate(0, 1, 0)
		must(t, s.ReleaseHold(t.Context(), "h1", h.Released))
		wantErr(t, s.ReleaseHold(t.Context(), "h1", day.AddDate(3, 0, 0)), ErrState)
		wantErr(t, s.SetDuties(t.Context(), h), ErrState)
		wantErr(t, s.SetDuties(t.Context(), retention.Hold{ID: "none"}), ErrNotFound)
		wantErr(t, s.ReleaseHold(t.Context(), "h9", day), ErrNotFound)
		if s.ReleaseHold(t.Context(), "h2", time.Time{}) == nil {
			t.Error("a release without a date was taken")
		}
		if d := cmp.Diff([]retention.Hold{first, h}, list()); d != "" {
			t.Errorf("after the release (-want +got):\n%s", d)
		}
		if s.AddHold(t.Context(), retention.Hold{}) == nil {
			t.Error("a hold without an id was taken")
		}
	})
}
