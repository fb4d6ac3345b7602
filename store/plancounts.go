package store

import "context"

// PlanItemCounts returns how many items of all plans are in each state.
func (s *Store) PlanItemCounts(ctx context.Context) (map[ItemState]int64, error) {
	type count struct {
		state string
		n     int64
	}
	rows, err := s.read.QueryContext(ctx, "SELECT state, COUNT(*) FROM plan_items GROUP BY state")
	if err != nil {
		return nil, s.fail("plan items", err)
	}
	list, err := collect(rows, func(c *count) []any { return []any{&c.state, &c.n} })
	counts := map[ItemState]int64{}
	for _, c := range list {
		counts[ItemState(c.state)] = c.n
	}
	return counts, s.fail("plan items", err)
}
