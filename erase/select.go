package erase

import (
	"context"
	"errors"
	"fmt"
	"path"
	"strconv"
	"strings"
	"time"

	"github.com/sletdk/slet/audit"
	"github.com/sletdk/slet/retention"
	"github.com/sletdk/slet/store"
)

// Selection is what a new plan would hold, and what is due and is left out of it.
type Selection struct {
	Items []store.PlanItem

	// Unread could not be read, or not whole: nobody could tell that they are
	// still the same. They are for a person to look at.
	Unread int
	// Excluded were left out of an earlier plan by its approver, and have not
	// changed since.
	Excluded int
	// Planned stand in another plan that is approved, or waits for approval
	// and covers more sources.
	Planned int
	// Interrupted lie under the name that an erasure gave them which was
	// interrupted; slet erase with its plan goes on with them.
	Interrupted int

	deps       Deps
	eventsHash string            // of the register that was asked
	earlier    map[string]taking // what earlier plans say of items
	superseded []string          // proposed plans of the same scope
}

// LeftOut is how many due items are not in the selection.
func (s Selection) LeftOut() int { return s.Unread + s.Excluded + s.Planned + s.Interrupted }

// Select chooses what a new plan would hold: every item that is due now, whose
// rule wants it erased, and that is not left out for a reason that [Selection]
// names. Source "" is all sources. Nothing is stored.
func Select(ctx context.Context, d Deps, source string) (Selection, error) {
	s, err := d.due(ctx, source, d.Now())
	if err != nil {
		return s, err
	}
	return s.withoutTaken(ctx, source)
}

// withoutTaken takes out what stands in another plan, or was excluded from one.
func (s Selection) withoutTaken(ctx context.Context, source string) (Selection, error) {
	taken, err := s.deps.taken(ctx, source, &s)
	if err != nil {
		return s, err
	}
	s.earlier = taken
	open := s.Items[:0]
	for _, it := range s.Items {
		switch taken[it.Ref].why(it) {
		case "":
			open = append(open, it)
		case store.ItemExcluded:
			s.Excluded++
		default:
			s.Planned++
		}
	}
	s.Items = open
	return s, nil
}

// due lists what is due at asOf and can be erased by a plan.
func (d Deps) due(ctx context.Context, source string, asOf time.Time) (Selection, error) {
	s := Selection{deps: d}
	holds, err := d.Store.Holds(ctx)
	if err != nil {
		return s, fmt.Errorf("reading the holds: %w", err)
	}
	unfinished, err := d.tombstones(ctx)
	if err != nil {
		return s, err
	}
	ev, err := d.Store.Events(ctx)
	if err != nil {
		return s, fmt.Errorf("reading the event register: %w", err)
	}
	s.eventsHash = ev.Hash()
	for f, err := range d.Store.Findings(ctx, store.Filter{Source: source, WithMatches: ev.NeedNames()}) {
		if err != nil {
			return s, fmt.Errorf("reading the findings: %w", err)
		}
		dec := retention.Decide(f.Facts(), d.Schedule, ev, holds, asOf)
		switch {
		case !mayErase(dec):
		case unfinished[f.Item.Source+":"+path.Base(f.Item.Path)]:
			s.Interrupted++
		case f.Failed || f.ContentMAC == "":
			s.Unread++
		default:
			s.Items = append(s.Items, planItem(f, dec))
		}
	}
	return s, nil
}

// planItem is a finding as it stands in a plan.
func planItem(f store.Finding, dec retention.Decision) store.PlanItem {
	return store.PlanItem{
		Ref:        f.Ref,
		Item:       f.Item,
		SourceType: f.SourceType,
		ContentMAC: f.ContentMAC,
		Rule:       dec.Rule,
		Due:        dec.Due,
		Reasons:    dec.Reasons,
		State:      store.ItemPlanned,
	}
}

// tombstones are the names of unfinished erasures, as "source:name".
func (d Deps) tombstones(ctx context.Context) (map[string]bool, error) {
	items, err := Interrupted(ctx, d.Store)
	if err != nil {
		return nil, err
	}
	names := map[string]bool{}
	for _, it := range items {
		names[it.Item.Source+":"+it.Tombstone] = true
	}
	return names, nil
}

// taking is what earlier plans say of one item.
type taking struct {
	living   bool // it waits for its erasure in one of them
	excluded map[string]bool
}

// why says what keeps an item from being proposed, "" if nothing does.
func (t taking) why(it store.PlanItem) store.ItemState {
	switch {
	case t.living:
		return store.ItemPlanned
	case t.excluded[sameOffer(it)]:
		return store.ItemExcluded
	}
	return ""
}

// sameOffer names what an approver was asked about: this version of the item,
// under this rule.
func sameOffer(it store.PlanItem) string { return it.Rule + "\x00" + it.Item.Version }

// taken collects what earlier plans say of items, and which of them the new
// plan supersedes: the proposed ones whose items are all of its own sources, and
// those whose approval has expired.
func (d Deps) taken(ctx context.Context, source string, s *Selection) (map[string]taking, error) {
	plans, err := d.Store.Plans(ctx)
	if err != nil {
		return nil, fmt.Errorf("reading the plans: %w", err)
	}
	all := map[string]taking{}
	for _, p := range plans {
		if p.State == store.PlanDead {
			continue
		}
		items, err := d.Store.PlanItems(ctx, p.ID)
		if err != nil {
			return nil, fmt.Errorf("items of plan %s: %w", p.ID, err)
		}
		elsewhere := count(items, func(it store.PlanItem) bool { return source != "" && it.Item.Source != source })
		if p.State == store.PlanProposed && elsewhere == 0 || errors.Is(d.Rules.fresh(p, d.Now()), errExpired) {
			s.superseded = append(s.superseded, p.ID)
			continue
		}
		for _, it := range items {
			t := all[it.Ref]
			switch {
			case it.State == store.ItemExcluded:
				if t.excluded == nil {
					t.excluded = map[string]bool{}
				}
				t.excluded[sameOffer(it)] = true
			case notExcluded(it) || interrupted(it):
				t.living = t.living || p.State != store.PlanExecuted
			}
			all[it.Ref] = t
		}
	}
	return all, nil
}

// Freeze stores the selection as a plan that waits for approval. Older plans of
// the same sources that were never approved are dead from now on. The error is
// [ErrNothingDue] when nothing was selected.
func (s Selection) Freeze(ctx context.Context) (store.Plan, error) {
	d, now := s.deps, s.deps.Now()
	if err := d.sane(ctx, ""); err != nil {
		return store.Plan{}, err
	}
	if len(s.Items) == 0 {
		return store.Plan{}, ErrNothingDue
	}
	id, err := nextPlanID(ctx, d.Store, now)
	if err != nil {
		return store.Plan{}, err
	}
	for _, old := range s.superseded {
		if err := d.kill(ctx, old, "superseded by plan "+id); err != nil {
			return store.Plan{}, fmt.Errorf("plan %s could not be marked dead: %w", old, err)
		}
	}
	plan := store.Plan{
		ID:              id,
		Created:         now,
		ScheduleVersion: d.Schedule.Version,
		ScheduleHash:    d.Schedule.Hash(),
		EventsHash:      s.eventsHash,
		State:           store.PlanProposed,
		Items:           len(s.Items),
	}
	for i := range s.Items {
		it := &s.Items[i]
		it.Plan, it.Digest = id, d.digest(*it)
		plan.Bytes += it.Item.Size
	}
	plan.Hash = planHash(plan, s.Items)
	if err := d.Store.CreatePlan(ctx, plan, s.Items); err != nil {
		return store.Plan{}, fmt.Errorf("storing plan %s: %w", id, err)
	}
	if err := d.log(audit.Entry{Type: audit.TypePlanProposed, Plan: id, Detail: s.detail(plan)}); err != nil {
		return store.Plan{}, err
	}
	return plan, remember(ctx, d.Store, d.Log)
}

// detail is what the audit log says of a new plan.
func (s Selection) detail(plan store.Plan) map[string]string {
	detail := map[string]string{
		"items":    strconv.Itoa(plan.Items),
		"bytes":    strconv.FormatInt(plan.Bytes, 10),
		"hash":     plan.Hash,
		"schedule": plan.ScheduleVersion,
	}
	for why, n := range map[string]int{"unread": s.Unread, "excluded_before": s.Excluded, "planned": s.Planned, "interrupted": s.Interrupted} {
		if n > 0 {
			detail[why] = strconv.Itoa(n)
		}
	}
	if len(s.superseded) > 0 {
		detail["supersedes"] = strings.Join(s.superseded[:min(len(s.superseded), 100)], " ")
	}
	return detail
}
