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
// # The chain
//
// A line is one JSON object and a newline. It always begins
//
//	{"seq":7,"prev":"<64 hex digits>","hash":"<64 hex digits>","time":
//
// seq is the number of the line in the file, from 1. prev is the hash of the
// line before, 64 zeros in the first. hash is the SHA-256 of the line's own
// bytes, newline included, without the member "hash":"…", itself. Nothing has
// to be parsed or put into an order to check it; one line, with standard tools:
//
//	sed -n 7p audit.jsonl | sed 's/"hash":"[0-9a-f]*",//' | sha256sum
//
// and the whole log, with Python alone:
//
//	import hashlib, re, sys
//	prev, n = b"0" * 64, 0
//	for line in open(sys.argv[1], "rb"):
//	    n += 1
//	    m = re.fullmatch(rb'(\{"seq":(\d+),"prev":"([0-9a-f]{64})",)"hash":"([0-9a-f]{64})",([^\n]+\}\n)', line)
//	    if not m or int(m[2]) != n or m[3] != prev or hashlib.sha256(m[1] + m[5]).hexdigest().encode() != m[4]:
//	        sys.exit(f"line {n} is bad")
//	    prev = m[4]
//	print(n, "lines, head", prev.decode())
//
// # After a crash
//
// A crash in the middle of a write leaves a last line without its newline. That
// line was never acknowledged: nobody acted on it. The next Open or Append
// cuts it off and adds a log.recovered entry that says how many bytes there
// were and quotes them, so that the evidence stays in the chain even if what
// looks like a crash was a hand. A last line that is finished but does not
// verify is another matter: the log then refuses to grow, and says which line.
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
	TypePlanCancelled  = "plan.cancelled" // a person ended it
	TypePlanWithdrawn  = "plan.withdrawn" // a person took an approval back
	TypeEraseStarted   = "erase.started"
	TypeEraseIntent    = "erase.intent"
	TypeEraseOutcome   = "erase.outcome"
	TypeEraseFinished  = "erase.finished"
	TypeHoldAdded      = "hold.added"
	TypeHoldReleased   = "hold.released"
	TypeHoldNoted      = "hold.noted" // a duty about it was done
	TypeDismissed      = "finding.dismissed"
	TypeUndismissed    = "finding.undismissed"
	TypeAnswered       = "finding.answered"
	TypeOwnerTold      = "owner.told" // what is to be erased of theirs
	TypeReveal         = "reveal"
	TypeReportWritten  = "report.written"
	TypeUserAdded      = "user.added"
	TypeUserChanged    = "user.changed"
	TypeSignIn         = "web.signed_in"
	TypeSignInRefused  = "web.sign_in_refused"
	TypeLogRecovered   = "log.recovered"
	TypeConfigEnforced = "config.enforced"
	TypeStoreAccepted  = "store.accepted" // see erase.Accept
	TypeClockAccepted  = "clock.accepted" // likewise
	// TypeCoverageChecked: a person checked by hand a system that slet cannot look into.
	TypeCoverageChecked = "coverage.checked"
)

// Record is an entry as it stands in the log.
type Record struct {
	Seq  int64  `json:"seq"`  // the number of the line, from 1
	Prev string `json:"prev"` // hash of the line before
	Hash string `json:"hash"` // of this line; see the package comment
	Entry
}
