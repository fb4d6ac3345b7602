//go:build !linux

package extract

import (
	"os"
	"syscall"
)

// ownGroup does nothing here: a worker is killed alone, which is enough as it
// starts nothing itself. When slet is killed, a worker ends at its next read or
// write; a reading that never does either goes on.
func ownGroup() *syscall.SysProcAttr { return nil }

func killGroup(p *os.Process) { _ = p.Kill() }

// confine does nothing: only Linux's limits are known to go with the way Go
// and WebAssembly reserve memory. The sandbox's own memory limit holds.
func confine() error { return nil }

// limitData limits nothing where the system has no such limit.
func limitData(int64) (restore func()) { return func() {} }

// usage knows nothing here: workers retire by the number of their jobs.
func usage() (cpu float64, peak int64) { return 0, 0 }

func limitProgram(*os.Process, uint64) {}

// checkOwner believes that a folder in a place that the administrator chose is
// protected by it.
func checkOwner(string, os.FileInfo) error { return nil }
