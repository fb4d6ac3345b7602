package audit

import (
	"path/filepath"
	"strings"
	"testing"
)

// TestLast: the last line is found whoever wrote it, and All yields all of them.
func TestLast(t *testing.T) {
	path := filepath.Join(t.TempDir(), "audit.jsonl")
	mine, err := Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer mine.Close()
	if rec, err := mine.Last(); err != nil || rec.Seq != 0 || rec.Hash != "" {
		t.Errorf("of an empty log: %+v, %v", rec, err)
	}
	other, err := Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer other.Close()
	for n, l := range []*Log{mine, other, other} {
		want, err := l.Append(Entry{Type: TypeReveal})
		if err != nil {
			t.Fatal(err)
		}
		got, err := mine.Last()
		if err != nil || got.Seq != int64(n+1) || got.Hash != want.Hash || !got.Time.Equal(want.Time) {
			t.Errorf("after %d lines: %+v, %v, want %+v", n+1, got, err, want)
		}
	}
	lines := 0
	for rec, err := range mine.All() {
		if lines++; err != nil || rec.Seq != int64(lines) {
			t.Errorf("line %d: %+v, %v", lines, rec, err)
		}
	}
	if lines != 3 {
		t.Errorf("%d lines, want 3", lines)
	}
}

// TestAfter: what follows a mark, and nothing when another line is asked for.
func TestAfter(t *testing.T) {
	l, err := Open(filepath.Join(t.TempDir(), "audit.jsonl"))
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	add := func(kind string) Record {
		t.Helper()
		rec, err := l.Append(Entry{Type: kind, Actor: "a"})
		if err != nil {
			t.Fatal(err)
		}
		return rec
	}
	first := add("one")
	if _, ok := l.After(first.Seq, first.Hash); ok {
		t.Error("it knows a place that was never marked")
	}
	if rec, err := l.Mark(); err != nil || rec.Hash != first.Hash {
		t.Fatalf("marked %v (%v)", rec, err)
	}
	read := func() (kinds []string) {
		t.Helper()
		records, ok := l.After(first.Seq, first.Hash)
		if !ok {
			t.Fatal("it does not know the place it marked")
		}
		for rec, err := range records {
			if err != nil {
				t.Fatal(err)
			}
			kinds = append(kinds, rec.Type)
		}
		return kinds
	}
	if got := read(); len(got) != 0 {
		t.Errorf("after the last line there is %v", got)
	}
	add("two")
	add("three")
	if got := strings.Join(read(), " "); got != "two three" {
		t.Errorf("got %q", got)
	}
	if _, ok := l.After(first.Seq, "another"); ok {
		t.Error("a line with another hash is taken for the marked one")
	}
}

// TestAfterRotation: a mark in a file that was rotated away is no place in the
// new one.
func TestAfterRotation(t *testing.T) {
	_, l := rotated(t, 1)
	first, err := l.Mark()
	must(t, err)
	for n := range 4 {
		appendTo(t, l, entry(n))
	}
	if _, ok := l.After(first.Seq, first.Hash); ok {
		t.Error("it knows a place in a file that is closed")
	}
	if _, err := l.Mark(); err != nil {
		t.Error(err)
	}
}
