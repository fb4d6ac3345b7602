//go:build linux

package erase_test

import (
	"fmt"
	"maps"
	"math/rand/v2"
	"os"
	"path/filepath"
	"testing"

	"github.com/sletdk/slet/audit"
	"github.com/sletdk/slet/erase"
	"github.com/sletdk/slet/scanner/files"
	"github.com/sletdk/slet/store"
)

// TestRandom lets people and slet do things to a share in any order. Whatever
// the order is: nothing is erased without an approval and an intent, nothing
// but approved items is touched, and in the end nothing is unknown.
func TestRandom(t *testing.T) {
	const rounds, steps = 60, 36
	seed := rand.Uint64()
	t.Logf("seed %d", seed)
	rng := rand.New(rand.NewPCG(seed, 1))
	runs, erased := 0, 0
	for round := range rounds {
		w := &world{office: newOffice(t), rng: rng, approvedRefs: map[string]bool{}, renamed: map[string]bool{}}
		for i := range 6 {
			w.put(t, fmt.Sprintf("%d/%d.txt", i%2, i), fmt.Sprintf("item %d of round %d", i, round))
		}
		for step := range steps {
			w.step(t, step)
			if t.Failed() {
				t.Fatalf("seed %d, round %d, step %d: %v", seed, round, step, w.history)
			}
		}
		w.check(t)
		w.close()
		runs, erased = runs+w.runs, erased+w.erased
	}
	t.Logf("%d runs, %d items erased", runs, erased)
	if runs < 500 || erased < 100 {
		t.Errorf("only %d runs, %d items erased: this shows too little", runs, erased)
	}
}

// world is an office with what has been done to it.
type world struct {
	*office
	rng          *rand.Rand
	plans        []string
	approvedRefs map[string]bool // items of approved plans, not excluded
	renamed      map[string]bool
	history      []string
	runs, erased int
}

func (w *world) did(format string, args ...any) {
	w.history = append(w.history, fmt.Sprintf(format, args...))
}

// any picks a file that is there; "" when there is none.
func (w *world) any(t *testing.T) string {
	var names []string
	for name, content := range w.tree(t) {
		if content != "folder" {
			names = append(names, name)
		}
	}
	if len(names) == 0 {
		return ""
	}
	return names[w.rng.IntN(len(names))]
}

// step does something.
func (w *world) step(t *testing.T, n int) {
	name := w.any(t)
	kind := w.rng.IntN(10)
	switch {
	case kind == 0 && name != "":
		w.did("write %s", name)
		must(t, os.WriteFile(w.path(name), fmt.Appendf(nil, "written in step %d", n), 0o644))
	case kind == 1 && name != "":
		w.did("rename %s", name)
		must(t, os.Rename(w.path(name), w.path(fmt.Sprintf("renamed %d", n))))
		w.renamed[name] = true
	case kind == 2 && name != "" && n%3 == 0:
		w.did("hold %s", name)
		_ = w.store.AddHold(t.Context(), holdOn(name, w.now)) // it may be held already
	case kind == 3 && name != "" && n%2 == 0:
		w.did("link %s", name)
		w.link(t, name, fmt.Sprintf("%d/link %d.txt", n%4, n))
	case kind == 3:
		w.did("put")
		w.put(t, fmt.Sprintf("%d/new %d.txt", n%2, n), fmt.Sprintf("new in step %d", n))
	case kind <= 5:
		w.did("plan")
		w.scan(t)
		if plan, err := erase.Propose(t.Context(), w.deps(), ""); err == nil {
			w.plans = append(w.plans, plan.ID)
			if w.rng.IntN(2) == 0 {
				w.approve(t, plan.ID)
			}
		}
	case kind == 6 && len(w.plans) > 0:
		w.approve(t, w.somePlan())
	case len(w.plans) > 0:
		w.carryOut(t, w.somePlan())
	}
}

// somePlan is the latest plan, or any.
func (w *world) somePlan() string {
	if w.rng.IntN(2) == 0 {
		return w.plans[len(w.plans)-1]
	}
	return w.plans[w.rng.IntN(len(w.plans))]
}

func (w *world) approve(t *testing.T, plan string) {
	items, err := w.store.PlanItems(t.Context(), plan)
	must(t, err)
	var exclude []string
	for _, it := range items {
		if w.rng.IntN(3) == 0 {
			exclude = append(exclude, it.Ref)
		}
	}
	if _, err := erase.Approve(t.Context(), w.deps(), plan, "Karen", exclude); err != nil {
		return // everything excluded, or approved before
	}
	w.did("approve %s", plan)
	items, err = w.store.PlanItems(t.Context(), plan)
	must(t, err)
	for _, it := range items {
		if it.State != store.ItemExcluded {
			w.approvedRefs[plan+it.Ref] = true
		}
	}
}

// carryOut runs a plan, with or without faults, and compares the share before
// and after.
func (w *world) carryOut(t *testing.T, plan string) {
	e, err := files.NewEraser(files.Config{Name: share, Root: w.root})
	must(t, err)
	defer e.Close()
	var eraser erase.Eraser = e
	fault := w.rng.IntN(4)
	switch fault {
	case 0:
		eraser = &during{Eraser: e, before: errServer}
	case 1:
		eraser = &during{Eraser: e, after: errServer}
	}
	before := w.tree(t)
	r := &erase.Runner{Deps: w.deps(), Erasers: map[string]erase.Eraser{share: eraser}, Enforce: w.rng.IntN(5) > 0}
	r.Brakes.MaxItems = w.rng.IntN(4)
	sum, err := r.Run(t.Context(), plan, nil)
	w.runs++
	w.erased += sum.Erased
	w.did("run %s, fault %d, enforce %t: %v", plan, fault, r.Enforce, err)
	after := w.tree(t)

	items, err := w.store.PlanItems(t.Context(), plan)
	must(t, err)
	mayGo := map[string]bool{}
	for _, it := range items {
		unknown := it.State == store.ItemErasing
		mayGo[it.Item.ID] = r.Enforce && w.approvedRefs[plan+it.Ref] && (it.State == store.ItemErased || unknown)
		if it.State == store.ItemErased && !w.approvedRefs[plan+it.Ref] {
			t.Errorf("%s was erased without approval", it.Item.ID)
		}
	}
	for name, content := range before {
		now, there := after[name]
		if there && now != content {
			t.Errorf("%s was changed", name)
		}
		if !there && !mayGo[name] {
			t.Errorf("%s is gone, and was not to be erased", name)
		}
	}
	for name := range after {
		if _, there := before[name]; !there {
			t.Errorf("%s has appeared", name)
		}
	}
	w.checkLog(t)
}

// checkLog checks that every erasure has its approval and its intent before it.
func (w *world) checkLog(t *testing.T) {
	approved, intents := map[string]bool{}, map[string]bool{}
	for _, rec := range w.entries(t) {
		switch rec.Type {
		case audit.TypePlanApproved:
			approved[rec.Plan] = true
		case audit.TypeEraseIntent:
			if !approved[rec.Plan] || !w.approvedRefs[rec.Plan+rec.Item] {
				t.Errorf("an intent without approval: %v", rec)
			}
			intents[rec.Plan+rec.Item] = true
		case audit.TypeEraseOutcome:
			if rec.Detail["result"] == erase.Erased && !intents[rec.Plan+rec.Item] {
				t.Errorf("erased without an intent: %v", rec)
			}
		}
	}
}

// check has every plan looked at once more, without faults: nothing may be
// unknown then, and no tombstone may be left.
func (w *world) check(t *testing.T) {
	e, err := files.NewEraser(files.Config{Name: share, Root: w.root})
	must(t, err)
	defer e.Close()
	r := &erase.Runner{Deps: w.deps(), Erasers: map[string]erase.Eraser{share: e}, Enforce: true}
	for _, plan := range w.plans {
		_, _ = r.Run(t.Context(), plan, nil) // some are not approved
		items, err := w.store.PlanItems(t.Context(), plan)
		must(t, err)
		for _, it := range items {
			// What somebody took away under our hands stays open.
			if it.State == store.ItemErasing && !w.renamed[it.Item.ID] {
				t.Errorf("%s is still unknown: %v", it.Item.ID, w.history)
			}
		}
	}
	for name := range maps.Keys(w.tree(t)) {
		if len(filepath.Base(name)) > 6 && filepath.Base(name)[:6] == erase.TombstonePrefix {
			t.Errorf("a tombstone is left: %s: %v", name, w.history)
		}
	}
	w.checkLog(t)
}
