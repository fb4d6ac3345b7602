//go:build !unix

package testenv

import "syscall"

func ownGroup() *syscall.SysProcAttr { return &syscall.SysProcAttr{} }

func giveTo(*syscall.SysProcAttr, string) error { return nil }
