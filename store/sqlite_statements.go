package store

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"fmt"
)

// Statements of SQLite are kept. Turning a query into a statement costs more
// than most of our queries take to run, and the driver does it anew for each: a
// quarter of the time that erasing a small file takes was spent on that.
// (PostgreSQL's driver keeps its statements itself.)
//
// A connection is used by one goroutine at a time (package database/sql sees to
// it), so that nothing here needs a lock.

const (
	// keptStatements is how many statements a connection keeps: more than the
	// store has queries in use at a time.
	keptStatements = 128
	// keptLength is the longest query that is kept, in bytes: those that list
	// hundreds of names are not asked twice.
	keptLength = 8 << 10
)

// openSQLite opens a database whose connections keep their statements.
func openSQLite(name string) (*sql.DB, error) {
	db, err := sql.Open("sqlite", name)
	if err != nil {
		return nil, err
	}
	// It has opened nothing yet: it is only asked for its driver.
	if err := db.Close(); err != nil {
		return nil, err
	}
	return sql.OpenDB(keepingConnector{db.Driver(), name}), nil
}

// keepingConnector makes connections that keep their statements.
type keepingConnector struct {
	driver driver.Driver
	name   string
}

func (c keepingConnector) Driver() driver.Driver { return c.driver }

func (c keepingConnector) Connect(context.Context) (driver.Conn, error) {
	conn, err := c.driver.Open(c.name)
	if err != nil {
		return nil, err
	}
	able, ok := conn.(sqliteConn)
	if !ok {
		_ = conn.Close() // nothing was done with it
		return nil, fmt.Errorf("the driver's connection (%T) cannot do what the store needs", conn)
	}
	return &keepingConn{sqliteConn: able, kept: map[string]*statement{}}, nil
}

// sqliteConn is what the driver's connection can do, and package database/sql
// looks for.
type sqliteConn interface {
	driver.Conn
	driver.ConnBeginTx
	driver.ConnPrepareContext
	driver.ExecerContext
	driver.QueryerContext
	driver.Pinger
	driver.SessionResetter
	driver.Validator
}

type keepingConn struct {
	sqliteConn
	kept map[string]*statement
}

// statement is one that is kept. In use, its rows are still being read: the
// same query may be asked again meanwhile, in a transaction, and then gets a
// statement of its own.
type statement struct {
	driver.Stmt
	exec  driver.StmtExecContext
	query driver.StmtQueryContext
	inUse bool
}

// statement returns the kept statement for a query, and makes it if need be.
// There is none, and no error, for a query that is not to be kept now.
func (c *keepingConn) statement(ctx context.Context, query string) (*statement, error) {
	if s := c.kept[query]; s != nil {
		if s.inUse {
			return nil, nil
		}
		return s, nil
	}
	if len(query) > keptLength {
		return nil, nil
	}
	if len(c.kept) >= keptStatements && !c.dropOne() {
		return nil, nil
	}
	made, err := c.PrepareContext(ctx, query)
	if err != nil {
		return nil, err
	}
	s := &statement{Stmt: made}
	var execs, queries bool
	s.exec, execs = made.(driver.StmtExecContext)
	s.query, queries = made.(driver.StmtQueryContext)
	if !execs || !queries {
		return nil, made.Close()
	}
	c.kept[query] = s
	return s, nil
}

// dropOne gives up a statement that is not in use: any of them. There are more
// queries than are kept only while some differ each time.
func (c *keepingConn) dropOne() bool {
	for query, s := range c.kept {
		if !s.inUse {
			c.drop(query)
			return true
		}
	}
	return false
}

// drop gives up a statement. That it cannot be closed, a failure of its last
// run, was told when it failed.
func (c *keepingConn) drop(query string) {
	_ = c.kept[query].Close()
	delete(c.kept, query)
}

func (c *keepingConn) ExecContext(ctx context.Context, query string, args []driver.NamedValue) (driver.Result, error) {
	s, err := c.statement(ctx, query)
	if err != nil {
		return nil, err
	}
	if s == nil {
		return c.sqliteConn.ExecContext(ctx, query, args)
	}
	res, err := s.exec.ExecContext(ctx, args)
	if err != nil {
		c.drop(query) // so that nothing of a failure is left in the next run
	}
	return res, err
}

func (c *keepingConn) QueryContext(ctx context.Context, query string, args []driver.NamedValue) (driver.Rows, error) {
	s, err := c.statement(ctx, query)
	if err != nil {
		return nil, err
	}
	if s == nil {
		return c.sqliteConn.QueryContext(ctx, query, args)
	}
	rows, err := s.query.QueryContext(ctx, args)
	if err != nil {
		c.drop(query)
		return nil, err
	}
	s.inUse = true
	return &keptRows{rows, c, query}, nil
}

func (c *keepingConn) Close() error {
	for query := range c.kept {
		c.drop(query)
	}
	return c.sqliteConn.Close()
}

// keptRows are rows whose statement is free again when they are closed.
type keptRows struct {
	driver.Rows
	conn  *keepingConn
	query string
}

func (r *keptRows) Close() error {
	err := r.Rows.Close()
	if err != nil {
		r.conn.drop(r.query)
	} else {
		r.conn.kept[r.query].inUse = false
	}
	return err
}
