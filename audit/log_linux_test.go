package audit

import (
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"syscall"
	"testing"

	"github.com/sletdk/slet/internal/testenv"
)

// TestFull fills a small file system.
func TestFull(t *testing.T) {
	testenv.Root(t)
	dir := t.TempDir()
	if err := syscall.Mount("tmpfs", dir, "tmpfs", 0, "size=64k"); err != nil {
		testenv.Missing(t, "the right to mount (%v)", err)
	}
	defer func() { must(t, syscall.Unmount(dir, 0)) }()
	path := filepath.Join(dir, "a")
	l := openLog(t, path)
	defer closeLog(t, l)
	lines, big := 0, Entry{Type: "x", Path: strings.Repeat("x", 5000)}
	var err error
	for err == nil && lines < 100 {
		if _, err = l.Append(big); err == nil {
			lines++
		}
	}
	if !errors.Is(err, ErrFull) || strings.Contains(err.Error(), "\n") {
		t.Fatalf("%v, want one line that wraps ErrFull", err)
	}
	if got := verified(t, path); got != lines || lines == 0 {
		t.Errorf("%d lines, %d were acknowledged", got, lines)
	}
	must(t, os.Truncate(path, 0)) // makes room; the log must notice
	if _, err := l.Append(big); !errors.Is(err, ErrReplaced) {
		t.Errorf("a log that was emptied: %v, want ErrReplaced", err)
	}
}

// TestFullThenRoom: when there is room again the same log goes on.
func TestFullThenRoom(t *testing.T) {
	testenv.Root(t)
	dir := t.TempDir()
	if err := syscall.Mount("tmpfs", dir, "tmpfs", 0, "size=64k"); err != nil {
		testenv.Missing(t, "the right to mount (%v)", err)
	}
	defer func() { must(t, syscall.Unmount(dir, 0)) }()
	path, ballast := filepath.Join(dir, "a"), filepath.Join(dir, "b")
	l := openLog(t, path)
	defer closeLog(t, l)
	appendTo(t, l, entry(1))
	f, err := os.Create(ballast)
	must(t, err)
	for err == nil {
		_, err = f.Write(make([]byte, 4096))
	}
	must(t, f.Close())
	if _, err := l.Append(Entry{Type: "x", Path: strings.Repeat("x", 5000)}); !errors.Is(err, ErrFull) {
		t.Fatalf("%v, want ErrFull", err)
	}
	// A batch of which a part would fit is not there in part.
	if _, err := l.AppendBatch([]Entry{entry(2), {Type: "x", Path: strings.Repeat("x", 5000)}, entry(3)}); !errors.Is(err, ErrFull) {
		t.Fatalf("%v, want ErrFull", err)
	}
	if n := verified(t, path); n != 1 {
		t.Errorf("%d lines after a batch that did not fit, want 1", n)
	}
	must(t, os.Remove(ballast))
	if rec := appendTo(t, l, entry(2)); rec.Seq != 2 || verified(t, path) != 2 {
		t.Errorf("the line after is %d", rec.Seq)
	}
}

// TestSynced looks at the system calls: the new log's folder is synced, the
// line is written in one piece and synced, and only then is it acknowledged.
func TestSynced(t *testing.T) {
	strace, trace := testenv.Program(t, "strace"), filepath.Join(t.TempDir(), "trace")
	path := filepath.Join(t.TempDir(), "audit.jsonl")
	cmd := exec.Command(strace, "-f", "-y", "-o", trace, "-e", "trace=write,pwrite64,fsync", os.Args[0])
	cmd.Env = append(os.Environ(), "AUDIT_TEST_WRITE="+path, "AUDIT_TEST_ONCE=1")
	if out, err := cmd.CombinedOutput(); err != nil {
		testenv.Missing(t, "the right to trace (%v: %s)", err, out)
	}
	b, err := os.ReadFile(trace)
	must(t, err)
	var calls []string
	for _, m := range regexp.MustCompile(`(write|pwrite64|fsync)\((\d+)<([^>]*)>`).FindAllStringSubmatch(string(b), -1) {
		switch {
		case m[3] == path || m[3] == filepath.Dir(path):
			calls = append(calls, m[1]+" "+filepath.Base(m[3]))
		case m[2] == "1":
			calls = append(calls, "acknowledge")
		}
	}
	want := "fsync " + filepath.Base(filepath.Dir(path)) + ", write audit.jsonl, fsync audit.jsonl, acknowledge"
	if got := strings.Join(calls, ", "); got != want {
		t.Errorf("the calls were %s; want %s", got, want)
	}
}
