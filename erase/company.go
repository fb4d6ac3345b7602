package erase

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/sletdk/slet/store"
)

// company is what else is to go with an item: what a recording belongs with, and
// the other names of a file, must be in the plan too.
type company interface {
	// goes reports whether an item, by its reference, is to go, or was when the
	// run began.
	goes(ctx context.Context, ref string) (bool, error)
	// names are the items to go, or that were when the run began, that are names
	// of the same file, which has several.
	names(ctx context.Context, it store.PlanItem) ([]store.PlanItem, error)
}

// storedCompany is a plan that is being carried out since a moment.
type storedCompany struct {
	store *store.Store
	plan  string
	since time.Time
}

func (c storedCompany) goes(ctx context.Context, ref string) (bool, error) {
	it, err := c.store.PlanItem(ctx, c.plan, ref)
	if errors.Is(err, store.ErrNotFound) {
		return false, nil
	}
	return err == nil && c.went(it), err
}

func (c storedCompany) names(ctx context.Context, it store.PlanItem) ([]store.PlanItem, error) {
	all, err := c.store.PlanNames(ctx, c.plan, it.Item.Source, it.Item.Version)
	if err != nil {
		return nil, fmt.Errorf("the other names of %s: %w", it.Ref, err)
	}
	return slices.DeleteFunc(all, func(it store.PlanItem) bool { return !c.went(it) }), nil
}

// went reports whether an item was to go when the run began: it still is, or was
// decided since.
func (c storedCompany) went(it store.PlanItem) bool {
	return toGo(it) || it.State != store.ItemExcluded && !it.Finished.IsZero() && !it.Finished.Before(c.since)
}

// listedCompany is a plan that is not stored yet.
type listedCompany struct {
	refs  map[string]bool
	files map[string][]store.PlanItem // with several names, by fileOf
}

func newListedCompany(items []store.PlanItem) listedCompany {
	c := listedCompany{map[string]bool{}, map[string][]store.PlanItem{}}
	for _, it := range items {
		c.refs[it.Ref] = true
		if it.Item.Links > 1 {
			c.files[fileOf(it)] = append(c.files[fileOf(it)], it)
		}
	}
	return c
}

func (c listedCompany) goes(_ context.Context, ref string) (bool, error) { return c.refs[ref], nil }

func (c listedCompany) names(_ context.Context, it store.PlanItem) ([]store.PlanItem, error) {
	return c.files[fileOf(it)], nil
}
