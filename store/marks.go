package store

import (
	"context"
	"database/sql"

	"github.com/sletdk/slet/scanner"
)

// Mark keeps the state of a place until the scan has finished; it is stored then,
// if the scan is complete. A scan that is not leaves the marks of the last one.
func (sc *Scan) Mark(place, mark string) {
	sc.mu.Lock()
	defer sc.mu.Unlock()
	if sc.marks == nil {
		sc.marks = map[string]string{}
	}
	sc.marks[place] = mark
}

// putMarks stores the marks of a complete scan in place of all older ones.
func (sc *Scan) putMarks(ctx context.Context, tx *sql.Tx) error {
	if _, err := tx.ExecContext(ctx, sc.s.sql("DELETE FROM marks WHERE source = ?"), text(sc.source)); err != nil {
		return err
	}
	for place, mark := range sc.marks {
		if _, err := tx.ExecContext(ctx, sc.s.sql("INSERT INTO marks (source, place, mark) VALUES (?, ?, ?)"),
			text(sc.source), exact(place), text(mark)); err != nil {
			return err
		}
	}
	return nil
}

// Marks returns the marks of a source's places.
func (s *Store) Marks(ctx context.Context, source string) (map[string]string, error) {
	rows, err := s.read.QueryContext(ctx, s.sql("SELECT place, mark FROM marks WHERE source = ?"), text(source))
	if err != nil {
		return nil, s.fail("marks", err)
	}
	list, err := collect(rows, func(m *[2]string) []any { return []any{(*exact)(&m[0]), &m[1]} })
	all := make(map[string]string, len(list))
	for _, m := range list {
		all[m[0]] = m[1]
	}
	return all, s.fail("marks", err)
}

// ItemsBelow returns the items of a source below a place, in order of path, the
// first most of them. What was never seen whole is not left out.
func (s *Store) ItemsBelow(ctx context.Context, source, place string, most int) ([]scanner.Item, error) {
	// '0' follows '/': between them lies everything below the place.
	found, err := s.rows(ctx, "source = ? AND path > ? AND path < ? ORDER BY source, path, ref LIMIT ?",
		text(source), exact(place+"/"), exact(place+"0"), most)
	if err != nil {
		return nil, s.fail("items", err)
	}
	items := make([]scanner.Item, len(found))
	for i, r := range found {
		items[i] = r.Item
	}
	return items, nil
}
