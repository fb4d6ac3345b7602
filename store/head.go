package store

import (
	"context"
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
	return s.fail("audit head", s.setInstallation(ctx, "audit", text(fmt.Sprintf("%d %s", h.Line, h.Hash))))
}

// AuditHead is what SetAuditHead remembered last; zero when nothing has been.
func (s *Store) AuditHead(ctx context.Context) (Head, error) {
	var value string
	var h Head
	ok, err := s.installation(ctx, "audit", &value)
	if ok {
		_, err = fmt.Sscanf(value, "%d %s", &h.Line, &h.Hash)
	}
	return h, s.fail("audit head", err)
}
