package retention

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"slices"
	"time"

	"go.yaml.in/yaml/v3"
)

// Standing is a named person's yes in advance: what the rule makes due is
// erased without being asked about each time. It is for recordings only, where
// something is due every hour, and ends by itself.
type Standing struct {
	By string
	// From and Until are the first day and the last.
	From, Until time.Time
}

// maxStanding is how long a standing approval may run, in years.
const maxStanding = 1

// Holds reports whether the approval is in force at the time now.
func (s *Standing) Holds(now time.Time) bool {
	return s != nil && s.By != "" && !now.Before(s.From) && now.Before(dayOf(s.Until).plusDays(1).start())
}

// Rule returns the rule with that id, nil if there is none.
func (s *Schedule) Rule(id string) *Rule {
	if i := slices.IndexFunc(s.Rules, func(r Rule) bool { return r.ID == id }); i >= 0 {
		return &s.Rules[i]
	}
	return nil
}

// Hash is the SHA-256, in hex, of what the rule means.
func (r *Rule) Hash() string {
	b, err := json.Marshal(canonical(r))
	if err != nil { // strings and numbers only: cannot happen
		panic("retention: canonical form: " + err.Error())
	}
	sum := sha256.Sum256(b)
	return hex.EncodeToString(sum[:])
}

// RecordedBefore returns a moment such that no recording made after it can be
// due at the time now, by whatever rule. A zero moment says that there is none:
// some rule does not count from when a recording was made.
func (s *Schedule) RecordedBefore(now time.Time) time.Time {
	const slack = 26 * time.Hour // the calendar bends a sum of days by an hour, and a month is counted as 28 days
	shortest := time.Duration(-1)
	for i := range s.Rules {
		r := &s.Rules[i]
		switch {
		case !oneOf(r.Match.SourceType, typeCCTV):
		case r.DeleteAfter == nil:
		case r.Trigger.Base != baseRecorded:
			return time.Time{}
		default:
			period := time.Duration(r.DeleteAfter.months()*28+r.DeleteAfter.days()) * 24 * time.Hour
			period -= min(max(s.Margins[typeCCTV], 0), period/10+time.Hour) + slack
			if period = max(period, 0); shortest < 0 || period < shortest {
				shortest = period
			}
		}
	}
	return now.Add(-max(shortest, 0))
}

// typeCCTV is the type of source that recordings come from.
const typeCCTV = "cctv"

// standing reads a rule's standing_approval.
func (p *parser) standing(n *yaml.Node, r *Rule, where string) {
	where += ": standing_approval"
	f, ok := p.fields(n, where, "by", "from", "until")
	if !ok {
		return
	}
	var s Standing
	if v := p.required(f, n, where, "by", "the name of the person who approves"); v != nil {
		if s.By, ok = p.text(v, where+": by", "a name"); ok && s.By == "" {
			p.errorf(v, where+": by", "expected the name of the person who approves, found an empty text")
		}
	}
	day := func(key, expected string) (t time.Time) {
		v := p.required(f, n, where, key, expected)
		if v == nil {
			return t
		}
		if text, ok := p.text(v, where+": "+key, "a date such as 2026-11-21"); ok {
			t, err := time.ParseInLocation(time.DateOnly, text, copenhagen)
			if err != nil {
				p.errorf(v, where+": "+key, "%q is not a date; expected one such as 2026-11-21", text)
			}
			return t
		}
		return t
	}
	s.From, s.Until = day("from", "its first day"), day("until", "its last day")
	switch {
	case s.From.IsZero() || s.Until.IsZero():
	case s.Until.Before(s.From):
		p.errorf(n, where, "it ends before it begins")
	case !s.Until.Before(s.From.AddDate(maxStanding, 0, 0)):
		p.errorf(n, where, "it runs from %s until %s; a standing approval runs for a year at most", s.From.Format(time.DateOnly), s.Until.Format(time.DateOnly))
	}
	if !slices.Equal(r.Match.SourceType, []string{typeCCTV}) {
		p.errorf(n, where, "only a rule for recordings alone may carry one; expected match.source_type: [cctv]")
	}
	if r.Action != ActionErase {
		p.errorf(n, where, "means nothing without action: erase")
	}
	r.Standing = &s
}
