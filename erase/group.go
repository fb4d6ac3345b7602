package erase

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/sletdk/slet/audit"
	"github.com/sletdk/slet/store"
)

// How items are taken through the steps of the package comment: in groups of
// one or more, each step for the whole group.

const (
	groupItems = 128      // each has a file and its folder open
	groupBytes = 64 << 20 // is in memory while it is read back
)

// eraseAll goes through the items until one of them stops the run.
func (x *execution) eraseAll(ctx context.Context) error {
	var open []store.PlanItem // no more than could be one group
	for it, err := range x.Store.EachPlanItemTogether(ctx, x.plan.ID) {
		if err != nil {
			return err
		}
		if !notExcluded(it) {
			continue
		}
		if open = append(open, it); len(open) < x.groupLimit() {
			continue
		}
		n := x.groupOf(open)
		if err := x.eraseGroup(ctx, open[:n]); err != nil {
			return err
		}
		open = slices.Delete(open, 0, n)
	}
	for len(open) > 0 {
		n := x.groupOf(open)
		if err := x.eraseGroup(ctx, open[:n]); err != nil {
			return err
		}
		open = open[n:]
	}
	return nil
}

// groupLimit is how many items are erased together at most.
func (x *execution) groupLimit() int {
	if x.Group > 0 {
		return x.Group
	}
	return groupItems
}

// groupOf is how many of the first items are erased together.
func (x *execution) groupOf(items []store.PlanItem) int {
	source := items[0].Item.Source
	if _, ok := x.Erasers[source].(Grouper); !ok || items[0].Item.Links > 1 {
		return 1 // the names of a file go one by one
	}
	n, bytes := 0, int64(0)
	for _, it := range items[:min(x.groupLimit(), len(items))] {
		if bytes += it.Item.Size; n > 0 && (it.Item.Source != source || it.Item.Links > 1 || bytes > groupBytes) {
			break
		}
		n++
	}
	return n
}

// member is an item of a group that may be erased.
type member struct {
	it      store.PlanItem
	target  Target
	warrant Warrant
}

// eraseGroup takes items through the steps of the package comment. A returned
// error stops the run; what becomes of an item alone is told and stored.
func (x *execution) eraseGroup(ctx context.Context, items []store.PlanItem) error {
	var group []*member
	defer func() {
		for _, m := range group {
			_ = m.target.Close() // only a handle is given back: the receipt says what was done
		}
	}()
	stop := x.gather(ctx, items, func(m *member) { group = append(group, m) })
	if stop != nil && !errors.Is(stop, errBrake) {
		return stop
	}
	// Reading may have taken an hour: once more, as late as can be.
	ready, err := x.askAgain(ctx, group)
	if err != nil {
		return err
	}
	if len(ready) == 0 {
		return stop
	}
	// From here on nothing may be left half done by a signal: the group is
	// finished, and the run stops after it.
	ctx = context.WithoutCancel(ctx)
	if err := x.mint(ctx, ready); err != nil {
		return err
	}
	for _, m := range ready {
		x.count(m.it)
		if m.it.Item.Links > 1 {
			x.begun = fileOf(m.it)
		}
	}
	if err := x.settle(ctx, ready, x.destroy(ctx, ready)); err != nil {
		return err
	}
	return stop
}

// gather takes items in hand one after the other, with every precondition, and
// decides about those that may not be erased. Those that it takes are open,
// also when it returns an error.
func (x *execution) gather(ctx context.Context, items []store.PlanItem, taken func(*member)) error {
	brakes := x.lookahead() // counts what the group would be, not only what is done
	for _, it := range items {
		if err := x.mayGoOn(ctx); err != nil {
			return err
		}
		target, err := x.take(ctx, it, brakes.withinBrakes)
		var not *no
		switch {
		case err == nil:
			brakes.count(it)
			taken(&member{it: it, target: target})
		case errors.As(err, &not):
			if err := x.decide(ctx, it, not); err != nil {
				return err
			}
		default:
			return err
		}
	}
	return nil
}

// decide writes down what becomes of an item that is not erased.
func (x *execution) decide(ctx context.Context, it store.PlanItem, not *no) error {
	if err := x.decided(ctx, it, not); err != nil {
		return err
	}
	x.sum.Left--
	return nil
}

// take asks every precondition of an item, those on the handle too, and
// returns it ready to be erased.
func (x *execution) take(ctx context.Context, it store.PlanItem, withinBrakes func(store.PlanItem) error) (_ Target, err error) {
	asked := x.ask(ctx, it)
	if asked != nil && !errors.Is(asked, errNotListed) {
		return nil, asked
	}
	if err := withinBrakes(it); err != nil {
		return nil, err
	}
	eraser := x.Erasers[it.Item.Source]
	if eraser == nil {
		return nil, refuse(store.ItemRefused, "%w: source %s has no means to erase", ErrRefused, it.Item.Source)
	}
	if err := x.takeNames(ctx, it, eraser); err != nil {
		return nil, err
	}
	target, err := eraser.Take(ctx, it.Item)
	if err != nil {
		if ctx.Err() != nil {
			return nil, ctx.Err()
		}
		return nil, &no{state: stateOf(err), err: err}
	}
	defer func() {
		if err != nil {
			target.Close() // it was only read
		}
	}()
	if asked != nil {
		return nil, asked // not listed, and it is there all the same
	}
	return target, sameContent(ctx, target, it, x.MAC)
}

// askAgain asks what may have changed while the group was read, and returns
// those of it that may still be erased.
func (x *execution) askAgain(ctx context.Context, group []*member) (ready []*member, err error) {
	for _, m := range group {
		if err := x.mayGoOn(ctx); err != nil {
			return nil, err
		}
		err := x.ask(ctx, m.it)
		var not *no
		switch {
		case err == nil:
			ready = append(ready, m)
		case errors.As(err, &not):
			if err := x.decide(ctx, m.it, not); err != nil {
				return nil, err
			}
		default:
			return nil, err
		}
	}
	return ready, nil
}

// mint writes the intents and makes the warrants. Both the audit log and the
// store have all of them on stable storage when mint returns.
func (x *execution) mint(ctx context.Context, group []*member) error {
	entries := make([]audit.Entry, len(group))
	items := make([]store.PlanItem, len(group))
	for i, m := range group {
		it := m.it
		it.Tombstone = newTombstone()
		entries[i] = audit.Entry{
			Type: audit.TypeEraseIntent, Plan: x.plan.ID, Item: it.Ref, Path: x.path(it),
			Detail: map[string]string{"rule": it.Rule, "content": it.ContentMAC, "tombstone": it.Tombstone},
		}
		it = withoutReceipt(it)
		it.State, it.Error = store.ItemErasing, ""
		items[i] = it
	}
	if err := x.log(entries...); err != nil {
		return err
	}
	if err := x.Store.BeginErasing(ctx, items...); err != nil {
		return fmt.Errorf("storing the intent for %s: %w", refs(items), err)
	}
	for i, m := range group {
		m.it = items[i]
		m.warrant = x.warrant(&m.it)
	}
	return nil
}

// warrant is the permission for an item whose intent is written.
func (x *execution) warrant(it *store.PlanItem) Warrant {
	return Warrant{item: it.Item, tombstone: it.Tombstone, minted: x, stored: it}
}

// destroy has the eraser act on the warrants.
func (x *execution) destroy(ctx context.Context, group []*member) []Done {
	if g, ok := x.Erasers[group[0].it.Item.Source].(Grouper); ok && len(group) > 1 {
		orders := make([]Order, len(group))
		for i, m := range group {
			orders[i] = Order{m.target, m.warrant}
		}
		return g.EraseGroup(ctx, orders)
	}
	done := make([]Done, len(group))
	for i, m := range group {
		done[i].Receipt, done[i].Err = m.target.Erase(ctx, m.warrant)
	}
	return done
}

// settle writes down what became of a group: first those that are erased, all
// together, then each of the others.
func (x *execution) settle(ctx context.Context, group []*member, done []Done) error {
	var gone []store.PlanItem
	var receipts []Receipt
	for i, m := range group {
		if done[i].Err == nil {
			gone, receipts = append(gone, m.it), append(receipts, done[i].Receipt)
		}
	}
	if err := x.erased(ctx, gone, receipts); err != nil {
		return err
	}
	x.sum.Left -= len(gone)
	for i, m := range group {
		err := done[i].Err
		switch {
		case err == nil:
			continue
		case knownUntouched(err):
			err = x.decided(ctx, m.it, &no{state: stateOf(err), err: err})
		default:
			err = x.unknown(ctx, m.it, err)
		}
		if err != nil {
			return err
		}
		x.sum.Left--
	}
	return nil
}
