package store

import (
	"context"
	"database/sql"
	"fmt"
	"strings"
)

// SetPlanItem records what became of an item: State, Tombstone, Method,
// Assurance, Bytes, Caveats, Error and Finished. What was frozen is not
// touched. It is durable on return: the intent to erase must be on disk before
// the first byte is overwritten.
//
// What was excluded or is erased stays so ([ErrState]); setting erased again
// is no error.
func (s *Store) SetPlanItem(ctx context.Context, it PlanItem) error {
	return s.SetPlanItems(ctx, it)
}

// SetPlanItems is [Store.SetPlanItem] for several items of one plan in one step: all of
// them are recorded, or none.
func (s *Store) SetPlanItems(ctx context.Context, items ...PlanItem) error {
	query := "UPDATE plan_items SET " + setOutcome() +
		" WHERE plan = ? AND ref = ? AND state <> ? AND (state <> ? OR CAST(? AS TEXT) = ?)"
	return s.eachPlanItem(ctx, items, query, func(it *PlanItem) []any {
		return append(outcomeArgs(it), text(it.Plan), text(it.Ref), text(ItemExcluded), text(ItemErased), text(it.State), text(ItemErased))
	}, nil)
}

// BeginErasing is [Store.SetPlanItems] for the intents of items that nobody has
// begun with: when one of them is not planned or failed any more, none is
// recorded, and the error wraps [ErrState]. Of two processes that mean to erase
// the same item, one gets it.
func (s *Store) BeginErasing(ctx context.Context, items ...PlanItem) error {
	query := "UPDATE plan_items SET " + setOutcome() + " WHERE plan = ? AND ref = ? AND state IN (?, ?)"
	return s.eachPlanItem(ctx, items, query, func(it *PlanItem) []any {
		it.State = ItemErasing
		return append(outcomeArgs(it), text(it.Plan), text(it.Ref), text(ItemPlanned), text(ItemFailed))
	}, nil)
}

// SetPlanErased records that items of a plan are erased, with their receipts, and in the
// same step puts each item's ID, Path and Version as they are in it in the place
// of those that were frozen, and takes it out of the inventory: what is erased
// need not be found again, and its name may be personal data. What it was is
// remembered as keyed MACs, see [Store.Reappeared]. All of them, or none;
// durable on return.
func (s *Store) SetPlanErased(ctx context.Context, items ...PlanItem) error {
	query := "UPDATE plan_items SET " + setOutcome() + ", id = ?, path = ?, version = ? WHERE plan = ? AND ref = ? AND state <> ?"
	return s.eachPlanItem(ctx, items, query, func(it *PlanItem) []any {
		it.State = ItemErased
		return append(outcomeArgs(it), exact(it.Item.ID), exact(it.Item.Path), exact(it.Item.Version),
			text(it.Plan), text(it.Ref), text(ItemExcluded))
	}, func(tx *sql.Tx, it PlanItem) error {
		if err := s.rememberErased(ctx, tx, it); err != nil {
			return err
		}
		_, err := tx.ExecContext(ctx, s.sql("DELETE FROM items WHERE ref = ?"), text(it.Ref))
		return err
	})
}

func setOutcome() string { return strings.ReplaceAll(outcomeColumns, ",", " = ?,") + " = ?" }

// eachPlanItem runs an update for each item in one transaction. One that
// touches nothing is an error that says why.
func (s *Store) eachPlanItem(ctx context.Context, items []PlanItem, query string, args func(*PlanItem) []any, then func(*sql.Tx, PlanItem) error) error {
	if len(items) == 0 {
		return nil
	}
	err := s.tx(ctx, func(tx *sql.Tx) error {
		for _, it := range items {
			n, err := s.execTx(ctx, tx, query, args(&it)...)
			if err == nil && n == 0 {
				err = s.wrongState(ctx, tx, "SELECT state FROM plan_items WHERE plan = ? AND ref = ?", text(it.Plan), text(it.Ref))
			}
			if err == nil && then != nil {
				err = then(tx, it)
			}
			if err != nil {
				return fmt.Errorf("item %s: %w", it.Ref, err)
			}
		}
		return nil
	})
	return s.fail("plan "+items[0].Plan, err)
}
