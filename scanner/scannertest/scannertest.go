// Package scannertest holds every source to the same promises.
//
// A new source is done when [Run] is green over its own real storage. The suite
// fills a storage, looks at it through the source, disturbs it behind the
// source's back, and looks again. It knows items by their content, since only
// the source knows how it names them.
//
// What a storage cannot do (a mailbox has no links, a message cannot be
// overwritten) is left nil in [Storage]; the promise about it is then skipped,
// by name, so that the list of skips says what has not been shown.
package scannertest

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"

	"github.com/sletdk/slet/scanner"
)

// Storage is one empty storage, made for one test, with a source over it.
//
// Folders are slash-separated paths, "" is where items may lie topmost. An item
// is named by its folder, a name and a text that is found in its content; the
// text is unique and in ASCII. All functions end the test when they fail.
type Storage struct {
	// Open opens a source over the storage, anew on each call, as another
	// process would. The suite closes it.
	Open func(t testing.TB) scanner.Source

	// Put makes an item, and the folders on the way to it.
	Put func(t testing.TB, folder, name, text string)
	// Remove removes an item.
	Remove func(t testing.TB, folder, name string)

	// Overwrite gives an item another text of the same length, in place.
	Overwrite func(t testing.TB, folder, name, text string)
	// Forge does the same and sets back every time stamp that can be set.
	Forge func(t testing.TB, folder, name, text string)
	// Append makes an item longer.
	Append func(t testing.TB, folder, name, text string)
	// Replace puts another item of the same length and times under the name.
	Replace func(t testing.TB, folder, name, text string)
	// Rename gives a folder another name.
	Rename func(t testing.TB, folder, to string)

	// DenyFolder takes away the source's right to look into a folder, and
	// DenyItem its right to read an item, until the test ends.
	DenyFolder func(t testing.TB, folder string)
	DenyItem   func(t testing.TB, folder, name string)

	// Link makes a link under folder and name that leads to another folder of
	// the storage, and LinkOut one that leads out of it to an item with text.
	Link    func(t testing.TB, folder, name, target string)
	LinkOut func(t testing.TB, folder, name, text string)

	// Names are folder and item names that the storage can hold and that are
	// as unpleasant as it allows; nil tests [HostileNames].
	Names []string

	// Snapshot describes everything that looking could change: time stamps,
	// flags, marks of having been read.
	Snapshot func(t testing.TB) string
	// Watch calls look, and returns what happened meanwhile in the folders or
	// below them, seen from the storage's side: openings, listings, readings.
	Watch func(t testing.TB, folders []string, look func()) []string
	// Handles counts what the process holds open towards the storage.
	Handles func(t testing.TB) int
}

// Maker makes a storage; what it needs is released by t.Cleanup.
type Maker func(t *testing.T) *Storage

// Run holds the source to all promises.
func Run(t *testing.T, mk Maker) {
	promises := []struct {
		name string
		test func(*testing.T, *Storage)
	}{
		{"empty storage", emptyStorage},
		{"every item exactly once", everyItemOnce},
		{"walks twice the same", walksTwiceTheSame},
		{"an item is plain data", plainData},
		{"hostile names", hostileNames},
		{"a folder that denies is a gap", deniedFolder},
		{"an item that denies", deniedItem},
		{"links are not followed", links},
		{"stops when cancelled", stopsWhenCancelled},
		{"an early break leaks nothing", earlyBreak},
		{"removed during the walk", removedDuringWalk},
		{"private is left alone", private},
		{"private is not touched", privateWatched},
		{"became private after the walk", becamePrivate},
		{"leaves no trace", leavesNoTrace},
		{"content", content},
		{"opens during a walk", openDuringWalk},
		{"opens later", openLater},
		{"opens concurrently", openConcurrently},
		{"a foreign item is refused", foreignItem},
		{"overwritten is changed", overwritten},
		{"forged is changed", forged},
		{"longer is changed", longer},
		{"replaced is changed", replaced},
		{"removed is gone", removed},
		{"changed while being read", changedWhileRead},
	}
	for _, p := range promises {
		t.Run(p.name, func(t *testing.T) { p.test(t, mk(t)) })
	}
}

// HostileNames are names that have broken crawlers before. All are legal on
// Linux; a storage that allows less sets [Storage.Names].
func HostileNames() []string {
	return []string{
		"Ærø økonomi åben", "Ærø" + "åben", // composed and decomposed
		" blank foran", "blank bagved ", "punktum.", "..to punktummer", "...", "-rf", "--help", "~", "$HOME", "`id`", "%s%n%00", "%2e%2e%2f",
		"linje\nskift", "tab\ttegn", "esc\x1b[2J", "bs\b\b\b", "nul\x01", "\u202egpj.exe", "zero\u200bwidth", "c1\u0085x",
		`back\slash`, `\x41`, `\`, `c:\x`, "kolon:strøm", "stjerne*", "spørgsmål?", "[a-z]", "{a,b}", "\"citat\"", "'", "<script>", "&amp;", "a|b",
		"CON", "nul.txt", "latin1-\xe6\xf8\xe5", "halv-\xc3", "\xff\xfe", "😀", strings.Repeat("a", 251) + ".txt", strings.Repeat("ø", 127),
		"Privatøkonomi", "Privatskole", "Privatliv",
	}
}

// open opens a source for the rest of the test.
func (st *Storage) open(t testing.TB) scanner.Source {
	t.Helper()
	src := st.Open(t)
	t.Cleanup(func() {
		if err := src.Close(); err != nil {
			t.Errorf("close: %v", err)
		}
	})
	return src
}

// result is what one walk of everything gave.
type result struct {
	partitions []scanner.Partition
	items      []scanner.Item
	gaps       []*scanner.Gap
	skips      []*scanner.Skip
}

// crawl walks all partitions. A walk that ends with an error ends the test.
func crawl(t testing.TB, src scanner.Source) result {
	t.Helper()
	r, err := tryCrawl(src)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func tryCrawl(src scanner.Source) (result, error) {
	var r result
	var err error
	if r.partitions, err = src.Partitions(context.Background()); err != nil {
		return r, fmt.Errorf("partitions: %w", err)
	}
	for _, p := range r.partitions {
		for it, err := range src.Walk(context.Background(), p) {
			if err := r.add(it, err); err != nil {
				return r, fmt.Errorf("walk of %q: %w", p.ID, err)
			}
		}
	}
	return r, nil
}

// add sorts what a walk yields; an error means that the walk has ended.
func (r *result) add(it scanner.Item, err error) error {
	var gap *scanner.Gap
	var skip *scanner.Skip
	switch {
	case err == nil:
		r.items = append(r.items, it)
	case errors.As(err, &gap):
		r.gaps = append(r.gaps, gap)
	case errors.As(err, &skip):
		r.skips = append(r.skips, skip)
	default:
		return err
	}
	return nil
}

// complete ends the test if the walk has left anything out.
func (r result) complete(t testing.TB) result {
	t.Helper()
	for _, g := range r.gaps {
		t.Fatalf("unexpected gap: %v", g)
	}
	return r
}

// text is everything that the walk said, in one string to search in.
func (r result) text() string {
	var b strings.Builder
	for _, p := range r.partitions {
		fmt.Fprintf(&b, "partition %q %q\n", p.ID, p.Path)
	}
	for _, it := range r.items {
		fmt.Fprintf(&b, "item %+v\n", it)
	}
	for _, g := range r.gaps {
		fmt.Fprintf(&b, "gap %+v: %v\n", *g, g)
	}
	for _, s := range r.skips {
		fmt.Fprintf(&b, "skip %+v: %v\n", *s, s)
	}
	return b.String()
}

// read opens the item and reads all of it.
func read(src scanner.Source, it scanner.Item) ([]byte, error) {
	f, err := src.Open(context.Background(), it)
	if err != nil {
		return nil, err
	}
	b, err := io.ReadAll(io.NewSectionReader(f, 0, f.Size()))
	if err == nil {
		err = f.Recheck()
	}
	return b, errors.Join(err, f.Close())
}

// find returns the one item that holds the text.
func find(t testing.TB, src scanner.Source, items []scanner.Item, text string) scanner.Item {
	t.Helper()
	var found []scanner.Item
	for _, it := range items {
		b, err := read(src, it)
		if err != nil {
			t.Fatalf("read %q: %v", it.ID, err)
		}
		if bytes.Contains(b, []byte(text)) {
			found = append(found, it)
		}
	}
	if len(found) != 1 {
		t.Fatalf("%d items hold %q, want 1", len(found), text)
	}
	return found[0]
}

// texts returns, sorted, which of the wanted texts the items hold, one for each
// item; an item with none of them, or that cannot be read, ends the test.
func texts(t testing.TB, src scanner.Source, items []scanner.Item, wanted []string) []string {
	t.Helper()
	var got []string
	for _, it := range items {
		b, err := read(src, it)
		if err != nil {
			t.Fatalf("read %q: %v", it.ID, err)
		}
		i := slices.IndexFunc(wanted, func(w string) bool { return bytes.Contains(b, []byte(w)) })
		if i < 0 {
			t.Fatalf("item %q (%q) was not put there: %.60q", it.ID, it.Path, b)
		}
		got = append(got, wanted[i])
	}
	slices.Sort(got)
	return got
}

// sameTexts ends the test unless exactly the wanted texts were found.
func sameTexts(t testing.TB, src scanner.Source, items []scanner.Item, wanted []string) {
	t.Helper()
	got := texts(t, src, items, wanted)
	want := slices.Sorted(slices.Values(wanted))
	if !slices.Equal(got, want) {
		t.Fatalf("walked\n %q\nwant\n %q", got, want)
	}
}

// later is the item as it comes out of a store.
func later(t testing.TB, it scanner.Item) scanner.Item {
	t.Helper()
	b, err := json.Marshal(it)
	if err != nil {
		t.Fatal(err)
	}
	var back scanner.Item
	if err := json.Unmarshal(b, &back); err != nil {
		t.Fatal(err)
	}
	return back
}

// clean reports that a text can be shown: valid, and on one line.
func clean(s string) bool {
	return utf8.ValidString(s) && strings.IndexFunc(s, unicode.IsControl) < 0
}

// need skips the promise if the storage cannot do what it takes.
func need(t *testing.T, can bool, what string) {
	t.Helper()
	if !can {
		t.Skipf("not shown: this storage has no way to %s", what)
	}
}

// marker makes a text that is unique in a test and 24 bytes long.
func marker(n int) string { return fmt.Sprintf("indhold nummer %08d.", n) }
