package erase

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"time"

	"github.com/sletdk/slet/audit"
	"github.com/sletdk/slet/retention"
	"github.com/sletdk/slet/scanner"
	"github.com/sletdk/slet/store"
)

// Notice is how the owners of items are waited for: what is routed to somebody
// goes only after that person was told of it and had the time to object. An
// objection is a hold, like any other, that the owner makes on the pages and
// the DPO ends. The zero value waits for nobody.
type Notice struct {
	// Window is how long an owner has, from the day after being told.
	Window retention.Period
	// Route and MayAnswer are asked when there is a window. Route is the user to whom the configuration routes an item, "" for nobody.
	Route func(scanner.Item) string
	// MayAnswer says whether a user of a role may object.
	MayAnswer func(role string) bool
	// Silent says that nobody is told anything: erasing is turned off, and what
	// does not go is not announced.
	Silent bool
}

// on reports whether owners are waited for at all.
func (n Notice) on() bool { return n.Window != retention.Period{} }

// Tells reports whether owners are told what is to be erased.
func (n Notice) Tells() bool { return n.on() && !n.Silent }

// OwnerWait is why an owner is waited for.
type OwnerWait string

// The reasons, the first for none.
const (
	OwnerHeard     OwnerWait = ""            // nobody's, or the window is over
	OwnerMayObject OwnerWait = "window"      // until a day
	OwnerNotTold   OwnerWait = "not_told"    // of this version of the item
	OwnerCannot    OwnerWait = "cannot_tell" // no open account that may answer
)

// OwnersWord is how it stands between an item and its owner.
type OwnersWord struct {
	Owner string // "" for nobody
	Wait  OwnerWait
	// Last is the last day on which the owner may object; zero unless told.
	Last time.Time
}

// English says it, and what to do.
func (w OwnersWord) English() string {
	switch w.Wait {
	case OwnerMayObject:
		return fmt.Sprintf("its owner %s may object until %s", w.Owner, w.Last.In(retention.Zone()).Format(time.DateOnly))
	case OwnerNotTold:
		return fmt.Sprintf("its owner %s was not told of it yet: the next digest does (notify.smtp, and an address by slet user set %s --email), or the list on the pages", w.Owner, w.Owner)
	case OwnerCannot:
		return fmt.Sprintf("its owner %s has no open account that may answer: add one with slet user add, or send it to somebody else", w.Owner)
	}
	return ""
}

// OwnersWord says whether the owner of an item is to be waited for now. Only
// the finding's item and reference are asked.
func (d Deps) OwnersWord(ctx context.Context, f store.Finding) (OwnersWord, error) {
	if !d.Notice.on() {
		return OwnersWord{}, nil
	}
	look, err := d.witnessedNow(ctx)
	if err != nil {
		return OwnersWord{}, err
	}
	return d.ownersWord(ctx, f, look.At)
}

// ownersWord is OwnersWord at a moment that is known to have come.
func (d Deps) ownersWord(ctx context.Context, f store.Finding, at time.Time) (OwnersWord, error) {
	owner, err := d.Store.SentTo(ctx, f.Ref)
	if err != nil {
		return OwnersWord{}, err
	}
	if owner == "" {
		owner = d.Notice.Route(f.Item)
	}
	if owner == "" {
		return OwnersWord{}, nil
	}
	u, err := d.Store.User(ctx, owner)
	switch {
	case errors.Is(err, store.ErrNotFound):
		return OwnersWord{Owner: owner, Wait: OwnerCannot}, nil
	case err != nil:
		return OwnersWord{}, err
	case !u.Disabled.IsZero() || !d.Notice.MayAnswer(u.Role):
		return OwnersWord{Owner: owner, Wait: OwnerCannot}, nil
	}
	told, err := d.Store.Told(ctx, f.Ref)
	switch {
	case errors.Is(err, store.ErrNotFound):
		return OwnersWord{Owner: owner, Wait: OwnerNotTold}, nil
	case err != nil:
		return OwnersWord{}, err
	case told.Owner != owner || told.Version != f.Item.Version:
		return OwnersWord{Owner: owner, Wait: OwnerNotTold}, nil
	}
	over := d.Notice.Over(told.At)
	w := OwnersWord{Owner: owner, Last: over.Add(-time.Nanosecond)}
	if at.Before(over) {
		w.Wait = OwnerMayObject
	}
	return w, nil
}

// OwnersWordOf is OwnersWord about an item of the inventory.
func (d Deps) OwnersWordOf(ctx context.Context, ref string) (OwnersWord, error) {
	if !d.Notice.on() {
		return OwnersWord{}, nil
	}
	f, err := d.Store.Finding(ctx, ref)
	if err != nil {
		return OwnersWord{}, err
	}
	return d.OwnersWord(ctx, f)
}

// Over is when the window is over of what an owner was told on a day.
func (n Notice) Over(told time.Time) time.Time { return retention.Over(told, n.Window) }

// errOwner: the item waits for its owner. It is a refusal that passes: the item
// stays as it was planned, and the next run asks again.
var errOwner = fmt.Errorf("%w: it waits for its owner", ErrRefused)

// ownerHeard: precondition. The owner of the item, if it has one, was told that
// this version of it is to be erased, and the time to object is over. Who may
// not answer was told nothing, whatever the store says. Recordings under a
// standing approval have no owner to ask: their period is the law's.
func (d Deps) ownerHeard(ctx context.Context, plan store.Plan, f store.Finding, at time.Time) error {
	if !d.Notice.on() || standing(plan) {
		return nil
	}
	w, err := d.ownersWord(ctx, f, at)
	if err != nil {
		return fmt.Errorf("the owner of %s: %w", f.Ref, err)
	}
	if w.Wait != OwnerHeard {
		return refuse(store.ItemPlanned, "%w: %s", errOwner, w.English())
	}
	return nil
}

// toldAhead is how many days before something falls due its owner is told of it,
// so that a window of up to so long costs no day beyond the period.
const toldAhead = 30

// ToTell chooses what an owner is to be told of: what is due, or will be within
// a month, by a rule that erases.
func (d Deps) ToTell(owner string) store.Telling {
	t := store.Telling{Owner: owner, Before: d.Now().AddDate(0, 0, toldAhead)}
	for _, r := range d.Schedule.Rules {
		if r.Action == retention.ActionErase {
			t.Rules = append(t.Rules, r.ID)
		}
	}
	return t
}

// Show tells an owner what a page listed, items by their references, and
// returns how much of it was to be told and new.
func (d Deps) Show(ctx context.Context, owner string, refs []string) (int64, error) {
	if !d.Notice.Tells() || len(refs) == 0 {
		return 0, nil
	}
	t := d.ToTell(owner)
	t.Refs = refs
	n, err := d.Store.Tell(ctx, t, retention.StartOfDay(d.Now()))
	if err != nil || n == 0 {
		return n, err
	}
	return n, d.log(audit.Entry{Type: audit.TypeOwnerTold, Actor: d.Mask(owner), Detail: map[string]string{
		"owner": d.Mask(owner), "by": "page", "items": strconv.FormatInt(n, 10),
	}})
}
