package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"strings"

	"github.com/jackc/pgx/v5/pgconn"
	"modernc.org/sqlite"
	sqlite3 "modernc.org/sqlite/lib"
)

// Errors that the methods of a Store wrap, beside [ErrNotFound]. The message
// of every error of this package is one line.
var (
	// ErrExists: a record of that id is there already.
	ErrExists = errors.New("exists already")
	// ErrAmbiguous: more than one item fits.
	ErrAmbiguous = errors.New("fits more than one item")
	// ErrState: the record is not in a state that allows this.
	ErrState = errors.New("not in a state that allows this")
	// ErrStale: the plan is not the one that was looked at.
	ErrStale = errors.New("not the plan that was looked at")
	// ErrEnded: the scan was finished or aborted.
	ErrEnded = errors.New("the scan has ended")

	// ErrReadOnly: the database, its folder or its file system is read-only.
	ErrReadOnly = errors.New("the database cannot be written")
	// ErrFull: no space is left for the database.
	ErrFull = errors.New("no space left for the database")
	// ErrCorrupt: the file is damaged or not a database.
	ErrCorrupt = errors.New("the database is damaged")
	// ErrLocked: somebody else kept the database locked for longer than a
	// writer waits (see [Open]).
	ErrLocked = errors.New("the database is locked by another process")
	// ErrUnavailable: the database cannot be opened or reached.
	ErrUnavailable = errors.New("the database cannot be opened")
	// ErrInsecure: somebody else could change the database file.
	ErrInsecure = errors.New("the database file is not safe from others")
	// ErrOtherKey: references and persons in it are named under another key.
	ErrOtherKey = errors.New("the store belongs to another installation key; put back the key file that was in the state directory")
	// ErrNewer: the database was written by a newer version of the program.
	ErrNewer = errors.New("the database was made by a newer version of slet; use that version")
	// ErrOlder: the database holds something in an older schema, and a copy of it
	// must be made by others before that is changed.
	ErrOlder = errors.New("the database is from an older version of slet")
)

// fail wraps an error from the database: what was attempted, which of the
// sentinels it is, and the engine's own words, in one line. nil stays nil.
func (s *Store) fail(what string, err error) error {
	if err == nil {
		return nil
	}
	if kind := classify(err); kind != nil && !errors.Is(err, kind) {
		return fmt.Errorf("store %s: %s: %w: %w", s.name, what, kind, oneLine(err))
	}
	return fmt.Errorf("store %s: %s: %w", s.name, what, oneLine(err))
}

// classify returns the sentinel for an error of either engine, nil for none.
func classify(err error) error {
	if errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded) {
		return nil
	}
	if errors.Is(err, sql.ErrNoRows) {
		return ErrNotFound
	}
	var lite *sqlite.Error
	if errors.As(err, &lite) {
		return classifySQLite(lite.Code())
	}
	var pg *pgconn.PgError
	if errors.As(err, &pg) {
		return classifyPostgres(pg.Code)
	}
	var connect *pgconn.ConnectError
	if errors.As(err, &connect) {
		return ErrUnavailable
	}
	return nil
}

// classifySQLite goes by the primary result code, the low byte.
func classifySQLite(code int) error {
	switch code & 0xff {
	case sqlite3.SQLITE_READONLY, sqlite3.SQLITE_PERM:
		return ErrReadOnly
	case sqlite3.SQLITE_FULL:
		return ErrFull
	case sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB:
		return ErrCorrupt
	case sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED:
		return ErrLocked
	case sqlite3.SQLITE_CANTOPEN:
		return ErrUnavailable
	}
	switch code {
	case sqlite3.SQLITE_CONSTRAINT_PRIMARYKEY, sqlite3.SQLITE_CONSTRAINT_UNIQUE:
		return ErrExists
	}
	return nil
}

// classifyPostgres goes by the SQLSTATE (PostgreSQL manual, appendix A).
func classifyPostgres(state string) error {
	switch {
	case state == "25006": // read_only_sql_transaction
		return ErrReadOnly
	case state == "53100": // disk_full
		return ErrFull
	case strings.HasPrefix(state, "XX"): // data_corrupted, index_corrupted, internal_error
		return ErrCorrupt
	case state == "55P03" || state == "40P01": // lock_not_available, deadlock_detected
		return ErrLocked
	case state == "23505": // unique_violation
		return ErrExists
	case strings.HasPrefix(state, "08"), strings.HasPrefix(state, "57P"), strings.HasPrefix(state, "28"), state == "3D000":
		return ErrUnavailable // connection, shutdown, authorisation, no such database
	}
	return nil
}

// lineError is an error whose message was made one line.
type lineError struct {
	msg string
	err error
}

func (e *lineError) Error() string { return e.msg }
func (e *lineError) Unwrap() error { return e.err }

func oneLine(err error) error {
	msg := err.Error()
	if !strings.ContainsAny(msg, "\r\n\t") {
		return err
	}
	return &lineError{strings.Join(strings.Fields(msg), " "), err}
}
