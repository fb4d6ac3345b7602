package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
)

// Head is how far an audit log had come: the number of its last line, from 1,
// and that line's hash. The zero Head is for no line at all.
type Head struct {
	Line int64
	Hash string
}

// SetAuditHead remembers how far the audit log had come, durable on return. A
// store that was brought back from an older copy remembers an older one, and a
// log that was cut has none such: see erase.Agree.
func (s *Store) SetAuditHead(ctx context.Context, h Head) error {
	err := s.tx(ctx, func(tx *sql.Tx) error {
		_, err := s.execTx(ctx, tx, "INSERT INTO installation (name, value) VALUES ('audit', ?) ON CONFLICT (name) DO UPDATE SET value = excluded.value",
			text(fmt.Sprintf("%d %s", h.Line, h.Hash)))
		return err
	})
	return s.fail("audit head", err)
}

// AuditHead is what SetAuditHead remembered last; zero when nothing has been.
func (s *Store) AuditHead(ctx context.Context) (Head, error) {
	var value string
	err := s.read.QueryRowContext(ctx, "SELECT value FROM installation WHERE name = 'audit'").Scan(&value)
	if errors.Is(err, sql.ErrNoRows) {
		return Head{}, nil
	}
	var h Head
	if err == nil {
		_, err = fmt.Sscanf(value, "%d %s", &h.Line, &h.Hash)
	}
	return h, s.fail("audit head", err)
}
