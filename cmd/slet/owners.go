package main

import (
	"context"
	"maps"
	"slices"
	"time"

	"github.com/sletdk/slet/config"
	"github.com/sletdk/slet/erase"
	"github.com/sletdk/slet/retention"
	"github.com/sletdk/slet/scanner"
	"github.com/sletdk/slet/store"
	"github.com/sletdk/slet/web"
)

// This file is to whom findings are routed, and how far these people are.

// routed is the user to whom the configuration routes an item, "" for nobody.
func (a *app) routed(it scanner.Item) string {
	return a.cfg.OwnerOf(config.Place{Source: it.Source, Mailbox: it.Mailbox, Path: it.Path, Owner: it.Owner})
}

// asks reports whether a finding is one that a person has to say something of:
// what the schedule has decided by itself, and what is held, is not.
func asks(w store.OwnerLine) bool {
	switch w.Disposition {
	case retention.Due, retention.Review, retention.Conflict:
		return true
	case retention.NoRule:
		return w.Found
	}
	return false
}

// countOwners counts how far the owners are, for the pages and the digests.
func (a *app) countOwners(ctx context.Context, at time.Time) error {
	by := map[string]*store.OwnerNumbers{}
	of := func(owner string) *store.OwnerNumbers {
		if by[owner] == nil {
			by[owner] = &store.OwnerNumbers{Owner: owner, Taken: at}
		}
		return by[owner]
	}
	month, recently := at.AddDate(0, 0, -30), at.Add(-web.Recent)
	err := a.store.OwnerLines(ctx, func(w store.OwnerLine) {
		answered := !w.Answered.IsZero() && !w.Answered.Before(w.Since)
		if !answered && !asks(w) {
			return
		}
		n := of(w.Owner)
		if !answered {
			n.Waiting++
			if n.Oldest.IsZero() || w.Since.Before(n.Oldest) {
				n.Oldest = w.Since
			}
		}
		if !w.Since.Before(month) {
			n.Month++
		}
		if !w.Since.Before(recently) {
			n.Recent++
		}
	})
	if err != nil {
		return err
	}
	all, recent, err := a.store.AnsweredBy(ctx, recently)
	if err != nil {
		return err
	}
	users, err := a.store.Users(ctx)
	if err != nil {
		return err
	}
	for _, u := range users {
		if u.Role == web.RoleOwner || u.Role == web.RoleLeader {
			of(u.Name)
		}
	}
	var list []store.OwnerNumbers
	for _, name := range slices.Sorted(maps.Keys(by)) {
		n := *by[name]
		n.Answered, n.AnsweredRecent = all[name], recent[name]
		list = append(list, n)
	}
	return a.store.SetOwnerNumbers(ctx, list)
}

// ownerNotices tells of findings that cannot be erased because nobody can be
// told of them.
func (a *app) ownerNotices(ctx context.Context, add func(kind, key, format string, args ...any)) error {
	if a.cfg.Erase.OwnersNotice == "" {
		return nil
	}
	numbers, err := a.store.OwnerNumbers(ctx, nil, 0, maxOwners)
	if err != nil {
		return err
	}
	users, err := a.usersByName(ctx)
	if err != nil {
		return err
	}
	var nobody, mute []string
	for _, n := range numbers {
		u, ok := users[n.Owner]
		switch {
		case n.Waiting == 0:
		case !ok || !u.Disabled.IsZero() || !web.MayAnswer(u.Role):
			nobody = append(nobody, n.Owner)
		case u.Email == "" && a.cfg.Notify.SMTP.Address != "":
			mute = append(mute, n.Owner)
		}
	}
	if len(nobody) > 0 {
		add("owner", "nobody", "findings are routed to %s without an open account that may answer, such as %s, and are not erased: slet user add, or change owners in slet.yaml", plural(len(nobody), "user"), nobody[0])
	}
	if len(mute) > 0 {
		add("owner", "mute", "%s with findings cannot be written to, such as %s: slet user set NAME --email", plural(len(mute), "owner"), mute[0])
	}
	return nil
}

// maxOwners is more owners than there are.
const maxOwners = 1 << 30

func (a *app) usersByName(ctx context.Context) (map[string]store.User, error) {
	list, err := a.store.Users(ctx)
	users := map[string]store.User{}
	for _, u := range list {
		users[u.Name] = u
	}
	return users, err
}

// ownersWord says how it stands with the owner of an item of a plan; "" when
// nobody is waited for.
func (a *app) ownersWord(ctx context.Context, it store.PlanItem) (string, error) {
	if it.State != store.ItemPlanned && it.State != store.ItemFailed {
		return "", nil
	}
	w, err := a.deps(account()).OwnersWord(ctx, store.Finding{Ref: it.Ref, Item: it.Item})
	if err != nil || w.Wait == erase.OwnerHeard {
		return "", err
	}
	return w.English(), nil
}

// ownersWords counts which items of a plan wait for their owners, by why they do.
type ownersWords struct {
	a     *app
	n     map[string]int
	order []string
}

func (w *ownersWords) count(ctx context.Context, it store.PlanItem) error {
	words, err := w.a.ownersWord(ctx, it)
	if err != nil || words == "" {
		return err
	}
	if w.n == nil {
		w.n = map[string]int{}
	}
	if w.n[words] == 0 {
		w.order = append(w.order, words)
	}
	w.n[words]++
	return nil
}

// say says it, the same words once.
func (w *ownersWords) say() {
	for _, words := range w.order {
		w.a.note("%s of it: %s", plural(w.n[words], "item"), words)
	}
}
