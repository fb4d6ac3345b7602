//go:build linux

package erase_test

import (
	"errors"
	"testing"
	"time"

	"github.com/sletdk/slet/erase"
	"github.com/sletdk/slet/retention"
)

// TestNewHoldRefuses what would keep everything, nothing, or not what is meant.
func TestNewHoldRefuses(t *testing.T) {
	now := time.Date(2026, 11, 22, 9, 0, 0, 0, time.UTC)
	for name, h := range map[string]retention.Hold{
		"empty":             {Reason: "x", Owner: "x", Restrict: true},
		"a bad path":        {Path: "["},
		"a bad mailbox":     {Mailbox: "["},
		"half a case":       {Case: "1"},
		"reviewed before":   {Path: "a", Review: now.Add(-time.Second)},
		"ends first":        {Camera: "k", From: now, To: now.Add(-time.Second)},
		"an unknown ground": {Camera: "k", Ground: "x"},
		"a ground of files": {Path: "a", Ground: retention.GroundPolice},
	} {
		var u *erase.Unusable
		if got, err := erase.NewHold(h, now); !errors.As(err, &u) {
			t.Errorf("%s: %+v, %v", name, got, err)
		}
	}
	ids := map[string]bool{}
	for _, h := range []retention.Hold{{Path: "a"}, {Source: "a"}, {Mailbox: "a"}, {Subject: "p1"}, {Camera: "k"}, {From: now}, {To: now}, {DocumentType: "x", Archive: true}} {
		got, err := erase.NewHold(h, now)
		if err != nil || !got.Created.Equal(now) || ids[got.ID] || (got.ID[:2] == "A-") != h.Archive {
			t.Errorf("%+v: %+v, %v", h, got, err)
		}
		ids[got.ID] = true
	}
}

// TestWhatIsToComeIsNotRecorded: neither a delivery nor a duty is recorded
// before it has happened, and nothing is logged of it.
func TestWhatIsToComeIsNotRecorded(t *testing.T) {
	o := newOffice(t)
	d := o.deps()
	lock, err := erase.NewHold(retention.Hold{Archive: true, Path: "a/**", Reason: "x", Basis: "x"}, o.now)
	must(t, err)
	must(t, erase.AddHold(t.Context(), d, lock, "anna"))
	later := o.now.Add(time.Hour)
	var u *erase.Unusable
	if err := erase.EndArchiveLock(t.Context(), d, lock.ID, later, "", "anna"); !errors.As(err, &u) {
		t.Error(err)
	}
	if err := erase.EndArchiveLock(t.Context(), d, lock.ID, time.Time{}, " ", "anna"); !errors.As(err, &u) {
		t.Error(err)
	}
	if err := erase.NoteHold(t.Context(), d, lock.ID, erase.Duties{Notified: later}, "anna"); !errors.As(err, &u) {
		t.Error(err)
	}
	holds, err := o.store.Holds(t.Context())
	must(t, err)
	if len(holds) != 1 || !holds[0].Delivered.IsZero() || !holds[0].Released.IsZero() || !holds[0].Notified.IsZero() {
		t.Errorf("%+v", holds)
	}
}

// TestCovered counts as far as is asked.
func TestCovered(t *testing.T) {
	o := newOffice(t)
	for _, name := range []string{"a/1.txt", "a/2.txt", "a/3.txt", "b.txt"} {
		o.put(t, name, name)
	}
	o.scan(t)
	holds := []retention.Hold{{ID: "H-1", Path: "a/**"}, {ID: "H-2", Path: "**"}, {ID: "H-3", Source: "elsewhere"}}
	for most, want := range map[int][3]int{0: {3, 4, 0}, 2: {2, 2, 0}} {
		got, err := erase.Covered(t.Context(), o.deps(), holds, most)
		must(t, err)
		if [3]int{got["H-1"], got["H-2"], got["H-3"]} != want {
			t.Errorf("at most %d: %v", most, got)
		}
	}
}
