package erase

import (
	"context"
	"errors"
	"fmt"
	"iter"
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
	Items int

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
	draft      *draft               // the items
	eventsHash string               // of the register that was asked
	silent     map[camera]time.Time // cameras that have fallen silent, since when
	superseded []string             // proposed plans of the same scope
	keeping    []string             // plans that keep their items
}

// LeftOut is how many due items are not in the selection.
func (s Selection) LeftOut() int {
	return s.Unread + s.Excluded + s.Planned + s.VerifyOnly + s.Interrupted + s.Growing + s.Newest + s.Silent
}

// Select chooses what a new plan would hold: every item that is due now, whose
// rule wants it erased, and that is not left out for a reason that [Selection]
// names. Source "" is all sources. A selection ends with Freeze or Drop.
func Select(ctx context.Context, d Deps, source string) (Selection, error) {
	return d.choose(ctx, scope{source: source})
}

// choose is Select for any scope.
func (d Deps) choose(ctx context.Context, sc scope) (Selection, error) {
	look, err := d.witnessedNow(ctx)
	if err != nil {
		return Selection{}, err
	}
	s, err := d.due(ctx, sc, look.At)
	s.Clock = d.doubt(look)
	return s, err
}

// due chooses of what is due at asOf what can be erased by a plan, and stands in
// no other.
func (d Deps) due(ctx context.Context, sc scope, asOf time.Time) (Selection, error) {
	s := d.selection(sc)
	c, err := s.chooser(ctx, asOf)
	if err != nil {
		return s, err
	}
	if err := c.lookAtCameras(ctx); err != nil {
		return s, err
	}
	if !sc.all {
		if err := s.lookAtPlans(ctx); err != nil {
			return s, err
		}
	}
	if err := c.walk(ctx); err != nil {
		return s, errors.Join(err, s.Drop(ctx))
	}
	return s, nil
}

func (d Deps) selection(sc scope) Selection {
	return Selection{deps: d, scope: sc, silent: map[camera]time.Time{}, draft: &draft{deps: d}}
}

// Drop forgets a selection that is not to be frozen. It has no items any more.
func (s *Selection) Drop(ctx context.Context) error {
	s.Items = 0
	if err := s.draft.drop(ctx); err != nil {
		return fmt.Errorf("a plan that was not frozen: %w", err)
	}
	return nil
}

// Each yields the items of a selection that is not frozen, in the order in which
// the plan will have them.
func (s Selection) Each(ctx context.Context) iter.Seq2[store.PlanItem, error] {
	return s.draft.each(ctx)
}

// chooser goes through the inventory for a selection.
type chooser struct {
	*Selection
	holds      []retention.Hold
	events     retention.Events
	unfinished map[string]bool // see Deps.tombstones
	verifyOnly map[string]bool // by source, as far as it was asked
	asOf       time.Time
	recorders  []recorder
	chosen     []store.PlanItem // what other plans say of them was not asked yet
}

// chooser reads what the rules need to know.
func (s *Selection) chooser(ctx context.Context, asOf time.Time) (*chooser, error) {
	c := &chooser{Selection: s, verifyOnly: map[string]bool{}, asOf: asOf}
	var err error
	if c.holds, err = s.deps.Store.Holds(ctx); err != nil {
		return nil, fmt.Errorf("reading the holds: %w", err)
	}
	if c.unfinished, err = s.deps.tombstones(ctx); err != nil {
		return nil, err
	}
	if c.events, err = s.deps.Store.Events(ctx); err != nil {
		return nil, fmt.Errorf("reading the event register: %w", err)
	}
	s.eventsHash = c.events.Hash()
	return c, nil
}

// walk goes through the inventory.
func (c *chooser) walk(ctx context.Context) error {
	if c.scope.camera == nil {
		if err := c.files(ctx); err != nil {
			return fmt.Errorf("reading the findings: %w", err)
		}
	}
	for _, r := range c.recorders {
		if err := c.recordings(ctx, r); err != nil {
			return fmt.Errorf("%s: %w", r.camera, err)
		}
	}
	return c.settle(ctx)
}

// lookAgain is how many items that are due are read whole together, and asked
// for in other plans.
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
			if err := c.consider(ctx, f, c.decide(f), time.Time{}); err != nil {
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
func (c *chooser) consider(ctx context.Context, f store.Finding, dec retention.Decision, silent time.Time) error {
	switch {
	case !mayErase(dec), c.scope.refs != nil && !slices.Contains(c.scope.refs, f.Ref):
	case c.unfinished[f.Item.Source+":"+path.Base(f.Item.Path)]:
		c.Interrupted++
	case c.onlyVerified(f.Item.Source):
		c.VerifyOnly++
	case f.Failed || f.ContentMAC == "":
		c.Unread++
	default:
		it := planItem(f, dec)
		it.SilentSince = silent
		if c.chosen = append(c.chosen, it); len(c.chosen) == lookAgain {
			return c.settle(ctx)
		}
	}
	return nil
}

// settle takes what was chosen into the selection, but for what stands in another
// plan, or was excluded from one.
func (c *chooser) settle(ctx context.Context) error {
	var taken map[string]taking
	if !c.scope.all {
		var err error
		if taken, err = c.taken(ctx, c.chosen); err != nil {
			return err
		}
	}
	for _, it := range c.chosen {
		switch taken[it.Ref].why(it) {
		case "":
			if err := c.take(ctx, it); err != nil {
				return err
			}
		case store.ItemExcluded:
			c.Excluded++
		default:
			c.Planned++
		}
	}
	c.chosen = c.chosen[:0]
	return nil
}

// take takes an item into the selection.
func (c *chooser) take(ctx context.Context, it store.PlanItem) error {
	if c.scope.each != nil {
		return c.scope.each(it)
	}
	c.Items++
	return c.draft.add(ctx, it)
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

// lookAtPlans finds out which plans keep their items, and which the new one
// supersedes: see [Selection.supersedes]; and those whose approval has expired.
func (s *Selection) lookAtPlans(ctx context.Context) error {
	d := s.deps
	plans, err := d.Store.PlansInState(ctx, livingStates()...)
	if err != nil {
		return fmt.Errorf("reading the plans: %w", err)
	}
	for _, p := range plans {
		if errors.Is(d.Rules.fresh(p, d.Now()), errExpired) {
			s.superseded = append(s.superseded, p.ID)
			continue
		}
		if p.State == store.PlanProposed {
			half, err := d.halfApproved(ctx, p.ID)
			if err != nil {
				return err
			}
			means, err := s.supersedes(ctx, p)
			if err != nil {
				return err
			}
			switch {
			case means == yes && !half:
				s.superseded = append(s.superseded, p.ID)
				continue
			case means == ignores:
				continue
			}
		}
		s.keeping = append(s.keeping, p.ID)
	}
	return nil
}

// taken is what earlier plans say of items.
func (s *Selection) taken(ctx context.Context, items []store.PlanItem) (map[string]taking, error) {
	var refs []string
	for _, it := range items {
		refs = append(refs, it.Ref)
	}
	all := map[string]taking{}
	others, err := s.deps.Store.PlansOf(ctx, refs, s.keeping)
	if err != nil {
		return nil, err
	}
	for _, it := range others {
		if toGo(it) {
			t := all[it.Ref]
			t.living = true
			all[it.Ref] = t
		}
	}
	excluded, err := s.deps.Store.Excluded(ctx, refs)
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
func (s Selection) Freeze(ctx context.Context) (_ store.Plan, err error) {
	d, now := s.deps, s.deps.Now()
	defer func() { err = errors.Join(err, s.Drop(ctx)) }() // of what is frozen there is nothing to forget
	if err := d.sane(ctx, ""); err != nil {
		return store.Plan{}, err
	}
	if s.Items == 0 {
		return store.Plan{}, ErrNothingDue
	}
	id, err := s.draft.planID(ctx)
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
		Standing:        s.scope.standing,
	}
	if err := s.draft.freeze(ctx, &plan); err != nil {
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
		detail["silent_since"] = s.draft.first.SilentSince.UTC().Format(time.RFC3339)
	}
	if len(s.superseded) > 0 {
		detail["supersedes"] = strings.Join(s.superseded[:min(len(s.superseded), 100)], " ")
	}
	return detail
}
