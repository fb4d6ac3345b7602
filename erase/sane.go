package erase

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/sletdk/slet/audit"
	"github.com/sletdk/slet/retention"
	"github.com/sletdk/slet/store"
)

// The preconditions of planning, approving and erasing that are about the
// installation itself: its clock, and whether store and audit log tell the
// same story.

const (
	// clockBack is how far behind the last known moment a clock may be: clocks
	// are corrected by a little all the time.
	clockBack = 5 * time.Minute
	// clockAhead is how far a clock may have run since the last entry of the
	// audit log. A clock that was set years ahead makes everything due.
	clockAhead = 45 * 24 * time.Hour
)

// sane: precondition of everything that plans, approves or erases. plan is the
// plan that it is about, "" if none.
func (d Deps) sane(ctx context.Context, plan string) error {
	if err := agree(ctx, d.Store, d.Log, plan); err != nil {
		return err
	}
	if err := d.clockSane(ctx); err != nil {
		return err
	}
	if err := LookAtClock(ctx, d); !errors.Is(err, ErrRefused) {
		return err
	}
	return nil // what is in doubt waits, the rest goes on
}

// clockSane: precondition. The clock has not been set back, and has not jumped.
func (d Deps) clockSane(ctx context.Context) error {
	last, err := d.Log.Last()
	if err != nil {
		return fmt.Errorf("the last entry of the audit log: %w", err)
	}
	scans, err := d.Store.Scans(ctx)
	if err != nil {
		return fmt.Errorf("reading the scans: %w", err)
	}
	latest := last.Time
	for _, s := range scans {
		if s.Finished.After(latest) {
			latest = s.Finished
		}
	}
	now := d.Now()
	if now.Before(latest.Add(-clockBack)) {
		return fmt.Errorf("%w: the clock says %s, and slet has seen %s already: set the clock right",
			ErrRefused, now.Format(time.RFC3339), latest.Format(time.RFC3339))
	}
	if !latest.IsZero() && now.After(latest.Add(clockAhead)) {
		return fmt.Errorf("%w: the clock says %s, and the last thing that slet did was on %s: if the clock is right, run slet scan first",
			ErrRefused, now.Format(time.RFC3339), latest.Format(time.RFC3339))
	}
	return nil
}

// ErrDisagree: store and audit log do not tell the same story. It wraps
// [ErrRefused].
var ErrDisagree = fmt.Errorf("%w: store and audit log disagree", ErrRefused)

// Remember has the store remember how far the audit log has come. Whoever
// writes entries of the types that [Agree] compares calls it afterwards. While
// the two disagree it changes nothing, and the error wraps [ErrDisagree]: else
// the next scan would cover up what the store has forgotten.
func Remember(ctx context.Context, st *store.Store, log *audit.Log) error {
	if err := Agree(ctx, st, log); err != nil {
		return err
	}
	return remember(ctx, st, log)
}

func remember(ctx context.Context, st *store.Store, log *audit.Log) error {
	last, err := log.Mark()
	if err == nil {
		err = st.SetAuditHead(ctx, store.Head{Line: last.Seq, Hash: last.Hash})
	}
	if err != nil {
		return fmt.Errorf("remembering how far the audit log has come: %w", err)
	}
	return nil
}

// Accept ends a disagreement: a named person has looked at what the store has
// forgotten, or why the log is another one, and has put it right; or at the
// clock, which is ahead of what is known, and it is right. That is written to
// the log.
func Accept(ctx context.Context, d Deps, name string) error {
	who, err := d.decides(ctx, name)
	if err != nil {
		return err
	}
	name = who.Name
	why := Agree(ctx, d.Store, d.Log)
	if why == nil {
		return d.acceptClock(ctx, name)
	}
	if !errors.Is(why, ErrDisagree) {
		return why // a log that does not verify
	}
	err = d.log(audit.Entry{Type: audit.TypeStoreAccepted, Actor: name, Detail: map[string]string{"account": d.Actor, "why": why.Error()}})
	if err != nil {
		return err
	}
	if err := remember(ctx, d.Store, d.Log); err != nil {
		return err
	}
	return d.acceptClock(ctx, name)
}

// Agree checks that store and audit log belong together: the log has the line
// that the store remembers last, and every hold, archive lock, approval, import
// and cancellation that was logged after it is known to the store. If the first fails, the log was cut or is
// another one; if the second does, the store was brought back from an older
// copy and has forgotten something. The error wraps [ErrDisagree], or is an
// [*audit.BadLine] for a log that does not verify. The whole log is read,
// but for what comes before the last [Remember] of the same open log.
func Agree(ctx context.Context, st *store.Store, log *audit.Log) error {
	return agree(ctx, st, log, "")
}

// agree does not mind whether the store knows that one plan was approved:
// a crash may have come between log and store, and then it is not.
func agree(ctx context.Context, st *store.Store, log *audit.Log, plan string) error {
	last, err := log.Last()
	if err != nil {
		return fmt.Errorf("the last entry of the audit log: %w", err)
	}
	head, err := st.AuditHead(ctx)
	if err != nil {
		return fmt.Errorf("what the store remembers of the audit log: %w", err)
	}
	if last.Seq < head.Line {
		return fmt.Errorf("%w: the log has %d lines, and had %d: it was cut, or is another one", ErrDisagree, last.Seq, head.Line)
	}
	ids, err := knownIDs(ctx, st)
	if err != nil {
		return err
	}
	records, ok := log.After(head.Line, head.Hash)
	if !ok {
		records = log.All()
	}
	for rec, err := range records {
		if err != nil {
			return fmt.Errorf("reading the audit log: %w", err)
		}
		if rec.Seq == head.Line && rec.Hash != head.Hash {
			return fmt.Errorf("%w: line %d of the log is not the one that was there before", ErrDisagree, rec.Seq)
		}
		if rec.Seq <= head.Line || rec.Type == audit.TypePlanApproved && rec.Plan == plan {
			continue
		}
		if err := known(ctx, st, ids, rec); err != nil {
			return err
		}
	}
	return nil
}

// ids is what the store knows that the log tells of.
type ids struct {
	holds   map[string]retention.Hold
	batches map[string]bool
	over    map[string]bool // events and batches of which nothing counts any more
}

func knownIDs(ctx context.Context, st *store.Store) (ids, error) {
	known := ids{map[string]retention.Hold{}, map[string]bool{}, map[string]bool{}}
	holds, err := st.Holds(ctx)
	if err != nil {
		return known, fmt.Errorf("reading the holds: %w", err)
	}
	for _, h := range holds {
		known.holds[h.ID] = h
	}
	batches, err := st.EventBatches(ctx)
	if err != nil {
		return known, fmt.Errorf("reading the event register: %w", err)
	}
	for _, b := range batches {
		known.batches[b.ID] = true
		known.over[b.ID] = b.Cancelled == b.Events
	}
	events, err := st.RegisterEvents(ctx)
	if err != nil {
		return known, fmt.Errorf("reading the event register: %w", err)
	}
	for _, e := range events {
		known.over[e.ID] = !e.Cancelled.IsZero()
	}
	return known, nil
}

// known checks that the store knows what an entry of the log says.
func known(ctx context.Context, st *store.Store, ids ids, rec audit.Record) error {
	forgotten := false
	hold, held := ids.holds[rec.Detail["hold"]]
	switch rec.Type {
	case audit.TypeHoldAdded, audit.TypeArchiveAdded:
		forgotten = !held
	case audit.TypeHoldReleased:
		forgotten = hold.Released.IsZero()
	case audit.TypeArchiveEnded:
		forgotten = hold.Released.IsZero() && hold.Delivered.IsZero()
	case audit.TypeEventsImported:
		forgotten = !ids.batches[rec.Detail["batch"]]
	case audit.TypeEventsCancelled:
		forgotten = !ids.over[rec.Detail["event"]]
	case audit.TypePlanApproved:
		all, err := st.Approvals(ctx, rec.Plan)
		if err != nil {
			return fmt.Errorf("plan %s: %w", rec.Plan, err)
		}
		forgotten = !slices.ContainsFunc(all, func(a store.Approval) bool {
			return a.Name == rec.Actor || rec.Detail["standing"] != "" && a.Name == rec.Actor+standingMark
		})
	case audit.TypePlanWithdrawn:
		all, err := st.Approvals(ctx, rec.Plan)
		if err != nil {
			return fmt.Errorf("plan %s: %w", rec.Plan, err)
		}
		forgotten = !slices.ContainsFunc(all, func(a store.Approval) bool {
			return SamePerson(a.Name, rec.Detail["approver"]) && !a.Withdrawn.IsZero()
		})
	case audit.TypePlanCancelled, audit.TypePlanDead:
		plan, err := st.Plan(ctx, rec.Plan)
		if err != nil && !errors.Is(err, store.ErrNotFound) {
			return fmt.Errorf("plan %s: %w", rec.Plan, err)
		}
		forgotten = err != nil || plan.State != store.PlanDead
	}
	if forgotten {
		return fmt.Errorf("%w: line %d of the log (%s, %s) is not known to the store, which seems to be an older copy: "+
			"bring the newer one back; until then nothing is planned, approved or erased", ErrDisagree, rec.Seq, rec.Type, rec.Time.Format(time.RFC3339))
	}
	return nil
}
