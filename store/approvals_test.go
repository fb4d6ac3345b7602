package store

import (
	"fmt"
	"sync"
	"testing"
	"time"
)

// limited is a yes of anna's, who may approve two items alone.
func limited(plan string) Yes {
	return Yes{
		Plan: plan, Hash: "h", Name: "Anna", Person: "anna", Aliases: []string{"aj"}, At: day, Effective: day, Since: day.Add(-24 * time.Hour),
		Needed: func(alone Amount) int {
			if alone.Items+2 > 2 {
				return 2
			}
			return 1
		},
	}
}

// TestApprovedAlone: what a person has approved alone is what waits or was
// erased lately, by whichever of their names, and no other person approved too.
func TestApprovedAlone(t *testing.T) {
	engines(t, func(t *testing.T, s *Store) {
		alone := func(what string, want Amount, persons ...string) {
			t.Helper()
			got, err := s.ApprovedAlone(t.Context(), persons, day.Add(-24*time.Hour))
			must(t, err)
			if got != want {
				t.Errorf("%s: %+v, want %+v", what, got, want)
			}
		}
		items := planItems(3) // of 10, 11 and 12 bytes
		newPlan(t, s, "p1", items...)
		alone("nothing approved", Amount{}, "anna")
		must(t, s.ApprovePlan(t.Context(), "p1", "h", "anna", day, []string{items[2].Ref}))
		alone("what waits", Amount{2, 21}, "anna")
		alone("by another name", Amount{2, 21}, "aj", "anna")
		alone("of somebody else", Amount{}, "bo", "aj")

		set := func(i int, state ItemState, finished time.Time) {
			it := items[i]
			it.Plan, it.State, it.Finished = "p1", state, finished
			must(t, s.SetPlanItem(t.Context(), it))
		}
		set(0, ItemErased, day.Add(-25*time.Hour))
		alone("one erased more than a day ago", Amount{1, 11}, "anna")
		set(0, ItemErased, day.Add(-time.Hour))
		set(1, ItemHeld, day)
		alone("one erased, one held", Amount{1, 10}, "anna")
		must(t, s.EndPlan(t.Context(), "p1", []PlanState{PlanApproved}, "cancelled"))
		alone("cancelled, one erased before", Amount{1, 10}, "anna")

		newPlan(t, s, "p2", planItems(2)...)
		y := Yes{Plan: "p2", Hash: "h", Name: "Anna", Person: "anna", At: day, Effective: day, Needed: func(Amount) int { return 2 }}
		must(t, s.AddApproval(t.Context(), y))
		y.Name, y.Person = "Bo", "bo"
		must(t, s.AddApproval(t.Context(), y))
		alone("one that two approved", Amount{1, 10}, "anna", "bo")
	})
}

// TestAliasIsTheSamePerson: the second yes of a person by another name.
func TestAliasIsTheSamePerson(t *testing.T) {
	engines(t, func(t *testing.T, s *Store) {
		newPlan(t, s, "p1", planItems(1)...)
		two := func(Amount) int { return 2 }
		must(t, s.AddApproval(t.Context(), Yes{Plan: "p1", Hash: "h", Name: "AJ", Person: "aj", At: day, Needed: two}))
		y := limited("p1")
		y.Needed = two
		wantErr(t, s.AddApproval(t.Context(), y), ErrSamePerson)
	})
}

// TestApprovedAtOnce: of many plans that one person approves at the same moment
// only so much goes through as one after the other.
func TestApprovedAtOnce(t *testing.T) {
	engines(t, func(t *testing.T, s *Store) {
		var wg sync.WaitGroup
		const plans = 8
		for i := range plans {
			newPlan(t, s, fmt.Sprint("p", i), planItems(2)...)
		}
		for i := range plans {
			wg.Go(func() {
				if err := s.AddApproval(t.Context(), limited(fmt.Sprint("p", i))); err != nil {
					t.Error(err)
				}
			})
		}
		wg.Wait()
		approved, err := s.PlansInState(t.Context(), PlanApproved)
		must(t, err)
		if len(approved) != 1 {
			t.Errorf("%d plans are approved by one person, want 1", len(approved))
		}
	})
}
