package testenv

import (
	"context"
	"database/sql"
	"fmt"
	"io"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	_ "github.com/jackc/pgx/v5/stdlib" // the driver "pgx"
)

const (
	postgresUser  = "slet"
	postgresStart = 30 * time.Second
)

// watch runs a server until its own standard input ends, which it does when
// the test binary ends, however it ends; then it stops the server and removes
// its folder. $1 is the folder, the rest the server.
const watch = `dir=$1; shift; "$@" >"$dir/log" 2>&1 & pid=$!
read -r _; kill -INT $pid; wait $pid; cd /; rm -rf "$dir"`

// Postgres returns the connection string of an empty schema of its own in a
// real PostgreSQL. The server is started at the first call, listens on a unix
// socket only, is shared by the test binary and stops with it.
func Postgres(t testing.TB) string {
	t.Helper()
	bin := postgresBin(t)
	server, err := startPostgres(bin)
	if err != nil {
		t.Fatalf("PostgreSQL: %v", err)
	}
	db, err := sql.Open("pgx", server.String())
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	schema := fmt.Sprintf("t%d", time.Now().UnixNano())
	if _, err := db.ExecContext(t.Context(), "CREATE SCHEMA "+schema); err != nil {
		t.Fatalf("PostgreSQL: %v", err)
	}
	own := server
	query := own.Query()
	query.Set("search_path", schema)
	own.RawQuery = query.Encode()
	return own.String()
}

// postgresBin finds the folder of the server's programs: in the PATH, or where
// Debian puts them.
func postgresBin(t testing.TB) string {
	t.Helper()
	if path, err := exec.LookPath("initdb"); err == nil {
		return filepath.Dir(path)
	}
	found, err := filepath.Glob("/usr/lib/postgresql/*/bin/initdb")
	if err != nil || len(found) == 0 {
		Missing(t, "the programs of a PostgreSQL server (make deps installs them)")
	}
	return filepath.Dir(slices.Max(found))
}

// startPostgres starts the server, once in a test binary.
var startPostgres = func() func(bin string) (url.URL, error) {
	var once sync.Once
	var server postgres
	var err error
	return func(bin string) (url.URL, error) {
		once.Do(func() { server, err = newPostgres(bin) })
		return server.url, err
	}
}()

// postgres is the running server.
type postgres struct {
	url url.URL
	// life is the other end of the server's standard input. It is kept so that
	// the garbage collector does not close it.
	life io.Closer
}

func newPostgres(bin string) (postgres, error) {
	// Short: a socket's path may have 107 bytes.
	dir, err := os.MkdirTemp("", "pg")
	if err != nil {
		return postgres{}, err
	}
	as, err := serverUser(dir)
	if err != nil {
		return postgres{}, err
	}
	data := filepath.Join(dir, "data")
	initdb := exec.Command(filepath.Join(bin, "initdb"), "-D", data, "-U", postgresUser, "-A", "trust", "-E", "UTF8", "--locale=C.UTF-8", "-N")
	initdb.SysProcAttr, initdb.Dir = as, dir
	if out, err := initdb.CombinedOutput(); err != nil {
		return postgres{}, fmt.Errorf("initdb: %w: %s", err, out)
	}
	// What is tested is our SQL, not this server's durability: no fsync.
	server := exec.Command("/bin/sh", "-c", watch, "sh", dir, filepath.Join(bin, "postgres"), "-D", data, "-k", dir,
		"-c", "listen_addresses=", "-c", "fsync=off", "-c", "synchronous_commit=off", "-c", "max_connections=200")
	server.SysProcAttr, server.Dir = as, dir
	life, err := server.StdinPipe()
	if err != nil {
		return postgres{}, err
	}
	if err := server.Start(); err != nil {
		return postgres{}, err
	}
	u := url.URL{
		Scheme: "postgres", User: url.User(postgresUser), Path: "/postgres",
		RawQuery: url.Values{"host": {dir}, "sslmode": {"disable"}}.Encode(),
	}
	return postgres{u, life}, waitPostgres(u, filepath.Join(dir, "log"))
}

// waitPostgres waits until the server answers.
func waitPostgres(u url.URL, log string) error {
	db, err := sql.Open("pgx", u.String())
	if err != nil {
		return err
	}
	defer db.Close()
	deadline := time.Now().Add(postgresStart)
	for {
		ctx, cancel := context.WithTimeout(context.Background(), time.Second)
		err := db.PingContext(ctx)
		cancel()
		if err == nil {
			return nil
		}
		if time.Now().After(deadline) {
			said, _ := os.ReadFile(log)
			return fmt.Errorf("no answer in %v: %w: %s", postgresStart, err, strings.TrimSpace(string(said)))
		}
		time.Sleep(50 * time.Millisecond)
	}
}
