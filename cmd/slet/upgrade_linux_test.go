package main

import (
	"bytes"
	"database/sql"
	"encoding/json"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/pressly/goose/v3"
)

// downgrade makes the office's store one of an earlier schema: what is in it
// now, as far as that schema has a place for it.
func (o office) downgrade(t *testing.T, schema int64) {
	t.Helper()
	name := filepath.Join(o.dir, "state", "slet.db")
	now := name + ".now"
	if err := os.Rename(name, now); err != nil {
		t.Fatal(err)
	}
	db, err := sql.Open("sqlite", name)
	if err != nil {
		t.Fatal(err)
	}
	db.SetMaxOpenConns(1)
	p, err := goose.NewProvider(goose.DialectSQLite3, db, os.DirFS(filepath.Join("..", "..", "store", "migrations")), goose.WithDisableGlobalRegistry(true), goose.WithLogger(goose.NopLogger()))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := p.UpTo(t.Context(), schema); err != nil {
		t.Fatal(err)
	}
	do := func(query string, args ...any) {
		t.Helper()
		if _, err := db.ExecContext(t.Context(), query, args...); err != nil {
			t.Fatalf("%s: %v", query, err)
		}
	}
	do("ATTACH ? AS later", now)
	do("PRAGMA foreign_keys = off")
	for _, table := range names(t, db, "SELECT name FROM main.sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite%' AND name <> ?", goose.DefaultTablename) {
		columns := strings.Join(names(t, db, "SELECT name FROM pragma_table_info(?, 'main')", table), ", ")
		do(fmt.Sprintf("INSERT INTO main.%s (%s) SELECT %s FROM later.%s", table, columns, columns, table))
	}
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
	if err := os.Chmod(name, 0o600); err != nil {
		t.Fatal(err)
	}
}

func names(t *testing.T, db *sql.DB, query string, args ...any) (all []string) {
	t.Helper()
	rows, err := db.QueryContext(t.Context(), query, args...)
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	for rows.Next() {
		var name string
		if err := rows.Scan(&name); err != nil {
			t.Fatal(err)
		}
		all = append(all, name)
	}
	return all
}

// TestUpgradeGoesOn: with a store of every earlier schema the work goes on where
// it was. What was approved is erased, what is held is kept, and the report, the
// log and the next plan are sound.
func TestUpgradeGoesOn(t *testing.T) {
	files, err := fs.Glob(os.DirFS(filepath.Join("..", "..", "store", "migrations")), "*.sql")
	if err != nil || len(files) == 0 {
		t.Fatal(files, err)
	}
	for _, file := range files {
		schema, err := goose.NumericComponent(file)
		if err != nil {
			t.Fatal(err)
		}
		t.Run(fmt.Sprint("from ", schema), func(t *testing.T) { upgradeOffice(t, schema) })
	}
}

func upgradeOffice(t *testing.T, schema int64) {
	// Approvals are rows of their own since 14, and the log knows of them, of
	// holds and of plans: where a schema has no place for these, they are made
	// after the upgrade.
	decided := schema >= 14
	o := newOffice(t, "erase: {mode: enforce}\n")
	o.write(t, "share/holdt.txt", "cpr 150370-5008")
	o.age(t, "share/holdt.txt", 800)
	o.slet(t, "scan")
	decide := func() {
		o.slet(t, "hold", "add", "--path", "holdt.txt", "--reason", "retssag", "--owner", "DPO")
		o.slet(t, "plan")
		o.slet(t, "approve", o.plan(t), "--as", "Dorte Holm")
	}
	if decided {
		decide()
	}
	before := o.slet(t, "findings")
	o.downgrade(t, schema)
	if after := o.slet(t, "findings"); after != before {
		t.Errorf("findings were\n%s\nand are\n%s", before, after)
	}
	if !decided {
		decide()
	}
	o.slet(t, "erase", o.plan(t))
	for name, want := range map[string]bool{"gammel.txt": false, "holdt.txt": true, "ny.txt": true} {
		if _, err := os.Stat(filepath.Join(o.dir, "share", name)); (err == nil) != want {
			t.Errorf("%s is there: %t, want %t", name, err == nil, want)
		}
	}
	o.slet(t, "report", "-o", filepath.Join(o.dir, "rapport.html"))
	o.slet(t, "audit", "verify")
	o.slet(t, "scan", "--full")
	if got := o.slet(t, "findings", "--json"); strings.Contains(got, "gammel.txt") || !strings.Contains(got, `"disposition":"held"`) {
		t.Errorf("findings: %s", got)
	}
}

// plan is the id of the office's only plan.
func (o office) plan(t *testing.T) string {
	t.Helper()
	var line struct{ Plan string }
	if err := json.Unmarshal([]byte(o.slet(t, "plans", "--json")), &line); err != nil || line.Plan == "" {
		t.Fatal(line, err)
	}
	return line.Plan
}

// TestUpgradeRefusesNewer: a store that is too new is refused in one line that
// says what to do, whatever is asked for.
func TestUpgradeRefusesNewer(t *testing.T) {
	o := newOffice(t, "")
	o.slet(t, "scan")
	if got := o.slet(t, "upgrade"); !strings.HasPrefix(got, "the store has schema ") {
		t.Errorf("upgrade: %s", got)
	}
	db, err := sql.Open("sqlite", filepath.Join(o.dir, "state", "slet.db"))
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	if _, err := db.ExecContext(t.Context(), "INSERT INTO goose_db_version (version_id, is_applied) VALUES (9999, 1)"); err != nil {
		t.Fatal(err)
	}
	for _, args := range [][]string{{"findings"}, {"plan"}, {"upgrade"}, {"upgrade", "--backed-up"}} {
		var out, errs bytes.Buffer
		code := run(t.Context(), append([]string{"--config", o.config}, args...), strings.NewReader(""), &out, &errs)
		if said := errs.String(); code != exitFailed || strings.Count(said, "\n") != 1 || !strings.Contains(said, "newer version of slet") || !strings.Contains(said, "schema 9999") {
			t.Errorf("slet %s: exit code %d, %s", strings.Join(args, " "), code, said)
		}
	}
}
