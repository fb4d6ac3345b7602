package files

import (
	"context"
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"
)

// fakeFolder lists names in an order of its own, a new one each time, and some
// of them twice, as network file systems have done.
type fakeFolder struct {
	names []string
}

func (f fakeFolder) each(fn func(entry) bool) error {
	for _, i := range rand.Perm(len(f.names)) {
		for range 1 + rand.IntN(2) {
			if !fn(entry{name: f.names[i]}) {
				return nil
			}
		}
	}
	return nil
}

func (f fakeFolder) stat(string) (stat, error) { return stat{}, nil }
func (f fakeFolder) close() error              { return nil }

// However many names a batch takes, all together they are the sorted listing.
func TestBatches(t *testing.T) {
	for range 300 {
		var f fakeFolder
		for range rand.IntN(200) {
			f.names = append(f.names, fmt.Sprintf("%x", rand.IntN(1000)))
		}
		want := slices.Compact(slices.Sorted(slices.Values(f.names)))
		limit := 1 + rand.IntN(40)
		var got []string
		after, more := "", true
		for more {
			var batch []entry
			var err error
			batch, more, err = nextBatch(context.Background(), f, after, limit)
			if err != nil || len(batch) > limit || cap(batch) > 5*limit+16 {
				t.Fatalf("a batch of %d (room for %d), limit %d, %v", len(batch), cap(batch), limit, err)
			}
			for _, e := range batch {
				got = append(got, e.name)
				after = e.name
			}
		}
		if !slices.Equal(got, want) {
			t.Fatalf("limit %d: got\n%q\nwant\n%q", limit, got, want)
		}
	}
}
