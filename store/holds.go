package store

import (
	"context"
	"database/sql"
	"errors"
	"time"

	"github.com/sletdk/slet/retention"
)

const holdColumns = "id, source, path, subject, reason, owner, review, created, released, camera, span_from, span_to, " +
	"ground, notified, copy_asked, copy_handed"

func holdDest(h *retention.Hold) []any {
	return []any{
		&h.ID, &h.Source, (*exact)(&h.Path), &h.Subject, &h.Reason, &h.Owner,
		(*moment)(&h.Review), (*moment)(&h.Created), (*moment)(&h.Released),
		(*exact)(&h.Camera), (*moment)(&h.From), (*moment)(&h.To),
		&h.Ground, (*moment)(&h.Notified), (*moment)(&h.CopyAsked), (*moment)(&h.CopyHanded),
	}
}

// AddHold stores a hold, durable on return. An id that is taken is [ErrExists].
func (s *Store) AddHold(ctx context.Context, h retention.Hold) error {
	if h.ID == "" {
		return s.fail("add hold", errors.New("a hold needs an id"))
	}
	err := s.tx(ctx, func(tx *sql.Tx) error {
		_, err := s.execTx(ctx, tx, "INSERT INTO holds ("+holdColumns+") VALUES ("+marks(16)+")",
			text(h.ID), text(h.Source), exact(h.Path), text(h.Subject), text(h.Reason), text(h.Owner),
			moment(h.Review), moment(h.Created), moment(h.Released),
			exact(h.Camera), moment(h.From), moment(h.To),
			text(h.Ground), moment(h.Notified), moment(h.CopyAsked), moment(h.CopyHanded))
		return err
	})
	return s.fail("add hold "+h.ID, err)
}

// Holds returns all holds, released ones too, the oldest first.
func (s *Store) Holds(ctx context.Context) ([]retention.Hold, error) {
	rows, err := s.read.QueryContext(ctx, "SELECT "+holdColumns+" FROM holds ORDER BY created, id")
	if err != nil {
		return nil, s.fail("holds", err)
	}
	list, err := collect(rows, holdDest)
	return list, s.fail("holds", err)
}

// ReleaseHold ends a hold, durable on return. A hold that has ended keeps its
// date ([ErrState]).
func (s *Store) ReleaseHold(ctx context.Context, id string, at time.Time) error {
	if at.IsZero() {
		return s.fail("release hold "+id, errors.New("a release needs a date"))
	}
	err := s.tx(ctx, func(tx *sql.Tx) error {
		n, err := s.execTx(ctx, tx, "UPDATE holds SET released = ? WHERE id = ? AND released IS NULL", moment(at), text(id))
		if err != nil || n > 0 {
			return err
		}
		return s.wrongState(ctx, tx, "SELECT 'released' FROM holds WHERE id = ?", text(id))
	})
	return s.fail("release hold "+id, err)
}

// SetDuties records what has been done about a hold of recordings: Notified,
// CopyAsked and CopyHanded, as they are in h. Durable on return; a hold that
// has ended stays as it is ([ErrState]).
func (s *Store) SetDuties(ctx context.Context, h retention.Hold) error {
	err := s.tx(ctx, func(tx *sql.Tx) error {
		n, err := s.execTx(ctx, tx, "UPDATE holds SET notified = ?, copy_asked = ?, copy_handed = ? WHERE id = ? AND released IS NULL",
			moment(h.Notified), moment(h.CopyAsked), moment(h.CopyHanded), text(h.ID))
		if err != nil || n > 0 {
			return err
		}
		return s.wrongState(ctx, tx, "SELECT 'released' FROM holds WHERE id = ?", text(h.ID))
	})
	return s.fail("hold "+h.ID, err)
}
