package retention

import (
	"cmp"
	"slices"
	"time"
)

// item is an item's facts with what is compared in folded form.
type item struct {
	*Facts
	path, mailbox, camera string
}

func newItem(f *Facts) *item {
	return &item{Facts: f, path: fold(f.Path), mailbox: fold(f.Mailbox), camera: fold(f.Camera)}
}

// Decide says what the schedule says of an item at the time now.
//
// A hold wins over everything. Then all rules that match speak: a date that is
// not known or cannot be right is a review; the longest minimum binds; the
// earliest maximum is the one that makes the item due, unless a due rule asks
// for a person, or what could not be examined might have said otherwise. A
// maximum that falls before a minimum is a conflict until the minimum has
// passed. The order of rules and holds means nothing.
func Decide(f Facts, s *Schedule, ev Events, holds []Hold, now time.Time) Decision {
	c := &decider{it: newItem(&f), s: s, ev: ev, holds: holds, now: now}
	c.decide()
	c.hold()
	return c.out
}

// decider is one decision in the making.
type decider struct {
	it    *item
	s     *Schedule
	ev    Events
	holds []Hold
	now   time.Time
	out   Decision
}

func (c *decider) say(r Reason) { c.out.Reasons = append(c.out.Reasons, r) }

// before reports whether t is still to come; zero is past. Every question that a decision
// asks of the clock goes through here: a moment that is past stays past, so
// nothing changes until the first of those that are to come ([Decision.Next]).
func (c *decider) before(t time.Time) bool {
	if !c.now.Before(t) {
		return false
	}
	if c.out.Next.IsZero() || t.Before(c.out.Next) {
		c.out.Next = t
	}
	return true
}

// settle ends with a disposition that a verdict decides.
func (c *decider) settle(d Disposition, v *verdict, from start) {
	c.out.Disposition, c.out.Rule, c.out.Action = d, v.rule.ID, v.rule.Action
	c.out.Trigger, c.out.TriggerDate = from.trigger.String(), from.at
}

// decide settles what the rules say, holds aside.
func (c *decider) decide() {
	all := c.verdicts()
	if len(all) == 0 {
		c.out.Disposition = NoRule
		c.say(Reason{Code: ReasonNoRule, Detail: c.s.Version})
		return
	}
	for _, v := range all {
		c.out.Reasons = append(c.out.Reasons, v.reasons...)
	}
	longest, earliest := extremes(all)
	if longest != nil {
		c.out.KeepUntil = longest.keep
	}
	if i := slices.IndexFunc(all, func(v *verdict) bool { return v.doubt }); i >= 0 {
		c.settle(Review, all[i], all[i].doubtFrom)
		return
	}
	if c.it.Doubt != "" {
		c.settle(Review, all[0], start{})
		c.say(Reason{Code: ReasonDoubt, Detail: c.it.Doubt})
		return
	}
	if earliest != nil {
		c.out.Due = earliest.due
	}
	c.sayWhichBind(all, longest, earliest)
	switch {
	case longest != nil && c.before(longest.keep):
		c.minimumRuns(longest, earliest)
	case earliest == nil:
		c.noMaximum(all, longest)
	case c.before(c.early(earliest)):
		c.settle(Keep, earliest, earliest.dueFrom)
		c.say(Reason{Code: ReasonRunning, Rule: earliest.rule.ID, To: earliest.due})
	default:
		c.past(all, longest, earliest)
	}
}

// verdicts are those of the rules that match, by rule id.
func (c *decider) verdicts() []*verdict {
	var all []*verdict
	for i := range c.s.Rules {
		if r := &c.s.Rules[i]; r.Match.content(c.it) && r.Match.place(c.it) && !r.Match.empty() {
			all = append(all, c.judge(r))
		}
	}
	slices.SortStableFunc(all, func(a, b *verdict) int { return cmp.Compare(a.rule.ID, b.rule.ID) })
	return all
}

// extremes returns the verdicts with the longest minimum and with the earliest
// maximum; nil where there is none. The first by id wins a tie.
func extremes(all []*verdict) (longest, earliest *verdict) {
	for _, v := range all {
		if !v.keep.IsZero() && (longest == nil || v.keep.After(longest.keep)) {
			longest = v
		}
		if !v.due.IsZero() && (earliest == nil || v.due.Before(earliest.due)) {
			earliest = v
		}
	}
	return longest, earliest
}

// sayWhichBind names the binding minimum and maximum where there are several.
func (c *decider) sayWhichBind(all []*verdict, longest, earliest *verdict) {
	var mins, maxs int
	for _, v := range all {
		if !v.keep.IsZero() {
			mins++
		}
		if !v.due.IsZero() {
			maxs++
		}
	}
	if mins > 1 {
		c.say(Reason{Code: ReasonLongest, Rule: longest.rule.ID, To: longest.keep, Count: mins})
	}
	if maxs > 1 {
		c.say(Reason{Code: ReasonEarliest, Rule: earliest.rule.ID, To: earliest.due, Count: maxs})
	}
}

// minimumRuns settles an item that must not be gone yet.
func (c *decider) minimumRuns(longest, earliest *verdict) {
	if earliest != nil && earliest.due.Before(longest.keep) {
		c.settle(Conflict, earliest, earliest.dueFrom)
		c.say(Reason{Code: ReasonConflict, Rule: earliest.rule.ID, From: earliest.due, To: longest.keep, Detail: longest.rule.ID})
		return
	}
	c.settle(Keep, longest, longest.keepFrom)
	c.say(Reason{Code: ReasonRunning, Rule: longest.rule.ID, To: longest.keep})
}

// noMaximum settles an item that nothing says must be gone: a rule without a
// deadline, or minimums that have passed. A person must say, unless a rule
// waits for its event.
func (c *decider) noMaximum(all []*verdict, longest *verdict) {
	if i := slices.IndexFunc(all, (*verdict).open); i >= 0 {
		c.settle(Review, all[i], start{}) // its reason is among those given
		return
	}
	if i := slices.IndexFunc(all, func(v *verdict) bool { return v.waits }); i >= 0 {
		c.settle(Keep, all[i], all[i].dueFrom)
		return
	}
	c.settle(Review, longest, longest.keepFrom)
	c.say(Reason{Code: ReasonOnlyMinimum, Rule: longest.rule.ID, To: longest.keep})
}

// past settles an item whose maximum has passed and that no minimum keeps.
func (c *decider) past(all []*verdict, longest, earliest *verdict) {
	if longest != nil {
		c.say(Reason{Code: ReasonPassed, Rule: longest.rule.ID, To: longest.keep})
	}
	if c.before(earliest.due) {
		c.say(Reason{Code: ReasonMargin, Rule: earliest.rule.ID, From: local(c.early(earliest)), To: earliest.due})
	} else {
		c.say(Reason{Code: ReasonPassed, Rule: earliest.rule.ID, To: earliest.due})
	}
	var asks *verdict
	for _, v := range all {
		if c.asks(v, earliest) && (asks == nil || v.due.Before(asks.due)) {
			asks = v
		}
	}
	switch {
	case asks != nil:
		c.settle(Review, asks, asks.dueFrom)
		if !asks.open() {
			c.say(Reason{Code: ReasonAction, Rule: asks.rule.ID, Detail: string(asks.rule.Action)})
		}
	case c.hidden(all, earliest):
		c.settle(Review, earliest, earliest.dueFrom)
	case c.before(c.s.EffectiveFrom):
		c.settle(Keep, earliest, earliest.dueFrom)
		c.say(Reason{Code: ReasonNotInForce, To: local(c.s.EffectiveFrom)})
	default:
		c.settle(Due, earliest, earliest.dueFrom)
	}
}

// early is when a maximum may begin to be carried out: the margin of the
// item's type of source before it is due.
func (c *decider) early(v *verdict) time.Time {
	margin := min(c.s.Margins[c.it.SourceType], v.due.Sub(v.dueFrom.at)/10)
	if v.rule.Action != ActionErase || margin <= 0 {
		return v.due
	}
	return v.due.Add(-margin)
}

// asks reports whether the verdict's rule wants a person to look at what the
// earliest maximum makes due: what a margin lets go early must not slip by a
// rule that would ask at its own due date.
func (c *decider) asks(v, earliest *verdict) bool {
	if v.open() {
		return true
	}
	margin := earliest.due.Sub(c.early(earliest))
	return v.rule.Action != ActionErase && !v.due.IsZero() && !c.before(v.due.Add(-margin))
}

// hidden reports, with its reasons, whether what could not be examined in the
// item might have kept it: an item with gaps is never erased for its content,
// nor in spite of it. It may be of another document type, and about persons
// whom a rule does not name, whose dates are not known, or whom a hold is about.
func (c *decider) hidden(all []*verdict, earliest *verdict) bool {
	if c.it.Gaps == 0 {
		return false
	}
	said := len(c.out.Reasons)
	for _, v := range all {
		if v == earliest && v.rule.Match.hasContent() || v.bySubject || len(v.rule.Match.Subject) > 0 {
			c.say(Reason{Code: ReasonGaps, Rule: v.rule.ID, Count: c.it.Gaps})
		}
	}
	for _, r := range c.sortedRules() {
		if !r.Match.hasContent() || r.Match.content(c.it) || !r.Match.place(c.it) {
			continue
		}
		if v := c.judge(r); r.KeepUntil != nil || len(r.Match.Subject) > 0 || v.doubt || c.asks(v, earliest) {
			c.say(Reason{Code: ReasonGaps, Rule: r.ID, Count: c.it.Gaps})
		}
	}
	for _, h := range c.holding() {
		if h.hasContent() {
			c.before(h.Released)
			c.say(Reason{Code: ReasonGapsHold, Detail: h.ID, Count: c.it.Gaps})
		}
	}
	return len(c.out.Reasons) > said
}

func (c *decider) sortedRules() []*Rule {
	rules := make([]*Rule, len(c.s.Rules))
	for i := range c.s.Rules {
		rules[i] = &c.s.Rules[i]
	}
	slices.SortStableFunc(rules, func(a, b *Rule) int { return cmp.Compare(a.ID, b.ID) })
	return rules
}
