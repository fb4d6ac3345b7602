package web

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/sletdk/slet/audit"
	"github.com/sletdk/slet/erase"
	"github.com/sletdk/slet/retention"
	"github.com/sletdk/slet/scanner"
	"github.com/sletdk/slet/store"
)

// TestStatus holds the statuses to the rule of OSdatascanner.
func TestStatus(t *testing.T) {
	for _, c := range []struct {
		waiting, recent, answered int64
		want                      status
	}{
		{0, 0, 0, finished}, {0, 100, 100, finished}, {100, 100, 0, notAccepted}, {75, 100, 25, notAccepted}, {50, 100, 50, notAccepted},
		{26, 100, 74, notAccepted}, {25, 100, 75, accepted}, {1, 100, 99, accepted},
		{10, 0, 0, notAccepted}, // nothing is new, and nothing was done
		{10, 0, 1, accepted},    // as much as came, and more
		{40, 4, 3, accepted},
	} {
		if got := statusOf(store.OwnerNumbers{Waiting: c.waiting, Recent: c.recent, AnsweredRecent: c.answered}); got != c.want {
			t.Errorf("%+v: %s", c, got)
		}
	}
}

// TestLeadersSeeTheirPeople: a leader sees the numbers of the people they lead,
// and nothing of what was found; the DPO sees everybody's.
func TestLeadersSeeTheirPeople(t *testing.T) {
	x := newSite(t)
	refs := x.items([]string{"hanne/hemmelig.txt", "lene/brev.txt"}, map[string]string{"hanne/hemmelig.txt": "hanne", "lene/brev.txt": "lene"})
	list := []store.OwnerNumbers{
		{Owner: "010758-5001", Waiting: 7, Oldest: x.clock, Taken: x.clock},
		{Owner: "bo", Waiting: 5, Oldest: x.clock, Taken: x.clock}, {Owner: "hanne", Waiting: 1, Oldest: x.clock.AddDate(0, 0, -40), Answered: 3, AnsweredRecent: 3, Month: 4, Recent: 4, Taken: x.clock},
		{Owner: "ole", Taken: x.clock},
	}
	for n := range 2 * pageSize {
		list = append(list, store.OwnerNumbers{Owner: fmt.Sprintf("z%03d", n), Taken: x.clock})
	}
	must(t, x.Store.SetOwnerNumbers(t.Context(), list))
	x.somebody("hanne", RoleOwner)
	lene := x.somebody("lene", RoleLeader)
	if body := lene.get("/ejere").Body.String(); strings.Contains(body, "hanne") {
		t.Error("she leads nobody, and sees somebody")
	}
	must(t, x.Store.SetUser(t.Context(), store.User{Name: "lene", Role: RoleLeader, Password: x.hash, Leads: []string{"hanne", "ole"}}))
	lene.post("/login", "name", "lene", "password", password)
	if to := lene.get("/").Header().Get("Location"); to != "/ejere" {
		t.Errorf("she begins at %q", to)
	}
	body := lene.get("/ejere").Body.String()
	for _, want := range []string{"hanne", "ole", "Tilfredsstillende", "Færdig", "75,0 %", "13-10-2026"} {
		if !strings.Contains(body, want) {
			t.Errorf("no %q on the page", want)
		}
	}
	for _, not := range []string{"hemmelig", ">bo<", "z001", "/fund/"} {
		if strings.Contains(body, not) {
			t.Errorf("%q is on the page", not)
		}
	}
	if got := lene.get("/fund/" + refs[0]).Code; got != http.StatusNotFound {
		t.Errorf("a finding of hers: %d", got)
	}
	if got := lene.get("/fund/" + refs[1]).Code; got != http.StatusOK {
		t.Errorf("a finding of her own: %d", got)
	}
	if body := lene.get("/fund?vis=alle").Body.String(); strings.Contains(body, "hemmelig") || !strings.Contains(body, "lene/brev.txt") {
		t.Error("the list is not her own")
	}
	anna := x.somebody("anna", RoleDPO)
	seen := 0
	for next := "/ejere"; next != ""; {
		body := anna.get(next).Body.String()
		seen += strings.Count(body, `<th scope="row">`)
		if strings.Contains(body, "5001") {
			t.Error("a number is on the page")
		}
		if next == "/ejere" && !strings.Contains(body, "ingen åben konto") {
			t.Error("it is not said that nobody can answer")
		}
		next = ""
		if m := nextLink.FindStringSubmatch(body); m != nil {
			next = m[1]
		}
	}
	if seen != len(list) {
		t.Errorf("the DPO sees %d of %d", seen, len(list))
	}
	for _, bad := range []string{"0", "x", "-1"} {
		if got := anna.get("/ejere?side=" + bad).Code; got != http.StatusBadRequest {
			t.Errorf("side=%s: %d", bad, got)
		}
	}
}

// TestPagesTellOwners: what a page lists of an owner's own is told to that
// owner, is shown with the last day to object, and to nobody else; without a
// window, nothing is.
func TestPagesTellOwners(t *testing.T) {
	x := newSite(t)
	owners := map[string]string{"hanne/a.txt": "hanne", "hanne/b.txt": "hanne", "bo/c.txt": "bo"}
	refs := x.items([]string{"hanne/a.txt", "hanne/b.txt", "bo/c.txt", "d.txt"}, owners)
	hanne, anna := x.somebody("hanne", RoleOwner), x.somebody("anna", RoleDPO)
	told := func() (n int) {
		for _, ref := range refs {
			if _, err := x.Store.Told(t.Context(), ref); err == nil {
				n++
			}
		}
		return n
	}
	hanne.get("/fund")
	if told() != 0 {
		t.Fatal("told of what needs no telling")
	}
	x.notice = erase.Notice{Window: retention.Period{Days: 14}, Route: func(it scanner.Item) string { return owners[it.Path] }, MayAnswer: MayAnswer}
	plan := anna.propose()
	for page, want := range map[string]int{"/fund": 3, plan: 3} {
		body := anna.get(page).Body.String()
		if n := strings.Count(body, "ejeren har ikke fået besked") + strings.Count(body, "ejeren har ingen åben konto, som må svare"); n != want {
			t.Errorf("%s says of %d that they wait for an owner who was not told:\n%s", page, n, body)
		}
	}
	if told() != 0 {
		t.Fatal("what the DPO sees is told to the owner")
	}
	hanne.do(httptest.NewRequest(http.MethodHead, "/fund/"+refs[0], nil))
	if told() != 0 {
		t.Error("told without being seen")
	}
	body := hanne.get("/fund/" + refs[0]).Body.String()
	if told() != 1 || !strings.Contains(body, "Slettes, hvis du ikke siger nej senest") || !strings.Contains(body, "06-12-2026") {
		t.Errorf("told of %d:\n%s", told(), body)
	}
	x.clock = x.clock.AddDate(0, 0, 1)
	hanne.post("/login", "name", "hanne", "password", password)
	body = hanne.get("/fund").Body.String()
	if told() != 2 || strings.Count(body, "Slettes, hvis du ikke siger nej senest") != 2 || !strings.Contains(body, "06-12-2026") || !strings.Contains(body, "07-12-2026") {
		t.Errorf("told of %d:\n%s", told(), body)
	}
	if e := x.logged(audit.TypeOwnerTold); len(e) != 2 || e[0].Actor != "hanne" || e[0].Detail["items"] != "1" {
		t.Errorf("logged: %+v", e)
	}
	anna.post("/login", "name", "anna", "password", password)
	body = anna.get(plan).Body.String()
	if strings.Count(body, "venter på ejeren til") != 2 || !strings.Contains(body, "ejeren har ingen åben konto, som må svare") {
		t.Errorf("the plan:\n%s", body)
	}
}

// TestOwnersObject: what an owner keeps is held, and stays held when the window
// is over.
func TestOwnersObject(t *testing.T) {
	x := newSite(t)
	refs := x.items([]string{"hanne/a.txt"}, map[string]string{"hanne/a.txt": "hanne"})
	hanne := x.somebody("hanne", RoleOwner)
	if res := hanne.post("/fund/svar", "ref", refs[0], "svar", "keep", "tekst", "bogføring", "frist", "2027-01-31"); res.Code != http.StatusSeeOther {
		t.Fatal(res.Code, res.Body)
	}
	x.clock = time.Date(2027, 2, 1, 0, 0, 0, 0, retention.Zone())
	decide, err := x.Decide(t.Context())
	must(t, err)
	f, err := x.Store.Finding(t.Context(), refs[0])
	must(t, err)
	if d := decide(f); d.Disposition != retention.Held {
		t.Errorf("after its deadline it is %s, and the DPO has not decided", d.Disposition)
	}
	bo := x.somebody("bo", RoleDPO)
	if body := bo.get("/hold").Body.String(); !strings.Contains(body, "hanne") || !strings.Contains(body, "bogføring") {
		t.Error("the DPO does not see the objection")
	}
	objected := `<a href="/hold">1</a> gange har ejere sagt nej`
	if body := bo.get("/").Body.String(); !strings.Contains(body, objected) {
		t.Error("the overview does not say that something waits for the DPO")
	}
	holds, err := x.Store.Holds(t.Context())
	must(t, err)
	must(t, x.Store.ReleaseHold(t.Context(), holds[0].ID, x.clock))
	if body := bo.get("/").Body.String(); strings.Contains(body, objected) {
		t.Error("it was decided, and still waits")
	}
}
