package main

import (
	"context"
	"slices"

	"github.com/sletdk/slet/erase"
	"github.com/sletdk/slet/report"
	"github.com/sletdk/slet/retention"
	"github.com/sletdk/slet/store"
	"github.com/sletdk/slet/web"
)

// tally counts, while every item is judged for the worklist, what the pages
// show beside the report: nobody waits for a walk over the inventory there.
type tally struct {
	a     *app
	holds []retention.Hold
	kept  map[string]int64
	rules map[string]map[retention.Disposition]int64
}

func (a *app) newTally(ctx context.Context) (*tally, error) {
	holds, err := a.store.Holds(ctx)
	if err != nil {
		return nil, err
	}
	t := &tally{a: a, kept: map[string]int64{}, rules: map[string]map[retention.Disposition]int64{}}
	t.holds = slices.DeleteFunc(holds, func(h retention.Hold) bool { return !h.Released.IsZero() })
	for _, h := range t.holds {
		t.kept[h.ID] = 0 // it is known what it keeps, even if that is nothing
	}
	return t, nil
}

// count takes one item in. An item that no hold keeps among all of them is kept
// by none alone.
func (t *tally) count(f store.Finding, d retention.Decision) {
	if t.rules[d.Rule] == nil {
		t.rules[d.Rule] = map[retention.Disposition]int64{}
	}
	t.rules[d.Rule][d.Disposition]++
	if d.Hold == "" {
		return
	}
	for _, h := range t.holds {
		if erase.Keeps(h, f, t.a.schedule, now()) {
			t.kept[h.ID]++
		}
	}
}

// numbers are a report with what was counted, and how it stands with the
// cameras.
func (t *tally) numbers(ctx context.Context, r report.Report) (web.Numbers, error) {
	cameras, err := t.a.cameraStatus(ctx)
	return web.Numbers{Report: r, Kept: t.kept, Rules: t.rules, Cameras: cameras}, err
}
