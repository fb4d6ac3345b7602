package erase

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"

	"github.com/sletdk/slet/retention"
	"github.com/sletdk/slet/scanner"
	"github.com/sletdk/slet/store"
)

// The preconditions of an erasure, each a function of its own. All of them
// hold at the moment when a warrant is minted; a test goes red for every one
// that is taken out.
//
// A precondition says no to one item with a *no; any other error stops the run.

// Brakes stop a run before it destroys more than somebody expected. Zero means
// that there is no such brake.
type Brakes struct {
	MaxItems int   // at most so many items per run
	MaxBytes int64 // at most so many bytes per run
	// MaxPercent is the largest part of a source that may be erased per run,
	// 0 to 100, counted in items against the last scan. It is asked of sources
	// with PercentFrom items or more: of three files, one is a third.
	// The same holds for the recordings of each camera.
	MaxPercent  float64
	PercentFrom int
	// StopFile stops every run between two items for as long as it exists.
	StopFile string
}

// no is a precondition's answer that one item is not to be erased.
type no struct {
	state store.ItemState // what becomes of it
	err   error           // why
}

func (n *no) Error() string { return n.err.Error() }
func (n *no) Unwrap() error { return n.err }

// result is what a run reports of the item.
func (n *no) result() string {
	switch {
	case errors.Is(n.err, ErrInUse):
		return Refused
	case n.state == store.ItemPlanned: // it is as it was
		return HeldBack
	}
	return string(n.state)
}

func refuse(state store.ItemState, format string, args ...any) error {
	return &no{state: state, err: fmt.Errorf(format, args...)}
}

// enforced: precondition. Erasing has been turned on on purpose, and somebody
// handed out the means.
func (r *Runner) enforced() bool {
	return r.Enforce && r.Erasers != nil
}

// approved: precondition. A named person approved the plan, and nobody has
// withdrawn it since.
func approved(plan store.Plan) error {
	if plan.Approver == "" || (plan.State != store.PlanApproved && plan.State != store.PlanExecuting) {
		return fmt.Errorf("%w: plan %s is not approved (it is %s)", ErrRefused, plan.ID, plan.State)
	}
	return nil
}

// notStopped: precondition. Nobody has put the stop file there. Doubt stops.
func (b Brakes) notStopped() error {
	if b.StopFile == "" {
		return nil
	}
	_, err := os.Lstat(b.StopFile)
	switch {
	case err == nil:
		return fmt.Errorf("%w: the stop file %s exists", ErrRefused, b.StopFile)
	case errors.Is(err, fs.ErrNotExist):
		return nil
	default:
		return fmt.Errorf("%w: whether the stop file exists is not known: %w", ErrRefused, err)
	}
}

// withinItems: precondition. One more item is not one too many for this run.
func (b Brakes) withinItems(done int) error {
	if b.MaxItems > 0 && done+1 > b.MaxItems {
		return brakef("at most %d items in one run", b.MaxItems)
	}
	return nil
}

// withinBytes: precondition. The item's bytes are not too many for this run.
func (b Brakes) withinBytes(done, size int64) error {
	if b.MaxBytes > 0 && done+size > b.MaxBytes {
		return brakef("at most %d bytes in one run", b.MaxBytes)
	}
	return nil
}

// withinPercent: precondition. One more item is not too large a part of its
// source for this run.
func (b Brakes) withinPercent(whole string, done int, seen int64) error {
	if b.MaxPercent <= 0 || seen < int64(b.PercentFrom) {
		return nil
	}
	if float64(done+1)*100 > b.MaxPercent*float64(seen) {
		return brakef("at most %g %% of the %d items of %s in one run", b.MaxPercent, seen, whole)
	}
	return nil
}

// errBrake: the run has done as much as one run may. What it has taken in hand
// by then is still erased. It wraps [ErrRefused].
var errBrake = fmt.Errorf("%w: brake", ErrRefused)

func brakef(format string, args ...any) error {
	return fmt.Errorf("%w: "+format, append([]any{errBrake}, args...)...)
}

// notExcluded: precondition. The item was approved, and is still to be done.
// A failed one is tried again: nothing had been changed, the approval stands,
// and everything is checked anew.
func notExcluded(it store.PlanItem) bool {
	return it.State == store.ItemPlanned || it.State == store.ItemFailed
}

// sameFinding: precondition. What the last scan knows of the item is what was
// approved.
func sameFinding(it store.PlanItem, f store.Finding) error {
	if f.Ref != it.Ref || f.Item.Source != it.Item.Source || f.Item.ID != it.Item.ID || f.Item.Version != it.Item.Version {
		return refuse(store.ItemChanged, "%w: a later scan found another version of it", scanner.ErrChanged)
	}
	if f.ContentMAC != it.ContentMAC {
		return refuse(store.ItemChanged, "%w: a later scan found other content in it", scanner.ErrChanged)
	}
	return nil
}

// notHeld: precondition. No hold keeps the item.
func notHeld(dec retention.Decision) error {
	if dec.Disposition == retention.Held {
		return refuse(store.ItemHeld, "held by %s", dec.Hold)
	}
	return nil
}

// stillDue: precondition. The rule that the item was approved under still
// wants it erased, at this moment's clock, events and findings, and since the
// very day that was approved.
func stillDue(it store.PlanItem, dec retention.Decision) error {
	due := mayErase(dec) && dec.Rule == it.Rule
	if !due && restsOnEvent(it) {
		return refuse(store.ItemChanged, "%w: the event that it was due by has another date now, or was cancelled (now: %s)", scanner.ErrChanged, dec.Disposition)
	}
	if _, asked := retention.RequestedBy(it.Rule); due && !asked && !dec.Due.Equal(it.Due) {
		return refuse(store.ItemChanged, "%w: it is due since another day than was approved", scanner.ErrChanged)
	}
	if !due {
		return refuse(store.ItemRefused, "%w: no longer due by rule %s (now: %s)", ErrRefused, it.Rule, dec.Disposition)
	}
	return nil
}

// notPrivate: precondition. The item does not lie in anything private.
func notPrivate(it store.PlanItem) error {
	if private(it) {
		return refuse(store.ItemRefused, "%w: it lies in a private folder", ErrRefused)
	}
	return nil
}

func private(it store.PlanItem) bool {
	return scanner.PrivatePath(it.Item.Path) ||
		it.Item.Kind != scanner.KindMessage && scanner.PrivatePath(it.Item.ID) // a path, too
}

// contentKnown: precondition. The content was read whole when it was approved:
// without its MAC nobody can tell that it is still the same.
func contentKnown(it store.PlanItem) error {
	if it.ContentMAC == "" {
		return refuse(store.ItemRefused, "%w: its content was never read whole, so it cannot be compared", ErrRefused)
	}
	return nil
}

// sameContent: precondition. The content, read through the handle that will be
// overwritten, is what was approved, byte for byte.
func sameContent(ctx context.Context, t Target, it store.PlanItem, mac func([32]byte) string) error {
	sum, err := contentSum(ctx, it, t, t.Size())
	if err != nil {
		if ctx.Err() != nil {
			return ctx.Err()
		}
		return refuse(store.ItemFailed, "reading it again: %w", err)
	}
	if mac(sum) != it.ContentMAC {
		return refuse(store.ItemChanged, "%w: its content is not what was approved", scanner.ErrChanged)
	}
	return nil
}

// contentSum is what a scan made the item's MAC of: the hash of all of it, or of
// a recording its sample.
func contentSum(ctx context.Context, it store.PlanItem, r io.ReaderAt, size int64) (sum [32]byte, err error) {
	if it.Item.Kind == scanner.KindRecording {
		sum, _, err = scanner.Sample(ctx, r, size)
		return sum, err
	}
	return hashContent(ctx, r, size)
}

// hashContent reads size bytes of r, and notices a cancelled ctx on the way.
func hashContent(ctx context.Context, r io.ReaderAt, size int64) (sum [32]byte, err error) {
	h := sha256.New()
	buf := make([]byte, min(max(size, 0), 1<<20))
	for off := int64(0); off < size; {
		if err := ctx.Err(); err != nil {
			return sum, err
		}
		n, err := r.ReadAt(buf[:min(int64(len(buf)), size-off)], off)
		h.Write(buf[:n])
		off += int64(n)
		if err != nil && (!errors.Is(err, io.EOF) || off < size) {
			return sum, fmt.Errorf("at byte %d of %d: %w", off, size, err)
		}
	}
	return [32]byte(h.Sum(nil)), nil
}

// errNotListed: the inventory has the item no more. That proves nothing about
// the storage: only the eraser, which looks, may call an item gone.
var errNotListed = errors.New("it is not in the inventory any more, so that nobody can tell whether it is still due; scan and plan again")

// ask puts the preconditions that need no handle to one item: those of the
// plan, of the store and of the clock, as they are at this moment.
func (x *execution) ask(ctx context.Context, it store.PlanItem) error {
	plan, err := x.Store.Plan(ctx, x.plan.ID)
	if err != nil {
		return fmt.Errorf("plan %s: %w", x.plan.ID, err)
	}
	if x.enforced() {
		if err := approved(plan); err != nil {
			return err
		}
		if err := x.waited(plan); err != nil {
			return err
		}
	}
	if err := x.askItem(ctx, plan, it); err != nil {
		return err
	}
	return x.allNames(ctx, plan, it)
}

// askItem puts those that are about the item.
func (x *execution) askItem(ctx context.Context, plan store.Plan, it store.PlanItem) error {
	if err := notPrivate(it); err != nil {
		return err
	}
	if err := contentKnown(it); err != nil {
		return err
	}
	f, err := x.Store.Finding(ctx, it.Ref)
	if errors.Is(err, store.ErrNotFound) {
		return &no{state: store.ItemChanged, err: errNotListed}
	}
	if err != nil {
		return fmt.Errorf("finding %s: %w", it.Ref, err)
	}
	holds, err := x.Store.Holds(ctx)
	if err != nil {
		return fmt.Errorf("reading the holds: %w", err)
	}
	ev, err := x.register.current(ctx, x.Store)
	if err != nil {
		return err
	}
	at := x.witnessed(x.clock).At
	dec := x.ruling(it, f, ev, holds, at)
	if err := notHeld(dec); err != nil {
		return err
	}
	if err := sameFinding(it, f); err != nil {
		return err
	}
	if err := stillDue(it, dec); err != nil {
		return err
	}
	if err := x.ownerHeard(ctx, plan, f, at); err != nil {
		return err
	}
	return x.askCamera(ctx, plan, it, f, func(f store.Finding) retention.Decision { return x.ruling(it, f, ev, holds, at) })
}
