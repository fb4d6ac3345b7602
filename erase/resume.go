package erase

import (
	"context"
	"errors"
	"fmt"
	"io"

	"github.com/sletdk/slet/retention"
	"github.com/sletdk/slet/store"
)

// Restorer is an [Eraser] that can stop half way: it gives an item that an
// interrupted erasure left under its tombstone its own name back.
type Restorer interface {
	// Restore looks for the item of the warrant and, when it lies under its
	// tombstone, renames it back; it never replaces something else that has
	// the name by now. same reads the content, all there is, and says whether
	// it is what was approved.
	Restore(ctx context.Context, w Warrant, same func(r io.ReaderAt, size int64) (bool, error)) (Restored, error)
}

// Restored is what [Restorer.Restore] found and did.
type Restored struct {
	// Remains is Untouched when the item lies under its own name now, Gone
	// when there is nothing to keep: neither name exists, or the content had
	// been cut off already.
	Remains Remains
	// Whole is true when the content is what was approved. Otherwise some of
	// it had been overwritten before.
	Whole bool
}

// finishInterrupted looks at every item whose intent is written and whose
// outcome is not, and returns the items as they are then.
func (x *execution) finishInterrupted(ctx context.Context, items []store.PlanItem) ([]store.PlanItem, error) {
	interrupted := func(it store.PlanItem) bool { return it.State == store.ItemErasing }
	if count(items, interrupted) == 0 {
		return items, nil
	}
	if err := intact(x.plan, items); err != nil {
		return nil, err
	}
	for _, it := range items {
		if !interrupted(it) {
			continue
		}
		if err := x.mayGoOn(ctx); err != nil {
			return nil, err
		}
		if err := x.resume(context.WithoutCancel(ctx), it); err != nil {
			return nil, err
		}
	}
	items, err := x.Store.PlanItems(ctx, x.plan.ID)
	if err != nil {
		return nil, fmt.Errorf("items of plan %s: %w", x.plan.ID, err)
	}
	return items, nil
}

// resume finishes the interrupted erasure of one item, or undoes it when a
// hold has come since.
func (x *execution) resume(ctx context.Context, it store.PlanItem) error {
	eraser := x.Erasers[it.Item.Source]
	if eraser == nil {
		return x.unknown(ctx, it, fmt.Errorf("%w: source %s has no means to erase", ErrRefused, it.Item.Source))
	}
	w := Warrant{item: it.Item, tombstone: it.Tombstone}
	hold, err := x.heldSince(ctx, it)
	if err != nil {
		return err
	}
	if r, ok := eraser.(Restorer); ok && hold != "" {
		return x.restore(ctx, r, it, w, hold)
	}
	remains, receipt, err := eraser.Resume(ctx, w)
	if err != nil {
		return x.unknown(ctx, it, err)
	}
	switch remains {
	case Finished, Gone:
		return x.erased(ctx, it, receipt)
	case Untouched:
		if hold != "" {
			return x.decided(ctx, it, &no{state: store.ItemHeld, err: errors.New(hold)})
		}
		return x.untouched(ctx, it)
	default:
		return x.unknown(ctx, it, fmt.Errorf("the eraser says %q", remains))
	}
}

// untouched puts an item back where it was before the intent: the run goes on
// to look at it like at any other.
func (x *execution) untouched(ctx context.Context, it store.PlanItem) error {
	if err := x.outcome(it, string(Untouched), map[string]string{}); err != nil {
		return err
	}
	it.State, it.Tombstone, it.Error = store.ItemPlanned, "", ""
	return x.set(ctx, it)
}

// restore undoes an interrupted erasure as far as that is possible. A hold wins
// even then: what is left of the content is kept and nothing more is destroyed.
func (x *execution) restore(ctx context.Context, r Restorer, it store.PlanItem, w Warrant, hold string) error {
	got, err := r.Restore(ctx, w, func(content io.ReaderAt, size int64) (bool, error) {
		sum, err := hashContent(ctx, content, size)
		return err == nil && x.MAC(sum) == it.ContentMAC, err
	})
	switch {
	case err != nil:
		return x.unknown(ctx, it, fmt.Errorf("%s, but it could not be given its name back: %w", hold, err))
	case got.Remains == Untouched && got.Whole:
		return x.decided(ctx, it, &no{state: store.ItemHeld, err: errors.New(hold)})
	case got.Remains == Untouched:
		return x.decided(ctx, it, &no{state: store.ItemHeld, err: errors.New(hold +
			" after its erasure had begun: it is kept, but its content is not whole any more")})
	default:
		_, receipt, err := r.(Eraser).Resume(ctx, w)
		if err != nil {
			return x.unknown(ctx, it, err)
		}
		return x.erased(ctx, it, receipt)
	}
}

// heldSince reports, in words, whether a hold keeps an item whose erasure was
// interrupted; "" means that none does. A scan that ran in between knows the
// item under its tombstone only, or not at all. In that case a hold on a
// person may or may not be meant: doubt keeps.
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
			if h.Subject != "" && h.Released.IsZero() {
				return "possibly held by " + h.ID, nil
			}
		}
	}
	dec := retention.Decide(facts, x.Schedule, x.Events, holds, x.Now())
	if dec.Disposition == retention.Held {
		return "held by " + dec.Hold, nil
	}
	return "", nil
}
