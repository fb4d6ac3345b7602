package web

import (
	"html"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/sletdk/slet/audit"
	"github.com/sletdk/slet/retention"
)

var groupLine = regexp.MustCompile(`<td class="path"><a href="([^"]+)">([^<]*)</a>`)

// groupsOf are the groups on a page, by what they are called, with the address
// that opens them.
func groupsOf(t *testing.T, p *person, path string) map[string]string {
	t.Helper()
	res := p.get(path)
	if res.Code != http.StatusOK {
		t.Fatalf("%s: %d %s", path, res.Code, res.Body)
	}
	list := map[string]string{}
	for _, m := range groupLine.FindAllStringSubmatch(res.Body.String(), -1) {
		list[html.UnescapeString(m[2])] = html.UnescapeString(m[1])
	}
	return list
}

var listLine = regexp.MustCompile(`<td class="path"><a href="/fund/(i[0-9a-f]{12})">`)

// refsAt are the items that a list shows.
func refsAt(p *person, path string) (refs []string) {
	for _, m := range listLine.FindAllStringSubmatch(p.get(path).Body.String(), -1) {
		refs = append(refs, m[1])
	}
	slices.Sort(refs)
	return refs
}

// TestGroups: findings are grouped by folder, person and content; a group is
// opened as a filter of the list, and all of it is chosen and answered there.
func TestGroups(t *testing.T) {
	x := newSite(t)
	refs := x.items([]string{"Løn/a.txt", "Løn/b.txt", "Sag/010758-5001.txt", "top.txt"}, map[string]string{"Løn/b.txt": "hanne", "top.txt": "hanne"})
	dpo, hanne := x.somebody("dorte", RoleDPO), x.somebody("hanne", RoleOwner)

	folders := groupsOf(t, dpo, "/fund/grupper?af=mappe")
	if len(folders) != 3 || folders["Løn"] == "" || folders["Toppen af kilden"] == "" {
		t.Fatalf("folders: %v", folders)
	}
	if got := refsAt(dpo, folders["Løn"]); !slices.Equal(got, refs[:2]) {
		t.Errorf("the folder has %v", got)
	}
	if strings.Contains(folders["Løn"], "L%C3%B8n") {
		t.Errorf("an address names the folder: %s", folders["Løn"])
	}
	persons := groupsOf(t, dpo, "/fund/grupper?af=person")
	if got := refsAt(dpo, persons["010758-••••"]); len(persons) != 1 || !slices.Equal(got, refs) {
		t.Errorf("persons: %v, the first has %v", persons, got)
	}
	copies := groupsOf(t, dpo, "/fund/grupper?af=kopier&orden=forfald")
	for name, open := range copies {
		if got := refsAt(dpo, open); !slices.Equal(got, refs) || strings.Contains(name, "010758-5001") {
			t.Errorf("copies %q: %v", name, got)
		}
	}
	if len(copies) != 1 {
		t.Errorf("copies: %v", copies)
	}

	// An owner has the groups of their own, also by the address of another's.
	if own := groupsOf(t, hanne, "/fund/grupper?af=mappe"); len(own) != 2 {
		t.Errorf("an owner's folders: %v", own)
	}
	if got := refsAt(hanne, folders["Løn"]); !slices.Equal(got, refs[1:2]) {
		t.Errorf("an owner sees %v of the folder", got)
	}

	// All of a group is answered with one form.
	all := strings.Replace(folders["Løn"], "/fund?", "/fund?alle=ja&", 1)
	page := dpo.get(all).Body.String()
	if n := strings.Count(page, ` checked aria-label`); n != 2 {
		t.Errorf("%d are chosen", n)
	}
	next := html.UnescapeString(regexp.MustCompile(`name="next" value="(/fund\?[^"]+)"`).FindStringSubmatch(page)[1])
	res := dpo.post("/fund/svar", "ref", refs[0], "ref", refs[1], "svar", "hold", "tekst", "retssag", "next", next)
	if to := res.Header().Get("Location"); res.Code != http.StatusSeeOther || !slices.Equal(refsAt(dpo, to), refs[:2]) || strings.Contains(to, "alle=") {
		t.Errorf("answered: %d, to %q", res.Code, to)
	}
	holds, err := x.Store.Holds(t.Context())
	if err != nil || len(holds) != 2 || len(x.logged(audit.TypeAnswered)) != 2 || len(x.logged(audit.TypeHoldAdded)) != 2 {
		t.Errorf("holds: %+v (%v)", holds, err)
	}
}

// TestGroupsUnderFilter: a filter is never dropped in silence: groups are counted
// without it, which the page says, and opened under it.
func TestGroupsUnderFilter(t *testing.T) {
	x := newSite(t)
	refs := x.items([]string{"a/x.txt", "a/y.txt", "b/z.txt"}, nil)
	dpo := x.somebody("dorte", RoleDPO)
	page := "/fund/grupper?af=mappe&tekst=x.txt"
	if !strings.Contains(dpo.get(page).Body.String(), "Grupperne tælles uden filteret") || strings.Contains(dpo.get("/fund/grupper?af=mappe").Body.String(), "uden filteret") {
		t.Error("the page does not say what the groups count")
	}
	if got := refsAt(dpo, groupsOf(t, dpo, page)["a"]); !slices.Equal(got, refs[:1]) {
		t.Errorf("opened under the filter: %v", got)
	}
	for _, bad := range []string{"/fund/grupper", "/fund/grupper?af=x", "/fund/grupper?af=mappe&orden=x", "/fund/grupper?af=mappe&vis=x", "/fund/grupper?af=mappe&efter=x", "/fund?gruppe=x&nr=1"} {
		if res := dpo.get(bad); res.Code != http.StatusBadRequest {
			t.Errorf("%s: %d", bad, res.Code)
		}
	}
	if res := dpo.get("/fund?gruppe=mappe&nr=i-gone"); res.Code != http.StatusNotFound {
		t.Errorf("a group that is gone: %d", res.Code)
	}
}

// TestGroupsHideRestricted: what was restricted since the refresh is not named.
func TestGroupsHideRestricted(t *testing.T) {
	x := newSite(t)
	x.items([]string{"Sagen om Hanne/x.txt", "b/z.txt"}, nil)
	dpo := x.somebody("dorte", RoleDPO)
	must(t, x.Store.AddHold(t.Context(), retention.Hold{ID: "H-1", Created: x.clock, Source: "drev", Path: "Sagen om Hanne/**", Reason: "sag", Owner: "dorte", Restrict: true}))
	for _, by := range []string{"mappe", "kopier"} {
		if body := dpo.get("/fund/grupper?af=" + by).Body.String(); strings.Contains(body, "Hanne") {
			t.Errorf("by %s: a restricted name is shown", by)
		}
	}
}

// TestManyAnswers: a bulk answer is refused whole when one of the findings is not
// the person's.
func TestManyAnswers(t *testing.T) {
	x := newSite(t)
	refs := x.items([]string{"a.txt", "b.txt"}, map[string]string{"a.txt": "hanne"})
	hanne := x.somebody("hanne", RoleOwner)
	if res := hanne.post("/fund/svar", "ref", refs[0], "ref", refs[1], "svar", "hold", "tekst", "sag"); res.Code != http.StatusNotFound {
		t.Errorf("another's finding was answered: %d", res.Code)
	}
	if holds, err := x.Store.Holds(t.Context()); err != nil || len(holds) != 0 {
		t.Errorf("holds: %v (%v)", holds, err)
	}
}
