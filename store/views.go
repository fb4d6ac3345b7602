package store

import (
	"context"
	"database/sql"
	"errors"
	"time"
)

// View is a filter of the list of findings under a name. It is no more than what
// somebody could have typed: who loads it sees what they may see.
type View struct {
	ID, Person, Name string
	Shared           bool   // others may use it too
	Filter           string // see package web
	Created          time.Time
}

const viewColumns = "id, person, name, shared, filter, created"

func viewDest(v *View) []any {
	return []any{&v.ID, &v.Person, &v.Name, (*flag)(&v.Shared), &v.Filter, (*moment)(&v.Created)}
}

// AddView stores a view. A name that the person has given already is [ErrExists].
func (s *Store) AddView(ctx context.Context, v View) error {
	if v.ID == "" || v.Person == "" || v.Name == "" {
		return s.fail("view", errors.New("a view needs an id, a person and a name"))
	}
	return s.fail("view", s.tx(ctx, func(tx *sql.Tx) error {
		_, err := s.execTx(ctx, tx, "INSERT INTO views ("+viewColumns+") VALUES ("+marks(6)+")",
			text(v.ID), text(v.Person), text(v.Name), flag(v.Shared), text(v.Filter), moment(v.Created))
		return err
	}))
}

// Views returns a person's views and those that others share, in order of name.
func (s *Store) Views(ctx context.Context, person string) ([]View, error) {
	rows, err := s.read.QueryContext(ctx, s.sql("SELECT "+viewColumns+" FROM views WHERE person = ? OR shared = 1 ORDER BY name, person"), text(person))
	if err != nil {
		return nil, s.fail("views", err)
	}
	list, err := collect(rows, viewDest)
	return list, s.fail("views", err)
}

// SetView gives a person's own view its Name and Shared; of anybody else's it is
// [ErrNotFound]. A name that the person has given already is [ErrExists].
func (s *Store) SetView(ctx context.Context, v View) error {
	if v.Name == "" {
		return s.fail("view", errors.New("a view needs a name"))
	}
	return s.ownView(ctx, "UPDATE views SET name = ?, shared = ? WHERE id = ? AND person = ?", text(v.Name), flag(v.Shared), text(v.ID), text(v.Person))
}

// RemoveView removes a person's own view; anybody else's is [ErrNotFound].
func (s *Store) RemoveView(ctx context.Context, id, person string) error {
	return s.ownView(ctx, "DELETE FROM views WHERE id = ? AND person = ?", text(id), text(person))
}

func (s *Store) ownView(ctx context.Context, query string, args ...any) error {
	return s.fail("view", s.tx(ctx, func(tx *sql.Tx) error {
		n, err := s.execTx(ctx, tx, query, args...)
		if err == nil && n == 0 {
			err = ErrNotFound
		}
		return err
	}))
}
