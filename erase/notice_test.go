//go:build linux

package erase_test

import (
	"crypto/rand"
	"strings"
	"testing"
	"time"

	"github.com/sletdk/slet/audit"
	"github.com/sletdk/slet/erase"
	"github.com/sletdk/slet/retention"
	"github.com/sletdk/slet/scanner"
	"github.com/sletdk/slet/store"
)

// waitForOwners has the office wait two weeks for the owners that the first
// folder of a path names.
func (o *office) waitForOwners(t testing.TB) {
	t.Helper()
	o.notice = erase.Notice{
		Window: retention.Period{Days: 14},
		Route: func(it scanner.Item) string {
			owner, _, ok := strings.Cut(it.Path, "/")
			if !ok {
				return ""
			}
			return owner
		},
		MayAnswer: func(role string) bool { return role == "owner" },
	}
	for _, name := range []string{"hanne", "ole"} {
		must(t, o.store.AddUser(t.Context(), store.User{Name: name, Role: "owner"}))
	}
	must(t, o.store.AddUser(t.Context(), store.User{Name: "ida", Role: "it"}))
	must(t, o.store.AddUser(t.Context(), store.User{Name: "Karen Hansen", Role: "dpo"}))
}

// show has an owner see, on a page, everything that is due.
func (o *office) show(t testing.TB, owner string) int64 {
	t.Helper()
	var refs []string
	_, err := o.store.RefreshWorklist(t.Context(), store.Basis{Rules: rand.Text(), Now: o.now}, func(f store.Finding) store.Verdict {
		refs = append(refs, f.Ref)
		d := retention.Decide(f.Facts(), o.schedule, nil, nil, o.now)
		sent, err := o.store.SentTo(t.Context(), f.Ref)
		must(t, err)
		if sent == "" {
			sent = o.notice.Route(f.Item)
		}
		return store.Verdict{Disposition: d.Disposition, Rule: d.Rule, Due: d.Due, Owner: sent}
	})
	must(t, err)
	n, err := o.deps().Show(t.Context(), owner, refs)
	must(t, err)
	return n
}

// lastDay is the last day of the window of who was told on the day of the
// tests.
var lastDay = time.Date(2026, 12, 5, 23, 59, 59, 0, retention.Zone())

// TestOwnersAreHeard: what is routed to an owner goes after the owner was told
// of it and has had the window to object, and not a second before. What is
// nobody's waits for nobody.
func TestOwnersAreHeard(t *testing.T) {
	o := newOffice(t)
	for _, name := range []string{"ingens.txt", "hanne/a.txt", "bo/b.txt", "ida/c.txt"} {
		o.put(t, name, name)
	}
	o.waitForOwners(t)
	plan := o.approved(t)
	check := func(want map[string]string) {
		t.Helper()
		got, sum := mustRun(t, o.runner(t), plan.ID)
		for path, why := range want {
			res := got[path]
			if why == "" {
				if res.Result != erase.Erased || !o.gone(path) {
					t.Errorf("%s: %+v, want it erased", path, res)
				}
				continue
			}
			if res.Result != erase.HeldBack || res.Err == nil || !strings.Contains(res.Err.Error(), why) || !o.has(path, path) {
				t.Errorf("%s: %+v, want it held because %s", path, res, why)
			}
			if it := o.item(t, plan.ID, path); it.State != store.ItemPlanned || !it.Finished.IsZero() {
				t.Errorf("%s is %s in the plan", path, it.State)
			}
		}
		if sum.Failed+sum.Refused+sum.Unknown+sum.Changed > 0 {
			t.Errorf("waiting is no failure: %+v", sum)
		}
	}
	nobody := map[string]string{"bo/b.txt": "bo has no open account", "ida/c.txt": "ida has no open account that may answer"}
	check(map[string]string{"ingens.txt": "", "hanne/a.txt": "hanne was not told", "bo/b.txt": nobody["bo/b.txt"], "ida/c.txt": nobody["ida/c.txt"]})
	logged := len(o.entries(t))
	check(map[string]string{"hanne/a.txt": "hanne was not told", "bo/b.txt": nobody["bo/b.txt"]})
	for _, e := range o.entries(t)[logged:] {
		if e.Type == audit.TypeEraseOutcome {
			t.Errorf("nothing is new, and it was written down again: %+v", e)
		}
	}

	if n := o.show(t, "hanne"); n != 1 {
		t.Fatalf("hanne was told of %d", n)
	}
	if n := o.show(t, "hanne"); n != 0 {
		t.Errorf("hanne was told again of %d", n)
	}
	check(map[string]string{"hanne/a.txt": "hanne may object until 2026-12-05"})
	o.now = lastDay
	check(map[string]string{"hanne/a.txt": "hanne may object until 2026-12-05"})
	if got, _, err := run(t, &erase.Runner{Deps: o.deps()}, plan.ID); err != nil || got["hanne/a.txt"].Result != erase.HeldBack {
		t.Errorf("dry run: %v %+v", err, got)
	}
	o.now = o.now.Add(time.Second)
	check(map[string]string{"hanne/a.txt": "", "bo/b.txt": nobody["bo/b.txt"]})
	if got := o.planState(t, plan.ID); got != store.PlanExecuting {
		t.Errorf("the plan is %s, and something of it still waits", got)
	}
}

// TestOwnersAreAskedAgain: who was told is not who is to be asked, when the
// item was sent to somebody else, has changed, or the account was closed; and
// an objection keeps it for as long as the DPO lets it.
func TestOwnersAreAskedAgain(t *testing.T) {
	for name, c := range map[string]struct {
		happens func(t *testing.T, o *office, ref string)
		result  string
		why     string
	}{
		"nothing": {func(*testing.T, *office, string) {}, erase.Erased, ""},
		"sent to another": {func(t *testing.T, o *office, ref string) {
			must(t, o.store.AddAnswers(t.Context(), []store.Answer{{Ref: ref, Kind: store.AnswerOwner, Person: "hanne", Answered: today, Detail: "ole"}}))
		}, erase.HeldBack, "ole was not told"},
		"sent to nobody": {func(t *testing.T, o *office, ref string) {
			must(t, o.store.AddAnswers(t.Context(), []store.Answer{{Ref: ref, Kind: store.AnswerOwner, Person: "hanne", Answered: today, Detail: "xenia"}}))
		}, erase.HeldBack, "xenia has no open account"},
		"closed": {func(t *testing.T, o *office, ref string) {
			must(t, o.store.SetUser(t.Context(), store.User{Name: "hanne", Role: "owner", Disabled: today}))
		}, erase.HeldBack, "hanne has no open account"},
		"closed and opened": {func(t *testing.T, o *office, ref string) {
			must(t, o.store.SetUser(t.Context(), store.User{Name: "hanne", Role: "owner", Disabled: today}))
			must(t, o.store.SetUser(t.Context(), store.User{Name: "hanne", Role: "owner"}))
		}, erase.HeldBack, "hanne was not told"},
		"another role": {func(t *testing.T, o *office, ref string) {
			must(t, o.store.SetUser(t.Context(), store.User{Name: "hanne", Role: "it"}))
		}, erase.HeldBack, "hanne has no open account that may answer"},
		"objects": {func(t *testing.T, o *office, ref string) {
			h, err := erase.NewHold(retention.Hold{Source: share, Path: "hanne/a.txt", Reason: "bogføring", Owner: "hanne"}, today)
			must(t, err)
			must(t, erase.AddHold(t.Context(), o.deps(), h, "hanne"))
		}, erase.HeldBack, "held by"},
		"a longer window": {func(t *testing.T, o *office, ref string) { o.notice.Window.Days = 20 }, erase.HeldBack, "until 2026-12-11"},
	} {
		t.Run(name, func(t *testing.T) {
			o := newOffice(t)
			o.put(t, "hanne/a.txt", "a")
			o.waitForOwners(t)
			plan := o.approved(t)
			o.show(t, "hanne")
			c.happens(t, o, o.item(t, plan.ID, "hanne/a.txt").Ref)
			o.now = lastDay.AddDate(0, 0, 1)
			got, _ := mustRun(t, o.runner(t), plan.ID)
			res := got["hanne/a.txt"]
			if res.Result != c.result || o.gone("hanne/a.txt") != (c.result == erase.Erased) || c.why != "" && (res.Err == nil || !strings.Contains(res.Err.Error(), c.why)) {
				t.Errorf("%+v, want %s: %s", res, c.result, c.why)
			}
		})
	}
}

// TestNoNoticeNoWait: without a window owners are not waited for, and are told
// nothing; nor are they while erasing is turned off.
func TestNoNoticeNoWait(t *testing.T) {
	o := newOffice(t)
	o.put(t, "hanne/a.txt", "a")
	o.waitForOwners(t)
	plan := o.approved(t)
	o.notice.Silent = true // erasing is turned off
	if n := o.show(t, "hanne"); n != 0 {
		t.Errorf("hanne was told of %d, and nothing goes", n)
	}
	o.notice.Silent, o.notice.Window = false, retention.Period{}
	if n := o.show(t, "hanne"); n != 0 {
		t.Errorf("hanne was told of %d", n)
	}
	if got, _ := mustRun(t, o.runner(t), plan.ID); got["hanne/a.txt"].Result != erase.Erased {
		t.Errorf("%+v", got)
	}
}

// TestStandingApprovalsAskNoOwner: the period of recordings is the law's, and
// their sweeps wait for nobody.
func TestStandingApprovalsAskNoOwner(t *testing.T) {
	b := newBuilding(t, 1, "tv", simStart, 3, time.Hour, time.Hour)
	b.dir, b.calm = fastDir(t), 1<<30
	b.notice = erase.Notice{Window: retention.Period{Days: 14}, Route: func(scanner.Item) string { return "hanne" }, MayAnswer: func(string) bool { return true }}
	b.open()
	defer b.close()
	b.cameras = []*cam{{name: "kam", interval: 6 * time.Hour, length: time.Hour, next: b.now}}
	for range 5 * 24 {
		b.tick()
	}
	if b.erased == 0 || b.waited > 0 {
		t.Errorf("%d were erased, %d wait", b.erased, b.waited)
	}
}

// TestWindowOutlastsTheClock: a clock that is set ahead ends no window.
func TestWindowOutlastsTheClock(t *testing.T) {
	o := newOffice(t)
	o.put(t, "hanne/a.txt", "a")
	o.waitForOwners(t)
	plan := o.approved(t)
	o.show(t, "hanne")
	o.setAhead(20 * 24 * time.Hour)
	for _, want := range []string{erase.HeldBack, erase.Erased} {
		if got, _, err := run(t, o.runner(t), plan.ID); err != nil || got["hanne/a.txt"].Result != want {
			t.Errorf("%v: %+v, want %s", err, got["hanne/a.txt"], want)
		}
		o.pass(15 * 24 * time.Hour)
	}
}

// TestNewVersionIsToldAnew: what was told of an item says nothing of what it
// has become.
func TestNewVersionIsToldAnew(t *testing.T) {
	o := newOffice(t)
	o.put(t, "hanne/a.txt", "a")
	o.waitForOwners(t)
	o.scan(t)
	o.show(t, "hanne")
	o.put(t, "hanne/a.txt", "b")
	o.now = lastDay.AddDate(0, 0, 1)
	plan := o.approved(t)
	got, _ := mustRun(t, o.runner(t), plan.ID)
	if res := got["hanne/a.txt"]; res.Result != erase.HeldBack || !strings.Contains(res.Err.Error(), "was not told") {
		t.Errorf("%+v", res)
	}
}
