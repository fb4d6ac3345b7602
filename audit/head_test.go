package audit

import (
	"path/filepath"
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
