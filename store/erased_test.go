package store

import "testing"

// TestErasedItem: what names an erased item is replaced in the same step, and
// never comes back; its digest stays.
func TestErasedItem(t *testing.T) {
	engines(t, func(t *testing.T, s *Store) {
		items := planItems(2)
		items[0].Digest = "digest"
		newPlan(t, s, "p1", items...)
		it := items[0]
		it.Plan, it.State, it.Tombstone = "p1", ItemErasing, ".slet-x"
		must(t, s.SetPlanItem(t.Context(), it))
		open, err := s.ItemsInState(t.Context(), ItemErasing)
		must(t, err)
		if len(open) != 1 || open[0].Ref != it.Ref || open[0].Item.Path != it.Item.Path {
			t.Errorf("being erased: %+v", open)
		}

		it.Method, it.Item.Path, it.Item.ID, it.Item.Version = "unlink", "masked", "masked", ""
		must(t, s.SetPlanErased(t.Context(), it))

		list, err := s.PlanItems(t.Context(), "p1")
		must(t, err)
		got := list[0]
		if got.State != ItemErased || got.Method != "unlink" || got.Item.Path != "masked" || got.Item.ID != "masked" || got.Item.Version != "" || got.Digest != "digest" {
			t.Errorf("erased: %+v", got)
		}
		if list[1].Item.Path != items[1].Item.Path || list[1].State != ItemPlanned {
			t.Errorf("the other: %+v", list[1])
		}
		wantErr(t, s.SetPlanErased(t.Context(), PlanItem{Plan: "p1", Ref: "i9"}), ErrNotFound)
		must(t, s.ApprovePlan(t.Context(), "p1", "h", "Anna", day, []string{items[1].Ref}))
		wantErr(t, s.SetPlanErased(t.Context(), PlanItem{Plan: "p1", Ref: items[1].Ref}), ErrState)
	})
}

func TestAuditHead(t *testing.T) {
	engines(t, func(t *testing.T, s *Store) {
		for _, want := range []Head{{}, {3, "c0ffee"}, {4, "beef"}} {
			if want.Line > 0 {
				must(t, s.SetAuditHead(t.Context(), want))
			}
			if got, err := s.AuditHead(t.Context()); err != nil || got != want {
				t.Errorf("head %+v, %v, want %+v", got, err, want)
			}
		}
	})
}

// TestItemsTogether: the items of a group are recorded all together, or none
// of them is.
func TestItemsTogether(t *testing.T) {
	engines(t, func(t *testing.T, s *Store) {
		items := planItems(3)
		newPlan(t, s, "p1", items...)
		record(t, s, items[0].Item.Source, true, Finding{Ref: items[0].Ref, Item: items[0].Item, LastSeen: day})
		states := func(want ...ItemState) {
			t.Helper()
			list, err := s.PlanItems(t.Context(), "p1")
			must(t, err)
			for i, it := range list {
				if it.State != want[i] {
					t.Errorf("item %d is %s, want %s", i, it.State, want[i])
				}
			}
		}
		for i := range items {
			items[i].Plan, items[i].State = "p1", ItemErasing
		}
		unknown := items[2]
		unknown.Ref = "i9"
		wantErr(t, s.SetPlanItems(t.Context(), items[0], items[1], unknown), ErrNotFound)
		states(ItemPlanned, ItemPlanned, ItemPlanned)
		must(t, s.BeginErasing(t.Context(), items[2]))
		wantErr(t, s.BeginErasing(t.Context(), items...), ErrState) // somebody else has begun with one
		states(ItemPlanned, ItemPlanned, ItemErasing)
		must(t, s.SetPlanItems(t.Context(), items...))
		states(ItemErasing, ItemErasing, ItemErasing)
		wantErr(t, s.SetPlanErased(t.Context(), items[0], items[1], unknown), ErrNotFound)
		states(ItemErasing, ItemErasing, ItemErasing)
		if _, err := s.Finding(t.Context(), items[0].Ref); err != nil {
			t.Errorf("what was not erased has left the inventory: %v", err)
		}
		must(t, s.SetPlanErased(t.Context(), items[0], items[1]))
		states(ItemErased, ItemErased, ItemErasing)
		_, err := s.Finding(t.Context(), items[0].Ref)
		wantErr(t, err, ErrNotFound)
		must(t, s.SetPlanItems(t.Context()))
	})
}
