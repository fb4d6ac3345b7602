package store

import (
	"cmp"
	"context"
	"database/sql"
	"errors"
	"fmt"
	"iter"
	"strings"

	"github.com/sletdk/slet/detectors"
	"github.com/sletdk/slet/scanner"
)

// Filter chooses findings. Empty fields choose all.
type Filter struct {
	Source  string
	Ref     string   // whole
	Subject string   // items with a match of this person
	Refs    []string // these, whole; not nil and empty is none
	// Subjects are items with a match of one of these persons; not nil and
	// empty is none.
	Subjects []string
	Gapped   bool // items in which something could not be examined
	// NoRecordings leaves the recordings of cameras out; [Store.Recordings] has
	// them.
	NoRecordings bool
	// WithMatches and WithGaps fetch the lists; the counts and the subjects
	// are always there.
	WithMatches, WithGaps bool
	// Facts fetches what [Finding.Facts] is made of, and little else: of the
	// item no ID, Links and Version, of the finding no ContentMAC, Fingerprint,
	// LastSeen and Examined; nothing can be erased by it. WithMatches then fetches of the matches
	// the keys of persons by name, which is all that facts have of them.
	Facts bool
}

// Findings are fetched a page at a time; a page is cut where the rows below it
// would be more than pageRows.
const (
	pageItems = 1_000
	pageRows  = 5_000
)

// Findings returns the inventory in order of source and path, byte for byte.
// Memory is bounded. It is not a snapshot: what is written meanwhile may or
// may not be in it; the loop's body may write. An error ends it.
func (s *Store) Findings(ctx context.Context, filter Filter) iter.Seq2[Finding, error] {
	return func(yield func(Finding, error) bool) {
		for r, err := range s.each(ctx, filter) {
			if err != nil {
				yield(Finding{}, s.fail("findings", err))
				return
			}
			if !yield(r.Finding, nil) {
				return
			}
		}
	}
}

// each is Findings with the rows as they are stored.
func (s *Store) each(ctx context.Context, filter Filter) iter.Seq2[row, error] {
	return func(yield func(row, error) bool) {
		var last *Finding
		for {
			page, err := s.page(ctx, filter, last)
			if err != nil {
				yield(row{}, err)
				return
			}
			for rest := page; len(rest) > 0; {
				n := cut(rest, filter)
				if err := s.fill(ctx, rest[:n], filter); err != nil {
					yield(row{}, err)
					return
				}
				for _, r := range rest[:n] {
					if !yield(r, nil) {
						return
					}
				}
				rest = rest[n:]
			}
			if len(page) < pageItems {
				return
			}
			last = &page[len(page)-1].Finding
		}
	}
}

// row is a finding before the rows below it are fetched, with their numbers.
type row struct {
	Finding
	matches, gaps, subjects int
	only                    string // the subject, where there is only one
	stale                   int64  // see writer.finding
}

// named is how many matches are of persons by name.
func (r row) named() (n int) {
	for _, c := range r.Counts {
		if c.Detector == personDetector {
			n += int(min(c.N, MaxMatches))
		}
	}
	return n
}

// wanted is how many matches of an item are fetched, at most.
func (filter Filter) wanted(r row) int {
	switch {
	case !filter.WithMatches:
		return 0
	case filter.Facts:
		return min(r.matches, r.named())
	}
	return r.matches
}

// page returns the next findings after the last one, nil for the first.
func (s *Store) page(ctx context.Context, filter Filter, last *Finding) ([]row, error) {
	where, args := filter.where(last)
	return s.rowsOf(ctx, filter.Facts, where, append(args, pageItems)...)
}

// where is the condition and the order of a page.
func (filter Filter) where(last *Finding) (string, []any) {
	where, args := []string{"1 = 1"}, []any(nil)
	and := func(cond string, a ...any) {
		where, args = append(where, cond), append(args, a...)
	}
	if filter.Source != "" {
		cond := "source = ?"
		if filter.Refs != nil || filter.Subject != "" || filter.Subjects != nil {
			// Those are few. A condition that the index over places can serve would
			// have SQLite walk all of the source for them.
			cond = "COALESCE(source, '') = ?"
		}
		and(cond, text(filter.Source))
	}
	if filter.Ref != "" {
		and("ref = ?", text(filter.Ref))
	}
	if filter.Refs != nil {
		and("ref IN ("+cmp.Or(marks(len(filter.Refs)), "NULL")+")", texts(filter.Refs)...)
	}
	if filter.Subject != "" {
		and("ref IN (SELECT ref FROM subjects WHERE subject = ?)", text(filter.Subject))
	}
	if filter.Subjects != nil {
		and("ref IN (SELECT ref FROM subjects WHERE subject IN ("+cmp.Or(marks(len(filter.Subjects)), "NULL")+"))", texts(filter.Subjects)...)
	}
	if filter.Gapped {
		and("(gaps > 0 OR failed = 1)")
	}
	if filter.NoRecordings {
		and("kind <> 'recording'")
	}
	if last != nil {
		and("(source, path, ref) > (?, ?, ?)", text(last.Item.Source), exact(last.Item.Path), text(last.Ref))
	}
	return strings.Join(where, " AND ") + " ORDER BY source, path, ref LIMIT ?", args
}

// rows returns the item rows for a condition.
func (s *Store) rows(ctx context.Context, where string, args ...any) ([]row, error) {
	return s.rowsOf(ctx, false, where, args...)
}

// belowColumns are what a row has of the rows below it: most items are about
// one person, who then need not be fetched for themselves.
const belowColumns = ", matches, gaps, subjects, CASE WHEN subjects = 1 THEN (SELECT subject FROM subjects s WHERE s.ref = items.ref) END, stale"

// rowsOf returns the item rows for a condition, or of them what facts are made of.
func (s *Store) rowsOf(ctx context.Context, facts bool, where string, args ...any) ([]row, error) {
	var r row
	columns, dest := findingColumns, findingDest(&r.Finding)
	if facts {
		columns, dest = factColumns, factDest(&r.Finding)
	}
	rows, err := s.read.QueryContext(ctx, s.sql("SELECT "+columns+belowColumns+" FROM items WHERE "+where), args...)
	if err != nil {
		return nil, err
	}
	var list []row
	err = each(rows, append(dest, &r.matches, &r.gaps, &r.subjects, (*maybe)(&r.only), &r.stale), func() { list = append(list, r) })
	return list, err
}

// cut returns how many of a page's items are filled together: at least one,
// and as many as stay within pageRows.
func cut(page []row, filter Filter) int {
	below := 0
	for i, r := range page {
		below += r.subjects
		below += filter.wanted(r)
		if filter.WithGaps {
			below += r.gaps
		}
		if i > 0 && below > pageRows {
			return i
		}
	}
	return len(page)
}

// fill fetches the rows below some items into them, one query a table.
func (s *Store) fill(ctx context.Context, page []row, filter Filter) error {
	index := make(map[string]*Finding, len(page))
	var matches, gaps, subjects []any
	for i := range page {
		r := &page[i]
		index[r.Ref] = &r.Finding
		switch {
		case r.only != "": // written by the same commit as the row
			r.Subjects = []string{r.only}
		case r.subjects > 0:
			subjects = append(subjects, text(r.Ref))
		}
		if filter.wanted(*r) > 0 {
			matches = append(matches, text(r.Ref))
		}
		if r.gaps > 0 && filter.WithGaps {
			gaps = append(gaps, text(r.Ref))
		}
	}
	fillMatches := s.fillMatches
	if filter.Facts {
		fillMatches = s.fillNames
	}
	return errors.Join(s.fillSubjects(ctx, index, subjects), fillMatches(ctx, index, matches), s.fillGaps(ctx, index, gaps))
}

// below runs a query for the rows below some items; it ends in "ref IN (…) ORDER BY …".
func (s *Store) below(ctx context.Context, columns, table, order string, refs []any) (*sql.Rows, error) {
	return s.read.QueryContext(ctx, s.sql("SELECT ref, "+columns+" FROM "+table+
		" WHERE ref IN ("+marks(len(refs))+") ORDER BY ref, "+order), refs...)
}

func (s *Store) fillSubjects(ctx context.Context, index map[string]*Finding, refs []any) error {
	if len(refs) == 0 {
		return nil
	}
	rows, err := s.below(ctx, "subject", "subjects", "subject", refs)
	if err != nil {
		return err
	}
	var ref, subject string
	return each(rows, []any{&ref, &subject}, func() {
		f := index[ref]
		f.Subjects = append(f.Subjects, subject)
	})
}

func (s *Store) fillMatches(ctx context.Context, index map[string]*Finding, refs []any) error {
	if len(refs) == 0 {
		return nil
	}
	rows, err := s.below(ctx, "detector, category, place, start, value, confidence, reasons, subject, value_key", "matches", "n", refs)
	if err != nil {
		return err
	}
	var ref string
	var m detectors.Match
	dest := []any{&ref, &m.Detector, &m.Category, &m.Where, &m.Start, &m.Value, &m.Confidence, jsonOf(&m.Reasons), &m.Subject, &m.Key}
	return each(rows, dest, func() {
		f := index[ref]
		f.Matches = append(f.Matches, m)
		m.Reasons = nil // the next row's must not be written into this one's
	})
}

// fillNames fetches of the matches what facts have of them.
func (s *Store) fillNames(ctx context.Context, index map[string]*Finding, refs []any) error {
	if len(refs) == 0 {
		return nil
	}
	rows, err := s.read.QueryContext(ctx, s.sql("SELECT ref, value_key FROM matches WHERE ref IN ("+marks(len(refs))+") AND detector = ? ORDER BY ref, n"),
		append(refs, personDetector)...)
	if err != nil {
		return err
	}
	var ref, key string
	return each(rows, []any{&ref, &key}, func() {
		f := index[ref]
		f.Matches = append(f.Matches, detectors.Match{Detector: personDetector, Key: key})
	})
}

func (s *Store) fillGaps(ctx context.Context, index map[string]*Finding, refs []any) error {
	if len(refs) == 0 {
		return nil
	}
	rows, err := s.below(ctx, "path, place, reason, error", "gaps", "n", refs)
	if err != nil {
		return err
	}
	var ref, path, place, reason, cause string
	return each(rows, []any{&ref, (*exact)(&path), &place, &reason, &cause}, func() {
		f := index[ref]
		f.Gaps = append(f.Gaps, storedGap(path, place, reason, cause))
	})
}

// Finding returns one finding, with matches, gaps and copy keys. ref is a reference, the
// beginning of one that fits no other, or "source:path". Errors wrap
// [ErrNotFound] or [ErrAmbiguous].
func (s *Store) Finding(ctx context.Context, ref string) (Finding, error) {
	found, err := s.lookup(ctx, ref)
	if err != nil {
		return Finding{}, s.fail("find item", err)
	}
	err = s.fill(ctx, found, Filter{WithMatches: true, WithGaps: true})
	if err == nil {
		found[0].CopyKeys, err = s.copyKeys(ctx, found[0].Ref)
	}
	if err != nil {
		return Finding{}, s.fail("find item", err)
	}
	return found[0].Finding, nil
}

// lookup returns the one row that ref means.
func (s *Store) lookup(ctx context.Context, ref string) ([]row, error) {
	if ref == "" {
		return nil, ErrNotFound
	}
	found, err := s.rows(ctx, "ref = ?", text(ref))
	if err == nil && len(found) == 0 {
		if source, path, ok := strings.Cut(ref, ":"); ok {
			found, err = s.rows(ctx, "source = ? AND path = ? LIMIT 2", text(source), exact(path))
		} else {
			// Nothing sorts after the last code point, so this is every reference
			// that begins with ref.
			found, err = s.rows(ctx, "ref >= ? AND ref < ? LIMIT 2", text(ref), text(ref+"\U0010FFFF"))
		}
	}
	switch {
	case err != nil:
		return nil, err
	case len(found) == 0:
		return nil, ErrNotFound
	case len(found) > 1:
		return nil, ErrAmbiguous
	}
	return found, nil
}

// PlaceGaps returns the places that the last finished scan could not look
// into, of one source or, with "", of all, in order of source.
func (s *Store) PlaceGaps(ctx context.Context, source string) ([]scanner.Gap, error) {
	where, args := "", []any(nil)
	if source != "" {
		where, args = " AND source = ?", []any{text(source)}
	}
	rows, err := s.read.QueryContext(ctx, s.sql(`SELECT path, place, reason, error FROM place_gaps WHERE scan IN
		(SELECT MAX(seq) FROM scans WHERE finished IS NOT NULL GROUP BY source)`+where+" ORDER BY source, n"), args...)
	if err != nil {
		return nil, s.fail("gaps", err)
	}
	var gaps []scanner.Gap
	var path, place, reason, cause string
	err = each(rows, []any{(*exact)(&path), &place, &reason, &cause}, func() {
		gaps = append(gaps, storedGap(path, place, reason, cause))
	})
	return gaps, s.fail("gaps", err)
}

// Forget takes an item out of the inventory, with all that was found in it.
// It is durable on return. An item that is not there is no error.
func (s *Store) Forget(ctx context.Context, ref string) error {
	err := s.tx(ctx, func(tx *sql.Tx) error {
		_, err := tx.ExecContext(ctx, s.sql("DELETE FROM items WHERE ref = ?"), text(ref))
		return err
	})
	return s.fail("forget item", err)
}

// each scans every row into dest and calls f, then closes rows.
func each(rows *sql.Rows, dest []any, f func()) (err error) {
	defer func() { err = errors.Join(err, rows.Close()) }()
	for rows.Next() {
		if err := rows.Scan(dest...); err != nil {
			return fmt.Errorf("%w: %w", ErrCorrupt, err)
		}
		f()
	}
	return rows.Err()
}

// collect returns every row as a T; dest says where its columns go.
func collect[T any](rows *sql.Rows, dest func(*T) []any) (list []T, err error) {
	defer func() { err = errors.Join(err, rows.Close()) }()
	for rows.Next() {
		var v T
		if err := rows.Scan(dest(&v)...); err != nil {
			return nil, fmt.Errorf("%w: %w", ErrCorrupt, err)
		}
		list = append(list, v)
	}
	return list, rows.Err()
}
