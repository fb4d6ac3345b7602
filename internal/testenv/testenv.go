// Package testenv gives tests the real parts they need: programs, rights and
// servers. A test whose part is missing skips politely, so that a laptop can
// run the suite, and fails when REQUIRE_SERVERS=1, so that CI cannot pass by
// skipping.
package testenv

import (
	"os"
	"os/exec"
	"testing"
)

// Program returns the path of a program that the test needs.
func Program(t testing.TB, name string) string {
	t.Helper()
	path, err := exec.LookPath(name)
	if err != nil {
		Missing(t, "the program %s (make deps installs it)", name)
	}
	return path
}

// Root makes sure that the test runs as root.
func Root(t testing.TB) {
	t.Helper()
	if os.Geteuid() != 0 {
		Missing(t, "root")
	}
}

// Missing skips the test because it needs something that is not there, or
// fails it when REQUIRE_SERVERS=1.
func Missing(t testing.TB, format string, args ...any) {
	t.Helper()
	if os.Getenv("REQUIRE_SERVERS") == "1" {
		t.Fatalf("needs "+format+", and REQUIRE_SERVERS=1", args...)
	}
	t.Skipf("needs "+format, args...)
}
