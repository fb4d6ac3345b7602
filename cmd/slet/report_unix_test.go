//go:build unix

package main

import (
	"io"
	"os"
	"path/filepath"
	"syscall"
	"testing"
)

// TestReplaceNoFile: a report that is written to a device or a pipe leaves it
// there. Root who writes one to /dev/null still has a /dev/null.
func TestReplaceNoFile(t *testing.T) {
	pipe := filepath.Join(t.TempDir(), "pipe")
	if err := syscall.Mkfifo(pipe, 0o600); err != nil {
		t.Fatal(err)
	}
	read := make(chan string)
	go func() {
		data, err := os.ReadFile(pipe)
		if err != nil {
			t.Error(err)
		}
		read <- string(data)
	}()
	err := replaceFile(pipe, func(w io.Writer) error { _, err := io.WriteString(w, "rapport"); return err })
	if err != nil {
		t.Fatal(err)
	}
	if info, err := os.Lstat(pipe); err != nil || info.Mode()&os.ModeNamedPipe == 0 {
		t.Fatalf("the pipe is now %v, %v", info, err)
	}
	if got := <-read; got != "rapport" {
		t.Errorf("through the pipe came %q", got)
	}
}
