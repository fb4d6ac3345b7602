package agent

import (
	"context"
	"errors"
	"io"
	"testing"
	"time"

	"github.com/sletdk/slet/scanner"
)

// fakeTime is a clock that moves only when somebody sleeps.
type fakeTime struct {
	at    time.Time
	slept time.Duration
}

func (f *fakeTime) limit(r Rate) *Limit {
	l := NewLimit(r)
	l.now = func() time.Time { return f.at }
	l.sleep = func(ctx context.Context, d time.Duration) error {
		f.at, f.slept = f.at.Add(d), f.slept+d
		return ctx.Err()
	}
	return l
}

// TestLimit: what is opened and read takes the time that its rate gives it, and
// what is read twice is paid for once.
func TestLimit(t *testing.T) {
	const size = 1000
	for name, tc := range map[string]struct {
		rate  Rate
		items int
		reads int // of each item, whole
		want  time.Duration
	}{
		"a burst of one second is free": {Rate{Items: 10}, 10, 1, 0},
		"items":                         {Rate{Items: 10}, 60, 1, 5 * time.Second},
		"a fraction of an item":         {Rate{Items: 0.5}, 3, 1, 4 * time.Second},
		"bytes":                         {Rate{Bytes: size}, 6, 1, 5 * time.Second},
		"bytes read twice":              {Rate{Bytes: size}, 6, 2, 5 * time.Second},
		"items larger than a second":    {Rate{Bytes: size / 4}, 1, 1, 3 * time.Second},
		"the slower of both":            {Rate{Items: 10, Bytes: size}, 6, 1, 5 * time.Second},
	} {
		t.Run(name, func(t *testing.T) {
			clock := &fakeTime{at: time.Unix(0, 0)}
			l := clock.limit(tc.rate)
			src := &fakeSource{}
			for range tc.items {
				src.items = append(src.items, fakeItem{path: "a.txt", text: string(make([]byte, size))})
			}
			for it, err := range src.Walk(t.Context(), scanner.Partition{}) {
				if err != nil {
					t.Fatal(err)
				}
				f, err := l.open(t.Context(), src, it)
				if err != nil {
					t.Fatal(err)
				}
				for range tc.reads {
					if n, err := io.Copy(io.Discard, io.NewSectionReader(f, 0, f.Size())); n != size || err != nil {
						t.Fatalf("read %d, %v", n, err)
					}
				}
				if err := f.Close(); err != nil {
					t.Fatal(err)
				}
			}
			if d := (clock.slept - tc.want).Abs(); d > time.Millisecond {
				t.Errorf("slept %v, want %v", clock.slept, tc.want)
			}
		})
	}
}

// TestNoLimit: without a rate nothing is wrapped, and a scan that is stopped
// does not wait for its turn.
func TestNoLimit(t *testing.T) {
	if l := NewLimit(Rate{}); l != nil {
		t.Error("a limit without a rate")
	}
	l := NewLimit(Rate{Items: 0.001})
	ctx, cancel := context.WithCancel(t.Context())
	if err := l.take(ctx, l.items, 1); err != nil {
		t.Fatal(err)
	}
	cancel()
	if err := l.take(ctx, l.items, 1); !errors.Is(err, context.Canceled) {
		t.Errorf("%v, want that it was stopped", err)
	}
}

// TestScanKeepsRate: a scan goes through its limit.
func TestScanKeepsRate(t *testing.T) {
	clock := &fakeTime{at: time.Unix(0, 0)}
	s := newScanner(t)
	s.Workers, s.Limit = 1, clock.limit(Rate{Items: 1})
	src := &fakeSource{items: []fakeItem{{path: "a.txt", text: "A"}, {path: "b.txt", text: "B"}, {path: "c.txt", text: "C"}}}
	if totals, err := s.Scan(t.Context(), src, "files"); err != nil || totals.Scanned != 3 {
		t.Fatalf("%+v, %v", totals, err)
	}
	if clock.slept < 1900*time.Millisecond {
		t.Errorf("three items took %v at one a second", clock.slept)
	}
}
