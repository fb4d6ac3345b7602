package store

import (
	"bufio"
	"context"
	"database/sql"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/sletdk/slet/detectors"
	"github.com/sletdk/slet/internal/testenv"
)

// TestMain runs the test binary as another process: see child.
func TestMain(m *testing.M) {
	if what := os.Getenv("STORE_TEST_CHILD"); what != "" {
		if err := child(what, os.Getenv("STORE_TEST_DSN")); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		os.Exit(0)
	}
	os.Exit(m.Run())
}

// other starts another process on the database.
func other(t *testing.T, what, dsn string) *exec.Cmd {
	t.Helper()
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(os.Environ(), "STORE_TEST_CHILD="+what, "STORE_TEST_DSN="+dsn)
	cmd.Stderr = os.Stderr
	return cmd
}

// child is what another process does.
func child(what, dsn string) error {
	if what == "migrate" {
		return migrateSlowly(dsn)
	}
	s, err := Open(background(), dsn)
	if err != nil {
		return err
	}
	switch what {
	case "record":
		return recordForEver(s)
	case "hold":
		return holdLock(s)
	case "outcome":
		return oneOutcome(s)
	}
	return errors.New("unknown task " + what)
}

// recordForEver records until it is killed, and prints how many are committed.
func recordForEver(s *Store) error {
	sc, err := s.BeginScan(background(), "s", day)
	if err != nil {
		return err
	}
	for n := 0; ; n++ {
		f := finding("s", n)
		f.Matches = []detectors.Match{{Detector: "cpr", Category: "cpr", Start: int64(n), Subject: "p1"}, {Detector: "cpr", Category: "cpr"}}
		sc.batch.since = time.Now() // batches are cut by number, never by age
		if err := sc.Record(background(), f); err != nil {
			return err
		}
		if sc.batch.len() == 1 { // the one before was the last of a batch
			fmt.Println(n)
		}
	}
}

// holdLock keeps the write lock until it is told to let go.
func holdLock(s *Store) error {
	return s.tx(background(), func(tx *sql.Tx) error {
		fmt.Println("locked")
		_, err := os.Stdin.Read(make([]byte, 1))
		return err
	})
}

// oneOutcome records an outcome between two marks.
func oneOutcome(s *Store) error {
	it := planItems(1)[0]
	it.Plan, it.State = "p1", ItemErasing
	fmt.Println(markBefore)
	if err := s.SetPlanItem(background(), it); err != nil {
		return err
	}
	fmt.Println(markAfter)
	return nil
}

// TestKill kills a process that records. Every batch must be there whole or
// not at all, and none that was committed may be lost.
func TestKill(t *testing.T) {
	eachEngine(t, func(t *testing.T, dsn string) {
		for round := range 5 {
			cmd := other(t, "record", dsn)
			out, err := cmd.StdoutPipe()
			must(t, err)
			must(t, cmd.Start())
			committed := 0
			for lines, n := bufio.NewScanner(out), 0; lines.Scan(); n++ {
				committed, err = strconv.Atoi(lines.Text())
				must(t, err)
				if n == round+1 { // 0 was committed when the first line came
					must(t, cmd.Process.Kill())
				}
			}
			if err := cmd.Wait(); err == nil {
				t.Fatal("the process was not killed")
			}
			s := openTest(t, dsn)
			list := all(t, s, Filter{WithMatches: true})
			if len(list) < committed || len(list)%batchRecords != 0 || len(list) == 0 {
				t.Errorf("round %d: %d items, %d were committed, a batch is %d", round, len(list), committed, batchRecords)
			}
			for n, f := range list {
				if f.Item.Size != int64(n) || len(f.Matches) != 2 || f.Matches[0].Start != int64(n) || len(f.Subjects) != 1 {
					t.Fatalf("item %d is not whole: %+v", n, f)
				}
			}
			if scans, err := s.Scans(t.Context()); err != nil || len(scans) != min(round, 1) {
				t.Errorf("a scan that was killed counts as finished: %v, %v", scans, err)
			}
			record(t, s, "s", true) // empty again
		}
	})
}

// TestWriterWaits: while another process writes, readers read and a writer
// waits, and does not fail.
func TestWriterWaits(t *testing.T) {
	dsn := sqliteDSN(t)
	s := openTest(t, dsn)
	cmd := other(t, "hold", dsn)
	in, err := cmd.StdinPipe()
	must(t, err)
	out, err := cmd.StdoutPipe()
	must(t, err)
	must(t, cmd.Start())
	if line, err := bufio.NewReader(out).ReadString('\n'); err != nil || line != "locked\n" {
		t.Fatalf("%q, %v", line, err)
	}
	if _, err := s.Plans(t.Context()); err != nil {
		t.Errorf("a reader: %v", err)
	}
	done := make(chan error, 1)
	go func() { done <- s.CreatePlan(t.Context(), Plan{ID: "p1"}, planItems(1)) }()
	select {
	case err := <-done:
		done <- err
		t.Errorf("the writer did not wait: %v", err)
	case <-time.After(200 * time.Millisecond):
	}
	if _, err := in.Write([]byte("x")); err != nil {
		t.Fatal(err)
	}
	must(t, cmd.Wait())
	must(t, <-done)
}

const markBefore, markAfter = "MARK-BEFORE", "MARK-AFTER"

// TestOutcomeIsSynced looks at the system calls: between the call and its
// return the log of the database is written and synced, in this order.
func TestOutcomeIsSynced(t *testing.T) {
	strace := testenv.Program(t, "strace")
	dsn, trace := sqliteDSN(t), filepath.Join(t.TempDir(), "trace")
	newPlan(t, openTest(t, dsn), "p1", planItems(1)...)
	cmd := other(t, "outcome", dsn)
	cmd.Args = append([]string{strace, "-f", "-y", "-o", trace, "-e", "trace=write,pwrite64,fsync,fdatasync"}, cmd.Path)
	cmd.Path = strace
	if out, err := cmd.Output(); err != nil {
		testenv.Missing(t, "the right to trace (%v: %s)", err, out)
	}
	b, err := os.ReadFile(trace)
	must(t, err)
	_, rest, ok := strings.Cut(string(b), markBefore)
	within, _, ok2 := strings.Cut(rest, markAfter)
	if !ok || !ok2 {
		t.Fatalf("no marks in the trace:\n%s", b)
	}
	wrote, synced := false, false
	for line := range strings.Lines(within) {
		if !strings.Contains(line, "slet.db-wal>") {
			continue
		}
		if strings.Contains(line, "write") {
			wrote, synced = true, false // whatever was synced before, this is not
		} else if wrote {
			synced = true
		}
	}
	if !wrote || !synced {
		t.Errorf("written: %v, synced after it: %v\n%s", wrote, synced, within)
	}
}

// background is the context of another process.
func background() context.Context { return context.Background() }
