package erase

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/sletdk/slet/audit"
	"github.com/sletdk/slet/store"
)

// Approve records a named person's yes to a proposed plan, or to part of it:
// the items in exclude (a ref, an unambiguous beginning of one, or
// "source:path") are left out for good. When the rules want a second person,
// the plan waits for another one after the first.
//
// The plan must be intact and made under the very schedule that is in force;
// otherwise it is dead from now on, and the error wraps [ErrRefused].
func Approve(ctx context.Context, d Deps, id, name string, exclude []string) (store.Plan, error) {
	return d.approve(ctx, id, name, choice{names: exclude})
}

// ApproveOnly is [Approve] of these items and no others.
func ApproveOnly(ctx context.Context, d Deps, id, name string, only []string) (store.Plan, error) {
	return d.approve(ctx, id, name, choice{names: only, only: true})
}

// choice is the part of a plan that an approver means: all but these items, or
// these only.
type choice struct {
	names []string // as the person has given them
	refs  []string // what they mean
	only  bool
}

// approve is Approve of a part of the plan.
func (d Deps) approve(ctx context.Context, id, name string, part choice) (store.Plan, error) {
	who, err := d.approver(ctx, name)
	if err != nil {
		return store.Plan{}, err
	}
	plan, err := d.load(ctx, id)
	if err != nil {
		return store.Plan{}, err
	}
	if plan.State != store.PlanProposed {
		return store.Plan{}, fmt.Errorf("%w: plan %s is %s, only a proposed plan can be approved", ErrRefused, id, plan.State)
	}
	if err := d.sane(ctx, id); err != nil {
		return store.Plan{}, err
	}
	if err := d.keepsItsWord(ctx, plan); err != nil {
		return store.Plan{}, err
	}
	if part.refs, err = d.resolve(ctx, id, part.names); err != nil {
		return store.Plan{}, fmt.Errorf("plan %s: %w", id, err)
	}
	yes, err := d.yes(ctx, plan, who, part)
	if err != nil {
		return store.Plan{}, err
	}
	// The log first: an approval that takes effect must never be missing in it.
	if err := d.log(yes.entry); err != nil {
		return store.Plan{}, err
	}
	if err := d.Store.AddApproval(ctx, yes.Yes); err != nil {
		return store.Plan{}, fmt.Errorf("approving plan %s: %w", id, err)
	}
	if err := remember(ctx, d.Store, d.Log); err != nil {
		return store.Plan{}, err
	}
	return d.Store.Plan(ctx, id)
}

// approval is a yes with what the log says of it.
type approval struct {
	store.Yes
	entry audit.Entry
}

// aloneWithin is how long what a person has erased alone counts for the next
// plan that they approve: the limit of a second approval is one of a day, not of
// a plan, so that it cannot be got round by many plans.
const aloneWithin = 24 * time.Hour

// yes is one person's approval of a part of a plan.
func (d Deps) yes(ctx context.Context, plan store.Plan, who decider, part choice) (approval, error) {
	left, these, err := d.Store.PlanAmount(ctx, plan.ID, part.refs)
	if err != nil {
		return approval{}, err
	}
	if part.only {
		left = these
	} else {
		left.Items, left.Bytes = left.Items-these.Items, left.Bytes-these.Bytes
	}
	if left.Items == 0 {
		return approval{}, fmt.Errorf("%w: every item of plan %s is excluded, there is nothing left to approve", ErrRefused, plan.ID)
	}
	earlier, err := d.Store.Approvals(ctx, plan.ID)
	if err != nil {
		return approval{}, err
	}
	nth := 1
	for _, a := range earlier {
		if !a.Withdrawn.IsZero() {
			continue
		}
		if err := who.another(plan.ID, a); err != nil {
			return approval{}, err
		}
		nth++
	}
	look, err := d.witnessedNow(ctx)
	if err != nil {
		return approval{}, err
	}
	now, since := d.Now(), look.At.Add(-aloneWithin)
	alone, err := d.Store.ApprovedAlone(ctx, who.known, since)
	if err != nil {
		return approval{}, err
	}
	needed := func(alone store.Amount) int { return d.Rules.needed(left.Items+alone.Items, left.Bytes+alone.Bytes) }
	detail := map[string]string{
		"hash":     plan.Hash,
		"account":  d.Actor, // who typed the name of the approver
		"items":    strconv.Itoa(left.Items),
		"approval": fmt.Sprintf("%d of %d", nth, max(nth, needed(alone))),
	}
	if alone.Items > 0 {
		detail["alone_before"] = strconv.Itoa(alone.Items)
	}
	n, some, err := d.leftOut(ctx, plan, part)
	if err != nil {
		return approval{}, err
	}
	if n > 0 {
		detail["excluded"], detail["excluded_items"] = strconv.Itoa(n), strings.Join(some, " ")
	}
	if d.Rules.Wait > 0 {
		detail["waits_until"] = now.Add(d.Rules.Wait).Format(time.RFC3339)
	}
	yes := store.Yes{
		Plan: plan.ID, Hash: plan.Hash, Name: who.Name, Person: who.known[0], Aliases: who.known[1:], At: now,
		Needed: needed, Since: since, Effective: now.Add(d.Rules.Wait),
	}
	if part.only {
		yes.Only = part.refs
	} else {
		yes.Exclude = part.refs
	}
	return approval{yes, audit.Entry{Type: audit.TypePlanApproved, Actor: who.Name, Plan: plan.ID, Detail: detail}}, nil
}

// maxLeftOut is how many items the log names that were left out: a line of it
// has a limit. The store has them all.
const maxLeftOut = 1000

// leftOut is how many items of a plan the part leaves out, with the first of them.
func (d Deps) leftOut(ctx context.Context, plan store.Plan, part choice) (n int, some []string, err error) {
	if !part.only {
		return len(part.refs), part.refs[:min(len(part.refs), maxLeftOut)], nil
	}
	for it, err := range d.Store.EachPlanItem(ctx, plan.ID) {
		if err != nil {
			return 0, nil, err
		}
		if len(some) == maxLeftOut {
			break
		}
		if !slices.Contains(part.refs, it.Ref) {
			some = append(some, it.Ref)
		}
	}
	return plan.Items - len(part.refs), some, nil
}

// load reads a plan.
func (d Deps) load(ctx context.Context, id string) (store.Plan, error) {
	plan, err := d.Store.Plan(ctx, id)
	if err != nil {
		return store.Plan{}, fmt.Errorf("plan %s: %w", id, err)
	}
	return plan, nil
}

// keepsItsWord checks that the plan is the one that was proposed, that the
// schedule is the one it was made under, and that its approval is not too old. A plan that fails is dead from now on.
func (d Deps) keepsItsWord(ctx context.Context, plan store.Plan) error {
	err := d.intact(ctx, plan)
	if err == nil {
		err = d.sameSchedule(plan)
	}
	if err == nil {
		err = d.Rules.fresh(plan, d.Now())
	}
	if err == nil {
		return nil
	}
	if !slices.Contains(livingStates(), plan.State) {
		return err
	}
	if e := d.kill(ctx, plan.ID, err.Error()); e != nil {
		return fmt.Errorf("%w (and the plan could not be marked dead: %w)", err, e)
	}
	return err
}

// kill makes a living plan a dead one, and says why in the log.
func (d Deps) kill(ctx context.Context, id, why string) error {
	if err := d.Store.EndPlan(ctx, id, livingStates(), d.Mask(why)); err != nil {
		return err
	}
	if err := d.log(audit.Entry{Type: audit.TypePlanDead, Plan: id, Detail: map[string]string{"why": why}}); err != nil {
		return err
	}
	return remember(ctx, d.Store, d.Log)
}

func livingStates() []store.PlanState {
	return []store.PlanState{store.PlanProposed, store.PlanApproved, store.PlanExecuting}
}

// intact: precondition. The items are the very ones that the hash was made of.
// Of an erased item only the digest is left to go by: its name is masked.
func (d Deps) intact(ctx context.Context, plan store.Plan) error {
	altered := false
	hash, err := planHash(plan, d.Store.EachHashed(ctx, plan.ID), func(it store.PlanItem) {
		altered = altered || it.State != store.ItemErased && d.digest(it) != it.Digest
	})
	if err != nil {
		return fmt.Errorf("items of plan %s: %w", plan.ID, err)
	}
	if altered || hash != plan.Hash {
		return fmt.Errorf("%w: plan %s is not the one that was proposed: its hash does not match its items", ErrRefused, plan.ID)
	}
	return nil
}

// sameSchedule: precondition. The schedule in force is the one that the plan
// was made under.
func (d Deps) sameSchedule(plan store.Plan) error {
	if d.Schedule.Hash() != plan.ScheduleHash {
		return fmt.Errorf("%w: the schedule has changed since plan %s was made under version %s; make a new plan",
			ErrRefused, plan.ID, plan.ScheduleVersion)
	}
	return nil
}

// resolve finds the items of a plan that a person means. One that means no item,
// or more than one, is an error: leaving the wrong item in would erase it.
func (d Deps) resolve(ctx context.Context, plan string, names []string) ([]string, error) {
	var refs []string
	for _, name := range names {
		ref, n, err := d.Store.MeantItems(ctx, plan, name)
		if err != nil {
			return nil, err
		}
		if n != 1 {
			return nil, fmt.Errorf("%q means %d items of the plan, not one", name, n)
		}
		if !slices.Contains(refs, ref) {
			refs = append(refs, ref)
		}
	}
	return refs, nil
}

// log appends entries to the audit log; they are on stable storage on return.
func (d Deps) log(entries ...audit.Entry) error {
	for i := range entries {
		e := &entries[i]
		e.Time = d.Now()
		if e.Actor == "" {
			e.Actor = d.Actor
		}
	}
	if _, err := d.Log.AppendBatch(entries); err != nil {
		return fmt.Errorf("writing %s to the audit log: %w", entries[0].Type, err)
	}
	return nil
}
