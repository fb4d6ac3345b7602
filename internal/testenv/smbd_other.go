//go:build !unix

package testenv

import "testing"

const (
	killSignal = iota
	stopSignal
	contSignal
)

// signal does nothing: without Unix there is no smbd to be found.
func (s *SmbServer) signal(testing.TB, int) {}
