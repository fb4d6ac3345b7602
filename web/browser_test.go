package web

import (
	"bytes"
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"image/png"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp"

	"github.com/sletdk/slet/audit"
	"github.com/sletdk/slet/erase"
	"github.com/sletdk/slet/internal/testenv"
	"github.com/sletdk/slet/report"
	"github.com/sletdk/slet/retention"
	"github.com/sletdk/slet/scanner"
	"github.com/sletdk/slet/store"
)

var update = flag.Bool("update", false, "take the screenshots of docs/img again")

// browser is one person's browser.
type browser struct {
	t    *testing.T
	ctx  context.Context
	base string
}

// browsers starts Chromium; each call of the returned function is a person
// with cookies of their own.
func browsers(t *testing.T, x *site) func() *browser {
	t.Helper()
	srv := httptest.NewServer(x)
	t.Cleanup(srv.Close)
	opts := append(chromedp.DefaultExecAllocatorOptions[:],
		chromedp.ExecPath(testenv.Program(t, "chromium")), chromedp.NoSandbox, chromedp.WindowSize(1280, 900),
		chromedp.Flag("disable-quic", true), chromedp.Flag("disable-component-update", true), chromedp.UserDataDir(t.TempDir()))
	alloc, stop := chromedp.NewExecAllocator(context.Background(), opts...)
	t.Cleanup(stop)
	first, end := chromedp.NewContext(alloc)
	t.Cleanup(end)
	must(t, chromedp.Do(first))
	return func() *browser {
		ctx, end := chromedp.NewContext(first, chromedp.WithNewBrowserContext())
		t.Cleanup(end)
		must(t, chromedp.Do(ctx))
		ctx, cancel := context.WithTimeout(ctx, 2*time.Minute)
		t.Cleanup(cancel)
		return &browser{t: t, ctx: ctx, base: srv.URL}
	}
}

func (b *browser) do(steps ...chromedp.Action[chromedp.Void]) {
	b.t.Helper()
	if err := chromedp.Do(b.ctx, steps...); err != nil {
		b.t.Fatal(err)
	}
}

// goTo opens a page and returns its status.
func (b *browser) goTo(path string) int64 {
	b.t.Helper()
	res, err := chromedp.RunResponse(b.ctx, chromedp.Navigate(b.base+path))
	must(b.t, err)
	return int64(res.Status)
}

// press clicks something that leads to another page, and waits for it.
func (b *browser) press(selector string) {
	b.t.Helper()
	if _, err := chromedp.RunResponse(b.ctx, chromedp.Click(selector)); err != nil {
		b.t.Fatalf("press %s: %v", selector, err)
	}
}

func (b *browser) text(selector string) string {
	b.t.Helper()
	s, err := chromedp.Run(b.ctx, chromedp.Text(selector))
	must(b.t, err)
	return s
}

func eval[T any](b *browser, expression string, opts ...chromedp.EvaluateOption) T {
	b.t.Helper()
	v, err := chromedp.Run(b.ctx, chromedp.Evaluate[T](expression, opts...))
	must(b.t, err)
	return v
}

func (b *browser) path() string {
	return eval[string](b, "location.pathname")
}

// paths are the links in the first column of a list.
func (b *browser) paths() []string {
	return eval[[]string](b, `[...document.querySelectorAll("[data-list] td.path a")].map(a => a.textContent)`)
}

func (b *browser) signIn(name string) {
	b.t.Helper()
	b.goTo("/login")
	b.do(chromedp.SendKeys("input[name=name]", name), chromedp.SendKeys("input[name=password]", password))
	b.press("button.go")
}

// office is a site with a small office's worth of findings.
func office(t *testing.T) *site {
	t.Helper()
	x := newSite(t)
	x.rules = erase.Rules{SecondItems: 1, Wait: 48 * time.Hour}
	x.items([]string{
		"Ansøgninger/2024/ansøgning Karen Blixt.docx", "Ansøgninger/2024/ansøgning Hans Vad.docx", "Ansøgninger/2024/ansøgning Else Toft.docx",
		"Beboere/Møllevej 4/klage 010758-5001.txt", "Personale/Sine Mark/kontrakt.docx", "Økonomi/Bilag/bilag 1001.pdf",
		`<img src=x onerror="window.pwned=1">.txt`,
	}, map[string]string{"Personale/Sine Mark/kontrakt.docx": "hanne"})
	x.letter("i000000000004", "Beboere/Møllevej 4/klage 010758-5001.txt", complaint)
	for name, role := range map[string]string{"anna": RoleDPO, "bo": RoleDPO, "ida": RoleIT, "hanne": RoleOwner} {
		must(t, x.Store.AddUser(t.Context(), store.User{Name: name, Role: role, Password: x.hash, Created: x.clock}))
	}
	return x
}

// TestADayOfTheDPO is what the pages are for, done by hand in a real browser.
func TestADayOfTheDPO(t *testing.T) {
	x := office(t)
	open := browsers(t, x)
	anna := open()

	if anna.goTo("/fund"); anna.path() != "/login" {
		t.Fatalf("a stranger is at %s", anna.path())
	}
	anna.do(chromedp.SendKeys("input[name=name]", "anna"), chromedp.SendKeys("input[name=password]", password))
	anna.press("button.go")
	if anna.path() != "/fund" {
		t.Fatalf("after signing in she is at %s", anna.path())
	}

	// She filters.
	anna.do(chromedp.SetValue("input[name=tekst]", "ANSØGNING "))
	anna.press(".filter button.go")
	if got := anna.paths(); len(got) != 3 {
		t.Fatalf("filtered: %q", got)
	}
	// She marks two by keyboard: next, select, next, select.
	anna.do(chromedp.KeyEvent("jxjx"))
	if got := anna.text("[data-selected]"); got != "2" {
		t.Errorf("%s are selected", got)
	}
	chosen := eval[[]string](anna, `[...document.querySelectorAll("[data-list] input:checked")].map(i => i.closest("tr").querySelector("td.path a").textContent)`)

	// She opens a finding and puts it on hold.
	anna.goTo("/fund?tekst=klage")
	anna.press("[data-list] td.path a")
	if h := anna.text("h1"); !strings.Contains(h, "klage 010758-••••") {
		t.Errorf("the finding is headed %q", h)
	}
	anna.do(chromedp.SetValue("select[name=svar]", "hold"), chromedp.SendKeys("form.card input[name=tekst]", "retssag"))
	anna.press("form.card button.go")
	if tag := anna.text(".lead .tag"); tag != "tilbageholdt" {
		t.Errorf("after the hold it is %q", tag)
	}

	// She orders a plan, which the page shows by itself when it is made, leaves one
	// item out, and approves the rest.
	x.Ordered = func() { time.AfterFunc(300*time.Millisecond, func() { must(t, x.MakePlans(t.Context())) }) }
	anna.goTo("/sletteforslag")
	anna.press("main form button.go")
	if said := anna.text("#forslag strong"); said != "venter på at blive lavet" {
		t.Errorf("the page says of the order: %q", said)
	}
	anna.do(chromedp.WaitVisible("#forslag section a"))
	anna.press("#forslag section a")
	plan := anna.path()
	anna.do(chromedp.Click(`[data-list] tr:nth-child(2) input[name=undtag]`), chromedp.Click("input[name=set]"))
	anna.press("button.danger")
	if tag := anna.text(".lead .tag"); tag != "foreslået" {
		t.Errorf("after one yes it is %q", tag)
	}

	// IT cannot see it, and cannot approve it.
	ida := open()
	ida.signIn("ida")
	if got := ida.goTo(plan); got != 403 {
		t.Errorf("IT sees the plan: %d", got)
	}
	if got := eval[int64](ida, fmt.Sprintf(`fetch(%q, {method: "POST", body: new URLSearchParams({set: "ja"})}).then(r => r.status)`, plan+"/godkend"), chromedp.EvalAwaitPromise); got != 403 {
		t.Errorf("IT approves: %d", got)
	}

	// A second person approves it; it waits.
	bo := open()
	bo.signIn("bo")
	bo.goTo(plan)
	bo.do(chromedp.Click("input[name=set]"))
	bo.press("button.danger")
	if tag, note := bo.text(".lead .tag"), bo.text(".note"); tag != "godkendt" || !strings.Contains(note, "48:00") {
		t.Errorf("after two: %q, %q", tag, note)
	}

	// She thinks better of it.
	anna.goTo(plan)
	anna.do(chromedp.SendKeys(`form[action$="/annuller"] input`, "sagen er genoptaget"))
	anna.press(`form[action$="/annuller"] button`)
	if tag := anna.text(".lead .tag"); tag != "bortfaldet" {
		t.Errorf("after cancelling: %q", tag)
	}
	for _, kind := range []string{audit.TypeSignIn, audit.TypeHoldAdded, audit.TypeAnswered, audit.TypePlanProposed, audit.TypePlanApproved, audit.TypePlanCancelled} {
		if len(x.logged(kind)) == 0 {
			t.Errorf("%s is not in the audit log", kind)
		}
	}

	// She imports events, and reads in the log what everybody did.
	file := filepath.Join(t.TempDir(), "fratrådte.csv")
	must(t, os.WriteFile(file, []byte("hændelse;dato;sti\nfratrædelse;30-06-2020;Personale/Sine Mark\n"), 0o600))
	anna.goTo("/haendelser")
	anna.do(chromedp.SetUploadFiles("input[type=file]", []string{file}))
	anna.press("form[enctype] button.go")
	if text := anna.text("main"); !strings.Contains(text, "Intet er indlæst endnu") || !strings.Contains(text, "fratraedelse") {
		t.Errorf("the preview says %q", text)
	}
	anna.press(`form[action="/haendelser/bekraeft"] button.go`)
	if events, err := x.Store.RegisterEvents(t.Context()); err != nil || len(events) != 1 {
		t.Errorf("in the register: %v (%v)", events, err)
	}
	anna.goTo("/log")
	if text := anna.text("main"); !strings.Contains(text, "anna") || !strings.Contains(text, "bo") || !strings.Contains(text, plan[len("/sletteforslag/"):]) {
		t.Errorf("the log says %q", text)
	}

	// An owner sees what is hers.
	hanne := open()
	hanne.signIn("hanne")
	hanne.goTo("/fund?vis=alle")
	if got := hanne.paths(); !slices.Equal(got, []string{"Personale/Sine Mark/kontrakt.docx"}) {
		t.Errorf("the owner sees %q", got)
	}
	if len(chosen) != 2 || chosen[0] == chosen[1] {
		t.Errorf("by keyboard: %q", chosen)
	}

	// And a name is only a name.
	anna.goTo("/fund?vis=alle")
	if !slices.ContainsFunc(anna.paths(), func(p string) bool { return strings.Contains(p, "onerror") }) || eval[bool](anna, "window.pwned === 1") {
		t.Error("a name was run, or is not shown")
	}
}

// visited are the pages that everybody's eyes and readers must be able to use.
func visited(x *site, b *browser) []string {
	b.goTo("/sletteforslag")
	b.press("main form button.go")
	b.press("#forslag section a")
	plan := b.path()
	paths := []string{"/fund/" + "i000000000004", plan, "/fund/grupper?af=mappe", "/fund/grupper?af=person&tekst=x", "/fund/grupper?af=kopier&kun=forfaldne", "/fund?gruppe=mappe&nr=i000000000004&alle=ja"}
	for _, m := range menu {
		paths = append(paths, m.href)
	}
	return paths
}

// TestPagesForEverybody looks for what keeps people out: axe-core's serious
// faults (WCAG 2.1 A and AA), and pages that are wider than a phone.
func TestPagesForEverybody(t *testing.T) {
	axe, err := os.ReadFile(filepath.Join(testenv.Npm(t, "axe-core@4.14.1"), "axe.min.js"))
	must(t, err)
	x := office(t)
	x.asksOwners()
	open := browsers(t, x)
	b := open()
	type fault struct {
		ID, Impact, Help string
		Nodes            []struct{ HTML string }
	}
	look := func(path string) {
		b.do(chromedp.EmulateViewport(1280, 900))
		if got := b.goTo(path); got != 200 {
			t.Errorf("%s: %d", path, got)
		}
		eval[any](b, string(axe)+"; null")
		raw := eval[string](b, `axe.run({runOnly: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "best-practice"]}).then(r => JSON.stringify(r.violations))`, chromedp.EvalAwaitPromise)
		var faults []fault
		must(t, json.Unmarshal([]byte(raw), &faults))
		for _, f := range faults {
			if f.Impact == "serious" || f.Impact == "critical" {
				t.Errorf("%s: %s (%s): %s\n%s", path, f.ID, f.Impact, f.Help, f.Nodes[0].HTML)
			}
		}
		b.do(chromedp.EmulateViewport(390, 844))
		if wide := eval[int64](b, "document.documentElement.scrollWidth"); wide > 390 {
			t.Errorf("%s is %d pixels wide on a phone of 390", path, wide)
		}
		b.do(chromedp.EmulateViewport(1280, 900))
	}
	look("/login")
	b.signIn("anna")
	for _, path := range visited(x, b) {
		look(path)
	}
	for name, paths := range map[string][]string{"hanne": {"/fund", "/fund/i000000000005"}, "lene": {"/ejere", "/fund"}} {
		b = open()
		b.signIn(name)
		for _, path := range paths {
			look(path)
		}
	}
}

// asksOwners has the site wait for owners, of whom there are some.
func (x *site) asksOwners() {
	x.t.Helper()
	x.notice = erase.Notice{Window: retention.Period{Days: 14}, MayAnswer: MayAnswer, Route: func(it scanner.Item) string {
		return map[string]string{"Personale": "hanne", "Økonomi": "ole"}[strings.Split(it.Path, "/")[0]]
	}}
	must(x.t, x.Store.AddUser(x.t.Context(), store.User{Name: "lene", Role: RoleLeader, Leads: []string{"hanne", "ole"}, Password: x.hash, Created: x.clock}))
	must(x.t, x.Store.SetOwnerNumbers(x.t.Context(), []store.OwnerNumbers{
		{Owner: "hanne", Waiting: 1, Oldest: x.clock.AddDate(0, 0, -12), Month: 5, Recent: 4, Answered: 27, AnsweredRecent: 3, Taken: x.clock},
		{Owner: "ole", Waiting: 1234, Oldest: x.clock.AddDate(0, -7, 0), Month: 31, Recent: 12, Answered: 2, Taken: x.clock},
		{Owner: "sine", Answered: 4, AnsweredRecent: 1, Taken: x.clock},
	}))
}

// TestScreenshots takes the pictures of the README; they are kept only with
// -update, since they differ from machine to machine.
func TestScreenshots(t *testing.T) {
	dir := t.TempDir()
	if *update {
		dir = filepath.Join("..", "docs", "img")
	}
	x := office(t)
	x.trend()
	b := browsers(t, x)()
	b.signIn("anna")
	for i, path := range []string{"/", "/fund", "/fund/i000000000004", visited(x, b)[1], "/fund/grupper?af=mappe"} {
		b.goTo(path)
		shot, err := chromedp.Run(b.ctx, chromedp.CaptureScreenshot())
		must(t, err)
		if picture, err := png.DecodeConfig(bytes.NewReader(shot)); err != nil || picture.Width < 1000 || picture.Height < 500 {
			t.Errorf("%s: a picture of %d by %d (%v)", path, picture.Width, picture.Height, err)
		}
		must(t, os.WriteFile(filepath.Join(dir, []string{"overblik", "fund", "detalje", "sletteforslag", "grupper"}[i]+".png"), shot, 0o644))
	}
}

// trend gives the site a year of snapshots.
func (x *site) trend() {
	x.t.Helper()
	for week := 52; week >= 0; week-- {
		n := int64(1000 + 20*week)
		data, err := json.Marshal(report.Report{
			Schedule: "2026-11-21", Persons: 4211, Sources: []report.Source{
				{Name: "drev", Type: "smb", Seen: 412_388 - 300*int64(week), Examined: 412_001 - 300*int64(week), Skipped: 371, Failed: 16, Gaps: 16 + 3*int64(week), PrivateFolders: 212, Scanned: x.clock.Add(-9 * time.Hour), Complete: true},
				{Name: "post", Type: "imap", Seen: 88_120, Examined: 87_904, Skipped: 214, Failed: 2, Gaps: 9, PrivateFolders: 77, Scanned: x.clock.Add(-8 * time.Hour), Complete: true},
			},
			Decided:  []report.Count{{Name: "keep", N: 310_000}, {Name: "due", N: n}, {Name: "review", N: 2100 + 11*int64(week)}, {Name: "held", N: 312}, {Name: "no_rule", N: 180_000}},
			Findings: []report.Count{{Name: "cpr", N: 31_200, Sure: 29_877}, {Name: "helbred", N: 2_114, Sure: 611}, {Name: "fagforening", N: 212, Sure: 40}},
			Due:      report.Bands{Month: 212, HalfYear: 611, Year: 101, Longer: 76, Next30: 402, Next90: 1180},
		})
		must(x.t, err)
		must(x.t, x.Store.AddSnapshot(x.t.Context(), store.Snapshot{Taken: x.clock.AddDate(0, 0, -7*week), Data: data}))
	}
}
