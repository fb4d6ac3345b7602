//go:build !(linux || darwin || freebsd || netbsd || openbsd || windows)

package audit

import (
	"errors"
	"io/fs"
	"os"
)

// tryLock refuses: without a lock two writers could interleave, and the log is
// worth nothing then.
func tryLock(*os.File) (bool, error) { return false, errors.ErrUnsupported }

func unlock(*os.File) error { return nil }

func truncate(f *os.File, size int64) error { return f.Truncate(size) }

func syncDir(string) error { return nil }

func writableByOthers(fs.FileInfo) bool { return false }

func readableByOthers(fs.FileInfo) bool { return false }

func isFull(error) bool { return false }

func isReadOnly(error) bool { return false }
