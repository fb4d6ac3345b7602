package store

import (
	"strings"
	"testing"
)

// TestFewAreNotAll: some items of one source are found by their references or
// persons, and those that could not be examined by an index of their own, not by a
// walk over all.
func TestFewAreNotAll(t *testing.T) {
	s := openTest(t, sqliteDSN(t))
	for want, filters := range map[string][]Filter{
		"SEARCH items USING INDEX sqlite_autoindex_items_1 (ref=?)": {
			{Source: "s", Refs: []string{"a", "b", "c"}}, {Source: "s", Subject: "p"}, {Source: "s", Subjects: []string{"p", "q"}}, {Source: "s", Ref: "a"},
		},
		"SCAN items USING INDEX items_gapped": {{Gapped: true}},
	} {
		for _, f := range filters {
			where, args := f.where(nil)
			rows, err := s.read.QueryContext(t.Context(), "EXPLAIN QUERY PLAN SELECT "+factColumns+" FROM items WHERE "+where, append(args, pageItems)...)
			must(t, err)
			var steps []string
			var id, parent, unused int64
			var step string
			must(t, each(rows, []any{&id, &parent, &unused, &step}, func() { steps = append(steps, step) }))
			if !strings.Contains(strings.Join(steps, "; "), want) {
				t.Errorf("%+v: %s", f, steps)
			}
		}
	}
}
