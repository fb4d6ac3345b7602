package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/gofrs/flock"

	"github.com/sletdk/slet/config"
)

// TestOneAtATime: a second erase (or scan) in the same state directory is
// turned away, with nothing done; another verb is not.
func TestOneAtATime(t *testing.T) {
	a := &app{cli: &cli{}, cfg: &config.Config{StateDir: t.TempDir()}}
	other := flock.New(filepath.Join(a.cfg.StateDir, "erase.lock"))
	if free, err := other.TryLock(); !free || err != nil {
		t.Fatal(free, err)
	}
	ran := false
	run := func() error { ran = true; return nil }
	if err := a.alone(t.Context(), "erase", run); err == nil || !strings.Contains(err.Error(), "running already") || ran {
		t.Errorf("a second erase: %v, ran %t", err, ran)
	}
	if err := a.alone(t.Context(), "scan", run); err != nil || !ran {
		t.Errorf("a scan beside it: %v, ran %t", err, ran)
	}
	if err := other.Unlock(); err != nil {
		t.Fatal(err)
	}
	if err := a.alone(t.Context(), "erase", run); err != nil {
		t.Errorf("after it: %v", err)
	}
	if info, err := os.Stat(filepath.Join(a.cfg.StateDir, "scan.lock")); err != nil || info.Mode().Perm()&0o077 != 0 {
		t.Errorf("the lock file is open to others: %v %v", info.Mode(), err)
	}
}
