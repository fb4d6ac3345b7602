package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"

	"github.com/sletdk/slet/retention"
)

// EventBatch is one import into the event register.
type EventBatch struct {
	ID       string
	Imported time.Time
	Person   string // who imported
	File     string // its name, masked
	// Events is how many it brought, Cancelled how many of them count no more.
	Events, Cancelled int
}

// RegisterEvent is an event as it stands in the register.
type RegisterEvent struct {
	retention.Event
	Batch  string
	Origin string // the system that the fact is from, as the file has it
	// Cancelled is when it stopped to count; zero while it counts.
	Cancelled   time.Time
	CancelledBy string
	Why         string
}

const (
	batchColumns = "id, imported, person, file, events, cancelled"
	eventColumns = "id, batch, name, dated, subject, person, source, mailbox, path, case_number, origin, cancelled, cancelled_by, why"
)

func batchDest(b *EventBatch) []any {
	return []any{&b.ID, (*moment)(&b.Imported), &b.Person, &b.File, &b.Events, &b.Cancelled}
}

func eventDest(e *RegisterEvent) []any {
	return []any{
		&e.ID, &e.Batch, &e.Name, (*moment)(&e.Date), &e.Subject, &e.Person, &e.Source,
		(*exact)(&e.Mailbox), (*exact)(&e.Path), (*exact)(&e.Case), &e.Origin, (*moment)(&e.Cancelled), &e.CancelledBy, &e.Why,
	}
}

// AddEvents stores a batch of events in one transaction, durable on return. The
// batch must have some, all of them with an ID; their Batch is set, and they
// count from now on. A batch or an event whose id is taken is [ErrExists].
func (s *Store) AddEvents(ctx context.Context, b EventBatch, list []RegisterEvent) error {
	if b.ID == "" || len(list) == 0 {
		return s.fail("add events", errors.New("a batch needs an id and an event"))
	}
	err := s.tx(ctx, func(tx *sql.Tx) (err error) {
		_, err = s.execTx(ctx, tx, "INSERT INTO event_batches ("+batchColumns+") VALUES ("+marks(6)+")",
			text(b.ID), moment(b.Imported), text(b.Person), text(b.File), len(list), 0)
		if err != nil {
			return err
		}
		stmt, err := tx.PrepareContext(ctx, s.sql("INSERT INTO events ("+eventColumns+", n, fingerprint) VALUES ("+marks(16)+")"))
		if err != nil {
			return err
		}
		defer func() { err = errors.Join(err, stmt.Close()) }()
		for i, e := range list {
			_, err := stmt.ExecContext(ctx, text(e.ID), text(b.ID), text(e.Name), moment(e.Date), text(e.Subject), text(e.Person), text(e.Source),
				exact(e.Mailbox), exact(e.Path), exact(e.Case), text(e.Origin), moment{}, "", "", i, text(e.Fingerprint()))
			if err != nil {
				return fmt.Errorf("event %s: %w", e.ID, err)
			}
		}
		return nil
	})
	return s.fail("add events", err)
}

// EventBatches returns all imports, the oldest first.
func (s *Store) EventBatches(ctx context.Context) ([]EventBatch, error) {
	rows, err := s.read.QueryContext(ctx, "SELECT "+batchColumns+" FROM event_batches ORDER BY imported, id")
	if err != nil {
		return nil, s.fail("event batches", err)
	}
	list, err := collect(rows, batchDest)
	return list, s.fail("event batches", err)
}

// RegisterEvents returns all events, cancelled ones too, in the order of their
// imports.
func (s *Store) RegisterEvents(ctx context.Context) ([]RegisterEvent, error) {
	columns := "e.id, e.batch, e.name, e.dated, e.subject, e.person, e.source, e.mailbox, e.path, e.case_number, e.origin, e.cancelled, e.cancelled_by, e.why"
	rows, err := s.read.QueryContext(ctx, "SELECT "+columns+" FROM events e JOIN event_batches b ON b.id = e.batch ORDER BY b.imported, b.id, e.n")
	if err != nil {
		return nil, s.fail("events", err)
	}
	list, err := collect(rows, eventDest)
	return list, s.fail("events", err)
}

// Events returns the events that count, as [retention.Decide] asks for them.
func (s *Store) Events(ctx context.Context) (retention.Events, error) {
	rows, err := s.read.QueryContext(ctx, "SELECT "+eventColumns+" FROM events WHERE cancelled IS NULL ORDER BY batch, n")
	if err != nil {
		return nil, s.fail("events", err)
	}
	list, err := collect(rows, eventDest)
	if err != nil {
		return nil, s.fail("events", err)
	}
	plain := make([]retention.Event, len(list))
	for i, e := range list {
		plain[i] = e.Event
	}
	ev, err := retention.NewEvents(plain)
	return ev, s.fail("events", err)
}

// EventsVersion changes whenever an event is added or cancelled. It costs
// little, so that it can be asked before every item.
func (s *Store) EventsVersion(ctx context.Context) (string, error) {
	var batches, events, cancelled int64
	err := s.read.QueryRowContext(ctx, "SELECT COUNT(*), COALESCE(SUM(events), 0), COALESCE(SUM(cancelled), 0) FROM event_batches").
		Scan(&batches, &events, &cancelled)
	return fmt.Sprintf("%d/%d/%d", batches, events, cancelled), s.fail("events", err)
}

// EventKnown reports whether an event that says the same counts already.
func (s *Store) EventKnown(ctx context.Context, e retention.Event) (bool, error) {
	var n int64
	err := s.read.QueryRowContext(ctx, s.sql("SELECT COUNT(*) FROM events WHERE fingerprint = ? AND cancelled IS NULL"), text(e.Fingerprint())).Scan(&n)
	return n > 0, s.fail("events", err)
}

// CancelEvents makes an event, or all of a batch, count no more, durable on
// return, and returns how many were cancelled. An id of neither is
// [ErrNotFound]; one of which nothing counts any more is [ErrState].
func (s *Store) CancelEvents(ctx context.Context, id string, at time.Time, person, why string) (n int, err error) {
	if at.IsZero() {
		return 0, s.fail("cancel "+id, errors.New("a cancellation needs a date"))
	}
	err = s.tx(ctx, func(tx *sql.Tx) error {
		// The counts first: they are what others notice a change by.
		var batch string
		var counts int64
		err := tx.QueryRowContext(ctx, s.sql("SELECT batch, COUNT(*) - COUNT(cancelled) FROM events WHERE id = ? OR batch = ? GROUP BY batch"),
			text(id), text(id)).Scan(&batch, &counts)
		if err != nil {
			return err
		}
		if counts == 0 {
			return fmt.Errorf("%w: it was cancelled before", ErrState)
		}
		if _, err := s.execTx(ctx, tx, "UPDATE event_batches SET cancelled = cancelled + ? WHERE id = ?", counts, text(batch)); err != nil {
			return err
		}
		touched, err := s.execTx(ctx, tx, "UPDATE events SET cancelled = ?, cancelled_by = ?, why = ? WHERE (id = ? OR batch = ?) AND cancelled IS NULL",
			moment(at), text(person), text(why), text(id), text(id))
		n = int(touched)
		return err
	})
	return n, s.fail("cancel "+id, err)
}

// ErasedOn counts the items that have been erased because of the event.
func (s *Store) ErasedOn(ctx context.Context, event string) (int, error) {
	var n int
	// The id is one of ours, letters, digits, - and ., and stands in quotes in
	// the stored reasons.
	err := s.read.QueryRowContext(ctx, s.sql("SELECT COUNT(*) FROM plan_items WHERE state = ? AND reasons LIKE ?"),
		text(ItemErased), text(`%"detail":"`+event+`"%`)).Scan(&n)
	return n, s.fail("erased on event "+event, err)
}
