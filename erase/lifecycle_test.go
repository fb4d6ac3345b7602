//go:build linux

package erase_test

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/sletdk/slet/audit"
	"github.com/sletdk/slet/erase"
	"github.com/sletdk/slet/store"
)

// proposed puts files on the share, scans and plans.
func (o *office) proposed(t testing.TB, names ...string) store.Plan {
	t.Helper()
	for _, name := range names {
		o.put(t, name, "content of "+name)
	}
	o.scan(t)
	plan, err := erase.Propose(t.Context(), o.deps(), "")
	must(t, err)
	return plan
}

func (o *office) yes(t testing.TB, plan, name string) (store.Plan, error) {
	t.Helper()
	return erase.Approve(t.Context(), o.deps(), plan, name, nil)
}

// TestSecondApprover: a plan above the limit needs two persons, and nothing is
// erased after the first.
func TestSecondApprover(t *testing.T) {
	for name, rules := range map[string]erase.Rules{"items": {SecondItems: 2}, "bytes": {SecondBytes: 40}} {
		t.Run(name, func(t *testing.T) {
			o := newOffice(t)
			o.rules = rules
			plan := o.proposed(t, "a.txt", "b.txt", "c.txt")
			got, err := o.yes(t, plan.ID, "Karen Hansen")
			must(t, err)
			equal(t, "after the first", got.State, store.PlanProposed)
			_, _, err = run(t, o.runner(t), plan.ID)
			refused(t, err, "not approved")
			for _, again := range []string{"Karen Hansen", "karen  HANSEN", " Karen\u00a0Hansen\t", "Karen\u200b Hansen", "Ｋａｒｅｎ Hansen"} {
				_, err = o.yes(t, plan.ID, again)
				refused(t, err, "another person")
			}
			_, err = o.yes(t, plan.ID, "Søren Holm")
			must(t, err)
			_, sum := mustRun(t, o.runner(t), plan.ID)
			equal(t, "erased", sum.Erased, 3)
		})
	}
	o := newOffice(t)
	o.rules = erase.Rules{SecondItems: 2}
	plan := o.proposed(t, "a.txt", "b.txt", "c.txt")
	got, err := erase.Approve(t.Context(), o.deps(), plan.ID, "Karen Hansen", []string{share + ":b.txt"})
	must(t, err)
	equal(t, "a part that is small enough", got.State, store.PlanApproved)
}

// TestNotApprovers: who configures does not approve, whoever's name is typed.
func TestNotApprovers(t *testing.T) {
	o := newOffice(t)
	o.rules = erase.Rules{NotApprovers: []string{"IT-drift", "Ole Olsen"}}
	plan := o.proposed(t, "a.txt")
	for _, name := range []string{"ole olsen", "IT-Drift"} {
		_, err := o.yes(t, plan.ID, name)
		refused(t, err, "cannot approve")
	}
	o = newOffice(t)
	o.rules = erase.Rules{NotApprovers: []string{"IT-drift"}}
	plan = o.proposed(t, "a.txt")
	d := o.deps()
	d.Actor = "it-drift" // the account, with the name of the DPO
	_, err := erase.Approve(t.Context(), d, plan.ID, "Karen Hansen", nil)
	refused(t, err, "cannot approve")
	equal(t, "state", o.planState(t, plan.ID), store.PlanProposed)
}

// TestApproveOnly: a part can be approved by naming it.
func TestApproveOnly(t *testing.T) {
	o := newOffice(t)
	plan := o.proposed(t, "a.txt", "b.txt", "c.txt")
	_, err := erase.ApproveOnly(t.Context(), o.deps(), plan.ID, "Karen", []string{share + ":b.txt"})
	must(t, err)
	_, sum := mustRun(t, o.runner(t), plan.ID)
	equal(t, "erased", sum.Erased, 1)
	if !o.gone("b.txt") || o.gone("a.txt") || o.gone("c.txt") {
		t.Error("not b.txt alone is erased")
	}
}

// TestWaits: nothing is erased before the waiting period is over, and not
// earlier because the configuration is changed meanwhile.
func TestWaits(t *testing.T) {
	o := newOffice(t)
	o.rules = erase.Rules{Wait: 48 * time.Hour}
	plan := o.proposed(t, "a.txt")
	_, err := o.yes(t, plan.ID, "Karen")
	must(t, err)
	for _, shorter := range []time.Duration{48 * time.Hour, 0} {
		o.rules.Wait = shorter
		o.now = today.Add(48*time.Hour - time.Second)
		_, _, err = run(t, o.runner(t), plan.ID)
		refused(t, err, "waits until")
	}
	if o.gone("a.txt") {
		t.Fatal("it was erased in the waiting period")
	}
	o.now, o.rules.Wait = today.Add(48*time.Hour), 72*time.Hour // a longer one counts
	_, _, err = run(t, o.runner(t), plan.ID)
	refused(t, err, "waits until")
	o.rules.Wait = 0
	_, sum := mustRun(t, o.runner(t), plan.ID)
	equal(t, "erased", sum.Erased, 1)
}

// TestCancel: a cancelled plan erases nothing, and what is due is proposed anew.
func TestCancel(t *testing.T) {
	o := newOffice(t)
	plan := o.proposed(t, "a.txt")
	_, err := o.yes(t, plan.ID, "Karen")
	must(t, err)
	_, err = erase.Cancel(t.Context(), o.deps(), plan.ID, "Søren", " ")
	refused(t, err, "why")
	_, err = erase.Cancel(t.Context(), o.deps(), plan.ID, "\u200b", "fejl")
	refused(t, err, "name")
	dead, err := erase.Cancel(t.Context(), o.deps(), plan.ID, "Søren", "klage over 150370-5008")
	must(t, err)
	equal(t, "state", dead.State, store.PlanDead)
	equal(t, "why", dead.Why, "cancelled by Søren: klage over 150370-••••")
	_, _, err = run(t, o.runner(t), plan.ID)
	refused(t, err, "dead")
	if o.gone("a.txt") {
		t.Error("it was erased")
	}
	_, err = erase.Cancel(t.Context(), o.deps(), plan.ID, "Søren", "igen")
	refused(t, err, "cannot be cancelled")
	next, err := erase.Propose(t.Context(), o.deps(), "")
	must(t, err)
	equal(t, "proposed anew", next.Items, 1)
	last := o.entries(t)
	rec := last[len(last)-2]
	if rec.Type != audit.TypePlanCancelled || rec.Actor != "Søren" || strings.Contains(rec.Detail["why"], "5008") {
		t.Errorf("logged as %+v", rec)
	}
}

// TestCancelStops: a run that is going on stops before its next group.
func TestCancelStops(t *testing.T) {
	o := newOffice(t)
	for _, name := range []string{"a.txt", "b.txt", "c.txt"} {
		o.put(t, name, "content of "+name)
	}
	plan := o.approved(t)
	r := o.runner(t)
	r.Group = 1
	n := 0
	_, err := r.Run(t.Context(), plan.ID, func(erase.Result) {
		if n++; n == 1 {
			_, err := erase.Cancel(t.Context(), o.deps(), plan.ID, "Søren", "fejl")
			must(t, err)
		}
	})
	refused(t, err, "dead")
	if !o.gone("a.txt") || o.gone("b.txt") || o.gone("c.txt") {
		t.Error("the run did not stop after the item that was being erased")
	}
}

// TestWithdraw: an approval can be taken back until the plan is begun with.
func TestWithdraw(t *testing.T) {
	o := newOffice(t)
	plan := o.proposed(t, "a.txt")
	_, err := o.yes(t, plan.ID, "Karen Hansen")
	must(t, err)
	_, err = erase.Withdraw(t.Context(), o.deps(), plan.ID, "Søren", "Søren", "fejl")
	if !errors.Is(err, store.ErrNotFound) {
		t.Errorf("%v, want that he has not approved", err)
	}
	equal(t, "state", o.planState(t, plan.ID), store.PlanApproved)
	back, err := erase.Withdraw(t.Context(), o.deps(), plan.ID, "karen hansen", "Søren", "fejl")
	must(t, err)
	if back.State != store.PlanProposed || back.Approver != "" || !back.Effective.IsZero() {
		t.Errorf("after the withdrawal: %+v", back)
	}
	_, _, err = run(t, o.runner(t), plan.ID)
	refused(t, err, "not approved")
	_, err = o.yes(t, plan.ID, "Karen Hansen") // she has thought again
	must(t, err)
	_, sum := mustRun(t, o.runner(t), plan.ID)
	equal(t, "erased", sum.Erased, 1)
	_, err = erase.Withdraw(t.Context(), o.deps(), plan.ID, "Karen Hansen", "Karen Hansen", "for sent")
	refused(t, err, "cannot be withdrawn")
	all, err := o.store.Approvals(t.Context(), plan.ID)
	must(t, err)
	if len(all) != 2 || all[0].WithdrawnBy != "Søren" || !all[1].Withdrawn.IsZero() {
		t.Errorf("approvals %+v", all)
	}
}

// TestExpires: an approval that is too old approves nothing; what is due is
// proposed anew.
func TestExpires(t *testing.T) {
	o := newOffice(t)
	o.rules = erase.Rules{Wait: 24 * time.Hour, Expiry: 10 * 24 * time.Hour}
	plan := o.proposed(t, "a.txt")
	_, err := o.yes(t, plan.ID, "Karen")
	must(t, err)
	o.now = today.AddDate(0, 0, 11).Add(time.Second)
	o.scan(t) // the clock has not jumped
	_, _, err = run(t, o.runner(t), plan.ID)
	refused(t, err, "expired")
	if o.gone("a.txt") {
		t.Error("it was erased")
	}
	equal(t, "state", o.planState(t, plan.ID), store.PlanDead)

	o = newOffice(t)
	o.rules = erase.Rules{Expiry: 10 * 24 * time.Hour}
	plan = o.proposed(t, "a.txt")
	_, err = o.yes(t, plan.ID, "Karen")
	must(t, err)
	o.now = today.AddDate(0, 0, 10)
	if _, err = erase.Propose(t.Context(), o.deps(), ""); !errors.Is(err, erase.ErrNothingDue) {
		t.Errorf("on the last day: %v, want that it stands in a plan that is good", err)
	}
	o.now = o.now.Add(time.Second)
	next, err := erase.Propose(t.Context(), o.deps(), "")
	must(t, err)
	equal(t, "proposed anew", next.Items, 1)
	equal(t, "the old one", o.planState(t, plan.ID), store.PlanDead)
}

// TestForgotten: a store from before a cancellation, or a withdrawal, is noticed.
func TestForgotten(t *testing.T) {
	for name, forget := range map[string]func(o *office, plan string) error{
		"cancelled": func(o *office, plan string) error {
			_, err := erase.Cancel(context.Background(), o.deps(), plan, "Søren", "fejl")
			return err
		},
		"withdrawn": func(o *office, plan string) error {
			_, err := erase.Withdraw(context.Background(), o.deps(), plan, "Karen Hansen", "Søren", "fejl")
			return err
		},
	} {
		t.Run(name, func(t *testing.T) {
			o := newOffice(t)
			o.put(t, "a.txt", "A")
			plan := o.approved(t)
			restore := o.backup(t)
			must(t, forget(o, plan.ID))
			restore()
			_, _, err := run(t, o.runner(t), plan.ID)
			if !errors.Is(err, erase.ErrDisagree) {
				t.Errorf("%v, want that store and log disagree", err)
			}
			if o.gone("a.txt") {
				t.Error("it was erased")
			}
		})
	}
}

// TestWindow: outside of the maintenance window no item is begun.
func TestWindow(t *testing.T) {
	zone, err := time.LoadLocation("Europe/Copenhagen")
	must(t, err)
	night := erase.Window{Days: []time.Weekday{time.Friday}, From: 22 * time.Hour, To: 5 * time.Hour, Zone: zone}
	day := erase.Window{From: 8 * time.Hour, To: 16 * time.Hour, Zone: zone}
	for _, test := range []struct {
		window erase.Window
		at     string // 2026-11-20 is a Friday
		open   bool
	}{
		{erase.Window{}, "2026-11-20T03:00:00+01:00", true},
		{night, "2026-11-20T22:00:00+01:00", true},
		{night, "2026-11-20T21:59:59+01:00", false},
		{night, "2026-11-20T03:00:00+01:00", false}, // Thursday's night
		{night, "2026-11-21T04:59:59+01:00", true},
		{night, "2026-11-21T05:00:00+01:00", false},
		{night, "2026-11-21T23:00:00+01:00", false},
		{night, "2026-11-20T21:30:00Z", true}, // half past ten in Copenhagen
		{day, "2026-11-20T08:00:00+01:00", true},
		{day, "2026-11-20T16:00:00+01:00", false},
		{erase.Window{Days: []time.Weekday{time.Saturday}, Zone: zone}, "2026-11-21T12:00:00+01:00", true},
		{erase.Window{Days: []time.Weekday{time.Saturday}, Zone: zone}, "2026-11-22T00:00:00+01:00", false},
	} {
		o := newOffice(t)
		o.now, err = time.Parse(time.RFC3339, test.at)
		must(t, err)
		o.put(t, "a.txt", "A at "+test.at)
		plan := o.approved(t)
		r := o.runner(t)
		r.Window = test.window
		_, sum, err := run(t, r, plan.ID)
		if test.open {
			must(t, err)
			equal(t, test.at, sum.Erased, 1)
			continue
		}
		refused(t, err, "outside the maintenance window")
		if o.gone("a.txt") {
			t.Errorf("%s, window %s: it was erased", test.at, test.window)
		}
	}
}

// TestServerClock: a server whose clock is another one than ours.
func TestServerClock(t *testing.T) {
	for apart, ok := range map[time.Duration]bool{0: true, time.Hour: true, -time.Hour: true, time.Hour + time.Second: false, -2 * time.Hour: false} {
		o := newOffice(t)
		o.put(t, "a.txt", "A")
		plan := o.approved(t)
		r := o.runner(t)
		r.Clock = func(_ context.Context, source string) (time.Time, bool) {
			equal(t, "asked about", source, share)
			return o.now.Add(apart), true
		}
		_, _, err := run(t, r, plan.ID)
		if ok {
			must(t, err)
		} else {
			refused(t, err, "clock of source")
		}
		equal(t, "erased when apart by "+apart.String(), o.gone("a.txt"), ok)
	}
	o := newOffice(t)
	o.put(t, "a.txt", "A")
	plan := o.approved(t)
	r := o.runner(t)
	r.Clock = func(context.Context, string) (time.Time, bool) { return time.Time{}, false }
	_, sum := mustRun(t, r, plan.ID)
	equal(t, "erased where nobody knows", sum.Erased, 1)
}

// TestManySmallPlans: plans that are each small enough for one person are not
// together: what a person has approved alone counts, while it waits and for a
// day after it was erased.
func TestManySmallPlans(t *testing.T) {
	o := newOffice(t)
	o.rules = erase.Rules{SecondItems: 3}
	first := o.proposed(t, "a.txt", "b.txt")
	p, err := o.yes(t, first.ID, "Karen Hansen")
	must(t, err)
	equal(t, "the first", p.State, store.PlanApproved)
	second := o.proposed(t, "c.txt", "d.txt")

	p, err = o.yes(t, second.ID, "karen  HANSEN")
	must(t, err)
	equal(t, "the second, while the first waits", p.State, store.PlanProposed)
	_, err = erase.Withdraw(t.Context(), o.deps(), second.ID, "Karen Hansen", "Karen Hansen", "prøver igen")
	must(t, err)
	mustRun(t, o.runner(t), first.ID)
	o.pass(23 * time.Hour)
	p, err = o.yes(t, second.ID, "Karen Hansen")
	must(t, err)
	equal(t, "the second, 23 hours after", p.State, store.PlanProposed)

	// With somebody else's yes, it counts for neither of them.
	p, err = o.yes(t, second.ID, "Søren Holm")
	must(t, err)
	equal(t, "with two", p.State, store.PlanApproved)
	mustRun(t, o.runner(t), second.ID)
	third := o.proposed(t, "e.txt", "f.txt", "g.txt")
	p, err = o.yes(t, third.ID, "Søren Holm")
	must(t, err)
	equal(t, "another person's first", p.State, store.PlanApproved)

	o.pass(2 * time.Hour)
	fourth := o.proposed(t, "h.txt", "i.txt", "j.txt")
	p, err = o.yes(t, fourth.ID, "Karen Hansen")
	must(t, err)
	equal(t, "a day later", p.State, store.PlanApproved)
}

// TestManySmallPlansBytes: the same for bytes, and what was cancelled, left out
// or is kept does not count.
func TestManySmallPlansBytes(t *testing.T) {
	o := newOffice(t)
	o.rules = erase.Rules{SecondBytes: 40} // a file has 16
	first := o.proposed(t, "a.txt", "b.txt")
	_, err := erase.Approve(t.Context(), o.deps(), first.ID, "Karen", []string{share + ":b.txt"})
	must(t, err)
	second := o.proposed(t, "c.txt")
	_, err = o.yes(t, second.ID, "Karen")
	must(t, err)
	_, err = erase.Cancel(t.Context(), o.deps(), second.ID, "Karen", "alligevel ikke")
	must(t, err)

	third := o.proposed(t) // what was cancelled is due again
	p, err := o.yes(t, third.ID, "Karen")
	must(t, err)
	equal(t, "32 bytes", p.State, store.PlanApproved)
	p, err = o.yes(t, o.proposed(t, "d.txt").ID, "Karen")
	must(t, err)
	equal(t, "48 bytes", p.State, store.PlanProposed)
}

// account adds somebody who may sign in to the pages.
func (o *office) account(t testing.TB, u store.User) {
	t.Helper()
	if u.Role == "" {
		u.Role = store.RoleDPO
	}
	must(t, o.store.AddUser(t.Context(), u))
}

// TestAliases: one person is one, whichever of their names is typed and
// whichever of their accounts they sign in with.
func TestAliases(t *testing.T) {
	o := newOffice(t)
	o.rules = erase.Rules{SecondItems: 1}
	o.account(t, store.User{Name: "aj", FullName: "Anna Jensen", Email: "aj@example.dk"})
	o.account(t, store.User{Name: "anna.jensen@example.dk", FullName: "anna  JENSEN"}) // of the directory
	o.account(t, store.User{Name: "aj-2", Email: "AJ@example.dk"})
	o.account(t, store.User{Name: "bk", FullName: "Bo Krag"})
	plan := o.proposed(t, "a.txt", "b.txt")
	p, err := o.yes(t, plan.ID, "Anna Jensen")
	must(t, err)
	equal(t, "after the first", p.State, store.PlanProposed)
	for _, again := range []string{"aj", "AJ ", "Anna Jensen", "anna.jensen@example.dk", "aj-2"} {
		_, err = o.yes(t, plan.ID, again)
		refused(t, err, "another person")
	}
	_, err = o.yes(t, plan.ID, "Karen Hansen")
	refused(t, err, "slet user list")
	p, err = o.yes(t, plan.ID, "bo krag")
	must(t, err)
	equal(t, "approvers, by their accounts", p.Approver, "aj, bk")

	// What one of the accounts has approved alone counts for the others.
	alone := o.proposed(t, "c.txt")
	_, err = o.yes(t, alone.ID, "aj-2")
	must(t, err)
	p, err = o.yes(t, o.proposed(t, "d.txt").ID, "aj")
	must(t, err)
	equal(t, "one each by two accounts of one person", p.State, store.PlanProposed)
}

// TestRolesAtTheCommandLine: whose role it is not to decide does not, wherever
// they type their name; nor does a closed account, nor who configures.
func TestRolesAtTheCommandLine(t *testing.T) {
	o := newOffice(t)
	o.rules = erase.Rules{NotApprovers: []string{"Dorte Drift"}}
	for _, role := range []string{"it", "auditor", "owner"} {
		o.account(t, store.User{Name: "x" + role, FullName: "Per " + role, Role: role})
	}
	o.account(t, store.User{Name: "gone", Disabled: today})
	o.account(t, store.User{Name: "dd", FullName: "Dorte Drift"})
	plan := o.proposed(t, "a.txt")
	for name, why := range map[string]string{
		"xit": "has the role it", "Per auditor": "has the role auditor", "xowner": "has the role owner",
		"gone": "open account", "dd": "cannot approve",
	} {
		_, err := o.yes(t, plan.ID, name)
		refused(t, err, why)
	}
	refused(t, erase.Accept(t.Context(), o.deps(), "Karen Hansen"), "open account")
	must(t, erase.Accept(t.Context(), o.deps(), "xit"))
}

// TestApprovedBeforeAccounts: a yes from before there were accounts may be
// anybody's, and is no first of two.
func TestApprovedBeforeAccounts(t *testing.T) {
	o := newOffice(t)
	o.rules = erase.Rules{SecondItems: 1}
	plan := o.proposed(t, "a.txt", "b.txt")
	_, err := o.yes(t, plan.ID, "A. Jensen")
	must(t, err)
	o.account(t, store.User{Name: "aj"})
	o.account(t, store.User{Name: "bk"})
	_, err = o.yes(t, plan.ID, "aj")
	refused(t, err, "slet plan withdraw")
	_, err = erase.Withdraw(t.Context(), o.deps(), plan.ID, "A. Jensen", "aj", "uden konto")
	must(t, err)
	_, err = o.yes(t, plan.ID, "aj")
	must(t, err)
	p, err := o.yes(t, plan.ID, "bk")
	must(t, err)
	equal(t, "with two accounts", p.State, store.PlanApproved)
}
