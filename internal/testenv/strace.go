package testenv

import (
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"
)

// Call is one system call of a traced program.
type Call struct {
	// Line is the call as strace writes it, for messages; names in it are
	// written out.
	Line string
	// Paths are the paths in it: those given, as given, and those of the
	// handles it uses.
	Paths []string
}

// Strace runs a program with some variables added to its environment, and
// returns the system calls it made that take a path or list a folder.
// A program that fails ends the test.
func Strace(t testing.TB, env []string, program string, args ...string) []Call {
	t.Helper()
	log := filepath.Join(t.TempDir(), "strace.log")
	flags := []string{"-f", "-qq", "-xx", "-y", "-s", "65536", "-e", "trace=%file,getdents64", "-e", "signal=none", "-o", log, "--", program}
	cmd := exec.Command(Program(t, "strace"), append(flags, args...)...)
	cmd.Env = append(os.Environ(), env...)
	if out, err := cmd.CombinedOutput(); err != nil {
		if strings.Contains(string(out), "PTRACE") || strings.Contains(string(out), "ptrace") {
			Missing(t, "the right to trace a process (%s)", strings.TrimSpace(string(out)))
		}
		t.Fatalf("traced program: %v\n%s", err, out)
	}
	b, err := os.ReadFile(log)
	if err != nil {
		t.Fatal(err)
	}
	var calls []Call
	for line := range strings.Lines(string(b)) {
		calls = append(calls, parseCall(line))
	}
	if len(calls) == 0 {
		t.Fatal("strace saw no call")
	}
	return calls
}

// parseCall finds the paths in a line of strace -xx -y: "\x2f…" is an argument,
// <\x2f…> what a handle leads to.
func parseCall(line string) Call {
	var c Call
	c.Line = straceText.ReplaceAllStringFunc(strings.TrimSpace(line), func(s string) string {
		text, err := strconv.Unquote(`"` + s[1:len(s)-1] + `"`)
		if err != nil {
			return s
		}
		c.Paths = append(c.Paths, text)
		return s[:1] + text + s[len(s)-1:]
	})
	return c
}

var straceText = regexp.MustCompile(`"(?:\\x[0-9a-f]{2})*"|<(?:\\x[0-9a-f]{2})*>`)
