package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"slices"
	"time"
)

// A plan of many items is put together as a draft: its items are stored in
// batches while the inventory is gone through, so that neither memory nor the
// time for which the database is locked grows with them. A draft is no plan:
// nobody lists, approves or carries it out, and what stands in it is as free as
// before. [Store.FreezeDraft] makes a plan of it in one step.

// draft is the state of a plan that is being put together.
const draft PlanState = "draft"

// draftAge is how long a draft may take. What is older was left by a process
// that ended.
const draftAge = 24 * time.Hour

// PlanIDs returns the ids of the plans, and of the drafts, that begin with a prefix.
func (s *Store) PlanIDs(ctx context.Context, prefix string) ([]string, error) {
	rows, err := s.read.QueryContext(ctx, s.sql("SELECT id FROM plans WHERE id >= ? AND id < ? ORDER BY id"), text(prefix), text(prefix+"\U0010FFFF"))
	if err != nil {
		return nil, s.fail("plans", err)
	}
	list, err := collect(rows, func(id *string) []any { return []any{id} })
	return list, s.fail("plans", err)
}

// BeginDraft begins a draft, which keeps its id when it is frozen. One that is
// taken is [ErrExists]. It must be ended with FreezeDraft or DropDraft; drafts
// that nobody has ended within a day are dropped.
func (s *Store) BeginDraft(ctx context.Context, id string, now time.Time) error {
	if id == "" {
		return s.fail("begin draft", errors.New("a draft needs an id"))
	}
	err := s.tx(ctx, func(tx *sql.Tx) error {
		if err := s.dropDrafts(ctx, tx, "created < ?", moment(now.Add(-draftAge))); err != nil {
			return err
		}
		_, err := tx.ExecContext(ctx, s.sql(`INSERT INTO plans (id, created, schedule_version, schedule_hash, hash, state, approver, items, bytes, events_hash, why)
			VALUES (?, ?, '', '', '', ?, '', 0, 0, '', '')`), text(id), moment(now), text(draft))
		return err
	})
	return s.fail("begin draft "+id, err)
}

// AddToDraft adds items to a draft, after the first n, all or none. What is no
// draft any more takes none ([ErrState], [ErrNotFound]).
func (s *Store) AddToDraft(ctx context.Context, id string, n int, items []PlanItem) error {
	err := s.tx(ctx, func(tx *sql.Tx) error {
		if err := s.isDraft(ctx, tx, id); err != nil {
			return err
		}
		return s.insertPlanItems(ctx, tx, id, n, items)
	})
	return s.fail("draft "+id, err)
}

// FreezeDraft makes a draft the plan p, of the same id, durable on return: its
// state is proposed, and every item is planned. p.Items and p.Bytes are those of
// the draft, or nothing is frozen.
func (s *Store) FreezeDraft(ctx context.Context, p Plan) error {
	err := s.tx(ctx, func(tx *sql.Tx) error {
		if err := s.isDraft(ctx, tx, p.ID); err != nil {
			return err
		}
		var is Amount
		err := tx.QueryRowContext(ctx, s.sql("SELECT COUNT(*), CAST(COALESCE(SUM(size), 0) AS BIGINT) FROM plan_items WHERE plan = ?"), text(p.ID)).
			Scan(&is.Items, &is.Bytes)
		if err != nil {
			return err
		}
		if want := (Amount{p.Items, p.Bytes}); is != want {
			return fmt.Errorf("%w: it holds %d items of %d bytes, not %d of %d", ErrCorrupt, is.Items, is.Bytes, want.Items, want.Bytes)
		}
		_, err = tx.ExecContext(ctx, s.sql(`UPDATE plans SET created = ?, schedule_version = ?, schedule_hash = ?, hash = ?, state = ?,
			items = ?, bytes = ?, standing = ?, events_hash = ? WHERE id = ?`),
			moment(p.Created), text(p.ScheduleVersion), text(p.ScheduleHash), text(p.Hash), text(PlanProposed),
			p.Items, p.Bytes, flag(p.Standing), text(p.EventsHash), text(p.ID))
		return err
	})
	return s.fail("create plan "+p.ID, err)
}

// DropDraft forgets a draft. What is none is left alone.
func (s *Store) DropDraft(ctx context.Context, id string) error {
	err := s.tx(ctx, func(tx *sql.Tx) error { return s.dropDrafts(ctx, tx, "id = ?", text(id)) })
	return s.fail("drop draft "+id, err)
}

// dropDrafts forgets the drafts for a condition.
func (s *Store) dropDrafts(ctx context.Context, tx *sql.Tx, where string, args ...any) error {
	drafts := "SELECT id FROM plans WHERE " + where + " AND state = ?"
	args = append(slices.Clone(args), text(draft))
	if _, err := tx.ExecContext(ctx, s.sql("DELETE FROM plan_items WHERE plan IN ("+drafts+")"), args...); err != nil {
		return err
	}
	_, err := tx.ExecContext(ctx, s.sql("DELETE FROM plans WHERE id IN ("+drafts+")"), args...)
	return err
}

// isDraft holds the draft for the rest of the transaction.
func (s *Store) isDraft(ctx context.Context, tx *sql.Tx, id string) error {
	n, err := s.execTx(ctx, tx, "UPDATE plans SET state = state WHERE id = ? AND state = ?", text(id), text(draft))
	if err != nil || n > 0 {
		return err
	}
	return s.wrongState(ctx, tx, "SELECT state FROM plans WHERE id = ?", text(id))
}
