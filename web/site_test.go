package web

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/sletdk/slet/audit"
	"github.com/sletdk/slet/detectors"
	"github.com/sletdk/slet/erase"
	"github.com/sletdk/slet/report"
	"github.com/sletdk/slet/retention"
	"github.com/sletdk/slet/scanner"
	"github.com/sletdk/slet/store"
)

// password is everybody's in these tests.
const password = "korrekt hest batteri hæfteklamme"

// site is the pages over a store of their own, with a clock that stands.
type site struct {
	*Server
	t     testing.TB
	clock time.Time
	audit string
	hash  string
	rules erase.Rules // of plans

	notice erase.Notice
}

func newSite(t testing.TB) *site {
	t.Helper()
	dir := t.TempDir()
	st, err := store.Open(t.Context(), "sqlite:"+filepath.Join(dir, "slet.db"))
	must(t, err)
	log, err := audit.Open(filepath.Join(dir, "audit.jsonl"))
	must(t, err)
	t.Cleanup(func() { must(t, log.Close()); must(t, st.Close()) })
	x := &site{t: t, clock: time.Date(2026, 11, 22, 9, 0, 0, 0, retention.Zone()), audit: filepath.Join(dir, "audit.jsonl")}
	schedule, err := retention.ParseSchedule("schedule.yaml", []byte("version: 1\nrules:\n  - {id: R1, title: Alt, basis: test, match: {source: [drev]}, trigger: modified, delete_after: P1Y, action: erase}\n"))
	must(t, err)
	x.Server, err = New(Config{Organisation: "Ærø <Kommune>", Version: "test"}, Deps{
		Store: st, Log: log, Now: func() time.Time { return x.clock },
		Work: func(_ context.Context, person string) (erase.Deps, error) {
			return erase.Deps{Store: st, Log: log, Schedule: schedule, Now: x.Now, MAC: func(sum [32]byte) string { return hex.EncodeToString(sum[:]) }, Mask: detectors.MaskText, Actor: person, Rules: x.rules, Notice: x.notice}, nil
		},
		Decide: func(ctx context.Context) (func(store.Finding) retention.Decision, error) {
			holds, err := st.Holds(ctx)
			return func(f store.Finding) retention.Decision {
				return retention.Decide(f.Facts(), schedule, nil, holds, x.clock)
			}, err
		},
		Verify:  func(context.Context) report.AuditLog { return report.AuditLog{OK: true} },
		Sources: func() []string { return []string{"drev"} },
		Keys:    retention.EventKeys{Subject: keyed, Person: keyed},
		Place:   func(h *retention.Hold) { h.Path = strings.TrimPrefix(h.Path, "./") },
		Logger:  slog.New(slog.DiscardHandler),
	})
	must(t, err)
	x.Ordered = func() { must(t, x.MakePlans(t.Context())) }
	x.hash, err = HashPassword(password)
	must(t, err)
	return x
}

// keyed stands in for a keyed MAC.
func keyed(s string) string {
	sum := sha256.Sum256([]byte("a key " + s))
	return "p" + hex.EncodeToString(sum[:8])
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// items fills the inventory with a letter for each name, two years old, and
// takes a snapshot. Item n is routed to the owner named in owners, if any.
func (x *site) items(names []string, owners map[string]string) (refs []string) {
	x.t.Helper()
	ctx := x.t.Context()
	sc, err := x.Store.BeginScan(ctx, "drev", x.clock)
	must(x.t, err)
	for i, name := range names {
		f := store.Finding{
			Ref: fmt.Sprintf("i%012x", i+1), SourceType: "files", Fingerprint: "fp", ContentMAC: "mac", Examined: x.clock,
			Item:    scanner.Item{Source: "drev", ID: name, Path: name, Kind: scanner.KindFile, Size: 1234, Version: "v", Modified: x.clock.AddDate(-2, 0, 0)},
			Matches: []detectors.Match{{Detector: "cpr", Category: "cpr", Where: "linje 2", Value: "010758-••••", Key: "k1", Subject: "p1", Confidence: detectors.Confirmed, Reasons: []string{"mod11"}}},
		}
		must(x.t, sc.Record(ctx, f))
		refs = append(refs, f.Ref)
	}
	must(x.t, sc.Finish(ctx, x.clock, true, store.Totals{Seen: int64(len(names)), Scanned: int64(len(names))}))
	decide, err := x.Decide(ctx)
	must(x.t, err)
	_, err = x.Store.RefreshWorklist(ctx, store.Basis{Rules: rand.Text(), Now: x.clock}, func(f store.Finding) store.Verdict {
		d := decide(f)
		return store.Verdict{Disposition: d.Disposition, Rule: d.Rule, Due: d.Due, Owner: owners[f.Item.Path]}
	})
	must(x.t, err)
	must(x.t, x.Store.RefreshGroups(ctx))
	data, err := json.Marshal(report.Report{Schedule: "1", Decided: []report.Count{{Name: "due", N: int64(len(names))}}, Sources: []report.Source{{Name: "drev", Type: "files", Seen: int64(len(names))}}})
	must(x.t, err)
	must(x.t, x.Store.AddSnapshot(ctx, store.Snapshot{Taken: x.clock, Data: data}))
	return refs
}

// person is a browser: it keeps its cookies.
type person struct {
	x       *site
	cookies map[string]*http.Cookie
	from    string // address
}

// somebody adds a user and signs them in.
func (x *site) somebody(name, role string) *person {
	x.t.Helper()
	must(x.t, x.Store.AddUser(x.t.Context(), store.User{Name: name, Role: role, Password: x.hash, Created: x.clock}))
	p := x.stranger()
	if res := p.post("/login", "name", name, "password", password); res.Code != http.StatusSeeOther {
		x.t.Fatalf("sign in %s: %d %s", name, res.Code, res.Body)
	}
	return p
}

func (x *site) stranger() *person {
	return &person{x: x, cookies: map[string]*http.Cookie{}, from: "192.0.2.1:4000"}
}

func (p *person) do(r *http.Request) *httptest.ResponseRecorder {
	r.RemoteAddr = p.from
	for _, c := range p.cookies {
		r.AddCookie(c)
	}
	w := httptest.NewRecorder()
	p.x.ServeHTTP(w, r)
	for _, c := range w.Result().Cookies() {
		p.cookies[c.Name] = c
		if c.MaxAge < 0 {
			delete(p.cookies, c.Name)
		}
	}
	return w
}

func (p *person) get(path string) *httptest.ResponseRecorder {
	return p.do(httptest.NewRequest(http.MethodGet, path, nil))
}

// post sends a form as a browser does from the pages themselves.
func (p *person) post(path string, fields ...string) *httptest.ResponseRecorder {
	r := httptest.NewRequest(http.MethodPost, path, strings.NewReader(form(fields).Encode()))
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	r.Header.Set("Sec-Fetch-Site", "same-origin")
	return p.do(r)
}

// propose orders a plan, and returns the address of the newest.
func (p *person) propose() string {
	p.x.t.Helper()
	if res := p.post("/sletteforslag"); res.Code != http.StatusSeeOther {
		p.x.t.Fatalf("ordering a plan: %d %s", res.Code, res.Body)
	}
	plans, err := p.x.Store.Plans(p.x.t.Context())
	if err != nil || len(plans) == 0 {
		p.x.t.Fatalf("no plan: %v", err)
	}
	return "/sletteforslag/" + plans[0].ID
}

func form(fields []string) url.Values {
	v := url.Values{}
	for i := 0; i+1 < len(fields); i += 2 {
		v.Add(fields[i], fields[i+1])
	}
	return v
}

func (x *site) logged(kind string) (entries []audit.Record) {
	x.t.Helper()
	f, err := os.Open(x.audit)
	must(x.t, err)
	defer f.Close()
	for r, err := range audit.Read(f) {
		must(x.t, err)
		if r.Type == kind {
			entries = append(entries, r)
		}
	}
	return entries
}
