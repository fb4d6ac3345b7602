package erase

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/sletdk/slet/retention"
	"github.com/sletdk/slet/store"
)

// Plans of some items only. They leave other plans that wait for approval alone.

// SelectOnly is [Select] for the items of these references only: those that are
// due now, and stand in no other plan.
func SelectOnly(ctx context.Context, d Deps, refs []string) (Selection, error) {
	s, err := d.choose(ctx, scope{refs: append([]string{}, refs...), beside: true}) // none are none, not all
	s.Unread, s.Interrupted, s.Growing, s.Newest, s.Silent = 0, 0, 0, 0, 0          // of all items
	return s, err
}

// Refusal is why an item is not erased because the person asks for it.
type Refusal struct {
	Finding  store.Finding
	Decision retention.Decision
	Why      string // in words, masked; "" when the decision's reasons say it
}

// SelectRequest chooses what can be erased because a person asks for it (GDPR
// art. 17), whatever its period: see [retention.DecideRequest]. Everything else
// that is about the person is returned with the reason.
//
// A number that is only possibly a CPR number is nobody's: it needs a person's
// judgement first.
func SelectRequest(ctx context.Context, d Deps, subject string) (Selection, []Refusal, error) {
	var items []store.PlanItem // what is found about one person
	s := d.selection(scope{beside: true, each: func(it store.PlanItem) error { items = append(items, it); return nil }})
	look, err := d.witnessedNow(ctx)
	if err != nil {
		return s, nil, err
	}
	s.Clock = d.doubt(look)
	c, err := s.chooser(ctx, look.At)
	if err != nil {
		return s, nil, err
	}
	if err := s.lookAtPlans(ctx); err != nil {
		return s, nil, err
	}
	var refused []Refusal
	chosen := map[string]Refusal{}
	for f, err := range d.Store.Findings(ctx, store.Filter{Subject: subject, WithMatches: true}) {
		if err != nil {
			return s, nil, fmt.Errorf("reading the findings: %w", err)
		}
		dec := retention.DecideRequest(f.Facts(), subject, d.Schedule, c.events, c.holds, look.At)
		switch {
		case !mayErase(dec):
			refused = append(refused, Refusal{Finding: f, Decision: dec})
		case c.onlyVerified(f.Item.Source):
			refused = append(refused, Refusal{f, dec, "slet may not erase in its source: have it gone at the recorder"})
		case f.Failed || f.ContentMAC == "":
			refused = append(refused, Refusal{f, dec, "it could not be read whole; a person must look"})
		case !f.Confirmed(subject):
			refused = append(refused, Refusal{f, dec, "the number in it is only possibly a CPR number; a person must look"})
		default:
			chosen[f.Ref] = Refusal{Finding: f, Decision: dec}
			if err := c.consider(ctx, f, dec, time.Time{}); err != nil {
				return s, nil, err
			}
		}
	}
	if err := c.settle(ctx); err != nil {
		return s, nil, err
	}
	items, kept, err := d.rehearse(ctx, look, items)
	if err != nil {
		return s, nil, err
	}
	for _, it := range kept {
		r := chosen[it.Ref]
		r.Why = it.Error
		refused = append(refused, r)
	}
	for _, it := range items {
		if err := s.draft.add(ctx, it); err != nil {
			return s, nil, errors.Join(err, s.Drop(ctx))
		}
	}
	s.Items = len(items)
	return s, refused, nil
}

// rehearse puts to every item what a run would put to it, and takes out those
// that it would refuse; they are kept, with the reason, masked, as their error.
// What is taken out may have been what others had to go with.
func (d Deps) rehearse(ctx context.Context, look store.ClockMark, items []store.PlanItem) (open, kept []store.PlanItem, err error) {
	for again := true; again; {
		again = false
		x := &execution{Runner: &Runner{Deps: d}, clock: look, fromSource: map[string]int{}, company: newListedCompany(items)}
		open = nil
		for _, it := range items {
			err := x.askItem(ctx, store.Plan{}, it)
			if err == nil {
				err = x.allNames(ctx, store.Plan{}, it)
			}
			var not *no
			switch {
			case err == nil, errors.As(err, &not) && not.state == store.ItemPlanned: // what waits for its owner waits in the plan
				open = append(open, it)
			case not != nil:
				it.Error = d.Mask(not.Error())
				kept, again = append(kept, it), true
			default:
				return nil, nil, err
			}
		}
		items = open
	}
	return open, kept, nil
}
