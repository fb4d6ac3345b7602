package agent

import (
	"context"
	"errors"
	"iter"
	"testing"

	"github.com/sletdk/slet/extract"
	"github.com/sletdk/slet/scanner"
)

// forgetful is a source that asks at every walk what is remembered, and leaves a
// mark.
type forgetful struct {
	fakeSource
	memory scanner.Memory
	mark   string
	items  int    // that were remembered at the last walk
	was    string // the mark then
}

func (f *forgetful) Recall(m scanner.Memory) { f.memory = m }

func (f *forgetful) Walk(ctx context.Context, p scanner.Partition) iter.Seq2[scanner.Item, error] {
	return func(yield func(scanner.Item, error) bool) {
		items, mark, err := f.memory.Items(ctx, "Sager", 10)
		if err != nil {
			yield(scanner.Item{}, err)
			return
		}
		f.items, f.was = len(items), mark
		if !yield(scanner.Item{}, &scanner.Mark{Place: "Sager", Value: f.mark}) {
			return
		}
		f.fakeSource.Walk(ctx, p)(yield)
	}
}

// TestMarks: a mark is kept when the whole scan has ended well, and is believed
// only by a scan that would not look at everything again anyway.
func TestMarks(t *testing.T) {
	s := newScanner(t)
	src := &forgetful{fakeSource: fakeSource{items: []fakeItem{
		{path: "Sager/1", text: "x", version: "1"}, {path: "Sager/under/2", text: "x", version: "1"}, {path: "Sager2/3", text: "x", version: "1"},
	}}}
	scan := func(mark string, fails bool, was string, items int) {
		t.Helper()
		src.mark, src.walkErr = mark, nil
		if fails {
			src.walkErr = errors.New("connection lost")
		}
		if _, err := s.Scan(t.Context(), src, "imap"); (err != nil) != fails {
			t.Fatal(err)
		}
		if src.was != was || src.items != items {
			t.Errorf("remembered were %d items, marked %q; want %d, %q", src.items, src.was, items, was)
		}
	}
	scan("a", false, "", 0)
	scan("b", true, "a", 2)
	scan("c", false, "a", 2) // b came of a walk that failed
	scan("d", false, "c", 2)
	s.Full = true
	scan("e", false, "", 0)
	s.Full = false
	scan("f", false, "e", 2)
	s.Extractor = extract.New(extract.Options{PDF: "light"})
	scan("g", false, "", 0)
	scan("h", false, "g", 2)
}
