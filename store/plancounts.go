package store

import "context"

// PlanItemCounts returns how many items of all plans are in each state.
func (s *Store) PlanItemCounts(ctx context.Context) (map[ItemState]int64, error) {
	type count struct {
		state string
		n     int64
	}
	rows, err := s.read.QueryContext(ctx, "SELECT state, COUNT(*) FROM plan_items WHERE plan NOT IN (SELECT id FROM plans WHERE state = 'draft') GROUP BY state")
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

// OtherNames counts the items of a plan, still to be erased, that are names of
// files with more names (hard links) than are to be erased with them. A run
// refuses them; see package erase. What the servers of shares keep to themselves
// is not counted.
func (s *Store) OtherNames(ctx context.Context, plan string) (int, error) {
	var n int
	err := s.read.QueryRowContext(ctx, s.sql(`SELECT COALESCE(SUM(planned), 0) FROM (
		SELECT COUNT(*) AS planned, MAX(links) AS names FROM plan_items
		WHERE plan = ? AND links > 1 AND state IN (?, ?, ?) GROUP BY source, version) AS linked
		WHERE planned <> names`), text(plan), string(ItemPlanned), string(ItemFailed), string(ItemErasing)).Scan(&n)
	return n, s.fail("plan items", err)
}
