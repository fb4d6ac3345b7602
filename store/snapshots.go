package store

import (
	"context"
	"database/sql"
	"errors"
	"time"
)

// Snapshot is the state of everything in numbers at one moment, as the pages
// show it: statistics are never summed while somebody waits for them.
type Snapshot struct {
	Taken time.Time
	Data  []byte // JSON
}

// AddSnapshot stores a snapshot, durable on return. One of the same moment is
// replaced.
func (s *Store) AddSnapshot(ctx context.Context, snap Snapshot) error {
	if snap.Taken.IsZero() {
		return s.fail("snapshot", errors.New("a snapshot needs a time"))
	}
	err := s.tx(ctx, func(tx *sql.Tx) error {
		_, err := s.execTx(ctx, tx, "INSERT INTO snapshots (taken, data) VALUES (?, ?) ON CONFLICT (taken) DO UPDATE SET data = excluded.data",
			moment(snap.Taken), string(snap.Data))
		return err
	})
	return s.fail("snapshot", err)
}

// Snapshots returns the last one of each day (UTC) of those taken at since or
// later, the oldest first.
func (s *Store) Snapshots(ctx context.Context, since time.Time) ([]Snapshot, error) {
	return s.snapshots(ctx, "WHERE taken IN (SELECT MAX(taken) FROM snapshots WHERE taken >= ? GROUP BY taken / ?) ORDER BY taken",
		since.UnixNano(), int64(24*time.Hour))
}

// LatestSnapshot returns the newest one. Without any it is [ErrNotFound].
func (s *Store) LatestSnapshot(ctx context.Context) (Snapshot, error) {
	list, err := s.snapshots(ctx, "ORDER BY taken DESC LIMIT 1")
	if err != nil {
		return Snapshot{}, err
	}
	if len(list) == 0 {
		return Snapshot{}, s.fail("snapshot", ErrNotFound)
	}
	return list[0], nil
}

func (s *Store) snapshots(ctx context.Context, rest string, args ...any) ([]Snapshot, error) {
	rows, err := s.read.QueryContext(ctx, s.sql("SELECT taken, data FROM snapshots "+rest), args...)
	if err != nil {
		return nil, s.fail("snapshots", err)
	}
	list, err := collect(rows, func(v *Snapshot) []any { return []any{(*moment)(&v.Taken), &v.Data} })
	return list, s.fail("snapshots", err)
}

// PruneSnapshots keeps every snapshot taken at all or later, of the older ones
// the last of each day (UTC), and none older than days.
func (s *Store) PruneSnapshots(ctx context.Context, all, days time.Time) error {
	err := s.tx(ctx, func(tx *sql.Tx) error {
		_, err := s.execTx(ctx, tx, `DELETE FROM snapshots WHERE taken < ? OR (taken < ? AND taken NOT IN
			(SELECT MAX(taken) FROM snapshots GROUP BY taken / ?))`, days.UnixNano(), all.UnixNano(), int64(24*time.Hour))
		return err
	})
	return s.fail("prune snapshots", err)
}
