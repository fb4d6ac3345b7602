package erase

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/sletdk/slet/audit"
	"github.com/sletdk/slet/store"
)

// How outcomes are written down: first in the audit log, then in the store.
// If the log cannot be written, the run stops, and the store still says
// "erasing", so that the next run looks at the item again.

// errUnknown: see [Unknown].
var errUnknown = errors.New("not known whether it was erased; the next run looks")

// erased writes down that items are gone and verified to be.
func (x *execution) erased(ctx context.Context, items []store.PlanItem, receipts []Receipt) error {
	if len(items) == 0 {
		return nil
	}
	entries := make([]audit.Entry, len(items))
	stored := make([]store.PlanItem, len(items))
	for i, it := range items {
		r := receipts[i]
		entries[i] = x.outcomeEntry(it, string(store.ItemErased), map[string]string{
			"method":    r.Method,
			"assurance": string(r.Assurance),
			"bytes":     strconv.FormatInt(r.Bytes, 10),
			"caveats":   strings.Join(r.Caveats, "; "),
		})
		it.State, it.Error, it.Finished = store.ItemErased, "", x.Now()
		it = withReceipt(it, r)
		// From here on its name is masked for good.
		it.Item.Path, it.Item.ID, it.Item.Version = x.path(it), x.Mask(it.Item.ID), ""
		stored[i] = it
	}
	if err := x.log(entries...); err != nil {
		return err
	}
	if err := x.Store.SetPlanErased(ctx, stored...); err != nil {
		return fmt.Errorf("storing that %s is erased: %w", refs(items), err)
	}
	for i, it := range items {
		r := receipts[i]
		x.sum.Bytes += r.Bytes
		x.tell(it, Result{Result: Erased, Method: r.Method, Assurance: r.Assurance, Caveats: r.Caveats})
	}
	return nil
}

// withReceipt and withoutReceipt put a receipt into what is stored of an item.
func withReceipt(it store.PlanItem, r Receipt) store.PlanItem {
	it.Method, it.Assurance, it.Bytes, it.Caveats = r.Method, string(r.Assurance), r.Bytes, r.Caveats
	return it
}

func withoutReceipt(it store.PlanItem) store.PlanItem { return withReceipt(it, Receipt{}) }

// decided writes down that an item is kept, or was gone, and why.
func (x *execution) decided(ctx context.Context, it store.PlanItem, not *no) error {
	why, result := x.Mask(not.Error()), not.result()
	if not.state == store.ItemPlanned && it.State == store.ItemPlanned && it.Error == why {
		x.tell(it, Result{Result: result, Err: not.err})
		return nil // nothing is new: it is not written down every night
	}
	if err := x.outcome(it, result, map[string]string{"why": why}); err != nil {
		return err
	}
	it = withoutReceipt(it)
	it.State, it.Tombstone, it.Error, it.Finished = not.state, "", why, x.Now()
	if not.state == store.ItemPlanned {
		it.Finished = time.Time{}
	}
	if err := x.set(context.WithoutCancel(ctx), it); err != nil {
		return err
	}
	x.tell(it, Result{Result: result, Err: not.err})
	return nil
}

// unknown writes down that an erasure failed in a way that does not tell
// whether it happened. The item stays in the state erasing.
func (x *execution) unknown(ctx context.Context, it store.PlanItem, cause error) error {
	why := x.Mask(cause.Error())
	if err := x.outcome(it, Unknown, map[string]string{"why": why}); err != nil {
		return err
	}
	it.Error = why
	if err := x.set(ctx, it); err != nil {
		return err
	}
	x.tell(it, Result{Result: Unknown, Err: fmt.Errorf("%w: %w", errUnknown, cause)})
	return nil
}

func (x *execution) outcome(it store.PlanItem, result string, detail map[string]string) error {
	return x.log(x.outcomeEntry(it, result, detail))
}

func (x *execution) outcomeEntry(it store.PlanItem, result string, detail map[string]string) audit.Entry {
	detail["result"] = result
	return audit.Entry{Type: audit.TypeEraseOutcome, Plan: x.plan.ID, Item: it.Ref, Path: x.path(it), Detail: detail}
}

func (x *execution) set(ctx context.Context, it store.PlanItem) error {
	if err := x.Store.SetPlanItem(ctx, it); err != nil {
		return fmt.Errorf("storing what became of %s: %w", it.Ref, err)
	}
	return nil
}

// path is an item's path for people: masked, and "" for one in a private folder.
func (x *execution) path(it store.PlanItem) string {
	if private(it) {
		return ""
	}
	return x.Mask(it.Item.Path)
}

// tell reports an item's result and counts it.
func (x *execution) tell(it store.PlanItem, r Result) {
	r.Ref, r.Path = it.Ref, x.path(it)
	if r.Err != nil {
		r.Err = &maskedError{text: x.Mask(r.Err.Error()), err: r.Err}
	}
	switch r.Result {
	case WouldErase:
		x.sum.WouldErase++
		x.sum.Bytes += it.Item.Size
	case Erased:
		x.sum.Erased++
	case Changed:
		x.sum.Changed++
	case HeldBack:
		x.sum.Held++
	case WasGone:
		x.sum.Gone++
	case Refused:
		x.sum.Refused++
	case Failed:
		x.sum.Failed++
	case Unknown:
		x.sum.Unknown++
	}
	if x.report != nil {
		x.report(r)
	}
}

func (s Summary) detail() map[string]string {
	detail := map[string]string{"erased": strconv.Itoa(s.Erased)}
	for name, n := range map[string]int{
		Changed: s.Changed, HeldBack: s.Held, WasGone: s.Gone, Refused: s.Refused,
		Failed: s.Failed, Unknown: s.Unknown, "left": s.Left,
	} {
		if n > 0 {
			detail[name] = strconv.Itoa(n)
		}
	}
	return detail
}

// maskedError is an error with its text masked; errors.Is still sees the cause.
type maskedError struct {
	text string
	err  error
}

func (e *maskedError) Error() string { return e.text }
func (e *maskedError) Unwrap() error { return e.err }
