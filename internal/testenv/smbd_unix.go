//go:build unix

package testenv

import (
	"errors"
	"syscall"
	"testing"
)

const (
	killSignal = syscall.SIGKILL
	stopSignal = syscall.SIGSTOP
	contSignal = syscall.SIGCONT
)

// signal sends a signal to the server and to every process it has made.
func (s *SmbServer) signal(t testing.TB, sig syscall.Signal) {
	t.Helper()
	if err := syscall.Kill(-s.Pid(t), sig); err != nil && !errors.Is(err, syscall.ESRCH) {
		t.Fatalf("signal %v to smbd: %v", sig, err)
	}
}
