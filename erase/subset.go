package erase

import (
	"context"
	"fmt"
	"slices"

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
	s.eventsHash = ev.Hash()
	var refused []Refusal
	for f, err := range d.Store.Findings(ctx, store.Filter{Subject: subject, WithMatches: true}) {
		if err != nil {
			return s, nil, fmt.Errorf("reading the findings: %w", err)
		}
		dec := retention.DecideRequest(f.Facts(), subject, d.Schedule, ev, holds, look.At)
		switch {
		case !mayErase(dec):
			refused = append(refused, Refusal{Finding: f, Decision: dec})
		case f.Failed || f.ContentMAC == "":
			refused = append(refused, Refusal{f, dec, "it could not be read whole; a person must look"})
		case !f.Confirmed(subject):
			refused = append(refused, Refusal{f, dec, "the number in it is only possibly a CPR number; a person must look"})
		default:
			s.Items = append(s.Items, planItem(f, dec))
		}
	}
	s, err = s.withoutTaken(ctx)
	return s, refused, err
}
