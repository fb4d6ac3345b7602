package store

import (
	"context"
	"slices"
	"strings"
	"time"

	"github.com/sletdk/slet/retention"
)

// WorkLine is what sums are made of.
type WorkLine struct {
	Source, Rule string
	Disposition  retention.Disposition
	Due          time.Time // zero when not known
	// Categories and Sure are those of its matches, and of the confirmed ones.
	// They are shared by lines, and not to be written into.
	Categories, Sure []string
	// Partly: it was examined, but for something in it.
	Partly bool
	// Holds are the holds and archive locks that keep it.
	Holds []string
}

// WorkLines calls f with every line of the worklist, in no order.
func (s *Store) WorkLines(ctx context.Context, f func(WorkLine)) error {
	all, err := s.names(ctx)
	if err != nil {
		return s.fail("worklist", err)
	}
	rows, err := s.read.QueryContext(ctx, "SELECT source, rule, disposition, due, categories, sure, gaps, holds FROM worklist")
	if err != nil {
		return s.fail("worklist", err)
	}
	known := map[int64][]string{}
	categories := func(mask int64) []string {
		if _, ok := known[mask]; !ok {
			known[mask] = all.categories(mask)
		}
		return known[mask]
	}
	var w WorkLine
	var due, bits, sure, gaps int64
	var holds string
	return s.fail("worklist", each(rows, []any{&w.Source, &w.Rule, &w.Disposition, &due, &bits, &sure, &gaps, &holds}, func() {
		w.Categories, w.Sure, w.Partly, w.Holds = categories(bits), categories(sure), gaps == 1, nil
		w.Due = timeOfDue(due)
		if holds != "" {
			w.Holds = strings.Fields(holds)
		}
		f(w)
	}))
}

// categories are the names of a mask, ordered. Those that share the last bit
// cannot be told apart, and are one name.
func (n *names) categories(mask int64) (list []string) {
	var rest []string
	for name, bit := range n.known[kindCategory] {
		switch {
		case mask&(1<<bit) == 0:
		case bit == otherBit:
			rest = append(rest, name)
		default:
			list = append(list, name)
		}
	}
	if len(rest) > 0 {
		slices.Sort(rest)
		list = append(list, strings.Join(rest, ", "))
	}
	slices.Sort(list)
	return list
}

// Persons counts the persons of the whole inventory, each once.
func (s *Store) Persons(ctx context.Context) (n int64, err error) {
	err = s.read.QueryRowContext(ctx, "SELECT COUNT(DISTINCT subject) FROM subjects").Scan(&n)
	return n, s.fail("persons", err)
}

// GapReasons counts what could not be examined within the items of each source,
// by source and reason, as far as it is stored ([MaxGaps] an item).
func (s *Store) GapReasons(ctx context.Context) (map[[2]string]int64, error) {
	rows, err := s.read.QueryContext(ctx, "SELECT i.source, g.reason, COUNT(*) FROM gaps g JOIN items i ON i.ref = g.ref GROUP BY i.source, g.reason")
	if err != nil {
		return nil, s.fail("gaps", err)
	}
	counts := map[[2]string]int64{}
	var source, reason string
	var n int64
	err = each(rows, []any{&source, &reason, &n}, func() { counts[[2]string{source, reason}] = n })
	return counts, s.fail("gaps", err)
}
