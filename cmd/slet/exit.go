package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"strings"
	"syscall"

	"github.com/sletdk/slet/audit"
	"github.com/sletdk/slet/detectors"
	"github.com/sletdk/slet/erase"
	"github.com/sletdk/slet/store"
)

// The exit codes. They are part of the contract with those who run slet from
// scripts, and stand in every command's help.
const (
	exitDone       = 0 // done
	exitFailed     = 1 // failed
	exitUsage      = 2 // wrong usage or configuration
	exitIncomplete = 3 // done, but not everything could be examined or erased
	exitRefused    = 4 // refused by a safety rule, or the audit log does not verify
)

const exitHelp = `Exit codes:
  0  done
  1  failed
  2  wrong usage or configuration
  3  done, but not everything could be examined or erased
  4  refused by a safety rule, or the audit log does not verify
`

// codeError is an error that has chosen its exit code.
type codeError struct {
	code int
	err  error
}

func (e *codeError) Error() string { return e.err.Error() }
func (e *codeError) Unwrap() error { return e.err }

// usage marks an error as wrong usage or configuration.
func usage(err error) error {
	if err == nil {
		return nil
	}
	return &codeError{exitUsage, err}
}

func usagef(format string, args ...any) error { return usage(fmt.Errorf(format, args...)) }

// errIncomplete ends a command that did its work but could not look at, or
// erase, everything. What was left out has been said already.
var errIncomplete = errors.New("not everything could be examined or erased")

// codeOf is the one place where an error becomes an exit code.
func codeOf(err error) int {
	var ce *codeError
	var bad *audit.BadLine
	switch {
	case err == nil:
		return exitDone
	case errors.As(err, &ce):
		return ce.code
	case errors.Is(err, erase.ErrRefused), errors.Is(err, store.ErrOtherKey), errors.As(err, &bad):
		return exitRefused
	case errors.Is(err, errIncomplete):
		return exitIncomplete
	}
	return exitFailed
}

// exit says what went wrong, in one line, and returns the exit code.
func (c *cli) exit(err error) int {
	code := codeOf(err)
	if err == nil || code == exitIncomplete && errors.Is(err, errIncomplete) && c.quiet {
		return code
	}
	msg := strings.Join(strings.Fields(strings.ReplaceAll(err.Error(), "\n", "; ")), " ")
	if errors.Is(err, context.Canceled) {
		msg = "stopped"
	}
	if hint := hintFor(err); hint != "" {
		msg += " (" + hint + ")"
	}
	c.line(slog.LevelError, "slet: "+detectors.MaskText(msg))
	return code
}

// hintFor says what to do next about an error that does not say it itself.
func hintFor(err error) string {
	switch {
	case errors.Is(err, context.Canceled):
		return "stopped between two items; run the command again to go on"
	case errors.Is(err, store.ErrFull), errors.Is(err, syscall.ENOSPC):
		return "free some space in the state directory and run the command again; nothing recorded was lost"
	case errors.Is(err, store.ErrReadOnly), errors.Is(err, syscall.EROFS):
		return "the state directory must be writable for the user that runs slet"
	case errors.Is(err, store.ErrLocked):
		return "another slet is using the state directory; wait for it or stop it"
	case errors.Is(err, fs.ErrPermission):
		return "run slet as the user that owns it, or give that user the right"
	}
	return ""
}
