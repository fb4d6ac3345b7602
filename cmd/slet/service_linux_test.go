package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/sletdk/slet/config"
	"github.com/sletdk/slet/erase"
	"github.com/sletdk/slet/store"
)

// office is a folder with a configuration, for a service to run in.
type office struct {
	dir, config string
}

func newOffice(t *testing.T, more string) office {
	t.Helper()
	o := office{dir: t.TempDir()}
	o.config = filepath.Join(o.dir, "slet.yaml")
	o.write(t, "schedule.yaml", "version: test-1\nrules:\n  - {id: R1, title: Alt, match: {path: [\"**\"]}, trigger: modified, delete_after: P1Y, action: erase}\n")
	o.write(t, "share/ny.txt", "cpr 010758-5001")
	o.write(t, "share/gammel.txt", "cpr 150370-5008")
	o.age(t, "share/gammel.txt", 800)
	o.write(t, "slet.yaml", "sources: [{name: arkiv, type: files, path: share}]\nweb: {listen: \"127.0.0.1:0\"}\n"+more)
	return o
}

func (o office) write(t *testing.T, name, content string) {
	t.Helper()
	path := filepath.Join(o.dir, name)
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
		t.Fatal(err)
	}
}

func (o office) age(t *testing.T, name string, days int) {
	t.Helper()
	then := time.Now().AddDate(0, 0, -days)
	if err := os.Chtimes(filepath.Join(o.dir, name), then, then); err != nil {
		t.Fatal(err)
	}
}

// slet runs a command in the office.
func (o office) slet(t *testing.T, args ...string) string {
	t.Helper()
	var out, errs bytes.Buffer
	if code := run(t.Context(), append([]string{"--config", o.config}, args...), strings.NewReader(""), &out, &errs); code != exitDone {
		t.Fatalf("slet %s: exit code %d\n%s%s", strings.Join(args, " "), code, &out, &errs)
	}
	return out.String()
}

// store opens the office's store beside the service.
func (o office) store(t *testing.T) *store.Store {
	t.Helper()
	st, err := store.Open(t.Context(), "sqlite:"+filepath.Join(o.dir, "state", "slet.db"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = st.Close() })
	return st
}

// serve runs the service until the test ends or stop is called.
func (o office) serve(t *testing.T) (said *spoken, stop func()) {
	t.Helper()
	said = &spoken{}
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan int, 1)
	go func() { done <- run(ctx, []string{"--config", o.config, "run"}, strings.NewReader(""), said, said) }()
	var once sync.Once
	stop = func() {
		once.Do(func() {
			cancel()
			if code := <-done; code != exitDone && !strings.Contains(said.String(), "stopped") {
				t.Errorf("slet run ended with exit code %d\n%s", code, said)
			}
		})
	}
	t.Cleanup(stop)
	return said, stop
}

// spoken is what the service says.
type spoken struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (l *spoken) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.Write(p)
}

func (l *spoken) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.String()
}

// eventually waits until something is so.
func eventually(t *testing.T, what string, said fmt.Stringer, is func() bool) {
	t.Helper()
	for range 600 {
		if is() {
			return
		}
		time.Sleep(100 * time.Millisecond)
	}
	t.Fatalf("not within a minute: %s\n%s", what, said)
}

// TestService: the service scans what was never scanned, fills the pages,
// proposes what is due, erases nothing in dry run, reads its configuration again
// when it is told to, keeps the old one when the new one does not load, and
// lets nobody else run beside it.
func TestService(t *testing.T) {
	o := newOffice(t, "")
	said, stop := o.serve(t)
	st := o.store(t)
	job := func(name string) store.Job {
		jobs, err := st.Jobs(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		for _, j := range jobs {
			if j.Name == name {
				return j
			}
		}
		return store.Job{}
	}
	eventually(t, "scanned", said, func() bool { return !job("scan arkiv").Good.IsZero() })
	eventually(t, "pages", said, func() bool { _, err := st.LatestSnapshot(t.Context()); return err == nil })
	eventually(t, "pruned", said, func() bool { return !job("prune").Good.IsZero() })
	if j := job("erase"); !j.Started.IsZero() {
		t.Error("the service has a job that erases, in dry run")
	}
	var out, errs bytes.Buffer
	if code := run(t.Context(), []string{"--config", o.config, "run"}, strings.NewReader(""), &out, &errs); code != exitFailed || !strings.Contains(errs.String(), "running already") {
		t.Errorf("a second service: %d %s", code, &errs)
	}

	reload := func() {
		if err := syscall.Kill(os.Getpid(), syscall.SIGHUP); err != nil {
			t.Fatal(err)
		}
	}
	o.write(t, "slet.yaml", "sources: [{name: arkiv, typ: files, path: share}]\n")
	reload()
	eventually(t, "refused", said, func() bool { return job("reload").Failures == 1 })
	if j := job("reload"); !strings.Contains(j.Error, "typ") {
		t.Errorf("the pages do not say what is wrong: %q", j.Error)
	}
	o.write(t, "andet/b.txt", "x")
	o.write(t, "slet.yaml", "sources: [{name: arkiv, type: files, path: share}, {name: andet, type: files, path: andet}]\nweb: {listen: \"127.0.0.1:0\"}\n")
	reload()
	eventually(t, "the new source is scanned", said, func() bool { return !job("scan andet").Good.IsZero() })
	if j := job("reload"); j.Failures != 0 || j.Error != "" {
		t.Errorf("after a good one: %+v", j)
	}
	o.write(t, "slet.yaml", "sources: [{name: arkiv, type: files, path: share}]\nstate_dir: state2\nweb: {listen: \"127.0.0.1:0\"}\n")
	reload()
	eventually(t, "another state is refused", said, func() bool { return strings.Contains(job("reload").Error, "restart") })
	stop()
	if text := said.String(); strings.Contains(text, "5008") || strings.Contains(text, "panic") {
		t.Errorf("the log: %s", text)
	}
}

// TestServiceErases: in enforce mode what was approved goes at its time, and
// only after the waiting period; what nobody approved stays.
func TestServiceErases(t *testing.T) {
	for _, c := range []struct {
		name, more string
		approve    bool
		gone       bool
	}{
		{"approved", "erase: {mode: enforce}\n", true, true},
		{"waiting period", "erase: {mode: enforce, waiting_period: 48h}\n", true, false},
		{"not approved", "erase: {mode: enforce}\n", false, false},
		{"dry run", "erase: {mode: dry-run}\n", true, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			o := newOffice(t, c.more)
			o.slet(t, "scan")
			o.slet(t, "plan")
			st := o.store(t)
			plans, err := st.Plans(t.Context())
			if err != nil || len(plans) != 1 {
				t.Fatal(plans, err)
			}
			if c.approve {
				o.slet(t, "approve", plans[0].ID, "--as", "Dorte DPO")
			}
			said, stop := o.serve(t)
			eventually(t, "everything ran once", said, func() bool {
				jobs, err := st.Jobs(t.Context())
				if err != nil {
					t.Fatal(err)
				}
				ended := map[string]bool{}
				for _, j := range jobs {
					ended[j.Name] = !j.Ended.IsZero()
				}
				return ended["propose"] && ended["scan arkiv"] && (ended["erase"] || c.name == "dry run")
			})
			stop()
			_, err = os.Stat(filepath.Join(o.dir, "share", "gammel.txt"))
			if gone := os.IsNotExist(err); gone != c.gone {
				t.Errorf("gone: %t, want %t\n%s", gone, c.gone, said)
			}
			if _, err := os.Stat(filepath.Join(o.dir, "share", "ny.txt")); err != nil {
				t.Errorf("what was not due: %v", err)
			}
		})
	}
}

// TestServiceErasesBesideAnother: a server that is away, or set up wrong, keeps
// nothing from being erased in another source.
func TestServiceErasesBesideAnother(t *testing.T) {
	o := newOffice(t, "erase: {mode: enforce}\n")
	const away = "  - {name: post, type: imap, imap: {address: \"127.0.0.1:1\", root_cas: er-der-ikke.pem, password: env:HOME, accounts: [anne]}}\n"
	o.write(t, "slet.yaml", "sources:\n  - {name: arkiv, type: files, path: share}\n"+away+"erase: {mode: enforce}\n")
	o.slet(t, "scan", "arkiv")
	o.slet(t, "plan", "--source", "arkiv")
	plans, err := o.store(t).Plans(t.Context())
	if err != nil || len(plans) != 1 {
		t.Fatal(plans, err)
	}
	o.slet(t, "approve", plans[0].ID, "--as", "Dorte DPO")
	o.slet(t, "erase", plans[0].ID)
	if _, err := os.Stat(filepath.Join(o.dir, "share", "gammel.txt")); !os.IsNotExist(err) {
		t.Errorf("not erased: %v", err)
	}
}

// TestBackupJob: the service keeps as many backups as it is told to, and
// throws away none of anybody else's files.
func TestBackupJob(t *testing.T) {
	o := newOffice(t, "service: {backup: {dir: bak, keep: 2}}\n")
	for _, name := range []string{"slet-20200101-050000.tar.zst", "slet-20200102-050000.tar.zst", "slet-noter.tar.zst", "andet.txt"} {
		o.write(t, "bak/"+name, "x")
	}
	c := &cli{stdin: strings.NewReader(""), stdout: &spoken{}, stderr: &spoken{}, configPath: o.config}
	a, err := c.openApp(t.Context(), writing)
	if err != nil {
		t.Fatal(err)
	}
	defer a.close()
	if err := a.backupJob(t.Context()); err != nil {
		t.Fatal(err)
	}
	list, err := filepath.Glob(filepath.Join(o.dir, "bak", "*"))
	if err != nil || len(list) != 4 {
		t.Fatalf("%q %v", list, err)
	}
	for _, f := range list {
		if strings.HasSuffix(f, "20200101-050000.tar.zst") {
			t.Error("the oldest is still there")
		}
	}
}

// TestJobsOf: what the service does depends on the configuration; erasing is
// not among it unless the configuration says so.
func TestJobsOf(t *testing.T) {
	o := newOffice(t, "")
	names := func(yaml string) string {
		o.write(t, "slet.yaml", yaml)
		cfg, err := config.Load(o.config)
		if err != nil {
			t.Fatal(err)
		}
		jobs, err := (&daemon{}).jobsOf(&app{cli: &cli{}, cfg: cfg})
		if err != nil {
			t.Fatal(err)
		}
		var names []string
		for _, j := range jobs {
			names = append(names, j.Name)
			if j.Name == "erase" != j.Patient {
				t.Errorf("job %s: patient %t", j.Name, j.Patient)
			}
		}
		return strings.Join(names, ", ")
	}
	const sources = "sources: [{name: a, type: files, path: share, scan: {full: '@weekly'}}, {name: k, type: cctv, path: kam, cctv: {layout: frigate}}]\n"
	for yaml, want := range map[string]string{
		sources:                              "scan a, watch a, full a, sweep k, watch k, clock, refresh, propose, prune",
		sources + "erase: {mode: enforce}\n": "scan a, watch a, full a, sweep k, watch k, clock, refresh, propose, prune, erase",
		sources + "service: {propose: off, prune: off}\n":                                                                 "scan a, watch a, full a, sweep k, watch k, clock, refresh",
		sources + "service: {backup: {dir: bak}}\n":                                                                       "scan a, watch a, full a, sweep k, watch k, clock, refresh, propose, prune, backup",
		sources + "notify: {smtp: {address: smtp.kommune.dk, from: slet@kommune.dk, to: [it@kommune.dk]}}\n":              "scan a, watch a, full a, sweep k, watch k, clock, refresh, propose, prune, notify, digest",
		sources + "notify: {digest: off, smtp: {address: smtp.kommune.dk, from: slet@kommune.dk, to: [it@kommune.dk]}}\n": "scan a, watch a, full a, sweep k, watch k, clock, refresh, propose, prune, notify",
	} {
		if got := names(yaml); got != want {
			t.Errorf("%s\ngot  %s\nwant %s", yaml, got, want)
		}
	}
}

// TestServiceObeysTheFiles: a service that has not been told to read its files
// again does not erase by what they do not say any more.
func TestServiceObeysTheFiles(t *testing.T) {
	const enforced = "erase: {mode: enforce}\n"
	for name, c := range map[string]struct{ file, content string }{
		"a longer period":    {"schedule.yaml", "version: test-2\nrules:\n  - {id: R1, title: Alt, match: {path: [\"**\"]}, trigger: modified, delete_after: P9Y, action: erase}\n"},
		"a broken schedule":  {"schedule.yaml", "version: test-2\nrules:\n  - {id: R1\n"},
		"erasing turned off": {"slet.yaml", "sources: [{name: arkiv, type: files, path: share}]\nweb: {listen: \"127.0.0.1:0\"}\n"},
	} {
		t.Run(name, func(t *testing.T) {
			o := newOffice(t, enforced)
			o.slet(t, "scan")
			o.slet(t, "plan")
			plans, err := o.store(t).Plans(t.Context())
			if err != nil || len(plans) != 1 {
				t.Fatal(plans, err)
			}
			o.slet(t, "approve", plans[0].ID, "--as", "Dorte DPO")
			c0 := &cli{configPath: o.config, stdout: io.Discard, stderr: io.Discard}
			err = c0.withApp(t.Context(), writing, func(ctx context.Context, a *app) error {
				o.write(t, c.file, c.content)
				d := &daemon{log: slog.New(slog.DiscardHandler)}
				d.current.Store(a)
				if err := d.erase(ctx, a); !errors.Is(err, erase.ErrRefused) {
					t.Errorf("the job says %v", err)
				}
				return nil
			})
			if err != nil {
				t.Fatal(err)
			}
			if _, err := os.Stat(filepath.Join(o.dir, "share", "gammel.txt")); err != nil {
				t.Errorf("erased by what the files do not say: %v", err)
			}
		})
	}
}

// TestReloadKeepsMargins: what IT has configured of recordings is in force after
// the files were read again.
func TestReloadKeepsMargins(t *testing.T) {
	o := newOffice(t, "cctv: {margin: 3h}\n")
	c := &cli{configPath: o.config, stdout: io.Discard, stderr: io.Discard}
	err := c.withApp(t.Context(), writing, func(ctx context.Context, a *app) error {
		next, err := a.reread(ctx)
		if err == nil && next.schedule.Margins[config.TypeCCTV] != 3*time.Hour {
			t.Errorf("margins after a reload: %v", next.schedule.Margins)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}

// TestServiceMakesOrderedPlans: a plan that was ordered on the pages before the
// service was stopped is made when it runs again; the pages' groups are counted.
func TestServiceMakesOrderedPlans(t *testing.T) {
	o := newOffice(t, "")
	o.slet(t, "scan")
	st := o.store(t)
	if made, err := st.OrderPlan(t.Context(), store.PlanOrder{ID: "o1", Person: "dorte", Ordered: time.Now()}); err != nil || !made {
		t.Fatal(made, err)
	}
	said, stop := o.serve(t)
	eventually(t, "the plan is made", said, func() bool {
		list, err := st.PlanOrders(t.Context(), 1)
		return err == nil && list[0].Plan != "" && list[0].Error == ""
	})
	eventually(t, "the groups are counted", said, func() bool {
		n, err := st.GroupCount(t.Context(), store.GroupFilter{Kind: store.ByFolder}, 10)
		return err == nil && n > 0
	})
	stop()
}
