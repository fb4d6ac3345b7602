// Package store keeps what is known between runs, in SQL that runs on SQLite
// (embedded, the default) and on PostgreSQL.
//
// It holds findings (items with their matches and gaps), scans, plans,
// approvals and holds. It never holds a raw value: matches arrive masked and
// persons as keyed HMACs; the words around matches are masked and sealed, and
// expire (see [Snippet]). Everything that an erasure needs to be finished after
// a crash is in here and is durable when the call that wrote it returns.
package store

import (
	"errors"
	"time"

	"github.com/sletdk/slet/detectors"
	"github.com/sletdk/slet/retention"
	"github.com/sletdk/slet/scanner"
)

// ErrNotFound: no such record.
var ErrNotFound = errors.New("not found")

// Finding is an item with what was found in it.
type Finding struct {
	// Ref names the item for people and logs: a keyed HMAC of source and ID.
	Ref          string
	Item         scanner.Item
	SourceType   string
	DocumentType string
	// Matches are the first [MaxMatches] of each detector and Gaps the first [MaxGaps]; Counts,
	// Subjects and GapCounts cover all there were. [Collector] gathers the five.
	// The cause of a stored gap is its text only.
	Matches []detectors.Match
	Gaps    []scanner.Gap
	// Counts are the exact numbers of matches, ordered. Record makes them from
	// Matches when they are empty.
	Counts []Count
	// Subjects are the persons of all matches, ordered, each once. Record makes
	// them from Matches when they are empty.
	Subjects []string
	// GapCounts are the exact numbers of gaps. Record makes them from Gaps when
	// they are empty.
	GapCounts map[scanner.Reason]int64
	// Failed is true when the item could not be examined at all: its gaps say
	// why, and the next scan tries again.
	Failed bool
	// ContentMAC is the keyed MAC of the content's SHA-256, "" when it was not
	// read whole.
	ContentMAC string
	// CopyKeys are keyed MACs of what the item holds whole beside its own
	// content: attachments, entries of archives (made like ContentMAC, so that
	// an attachment has the key of the file it was made of), and other names by
	// which copies know each other. Ordered, each once; [Store.Finding] fetches
	// them, [Store.Copies] looks for others that have them.
	CopyKeys []string
	// Ring is what the list of a recorder's ring of files says; nil for what is
	// none. It is not fetched with a finding: see [Store.Rings].
	Ring *scanner.Ring
	// Fingerprint names the extraction, detectors and key that looked.
	Fingerprint string

	FirstSeen time.Time // by this installation
	LastSeen  time.Time
	Examined  time.Time
}

// Known is what a scan asks about an item before it opens it.
type Known struct {
	Version     string
	Fingerprint string
	Gaps        int
	Failed      bool
	ContentMAC  string
}

// Totals are the counts of one source's scan.
// Seen = Scanned + Unchanged + Skipped + Failed.
type Totals struct {
	Seen, Scanned, Unchanged, Skipped, Failed int64
	Gaps, PrivateFolders, Bytes, Findings     int64
}

// ScanRecord is one scan of one source.
type ScanRecord struct {
	ID                string
	Source            string
	Started, Finished time.Time
	// Complete is false when a walk ended early: nothing may then be taken to
	// be gone, and the last-seen mark does not move.
	Complete bool
	Totals   Totals
}

// PlanState is where a plan is in its life.
type PlanState string

// The states of a plan.
const (
	PlanProposed  PlanState = "proposed"
	PlanApproved  PlanState = "approved"
	PlanExecuting PlanState = "executing"
	PlanExecuted  PlanState = "executed"
	PlanDead      PlanState = "dead" // schedule changed, or withdrawn
)

// Plan is a frozen list of due items.
type Plan struct {
	ID              string
	Created         time.Time
	ScheduleVersion string
	ScheduleHash    string
	// EventsHash is that of the event register the plan was made under. The
	// register may grow meanwhile: every item is asked again with it as it is.
	EventsHash string
	// Hash binds the approval to the very items: SHA-256 over the plan's
	// schedule, register and every item's ref, version, content MAC, rule and due date.
	Hash  string
	State PlanState
	// Approver and Approved are empty until the plan is approved. Approver is
	// several names with commas between them where several approved; see
	// [Store.Approvals].
	Approver string
	Approved time.Time
	// Effective is when an approved plan may be carried out from: after its
	// waiting period.
	Effective time.Time
	Why       string // why it is dead, masked
	Items     int    // how many
	Bytes     int64  // together
	// Standing: made for a standing approval of the schedule, without which
	// it waits for a person like any other.
	Standing bool
}

// ItemState is where an item of a plan is.
type ItemState string

// The states of an item in a plan. Erasing is the only one in which the
// storage may differ from what is known; it is left by Resume only.
const (
	ItemPlanned  ItemState = "planned"
	ItemExcluded ItemState = "excluded" // not approved
	ItemErasing  ItemState = "erasing"  // the intent is written
	ItemErased   ItemState = "erased"
	ItemChanged  ItemState = "changed"
	ItemHeld     ItemState = "held"
	ItemGone     ItemState = "gone" // somebody else removed it
	ItemRefused  ItemState = "refused"
	ItemFailed   ItemState = "failed"
)

// PlanFacts is what was known of an item when it was planned. There are no
// values in it.
type PlanFacts struct {
	Counts       []Count   `json:"counts,omitempty"`
	DocumentType string    `json:"document_type,omitempty"`
	Persons      int       `json:"persons,omitempty"` // distinct CPR numbers
	Trigger      string    `json:"trigger,omitempty"` // what the period counted from
	TriggerDate  time.Time `json:"trigger_date,omitzero"`
}

// PlanItem is one item of a plan, as frozen, and what became of it.
type PlanItem struct {
	Plan       string
	Ref        string
	Item       scanner.Item
	SourceType string
	ContentMAC string
	Rule       string
	Due        time.Time
	Reasons    []retention.Reason
	// Digest is a keyed digest of what was frozen (package erase makes it).
	Digest string
	// SilentSince is when the item's camera last recorded, in a plan that is
	// about a camera which has fallen silent; else zero.
	SilentSince time.Time
	// Facts are for the certificate: the inventory forgets what is erased.
	Facts PlanFacts

	// State is Erasing with a Method once the content is known to be destroyed
	// and only the name is left to be removed.
	State ItemState
	// Tombstone is the name that the item is given while it is being erased.
	Tombstone string
	Method    string
	Assurance string
	Bytes     int64
	Caveats   []string
	Error     string // masked
	Finished  time.Time
}
