package store

import (
	"context"
	"database/sql"
	"fmt"
	"maps"
	"math"
	"slices"
	"strings"
	"time"

	"github.com/sletdk/slet/retention"
	"github.com/sletdk/slet/scanner"
)

// Verdict is what a refresh of the worklist notes of one item.
type Verdict struct {
	Disposition retention.Disposition
	Rule        string
	Due         time.Time // zero when not known
	// Owner is the user to whom the item's finding is routed; "" is nobody.
	Owner string
	// Restricted items (GDPR art. 18) are listed for nobody who did not ask for
	// them.
	Restricted bool
	// Next is when time alone may change the verdict; zero when it never does.
	Next time.Time
	// Holds are the ids of the holds and archive locks that keep it.
	Holds []string
}

// Work is one line of the worklist: an item with the verdict of the last
// refresh.
type Work struct {
	Ref, Source, Path, DocumentType string
	Kind                            scanner.Kind
	Size                            int64
	Counts                          []Count
	Persons                         int
	Gaps                            bool // something in it could not be examined
	Verdict
}

// WorkFilter chooses lines of the worklist. Empty fields choose all.
type WorkFilter struct {
	Source, Rule, DocumentType, Category, Owner string
	Disposition                                 retention.Disposition
	// Text is part of the path, in any case.
	Text string
	// Found leaves out items without a match, Sure those without a confirmed
	// one, Gaps those that were examined whole.
	Found, Sure, Gaps bool
	// Before leaves out what falls due at this time or later, and what has no
	// date.
	Before time.Time
	// Restricted lists restricted items too.
	Restricted bool
	// Group chooses the items of one group, by its kind and handle (see [Group]);
	// of a group whose item is gone that gave it its handle the error is
	// [ErrNotFound].
	Group  GroupKind
	Handle string
}

// WorkOrder is an order of the worklist.
type WorkOrder string

// The orders: what falls due first, items without a date last; or by path.
const (
	ByDue  WorkOrder = "due"
	ByPath WorkOrder = "path"
)

// WorkMark is a place in the worklist: a page begins after it. The zero value
// is before the first line.
type WorkMark struct {
	Due int64 // nanoseconds since 1970, the largest number for no date
	Ref string
}

// never sorts after every date.
const never = math.MaxInt64

// otherBit is the bit of all categories beyond the first sixty-two.
const otherBit = 62

// WorkPage returns up to limit lines after a mark, and the mark after them. By
// path, the error is [ErrNotFound] when the marked item is not in the list any
// more.
func (s *Store) WorkPage(ctx context.Context, filter WorkFilter, order WorkOrder, after WorkMark, limit int) ([]Work, WorkMark, error) {
	from, where, args, err := s.workWhere(ctx, filter, true)
	if err != nil {
		return nil, after, s.fail("worklist", err)
	}
	key := "w.due"
	var begin any = after.Due
	if order == ByPath && after.Ref != "" {
		// Not in the mark: it is the whole path, and marks travel.
		var search string
		if err := s.read.QueryRowContext(ctx, s.sql("SELECT search FROM worklist WHERE ref = ?"), text(after.Ref)).Scan(&search); err != nil {
			return nil, after, s.fail("worklist", err)
		}
		begin = text(search)
	}
	if order == ByPath {
		key = "w.search"
	}
	if after.Ref != "" {
		where, args = where+" AND ("+key+", w.ref) > (?, ?)", append(args, begin, text(after.Ref))
	}
	// The page is chosen in an index that holds all of the filter, then fetched.
	rows, err := s.works(ctx, "w.ref IN (SELECT ref FROM (SELECT w.ref AS ref FROM "+from+" WHERE "+where+" ORDER BY "+key+", w.ref LIMIT ?) AS page) ORDER BY "+key+", w.ref",
		append(args, limit)...)
	if err != nil || len(rows) == 0 {
		return nil, after, s.fail("worklist", err)
	}
	list := make([]Work, len(rows))
	for i, r := range rows {
		list[i] = r.Work
	}
	return list, rows[len(rows)-1].mark, nil
}

// markedWork is a line with its place.
type markedWork struct {
	Work
	mark WorkMark
}

// works returns the lines for a condition.
func (s *Store) works(ctx context.Context, where string, args ...any) ([]markedWork, error) {
	rows, err := s.read.QueryContext(ctx, s.sql(`SELECT w.ref, w.source, i.path, w.document_type, i.kind, i.size, i.counts, i.subjects, w.gaps,
		w.disposition, w.rule, w.due, w.owner, w.restricted
		FROM worklist w JOIN items i ON i.ref = w.ref WHERE `+where), args...)
	if err != nil {
		return nil, err
	}
	list, err := collect(rows, func(w *markedWork) []any {
		return []any{
			&w.Ref, &w.Source, (*exact)(&w.Path), &w.DocumentType, &w.Kind, &w.Size, jsonOf(&w.Counts), &w.Persons, (*flag)(&w.Gaps),
			&w.Disposition, &w.Rule, &w.mark.Due, &w.Owner, (*flag)(&w.Restricted),
		}
	})
	for i := range list {
		w := &list[i]
		w.mark.Ref = w.Ref
		w.Due = timeOfDue(w.mark.Due)
	}
	return list, err
}

// timeOfDue is when something falls due; zero for never.
func timeOfDue(nanos int64) time.Time {
	if nanos == never {
		return time.Time{}
	}
	return time.Unix(0, nanos).UTC()
}

// Work returns the line of one item; [ErrNotFound] when it is not in the list.
func (s *Store) Work(ctx context.Context, ref string) (Work, error) {
	list, err := s.works(ctx, "w.ref = ?", text(ref))
	switch {
	case err != nil:
		return Work{}, s.fail("worklist", err)
	case len(list) == 0:
		return Work{}, s.fail("worklist", ErrNotFound)
	}
	return list[0].Work, nil
}

// SetWorkOwner routes an item to an owner until the next refresh says
// otherwise; [ErrNotFound] when it is not in the list.
func (s *Store) SetWorkOwner(ctx context.Context, ref, owner string) error {
	err := s.tx(ctx, func(tx *sql.Tx) error {
		n, err := s.execTx(ctx, tx, "UPDATE worklist SET owner = ? WHERE ref = ?", text(owner), text(ref))
		if err == nil && n == 0 {
			err = ErrNotFound
		}
		return err
	})
	return s.fail("worklist", err)
}

// WorkCount counts the lines that a filter chooses, but stops counting at most:
// a page says "more than 10.000" sooner than it counts a million.
func (s *Store) WorkCount(ctx context.Context, filter WorkFilter, most int64) (n int64, err error) {
	from, where, args, err := s.workWhere(ctx, filter, false)
	if err == nil {
		err = s.read.QueryRowContext(ctx, s.sql("SELECT COUNT(*) FROM (SELECT 1 FROM "+from+" WHERE "+where+" LIMIT ?) AS chosen"), append(args, most)...).Scan(&n)
	}
	return n, s.fail("worklist", err)
}

// ofSource is the source of a line in a condition that is not to choose the index:
// the one over folders begins with the source, and SQLite would sort all of it
// rather than read a page in the order that is asked for.
const ofSource = "COALESCE(w.source, '')"

// workWhere is the condition of a filter, and of which tables; for a list in
// order, or for a count.
func (s *Store) workWhere(ctx context.Context, f WorkFilter, ordered bool) (from, where string, args []any, err error) {
	from, conds := "worklist w", []string{"1 = 1"}
	if f.Group != "" {
		if from, conds[0], args, err = s.inGroup(ctx, f.Group, f.Handle, ordered); err != nil {
			return "", "", nil, err
		}
	}
	and := func(cond string, a ...any) { conds, args = append(conds, cond), append(args, a...) }
	for _, c := range []struct{ column, value string }{
		{ofSource, f.Source}, {"w.rule", f.Rule}, {"w.document_type", f.DocumentType}, {"w.owner", f.Owner}, {"w.disposition", string(f.Disposition)},
	} {
		if c.value != "" {
			and(c.column+" = ?", text(c.value))
		}
	}
	if f.Category != "" {
		all, err := s.names(ctx)
		if err != nil {
			return "", "", nil, err
		}
		and("w.categories & ? <> 0", all.mask(f.Category))
	}
	if f.Text != "" {
		and(`w.search LIKE ? ESCAPE '\'`, "%"+likeLiteral(searchText(f.Text))+"%")
	}
	if !f.Before.IsZero() {
		and("w.due < ?", f.Before.UnixNano())
	}
	for _, c := range []struct {
		on   bool
		cond string
	}{{f.Found, "w.categories <> 0"}, {f.Sure, "w.confirmed = 1"}, {f.Gaps, "w.gaps <> 0"}, {!f.Restricted, "w.restricted = 0"}} {
		if c.on {
			and(c.cond)
		}
	}
	return from, strings.Join(conds, " AND "), args, nil
}

// likeLiteral takes from a text what LIKE would read as a pattern.
func likeLiteral(s string) string {
	return strings.NewReplacer(`\`, `\\`, "%", `\%`, "_", `\_`, "\x00", "\uFFFD").Replace(strings.ToValidUTF8(s, "\uFFFD"))
}

// The kinds of names that occur in the worklist.
const (
	kindCategory = "category"
	kindRule     = "rule"
	kindType     = "type"
)

// names are the names that occur in the worklist, by kind, each with its
// number: of a category that is its bit.
type names struct {
	known map[string]map[string]int64
	added [][2]string // kind and name, not written yet
}

// of returns a name's number, the next free one for a new name. More than
// sixty-two categories share the last bit: a filter then shows too much, never
// too little.
func (n *names) of(kind, name string) int64 {
	no, ok := n.known[kind][name]
	if !ok {
		no = min(int64(len(n.known[kind])), otherBit)
		n.known[kind][name] = no
		n.added = append(n.added, [2]string{kind, name})
	}
	return no
}

// mask is the bit of a category alone, 0 for one that nothing has.
func (n *names) mask(category string) int64 {
	if bit, ok := n.known[kindCategory][category]; ok {
		return 1 << bit
	}
	return 0
}

func (s *Store) names(ctx context.Context) (*names, error) {
	rows, err := s.read.QueryContext(ctx, "SELECT kind, name, n FROM worklist_names")
	if err != nil {
		return nil, err
	}
	all := &names{known: map[string]map[string]int64{kindCategory: {}, kindRule: {}, kindType: {}}}
	var kind, name string
	var no int64
	return all, each(rows, []any{&kind, &name, &no}, func() { all.known[kind][name] = no })
}

func (s *Store) writeNames(ctx context.Context, tx *sql.Tx, all *names) error {
	for _, a := range all.added {
		_, err := s.execTx(ctx, tx, "INSERT INTO worklist_names (kind, name, n) VALUES (?, ?, ?) ON CONFLICT (kind, name) DO NOTHING",
			text(a[0]), text(a[1]), all.known[a[0]][a[1]])
		if err != nil {
			return fmt.Errorf("%s %s: %w", a[0], a[1], err)
		}
	}
	all.added = nil
	return nil
}

// WorkChoices are the values that a filter can be set to, ordered.
type WorkChoices struct{ Categories, Rules, DocumentTypes []string }

// WorkChoices returns the values that have occurred in the worklist.
func (s *Store) WorkChoices(ctx context.Context) (WorkChoices, error) {
	all, err := s.names(ctx)
	if err != nil {
		return WorkChoices{}, s.fail("worklist", err)
	}
	of := func(kind string) []string { return slices.Sorted(maps.Keys(all.known[kind])) }
	return WorkChoices{Categories: of(kindCategory), Rules: of(kindRule), DocumentTypes: of(kindType)}, nil
}
