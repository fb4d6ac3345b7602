package erase

import (
	"context"
	"fmt"
	"strings"

	"github.com/sletdk/slet/audit"
	"github.com/sletdk/slet/store"
)

// ResolvedGone is how the stored error of an item begins that a person has
// closed with [Resolve].
const ResolvedGone = "not known to be erased; closed as gone by "

// Resolve closes an item that is [Unknown]: a named person has looked, and says
// that it is gone for good (somebody has deleted it, say) and why they know. It
// is from then on gone, never erased: slet does not vouch for it.
//
// Only an item that a run has looked for, and has not found, can be closed; the
// error wraps [ErrRefused] otherwise. name and why are masked by the caller.
func Resolve(ctx context.Context, d Deps, planID, item, name, why string) (store.PlanItem, error) {
	name, why = strings.TrimSpace(name), strings.TrimSpace(why)
	if name == "" || why == "" {
		return store.PlanItem{}, fmt.Errorf("%w: closing an item needs a person's name, and why", ErrRefused)
	}
	plan, err := d.load(ctx, planID)
	if err != nil {
		return store.PlanItem{}, err
	}
	if err := d.sane(ctx, planID); err != nil {
		return store.PlanItem{}, err
	}
	refs, err := d.resolve(ctx, planID, []string{item})
	if err != nil {
		return store.PlanItem{}, fmt.Errorf("plan %s: %w", planID, err)
	}
	it, err := d.Store.PlanItem(ctx, planID, refs[0])
	if err != nil {
		return store.PlanItem{}, err
	}
	if !interrupted(it) {
		return it, fmt.Errorf("%w: item %s is %s; only one that is unknown can be closed", ErrRefused, it.Ref, it.State)
	}
	if it.Error == "" {
		return it, fmt.Errorf("%w: nobody has looked for item %s since its erasure was interrupted; run slet erase %s first", ErrRefused, it.Ref, planID)
	}
	// The log first: what is closed must never be missing in it.
	if err := d.log(audit.Entry{Type: audit.TypeEraseResolved, Actor: name, Plan: planID, Item: it.Ref, Detail: map[string]string{
		"account": d.Actor, "result": string(store.ItemGone), "why": why, "tombstone": it.Tombstone,
	}}); err != nil {
		return it, err
	}
	it = withoutReceipt(it)
	it.State, it.Tombstone, it.Error, it.Finished = store.ItemGone, "", ResolvedGone+name+": "+why, d.Now()
	if err := d.Store.SetPlanItem(ctx, it); err != nil {
		return it, fmt.Errorf("storing what became of %s: %w", it.Ref, err)
	}
	states, err := d.Store.PlanStates(ctx, planID)
	if err != nil {
		return it, err
	}
	if count(states, toGo) == 0 && plan.State == store.PlanExecuting {
		if err := d.Store.SetPlanState(ctx, planID, []store.PlanState{store.PlanExecuting}, store.PlanExecuted); err != nil {
			return it, fmt.Errorf("closing plan %s: %w", planID, err)
		}
	}
	return it, remember(ctx, d.Store, d.Log)
}
