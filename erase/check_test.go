//go:build linux

package erase_test

import (
	"context"
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"golang.org/x/sys/unix"

	"github.com/sletdk/slet/audit"
	"github.com/sletdk/slet/erase"
	"github.com/sletdk/slet/internal/testenv"
	"github.com/sletdk/slet/scanner"
	"github.com/sletdk/slet/store"
)

// TestKept has something happen between the approval and the erasure of one of
// two items, and wants that one kept, with the right result, and the other
// erased.
func TestKept(t *testing.T) {
	const name, content = "Sager/sag.txt", "content of the item"
	tests := []struct {
		name   string
		happen func(t *testing.T, o *office)
		want   string          // result
		state  store.ItemState // and state, when it is another word
		why    string          // part of the error
		kept   string          // the file that must be there afterwards …
		text   string          // … with this content
	}{
		{
			name:   "changed, same size, times set back",
			happen: func(t *testing.T, o *office) { o.forge(t, name, "CONTENT of the item") },
			want:   erase.Changed, why: "changed", kept: name, text: "CONTENT of the item",
		},
		{
			name: "written to",
			happen: func(t *testing.T, o *office) {
				must(t, os.WriteFile(o.path(name), []byte("longer than it was before"), 0o644))
			},
			want: erase.Changed, why: "changed", kept: name, text: "longer than it was before",
		},
		{
			name: "replaced by another file",
			happen: func(t *testing.T, o *office) {
				o.put(t, "new", content)
				must(t, os.Rename(o.path("new"), o.path(name)))
			},
			want: erase.Changed, why: "changed", kept: name, text: content,
		},
		{
			name: "replaced by a link to another file",
			happen: func(t *testing.T, o *office) {
				must(t, os.Rename(o.path(name), o.path("victim.txt")))
				must(t, os.Symlink("../victim.txt", o.path(name)))
			},
			want: erase.Changed, why: "link", kept: "victim.txt", text: content,
		},
		{
			name: "folder replaced by a link to where it went",
			happen: func(t *testing.T, o *office) {
				must(t, os.Rename(o.path("Sager"), o.path("Arkiv")))
				must(t, os.Symlink("Arkiv", o.path("Sager")))
			},
			want: erase.Changed, why: "link", kept: "Arkiv/sag.txt", text: content,
		},
		{
			name: "replaced by a folder",
			happen: func(t *testing.T, o *office) {
				must(t, os.Remove(o.path(name)))
				o.put(t, name+"/in it.txt", content)
			},
			want: erase.Changed, kept: name + "/in it.txt", text: content,
		},
		{
			name: "replaced by a pipe",
			happen: func(t *testing.T, o *office) {
				must(t, os.Remove(o.path(name)))
				must(t, unix.Mkfifo(o.path(name), 0o644))
			},
			want: erase.Changed, why: "not a regular file",
		},
		{
			name: "moved into a private folder",
			happen: func(t *testing.T, o *office) {
				must(t, os.Mkdir(o.path("Privat"), 0o755))
				must(t, os.Rename(o.path(name), o.path("Privat/sag.txt")))
			},
			want: erase.WasGone, kept: "Privat/sag.txt", text: content,
		},
		{
			name:   "folder renamed to Privat",
			happen: func(t *testing.T, o *office) { must(t, os.Rename(o.path("Sager"), o.path("Privat"))) },
			want:   erase.Changed, why: "its folder is not there", kept: "Privat/sag.txt", text: content,
		},
		{
			name:   "deleted by somebody else",
			happen: func(t *testing.T, o *office) { must(t, os.Remove(o.path(name))) },
			want:   erase.WasGone,
		},
		{
			name:   "deleted by somebody else, and scanned since",
			happen: func(t *testing.T, o *office) { must(t, os.Remove(o.path(name))); o.scan(t) },
			want:   erase.WasGone,
		},
		{
			name: "changed and scanned since",
			happen: func(t *testing.T, o *office) {
				o.forge(t, name, "CONTENT of the item")
				o.scan(t)
			},
			want: erase.Changed, why: "later scan", kept: name, text: "CONTENT of the item",
		},
		{
			name: "only its times changed, and scanned since",
			happen: func(t *testing.T, o *office) {
				must(t, os.Chtimes(o.path(name), old, old.Add(1)))
				o.scan(t)
			},
			want: erase.Changed, why: "another version", kept: name, text: content,
		},
		{
			name: "other content by the last scan, in the same version",
			happen: func(t *testing.T, o *office) {
				o.found(t, name, func(f *store.Finding) { f.ContentMAC = "another" })
			},
			want: erase.Changed, why: "other content", kept: name, text: content,
		},
		{
			name: "due by another rule than was approved",
			happen: func(t *testing.T, o *office) {
				o.found(t, name, func(f *store.Finding) { f.DocumentType = "mus" })
			},
			want: erase.Refused, why: "no longer due by rule R-1", kept: name, text: content,
		},
		{
			name:   "held",
			happen: func(t *testing.T, o *office) { o.hold(t, "Sager/**") },
			want:   erase.HeldBack, why: "H-Sager", kept: name, text: content,
		},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			o := newOffice(t)
			o.put(t, name, content)
			o.put(t, "other/erased.txt", "this one is erased")
			plan := o.approved(t)
			before := o.item(t, plan.ID, name)
			test.happen(t, o)

			got, _ := mustRun(t, o.runner(t), plan.ID)

			res := got[name]
			if res.Result != test.want || (test.want != erase.Erased && res.Err == nil) {
				t.Fatalf("result %q (%v), want %q", res.Result, res.Err, test.want)
			}
			if res.Err != nil && !strings.Contains(res.Err.Error(), test.why) {
				t.Errorf("error %q does not say %q", res.Err, test.why)
			}
			if test.kept != "" && !o.has(test.kept, test.text) {
				t.Errorf("%s is not there as it was: %v", test.kept, o.tree(t))
			}
			equal(t, "state", o.item(t, plan.ID, name).State, store.ItemState(test.want))
			equal(t, "the other", got["other/erased.txt"].Result, erase.Erased)
			equal(t, "plan", o.planState(t, plan.ID), store.PlanExecuted)
			for _, rec := range o.entries(t) {
				if rec.Type == audit.TypeEraseIntent && rec.Item == before.Ref {
					t.Error("there is an intent for it in the log")
				}
			}
			for path := range o.tree(t) {
				if strings.Contains(path, erase.TombstonePrefix) {
					t.Errorf("a tombstone is left: %s", path)
				}
			}
		})
	}
}

// forge writes other content of the same length and sets the times back.
func (o *office) forge(t testing.TB, name, content string) {
	t.Helper()
	f, err := os.OpenFile(o.path(name), os.O_WRONLY, 0)
	must(t, err)
	_, err = f.WriteString(content)
	must(t, errors.Join(err, f.Close()))
	must(t, os.Chtimes(o.path(name), old, old))
}

// TestHardLinks: a file with another name is not overwritten.
func TestHardLinks(t *testing.T) {
	o := newOffice(t)
	o.put(t, "a.txt", "A")
	must(t, os.Link(o.path("a.txt"), filepath.Join(o.state, "outside.txt")))
	plan := o.approved(t)

	got, _ := mustRun(t, o.runner(t), plan.ID)

	equal(t, "result", got["a.txt"].Result, erase.Refused)
	if err := got["a.txt"].Err; err == nil || !strings.Contains(err.Error(), "2 names (hard links), of which this plan erases 1") {
		t.Errorf("error %v does not say why", err)
	}
	if !o.has("a.txt", "A") {
		t.Error("the item was touched")
	}
}

// TestHandle: what a version cannot show is noticed on the handle.
func TestHandle(t *testing.T) {
	o := newOffice(t)
	o.put(t, "a.txt", "one content")
	plan := o.approved(t)
	r := o.runner(t)
	// As if the file system's clock had stood still: the version is the same,
	// the content is not.
	r.Erasers[share] = liar{r.Erasers[share], "two content"}

	got, _ := mustRun(t, r, plan.ID)

	equal(t, "result", got["a.txt"].Result, erase.Changed)
	if !o.has("a.txt", "one content") {
		t.Error("the item was touched")
	}
}

// liar is an eraser on whose handles other content is read.
type liar struct {
	erase.Eraser
	content string
}

func (l liar) Take(ctx context.Context, it scanner.Item) (erase.Target, error) {
	target, err := l.Eraser.Take(ctx, it)
	return lyingTarget{target, l.content}, err
}

type lyingTarget struct {
	erase.Target
	content string
}

func (l lyingTarget) ReadAt(p []byte, off int64) (int, error) {
	return strings.NewReader(l.content).ReadAt(p, off)
}

// during is an eraser that lets something happen at a certain moment.
type during struct {
	erase.Eraser
	taken, erased func()       // after Take, after Erase
	resume        func() error // instead of Resume
	before, after error        // of Erase: without doing it, after doing it
}

func (d *during) Take(ctx context.Context, it scanner.Item) (erase.Target, error) {
	target, err := d.Eraser.Take(ctx, it)
	if d.taken != nil {
		d.taken()
	}
	if err != nil {
		return nil, err
	}
	return &duringTarget{target, d}, nil
}

func (d *during) Restore(ctx context.Context, w erase.Warrant, same func(io.ReaderAt, int64) (bool, error)) (erase.Restored, error) {
	if d.resume != nil {
		if err := d.resume(); err != nil {
			return erase.Restored{}, err
		}
	}
	return d.Eraser.(erase.Restorer).Restore(ctx, w, same)
}

func (d *during) Resume(ctx context.Context, w erase.Warrant) (erase.Remains, erase.Receipt, error) {
	if d.resume != nil {
		if err := d.resume(); err != nil {
			return "", erase.Receipt{}, err
		}
	}
	return d.Eraser.Resume(ctx, w)
}

type duringTarget struct {
	erase.Target
	d *during
}

func (t *duringTarget) Erase(ctx context.Context, w erase.Warrant) (erase.Receipt, error) {
	if t.d.before != nil {
		return erase.Receipt{Assurance: erase.None}, t.d.before
	}
	receipt, err := t.Target.Erase(ctx, w)
	if t.d.erased != nil {
		t.d.erased()
	}
	return receipt, errors.Join(err, t.d.after)
}

// TestLastMoment: what happens while the content is being read still counts.
func TestLastMoment(t *testing.T) {
	tests := []struct {
		name   string
		happen func(t *testing.T, o *office, plan string, stop func())
		want   string
	}{
		{"held", func(t *testing.T, o *office, _ string, _ func()) { o.hold(t, "a.txt") }, erase.HeldBack},
		{"withdrawn", func(t *testing.T, o *office, plan string, _ func()) {
			must(t, o.store.SetPlanState(t.Context(), plan, []store.PlanState{store.PlanExecuting}, store.PlanDead))
		}, ""},
		{"cancelled", func(_ *testing.T, _ *office, _ string, stop func()) { stop() }, ""},
		{"stop file", func(t *testing.T, o *office, _ string, _ func()) {
			must(t, os.WriteFile(filepath.Join(o.state, "stop"), nil, 0o600))
		}, ""},
		{"written to", func(t *testing.T, o *office, _ string, _ func()) { o.forge(t, "a.txt", "B") }, erase.Changed},
		{"replaced", func(t *testing.T, o *office, _ string, _ func()) {
			o.put(t, "new", "A")
			must(t, os.Rename(o.path("new"), o.path("a.txt")))
		}, erase.Changed},
		{"given another name", func(t *testing.T, o *office, _ string, _ func()) {
			must(t, os.Link(o.path("a.txt"), o.path("b.txt")))
		}, erase.Changed},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			o := newOffice(t)
			o.put(t, "a.txt", "A")
			plan := o.approved(t)
			r := o.runner(t)
			r.Brakes.StopFile = filepath.Join(o.state, "stop")
			ctx, cancel := context.WithCancel(t.Context())
			defer cancel()
			r.Erasers[share] = &during{Eraser: r.Erasers[share], taken: func() { test.happen(t, o, plan.ID, cancel) }}

			var got erase.Result
			_, err := r.Run(ctx, plan.ID, func(res erase.Result) { got = res })

			equal(t, "result", got.Result, test.want)
			if test.want == "" && err == nil {
				t.Error("nothing stopped the run")
			}
			if _, err := os.Lstat(o.path("a.txt")); err != nil {
				t.Error("the item was touched:", err)
			}
		})
	}
}

func TestDevice(t *testing.T) {
	testenv.Root(t)
	o := newOffice(t)
	o.put(t, "a.txt", "A")
	plan := o.approved(t)
	must(t, os.Remove(o.path("a.txt")))
	if err := unix.Mknod(o.path("a.txt"), unix.S_IFCHR|0o600, int(unix.Mkdev(1, 3))); err != nil {
		testenv.Missing(t, "the right to make device nodes: %v", err)
	}

	got, _ := mustRun(t, o.runner(t), plan.ID)

	equal(t, "result", got["a.txt"].Result, erase.Changed)
}

// TestImmutable: what the file system protects is refused, and said to be.
func TestImmutable(t *testing.T) {
	testenv.Root(t)
	for name, flag := range map[string]int{"immutable": flagImmutable, "append-only": flagAppend} {
		t.Run(name, func(t *testing.T) {
			o := newOffice(t)
			o.put(t, "a.txt", "A")
			set := o.protect(t, "a.txt", flag)
			plan := o.approved(t)

			got, _ := mustRun(t, o.runner(t), plan.ID)

			set(0)
			equal(t, "result", got["a.txt"].Result, erase.Refused)
			if !o.has("a.txt", "A") {
				t.Error("the item was touched")
			}
		})
	}
}

// FS_IMMUTABLE_FL and FS_APPEND_FL (linux/fs.h).
const (
	flagImmutable = 0x10
	flagAppend    = 0x20
)

func (o *office) protect(t testing.TB, name string, flag int) func(int) {
	t.Helper()
	f, err := os.Open(o.path(name))
	must(t, err)
	t.Cleanup(func() { _ = f.Close() })
	// The other flags must stay: ext4, for one, takes a missing EXTENTS_FL as an
	// order to lay the file out anew, which it cannot always do.
	others, err := unix.IoctlGetUint32(int(f.Fd()), unix.FS_IOC_GETFLAGS)
	if err != nil {
		testenv.Missing(t, "a file system with attributes: %v", err)
	}
	set := func(flag int) {
		if err := unix.IoctlSetPointerInt(int(f.Fd()), unix.FS_IOC_SETFLAGS, int(others)|flag); err != nil {
			testenv.Missing(t, "a file system with attributes: %v", err)
		}
	}
	t.Cleanup(func() { set(0) })
	set(flag)
	return set
}

// TestFolderProtected: an item that cannot be renamed has not been touched, and
// can be erased later under the same approval.
func TestFolderProtected(t *testing.T) {
	testenv.Root(t)
	o := newOffice(t)
	o.put(t, "a/a.txt", "A")
	plan := o.approved(t)
	set := o.protect(t, "a", flagImmutable)

	got, _ := mustRun(t, o.runner(t), plan.ID)

	set(0)
	equal(t, "result", got["a/a.txt"].Result, erase.Failed)
	equal(t, "state", o.item(t, plan.ID, "a/a.txt").State, store.ItemFailed)
	if !o.has("a/a.txt", "A") {
		t.Error("the item was touched")
	}
	got, _ = mustRun(t, o.runner(t), plan.ID)
	equal(t, "result without the protection", got["a/a.txt"].Result, erase.Erased)
}

// TestNoLog: what cannot be logged is not done.
func TestNoLog(t *testing.T) {
	for _, closed := range []string{"before the run", "before the intent"} {
		o := newOffice(t)
		o.put(t, "a.txt", "A")
		plan := o.approved(t)
		r := o.runner(t)
		if closed == "before the run" {
			must(t, o.log.Close())
		} else {
			r.Erasers[share] = &during{Eraser: r.Erasers[share], taken: func() { must(t, o.log.Close()) }}
		}

		_, sum, err := run(t, r, plan.ID)

		if err == nil {
			t.Error("no error")
		}
		equal(t, "erased", sum.Erased, 0)
		equal(t, "state", o.item(t, plan.ID, "a.txt").State, store.ItemPlanned)
		if !o.has("a.txt", "A") {
			t.Error("the item was touched")
		}
	}
}

// TestPrivatePlanned: an item that lies in a private folder is not erased even
// if it got into an approved plan, and its name is told to nobody.
func TestPrivatePlanned(t *testing.T) {
	o := newOffice(t)
	o.put(t, "Privat/hemmeligt navn.txt", "A")
	o.put(t, "b.txt", "B")
	o.scan(t)
	o.smuggle(t, "Privat/hemmeligt navn.txt")
	plan, err := erase.Propose(t.Context(), o.deps(), "")
	must(t, err)
	plan, err = erase.Approve(t.Context(), o.deps(), plan.ID, "Karen Hansen", nil)
	must(t, err)
	equal(t, "items", plan.Items, 2)
	r, taken := o.runner(t), 0
	r.Erasers[share] = &during{Eraser: r.Erasers[share], taken: func() { taken++ }}

	got, sum := mustRun(t, r, plan.ID)

	equal(t, "refused", sum.Refused, 1)
	equal(t, "items that the eraser was asked for", taken, 1)
	equal(t, "path", got[""].Result, erase.Refused)
	if !o.has("Privat/hemmeligt navn.txt", "A") {
		t.Error("the private item was touched")
	}
	b, err := os.ReadFile(o.logPath())
	must(t, err)
	if strings.Contains(string(b), "hemmeligt") {
		t.Error("the log names the private item")
	}
}

// found has a scan find something else in an item.
func (o *office) found(t testing.TB, name string, change func(*store.Finding)) {
	t.Helper()
	f, err := o.store.Finding(t.Context(), share+":"+name)
	must(t, err)
	change(&f)
	scan, err := o.store.BeginScan(t.Context(), share, o.now)
	must(t, err)
	must(t, scan.Record(t.Context(), f))
	must(t, scan.Finish(t.Context(), o.now, false, store.Totals{Seen: 1, Scanned: 1}))
}

// smuggle puts a file into the inventory that a scan would never have opened.
func (o *office) smuggle(t testing.TB, name string) {
	t.Helper()
	scan, err := o.store.BeginScan(t.Context(), share, o.now)
	must(t, err)
	must(t, scan.Record(t.Context(), store.Finding{
		Ref: "ismuggled", SourceType: "files", ContentMAC: "x",
		Item: scanner.Item{Source: share, ID: name, Path: name, Kind: scanner.KindFile, Modified: old, Version: "1-1-1-1-1"},
	}))
	must(t, scan.Finish(t.Context(), o.now, false, store.Totals{Seen: 1, Scanned: 1}))
}

// TestNotDue: the clock and the events are asked again.
func TestNotDue(t *testing.T) {
	o := newOffice(t)
	o.put(t, "a.txt", "A")
	plan := o.approved(t)
	o.now = old.AddDate(0, 0, 1) // a clock that was ahead has been put right

	_, _, err := run(t, o.runner(t), plan.ID)

	refused(t, err, "the clock")
	if !o.has("a.txt", "A") {
		t.Error("the item was touched")
	}
}

// TestScheduleChanged: the plan dies, and nothing is erased.
func TestScheduleChanged(t *testing.T) {
	o := newOffice(t)
	o.put(t, "a.txt", "A")
	plan := o.approved(t)
	o.changeSchedule(t)

	_, _, err := run(t, o.runner(t), plan.ID)

	refused(t, err, "the schedule has changed")
	equal(t, "plan", o.planState(t, plan.ID), store.PlanDead)
	if !o.has("a.txt", "A") {
		t.Error("the item was touched")
	}
	log := o.entries(t)
	equal(t, "last entry", log[len(log)-1].Type, audit.TypePlanDead)
}

// TestNothingWithoutMeans: an enforced run of a source that has no eraser.
func TestNothingWithoutMeans(t *testing.T) {
	o := newOffice(t)
	o.put(t, "a.txt", "A")
	plan := o.approved(t)
	r := o.runner(t)
	r.Erasers = map[string]erase.Eraser{}

	got, _ := mustRun(t, r, plan.ID)

	equal(t, "result", got["a.txt"].Result, erase.Refused)
}

// TestUnmounted: a storage that shows an empty folder is not "gone".
func TestUnmounted(t *testing.T) {
	o := newOffice(t)
	o.put(t, "a.txt", "A")
	plan := o.approved(t)
	elsewhere, err := os.MkdirTemp("/dev/shm", "slet")
	if err != nil {
		testenv.Missing(t, "a second file system: %v", err)
	}
	t.Cleanup(func() { _ = os.RemoveAll(elsewhere) })
	o.root, elsewhere = elsewhere, o.root
	r := o.runner(t)

	got, _ := mustRun(t, r, plan.ID)

	equal(t, "result", got["a.txt"].Result, erase.Failed)
	equal(t, "plan", o.planState(t, plan.ID), store.PlanExecuting)
	if _, err := os.Lstat(filepath.Join(elsewhere, "a.txt")); errors.Is(err, fs.ErrNotExist) {
		t.Error("the item was touched")
	}
	// With the storage back, the same approval is carried out.
	o.root = elsewhere
	got, _ = mustRun(t, o.runner(t), plan.ID)
	equal(t, "result", got["a.txt"].Result, erase.Erased)
}
