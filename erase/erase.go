// Package erase destroys what was approved, and nothing else.
//
// For every item of an approved plan, in this order:
//
//  1. ask again: still due under the very schedule that was approved, not held,
//     not private, no gap that matters, brakes and stop file;
//  2. [Eraser.Take]: open the item, and compare identity, size, time stamps and
//     content hash on that handle; anything else is "changed" and kept;
//  3. write the intent, with the name that the item will be given (its
//     tombstone), to the store and to the audit log; both are synced;
//  4. mint a [Warrant], the only thing that [Target.Erase] acts on;
//  5. erase: rename to the tombstone, sync the folder, overwrite the content
//     once with unpredictable data, sync, read it back, truncate, sync; write
//     into the store that the content is destroyed ([Warrant.Destroyed]); only
//     then unlink, and sync the folder;
//  6. verify that neither name exists any more;
//  7. write the outcome to the audit log and to the store.
//
// Renaming first is what makes a crash harmless. Afterwards whatever lies under
// the item's own name was not touched by us (it is the item itself, or
// something newer that somebody put there), and whatever lies under the
// tombstone is being erased: [Eraser.Resume] looks. When there is nothing under
// either name, the item was erased if the store says that its content had been
// destroyed. Otherwise somebody has taken it elsewhere, and it stays [Unknown],
// open and reported by every run, until it is found again.
//
// What an interrupted run left is finished only while the item may still be
// erased. If anything has come between, an item whose content is still whole
// is given its name back ([Restorer]).
//
// Small items of one source are taken through these steps in groups, if the
// eraser is a [Grouper]: each step is done for all of the group before the next
// one begins, with one sync. Every promise above holds then as it stands; the
// stop file and signals are looked at between two groups, of at most 128 items
// and 64 MiB.
//
// Of a file with several names (hard links) each is an item; see allNames.
//
// A warrant cannot be made outside this package, so that no code path leads to
// an overwrite without steps 1 to 3.
package erase

import (
	"context"
	"errors"
	"fmt"
	"io"

	"github.com/sletdk/slet/scanner"
)

// Eraser is the capability to erase in one source. It is handed out in enforce
// mode only. Implementations are held to the promises in package scannertest.
type Eraser interface {
	// Take opens the item for erasing and compares identity and version on the
	// handle. It changes nothing. Errors wrap scanner.ErrChanged,
	// scanner.ErrGone or [ErrRefused].
	Take(ctx context.Context, it scanner.Item) (Target, error)

	// Resume finishes what an earlier Target.Erase began with the same
	// warrant and was interrupted in. It reports what it found. An eraser that
	// is no [Restorer] destroys nothing here.
	Resume(ctx context.Context, w Warrant) (Remains, Receipt, error)
}

// Grouper is an [Eraser] that erases many small items faster together than one
// after the other, because it syncs once for all of them.
type Grouper interface {
	// EraseGroup does with each order what [Target.Erase] does, and answers
	// for each in the same place. What Target.Erase promises of an item it
	// promises too: no item's content is overwritten before the names of all
	// are durable, and so on for every step. Items do not suffer from what is
	// wrong with others of the group, but for what is synced together.
	EraseGroup(ctx context.Context, group []Order) []Done
}

// Order is an item of a group, taken by the same eraser, with its warrant.
type Order struct {
	Target  Target
	Warrant Warrant
}

// Done is what became of an item of a group; as [Target.Erase] returns it.
type Done struct {
	Receipt Receipt
	Err     error
}

// Target is an item taken in hand.
type Target interface {
	io.ReaderAt // the content, through the very handle that will be overwritten
	io.Closer
	Size() int64
	// Erase erases the item and verifies that it is gone. The receipt is valid
	// even when err is not nil: it says what had been done by then.
	Erase(ctx context.Context, w Warrant) (Receipt, error)
}

// Remains is what Resume found of an interrupted erasure.
type Remains string

// What can remain of an interrupted erasure.
const (
	// Untouched: the item lies under its own name as it was; nothing was done.
	Untouched Remains = "untouched"
	// Finished: the tombstone was there and has now been erased and verified.
	Finished Remains = "finished"
	// Gone: it does not exist any more, and cannot exist elsewhere either.
	Gone Remains = "gone"
	// Missing: there is nothing under either name, or not even their folder.
	// Whether that is because it was erased, only [Warrant.Destroyed] tells.
	Missing Remains = "missing"
)

// ErrRefused: a safety rule forbids erasing this item in this state of things.
var ErrRefused = errors.New("refused by a safety rule")

// ErrInUse: another program has the item open, or a part of it locked. It is a
// refusal that passes: the next run of the plan tries again, under the same
// approval. (A lack of rights is a failure, which the next run tries again too.)
var ErrInUse = fmt.Errorf("%w: in use by another program", ErrRefused)

// Receipt says what was done to an item. It is never rounded up.
type Receipt struct {
	Method    string // what was done: "overwrite+unlink", "unlink", …
	Assurance Assurance
	Bytes     int64 // overwritten and read back
	Caveats   []string
}

// Assurance is what can honestly be claimed of an erasure.
type Assurance string

// The assurances, strongest first. None is a sanitisation of a medium in the
// sense of NIST SP 800-88.
const (
	// Overwritten: the same blocks were overwritten in place and read back.
	Overwritten Assurance = "overwritten"
	// Unproven: overwritten and read back through the file system, which may
	// have put the new data elsewhere; the caveats say why.
	Unproven Assurance = "overwritten_unproven"
	// Unlinked: the name was removed; the content was not overwritten.
	Unlinked Assurance = "unlinked"
	// Expunged: a mail server was told to remove the message, and no longer
	// lists it or gives it out. What it keeps for itself is in the caveats.
	Expunged Assurance = "expunged"
	// None: nothing was destroyed.
	None Assurance = "none"
)
