// Package retention decides, from a schedule, what may be kept and what is due.
//
// [Decide] is pure: the same facts, schedule, events, holds and clock give the
// same [Decision], with every step of the date arithmetic in its reasons.
// Calendar arithmetic is done in Europe/Copenhagen (the zone data is embedded).
//
// Doubt keeps. No date, an implausible date, an event that is not known, a
// maximum that falls before a minimum, content that could not be examined:
// each ends in review or conflict, never in due.
//
// The package is a leaf: it imports no other package of slet.
package retention

import "time"

// Facts are what is known of an item when the rules are asked.
type Facts struct {
	Source, SourceType string
	Path, Mailbox      string
	Kind               string

	Created, Modified, Received, Recorded time.Time // zero when not known

	// Camera made the recording; "" for what is none, or when not known.
	Camera string
	// End is when a recording ends; zero when not known.
	End time.Time
	// Dated says what Recorded rests on. A date of first_seen or modified says
	// only that the recording is no younger.
	Dated string
	// Doubt says why the dates cannot be relied on; such an item is never due.
	Doubt string

	DocumentType string
	Categories   []string // of its matches
	Detectors    []string // of its matches
	Subjects     []string // keyed HMACs
	// Names are the keyed MACs of the persons that are known by name only, and
	// NamesCut is true when there are more than these. They may be left out
	// unless [Events.NeedNames].
	Names    []string
	NamesCut bool
	// Gaps is how many places in the item could not be examined. It counts an
	// item that could not be examined at all.
	Gaps int
}

// Disposition is what the rules say of an item now.
type Disposition string

// The dispositions. They are part of the JSON contract.
const (
	Keep     Disposition = "keep"     // a period runs
	Due      Disposition = "due"      // past its period, may be planned for erasure
	Review   Disposition = "review"   // a person must look
	Held     Disposition = "held"     // a hold keeps it
	NoRule   Disposition = "no_rule"  // no rule matches
	Conflict Disposition = "conflict" // must be gone before it may be gone
)

// Decision is the answer for one item, with its reasons.
type Decision struct {
	Disposition Disposition
	Rule        string    // id of the rule that decides; "" without one
	Action      Action    // of that rule
	Trigger     string    // what the period counts from, as written in the rule
	TriggerDate time.Time // zero when not known
	Due         time.Time // when the maximum falls; zero when not known
	KeepUntil   time.Time // the longest minimum; zero without one
	Hold        string    // id of the hold or archive lock that keeps it
	// Restricted: a hold restricts the processing of the item (GDPR art. 18):
	// it is counted, and not listed.
	Restricted bool
	// Next is the first moment at which the passing of time alone may change
	// the decision; zero when it never does. Until then, and from now on, the
	// same facts, schedule, events and holds give the same decision.
	Next    time.Time
	Reasons []Reason
}

// Action is what a rule wants done when its period has passed.
type Action string

// The actions.
const (
	ActionErase  Action = "erase"
	ActionReview Action = "review"
	ActionReport Action = "report"
)

// Hold keeps items whatever the schedule says, until it is released. Of the
// conditions that are given, all must fit.
type Hold struct {
	ID string
	// Source limits the hold to one source; "" is all of them.
	Source string
	// Path is a glob below the source's root (doublestar); "" is all paths.
	// A hold on a folder's glob "a/b/**" covers a/b and all below.
	Path string
	// Mailbox is a mailbox or a glob; "" is all. One with folders covers these.
	Mailbox string
	// Case is a case number in the item's path; "" is all. Parts of the case
	// and other ways to write its separators are held too.
	Case string
	// Subject is a keyed HMAC; "" is anybody.
	Subject string
	// Camera limits the hold to recordings of one camera, without regard to
	// case; "" is all of them. A recording whose camera is not known is held.
	Camera string
	// From and To limit the hold to recordings that overlap this span of time;
	// zero is without limit. A recording whose begin or end is not known is
	// held unless the other end of it rules out that they overlap.
	From, To time.Time
	// DocumentType is one of detectors.DocumentTypes; "" is all.
	DocumentType string
	// Restrict: what it holds is not to be processed either (GDPR art. 18), so
	// that it is counted and not listed.
	Restrict bool
	// Archive makes it an archive lock: it keeps what must be delivered to the
	// archives, until Delivered, or until it is Released because Provision
	// allows its disposal. What is newer than the delivery stays locked.
	Archive   bool
	Delivered time.Time // only its day counts; zero when not delivered
	Basis     string    // the provision that demands the delivery
	Provision string    // the provision that allows the disposal
	// Ground is why recordings may be kept for longer, if this is about them.
	Ground Ground
	// Notified is when the person whom a dispute is about was told, CopyAsked
	// when a copy was asked for and CopyHanded when it was handed out; zero
	// while that has not happened. See [Hold.Duties].
	Notified, CopyAsked, CopyHanded time.Time

	Reason  string
	Owner   string
	Review  time.Time // when the hold must be looked at again
	Created time.Time
	// Released is when it ended; zero while it holds.
	Released time.Time
}
