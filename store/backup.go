package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"net/url"
	"os"
	"path/filepath"

	"github.com/pressly/goose/v3"
)

// Backup writes a copy of the database as it is at one moment to a new file.
// Others read and write meanwhile. A database that is not SQLite is copied with
// its own tools: the error wraps [errors.ErrUnsupported].
func (s *Store) Backup(ctx context.Context, path string) (err error) {
	if s.engine.dialect != goose.DialectSQLite3 {
		return fmt.Errorf("store: %w: use the database's own backup (pg_dump)", errors.ErrUnsupported)
	}
	if _, err := os.Lstat(path); !errors.Is(err, os.ErrNotExist) {
		return fmt.Errorf("store: backup to %s: %w", path, errors.Join(os.ErrExist, err))
	}
	abs, err := filepath.Abs(s.name)
	if err != nil {
		return s.fail("backup", err)
	}
	// A connection of its own: the one that writes must not be kept waiting.
	uri := url.URL{Scheme: "file", Path: uriPath(abs)}
	db, err := sql.Open("sqlite", uri.String()+"?"+sqliteOptions)
	if err != nil {
		return s.fail("backup", err)
	}
	defer func() { err = errors.Join(err, db.Close()) }()
	if _, err := db.ExecContext(ctx, "VACUUM INTO ?", path); err != nil {
		return s.fail("backup", err)
	}
	return s.fail("backup", os.Chmod(path, 0o600))
}
