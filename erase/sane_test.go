//go:build linux

package erase_test

import (
	"errors"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/sletdk/slet/audit"
	"github.com/sletdk/slet/erase"
	"github.com/sletdk/slet/store"
)

// TestClock: with a clock that was set back, or has jumped, nothing is planned,
// approved or erased.
func TestClock(t *testing.T) {
	for _, test := range []struct {
		name  string
		moved time.Duration
		ok    bool
	}{
		{"four minutes back", -4 * time.Minute, true},
		{"six minutes back", -6 * time.Minute, false},
		{"44 days ahead", 44 * 24 * time.Hour, true},
		{"46 days ahead", 46 * 24 * time.Hour, false},
		{"twenty years ahead", 20 * 365 * 24 * time.Hour, false},
	} {
		t.Run(test.name, func(t *testing.T) {
			o := newOffice(t)
			o.put(t, "a.txt", "A")
			plan := o.approved(t)
			o.put(t, "b.txt", "B")
			o.scan(t)
			o.now = o.now.Add(test.moved)
			r := o.runner(t)
			dry := o.runner(t)
			dry.Enforce = false

			_, _, dryErr := run(t, dry, plan.ID)
			_, _, runErr := run(t, r, plan.ID)
			fresh, planErr := erase.Propose(t.Context(), o.deps(), "")
			for what, err := range map[string]error{"dry run": dryErr, "run": runErr, "plan": planErr} {
				if test.ok && err != nil {
					t.Errorf("%s: %v", what, err)
				}
				if !test.ok {
					refused(t, err, "the clock")
				}
			}
			equal(t, "erased", o.gone("a.txt"), test.ok)
			if test.ok {
				o.now = o.now.Add(46 * 24 * time.Hour)
				_, err := erase.Approve(t.Context(), o.deps(), fresh.ID, "Karen", nil)
				refused(t, err, "the clock")
			}
		})
	}
}

// holdLogged adds a hold as slet hold does.
func (o *office) holdLogged(t *testing.T, path string) error {
	t.Helper()
	h := holdOn(path, o.now)
	must(t, o.store.AddHold(t.Context(), h))
	_, err := o.log.Append(audit.Entry{Time: o.now, Type: audit.TypeHoldAdded, Actor: "it", Detail: map[string]string{"hold": h.ID}})
	must(t, err)
	return erase.Remember(t.Context(), o.store, o.log)
}

// backup copies the store; restore puts the copy in its place.
func (o *office) backup(t *testing.T) (restore func()) {
	t.Helper()
	db := filepath.Join(o.state, "slet.db")
	must(t, o.store.Close()) // what is in the log of the database gets into the file
	saved, err := os.ReadFile(db)
	must(t, err)
	open := func() {
		o.store, err = store.Open(t.Context(), "sqlite:"+db)
		must(t, err)
	}
	open()
	return func() {
		must(t, o.store.Close())
		for _, ext := range []string{"", "-wal", "-shm"} {
			if err := os.Remove(db + ext); err != nil && !errors.Is(err, os.ErrNotExist) {
				t.Fatal(err)
			}
		}
		must(t, os.WriteFile(db, saved, 0o600))
		open()
	}
}

// TestStoreRestored: a store that was brought back from an older copy has
// forgotten holds and approvals; the log has not.
func TestStoreRestored(t *testing.T) {
	for name, happen := range map[string]func(t *testing.T, o *office){
		"hold": func(t *testing.T, o *office) { must(t, o.holdLogged(t, "**")) },
		"approval of another plan": func(t *testing.T, o *office) {
			o.put(t, "b.txt", "B")
			o.scan(t)
			p, err := erase.Propose(t.Context(), o.deps(), "")
			must(t, err)
			_, err = erase.Approve(t.Context(), o.deps(), p.ID, "Karen", nil)
			must(t, err)
		},
	} {
		t.Run(name, func(t *testing.T) {
			o := newOffice(t)
			o.put(t, "a.txt", "A")
			plan := o.approved(t)
			restore := o.backup(t)
			happen(t, o)
			restore()

			_, _, err := run(t, o.runner(t), plan.ID)
			refused(t, err, "disagree")
			_, err = erase.Propose(t.Context(), o.deps(), "")
			refused(t, err, "disagree")
			// Nor does anything that happens later cover it up.
			if err := erase.Remember(t.Context(), o.store, o.log); !errors.Is(err, erase.ErrDisagree) {
				t.Errorf("remembering: %v", err)
			}
			if err := o.holdLogged(t, "other"); !errors.Is(err, erase.ErrDisagree) {
				t.Errorf("another hold: %v", err)
			}
			_, _, err = run(t, o.runner(t), plan.ID)
			refused(t, err, "disagree")
			if !o.has("a.txt", "A") {
				t.Error("the item was touched")
			}
			// Until somebody answers for it.
			must(t, erase.Accept(t.Context(), o.deps(), "Karen"))
			must(t, erase.Agree(t.Context(), o.store, o.log))
			log := o.entries(t)
			equal(t, "last entry", log[len(log)-1].Type, audit.TypeStoreAccepted)
		})
	}
}

// TestHoldReleasedForgotten: a release that the store has forgotten, too.
func TestHoldReleasedForgotten(t *testing.T) {
	o := newOffice(t)
	must(t, o.holdLogged(t, "x"))
	_, err := o.log.Append(audit.Entry{Time: o.now, Type: audit.TypeHoldReleased, Detail: map[string]string{"hold": "H-x"}})
	must(t, err)
	refused(t, erase.Agree(t.Context(), o.store, o.log), "hold.released")
	must(t, o.store.ReleaseHold(t.Context(), "H-x", o.now))
	must(t, erase.Remember(t.Context(), o.store, o.log))
}

// TestLogCut: a log that is shorter, or another one, than the store remembers.
func TestLogCut(t *testing.T) {
	for _, name := range []string{"removed", "cut", "another"} {
		o := newOffice(t)
		o.put(t, "a.txt", "A")
		plan := o.approved(t)
		must(t, o.log.Close())
		whole, err := os.ReadFile(o.logPath())
		must(t, err)
		must(t, os.Remove(o.logPath()))
		if name == "cut" {
			first := 0
			for whole[first] != '\n' {
				first++
			}
			must(t, os.WriteFile(o.logPath(), whole[:first+1], 0o600))
		}
		o.log, err = audit.Open(o.logPath())
		must(t, err)
		if name == "another" {
			for range 10 {
				_, err := o.log.Append(audit.Entry{Time: o.now, Type: audit.TypeReportWritten})
				must(t, err)
			}
		}

		_, _, err = run(t, o.runner(t), plan.ID)

		refused(t, err, "disagree")
		if !o.has("a.txt", "A") {
			t.Error("the item was touched")
		}
	}
}

// TestApproveAfterCrash: a crash between the log and the store does not make an
// approval impossible for ever.
func TestApproveAfterCrash(t *testing.T) {
	o := newOffice(t)
	o.put(t, "a.txt", "A")
	o.scan(t)
	plan, err := erase.Propose(t.Context(), o.deps(), "")
	must(t, err)
	_, err = o.log.Append(audit.Entry{Time: o.now, Type: audit.TypePlanApproved, Actor: "Karen", Plan: plan.ID})
	must(t, err)

	_, err = erase.Approve(t.Context(), o.deps(), plan.ID, "Karen", nil)

	must(t, err)
	mustRun(t, o.runner(t), plan.ID)
	if !o.gone("a.txt") {
		t.Error("it was not erased")
	}
}

// TestStandingApprovalIsKnown: an approval that a rule carries is one that the
// store knows, also when the process ended before it had written down how far
// the log had come.
func TestStandingApprovalIsKnown(t *testing.T) {
	o := newOffice(t)
	o.put(t, "a.txt", "A")
	o.scan(t)
	plan, err := erase.Propose(t.Context(), o.deps(), "")
	must(t, err)
	_, err = o.log.Append(audit.Entry{Time: o.now, Type: audit.TypePlanApproved, Actor: "Karen", Plan: plan.ID, Detail: map[string]string{"standing": "R"}})
	must(t, err)
	must(t, o.store.ApprovePlan(t.Context(), plan.ID, plan.Hash, "Karen (stående godkendelse)", o.now, nil))

	must(t, erase.Agree(t.Context(), o.store, o.log))
}

// TestStandingMarkIsNobody: no person's approval can pass for a standing one,
// which has no waiting period.
func TestStandingMarkIsNobody(t *testing.T) {
	o := newOffice(t)
	o.put(t, "a.txt", "A")
	o.scan(t)
	plan, err := erase.Propose(t.Context(), o.deps(), "")
	must(t, err)
	_, err = erase.Approve(t.Context(), o.deps(), plan.ID, "Karen (stående godkendelse)", nil)
	refused(t, err, "standing")
}
