package store

import (
	"strings"
	"testing"

	"github.com/sletdk/slet/detectors"
	"github.com/sletdk/slet/retention"
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
			if steps := explain(t, s, "SELECT "+factColumns+" FROM items WHERE "+where, append(args, pageItems)...); !strings.Contains(steps, want) {
				t.Errorf("%+v: %s", f, steps)
			}
		}
	}
}

// explain is how SQLite answers a query.
func explain(t *testing.T, s *Store, query string, args ...any) string {
	t.Helper()
	rows, err := s.read.QueryContext(t.Context(), "EXPLAIN QUERY PLAN "+query, args...)
	must(t, err)
	var steps []string
	var id, parent, unused int64
	var step string
	must(t, each(rows, []any{&id, &parent, &unused, &step}, func() { steps = append(steps, step) }))
	return strings.Join(steps, "; ")
}

// TestPagesAreReadInOrder: a page of the list, of a folder and of a large group is
// read in its order from an index, under any filter; nothing sorts a million lines.
func TestPagesAreReadInOrder(t *testing.T) {
	s := openTest(t, sqliteDSN(t))
	f := finding("s", 1)
	f.ContentMAC, f.Matches = "c", []detectors.Match{{Detector: "cpr", Category: "cpr", Value: "1", Confidence: detectors.Confirmed, Subject: "p"}}
	fill(t, s, "s", []Finding{f})
	refreshAll(t, s, judgeByNumber)
	for _, g := range [][2]string{{"person", "p"}, {"content", "c"}} {
		_, err := s.write.ExecContext(t.Context(), "INSERT INTO work_groups (kind, scope, name, handle, ref, items, ready, due) VALUES (?, '', ?, 'h', 'r', ?, 0, 0)", g[0], g[1], manyInGroup+1)
		must(t, err)
	}
	for _, filter := range []WorkFilter{
		{}, {Source: "s"}, {Source: "s", Rule: "R1", Owner: "o", Disposition: retention.Due, Found: true, Text: "x"},
		{Group: ByFolder, Handle: f.Ref}, {Group: ByPerson, Handle: "p", Source: "s"}, {Group: ByContent, Handle: f.Ref, Found: true},
	} {
		from, where, args, err := s.workWhere(t.Context(), filter, true)
		must(t, err)
		for _, key := range []string{"due", "search"} {
			if filter.Group == ByFolder && key == "search" {
				continue // a folder by path is sorted
			}
			if steps := explain(t, s, "SELECT w.ref FROM "+from+" WHERE "+where+" ORDER BY w."+key+", w.ref LIMIT 50", args...); strings.Contains(steps, "TEMP B-TREE") || !strings.Contains(steps, "COVERING INDEX worklist_") {
				t.Errorf("%+v by %s: %s", filter, key, steps)
			}
		}
	}
	where, args := reach(&retention.Hold{Source: "s", Path: "Sager/**"})
	if steps := explain(t, s, "SELECT w.search, w.ref FROM worklist w WHERE "+where+" ORDER BY w.search, w.ref", args...); !strings.Contains(steps, "worklist_search (search>") {
		t.Errorf("what a hold reaches: %s", steps)
	}
}
