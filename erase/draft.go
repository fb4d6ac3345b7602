package erase

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"slices"
	"strings"

	"github.com/sletdk/slet/store"
)

// draft is a plan that is being put together. As long as it is small it is in
// memory; of a larger one no more than a batch is, and the rest is in the store,
// where it is no plan until it is frozen.
type draft struct {
	deps  Deps
	id    string // "" while all of it is in memory
	first store.PlanItem
	items int
	bytes int64
	batch []store.PlanItem // what is not in the store yet
}

// draftBatch is how many items of a draft are in memory at most.
const draftBatch = 500

// add takes an item into the draft.
func (p *draft) add(ctx context.Context, it store.PlanItem) error {
	if len(p.batch) == draftBatch {
		if err := p.put(ctx); err != nil {
			return err
		}
	}
	it.Digest = p.deps.digest(it)
	if p.items == 0 {
		p.first = it
	}
	p.batch = append(p.batch, it)
	p.items, p.bytes = p.items+1, p.bytes+it.Item.Size
	return nil
}

// put puts the batch into the store.
func (p *draft) put(ctx context.Context) error {
	if p.id == "" {
		id, err := p.begin(ctx)
		if err != nil {
			return fmt.Errorf("beginning a plan: %w", err)
		}
		p.id = id
	}
	if err := p.deps.Store.AddToDraft(ctx, p.id, p.items-len(p.batch), p.batch); err != nil {
		return fmt.Errorf("storing plan %s: %w", p.id, err)
	}
	p.batch = p.batch[:0]
	return nil
}

// begin begins a draft in the store, under the next plan's id. Of two that ask at
// the same moment, one asks again.
func (p *draft) begin(ctx context.Context) (id string, err error) {
	for range 10 {
		now := p.deps.Now()
		if id, err = nextPlanID(ctx, p.deps.Store, now); err != nil {
			return "", err
		}
		if err = p.deps.Store.BeginDraft(ctx, id, now); !errors.Is(err, store.ErrExists) {
			return id, err
		}
	}
	return id, err
}

// each yields the items in the order in which they were added. None may be added
// meanwhile.
func (p *draft) each(ctx context.Context) iter.Seq2[store.PlanItem, error] {
	return func(yield func(store.PlanItem, error) bool) {
		if p.id != "" {
			for it, err := range p.deps.Store.EachPlanItem(ctx, p.id) {
				if !yield(it, err) || err != nil {
					return
				}
			}
		}
		for _, it := range p.batch {
			if !yield(it, nil) {
				return
			}
		}
	}
}

// has reports whether an item, by its reference, is in the draft.
func (p *draft) has(ctx context.Context, ref string) (bool, error) {
	if slices.ContainsFunc(p.batch, func(it store.PlanItem) bool { return it.Ref == ref }) {
		return true, nil
	}
	if p.id == "" {
		return false, nil
	}
	_, err := p.deps.Store.PlanItem(ctx, p.id, ref)
	if errors.Is(err, store.ErrNotFound) {
		return false, nil
	}
	return err == nil, err
}

// planID is the id that the plan will have.
func (p *draft) planID(ctx context.Context) (string, error) {
	if p.id != "" {
		return p.id, nil
	}
	return nextPlanID(ctx, p.deps.Store, p.deps.Now())
}

// freeze makes it a plan that waits for approval; of plan, the id, the creation
// and what it was made under are given.
func (p *draft) freeze(ctx context.Context, plan *store.Plan) (err error) {
	plan.State, plan.Items, plan.Bytes = store.PlanProposed, p.items, p.bytes
	if p.id == "" {
		items := slices.Clone(p.batch)
		slices.SortFunc(items, func(a, b store.PlanItem) int { return strings.Compare(a.Ref, b.Ref) })
		if plan.Hash, err = planHash(*plan, listed(items), nil); err != nil {
			return err
		}
		return p.deps.Store.CreatePlan(ctx, *plan, p.batch)
	}
	if err := p.put(ctx); err != nil {
		return err
	}
	if plan.Hash, err = planHash(*plan, p.deps.Store.EachHashed(ctx, p.id), nil); err != nil {
		return err
	}
	if err := p.deps.Store.FreezeDraft(ctx, *plan); err != nil {
		return err
	}
	p.id = "" // it is no draft any more
	return nil
}

// drop forgets what is in the store of it.
func (p *draft) drop(ctx context.Context) error {
	id := p.id
	p.id, p.batch, p.items, p.bytes = "", nil, 0, 0
	if id == "" {
		return nil
	}
	return p.deps.Store.DropDraft(context.WithoutCancel(ctx), id)
}

// listed yields items that are in memory.
func listed(items []store.PlanItem) iter.Seq2[store.PlanItem, error] {
	return func(yield func(store.PlanItem, error) bool) {
		for _, it := range items {
			if !yield(it, nil) {
				return
			}
		}
	}
}
