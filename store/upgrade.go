package store

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/pressly/goose/v3"
)

// keepCopy keeps the database as it is before its schema is changed: beside it,
// with the number of its schema. A database that holds nothing needs none. The
// first copy of a schema stays: a second process that comes later may copy what
// is half changed by the first.
func (s *Store) keepCopy(ctx context.Context, schema int64) (err error) {
	full, err := s.holdsAnything(ctx)
	if err != nil || !full {
		return err
	}
	if s.engine.numbered {
		newest, err := Schema()
		return errors.Join(err, fmt.Errorf("%w (schema %d, this program's is %d): stop every slet that uses it, copy it with pg_dump, then: slet upgrade --backed-up", ErrOlder, schema, newest))
	}
	kept := s.copyName(fmt.Sprint(schema))
	if _, err := os.Lstat(kept); err == nil {
		return nil
	}
	part := fmt.Sprintf("%s.%d.part", kept, os.Getpid())
	defer func() {
		if gone := os.Remove(part); !errors.Is(gone, fs.ErrNotExist) {
			err = errors.Join(err, gone)
		}
	}()
	if err := s.Backup(ctx, part); err != nil {
		return fmt.Errorf("copy the database before its schema is changed: %w", err)
	}
	err = syncFile(part)
	if err == nil {
		err = os.Link(part, kept)
	}
	if err == nil {
		err = syncDir(filepath.Dir(kept))
	}
	if err != nil && !errors.Is(err, fs.ErrExist) {
		return fmt.Errorf("copy the database before its schema is changed: %w", err)
	}
	return nil
}

// holdsAnything reports whether there is a row in any table of slet's own.
func (s *Store) holdsAnything(ctx context.Context) (bool, error) {
	tables, err := s.tables(ctx)
	if err != nil {
		return false, err
	}
	for _, table := range tables {
		var full bool
		if err := s.write.QueryRowContext(ctx, "SELECT EXISTS (SELECT 1 FROM "+table+")").Scan(&full); err != nil || full {
			return full, err
		}
	}
	return false, nil
}

// tables are the names of slet's own tables, in order.
func (s *Store) tables(ctx context.Context) (names []string, err error) {
	query := "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite%' ORDER BY name"
	if s.engine.numbered {
		query = "SELECT tablename FROM pg_tables WHERE schemaname = current_schema() ORDER BY tablename"
	}
	rows, err := s.write.QueryContext(ctx, query)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, rows.Close()) }()
	for rows.Next() {
		var name string
		if err := rows.Scan(&name); err != nil {
			return nil, err
		}
		if name != goose.DefaultTablename {
			names = append(names, name)
		}
	}
	return names, rows.Err()
}

// syncFile brings a file to stable storage.
func syncFile(name string) error {
	f, err := os.OpenFile(name, os.O_RDWR, 0)
	if err != nil {
		return err
	}
	return errors.Join(f.Sync(), f.Close())
}

// copyName is where the copy of a schema lies.
func (s *Store) copyName(schema string) string { return s.name + ".schema-" + schema }

// PruneCopies removes the copies that were kept before the schema was changed
// and that are older than that. To go back to one: stop slet, put the program of
// that time back and the copy in the place of the database, and remove the
// database's -wal and -shm files.
func (s *Store) PruneCopies(before time.Time) error {
	if s.engine.numbered {
		return nil
	}
	entries, err := os.ReadDir(filepath.Dir(s.name))
	if err != nil {
		return s.fail("prune copies", err)
	}
	var errs []error
	for _, e := range entries {
		if !strings.HasPrefix(e.Name(), filepath.Base(s.copyName(""))) {
			continue
		}
		info, err := e.Info()
		if err == nil && info.ModTime().Before(before) {
			err = os.Remove(filepath.Join(filepath.Dir(s.name), e.Name()))
		}
		errs = append(errs, err)
	}
	return s.fail("prune copies", errors.Join(errs...))
}
