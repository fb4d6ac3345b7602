package smb

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/sletdk/slet/audit"
	"github.com/sletdk/slet/erase"
	"github.com/sletdk/slet/internal/testenv"
	"github.com/sletdk/slet/retention"
	"github.com/sletdk/slet/store"
)

// office is an installation around a share, in which everything is due: a
// warrant can be had only from a run.
type office struct {
	server *testenv.SmbServer
	cfg    Config
	now    time.Time

	store    *store.Store
	log      *audit.Log
	schedule *retention.Schedule
}

func newOffice(t testing.TB, server *testenv.SmbServer) *office {
	t.Helper()
	dir := t.TempDir()
	o := &office{server: server, cfg: configOf(server, ""), now: time.Now().AddDate(1, 0, 0)}
	var err error
	o.schedule, err = retention.ParseSchedule("schedule.yaml", []byte(`
version: 2026-11-21
rules:
  - {id: R-1, title: alt, basis: test, match: {source: [deling]}, trigger: modified, delete_after: P30D, action: erase}
`))
	must(t, err)
	o.store, err = store.Open(t.Context(), "sqlite:"+filepath.Join(dir, "slet.db"))
	must(t, err)
	o.log, err = audit.Open(filepath.Join(dir, "audit.jsonl"))
	must(t, err)
	t.Cleanup(func() { must(t, errors.Join(o.store.Close(), o.log.Close())) })
	return o
}

func (o *office) path(rel string) string { return filepath.Join(o.server.Path, rel) }

func (o *office) deps() erase.Deps {
	return erase.Deps{
		Store: o.store, Log: o.log, Schedule: o.schedule, Actor: "slet",
		Now:  func() time.Time { return o.now },
		MAC:  func(sum [32]byte) string { return hex.EncodeToString(sum[:]) },
		Mask: func(s string) string { return s },
	}
}

// approve scans the share and has everything in it approved for erasing.
func (o *office) approve(t testing.TB) (plan string) {
	t.Helper()
	src, err := New(t.Context(), o.cfg)
	must(t, err)
	defer src.Close()
	scan, err := o.store.BeginScan(t.Context(), o.cfg.Name, o.now)
	must(t, err)
	items, gaps, _, err := crawl(src, nil)
	must(t, err)
	if len(gaps) != 0 {
		t.Fatalf("gaps: %v", gaps)
	}
	for _, it := range items {
		b, err := readItem(src, it)
		must(t, err)
		sum, ref := sha256.Sum256(b), sha256.Sum256([]byte(it.ID))
		must(t, scan.Record(t.Context(), store.Finding{
			Ref: "i" + hex.EncodeToString(ref[:6]), Item: it, SourceType: "smb", Fingerprint: "test", ContentMAC: hex.EncodeToString(sum[:]),
			FirstSeen: o.now, LastSeen: o.now, Examined: o.now,
		}))
	}
	n := int64(len(items))
	must(t, scan.Finish(t.Context(), o.now, true, store.Totals{Seen: n, Scanned: n}))
	proposed, err := erase.Propose(t.Context(), o.deps(), o.cfg.Name)
	must(t, err)
	_, err = erase.Approve(t.Context(), o.deps(), proposed.ID, "Karen Hansen", nil)
	must(t, err)
	return proposed.ID
}

// run carries out the plan with an eraser that hears of every call to the
// server before it is made; nil is none. It returns the results by path: the
// last one of each.
func (o *office) run(t testing.TB, plan string, before func(what string)) map[string]erase.Result {
	t.Helper()
	e, err := NewEraser(t.Context(), o.cfg)
	must(t, err)
	defer e.Close()
	if before != nil {
		hook(t, e.link, before)
	}
	got := map[string]erase.Result{}
	r := erase.Runner{Deps: o.deps(), Erasers: map[string]erase.Eraser{o.cfg.Name: e}, Enforce: true}
	_, err = r.Run(t.Context(), plan, func(res erase.Result) { got[res.Path] = res })
	must(t, err)
	return got
}

// names are those in a folder, as the server's own system sees them.
func (o *office) names(t testing.TB, folder string) string {
	t.Helper()
	list, err := os.ReadDir(o.path(folder))
	must(t, err)
	var names []string
	for _, e := range list {
		names = append(names, e.Name())
	}
	return strings.Join(names, " ")
}
