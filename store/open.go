package store

import (
	"context"
	"database/sql"
	"embed"
	"errors"
	"fmt"
	"io/fs"
	"strconv"
	"strings"

	"github.com/pressly/goose/v3"
)

//go:embed migrations/*.sql
var migrationFiles embed.FS

// Store is the open database. Its methods are safe for concurrent use.
type Store struct {
	// read and write are the same for PostgreSQL. For SQLite write has one
	// connection, so that writers of this process queue in Go instead of
	// polling for the file lock, and read cannot write.
	read, write *sql.DB
	engine      engine
	name        string // for errors; never with credentials
	sealer      Sealer // nil: no snippets
}

// engine is what differs between the two databases.
type engine struct {
	dialect goose.Dialect
	// numbered is true when placeholders are $1, $2 instead of ?.
	numbered bool
}

// Open opens the database, creates it when it is not there, and brings its
// schema up to date. dsn is "sqlite:PATH" or "postgres://…".
//
// SQLite: PATH is made with mode 0600, a folder that is missing with 0700. A
// file that somebody else could change is refused ([ErrInsecure]). The
// database must lie on a local disk: it uses a write-ahead log, which network
// file systems do not support. A writer waits up to 30 seconds for another
// process; after that it fails with [ErrLocked]. Before the schema of a database
// that holds anything is changed, a copy of it is kept: see [Store.PruneCopies].
//
// PostgreSQL: a current connection string; the role must be allowed to create
// tables in its schema. A database that holds something in an older schema is
// refused with [ErrOlder]: it is for its own tools to copy, and other machines
// may be using it. [Upgrade] is for when that was seen to.
//
// A database written by a newer version of the program is refused with
// [ErrNewer] and left as it is.
func Open(ctx context.Context, dsn string) (*Store, error) { return open(ctx, dsn, false) }

// Upgrade is [Open] for a database that has been backed up: it changes the
// schema of one that keeps no copy by itself.
func Upgrade(ctx context.Context, dsn string) (*Store, error) { return open(ctx, dsn, true) }

func open(ctx context.Context, dsn string, backedUp bool) (*Store, error) {
	s, err := connect(dsn)
	if err != nil {
		return nil, err
	}
	if err := s.migrate(ctx, backedUp); err != nil {
		return nil, errors.Join(err, s.Close())
	}
	return s, nil
}

// connect opens the pools without touching the schema.
func connect(dsn string) (*Store, error) {
	switch {
	case strings.HasPrefix(dsn, "sqlite:"):
		return connectSQLite(strings.TrimPrefix(dsn, "sqlite:"))
	case strings.HasPrefix(dsn, "postgres://"), strings.HasPrefix(dsn, "postgresql://"):
		return connectPostgres(dsn)
	}
	scheme, _, _ := strings.Cut(dsn, ":")
	return nil, fmt.Errorf("store: %w: unknown kind of database %q, expected sqlite:PATH or postgres://", ErrUnavailable, scheme)
}

// Close closes the database.
func (s *Store) Close() error {
	err := s.write.Close()
	if s.read != s.write {
		// The writer goes last: closing the last connection of SQLite folds the
		// log into the database, and a reader may not write.
		err = errors.Join(s.read.Close(), err)
	}
	return s.fail("close", err)
}

// migrations returns goose's provider for this database.
func (s *Store) migrations() (*goose.Provider, error) {
	files, err := fs.Sub(migrationFiles, "migrations")
	if err != nil {
		return nil, fmt.Errorf("store: %w", err)
	}
	p, err := goose.NewProvider(s.engine.dialect, s.write, files,
		goose.WithDisableGlobalRegistry(true), goose.WithLogger(goose.NopLogger()),
		// A number may reach a database after a higher one: two branches were at work.
		goose.WithAllowOutofOrder(true))
	return p, s.fail("migrations", err)
}

// Schema is the number of the newest schema that this program knows.
func Schema() (int64, error) {
	files, err := fs.Glob(migrationFiles, "migrations/*.sql") // in order
	if err != nil {
		return 0, fmt.Errorf("store: %w", err)
	}
	return goose.NumericComponent(files[len(files)-1])
}

// migrate brings the schema up to date, forward only. Every migration is a
// transaction, with the note that it was done: what is interrupted is gone on
// with by the next who opens the database.
func (s *Store) migrate(ctx context.Context, backedUp bool) error {
	p, err := s.migrations()
	if err != nil {
		return err
	}
	unlock, err := s.prepare(ctx)
	if err != nil {
		return s.fail("open", err)
	}
	defer unlock()
	// SQLite has no lock that outlives a transaction. Two processes that meet
	// a new database at the same time may both try; the loser fails whole and
	// finds the work done.
	for attempt := 0; ; attempt++ {
		err = s.up(ctx, p, backedUp)
		if err == nil || errors.Is(err, ErrNewer) || errors.Is(err, ErrOlder) || attempt == 5 {
			return s.fail("open", err)
		}
	}
}

func (s *Store) up(ctx context.Context, p *goose.Provider, backedUp bool) error {
	current, target, err := p.GetVersions(ctx)
	if err != nil {
		return fmt.Errorf("schema version: %w", err)
	}
	if current > target {
		return fmt.Errorf("%w (schema %d, this program knows %d)", ErrNewer, current, target)
	}
	pending, err := p.HasPending(ctx)
	if err != nil {
		return fmt.Errorf("schema version: %w", err)
	}
	if !pending {
		return nil
	}
	if current > 0 && !backedUp {
		if err := s.keepCopy(ctx, current); err != nil {
			return err
		}
	}
	_, err = p.Up(ctx)
	return err
}

// sql rewrites the placeholders of a query for the engine. No query of this
// package holds a question mark that is not one.
func (s *Store) sql(query string) string {
	if !s.engine.numbered {
		return query
	}
	var b strings.Builder
	n := 0
	for {
		before, after, found := strings.Cut(query, "?")
		b.WriteString(before)
		if !found {
			return b.String()
		}
		n++
		b.WriteByte('$')
		b.WriteString(strconv.Itoa(n))
		query = after
	}
}

// tx runs f in one transaction: all of it, durable when tx returns nil, or
// nothing.
func (s *Store) tx(ctx context.Context, f func(*sql.Tx) error) error {
	tx, err := s.write.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	if err := f(tx); err != nil {
		if back := tx.Rollback(); back != nil && !errors.Is(back, sql.ErrTxDone) {
			return errors.Join(err, back)
		}
		return err
	}
	return tx.Commit()
}
