package store

import "context"

// FirstPlanItems returns the first items of a plan, at most so many: what a page
// lists of a plan of any size.
func (s *Store) FirstPlanItems(ctx context.Context, id string, most int) ([]PlanItem, error) {
	rows, err := s.read.QueryContext(ctx, s.sql("SELECT "+planItemColumns+" FROM plan_items WHERE plan = ? ORDER BY n LIMIT ?"), text(id), most)
	if err != nil {
		return nil, s.fail("plan "+id, err)
	}
	list, err := collect(rows, planItemDest)
	return list, s.fail("plan "+id, err)
}
