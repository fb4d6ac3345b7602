package store

import (
	"fmt"
	"testing"
)

// TestDuplicates: the same content in several places is one set; what is empty,
// what was not read whole and what is a recording is in none.
func TestDuplicates(t *testing.T) {
	engines(t, func(t *testing.T, s *Store) {
		item := func(source string, n int, mac string, size int64) Finding {
			f := finding(source, n)
			f.ContentMAC, f.Item.Size = mac, size
			return f
		}
		a, b := item("s", 1, "m1", 100), item("s", 2, "m1", 100)
		c, d := item("s", 3, "m2", 7), item("s", 4, "m2", 7)
		rec1, rec2 := recording("a", 1), recording("a", 2)
		rec1.ContentMAC, rec2.ContentMAC = "m3", "m3"
		record(t, s, "s", true, a, b, c, d, item("s", 5, "", 100), item("s", 6, "", 100), item("s", 7, "m0", 0), item("s", 8, "m0", 0), item("s", 9, "alone", 9))
		other := item("t", 1, "m1", 100)
		record(t, s, "t", true, other)
		record(t, s, "tv", true, rec1, rec2)
		got, err := s.Duplicates(t.Context(), 1)
		must(t, err)
		first := min(a.Ref, b.Ref, other.Ref)
		want := Duplicates{Sets: 2, Extra: 3, Bytes: 207, Largest: []DuplicateSet{{Ref: first, Size: 100, N: 3, Sources: 2}}}
		if fmt.Sprint(got) != fmt.Sprint(want) {
			t.Errorf("got %+v, want %+v", got, want)
		}
	})
}
