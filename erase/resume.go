package erase

import (
	"context"
	"errors"
	"fmt"
	"io"
	"path"
	"slices"

	"github.com/sletdk/slet/retention"
	"github.com/sletdk/slet/store"
)

// Restorer is an [Eraser] that can stop half way: it gives an item that an
// interrupted erasure left under its tombstone its own name back.
type Restorer interface {
	// Restore looks for the item of the warrant and, when it lies under its
	// tombstone, renames it back; it never replaces something else that has
	// the name by now. same reads the content, all there is, and says whether
	// it is what was approved. When it returns an error, nothing is renamed,
	// and the error of Restore wraps it.
	Restore(ctx context.Context, w Warrant, same func(r io.ReaderAt, size int64) (bool, error)) (Restored, error)
}

// Restored is what [Restorer.Restore] found and did.
type Restored struct {
	// Remains is Untouched when the item lies under its own name now, Gone
	// when the content had been cut off already, Missing as of
	// [Eraser.Resume].
	Remains Remains
	// Whole is true when the content is what was approved. Otherwise some of
	// it had been overwritten before.
	Whole bool
}

// Interrupted returns the items of all plans whose erasure was begun and whose
// outcome is not known: slet erase with their plan goes on with them.
func Interrupted(ctx context.Context, st *store.Store) ([]store.PlanItem, error) {
	items, err := st.ItemsInState(ctx, store.ItemErasing)
	if err != nil {
		return nil, fmt.Errorf("interrupted erasures: %w", err)
	}
	return items, nil
}

func interrupted(it store.PlanItem) bool { return it.State == store.ItemErasing }

// toGo: an item that a run of its plan decides about, or goes on with.
func toGo(it store.PlanItem) bool { return notExcluded(it) || interrupted(it) }

// finishInterrupted looks at every item whose intent is written and whose
// outcome is not, and counts the items by their state as they are then.
func (x *execution) finishInterrupted(ctx context.Context, states map[store.ItemState]int) (map[store.ItemState]int, error) {
	if count(states, interrupted) == 0 {
		return states, nil
	}
	if err := x.intact(ctx, x.plan); err != nil {
		return nil, err
	}
	err := x.eachInterrupted(ctx, states, func(it store.PlanItem) error {
		if err := x.mayGoOn(ctx); err != nil {
			return err
		}
		return x.resume(context.WithoutCancel(ctx), it)
	})
	if err != nil {
		return nil, err
	}
	return x.states(ctx)
}

// eachInterrupted calls f with every item that is being erased, if there are any.
func (x *execution) eachInterrupted(ctx context.Context, states map[store.ItemState]int, f func(store.PlanItem) error) error {
	if count(states, interrupted) == 0 {
		return nil
	}
	for it, err := range x.Store.EachPlanItem(ctx, x.plan.ID) {
		if err != nil {
			return err
		}
		if !interrupted(it) {
			continue
		}
		if err := f(it); err != nil {
			return err
		}
	}
	return nil
}

// resume finishes the interrupted erasure of one item, or undoes it when it may
// not be erased any more.
func (x *execution) resume(ctx context.Context, it store.PlanItem) error {
	eraser := x.Erasers[it.Item.Source]
	if eraser == nil {
		return x.unknown(ctx, it, fmt.Errorf("%w: source %s has no means to erase", ErrRefused, it.Item.Source))
	}
	veto, err := x.veto(ctx, it)
	if err != nil {
		return err
	}
	if r, ok := eraser.(Restorer); ok && veto != nil {
		return x.restore(ctx, eraser, r, it, veto)
	}
	return x.finishOne(ctx, eraser, it, veto)
}

// finishOne has the eraser finish what it began with one item.
func (x *execution) finishOne(ctx context.Context, eraser Eraser, it store.PlanItem, veto *no) error {
	remains, receipt, err := eraser.Resume(ctx, x.warrant(&it))
	if err != nil {
		return x.unknown(ctx, it, err)
	}
	switch remains {
	case Finished, Gone:
		return x.erased(ctx, []store.PlanItem{it}, []Receipt{receipt})
	case Missing:
		return x.missing(ctx, it)
	case Untouched:
		if veto != nil {
			return x.decided(ctx, it, veto)
		}
		return x.untouched(ctx, it)
	default:
		return x.unknown(ctx, it, fmt.Errorf("the eraser says %q", remains))
	}
}

// missing decides about an item of which there is nothing under either name.
func (x *execution) missing(ctx context.Context, it store.PlanItem) error {
	if it.Method == "" {
		return x.unknown(ctx, it, fmt.Errorf("its erasure was interrupted, and it is not where it was: look for a file named %s, whole perhaps, "+
			"where %s is now; put it back there, and the next run goes on with it", it.Tombstone, x.folder(it)))
	}
	return x.erased(ctx, []store.PlanItem{it}, []Receipt{{
		Method: it.Method, Assurance: Assurance(it.Assurance), Bytes: it.Bytes,
		Caveats: append(slices.Clone(it.Caveats), CaveatNameGone),
	}})
}

// folder is where an item lies, for people.
func (x *execution) folder(it store.PlanItem) string {
	if private(it) {
		return "its folder"
	}
	return "the folder " + x.Mask(path.Join(it.Item.Source+":/", path.Dir(it.Item.Path)))
}

// untouched puts an item back where it was before the intent: the run goes on
// to look at it like at any other.
func (x *execution) untouched(ctx context.Context, it store.PlanItem) error {
	if err := x.outcome(it, string(Untouched), map[string]string{}); err != nil {
		return err
	}
	it = withoutReceipt(it)
	it.State, it.Tombstone, it.Error = store.ItemPlanned, "", ""
	return x.set(ctx, it)
}

// errPartly: see restore.
var errPartly = errors.New("some of its content was overwritten before")

// restore undoes the interrupted erasure of an item that may not be erased any
// more, if its content is whole. Of one that is partly overwritten there is
// nothing left that a rule could want to keep, so that it is finished; but a
// hold wins even then: what is left is kept and nothing more is destroyed.
func (x *execution) restore(ctx context.Context, eraser Eraser, r Restorer, it store.PlanItem, veto *no) error {
	got, err := r.Restore(ctx, x.warrant(&it), func(content io.ReaderAt, size int64) (bool, error) {
		sum, err := contentSum(ctx, it, content, size)
		if err != nil {
			return false, err
		}
		whole := x.MAC(sum) == it.ContentMAC
		if !whole && veto.state != store.ItemHeld {
			return false, errPartly
		}
		return whole, nil
	})
	switch {
	case errors.Is(err, errPartly):
		return x.finishOne(ctx, eraser, it, veto)
	case err != nil:
		return x.unknown(ctx, it, fmt.Errorf("%w, but it could not be given its name back: %w", veto, err))
	case got.Remains == Missing:
		return x.missing(ctx, it)
	case got.Remains == Untouched && got.Whole:
		return x.decided(ctx, it, veto)
	case got.Remains == Untouched:
		return x.decided(ctx, it, &no{state: veto.state, err: fmt.Errorf(
			"%w after its erasure had begun: it is kept, but its content is not whole any more", veto)})
	default:
		return x.finishOne(ctx, eraser, it, veto)
	}
}

// veto says why an item whose erasure was interrupted may not be erased now,
// nil when it still may. A hold comes first, since it keeps most.
func (x *execution) veto(ctx context.Context, it store.PlanItem) (*no, error) {
	hold, err := x.heldSince(ctx, it)
	if err != nil {
		return nil, err
	}
	if hold != "" {
		return &no{state: store.ItemHeld, err: errors.New(hold)}, nil
	}
	for _, precondition := range []func() error{
		func() error { return approved(x.plan) },
		func() error { return x.sameSchedule(x.plan) },
		func() error { return x.ask(ctx, it) },
	} {
		err := precondition()
		var not *no
		switch {
		case err == nil:
		case errors.As(err, &not):
			return not, nil
		case errors.Is(err, ErrRefused):
			return &no{state: store.ItemRefused, err: err}, nil
		default:
			return nil, err
		}
	}
	return nil, nil
}

// heldSince reports, in words, whether a hold keeps an item whose erasure was
// interrupted; "" means that none does. A scan that ran in between knows the
// item under its tombstone only, or not at all. In that case a hold on a
// person or a type of document may or may not be meant: doubt keeps.
func (x *execution) heldSince(ctx context.Context, it store.PlanItem) (string, error) {
	holds, err := x.Store.Holds(ctx)
	if err != nil {
		return "", fmt.Errorf("reading the holds: %w", err)
	}
	facts := store.Finding{Item: it.Item, SourceType: it.SourceType}.Facts()
	known, err := x.Store.Finding(ctx, it.Ref)
	switch {
	case err == nil:
		facts = known.Facts()
		facts.Path = it.Item.Path
	case !errors.Is(err, store.ErrNotFound):
		return "", fmt.Errorf("finding %s: %w", it.Ref, err)
	default:
		for _, h := range holds {
			if (h.Subject != "" || h.DocumentType != "") && h.Released.IsZero() {
				return "possibly held by " + h.ID, nil
			}
		}
	}
	// Only the holds are asked: no event can end one.
	dec := retention.Decide(facts, x.Schedule, nil, holds, x.Now())
	if dec.Disposition == retention.Held {
		return "held by " + dec.Hold, nil
	}
	return "", nil
}
