package main

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"
)

// BenchmarkPeak is the most memory that commands hold (VmHWM of the process) over
// 10,000, 100,000 and 1,000,000 items: it must not grow with them. One item in a
// hundred is due. SLET_BENCH_ITEMS names other numbers, with blanks between them.
func BenchmarkPeak(b *testing.B) {
	sizes := os.Getenv("SLET_BENCH_ITEMS")
	if sizes == "" {
		sizes = "10000 100000 1000000"
	}
	bin := benchSlet(b)
	for size := range strings.FieldsSeq(sizes) {
		n, err := strconv.Atoi(size)
		must(b, err)
		b.Run(size, func(b *testing.B) {
			b.Run("files", func(b *testing.B) { peakFiles(b, bin, n) })
			b.Run("recordings", func(b *testing.B) { peakRecordings(b, bin, n) })
		})
	}
}

// peakFiles measures what is done about files, once: what counts is the most.
func peakFiles(b *testing.B, bin string, n int) {
	root := benchDir(b)
	benchTree(b, root, n)
	config := benchConfig(b, fmt.Sprintf("  - {name: f, type: files, path: %q}\n", root), yearRule)
	peaks(b, bin, config, [][2]string{
		{"scan", "scan"}, {"scan-again", "scan"}, {"findings", "findings --json"}, {"plan", "plan"}, {"plan-as-of", "plan --as-of 2040-01-01 --json"},
		{"report", "report --format json -o /dev/null"}, {"report-xlsx", "report --format xlsx -o /dev/null"},
	})
}

// peakRecordings measures a sweep.
func peakRecordings(b *testing.B, bin string, n int) {
	root := benchDir(b)
	begin := time.Now().Add(-31 * 24 * time.Hour)
	for i := range n {
		at := begin.Add(time.Duration(i/20) * (31 * 24 * time.Hour / time.Duration(n/20)))
		dir := filepath.Join(root, fmt.Sprintf("kamera%02d", i%20), at.Format("2006-01-02"))
		if i < 20 || at.Hour() == 0 {
			must(b, os.MkdirAll(dir, 0o755))
		}
		file := filepath.Join(dir, fmt.Sprintf("%s-%06d.mp4", at.Format("15-04-05"), i))
		if err := os.WriteFile(file, []byte{byte(i)}, 0o644); os.IsNotExist(err) {
			must(b, os.MkdirAll(dir, 0o755))
			must(b, os.WriteFile(file, []byte{byte(i)}, 0o644))
		} else {
			must(b, err)
		}
		must(b, os.Chtimes(file, at, at))
	}
	rules := "  - {id: TV, title: TV, match: {source_type: [cctv]}, trigger: recorded, delete_after: P30D, action: erase, standing_approval: {by: Dorte Demo, from: 2020-01-01, until: 2020-12-01}}\n"
	config := benchConfig(b, fmt.Sprintf("  - {name: k, type: cctv, path: %q, cctv: {pattern: \"{camera}/{date}/{time}-{n}.mp4\"}}\n", root), rules)
	peaks(b, bin, config, [][2]string{{"sweep", "cctv sweep"}, {"sweep-again", "cctv sweep"}, {"plan", "plan"}, {"status", "cctv status --json"}})
}

// benchDir is a folder in memory: what is measured is not the disk.
func benchDir(b *testing.B) string {
	b.Helper()
	dir, err := os.MkdirTemp("/dev/shm", "slet-bench")
	if err != nil {
		return b.TempDir()
	}
	b.Cleanup(func() { _ = os.RemoveAll(dir) })
	return dir
}

// peaks runs commands and reports the most memory of each.
func peaks(b *testing.B, bin, config string, commands [][2]string) {
	b.Helper()
	for b.Loop() {
		must(b, os.RemoveAll(filepath.Join(filepath.Dir(config), "state")))
		for _, c := range commands {
			b.ReportMetric(peak(b, bin, config, c[1]), "MB-"+c[0])
		}
	}
	b.ReportMetric(0, "ns/op")
}

// peak is the most memory that a command held, in MB.
func peak(b *testing.B, bin, config, command string) float64 {
	b.Helper()
	var errs bytes.Buffer
	cmd := exec.Command(bin, append([]string{"--config", config, "--quiet"}, strings.Fields(command)...)...)
	cmd.Stderr = &errs
	most, err := runForPeak(b, cmd)
	if code := cmd.ProcessState.ExitCode(); code != exitDone && code != exitIncomplete {
		b.Fatalf("slet %s: %v\n%s", command, err, &errs)
	}
	b.Logf("slet %s: %d MB, %s", command, most>>10, cmd.ProcessState.UserTime()+cmd.ProcessState.SystemTime())
	return float64(most >> 10)
}

// runForPeak runs a command and returns the most memory that it held, in KiB, and
// how it ended. The kernel is asked while it runs: what getrusage tells of a child
// begins with what its parent held.
func runForPeak(t testing.TB, cmd *exec.Cmd) (most int64, err error) {
	t.Helper()
	cmd.Env = append(cmd.Environ(), "GOMEMLIMIT=") // of this test, if any
	must(t, cmd.Start())
	done := make(chan error, 1)
	go func() { done <- cmd.Wait() }()
	for {
		status, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", cmd.Process.Pid))
		if err == nil {
			if _, rest, ok := strings.Cut(string(status), "VmHWM:"); ok {
				var now int64
				_, err := fmt.Sscan(rest, &now)
				must(t, err)
				most = max(most, now)
			}
		}
		select {
		case err := <-done:
			return most, err
		case <-time.After(2 * time.Millisecond):
		}
	}
}
