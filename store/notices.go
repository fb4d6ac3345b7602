package store

import (
	"context"
	"database/sql"
	"time"
)

// NoticesSince returns the notices that were sent at a time or later.
func (s *Store) NoticesSince(ctx context.Context, since time.Time) (map[string]bool, error) {
	rows, err := s.read.QueryContext(ctx, s.sql("SELECT notice FROM notices WHERE sent >= ?"), moment(since))
	if err != nil {
		return nil, s.fail("notices", err)
	}
	list, err := collect(rows, func(n *string) []any { return []any{n} })
	sent := map[string]bool{}
	for _, n := range list {
		sent[n] = true
	}
	return sent, s.fail("notices", err)
}

// SetNotices remembers that notices were sent, durable on return, and forgets
// those that were sent before another time.
func (s *Store) SetNotices(ctx context.Context, notices []string, at, forget time.Time) error {
	err := s.tx(ctx, func(tx *sql.Tx) error {
		for _, n := range notices {
			if _, err := s.execTx(ctx, tx, "INSERT INTO notices (notice, sent) VALUES (?, ?) ON CONFLICT (notice) DO UPDATE SET sent = excluded.sent", text(n), moment(at)); err != nil {
				return err
			}
		}
		_, err := s.execTx(ctx, tx, "DELETE FROM notices WHERE sent < ?", moment(forget))
		return err
	})
	return s.fail("notices", err)
}
