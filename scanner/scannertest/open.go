package scannertest

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"sync"
	"testing"

	"github.com/sletdk/slet/scanner"
)

// The text that most of the promises below are about. The others have its
// length, so that size alone gives nothing away.
const (
	original = "foerste udgave af teksten"
	changed  = "anden   udgave af teksten"
)

// one puts one item beside a neighbour and returns it as it was walked.
func one(t *testing.T, st *Storage) (scanner.Source, scanner.Item) {
	t.Helper()
	st.Put(t, "mappe", "nabo.txt", marker(1))
	st.Put(t, "mappe", "sag.txt", original)
	src := st.open(t)
	return src, find(t, src, crawl(t, src).complete(t).items, original)
}

func content(t *testing.T, st *Storage) {
	want := strings.Repeat("0123456789abcdef", 20000)
	st.Put(t, "stor", "stor.txt", want)
	src := st.open(t)
	it := crawl(t, src).complete(t).items[0]
	f, err := src.Open(context.Background(), it)
	if err != nil {
		t.Fatal(err)
	}
	whole, err := io.ReadAll(io.NewSectionReader(f, 0, f.Size()))
	if err != nil || !bytes.Contains(whole, []byte(want)) {
		t.Fatalf("read %d bytes, %v: the content is not in them", len(whole), err)
	}
	// Anywhere, in any order, and not past the end.
	for _, at := range []int64{f.Size() - 5, 0, f.Size() / 2, 4095} {
		b := make([]byte, 5)
		if n, err := f.ReadAt(b, at); n != 5 || err != nil && !errors.Is(err, io.EOF) || !bytes.Equal(b, whole[at:at+5]) {
			t.Errorf("ReadAt(%d) = %d, %v, %q; want %q", at, n, err, b, whole[at:at+5])
		}
	}
	b := make([]byte, 10)
	if n, err := f.ReadAt(b, f.Size()-4); n != 4 || !errors.Is(err, io.EOF) {
		t.Errorf("ReadAt over the end = %d, %v; want 4, EOF", n, err)
	}
	if n, err := f.ReadAt(b, f.Size()+100); n != 0 || !errors.Is(err, io.EOF) {
		t.Errorf("ReadAt past the end = %d, %v; want 0, EOF", n, err)
	}
	if err := f.Recheck(); err != nil {
		t.Errorf("nobody has changed it: %v", err)
	}
	if err := f.Close(); err != nil {
		t.Error(err)
	}
}

func openDuringWalk(t *testing.T, st *Storage) {
	want := fill(t, st)
	src := st.open(t)
	var items []scanner.Item
	list, err := src.Partitions(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range list {
		for it, err := range src.Walk(context.Background(), p) {
			if err != nil {
				t.Fatal(err)
			}
			items = append(items, it)
			sameTexts(t, src, []scanner.Item{it}, texts(t, src, []scanner.Item{it}, want))
		}
	}
	sameTexts(t, src, items, want)
}

func openLater(t *testing.T, st *Storage) {
	want := fill(t, st)
	src := st.open(t)
	var stored []scanner.Item
	for _, it := range crawl(t, src).complete(t).items {
		stored = append(stored, later(t, it))
	}
	sameTexts(t, st.open(t), stored, want) // another source, no walk before
}

func openConcurrently(t *testing.T, st *Storage) {
	want := fill(t, st)
	src := st.open(t)
	items := crawl(t, src).complete(t).items
	var wg sync.WaitGroup
	errs := make(chan error, 8)
	for w := range 8 {
		wg.Go(func() {
			for i := range items {
				it := items[(i+w)%len(items)]
				b, err := read(src, it)
				if err == nil && !containsAny(b, want) {
					err = fmt.Errorf("item %q holds %.40q", it.ID, b)
				}
				if err != nil {
					errs <- err
					return
				}
				if w == 0 {
					if _, err := tryCrawl(src); err != nil {
						errs <- err
						return
					}
				}
			}
		})
	}
	wg.Wait()
	close(errs)
	for err := range errs {
		t.Error(err)
	}
}

func containsAny(b []byte, texts []string) bool {
	for _, s := range texts {
		if bytes.Contains(b, []byte(s)) {
			return true
		}
	}
	return false
}

func foreignItem(t *testing.T, st *Storage) {
	src, it := one(t, st)
	stranger := it
	stranger.Source = it.Source + "2"
	refused(t, src, stranger, "an item of another source")
	for _, id := range []string{"", "/", ".", "..", "../" + it.ID, "/" + it.ID, it.ID + "/", "mappe", "mappe/../" + it.ID, it.ID + "\x00", `\q`, "\xff"} {
		stranger = it
		stranger.ID = id
		refused(t, src, stranger, "an item with the ID "+id)
	}
	stranger = it
	stranger.Version = ""
	refused(t, src, stranger, "an item without a version")
}

func refused(t *testing.T, src scanner.Source, it scanner.Item, what string) {
	t.Helper()
	if f, err := src.Open(context.Background(), it); err == nil {
		_ = f.Close()
		t.Errorf("opened %q", what)
	}
}

// opensAs ends with an error unless opening the stored item gives want.
func opensAs(t *testing.T, src scanner.Source, it scanner.Item, want error) {
	t.Helper()
	f, err := src.Open(context.Background(), later(t, it))
	if err == nil {
		_ = f.Close()
	}
	if !errors.Is(err, want) {
		t.Errorf("open: %v, want %v", err, want)
	}
}

func overwritten(t *testing.T, st *Storage) {
	need(t, st.Overwrite != nil, "overwrite an item")
	src, it := one(t, st)
	st.Overwrite(t, "mappe", "sag.txt", changed)
	opensAs(t, src, it, scanner.ErrChanged)
	opensAs(t, st.open(t), it, scanner.ErrChanged)
	if now := find(t, src, crawl(t, src).items, changed); now.Version == it.Version {
		t.Error("walked again, it has the version it had before")
	}
}

func forged(t *testing.T, st *Storage) {
	need(t, st.Forge != nil, "forge an item's times")
	src, it := one(t, st)
	st.Forge(t, "mappe", "sag.txt", changed)
	opensAs(t, src, it, scanner.ErrChanged)
	now := find(t, src, crawl(t, src).items, changed)
	if now.Version == it.Version {
		t.Error("walked again, it has the version it had before: its content would never be looked at")
	}
	if !now.Modified.Equal(it.Modified) || now.Size != it.Size {
		t.Fatalf("the storage has not forged it: %v, %d; before %v, %d", now.Modified, now.Size, it.Modified, it.Size)
	}
}

func longer(t *testing.T, st *Storage) {
	need(t, st.Append != nil, "make an item longer")
	src, it := one(t, st)
	st.Append(t, "mappe", "sag.txt", "og mere til")
	opensAs(t, src, it, scanner.ErrChanged)
}

func replaced(t *testing.T, st *Storage) {
	need(t, st.Replace != nil, "replace an item")
	src, it := one(t, st)
	st.Replace(t, "mappe", "sag.txt", changed)
	opensAs(t, src, it, scanner.ErrChanged)
	opensAs(t, st.open(t), it, scanner.ErrChanged)
}

func removed(t *testing.T, st *Storage) {
	src, it := one(t, st)
	st.Remove(t, "mappe", "sag.txt")
	opensAs(t, src, it, scanner.ErrGone)
	opensAs(t, st.open(t), it, scanner.ErrGone)
	r := crawl(t, src).complete(t)
	sameTexts(t, src, r.items, []string{marker(1)})
}

func changedWhileRead(t *testing.T, st *Storage) {
	changes := map[string]func(testing.TB, string, string, string){
		"overwritten": st.Overwrite, "forged": st.Forge, "longer": st.Append, "replaced": st.Replace,
		"removed": func(t testing.TB, folder, name, _ string) { st.Remove(t, folder, name) },
	}
	need(t, st.Overwrite != nil, "change an item")
	src := st.open(t)
	for how, change := range changes {
		if change == nil {
			continue
		}
		name := how + ".txt"
		st.Put(t, "mappe", name, original+" "+how)
		it := find(t, src, crawl(t, src).complete(t).items, original+" "+how)
		f, err := src.Open(context.Background(), it)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := f.ReadAt(make([]byte, 1), 0); err != nil {
			t.Fatal(err)
		}
		if err := f.Recheck(); err != nil {
			t.Errorf("before it is %s: %v", how, err)
		}
		change(t, "mappe", name, changed+" "+how)
		err = f.Recheck()
		if err == nil {
			// Then it was taken whole before: not one byte is of what came after.
			rest, err := io.ReadAll(io.NewSectionReader(f, 0, f.Size()))
			if err != nil || string(rest) != original+" "+how {
				t.Errorf("%s while it was being read, which Recheck does not say: %q, %v", how, rest, err)
			}
		} else if !errors.Is(err, scanner.ErrChanged) {
			t.Errorf("%s while it was being read: %v, want %v", how, err, scanner.ErrChanged)
		}
		if err := f.Close(); err != nil {
			t.Error(err)
		}
	}
}
