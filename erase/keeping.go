package erase

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"iter"
	"slices"
	"strings"
	"time"

	"github.com/bmatcuk/doublestar/v4"

	"github.com/sletdk/slet/audit"
	"github.com/sletdk/slet/retention"
	"github.com/sletdk/slet/store"
)

// Unusable is the error about what a person gave, which cannot be used as it
// is. Its text is for that person; nothing was changed.
type Unusable struct{ err error }

func (u *Unusable) Error() string { return u.err.Error() }
func (u *Unusable) Unwrap() error { return u.err }

func unusable(format string, args ...any) error { return &Unusable{fmt.Errorf(format, args...)} }

// NewHold checks a hold, or an archive lock, that a person asks for, and gives
// it its name and its date. What must be given beside a reason is for the
// caller to say. The error is an [*Unusable].
func NewHold(h retention.Hold, now time.Time) (retention.Hold, error) {
	if h.Path == "" && h.Source == "" && h.Mailbox == "" && h.Case == "" && h.Subject == "" && h.DocumentType == "" &&
		h.Camera == "" && h.From.IsZero() && h.To.IsZero() {
		return h, unusable("what is to be kept? an empty hold would keep everything")
	}
	if h.Case != "" {
		if err := retention.ValidCase(h.Case); err != nil {
			return h, unusable("case: %w", err)
		}
	}
	switch {
	case h.Mailbox != "" && !doublestar.ValidatePattern(h.Mailbox):
		return h, unusable("mailbox %s: not a mailbox or a glob; want something like *@example.dk", h.Mailbox)
	case h.Path != "" && !doublestar.ValidatePattern(h.Path):
		return h, unusable("path %s: not a glob; want something like Personale/**", h.Path)
	case !h.Review.IsZero() && h.Review.Before(now):
		return h, unusable("review %s is past; give a date on which the hold is to be looked at again", h.Review.In(retention.Zone()).Format(time.DateOnly))
	case !h.From.IsZero() && !h.To.IsZero() && h.To.Before(h.From):
		return h, unusable("the recordings end before they begin")
	case h.Ground != "" && !slices.Contains(retention.Grounds(), h.Ground):
		return h, unusable("ground %s: there are police, dispute and shared", h.Ground)
	case h.Ground != "" && h.Camera == "" && h.From.IsZero() && h.To.IsZero():
		return h, unusable("the ground %s is about recordings: give a camera or a time", h.Ground)
	}
	prefix := "H-"
	if h.Archive {
		prefix = "A-"
	}
	var b [4]byte          // short enough to be typed
	_, _ = rand.Read(b[:]) // never fails (crypto/rand, since Go 1.24)
	h.ID, h.Created = prefix+hex.EncodeToString(b[:]), now
	return h, nil
}

// Overdue reports whether a hold should have been looked at again by now.
func Overdue(h retention.Hold, now time.Time) bool {
	return h.Released.IsZero() && !h.Review.IsZero() && !now.Before(h.Review)
}

// Keeps reports whether a hold alone keeps an item now.
func Keeps(h retention.Hold, f store.Finding, s *retention.Schedule, now time.Time) bool {
	if h.Source != "" && h.Source != f.Item.Source {
		return false
	}
	return retention.Decide(f.Facts(), s, nil, []retention.Hold{h}, now).Hold == h.ID
}

// Covered counts the items that each of some holds keeps now, by the hold's
// id. It reads the inventory, or for one hold what that can reach, until every
// hold has most of them; most 0 is all. With an error come the counts so far.
func Covered(ctx context.Context, d Deps, holds []retention.Hold, most int) (map[string]int, error) {
	counts := map[string]int{}
	var items iter.Seq2[store.Finding, error]
	switch len(holds) {
	case 0:
		return counts, nil
	case 1:
		items = d.Store.Reached(ctx, holds[0])
	default:
		items = d.Store.Findings(ctx, store.Filter{Facts: true})
	}
	for f, err := range items {
		if err != nil {
			return counts, fmt.Errorf("what the holds keep: %w", err)
		}
		enough := most > 0
		for _, h := range holds {
			if (most == 0 || counts[h.ID] < most) && Keeps(h, f, d.Schedule, d.Now()) {
				counts[h.ID]++
			}
			enough = enough && counts[h.ID] >= most
		}
		if enough {
			break
		}
	}
	return counts, nil
}

// Duties is what has been done about a hold of recordings; a zero time leaves
// what was known.
type Duties struct{ Notified, CopyAsked, CopyHanded time.Time }

// NoteHold records what was done about a hold. name is the person who says so.
// The error is an [*Unusable] for a date that is to come, and wraps
// store.ErrNotFound or store.ErrState when there is no such hold that holds.
func NoteHold(ctx context.Context, d Deps, id string, done Duties, name string) error {
	holds, err := d.Store.Holds(ctx)
	if err != nil {
		return err
	}
	i := slices.IndexFunc(holds, func(h retention.Hold) bool { return h.ID == id })
	if i < 0 {
		return fmt.Errorf("hold %s: %w", id, store.ErrNotFound)
	}
	h, detail := holds[i], map[string]string{"account": d.Actor, "hold": id}
	for _, n := range []struct {
		key  string
		at   time.Time
		into *time.Time
	}{{"notified", done.Notified, &h.Notified}, {"copy_asked", done.CopyAsked, &h.CopyAsked}, {"copy_handed", done.CopyHanded, &h.CopyHanded}} {
		if n.at.After(d.Now()) {
			return unusable("%s lies in the future; give it when it has happened", n.at.In(retention.Zone()).Format(time.DateOnly))
		}
		if !n.at.IsZero() {
			*n.into = n.at
		}
		if !n.into.IsZero() {
			detail[n.key] = n.into.In(retention.Zone()).Format(time.DateOnly)
		}
	}
	if err := d.Store.SetDuties(ctx, h); err != nil {
		return err
	}
	if err := d.log(audit.Entry{Type: audit.TypeHoldNoted, Actor: d.Mask(name), Detail: detail}); err != nil {
		return err
	}
	return Remember(ctx, d.Store, d.Log)
}

// EndArchiveLock records that what an archive lock keeps was delivered on a
// day, or that a provision allows its disposal, which ends the lock. name is
// the person who says so. The error is an [*Unusable] when neither is given or
// the day is to come, and wraps store.ErrNotFound when there is no such lock
// that still locks.
func EndArchiveLock(ctx context.Context, d Deps, id string, delivered time.Time, provision, name string) error {
	provision = d.Mask(strings.TrimSpace(provision))
	switch {
	case delivered.IsZero() && provision == "":
		return unusable("give the date of the delivery, or the provision that allows the disposal")
	case delivered.After(d.Now()):
		return unusable("%s lies in the future; give the day of the delivery when it has been", delivered.In(retention.Zone()).Format(time.DateOnly))
	}
	holds, err := d.Store.Holds(ctx)
	if err != nil {
		return err
	}
	if !slices.ContainsFunc(holds, func(h retention.Hold) bool { return h.Archive && h.ID == id && h.Released.IsZero() }) {
		return fmt.Errorf("archive lock %s: %w", id, store.ErrNotFound)
	}
	day := ""
	if !delivered.IsZero() {
		day = delivered.In(retention.Zone()).Format(time.DateOnly)
	}
	// The log first: an end that takes effect must never be missing in it.
	err = d.log(audit.Entry{Type: audit.TypeArchiveEnded, Actor: d.Mask(name), Detail: map[string]string{
		"account": d.Actor, "hold": id, "delivered": day, "provision": provision,
	}})
	if err != nil {
		return err
	}
	if err := d.Store.EndArchiveLock(ctx, id, delivered, provision, d.Now()); err != nil && !errors.Is(err, store.ErrState) {
		return err
	}
	return Remember(ctx, d.Store, d.Log)
}
