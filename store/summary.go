package store

import (
	"cmp"
	"context"
	"slices"

	"github.com/sletdk/slet/detectors"
	"github.com/sletdk/slet/scanner"
)

// SourceSummary is what the inventory holds of one source, in numbers.
type SourceSummary struct {
	Source string
	Items  int64
	Bytes  int64
	Failed int64 // items that could not be examined at all
	// WithMatches and WithGaps are how many items have any.
	WithMatches, WithGaps int64
	Categories            []CategoryCount
	// DocumentTypes are how many items are of each; "" is unknown.
	DocumentTypes map[string]int64
	// Gaps are how many places inside items could not be examined, by reason.
	Gaps map[scanner.Reason]int64
	// PlaceGaps are how many places that are not items could not be looked
	// into by the last scan, by reason.
	PlaceGaps map[scanner.Reason]int64
}

// CategoryCount is how much of one category there is.
type CategoryCount struct {
	Category            string
	Items               int64 // with at least one match
	Confirmed, Possible int64 // matches
}

// Summary is the inventory in numbers.
type Summary struct {
	// Sources are in order of name; a source that was scanned and holds
	// nothing is there too.
	Sources []SourceSummary
	// Subjects is how many persons there are in all sources together.
	Subjects int64
}

// summaryRow is a group of items that are alike in all that is summed.
type summaryRow struct {
	source, documentType string
	failed               bool
	counts               []Count
	gaps                 map[scanner.Reason]int64
	items, bytes         int64
}

// Summary counts the inventory by source, category, document type and reason.
// One pass over the items; alike items are grouped by the database.
func (s *Store) Summary(ctx context.Context) (Summary, error) {
	by := map[string]*SourceSummary{}
	of := func(source string) *SourceSummary {
		if by[source] == nil {
			by[source] = &SourceSummary{
				Source: source, DocumentTypes: map[string]int64{},
				Gaps: map[scanner.Reason]int64{}, PlaceGaps: map[scanner.Reason]int64{},
			}
		}
		return by[source]
	}
	scans, err := s.Scans(ctx)
	if err != nil {
		return Summary{}, err
	}
	for _, r := range scans {
		of(r.Source)
	}
	if err := s.sumItems(ctx, of); err != nil {
		return Summary{}, s.fail("summary", err)
	}
	if err := s.sumPlaceGaps(ctx, of); err != nil {
		return Summary{}, s.fail("summary", err)
	}
	var sum Summary
	for _, src := range by {
		slices.SortFunc(src.Categories, func(a, b CategoryCount) int { return cmp.Compare(a.Category, b.Category) })
		sum.Sources = append(sum.Sources, *src)
	}
	slices.SortFunc(sum.Sources, func(a, b SourceSummary) int { return cmp.Compare(a.Source, b.Source) })
	err = s.read.QueryRowContext(ctx, "SELECT COUNT(DISTINCT subject) FROM subjects").Scan(&sum.Subjects)
	return sum, s.fail("summary", err)
}

func (s *Store) sumItems(ctx context.Context, of func(string) *SourceSummary) error {
	rows, err := s.read.QueryContext(ctx, `SELECT source, document_type, failed, counts, gap_counts, COUNT(*), CAST(SUM(size) AS BIGINT)
		FROM items GROUP BY source, document_type, failed, counts, gap_counts`)
	if err != nil {
		return err
	}
	var r summaryRow
	dest := []any{&r.source, &r.documentType, (*flag)(&r.failed), jsonOf(&r.counts), jsonOf(&r.gaps), &r.items, &r.bytes}
	return each(rows, dest, func() {
		of(r.source).add(r)
		r.counts, r.gaps = nil, nil // JSON would be read into the last row's
	})
}

// add adds a group of items.
func (s *SourceSummary) add(r summaryRow) {
	s.Items += r.items
	s.Bytes += r.bytes
	s.DocumentTypes[r.documentType] += r.items
	if r.failed {
		s.Failed += r.items
	}
	if len(r.counts) > 0 {
		s.WithMatches += r.items
	}
	if r.failed || len(r.gaps) > 0 {
		s.WithGaps += r.items
	}
	for reason, n := range r.gaps {
		s.Gaps[reason] += n * r.items
	}
	seen := map[string]bool{}
	for _, c := range r.counts {
		cat := s.category(c.Category)
		if !seen[c.Category] {
			seen[c.Category] = true
			cat.Items += r.items
		}
		if c.Confidence == detectors.Confirmed {
			cat.Confirmed += c.N * r.items
		} else {
			cat.Possible += c.N * r.items
		}
	}
}

func (s *SourceSummary) category(name string) *CategoryCount {
	i := slices.IndexFunc(s.Categories, func(c CategoryCount) bool { return c.Category == name })
	if i < 0 {
		i = len(s.Categories)
		s.Categories = append(s.Categories, CategoryCount{Category: name})
	}
	return &s.Categories[i]
}

func (s *Store) sumPlaceGaps(ctx context.Context, of func(string) *SourceSummary) error {
	rows, err := s.read.QueryContext(ctx, `SELECT source, reason, COUNT(*) FROM place_gaps WHERE scan IN
		(SELECT MAX(seq) FROM scans WHERE finished IS NOT NULL GROUP BY source) GROUP BY source, reason`)
	if err != nil {
		return err
	}
	var source, reason string
	var n int64
	return each(rows, []any{&source, &reason, &n}, func() { of(source).PlaceGaps[scanner.Reason(reason)] += n })
}
