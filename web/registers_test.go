package web

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"mime/multipart"
	"net/http"
	"net/http/httptest"
	"os"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/sletdk/slet/audit"
	"github.com/sletdk/slet/detectors"
	"github.com/sletdk/slet/report"
	"github.com/sletdk/slet/retention"
	"github.com/sletdk/slet/scanner"
	"github.com/sletdk/slet/store"
)

// has fails unless an answer is a page with all of some texts.
func has(t testing.TB, res *httptest.ResponseRecorder, texts ...string) {
	t.Helper()
	if res.Code != http.StatusOK {
		t.Fatalf("%d %s", res.Code, res.Body)
	}
	for _, text := range texts {
		if !strings.Contains(res.Body.String(), text) {
			t.Errorf("the page has no %q:\n%s", text, res.Body)
		}
	}
}

func code(t testing.TB, res *httptest.ResponseRecorder, want int) *httptest.ResponseRecorder {
	t.Helper()
	if res.Code != want {
		t.Fatalf("%d, want %d: %s", res.Code, want, res.Body)
	}
	return res
}

// TestHolds adds a hold, sees how much it keeps, and releases it.
func TestHolds(t *testing.T) {
	x := newSite(t)
	x.items([]string{"Sager/a.txt", "Sager/b.txt", "c.txt"}, nil)
	p := x.somebody("anna", RoleDPO)
	res := code(t, p.post("/hold", "kilde", "drev", "sti", "./Sager/**", "grund", "retssag 010758-5001", "frist", "2027-01-31"), http.StatusSeeOther)
	holds, err := x.Store.Holds(t.Context())
	must(t, err)
	if len(holds) != 1 || holds[0].Path != "Sager/**" || holds[0].Owner != "anna" {
		t.Fatalf("%+v", holds)
	}
	id := holds[0].ID
	if want := "/hold?ny=" + id + "&antal=2"; res.Header().Get("Location") != want {
		t.Errorf("to %q, want %q", res.Header().Get("Location"), want)
	}
	page := p.get(res.Header().Get("Location"))
	has(t, page, id, "Sager/**", "31-01-2027", "bevarer 2 elementer", "retssag 010758-", "ikke talt endnu")
	if strings.Contains(page.Body.String(), "5001") {
		t.Error("the page shows a number")
	}
	has(t, p.get("/hold?ny="+id+"&antal=0"), "Det omfatter intet")
	code(t, p.post("/hold/"+id+"/frigiv"), http.StatusBadRequest) // without a reason
	code(t, p.post("/hold/"+id+"/frigiv", "hvorfor", "forlig"), http.StatusSeeOther)
	code(t, p.post("/hold/"+id+"/frigiv", "hvorfor", "forlig"), http.StatusConflict)
	added, released := x.logged(audit.TypeHoldAdded), x.logged(audit.TypeHoldReleased)
	if len(added) != 1 || added[0].Actor != "anna" || len(released) != 1 || released[0].Actor != "anna" || released[0].Detail["reason"] != "forlig" {
		t.Errorf("logged: %+v %+v", added, released)
	}
}

// TestHoldsThatCannotBe change nothing, and say why.
func TestHoldsThatCannotBe(t *testing.T) {
	x := newSite(t)
	p := x.somebody("anna", RoleDPO)
	for _, fields := range [][]string{
		{"grund", "x"}, {"sti", "a"}, {"sti", "[", "grund", "x"}, {"kilde", "ukendt", "grund", "x"}, {"cpr", "12", "grund", "x"},
		{"sag", "1", "grund", "x"}, {"sti", "a", "grund", "x", "frist", "2020-01-01"}, {"sti", "a", "grund", "x", "grundlag", "police"},
		{"kamera", "k", "grund", "x", "fra", "2026-11-02T10:00", "til", "2026-11-01T10:00"}, {"kamera", "k", "grund", "x", "fra", "x"},
		{"kamera", "k", "grund", "x", "grundlag", "x"},
	} {
		code(t, p.post("/hold", fields...), http.StatusBadRequest)
	}
	if holds, err := x.Store.Holds(t.Context()); err != nil || len(holds) != 0 {
		t.Errorf("%+v %v", holds, err)
	}
}

// TestHoldDuties: what the law asks of a hold of recordings stands with its
// deadline until it is done.
func TestHoldDuties(t *testing.T) {
	x := newSite(t)
	p := x.somebody("anna", RoleDPO)
	code(t, p.post("/hold", "kamera", "kam1", "fra", "2026-10-01T12:00", "grund", "tvist", "grundlag", "dispute", "cpr", "010758-5001"), http.StatusSeeOther)
	holds, err := x.Store.Holds(t.Context())
	must(t, err)
	if len(holds) != 1 || holds[0].Subject != keyed("0107585001") || holds[0].Ground != retention.GroundDispute {
		t.Fatalf("%+v", holds)
	}
	has(t, p.get("/hold"), "Orientér den, tvisten angår", "senest 31-10-2026", "overskredet")
	id := holds[0].ID
	code(t, p.post("/hold/"+id+"/noter"), http.StatusBadRequest)
	code(t, p.post("/hold/"+id+"/noter", "orienteret", "2026-12-24"), http.StatusBadRequest) // to come
	code(t, p.post("/hold/"+id+"/noter", "orienteret", "2026-11-01"), http.StatusSeeOther)
	code(t, p.post("/hold/H-x/noter", "orienteret", "2026-11-01"), http.StatusNotFound)
	has(t, p.get("/hold"), "gjort 01-11-2026")
	if n := x.logged(audit.TypeHoldNoted); len(n) != 1 || n[0].Actor != "anna" || n[0].Detail["notified"] != "2026-11-01" {
		t.Errorf("logged: %+v", n)
	}
	noNumbers(t, x, "5001")
}

// noNumbers fails if the audit log has a text that must not be in it.
func noNumbers(t testing.TB, x *site, number string) {
	t.Helper()
	b, err := os.ReadFile(x.audit)
	must(t, err)
	if bytes.Contains(b, []byte(number)) {
		t.Error("the audit log has a number of a person")
	}
}

// TestArchiveLocks adds a lock, records a delivery, and then the disposal.
func TestArchiveLocks(t *testing.T) {
	x := newSite(t)
	x.items([]string{"Sager/a.txt"}, nil)
	p := x.somebody("anna", RoleDPO)
	code(t, p.post("/arkivspaerrer", "sti", "Sager/**", "grund", "bevaringsværdig"), http.StatusBadRequest) // no provision
	code(t, p.post("/arkivspaerrer", "grund", "x", "hjemmel", "x"), http.StatusBadRequest)                  // of nothing
	code(t, p.post("/arkivspaerrer", "sti", "Sager/**", "grund", "bevaringsværdig", "hjemmel", "bek. 591/2003"), http.StatusSeeOther)
	holds, err := x.Store.Holds(t.Context())
	must(t, err)
	if len(holds) != 1 || !holds[0].Archive {
		t.Fatalf("%+v", holds)
	}
	has(t, p.get("/arkivspaerrer"), holds[0].ID, "bek. 591/2003", "Sager/**")
	end := "/arkivspaerrer/" + holds[0].ID + "/afleveret"
	code(t, p.post(end), http.StatusBadRequest)
	code(t, p.post(end, "dato", "2027-01-01"), http.StatusBadRequest) // to come
	code(t, p.post(end, "dato", "2026-05-01"), http.StatusSeeOther)
	has(t, p.get("/arkivspaerrer"), "01-05-2026")
	code(t, p.post(end, "kassabel", "bek. 995/2010"), http.StatusSeeOther)
	code(t, p.post(end, "kassabel", "bek. 995/2010"), http.StatusNotFound)
	ended := x.logged(audit.TypeArchiveEnded)
	if len(ended) != 2 || ended[0].Actor != "anna" || ended[0].Detail["delivered"] != "2026-05-01" || ended[1].Detail["provision"] != "bek. 995/2010" {
		t.Errorf("logged: %+v", ended)
	}
}

// upload sends a file as a browser does.
func (p *person) upload(path, name, content string) *httptest.ResponseRecorder {
	var b bytes.Buffer
	w := multipart.NewWriter(&b)
	part, err := w.CreateFormFile("fil", name)
	must(p.x.t, err)
	_, err = part.Write([]byte(content))
	must(p.x.t, err)
	must(p.x.t, w.Close())
	r := httptest.NewRequest(http.MethodPost, path, &b)
	r.Header.Set("Content-Type", w.FormDataContentType())
	r.Header.Set("Sec-Fetch-Site", "same-origin")
	return p.do(r)
}

var contentHash = regexp.MustCompile(`name="indhold" value="([0-9a-f]{64})"`)

// TestEventsAreImportedAfterAPreview: what comes into the register is what the
// person was shown, and nothing before they have said yes.
func TestEventsAreImportedAfterAPreview(t *testing.T) {
	x := newSite(t)
	anna, bo := x.somebody("anna", RoleDPO), x.somebody("bo", RoleDPO)
	const file = "cpr;hændelse;dato\n010758-5001;fratrædelse;2019-06-30\n"
	page := anna.upload("/haendelser", "fratrådte.csv", file)
	has(t, page, "Intet er indlæst endnu", "fratraedelse", "Ingen regel regner fra hændelsen")
	m := contentHash.FindStringSubmatch(page.Body.String())
	if m == nil || strings.Contains(page.Body.String(), "5001") {
		t.Fatalf("the preview: %s", page.Body)
	}
	if list, err := x.Store.RegisterEvents(t.Context()); err != nil || len(list) != 0 {
		t.Fatalf("%+v %v", list, err)
	}
	code(t, bo.post("/haendelser/bekraeft", "indhold", m[1]), http.StatusBadRequest) // was shown nothing
	code(t, anna.post("/haendelser/bekraeft", "indhold", strings.Repeat("0", 64)), http.StatusBadRequest)
	code(t, anna.post("/haendelser/bekraeft", "indhold", m[1]), http.StatusSeeOther)
	code(t, anna.post("/haendelser/bekraeft", "indhold", m[1]), http.StatusBadRequest) // once
	list, err := x.Store.RegisterEvents(t.Context())
	must(t, err)
	if len(list) != 1 || list[0].Subject != keyed("0107585001") {
		t.Fatalf("%+v", list)
	}
	has(t, anna.get("/haendelser"), list[0].Batch, "30-06-2019", "fratrådte.csv")
	has(t, anna.upload("/haendelser", "igen.csv", file), "Filen indeholder intet nyt")
	code(t, anna.post("/haendelser/"+list[0].Batch+"/annuller"), http.StatusBadRequest)
	code(t, anna.post("/haendelser/"+list[0].Batch+"/annuller", "hvorfor", "forkert fil"), http.StatusSeeOther)
	has(t, anna.get("/haendelser"), "annulleret", "forkert fil")
	in, out := x.logged(audit.TypeEventsImported), x.logged(audit.TypeEventsCancelled)
	if len(in) != 1 || in[0].Actor != "anna" || len(out) != 1 || out[0].Actor != "anna" {
		t.Errorf("logged: %+v %+v", in, out)
	}
	noNumbers(t, x, "5001")
}

// TestEventsThatCannotBeImported: a preview that is too old, a bad file, none,
// one that is too large.
func TestEventsThatCannotBeImported(t *testing.T) {
	x := newSite(t)
	p := x.somebody("anna", RoleDPO)
	page := p.upload("/haendelser", "a.csv", "cpr,event,date\n0107585001,x,2019-06-30\n")
	x.clock = x.clock.Add(importLife + time.Minute)
	p = x.again("anna")
	code(t, p.post("/haendelser/bekraeft", "indhold", contentHash.FindStringSubmatch(page.Body.String())[1]), http.StatusBadRequest)
	code(t, p.upload("/haendelser", "a.csv", "cpr,event\nx"), http.StatusBadRequest)
	code(t, p.upload("/haendelser", "a.csv", strings.Repeat("x", maxUpload)), http.StatusBadRequest)
	code(t, p.post("/haendelser"), http.StatusBadRequest)
	code(t, p.post("/haendelser/B-x/annuller", "hvorfor", "x"), http.StatusNotFound)
}

// again signs somebody in once more.
func (x *site) again(name string) *person {
	x.t.Helper()
	p := x.stranger()
	code(x.t, p.post("/login", "name", name, "password", password), http.StatusSeeOther)
	return p
}

// TestCountsInTime: a page shows what was counted when its time is over, and an
// error as an error.
func TestCountsInTime(t *testing.T) {
	began := time.Now()
	partial, err := inTime(t.Context(), func(ctx context.Context) error {
		<-ctx.Done()
		return ctx.Err()
	})
	if !partial || err != nil || time.Since(began) > 20*countTime {
		t.Errorf("counting without an end: %v, %v after %s", partial, err, time.Since(began))
	}
	if partial, err := inTime(t.Context(), func(context.Context) error { return errInput }); partial || !errors.Is(err, errInput) {
		t.Errorf("an error: %v, %v", partial, err)
	}
	ended, cancel := context.WithCancel(t.Context())
	cancel()
	if partial, err := inTime(ended, func(ctx context.Context) error { return ctx.Err() }); partial || err == nil {
		t.Errorf("a request that has ended: %v, %v", partial, err)
	}
}

// TestLogPage filters and pages the log, and says whether it holds.
func TestLogPage(t *testing.T) {
	x := newSite(t)
	p := x.somebody("rikke", RoleAuditor)
	for i := range logPage + 5 {
		_, err := x.Log.Append(audit.Entry{Time: x.clock, Type: "test.line", Actor: "bo", Plan: "P-1", Item: fmt.Sprint("i", i), Detail: map[string]string{"why": "010758-5001 <b>"}})
		must(t, err)
	}
	page := p.get("/log")
	has(t, page, "test.line", fmt.Sprint("i", logPage+4), `rel="next"`, "&lt;b&gt;")
	if strings.Contains(page.Body.String(), "5001") {
		t.Error("the page shows a number")
	}
	next := nextLink.FindStringSubmatch(page.Body.String())
	has(t, p.get(next[1]), "web.signed_in")
	has(t, p.get("/log?element=i3"), "i3")
	if body := p.get("/log?element=i3").Body.String(); strings.Contains(body, "i4<") || strings.Contains(body, `rel="next"`) {
		t.Error("the filter lets others through")
	}
	has(t, p.get("/log?type=web.signed_in&person=ingen"), "Ingen linje passer")
	code(t, p.get("/log?foer=x"), http.StatusBadRequest)
	has(t, p.post("/log/kontrol"), "Loggen er ubrudt")
	x.Verify = func(context.Context) report.AuditLog { return report.AuditLog{Problem: "line 7: edited"} }
	has(t, p.post("/log/kontrol"), "Loggen er brudt", "line 7: edited")
}

// TestCameraPage: what is over the deadline is said first.
func TestCameraPage(t *testing.T) {
	x := newSite(t)
	soon := x.clock.Add(-time.Hour)
	data, err := json.Marshal(Numbers{Cameras: []report.CameraStatus{
		{Source: "kam", Camera: "Port", Oldest: x.clock.AddDate(0, 0, -3), NextDue: &soon},
		{Source: "kam", Camera: "Foyer", Oldest: x.clock.AddDate(0, 0, -40), Over: 4, Holds: []string{"H-1"}, SilentSince: &soon},
	}})
	must(t, err)
	must(t, x.Store.AddSnapshot(t.Context(), store.Snapshot{Taken: x.clock, Data: data}))
	elapsed, err := json.Marshal(Numbers{Cameras: []report.CameraStatus{{Source: "kam", Camera: "Port", NextDue: &soon}}})
	must(t, err)
	for _, role := range []string{RoleIT, RoleAuditor, RoleDPO} {
		page := x.somebody(role, role).get("/kameraer")
		has(t, page, "<strong>4</strong>", "40 dage", "H-1", "forfalden siden opgørelsen")
		if body := page.Body.String(); strings.Index(body, "Foyer") > strings.Index(body, "Port") {
			t.Error("what is over the deadline does not come first")
		}
	}
	// What fell due since the count is not called kept.
	must(t, x.Store.AddSnapshot(t.Context(), store.Snapshot{Taken: x.clock.Add(1), Data: elapsed}))
	if body := x.again(RoleDPO).get("/kameraer").Body.String(); strings.Contains(body, "Ingen optagelse er over fristen") || !strings.Contains(body, "forfalden siden") {
		t.Error("what fell due since the count is called kept")
	}
	// Nor is what nobody could read.
	unread, err := json.Marshal(Numbers{Cameras: []report.CameraStatus{{Source: "kam", Camera: "Port", Ring: true, Unread: true, Locked: 7}}})
	must(t, err)
	must(t, x.Store.AddSnapshot(t.Context(), store.Snapshot{Taken: x.clock.Add(2), Data: unread}))
	p := x.again(RoleDPO)
	page := p.get("/kameraer")
	has(t, page, "kan ligge mere over fristen", "kam: ring; optagerens liste mangler", "7 låst")
	if strings.Contains(page.Body.String(), "Ingen optagelse er over fristen") {
		t.Error("a recorder whose list was not read is called in order")
	}
	read, err := json.Marshal(Numbers{Cameras: []report.CameraStatus{{Source: "kam", Camera: "Port", Ring: true}}})
	must(t, err)
	must(t, x.Store.AddSnapshot(t.Context(), store.Snapshot{Taken: x.clock.Add(3), Data: read}))
	has(t, p.get("/kameraer"), "Ingen optagelse er over fristen")
}

// TestOnePerson: a search shows what is about the person, and is logged with
// the name of who asked; the number is nowhere.
func TestOnePerson(t *testing.T) {
	x := newSite(t)
	x.about(keyed("0107585001"), "Sager/hendes.txt")
	p := x.somebody("anna", RoleDPO)
	page := p.post("/indsigt", "cpr", "010758-5001")
	has(t, page, "Sager/hendes.txt", keyed("0107585001"), "Lav sletteforslag")
	noNumbers(t, x, "5001")
	has(t, p.post("/indsigt", "cpr", "1503705008"), "ikke fundet noget om personen", "7 steder kunne ikke undersøges")
	code(t, p.post("/indsigt", "cpr", "x"), http.StatusBadRequest)
	shown := x.logged(audit.TypeSubjectShown)
	if len(shown) != 2 || shown[0].Actor != "anna" || shown[0].Detail["subject"] != keyed("0107585001") {
		t.Errorf("logged: %+v", shown)
	}
	code(t, p.post("/indsigt/forslag", "person", "010758-5001"), http.StatusBadRequest)
	has(t, p.post("/indsigt/forslag", "person", keyed("0107585001")), "Forslaget er lavet:")
	plans, err := x.Store.Plans(t.Context())
	must(t, err)
	if len(plans) != 1 || plans[0].Items != 1 {
		t.Errorf("%+v", plans)
	}
	has(t, p.post("/indsigt/forslag", "person", keyed("1503705008")), "Intet kan slettes")
	x.Decide = func(context.Context) (func(store.Finding) retention.Decision, error) {
		return func(store.Finding) retention.Decision { return retention.Decision{Restricted: true} }, nil
	}
	page = p.post("/indsigt", "cpr", "010758-5001")
	has(t, page, "1 elementer er begrænset")
	if strings.Contains(page.Body.String(), "hendes.txt") {
		t.Error("what is restricted is shown")
	}
}

// TestSchedulePage compares versions, and shows what the rules decide.
func TestSchedulePage(t *testing.T) {
	x := newSite(t)
	p := x.somebody("anna", RoleDPO)
	const rule = "version: %q\nrules:\n  - {id: R1, title: Alt, basis: test, match: {source: [drev]}, trigger: modified, delete_after: %s, action: erase}\n"
	for i, period := range []string{"P1Y", "P2Y"} {
		text := fmt.Sprintf(rule, fmt.Sprint("v", i), period)
		s, err := retention.ParseSchedule("s", []byte(text))
		must(t, err)
		must(t, x.Store.UseSchedule(t.Context(), store.Schedule{Version: s.Version, Hash: s.Hash(), Text: text}, x.clock.Add(time.Duration(i)*time.Hour)))
	}
	data, err := json.Marshal(Numbers{Rules: map[string]map[retention.Disposition]int64{"R1": {retention.Due: 41, retention.Keep: 2}, "": {retention.NoRule: 9}}})
	must(t, err)
	must(t, x.Store.AddSnapshot(t.Context(), store.Snapshot{Taken: x.clock, Data: data}))
	has(t, p.get("/sletteplan"), "v0", "v1", ">41</span>", "af 43", "9 elementer rammes ikke")
	has(t, p.get("/sletteplan?fra=0&til=1"), "Ændringer", "slettefristen er nu 2 år")
	has(t, p.get("/sletteplan?fra=1&til=1"), "Der er ingen forskel")
	for _, bad := range []string{"fra=2&til=0", "fra=x&til=0", "fra=0", "fra=-1&til=0"} {
		code(t, p.get("/sletteplan?"+bad), http.StatusBadRequest)
	}
}

// about puts a readable item about one person into the inventory, and seven
// places that could not be examined into the numbers.
func (x *site) about(subject, path string) {
	x.t.Helper()
	ctx := x.t.Context()
	sc, err := x.Store.BeginScan(ctx, "drev", x.clock)
	must(x.t, err)
	must(x.t, sc.Record(ctx, store.Finding{
		Ref: "i0000000000aa", SourceType: "files", Fingerprint: "fp", ContentMAC: "mac", Examined: x.clock,
		Item:    scanner.Item{Source: "drev", ID: path, Path: path, Kind: scanner.KindFile, Size: 1234, Version: "v", Modified: x.clock.AddDate(-2, 0, 0)},
		Matches: []detectors.Match{{Detector: "cpr", Category: "cpr", Value: "010758-••••", Key: "k1", Subject: subject, Confidence: detectors.Confirmed}},
	}))
	must(x.t, sc.Finish(ctx, x.clock, true, store.Totals{Seen: 1, Scanned: 1}))
	data, err := json.Marshal(Numbers{Report: report.Report{Sources: []report.Source{{Name: "drev", Gaps: 7}}}})
	must(x.t, err)
	must(x.t, x.Store.AddSnapshot(ctx, store.Snapshot{Taken: x.clock, Data: data}))
}
