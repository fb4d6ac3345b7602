package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"
)

// ErrSamePerson: the same person has approved the plan already.
var ErrSamePerson = errors.New("the same person has approved it already")

// Approval is one person's yes to a plan.
type Approval struct {
	Name string
	// Person is the name as names are compared (package erase makes it): the
	// approvals of a plan have different ones.
	Person    string
	Approved  time.Time
	Withdrawn time.Time // zero while it stands
	// WithdrawnBy is who took it back: the person, or somebody else.
	WithdrawnBy string
}

// Yes is what [Store.AddApproval] records.
type Yes struct {
	Plan, Hash string // the plan that was looked at
	Name       string
	Person     string // see Approval
	At         time.Time
	Exclude    []string // references of items that are left out for good
	// Only, when not nil, are the items that are approved: all others are left
	// out for good.
	Only []string
	// Aliases are what the person is known by besides, as names are compared.
	Aliases []string
	// Needed is how many persons have to approve when this one has approved so
	// much alone (see [Store.ApprovedAlone]) since Since; nil is one.
	Needed func(alone Amount) int
	Since  time.Time
	// Effective is when the plan may be carried out from, if this is the last
	// approval that it needs.
	Effective time.Time
}

// ApprovePlan is [Store.AddApproval] of the one person that a plan needs.
func (s *Store) ApprovePlan(ctx context.Context, id, hash, name string, at time.Time, exclude []string) error {
	return s.AddApproval(ctx, Yes{Plan: id, Hash: hash, Name: name, Person: name, At: at, Exclude: exclude, Effective: at})
}

// AddApproval records a named person's yes to a plan but for the excluded
// items, durable on return; with the last yes that it needs, the plan is
// approved. Only a proposed plan can be approved ([ErrState]), only the one
// whose hash was looked at ([ErrStale]), and by each person once
// ([ErrSamePerson]). An excluded reference that is not in the plan is
// [ErrNotFound]: a slip must not approve what was meant to be spared.
func (s *Store) AddApproval(ctx context.Context, y Yes) error {
	if strings.TrimSpace(y.Name) == "" || y.Person == "" {
		return s.fail("approve plan "+y.Plan, errors.New("an approval needs a person's name"))
	}
	err := s.tx(ctx, func(tx *sql.Tx) error {
		// Who approves at the same moment waits: what a person has approved alone
		// counts for the next plan, and the update of this one changes nothing.
		if _, err := s.execTx(ctx, tx, "INSERT INTO installation (name, value) VALUES ('approving', '') ON CONFLICT (name) DO UPDATE SET value = excluded.value"); err != nil {
			return err
		}
		n, err := s.execTx(ctx, tx, "UPDATE plans SET state = state WHERE id = ? AND state = ? AND hash = ?", text(y.Plan), text(PlanProposed), text(y.Hash))
		if err != nil {
			return err
		}
		if n == 0 {
			return s.whyNotApproved(ctx, tx, y.Plan, y.Hash)
		}
		if err := s.insertApproval(ctx, tx, y); err != nil {
			return err
		}
		if y.Only != nil {
			return s.excludeOthers(ctx, tx, y.Plan, y.Only)
		}
		return s.exclude(ctx, tx, y.Plan, y.Exclude)
	})
	return s.fail("approve plan "+y.Plan, err)
}

// Amount is a number of items and their bytes.
type Amount struct {
	Items int
	Bytes int64
}

// ApprovedAlone is how much a person has approved, with no other person's yes,
// that waits to be erased or was erased after since. persons are all that they
// are known by, as names are compared; at least one.
func (s *Store) ApprovedAlone(ctx context.Context, persons []string, since time.Time) (Amount, error) {
	a, err := s.approvedAlone(ctx, s.read, persons, since)
	return a, s.fail("what was approved alone", err)
}

func (s *Store) approvedAlone(ctx context.Context, q querier, persons []string, since time.Time) (a Amount, err error) {
	var args []any
	for _, p := range persons {
		args = append(args, text(p))
	}
	args = append(args, text(PlanApproved), text(PlanExecuting), text(ItemPlanned), text(ItemFailed), text(ItemErasing), text(ItemErased), moment(since))
	rows, err := q.QueryContext(ctx, s.sql("SELECT COUNT(*), CAST(COALESCE(SUM(i.size), 0) AS BIGINT) FROM plan_items i JOIN plans p ON p.id = i.plan"+
		" WHERE p.id IN (SELECT plan FROM plan_approvals WHERE withdrawn IS NULL GROUP BY plan HAVING COUNT(*) = 1 AND MIN(person) IN ("+marks(len(persons))+"))"+
		" AND (p.state IN (?, ?) AND i.state IN (?, ?, ?) OR i.state = ? AND i.finished > ?)"), args...)
	if err != nil {
		return a, err
	}
	list, err := collect(rows, func(a *Amount) []any { return []any{&a.Items, &a.Bytes} })
	if err == nil && len(list) == 1 {
		a = list[0]
	}
	return a, err
}

func (s *Store) insertApproval(ctx context.Context, tx *sql.Tx, y Yes) error {
	before, err := s.approvals(ctx, tx, y.Plan)
	if err != nil {
		return err
	}
	needed := 1
	if y.Needed != nil {
		alone, err := s.approvedAlone(ctx, tx, append([]string{y.Person}, y.Aliases...), y.Since)
		if err != nil {
			return err
		}
		needed = y.Needed(alone)
	}
	var names []string
	for _, a := range before {
		if !a.Withdrawn.IsZero() {
			continue
		}
		if a.Person == y.Person || slices.Contains(y.Aliases, a.Person) {
			return ErrSamePerson
		}
		names = append(names, a.Name)
	}
	_, err = tx.ExecContext(ctx, s.sql("INSERT INTO plan_approvals (plan, n, name, person, approved, withdrawn_by) VALUES ("+marks(6)+")"),
		text(y.Plan), len(before)+1, text(y.Name), text(y.Person), moment(y.At), text(""))
	if err != nil {
		return err
	}
	if names = append(names, y.Name); len(names) < needed {
		return nil
	}
	_, err = tx.ExecContext(ctx, s.sql("UPDATE plans SET state = ?, approver = ?, approved = ?, effective = ? WHERE id = ?"),
		text(PlanApproved), text(strings.Join(names, ", ")), moment(y.At), moment(y.Effective), text(y.Plan))
	return err
}

func (s *Store) exclude(ctx context.Context, tx *sql.Tx, plan string, refs []string) error {
	for _, ref := range refs {
		n, err := s.execTx(ctx, tx, "UPDATE plan_items SET state = ? WHERE plan = ? AND ref = ?", text(ItemExcluded), text(plan), text(ref))
		if err != nil {
			return err
		}
		if n == 0 {
			return fmt.Errorf("item %s: %w in the plan", ref, ErrNotFound)
		}
	}
	return nil
}

// Approvals returns all approvals of a plan, those withdrawn too, in the order
// in which they were given.
func (s *Store) Approvals(ctx context.Context, plan string) ([]Approval, error) {
	list, err := s.approvals(ctx, s.read, plan)
	return list, s.fail("plan "+plan, err)
}

// querier is a database or a transaction.
type querier interface {
	QueryContext(ctx context.Context, query string, args ...any) (*sql.Rows, error)
}

func (s *Store) approvals(ctx context.Context, q querier, plan string) ([]Approval, error) {
	rows, err := q.QueryContext(ctx, s.sql("SELECT name, person, approved, withdrawn, withdrawn_by FROM plan_approvals WHERE plan = ? ORDER BY n"), text(plan))
	if err != nil {
		return nil, err
	}
	return collect(rows, func(a *Approval) []any {
		return []any{&a.Name, &a.Person, (*moment)(&a.Approved), (*moment)(&a.Withdrawn), &a.WithdrawnBy}
	})
}

// WithdrawApproval takes one person's standing yes back, durable on return; a
// plan that was approved waits for approval again. Only a plan of which nothing
// has been carried out can be held back like that ([ErrState]). Nobody of that
// name among its approvers is [ErrNotFound].
func (s *Store) WithdrawApproval(ctx context.Context, plan, person, by string, at time.Time) error {
	err := s.tx(ctx, func(tx *sql.Tx) error {
		n, err := s.execTx(ctx, tx, "UPDATE plans SET state = ?, approver = '', approved = NULL, effective = NULL WHERE id = ? AND state IN (?, ?)",
			text(PlanProposed), text(plan), text(PlanProposed), text(PlanApproved))
		if err != nil {
			return err
		}
		if n == 0 {
			return s.wrongState(ctx, tx, "SELECT state FROM plans WHERE id = ?", text(plan))
		}
		n, err = s.execTx(ctx, tx, "UPDATE plan_approvals SET withdrawn = ?, withdrawn_by = ? WHERE plan = ? AND person = ? AND withdrawn IS NULL",
			moment(at), text(by), text(plan), text(person))
		if err == nil && n == 0 {
			err = fmt.Errorf("a standing approval of that name: %w", ErrNotFound)
		}
		return err
	})
	return s.fail("plan "+plan, err)
}

// EndPlan makes a plan that is in one of the given states a dead one and keeps
// why, durable on return. When it is in none of them the error wraps [ErrState].
func (s *Store) EndPlan(ctx context.Context, id string, from []PlanState, why string) error {
	args := []any{text(PlanDead), text(why), text(id)}
	for _, f := range from {
		args = append(args, text(f))
	}
	err := s.tx(ctx, func(tx *sql.Tx) error {
		n, err := s.execTx(ctx, tx, "UPDATE plans SET state = ?, why = ? WHERE id = ? AND state IN ("+marks(len(from))+")", args...)
		if err != nil || n > 0 {
			return err
		}
		return s.wrongState(ctx, tx, "SELECT state FROM plans WHERE id = ?", text(id))
	})
	return s.fail("plan "+id, err)
}
