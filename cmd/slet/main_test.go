package main

import (
	"context"
	"os"
	"os/signal"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/testscript"
)

// TestMain lets the test binary be slet itself, for the scripts and for the
// worker processes that slet starts.
func TestMain(m *testing.M) {
	// A command that a test runs in its own process starts its workers from this
	// very program: without this each of them would run all tests anew.
	if len(os.Args) == 2 && os.Args[1] == workerName {
		os.Exit(run(context.Background(), os.Args[1:], os.Stdin, os.Stdout, os.Stderr))
	}
	testscript.Main(m, map[string]func(){
		"slet": func() {
			ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
			code := run(ctx, os.Args[1:], os.Stdin, os.Stdout, os.Stderr)
			stop()
			os.Exit(code)
		},
	})
}

// TestScripts runs testdata/script/*.txtar, which specify the command line.
func TestScripts(t *testing.T) {
	testscript.Run(t, testscript.Params{
		Dir:                 filepath.Join("testdata", "script"),
		RequireExplicitExec: true,
		RequireUniqueNames:  true,
		Setup: func(env *testscript.Env) error {
			// Reading corpus files from the scripts; see testdata/corpus.
			corpus, err := filepath.Abs(filepath.Join("..", "..", "testdata", "corpus", "files"))
			if err != nil {
				return err
			}
			env.Setenv("CORPUS", corpus)
			env.Setenv("HOME", env.WorkDir)
			return nil
		},
		Cmds: map[string]func(ts *testscript.TestScript, neg bool, args []string){
			"code":  cmdCode,
			"age":   cmdAge,
			"empty": cmdEmpty,
			"ahead": cmdAhead,
		},
	})
}

// cmdCode runs a program and checks its exit code: code 3 slet scan.
func cmdCode(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 2 {
		ts.Fatalf("usage: code N program [args...]")
	}
	err := ts.Exec(args[1], args[2:]...)
	got := "0"
	if err != nil {
		got = strings.TrimPrefix(err.Error(), "exit status ")
	}
	if got != args[0] {
		ts.Fatalf("%s ended with exit code %s, want %s", strings.Join(args[1:], " "), got, args[0])
	}
}

// cmdAge makes files look as if they were last changed so many days ago:
// age 400 file...
func cmdAge(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 2 {
		ts.Fatalf("usage: age DAYS file...")
	}
	days, err := time.ParseDuration(args[0] + "h")
	ts.Check(err)
	then := time.Now().Add(-24 * days)
	for _, f := range args[1:] {
		ts.Check(os.Chtimes(ts.MkAbs(f), then, then))
	}
}

// cmdEmpty checks that a folder holds nothing, hidden files included.
func cmdEmpty(ts *testscript.TestScript, neg bool, args []string) {
	if len(args) != 1 {
		ts.Fatalf("usage: empty folder")
	}
	entries, err := os.ReadDir(ts.MkAbs(args[0]))
	ts.Check(err)
	if (len(entries) == 0) == neg {
		ts.Fatalf("%s holds %v", args[0], entries)
	}
}
