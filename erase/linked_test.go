//go:build linux

package erase_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"syscall"
	"testing"

	"github.com/sletdk/slet/audit"
	"github.com/sletdk/slet/erase"
	"github.com/sletdk/slet/internal/testenv"
	"github.com/sletdk/slet/scanner"
	"github.com/sletdk/slet/scanner/files"
	"github.com/sletdk/slet/store"
)

// names are those of the one file that most of these tests are about.
var names = []string{"a.txt", "b.txt", "mappe/c.txt"}

const linkedContent = "one content, three names"

// link gives a file that is there another name.
func (o *office) link(t testing.TB, name, other string) {
	t.Helper()
	must(t, os.MkdirAll(filepath.Dir(o.path(other)), 0o755))
	must(t, os.Link(o.path(name), o.path(other)))
}

// putLinked puts a file with three names.
func (o *office) putLinked(t testing.TB) {
	t.Helper()
	o.put(t, names[0], linkedContent)
	for _, other := range names[1:] {
		o.link(t, names[0], other)
	}
}

// whole checks that these names lead to the whole content.
func (o *office) whole(t testing.TB, names ...string) {
	t.Helper()
	for _, name := range names {
		if !o.has(name, linkedContent) {
			t.Errorf("%s is not there whole", name)
		}
	}
}

// TestLinked: a file whose names are all in the plan is erased: the names one by
// one, and the content with the last.
func TestLinked(t *testing.T) {
	o := newOffice(t)
	o.putLinked(t)
	o.put(t, "other.txt", "other")
	plan := o.approved(t)
	dry := o.runner(t)
	dry.Enforce = false
	_, sum := mustRun(t, dry, plan.ID)
	equal(t, "would be erased", sum.WouldErase, 4)

	got, sum := mustRun(t, o.runner(t), plan.ID)

	equal(t, "erased", sum.Erased, 4)
	unlinked, overwritten := 0, 0
	for _, name := range names {
		res := got[name]
		equal(t, name+" is gone", o.gone(name), true)
		switch {
		case res.Assurance == erase.Unlinked && res.Method == "unlink" && slices.Contains(res.Caveats, erase.CaveatOtherNames):
			unlinked++
		case res.Assurance != erase.Unlinked && res.Assurance != erase.None && !slices.Contains(res.Caveats, erase.CaveatOtherNames):
			overwritten++
		default:
			t.Errorf("%s: %+v", name, res)
		}
	}
	equal(t, "names removed", unlinked, 2)
	equal(t, "names that the content went with", overwritten, 1)
	equal(t, "state of the plan", o.planState(t, plan.ID), store.PlanExecuted)
}

// TestLinkedKept: while one name may not go, none does.
func TestLinkedKept(t *testing.T) {
	for name, test := range map[string]struct {
		before  func(t *testing.T, o *office) // before the scan
		exclude []string
		after   func(t *testing.T, o *office, r *erase.Runner) // after the approval
		result  string
	}{
		"one name is outside": {before: func(t *testing.T, o *office) {
			must(t, os.Link(o.path("a.txt"), filepath.Join(o.state, "outside")))
		}, result: erase.Refused},
		"one name is left out": {exclude: []string{share + ":b.txt"}, result: erase.Refused},
		"one name is held":     {after: func(t *testing.T, o *office, _ *erase.Runner) { o.hold(t, "mappe/c.txt") }, result: erase.HeldBack},
		"one name is new":      {after: func(t *testing.T, o *office, _ *erase.Runner) { o.link(t, "a.txt", "d.txt") }, result: erase.Refused},
		"one name has moved": {after: func(t *testing.T, o *office, _ *erase.Runner) {
			must(t, os.Rename(o.path("mappe/c.txt"), o.path("elsewhere.txt")))
			must(t, os.Rename(o.path("elsewhere.txt"), o.path("mappe/d.txt")))
		}, result: erase.Refused},
		"one name is something else now": {after: func(t *testing.T, o *office, r *erase.Runner) {
			// The eraser would not see it on the handles of the others.
			r.Erasers[share] = &swapped{Eraser: r.Erasers[share].(*files.Eraser), path: "mappe/c.txt"}
		}, result: erase.Refused},
	} {
		t.Run(name, func(t *testing.T) {
			o := newOffice(t)
			o.putLinked(t)
			if test.before != nil {
				test.before(t, o)
			}
			plan := o.approved(t, test.exclude...)
			r := o.runner(t)
			if test.after != nil {
				test.after(t, o, r)
			}
			got, sum := mustRun(t, r, plan.ID)
			equal(t, "erased", sum.Erased, 0)
			equal(t, "result", got["a.txt"].Result, test.result)
			o.whole(t, "a.txt", "b.txt")
		})
	}
}

// swapped is an eraser to which one name is changed.
type swapped struct {
	*files.Eraser
	path string
}

func (s *swapped) Take(ctx context.Context, it scanner.Item) (erase.Target, error) {
	if it.Path == s.path {
		return nil, scanner.ErrChanged
	}
	return s.Eraser.Take(ctx, it)
}

// TestLinkedBrake: when a run may not erase all names, it begins with none.
func TestLinkedBrake(t *testing.T) {
	o := newOffice(t)
	o.putLinked(t)
	plan := o.approved(t)
	r := o.runner(t)
	r.Brakes.MaxItems = 2
	_, sum, err := run(t, r, plan.ID)
	refused(t, err, "brake")
	equal(t, "erased", sum.Erased, 0)
	o.whole(t, names...)
}

// TestLinkedMeanwhile: what happens to the content or its names between two of
// them is noticed, and what is left is whole.
func TestLinkedMeanwhile(t *testing.T) {
	t.Parallel() // who opens the file meanwhile waits for the kernel to end slet's lease, 45 s
	for name, happen := range map[string]func(t *testing.T, o *office, left string){
		"written to": func(t *testing.T, o *office, left string) {
			must(t, os.WriteFile(o.path(left), []byte("one content, other words"), 0o644))
			must(t, os.Chtimes(o.path(left), old, old))
		},
		"a new name": func(t *testing.T, o *office, left string) { o.link(t, left, "new.txt") },
	} {
		t.Run(name, func(t *testing.T) {
			o := newOffice(t)
			o.putLinked(t)
			plan := o.approved(t)
			r, left := o.runner(t), ""
			_, err := r.Run(t.Context(), plan.ID, func(res erase.Result) {
				if res.Result != erase.Erased || left != "" {
					return
				}
				for _, name := range names {
					if !o.gone(name) {
						left = name
					}
				}
				happen(t, o, left)
			})
			must(t, err)
			log, erased := o.entries(t), 0
			for _, rec := range log {
				if rec.Type == audit.TypeEraseOutcome && rec.Detail["result"] == erase.Erased {
					erased++
				}
			}
			equal(t, "erased", erased, 1)
			equal(t, "the content is there", o.gone(left), false)
		})
	}
}

// TestLinkedStopped: a run that is stopped between two names leaves the others
// whole; they need a new plan, which erases them.
func TestLinkedStopped(t *testing.T) {
	o := newOffice(t)
	o.putLinked(t)
	plan := o.approved(t)
	ctx, stop := context.WithCancel(t.Context())
	_, err := o.runner(t).Run(ctx, plan.ID, func(erase.Result) { stop() })
	if !errors.Is(err, context.Canceled) {
		t.Errorf("error %v", err)
	}
	got, sum := mustRun(t, o.runner(t), plan.ID)
	equal(t, "erased by the next run", sum.Erased, 0)
	left := 0
	for name, res := range got {
		equal(t, name, res.Result, erase.Refused)
		o.whole(t, name)
		left++
	}
	equal(t, "names left", left, 2)

	again := o.approved(t)
	equal(t, "items of the new plan", again.Items, 2)
	_, sum = mustRun(t, o.runner(t), again.ID)
	equal(t, "erased by the new plan", sum.Erased, 2)
}

// TestKillLinked kills the erasing process at every system call by which it
// changes anything, while it erases a file with three names. Afterwards another
// run knows of each name: it is erased, or it leads to the whole content; and a
// new plan erases what is left.
func TestKillLinked(t *testing.T) {
	testenv.Program(t, "strace")
	kills := 0
	for _, call := range []string{"renameat2", "ftruncate", "unlinkat", "fsync", "write", "pwrite64"} {
		for n := 1; ; n++ {
			o := newOffice(t)
			o.putLinked(t)
			plan := o.approved(t)
			cmd := o.traced(t, plan.ID, 10, 1, "-o", "/dev/null", "-e", "trace="+call, "-e", fmt.Sprintf("inject=%s:signal=KILL:when=%d", call, n))
			out, err := cmd.CombinedOutput()
			if err == nil {
				break
			}
			kills++
			var exit *exec.ExitError
			if !errors.As(err, &exit) || !(exit.Sys().(syscall.WaitStatus).Signaled() || exit.ExitCode() == 128+9) {
				t.Fatalf("%s %d: %v\n%s", call, n, err, out)
			}
			o.afterKill(t, fmt.Sprintf("%s %d", call, n), plan.ID)
			if t.Failed() {
				return
			}
		}
	}
	t.Logf("%d kills", kills)
	if kills < 30 {
		t.Errorf("killed %d times: this shows too little", kills)
	}
}

// afterKill runs the plan again, looks at every name, and erases the rest by a
// new plan.
func (o *office) afterKill(t *testing.T, when, plan string) {
	t.Helper()
	_, _ = mustRun(t, o.runner(t), plan)
	items, err := o.store.PlanItems(t.Context(), plan)
	must(t, err)
	intents, left := map[string]bool{}, 0
	for _, rec := range o.entries(t) {
		switch {
		case rec.Type == audit.TypeEraseIntent:
			intents[rec.Item] = true
		case rec.Type == audit.TypeEraseOutcome && rec.Detail["result"] == erase.Erased && !intents[rec.Item]:
			t.Errorf("%s: an outcome without an intent", when)
		}
	}
	for _, it := range items {
		switch {
		case it.State == store.ItemErased && o.gone(it.Item.Path):
		case (it.State == store.ItemRefused || it.State == store.ItemChanged) && o.has(it.Item.Path, linkedContent):
			left++
		default:
			t.Errorf("%s: %s is %s: %s", when, it.Item.Path, it.State, it.Error)
		}
	}
	for name := range o.tree(t) {
		if len(name) > len(erase.TombstonePrefix) && filepath.Base(name)[:1] == "." && name != "." {
			t.Errorf("%s: left: %s", when, name)
		}
	}
	if left == 0 {
		return
	}
	again := o.approved(t)
	_, sum := mustRun(t, o.runner(t), again.ID)
	equal(t, when+": erased by the new plan", sum.Erased, left)
}
