package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/sletdk/slet/internal/testenv"
)

// expectation is a line of testdata/corpus/manifest.jsonl.
type expectation struct {
	Path   string   `json:"path"`
	Expect []string `json:"expect"` // ten digits each
	Kind   string   `json:"kind"`   // positive, negative, unreadable, private
	Note   string   `json:"note"`
}

func corpus(t *testing.T) (dir string, manifest []expectation) {
	t.Helper()
	dir, err := filepath.Abs(filepath.Join("..", "..", "testdata", "corpus"))
	if err != nil {
		t.Fatal(err)
	}
	data, err := os.ReadFile(filepath.Join(dir, "manifest.jsonl"))
	if err != nil {
		t.Fatal(err)
	}
	for line := range bytes.Lines(data) {
		var e expectation
		if err := json.Unmarshal(line, &e); err != nil {
			t.Fatal(err)
		}
		manifest = append(manifest, e)
	}
	if len(manifest) < 30 {
		t.Fatalf("the manifest has %d lines; it has lost some", len(manifest))
	}
	return filepath.Join(dir, "files"), manifest
}

// buildSlet builds the program as it is shipped.
func buildSlet(t *testing.T) string {
	t.Helper()
	bin := filepath.Join(t.TempDir(), "slet")
	cmd := exec.Command("go", "build", "-o", bin, ".")
	cmd.Env = append(os.Environ(), "CGO_ENABLED=0")
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("go build: %v\n%s", err, out)
	}
	return bin
}

// execSlet runs the program and returns its standard output and exit code.
func execSlet(t *testing.T, bin string, args ...string) (string, int) {
	t.Helper()
	var out, errs bytes.Buffer
	cmd := exec.CommandContext(context.Background(), bin, args...)
	cmd.Stdout, cmd.Stderr = &out, &errs
	err := cmd.Run()
	var exit *exec.ExitError
	if err != nil && !errors.As(err, &exit) {
		t.Fatalf("%s %s: %v", bin, strings.Join(args, " "), err)
	}
	t.Logf("slet %s: exit code %d %s", strings.Join(args, " "), cmd.ProcessState.ExitCode(), errs.String())
	return out.String(), cmd.ProcessState.ExitCode()
}

// install writes a configuration with one source and returns its path.
func install(t *testing.T, share, more string) string {
	t.Helper()
	dir := t.TempDir()
	file := filepath.Join(dir, "slet.yaml")
	for name, text := range map[string]string{
		file:                                fmt.Sprintf("sources: [{name: korpus, type: files, path: %q}]\n%s", share, more),
		filepath.Join(dir, "schedule.yaml"): "version: test-1\nrules: []\n",
	} {
		if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return file
}

// TestDetectCorpus holds slet detect to every line of the manifest: exactly the
// expected numbers, each confirmed, a gap for what cannot be read, and silence
// about what is private.
func TestDetectCorpus(t *testing.T) {
	testenv.Program(t, "tesseract")
	share, manifest := corpus(t)
	out, code := execSlet(t, buildSlet(t), "detect", "--json", "--reveal", "--ocr", share)
	if code != exitIncomplete {
		t.Errorf("exit code %d, want %d: the corpus has files that cannot be read", code, exitIncomplete)
	}
	found, gaps := map[string]map[string]bool{}, map[string]int{}
	for line := range strings.Lines(out) {
		var l struct{ Path, Value, Confidence, Gap, Detector string }
		if err := json.Unmarshal([]byte(line), &l); err != nil {
			t.Fatalf("%q: %v", line, err)
		}
		path, err := filepath.Rel(share, l.Path)
		if err != nil {
			t.Fatal(err)
		}
		if l.Gap != "" {
			gaps[path]++
			continue
		}
		if l.Detector != "cpr" {
			continue // the manifest is about CPR numbers only
		}
		if found[path] == nil {
			found[path] = map[string]bool{}
		}
		found[path][l.Value] = true
		if l.Confidence != "confirmed" {
			t.Errorf("%s: a labelled number is only %s", path, l.Confidence)
		}
	}
	for _, e := range manifest {
		got := slices.Sorted(maps.Keys(found[e.Path]))
		want := slices.Sorted(slices.Values(e.Expect))
		if !slices.Equal(got, want) {
			t.Errorf("%s (%s): found %d numbers, want %d exactly", e.Path, e.Note, len(got), len(want))
		}
		if unreadable := e.Kind == "unreadable"; unreadable != (gaps[e.Path] > 0) {
			t.Errorf("%s (%s): %d gaps, unreadable is %t", e.Path, e.Note, gaps[e.Path], unreadable)
		}
		delete(gaps, e.Path)
		delete(found, e.Path)
	}
	if len(found)+len(gaps) > 0 {
		t.Errorf("results for paths that the manifest does not name: %v %v", slices.Collect(maps.Keys(found)), gaps)
	}
}

// TestScanCorpus holds slet scan to the manifest, and proves with strace that
// nothing private was opened, listed or looked at.
func TestScanCorpus(t *testing.T) {
	testenv.Program(t, "tesseract")
	strace := testenv.Program(t, "strace")
	share, manifest := corpus(t)
	config := install(t, share, "extract: {ocr: true}\n")
	bin := buildSlet(t)
	trace := filepath.Join(t.TempDir(), "trace")
	cmd := exec.Command(strace, "-f", "-qq", "-o", trace, "-e", "trace=%file,getdents64", bin, "--config", config, "--json", "scan")
	out, err := cmd.Output()
	if cmd.ProcessState.ExitCode() != exitIncomplete {
		t.Fatalf("slet scan: %v, want exit code %d", err, exitIncomplete)
	}
	var total scanLine
	if err := json.Unmarshal(out, &total); err != nil {
		t.Fatal(err)
	}
	var private, items int64
	masked := map[string][]string{}
	for _, e := range manifest {
		if e.Kind == "private" {
			private++
			continue
		}
		items++
		for _, n := range e.Expect {
			masked[e.Path] = append(masked[e.Path], n[:6]+"-••••")
		}
	}
	if total.Seen != items || total.Scanned != items || total.PrivateFolders != private {
		t.Errorf("scan: %+v, want %d items scanned and %d private folders", total, items, private)
	}
	proveUntouched(t, trace)

	list, _ := execSlet(t, bin, "--config", config, "--json", "findings", "--all")
	for line := range strings.Lines(list) {
		var f findingLine
		if err := json.Unmarshal([]byte(line), &f); err != nil {
			t.Fatal(err)
		}
		seen := map[string]bool{}
		for _, m := range f.Matches {
			if m.Detector != "cpr" {
				continue // the manifest is about CPR numbers only
			}
			for _, p := range m.First {
				seen[p.Value] = true
			}
		}
		if want := masked[f.Path]; len(seen) != len(want) || slices.ContainsFunc(want, func(v string) bool { return !seen[v] }) {
			t.Errorf("%s: findings show %v, want %v", f.Path, seen, want)
		}
		if len(f.Subjects) != len(masked[f.Path]) {
			t.Errorf("%s: %d subjects, want %d", f.Path, len(f.Subjects), len(masked[f.Path]))
		}
		delete(masked, f.Path)
	}
	if len(masked) > 0 {
		t.Errorf("no finding for %v", masked)
	}
}

// proveUntouched fails if a system call named a private folder or anything
// below one. The trace must hold what it should, or it would prove nothing.
func proveUntouched(t *testing.T, trace string) {
	t.Helper()
	data, err := os.ReadFile(trace)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Contains(data, []byte(`"side.png"`)) || !bytes.Contains(data, []byte("Privat\\303\\270konomi")) {
		t.Fatal("the trace does not show the files that were scanned; it proves nothing")
	}
	for line := range bytes.Lines(data) {
		if privateCall.Match(line) {
			t.Errorf("a private place was touched: %s", line)
		}
	}
}

// privateCall is a system call with a private name among its arguments.
var privateCall = regexp.MustCompile(`hemmelig|"([^"]*/)?(?i:privat)(/[^"]*)?"`)
