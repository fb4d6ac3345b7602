package files

import (
	"errors"
	"fmt"
	"os"

	"golang.org/x/sys/unix"
)

// How a group of files is brought to stable storage.
//
// A sync of one file costs what a sync of the whole file system costs, a flush
// of the drive, so that a group is written out file by file, which tells of
// each whether it could be written (sync_file_range, which flushes nothing),
// and then flushed once: syncfs commits the file system's journal, and a sync
// of one file flushes the drive for certain, which syncfs of XFS leaves out when
// its log has nothing to write. That this holds is known of ext4 and XFS; every
// other file system has each file synced by itself.

// barrier returns when the contents of all files are on stable storage; one is
// the sync of a single file.
func barrier(group []*doomed, one func(*os.File) error) {
	group = alive(group)
	if !together(group) {
		each(group, func(d *doomed) error {
			if err := one(d.file); err != nil {
				return fmt.Errorf("sync: %w", err)
			}
			return nil
		})
		return
	}
	for _, d := range group {
		startWriting(d.file, 0, 0)
	}
	each(group, func(d *doomed) error {
		if err := waitWritten(d.file, 0, 0); err != nil {
			return fmt.Errorf("sync: %w", err)
		}
		return nil
	})
	if err := syncAll(group[0].file); err != nil {
		fail(alive(group), err)
	}
}

// together reports whether the files can be flushed with one another.
func together(group []*doomed) bool {
	if len(group) < 2 {
		return false
	}
	for _, d := range group {
		if d.traits == nil || fileSystemDoubt(d.traits.magic) != "" || d.traits.dev != group[0].traits.dev {
			return false
		}
	}
	return true
}

// syncAll flushes the file system that f lies on.
func syncAll(f *os.File) error {
	if err := again(func() error { return unix.Syncfs(int(f.Fd())) }); err != nil {
		return fmt.Errorf("sync of the file system: %w", err)
	}
	if err := fullsync(f); err != nil {
		return fmt.Errorf("sync: %w", err)
	}
	return nil
}

// startWriting has the kernel begin to write out a part of a file; length 0 is
// to its end. It is a hint: whether it was written, a sync tells.
func startWriting(f *os.File, off, length int64) {
	_ = unix.SyncFileRange(int(f.Fd()), off, length, unix.SYNC_FILE_RANGE_WRITE)
}

// waitWritten returns when the drive has a part of a file; length 0 is to its
// end. It flushes nothing.
func waitWritten(f *os.File, off, length int64) error {
	const wait = unix.SYNC_FILE_RANGE_WAIT_BEFORE | unix.SYNC_FILE_RANGE_WRITE | unix.SYNC_FILE_RANGE_WAIT_AFTER
	err := again(func() error { return unix.SyncFileRange(int(f.Fd()), off, length, wait) })
	if errors.Is(err, unix.ENOSYS) || errors.Is(err, unix.EINVAL) || errors.Is(err, unix.ENOTSUP) || errors.Is(err, unix.ESPIPE) {
		return datasync(f) // a file system that knows no ranges
	}
	return err
}

func datasync(f *os.File) error {
	return again(func() error { return unix.Fdatasync(int(f.Fd())) })
}

func fullsync(f *os.File) error {
	if err := f.Sync(); err != nil {
		return bare(err)
	}
	return nil
}

func again(call func() error) error {
	for {
		if err := call(); !errors.Is(err, unix.EINTR) {
			return err
		}
	}
}

// syncFolders makes the names in the files' folders durable.
func syncFolders(group []*doomed) {
	for _, folder := range byFolder(alive(group)) {
		if err := folder[0].at.sync(); err != nil {
			fail(folder, err)
		}
	}
}

// byFolder sorts files by the folder that they lie in. One whose folder cannot
// be told is alone.
func byFolder(group []*doomed) [][]*doomed {
	var folders [][]*doomed
	at := map[[2]uint64]int{}
	for _, d := range group {
		s, err := statHandle(d.at.dir)
		i, ok := at[[2]uint64{s.dev, s.ino}]
		if err != nil || !ok {
			i = len(folders)
			folders = append(folders, nil)
		}
		if err == nil {
			at[[2]uint64{s.dev, s.ino}] = i
		}
		folders[i] = append(folders[i], d)
	}
	return folders
}
