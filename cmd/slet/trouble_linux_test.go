package main

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"golang.org/x/sys/unix"

	"github.com/sletdk/slet/internal/testenv"
)

// ended is how a run of the program ended.
type ended struct {
	code           int
	stdout, stderr string
}

// oneLine fails unless the program said what was wrong in one line with want in it.
func (e ended) oneLine(t *testing.T, code int, want ...string) {
	t.Helper()
	if e.code != code {
		t.Errorf("exit code %d, want %d; %s%s", e.code, code, e.stdout, e.stderr)
	}
	if strings.Count(e.stderr, "\n") != 1 || !strings.HasPrefix(e.stderr, "slet: ") {
		t.Errorf("stderr is not one clear line: %q", e.stderr)
	}
	for _, w := range want {
		if !strings.Contains(e.stderr, w) {
			t.Errorf("stderr %q does not say %q", e.stderr, w)
		}
	}
}

// as runs the program, as another user when cred is given.
func as(t *testing.T, cred *syscall.Credential, bin string, args ...string) ended {
	t.Helper()
	var out, errs bytes.Buffer
	cmd := exec.Command(bin, args...)
	cmd.Stdout, cmd.Stderr = &out, &errs
	cmd.SysProcAttr = &syscall.SysProcAttr{Credential: cred}
	err := cmd.Run()
	var exit *exec.ExitError
	if err != nil && !errors.As(err, &exit) {
		t.Fatal(err)
	}
	return ended{cmd.ProcessState.ExitCode(), out.String(), errs.String()}
}

// tinyDisk mounts a file system in memory of that size.
func tinyDisk(t *testing.T, size string) string {
	t.Helper()
	testenv.Root(t)
	dir := filepath.Join(t.TempDir(), "disk")
	if err := os.Mkdir(dir, 0o700); err != nil {
		t.Fatal(err)
	}
	if err := unix.Mount("tmpfs", dir, "tmpfs", 0, "mode=0700,size="+size); err != nil {
		testenv.Missing(t, "the right to mount: %v", err)
	}
	t.Cleanup(func() {
		if err := unix.Unmount(dir, unix.MNT_DETACH); err != nil {
			t.Error(err)
		}
	})
	return dir
}

// manyFiles fills a share with findings.
func manyFiles(t *testing.T, n int) string {
	t.Helper()
	share := t.TempDir()
	for i := range n {
		text := strings.Repeat("CPR 150370-5008, ", 200)
		if err := os.WriteFile(filepath.Join(share, fmt.Sprintf("%04d.txt", i)), []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	return share
}

// TestFullDisk: a full disk stops slet with one clear line. Nothing recorded is
// lost, the log verifies, and with space again the work goes on.
func TestFullDisk(t *testing.T) {
	disk := tinyDisk(t, "1m")
	config := install(t, manyFiles(t, 400), fmt.Sprintf("state_dir: %q\n", disk))
	bin := buildSlet(t)
	as(t, nil, bin, "--config", config, "scan").oneLine(t, exitFailed, "full", "free some space")

	if err := unix.Mount("tmpfs", disk, "tmpfs", unix.MS_REMOUNT, "size=64m"); err != nil {
		t.Fatal(err)
	}
	if e := as(t, nil, bin, "--config", config, "--json", "scan"); e.code != exitDone || !strings.Contains(e.stdout, `"seen":400`) {
		t.Errorf("with space again: %+v", e)
	}
	if e := as(t, nil, bin, "--config", config, "audit", "verify"); e.code != exitDone {
		t.Errorf("the audit log after a full disk: %+v", e)
	}
}

// TestReadOnlyState: a state directory that cannot be written to is said to be
// one, and nothing in it is lost.
func TestReadOnlyState(t *testing.T) {
	disk := tinyDisk(t, "64m")
	config := install(t, manyFiles(t, 3), fmt.Sprintf("state_dir: %q\n", disk))
	bin := buildSlet(t)
	if e := as(t, nil, bin, "--config", config, "scan"); e.code != exitDone {
		t.Fatalf("scan: %+v", e)
	}
	if err := unix.Mount("tmpfs", disk, "tmpfs", unix.MS_REMOUNT|unix.MS_RDONLY, "size=64m"); err != nil {
		t.Fatal(err)
	}
	as(t, nil, bin, "--config", config, "scan").oneLine(t, exitFailed, "must be writable")
	if err := unix.Mount("tmpfs", disk, "tmpfs", unix.MS_REMOUNT, "size=64m"); err != nil {
		t.Fatal(err)
	}
	if e := as(t, nil, bin, "--config", config, "--json", "scan"); e.code != exitDone || !strings.Contains(e.stdout, `"unchanged":3`) {
		t.Errorf("writable again: %+v", e)
	}
}

// TestUnreadableFolder: a folder and a file that deny are gaps; what is beside
// them is examined.
func TestUnreadableFolder(t *testing.T) {
	testenv.Root(t) // to become somebody who can be denied
	nobody := &syscall.Credential{Uid: 65534, Gid: 65534}
	dir, err := os.MkdirTemp("", "slet-denied")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.RemoveAll(dir) })
	share := filepath.Join(dir, "share")
	for _, d := range []string{share, filepath.Join(share, "lukket"), filepath.Join(share, "åben")} {
		if err := os.Mkdir(d, 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(d, "a.txt"), []byte("CPR 150370-5008"), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	files := map[string]string{
		"slet.yaml":     "sources: [{name: arkiv, type: files, path: share}]\n",
		"schedule.yaml": "version: test-1\nrules: []\n",
	}
	for name, text := range files {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	bin := filepath.Join(dir, "slet")
	if data, err := os.ReadFile(buildSlet(t)); err != nil || os.WriteFile(bin, data, 0o755) != nil {
		t.Fatal(err)
	}
	if err := errors.Join(os.Chmod(filepath.Join(share, "lukket"), 0), os.Chmod(filepath.Join(share, "a.txt"), 0),
		os.Chmod(dir, 0o755), os.Chown(dir, 65534, 65534)); err != nil {
		t.Fatal(err)
	}
	config := filepath.Join(dir, "slet.yaml")
	e := as(t, nobody, bin, "--config", config, "--json", "scan")
	if e.code != exitIncomplete || !strings.Contains(e.stdout, `"seen":2,"scanned":1,"unchanged":0,"skipped":0,"failed":1,"gaps":2`) {
		t.Errorf("scan: %+v", e)
	}
	e = as(t, nobody, bin, "--config", config, "--json", "findings", "--gaps")
	if strings.Count(e.stdout, `"gap":"denied"`) != 2 || !strings.Contains(e.stdout, `"path":"lukket"`) {
		t.Errorf("gaps: %+v", e)
	}
}
