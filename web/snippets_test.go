package web

import (
	"errors"
	"net/http"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/sletdk/slet/config"
	"github.com/sletdk/slet/detectors"
	"github.com/sletdk/slet/scanner"
	"github.com/sletdk/slet/store"
)

// letter adds an item with the matches of a text, examined as a scan does.
func (x *site) letter(ref, path, content string) {
	x.t.Helper()
	key, err := config.LoadKey(x.t.TempDir())
	must(x.t, err)
	x.Store.SealWith(key)
	e, err := detectors.New(detectors.Options{Snippets: true, Key: key.Value, Today: x.clock})
	must(x.t, err)
	f := store.Finding{
		Ref: ref, SourceType: "files", Fingerprint: "fp", ContentMAC: "mac", Examined: x.clock, DocumentType: "klage",
		Item: scanner.Item{Source: "drev", ID: path, Path: path, Kind: scanner.KindFile, Size: int64(len(content)), Version: "v", Modified: x.clock.AddDate(-2, 0, 0)},
	}
	s := e.Stream(func(m detectors.Match) { f.Matches = append(f.Matches, m) })
	must(x.t, errors.Join(s.Part("", true), s.Text([]byte(content)), s.Close()))
	sc, err := x.Store.BeginScan(x.t.Context(), "drev", x.clock)
	must(x.t, err)
	must(x.t, sc.Record(x.t.Context(), f))
	must(x.t, sc.Finish(x.t.Context(), x.clock, false, store.Totals{}))
}

const complaint = "Klage over støj\n\nJeg hedder Else Toft, cpr 010758-5001, og bor på 2. sal. Min nabo spiller høj musik hver nat.\n" +
	"Jeg har været sygemeldt siden maj og kan ikke sove.\n\nRing til mig på tlf. 20 12 34 56 eller skriv til else.toft@example.dk.\n"

// TestSnippetsAreShown: to the DPO, and to the owner of the item; masked, and
// with what a document says taken as words, not as HTML.
func TestSnippetsAreShown(t *testing.T) {
	x := newSite(t)
	refs := x.items([]string{"a.txt", "b.txt"}, map[string]string{"a.txt": "hanne", "b.txt": "bo"})
	x.letter(refs[0], "a.txt", complaint+"<img src=x onerror=alert(1)> cpr 290288-5008")
	anna, hanne, bo := x.somebody("anna", RoleDPO), x.somebody("hanne", RoleOwner), x.somebody("bo", RoleOwner)
	for name, p := range map[string]*person{"the DPO": anna, "the owner": hanne} {
		body := p.get("/fund/" + refs[0]).Body.String()
		if !strings.Contains(body, "Jeg hedder E•••• T••••, cpr <mark>010758-••••</mark>, og bor på 2. sal.") || !strings.Contains(body, "<mark>sygemeldt</mark>") {
			t.Errorf("%s sees no snippet", name)
		}
		for _, raw := range []string{"5001", "Else", "20 12 34 56", "else.toft", "<img", "ikke gemt"} {
			if strings.Contains(body, raw) {
				t.Errorf("%s sees %q", name, raw)
			}
		}
	}
	for name, p := range map[string]*person{"another owner": bo, "IT": x.somebody("ida", RoleIT), "an auditor": x.somebody("rita", RoleAuditor)} {
		if res := p.get("/fund/" + refs[0]); res.Code == http.StatusOK || strings.Contains(res.Body.String(), "sygemeldt") {
			t.Errorf("%s sees the finding: %d", name, res.Code)
		}
	}
	// An item without snippets says why, kindly.
	if body := anna.get("/fund/" + refs[1]).Body.String(); !strings.Contains(body, "Teksten omkring fundene er ikke gemt") {
		t.Error("an item that was examined before does not say why there is no text")
	}
	for _, list := range []string{"/fund", "/log", "/", "/drift"} {
		if strings.Contains(anna.get(list).Body.String(), "sygemeldt siden") {
			t.Errorf("%s has words of the document", list)
		}
	}
	// They are not where they cannot be read: the page is as it was.
	x.Store.SealWith(nil)
	if res := anna.get("/fund/" + refs[0]); res.Code != http.StatusOK || strings.Contains(res.Body.String(), "<mark>") {
		t.Errorf("without a key: %d", res.Code)
	}
	key, err := config.LoadKey(t.TempDir())
	must(t, err)
	x.Store.SealWith(key)
	if res := anna.get("/fund/" + refs[0]); res.Code != http.StatusOK || strings.Contains(res.Body.String(), "<mark>") {
		t.Errorf("with another key: %d", res.Code)
	}
}

// TestAnswersThatClose: which answers take the snippets along.
func TestAnswersThatClose(t *testing.T) {
	x := newSite(t)
	refs := x.items([]string{"a.txt"}, nil)
	x.somebody("bo", RoleOwner)
	p := x.somebody("anna", RoleDPO)
	for _, tc := range []struct {
		fields []string
		closes bool
	}{
		{[]string{"svar", "owner", "tekst", "bo"}, false},
		{[]string{"svar", "false", "tekst", "ikke et nummer"}, true}, // of all there is
		{[]string{"svar", "journalise", "tekst", "2026-1234"}, true},
		{[]string{"svar", "keep", "tekst", "lov", "frist", "2027-01-31"}, true},
		{[]string{"svar", "hold", "tekst", "retssag"}, true},
		{[]string{"svar", "private"}, true},
	} {
		x.clock = x.clock.Add(time.Minute)
		// The last word counts, so that the next letter has snippets again.
		must(t, x.Store.AddAnswers(t.Context(), []store.Answer{{Ref: refs[0], Kind: AnswerOwner, Person: "anna", Answered: x.clock}}))
		x.letter(refs[0], "a.txt", complaint)
		if list, err := x.Store.Snippets(t.Context(), refs[0]); err != nil || len(list) == 0 {
			t.Fatalf("before %v there are none (%v)", tc.fields, err)
		}
		x.clock = x.clock.Add(time.Minute)
		if res := p.post("/fund/svar", slices.Concat([]string{"ref", refs[0]}, tc.fields)...); res.Code != http.StatusSeeOther {
			t.Fatalf("%v: %d", tc.fields, res.Code)
		}
		if list, err := x.Store.Snippets(t.Context(), refs[0]); err != nil || (len(list) == 0) != tc.closes {
			t.Errorf("%v: %d snippets are left (%v)", tc.fields, len(list), err)
		}
	}
	log, err := os.ReadFile(x.audit)
	must(t, err)
	if text := string(log); !strings.Contains(text, "retssag") || strings.Contains(text, "nabo") || strings.Contains(text, "sygemeldt") {
		t.Error("words of the document are in the audit log, or it is empty")
	}
}
