package agent

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/sletdk/slet/scanner"
)

// manyParts is a source of several partitions with one item each. A walk of one
// goes on when as many have begun as are to go on together.
type manyParts struct {
	fakeSource
	parts, together int
	bad             int // this partition fails; -1 is none

	mu    sync.Mutex
	begun int
	all   chan struct{}
}

func (s *manyParts) Partitions(context.Context) (list []scanner.Partition, err error) {
	for i := range s.parts {
		list = append(list, scanner.Partition{ID: fmt.Sprint(i)})
	}
	return list, nil
}

func (s *manyParts) Walk(ctx context.Context, p scanner.Partition) iter.Seq2[scanner.Item, error] {
	return func(yield func(scanner.Item, error) bool) {
		s.mu.Lock()
		if s.begun++; s.begun == s.together {
			close(s.all)
		}
		s.mu.Unlock()
		select {
		case <-s.all:
		case <-ctx.Done():
			yield(scanner.Item{}, ctx.Err())
			return
		case <-time.After(20 * time.Second):
			yield(scanner.Item{}, errors.New("they are not walked together"))
			return
		}
		if p.ID == fmt.Sprint(s.bad) {
			yield(scanner.Item{}, errors.New("broken"))
			return
		}
		yield(scanner.Item{ID: p.ID}, nil)
	}
}

// TestWalkMany: partitions are walked together, each once, and one that is
// broken breaks the walk.
func TestWalkMany(t *testing.T) {
	for _, tc := range []struct{ walkers, bad int }{{0, -1}, {1, -1}, {4, -1}, {4, 2}, {1, 2}} {
		src := &manyParts{parts: 8, together: max(tc.walkers, 1), bad: tc.bad, all: make(chan struct{})}
		var mu sync.Mutex
		var got []string
		err := WalkMany(t.Context(), src, tc.walkers, Visitor{Item: func(it scanner.Item) error {
			mu.Lock()
			defer mu.Unlock()
			got = append(got, it.ID)
			return nil
		}})
		slices.Sort(got)
		if broken := err != nil; broken != (tc.bad >= 0) || broken && !errors.Is(err, context.Canceled) && err.Error() != "walk fake: broken" {
			t.Errorf("%+v: %v", tc, err)
		}
		if tc.bad < 0 && !slices.Equal(got, []string{"0", "1", "2", "3", "4", "5", "6", "7"}) {
			t.Errorf("%+v: %q", tc, got)
		}
	}
}
