package store

import (
	"context"
	"database/sql"
	"fmt"
	"iter"
	"slices"
	"strings"
)

// A plan may hold a million items: they are read a page at a time, so that
// memory does not grow with them. None of these is a snapshot: what is written
// meanwhile may or may not be in it, and the loop's body may write. An error
// ends them.

// planPage is how many items of a plan are read together.
const planPage = 500

// planOrder is how a plan is paged through: which of its items, by what they are
// ordered, which differs for all of them, and that of one of them.
type planOrder struct {
	where, by string
	key       func(planRow) []any
}

type planRow struct {
	PlanItem
	n int64
}

var (
	asFrozen = planOrder{"1 = 1", "n", func(r planRow) []any { return []any{r.n} }}
	single   = planOrder{"links <= 1", "n", asFrozen.key}
	linked   = planOrder{"links > 1", "source, version, n", func(r planRow) []any {
		return []any{text(r.Item.Source), exact(r.Item.Version), r.n}
	}}
	byRef = planOrder{"1 = 1", "ref", func(r planRow) []any { return []any{text(r.Ref)} }}
)

// EachPlanItem yields a plan's items in the order in which they were frozen;
// none when there is no such plan.
func (s *Store) EachPlanItem(ctx context.Context, id string) iter.Seq2[PlanItem, error] {
	return s.throughPlan(ctx, id, planItemColumns, planItemDest, asFrozen)
}

// EachPlanItemTogether yields a plan's items with the names of one file (hard
// links), of which each is an item, one after the other: first what has one name,
// in the order in which it was frozen, then the rest.
func (s *Store) EachPlanItemTogether(ctx context.Context, id string) iter.Seq2[PlanItem, error] {
	return s.throughPlan(ctx, id, planItemColumns, planItemDest, single, linked)
}

const hashedColumns = "plan, ref, source, id, path, size, version, content_mac, rule, due, silent_since, digest, state"

func hashedDest(p *PlanItem) []any {
	return []any{
		&p.Plan, &p.Ref, &p.Item.Source, (*exact)(&p.Item.ID), (*exact)(&p.Item.Path), &p.Item.Size, (*exact)(&p.Item.Version),
		&p.ContentMAC, &p.Rule, (*moment)(&p.Due), (*moment)(&p.SilentSince), &p.Digest, &p.State,
	}
}

// EachHashed yields a plan's items in the order of their references, byte for
// byte, with what digests and hashes are made of and the state, and nothing
// else: source, ID, path, size and version of the item, the MAC of its content,
// the rule, the due date, since when its camera is silent, and the digest.
func (s *Store) EachHashed(ctx context.Context, id string) iter.Seq2[PlanItem, error] {
	return s.throughPlan(ctx, id, hashedColumns, hashedDest, byRef)
}

func (s *Store) throughPlan(ctx context.Context, id, columns string, dest func(*PlanItem) []any, orders ...planOrder) iter.Seq2[PlanItem, error] {
	return func(yield func(PlanItem, error) bool) {
		for _, order := range orders {
			var last []any
			for {
				page, err := s.planPage(ctx, id, columns, dest, order, last)
				if err != nil {
					yield(PlanItem{}, s.fail("plan "+id, err))
					return
				}
				for _, r := range page {
					if !yield(r.PlanItem, nil) {
						return
					}
				}
				if len(page) < planPage {
					break
				}
				last = order.key(page[len(page)-1])
			}
		}
	}
}

// planPage is the next page of an order after the last key; nil for the first.
func (s *Store) planPage(ctx context.Context, id, columns string, dest func(*PlanItem) []any, order planOrder, last []any) ([]planRow, error) {
	query, args := "SELECT "+columns+", n FROM plan_items WHERE plan = ? AND "+order.where, []any{text(id)}
	if last != nil {
		query += " AND (" + order.by + ") > (" + marks(len(last)) + ")"
		args = append(args, last...)
	}
	rows, err := s.read.QueryContext(ctx, s.sql(query+" ORDER BY "+order.by+" LIMIT ?"), append(args, planPage)...)
	if err != nil {
		return nil, err
	}
	return collect(rows, func(r *planRow) []any { return append(dest(&r.PlanItem), &r.n) })
}

// PlanItem returns an item of a plan by its whole reference, or an error wrapping
// [ErrNotFound].
func (s *Store) PlanItem(ctx context.Context, plan, ref string) (PlanItem, error) {
	var p PlanItem
	err := s.read.QueryRowContext(ctx, s.sql("SELECT "+planItemColumns+" FROM plan_items WHERE plan = ? AND ref = ?"), text(plan), text(ref)).Scan(planItemDest(&p)...)
	return p, s.fail("item "+ref+" of plan "+plan, err)
}

// FirstPlanItem returns the item of a plan that was frozen first, or an error
// wrapping [ErrNotFound] when it has none.
func (s *Store) FirstPlanItem(ctx context.Context, plan string) (PlanItem, error) {
	page, err := s.FirstPlanItems(ctx, plan, 1)
	if err == nil && len(page) == 0 {
		err = s.fail("first item of plan "+plan, ErrNotFound)
	}
	if err != nil {
		return PlanItem{}, err
	}
	return page[0], nil
}

// FirstPlanItems returns the first items of a plan, at most so many: what a page
// lists of a plan of any size.
func (s *Store) FirstPlanItems(ctx context.Context, id string, most int) ([]PlanItem, error) {
	list, err := s.planItems(ctx, "plan = ? ORDER BY n LIMIT ?", text(id), most)
	return list, s.fail("plan "+id, err)
}

// PlanNames returns the items of a plan that are names of one file with several
// (hard links): those of a source and a version, in the order in which they were
// frozen.
func (s *Store) PlanNames(ctx context.Context, plan, source, version string) ([]PlanItem, error) {
	list, err := s.planItems(ctx, "plan = ? AND links > 1 AND source = ? AND version = ? ORDER BY n", text(plan), text(source), exact(version))
	return list, s.fail("plan "+plan, err)
}

// PlansOf returns the items of these references as they stand in these plans.
func (s *Store) PlansOf(ctx context.Context, refs, plans []string) ([]PlanItem, error) {
	if len(refs) == 0 || len(plans) == 0 {
		return nil, nil
	}
	list, err := s.planItems(ctx, "ref IN ("+marks(len(refs))+") AND plan IN ("+marks(len(plans))+")", append(texts(refs), texts(plans)...)...)
	return list, s.fail("plans of items", err)
}

// planItems returns the items for a condition, and an order, all in memory.
func (s *Store) planItems(ctx context.Context, where string, args ...any) ([]PlanItem, error) {
	rows, err := s.read.QueryContext(ctx, s.sql("SELECT "+planItemColumns+" FROM plan_items WHERE "+where), args...)
	if err != nil {
		return nil, err
	}
	return collect(rows, planItemDest)
}

// PlanStates counts the items of a plan that are in each state.
func (s *Store) PlanStates(ctx context.Context, plan string) (map[ItemState]int, error) {
	rows, err := s.read.QueryContext(ctx, s.sql("SELECT state, COUNT(*) FROM plan_items WHERE plan = ? GROUP BY state"), text(plan))
	if err != nil {
		return nil, s.fail("plan "+plan, err)
	}
	counts := map[ItemState]int{}
	var state ItemState
	var n int
	err = each(rows, []any{&state, &n}, func() { counts[state] = n })
	return counts, s.fail("plan "+plan, err)
}

// PlanSources returns the sources of a plan's items that are in one of some
// states, or of all when none is given, in order.
func (s *Store) PlanSources(ctx context.Context, plan string, states ...ItemState) ([]string, error) {
	query, args := "SELECT DISTINCT source FROM plan_items WHERE plan = ?", []any{text(plan)}
	if len(states) > 0 {
		query += " AND state IN (" + marks(len(states)) + ")"
		for _, state := range states {
			args = append(args, text(state))
		}
	}
	rows, err := s.read.QueryContext(ctx, s.sql(query), args...)
	if err != nil {
		return nil, s.fail("plan "+plan, err)
	}
	list, err := collect(rows, func(source *string) []any { return []any{source} })
	slices.Sort(list)
	return list, s.fail("plan "+plan, err)
}

// MeantItems says how many items of a plan a person may mean by a name, and the
// reference of the first: a whole reference or "source:path" means one, anything
// else those whose references begin with it.
func (s *Store) MeantItems(ctx context.Context, plan, name string) (ref string, n int, err error) {
	if name == "" {
		return "", 0, nil
	}
	query, args := "ref = ?", []any{text(plan), text(name)}
	if source, path, ok := strings.Cut(name, ":"); ok {
		query, args = "(ref = ? OR source = ? AND path = ?)", append(args, text(source), exact(path))
	}
	rows, err := s.read.QueryContext(ctx, s.sql("SELECT ref FROM plan_items WHERE plan = ? AND "+query+" ORDER BY n LIMIT 1"), args...)
	if err != nil {
		return "", 0, s.fail("plan "+plan, err)
	}
	found, err := collect(rows, func(ref *string) []any { return []any{ref} })
	switch {
	case err != nil:
		return "", 0, s.fail("plan "+plan, err)
	case len(found) > 0:
		return found[0], 1, nil
	}
	var first sql.NullString
	// Nothing sorts after the last code point, so this is every reference that
	// begins with the name.
	err = s.read.QueryRowContext(ctx, s.sql("SELECT COUNT(*), MIN(ref) FROM plan_items WHERE plan = ? AND ref >= ? AND ref < ?"),
		text(plan), text(name), text(name+"\U0010FFFF")).Scan(&n, &first)
	return first.String, n, s.fail("plan "+plan, err)
}

// PlanAmount is how much of a plan is not excluded, and how much of that these
// items are.
func (s *Store) PlanAmount(ctx context.Context, plan string, refs []string) (all, these Amount, err error) {
	sum := "SELECT COUNT(*), CAST(COALESCE(SUM(size), 0) AS BIGINT) FROM plan_items WHERE plan = ? AND state <> ?"
	err = s.read.QueryRowContext(ctx, s.sql(sum), text(plan), text(ItemExcluded)).Scan(&all.Items, &all.Bytes)
	for chunk := range slices.Chunk(refs, planPage) {
		if err != nil {
			break
		}
		var a Amount
		err = s.read.QueryRowContext(ctx, s.sql(sum+" AND ref IN ("+marks(len(chunk))+")"),
			append([]any{text(plan), text(ItemExcluded)}, texts(chunk)...)...).Scan(&a.Items, &a.Bytes)
		these.Items, these.Bytes = these.Items+a.Items, these.Bytes+a.Bytes
	}
	return all, these, s.fail("plan "+plan, err)
}

// excludeOthers leaves out every item of a plan but these, which must be in it.
func (s *Store) excludeOthers(ctx context.Context, tx *sql.Tx, plan string, only []string) error {
	keep := map[string]bool{}
	for _, ref := range only {
		keep[ref] = false
	}
	for last := ""; ; {
		rows, err := tx.QueryContext(ctx, s.sql("SELECT ref FROM plan_items WHERE plan = ? AND ref > ? ORDER BY ref LIMIT ?"), text(plan), text(last), planPage)
		if err != nil {
			return err
		}
		page, err := collect(rows, func(ref *string) []any { return []any{ref} })
		if err != nil {
			return err
		}
		rest := slices.DeleteFunc(slices.Clone(page), func(ref string) bool {
			_, kept := keep[ref]
			if kept {
				keep[ref] = true
			}
			return kept
		})
		if err := s.exclude(ctx, tx, plan, rest); err != nil {
			return err
		}
		if len(page) < planPage {
			break
		}
		last = page[len(page)-1]
	}
	for ref, found := range keep {
		if !found {
			return fmt.Errorf("item %s: %w in the plan", ref, ErrNotFound)
		}
	}
	return nil
}
