package store

import (
	"errors"
	"slices"
	"testing"
	"time"

	"github.com/sletdk/slet/scanner"
)

// TestLook: a look records what it sees and changes nothing else.
func TestLook(t *testing.T) {
	engines(t, func(t *testing.T, s *Store) {
		a, b, fresh := finding("s", 1), finding("s", 2), finding("s", 3)
		record(t, s, "s", true, a, b)
		before, err := s.Scans(t.Context())
		must(t, err)

		look := s.BeginLook("s", day.Add(time.Hour))
		must(t, look.Record(t.Context(), fresh))
		must(t, look.Unchanged(t.Context(), a.Ref, day.Add(time.Hour)))
		must(t, look.Gap(t.Context(), scanner.Gap{Path: "x", Reason: scanner.IO, Err: errors.New("x")}))
		if err := look.Finish(t.Context(), day, true, Totals{}); err == nil {
			t.Error("a look was finished as if it had seen all of the source")
		}
		must(t, look.Leave(t.Context()))
		if err := look.Record(t.Context(), fresh); !errors.Is(err, ErrEnded) {
			t.Errorf("recorded after the end: %v", err)
		}

		if got, want := refs(all(t, s, Filter{})), []string{a.Ref, b.Ref, fresh.Ref}; !slices.Equal(got, want) {
			t.Errorf("the inventory has %v, want %v", got, want)
		}
		seen, err := s.Finding(t.Context(), a.Ref)
		if err != nil || !seen.LastSeen.Equal(a.LastSeen) {
			t.Errorf("an item that was looked at in passing was seen %v, not %v (%v)", seen.LastSeen, a.LastSeen, err)
		}
		after, err := s.Scans(t.Context())
		must(t, err)
		if len(after) != len(before) || after[0].ID != before[0].ID || !after[0].Complete {
			t.Errorf("scans %+v, before %+v", after, before)
		}
		if n := count(t, s, "place_gaps"); n != 0 {
			t.Errorf("%d gaps of places", n)
		}
	})
}

// TestLookBesideScan: a scan that is under way does not take for gone what a
// look has found behind its back, whichever began first; the next scan does.
func TestLookBesideScan(t *testing.T) {
	engines(t, func(t *testing.T, s *Store) {
		old, fresh := finding("s", 1), finding("s", 2)
		look := s.BeginLook("s", day)
		scan := begin(t, s, "s")
		must(t, scan.Record(t.Context(), old))
		must(t, look.Record(t.Context(), fresh))
		must(t, look.Leave(t.Context()))
		finish(t, scan, true)
		if got, want := refs(all(t, s, Filter{})), []string{old.Ref, fresh.Ref}; !slices.Equal(got, want) {
			t.Errorf("after the scan: %v, want %v", got, want)
		}
		record(t, s, "s", true, old)
		if got, want := refs(all(t, s, Filter{})), []string{old.Ref}; !slices.Equal(got, want) {
			t.Errorf("after the next: %v, want %v", got, want)
		}
	})
}
