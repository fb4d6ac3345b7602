package store

import (
	"context"
	"database/sql"
	"fmt"
	"time"
)

// Reappeared is an item of the inventory that was erased before.
type Reappeared struct {
	Ref    string // of the item as it is now
	Plan   string // that erased it, the newest if there were several
	Rule   string
	Erased time.Time
	// Content: the content is what was erased. Place: it lies where the erased
	// item lay; without Content, it has another content and a date from before the
	// erasure, as an older copy has.
	Content, Place bool
}

// rememberErased notes what an item that is erased now was, as keyed MACs.
func (s *Store) rememberErased(ctx context.Context, tx *sql.Tx, it PlanItem) error {
	_, err := s.execTx(ctx, tx, `INSERT INTO erased (plan, ref, content_mac, rule, erased)
		SELECT plan, ref, content_mac, rule, COALESCE(CAST(? AS BIGINT), 0) FROM plan_items WHERE plan = ? AND ref = ? ON CONFLICT DO NOTHING`,
		moment(it.Finished), text(it.Plan), text(it.Ref))
	return err
}

// Reappeared returns the items that were erased and have been seen again since,
// in order of reference: by their content, or by their place. An empty file is
// like any other empty file, and a new file may be called what an old one was:
// neither counts.
func (s *Store) Reappeared(ctx context.Context) ([]Reappeared, error) {
	rows, err := s.read.QueryContext(ctx, `
		SELECT i.ref, e.plan, e.rule, e.erased, 1, CASE WHEN i.ref = e.ref THEN 1 ELSE 0 END
			FROM erased e JOIN items i ON i.content_mac = e.content_mac
			WHERE e.content_mac <> '' AND i.size > 0 AND i.first_seen >= e.erased
		UNION ALL
		SELECT i.ref, e.plan, e.rule, e.erased, 0, 1
			FROM erased e JOIN items i ON i.ref = e.ref
			WHERE i.content_mac <> e.content_mac AND i.first_seen >= e.erased AND i.modified < e.erased
		ORDER BY 1, 4 DESC, 5 DESC`)
	if err != nil {
		return nil, s.fail("reappeared", err)
	}
	all, err := collect(rows, func(r *Reappeared) []any {
		return []any{&r.Ref, &r.Plan, &r.Rule, (*moment)(&r.Erased), (*flag)(&r.Content), (*flag)(&r.Place)}
	})
	if err != nil {
		return nil, s.fail("reappeared", err)
	}
	var list []Reappeared
	for _, r := range all {
		if last := len(list) - 1; last >= 0 && list[last].Ref == r.Ref {
			list[last].Content = list[last].Content || r.Content
			list[last].Place = list[last].Place || r.Place
			continue
		}
		list = append(list, r)
	}
	return list, nil
}

// ForgetErased forgets what was erased before a date, and returns how much that
// was: whoever restores an older backup than that is on their own.
func (s *Store) ForgetErased(ctx context.Context, before time.Time) (n int64, err error) {
	err = s.tx(ctx, func(tx *sql.Tx) error {
		n, err = s.execTx(ctx, tx, "DELETE FROM erased WHERE erased < ?", moment(before))
		return err
	})
	return n, s.fail(fmt.Sprintf("forget what was erased before %s", before.Format(time.DateOnly)), err)
}
