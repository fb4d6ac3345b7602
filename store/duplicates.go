package store

import "context"

// Duplicates are the items that have the same content as another. What is empty
// is no content; recordings are compared by a sample, and left out.
type Duplicates struct {
	Sets    int64 // of items with one content
	Extra   int64 // items beyond the first of each set
	Bytes   int64 // of the extra ones
	Largest []DuplicateSet
}

// DuplicateSet is one content that lies in several places.
type DuplicateSet struct {
	Ref     string // of one of the items
	Size    int64  // of one
	N       int64
	Sources int64 // in how many sources
}

// Duplicates counts them, and returns the sets that take up most beyond one
// item, at most so many.
func (s *Store) Duplicates(ctx context.Context, most int) (d Duplicates, err error) {
	const sets = "(SELECT content_mac, MIN(ref) AS ref, MAX(size) AS size, COUNT(*) AS n, COUNT(DISTINCT source) AS sources FROM items" +
		" WHERE content_mac <> '' AND size > 0 AND kind <> 'recording' GROUP BY content_mac HAVING COUNT(*) > 1) AS sets"
	err = s.read.QueryRowContext(ctx, "SELECT COUNT(*), CAST(COALESCE(SUM(n - 1), 0) AS BIGINT), CAST(COALESCE(SUM((n - 1) * size), 0) AS BIGINT) FROM "+sets).
		Scan(&d.Sets, &d.Extra, &d.Bytes)
	if err != nil || d.Sets == 0 {
		return d, s.fail("duplicates", err)
	}
	rows, err := s.read.QueryContext(ctx, s.sql("SELECT ref, size, n, sources FROM "+sets+" ORDER BY (n - 1) * size DESC, ref LIMIT ?"), most)
	if err != nil {
		return d, s.fail("duplicates", err)
	}
	d.Largest, err = collect(rows, func(v *DuplicateSet) []any { return []any{&v.Ref, &v.Size, &v.N, &v.Sources} })
	return d, s.fail("duplicates", err)
}
