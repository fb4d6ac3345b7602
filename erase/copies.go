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
}

// Elsewhere looks for the copies of what is selected.
func (s Selection) Elsewhere(ctx context.Context) (Elsewhere, error) {
	e := Elsewhere{Due: map[string]bool{}, Kept: map[string]bool{}}
	l, err := NewCopyLooker(ctx, s.deps)
	if err != nil {
		return e, err
	}
	selected := map[string]bool{}
	for _, it := range s.Items {
		selected[it.Ref] = true
	}
	for _, it := range s.Items {
		copies, _, err := l.Copies(ctx, it.Ref, it.ContentMAC)
		if err != nil {
			return e, err
		}
		for _, c := range copies {
			switch {
			case selected[c.Ref]:
			case mayErase(c.Decision):
				e.Due[c.Ref] = true
			default:
				e.Kept[c.Ref] = true
			}
		}
	}
	return e, nil
}

// AddCopies adds the copies that are due themselves, of whatever source, and
// are not left out for one of the reasons that [Selection] names. It returns
// how many they are.
func (s *Selection) AddCopies(ctx context.Context, e Elsewhere) (int, error) {
	all, err := s.deps.due(ctx, scope{}, s.deps.Now())
	if err != nil {
		return 0, err
	}
	n := 0
	for _, it := range all.Items {
		if e.Due[it.Ref] && s.earlier[it.Ref].why(it) == "" {
			s.Items = append(s.Items, it)
			n++
		}
	}
	return n, nil
}
