package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/stdlib"
	"github.com/pressly/goose/v3"
)

const (
	// postgresConns bounds the connections of one process.
	postgresConns = 8
	// migrationLock is the key of the advisory lock under which the schema is
	// changed: "slet" in ASCII.
	migrationLock = 0x736c6574
	// closeTimeout bounds how long letting go of the lock may take.
	closeTimeout = 5 * time.Second
)

func connectPostgres(dsn string) (*Store, error) {
	cfg, err := pgx.ParseConfig(dsn)
	if err != nil {
		// The cause quotes the connection string; only pgx knows what in it is secret.
		return nil, fmt.Errorf("store: %w: the connection string cannot be read", ErrUnavailable)
	}
	// What is committed must be on disk, whatever the server's default is.
	cfg.RuntimeParams["synchronous_commit"] = "on"
	cfg.RuntimeParams["application_name"] = "slet"
	db := stdlib.OpenDB(*cfg)
	db.SetMaxOpenConns(postgresConns)
	db.SetMaxIdleConns(postgresConns)
	return &Store{
		read: db, write: db,
		engine: engine{dialect: goose.DialectPostgres, numbered: true},
		name:   "postgres://" + cfg.Host + "/" + cfg.Database,
	}, nil
}

// prepare makes the database ready for the migrations, which both engines
// share, and returns what undoes it. SQLite needs nothing.
func (s *Store) prepare(ctx context.Context) (func(), error) {
	if !s.engine.numbered {
		return func() {}, s.write.PingContext(ctx)
	}
	conn, err := s.write.Conn(ctx)
	if err != nil {
		return nil, err
	}
	unlock := func() { release(ctx, conn) }
	if _, err := conn.ExecContext(ctx, "SELECT pg_advisory_lock($1)", int64(migrationLock)); err != nil {
		return nil, errors.Join(err, conn.Close())
	}
	// SQLite's name for comparing byte for byte.
	_, err = conn.ExecContext(ctx, `CREATE COLLATION IF NOT EXISTS "binary" (locale = 'C')`)
	if err != nil {
		unlock()
		return nil, err
	}
	return unlock, nil
}

// release lets go of the migration lock, even when ctx has ended. If that
// fails the connection is broken, and the server lets go by itself.
func release(ctx context.Context, conn *sql.Conn) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), closeTimeout)
	defer cancel()
	_, _ = conn.ExecContext(ctx, "SELECT pg_advisory_unlock($1)", int64(migrationLock))
	_ = conn.Close()
}
