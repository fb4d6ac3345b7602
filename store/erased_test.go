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
