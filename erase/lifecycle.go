package erase

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/sletdk/slet/audit"
	"github.com/sletdk/slet/store"
)

// What people can do to a plan beside approving it. Here the store goes first
// and the log second: whatever fails in between, less is erased, not more. The
// log knows the rest, so that a store that was brought back from before is
// noticed (see known).

// Cancel ends a plan for good: what is left of it is not erased. It works until
// the last item is erased; a run that is going on stops before its next item or
// group. name is who says so, why is for the log; neither may be empty.
func Cancel(ctx context.Context, d Deps, id, name, why string) (store.Plan, error) {
	name, why, err := said(name, why)
	if err != nil {
		return store.Plan{}, err
	}
	if err := d.sane(ctx, ""); err != nil {
		return store.Plan{}, err
	}
	err = d.Store.EndPlan(ctx, id, livingStates(), d.Mask("cancelled by "+name+": "+why))
	if err != nil {
		return store.Plan{}, refusedState(err, "plan %s cannot be cancelled", id)
	}
	return d.told(ctx, audit.Entry{
		Type: audit.TypePlanCancelled, Actor: name, Plan: id, Detail: map[string]string{"account": d.Actor, "why": d.Mask(why)},
	})
}

// Withdraw takes an approval back: the plan waits for approval again. It works
// until an item of the plan has been begun with; after that there is Cancel.
// approver is whose approval it is; name is who withdraws it.
func Withdraw(ctx context.Context, d Deps, id, approver, name, why string) (store.Plan, error) {
	name, why, err := said(name, why)
	if err != nil {
		return store.Plan{}, err
	}
	if err := d.sane(ctx, ""); err != nil {
		return store.Plan{}, err
	}
	given, err := d.givenBy(ctx, id, approver)
	if err != nil {
		return store.Plan{}, err
	}
	if err := d.Store.WithdrawApproval(ctx, id, given.Person, name, d.Now()); err != nil {
		return store.Plan{}, refusedState(err, "the approval of plan %s by %s cannot be withdrawn", id, approver)
	}
	return d.told(ctx, audit.Entry{
		Type: audit.TypePlanWithdrawn, Actor: name, Plan: id,
		Detail: map[string]string{"account": d.Actor, "approver": given.Name, "why": d.Mask(why)},
	})
}

// givenBy is the approval of a plan that somebody gave, by whichever of their
// names; one of that very name that nobody gave if there is none.
func (d Deps) givenBy(ctx context.Context, plan, approver string) (store.Approval, error) {
	approver = strings.TrimSpace(approver)
	known := []string{person(approver)}
	if who, err := d.decides(ctx, approver); err == nil {
		known = append(known, who.known...)
	} else if !errors.Is(err, ErrRefused) { // an account that is closed, or none: the name will do
		return store.Approval{}, err
	}
	list, err := d.Store.Approvals(ctx, plan)
	if err != nil {
		return store.Approval{}, fmt.Errorf("approvals of plan %s: %w", plan, err)
	}
	for _, a := range list {
		if a.Withdrawn.IsZero() && slices.Contains(known, a.Person) {
			return a, nil
		}
	}
	return store.Approval{Name: approver, Person: person(approver)}, nil
}

// said trims what a person must give.
func said(name, why string) (string, string, error) {
	name, why = strings.TrimSpace(name), strings.TrimSpace(why)
	if person(name) == "" || why == "" {
		return "", "", fmt.Errorf("%w: this needs the name of a person, and why", ErrRefused)
	}
	return name, why, nil
}

// refusedState makes a refusal of what the plan's state does not allow.
func refusedState(err error, format string, args ...any) error {
	if errors.Is(err, store.ErrState) {
		err = fmt.Errorf("%w: %w", ErrRefused, err)
	}
	return fmt.Errorf(format+": %w", append(args, err)...)
}

// told logs what was done to a plan and returns the plan.
func (d Deps) told(ctx context.Context, e audit.Entry) (store.Plan, error) {
	if err := d.log(e); err != nil {
		return store.Plan{}, err
	}
	if err := remember(ctx, d.Store, d.Log); err != nil {
		return store.Plan{}, err
	}
	return d.Store.Plan(ctx, e.Plan)
}
