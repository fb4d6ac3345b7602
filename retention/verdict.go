package retention

import (
	"slices"
	"time"
)

// verdict is what one rule says of one item.
type verdict struct {
	rule *Rule
	// due and keep are when its maximum and its minimum fall, and the starts
	// what they count from; zero without one.
	due, keep         time.Time
	dueFrom, keepFrom start
	// doubt: a date that the rule needs is not known or cannot be right, or
	// the rule does not speak for everybody in the item.
	doubt bool
	// waits: the event that the period counts from is not known to have
	// happened, and the rule says to keep until it is.
	waits     bool
	doubtFrom start
	// bySubject: an event of a person found in the content gave the date.
	bySubject bool
	reasons   []Reason
}

// open reports whether the rule matches without having a deadline.
func (v *verdict) open() bool { return v.rule.Action != "" && v.rule.DeleteAfter == nil }

// say adds a step, unless the minimum would only repeat the maximum's.
func (v *verdict) say(r Reason) {
	if !slices.Contains(v.reasons, r) {
		v.reasons = append(v.reasons, r)
	}
}

// judge asks one rule.
func (c *decider) judge(r *Rule) *verdict {
	v := &verdict{rule: r}
	if r.DeleteAfter != nil {
		from, ok := c.startOf(v, r.Trigger, r.Fallback, r.Waits)
		v.dueFrom = from
		if ok {
			v.due = v.sum(from, *r.DeleteAfter, ReasonMaximum)
		}
		if n := r.Match.others(c.it); n > 0 {
			v.say(Reason{Code: ReasonOthers, Rule: r.ID, Count: n})
			v.doubtAt(from)
		}
	}
	if v.open() {
		v.say(Reason{Code: ReasonNoDeadline, Rule: r.ID})
	}
	if r.KeepUntil != nil {
		from, ok := c.startOf(v, r.KeepUntil.Trigger, Trigger{}, false)
		v.keepFrom = from
		if ok {
			v.keep = v.sum(from, r.KeepUntil.Period, ReasonMinimum)
		}
	}
	return v
}

// doubtAt records the first doubt.
func (v *verdict) doubtAt(from start) {
	if !v.doubt {
		v.doubt, v.doubtFrom = true, from
	}
}

// start is what a period counts from: an instant, or a whole day.
type start struct {
	trigger Trigger
	at      time.Time // the instant, or the day's midnight; zero when not known
	whole   bool      // only the day counts
}

// startOf finds the date of a trigger. ok is false, and the verdict in doubt,
// when it is not known (and there is no fallback) or cannot be right. A date
// that cannot be right is not replaced by the fallback: something is wrong.
func (c *decider) startOf(v *verdict, t, fallback Trigger, waits bool) (from start, ok bool) {
	from = start{trigger: t}
	at, k := c.date(v, t)
	if at.IsZero() && fallback.Base != "" {
		v.say(Reason{Code: ReasonFallback, Rule: v.rule.ID, Trigger: t.String(), Detail: fallback.String()})
		t, from = fallback, start{trigger: fallback}
		at, k = c.date(v, t)
	}
	base := t.base()
	why := ""
	switch {
	case at.IsZero() && waits:
		v.say(Reason{Code: ReasonWaits, Rule: v.rule.ID, Trigger: base})
		v.waits = true
		return from, false
	case at.IsZero() && t.Base == baseEvent:
		v.say(Reason{Code: ReasonUnknownEvent, Rule: v.rule.ID, Trigger: base, Count: k.missing})
		v.doubtAt(from)
		return from, false
	case at.IsZero():
		v.say(Reason{Code: ReasonUnknownDate, Rule: v.rule.ID, Trigger: base})
		v.doubtAt(from)
		return from, false
	default:
		why = c.implausible(at)
	}
	if why != "" {
		v.say(Reason{Code: ReasonImplausible, Rule: v.rule.ID, Trigger: base, From: local(at), Detail: why})
		v.doubtAt(from)
		return from, false
	}
	from.at, from.whole = local(at), t.Base == baseEvent
	if from.whole {
		from.at = dayOf(at).start()
	}
	v.say(Reason{Code: ReasonCounts, Rule: v.rule.ID, Trigger: base, From: from.at, Day: from.whole, Count: k.dates, Detail: k.event})
	if t.FiscalYearEnd {
		d := dayOf(at)
		end := c.s.FiscalYearEnd.onOrAfter(d)
		from.at, from.whole = end.start(), true
		v.say(Reason{Code: ReasonFiscalYear, Rule: v.rule.ID, From: d.start(), To: from.at, Day: true})
	}
	return from, true
}

// date looks a trigger's date up: zero when it is not known. k says more of
// that of an event.
func (c *decider) date(v *verdict, t Trigger) (at time.Time, k known) {
	switch t.Base {
	case baseRecorded:
		at = c.it.Recorded
	case baseReceived:
		at = c.it.Received
	case baseCreated:
		at = c.it.Created
	case baseModified:
		at = c.it.Modified
	case baseEvent:
		k = c.ev.latest(t.Event, c.it)
		v.bySubject = v.bySubject || k.bySubject
		return k.date, k
	}
	return at, k
}

// sum adds a period to a start, and says so.
func (v *verdict) sum(from start, p Period, code Code) time.Time {
	r := Reason{Code: code, Rule: v.rule.ID, From: from.at, Period: p.String(), Day: from.whole}
	if from.whole {
		last, clipped := dayOf(from.at).plus(p)
		if clipped {
			r.Detail = NoteClipped
		}
		r.To = last.end()
	} else {
		r.To, r.Detail = addInstant(from.at, p)
	}
	v.say(r)
	return r.To
}
