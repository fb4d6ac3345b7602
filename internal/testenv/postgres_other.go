//go:build !unix

package testenv

import "syscall"

// serverUser leaves the server to the test's own user.
func serverUser(string) (*syscall.SysProcAttr, error) { return &syscall.SysProcAttr{}, nil }
