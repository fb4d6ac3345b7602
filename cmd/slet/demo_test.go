package main

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// TestDemo: the demo takes the whole way and says its numbers, can be run
// again, and never removes a folder that no demo made.
func TestDemo(t *testing.T) {
	bin := buildSlet(t)
	dir := filepath.Join(t.TempDir(), "demo")
	for range 2 {
		out, code := execSlet(t, bin, "demo", "--dir", dir)
		want := regexp.MustCompile(`(?s)report: .*rapport\.html\nbefore: items 75, findings 37, gaps 2, due 22\nafter:  items 55, findings 25, gaps 2, due 1, erased 20\naudit verify: ok\n$`)
		if code != exitDone || !want.MatchString(out) {
			t.Fatalf("exit code %d, and it ends with\n%s", code, out[max(0, len(out)-400):])
		}
		// The only numbers on the screen are masked, or in the name of a file.
		for line := range strings.Lines(out) {
			if regexp.MustCompile(`\b\d{6}-\d{4}\b`).MatchString(line) && !strings.Contains(line, "husordensklage") {
				t.Errorf("a number on the screen: %s", line)
			}
		}
	}
	page, err := os.ReadFile(filepath.Join(dir, "rapport.html"))
	if err != nil {
		t.Fatal(err)
	}
	if m := regexp.MustCompile(`\b\d{6}-\d{4}\b`).Find(page); m != nil {
		t.Errorf("a number in the report: %s", m)
	}

	mine := t.TempDir()
	if err := os.WriteFile(filepath.Join(mine, "mit.txt"), nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if _, code := execSlet(t, bin, "demo", "--dir", mine); code != exitUsage {
		t.Errorf("a folder that no demo made: exit code %d, want %d", code, exitUsage)
	}
	if _, err := os.Stat(filepath.Join(mine, "mit.txt")); err != nil {
		t.Error(err)
	}
}
