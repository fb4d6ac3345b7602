package store

import (
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/sletdk/slet/internal/testenv"
)

// TestMigrationsAreForwardOnly: none has a way down, and each is a transaction.
func TestMigrationsAreForwardOnly(t *testing.T) {
	files, err := fs.Glob(migrationFiles, "migrations/*.sql")
	must(t, err)
	if len(files) == 0 {
		t.Fatal("no migrations")
	}
	for _, name := range files {
		b, err := fs.ReadFile(migrationFiles, name)
		must(t, err)
		if strings.Contains(string(b), "+goose Down") {
			t.Errorf("%s goes down", name)
		}
		if strings.Contains(string(b), "NO TRANSACTION") {
			t.Errorf("%s could be left half done", name)
		}
	}
}

// TestNewer: a database of a later version is refused and left alone.
func TestNewer(t *testing.T) {
	eachEngine(t, func(t *testing.T, dsn string) {
		s := openTest(t, dsn)
		_, err := s.write.ExecContext(t.Context(), s.sql("INSERT INTO goose_db_version (version_id, is_applied) VALUES (?, true)"), 99)
		must(t, err)
		_, err = Open(t.Context(), dsn)
		wantErr(t, err, ErrNewer)
		newest, err2 := Schema()
		must(t, err2)
		if want := fmt.Sprintf("(schema 99, this program knows %d)", newest); !strings.Contains(err.Error(), want) {
			t.Errorf("%v: does not say %s", err, want)
		}
	})
}

// TestOpenTogether: many meet a new database at the same moment.
func TestOpenTogether(t *testing.T) {
	eachEngine(t, func(t *testing.T, dsn string) {
		var wg sync.WaitGroup
		for range 8 {
			wg.Go(func() {
				s, err := Open(t.Context(), dsn)
				if err != nil {
					t.Error(err)
					return
				}
				if err := s.Close(); err != nil {
					t.Error(err)
				}
			})
		}
		wg.Wait()
	})
}

func TestOpenFile(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "state #1?%20æ", "slet.db")
	s := openTest(t, "sqlite:"+path)
	record(t, s, "s", true, rich())
	for name, want := range map[string]fs.FileMode{path: 0o600, path + "-wal": 0o600, path + "-shm": 0o600, filepath.Dir(path): 0o700} {
		info, err := os.Stat(name)
		if err != nil || info.Mode().Perm() != want {
			t.Errorf("%s: %v, %v, want %v", name, info, err, want)
		}
	}
	entries, err := os.ReadDir(dir)
	if err != nil || len(entries) != 1 {
		t.Errorf("beside the state folder there is %v, %v", entries, err)
	}
}

func TestOpenRefuses(t *testing.T) {
	for name, c := range map[string]struct {
		make func(t *testing.T, path string)
		want error
	}{
		"group may write":  {func(t *testing.T, p string) { must(t, os.WriteFile(p, nil, 0o600)); must(t, os.Chmod(p, 0o620)) }, ErrInsecure},
		"others may write": {func(t *testing.T, p string) { must(t, os.WriteFile(p, nil, 0o600)); must(t, os.Chmod(p, 0o602)) }, ErrInsecure},
		"folder":           {func(t *testing.T, p string) { must(t, os.Chmod(filepath.Dir(p), 0o777)) }, ErrInsecure},
		"the log": {func(t *testing.T, p string) {
			must(t, os.WriteFile(p+"-wal", nil, 0o600))
			must(t, os.Chmod(p+"-wal", 0o666))
		}, ErrInsecure},
		"link": {func(t *testing.T, p string) {
			must(t, os.WriteFile(p+".else", nil, 0o600))
			must(t, os.Symlink(p+".else", p))
		}, ErrInsecure},
		"a folder":       {func(t *testing.T, p string) { must(t, os.Mkdir(p, 0o700)) }, ErrUnavailable},
		"not a database": {func(t *testing.T, p string) { must(t, os.WriteFile(p, []byte(strings.Repeat("hello ", 999)), 0o600)) }, ErrCorrupt},
	} {
		t.Run(name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "slet.db")
			c.make(t, path)
			_, err := Open(t.Context(), "sqlite:"+path)
			wantErr(t, err, c.want)
			if err != nil && !strings.Contains(err.Error(), path) {
				t.Errorf("the error does not name the file: %v", err)
			}
		})
	}
	for _, dsn := range []string{"", "slet.db", "mysql://x", "sqlite:", "sqlite::memory:", "postgres://user:hunter2@[::1", "postgres://user:hunter2@/x?host=/nowhere"} {
		_, err := Open(t.Context(), dsn)
		wantErr(t, err, ErrUnavailable)
		if err != nil && strings.Contains(err.Error(), "hunter2") {
			t.Errorf("the error tells the password: %v", err)
		}
	}
}

// TestCorrupt damages the file in the middle.
func TestCorrupt(t *testing.T) {
	dsn := sqliteDSN(t)
	path := strings.TrimPrefix(dsn, "sqlite:")
	s, err := Open(t.Context(), dsn)
	must(t, err)
	var list []Finding
	for n := range 3000 {
		list = append(list, finding("s", n))
	}
	record(t, s, "s", true, list...)
	must(t, s.Close())
	b, err := os.ReadFile(path)
	must(t, err)
	for i := len(b) / 2; i < len(b); i++ {
		b[i] = 0xa5
	}
	must(t, os.WriteFile(path, b, 0o600))
	s = openTest(t, dsn)
	err = nil
	for _, e := range s.Findings(t.Context(), Filter{}) {
		err = e
	}
	wantErr(t, err, ErrCorrupt)
}

func TestReadOnly(t *testing.T) {
	dsn := sqliteDSN(t)
	s := openTest(t, dsn)
	record(t, s, "s", true, rich())
	_, err := s.read.ExecContext(t.Context(), "DELETE FROM items")
	wantErr(t, s.fail("delete", err), ErrReadOnly)
}

// TestDurableSettings: what the promise "durable on return" rests on.
func TestDurableSettings(t *testing.T) {
	t.Run("sqlite", func(t *testing.T) {
		s := openTest(t, sqliteDSN(t))
		for pragma, want := range map[string]string{"journal_mode": "wal", "synchronous": "2", "foreign_keys": "1", "secure_delete": "1", "busy_timeout": "30000"} {
			var got string
			must(t, s.write.QueryRowContext(t.Context(), "PRAGMA "+pragma).Scan(&got))
			if got != want {
				t.Errorf("%s is %s, want %s", pragma, got, want)
			}
		}
	})
	t.Run("postgres", func(t *testing.T) { // the test's server has it off
		s := openTest(t, testenv.Postgres(t))
		var got string
		must(t, s.write.QueryRowContext(t.Context(), "SHOW synchronous_commit").Scan(&got))
		if got != "on" {
			t.Errorf("synchronous_commit is %s, want on", got)
		}
	})
}
