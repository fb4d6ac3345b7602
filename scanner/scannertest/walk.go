package scannertest

import (
	"context"
	"errors"
	"fmt"
	"io"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/sletdk/slet/scanner"
)

func emptyStorage(t *testing.T, st *Storage) {
	src := st.open(t)
	if r := crawl(t, src).complete(t); len(r.items) != 0 {
		t.Errorf("items in an empty storage: %+v", r.items)
	}
	if src.Name() == "" {
		t.Error("the source has no name")
	}
}

// fill puts a small tree and returns the texts in it.
func fill(t testing.TB, st *Storage) []string {
	t.Helper()
	var all []string
	for _, folder := range []string{
		"Personale", "Personale/Sager/2019", "Personale/Sager/2020", "Økonomi", "Økonomi/bilag", "arkiv", "arkiv2", "b/c/d/e/f/g/h",
	} {
		for _, name := range []string{"a.txt", "b.txt", "Ø.txt"} {
			text := marker(len(all))
			st.Put(t, folder, name, text)
			all = append(all, text)
		}
	}
	return all
}

func everyItemOnce(t *testing.T, st *Storage) {
	want := fill(t, st)
	src := st.open(t)
	r := crawl(t, src).complete(t)
	sameTexts(t, src, r.items, want)

	// Partitions do not overlap, and each has its own name.
	ids, parts := map[string]bool{}, map[string]bool{}
	for _, it := range r.items {
		if ids[it.ID] {
			t.Errorf("item %q was walked twice", it.ID)
		}
		ids[it.ID] = true
		if it.Source != src.Name() {
			t.Errorf("item %q says it is of source %q, not of %q", it.ID, it.Source, src.Name())
		}
	}
	for _, p := range r.partitions {
		if parts[p.ID] {
			t.Errorf("there are two partitions %q", p.ID)
		}
		parts[p.ID] = true
	}
	if len(r.partitions) < 2 {
		t.Errorf("%d partitions of many folders: the work cannot be handed out", len(r.partitions))
	}
}

func walksTwiceTheSame(t *testing.T, st *Storage) {
	fill(t, st)
	src, other := st.open(t), st.open(t)
	first, again, elsewhere := crawl(t, src), crawl(t, src), crawl(t, other)
	if !reflect.DeepEqual(first, again) {
		t.Errorf("two walks differ:\n%s\n%s", first.text(), again.text())
	}
	if !reflect.DeepEqual(first, elsewhere) {
		t.Errorf("two sources over one storage differ:\n%s\n%s", first.text(), elsewhere.text())
	}
}

func plainData(t *testing.T, st *Storage) {
	fill(t, st)
	src := st.open(t)
	for _, it := range crawl(t, src).complete(t).items {
		if back := later(t, it); !reflect.DeepEqual(back, it) {
			t.Errorf("an item does not survive being stored:\n%+v\n%+v", it, back)
		}
		if it.ID == "" || it.Path == "" || it.Version == "" || it.Kind == "" {
			t.Errorf("an item lacks its ID, path, version or kind: %+v", it)
		}
		if it.Size <= 0 {
			t.Errorf("item %q has %d bytes", it.ID, it.Size)
		}
		known := slices.IndexFunc([]time.Time{it.Created, it.Modified, it.Received, it.Recorded}, func(t time.Time) bool { return !t.IsZero() })
		if known < 0 {
			t.Errorf("item %q has no date at all", it.ID)
		}
	}
}

func hostileNames(t *testing.T, st *Storage) {
	names := st.Names
	if names == nil {
		names = HostileNames()
	}
	var want []string
	for _, name := range names {
		for _, where := range [][2]string{{"navne", name}, {name, "a.txt"}, {"dybt/" + name + "/" + name, name}} {
			text := marker(len(want))
			st.Put(t, where[0], where[1], text)
			want = append(want, text)
		}
	}
	src := st.open(t)
	r := crawl(t, src).complete(t)
	for _, it := range r.items {
		if !clean(it.Path) {
			t.Errorf("a path that cannot be shown: %q", it.Path)
		}
		if back := later(t, it); back.ID != it.ID {
			t.Errorf("an ID does not survive being stored: %q, %q", it.ID, back.ID)
		}
	}
	for _, p := range r.partitions {
		if !clean(p.Path) {
			t.Errorf("a partition's path that cannot be shown: %q", p.Path)
		}
	}
	sameTexts(t, src, r.items, want)
}

func deniedFolder(t *testing.T, st *Storage) {
	need(t, st.DenyFolder != nil, "deny a folder")
	want := fill(t, st)
	st.Put(t, "Personale/Lukket", "skjult.txt", "dette maa ikke ses")
	st.Put(t, "Laast", "skjult.txt", "dette maa ikke ses")
	st.DenyFolder(t, "Personale/Lukket")
	st.DenyFolder(t, "Laast")
	src := st.open(t)
	r := crawl(t, src)
	sameTexts(t, src, r.items, want) // the siblings are still walked
	if len(r.gaps) != 2 {
		t.Fatalf("%d gaps for 2 folders that deny:\n%s", len(r.gaps), r.text())
	}
	for i, place := range []string{"Laast", "Lukket"} {
		if g := r.gaps[i]; g.Reason != scanner.Denied || !strings.HasSuffix(g.Path, place) || g.Err == nil {
			t.Errorf("gap %+v, want %s denied", *g, place)
		}
	}
}

func deniedItem(t *testing.T, st *Storage) {
	need(t, st.DenyItem != nil, "deny an item")
	fill(t, st)
	st.DenyItem(t, "Personale", "a.txt")
	src := st.open(t)
	denied := 0
	for _, it := range crawl(t, src).complete(t).items {
		if _, err := read(src, it); err != nil {
			denied++
			if got := scanner.ReasonFor(err); got != scanner.Denied {
				t.Errorf("reason %s for %v, want denied", got, err)
			}
			if errors.Is(err, scanner.ErrChanged) || errors.Is(err, scanner.ErrGone) {
				t.Errorf("an item that denies is neither changed nor gone: %v", err)
			}
		}
	}
	if denied != 1 {
		t.Errorf("%d items deny, want 1", denied)
	}
}

func links(t *testing.T, st *Storage) {
	need(t, st.Link != nil, "make a link")
	want := fill(t, st)
	st.Put(t, "Privat", "skjult.txt", "dette maa ikke ses")
	st.Link(t, "arkiv", "genvej", "Personale")
	st.Link(t, "arkiv", "nogle billeder", "Privat")
	st.Link(t, "Personale/Sager", "op", "Personale") // a circle
	st.Link(t, "", "top", "Personale")
	st.LinkOut(t, "arkiv", "ud", "dette ligger udenfor")
	src := st.open(t)
	r := crawl(t, src).complete(t)
	sameTexts(t, src, r.items, want)
	n := 0
	for _, s := range r.skips {
		if s.Why == scanner.SkipLink {
			n++
		}
	}
	if n != 5 {
		t.Errorf("%d links left alone, want 5:\n%s", n, r.text())
	}

	// A folder on the way to an item that has become a link to a like one.
	need(t, st.Rename != nil, "rename a folder")
	it := find(t, src, r.items, want[0])
	st.Rename(t, "Personale", "Personale2")
	st.Link(t, "", "Personale", "Personale2")
	if _, err := read(src, it); !errors.Is(err, scanner.ErrChanged) && !errors.Is(err, scanner.ErrGone) {
		t.Errorf("opened through a folder that has become a link: %v", err)
	}
}

func stopsWhenCancelled(t *testing.T, st *Storage) {
	for i := range 60 {
		st.Put(t, "mange", fmt.Sprintf("%03d.txt", i), marker(i))
	}
	src := st.open(t)
	part := partitionOf(t, src, "mange")

	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	n := 0
	var end error
	for _, err := range src.Walk(ctx, part) {
		if end != nil {
			t.Fatal("the walk went on after it had ended with an error")
		}
		if err != nil {
			end = err
			continue
		}
		if n++; n == 3 {
			cancel()
		}
	}
	if !errors.Is(end, context.Canceled) {
		t.Errorf("a cancelled walk ended with %v: it passes for complete", end)
	}
	if n > 10 {
		t.Errorf("%d items after being cancelled at the third", n)
	}
	for _, err := range src.Walk(ctx, part) {
		if !errors.Is(err, context.Canceled) {
			t.Errorf("a walk with a cancelled context yields %v", err)
		}
	}
	if _, err := src.Partitions(ctx); !errors.Is(err, context.Canceled) {
		t.Errorf("partitions with a cancelled context: %v", err)
	}
	if f, err := src.Open(ctx, crawl(t, src).items[0]); !errors.Is(err, context.Canceled) {
		t.Errorf("open with a cancelled context: %v", err)
		if err == nil {
			_ = f.Close()
		}
	}
}

// partitionOf returns the partition in which a topmost folder lies.
func partitionOf(t testing.TB, src scanner.Source, folder string) scanner.Partition {
	t.Helper()
	list, err := src.Partitions(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	i := slices.IndexFunc(list, func(p scanner.Partition) bool { return strings.HasSuffix(p.Path, folder) })
	if i < 0 {
		t.Fatalf("no partition for %q in %+v", folder, list)
	}
	return list[i]
}

func earlyBreak(t *testing.T, st *Storage) {
	want := fill(t, st)
	src := st.open(t)
	crawl(t, src) // whatever is opened once and kept
	handles := func() int { return 0 }
	if st.Handles != nil {
		handles = func() int { return st.Handles(t) }
	}
	before := handles()
	for range 50 {
		list, err := src.Partitions(context.Background())
		if err != nil {
			t.Fatal(err)
		}
		for _, p := range list {
			for range src.Walk(context.Background(), p) {
				break
			}
		}
	}
	if after := handles(); after != before {
		t.Errorf("%d handles before, %d after breaking off walks", before, after)
	}
	sameTexts(t, src, crawl(t, src).complete(t).items, want)
}

func removedDuringWalk(t *testing.T, st *Storage) {
	for i := range 20 {
		st.Put(t, "mange/"+fmt.Sprintf("%03d", i), "a.txt", marker(i))
		st.Put(t, "mange", fmt.Sprintf("%03d.txt", i), marker(i))
	}
	src := st.open(t)
	n := 0
	for it, err := range src.Walk(context.Background(), partitionOf(t, src, "mange")) {
		if err != nil {
			t.Fatalf("what somebody removes is neither a gap nor the end of a walk: %v", err)
		}
		if n++; n > 1 {
			continue
		}
		for i := 10; i < 20; i++ {
			st.Remove(t, "mange/"+fmt.Sprintf("%03d", i), "a.txt")
			st.Remove(t, "mange", fmt.Sprintf("%03d.txt", i))
		}
		if st.Rename != nil { // a whole folder goes
			st.Rename(t, "mange/010", "flyttet")
			st.Rename(t, "mange/015", "Privat")
		}
		if _, err := read(src, it); err != nil {
			t.Errorf("read during the walk: %v", err)
		}
	}
	if n < 20 {
		t.Errorf("%d items, but 20 were there all the time", n)
	}
}

func leavesNoTrace(t *testing.T, st *Storage) {
	need(t, st.Snapshot != nil, "see traces")
	fill(t, st)
	st.Put(t, "Personale/Privat", "skjult.txt", "dette maa ikke ses")
	before := st.Snapshot(t)
	src := st.open(t)
	for range 2 {
		r := crawl(t, src).complete(t)
		for _, it := range r.items {
			f, err := src.Open(context.Background(), it)
			if err != nil {
				t.Fatal(err)
			}
			if _, err := io.Copy(io.Discard, io.NewSectionReader(f, 0, f.Size())); err != nil {
				t.Error(err)
			}
			if err := errors.Join(f.Recheck(), f.Close()); err != nil {
				t.Error(err)
			}
		}
	}
	if after := st.Snapshot(t); after != before {
		t.Errorf("looking has left a trace:\nbefore\n%s\nafter\n%s", before, after)
	}
}
