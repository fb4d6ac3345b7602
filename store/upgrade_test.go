package store

import (
	"bufio"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/pressly/goose/v3"
)

// Stores of every earlier schema are built of testdata/upgrade: the rows that
// the program wrote when the schema had that number, put in when it has it. A
// row is thus written at one schema and read at every later one.

// covered is the schema up to which every table has such rows. Who adds a
// migration adds its rows, and raises it.
const covered = 42

// schemas are the numbers of all migrations, in order.
func schemas(t *testing.T) []int64 {
	t.Helper()
	files, err := fs.Glob(migrationFiles, "migrations/*.sql")
	must(t, err)
	var all []int64
	for _, name := range files {
		v, err := goose.NumericComponent(name)
		must(t, err)
		all = append(all, v)
	}
	return all
}

var bytesLiteral = regexp.MustCompile(`([ (])b'([^']*)'`)

// unmigrated opens a store that has no schema yet, and what would give it one.
func unmigrated(t *testing.T, dsn string) (*Store, *goose.Provider) {
	t.Helper()
	s, err := connect(dsn)
	must(t, err)
	unlock, err := s.prepare(t.Context())
	must(t, err)
	unlock()
	p, err := s.migrations()
	must(t, err)
	return s, p
}

// buildAt makes a store as it was at a schema, with rows.
func buildAt(t *testing.T, dsn string, schema int64) {
	t.Helper()
	s, p := unmigrated(t, dsn)
	for _, v := range schemas(t) {
		if v > schema {
			break
		}
		_, err := p.ApplyVersion(t.Context(), v, true)
		must(t, err)
		rows, err := os.ReadFile(filepath.Join("testdata", "upgrade", fmt.Sprintf("%05d.sql", v)))
		if errors.Is(err, fs.ErrNotExist) && v > covered {
			continue
		}
		must(t, err)
		as := `${1}CAST('$2' AS BLOB)`
		if s.engine.numbered {
			as = `${1}convert_to('$2', 'UTF8')`
		}
		for statement := range strings.SplitSeq(bytesLiteral.ReplaceAllString(string(rows), as), ";\n") {
			if strings.TrimSpace(statement) == "" {
				continue
			}
			if _, err := s.write.ExecContext(t.Context(), statement); err != nil {
				t.Fatalf("%05d.sql: %v\n%s", v, err, statement)
			}
		}
	}
	must(t, s.Close())
}

// content is every row of every table: by table, then by column.
func content(t *testing.T, dsn string) map[string][]map[string]string {
	t.Helper()
	s, err := connect(dsn)
	must(t, err)
	tables, err := s.tables(t.Context())
	must(t, err)
	all := map[string][]map[string]string{}
	for _, table := range tables {
		rows, err := s.write.QueryContext(t.Context(), "SELECT * FROM "+table)
		must(t, err)
		columns, err := rows.Columns()
		must(t, err)
		all[table] = nil
		for rows.Next() {
			values := make([]any, len(columns))
			for i := range values {
				values[i] = new(any)
			}
			must(t, rows.Scan(values...))
			row := map[string]string{}
			for i, c := range columns {
				row[c] = fmt.Sprintf("%v", *values[i].(*any))
			}
			all[table] = append(all[table], row)
		}
		must(t, errors.Join(rows.Err(), rows.Close()))
	}
	must(t, s.Close())
	return all
}

// lost names every row of before that is not in after, as it was.
func lost(before, after map[string][]map[string]string) (all []string) {
	for table, rows := range before {
		for _, row := range rows {
			is := slices.ContainsFunc(after[table], func(r map[string]string) bool {
				for c, v := range row {
					if now, there := r[c]; !there || now != v {
						return false
					}
				}
				return true
			})
			if !is {
				all = append(all, fmt.Sprintf("%s %v", table, row))
			}
		}
	}
	return all
}

// TestUpgrade: from a store of every earlier schema nothing is lost, and what
// people decided counts as it did.
func TestUpgrade(t *testing.T) {
	for _, schema := range schemas(t) {
		t.Run(fmt.Sprint("from ", schema), func(t *testing.T) {
			eachEngine(t, func(t *testing.T, dsn string) {
				buildAt(t, dsn, schema)
				before := content(t, dsn)
				s, err := Upgrade(t.Context(), dsn)
				must(t, err)
				must(t, s.Close())
				if missing := lost(before, content(t, dsn)); len(missing) > 0 {
					t.Errorf("lost or changed:\n%s", strings.Join(missing, "\n"))
				}
				s = openTest(t, dsn) // needs nothing more
				p, err := s.migrations()
				must(t, err)
				if pending, err := p.HasPending(t.Context()); err != nil || pending {
					t.Errorf("pending: %t, %v", pending, err)
				}
				readOld(t, dsn, schema)
				f := rich()
				record(t, s, f.Item.Source, true, f)
				newPlan(t, s, "p1", planItems(1)...)
			})
		})
	}
}

// readOld asks for what a store of a schema held.
func readOld(t *testing.T, dsn string, schema int64) {
	t.Helper()
	s := openTest(t, dsn)
	f, err := s.Finding(t.Context(), "i000000000101")
	if err != nil || len(f.Matches) != 2 || f.Item.Path != "Sager/æble.txt" || f.DocumentType != "opsigelse" {
		t.Errorf("finding: %+v, %v", f, err)
	}
	if schema < 2 {
		return
	}
	for id, want := range map[string]PlanState{"P-02-waits": PlanProposed, "P-02-approved": PlanApproved, "P-02-done": PlanExecuted} {
		p, err := s.Plan(t.Context(), id)
		if err != nil || p.State != want {
			t.Errorf("plan %s: %+v, %v", id, p, err)
		}
		given, err := s.Approvals(t.Context(), id)
		if err != nil || len(given) != 1 && want != PlanProposed && schema < 14 {
			t.Errorf("plan %s: approvals %+v, %v", id, given, err)
		}
	}
	// What was erased is known again, and what was begun is finished.
	known := slices.ContainsFunc(content(t, dsn)["erased"], func(r map[string]string) bool { return r["ref"] == "i000000000103" })
	if schema < 12 && !known {
		t.Error("what was erased is not remembered")
	}
	if schema < 3 {
		return
	}
	holds, err := s.Holds(t.Context())
	must(t, err)
	in := false
	for _, h := range holds {
		in = in || h.ID == "H-03-holds" && h.Path == "Sager/**" && h.Released.IsZero()
	}
	if !in {
		t.Errorf("the hold is not in force: %+v", holds)
	}
	if schema >= 10 {
		if events, err := s.Events(t.Context()); err != nil || len(events) == 0 {
			t.Errorf("events: %+v, %v", events, err)
		}
	}
}

// TestEveryTableHasOldRows: the stores that TestUpgrade begins with hold
// something of everything.
func TestEveryTableHasOldRows(t *testing.T) {
	dsn := sqliteDSN(t)
	buildAt(t, dsn, covered)
	for table, rows := range content(t, dsn) {
		if len(rows) == 0 {
			t.Errorf("no row of testdata/upgrade is in %s", table)
		}
	}
	if newest, err := Schema(); err != nil || newest != covered {
		t.Logf("schemas from %d to %d have no rows of their own yet (%v)", covered+1, newest, err)
	}
}

// TestUpgradeKeepsCopy: before the schema of a store that holds something is
// changed there is a copy of it, which can be put back; without one nothing is
// changed; an empty store needs none.
func TestUpgradeKeepsCopy(t *testing.T) {
	dsn := sqliteDSN(t)
	path := strings.TrimPrefix(dsn, "sqlite:")
	buildAt(t, dsn, 12)
	before := content(t, dsn)
	must(t, os.Mkdir(path+".schema-12.x", 0o700)) // not ours to mind
	must(t, openTest(t, dsn).PruneCopies(time.Now().Add(-time.Hour)))
	copied := path + ".schema-12"
	info, err := os.Lstat(copied)
	if err != nil || info.Mode().Perm() != 0o600 {
		t.Fatalf("no copy: %v, %v", info, err)
	}
	after := content(t, "sqlite:"+copied)
	if missing := append(lost(before, after), lost(after, before)...); len(missing) > 0 {
		t.Errorf("the copy is not the store as it was: %s", strings.Join(missing, "\n"))
	}
	// Put back, it is brought up to date again.
	back := filepath.Join(t.TempDir(), "slet.db")
	data, err := os.ReadFile(copied)
	must(t, err)
	must(t, os.WriteFile(back, data, 0o600))
	readOld(t, "sqlite:"+back, 12)

	must(t, openTest(t, dsn).PruneCopies(time.Now().Add(time.Hour)))
	if _, err := os.Lstat(copied); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("an old copy stays: %v", err)
	}
}

// TestUpgradeNeedsCopy: when the copy cannot be made, the schema stays as it is.
func TestUpgradeNeedsCopy(t *testing.T) {
	dsn := sqliteDSN(t)
	path := strings.TrimPrefix(dsn, "sqlite:")
	buildAt(t, dsn, 12)
	before := content(t, dsn)
	part := fmt.Sprintf("%s.schema-12.%d.part", path, os.Getpid())
	must(t, os.MkdirAll(filepath.Join(part, "in the way"), 0o700))
	if _, err := Open(t.Context(), dsn); err == nil || !strings.Contains(err.Error(), "copy the database before") {
		t.Fatalf("opened without a copy: %v", err)
	}
	after := content(t, dsn)
	if diff := append(lost(before, after), lost(after, before)...); len(diff) > 0 {
		t.Errorf("changed without a copy: %s", strings.Join(diff, "\n"))
	}
}

// TestUpgradeElsewhere: a database that cannot be copied here, and that others
// may be using, is not changed before somebody says that it is backed up; a new
// one that was interrupted while it was made holds nothing, and is.
func TestUpgradeElsewhere(t *testing.T) {
	eachEngine(t, func(t *testing.T, dsn string) {
		if !strings.HasPrefix(dsn, "postgres") {
			return
		}
		buildAt(t, dsn, 12)
		before := content(t, dsn)
		_, err := Open(t.Context(), dsn)
		wantErr(t, err, ErrOlder)
		after := content(t, dsn)
		if diff := append(lost(before, after), lost(after, before)...); len(diff) > 0 {
			t.Errorf("changed: %s", strings.Join(diff, "\n"))
		}
		s, err := Upgrade(t.Context(), dsn)
		must(t, err)
		must(t, s.Close())
		readOld(t, dsn, 12)
	})
	eachEngine(t, func(t *testing.T, dsn string) {
		s, p := unmigrated(t, dsn)
		_, err := p.UpTo(t.Context(), 4)
		must(t, errors.Join(err, s.Close()))
		must(t, openTest(t, dsn).PruneCopies(time.Now()))
		if path, ok := strings.CutPrefix(dsn, "sqlite:"); ok {
			if _, err := os.Lstat(path + ".schema-4"); !errors.Is(err, fs.ErrNotExist) {
				t.Errorf("a copy of nothing: %v", err)
			}
		}
	})
}

// TestUpgradeOutOfOrder: a migration that arrives after one with a higher
// number is done too.
func TestUpgradeOutOfOrder(t *testing.T) {
	eachEngine(t, func(t *testing.T, dsn string) {
		s, p := unmigrated(t, dsn)
		for _, v := range schemas(t) {
			if v != 20 {
				_, err := p.ApplyVersion(t.Context(), v, true)
				must(t, err)
			}
		}
		must(t, s.Close())
		if _, ok := content(t, dsn)["coverage_checks"]; ok {
			t.Fatal("20 was done already")
		}
		must(t, openTest(t, dsn).PruneCopies(time.Now()))
		if _, ok := content(t, dsn)["coverage_checks"]; !ok {
			t.Error("20 was passed over")
		}
	})
}

// TestUpgradeKilled: a process that is killed between two migrations loses
// nothing, and the next one goes on.
func TestUpgradeKilled(t *testing.T) {
	eachEngine(t, func(t *testing.T, dsn string) {
		buildAt(t, dsn, 5)
		before := content(t, dsn)
		all := schemas(t)
		done := slices.Index(all, 5) + 1
		for _, steps := range []int{1, 4, 7} {
			cmd := other(t, "migrate", dsn)
			out, err := cmd.StdoutPipe()
			must(t, err)
			in, err := cmd.StdinPipe()
			must(t, err)
			must(t, cmd.Start())
			lines := bufio.NewScanner(out)
			for range steps {
				if !lines.Scan() {
					t.Fatal("it ended by itself")
				}
				if _, err := in.Write([]byte("\n")); err != nil {
					t.Fatal(err)
				}
			}
			lines.Scan() // the one after, which was not told to go on
			must(t, cmd.Process.Kill())
			_ = cmd.Wait()
			done += steps + 1
			if missing := lost(before, content(t, dsn)); len(missing) > 0 {
				t.Fatalf("killed after %d steps: lost %s", steps, strings.Join(missing, "\n"))
			}
		}
		s, err := connect(dsn)
		must(t, err)
		p, err := s.migrations()
		must(t, err)
		if v, err := p.GetDBVersion(t.Context()); err != nil || v != all[done-1] || done >= len(all) {
			t.Fatalf("the schema is %d after %d of %d steps (%v)", v, done, len(all), err)
		}
		must(t, s.Close())
		s, err = Upgrade(t.Context(), dsn)
		must(t, err)
		must(t, s.Close())
		readOld(t, dsn, 5)
		if missing := lost(before, content(t, dsn)); len(missing) > 0 {
			t.Errorf("lost %s", strings.Join(missing, "\n"))
		}
	})
}

// migrateSlowly is another process that changes the schema a step at a time: it
// says each, and waits to be told to go on.
func migrateSlowly(dsn string) error {
	s, err := connect(dsn)
	if err != nil {
		return err
	}
	p, err := s.migrations()
	if err != nil {
		return err
	}
	told := bufio.NewReader(os.Stdin)
	for {
		r, err := p.UpByOne(background())
		if err != nil {
			return err
		}
		fmt.Println(r.Source.Version)
		if _, err := told.ReadString('\n'); err != nil {
			return err
		}
	}
}
