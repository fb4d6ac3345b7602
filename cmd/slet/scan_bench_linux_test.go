package main

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/sletdk/slet/internal/testenv"
)

// scanned is a source that a benchmark scans with the whole program, and the
// programs that it is held against.
type scanned struct {
	config string
	items  int
	env    []string
	// whole reads everything, listed lists it.
	whole, listed *exec.Cmd
}

// BenchmarkScan scans 100,000 files in a folder and on a share, and 20,000
// messages, each with a new state and then again, when nothing has changed. Beside
// them, in the same turn, other programs read and list the same. Read the ratios.
func BenchmarkScan(b *testing.B) {
	bin := benchSlet(b)
	for name, set := range map[string]func(b *testing.B) scanned{"files": scannedFiles, "share": scannedShare, "mail": scannedMail} {
		b.Run(name, func(b *testing.B) {
			s := set(b)
			scan := func() time.Duration {
				cmd := exec.Command(bin, "--config", s.config, "--quiet", "scan")
				cmd.Env = append(os.Environ(), s.env...)
				return timed(b, cmd)
			}
			var full, whole, again, listed []time.Duration
			for b.Loop() {
				must(b, os.RemoveAll(filepath.Join(filepath.Dir(s.config), "state")))
				full, whole = append(full, scan()), append(whole, timed(b, s.whole))
				again, listed = append(again, scan()), append(listed, timed(b, s.listed))
			}
			rate := func(times []time.Duration) float64 {
				slices.Sort(times)
				return float64(s.items) / times[len(times)/2].Seconds()
			}
			b.ReportMetric(rate(full), "full-items/s")
			b.ReportMetric(rate(full)/rate(whole), "times-"+filepath.Base(s.whole.Path))
			b.ReportMetric(rate(again), "again-items/s")
			b.ReportMetric(rate(again)/rate(listed), "times-"+filepath.Base(s.listed.Path)+"-list")
			b.ReportMetric(0, "ns/op") // of four programs together
		})
	}
}

// timed runs a command, which may be run again, and says how long it took.
func timed(b *testing.B, cmd *exec.Cmd) time.Duration {
	b.Helper()
	again := exec.Command(cmd.Path, cmd.Args[1:]...)
	again.Env, again.Dir = cmd.Env, b.TempDir()
	start := time.Now()
	if err := again.Run(); err != nil {
		b.Fatalf("%q: %v", again.Args, err)
	}
	took := time.Since(start)
	must(b, os.RemoveAll(again.Dir))
	return took
}

// benchSlet builds the program.
func benchSlet(b *testing.B) string {
	b.Helper()
	bin := filepath.Join(b.TempDir(), "slet")
	cmd := exec.Command("go", "build", "-o", bin, ".")
	cmd.Env = append(os.Environ(), "CGO_ENABLED=0")
	if out, err := cmd.CombinedOutput(); err != nil {
		b.Fatalf("go build: %v\n%s", err, out)
	}
	return bin
}

// benchConfig writes a configuration with these sources and rules.
func benchConfig(b *testing.B, sources, rules string) string {
	b.Helper()
	dir := b.TempDir()
	file := filepath.Join(dir, "slet.yaml")
	must(b, os.WriteFile(file, []byte("sources:\n"+sources), 0o600))
	must(b, os.WriteFile(filepath.Join(dir, "schedule.yaml"), []byte("version: bench-1\nrules:\n"+rules), 0o600))
	return file
}

const yearRule = "  - {id: AAR, title: Alt, match: {path: [\"**\"]}, trigger: modified, delete_after: P1Y, action: erase}\n"

// benchTree fills a folder with small files of text, 200 to a folder, some of
// which are about a person. One in a hundred is two years old.
func benchTree(b *testing.B, root string, n int) {
	b.Helper()
	old := time.Now().AddDate(-2, 0, 0)
	text := []byte(strings.Repeat("personfølsomt indhold i en sag, som mange andre\n", 20))
	hit := append(slices.Clone(text), "CPR 150370-5008\n"...)
	for i := range n {
		dir := filepath.Join(root, fmt.Sprintf("%03d", i/200%100), fmt.Sprintf("%05d", i/200))
		if i%200 == 0 {
			must(b, os.MkdirAll(dir, 0o755))
		}
		file, content := filepath.Join(dir, "sag "+strconv.Itoa(i)+".txt"), text
		if i%20 == 0 {
			content = hit
		}
		must(b, os.WriteFile(file, content, 0o644))
		if i%100 == 0 {
			must(b, os.Chtimes(file, old, old))
		}
	}
}

const benchFiles, benchMessages = 100_000, 20_000

func scannedFiles(b *testing.B) scanned {
	root := b.TempDir()
	benchTree(b, root, benchFiles)
	return scanned{
		config: benchConfig(b, fmt.Sprintf("  - {name: f, type: files, path: %q}\n", root), yearRule), items: benchFiles,
		whole:  exec.Command(testenv.Program(b, "rg"), "-q", "--no-ignore", "-e", `999999-9999`, "-e", `CPR \d{6}-\d{4}`, "--stats", root),
		listed: exec.Command(testenv.Program(b, "find"), root, "-type", "f", "-printf", "%s %T@ %C@ %i\n"),
	}
}

func scannedShare(b *testing.B) scanned {
	server := testenv.Smbd(b, testenv.SmbOptions{OwnUser: true})
	benchTree(b, server.Path, benchFiles)
	client := testenv.Program(b, "smbclient")
	host, port, _ := strings.Cut(server.Address, ":")
	peer := func(commands string) *exec.Cmd {
		return exec.Command(client, "//"+host+"/"+server.Share, "-p", port, "-U", server.User+"%"+server.Password, "-m", "SMB3_11", "-s", "/dev/null", "-c", commands)
	}
	return scanned{
		config: benchConfig(b, fmt.Sprintf("  - {name: s, type: smb, smb: {address: %q, share: %q, username: %q, password: env:SLET_BENCH}}\n", server.Address, server.Share, server.User), yearRule),
		items:  benchFiles, env: []string{"SLET_BENCH=" + server.Password},
		whole: peer("recurse on; prompt off; mget *"), listed: peer("recurse on; ls"),
	}
}

func scannedMail(b *testing.B) scanned {
	d := testenv.Dovecot(b, testenv.DovecotOptions{})
	for i := range benchMessages {
		message := fmt.Sprintf("From: a@example.dk\r\nTo: b@example.dk\r\nSubject: sag %d\r\nMessage-ID: <%d@bench>\r\n\r\n%sCPR 150370-5008\r\n", i, i, strings.Repeat("en linje om sagen\r\n", 20+i%200))
		d.Deliver(b, "anne", fmt.Sprintf("Mappe%d", i%4), []byte(message), time.Now().Add(-time.Duration(i)*time.Minute))
	}
	peer := func(what string) *exec.Cmd {
		return exec.Command(testenv.Program(b, "doveadm"), "-c", filepath.Join(d.Dir, "dovecot.conf"), "fetch", "-u", "anne", what, "mailbox", "Mappe*", "all")
	}
	return scanned{
		config: benchConfig(b, fmt.Sprintf("  - {name: p, type: imap, imap: {address: %q, root_cas: %q, master: %q, password: env:SLET_BENCH, accounts: [anne]}}\n", d.TLSAddress, d.CA, d.Master), yearRule),
		items:  benchMessages, env: []string{"SLET_BENCH=" + d.MasterPass},
		whole: peer("text"), listed: peer("uid date.received size.physical"),
	}
}
