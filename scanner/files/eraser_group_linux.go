package files

import (
	"context"
	"fmt"

	"github.com/sletdk/slet/erase"
)

// Erase renames the item to its tombstone and destroys it.
func (t *target) Erase(_ context.Context, w erase.Warrant) (erase.Receipt, error) {
	done := eraseAll([]*target{t}, []erase.Warrant{w})
	return done[0].Receipt, done[0].Err
}

// EraseGroup erases several items together: see [erase.Grouper].
func (e *Eraser) EraseGroup(_ context.Context, group []erase.Order) []erase.Done {
	targets, warrants := make([]*target, len(group)), make([]erase.Warrant, len(group))
	for i, o := range group {
		targets[i], _ = o.Target.(*target)
		warrants[i] = o.Warrant
	}
	return eraseAll(targets, warrants)
}

// eraseAll renames each item to its tombstone, makes the names durable, and
// destroys those that got that far.
func eraseAll(targets []*target, warrants []erase.Warrant) []erase.Done {
	group := make([]*doomed, len(targets))
	for i, t := range targets {
		d := &doomed{warrant: warrants[i], receipt: erase.Receipt{Assurance: erase.None}}
		if t == nil {
			d.err = fmt.Errorf("%w: not an item of this eraser", erase.ErrRefused)
		} else {
			d.at, d.file = t.at, t.file
			d.doubts, d.names, d.err = t.bury(warrants[i])
		}
		group[i] = d
	}
	syncFolders(group)
	var last []*doomed
	for i, d := range group {
		switch {
		case d.err != nil:
		case d.names > 1:
			targets[i].eraser.removeName(d)
		default:
			last = append(last, d)
		}
	}
	destroy(last)
	done := make([]erase.Done, len(group))
	for i, d := range group {
		done[i] = erase.Done{Receipt: d.receipt, Err: d.err}
	}
	return done
}

// bury gives the item the tombstone's name, and says how many names the file has.
func (t *target) bury(w erase.Warrant) (d doubts, names uint64, err error) {
	if !w.For(t.item) {
		return d, 0, fmt.Errorf("%w: the warrant is for another item", erase.ErrRefused)
	}
	// From here to the end nobody else can open it: see alone.
	asked, err := alone(t.file)
	if err != nil {
		return d, 0, fmt.Errorf("%w: %w", erase.ErrUntouched, err)
	}
	now, err := statHandle(t.file)
	if err != nil {
		return d, 0, fmt.Errorf("%w: %w", erase.ErrUntouched, err)
	}
	if err := t.eraser.takeable(t.item, now); err != nil {
		return d, 0, fmt.Errorf("since it was read: %w", err)
	}
	if err := t.at.bury(now, w.Tombstone()); err != nil {
		return d, 0, t.eraser.explain(t.item, err)
	}
	return doubts{notAlone: !asked}, now.links, nil
}
