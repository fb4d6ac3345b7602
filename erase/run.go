package erase

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"strconv"
	"time"

	"github.com/sletdk/slet/audit"
	"github.com/sletdk/slet/scanner"
	"github.com/sletdk/slet/store"
)

// The results of an item in a run, as printed.
const (
	WouldErase = "would_erase" // dry run: everything that could be checked allows it
	Erased     = "erased"
	Changed    = "changed" // not the item that was approved: kept
	HeldBack   = "held"
	// WasGone: the eraser looked and did not find it where it was, in a folder
	// that could be read. slet has not erased it: somebody removed or moved it.
	WasGone = "gone"
	Refused = "refused"
	Failed  = "failed" // not erased, and nothing was changed
	// Unknown: the storage failed after the intent was written, so that nobody
	// can say whether it was erased. The next run looks (see [Eraser.Resume]).
	Unknown = "unknown"
)

// ErrUntouched: the erasure failed, and the eraser knows that nothing was
// changed. Without it a failed erasure is not "failed" but [Unknown]. An error
// that wraps scanner.ErrChanged, scanner.ErrGone or [ErrRefused] says the same.
var ErrUntouched = errors.New("nothing was changed")

// Result is what became of one item in a run. Texts are masked.
type Result struct {
	Ref    string
	Path   string // "" for an item that lies in a private folder
	Result string // one of the constants above
	Method string
	// Assurance and Caveats are the receipt's, for an item that was erased.
	Assurance Assurance
	Caveats   []string
	Err       error // why it was not erased
}

// Summary counts the results of a run.
type Summary struct {
	WouldErase, Erased, Changed, Held, Gone, Refused, Failed, Unknown int

	// Bytes were overwritten, by the receipts; in a dry run, the sizes of the
	// items that would be.
	Bytes int64
	// Interrupted is how many items were being erased when an earlier run
	// ended, in a dry run, which leaves them as they are. They count as Unknown.
	Interrupted int
	// Kept is how many items a plan that had been carried out before this run
	// has kept; they need a new plan.
	Kept int
	// Left is how many approved items of the plan have not been decided:
	// a brake, a stop file or an error ended the run before them.
	Left int
}

// Runner carries out plans.
type Runner struct {
	Deps
	// Erasers holds the means to erase, by source name. It is nil in a dry run.
	Erasers map[string]Eraser
	// Enforce is true when erasing has been turned on. Without it, or without
	// erasers, a run is a dry run.
	Enforce bool
	Brakes  Brakes
	// Window is when items may be erased.
	Window Window
	// Clock asks the server of a source what time it is; ok is false where
	// nobody can say. It may be nil.
	Clock func(ctx context.Context, source string) (at time.Time, ok bool)
	// Group is how many items are erased together at most where the eraser is
	// a [Grouper]. 0 is 128.
	Group int
}

// Run carries out a plan, item by item, and calls report with what became of
// each. It first finishes what an earlier run was interrupted in.
//
// When ctx ends, the run stops between two items; an item whose overwriting
// has begun is finished. The error wraps [ErrRefused] when a safety rule
// stopped the run; what remains of the plan can be carried out by a later run.
//
// A dry run makes every check that needs no means to erase, and writes nothing.
func (r *Runner) Run(ctx context.Context, planID string, report func(Result)) (Summary, error) {
	plan, err := r.load(ctx, planID)
	if err != nil {
		return Summary{}, err
	}
	x := &execution{Runner: r, plan: plan, report: report, fromSource: map[string]int{}}
	x.company = storedCompany{r.Store, planID, r.Now()}
	if x.sizes, err = r.sourceSizes(ctx); err != nil {
		return Summary{}, err
	}
	if x.clock, err = r.Store.ClockMark(ctx); err != nil {
		return Summary{}, err
	}
	if !r.enforced() {
		err = x.rehearse(ctx)
	} else {
		err = x.perform(ctx)
	}
	return x.sum, err
}

// sourceSizes is the number of items that the last scan saw, by source, and of
// the recordings of each camera.
func (d Deps) sourceSizes(ctx context.Context) (map[string]int64, error) {
	scans, err := d.Store.Scans(ctx)
	if err != nil {
		return nil, fmt.Errorf("reading the scans: %w", err)
	}
	sizes := map[string]int64{}
	for _, s := range scans {
		sizes[s.Source] = s.Totals.Seen
	}
	return sizes, d.cameraSizes(ctx, sizes)
}

// execution is one run of one plan.
type execution struct {
	*Runner
	plan   store.Plan
	report func(Result)
	sum    Summary

	register register        // the event register
	clock    store.ClockMark // the last look at the clock, of which all others are later

	// What the brakes watch: items whose erasure was begun in this run, or that
	// would be erased; their bytes; how many of each source.
	taken      int
	takenBytes int64
	fromSource map[string]int
	sizes      map[string]int64

	company company // what else the plan holds
	begun   string  // the file of which a name was removed last in this run; see fileOf
}

// perform is the run that erases.
func (x *execution) perform(ctx context.Context) error {
	states, err := x.states(ctx)
	if err != nil {
		return err
	}
	x.sum.Left = count(states, notExcluded)
	if err := x.mayGoOn(ctx); err != nil {
		return err
	}
	if err := x.sane(ctx, x.plan.ID); err != nil {
		return err
	}
	if err := x.serverClocks(ctx); err != nil {
		return err
	}
	if states, err = x.finishInterrupted(ctx, states); err != nil {
		return err
	}
	if x.plan.State == store.PlanExecuted {
		x.sum.Kept = count(states, func(it store.PlanItem) bool {
			return it.State != store.ItemErased && it.State != store.ItemExcluded && it.State != store.ItemGone
		})
		return nil
	}
	x.sum.Left = count(states, notExcluded)
	if err := approved(x.plan); err != nil {
		return err
	}
	if err := x.waited(x.plan); err != nil {
		return err
	}
	if err := x.keepsItsWord(ctx, x.plan); err != nil {
		return err
	}
	if err := x.log(audit.Entry{Type: audit.TypeEraseStarted, Plan: x.plan.ID, Detail: map[string]string{
		"hash":     x.plan.Hash,
		"approver": x.plan.Approver,
		"items":    strconv.Itoa(x.sum.Left),
		"account":  x.Actor,
		"host":     x.Host,
		"program":  x.Program,
	}}); err != nil {
		return err
	}
	if x.plan.State == store.PlanApproved {
		err := x.Store.SetPlanState(ctx, x.plan.ID, []store.PlanState{store.PlanApproved}, store.PlanExecuting)
		if err != nil {
			return fmt.Errorf("starting plan %s: %w", x.plan.ID, err)
		}
	}
	return errors.Join(x.eraseAll(ctx), x.finish(ctx))
}

// finish writes down how the run ended, and closes the plan when every item of
// it is decided.
func (x *execution) finish(ctx context.Context) error {
	ctx = context.WithoutCancel(ctx)
	states, err := x.states(ctx)
	if err != nil {
		return err
	}
	if err := x.log(audit.Entry{Type: audit.TypeEraseFinished, Plan: x.plan.ID, Detail: x.sum.detail()}); err != nil {
		return err
	}
	if err := remember(ctx, x.Store, x.Log); err != nil {
		return err
	}
	if count(states, toGo) > 0 {
		return nil
	}
	err = x.Store.SetPlanState(ctx, x.plan.ID, []store.PlanState{store.PlanExecuting}, store.PlanExecuted)
	if err != nil {
		return fmt.Errorf("closing plan %s: %w", x.plan.ID, err)
	}
	return nil
}

// rehearse is the dry run.
func (x *execution) rehearse(ctx context.Context) error {
	states, err := x.states(ctx)
	if err != nil {
		return err
	}
	x.sum.Left = count(states, notExcluded)
	err = x.eachInterrupted(ctx, states, func(it store.PlanItem) error {
		x.sum.Interrupted++
		x.tell(it, Result{Result: Unknown, Err: errInterrupted})
		return nil
	})
	if err != nil {
		return err
	}
	if x.plan.State == store.PlanDead {
		return fmt.Errorf("%w: plan %s is dead; make a new plan", ErrRefused, x.plan.ID)
	}
	if err := x.sane(ctx, x.plan.ID); err != nil {
		return err
	}
	if err := x.intact(ctx, x.plan); err != nil {
		return err
	}
	if err := x.sameSchedule(x.plan); err != nil {
		return err
	}
	for it, err := range x.Store.EachPlanItemTogether(ctx, x.plan.ID) {
		if err != nil {
			return err
		}
		if !notExcluded(it) {
			continue
		}
		if err := x.mayGoOn(ctx); err != nil {
			return err
		}
		err = x.ask(ctx, it)
		if err == nil {
			err = x.withinBrakes(it)
		}
		var not *no
		switch {
		case err == nil:
			x.count(it)
			x.tell(it, Result{Result: WouldErase})
		case errors.As(err, &not):
			x.tell(it, Result{Result: not.result(), Err: not.err})
		default:
			return err
		}
		x.sum.Left--
	}
	return nil
}

// errInterrupted: see [Summary.Interrupted].
var errInterrupted = errors.New("its erasure was interrupted; a run with erase.mode enforce goes on with it")

// mayGoOn is asked between two items.
func (x *execution) mayGoOn(ctx context.Context) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	if x.enforced() {
		if err := x.Window.within(x.Now()); err != nil {
			return err
		}
	}
	return x.Brakes.notStopped()
}

func (x *execution) withinBrakes(it store.PlanItem) error {
	source := it.Item.Source
	return cmp.Or(
		x.Brakes.withinItems(x.taken),
		x.Brakes.withinBytes(x.takenBytes, it.Item.Size),
		x.Brakes.withinPercent("source "+source, x.fromSource[source], x.sizes[source]),
		x.withinCamera(it),
	)
}

// count adds an item to what the brakes watch.
func (x *execution) count(it store.PlanItem) {
	x.taken++
	x.takenBytes += it.Item.Size
	x.fromSource[it.Item.Source]++
	x.fromSource[cameraOf(it.Item).key()]++
}

// knownUntouched reports whether a failed erasure is known to have changed
// nothing.
func knownUntouched(err error) bool {
	for _, known := range []error{scanner.ErrChanged, scanner.ErrGone, ErrRefused, ErrUntouched} {
		if errors.Is(err, known) {
			return true
		}
	}
	return false
}

// stateOf is what an error of an eraser makes of an item that was not touched.
func stateOf(err error) store.ItemState {
	switch {
	case errors.Is(err, scanner.ErrChanged):
		return store.ItemChanged
	case errors.Is(err, scanner.ErrGone):
		return store.ItemGone
	case errors.Is(err, ErrInUse):
		return store.ItemFailed // to be tried again
	case errors.Is(err, ErrRefused):
		return store.ItemRefused
	default:
		return store.ItemFailed
	}
}

// states counts the items of the plan by their state.
func (x *execution) states(ctx context.Context) (map[store.ItemState]int, error) {
	states, err := x.Store.PlanStates(ctx, x.plan.ID)
	if err != nil {
		return nil, fmt.Errorf("items of plan %s: %w", x.plan.ID, err)
	}
	return states, nil
}

// count is how many items there are for whose state yes holds.
func count(states map[store.ItemState]int, yes func(store.PlanItem) bool) int {
	all := 0
	for state, n := range states {
		if yes(store.PlanItem{State: state}) {
			all += n
		}
	}
	return all
}
