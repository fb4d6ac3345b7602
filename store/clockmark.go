package store

import (
	"context"
	"database/sql"
	"errors"
	"time"
)

// ClockMark is a look at the clock: up to which moment time was known to have
// passed, and by what that can be told later (package erase).
type ClockMark struct {
	At   time.Time     `json:"at"`
	Boot string        `json:"boot"` // names the run of the operating system
	Up   time.Duration `json:"up"`   // since its start
}

// SetClockMark remembers a look at the clock, durable on return.
func (s *Store) SetClockMark(ctx context.Context, m ClockMark) error {
	return s.fail("clock mark", s.setInstallation(ctx, "clock", jsonOf(&m)))
}

// ClockMark is what SetClockMark remembered last; zero when nothing has been.
func (s *Store) ClockMark(ctx context.Context) (ClockMark, error) {
	var m ClockMark
	_, err := s.installation(ctx, "clock", jsonOf(&m))
	return m, s.fail("clock mark", err)
}

// setInstallation remembers a value of the installation as a whole.
func (s *Store) setInstallation(ctx context.Context, name string, value any) error {
	return s.tx(ctx, func(tx *sql.Tx) error {
		_, err := s.execTx(ctx, tx, "INSERT INTO installation (name, value) VALUES (?, ?) ON CONFLICT (name) DO UPDATE SET value = excluded.value",
			text(name), value)
		return err
	})
}

// installation reads what setInstallation remembered; ok is false when nothing
// has been.
func (s *Store) installation(ctx context.Context, name string, value any) (ok bool, err error) {
	err = s.read.QueryRowContext(ctx, s.sql("SELECT value FROM installation WHERE name = ?"), text(name)).Scan(value)
	if errors.Is(err, sql.ErrNoRows) {
		return false, nil
	}
	return err == nil, err
}
