package erase

import (
	"context"
	"errors"
	"fmt"

	"github.com/sletdk/slet/store"
)

// A file with several names (hard links) is erased name by name, each an item
// like any other with its own intent and outcome: the names but the last are
// removed, and with the last one, which is then the only one, the content is
// overwritten. So no content is ever overwritten that has a name which is not
// being erased, whatever fails in between; an eraser that finds other names
// never overwrites. What is left of a file whose names could not all be erased
// is whole.
//
// The first name goes only when all are in the plan and may go at that moment.
// The names of a file are known by being of one version, which names the file; a
// run takes them one after the other ([store.Store.EachPlanItemTogether]).
// When a run ends between two of them, the rest is refused and needs a new plan.

// fileOf names the file that an item is a name of.
func fileOf(it store.PlanItem) string { return it.Item.Source + "\x00" + it.Item.Version }

// allNames: precondition. A file's names are all in the plan, each of them may
// be erased, and one run may erase them all.
func (x *execution) allNames(ctx context.Context, plan store.Plan, it store.PlanItem) error {
	if it.Item.Links <= 1 || x.begun == fileOf(it) {
		return nil
	}
	names, err := x.company.names(ctx, it)
	if err != nil {
		return err
	}
	if len(names) != it.Item.Links {
		return refuse(store.ItemRefused, "%w: the same content has %d names (hard links), of which this plan erases %d: "+
			"plan the others too, or remove the names that are not needed; then scan and plan again", ErrRefused, it.Item.Links, len(names))
	}
	run := x.lookahead()
	for _, other := range names {
		if other.Ref != it.Ref {
			if err := x.askItem(ctx, plan, other); err != nil {
				return otherName(err)
			}
		}
		if err := run.withinBrakes(other); err != nil {
			return err
		}
		run.count(other)
	}
	return nil
}

// takeNames looks at the other names of a file on their handles, before the
// first is removed.
func (x *execution) takeNames(ctx context.Context, it store.PlanItem, eraser Eraser) error {
	if it.Item.Links <= 1 || x.begun == fileOf(it) {
		return nil
	}
	names, err := x.company.names(ctx, it)
	if err != nil {
		return err
	}
	for _, other := range names {
		if other.Ref == it.Ref {
			continue
		}
		target, err := eraser.Take(ctx, other.Item)
		if err != nil {
			return otherName(&no{state: stateOf(err), err: err})
		}
		if err := target.Close(); err != nil {
			return fmt.Errorf("closing another name of it: %w", err)
		}
	}
	return nil
}

// otherName says that an item is kept because another name of its file is.
func otherName(err error) error {
	var not *no
	if !errors.As(err, &not) {
		return err
	}
	state := store.ItemRefused
	switch not.state {
	case store.ItemHeld, store.ItemFailed, store.ItemPlanned: // held, to be tried again, or waiting
		state = not.state
	}
	return &no{state: state, err: fmt.Errorf("another name of the same content (a hard link) is kept: %w", not.err)}
}

// lookahead is the run as its brakes see it, to be counted on without changing it.
func (x *execution) lookahead() *execution {
	run := *x
	run.fromSource = map[string]int{}
	for source, n := range x.fromSource {
		run.fromSource[source] = n
	}
	return &run
}
