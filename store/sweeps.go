package store

import (
	"context"
	"time"
)

// SweepMark is when a source was last swept, and whether the clock was in doubt.
type SweepMark struct {
	At    time.Time `json:"at"`
	Doubt bool      `json:"doubt"`
}

// SetSweepMark remembers a sweep of a source, durable on return.
func (s *Store) SetSweepMark(ctx context.Context, source string, m SweepMark) error {
	return s.fail("sweep mark", s.setInstallation(ctx, "sweep/"+source, jsonOf(&m)))
}

// SweepMark is what SetSweepMark remembered last; zero when nothing has been.
func (s *Store) SweepMark(ctx context.Context, source string) (SweepMark, error) {
	var m SweepMark
	_, err := s.installation(ctx, "sweep/"+source, jsonOf(&m))
	return m, s.fail("sweep mark", err)
}

// PlansInState returns the plans that are in one of some states, the newest
// first. There are few that still live, however many were carried out.
func (s *Store) PlansInState(ctx context.Context, states ...PlanState) ([]Plan, error) {
	if len(states) == 0 {
		return nil, nil
	}
	var args []any
	for _, state := range states {
		args = append(args, text(state))
	}
	rows, err := s.read.QueryContext(ctx, s.sql("SELECT "+planColumns+" FROM plans WHERE state IN ("+marks(len(args))+") ORDER BY created DESC, id DESC"), args...)
	if err != nil {
		return nil, s.fail("plans", err)
	}
	list, err := collect(rows, planDest)
	return list, s.fail("plans", err)
}

// Excluded returns those of some items, by their references, that approvers left
// out of plans, but for plans that are dead.
func (s *Store) Excluded(ctx context.Context, refs []string) ([]PlanItem, error) {
	if len(refs) == 0 {
		return nil, nil
	}
	list, err := s.planItems(ctx, "ref IN ("+marks(len(refs))+") AND state = ? AND plan NOT IN (SELECT id FROM plans WHERE state = ?) ORDER BY plan, n",
		append(texts(refs), text(ItemExcluded), text(PlanDead))...)
	return list, s.fail("excluded items", err)
}
