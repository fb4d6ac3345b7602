package agent

import (
	"context"
	"io"
	"iter"
	"strings"
	"testing"
	"time"

	"github.com/sletdk/slet/scanner"
	"github.com/sletdk/slet/store"
)

// recorder is a source whose items are recordings, which it dates by what is in
// them.
type recorder struct {
	*fakeSource
	stamp string
	times map[string]time.Time
}

func (r *recorder) Walk(ctx context.Context, p scanner.Partition) iter.Seq2[scanner.Item, error] {
	return func(yield func(scanner.Item, error) bool) {
		for it, err := range r.fakeSource.Walk(ctx, p) {
			it.Kind = scanner.KindRecording
			if !yield(it, err) {
				return
			}
		}
	}
}

func (r *recorder) Date(_ context.Context, it scanner.Item, f io.ReaderAt, size int64) scanner.Item {
	b := make([]byte, size)
	if _, err := f.ReadAt(b, 0); err != nil {
		panic("150370-5008")
	}
	it.Camera, it.Recorded, it.Dated = "forhal", r.times[it.ID], scanner.DatedContainer
	return it
}

func (r *recorder) Fingerprint() string { return r.stamp }

// TestRecordingsAreJudgedByTime: a recording is counted as scanned without a gap
// though nobody looks at its pictures; it is dated once, and again when the
// rules for that change; its name is searched.
func TestRecordingsAreJudgedByTime(t *testing.T) {
	s := newScanner(t)
	at := time.Date(2026, 11, 3, 9, 15, 20, 0, time.UTC)
	src := &recorder{
		fakeSource: &fakeSource{items: []fakeItem{
			{path: "a.mp4", text: "PK\x03\x04 CPR 150370-5008 er kun billeder her", version: "1"},
			{path: "CPR 150370-5008.mp4", text: "film", version: "1"},
		}},
		stamp: "1", times: map[string]time.Time{"a.mp4": at},
	}
	scan := func(want store.Totals) {
		t.Helper()
		got, err := s.Scan(t.Context(), src, "cctv")
		if err != nil {
			t.Fatal(err)
		}
		got.Bytes = 0
		if got != want {
			t.Errorf("totals %+v, want %+v", got, want)
		}
	}
	scan(store.Totals{Seen: 2, Scanned: 2, Findings: 1})
	all := findings(t, s)
	if f := all["a.mp4"]; !f.Item.Recorded.Equal(at) || len(f.Matches)+len(f.Gaps) != 0 || f.ContentMAC == "" || f.Item.Kind != scanner.KindRecording {
		t.Errorf("a.mp4: %+v", f)
	}
	if f := all["CPR 150370-5008.mp4"]; len(f.Matches) != 1 {
		t.Errorf("a number in a name was not found: %+v", f)
	}
	scan(store.Totals{Seen: 2, Unchanged: 2})
	src.stamp = "2"
	scan(store.Totals{Seen: 2, Scanned: 2, Findings: 1})

	src.items = append(src.items, fakeItem{path: "tom.mp4", text: "", version: "1", readErr: io.ErrUnexpectedEOF}, fakeItem{path: "b.mp4", text: "x", version: "1", recheckErr: scanner.ErrChanged})
	got, err := s.Scan(t.Context(), src, "cctv")
	if err != nil || got.Failed != 2 {
		t.Errorf("a reader that panics, and one that changed: %+v, %v; want 2 failed", got, err)
	}
	for _, g := range findings(t, s)["tom.mp4"].Gaps {
		if strings.Contains(g.Err.Error(), "5008") {
			t.Errorf("what a panic says is repeated: %v", g.Err)
		}
	}
}
