//go:build linux

package erase_test

import (
	"context"
	"errors"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/sletdk/slet/detectors"
	"github.com/sletdk/slet/erase"
	"github.com/sletdk/slet/retention"
	"github.com/sletdk/slet/store"
)

const leaverSchedule = `
version: 2026-11-22
rules:
  - {id: FB-04, match: {source: [share]}, trigger: "event:fratraedelse", delete_after: P5Y, action: erase}
`

// left puts an event about a folder into the register.
func (o *office) left(t testing.TB, id, path string, year int) {
	t.Helper()
	must(t, o.store.AddEvents(t.Context(), store.EventBatch{ID: "B-" + id, Imported: o.now}, []store.RegisterEvent{{Event: retention.Event{
		ID: "E-" + id, Name: "fratraedelse", Path: path, Date: time.Date(year, 1, 31, 0, 0, 0, 0, retention.Zone()),
	}}}))
}

func (o *office) leavers(t testing.TB) {
	t.Helper()
	var err error
	o.schedule, err = retention.ParseSchedule("schedule.yaml", []byte(leaverSchedule))
	must(t, err)
}

// TestEventCancelled: an event that is cancelled, or that another one outlives,
// after the approval keeps what rested on it; the rest of the plan goes on.
func TestEventCancelled(t *testing.T) {
	tests := map[string]func(t *testing.T, o *office){
		"cancelled": func(t *testing.T, o *office) {
			n, err := o.store.CancelEvents(t.Context(), "E-1", o.now, "Dorte", "fejl")
			if err != nil || n != 1 {
				t.Fatal(n, err)
			}
		},
		"a later date":         func(t *testing.T, o *office) { o.left(t, "3", "HR/**", 2024) },
		"another day, due too": func(t *testing.T, o *office) { o.left(t, "3", "HR/**", 2020) },
	}
	for name, change := range tests {
		t.Run(name, func(t *testing.T) {
			o := newOffice(t)
			o.leavers(t)
			o.put(t, "HR/a.txt", "a")
			o.put(t, "Salg/b.txt", "b")
			o.left(t, "1", "HR/**", 2019)
			o.left(t, "2", "Salg/**", 2019)
			plan := o.approved(t)
			if plan.Items != 2 || plan.EventsHash == "" {
				t.Fatalf("%+v", plan)
			}
			change(t, o)
			var got []string
			sum, err := o.runner(t).Run(t.Context(), plan.ID, func(r erase.Result) { got = append(got, r.Path+" "+r.Result) })
			must(t, err)
			if sum.Changed != 1 || sum.Erased != 1 || !o.has("HR/a.txt", "a") || !o.gone("Salg/b.txt") {
				t.Errorf("%v: %+v", got, sum)
			}
		})
	}
}

// TestEventCancelledMeanwhile: the register is asked before every item, not
// once a run.
func TestEventCancelledMeanwhile(t *testing.T) {
	o := newOffice(t)
	o.leavers(t)
	o.put(t, "HR/a.txt", "a")
	o.put(t, "HR/b.txt", "b")
	o.left(t, "1", "HR/**", 2019)
	plan := o.approved(t)
	r := o.runner(t)
	r.Group = 1
	sum, err := r.Run(t.Context(), plan.ID, func(r erase.Result) {
		if r.Result == erase.Erased {
			_, err := o.store.CancelEvents(t.Context(), "B-1", o.now, "Dorte", "fejl")
			must(t, err)
		}
	})
	must(t, err)
	if sum.Erased != 1 || sum.Changed != 1 {
		t.Errorf("%+v", sum)
	}
}

// TestArchiveLockKeeps: a lock that comes after the approval keeps, and asks
// again just before.
func TestArchiveLockKeeps(t *testing.T) {
	o := newOffice(t)
	o.put(t, "Sager/a.txt", "a")
	plan := o.approved(t)
	must(t, o.store.AddHold(t.Context(), retention.Hold{ID: "A-1", Archive: true, Path: "Sager/**", Created: o.now}))
	sum, err := o.runner(t).Run(t.Context(), plan.ID, nil)
	must(t, err)
	if sum.Held != 1 || !o.has("Sager/a.txt", "a") {
		t.Errorf("%+v", sum)
	}
}

// TestResolve: only a named person closes an item that is unknown, only after
// a run has looked for it, and it is never called erased.
func TestResolve(t *testing.T) {
	o := newOffice(t)
	o.put(t, "a.txt", "a")
	plan := o.approved(t)
	items, err := o.store.PlanItems(t.Context(), plan.ID)
	must(t, err)
	it := items[0]
	refused := func(name, why string) {
		t.Helper()
		if _, err := erase.Resolve(t.Context(), o.deps(), plan.ID, it.Ref, name, why); !errors.Is(err, erase.ErrRefused) {
			t.Errorf("%q %q: %v", name, why, err)
		}
	}
	refused("Dorte", "planned only")
	it.State, it.Tombstone = store.ItemErasing, ".slet-00"
	must(t, o.store.SetPlanItem(t.Context(), it))
	must(t, o.store.SetPlanState(t.Context(), plan.ID, []store.PlanState{store.PlanApproved}, store.PlanExecuting))
	refused("Dorte", "nobody has looked")
	must(t, os.RemoveAll(o.path("a.txt")))
	sum, err := o.runner(t).Run(t.Context(), plan.ID, nil)
	must(t, err)
	if sum.Unknown != 1 {
		t.Fatalf("%+v", sum)
	}
	refused("", "no name")
	refused("Dorte", " ")
	got, err := erase.Resolve(t.Context(), o.deps(), plan.ID, it.Ref, "Dorte", "slettet af bruger")
	must(t, err)
	if got.State != store.ItemGone || !strings.HasPrefix(got.Error, erase.ResolvedGone+"Dorte") {
		t.Errorf("%+v", got)
	}
	if p, err := o.store.Plan(t.Context(), plan.ID); err != nil || p.State != store.PlanExecuted {
		t.Errorf("plan is %s, %v", p.State, err)
	}
	if back, err := o.store.Reappeared(t.Context()); err != nil || len(back) != 0 {
		t.Errorf("remembered as erased: %v %v", back, err)
	}
	refused("Dorte", "twice")
}

// TestSelectRequest: what is planned on a person's request is asked again like
// everything else.
func TestSelectRequest(t *testing.T) {
	o := newOffice(t)
	o.schedule = mustSchedule(t, `
version: 2026-11-22
rules:
  - {id: BOG, match: {path: ["Bilag/**"]}, keep_until: {trigger: modified, period: P5Y}}
`)
	for _, name := range []string{"alene.txt", "flere.txt", "tvivl.txt", "Bilag/1.txt", "senere.txt"} {
		o.put(t, name, name)
	}
	o.scan(t)
	person := func(name string, confidence string, subjects ...string) {
		t.Helper()
		must(t, o.persons(t.Context(), name, confidence, subjects...))
	}
	person("alene.txt", "confirmed", "p1")
	person("flere.txt", "confirmed", "p1", "p2")
	person("tvivl.txt", "possible", "p1")
	person("Bilag/1.txt", "confirmed", "p1")
	person("senere.txt", "confirmed", "p1")
	s, refused, err := erase.SelectRequest(t.Context(), o.deps(), "p1")
	must(t, err)
	if len(s.Items) != 2 || len(refused) != 3 {
		t.Fatalf("%d chosen, %d refused", len(s.Items), len(refused))
	}
	plan, err := s.Freeze(t.Context())
	must(t, err)
	_, err = erase.Approve(t.Context(), o.deps(), plan.ID, "Karen Hansen", nil)
	must(t, err)
	// Between approval and erasure somebody else turns up in one of them.
	person("senere.txt", "confirmed", "p1", "p2")
	sum, err := o.runner(t).Run(t.Context(), plan.ID, nil)
	must(t, err)
	if sum.Erased != 1 || sum.Refused != 1 || !o.gone("alene.txt") || !o.has("senere.txt", "senere.txt") || !o.has("Bilag/1.txt", "Bilag/1.txt") {
		t.Errorf("%+v", sum)
	}
}

// TestSelectOnly: a plan of some items leaves others alone.
func TestSelectOnly(t *testing.T) {
	o := newOffice(t)
	o.put(t, "a.txt", "a")
	o.put(t, "b.txt", "b")
	o.scan(t)
	whole, err := erase.Propose(t.Context(), o.deps(), "")
	must(t, err)
	items, err := o.store.PlanItems(t.Context(), whole.ID)
	must(t, err)
	s, err := erase.SelectOnly(t.Context(), o.deps(), []string{items[0].Ref})
	must(t, err)
	if len(s.Items) != 0 || s.Planned != 1 {
		t.Errorf("%d items, %d planned elsewhere", len(s.Items), s.Planned)
	}
	must(t, o.store.SetPlanState(t.Context(), whole.ID, []store.PlanState{store.PlanProposed}, store.PlanDead))
	s, err = erase.SelectOnly(t.Context(), o.deps(), []string{items[0].Ref})
	must(t, err)
	if len(s.Items) != 1 || s.Items[0].Ref != items[0].Ref {
		t.Errorf("%+v", s.Items)
	}
}

func mustSchedule(t testing.TB, text string) *retention.Schedule {
	t.Helper()
	s, err := retention.ParseSchedule("schedule.yaml", []byte(text))
	must(t, err)
	return s
}

// persons records persons in a file of the share.
func (o *office) persons(ctx context.Context, name, confidence string, subjects ...string) error {
	f, err := o.store.Finding(ctx, share+":"+name)
	if err != nil {
		return err
	}
	f.Counts, f.Subjects, f.Matches = nil, nil, nil
	for _, s := range subjects {
		f.Matches = append(f.Matches, detectors.Match{Detector: "cpr", Category: "cpr", Confidence: detectors.Confidence(confidence), Subject: s})
	}
	scan, err := o.store.BeginScan(ctx, share, o.now)
	if err != nil {
		return err
	}
	if err := scan.Record(ctx, f); err != nil {
		return err
	}
	return scan.Finish(ctx, o.now, false, store.Totals{Seen: 5})
}
