package main

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/sletdk/slet/erase"
	"github.com/sletdk/slet/report"
	"github.com/sletdk/slet/retention"
	"github.com/sletdk/slet/scanner"
	"github.com/sletdk/slet/store"
	"github.com/sletdk/slet/web"
)

// What the pages show is brought up to date in two steps: the worklist, of which
// only what can have changed is decided anew, and then the numbers, which are
// sums over the worklist.

// numbersAge is how old the numbers may be when nothing has changed.
const numbersAge = time.Hour

// refreshPages brings the worklist up to date and, if anything has changed or
// must is true, takes a snapshot of the numbers.
func (a *app) refreshPages(ctx context.Context, must bool) error {
	at := now()
	done, err := a.refreshWorklist(ctx, at)
	if err != nil {
		return err
	}
	if !must && done.Decided == 0 {
		last, err := a.store.LatestSnapshot(ctx)
		if err == nil && at.Sub(last.Taken) < numbersAge && !at.Before(last.Taken) {
			return nil
		}
		if err != nil && !errors.Is(err, store.ErrNotFound) {
			return err
		}
	}
	if err := errors.Join(a.store.RefreshGroups(ctx), a.countOwners(ctx, at)); err != nil {
		return err
	}
	numbers, err := a.numbers(ctx, at)
	if err != nil {
		return err
	}
	data, err := json.Marshal(numbers)
	if err != nil {
		return fmt.Errorf("snapshot: %w", err)
	}
	return errors.Join(
		a.store.AddSnapshot(ctx, store.Snapshot{Taken: at, Data: data}),
		a.store.PruneSnapshots(ctx, at.AddDate(0, 0, -2), at.AddDate(-3, 0, 0)),
	)
}

// refreshWorklist decides anew what may have another decision by now.
func (a *app) refreshWorklist(ctx context.Context, at time.Time) (store.Refreshed, error) {
	holds, err := a.store.Holds(ctx)
	if err != nil {
		return store.Refreshed{}, err
	}
	ev, err := a.store.Events(ctx)
	if err != nil {
		return store.Refreshed{}, err
	}
	rules, err := json.Marshal([]any{version, a.schedule.Hash(), a.schedule.Margins, ev.Hash(), a.cfg.Owners})
	if err != nil {
		return store.Refreshed{}, fmt.Errorf("what decisions rest on: %w", err)
	}
	sum := sha256.Sum256(rules)
	inForce := held(holds, at)
	basis := store.Basis{Rules: hex.EncodeToString(sum[:]), Holds: holds, Now: at, Names: ev.NeedNames()}
	return a.store.RefreshWorklist(ctx, basis, func(f store.Finding) store.Verdict {
		d := retention.Decide(f.Facts(), a.schedule, ev, holds, at)
		v := store.Verdict{
			Disposition: d.Disposition, Rule: d.Rule, Due: d.Due, Restricted: d.Restricted, Next: d.Next,
			Owner: a.routed(f.Item),
		}
		if d.Hold == "" { // what no hold keeps among all of them is kept by none alone
			return v
		}
		for _, h := range inForce {
			if erase.Keeps(h, f, a.schedule, at) {
				v.Holds = append(v.Holds, h.ID)
			}
		}
		return v
	})
}

// held are the holds that hold.
func held(holds []retention.Hold, at time.Time) (list []retention.Hold) {
	for _, h := range holds {
		if h.Released.IsZero() || at.Before(h.Released) {
			list = append(list, h)
		}
	}
	return list
}

// numbers are what the pages and the metrics show of everything.
func (a *app) numbers(ctx context.Context, at time.Time) (web.Numbers, error) {
	n := web.Numbers{
		Report: report.Report{
			Organisation: a.cfg.Organisation.Name, CVR: a.cfg.Organisation.CVR, Generated: at, Program: "slet " + version,
			Schedule: a.schedule.Version, ScheduleHash: a.schedule.Hash(), Enforce: a.cfg.Erase.Enforced(),
		},
		Kept: map[string]int64{}, Rules: map[string]map[retention.Disposition]int64{},
	}
	holds, err := a.store.Holds(ctx)
	if err != nil {
		return n, err
	}
	for _, h := range held(holds, at) {
		n.Kept[h.ID] = 0 // it is known what it keeps, even if that is nothing
	}
	var s sums
	s.begin()
	err = a.store.WorkLines(ctx, func(w store.WorkLine) {
		if n.Rules[w.Rule] == nil {
			n.Rules[w.Rule] = map[retention.Disposition]int64{}
		}
		n.Rules[w.Rule][w.Disposition]++
		for _, id := range w.Holds {
			n.Kept[id]++
		}
		s.line(w, at)
	})
	if err != nil {
		return n, err
	}
	persons, err := a.store.Persons(ctx)
	if err != nil {
		return n, err
	}
	if err := errors.Join(a.gatherSources(ctx, &n.Report), a.countGaps(ctx, &s)); err != nil {
		return n, err
	}
	s.into(&n.Report)
	n.Persons = persons
	n.Cameras, err = a.cameraStatus(ctx)
	return n, err
}

// line takes a line of the worklist in.
func (s *sums) line(w store.WorkLine, at time.Time) {
	for _, c := range w.Categories {
		s.found[c]++
	}
	for _, c := range w.Sure {
		s.sure[c]++
	}
	if w.Partly {
		s.partly[w.Source]++
	}
	s.decided[w.Disposition]++
	s.band(w.Disposition, w.Due, at)
}

// countGaps counts what could not be examined in the configured sources.
func (a *app) countGaps(ctx context.Context, s *sums) error {
	within, err := a.store.GapReasons(ctx)
	if err != nil {
		return err
	}
	for _, source := range a.sourceNames() {
		places, err := a.store.PlaceGaps(ctx, source)
		if err != nil {
			return err
		}
		for _, g := range places {
			s.gaps[g.Reason]++
		}
		for k, n := range within {
			if k[0] == source {
				s.gaps[scanner.Reason(k[1])] += n
			}
		}
	}
	return nil
}
