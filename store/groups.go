package store

import (
	"cmp"
	"context"
	"database/sql"
	"errors"
	"fmt"
	"iter"
	"strings"
	"time"
)

// The findings of the worklist are also listed in groups. The groups are sums,
// made by [Store.RefreshGroups] when the worklist has changed and stored a row a
// group, so that a page of them is a page of an index. An item with nothing
// found in it, or that is restricted, is in no group.

// GroupKind is what the items of a group have in common.
type GroupKind string

// The kinds of groups.
const (
	ByFolder  GroupKind = "folder"
	ByPerson  GroupKind = "person"
	ByContent GroupKind = "content" // two items at least, with the same content
)

// GroupKinds are all kinds.
func GroupKinds() []GroupKind { return []GroupKind{ByFolder, ByPerson, ByContent} }

// Group is some items that have something in common, as the last refresh counted
// them.
type Group struct {
	// Handle chooses its items in a [WorkFilter]. It is no name: a person's keyed
	// HMAC, or the reference of an item of the group.
	Handle string
	Ref    string // an item of the group
	Items  int64
	Ready  int64     // of those, how many are due
	Due    time.Time // when the first of them falls due; zero when none has a date
	// Source and Path are of the item Ref, Folder is where it lies; Size is its
	// own. Person is the masked value that stands in it for the group's person.
	Source, Path, Folder, Person string
	Size                         int64
}

// GroupOrder is an order of groups.
type GroupOrder string

// The orders: the largest first; those with the most that is due; what falls due
// first.
const (
	LargestFirst GroupOrder = "items"
	ReadyFirst   GroupOrder = "ready"
	DueFirst     GroupOrder = "due"
)

// GroupFilter chooses groups.
type GroupFilter struct {
	Kind GroupKind
	// Owner: groups of what is routed to this owner, with the numbers of that;
	// "" is of everything.
	Owner string
	// Ready leaves out groups in which nothing is due.
	Ready bool
}

func (f GroupFilter) where() (string, []any) {
	where := "kind = ? AND scope = ?"
	if f.Ready {
		where += " AND ready > 0"
	}
	return where, []any{text(string(f.Kind)), text(f.Owner)}
}

// GroupMark is a place in a list of groups: a page begins after it. The zero
// value is before the first group.
type GroupMark struct {
	Key    int64
	Handle string
}

// GroupPage returns up to limit groups after a mark, and the mark after them.
func (s *Store) GroupPage(ctx context.Context, f GroupFilter, order GroupOrder, after GroupMark, limit int) ([]Group, GroupMark, error) {
	where, args := f.where()
	key, than, down := string(order), "<", " DESC"
	switch order {
	case LargestFirst, ReadyFirst:
	case DueFirst:
		than, down = ">", ""
	default:
		return nil, after, s.fail("groups", fmt.Errorf("no order %q", order))
	}
	if after.Handle != "" {
		where, args = where+" AND ("+key+", handle) "+than+" (?, ?)", append(args, after.Key, text(after.Handle))
	}
	page := "(SELECT handle, ref, items, ready, due FROM work_groups WHERE " + where + " ORDER BY " + key + down + ", handle" + down + " LIMIT ?) AS g"
	// An item that was erased since is not in the list any more; its group still is.
	rows, err := s.read.QueryContext(ctx, s.sql(`SELECT g.handle, g.ref, g.items, g.ready, g.due, COALESCE(w.source, ''), i.path, COALESCE(w.folder, ''), COALESCE(i.size, 0),
		CASE WHEN ? = 'person' THEN (SELECT m.value FROM matches m WHERE m.ref = g.ref AND m.subject = g.handle ORDER BY m.n LIMIT 1) END
		FROM `+page+` LEFT JOIN worklist w ON w.ref = g.ref LEFT JOIN items i ON i.ref = g.ref ORDER BY g.`+key+down+", g.handle"+down),
		append(append([]any{text(string(f.Kind))}, args...), limit)...)
	if err != nil {
		return nil, after, s.fail("groups", err)
	}
	var g Group
	var due int64
	var list []Group
	err = each(rows, []any{&g.Handle, &g.Ref, &g.Items, &g.Ready, &due, &g.Source, (*exact)(&g.Path), &g.Folder, &g.Size, (*maybe)(&g.Person)}, func() {
		g.Due = timeOfDue(due)
		list = append(list, g)
		after = GroupMark{Key: map[GroupOrder]int64{LargestFirst: g.Items, ReadyFirst: g.Ready, DueFirst: due}[order], Handle: g.Handle}
	})
	return list, after, s.fail("groups", err)
}

// GroupCount counts the groups, but stops counting at most.
func (s *Store) GroupCount(ctx context.Context, f GroupFilter, most int64) (n int64, err error) {
	where, args := f.where()
	err = s.read.QueryRowContext(ctx, s.sql("SELECT COUNT(*) FROM (SELECT 1 FROM work_groups WHERE "+where+" LIMIT ?) AS chosen"), append(args, most)...).Scan(&n)
	return n, s.fail("groups", err)
}

// manyInGroup is from how many items on a group is found by reading the list in
// its order and leaving out what is not in the group: sooner than all of the group
// is looked up and sorted.
const manyInGroup = 5_000

// inGroup is the condition for the lines of one group, and of which tables, in
// the order in which they are found soonest: whatever the planner thinks of it,
// the group's own index leads, but for a list of a large group, which the list's
// order leads.
func (s *Store) inGroup(ctx context.Context, kind GroupKind, handle string, ordered bool) (from, cond string, args []any, err error) {
	var name string
	switch kind {
	case ByFolder: // the index has the folder's lines in order
		var source, folder string
		err := s.read.QueryRowContext(ctx, s.sql("SELECT source, folder FROM worklist WHERE ref = ?"), text(handle)).Scan(&source, &folder)
		return "worklist w", "w.source = ? AND w.folder = ?", []any{text(source), text(folder)}, err
	case ByPerson:
		from, cond, name = "subjects g", "g.subject = ?", handle
	case ByContent:
		err := s.read.QueryRowContext(ctx, s.sql("SELECT content_mac FROM items WHERE ref = ?"), text(handle)).Scan(&name)
		if err == nil && name == "" {
			err = ErrNotFound
		}
		if err != nil {
			return "", "", nil, err
		}
		from, cond = "items g", "g.content_mac = ? AND "+isContent
	default:
		return "", "", nil, fmt.Errorf("no kind of groups %q", kind)
	}
	var n int64
	if ordered {
		err := s.read.QueryRowContext(ctx, s.sql("SELECT items FROM work_groups WHERE kind = ? AND scope = '' AND name = ?"), text(string(kind)), text(name)).Scan(&n)
		if err != nil && !errors.Is(err, sql.ErrNoRows) {
			return "", "", nil, err
		}
	}
	if n > manyInGroup {
		return "worklist w", "EXISTS (SELECT 1 FROM " + from + " WHERE g.ref = w.ref AND " + cond + ")", []any{text(name)}, nil
	}
	return from + " CROSS JOIN worklist w", cond + " AND w.ref = g.ref", []any{text(name)}, nil
}

// PersonValue is what a person is shown as: a masked value of theirs, "" when
// none is stored.
func (s *Store) PersonValue(ctx context.Context, subject string) (value string, err error) {
	err = s.read.QueryRowContext(ctx, s.sql("SELECT m.value FROM subjects g JOIN matches m ON m.ref = g.ref AND m.subject = g.subject WHERE g.subject = ? LIMIT 1"), text(subject)).Scan(&value)
	if errors.Is(err, sql.ErrNoRows) {
		return "", nil
	}
	return value, s.fail("person", err)
}

// groupRow is a group as it is stored.
type groupRow struct {
	scope, name, handle, ref string
	items, ready, due        int64
}

func (g groupRow) compare(o groupRow) int {
	return cmp.Or(strings.Compare(g.name, o.name), strings.Compare(g.scope, o.scope))
}

// isContent: what is empty is no content, and recordings are compared by a sample
// (see [Store.Duplicates]).
const isContent = "g.size > 0 AND g.kind <> 'recording'"

// groupSums are what the groups of a kind are made of: one row for each name and
// owner, in that order. The names are those of work_groups.
var groupSums = map[GroupKind]string{
	// A line break sorts before everything that stands in the name of a source:
	// the names are in the order of the two columns.
	ByFolder: groupSum("w.source || '\n' || w.folder", "w.source, w.folder", "MIN(w.ref)", "worklist w", "1 = 1"),
	ByPerson: groupSum("g.subject", "g.subject", "g.subject", "subjects g JOIN worklist w ON w.ref = g.ref", "1 = 1"),
	ByContent: groupSum("g.content_mac", "g.content_mac", "MIN(w.ref)", "items g JOIN worklist w ON w.ref = g.ref",
		"g.content_mac IN (SELECT content_mac FROM items WHERE content_mac <> '' GROUP BY content_mac HAVING COUNT(*) > 1) AND "+isContent),
}

func groupSum(name, by, handle, from, where string) string {
	return "SELECT " + name + ", w.owner, " + handle + ", MIN(w.ref), COUNT(*), CAST(SUM(CASE WHEN w.disposition = 'due' THEN 1 ELSE 0 END) AS BIGINT), MIN(w.due) FROM " + from +
		" WHERE w.restricted = 0 AND w.categories <> 0 AND " + where + " GROUP BY " + by + ", w.owner ORDER BY " + by + ", w.owner"
}

// RefreshGroups brings the groups up to date with the worklist. It is a pass over
// the worklist for each kind; what is right already costs no write. Memory is
// bounded by the owners of one group. One runs at a time.
func (s *Store) RefreshGroups(ctx context.Context) error {
	for _, kind := range GroupKinds() {
		if err := s.refreshGroups(ctx, kind); err != nil {
			return s.fail("refresh groups", err)
		}
	}
	return nil
}

// refreshGroups lets the groups as they are and as they should be pass by one
// another, in the same order, and writes where they differ.
func (s *Store) refreshGroups(ctx context.Context, kind GroupKind) error {
	next, stop := iter.Pull2(s.storedGroups(ctx, kind))
	defer stop()
	old, err, have := next()
	w := &groupWriter{s: s, kind: kind}
	for g, e := range s.summedGroups(ctx, kind) {
		if e != nil {
			return e
		}
		for have && err == nil && old.compare(g) < 0 {
			if err := w.add(ctx, groupChange{old, true}); err != nil {
				return err
			}
			old, err, have = next()
		}
		if err != nil {
			return err
		}
		if have && old == g {
			old, err, have = next()
			continue
		}
		if have && old.compare(g) == 0 {
			old, err, have = next()
		}
		if err := w.add(ctx, groupChange{g, false}); err != nil {
			return err
		}
	}
	for ; have && err == nil; old, err, have = next() {
		if err := w.add(ctx, groupChange{old, true}); err != nil {
			return err
		}
	}
	return cmp.Or(err, w.flush(ctx))
}

// storedGroups are the groups as they are.
func (s *Store) storedGroups(ctx context.Context, kind GroupKind) iter.Seq2[groupRow, error] {
	var g groupRow
	return s.stream(ctx, "SELECT scope, name, handle, ref, items, ready, due FROM work_groups WHERE kind = ? ORDER BY name, scope", []any{text(string(kind))},
		[]any{&g.scope, &g.name, &g.handle, &g.ref, &g.items, &g.ready, &g.due}, &g)
}

// summedGroups are the groups as they should be: each of everything, and of each
// owner.
func (s *Store) summedGroups(ctx context.Context, kind GroupKind) iter.Seq2[groupRow, error] {
	var g groupRow
	lines := s.stream(ctx, groupSums[kind], nil, []any{&g.name, &g.scope, &g.handle, &g.ref, &g.items, &g.ready, &g.due}, &g)
	return func(yield func(groupRow, error) bool) {
		var all groupRow
		var owners []groupRow
		whole := func() bool {
			for _, g := range append([]groupRow{all}, owners...) {
				if (kind != ByContent || g.items > 1) && g.items > 0 && !yield(g, nil) {
					return false
				}
			}
			return true
		}
		for g, err := range lines {
			if err != nil {
				yield(groupRow{}, err)
				return
			}
			if g.name != all.name {
				if !whole() {
					return
				}
				all, owners = groupRow{name: g.name, handle: g.handle, ref: g.ref, due: g.due}, nil
			}
			all.items, all.ready, all.due = all.items+g.items, all.ready+g.ready, min(all.due, g.due)
			all.handle, all.ref = min(all.handle, g.handle), min(all.ref, g.ref)
			if g.scope != "" {
				owners = append(owners, g)
			}
		}
		whole()
	}
}

// stream yields a row after another; every one is scanned into dest, which points
// into g.
func (s *Store) stream(ctx context.Context, query string, args, dest []any, g *groupRow) iter.Seq2[groupRow, error] {
	return func(yield func(groupRow, error) bool) {
		rows, err := s.read.QueryContext(ctx, s.sql(query), args...)
		if err != nil {
			yield(groupRow{}, err)
			return
		}
		defer func() { _ = rows.Close() }() // after the last row, or when nobody wants more
		for rows.Next() {
			if err := rows.Scan(dest...); err != nil {
				yield(groupRow{}, fmt.Errorf("%w: %w", ErrCorrupt, err))
				return
			}
			if !yield(*g, nil) {
				return
			}
		}
		if err := rows.Err(); err != nil {
			yield(groupRow{}, err)
		}
	}
}

// groupChange is a group that is to be written, or to go.
type groupChange struct {
	groupRow
	gone bool
}

// groupWriter writes groups, a batch at a time.
type groupWriter struct {
	s     *Store
	kind  GroupKind
	batch []groupChange
}

func (w *groupWriter) add(ctx context.Context, c groupChange) error {
	if w.batch = append(w.batch, c); len(w.batch) < worklistBatch {
		return nil
	}
	return w.flush(ctx)
}

func (w *groupWriter) flush(ctx context.Context) error {
	if len(w.batch) == 0 {
		return nil
	}
	err := w.s.tx(ctx, func(tx *sql.Tx) error {
		for _, c := range w.batch {
			query, args := "DELETE FROM work_groups WHERE kind = ? AND scope = ? AND name = ?", []any{text(string(w.kind)), text(c.scope), text(c.name)}
			if !c.gone {
				query = "INSERT INTO work_groups (kind, scope, name, handle, ref, items, ready, due) VALUES (" + marks(8) + `) ON CONFLICT (kind, scope, name) DO UPDATE SET
					handle = excluded.handle, ref = excluded.ref, items = excluded.items, ready = excluded.ready, due = excluded.due`
				args = append(args, text(c.handle), text(c.ref), c.items, c.ready, c.due)
			}
			if _, err := w.s.execTx(ctx, tx, query, args...); err != nil {
				return err
			}
		}
		return nil
	})
	w.batch = w.batch[:0]
	return err
}
