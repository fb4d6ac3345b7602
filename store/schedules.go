package store

import (
	"context"
	"crypto/sha256"
	"database/sql"
	"encoding/hex"
	"errors"
	"time"
)

// Schedule is a schedule that decisions were made by.
type Schedule struct {
	Version string // as it calls itself
	Hash    string // of what it means: retention.Schedule.Hash
	Text    string // the file, byte for byte
	// FirstUsed and LastUsed are when decisions were made by this very text;
	// LastUsed to the hour.
	FirstUsed, LastUsed time.Time
}

// usedEvery is how exactly the last use of a schedule is known: each command
// uses it, and must not have to write for that.
const usedEvery = time.Hour

// UseSchedule records that decisions are made by a schedule from now on,
// durable on return. A text is stored once.
func (s *Store) UseSchedule(ctx context.Context, sch Schedule, at time.Time) error {
	if sch.Hash == "" || at.IsZero() {
		return s.fail("schedule "+sch.Version, errors.New("a schedule needs a hash and a time"))
	}
	sum := sha256.Sum256([]byte(sch.Text))
	id := hex.EncodeToString(sum[:])
	var last time.Time
	err := s.read.QueryRowContext(ctx, s.sql("SELECT last_used FROM schedules WHERE text_hash = ?"), text(id)).Scan((*moment)(&last))
	if err == nil && at.Sub(last) < usedEvery && !at.Before(last) {
		return nil
	}
	if err != nil && !errors.Is(err, sql.ErrNoRows) {
		return s.fail("schedule "+sch.Version, err)
	}
	err = s.tx(ctx, func(tx *sql.Tx) error {
		_, err := s.execTx(ctx, tx, `INSERT INTO schedules (text_hash, hash, version, content, first_used, last_used) VALUES (?, ?, ?, ?, ?, ?)
			ON CONFLICT (text_hash) DO UPDATE SET last_used = excluded.last_used`,
			text(id), text(sch.Hash), text(sch.Version), exact(sch.Text), moment(at), moment(at))
		return err
	})
	return s.fail("schedule "+sch.Version, err)
}

// Schedules returns the schedules that were used, the one used first first.
func (s *Store) Schedules(ctx context.Context) ([]Schedule, error) {
	rows, err := s.read.QueryContext(ctx, "SELECT version, hash, content, first_used, last_used FROM schedules ORDER BY first_used, text_hash")
	if err != nil {
		return nil, s.fail("schedules", err)
	}
	list, err := collect(rows, func(v *Schedule) []any {
		return []any{&v.Version, &v.Hash, (*exact)(&v.Text), (*moment)(&v.FirstUsed), (*moment)(&v.LastUsed)}
	})
	return list, s.fail("schedules", err)
}
