package store

import (
	"context"
	"database/sql"
	"errors"
	"time"
)

// PlanOrder is a plan that somebody wants made of what is due. Whoever makes it
// (see package web) works them off one after another.
type PlanOrder struct {
	ID      string
	Source  string // "" is all sources
	Person  string
	Ordered time.Time
	// Started is zero until somebody begins to make it, Ended until it is made, or
	// cannot be. One that was begun by a process that died has not ended.
	Started, Ended time.Time
	// Plan is what was made; "" without an Error (masked) when nothing was due.
	Plan, Error string
}

// ordersKept is how long an order that has ended is kept: the page shows the
// last few, and the plan and the log say the rest.
const ordersKept = 30 * 24 * time.Hour

const planOrderColumns = "id, source, person, ordered, started, ended, plan, error"

func planOrderDest(o *PlanOrder) []any {
	return []any{&o.ID, &o.Source, &o.Person, (*moment)(&o.Ordered), (*moment)(&o.Started), (*moment)(&o.Ended), &o.Plan, &o.Error}
}

// OrderPlan stores an order, durable on return, unless one for the same source
// is not done yet: made is false then. Old ones go.
func (s *Store) OrderPlan(ctx context.Context, o PlanOrder) (made bool, err error) {
	if o.ID == "" || o.Ordered.IsZero() {
		return false, s.fail("order a plan", errors.New("an order needs an id and a time"))
	}
	err = s.tx(ctx, func(tx *sql.Tx) error {
		if _, err := s.execTx(ctx, tx, "DELETE FROM plan_orders WHERE ended < ?", moment(o.Ordered.Add(-ordersKept))); err != nil {
			return err
		}
		n, err := s.execTx(ctx, tx, "INSERT INTO plan_orders ("+planOrderColumns+") SELECT "+marks(8)+" WHERE NOT EXISTS (SELECT 1 FROM plan_orders WHERE source = ? AND ended IS NULL)",
			text(o.ID), text(o.Source), text(o.Person), moment(o.Ordered), moment(time.Time{}), moment(time.Time{}), text(""), text(""), text(o.Source))
		made = n > 0
		return err
	})
	return made, s.fail("order a plan", err)
}

// SetPlanOrder stores how far an order has come, durable on return;
// [ErrNotFound] when it is not known.
func (s *Store) SetPlanOrder(ctx context.Context, o PlanOrder) error {
	err := s.tx(ctx, func(tx *sql.Tx) error {
		n, err := s.execTx(ctx, tx, "UPDATE plan_orders SET started = ?, ended = ?, plan = ?, error = ? WHERE id = ?",
			moment(o.Started), moment(o.Ended), text(o.Plan), text(o.Error), text(o.ID))
		if err == nil && n == 0 {
			err = ErrNotFound
		}
		return err
	})
	return s.fail("order of a plan", err)
}

// PlanOrders returns the newest orders, at most so many, the newest first.
func (s *Store) PlanOrders(ctx context.Context, most int) ([]PlanOrder, error) {
	return s.planOrders(ctx, "ORDER BY ordered DESC, id DESC LIMIT ?", most)
}

// NextPlanOrder returns the oldest order that has not ended; [ErrNotFound] when
// there is none.
func (s *Store) NextPlanOrder(ctx context.Context) (PlanOrder, error) {
	list, err := s.planOrders(ctx, "WHERE ended IS NULL ORDER BY ordered, id LIMIT ?", 1)
	if err == nil && len(list) == 0 {
		err = s.fail("orders of plans", ErrNotFound)
	}
	if err != nil {
		return PlanOrder{}, err
	}
	return list[0], nil
}

func (s *Store) planOrders(ctx context.Context, rest string, args ...any) ([]PlanOrder, error) {
	rows, err := s.read.QueryContext(ctx, s.sql("SELECT "+planOrderColumns+" FROM plan_orders "+rest), args...)
	if err != nil {
		return nil, s.fail("orders of plans", err)
	}
	list, err := collect(rows, planOrderDest)
	return list, s.fail("orders of plans", err)
}
