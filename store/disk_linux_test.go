package store

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/sletdk/slet/internal/testenv"
)

// smallDisk mounts a file system of that many KiB.
func smallDisk(t *testing.T, kib int) string {
	t.Helper()
	testenv.Root(t)
	dir := t.TempDir()
	if err := syscall.Mount("tmpfs", dir, "tmpfs", 0, fmt.Sprintf("size=%dk,mode=0700", kib)); err != nil {
		testenv.Missing(t, "the right to mount (%v)", err)
	}
	t.Cleanup(func() { must(t, syscall.Unmount(dir, 0)) })
	return dir
}

// TestFull: when the disk is full the error says so in one line, what was
// committed is there, and what was not is committed when there is room again.
func TestFull(t *testing.T) {
	dir := smallDisk(t, 4096)
	s := openTest(t, "sqlite:"+filepath.Join(dir, "slet.db"))
	record(t, s, "t", true, finding("t", 1))
	ballast := filepath.Join(dir, "ballast")
	must(t, os.WriteFile(ballast, make([]byte, 1<<20), 0o600))
	sc := begin(t, s, "s")
	var err error
	taken := 0
	for ; err == nil && taken < 20_000; taken++ {
		err = sc.Record(t.Context(), finding("s", taken))
	}
	taken-- // the last was not taken
	wantErr(t, err, ErrFull)
	wantErr(t, sc.Record(t.Context(), finding("s", taken)), ErrFull)
	big := planItems(2)
	big[1].Rule = strings.Repeat("x", 4<<20)
	wantErr(t, s.CreatePlan(t.Context(), Plan{ID: "p1"}, big), ErrFull)
	if n := len(all(t, s, Filter{Source: "s"})); n == 0 || n != taken-taken%batchRecords && n != taken-batchRecords {
		t.Errorf("%d items of %d are in the database, want all but a batch", n, taken)
	}
	must(t, os.Remove(ballast))
	finish(t, sc, true)
	if n := len(all(t, s, Filter{Source: "s"})); n != taken {
		t.Errorf("%d items, %d were taken", n, taken)
	}
	if n := count(t, s, "plans"); n != 0 {
		t.Error("half a plan is there")
	}
}

// TestReadOnlyDisk: a store that cannot be written is refused in one line.
func TestReadOnlyDisk(t *testing.T) {
	dir := smallDisk(t, 4096)
	path := filepath.Join(dir, "slet.db")
	s, err := Open(t.Context(), "sqlite:"+path)
	must(t, err)
	must(t, s.Close())
	must(t, syscall.Mount("", dir, "", syscall.MS_REMOUNT|syscall.MS_RDONLY, ""))
	for _, name := range []string{path, filepath.Join(dir, "new.db"), filepath.Join(dir, "new", "new.db")} {
		_, err = Open(t.Context(), "sqlite:"+name)
		wantErr(t, err, ErrReadOnly)
	}
}

// TestNoRoomToOpen: not even the empty database fits.
func TestNoRoomToOpen(t *testing.T) {
	dir := smallDisk(t, 64)
	_, err := Open(t.Context(), "sqlite:"+filepath.Join(dir, "slet.db"))
	wantErr(t, err, ErrFull)
	if err != nil && !strings.Contains(err.Error(), dir) {
		t.Errorf("the error does not name the file: %v", err)
	}
}

// TestLocked: a writer that waited too long says so. (The wait is made short.)
func TestLocked(t *testing.T) {
	dsn := sqliteDSN(t)
	one, two := openTest(t, dsn), openTest(t, dsn)
	_, err := two.write.ExecContext(t.Context(), "PRAGMA busy_timeout = 50")
	must(t, err)
	tx, err := one.write.BeginTx(t.Context(), nil)
	must(t, err)
	wantErr(t, two.CreatePlan(t.Context(), Plan{ID: "p1"}, nil), ErrLocked)
	must(t, tx.Rollback())
	if err := two.CreatePlan(t.Context(), Plan{ID: "p1"}, nil); err != nil || errors.Is(err, ErrLocked) {
		t.Error(err)
	}
}
