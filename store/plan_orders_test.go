package store

import (
	"testing"
	"time"
)

// TestPlanOrders: an order waits until it has ended, one at a time for a source,
// the oldest first.
func TestPlanOrders(t *testing.T) {
	engines(t, func(t *testing.T, s *Store) {
		order := func(id, source string, at time.Time) bool {
			t.Helper()
			made, err := s.OrderPlan(t.Context(), PlanOrder{ID: id, Source: source, Person: "dorte", Ordered: at})
			must(t, err)
			return made
		}
		_, err := s.NextPlanOrder(t.Context())
		wantErr(t, err, ErrNotFound)
		if !order("b", "", day) || !order("a", "drev", day.Add(time.Second)) || order("c", "drev", day.Add(time.Minute)) {
			t.Fatal("one order for each source")
		}
		next, err := s.NextPlanOrder(t.Context())
		if err != nil || next.ID != "b" || next.Source != "" || !next.Ordered.Equal(day) {
			t.Fatalf("next: %+v, %v", next, err)
		}
		next.Started = day.Add(time.Hour)
		must(t, s.SetPlanOrder(t.Context(), next))
		if again, err := s.NextPlanOrder(t.Context()); err != nil || again != next {
			t.Errorf("begun and not ended: %+v, %v", again, err)
		}
		next.Ended, next.Plan = day.Add(2*time.Hour), "P-1"
		must(t, s.SetPlanOrder(t.Context(), next))
		if after, err := s.NextPlanOrder(t.Context()); err != nil || after.ID != "a" {
			t.Errorf("after it: %+v, %v", after, err)
		}
		if list, err := s.PlanOrders(t.Context(), 5); err != nil || len(list) != 2 || list[0].ID != "a" || list[1] != next {
			t.Errorf("all: %+v, %v", list, err)
		}
		if !order("d", "", day.Add(40*24*time.Hour)) {
			t.Error("another one after the first has ended")
		}
		if list, err := s.PlanOrders(t.Context(), 5); err != nil || len(list) != 2 || list[1].ID != "a" {
			t.Errorf("old ones stay, or what has not ended is gone: %+v, %v", list, err)
		}
		wantErr(t, s.SetPlanOrder(t.Context(), PlanOrder{ID: "x"}), ErrNotFound)
		if _, err := s.OrderPlan(t.Context(), PlanOrder{ID: "x"}); err == nil {
			t.Error("an order without a time")
		}
	})
}
