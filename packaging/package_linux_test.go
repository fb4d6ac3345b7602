package packaging

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime"
	"strconv"
	"strings"
	"testing"

	"github.com/sletdk/slet/internal/testenv"
)

// makePackages makes the packages for this machine in a new folder.
func makePackages(t *testing.T) string {
	t.Helper()
	dist := filepath.Join(t.TempDir(), "dist")
	cmd := exec.Command(testenv.Program(t, "make"), "-C", "..", "package", "ARCHS="+runtime.GOARCH, "DIST="+dist, "VERSION=v0.9.0")
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("make package: %v\n%s", err, out)
	}
	return dist
}

// only is the one file of that kind in a folder.
func only(t *testing.T, dir, pattern string) string {
	t.Helper()
	found, err := filepath.Glob(filepath.Join(dir, pattern))
	if err != nil || len(found) != 1 {
		t.Fatalf("%s: %v, %v", pattern, found, err)
	}
	return found[0]
}

// TestPackage: the same commit gives the same packages; installed on a machine
// with systemd they do nothing until somebody says what, then run sandboxed under
// its watch, and neither an upgrade nor a removal takes the proof away.
func TestPackage(t *testing.T) {
	testenv.Program(t, "dpkg-deb")
	dist := makePackages(t)
	deb := only(t, dist, "*.deb")
	t.Run("reproducible", func(t *testing.T) {
		again := makePackages(t)
		for _, pattern := range []string{"*.deb", "*.rpm"} {
			one, err := os.ReadFile(only(t, dist, pattern))
			if err != nil {
				t.Fatal(err)
			}
			two, err := os.ReadFile(only(t, again, pattern))
			if err != nil {
				t.Fatal(err)
			}
			if !bytes.Equal(one, two) {
				t.Errorf("%s: two builds differ", pattern)
			}
		}
	})
	t.Run("content", func(t *testing.T) { content(t, deb) })
	t.Run("container", func(t *testing.T) { container(t, filepath.Join(dist, runtime.GOARCH, "slet")) })
	t.Run("machine", func(t *testing.T) { install(t, boot(t), deb) })
}

// content: root owns all of it, and the configuration is marked as such.
func content(t *testing.T, deb string) {
	list, err := exec.Command("dpkg-deb", "--contents", deb).CombinedOutput()
	if err != nil {
		t.Fatalf("%v\n%s", err, list)
	}
	for _, want := range []string{
		`-rwxr-xr-x root/root .* \./usr/bin/slet\n`, `drwx------ root/root .* \./etc/slet/credentials/\n`, `-rw-r--r-- root/root .* \./usr/share/man/man1/slet\.1\.gz\n`,
		`\./usr/share/man/man5/slet\.yaml\.5\.gz\n`, `\./usr/share/bash-completion/completions/slet\n`, `\./usr/share/doc/slet/copyright\n`, `\./usr/share/doc/slet/changelog\.gz\n`,
		`\./usr/share/doc/slet/licenses\.gz\n`, `\./usr/lib/systemd/system/slet\.service\n`,
	} {
		if !regexp.MustCompile(want).Match(list) {
			t.Errorf("no %s in\n%s", want, list)
		}
	}
	if other := regexp.MustCompile(`(?m)^.{10} root/root`).ReplaceAll(list, nil); bytes.Contains(other, []byte("/root ")) || bytes.Contains(list, []byte("/var/lib")) {
		t.Errorf("files of others, or state, in the package:\n%s", list)
	}
	conf, err := exec.Command("dpkg-deb", "--ctrl-tarfile", deb).Output()
	if err != nil || !bytes.Contains(conf, []byte("/etc/slet/slet.yaml\n")) || !bytes.Contains(conf, []byte("/etc/slet/schedule.yaml\n")) {
		t.Errorf("conffiles: %v", err)
	}
}

const machineConfig = `organisation: {name: Prøve}
state_dir: /var/lib/slet
store: {dsn: cred:dsn}
sources: [{name: faelles, type: files, path: /srv/faelles}]
web: {listen: "127.0.0.1:8417"}
`

func install(t *testing.T, m *machine, deb string) {
	m.write(t, "slet.deb", read(t, deb))
	t.Run("installed", func(t *testing.T) {
		if said := m.run(t, "dpkg", "--no-triggers", "--install", "/slet.deb"); !strings.Contains(said, "does nothing yet") {
			t.Errorf("dpkg said %s", said)
		}
		if active, enabled := m.property(t, "ActiveState"), m.property(t, "UnitFileState"); active != "inactive" || enabled != "disabled" {
			t.Errorf("after the installation the service is %s and %s", active, enabled)
		}
		if got := m.run(t, "stat", "--format=%U %G %a", "/var/lib/slet", "/etc/slet/credentials"); got != "slet slet 700\nroot root 700\n" {
			t.Errorf("state and credentials belong to %s", got)
		}
		if said, err := m.try("slet", "check"); err == nil || !strings.Contains(said, "sources: has no entry; write one below it") {
			t.Errorf("slet check: %v, %s", err, said)
		}
		sandbox(t, m)
	})
	// One file that only its owner can read, on a file system of its own: on the
	// machine's, an overlay, every file looks like a mount point.
	m.run(t, "sh", "-c", "mkdir /srv/faelles && mount -t tmpfs tmpfs /srv/faelles && cd /srv/faelles && echo cpr 150370-5008 >brev.txt && chmod 600 brev.txt && chown daemon brev.txt")
	m.write(t, "etc/slet/slet.yaml", machineConfig)
	m.run(t, "chmod", "0644", "/etc/slet/slet.yaml")
	m.write(t, "etc/slet/credentials/dsn", "sqlite:/var/lib/slet/slet.db")
	m.write(t, "etc/systemd/system/slet.service.d/soon.conf", "[Service]\nWatchdogSec=2s\nRestartSec=100ms\n")
	started := t.Run("started", func(t *testing.T) {
		m.run(t, "slet", "service", "install")
		m.run(t, "slet", "service", "start") // returns when slet has said that it is ready
		if got := m.property(t, "ActiveState") + " " + m.property(t, "UnitFileState"); got != "active enabled" {
			t.Errorf("the service is %s", got)
		}
		m.eventually(t, "the file of another account is scanned, and the pages answer", func() bool {
			numbers, err := m.try("curl", "--silent", "--fail", "http://127.0.0.1:8417/metrics")
			return err == nil && regexp.MustCompile(`(?m)^slet_source_items\{outcome="scanned",source="faelles"\} 1$`).MatchString(numbers)
		})
		sandbox(t, m)
	})
	if !started {
		return
	}
	t.Run("watched", func(t *testing.T) { watched(t, m) })
	t.Run("reloaded", func(t *testing.T) { reloaded(t, m) })
	t.Run("upgraded", func(t *testing.T) {
		pid := m.property(t, "MainPID")
		m.run(t, "dpkg", "--no-triggers", "--install", "/slet.deb")
		if now := m.property(t, "MainPID"); now == pid || m.property(t, "ActiveState") != "active" {
			t.Errorf("the upgrade left process %s, %s", now, m.property(t, "ActiveState"))
		}
		if got := m.run(t, "cat", "/etc/slet/slet.yaml"); got != machineConfig {
			t.Errorf("the upgrade wrote %s", got)
		}
	})
	t.Run("stopped", func(t *testing.T) {
		m.run(t, "slet", "service", "stop")
		if got := m.property(t, "Result") + " " + m.property(t, "ExecMainStatus"); got != "success 0" {
			t.Errorf("it ended with %s", got)
		}
		// The one that hung has left its stacks there, whose addresses may hold any digits.
		log := m.run(t, "journalctl", "--no-pager", "--unit=slet")
		if bad := regexp.MustCompile(`.*(150370-?5008|panic: ).*`).FindString(log); bad != "" {
			t.Errorf("the journal says: %s", bad)
		}
	})
	t.Run("removed", func(t *testing.T) { removed(t, m) })
}

// sandbox: systemd reads the unit without a complaint, and rates it.
func sandbox(t *testing.T, m *machine) {
	t.Helper()
	if said, err := m.try("systemd-analyze", "verify", "slet.service"); err != nil || strings.Contains(said, "slet.service") {
		t.Errorf("verify: %v, %s", err, said)
	}
	said := m.run(t, "systemd-analyze", "security", "--no-pager", "slet.service")
	score := regexp.MustCompile(`Overall exposure level for slet\.service: ([0-9.]+)`).FindStringSubmatch(said)
	if score == nil {
		t.Fatalf("security: %s", said)
	}
	if got, err := strconv.ParseFloat(score[1], 64); err != nil || got > 2.0 {
		t.Errorf("exposure %s, want 2.0 at most (%v)", score[1], err)
	}
	t.Logf("exposure %s", score[1])
}

// watched: the service says that it lives; one that hangs is started anew.
func watched(t *testing.T, m *machine) {
	first := m.property(t, "WatchdogTimestampMonotonic")
	m.eventually(t, "it says that it lives", func() bool { return m.property(t, "WatchdogTimestampMonotonic") != first })
	m.run(t, "kill", "-STOP", m.property(t, "MainPID"))
	m.eventually(t, "one that hangs is started anew", func() bool {
		return m.property(t, "NRestarts") != "0" && m.property(t, "ActiveState") == "active"
	})
}

// reloaded: a configuration that does not load leaves the service running with
// the old one, and says so; one that loads is taken.
func reloaded(t *testing.T, m *machine) {
	pid := m.property(t, "MainPID")
	for _, c := range []struct{ config, says string }{
		{strings.Replace(machineConfig, "type: files", "typ: files", 1), "the old one stays in force"},
		{machineConfig, "the configuration was read again"},
	} {
		m.write(t, "etc/slet/slet.yaml", c.config)
		m.run(t, "chmod", "0644", "/etc/slet/slet.yaml")
		m.run(t, "systemctl", "reload", "slet")
		m.eventually(t, c.says, func() bool {
			return strings.Contains(m.run(t, "journalctl", "--no-pager", "--unit=slet"), c.says)
		})
		if got := m.property(t, "ActiveState") + " " + m.property(t, "MainPID"); got != "active "+pid {
			t.Errorf("after the reload: %s, was active %s", got, pid)
		}
	}
}

// removed: what was proved stays, whatever is done with the package.
func removed(t *testing.T, m *machine) {
	state := func() string { return m.run(t, "ls", "/var/lib/slet") }
	before := state()
	for _, name := range []string{"audit.jsonl", "slet.key", "slet.db"} {
		if !strings.Contains(before, name) {
			t.Errorf("no %s in the state: %s", name, before)
		}
	}
	m.run(t, "dpkg", "--no-triggers", "--remove", "slet")
	if _, err := m.try("test", "-e", "/etc/systemd/system/slet.service"); err == nil {
		t.Error("the unit of a program that is gone stays")
	}
	m.run(t, "test", "-s", "/etc/slet/slet.yaml")
	if said := m.run(t, "dpkg", "--no-triggers", "--purge", "slet"); !strings.Contains(said, "/var/lib/slet stays, with the audit log") {
		t.Errorf("the purge said %s", said)
	}
	if _, err := m.try("test", "-e", "/etc/slet/slet.yaml"); err == nil {
		t.Error("the purge left the configuration")
	}
	if after := state(); after != before {
		t.Errorf("the state was\n%s\nand is\n%s", before, after)
	}
}

// container: the file system that the Containerfile makes is enough, for an
// account that exists nowhere else.
func container(t *testing.T, program string) {
	testenv.Root(t)
	chroot := testenv.Program(t, "chroot")
	file := read(t, "Containerfile")
	for _, want := range []string{"\nFROM scratch\n", "\nUSER 8417:8417\n", "\nVOLUME /var/lib/slet\n", `ENTRYPOINT ["/usr/bin/slet"]`} {
		if !strings.Contains(file, want) {
			t.Errorf("the Containerfile has no %q", want)
		}
	}
	root := t.TempDir()
	if err := os.Chmod(root, 0o755); err != nil {
		t.Fatal(err)
	}
	for dir, mode := range map[string]os.FileMode{"usr/bin": 0o755, "etc/slet": 0o755, "tmp": 0o777, "var/lib/slet": 0o700} {
		path := filepath.Join(root, dir)
		if err := os.MkdirAll(path, 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.Chmod(path, mode); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.Chown(filepath.Join(root, "var/lib/slet"), 8417, 8417); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(root, "usr/bin/slet"), []byte(read(t, program)), 0o755); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		args []string
		says string
	}{
		{[]string{"version"}, "slet v0.9.0\n"},
		{[]string{"demo", "--dir", "/var/lib/slet/demo"}, "audit verify: ok"},
	} {
		cmd := exec.Command(chroot, append([]string{"--userspec=8417:8417", root, "/usr/bin/slet"}, c.args...)...)
		cmd.Env = []string{}
		out, err := cmd.CombinedOutput()
		if err != nil || !strings.Contains(string(out), c.says) {
			t.Errorf("slet %s: %v\n%s", strings.Join(c.args, " "), err, out)
		}
	}
}

func read(t *testing.T, name string) string {
	t.Helper()
	data, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	return string(data)
}
