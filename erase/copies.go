package erase

import (
	"context"
	"fmt"

	"github.com/sletdk/slet/retention"
	"github.com/sletdk/slet/store"
)

// "Erase all copies": an item that is erased while the same document lies in
// another folder or mailbox, or is attached to a mail, is not gone. Copies are
// told of and can be planned together; but no copy is ever erased because
// another is due: each has its own rule, holds and dates.

// Copy is another item that shares content with one.
type Copy struct {
	store.Copy
	Decision retention.Decision
}

// CopyLooker looks for copies, and asks the rules as they were when it was made.
type CopyLooker struct {
	deps   Deps
	holds  []retention.Hold
	events retention.Events
}

// NewCopyLooker reads what the rules need to know.
func NewCopyLooker(ctx context.Context, d Deps) (*CopyLooker, error) {
	l := &CopyLooker{deps: d}
	var err error
	if l.holds, err = d.Store.Holds(ctx); err != nil {
		return nil, fmt.Errorf("reading the holds: %w", err)
	}
	if l.events, err = d.Store.Events(ctx); err != nil {
		return nil, fmt.Errorf("reading the event register: %w", err)
	}
	return l, nil
}

// Copies lists the copies of an item with what the rules say of them.
// contentMAC is the item's. more says that there are more than are listed.
func (l *CopyLooker) Copies(ctx context.Context, ref, contentMAC string) ([]Copy, bool, error) {
	found, more, err := l.deps.Store.Copies(ctx, ref, contentMAC, l.events.NeedNames())
	if err != nil {
		return nil, false, fmt.Errorf("looking for copies: %w", err)
	}
	var copies []Copy
	for _, c := range found {
		copies = append(copies, Copy{c, retention.Decide(c.Facts(), l.deps.Schedule, l.events, l.holds, l.deps.Now())})
	}
	return copies, more, nil
}

// Elsewhere are the copies of a selection's items that are not in it.
type Elsewhere struct {
	Due  map[string]bool // by reference: due themselves, and could be planned
	Kept map[string]bool // not due, held, or for a person to look at
	More bool            // there are more than these
}

// maxElsewhere is how many copies are noted.
const maxElsewhere = 20_000

// Elsewhere looks for the copies of what is selected.
func (s Selection) Elsewhere(ctx context.Context) (Elsewhere, error) {
	e := Elsewhere{Due: map[string]bool{}, Kept: map[string]bool{}}
	l, err := NewCopyLooker(ctx, s.deps)
	if err != nil {
		return e, err
	}
	looked := map[string]bool{} // contents that lie elsewhere: what is one's copy is the other's
	for it, err := range s.Each(ctx) {
		if err != nil {
			return e, err
		}
		if looked[it.ContentMAC] {
			continue
		}
		copies, more, err := l.Copies(ctx, it.Ref, it.ContentMAC)
		if err != nil {
			return e, err
		}
		if len(copies) > 0 && len(looked) < maxElsewhere {
			looked[it.ContentMAC] = true
		}
		e.More = e.More || more
		for _, c := range copies {
			into := e.Kept
			if mayErase(c.Decision) {
				selected, err := s.draft.has(ctx, c.Ref)
				if err != nil {
					return e, err
				}
				if selected {
					continue
				}
				into = e.Due
			}
			if len(e.Due)+len(e.Kept) == maxElsewhere {
				e.More = true
				return e, nil
			}
			into[c.Ref] = true
		}
	}
	return e, nil
}

// AddCopies adds the copies that are due themselves, of whatever source, and
// are not left out for one of the reasons that [Selection] names. It returns
// how many they are.
func (s *Selection) AddCopies(ctx context.Context, e Elsewhere) (int, error) {
	n := 0
	all := s.deps.selection(scope{each: func(it store.PlanItem) error {
		if !e.Due[it.Ref] {
			return nil
		}
		n++
		return s.draft.add(ctx, it)
	}})
	all.keeping = s.keeping
	c, err := all.chooser(ctx, s.deps.Now())
	if err != nil {
		return 0, err
	}
	if err := c.lookAtCameras(ctx); err != nil {
		return 0, err
	}
	err = c.walk(ctx)
	s.Items += n
	return n, err
}
