package store

import (
	"errors"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/sletdk/slet/detectors"
	"github.com/sletdk/slet/retention"
)

func registered(id, subject string) RegisterEvent {
	return RegisterEvent{Event: retention.Event{ID: id, Name: "afslag", Date: day, Subject: subject}}
}

func TestEvents(t *testing.T) {
	engines(t, func(t *testing.T, s *Store) {
		ctx := t.Context()
		full := RegisterEvent{Event: retention.Event{
			ID: "B-1.2", Name: "fratraedelse", Date: day, Source: "arkiv", Mailbox: "anna@example.dk", Path: "HR/\xff/**", Case: "2020-001", Person: "v1",
		}, Origin: "løn"}
		batch := EventBatch{ID: "B-1", Imported: day, Person: "Dorte", File: "f.csv"}
		before, err := s.EventsVersion(ctx)
		must(t, err)
		must(t, s.AddEvents(ctx, batch, []RegisterEvent{registered("B-1.1", "p1"), full}))
		must(t, s.AddEvents(ctx, EventBatch{ID: "B-2", Imported: day.Add(time.Hour)}, []RegisterEvent{registered("B-2.1", "p2")}))
		if err := s.AddEvents(ctx, batch, []RegisterEvent{registered("B-1.9", "p1")}); !errors.Is(err, ErrExists) {
			t.Errorf("the same batch again: %v", err)
		}
		list, err := s.RegisterEvents(ctx)
		must(t, err)
		full.Batch = "B-1"
		if len(list) != 3 {
			t.Fatalf("%d events", len(list))
		}
		if diff := cmp.Diff(full, list[1], cmpopts.IgnoreUnexported(retention.Event{})); diff != "" {
			t.Errorf("(-want +got)\n%s", diff)
		}
		if known, err := s.EventKnown(ctx, registered("", "p1").Event); err != nil || !known {
			t.Errorf("a known event: %t, %v", known, err)
		}

		added, err := s.EventsVersion(ctx)
		must(t, err)
		n, err := s.CancelEvents(ctx, "B-1.1", day, "Dorte", "fejl")
		if err != nil || n != 1 {
			t.Errorf("cancelled %d, %v", n, err)
		}
		if _, err := s.CancelEvents(ctx, "B-1.1", day, "Dorte", "fejl"); !errors.Is(err, ErrState) {
			t.Errorf("cancelled twice: %v", err)
		}
		if _, err := s.CancelEvents(ctx, "B-9", day, "Dorte", "fejl"); !errors.Is(err, ErrNotFound) {
			t.Errorf("no such event: %v", err)
		}
		one, err := s.EventsVersion(ctx)
		must(t, err)
		n, err = s.CancelEvents(ctx, "B-1", day, "Dorte", "hele filen")
		if err != nil || n != 1 {
			t.Errorf("cancelled %d of the batch, %v", n, err)
		}
		all, err := s.EventsVersion(ctx)
		must(t, err)
		if before == added || added == one || one == all {
			t.Errorf("the version stays: %s %s %s %s", before, added, one, all)
		}
		if known, err := s.EventKnown(ctx, registered("", "p1").Event); err != nil || known {
			t.Errorf("a cancelled event is known: %t, %v", known, err)
		}
		ev, err := s.Events(ctx)
		must(t, err)
		want, err := retention.NewEvents([]retention.Event{registered("B-2.1", "p2").Event})
		must(t, err)
		if ev.Hash() != want.Hash() {
			t.Error("a cancelled event counts")
		}
		batches, err := s.EventBatches(ctx)
		must(t, err)
		if len(batches) != 2 || batches[0].Events != 2 || batches[0].Cancelled != 2 || batches[1].Cancelled != 0 {
			t.Errorf("batches %+v", batches)
		}
	})
}

func TestArchiveLocks(t *testing.T) {
	engines(t, func(t *testing.T, s *Store) {
		ctx := t.Context()
		lock := retention.Hold{ID: "A-1", Archive: true, Mailbox: "m", Case: "2020-001", DocumentType: "mus", Restrict: true, Basis: "bek.", Created: day}
		must(t, s.AddHold(ctx, lock))
		must(t, s.AddHold(ctx, retention.Hold{ID: "H-1", Created: day}))
		if err := s.ReleaseHold(ctx, "A-1", day); !errors.Is(err, ErrNotFound) {
			t.Errorf("a lock was released like a hold: %v", err)
		}
		if err := s.EndArchiveLock(ctx, "H-1", day, "", day); !errors.Is(err, ErrNotFound) {
			t.Errorf("a hold was delivered: %v", err)
		}
		must(t, s.EndArchiveLock(ctx, "A-1", day, "", day))
		lock.Delivered = day
		holds, err := s.Holds(ctx)
		must(t, err)
		if diff := cmp.Diff(lock, holds[0]); diff != "" {
			t.Errorf("(-want +got)\n%s", diff)
		}
		must(t, s.EndArchiveLock(ctx, "A-1", time.Time{}, "§ 5", day))
		if err := s.EndArchiveLock(ctx, "A-1", day, "", day); !errors.Is(err, ErrState) {
			t.Errorf("ended twice: %v", err)
		}
		if holds, err = s.Holds(ctx); err != nil || holds[0].Released.IsZero() || holds[0].Provision != "§ 5" || !holds[0].Delivered.Equal(day) {
			t.Errorf("%+v, %v", holds[0], err)
		}
	})
}

// TestReappeared: what comes back is known by its content or its place; what
// was there all along, empty files and new files of an old name are not.
func TestReappeared(t *testing.T) {
	engines(t, func(t *testing.T, s *Store) {
		ctx := t.Context()
		at := func(n int, mac string, size int64, seen, modified time.Time) Finding {
			f := finding("s", n)
			f.ContentMAC, f.Item.Size, f.FirstSeen, f.LastSeen, f.Item.Modified = mac, size, seen, seen, modified
			return f
		}
		old, erased, later := day.AddDate(0, -1, 0), day, day.Add(time.Hour)
		var items []PlanItem
		for n, mac := range []string{"aa", "bb", "cc", "ee"} {
			f := at(n, mac, 1, old, old)
			items = append(items, PlanItem{Ref: f.Ref, Item: f.Item, ContentMAC: mac, Rule: "R"})
		}
		must(t, s.CreatePlan(ctx, Plan{ID: "P-1", Created: day, EventsHash: "e"}, items))
		for _, it := range items {
			it.Plan, it.Finished = "P-1", erased
			must(t, s.SetPlanErased(ctx, it))
			must(t, s.SetPlanErased(ctx, it)) // said twice is remembered once
		}
		record(t, s, "s", true,
			at(0, "aa", 1, later, old),    // the very item
			at(1, "b2", 1, later, old),    // an older copy of it in its place
			at(2, "c2", 1, later, later),  // something new of the same name
			at(10, "aa", 1, later, later), // the content, elsewhere
			at(11, "bb", 1, old, old),     // a copy that was there all along
			at(12, "ee", 0, later, later), // an empty file
		)
		got, err := s.Reappeared(ctx)
		must(t, err)
		want := []Reappeared{
			{Ref: finding("s", 0).Ref, Plan: "P-1", Rule: "R", Erased: erased, Content: true, Place: true},
			{Ref: finding("s", 1).Ref, Plan: "P-1", Rule: "R", Erased: erased, Place: true},
			{Ref: finding("s", 10).Ref, Plan: "P-1", Rule: "R", Erased: erased, Content: true},
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("(-want +got)\n%s", diff)
		}
		n, err := s.ForgetErased(ctx, erased.Add(time.Second))
		if err != nil || n != 4 {
			t.Errorf("forgot %d, %v", n, err)
		}
		if got, err = s.Reappeared(ctx); err != nil || len(got) != 0 {
			t.Errorf("%v, %v", got, err)
		}
	})
}

// TestNames: the rules are told the names of persons, and when there may be more.
func TestNames(t *testing.T) {
	name := func(key string) detectors.Match {
		return detectors.Match{Detector: personDetector, Category: "kontakt", Key: key}
	}
	f := Finding{Matches: []detectors.Match{name("v2"), name("v1"), name("v2"), {Detector: "cpr", Key: "v3"}}}
	if facts := f.Facts(); !cmp.Equal(facts.Names, []string{"v1", "v2"}) || facts.NamesCut {
		t.Errorf("%v cut %t", facts.Names, facts.NamesCut)
	}
	f.Counts, f.Matches = []Count{{Detector: personDetector, N: 3}}, f.Matches[:1]
	if facts := f.Facts(); !facts.NamesCut {
		t.Error("names that were not fetched are not missed")
	}
}
