//go:build linux

package erase_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"github.com/sletdk/slet/erase"
	"github.com/sletdk/slet/store"
)

func TestBrakes(t *testing.T) {
	tests := []struct {
		name   string
		brakes erase.Brakes
		erased int // of ten files of 100 bytes each
		why    string
	}{
		{"none", erase.Brakes{}, 10, ""},
		{"items", erase.Brakes{MaxItems: 4}, 4, "at most 4 items"},
		{"exactly as many items", erase.Brakes{MaxItems: 10}, 10, ""},
		{"bytes", erase.Brakes{MaxBytes: 399}, 3, "at most 399 bytes"},
		{"exactly as many bytes", erase.Brakes{MaxBytes: 1000}, 10, ""},
		{"percent", erase.Brakes{MaxPercent: 25, PercentFrom: 10}, 2, "at most 25 %"},
		{"exactly as many percent", erase.Brakes{MaxPercent: 100}, 10, ""},
		{"percent, of a source with fewer items", erase.Brakes{MaxPercent: 25, PercentFrom: 11}, 10, ""},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			for _, enforce := range []bool{false, true} {
				o := newOffice(t)
				for i := range 10 {
					o.put(t, fmt.Sprintf("%d.txt", i), fmt.Sprintf("%0100d", i))
				}
				plan := o.approved(t)
				r := o.runner(t)
				r.Enforce, r.Brakes = enforce, test.brakes

				_, sum, err := run(t, r, plan.ID)

				if test.why != "" {
					refused(t, err, test.why)
				} else {
					must(t, err)
				}
				equal(t, fmt.Sprintf("erased, enforce %t", enforce), sum.Erased+sum.WouldErase, test.erased)
				equal(t, "left", sum.Left, 10-test.erased)
				if enforce {
					equal(t, "files left", len(o.tree(t))-1, 10-test.erased)
				}
			}
		})
	}
}

// TestBrakeThenGoOn: the rest of a plan is for later runs; the approval stands.
func TestBrakeThenGoOn(t *testing.T) {
	o := newOffice(t)
	for i := range 5 {
		o.put(t, fmt.Sprintf("%d.txt", i), "x")
	}
	plan := o.approved(t)
	r := o.runner(t)
	r.Brakes.MaxItems = 2
	for range 2 {
		_, _, err := run(t, r, plan.ID)
		refused(t, err, "brake")
		equal(t, "plan", o.planState(t, plan.ID), store.PlanExecuting)
	}
	mustRun(t, r, plan.ID)
	equal(t, "plan", o.planState(t, plan.ID), store.PlanExecuted)
	_, sum := mustRun(t, r, plan.ID)
	equal(t, "a run of an executed plan", sum, erase.Summary{})
}

func TestStopFile(t *testing.T) {
	for _, enforce := range []bool{false, true} {
		o := newOffice(t)
		o.put(t, "a.txt", "A")
		plan := o.approved(t)
		r := o.runner(t)
		r.Enforce = enforce
		r.Brakes.StopFile = filepath.Join(o.state, "stop")
		must(t, os.WriteFile(r.Brakes.StopFile, nil, 0o600))
		_, sum, err := run(t, r, plan.ID)
		refused(t, err, "stop file")
		equal(t, "left", sum.Left, 1)
		if !o.has("a.txt", "A") {
			t.Error("the item was touched")
		}
		// Doubt stops, too.
		r.Brakes.StopFile = filepath.Join(o.path("a.txt"), "stop")
		_, _, err = run(t, r, plan.ID)
		refused(t, err, "stop file")
	}
}

// TestStopBetween: a stop file and a signal end the run between two items.
func TestStopBetween(t *testing.T) {
	for _, how := range []string{"stop file", "signal"} {
		t.Run(how, func(t *testing.T) {
			o := newOffice(t)
			for i := range 5 {
				o.put(t, fmt.Sprintf("%d.txt", i), "x")
			}
			plan := o.approved(t)
			r := o.runner(t)
			r.Brakes.StopFile = filepath.Join(o.state, "stop")
			ctx, cancel := context.WithCancel(t.Context())
			defer cancel()
			erased := 0
			r.Erasers[share] = &during{Eraser: r.Erasers[share], erased: func() {
				if erased++; erased < 2 {
					return
				}
				if how == "signal" {
					cancel()
					return
				}
				must(t, os.WriteFile(r.Brakes.StopFile, nil, 0o600))
			}}

			sum, err := r.Run(ctx, plan.ID, nil)

			if how == "signal" && !errors.Is(err, context.Canceled) {
				t.Errorf("error %v, want the context's", err)
			} else if how != "signal" {
				refused(t, err, "stop file")
			}
			equal(t, "erased", sum.Erased, 2)
			equal(t, "left", sum.Left, 3)
			equal(t, "files left", len(o.tree(t))-1, 3)
			log := o.entries(t)
			equal(t, "erased, says the log", log[len(log)-1].Detail["erased"], "2")
		})
	}
}
