package retention

import (
	"encoding/json"
	"fmt"
	"time"
)

// Code says what kind of step a [Reason] is. Codes are stable: they are stored
// and are part of the JSON contract.
type Code string

// The steps of a decision, in the order in which they can appear.
const (
	// ReasonHeld: the hold Detail keeps the item; To is its review date.
	ReasonHeld Code = "held"
	// ReasonHeldOverdue: the same, and the review date has passed.
	ReasonHeldOverdue Code = "held_overdue"
	// ReasonArchiveLock: the archive lock Detail keeps the item until its
	// delivery to the archives is recorded.
	ReasonArchiveLock Code = "archive_lock"
	// ReasonArchiveNewer: what the archive lock Detail keeps was delivered on
	// To, but the item is newer (From; zero when its date is not known), so that
	// it cannot have been among it.
	ReasonArchiveNewer Code = "archive_newer"
	// ReasonNoRule: no rule of schedule version Detail matches.
	ReasonNoRule Code = "no_rule"
	// ReasonFallback: the date of Trigger is not known, Detail is used instead.
	ReasonFallback Code = "fallback"
	// ReasonCounts: Rule counts from Trigger, which is From. Day says that only
	// the day counts; Count is how many dates there were, the last of which is
	// From, and Detail the id of its event.
	ReasonCounts Code = "counts_from"
	// ReasonFiscalYear: From lies in the fiscal year that ends on To.
	ReasonFiscalYear Code = "fiscal_year"
	// ReasonMaximum: From + Period = To; Rule wants the item gone by then.
	// Detail says how the calendar bent the sum; see the Note constants.
	ReasonMaximum Code = "maximum"
	// ReasonMinimum: From + Period = To; Rule keeps the item until then.
	ReasonMinimum Code = "minimum"
	// ReasonUnknownEvent: no date is known for Trigger, for Count persons.
	ReasonUnknownEvent Code = "unknown_event"
	// ReasonWaits: no date is known for Trigger, and Rule keeps until one is.
	ReasonWaits Code = "waits"
	// ReasonUnknownDate: the item has no date for Trigger.
	ReasonUnknownDate Code = "unknown_date"
	// ReasonImplausible: Trigger's date From cannot be right; Detail is
	// "before_1980" or "future".
	ReasonImplausible Code = "implausible_date"
	// ReasonOthers: the item is also about Count persons whom Rule does not name.
	ReasonOthers Code = "other_subjects"
	// ReasonNoDeadline: Rule sets no maximum, a person must decide.
	ReasonNoDeadline Code = "no_deadline"
	// ReasonLongest: of several minimums the one of Rule, To, is the longest.
	ReasonLongest Code = "longest_minimum"
	// ReasonEarliest: of several maximums the one of Rule, To, is the earliest.
	ReasonEarliest Code = "earliest_maximum"
	// ReasonConflict: the maximum of Rule, From, falls before the minimum of
	// the rule Detail, To.
	ReasonConflict Code = "conflict"
	// ReasonRunning: the period runs until To.
	ReasonRunning Code = "running"
	// ReasonPassed: To has passed.
	ReasonPassed Code = "passed"
	// ReasonOnlyMinimum: the minimums have passed and no rule sets a maximum.
	ReasonOnlyMinimum Code = "only_minimum"
	// ReasonAction: Rule wants a person to look (Detail: review or report).
	ReasonAction Code = "action"
	// ReasonGaps: Count places in the item could not be examined, and Rule
	// depends on the content.
	ReasonGaps Code = "gaps"
	// ReasonGapsHold: Count places in the item could not be examined, and the
	// hold Detail is about a person who may be in them.
	ReasonGapsHold Code = "gaps_hold"
	// ReasonDoubt: the dates of the item cannot be relied on; Detail says why.
	ReasonDoubt Code = "doubtful_date"
	// ReasonMargin: Rule's maximum To is carried out from From on, so that
	// the item is not older than it may be before the next look.
	ReasonMargin Code = "margin"
	// ReasonRequest: the person has asked for erasure (GDPR art. 17), and nothing
	// in the schedule keeps the item.
	ReasonRequest Code = "request"
	// ReasonRequestOthers: the item is about Count persons besides the one who
	// asked for erasure.
	ReasonRequestOthers Code = "request_others"
	// ReasonRequestNot: the person who asked for erasure was not found in it.
	ReasonRequestNot Code = "request_not_found"
	// ReasonRequestGaps: Count places could not be examined, so that nobody
	// knows whom else it is about.
	ReasonRequestGaps Code = "request_gaps"
	// ReasonNotInForce: the schedule is not in force before To.
	ReasonNotInForce Code = "not_in_force"
)

// How the calendar bent a sum, in the Detail of a maximum or minimum.
const (
	// NoteClipped: the month has no such day, its last day was taken.
	NoteClipped = "clipped"
	// NoteGap: the clock skips that hour in spring; moved forward.
	NoteGap = "dst_gap"
	// NoteTwice: that hour comes twice in autumn; the later one was taken.
	NoteTwice = "dst_twice"
)

// Reason is one step of a decision, as data: [Reason.English] and
// [Reason.Danish] say it in words. Which fields are set, and what they mean,
// depends on the code. Reasons hold no personal data. Times are in
// Europe/Copenhagen; a reason that went through JSON equals itself.
type Reason struct {
	Code    Code      `json:"code"`
	Rule    string    `json:"rule,omitempty"`
	Trigger string    `json:"trigger,omitempty"`
	From    time.Time `json:"from,omitzero"`
	Period  string    `json:"period,omitempty"` // ISO 8601
	To      time.Time `json:"to,omitzero"`
	// Day says that the sum is one of whole days: From and To are midnights,
	// To the one at which the last day ends.
	Day    bool   `json:"day,omitempty"`
	Count  int    `json:"count,omitempty"`
	Detail string `json:"detail,omitempty"`
}

// UnmarshalJSON reads a reason back, with its times in Europe/Copenhagen.
func (r *Reason) UnmarshalJSON(b []byte) error {
	type plain Reason
	var p plain
	if err := json.Unmarshal(b, &p); err != nil {
		return fmt.Errorf("reason: %w", err)
	}
	*r = Reason(p)
	r.From, r.To = local(r.From), local(r.To)
	return nil
}

// Codes are all codes of reasons, in the order of the constants.
func Codes() []Code {
	return []Code{
		ReasonHeld, ReasonHeldOverdue, ReasonArchiveLock, ReasonArchiveNewer, ReasonNoRule, ReasonFallback, ReasonCounts, ReasonFiscalYear,
		ReasonMaximum, ReasonMinimum, ReasonUnknownEvent, ReasonWaits, ReasonUnknownDate, ReasonImplausible,
		ReasonOthers, ReasonNoDeadline, ReasonLongest, ReasonEarliest, ReasonConflict, ReasonRunning,
		ReasonPassed, ReasonOnlyMinimum, ReasonAction, ReasonGaps, ReasonGapsHold,
		ReasonDoubt, ReasonMargin,
		ReasonRequest, ReasonRequestOthers, ReasonRequestNot, ReasonRequestGaps, ReasonNotInForce,
	}
}
