//go:build linux

package erase_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/sletdk/slet/audit"
	"github.com/sletdk/slet/erase"
	"github.com/sletdk/slet/internal/testenv"
	"github.com/sletdk/slet/scanner"
	"github.com/sletdk/slet/store"
)

var whole = strings.Repeat("A", 10000)

// killed leaves an item as a real crash right after the renaming does.
func (o *office) killed(t *testing.T) (store.Plan, store.PlanItem) {
	t.Helper()
	testenv.Program(t, "strace")
	o.put(t, "a/a.txt", whole)
	plan := o.approved(t)
	cmd := o.traced(t, plan.ID, 1, 0, "-o", "/dev/null", "-e", "trace=fdatasync,fsync,renameat2,pwrite64",
		"-e", "inject=renameat2:delay_exit=1000000", "-e", "inject=renameat2:signal=KILL:when=1")
	if out, err := cmd.CombinedOutput(); err == nil {
		t.Fatalf("it was not killed: %s", out)
	}
	it := o.item(t, plan.ID, "a/a.txt")
	equal(t, "state after the crash", it.State, store.ItemErasing)
	if !o.has("a/"+it.Tombstone, whole) {
		// The kill came before the call: do what it would have done.
		must(t, os.Rename(o.path("a/a.txt"), o.path("a/"+it.Tombstone)))
	}
	return plan, it
}

// TestTakenElsewhere: after a crash somebody renames the folder. The content
// lies there whole, so that nobody may say that it was erased; and when the
// folder is back, it is.
func TestTakenElsewhere(t *testing.T) {
	for _, to := range []string{"e", "Privat"} {
		o := newOffice(t)
		plan, it := o.killed(t)
		must(t, os.Rename(o.path("a"), o.path(to)))

		for range 2 { // it stays so
			got, sum := mustRun(t, o.runner(t), plan.ID)

			equal(t, "result", got["a/a.txt"].Result, erase.Unknown)
			if err := fmt.Sprint(got["a/a.txt"].Err); !strings.Contains(err, it.Tombstone) || !strings.Contains(err, share+":/a") {
				t.Errorf("error %q does not say where to look", err)
			}
			equal(t, "unknown", sum.Unknown, 1)
			equal(t, "state", o.item(t, plan.ID, "a/a.txt").State, store.ItemErasing)
			equal(t, "plan", o.planState(t, plan.ID), store.PlanExecuting)
		}
		log := o.entries(t)
		for _, rec := range log {
			if rec.Type == audit.TypeEraseOutcome {
				equal(t, "outcome in the log", rec.Detail["result"], erase.Unknown)
			}
		}
		if !o.has(to+"/"+it.Tombstone, whole) {
			t.Error("the item was touched")
		}

		must(t, os.Rename(o.path(to), o.path("a")))
		got, _ := mustRun(t, o.runner(t), plan.ID)
		equal(t, "result with the folder back", got["a/a.txt"].Result, erase.Erased)
		equal(t, "plan", o.planState(t, plan.ID), store.PlanExecuted)
	}
}

// TestTombstoneTaken: somebody takes the tombstone away while the content is
// whole, or the item before anything was done to it.
func TestTombstoneTaken(t *testing.T) {
	o := newOffice(t)
	plan, it := o.interrupt(t, nil)
	must(t, os.Rename(o.path("a/"+it.Tombstone), o.path("taken")))

	got, _ := mustRun(t, o.runner(t), plan.ID)

	equal(t, "result", got["a/a.txt"].Result, erase.Unknown)
	o.hold(t, "a/**")
	got, _ = mustRun(t, o.runner(t), plan.ID)
	equal(t, "result when held", got["a/a.txt"].Result, erase.Unknown)
	if !o.has("taken", whole) {
		t.Error("the item was touched")
	}
}

// TestKeptAfterCrash: whatever has come between the crash and the next run and
// would have kept the item before, gives it its name back.
func TestKeptAfterCrash(t *testing.T) {
	for _, test := range []struct {
		name   string
		happen func(t *testing.T, o *office, plan string)
		want   string
	}{
		{"schedule changed", func(t *testing.T, o *office, _ string) { o.changeSchedule(t) }, erase.Refused},
		{"withdrawn", func(t *testing.T, o *office, plan string) {
			must(t, o.store.SetPlanState(t.Context(), plan, []store.PlanState{store.PlanExecuting}, store.PlanDead))
		}, erase.Refused},
		{"held", func(t *testing.T, o *office, _ string) { o.hold(t, "a/**") }, erase.HeldBack},
		{"due by another rule", func(t *testing.T, o *office, _ string) {
			o.found(t, "a/a.txt", func(f *store.Finding) { f.DocumentType = "mus" })
		}, erase.Refused},
		{"another version in the inventory", func(t *testing.T, o *office, _ string) {
			o.found(t, "a/a.txt", func(f *store.Finding) { f.ContentMAC = "another" })
		}, erase.Changed},
		{"not in the inventory", func(t *testing.T, o *office, _ string) { o.scan(t) }, erase.Changed},
	} {
		t.Run(test.name, func(t *testing.T) {
			for damage, spoil := range map[string]func(string) error{"whole": nil, "partly overwritten": overwritten} {
				o := newOffice(t)
				plan, it := o.interrupt(t, spoil)
				test.happen(t, o, plan.ID)
				r := o.runner(t)

				got, _, _ := run(t, r, plan.ID) // a dead plan is refused afterwards

				want := test.want
				if spoil != nil && want != erase.HeldBack {
					want = erase.Erased // there is nothing left to keep
				}
				equal(t, damage+": result", got["a/a.txt"].Result, want)
				equal(t, damage+": back under its name, whole", o.has("a/a.txt", whole), spoil == nil)
				if !o.gone("a/" + it.Tombstone) {
					t.Error(damage + ": the tombstone is left")
				}
			}
		})
	}
}

func overwritten(path string) error {
	f, err := os.OpenFile(path, os.O_WRONLY, 0)
	if err != nil {
		return err
	}
	_, err = f.WriteString("overwritten")
	return errors.Join(err, f.Close())
}

// TestInterruptedSeen: a dry run touches nothing of what was interrupted, says
// that it is there, and no plan ever freezes it.
func TestInterruptedSeen(t *testing.T) {
	o := newOffice(t)
	plan, it := o.interrupt(t, nil)
	r := o.runner(t)
	r.Enforce = false
	before := len(o.entries(t))

	got, sum := mustRun(t, r, plan.ID)

	equal(t, "result", got["a/a.txt"].Result, erase.Unknown)
	equal(t, "interrupted", sum.Interrupted, 1)
	equal(t, "new lines in the log", len(o.entries(t))-before, 0)
	if !o.has("a/"+it.Tombstone, whole) {
		t.Error("a dry run touched it")
	}
	open, err := erase.Interrupted(t.Context(), o.store)
	must(t, err)
	if len(open) != 1 || open[0].Ref != it.Ref || open[0].Plan != plan.ID {
		t.Errorf("interrupted: %+v", open)
	}

	o.scan(t) // sees the tombstone
	s, err := erase.Select(t.Context(), o.deps(), "")
	must(t, err)
	equal(t, "items for a new plan", s.Items, 0)
	equal(t, "left out of it", s.Interrupted, 1)
	if _, err := erase.Propose(t.Context(), o.deps(), ""); !errors.Is(err, erase.ErrNothingDue) {
		t.Errorf("the tombstone was frozen: %v", err)
	}
}

// TestNotJournaled: if the store cannot be told that the content is destroyed,
// the name stays: without it, nobody could prove it later.
func TestNotJournaled(t *testing.T) {
	o := newOffice(t)
	o.put(t, "a.txt", "A")
	plan := o.approved(t)
	r := o.runner(t)
	good := r.Erasers[share]
	r.Erasers[share] = &journalless{good, o}

	_, _, err := run(t, r, plan.ID)

	if err == nil {
		t.Error("no error")
	}
	names, err := os.ReadDir(o.root)
	must(t, err)
	if len(names) != 1 || !strings.HasPrefix(names[0].Name(), erase.TombstonePrefix) {
		t.Errorf("left: %v, want the tombstone", names)
	}
}

// journalless closes the store before it erases.
type journalless struct {
	erase.Eraser
	o *office
}

func (j *journalless) Take(ctx context.Context, it scanner.Item) (erase.Target, error) {
	target, err := j.Eraser.Take(ctx, it)
	return &closing{target, j.o}, err
}

type closing struct {
	erase.Target
	o *office
}

func (c *closing) Erase(ctx context.Context, w erase.Warrant) (erase.Receipt, error) {
	if err := c.o.store.Close(); err != nil {
		return erase.Receipt{}, err
	}
	return c.Target.Erase(ctx, w)
}
