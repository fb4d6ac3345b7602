package web

import (
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/sletdk/slet/audit"
	"github.com/sletdk/slet/erase"
	"github.com/sletdk/slet/retention"
	"github.com/sletdk/slet/store"
)

// TestAnswersFollow gives every answer, and looks at what follows from it.
func TestAnswersFollow(t *testing.T) {
	x := newSite(t)
	paths := []string{"Sager/[a] *.txt", "Sager/b.txt", "Sager/c.txt", "Sager/d.txt", "Sager/e.txt", "Sager/f.txt"}
	refs := x.items(paths, nil)
	x.somebody("bo", RoleOwner)
	p := x.somebody("anna", RoleDPO)
	say := func(ref string, fields ...string) {
		t.Helper()
		if res := p.post("/fund/svar", append([]string{"ref", ref}, fields...)...); res.Code != http.StatusSeeOther {
			t.Errorf("%v: %d %s", fields, res.Code, res.Body)
		}
	}
	say(refs[0], "svar", "keep", "tekst", "bogføringsloven", "frist", "2027-01-31")
	say(refs[1], "svar", "hold", "tekst", "retssag")
	say(refs[2], "svar", "private")
	say(refs[3], "svar", "false", "tekst", "telefonnummer")
	say(refs[4], "svar", "journalise", "tekst", "2026-1234")
	say(refs[5], "svar", "owner", "tekst", "bo")

	holds, err := x.Store.Holds(t.Context())
	must(t, err)
	if len(holds) != 3 {
		t.Fatalf("holds: %+v", holds)
	}
	slices.SortFunc(holds, func(a, b retention.Hold) int { return strings.Compare(a.Path, b.Path) })
	for i, h := range holds {
		if h.Owner != "anna" || h.Source != "drev" || h.Restrict != (i == 2) || (i == 0) != (h.Review.Equal(time.Date(2027, 1, 31, 0, 0, 0, 0, retention.Zone()))) {
			t.Errorf("hold %d: %+v", i, h)
		}
		for j, path := range paths {
			d := retention.Decide(retention.Facts{Source: "drev", Path: path, Modified: x.clock.AddDate(-2, 0, 0)}, x.schedule(t), nil, []retention.Hold{h}, x.clock)
			if held := d.Disposition == retention.Held; held != (i == j) {
				t.Errorf("hold %d holds %s: %v", i, path, held)
			}
		}
	}
	judged, err := x.Store.FalsePositives(t.Context(), refs[3])
	must(t, err)
	if len(judged) != 1 || judged[0].Person != "anna" || judged[0].Reason != "telefonnummer" {
		t.Errorf("judged: %+v", judged)
	}
	if w, err := x.Store.Work(t.Context(), refs[5]); err != nil || w.Owner != "bo" {
		t.Errorf("sent to %q (%v)", w.Owner, err)
	}
	var kinds []string
	for _, e := range x.logged(audit.TypeAnswered) {
		if e.Actor != "anna" {
			t.Errorf("logged for %q", e.Actor)
		}
		kinds = append(kinds, e.Detail["answer"])
	}
	if got := strings.Join(kinds, " "); got != "keep hold private false journalise owner" {
		t.Errorf("logged: %s", got)
	}
	if body := p.get("/fund/" + refs[4]).Body.String(); !strings.Contains(body, "2026-1234") || !strings.Contains(body, "journaliseret") {
		t.Error("the history is not on the page")
	}
}

func (x *site) schedule(t *testing.T) *retention.Schedule {
	t.Helper()
	d, err := x.Work(t.Context(), "x")
	must(t, err)
	return d.Schedule
}

// TestAnswersThatLackSomething change nothing.
func TestAnswersThatLackSomething(t *testing.T) {
	x := newSite(t)
	refs := x.items([]string{"a.txt"}, nil)
	p := x.somebody("anna", RoleDPO)
	for _, fields := range [][]string{
		{"svar", "keep", "frist", "2027-01-31"},               // no ground
		{"svar", "keep", "tekst", "x"},                        // no deadline
		{"svar", "keep", "tekst", "x", "frist", "2025-01-31"}, // past
		{"svar", "keep", "tekst", "x", "frist", "31-01-2027"}, // no date
		{"svar", "hold"}, {"svar", "false"}, {"svar", "journalise"}, {"svar", "owner", "tekst", "nobody"}, {"svar", "x"}, {},
		{"svar", "false", "tekst", "x", "træf", "cpr|other"},
	} {
		if res := p.post("/fund/svar", append([]string{"ref", refs[0]}, fields...)...); res.Code != http.StatusBadRequest {
			t.Errorf("%v: %d", fields, res.Code)
		}
	}
	if res := p.post("/fund/svar", "svar", "private"); res.Code != http.StatusBadRequest {
		t.Errorf("about nothing: %d", res.Code)
	}
	if res := p.post("/fund/svar", "svar", "private", "ref", refs[0][:6]); res.Code != http.StatusNotFound {
		t.Errorf("half a reference: %d", res.Code)
	}
	holds, err := x.Store.Holds(t.Context())
	must(t, err)
	if answers, err := x.Store.Answers(t.Context(), refs[0]); err != nil || len(holds)+len(answers)+len(x.logged(audit.TypeAnswered)) != 0 {
		t.Errorf("%v; something was changed: %v %v", err, holds, answers)
	}
}

// TestOwnersAnswerTheirOwn: an owner cannot answer for somebody else, and
// cannot approve.
func TestOwnersAnswerTheirOwn(t *testing.T) {
	x := newSite(t)
	refs := x.items([]string{"a.txt", "b.txt"}, map[string]string{"a.txt": "hanne", "b.txt": "bo"})
	hanne := x.somebody("hanne", RoleOwner)
	if res := hanne.post("/fund/svar", "ref", refs[1], "svar", "private"); res.Code != http.StatusNotFound {
		t.Errorf("another's: %d", res.Code)
	}
	if res := hanne.post("/fund/svar", "ref", refs[0], "ref", refs[1], "svar", "private"); res.Code != http.StatusNotFound {
		t.Errorf("hers and another's: %d", res.Code)
	}
	if holds, err := x.Store.Holds(t.Context()); err != nil || len(holds) != 0 {
		t.Errorf("held: %v (%v)", holds, err)
	}
	if res := hanne.post("/fund/godkend", "ref", refs[0]); res.Code != http.StatusForbidden {
		t.Errorf("approve: %d", res.Code)
	}
	if res := hanne.post("/fund/svar", "ref", refs[0], "svar", "private", "next", "/fund"); res.Code != http.StatusSeeOther {
		t.Errorf("hers: %d", res.Code)
	}
}

// TestPlanLife takes a plan through its life on the pages: part of it approved
// by one person, then by a second, waiting, withdrawn, cancelled.
func TestPlanLife(t *testing.T) {
	x := newSite(t)
	x.rules = erase.Rules{SecondItems: 1, Wait: 48 * time.Hour, NotApprovers: []string{"ida"}}
	refs := x.items([]string{"a.txt", "b.txt", "c.txt"}, nil)
	anna, bo, ida := x.somebody("anna", RoleDPO), x.somebody("bo", RoleDPO), x.somebody("ida", RoleDPO)
	at := anna.propose()
	id := strings.TrimPrefix(at, "/sletteforslag/")
	state := func(want store.PlanState) {
		t.Helper()
		if p, err := x.Store.Plan(t.Context(), id); err != nil || p.State != want {
			t.Errorf("the plan is %s (%v), want %s", p.State, err, want)
		}
	}
	if body := anna.get(at).Body.String(); strings.Count(body, `name="undtag"`) != 3 {
		t.Errorf("the page does not list the items:\n%s", body)
	}
	if res := anna.post(at+"/godkend", "undtag", refs[2]); res.Code != http.StatusBadRequest {
		t.Errorf("without having looked: %d", res.Code)
	}
	if res := ida.post(at+"/godkend", "set", "ja"); res.Code != http.StatusConflict {
		t.Errorf("who configures approved: %d", res.Code)
	}
	state(store.PlanProposed)
	if res := anna.post(at+"/godkend", "set", "ja", "undtag", refs[2]); res.Code != http.StatusSeeOther {
		t.Fatalf("%d: %s", res.Code, res.Body)
	}
	state(store.PlanProposed)
	if body := anna.get(at).Body.String(); strings.Contains(body, `name="undtag"`) || !strings.Contains(body, "En anden person") {
		t.Error("the first approver is asked again")
	}
	if res := anna.post(at+"/godkend", "set", "ja"); res.Code != http.StatusConflict {
		t.Errorf("the same person twice: %d", res.Code)
	}
	if res := bo.post(at+"/godkend", "set", "ja"); res.Code != http.StatusSeeOther {
		t.Fatalf("%d: %s", res.Code, res.Body)
	}
	state(store.PlanApproved)
	if body := bo.get(at).Body.String(); !strings.Contains(body, "48:00") {
		t.Errorf("the waiting period is not shown:\n%s", body)
	}
	items, err := x.Store.PlanItems(t.Context(), id)
	must(t, err)
	for _, it := range items {
		if (it.State == store.ItemExcluded) != (it.Ref == refs[2]) {
			t.Errorf("%s is %s", it.Item.Path, it.State)
		}
	}
	if res := bo.post(at+"/tilbagetraek", "hvorfor", " "); res.Code != http.StatusBadRequest {
		t.Errorf("without a reason: %d", res.Code)
	}
	if res := bo.post(at+"/tilbagetraek", "hvorfor", "set forkert"); res.Code != http.StatusSeeOther {
		t.Fatalf("%d: %s", res.Code, res.Body)
	}
	state(store.PlanProposed)
	if res := anna.post(at+"/annuller", "hvorfor", "retssag på vej"); res.Code != http.StatusSeeOther {
		t.Fatalf("%d: %s", res.Code, res.Body)
	}
	state(store.PlanDead)
	for kind, actor := range map[string]string{audit.TypePlanWithdrawn: "bo", audit.TypePlanCancelled: "anna"} {
		if got := x.logged(kind); len(got) != 1 || got[0].Actor != actor {
			t.Errorf("%s: %+v", kind, got)
		}
	}
	if body := anna.get(at).Body.String(); !strings.Contains(body, "retssag på vej") {
		t.Error("the page does not say why it is dead")
	}
}

// TestApproveChosenFindings makes a plan of exactly what was chosen.
func TestApproveChosenFindings(t *testing.T) {
	x := newSite(t)
	refs := x.items([]string{"a.txt", "b.txt", "c.txt"}, nil)
	p := x.somebody("anna", RoleDPO)
	res := p.post("/fund/godkend", "ref", refs[0], "ref", refs[2])
	if res.Code != http.StatusSeeOther {
		t.Fatalf("%d: %s", res.Code, res.Body)
	}
	items, err := x.Store.PlanItems(t.Context(), strings.TrimPrefix(res.Header().Get("Location"), "/sletteforslag/"))
	must(t, err)
	if len(items) != 2 || items[0].Ref == refs[1] || items[1].Ref == refs[1] {
		t.Errorf("planned: %+v", items)
	}
	if res := p.post("/fund/godkend", "ref", refs[0], "ref", refs[1]); res.Code != http.StatusBadRequest {
		t.Errorf("one of them is planned already: %d", res.Code)
	}
	plans, err := x.Store.Plans(t.Context())
	must(t, err)
	if len(plans) != 1 || plans[0].State != store.PlanApproved {
		t.Errorf("plans: %+v", plans)
	}
}
