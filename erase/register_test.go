//go:build linux

package erase_test

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/sletdk/slet/detectors"
	"github.com/sletdk/slet/erase"
	"github.com/sletdk/slet/retention"
	"github.com/sletdk/slet/scanner"
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
	if s.Items != 2 || len(refused) != 3 {
		t.Fatalf("%d chosen, %d refused", s.Items, len(refused))
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

// TestRequestAsTheRun: what a plan on a person's request promises, the run does:
// what it would refuse is not in the plan, and is listed with the reason.
func TestRequestAsTheRun(t *testing.T) {
	o := newOffice(t)
	o.schedule = mustSchedule(t, "version: 2026-11-22\nrules: []\n")
	for _, name := range []string{"alene.txt", "navne/1.txt", "halv.txt", "kam/1.mp4", "kam/1.txt", "kam/2.mp4", "kam/2.txt", "kam/3.mp4", "kam/4.mp4"} {
		o.put(t, name, name)
	}
	must(t, os.Link(o.path("halv.txt"), filepath.Join(o.state, "outside")))
	o.link(t, "navne/1.txt", "navne/2.txt")
	o.scan(t)
	for _, name := range []string{"alene.txt", "navne/1.txt", "navne/2.txt", "halv.txt"} {
		must(t, o.persons(t.Context(), name, "confirmed", "p1"))
	}
	for i, name := range []string{"kam/1.mp4", "kam/1.txt", "kam/2.mp4", "kam/3.mp4", "kam/4.mp4"} {
		o.recording(t, name, today.AddDate(0, 0, i-40), "p1")
	}
	o.recording(t, "kam/2.txt", today.AddDate(0, 0, -38), "p2") // belongs to kam/2.mp4

	s, refused, err := erase.SelectRequest(t.Context(), o.deps(), "p1")
	must(t, err)
	why := map[string]string{}
	for _, r := range refused {
		why[r.Finding.Item.Path] = r.Why
	}
	for name, says := range map[string]string{
		"halv.txt": "2 names (hard links)", "kam/2.mp4": "what belongs to it", "kam/4.mp4": "newest recording",
	} {
		if !strings.Contains(why[name], says) {
			t.Errorf("%s is refused since %q, want %q", name, why[name], says)
		}
	}
	plan, err := s.Freeze(t.Context())
	must(t, err)
	_, err = erase.Approve(t.Context(), o.deps(), plan.ID, "Karen Hansen", nil)
	must(t, err)
	sum, err := o.runner(t).Run(t.Context(), plan.ID, func(res erase.Result) {
		if res.Result != erase.Erased {
			t.Errorf("promised, and not erased: %s: %s: %v", res.Path, res.Result, res.Err)
		}
	})
	must(t, err)
	if sum.Erased != plan.Items || sum.Erased < 4 || !o.gone("alene.txt") || !o.gone("navne/2.txt") || !o.gone("kam/1.mp4") {
		t.Errorf("%d planned: %+v", plan.Items, sum)
	}

	d := o.deps()
	o.put(t, "ny.txt", "ny")
	o.scan(t)
	must(t, o.persons(t.Context(), "ny.txt", "confirmed", "p1"))
	d.VerifyOnly = func(string) bool { return true }
	s, refused, err = erase.SelectRequest(t.Context(), d, "p1")
	must(t, err)
	equal(t, "promised of a source that slet may not erase in", s.Items, 0)
	if len(refused) == 0 || !strings.Contains(refused[len(refused)-1].Why, "may not erase") {
		t.Errorf("refused: %+v", refused)
	}
}

// recording makes a file that was scanned a recording of one camera, about a
// person.
func (o *office) recording(t *testing.T, name string, recorded time.Time, subject string) {
	t.Helper()
	must(t, o.persons(t.Context(), name, "confirmed", subject))
	f, err := o.store.Finding(t.Context(), share+":"+name)
	must(t, err)
	f.Item.Kind, f.Item.Camera, f.Item.Recorded, f.Item.Dated = scanner.KindRecording, "kam", recorded, "name"
	f.Matches = []detectors.Match{{Detector: "cpr", Category: "cpr", Confidence: "confirmed", Subject: subject}}
	f.Counts, f.Subjects = nil, nil
	sum, _, err := scanner.Sample(t.Context(), strings.NewReader(name), int64(len(name)))
	must(t, err)
	f.ContentMAC = contentMAC(sum)
	scan, err := o.store.BeginScan(t.Context(), share, o.now)
	must(t, err)
	must(t, scan.Record(t.Context(), f))
	must(t, scan.Finish(t.Context(), o.now, false, store.Totals{Seen: 9}))
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
	if s.Items != 0 || s.Planned != 1 {
		t.Errorf("%d items, %d planned elsewhere", s.Items, s.Planned)
	}
	must(t, o.store.SetPlanState(t.Context(), whole.ID, []store.PlanState{store.PlanProposed}, store.PlanDead))
	s, err = erase.SelectOnly(t.Context(), o.deps(), []string{items[0].Ref})
	must(t, err)
	only, err := s.Freeze(t.Context())
	must(t, err)
	chosen, err := o.store.PlanItems(t.Context(), only.ID)
	if err != nil || len(chosen) != 1 || chosen[0].Ref != items[0].Ref {
		t.Errorf("%+v, %v", chosen, err)
	}
	s, err = erase.SelectOnly(t.Context(), o.deps(), nil)
	if err != nil || s.Items != 0 || s.Planned != 0 {
		t.Errorf("of no items %d were chosen, %v", s.Items, err)
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
