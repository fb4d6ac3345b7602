// Package audit is the tamper-evident log: append-only JSON lines, each bound
// to the one before by SHA-256.
//
// Append returns when the line is on stable storage. A line is never rewritten.
// What the chain shows and what it does not: an edited, removed, inserted or
// moved line is noticed by whoever verifies; a cut tail, or a log rewritten
// from some line to the end by somebody who has the file, is not, unless a
// later hash is known from elsewhere. Signed checkpoints close that gap in a
// later version.
//
// The log holds no personal data: paths arrive masked, items and persons as
// keyed HMACs.
//
// The package is a leaf: it imports no other package of slet.
package audit

import "time"

// Entry is one event as the caller gives it.
type Entry struct {
	Time  time.Time `json:"time"`
	Type  string    `json:"type"`
	Actor string    `json:"actor,omitempty"` // who decided; a person or "slet"
	Plan  string    `json:"plan,omitempty"`
	Item  string    `json:"item,omitempty"` // the item's ref
	Path  string    `json:"path,omitempty"` // masked
	// Detail says more, in the words of the type; values masked.
	Detail map[string]string `json:"detail,omitempty"`
}

// The types of entry.
const (
	TypeScanStarted    = "scan.started"
	TypeScanFinished   = "scan.finished"
	TypePlanProposed   = "plan.proposed"
	TypePlanApproved   = "plan.approved"
	TypePlanDead       = "plan.dead"
	TypeEraseStarted   = "erase.started"
	TypeEraseIntent    = "erase.intent"
	TypeEraseOutcome   = "erase.outcome"
	TypeEraseFinished  = "erase.finished"
	TypeHoldAdded      = "hold.added"
	TypeHoldReleased   = "hold.released"
	TypeReveal         = "reveal"
	TypeReportWritten  = "report.written"
	TypeLogRecovered   = "log.recovered"
	TypeConfigEnforced = "config.enforced"
)
