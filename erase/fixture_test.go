//go:build linux

// The tests erase real local files, which is possible on Linux only.

package erase_test

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/sletdk/slet/audit"
	"github.com/sletdk/slet/erase"
	"github.com/sletdk/slet/retention"
	"github.com/sletdk/slet/scanner"
	"github.com/sletdk/slet/scanner/files"
	"github.com/sletdk/slet/store"
)

// office is a small installation: a folder of files, a store, an audit log and
// a schedule by which everything older than 30 days is due.
type office struct {
	root  string // the share
	state string // store and log

	store    *store.Store
	log      *audit.Log
	schedule *retention.Schedule
	now      time.Time
	rules    erase.Rules
	notice   erase.Notice

	boot   string        // the run of the operating system
	jumped time.Duration // how far the clock has been set ahead during it
}

const share = "share"

const scheduleText = `
version: 2026-11-21
rules:
  - id: R-1
    title: Alt over 30 dage
    basis: test
    match: {source: [share]}
    trigger: modified
    delete_after: P30D
    action: erase
  - id: R-2
    title: MUS
    basis: test
    match: {document_type: [mus]}
    trigger: modified
    delete_after: P20D
    action: erase
`

var today = time.Date(2026, 11, 21, 12, 0, 0, 0, time.UTC)

// started is when the computer was.
var started = today.AddDate(0, 0, -9)

// old is when the files of an office were last changed.
var old = today.AddDate(-1, 0, 0)

// newOffice makes an office in temporary folders.
func newOffice(t testing.TB) *office {
	t.Helper()
	base := t.TempDir()
	must(t, os.Mkdir(filepath.Join(base, "share"), 0o755))
	return openOffice(t, filepath.Join(base, "share"), filepath.Join(base, "state"))
}

// openOffice opens what lies in the two folders.
func openOffice(t testing.TB, root, state string) *office {
	t.Helper()
	o, err := enter(t.Context(), root, state)
	must(t, err)
	t.Cleanup(o.close)
	return o
}

func enter(ctx context.Context, root, state string) (*office, error) {
	o := &office{root: root, state: state, now: today, boot: "first"}
	var err error
	if o.store, err = store.Open(ctx, "sqlite:"+filepath.Join(state, "slet.db")); err != nil {
		return nil, err
	}
	if o.log, err = audit.Open(o.logPath()); err != nil {
		return nil, err
	}
	o.schedule, err = retention.ParseSchedule("schedule.yaml", []byte(scheduleText))
	return o, err
}

func (o *office) close() {
	_ = errors.Join(o.store.Close(), o.log.Close())
}

func (o *office) logPath() string { return filepath.Join(o.state, "audit.jsonl") }

func (o *office) path(name string) string { return filepath.Join(o.root, filepath.FromSlash(name)) }

// put writes an old file.
func (o *office) put(t testing.TB, name, content string) {
	t.Helper()
	must(t, os.MkdirAll(filepath.Dir(o.path(name)), 0o755))
	must(t, os.WriteFile(o.path(name), []byte(content), 0o644))
	must(t, os.Chtimes(o.path(name), old, old))
}

// has reports whether the file is there, with that content.
func (o *office) has(name, content string) bool {
	b, err := os.ReadFile(o.path(name))
	return err == nil && string(b) == content
}

func (o *office) gone(name string) bool {
	_, err := os.Lstat(o.path(name))
	return errors.Is(err, fs.ErrNotExist)
}

func (o *office) deps() erase.Deps {
	return erase.Deps{
		Store: o.store, Log: o.log, Schedule: o.schedule,
		Now:    func() time.Time { return o.now },
		Uptime: func() (string, time.Duration) { return o.boot, o.now.Sub(started) - o.jumped },
		MAC:    contentMAC,
		Mask:   func(s string) string { return strings.ReplaceAll(s, "150370-5008", "150370-••••") },

		Rules: o.rules, Notice: o.notice,
		Actor: "slet",
	}
}

func contentMAC(sum [32]byte) string {
	m := hmac.New(sha256.New, []byte("a key of this test"))
	m.Write(sum[:])
	return hex.EncodeToString(m.Sum(nil))
}

func refOf(it scanner.Item) string {
	sum := sha256.Sum256([]byte(it.Source + "\x00" + it.ID))
	return "i" + hex.EncodeToString(sum[:6])
}

// scan records everything in the share.
func (o *office) scan(t testing.TB) {
	t.Helper()
	must(t, o.scanAll(t.Context()))
}

func (o *office) scanAll(ctx context.Context) error {
	src, err := files.New(files.Config{Name: share, Root: o.root})
	if err != nil {
		return err
	}
	defer src.Close()
	scan, err := o.store.BeginScan(ctx, share, o.now)
	if err != nil {
		return err
	}
	parts, err := src.Partitions(ctx)
	if err != nil {
		return err
	}
	var totals store.Totals
	for _, p := range parts {
		for it, err := range src.Walk(ctx, p) {
			if errors.As(err, new(*scanner.Skip)) {
				continue
			}
			if err == nil {
				err = o.record(ctx, src, scan, it)
			}
			if err != nil {
				return err
			}
			totals.Seen++
			totals.Scanned++
		}
	}
	return scan.Finish(ctx, o.now, true, totals)
}

func (o *office) record(ctx context.Context, src scanner.Source, scan *store.Scan, it scanner.Item) error {
	f, err := src.Open(ctx, it)
	if err != nil {
		return err
	}
	defer f.Close()
	h := sha256.New()
	if _, err := io.Copy(h, io.NewSectionReader(f, 0, f.Size())); err != nil {
		return err
	}
	return scan.Record(ctx, store.Finding{
		Ref: refOf(it), Item: it, SourceType: "files", Fingerprint: "test",
		ContentMAC: contentMAC([32]byte(h.Sum(nil))),
		FirstSeen:  o.now, LastSeen: o.now, Examined: o.now,
	})
}

// approved scans, plans and approves everything that is due.
func (o *office) approved(t testing.TB, exclude ...string) store.Plan {
	t.Helper()
	o.scan(t)
	plan, err := erase.Propose(t.Context(), o.deps(), "")
	must(t, err)
	plan, err = erase.Approve(t.Context(), o.deps(), plan.ID, "Karen Hansen", exclude)
	must(t, err)
	return plan
}

// runner is one in enforce mode, with a real eraser.
func (o *office) runner(t testing.TB) *erase.Runner {
	t.Helper()
	e, err := files.NewEraser(files.Config{Name: share, Root: o.root})
	must(t, err)
	t.Cleanup(func() { _ = e.Close() })
	return &erase.Runner{Deps: o.deps(), Erasers: map[string]erase.Eraser{share: e}, Enforce: true}
}

// results is what a run reported, by path.
type results map[string]erase.Result

// run runs a plan.
func run(t testing.TB, r *erase.Runner, plan string) (results, erase.Summary, error) {
	t.Helper()
	got := results{}
	sum, err := r.Run(t.Context(), plan, func(res erase.Result) { got[res.Path] = res })
	return got, sum, err
}

// mustRun runs a plan that nothing stops.
func mustRun(t testing.TB, r *erase.Runner, plan string) (results, erase.Summary) {
	t.Helper()
	got, sum, err := run(t, r, plan)
	must(t, err)
	return got, sum
}

// state is what the store says of an item of a plan.
func (o *office) item(t testing.TB, plan, path string) store.PlanItem {
	t.Helper()
	items, err := o.store.PlanItems(t.Context(), plan)
	must(t, err)
	for _, it := range items {
		if it.Item.Path == path {
			return it
		}
	}
	t.Fatalf("%s is not in plan %s", path, plan)
	return store.PlanItem{}
}

func (o *office) planState(t testing.TB, id string) store.PlanState {
	t.Helper()
	p, err := o.store.Plan(t.Context(), id)
	must(t, err)
	return p.State
}

// changeSchedule puts another schedule in force, by which the same is due.
func (o *office) changeSchedule(t testing.TB) {
	t.Helper()
	var err error
	o.schedule, err = retention.ParseSchedule("schedule.yaml", []byte(strings.Replace(scheduleText, "P30D", "P31D", 1)))
	must(t, err)
}

// hold keeps a path.
func (o *office) hold(t testing.TB, path string) {
	t.Helper()
	must(t, o.store.AddHold(t.Context(), holdOn(path, o.now)))
}

func holdOn(path string, now time.Time) retention.Hold {
	return retention.Hold{
		ID: "H-" + path, Source: share, Path: path, Reason: "tvist", Owner: "Karen Hansen", Created: now, Review: now.AddDate(1, 0, 0),
	}
}

// entries are the entries of the audit log, which must verify.
func (o *office) entries(t testing.TB) []audit.Record {
	t.Helper()
	f, err := os.Open(o.logPath())
	must(t, err)
	defer f.Close()
	_, err = audit.Verify(f)
	must(t, err)
	_, err = f.Seek(0, io.SeekStart)
	must(t, err)
	var list []audit.Record
	for rec, err := range audit.Read(f) {
		must(t, err)
		list = append(list, rec)
	}
	return list
}

// tree is every name below the share, with the content of files.
func (o *office) tree(t testing.TB) map[string]string {
	t.Helper()
	found := map[string]string{}
	must(t, filepath.WalkDir(o.root, func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		rel, err := filepath.Rel(o.root, path)
		if err != nil {
			return err
		}
		switch {
		case d.Type() == fs.ModeSymlink:
			target, err := os.Readlink(path)
			found[rel] = "-> " + target
			return err
		case d.IsDir():
			found[rel] = "folder"
			return nil
		case !d.Type().IsRegular():
			found[rel] = "special"
			return nil
		}
		b, err := os.ReadFile(path)
		found[rel] = string(b)
		return err
	}))
	return found
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func equal[T comparable](t testing.TB, what string, got, want T) {
	t.Helper()
	if got != want {
		t.Errorf("%s: %v, want %v", what, got, want)
	}
}

// refused checks that a safety rule stopped it, and that the text says why.
func refused(t testing.TB, err error, why string) {
	t.Helper()
	if !errors.Is(err, erase.ErrRefused) || !strings.Contains(fmt.Sprint(err), why) {
		t.Errorf("error %v, want a refusal that says %q", err, why)
	}
}
