package main

import (
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/sletdk/slet/config"
	"github.com/sletdk/slet/internal/testenv"
)

// unitOf is the unit for a configuration.
func unitOf(t *testing.T, yaml string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "slet.yaml")
	if err := os.WriteFile(path, []byte(yaml), 0o600); err != nil {
		t.Fatal(err)
	}
	cfg, err := config.Load(path)
	if err != nil {
		t.Fatal(err)
	}
	text, err := unit(cfg, "daemon")
	if err != nil {
		t.Fatal(err)
	}
	return text
}

const (
	localSource = "state_dir: /var/lib/slet\nsources: [{name: a, type: files, path: \"/srv/fæl les\"}]\n"
	mailSource  = "state_dir: /var/lib/slet\nsources: [{name: p, type: imap, imap: {address: imap.kommune.dk, master: slet, password: cred:imap, accounts: [anne]}}]\n"
)

// TestUnitGivesNoMoreThanNeeded: in dry run no source can be written to, and
// who looks at mail alone has no rights over files at all.
func TestUnitGivesNoMoreThanNeeded(t *testing.T) {
	for _, c := range []struct {
		name, yaml  string
		has, hasNot []string
	}{
		{"dry run", localSource, []string{"AmbientCapabilities=CAP_DAC_READ_SEARCH CAP_FOWNER\n", "ReadWritePaths=-/var/lib/slet\n", "StateDirectory=slet\n"}, []string{"/srv", "CAP_DAC_OVERRIDE"}},
		{"enforce", localSource + "erase: {mode: enforce}\n", []string{`ReadWritePaths=-"/srv/fæl les"`, "CAP_DAC_OVERRIDE"}, nil},
		{"mail", mailSource + "erase: {mode: enforce}\n", []string{"CapabilityBoundingSet=\n", "LoadCredential=imap:/etc/slet/credentials/imap\n"}, []string{"Ambient", "CAP_"}},
		{"backup", localSource + "service: {backup: {dir: /var/backups/slet}}\n", []string{"ReadWritePaths=-/var/backups/slet\n"}, nil},
	} {
		text := unitOf(t, c.yaml)
		for _, s := range c.has {
			if !strings.Contains(text, s) {
				t.Errorf("%s: no %q in\n%s", c.name, s, text)
			}
		}
		for _, s := range c.hasNot {
			if strings.Contains(text, s) {
				t.Errorf("%s: %q in\n%s", c.name, s, text)
			}
		}
	}
}

// TestQuoteUnit: no path of a configuration can add a setting to the unit.
func TestQuoteUnit(t *testing.T) {
	for in, want := range map[string]string{
		"/srv/a": "/srv/a", "/srv/100%": "/srv/100%%", "/srv/a b": `"/srv/a b"`, `/srv/"x`: `"/srv/\"x"`, "/srv/$HOME": `"/srv/$$HOME"`,
	} {
		if got := quoteUnit(in); got != want {
			t.Errorf("%s: %s, want %s", in, got, want)
		}
	}
}

// TestUnitVerified: systemd itself reads the unit without a complaint, and
// rates its sandbox no worse than it was.
func TestUnitVerified(t *testing.T) {
	analyze := testenv.Program(t, "systemd-analyze")
	score := regexp.MustCompile(`Overall exposure level for slet\.service: ([0-9.]+)`)
	for _, c := range []struct {
		name, yaml string
		most       float64
	}{
		{"local, dry run", localSource, 2.0},
		{"local, enforce", localSource + "erase: {mode: enforce}\n", 2.0},
		{"mail", mailSource, 1.6},
	} {
		path := filepath.Join(t.TempDir(), "slet.service")
		if err := os.WriteFile(path, []byte(unitOf(t, c.yaml)), 0o600); err != nil {
			t.Fatal(err)
		}
		out, err := exec.Command(analyze, "verify", "--man=no", path).CombinedOutput()
		if err != nil || strings.Contains(string(out), "slet.service") {
			t.Errorf("%s: verify: %v\n%s", c.name, err, out)
		}
		out, err = exec.Command(analyze, "security", "--offline=true", "--no-pager", path).CombinedOutput()
		m := score.FindSubmatch(out)
		if err != nil || m == nil {
			t.Fatalf("%s: security: %v\n%s", c.name, err, out)
		}
		got, err := strconv.ParseFloat(string(m[1]), 64)
		if err != nil || got > c.most {
			t.Errorf("%s: exposure %.1f, want %.1f at most\n%s", c.name, got, c.most, out)
		}
		t.Logf("%s: exposure %.1f", c.name, got)
	}
}
