package audit

import (
	"errors"
	"io/fs"
	"os"

	"golang.org/x/sys/windows"
)

// lockAt is the offset of the one byte that is locked: far behind the end, so
// that readers, whom Windows would keep out of a locked range, are not.
const lockAt = 1 << 30

func lockRange() *windows.Overlapped { return &windows.Overlapped{OffsetHigh: lockAt} }

// tryLock takes the lock if it is free.
func tryLock(f *os.File) (bool, error) {
	err := windows.LockFileEx(windows.Handle(f.Fd()), windows.LOCKFILE_EXCLUSIVE_LOCK|windows.LOCKFILE_FAIL_IMMEDIATELY, 0, 1, 0, lockRange())
	if errors.Is(err, windows.ERROR_LOCK_VIOLATION) {
		return false, nil
	}
	return err == nil, err
}

func unlock(f *os.File) error {
	return windows.UnlockFileEx(windows.Handle(f.Fd()), 0, 1, 0, lockRange())
}

// truncate goes by the name: a handle for appending may not shorten.
func truncate(f *os.File, size int64) error { return os.Truncate(f.Name(), size) }

// syncDir has nothing to do: NTFS logs the change of a folder itself, and a
// folder cannot be synced by one who may only write in it.
func syncDir(string) error { return nil }

// writableByOthers cannot tell: who may write is in the access control list
// that the file inherits. The installer sets that list.
func writableByOthers(fs.FileInfo) bool { return false }

// readableByOthers cannot tell either.
func readableByOthers(fs.FileInfo) bool { return false }

func isFull(err error) bool {
	return errors.Is(err, windows.ERROR_DISK_FULL) || errors.Is(err, windows.ERROR_HANDLE_DISK_FULL)
}

func isReadOnly(err error) bool { return errors.Is(err, windows.ERROR_WRITE_PROTECT) }
