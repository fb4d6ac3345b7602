// Package packaging holds what turns slet into packages, and the test that
// installs one on a machine with a real systemd: the machine is a container over
// this one's file system, of which nothing is kept.
package packaging

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/sletdk/slet/internal/testenv"
)

// machine is a container with a systemd of its own. It sees this machine's files
// and writes to memory.
type machine struct {
	root   string // its file system, seen from here
	leader string // the process id of its systemd, seen from here
}

// boot starts a machine; it is gone when the test ends.
func boot(t *testing.T) *machine {
	t.Helper()
	testenv.Root(t)
	nspawn := testenv.Program(t, "systemd-nspawn")
	testenv.Program(t, "nsenter")
	dir := t.TempDir()
	m := &machine{root: filepath.Join(dir, "root")}
	mount := func(source, target, kind, data string) {
		t.Helper()
		if err := os.MkdirAll(target, 0o755); err != nil {
			t.Fatal(err)
		}
		if err := syscall.Mount(source, target, kind, 0, data); err != nil {
			testenv.Missing(t, "the right to mount %s: %v", kind, err)
		}
		t.Cleanup(func() {
			if err := syscall.Unmount(target, syscall.MNT_DETACH); err != nil {
				t.Error(err)
			}
		})
	}
	memory := filepath.Join(dir, "memory")
	mount("tmpfs", memory, "tmpfs", "")
	for _, name := range []string{"upper", "work"} {
		if err := os.Mkdir(filepath.Join(memory, name), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	mount("overlay", m.root, "overlay", "lowerdir=/,upperdir="+memory+"/upper,workdir="+memory+"/work")

	var said bytes.Buffer
	cmd := exec.Command(nspawn, "--boot", "--quiet", "--register=no", "--keep-unit", "--link-journal=no", "--private-network", "--resolv-conf=off", "--timezone=off",
		"--console=pipe", "--machine=slet-test", "--directory="+m.root, "systemd.unit=basic.target")
	cmd.Stdout, cmd.Stderr = &said, &said
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = cmd.Process.Signal(syscall.SIGTERM)
		time.AfterFunc(10*time.Second, func() { _ = cmd.Process.Kill() })
		_ = cmd.Wait()
	})
	for range 300 {
		if m.leader = child(cmd.Process.Pid); m.leader != "" {
			if out, err := m.try("systemctl", "is-system-running"); err == nil || strings.Contains(out, "degraded") {
				return m
			}
		}
		time.Sleep(100 * time.Millisecond)
	}
	_ = cmd.Process.Kill()
	_ = cmd.Wait()
	testenv.Missing(t, "a machine on which systemd can boot in a container: %s", &said)
	return nil
}

// child is the first child of a process, "" while there is none.
func child(pid int) string {
	data, err := os.ReadFile(filepath.Join("/proc", strconv.Itoa(pid), "task", strconv.Itoa(pid), "children"))
	if err != nil {
		return ""
	}
	return strings.SplitN(string(data), " ", 2)[0]
}

// try runs a command in the machine.
func (m *machine) try(args ...string) (string, error) {
	out, err := exec.Command("nsenter", append([]string{"--target", m.leader, "--all", "--"}, args...)...).CombinedOutput()
	return string(out), err
}

// run runs a command in the machine that must succeed.
func (m *machine) run(t *testing.T, args ...string) string {
	t.Helper()
	out, err := m.try(args...)
	if err != nil {
		status, _ := m.try("journalctl", "--no-pager", "-n", "40")
		t.Fatalf("%s: %v\n%s\n%s", strings.Join(args, " "), err, out, status)
	}
	return out
}

// write writes a file in the machine.
func (m *machine) write(t *testing.T, name, content string) {
	t.Helper()
	path := filepath.Join(m.root, name)
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
		t.Fatal(err)
	}
}

// property is what systemd says of the service.
func (m *machine) property(t *testing.T, name string) string {
	t.Helper()
	return strings.TrimSpace(m.run(t, "systemctl", "show", "--value", "--property="+name, "slet.service"))
}

// eventually waits until something is so.
func (m *machine) eventually(t *testing.T, what string, is func() bool) {
	t.Helper()
	for range 300 {
		if is() {
			return
		}
		time.Sleep(100 * time.Millisecond)
	}
	log, _ := m.try("journalctl", "--no-pager", "-n", "40", "--unit=slet")
	t.Fatalf("not within 30 seconds: %s\n%s", what, log)
}
