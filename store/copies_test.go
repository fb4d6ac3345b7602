package store

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// holding is a finding with a content and what it holds whole.
func holding(source string, n int, content string, keys ...string) Finding {
	f := finding(source, n)
	f.ContentMAC, f.CopyKeys = content, keys
	return f
}

func TestCopies(t *testing.T) {
	engines(t, func(t *testing.T, s *Store) {
		for source, all := range map[string][]Finding{
			"a": {
				holding("a", 1, "letter"),
				holding("a", 2, "letter"),
				holding("a", 3, "archive", "letter", "photo", "letter"),
				holding("a", 4, "other"),
				holding("a", 0, "empty"), // item 0 has size 0
			},
			"b": {
				holding("b", 5, "mail", "photo", "id:1"),
				holding("b", 6, "mail with another header", "id:1"),
				holding("b", 0, "empty"),
				finding("b", 7), // never read whole
				finding("b", 8),
			},
		} {
			sc, err := s.BeginScan(t.Context(), source, day)
			must(t, err)
			for _, f := range all {
				must(t, sc.Record(t.Context(), f))
			}
			must(t, sc.Finish(t.Context(), day, true, Totals{}))
		}
		for _, c := range []struct{ ref, content, want string }{
			{"ia000001", "letter", "ia000002 whole, ia000003"},
			{"ia000003", "archive", "ia000001, ia000002, ib000005"},
			{"ib000005", "mail", "ia000003, ib000006"},
			{"ia000004", "other", ""},
			{"ia000000", "empty", ""},
			{"ib000007", "", ""},
			{"erased by now", "letter", "ia000001 whole, ia000002 whole, ia000003"},
		} {
			copies, more, err := s.Copies(t.Context(), c.ref, c.content, false)
			must(t, err)
			var got []string
			for _, f := range copies {
				if f.Whole {
					f.Ref += " whole"
				}
				got = append(got, f.Ref)
			}
			if more || strings.Join(got, ", ") != c.want {
				t.Errorf("copies of %s: %s (more: %t), want %s", c.ref, got, more, c.want)
			}
		}
		f, err := s.Finding(t.Context(), "ia000003")
		must(t, err)
		if d := cmp.Diff([]string{"letter", "photo"}, f.CopyKeys); d != "" {
			t.Error("keys", d)
		}
		// What is recorded anew replaces the keys, and who leaves takes them along.
		sc, err := s.BeginScan(t.Context(), "a", day)
		must(t, err)
		must(t, sc.Record(t.Context(), holding("a", 3, "archive", "photo")))
		must(t, sc.Finish(t.Context(), day, true, Totals{}))
		if n := count(t, s, "copy_keys"); n != 4 {
			t.Errorf("%d keys are stored, want photo twice and id:1 twice", n)
		}
	})
}

// TestCopiesBounded: a letterhead that is in every mail is told of a thousand
// times.
func TestCopiesBounded(t *testing.T) {
	engines(t, func(t *testing.T, s *Store) {
		sc, err := s.BeginScan(t.Context(), "s", day)
		must(t, err)
		for n := range maxCopies + 2 {
			must(t, sc.Record(t.Context(), holding("s", n+1, fmt.Sprint("content ", n), "letterhead")))
		}
		must(t, sc.Finish(t.Context(), day, true, Totals{}))
		copies, more, err := s.Copies(t.Context(), "is000001", "content 0", false)
		must(t, err)
		if len(copies) != maxCopies || !more {
			t.Errorf("%d copies, more: %t", len(copies), more)
		}
		if !slices.IsSortedFunc(copies, func(a, b Copy) int { return strings.Compare(a.Item.Path, b.Item.Path) }) {
			t.Error("not in order")
		}
	})
}
