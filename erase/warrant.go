package erase

import (
	"context"
	"crypto/rand"
	"fmt"
	"strings"

	"github.com/sletdk/slet/scanner"
	"github.com/sletdk/slet/store"
)

// TombstonePrefix begins the name of every item that is being erased. The rest
// is random, so that a tombstone says nothing of the item and cannot hit a name
// that exists.
const TombstonePrefix = ".slet-"

// Warrant is the permission to erase one item. Outside this package none can
// be made that is good for anything: the zero Warrant is for no item. One is
// minted only after every precondition held and the intent was on stable
// storage, in the audit log and in the store.
type Warrant struct {
	item      scanner.Item
	tombstone string
	// minted is the run that minted it, stored what that run stores of it.
	minted *execution
	stored *store.PlanItem
}

// Item is the item that may be erased, as it was approved.
func (w Warrant) Item() scanner.Item { return w.item }

// Tombstone is the bare name (no folder) that the item is given, in its own
// folder, while it is being erased.
func (w Warrant) Tombstone() string { return w.tombstone }

// For reports whether the warrant is for that very item: same source, ID and
// version. An [Eraser] asks before it changes anything.
func (w Warrant) For(it scanner.Item) bool {
	return w.tombstone != "" && w.item.Version != "" &&
		w.item.Source == it.Source && w.item.ID == it.ID && w.item.Version == it.Version
}

// Destroyed is called by an [Eraser] that overwrites, when the content is
// verified to be destroyed and before the name is removed, with what can be
// said by then. It is on stable storage when Destroyed returns nil; after an
// error the name is not to be removed. Without it, an item whose names are
// missing after a crash may as well have been taken somewhere else.
func (w Warrant) Destroyed(r Receipt) error {
	return Destroyed([]Warrant{w}, []Receipt{r})
}

// Destroyed is [Warrant.Destroyed] for the items of a group, with one sync:
// either the destruction of all of them is on stable storage, or of none.
func Destroyed(warrants []Warrant, receipts []Receipt) error {
	var minted *execution
	items := make([]store.PlanItem, len(warrants))
	for i, w := range warrants {
		if w.minted == nil || minted != nil && w.minted != minted {
			return fmt.Errorf("%w: not a warrant of this run", ErrRefused)
		}
		if receipts[i].Method == "" {
			return fmt.Errorf("%w: the receipt does not say how it was destroyed", ErrRefused)
		}
		minted = w.minted
		items[i] = withReceipt(*w.stored, receipts[i])
	}
	if minted == nil {
		return nil // nothing got that far
	}
	if err := minted.Store.SetPlanItems(context.Background(), items...); err != nil {
		return fmt.Errorf("storing that the content of %s is destroyed: %w", refs(items), err)
	}
	for i, w := range warrants {
		*w.stored = items[i]
	}
	return nil
}

// refs names items in an error.
func refs(items []store.PlanItem) string {
	if len(items) == 1 {
		return items[0].Ref
	}
	return fmt.Sprintf("%s and %d other items", items[0].Ref, len(items)-1)
}

// newTombstone makes up a name that nothing has: 128 random bits.
func newTombstone() string {
	return TombstonePrefix + strings.ToLower(rand.Text())
}
