package retention

import (
	"slices"
	"strings"
	"time"
)

// RequestRule begins the rule of what is erased because the person asked for it
// (GDPR art. 17); the keyed HMAC of the person follows.
const RequestRule = "GDPR-17 "

// RequestedBy returns the person of a rule that [DecideRequest] gave, and false
// for a rule of a schedule.
func RequestedBy(rule string) (subject string, ok bool) {
	subject, ok = strings.CutPrefix(rule, RequestRule)
	return subject, ok && subject != ""
}

// DecideRequest says whether an item may be erased because the person asked for
// it: Due under [RequestRule] when the person is the only one that it is about,
// all of it could be examined, and neither a minimum nor a hold nor an archive
// lock keeps it. A minimum whose date is not known keeps it too: the right to
// erasure ends where a law demands that something is kept (art. 17(3)).
//
// It is as pure as [Decide].
func DecideRequest(f Facts, subject string, s *Schedule, ev Events, holds []Hold, now time.Time) Decision {
	c := &decider{it: newItem(&f), s: s, ev: ev, holds: holds, now: now}
	c.request(subject)
	c.hold()
	return c.out
}

func (c *decider) request(subject string) {
	c.out.Disposition, c.out.Rule = Review, RequestRule+subject
	stop := func(d Disposition, r Reason) {
		c.out.Disposition = d
		c.say(r)
	}
	switch {
	case subject == "" || !slices.Contains(c.it.Subjects, subject):
		stop(Review, Reason{Code: ReasonRequestNot})
		return
	case len(c.it.Subjects) > 1:
		stop(Review, Reason{Code: ReasonRequestOthers, Count: len(c.it.Subjects) - 1})
		return
	case c.it.Gaps > 0:
		stop(Review, Reason{Code: ReasonRequestGaps, Count: c.it.Gaps})
		return
	}
	for _, v := range c.verdicts() {
		switch {
		case v.rule.KeepUntil == nil:
			continue
		case c.it.Doubt != "":
			stop(Review, Reason{Code: ReasonDoubt, Detail: c.it.Doubt})
			return
		case v.keep.IsZero():
			c.out.Reasons = append(c.out.Reasons, v.reasons...)
			return // its reasons say which date is not known
		case c.before(v.keep):
			c.out.Reasons = append(c.out.Reasons, v.reasons...)
			c.out.KeepUntil = v.keep
			stop(Keep, Reason{Code: ReasonRunning, Rule: v.rule.ID, To: v.keep})
			return
		}
	}
	c.out.Action, c.out.Due = ActionErase, dayOf(c.now).start()
	c.before(dayOf(c.now).end())
	stop(Due, Reason{Code: ReasonRequest})
}
