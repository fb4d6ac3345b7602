package audit

import (
	"errors"
	"fmt"
	"path/filepath"
	"strings"
	"testing"
)

// TestAppendBatch: lines that are appended together follow each other like any
// others, and none of them is there when one is bad.
func TestAppendBatch(t *testing.T) {
	path := filepath.Join(t.TempDir(), "a")
	l, other := openLog(t, path), openLog(t, path)
	defer closeLog(t, l)
	defer closeLog(t, other)
	appendTo(t, l, entry(1))
	recs, err := l.AppendBatch([]Entry{entry(2), entry(3), entry(4)})
	must(t, err)
	for i, rec := range recs {
		if rec.Seq != int64(i+2) {
			t.Errorf("line %d is the %d. of the batch", rec.Seq, i+1)
		}
	}
	if rec := appendTo(t, other, entry(5)); rec.Seq != 5 || rec.Prev != recs[2].Hash {
		t.Errorf("the other log goes on with line %d after %s", rec.Seq, rec.Prev)
	}
	for name, bad := range map[string]Entry{"no type": {}, "too long": {Type: "x", Path: strings.Repeat("x", MaxLine)}} {
		if _, err := l.AppendBatch([]Entry{entry(6), bad, entry(7)}); err == nil {
			t.Errorf("%s: no error", name)
		} else if name == "too long" && !errors.Is(err, ErrTooLong) {
			t.Errorf("%s: %v", name, err)
		}
		if n := verified(t, path); n != 5 {
			t.Errorf("%s: %d lines are in the log, want 5", name, n)
		}
	}
	if recs, err := l.AppendBatch(nil); err != nil || len(recs) != 0 {
		t.Errorf("an empty batch: %v, %v", recs, err)
	}
	if rec := appendTo(t, l, entry(6)); rec.Seq != 6 {
		t.Errorf("then comes line %d", rec.Seq)
	}
}

// BenchmarkAppendBatch is group commit: one sync for so many lines.
func BenchmarkAppendBatch(b *testing.B) {
	for _, size := range []int{1, 16, 128} {
		b.Run(fmt.Sprint(size), func(b *testing.B) {
			l := openLog(b, filepath.Join(b.TempDir(), "a"))
			defer closeLog(b, l)
			batch := make([]Entry, size)
			for i := range batch {
				batch[i] = entry(i)
			}
			for b.Loop() {
				_, err := l.AppendBatch(batch)
				must(b, err)
			}
			b.ReportMetric(float64(b.N*size)/b.Elapsed().Seconds(), "lines/s")
		})
	}
}
