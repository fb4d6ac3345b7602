package web

import (
	"context"
	"fmt"
	"html"
	"net/http"
	"net/http/httptest"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/sletdk/slet/audit"
	"github.com/sletdk/slet/retention"
	"github.com/sletdk/slet/store"
)

// TestEveryRouteAsksForItsPermission asks every address as every role and as
// nobody: who may not, gets nothing.
func TestEveryRouteAsksForItsPermission(t *testing.T) {
	x := newSite(t)
	x.items([]string{"a.txt"}, nil)
	people := map[string]*person{"": x.stranger()}
	for _, role := range Roles() {
		people[role] = x.somebody(role, role)
	}
	for _, rt := range x.routes() {
		method, path, _ := strings.Cut(rt.pattern, " ")
		path = strings.NewReplacer("{$}", "", "{ref}", "i000000000001", "{id}", "P-nothing").Replace(path)
		for role, p := range people {
			if strings.HasPrefix(path, "/logout") {
				continue // it would end the session that the other addresses need
			}
			var res *httptest.ResponseRecorder
			if method == http.MethodGet {
				res = p.get(path)
			} else {
				res = p.post(path)
			}
			u := user{User: store.User{Name: role, Role: role}}
			toLogin := res.Code == http.StatusSeeOther && strings.HasPrefix(res.Header().Get("Location"), "/login")
			switch {
			case role == "" && rt.need != anybody:
				if !toLogin {
					t.Errorf("%s as nobody: %d", rt.pattern, res.Code)
				}
			case u.may(rt.need):
				if res.Code == http.StatusForbidden || res.Code >= 500 || toLogin && path != "/login" {
					t.Errorf("%s as %s, who may: %d", rt.pattern, role, res.Code)
				}
			case res.Code != http.StatusForbidden:
				t.Errorf("%s as %s, who may not: %d", rt.pattern, role, res.Code)
			}
		}
	}
}

// TestWhoMayWhat holds the table of roles to what was promised.
func TestWhoMayWhat(t *testing.T) {
	for _, c := range []struct {
		role string
		not  []permission
	}{
		{RoleIT, []permission{approve, seeFindings, answer, searchOne, keepBack, editEvents, seePlans, seeOwners}},
		{RoleOwner, []permission{approve, seeOwners, seePlans, seeOverview, searchOne, seeLog, operate, keepBack}},
		{RoleLeader, []permission{approve, seePlans, seeOverview, searchOne, seeLog, operate, keepBack}},
		{RoleAuditor, []permission{approve, answer, keepBack, editEvents, operate, searchOne, seeFindings}},
	} {
		for _, p := range c.not {
			if slices.Contains(roles[c.role], p) {
				t.Errorf("%s may %s", c.role, p)
			}
		}
	}
	if len(roles) != len(Roles()) || !slices.Contains(roles[RoleDPO], approve) {
		t.Error("the roles have changed")
	}
}

func TestMenuLeadsSomewhere(t *testing.T) {
	x := newSite(t)
	x.items([]string{"a.txt"}, nil)
	dpo := x.somebody("anna", RoleDPO)
	for _, m := range menu {
		if res := dpo.get(m.href); res.Code != http.StatusOK {
			t.Errorf("%s: %d", m.href, res.Code)
		}
	}
}

func TestSignIn(t *testing.T) {
	x := newSite(t)
	must(t, x.Store.AddUser(t.Context(), store.User{Name: "anna", Role: RoleDPO, Password: x.hash}))
	must(t, x.Store.AddUser(t.Context(), store.User{Name: "sso", Role: RoleDPO}))
	must(t, x.Store.AddUser(t.Context(), store.User{Name: "gone", Role: RoleDPO, Password: x.hash, Disabled: x.clock}))
	var answers []string
	for _, c := range [][2]string{{"anna", "forkert forkert"}, {"ingen", password}, {"sso", password}, {"sso", ""}, {"gone", password}} {
		p := x.stranger()
		p.from = "198.51.100." + fmt.Sprint(len(answers)) + ":1"
		res := p.post("/login", "name", c[0], "password", c[1])
		if res.Code != http.StatusUnauthorized || len(p.cookies) > 0 {
			t.Errorf("%s: %d, cookies %v", c[0], res.Code, p.cookies)
		}
		answers = append(answers, strings.ReplaceAll(res.Body.String(), `value="`+c[0]+`"`, ""))
	}
	for _, a := range answers[1:] {
		if a != answers[0] {
			t.Error("the answer tells which names exist")
		}
	}
	if n := len(x.logged(audit.TypeSignInRefused)); n != 5 {
		t.Errorf("%d refusals were logged", n)
	}
	p := x.stranger()
	res := p.post("/login", "name", "anna", "password", password, "next", "/fund?vis=alle")
	if res.Code != http.StatusSeeOther || res.Header().Get("Location") != "/fund?vis=alle" {
		t.Fatalf("%d to %q", res.Code, res.Header().Get("Location"))
	}
	c := p.cookies["slet"]
	if !c.HttpOnly || c.SameSite != http.SameSiteStrictMode || len(c.Value) < 20 {
		t.Errorf("the cookie: %+v", c)
	}
	if in := x.logged(audit.TypeSignIn); len(in) != 1 || in[0].Actor != "anna" {
		t.Errorf("logged: %+v", in)
	}
	if res := p.get("/fund"); res.Code != http.StatusOK {
		t.Errorf("signed in: %d", res.Code)
	}
	if res := p.post("/logout"); res.Code != http.StatusSeeOther || len(p.cookies) != 0 {
		t.Errorf("sign out: %d", res.Code)
	}
	p.cookies["slet"] = c
	if res := p.get("/fund"); res.Code != http.StatusSeeOther {
		t.Errorf("the old cookie after signing out: %d", res.Code)
	}
}

func TestSessionsEnd(t *testing.T) {
	x := newSite(t)
	signedIn := func(p *person) bool { return p.get("/fund").Code == http.StatusOK }
	idle, life, closed := x.somebody("a", RoleDPO), x.somebody("b", RoleDPO), x.somebody("c", RoleDPO)
	if !signedIn(idle) || !signedIn(life) || !signedIn(closed) {
		t.Fatal("not signed in")
	}
	must(t, x.Store.SetUser(t.Context(), store.User{Name: "c", Role: RoleDPO, Password: x.hash, Disabled: x.clock}))
	if signedIn(closed) {
		t.Error("a closed account is signed in")
	}
	for range 21 {
		x.clock = x.clock.Add(29 * time.Minute)
		if x.clock.Hour() < 19 && !signedIn(life) {
			t.Fatalf("signed out at %s", x.clock)
		}
	}
	if signedIn(idle) {
		t.Error("signed in without a request for hours")
	}
	if signedIn(life) {
		t.Error("signed in for more than ten hours")
	}
}

func TestAttemptsAreLimited(t *testing.T) {
	x := newSite(t)
	must(t, x.Store.AddUser(t.Context(), store.User{Name: "anna", Role: RoleDPO, Password: x.hash}))
	try := func(from, name, word string) int {
		p := x.stranger()
		p.from = from + ":1"
		return p.post("/login", "name", name, "password", word).Code
	}
	for i := range 5 { // from everywhere, at one name
		if got := try(fmt.Sprintf("203.0.113.%d", i), "anna", "forkert forkert"); got != http.StatusUnauthorized {
			t.Fatalf("attempt %d: %d", i, got)
		}
	}
	if got := try("203.0.113.99", "anna", password); got != http.StatusTooManyRequests {
		t.Errorf("the sixth attempt at a name: %d", got)
	}
	for i := range 5 { // from one address, at every name
		try("203.0.113.200", fmt.Sprint("n", i), "forkert forkert")
	}
	if got := try("203.0.113.200", "n9", "forkert forkert"); got != http.StatusTooManyRequests {
		t.Errorf("the sixth attempt of an address: %d", got)
	}
	x.clock = x.clock.Add(time.Minute)
	if got := try("203.0.113.99", "anna", password); got != http.StatusSeeOther {
		t.Errorf("a minute later: %d", got)
	}
}

// TestFormsComeFromThePages: a form that another site sends with the person's
// cookies is refused.
func TestFormsComeFromThePages(t *testing.T) {
	x := newSite(t)
	p := x.somebody("anna", RoleDPO)
	for header, value := range map[string]string{"Sec-Fetch-Site": "cross-site", "Origin": "https://evil.example"} {
		r := httptest.NewRequest(http.MethodPost, "/logout", nil)
		r.Header.Set(header, value)
		if res := p.do(r); res.Code != http.StatusForbidden {
			t.Errorf("%s %s: %d", header, value, res.Code)
		}
	}
	if p.get("/fund").Code != http.StatusOK {
		t.Error("it was signed out all the same")
	}
}

func TestAnswersCarryTheirHeaders(t *testing.T) {
	x := newSite(t)
	for _, path := range []string{"/login", "/", "/static/app.js", "/nowhere"} {
		h := x.stranger().get(path).Header()
		csp := h.Get("Content-Security-Policy")
		if !strings.Contains(csp, "default-src 'none'") || strings.Contains(csp, "unsafe") || h.Get("X-Content-Type-Options") != "nosniff" || h.Get("Cache-Control") == "" {
			t.Errorf("%s: %v", path, h)
		}
	}
	x.cfg.Secure = true
	if c := x.cookie("x", 1); c.Name != "__Host-slet" || !c.Secure || c.Path != "/" || c.Domain != "" {
		t.Errorf("over TLS: %+v", c)
	}
}

func TestLocalPath(t *testing.T) {
	for in, want := range map[string]string{
		"/fund?x=1": "/fund?x=1", "": "/", "https://evil.example": "/", "//evil.example": "/", `/\evil.example`: "/", "/a\r\nSet-Cookie: x": "/",
	} {
		if got := localPath(in); got != want {
			t.Errorf("%q: %q", in, got)
		}
	}
}

// TestNamesStayText: what a file name says is text on every page that shows it.
func TestNamesStayText(t *testing.T) {
	x := newSite(t)
	const evil = `<script>alert("x")</script>'onload=x&.txt`
	refs := x.items([]string{evil}, nil)
	p := x.somebody("anna", RoleDPO)
	for _, path := range []string{"/fund", "/fund/" + refs[0], "/"} {
		body := p.get(path).Body.String()
		if strings.Contains(body, "<script>alert") || strings.Contains(body, "<Kommune>") {
			t.Errorf("%s: a name became markup", path)
		}
		if path != "/" && !strings.Contains(body, "&lt;script&gt;alert") {
			t.Errorf("%s does not show the name:\n%s", path, body)
		}
	}
}

// TestOwnersSeeTheirOwn: for an owner the findings of others do not exist.
func TestOwnersSeeTheirOwn(t *testing.T) {
	x := newSite(t)
	refs := x.items([]string{"hanne/brev.txt", "bo/brev.txt"}, map[string]string{"hanne/brev.txt": "hanne", "bo/brev.txt": "bo"})
	hanne := x.somebody("hanne", RoleOwner)
	list := hanne.get("/fund?vis=alle").Body.String()
	if !strings.Contains(list, "hanne/brev.txt") || strings.Contains(list, "bo/brev.txt") {
		t.Error("the list is not hers")
	}
	if got := hanne.get("/fund/" + refs[0]).Code; got != http.StatusOK {
		t.Errorf("her own: %d", got)
	}
	if got := hanne.get("/fund/" + refs[1]).Code; got != http.StatusNotFound {
		t.Errorf("somebody else's: %d", got)
	}
	if res := hanne.get("/"); res.Header().Get("Location") != "/fund" {
		t.Errorf("the front page: %d", res.Code)
	}
}

// TestRestrictedIsNotShown: what a hold restricts (GDPR art. 18) is shown to
// nobody, whoever knows its address.
func TestRestrictedIsNotShown(t *testing.T) {
	x := newSite(t)
	refs := x.items([]string{"hanne/brev.txt"}, nil)
	dpo := x.somebody("dorte", RoleDPO)
	if got := dpo.get("/fund/" + refs[0]).Code; got != http.StatusOK {
		t.Fatalf("before: %d", got)
	}
	x.Decide = func(context.Context) (func(store.Finding) retention.Decision, error) {
		return func(store.Finding) retention.Decision { return retention.Decision{Restricted: true} }, nil
	}
	if got := dpo.get("/fund/" + refs[0]); got.Code != http.StatusNotFound || strings.Contains(got.Body.String(), "brev.txt") {
		t.Errorf("after: %d", got.Code)
	}
}

// TestNumbersAreMasked: a CPR number in a path is hidden.
func TestNumbersAreMasked(t *testing.T) {
	x := newSite(t)
	refs := x.items([]string{"Sager/010758-5001/brev.txt"}, nil)
	p := x.somebody("anna", RoleDPO)
	for _, path := range []string{"/fund", "/fund/" + refs[0]} {
		if body := p.get(path).Body.String(); strings.Contains(body, "5001") || !strings.Contains(body, "010758-") {
			t.Errorf("%s shows a number", path)
		}
	}
}

// TestNoNumberInLinks: neither is it in the address of the next page, which ends
// in the logs of proxies.
func TestNoNumberInLinks(t *testing.T) {
	x := newSite(t)
	var paths []string
	for i := range pageSize + 1 {
		paths = append(paths, fmt.Sprintf("Sager/010758-5001/%c%c.txt", 'a'+i/26, 'a'+i%26))
	}
	x.items(paths, nil)
	p := x.somebody("anna", RoleDPO)
	for _, order := range []string{"due", "path"} {
		body := p.get("/fund?sorter=" + order).Body.String()
		if !nextLink.MatchString(body) || strings.Contains(body, "5001") {
			t.Errorf("by %s: no next page, or one with a number in its address", order)
		}
	}
}

// TestYoungHoldHides: what was restricted after the worklist was refreshed is
// hidden from the lists all the same.
func TestYoungHoldHides(t *testing.T) {
	x := newSite(t)
	x.items([]string{"hanne/brev.txt", "ole/brev.txt"}, nil)
	dpo := x.somebody("dorte", RoleDPO)
	plan := dpo.propose()
	for _, page := range []string{"/fund", plan} {
		if body := dpo.get(page).Body.String(); !strings.Contains(body, "hanne/brev.txt") {
			t.Fatalf("%s before: %s", page, body)
		}
	}
	must(t, x.Store.AddHold(t.Context(), retention.Hold{ID: "H-1", Created: x.clock, Source: "drev", Path: "hanne/**", Reason: "art. 18", Owner: "dorte", Restrict: true}))
	for _, page := range []string{"/fund", plan} {
		if body := dpo.get(page).Body.String(); strings.Contains(body, "hanne/brev.txt") || !strings.Contains(body, "ole/brev.txt") {
			t.Errorf("%s after: %s", page, body)
		}
	}
}

var nextLink = regexp.MustCompile(`<a href="([^"]+)" rel="next">`)

// TestListPages walks a list of several pages by its links.
func TestListPages(t *testing.T) {
	x := newSite(t)
	var paths []string
	for i := range 2*pageSize + 7 {
		paths = append(paths, fmt.Sprintf("Sager/sag %03d & mere.txt", i))
	}
	x.items(paths, nil)
	p := x.somebody("anna", RoleDPO)
	seen := map[string]bool{}
	pages := 0
	for next := "/fund?sorter=path&tekst=SAG+"; next != ""; pages++ {
		body := p.get(next).Body.String()
		for _, path := range paths {
			if strings.Contains(body, strings.ReplaceAll(path, "&", "&amp;")) {
				if seen[path] {
					t.Errorf("%s twice", path)
				}
				seen[path] = true
			}
		}
		next = ""
		if m := nextLink.FindStringSubmatch(body); m != nil {
			next = html.UnescapeString(m[1])
		}
		if pages > 5 {
			t.Fatal("the pages do not end")
		}
	}
	if pages != 3 || len(seen) != len(paths) {
		t.Errorf("%d of %d items on %d pages", len(seen), len(paths), pages)
	}
}

func TestFilterThatCannotBeReadIsSaid(t *testing.T) {
	x := newSite(t)
	p := x.somebody("anna", RoleDPO)
	for _, q := range []string{"afgoerelse=x", "vis=x", "overskredet=-1", "overskredet=x", "efter=x", "efter=1|", "efter=x|i|"} {
		if got := p.get("/fund?" + q).Code; got != http.StatusBadRequest {
			t.Errorf("%s: %d", q, got)
		}
	}
}

// TestPagesInEnglish: the language is kept, and no page fails in it.
func TestPagesInEnglish(t *testing.T) {
	x := newSite(t)
	refs := x.items([]string{"a.txt"}, nil)
	p := x.somebody("anna", RoleDPO)
	if res := p.post("/sprog", "lang", "en", "next", "/fund"); res.Header().Get("Location") != "/fund" {
		t.Fatal(res.Code)
	}
	for path, want := range map[string]string{"/": "Overview", "/fund": "Findings", "/fund/" + refs[0]: "First seen", "/fund/nothing": "Not found"} {
		if body := p.get(path).Body.String(); !strings.Contains(body, want) || !strings.Contains(body, `lang="en"`) {
			t.Errorf("%s is not in English", path)
		}
	}
}

func TestPasswords(t *testing.T) {
	hash, err := HashPassword("æøå æøå æøå!")
	must(t, err)
	for word, want := range map[string]bool{"æøå æøå æøå!": true, "æøå æøå æøå": false, "": false} {
		if ok, err := checkPassword(hash, word); err != nil || ok != want {
			t.Errorf("%q: %v, %v", word, ok, err)
		}
	}
	if _, err := HashPassword("elleve tegn"); err == nil {
		t.Error("eleven characters were enough")
	}
	if ok, err := checkPassword(nobodysHash, "x"); ok || err != nil {
		t.Errorf("nobody's: %v, %v", ok, err)
	}
	for _, bad := range []string{"", "x", "$argon2id$v=19$m=99999999,t=2,p=1$AAAA$AAAA", "$argon2id$v=19$m=8,t=0,p=1$AAAA$AAAA", "$argon2id$v=19$m=8,t=1,p=1$AAAA$", "$argon2id$v=19$m=8,t=1,p=1$!$AAAA"} {
		if ok, err := checkPassword(bad, "x"); ok || err == nil {
			t.Errorf("%q: %v, %v", bad, ok, err)
		}
	}
}

// TestRequestsAreLimited: a script does not keep everybody else waiting.
func TestRequestsAreLimited(t *testing.T) {
	x := newSite(t)
	p := x.stranger()
	for i := range requestBurst {
		if got := p.get("/login").Code; got != http.StatusOK {
			t.Fatalf("request %d: %d", i, got)
		}
	}
	if got := p.get("/login").Code; got != http.StatusTooManyRequests {
		t.Errorf("one more: %d", got)
	}
	other := x.stranger()
	other.from = "192.0.2.2:1"
	if got := other.get("/login").Code; got != http.StatusOK {
		t.Errorf("somebody else: %d", got)
	}
	x.clock = x.clock.Add(requestEvery)
	if got := p.get("/login").Code; got != http.StatusOK {
		t.Errorf("a moment later: %d", got)
	}
}
