package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"strings"
	"time"
)

const (
	planColumns = "id, created, schedule_version, schedule_hash, hash, state, approver, approved, items, bytes, standing, events_hash, effective, why"
	// planItemColumns are in the order of CreatePlan and planItemDest.
	planItemColumns = "plan, ref, " + itemColumns + ", source_type, content_mac, rule, due, reasons, digest, silent_since, facts, " + outcomeColumns
	outcomeColumns  = "state, tombstone, method, assurance, bytes, caveats, error, finished"
)

func planDest(p *Plan) []any {
	return []any{
		&p.ID, (*moment)(&p.Created), &p.ScheduleVersion, &p.ScheduleHash, &p.Hash, &p.State, &p.Approver,
		(*moment)(&p.Approved), &p.Items, &p.Bytes, (*flag)(&p.Standing), &p.EventsHash,
		(*moment)(&p.Effective), &p.Why,
	}
}

func planItemDest(p *PlanItem) []any {
	dest := append([]any{&p.Plan, &p.Ref}, itemDest(&p.Item)...)
	return append(dest, &p.SourceType, &p.ContentMAC, &p.Rule, (*moment)(&p.Due), jsonOf(&p.Reasons), &p.Digest, (*moment)(&p.SilentSince), jsonOf(&p.Facts),
		&p.State, (*exact)(&p.Tombstone), &p.Method, &p.Assurance, &p.Bytes, jsonOf(&p.Caveats), &p.Error, (*moment)(&p.Finished))
}

// outcomeArgs are the columns that SetPlanItem may change.
func outcomeArgs(p *PlanItem) []any {
	return []any{
		text(p.State), exact(p.Tombstone), text(p.Method), text(p.Assurance), p.Bytes, jsonOf(&p.Caveats),
		text(p.Error), moment(p.Finished),
	}
}

// CreatePlan stores a plan and its items in one transaction, durable on
// return. The plan's state is proposed, its Items and Bytes are counted from
// items, and every item is planned. An id that is taken is [ErrExists].
func (s *Store) CreatePlan(ctx context.Context, p Plan, items []PlanItem) error {
	p.State, p.Approver, p.Approved = PlanProposed, "", time.Time{}
	p.Items, p.Bytes = len(items), 0
	for _, it := range items {
		p.Bytes += it.Item.Size
	}
	if p.ID == "" {
		return s.fail("create plan", errors.New("a plan needs an id"))
	}
	err := s.tx(ctx, func(tx *sql.Tx) error {
		_, err := tx.ExecContext(ctx, s.sql("INSERT INTO plans ("+planColumns+") VALUES ("+marks(strings.Count(planColumns, ",")+1)+")"),
			text(p.ID), moment(p.Created), text(p.ScheduleVersion), text(p.ScheduleHash), text(p.Hash), text(p.State),
			text(p.Approver), moment(p.Approved), p.Items, p.Bytes, flag(p.Standing), text(p.EventsHash), nil, "")
		if err != nil {
			return err
		}
		return s.insertPlanItems(ctx, tx, p.ID, 0, items)
	})
	return s.fail("create plan "+p.ID, err)
}

// insertPlanItems numbers the items from first on.
func (s *Store) insertPlanItems(ctx context.Context, tx *sql.Tx, plan string, first int, items []PlanItem) (err error) {
	columns := planItemColumns + ", n"
	stmt, err := tx.PrepareContext(ctx, s.sql("INSERT INTO plan_items ("+columns+") VALUES ("+marks(strings.Count(columns, ",")+1)+")"))
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, stmt.Close()) }()
	for i, it := range items {
		it.State = ItemPlanned
		args := append([]any{text(plan), text(it.Ref)}, itemArgs(it.Item)...)
		args = append(args, text(it.SourceType), text(it.ContentMAC), text(it.Rule), moment(it.Due), jsonOf(&it.Reasons), text(it.Digest), moment(it.SilentSince), jsonOf(&it.Facts))
		args = append(append(args, outcomeArgs(&it)...), first+i)
		if _, err := stmt.ExecContext(ctx, args...); err != nil {
			return fmt.Errorf("item %s: %w", it.Ref, err)
		}
	}
	return nil
}

// Plans returns all plans, the newest first.
func (s *Store) Plans(ctx context.Context) ([]Plan, error) {
	rows, err := s.read.QueryContext(ctx, "SELECT "+planColumns+" FROM plans WHERE state <> 'draft' ORDER BY created DESC, id DESC")
	if err != nil {
		return nil, s.fail("plans", err)
	}
	list, err := collect(rows, planDest)
	return list, s.fail("plans", err)
}

// Plan returns one plan, or an error wrapping [ErrNotFound].
func (s *Store) Plan(ctx context.Context, id string) (Plan, error) {
	var p Plan
	err := s.read.QueryRowContext(ctx, s.sql("SELECT "+planColumns+" FROM plans WHERE id = ? AND state <> 'draft'"), text(id)).Scan(planDest(&p)...)
	return p, s.fail("plan "+id, err)
}

// PlanItems returns a plan's items in the order in which they were frozen, or
// an error wrapping [ErrNotFound] when there is no such plan. They are all in
// memory; [Store.EachPlanItem] is for whoever needs them one by one.
func (s *Store) PlanItems(ctx context.Context, id string) ([]PlanItem, error) {
	if _, err := s.Plan(ctx, id); err != nil {
		return nil, err
	}
	list, err := s.planItems(ctx, "plan = ? ORDER BY n", text(id))
	return list, s.fail("plan "+id, err)
}

func (s *Store) whyNotApproved(ctx context.Context, tx *sql.Tx, id, hash string) error {
	var state PlanState
	var stored string
	if err := tx.QueryRowContext(ctx, s.sql("SELECT state, hash FROM plans WHERE id = ?"), text(id)).Scan(&state, &stored); err != nil {
		return err
	}
	if stored != hash {
		return ErrStale
	}
	return fmt.Errorf("%w: it is %s", ErrState, state)
}

// SetPlanState moves a plan from one of the given states to another, durable
// on return. When it is in none of them the error wraps [ErrState] and nothing
// changes.
func (s *Store) SetPlanState(ctx context.Context, id string, from []PlanState, to PlanState) error {
	args := []any{text(to), text(id)}
	for _, f := range from {
		args = append(args, text(f))
	}
	err := s.tx(ctx, func(tx *sql.Tx) error {
		if len(from) > 0 {
			n, err := s.execTx(ctx, tx, "UPDATE plans SET state = ? WHERE id = ? AND state IN ("+marks(len(from))+")", args...)
			if err != nil || n > 0 {
				return err
			}
		}
		return s.wrongState(ctx, tx, "SELECT state FROM plans WHERE id = ?", text(id))
	})
	return s.fail("plan "+id, err)
}

// ItemsInState returns the items of all plans that are in that state, in the
// order of their plans.
func (s *Store) ItemsInState(ctx context.Context, state ItemState) ([]PlanItem, error) {
	list, err := s.planItems(ctx, "state = ? ORDER BY plan, n", text(state))
	return list, s.fail("items that are "+string(state), err)
}

// wrongState says why an update touched nothing: no such record, or its state.
func (s *Store) wrongState(ctx context.Context, tx *sql.Tx, query string, args ...any) error {
	var state string
	if err := tx.QueryRowContext(ctx, s.sql(query), args...).Scan(&state); err != nil {
		return err
	}
	return fmt.Errorf("%w: it is %s", ErrState, state)
}

// execTx runs a statement and returns how many rows it touched.
func (s *Store) execTx(ctx context.Context, tx *sql.Tx, query string, args ...any) (int64, error) {
	res, err := tx.ExecContext(ctx, s.sql(query), args...)
	if err != nil {
		return 0, err
	}
	return res.RowsAffected()
}
