package web

import (
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"

	"github.com/sletdk/slet/retention"
	"github.com/sletdk/slet/store"
)

var viewLink = regexp.MustCompile(`href="(/fund/visning/\w+)"[^>]*>([^<]+)`)

// viewsOf are the views that a person's list offers: name and address.
func viewsOf(p *person) map[string]string {
	list := map[string]string{}
	for _, m := range viewLink.FindAllStringSubmatch(p.get("/fund").Body.String(), -1) {
		list[strings.TrimSpace(m[2])] = m[1]
	}
	return list
}

// TestListIsOfToday: what has been kept, or has fallen due, since the worklist was
// refreshed is not shown as it was then.
func TestListIsOfToday(t *testing.T) {
	x := newSite(t)
	x.items([]string{"hanne/brev.txt", "ole/brev.txt"}, nil)
	dpo := x.somebody("dorte", RoleDPO)
	due := func() int { return strings.Count(dpo.get("/fund").Body.String(), "tag t-due") }
	if n := due(); n != 2 {
		t.Fatalf("%d are due before", n)
	}
	must(t, x.Store.AddHold(t.Context(), retention.Hold{ID: "H-1", Created: x.clock, Source: "drev", Path: "hanne/**", Reason: "sag", Owner: "dorte"}))
	if n := due(); n != 1 {
		t.Errorf("%d are shown as due; one of the two is held", n)
	}
	must(t, x.Store.ReleaseHold(t.Context(), "H-1", x.clock))
	if n := due(); n != 2 {
		t.Errorf("%d are shown as due after the release", n)
	}
}

// TestViews: a filter is saved, loaded, renamed, shared with other DPOs and
// deleted, by its own person only.
func TestViews(t *testing.T) {
	x := newSite(t)
	x.items([]string{"a.txt", "b.txt"}, map[string]string{"b.txt": "hanne"})
	anna, bo, hanne := x.somebody("anna", RoleDPO), x.somebody("bo", RoleDPO), x.somebody("hanne", RoleOwner)
	if res := anna.post("/fund/visninger", "navn", "Kun CPR", "filter", "kategori=cpr&efter=1|x&side=9"); res.Code != http.StatusSeeOther {
		t.Fatal(res.Code, res.Body)
	}
	at := viewsOf(anna)["Kun CPR"]
	if to := anna.get(at).Header().Get("Location"); to != "/fund?kategori=cpr" {
		t.Errorf("the view leads to %q", to)
	}
	if list := viewsOf(bo); len(list) != 0 || bo.get(at).Code != http.StatusNotFound {
		t.Errorf("another's private view is offered: %v", list)
	}
	change := strings.Replace(at, "visning/", "visninger/", 1)
	if res := anna.post(change, "navn", "CPR i alt", "delt", "ja"); res.Code != http.StatusSeeOther {
		t.Fatal(res.Code, res.Body)
	}
	if list := viewsOf(bo); list["CPR i alt"] != at || bo.get(at).Code != http.StatusSeeOther {
		t.Errorf("the shared view is not offered: %v", list)
	}
	if list := viewsOf(hanne); len(list) != 0 || hanne.get(at).Code != http.StatusNotFound {
		t.Errorf("an owner is offered a DPO's view: %v", list)
	}
	for path, fields := range map[string][]string{change: {"navn", "Bos"}, change + "/slet": nil} {
		if res := bo.post(path, fields...); res.Code != http.StatusNotFound {
			t.Errorf("%s by another: %d", path, res.Code)
		}
	}
	if res := hanne.post("/fund/visninger", "navn", "Delt", "delt", "ja"); res.Code != http.StatusForbidden {
		t.Errorf("an owner shares: %d", res.Code)
	}
	if res := anna.post(change + "/slet"); res.Code != http.StatusSeeOther || len(viewsOf(anna)) != 0 {
		t.Errorf("deleting: %d, %v", res.Code, viewsOf(anna))
	}
}

// TestViewsThatCannotBe: what is not a filter is neither saved nor loaded, and no
// number of a person is kept.
func TestViewsThatCannotBe(t *testing.T) {
	x := newSite(t)
	x.items([]string{"a.txt"}, nil)
	anna := x.somebody("anna", RoleDPO)
	for _, c := range []struct{ name, filter, says string }{
		{"", "", "navn"},
		{strings.Repeat("æ", 61), "", "60 tegn"},
		{"Sag 150370-5008", "", "CPR-nummer"},
		{"En person", url.Values{"tekst": {"150370-5008"}}.Encode(), "CPR-nummer"},
		{"Ukendt", "vis=hvadsomhelst", "vis="},
		{"Ulæselig", "%zz", "Kan ikke bruges"},
	} {
		if res := anna.post("/fund/visninger", "navn", c.name, "filter", c.filter); res.Code != http.StatusBadRequest || !strings.Contains(res.Body.String(), c.says) {
			t.Errorf("%q %q: %d %s", c.name, c.filter, res.Code, res.Body)
		}
	}
	must(t, x.Store.AddView(t.Context(), store.View{ID: "gammel", Person: "anna", Name: "Gammel", Filter: "afgoerelse=findes_ikke", Created: x.clock}))
	if res := anna.get("/fund/visning/gammel"); res.Code != http.StatusBadRequest || !strings.Contains(res.Body.String(), "Slet den") {
		t.Errorf("a view that cannot be read any more: %d %s", res.Code, res.Body)
	}
	if list := viewsOf(anna); list["Gammel"] == "" {
		t.Errorf("it cannot be deleted: %v", list)
	}
	for _, name := range []string{"To", "To"} {
		anna.post("/fund/visninger", "navn", name)
	}
	if res := anna.post("/fund/visninger", "navn", "To"); res.Code != http.StatusBadRequest || !strings.Contains(res.Body.String(), "allerede") {
		t.Errorf("a name that is taken: %d", res.Code)
	}
}

// TestViewsWidenNothing: whatever stands in a stored view, its owner sees what
// their role may see.
func TestViewsWidenNothing(t *testing.T) {
	x := newSite(t)
	x.items([]string{"andres/a.txt", "mine/b.txt"}, map[string]string{"mine/b.txt": "hanne"})
	hanne := x.somebody("hanne", RoleOwner)
	must(t, x.Store.AddView(t.Context(), store.View{ID: "alt", Person: "hanne", Name: "Alt", Filter: "vis=alle&owner=&ejer=anna&Owner=anna&restricted=1&Restricted=true", Created: x.clock}))
	to := hanne.get("/fund/visning/alt").Header().Get("Location")
	if to != "/fund?vis=alle" {
		t.Errorf("the view leads to %q", to)
	}
	if body := hanne.get(to).Body.String(); strings.Contains(body, "andres/a.txt") || !strings.Contains(body, "mine/b.txt") {
		t.Errorf("an owner's view shows: %s", body)
	}
	auditor := x.somebody("rikke", RoleAuditor)
	must(t, x.Store.AddView(t.Context(), store.View{ID: "rev", Person: "rikke", Name: "Alt", Filter: "vis=alle"}))
	if res := auditor.get("/fund/visning/rev"); res.Code != http.StatusForbidden {
		t.Errorf("who may see no findings loads a view: %d", res.Code)
	}
}
