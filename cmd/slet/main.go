// Command slet finds personal data in storage, works out what is past its
// retention period and, once it is approved, erases it and proves that it did.
//
// The rules of its screen:
//
//   - Data goes to standard output; progress, hints and errors to standard
//     error. With --json, standard output is one JSON object a line.
//   - An error is one line: what, where, what to do next. It is masked like a
//     log line: no CPR number leaves through an error.
//   - Values are masked everywhere but in detect --reveal.
//   - Nothing is erased unless the configuration says so, a named person has
//     approved the very plan, and erase is called with it.
//   - The exit code says how it went; see exit.go.
package main

import (
	"context"
	"io"
	"os"
	"os/signal"
	"syscall"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	code := run(ctx, os.Args[1:], os.Stdin, os.Stdout, os.Stderr)
	stop()
	os.Exit(code)
}

// run is the whole program: it returns the exit code and touches no global.
func run(ctx context.Context, args []string, stdin io.Reader, stdout, stderr io.Writer) int {
	c := &cli{stdin: stdin, stdout: stdout, stderr: stderr}
	root := c.rootCommand()
	root.SetArgs(args)
	root.SetIn(stdin)
	root.SetOut(stdout)
	root.SetErr(stderr)
	err := root.ExecuteContext(ctx)
	return c.exit(err)
}
