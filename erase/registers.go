package erase

import (
	"context"
	"errors"
	"strconv"
	"time"

	"github.com/sletdk/slet/audit"
	"github.com/sletdk/slet/retention"
	"github.com/sletdk/slet/store"
)

// What people decide about items, beside plans: holds, archive locks and
// judgements. The command line and the pages both come through here, so that
// neither forgets the log.

// AddHold keeps items from now on: a hold, or an archive lock. name is the
// person who says so. The store goes first: if the log fails, more is kept
// than is known, not less.
func AddHold(ctx context.Context, d Deps, h retention.Hold, name string) error {
	return AddHolds(ctx, d, []retention.Hold{h}, name)
}

// AddHolds is AddHold for several, all or none.
func AddHolds(ctx context.Context, d Deps, holds []retention.Hold, name string) error {
	if err := d.Store.AddHolds(ctx, holds); err != nil {
		return err
	}
	entries := make([]audit.Entry, len(holds))
	for i, h := range holds {
		kind := audit.TypeHoldAdded
		if h.Archive {
			kind = audit.TypeArchiveAdded
		}
		entries[i] = d.holdEntry(kind, h, name)
	}
	if err := d.log(entries...); err != nil {
		return err
	}
	return Remember(ctx, d.Store, d.Log)
}

// ReleaseHold ends a hold. name is the person who says so, and why the reason,
// if one is given. The error wraps store.ErrNotFound or store.ErrState when
// there is no such hold that holds.
func ReleaseHold(ctx context.Context, d Deps, id, name, why string) error {
	if err := d.Store.ReleaseHold(ctx, id, d.Now()); err != nil {
		return err
	}
	if err := d.log(d.holdEntry(audit.TypeHoldReleased, retention.Hold{ID: id, Reason: why}, name)); err != nil {
		return err
	}
	return Remember(ctx, d.Store, d.Log)
}

// holdEntry is what the log says of a hold.
func (d Deps) holdEntry(kind string, h retention.Hold, name string) audit.Entry {
	detail := map[string]string{
		"account": d.Actor, "hold": h.ID, "source": h.Source, "subject": h.Subject, "owner": d.Mask(h.Owner), "reason": d.Mask(h.Reason),
		"mailbox": d.Mask(h.Mailbox), "case": d.Mask(h.Case), "document_type": h.DocumentType,
		"restrict": strconv.FormatBool(h.Restrict), "basis": d.Mask(h.Basis),
	}
	if h.Camera != "" || !h.From.IsZero() || !h.To.IsZero() { // of recordings
		detail["camera"], detail["ground"] = d.Mask(h.Camera), string(h.Ground)
		detail["from"], detail["to"] = moment(h.From), moment(h.To)
	}
	return audit.Entry{Type: kind, Actor: d.Mask(name), Path: d.Mask(h.Path), Detail: detail}
}

// moment is a time in the log, "" for none.
func moment(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.UTC().Format(time.RFC3339)
}

// Dismiss records a person's judgement that values of an item are no personal
// data. It returns how many had not been judged before; the next scan leaves
// them out.
func Dismiss(ctx context.Context, d Deps, ref string, judgements []store.FalsePositive, name, reason string) (int, error) {
	n := 0
	for _, p := range judgements {
		p.Ref, p.Person, p.Reason, p.Judged = ref, d.Mask(name), d.Mask(reason), d.Now()
		err := d.Store.AddFalsePositive(ctx, p)
		if errors.Is(err, store.ErrExists) {
			continue // the same value in two places, or judged before
		}
		if err != nil {
			return n, err
		}
		n++
	}
	return n, d.log(audit.Entry{Type: audit.TypeDismissed, Actor: d.Mask(name), Item: ref, Detail: map[string]string{
		"account": d.Actor, "values": strconv.Itoa(n), "reason": d.Mask(reason),
	}})
}
