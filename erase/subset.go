package erase

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/sletdk/slet/retention"
	"github.com/sletdk/slet/store"
)

// Plans of some items only. They leave other plans that wait for approval alone.

// noSource is the name of no source: plans of other scopes are not superseded.
const noSource = "\x00"

// SelectOnly is [Select] for the items of these references only: those that are
// due now, and stand in no other plan.
func SelectOnly(ctx context.Context, d Deps, refs []string) (Selection, error) {
	s, err := d.dueNow(ctx, scope{refs: refs})
	if err != nil {
		return s, err
	}
	s.Items = slices.DeleteFunc(s.Items, func(it store.PlanItem) bool { return !slices.Contains(refs, it.Ref) })
	s.Unread, s.Interrupted, s.Growing, s.Newest, s.Silent = 0, 0, 0, 0, 0 // of all items
	s.scope = scope{source: noSource}
	return s.withoutTaken(ctx)
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
	s := Selection{deps: d, scope: scope{source: noSource}}
	look, err := d.witnessedNow(ctx)
	if err != nil {
		return s, nil, err
	}
	s.Clock = d.doubt(look)
	holds, err := d.Store.Holds(ctx)
	if err != nil {
		return s, nil, fmt.Errorf("reading the holds: %w", err)
	}
	ev, err := d.Store.Events(ctx)
	if err != nil {
		return s, nil, fmt.Errorf("reading the event register: %w", err)
	}
	unfinished, err := d.tombstones(ctx)
	if err != nil {
		return s, nil, err
	}
	s.eventsHash = ev.Hash()
	c := &chooser{Selection: &s, unfinished: unfinished, verifyOnly: map[string]bool{}}
	var refused []Refusal
	chosen := map[string]Refusal{}
	for f, err := range d.Store.Findings(ctx, store.Filter{Subject: subject, WithMatches: true}) {
		if err != nil {
			return s, nil, fmt.Errorf("reading the findings: %w", err)
		}
		dec := retention.DecideRequest(f.Facts(), subject, d.Schedule, ev, holds, look.At)
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
			c.consider(f, dec, time.Time{})
		}
	}
	if s, err = s.withoutTaken(ctx); err != nil {
		return s, nil, err
	}
	kept, err := s.rehearse(ctx, look)
	for _, it := range kept {
		r := chosen[it.Ref]
		r.Why = it.Error
		refused = append(refused, r)
	}
	return s, refused, err
}

// rehearse puts to every item what a run would put to it, and takes out those
// that it would refuse; it returns them with the reason, masked, as their error.
// What is taken out may have been what others had to go with.
func (s *Selection) rehearse(ctx context.Context, look store.ClockMark) (kept []store.PlanItem, err error) {
	for again := true; again; {
		again = false
		x := &execution{
			Runner: &Runner{Deps: s.deps}, clock: look, members: map[string]bool{}, fromSource: map[string]int{},
			names: linked(s.Items), begun: map[string]bool{},
		}
		for _, it := range s.Items {
			x.members[it.Ref] = true
		}
		open := s.Items[:0:0]
		for _, it := range s.Items {
			err := x.askItem(ctx, store.Plan{}, it)
			if err == nil {
				err = x.allNames(ctx, store.Plan{}, it)
			}
			var not *no
			switch {
			case err == nil, errors.As(err, &not) && not.state == store.ItemPlanned: // what waits for its owner waits in the plan
				open = append(open, it)
			case not != nil:
				it.Error = s.deps.Mask(not.Error())
				kept, again = append(kept, it), true
			default:
				return nil, err
			}
		}
		s.Items = open
	}
	return kept, nil
}
