package scannertest

import (
	"bytes"
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"github.com/sletdk/slet/audit"
	"github.com/sletdk/slet/erase"
	"github.com/sletdk/slet/retention"
	"github.com/sletdk/slet/scanner"
	"github.com/sletdk/slet/store"
)

// EraseStorage is a storage in which items can be erased.
type EraseStorage struct {
	*Storage

	// OpenEraser opens the means to erase, anew on each call, as another
	// process would. The suite closes it when it is an io.Closer.
	OpenEraser func(t testing.TB) erase.Eraser

	// Trigger is the date that all its items have, as in a schedule; "" is
	// modified.
	Trigger string

	// List lists the names in a folder, all of them, as the storage itself
	// sees them: an item that is gone has left nothing.
	List func(t testing.TB, folder string) []string

	// HardLink gives an item a second name in its folder.
	HardLink func(t testing.TB, folder, name, other string)
	// RenameItem gives an item another name in its folder: an erasure that was
	// interrupted after its first step looks like that. nil where erasing is
	// one step.
	RenameItem func(t testing.TB, folder, name, to string)
}

// EraseMaker makes a storage; what it needs is released by t.Cleanup.
type EraseMaker func(t *testing.T) *EraseStorage

// RunErase holds an eraser to its promises. A warrant can be had only from an
// [erase.Runner], so every promise is put to the test through one: with a real
// store, a real audit log, a plan and its approval.
func RunErase(t *testing.T, mk EraseMaker) {
	promises := []struct {
		name string
		test func(*testing.T, *EraseStorage)
	}{
		{"erases that item and only that", erasesOnlyThat},
		{"a dry run changes nothing", dryRun},
		{"taking changes nothing", takingChangesNothing},
		{"a warrant that was not minted is refused", unmintedWarrant},
		{"a foreign item is not taken", foreignNotTaken},
		{"a changed item is kept", changedIsKept},
		{"an item that is gone is gone", goneIsGone},
		{"an item that became private is kept", becamePrivateIsKept},
		{"hard-linked content is refused", hardLinked},
		{"all names of hard-linked content", allNames},
		{"a reused name is another item", nameReused},
		{"interrupted before it began", interruptedBefore},
		{"interrupted half way", interruptedHalfWay},
		{"done and not told", doneNotTold},
		{"interrupted, and the name reused", interruptedNameReused},
	}
	for _, p := range promises {
		t.Run(p.name, func(t *testing.T) { p.test(t, mk(t)) })
	}
}

// office is an installation around a storage: everything in it is due.
type office struct {
	*EraseStorage
	name string // of the source
	now  time.Time

	store    *store.Store
	logPath  string
	log      *audit.Log
	schedule *retention.Schedule
}

// newOffice opens an office. In its now, a year has gone by since the test put
// its items.
func newOffice(t *testing.T, st *EraseStorage) *office {
	t.Helper()
	src := st.open(t)
	dir := t.TempDir()
	o := &office{EraseStorage: st, name: src.Name(), now: time.Now().AddDate(1, 0, 0), logPath: filepath.Join(dir, "audit.jsonl")}
	schedule := fmt.Sprintf(`
version: 2026-11-21
rules:
  - {id: R-1, title: alt, basis: test, match: {source: [%s]}, trigger: %s, delete_after: P30D, action: erase}
`, o.name, cmp.Or(st.Trigger, "modified"))
	var err error
	if o.schedule, err = retention.ParseSchedule("schedule.yaml", []byte(schedule)); err != nil {
		t.Fatal(err)
	}
	if o.store, err = store.Open(t.Context(), "sqlite:"+filepath.Join(dir, "slet.db")); err != nil {
		t.Fatal(err)
	}
	if o.log, err = audit.Open(o.logPath); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := errors.Join(o.store.Close(), o.log.Close()); err != nil {
			t.Error(err)
		}
	})
	return o
}

func (o *office) deps() erase.Deps {
	return erase.Deps{
		Store: o.store, Log: o.log, Schedule: o.schedule, Actor: "slet",
		Now:  func() time.Time { return o.now },
		MAC:  func(sum [32]byte) string { return hex.EncodeToString(sum[:]) },
		Mask: func(s string) string { return s },
	}
}

func refOf(it scanner.Item) string {
	sum := sha256.Sum256([]byte(it.Source + "\x00" + it.ID))
	return "i" + hex.EncodeToString(sum[:6])
}

// scan records one of the items of the storage that hold the text, as if nothing
// else were in it, and returns it.
func (o *office) scan(t *testing.T, text string) scanner.Item {
	t.Helper()
	return o.scanSome(t, text, 1)[0]
}

// scanSome records so many of them.
func (o *office) scanSome(t *testing.T, text string, most int) (found []scanner.Item) {
	t.Helper()
	src := o.open(t)
	scan, err := o.store.BeginScan(t.Context(), o.name, o.now)
	if err != nil {
		t.Fatal(err)
	}
	for _, it := range crawl(t, src).complete(t).items {
		b, err := read(src, it)
		if err != nil {
			t.Fatal(err)
		}
		if len(found) == most || !containsAny(b, []string{text}) {
			continue
		}
		found = append(found, it)
		o.record(t, scan, it, b)
	}
	if len(found) < most {
		t.Fatalf("%d items hold %q, want %d", len(found), text, most)
	}
	if err := scan.Finish(t.Context(), o.now, true, store.Totals{Seen: 1, Scanned: 1}); err != nil {
		t.Fatal(err)
	}
	return found
}

// record records an item with this content.
func (o *office) record(t *testing.T, scan *store.Scan, it scanner.Item, content []byte) {
	t.Helper()
	sum := sha256.Sum256(content)
	if it.Kind == scanner.KindRecording {
		var err error
		if sum, _, err = scanner.Sample(t.Context(), bytes.NewReader(content), int64(len(content))); err != nil {
			t.Fatal(err)
		}
	}
	if err := scan.Record(t.Context(), store.Finding{
		Ref: refOf(it), Item: it, SourceType: "test", Fingerprint: "test", ContentMAC: hex.EncodeToString(sum[:]),
		FirstSeen: o.now, LastSeen: o.now, Examined: o.now,
	}); err != nil {
		t.Fatal(err)
	}
	if it.Kind == scanner.KindRecording {
		o.stillRecords(t, scan, it)
	}
}

// stillRecords has the item's camera record today, so that it is not the newest
// of a camera that has fallen silent, which no ordinary plan holds.
func (o *office) stillRecords(t *testing.T, scan *store.Scan, found scanner.Item) {
	t.Helper()
	today := found
	today.ID, today.Path, today.Recorded, today.Version = "i dag", "i dag", o.now, "i dag"
	if err := scan.Record(t.Context(), store.Finding{
		Ref: refOf(today), Item: today, SourceType: "test", Fingerprint: "test", FirstSeen: o.now, LastSeen: o.now, Examined: o.now,
	}); err != nil {
		t.Fatal(err)
	}
}

// approve scans, and has a plan approved that holds only the item with the text.
func (o *office) approve(t *testing.T, text string) (plan string, it scanner.Item) {
	t.Helper()
	it = o.scan(t, text)
	return o.approveScanned(t, 1), it
}

// approveScanned has a plan approved of what was scanned, which must be so many
// items.
func (o *office) approveScanned(t *testing.T, items int) (plan string) {
	t.Helper()
	proposed, err := erase.Propose(t.Context(), o.deps(), o.name)
	if err != nil {
		t.Fatal(err)
	}
	if proposed.Items != items {
		t.Fatalf("%d items are due, want %d", proposed.Items, items)
	}
	if _, err := erase.Approve(t.Context(), o.deps(), proposed.ID, "Karen Hansen", nil); err != nil {
		t.Fatal(err)
	}
	return proposed.ID
}

// eraser opens an eraser for the rest of the test.
func (o *office) eraser(t *testing.T) erase.Eraser {
	t.Helper()
	e := o.OpenEraser(t)
	if c, ok := e.(io.Closer); ok {
		t.Cleanup(func() {
			if err := c.Close(); err != nil {
				t.Error(err)
			}
		})
	}
	return e
}

// run carries out the plan, and returns what was reported of its one item.
func (o *office) run(t *testing.T, e erase.Eraser, plan string) erase.Result {
	t.Helper()
	var got []erase.Result
	r := erase.Runner{Deps: o.deps(), Erasers: map[string]erase.Eraser{o.name: e}, Enforce: true}
	if _, err := r.Run(t.Context(), plan, func(res erase.Result) { got = append(got, res) }); err != nil {
		t.Fatal(err)
	}
	o.verifyLog(t)
	if len(got) == 0 {
		t.Fatal("the run reported nothing")
	}
	return got[len(got)-1]
}

func (o *office) verifyLog(t *testing.T) {
	t.Helper()
	f, err := os.Open(o.logPath)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if _, err := audit.Verify(f); err != nil {
		t.Error(err)
	}
}

// left ends with an error unless exactly these texts are left in the storage,
// and nothing else: also no name that a walk would not see.
func (o *office) left(t *testing.T, texts ...string) {
	t.Helper()
	src := o.open(t)
	sameTexts(t, src, crawl(t, src).complete(t).items, texts)
	if o.List == nil {
		return
	}
	if names := o.List(t, "mappe"); len(names) != len(texts) {
		t.Errorf("the folder holds %q, want %d names", names, len(texts))
	}
}

// pair puts the item that is to be erased, and its neighbour.
func (o *office) pair(t *testing.T) {
	t.Helper()
	o.Put(t, "mappe", "nabo.txt", marker(1))
	o.Put(t, "mappe", "sag.txt", original)
}

func erasesOnlyThat(t *testing.T, st *EraseStorage) {
	o := newOffice(t, st)
	o.pair(t)
	plan, it := o.approve(t, original)
	res := o.run(t, o.eraser(t), plan)
	if res.Result != erase.Erased || res.Err != nil {
		t.Fatalf("result %+v, want erased", res)
	}
	if res.Method == "" || !slices.Contains([]erase.Assurance{erase.Overwritten, erase.Unproven, erase.Unlinked, erase.Expunged}, res.Assurance) {
		t.Errorf("the receipt says nothing: %+v", res)
	}
	o.left(t, marker(1))
	opensAs(t, o.open(t), it, scanner.ErrGone)
	if _, err := o.eraser(t).Take(t.Context(), it); !errors.Is(err, scanner.ErrGone) {
		t.Errorf("taking it again: %v, want %v", err, scanner.ErrGone)
	}
	// A plan is carried out once.
	o.Put(t, "mappe", "sag.txt", changed)
	r := erase.Runner{Deps: o.deps(), Erasers: map[string]erase.Eraser{o.name: o.eraser(t)}, Enforce: true}
	_, _ = r.Run(t.Context(), plan, func(erase.Result) {}) // whether that is an error is not ours to say
	o.left(t, marker(1), changed)
}

func dryRun(t *testing.T, st *EraseStorage) {
	o := newOffice(t, st)
	o.pair(t)
	before := o.snapshot(t) // first: a storage may have to make itself tell
	plan, _ := o.approve(t, original)
	e := o.eraser(t)
	for _, r := range []erase.Runner{
		{Deps: o.deps(), Enforce: true},
		{Deps: o.deps(), Erasers: map[string]erase.Eraser{o.name: e}},
	} {
		if _, err := r.Run(t.Context(), plan, func(res erase.Result) {
			if res.Result == erase.Erased {
				t.Errorf("a dry run says %+v", res)
			}
		}); err != nil {
			t.Fatal(err)
		}
	}
	if after := o.snapshot(t); after != before {
		t.Errorf("a dry run has changed the storage:\nbefore\n%s\nafter\n%s", before, after)
	}
	o.left(t, original, marker(1))
}

// snapshot is empty where the storage cannot tell.
func (o *office) snapshot(t testing.TB) string {
	t.Helper()
	if o.Snapshot == nil {
		return ""
	}
	return o.Snapshot(t)
}

func takingChangesNothing(t *testing.T, st *EraseStorage) {
	o := newOffice(t, st)
	o.pair(t)
	before := o.snapshot(t)
	src := o.open(t)
	it := find(t, src, crawl(t, src).complete(t).items, original)
	target, err := o.eraser(t).Take(t.Context(), later(t, it))
	if err != nil {
		t.Fatal(err)
	}
	b, err := io.ReadAll(io.NewSectionReader(target, 0, target.Size()))
	if err != nil || !containsAny(b, []string{original}) || target.Size() != it.Size {
		t.Errorf("through the eraser the item of %d bytes is %d bytes, %.60q, %v", it.Size, target.Size(), b, err)
	}
	if err := target.Close(); err != nil {
		t.Error(err)
	}
	if after := o.snapshot(t); after != before {
		t.Errorf("taking an item has changed the storage:\nbefore\n%s\nafter\n%s", before, after)
	}
}

func unmintedWarrant(t *testing.T, st *EraseStorage) {
	o := newOffice(t, st)
	o.pair(t)
	src, e := o.open(t), o.eraser(t)
	it := find(t, src, crawl(t, src).complete(t).items, original)
	target, err := e.Take(t.Context(), it)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := target.Erase(t.Context(), erase.Warrant{}); !errors.Is(err, erase.ErrRefused) {
		t.Errorf("erase without a warrant: %v, want %v", err, erase.ErrRefused)
	}
	if err := target.Close(); err != nil {
		t.Error(err)
	}
	if _, _, err := e.Resume(t.Context(), erase.Warrant{}); err == nil {
		t.Error("resumed without a warrant")
	}
	o.left(t, original, marker(1))

	// A warrant for one item is none for another: the eraser asks, whatever
	// its caller mixes up.
	plan, _ := o.approve(t, original)
	mixed := &wrapped{Eraser: e, erase: func(ctx context.Context, _ erase.Target, w erase.Warrant) (erase.Receipt, error) {
		other, err := e.Take(ctx, find(t, src, crawl(t, src).items, marker(1)))
		if err != nil {
			return erase.Receipt{}, err
		}
		defer other.Close()
		return other.Erase(ctx, w)
	}}
	if res := o.run(t, mixed, plan); res.Result == erase.Erased {
		t.Errorf("a warrant for one item has erased another: %+v", res)
	}
	o.left(t, original, marker(1))
}

func foreignNotTaken(t *testing.T, st *EraseStorage) {
	o := newOffice(t, st)
	o.pair(t)
	src, e := o.open(t), o.eraser(t)
	it := find(t, src, crawl(t, src).complete(t).items, original)
	for what, spoil := range map[string]func(*scanner.Item){
		"of another source":       func(it *scanner.Item) { it.Source += "2" },
		"without a version":       func(it *scanner.Item) { it.Version = "" },
		"with another version":    func(it *scanner.Item) { it.Version += "0" },
		"without an ID":           func(it *scanner.Item) { it.ID = "" },
		"with an ID that goes up": func(it *scanner.Item) { it.ID = "../" + it.ID },
		"that is a folder":        func(it *scanner.Item) { it.ID = "mappe" },
	} {
		stranger := it
		spoil(&stranger)
		if target, err := e.Take(t.Context(), stranger); err == nil {
			_ = target.Close()
			t.Errorf("took an item %s", what)
		}
	}
	o.left(t, original, marker(1))
}
