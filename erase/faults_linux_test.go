package erase_test

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"math/rand/v2"
	"os"
	"sync"
	"testing"
	"time"

	"github.com/sletdk/slet/audit"
	"github.com/sletdk/slet/erase"
	"github.com/sletdk/slet/scanner/files"
	"github.com/sletdk/slet/store"
)

// TestFaults carries out plans, a thousand runs of them, while the storage, the
// log, the store or the whole process fails at a moment that is left to chance.
// Whatever happens: what is gone was approved and had its intent, whatever is
// there is whole, and in the end nothing is unknown.
func TestFaults(t *testing.T) {
	want := 1000
	if testing.Short() {
		want = 100
	}
	seed := rand.Uint64()
	t.Logf("seed %d", seed)
	rng := rand.New(rand.NewPCG(seed, 2))
	runs, erased, met := 0, 0, map[string]int{}
	for runs < want && !t.Failed() {
		f := newFaulty(t, rng)
		for range 12 {
			met[f.run(t)]++
			runs++
		}
		erased += f.end(t)
		f.close()
	}
	t.Logf("%d runs, %d items erased, faults met %v", runs, erased, met)
	for _, kind := range []string{"log", "store", "crash", "before", "after", "none"} {
		if met[kind] < want/40 {
			t.Errorf("%d runs met the fault %q: this shows too little", met[kind], kind)
		}
	}
}

// faulty is an office with one approved plan.
type faulty struct {
	*office
	rng      *rand.Rand
	plan     string
	contents map[string]string
	excluded string
}

func newFaulty(t *testing.T, rng *rand.Rand) *faulty {
	f := &faulty{office: newOffice(t), rng: rng, contents: map[string]string{}, excluded: "3.txt"}
	for i := range 12 {
		name := fmt.Sprintf("%d.txt", i)
		f.contents[name] = fmt.Sprintf("item %d, %d", i, rng.Uint64())
		f.put(t, name, f.contents[name])
	}
	for _, name := range []string{"0 igen.txt", "00.txt"} { // names of the first
		f.contents[name] = f.contents["0.txt"]
		f.link(t, "0.txt", name)
	}
	f.plan = f.approved(t, share+":"+f.excluded).ID
	return f
}

var errCrash = errors.New("the process ends here")

// run carries the plan out with one fault at some moment, looks at what is
// there, and says which fault was met.
func (f *faulty) run(t *testing.T) (met string) {
	t.Helper()
	real, err := files.NewEraser(files.Config{Name: share, Root: f.root})
	must(t, err)
	defer real.Close()
	kind := []string{"log", "store", "crash", "before", "after", "none"}[f.rng.IntN(6)]
	// Every line of the log asks for the time first, and little else does.
	moment, met := 1+f.rng.IntN(20), "nothing"
	d, calls := f.deps(), 0
	d.Now = func() time.Time {
		if calls++; calls == moment {
			switch kind {
			case "log":
				must(t, os.Rename(f.logPath(), f.logPath()+".away")) // nothing can be appended, as when the disk is full
			case "store":
				must(t, f.store.Close())
			case "crash":
				met = kind
				panic(errCrash)
			default:
				return f.now
			}
			met = kind
		}
		return f.now
	}
	e := &unreliable{Eraser: real, rng: f.rng, kind: kind, met: &met}
	r := &erase.Runner{Deps: d, Erasers: map[string]erase.Eraser{share: e}, Enforce: true, Group: 1 + f.rng.IntN(4)}
	r.Brakes.MaxItems = 1 + f.rng.IntN(3)
	over := f.planState(t, f.plan) == store.PlanExecuted // then nothing is written any more
	func() {
		defer func() {
			if p := recover(); p != nil && p != errCrash {
				panic(p)
			}
		}()
		_, err := r.Run(t.Context(), f.plan, nil)
		if err == nil && !over && (met == "log" || met == "store") {
			t.Errorf("the %s failed, and the run says nothing of it", met)
		}
	}()
	if kind == "none" {
		met = kind
	}
	f.repair(t)
	f.look(t)
	return met
}

// repair undoes the fault, as a person or a restart does.
func (f *faulty) repair(t *testing.T) {
	t.Helper()
	if _, err := os.Stat(f.logPath() + ".away"); err == nil {
		must(t, os.Rename(f.logPath()+".away", f.logPath()))
	}
	f.close()
	again, err := enter(t.Context(), f.root, f.state)
	must(t, err)
	*f.office = *again
}

// look checks what is there against what is known.
func (f *faulty) look(t *testing.T) {
	t.Helper()
	intents := map[string]bool{}
	for _, rec := range f.entries(t) {
		if rec.Type == audit.TypeEraseIntent {
			intents[rec.Item] = true
		}
	}
	items, err := f.store.PlanItems(t.Context(), f.plan)
	must(t, err)
	for _, it := range items {
		name := it.Item.Path
		whole := f.has(name, f.contents[name])
		switch {
		case it.State == store.ItemErased && (!f.gone(name) || !intents[it.Ref] || name == f.excluded):
			t.Errorf("%s counts as erased; gone: %t, intent: %t", name, f.gone(name), intents[it.Ref])
		case it.State == store.ItemErasing && !intents[it.Ref]:
			t.Errorf("%s is being erased without an intent in the log", name)
		case it.State != store.ItemErased && it.State != store.ItemErasing && !whole:
			t.Errorf("%s is %s, and not whole", name, it.State)
		}
	}
}

// end carries the plan out without faults: then nothing is unknown, and all but
// what was excluded is gone. When a run ended between two names of one file, the
// others are there, whole.
func (f *faulty) end(t *testing.T) int {
	t.Helper()
	_, _ = mustRun(t, f.runner(t), f.plan)
	items, err := f.store.PlanItems(t.Context(), f.plan)
	must(t, err)
	erased, want := 0, map[string]string{".": "folder"}
	for _, it := range items {
		if it.State == store.ItemErased {
			erased++
			continue
		}
		if it.State != store.ItemExcluded && it.Item.Links <= 1 {
			t.Errorf("%s is %s in the end: %s", it.Item.Path, it.State, it.Error)
		}
		want[it.Item.Path] = f.contents[it.Item.Path]
	}
	if left := f.tree(t); !maps.Equal(left, want) {
		t.Errorf("left in the end: %v", left)
	}
	f.look(t)
	return erased
}

var errStorage = errors.New("the storage does not answer")

// unreliable is an eraser that fails now and then, before it did what it was
// told to or after it.
type unreliable struct {
	*files.Eraser
	rng  *rand.Rand
	kind string
	met  *string
}

func (u *unreliable) EraseGroup(ctx context.Context, group []erase.Order) []erase.Done {
	done := make([]erase.Done, len(group))
	var pass []erase.Order
	var at []int
	for i, o := range group {
		if u.kind == "before" && u.rng.IntN(2) == 0 {
			*u.met = u.kind
			done[i] = erase.Done{Receipt: erase.Receipt{Assurance: erase.None}, Err: errStorage}
			continue
		}
		pass, at = append(pass, o), append(at, i)
	}
	for i, d := range u.Eraser.EraseGroup(ctx, pass) {
		if u.kind == "after" && u.rng.IntN(2) == 0 {
			*u.met = u.kind
			d.Err = errStorage
		}
		done[at[i]] = d
	}
	return done
}

// TestTwoProcesses: two processes that carry out the same plan at the same
// moment lose sight of nothing: what counts as erased is gone, what does not is
// whole, and nothing is unknown. (The command lets only one do so; this is what
// holds when the state is shared otherwise.)
func TestTwoProcesses(t *testing.T) {
	for range 10 {
		o := newOffice(t)
		for i := range 30 {
			o.put(t, fmt.Sprintf("%02d.txt", i), fmt.Sprint("item ", i))
		}
		plan := o.approved(t)
		var wg sync.WaitGroup
		for group := 1; group <= 4; group += 3 {
			other, err := enter(t.Context(), o.root, o.state)
			must(t, err)
			e, err := files.NewEraser(files.Config{Name: share, Root: o.root})
			must(t, err)
			wg.Go(func() {
				defer other.close()
				defer e.Close()
				r := &erase.Runner{Deps: other.deps(), Erasers: map[string]erase.Eraser{share: e}, Enforce: true, Group: group}
				_, _ = r.Run(context.Background(), plan.ID, nil) // one of them is told that the other has begun
			})
		}
		wg.Wait()
		for range 3 { // what one has called unknown or changed while the other did it
			_, _, _ = run(t, o.runner(t), plan.ID)
		}
		items, err := o.store.PlanItems(t.Context(), plan.ID)
		must(t, err)
		outcomes := map[string]int{}
		for _, rec := range o.entries(t) {
			if rec.Type == audit.TypeEraseOutcome && rec.Detail["result"] == erase.Erased {
				outcomes[rec.Item]++
			}
		}
		for _, it := range items {
			there := o.has(it.Item.Path, "item "+fmt.Sprint(atoi(it.Item.Path)))
			switch {
			case it.State == store.ItemErasing:
				t.Errorf("%s is unknown in the end: %s", it.Item.Path, it.Error)
			case there == (outcomes[it.Ref] > 0):
				t.Errorf("%s is %s; whole: %t, erased in the log: %d times", it.Item.Path, it.State, there, outcomes[it.Ref])
			}
		}
	}
}

// atoi reads the number in 07.txt.
func atoi(name string) (n int) {
	_, _ = fmt.Sscanf(name, "%d.txt", &n)
	return n
}
