package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"path/filepath"
	"strings"
	"testing"
)

// keeping opens a database with one connection that keeps its statements, and
// returns what it keeps.
func keeping(t *testing.T) (*sql.DB, func() map[string]*statement) {
	t.Helper()
	db, err := openSQLite("file:" + filepath.Join(t.TempDir(), "a.db"))
	must(t, err)
	t.Cleanup(func() { must(t, db.Close()) })
	db.SetMaxOpenConns(1)
	_, err = db.ExecContext(t.Context(), "CREATE TABLE n (n BIGINT PRIMARY KEY, s TEXT)")
	must(t, err)
	return db, func() (kept map[string]*statement) {
		conn, err := db.Conn(t.Context())
		must(t, err)
		defer conn.Close()
		must(t, conn.Raw(func(c any) error { kept = c.(*keepingConn).kept; return nil }))
		return kept
	}
}

// TestStatementsAreKept: the same query is made a statement once, and answers
// for the values of each call.
func TestStatementsAreKept(t *testing.T) {
	db, kept := keeping(t)
	const insert, ask = "INSERT INTO n VALUES (?, ?)", "SELECT s FROM n WHERE n = ?"
	for i := range 3 {
		_, err := db.ExecContext(t.Context(), insert, i, fmt.Sprint("s", i))
		must(t, err)
	}
	first := kept()[insert]
	if first == nil || first.inUse {
		t.Fatalf("the statement was not kept: %v", kept())
	}
	for i := range 3 {
		var s string
		must(t, db.QueryRowContext(t.Context(), ask, i).Scan(&s))
		if s != fmt.Sprint("s", i) {
			t.Errorf("%d: %q", i, s)
		}
	}
	if s := kept()[ask]; s == nil || s.inUse {
		t.Errorf("the statement of a query was not kept free: %+v", s)
	}
	if kept()[insert] != first {
		t.Error("the statement was made twice")
	}
}

// TestSameQueryTwiceAtATime: while the rows of a query are read, the same query
// is answered for itself.
func TestSameQueryTwiceAtATime(t *testing.T) {
	db, kept := keeping(t)
	_, err := db.ExecContext(t.Context(), "INSERT INTO n VALUES (1, 'a'), (2, 'b'), (3, 'c')")
	must(t, err)
	tx, err := db.BeginTx(t.Context(), nil)
	must(t, err)
	defer tx.Rollback() //nolint:errcheck // it only reads
	const ask = "SELECT n FROM n WHERE n >= ? ORDER BY n"
	var got []string
	list := func(from int, each func(n int)) {
		rows, err := tx.QueryContext(t.Context(), ask, from)
		must(t, err)
		defer rows.Close()
		for rows.Next() {
			var n int
			must(t, rows.Scan(&n))
			each(n)
		}
		must(t, rows.Err())
	}
	list(1, func(n int) {
		list(n, func(m int) { got = append(got, fmt.Sprint(n, m)) })
	})
	if want := "1 1,1 2,1 3,2 2,2 3,3 3"; strings.Join(got, ",") != want {
		t.Errorf("%v, want %v", got, want)
	}
	must(t, tx.Commit())
	if s := kept()[ask]; s == nil || s.inUse {
		t.Errorf("the statement is not free afterwards: %+v", s)
	}
}

// TestFailedStatementsAreNotKept: after a failure the next run begins anew, and
// the values of the failed one are in none.
func TestFailedStatementsAreNotKept(t *testing.T) {
	db, kept := keeping(t)
	const insert = "INSERT INTO n VALUES (?, ?)"
	_, err := db.ExecContext(t.Context(), insert, 1, "a")
	must(t, err)
	if _, err := db.ExecContext(t.Context(), insert, 1, "b"); err == nil {
		t.Fatal("a key was taken twice")
	}
	if kept()[insert] != nil {
		t.Error("a statement that failed is kept")
	}
	_, err = db.ExecContext(t.Context(), insert, 2, "c")
	must(t, err)

	ctx, cancel := context.WithCancel(t.Context())
	const ask = "WITH RECURSIVE c(x) AS (SELECT ? UNION ALL SELECT x + 1 FROM c WHERE x < 1000000000) SELECT x FROM c"
	rows, err := db.QueryContext(ctx, ask, 1)
	must(t, err)
	if !rows.Next() {
		t.Fatal("no row")
	}
	cancel()
	for rows.Next() {
	}
	if err := rows.Err(); !errors.Is(err, context.Canceled) {
		t.Errorf("a cancelled query ends with %v", err)
	}
	rows.Close() //nolint:errcheck // it was cancelled
	if s := kept()[ask]; s != nil && s.inUse {
		t.Error("the statement of a cancelled query is in use for ever")
	}
	var n int
	must(t, db.QueryRowContext(t.Context(), "SELECT COUNT(*) FROM n").Scan(&n))
	if n != 2 {
		t.Errorf("%d rows, want 2", n)
	}
}

// TestStatementsOutliveTheirTable: a statement is of the table as it is now.
func TestStatementsOutliveTheirTable(t *testing.T) {
	db, _ := keeping(t)
	const ask = "SELECT * FROM n"
	columns := func() int {
		rows, err := db.QueryContext(t.Context(), ask)
		must(t, err)
		defer rows.Close()
		names, err := rows.Columns()
		must(t, err)
		for rows.Next() {
		}
		must(t, rows.Err())
		return len(names)
	}
	_, err := db.ExecContext(t.Context(), "INSERT INTO n VALUES (1, 'a')")
	must(t, err)
	equal(t, "columns", columns(), 2)
	_, err = db.ExecContext(t.Context(), "DROP TABLE n")
	must(t, err)
	_, err = db.ExecContext(t.Context(), "CREATE TABLE n (n BIGINT)")
	must(t, err)
	equal(t, "columns of the new table", columns(), 1)
}

// TestFewStatementsAreKept: queries that differ each time fill nothing up.
func TestFewStatementsAreKept(t *testing.T) {
	db, kept := keeping(t)
	for i := range 3 * keptStatements {
		var n int
		must(t, db.QueryRowContext(t.Context(), fmt.Sprintf("SELECT %d", i)).Scan(&n))
		equal(t, "answer", n, i)
	}
	equal(t, "kept", len(kept()), keptStatements)
	long := "SELECT 1 -- " + strings.Repeat("x", keptLength)
	var n int
	must(t, db.QueryRowContext(t.Context(), long).Scan(&n))
	if kept()[long] != nil {
		t.Error("a very long query is kept")
	}
}

func equal(t *testing.T, what string, got, want int) {
	t.Helper()
	if got != want {
		t.Errorf("%s: %d, want %d", what, got, want)
	}
}
