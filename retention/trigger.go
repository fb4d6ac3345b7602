package retention

import (
	"fmt"
	"slices"
	"strings"
	"time"
)

// What a period can count from.
const (
	baseRecorded = "recorded"
	baseReceived = "received"
	baseCreated  = "created"
	baseModified = "modified"
	baseEvent    = "event"
)

const (
	triggerForm = "recorded, received, created, modified, event:NAME, latest(event:NAME, event:NAME) or fiscal_year_end(one of these)"
	latestWord  = "latest"
	fiscalWord  = "fiscal_year_end"
)

// ParseTrigger reads a trigger: recorded, received, created, modified,
// event:NAME, latest(event:NAME, event:NAME, …) or fiscal_year_end(one of
// these). latest counts from the last of those events that are known; that some
// never happen is no doubt, that none is known is.
func ParseTrigger(s string) (Trigger, error) {
	if inner, ok := strings.CutPrefix(s, fiscalWord+"("); ok {
		inner, ok = strings.CutSuffix(inner, ")")
		if !ok {
			return Trigger{}, fmt.Errorf("%q is not a trigger: the closing ) is missing", s)
		}
		t, err := ParseTrigger(strings.TrimSpace(inner))
		if err != nil {
			return Trigger{}, err
		}
		if t.FiscalYearEnd {
			return Trigger{}, fmt.Errorf("%q is not a trigger: %s inside %s", s, fiscalWord, fiscalWord)
		}
		t.FiscalYearEnd = true
		return t, nil
	}
	if inner, ok := strings.CutPrefix(s, latestWord+"("); ok {
		return parseLatest(s, inner)
	}
	if name, ok := strings.CutPrefix(s, baseEvent+":"); ok {
		name, err := EventName(strings.TrimSpace(name))
		if err != nil {
			return Trigger{}, fmt.Errorf("%q is not a trigger: %w", s, err)
		}
		return Trigger{Base: baseEvent, Event: name}, nil
	}
	switch s {
	case baseRecorded, baseReceived, baseCreated, baseModified:
		return Trigger{Base: s}, nil
	}
	known := []string{baseRecorded, baseReceived, baseCreated, baseModified, fiscalWord + "(…)", latestWord + "(…)", baseEvent + ":…"}
	return Trigger{}, fmt.Errorf("%q is not a trigger%s; expected %s", s, didYouMean(s, known), triggerForm)
}

// parseLatest reads what stands behind "latest(".
func parseLatest(s, inner string) (Trigger, error) {
	inner, ok := strings.CutSuffix(inner, ")")
	if !ok {
		return Trigger{}, fmt.Errorf("%q is not a trigger: the closing ) is missing", s)
	}
	var names []string
	for part := range strings.SplitSeq(inner, ",") {
		t, err := ParseTrigger(strings.TrimSpace(part))
		switch {
		case err != nil:
			return Trigger{}, err
		case t.Base != baseEvent || t.FiscalYearEnd || strings.Contains(t.Event, eventSeparator):
			return Trigger{}, fmt.Errorf("%q is not a trigger: %s takes events, such as %s(event:fraflytning, event:sag_afsluttet)", s, latestWord, latestWord)
		case slices.Contains(names, t.Event):
			return Trigger{}, fmt.Errorf("%q is not a trigger: it names the event %s twice", s, t.Event)
		}
		names = append(names, t.Event)
	}
	if len(names) < 2 {
		return Trigger{}, fmt.Errorf("%q is not a trigger: %s needs at least two events", s, latestWord)
	}
	slices.Sort(names)
	return Trigger{Base: baseEvent, Event: strings.Join(names, eventSeparator)}, nil
}

// eventSeparator parts the names in Trigger.Event; no name can hold it.
const eventSeparator = "|"

// String is the trigger as it is written in a schedule; "" for none.
func (t Trigger) String() string {
	if t.FiscalYearEnd {
		return fiscalWord + "(" + t.base() + ")"
	}
	return t.base()
}

// base is the trigger without the fiscal year.
func (t Trigger) base() string {
	if t.Base == baseEvent && strings.Contains(t.Event, eventSeparator) {
		return latestWord + "(" + baseEvent + ":" + strings.ReplaceAll(t.Event, eventSeparator, ", "+baseEvent+":") + ")"
	}
	if t.Base == baseEvent {
		return baseEvent + ":" + t.Event
	}
	return t.Base
}

// ParseMonthDay reads MM-DD.
func ParseMonthDay(s string) (MonthDay, error) {
	t, err := time.Parse("2006-01-02", "2000-"+s) // a leap year: 02-29 is allowed
	if err != nil || len(s) != len("01-02") {
		return MonthDay{}, fmt.Errorf("%q is not a day of the year; expected MM-DD, such as 12-31", s)
	}
	return MonthDay{t.Month(), t.Day()}, nil
}

// String is MM-DD; "" for the zero value.
func (md MonthDay) String() string {
	if md == (MonthDay{}) {
		return ""
	}
	return fmt.Sprintf("%02d-%02d", int(md.Month), md.Day)
}

// onOrAfter is the first such day on or after d. The zero value is 31 December.
func (md MonthDay) onOrAfter(d day) day {
	if md == (MonthDay{}) {
		md = MonthDay{time.December, 31}
	}
	in := func(year int) day { return day{year, md.Month, min(md.Day, daysIn(year, md.Month))} }
	if e := in(d.year); d.month < e.month || d.month == e.month && d.day <= e.day {
		return e
	}
	return in(d.year + 1)
}
