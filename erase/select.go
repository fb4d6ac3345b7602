package erase

import (
	"context"
	"errors"
	"fmt"
	"path"
	"slices"
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
	// VerifyOnly lie in a source in which slet may not erase: that they are
	// there is for somebody else to end.
	VerifyOnly int
	// Interrupted lie under the name that an erasure gave them which was
	// interrupted; slet erase with its plan goes on with them.
	Interrupted int
	// Growing are recordings that may still be written to.
	Growing int
	// Newest are the newest recordings of cameras that still record.
	Newest int
	// Silent are recordings of cameras that have fallen silent: all that they
	// have is past its period. They go with a plan of their own ([SelectSilent]).
	Silent int
	// Clock says, when the clock is ahead of what is known, that what is due by
	// it alone is not in the selection.
	Clock error

	deps       Deps
	scope      scope
	eventsHash string               // of the register that was asked
	earlier    map[string]taking    // what earlier plans say of items
	silent     map[camera]time.Time // cameras that have fallen silent, since when
	superseded []string             // proposed plans of the same scope
}

// LeftOut is how many due items are not in the selection.
func (s Selection) LeftOut() int {
	return s.Unread + s.Excluded + s.Planned + s.VerifyOnly + s.Interrupted + s.Growing + s.Newest + s.Silent
}

// Select chooses what a new plan would hold: every item that is due now, whose
// rule wants it erased, and that is not left out for a reason that [Selection]
// names. Source "" is all sources. Nothing is stored.
func Select(ctx context.Context, d Deps, source string) (Selection, error) {
	return d.choose(ctx, scope{source: source})
}

// choose is Select for any scope.
func (d Deps) choose(ctx context.Context, sc scope) (Selection, error) {
	s, err := d.dueNow(ctx, sc)
	if err != nil {
		return s, err
	}
	return s.withoutTaken(ctx)
}

// dueNow is due at the witnessed time.
func (d Deps) dueNow(ctx context.Context, sc scope) (Selection, error) {
	look, err := d.witnessedNow(ctx)
	if err != nil {
		return Selection{}, err
	}
	s, err := d.due(ctx, sc, look.At)
	s.Clock = d.doubt(look)
	return s, err
}

// withoutTaken takes out what stands in another plan, or was excluded from one.
func (s Selection) withoutTaken(ctx context.Context) (Selection, error) {
	taken, err := s.deps.taken(ctx, &s)
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
func (d Deps) due(ctx context.Context, sc scope, asOf time.Time) (Selection, error) {
	s := Selection{deps: d, scope: sc, silent: map[camera]time.Time{}}
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
	c := &chooser{Selection: &s, holds: holds, events: ev, unfinished: unfinished, verifyOnly: map[string]bool{}, asOf: asOf}
	if sc.camera == nil {
		if err := c.files(ctx); err != nil {
			return s, fmt.Errorf("reading the findings: %w", err)
		}
	}
	return s, c.cameras(ctx)
}

// chooser goes through the inventory for a selection.
type chooser struct {
	*Selection
	holds      []retention.Hold
	events     retention.Events
	unfinished map[string]bool // see Deps.tombstones
	verifyOnly map[string]bool // by source, as far as it was asked
	asOf       time.Time
}

// lookAgain is how many items that are due are read whole together.
const lookAgain = 500

// files considers all but recordings. Most are not due: what says so is less
// than what a plan is made of, and only of the others the rest is read.
func (c *chooser) files(ctx context.Context) error {
	names := c.events.NeedNames()
	var refs []string
	whole := func() error {
		if len(refs) == 0 {
			return nil
		}
		for f, err := range c.deps.Store.Findings(ctx, store.Filter{Refs: refs, WithMatches: names}) {
			if err != nil {
				return err
			}
			if err := c.consider(f, c.decide(f), time.Time{}); err != nil {
				return err
			}
		}
		refs = refs[:0]
		return nil
	}
	filter := store.Filter{Source: c.scope.source, Refs: c.scope.refs, NoRecordings: true, WithMatches: names, Facts: true}
	for f, err := range c.deps.Store.Findings(ctx, filter) {
		if err != nil {
			return err
		}
		if !mayErase(c.decide(f)) {
			continue
		}
		if refs = append(refs, f.Ref); len(refs) == lookAgain {
			if err := whole(); err != nil {
				return err
			}
		}
	}
	return whole()
}

func (c *chooser) decide(f store.Finding) retention.Decision {
	return retention.Decide(f.Facts(), c.deps.Schedule, c.events, c.holds, c.asOf)
}

// consider takes an item into the selection, or counts why not. silent is since
// when its camera has been silent, if the selection is about that.
func (c *chooser) consider(f store.Finding, dec retention.Decision, silent time.Time) error {
	switch {
	case !mayErase(dec):
	case c.unfinished[f.Item.Source+":"+path.Base(f.Item.Path)]:
		c.Interrupted++
	case c.onlyVerified(f.Item.Source):
		c.VerifyOnly++
	case f.Failed || f.ContentMAC == "":
		c.Unread++
	default:
		it := planItem(f, dec)
		it.SilentSince = silent
		if c.scope.each != nil {
			return c.scope.each(it)
		}
		c.Items = append(c.Items, it)
	}
	return nil
}

// onlyVerified asks once for each source.
func (c *chooser) onlyVerified(source string) bool {
	if c.deps.VerifyOnly == nil {
		return false
	}
	only, asked := c.verifyOnly[source]
	if !asked {
		only = c.deps.VerifyOnly(source)
		c.verifyOnly[source] = only
	}
	return only
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
		Facts: store.PlanFacts{
			Counts: f.Counts, DocumentType: f.DocumentType, Persons: len(f.Subjects), Trigger: dec.Trigger, TriggerDate: dec.TriggerDate,
		},
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
// plan supersedes: see [Selection.supersedes]; and those whose approval has
// expired.
func (d Deps) taken(ctx context.Context, s *Selection) (map[string]taking, error) {
	plans, err := d.Store.PlansInState(ctx, livingStates()...)
	if err != nil {
		return nil, fmt.Errorf("reading the plans: %w", err)
	}
	all := map[string]taking{}
	for _, p := range plans {
		items, err := d.Store.PlanItems(ctx, p.ID)
		if err != nil {
			return nil, fmt.Errorf("items of plan %s: %w", p.ID, err)
		}
		if errors.Is(d.Rules.fresh(p, d.Now()), errExpired) {
			s.superseded = append(s.superseded, p.ID)
			continue
		}
		if p.State == store.PlanProposed {
			half, err := d.halfApproved(ctx, p.ID)
			if err != nil {
				return nil, err
			}
			switch s.supersedes(p, items) {
			case yes:
				if !half {
					s.superseded = append(s.superseded, p.ID)
					continue
				}
			case ignores:
				continue
			}
		}
		for _, it := range items {
			if notExcluded(it) || interrupted(it) {
				t := all[it.Ref]
				t.living = true
				all[it.Ref] = t
			}
		}
	}
	excluded, err := d.Store.Excluded(ctx)
	if err != nil {
		return nil, fmt.Errorf("reading what was excluded: %w", err)
	}
	for _, it := range excluded {
		t := all[it.Ref]
		if t.excluded == nil {
			t.excluded = map[string]bool{}
		}
		t.excluded[sameOffer(it)] = true
		all[it.Ref] = t
	}
	return all, nil
}

// halfApproved reports whether a plan that waits for approval has somebody's yes
// already: it waits for a second person, and a new plan must not take that yes
// away.
func (d Deps) halfApproved(ctx context.Context, plan string) (bool, error) {
	list, err := d.Store.Approvals(ctx, plan)
	if err != nil {
		return false, fmt.Errorf("approvals of plan %s: %w", plan, err)
	}
	return slices.ContainsFunc(list, func(a store.Approval) bool { return a.Withdrawn.IsZero() }), nil
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
		Standing:        s.scope.standing,
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
	for why, n := range map[string]int{"unread": s.Unread, "excluded_before": s.Excluded, "planned": s.Planned, "interrupted": s.Interrupted,
		"growing": s.Growing, "newest": s.Newest, "silent": s.Silent} {
		if n > 0 {
			detail[why] = strconv.Itoa(n)
		}
	}
	if s.scope.camera != nil {
		detail["silent_since"] = s.Items[0].SilentSince.UTC().Format(time.RFC3339)
	}
	if len(s.superseded) > 0 {
		detail["supersedes"] = strings.Join(s.superseded[:min(len(s.superseded), 100)], " ")
	}
	return detail
}
