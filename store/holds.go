package store

import (
	"context"
	"database/sql"
	"errors"
	"strings"
	"time"

	"github.com/sletdk/slet/retention"
)

const holdColumns = "id, source, path, subject, reason, owner, review, created, released, camera, span_from, span_to, " +
	"ground, notified, copy_asked, copy_handed, " +
	"mailbox, case_number, document_type, restricted, archive, delivered, basis, provision"

func holdDest(h *retention.Hold) []any {
	return []any{
		&h.ID, &h.Source, (*exact)(&h.Path), &h.Subject, &h.Reason, &h.Owner,
		(*moment)(&h.Review), (*moment)(&h.Created), (*moment)(&h.Released),
		(*exact)(&h.Camera), (*moment)(&h.From), (*moment)(&h.To),
		&h.Ground, (*moment)(&h.Notified), (*moment)(&h.CopyAsked), (*moment)(&h.CopyHanded),
		(*exact)(&h.Mailbox), (*exact)(&h.Case), &h.DocumentType, (*flag)(&h.Restrict), (*flag)(&h.Archive), (*moment)(&h.Delivered), &h.Basis, &h.Provision,
	}
}

// AddHold stores a hold, durable on return. An id that is taken is [ErrExists].
func (s *Store) AddHold(ctx context.Context, h retention.Hold) error {
	return s.AddHolds(ctx, []retention.Hold{h})
}

// AddHolds stores some holds, all or none, durable on return.
func (s *Store) AddHolds(ctx context.Context, holds []retention.Hold) error {
	adding := ""
	err := s.tx(ctx, func(tx *sql.Tx) error {
		for _, h := range holds {
			if adding = " " + h.ID; h.ID == "" {
				return errors.New("a hold needs an id")
			}
			_, err := s.execTx(ctx, tx, "INSERT INTO holds ("+holdColumns+") VALUES ("+marks(strings.Count(holdColumns, ",")+1)+")",
				text(h.ID), text(h.Source), exact(h.Path), text(h.Subject), text(h.Reason), text(h.Owner),
				moment(h.Review), moment(h.Created), moment(h.Released),
				exact(h.Camera), moment(h.From), moment(h.To),
				text(h.Ground), moment(h.Notified), moment(h.CopyAsked), moment(h.CopyHanded),
				exact(h.Mailbox), exact(h.Case), text(h.DocumentType), flag(h.Restrict), flag(h.Archive), moment(h.Delivered), text(h.Basis), text(h.Provision))
			if err != nil {
				return err
			}
		}
		return nil
	})
	return s.fail("add hold"+adding, err)
}

// Holds returns all holds and archive locks, released ones too, the oldest first.
func (s *Store) Holds(ctx context.Context) ([]retention.Hold, error) {
	rows, err := s.read.QueryContext(ctx, "SELECT "+holdColumns+" FROM holds ORDER BY created, id")
	if err != nil {
		return nil, s.fail("holds", err)
	}
	list, err := collect(rows, holdDest)
	return list, s.fail("holds", err)
}

// ReleaseHold ends a hold, durable on return. A hold that has ended keeps its
// date ([ErrState]). An archive lock is not released: see [Store.EndArchiveLock].
func (s *Store) ReleaseHold(ctx context.Context, id string, at time.Time) error {
	if at.IsZero() {
		return s.fail("release hold "+id, errors.New("a release needs a date"))
	}
	err := s.tx(ctx, func(tx *sql.Tx) error {
		n, err := s.execTx(ctx, tx, "UPDATE holds SET released = ? WHERE id = ? AND released IS NULL AND archive = 0", moment(at), text(id))
		if err != nil || n > 0 {
			return err
		}
		return s.wrongState(ctx, tx, "SELECT 'released' FROM holds WHERE id = ? AND archive = 0", text(id))
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

// EndArchiveLock records that what an archive lock keeps was delivered, or that a
// provision allows its disposal, or both; durable on return. The latter ends the
// lock. An id that is no archive lock is [ErrNotFound], one that has ended
// [ErrState].
func (s *Store) EndArchiveLock(ctx context.Context, id string, delivered time.Time, provision string, at time.Time) error {
	if delivered.IsZero() && provision == "" || at.IsZero() {
		return s.fail("archive lock "+id, errors.New("a delivery or a provision is needed, and a date"))
	}
	err := s.tx(ctx, func(tx *sql.Tx) error {
		set, args := "delivered = COALESCE(CAST(? AS BIGINT), delivered)", []any{moment(delivered)}
		if provision != "" {
			set, args = set+", provision = ?, released = ?", append(args, text(provision), moment(at))
		}
		n, err := s.execTx(ctx, tx, "UPDATE holds SET "+set+" WHERE id = ? AND archive = 1 AND released IS NULL", append(args, text(id))...)
		if err != nil || n > 0 {
			return err
		}
		return s.wrongState(ctx, tx, "SELECT 'over' FROM holds WHERE id = ? AND archive = 1", text(id))
	})
	return s.fail("archive lock "+id, err)
}
