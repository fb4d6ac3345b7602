package erase

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"

	"github.com/sletdk/slet/audit"
	"github.com/sletdk/slet/store"
)

// standingMark ends the approver's name of a plan that a standing approval has
// approved. Nobody who reads the plan may think that a person looked at it.
const standingMark = " (stående godkendelse)"

// standing reports whether a standing approval, and no person, approved the plan.
func standing(p store.Plan) bool { return p.Standing && strings.HasSuffix(p.Approver, standingMark) }

// standingHolds: precondition. What a standing approval has approved, it covers
// at this moment, by the rule that the item was planned under.
func (d Deps) standingHolds(plan store.Plan, it store.PlanItem) error {
	if !standing(plan) {
		return nil // it waits, or a person has approved it
	}
	rule := d.Schedule.Rule(it.Rule)
	switch {
	case !it.SilentSince.IsZero():
		return refuse(store.ItemRefused, "%w: its camera is silent, which a standing approval does not cover", ErrRefused)
	case rule == nil || !rule.Standing.Holds(d.Now()):
		return refuse(store.ItemRefused, "%w: the standing approval of rule %s is not in force", ErrRefused, it.Rule)
	case it.SourceType != "cctv" || plan.Approver != rule.Standing.By+standingMark:
		return refuse(store.ItemRefused, "%w: the standing approval of rule %s does not cover it", ErrRefused, it.Rule)
	}
	return nil
}

// approveStanding records the yes that a rule carries. Every item must be one
// that it covers, and all of them together what one run may erase.
func (r *Runner) approveStanding(ctx context.Context, id string) error {
	plan, err := r.load(ctx, id)
	if err != nil {
		return err
	}
	first, err := r.Store.FirstPlanItem(ctx, id)
	if errors.Is(err, store.ErrNotFound) {
		return ErrNothingDue
	}
	if err != nil {
		return err
	}
	rule := r.Schedule.Rule(first.Rule)
	if rule == nil || rule.Standing == nil {
		return fmt.Errorf("%w: rule %s carries no standing approval", ErrRefused, first.Rule)
	}
	given := plan
	given.Approver = rule.Standing.By + standingMark
	for it, err := range r.Store.EachPlanItem(ctx, id) {
		if err != nil {
			return err
		}
		if it.Rule != rule.ID || !plan.Standing {
			return fmt.Errorf("%w: plan %s is not one for the standing approval of rule %s", ErrRefused, id, rule.ID)
		}
		if err := r.standingHolds(given, it); err != nil {
			return fmt.Errorf("plan %s: %w", id, err)
		}
	}
	if err := r.Rules.mayApprove(rule.Standing.By, rule.Standing.By); err != nil {
		return err
	}
	if err := r.withinOneRun(ctx, id); err != nil {
		return err
	}
	if err := r.sane(ctx, id); err != nil {
		return err
	}
	if err := r.keepsItsWord(ctx, plan); err != nil {
		return err
	}
	// The log first, as in Approve.
	err = r.log(audit.Entry{Type: audit.TypePlanApproved, Actor: rule.Standing.By, Plan: id, Detail: map[string]string{
		"hash": plan.Hash, "account": r.Actor, "items": strconv.Itoa(plan.Items),
		"standing": rule.ID, "rule_hash": rule.Hash(), "until": rule.Standing.Until.Format("2006-01-02"),
	}})
	if err != nil {
		return err
	}
	if err := r.Store.ApprovePlan(ctx, id, plan.Hash, given.Approver, r.Now(), nil); err != nil {
		return fmt.Errorf("approving plan %s: %w", id, err)
	}
	return remember(ctx, r.Store, r.Log)
}

// withinOneRun checks that one run may erase all items of a plan: what no person
// has looked at never meets a brake on its way.
func (r *Runner) withinOneRun(ctx context.Context, plan string) error {
	x := &execution{Runner: r, fromSource: map[string]int{}}
	var err error
	if x.sizes, err = r.sourceSizes(ctx); err != nil {
		return err
	}
	for it, err := range r.Store.EachPlanItem(ctx, plan) {
		if err != nil {
			return err
		}
		if err := x.withinBrakes(it); err != nil {
			return fmt.Errorf("%w; a person must approve it", err)
		}
		x.count(it)
	}
	return nil
}

// Swept is what a sweep has done.
type Swept struct {
	// Due is how many recordings standing approvals would erase now. Without
	// enforce mode, or an eraser of the source, a sweep goes no further.
	Due int
	// Uncovered is how many more are due, that no standing approval covers.
	Uncovered int
	// Ran are the plans that were carried out, with what became of them.
	Ran     []string
	Summary Summary
	// Waiting are plans that wait for a person, and why each does.
	Waiting []Waiting
	// Clock says why the clock is not trusted; nothing was approved then.
	Clock error
}

// Waiting is a plan that a sweep could not approve by itself.
type Waiting struct {
	Plan string
	Why  error
}

// errSilent is why a plan about a silent camera waits.
var errSilent = errors.New("a camera has fallen silent, and all it has is past its period: a person must approve that nothing is left of it")

// Sweep erases what is due of a source's recordings under standing approvals,
// one plan for each rule, and proposes a plan of its own for each camera that
// has fallen silent. It is called after every scan, each hour or so. Whatever a
// standing approval does not cover waits for a person, and is in Waiting.
//
// Errors are as for [Runner.Run]; what was swept by then is returned with them.
func (r *Runner) Sweep(ctx context.Context, source string, report func(Result)) (swept Swept, err error) {
	if err := r.sweepOpen(ctx, source, &swept, report); err != nil {
		return swept, err
	}
	enforced := r.enforced() && r.Erasers[source] != nil // a recorder whose files are only verified gives no eraser
	if enforced {
		if swept.Clock, err = r.doubtClock(ctx, source); err != nil {
			return swept, err
		}
	}
	c := covered{rules: map[string]*draft{}, freeze: enforced && swept.Clock == nil}
	defer func() { err = errors.Join(err, c.drop(ctx)) }()
	s, err := r.choose(ctx, scope{source: source, standing: true, each: func(it store.PlanItem) error { return c.add(ctx, r.Deps, it) }})
	if err != nil {
		return swept, err
	}
	swept.Due, swept.Uncovered = c.due, c.uncovered
	if !enforced {
		return swept, nil
	}
	if c.freeze {
		for _, rule := range c.order {
			part := s
			part.draft, part.Items = c.rules[rule], c.rules[rule].items
			if err := r.sweepRule(ctx, part, &swept, report); err != nil {
				return swept, err
			}
			s.superseded = nil // they are dead now
		}
	}
	return swept, r.sweepSilent(ctx, s, &swept)
}

// covered counts what standing approvals cover, and puts it into a plan for each
// rule if it is to be frozen.
type covered struct {
	freeze         bool
	rules          map[string]*draft
	order          []string
	due, uncovered int
}

func (c *covered) add(ctx context.Context, d Deps, it store.PlanItem) error {
	rule := d.Schedule.Rule(it.Rule)
	if rule == nil || it.SourceType != "cctv" || !rule.Standing.Holds(d.Now()) {
		c.uncovered++
		return nil
	}
	c.due++
	if !c.freeze {
		return nil
	}
	if c.rules[rule.ID] == nil {
		c.rules[rule.ID] = &draft{deps: d}
		c.order = append(c.order, rule.ID)
	}
	return c.rules[rule.ID].add(ctx, it)
}

// drop forgets what was not frozen.
func (c *covered) drop(ctx context.Context) error {
	var errs []error
	for _, p := range c.rules {
		errs = append(errs, p.drop(ctx))
	}
	return errors.Join(errs...)
}

// sweepOpen carries on with what an earlier sweep approved and did not finish.
func (r *Runner) sweepOpen(ctx context.Context, source string, swept *Swept, report func(Result)) error {
	plans, err := r.Store.PlansInState(ctx, livingStates()...)
	if err != nil {
		return fmt.Errorf("reading the plans: %w", err)
	}
	for _, p := range plans {
		if p.State == store.PlanProposed && !p.Standing {
			continue // what it holds and a standing approval covers goes all the same
		}
		first, err := r.Store.FirstPlanItem(ctx, p.ID)
		if err != nil && !errors.Is(err, store.ErrNotFound) {
			return err
		}
		if err != nil || first.Item.Source != source {
			continue
		}
		if p.State == store.PlanProposed {
			swept.Waiting = append(swept.Waiting, Waiting{p.ID, r.whyWaiting(ctx, p.ID)})
			continue
		}
		if !standing(p) {
			swept.Waiting = append(swept.Waiting, Waiting{p.ID, fmt.Errorf("approved by %s, and not carried out: slet erase %s", p.Approver, p.ID)})
			continue
		}
		if !r.enforced() {
			continue
		}
		if err := r.sweepPlan(ctx, p.ID, swept, report); err != nil && !errors.Is(err, ErrRefused) {
			return err
		} else if err != nil {
			swept.Waiting = append(swept.Waiting, Waiting{p.ID, err})
		}
	}
	return nil
}

// whyWaiting says what keeps a plan from being approved by itself.
func (r *Runner) whyWaiting(ctx context.Context, plan string) error {
	if err := r.withinOneRun(ctx, plan); err != nil {
		return err
	}
	return fmt.Errorf("%w: it was more than a standing approval may do by itself", ErrRefused)
}

// sweepRule plans, approves and carries out what one rule's approval covers.
func (r *Runner) sweepRule(ctx context.Context, s Selection, swept *Swept, report func(Result)) error {
	plan, err := s.Freeze(ctx)
	if err != nil {
		return err
	}
	err = r.approveStanding(ctx, plan.ID)
	if errors.Is(err, ErrRefused) {
		swept.Waiting = append(swept.Waiting, Waiting{plan.ID, err})
		return nil
	}
	if err != nil {
		return err
	}
	return r.sweepPlan(ctx, plan.ID, swept, report)
}

func (r *Runner) sweepPlan(ctx context.Context, id string, swept *Swept, report func(Result)) error {
	sum, err := r.Run(ctx, id, report)
	swept.Ran = append(swept.Ran, id)
	swept.Summary.add(sum)
	return err
}

func (s *Summary) add(o Summary) {
	s.WouldErase, s.Erased, s.Changed, s.Held = s.WouldErase+o.WouldErase, s.Erased+o.Erased, s.Changed+o.Changed, s.Held+o.Held
	s.Gone, s.Refused, s.Failed, s.Unknown = s.Gone+o.Gone, s.Refused+o.Refused, s.Failed+o.Failed, s.Unknown+o.Unknown
	s.Bytes, s.Interrupted, s.Kept, s.Left = s.Bytes+o.Bytes, s.Interrupted+o.Interrupted, s.Kept+o.Kept, s.Left+o.Left
}

// sweepSilent proposes a plan for each camera that has fallen silent and has
// none yet.
func (r *Runner) sweepSilent(ctx context.Context, s Selection, swept *Swept) error {
	for cam := range s.silent {
		waiting, err := r.silentPlan(ctx, cam)
		if err != nil {
			return err
		}
		if waiting == "" {
			own, err := SelectSilent(ctx, r.Deps, cam.source, cam.name)
			if err != nil {
				return err
			}
			plan, err := own.Freeze(ctx)
			if errors.Is(err, ErrNothingDue) {
				continue // held, excluded, or in a plan already
			}
			if err != nil {
				return err
			}
			waiting = plan.ID
		}
		swept.Waiting = append(swept.Waiting, Waiting{waiting, errSilent})
	}
	return nil
}

// silentPlan returns the plan that waits about a silent camera, "" if none does.
func (d Deps) silentPlan(ctx context.Context, cam camera) (string, error) {
	plans, err := d.Store.PlansInState(ctx, store.PlanProposed)
	if err != nil {
		return "", fmt.Errorf("reading the plans: %w", err)
	}
	for _, p := range plans {
		first, err := d.Store.FirstPlanItem(ctx, p.ID)
		if err != nil && !errors.Is(err, store.ErrNotFound) {
			return "", err
		}
		if err == nil && !first.SilentSince.IsZero() && cameraOf(first.Item) == cam {
			return p.ID, nil
		}
	}
	return "", nil
}
