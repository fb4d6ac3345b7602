package store

import (
	"errors"
	"fmt"
	"io/fs"
	"net/url"
	"os"
	"path/filepath"
	"strings"

	"github.com/pressly/goose/v3"
	_ "modernc.org/sqlite" // the driver "sqlite"
)

// Every connection: wait for other processes; log ahead, and sync the log at
// every commit (synchronous FULL), so that what is committed survives a power
// cut; overwrite what is deleted, because what leaves the inventory may name
// persons.
const sqliteOptions = "_pragma=busy_timeout(30000)&_pragma=journal_mode(WAL)&_pragma=synchronous(FULL)" +
	"&_pragma=foreign_keys(1)&_pragma=secure_delete(1)&_pragma=journal_size_limit(67108864)"

// Every connection keeps pages of the file in memory, up to a bound that an
// inventory of 10,000 items fills: together 24 MB. What is not among them is in
// the operating system's cache, so that more of it gains nothing that can be
// measured (docs/benchmarks.md).
const (
	writerCache = "&_pragma=cache_size(-8000)" // KiB
	readerCache = "&_pragma=cache_size(-4000)"
)

// sqliteReaders is how many connections read beside the one that writes.
const sqliteReaders = 4

func connectSQLite(path string) (*Store, error) {
	if path == "" || path == ":memory:" {
		return nil, fmt.Errorf("store: %w: a database needs a file", ErrUnavailable)
	}
	abs, err := filepath.Abs(path)
	if err != nil {
		return nil, fmt.Errorf("store %s: %w: %w", path, ErrUnavailable, err)
	}
	s := &Store{engine: engine{dialect: goose.DialectSQLite3}, name: path}
	if err := secureFile(abs); err != nil {
		return nil, fmt.Errorf("store %s: %w", path, err)
	}
	// As a URI, so that a path may hold any character.
	uri := url.URL{Scheme: "file", Path: uriPath(abs)}
	if s.write, err = openSQLite(uri.String() + "?" + sqliteOptions + writerCache + "&_txlock=immediate"); err != nil {
		return nil, s.fail("open", err)
	}
	s.write.SetMaxOpenConns(1)
	if s.read, err = openSQLite(uri.String() + "?" + sqliteOptions + readerCache + "&_pragma=query_only(1)"); err != nil {
		return nil, errors.Join(s.fail("open", err), s.write.Close())
	}
	s.read.SetMaxOpenConns(sqliteReaders)
	s.read.SetMaxIdleConns(sqliteReaders)
	return s, nil
}

// uriPath gives an absolute path the form that SQLite wants in a URI:
// /C:/folder on Windows.
func uriPath(abs string) string {
	p := filepath.ToSlash(abs)
	if !strings.HasPrefix(p, "/") {
		p = "/" + p
	}
	return p
}

// secureFile makes the database file before SQLite does, so that it (and the
// log files, which take its mode) is private from the first byte, and refuses
// one that somebody else could change.
func secureFile(path string) error {
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return fmt.Errorf("%w: %w", openKind(err), err)
	}
	f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return fmt.Errorf("%w: %w", openKind(err), err)
	}
	if err := f.Close(); err != nil {
		return fmt.Errorf("%w: %w", ErrUnavailable, err)
	}
	for _, name := range []string{path, path + "-wal", path + "-shm", filepath.Dir(path)} {
		stat := os.Lstat // a link could be turned elsewhere
		if name == filepath.Dir(path) {
			stat = os.Stat
		}
		info, err := stat(name)
		if errors.Is(err, fs.ErrNotExist) {
			continue
		}
		if err != nil {
			return fmt.Errorf("%w: %w", ErrUnavailable, err)
		}
		if why := insecure(info); why != "" {
			return fmt.Errorf("%w: %s %s", ErrInsecure, name, why)
		}
	}
	return nil
}

// openKind is the sentinel for an error from opening or making the file.
func openKind(err error) error {
	switch {
	case isFull(err):
		return ErrFull
	case isReadOnly(err), errors.Is(err, fs.ErrPermission):
		return ErrReadOnly
	}
	return ErrUnavailable
}
