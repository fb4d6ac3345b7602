//go:build linux

package erase_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/sletdk/slet/erase"
	"github.com/sletdk/slet/store"
)

// newCameras is a building with recordings of 30 days that nothing happens in.
func newCameras(t *testing.T) *building {
	t.Helper()
	b := newBuilding(t, 1, "tv", simStart, 30, time.Hour, time.Hour)
	b.dir = fastDir(t)
	b.open()
	t.Cleanup(b.close)
	return b
}

// recorded puts recordings of a camera on the storage, an hour apart, the last
// of them so many days ago.
func (b *building) recorded(camera string, n, daysAgo int) {
	last := b.now.AddDate(0, 0, -daysAgo)
	for i := range n {
		b.clip(camera, fmt.Sprintf("%d-%03d.mp4", daysAgo, i), last.Add(-time.Duration(i)*time.Hour))
	}
}

func (b *building) clip(camera, name string, begin time.Time) {
	b.clips[camera+"/"+name] = &clip{camera: camera, begin: begin, done: begin.Add(10 * time.Minute)}
}

// byPerson has a person plan, approve and carry out what is due.
func (b *building) byPerson() (results, erase.Summary, error) {
	b.t.Helper()
	r := b.runner()
	plan, err := erase.Propose(b.t.Context(), r.Deps, b.source)
	b.must(err)
	_, err = erase.Approve(b.t.Context(), r.Deps, plan.ID, "Per Person", nil)
	b.must(err)
	return run(b.t, r, plan.ID)
}

// TestPercentOfACamera: no run takes more than P percent of one camera's
// recordings, also when that is little of the source; and a camera that has few
// is not braked.
func TestPercentOfACamera(t *testing.T) {
	b := newCameras(t) // brakes: 50 % of what has 20 or more
	b.recorded("gård", 16, 40)
	b.recorded("gård", 8, 1)
	b.recorded("port", 3, 40)
	b.recorded("port", 1, 1)
	b.recorded("hal", 80, 1)
	b.scan(true)

	_, sum, err := b.byPerson()

	refused(t, err, "camera gård of source tv")
	left := map[string]int{}
	for _, c := range b.clips {
		left[c.camera]++
	}
	equal(t, "left of 24", left["gård"], 12)
	if sum.Erased > 15 || left["hal"] != 80 {
		t.Errorf("%d erased, left %v", sum.Erased, left)
	}

	few := newCameras(t)
	few.recorded("port", 18, 40)
	few.recorded("port", 1, 1)
	few.recorded("hal", 80, 1)
	few.scan(true)
	_, sum, err = few.byPerson()
	must(t, err)
	equal(t, "erased of a camera with 19", sum.Erased, 18)
}

// TestStandingEndsDuringARun: when the standing approval ends between two
// recordings of a run, the second is kept.
func TestStandingEndsDuringARun(t *testing.T) {
	b := newCameras(t)
	b.recorded("gård", 5, 40)
	b.recorded("gård", 20, 0)
	b.schedule.Rules[0].Standing.Until = b.now
	b.scan(true)
	b.erasing = func() { b.now = b.now.AddDate(0, 0, 1) }

	swept, err := b.runner().Sweep(t.Context(), b.source, nil)

	must(t, err)
	if swept.Clock != nil || swept.Due != 5 || swept.Summary.Erased != 1 || swept.Summary.Refused != 4 {
		t.Errorf("%+v", swept)
	}
	equal(t, "recordings left", len(b.clips), 24)
	plan, err := b.store.Plan(t.Context(), swept.Ran[0])
	must(t, err)
	items, err := b.store.PlanItems(t.Context(), plan.ID)
	must(t, err)
	for _, it := range items {
		if it.State != store.ItemErased && !strings.Contains(it.Error, "standing approval of rule TV-1 is not in force") {
			t.Errorf("%s: %s: %s", it.Item.Path, it.State, it.Error)
		}
	}
}

// TestTemporaryNames: what has the name of something that is being written is
// not erased, however old it says it is.
func TestTemporaryNames(t *testing.T) {
	for _, name := range []string{
		"1.dav_", "1.MP4.tmp", "1.part", "1.temp", "1.incomplete", "1.mp4~", ".1.mp4", "~1.mp4", "Incomplete.1.mp4", "nvr_standby_1.mp4",
	} {
		b := newCameras(t)
		b.recorded("gård", 1, 0)
		b.clip("gård", "hel.mp4", b.now.AddDate(0, 0, -40))
		b.clip("gård", name, b.now.AddDate(0, 0, -41))
		b.scan(true)
		got, sum, err := b.byPerson()
		must(t, err)
		if res := got["gård/"+name]; res.Result != erase.Refused || !strings.Contains(fmt.Sprint(res.Err), "as of what is being written") {
			t.Errorf("%s: %+v", name, res)
		}
		if sum.Erased != 1 || b.clips["gård/"+name] == nil || b.clips["gård/hel.mp4"] != nil {
			t.Errorf("%s: %+v", name, sum)
		}
	}
}

// TestCompanions: a recording and its picture go in one run, or, when one of them
// was left out of the plan, not at all.
func TestCompanions(t *testing.T) {
	for leftOut, erased := range map[string]int{"": 2, "tv:gård/a.jpg": 0, "tv:gård/a.mp4": 0} {
		b := newCameras(t)
		b.recorded("gård", 1, 0)
		b.clip("gård", "a.jpg", b.now.AddDate(0, 0, -40))
		b.clip("gård", "a.mp4", b.now.AddDate(0, 0, -40))
		b.scan(true)
		r := b.runner()
		plan, err := erase.Propose(t.Context(), r.Deps, b.source)
		must(t, err)
		var exclude []string
		if leftOut != "" {
			exclude = []string{leftOut}
		}
		_, err = erase.Approve(t.Context(), r.Deps, plan.ID, "Per Person", exclude)
		must(t, err)
		got, sum, err := run(t, r, plan.ID)
		must(t, err)
		equal(t, "erased without "+leftOut, sum.Erased, erased)
		for path, res := range got {
			if res.Result != erase.Erased && !strings.Contains(fmt.Sprint(res.Err), "what belongs to it is not in the plan") {
				t.Errorf("%s: %+v", path, res)
			}
		}
	}
}

// TestGrowingIsLeftAlone: a recording that was begun long ago and is still
// written to is not even proposed, until two looks have found it the same.
func TestGrowingIsLeftAlone(t *testing.T) {
	b := newCameras(t)
	b.recorded("gård", 2, 0)
	b.clip("gård", "endeløs.mp4", b.now.AddDate(0, 0, -40))
	b.clips["gård/endeløs.mp4"].done = b.now.AddDate(0, 0, 1)
	b.scan(true)

	s, err := erase.Select(t.Context(), b.runner().Deps, b.source)

	must(t, err)
	if s.Items != 0 || s.Growing != 1 {
		t.Errorf("%d items selected, %d growing", s.Items, s.Growing)
	}
}

// TestSweepDoubtsTheClock: the first sweep of all, and one long after the last,
// erase nothing unless a camera's own clock says that ours is right.
func TestSweepDoubtsTheClock(t *testing.T) {
	b := newCameras(t)
	b.recorded("gård", 5, 40)
	b.recorded("gård", 20, 3)
	b.scan(true)
	swept, err := b.runner().Sweep(t.Context(), b.source, nil)
	must(t, err)
	refused(t, swept.Clock, "no camera's newest recording confirms it")
	equal(t, "recordings left", len(b.clips), 25)

	b.recorded("gård", 1, 0)
	b.scan(false)
	swept, err = b.runner().Sweep(t.Context(), b.source, nil)
	must(t, err)
	equal(t, "in doubt", swept.Clock, nil)
	equal(t, "erased", swept.Summary.Erased, 5)
}
