package retention

import "time"

// Schedule is the DPO's file of rules. Make one with [ParseSchedule].
type Schedule struct {
	Version string
	// EffectiveFrom is the first day on which the schedule may make anything
	// due; zero is always.
	EffectiveFrom time.Time
	FiscalYearEnd MonthDay
	Rules         []Rule
	// Coverage is the register of systems that slet cannot look into.
	Coverage []Uncovered

	// Margins are how much before its maximum an item of a type of source may
	// become due, so that between two looks nothing grows older than it may.
	// They are no part of the file (IT knows how often slet looks), nor of the
	// hash. A margin anticipates at most a tenth of a period, and never a minimum.
	Margins map[string]time.Duration
}

// MonthDay is a day of every year. 29 February is 28 February in most.
type MonthDay struct {
	Month time.Month
	Day   int
}

// Rule says how long some items are kept.
type Rule struct {
	ID    string // unique in the schedule
	Title string
	Basis string // the law or policy it rests on
	// Conflict says in words where the policy that the rule is made from
	// contradicts itself or another, for the DPO to settle; "" when it does not.
	// It is shown as a finding and decides nothing.
	Conflict string
	Match    Match
	// Trigger is what DeleteAfter counts from; empty without a maximum.
	Trigger Trigger
	// Fallback is counted from when Trigger's date is not known; the zero
	// value is none: review, never guess.
	Fallback Trigger
	// Waits is fallback: keep. While Trigger's date is not known the period has
	// not begun, and the rule neither makes anything due nor asks: for events
	// that may never happen, such as the end of an employment for a mailbox.
	Waits bool
	// DeleteAfter is the maximum: the item must be gone when it has passed.
	// nil without one.
	DeleteAfter *Period
	// KeepUntil is the minimum: the item must be kept until it has passed.
	// nil without one.
	KeepUntil *Minimum
	// Action is what is wanted when DeleteAfter has passed. A rule with an
	// action and no DeleteAfter (delete_after: none) has no deadline yet: what
	// it matches must be looked at. A rule with KeepUntil alone has no action.
	Action Action
	// Standing approves in advance what the rule makes due; nil without it.
	Standing *Standing
}

// Minimum is how long an item must be kept at least.
type Minimum struct {
	Trigger Trigger
	Period  Period
}

// Match selects items. Every condition that is given must hold; of the values
// of one condition any one will do. Source, SourceType, DocumentType,
// Category, Detector and Subject are compared as they are; Path, Mailbox
// and Camera are globs (doublestar, without regard to case or Unicode composition).
type Match struct {
	Source       []string
	SourceType   []string
	Path         []string // below the source's root, '/' between folders
	Mailbox      []string
	Camera       []string // globs, as Mailbox
	DocumentType []string
	Category     []string // of any match in the item
	Detector     []string // of any match in the item
	Subject      []string // keyed HMACs; the item is about one of them

	path, mailbox, camera []glob // folded; nil in a Match that was not parsed
}

// Trigger is a date that a period counts from: a date of the item, an event,
// or the end of the fiscal year in which one of these falls.
type Trigger struct {
	// Base is recorded, received, created, modified or event; "" is no trigger.
	Base string
	// Event is the event's name when Base is "event". Of several, with | between
	// the names, the latest that is known counts: see [ParseTrigger].
	Event string
	// FiscalYearEnd: the period counts from the last day of the fiscal year.
	FiscalYearEnd bool
}
