package files

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"syscall"

	"golang.org/x/sys/unix"
)

// statxMask asks for what every file system has, and for the creation time.
const statxMask = unix.STATX_BASIC_STATS | unix.STATX_BTIME

// statAt looks at one name in the opened folder without following it, without
// opening it and without triggering an automounter.
func statAt(dir int, name string) (stat, error) {
	return statx(dir, name, unix.AT_SYMLINK_NOFOLLOW|unix.AT_NO_AUTOMOUNT)
}

// statHandle looks at what the handle has open.
func statHandle(f *os.File) (stat, error) {
	c, err := f.SyscallConn()
	if err != nil {
		return stat{}, fmt.Errorf("look at handle: %w", err)
	}
	var s stat
	var serr error
	if err := c.Control(func(fd uintptr) { s, serr = statFD(int(fd)) }); err != nil {
		return stat{}, fmt.Errorf("look at handle: %w", err)
	}
	return s, serr
}

func statFD(fd int) (stat, error) { return statx(fd, "", unix.AT_EMPTY_PATH) }

func statx(dir int, name string, flags int) (stat, error) {
	var x unix.Statx_t
	for {
		err := unix.Statx(dir, name, flags, statxMask, &x)
		if err == nil {
			break
		}
		if !errors.Is(err, unix.EINTR) {
			return stat{}, fmt.Errorf("statx: %w", err)
		}
	}
	s := stat{
		mode:     typeBits(uint32(x.Mode)),
		dev:      unix.Mkdev(x.Dev_major, x.Dev_minor),
		ino:      x.Ino,
		links:    uint64(x.Nlink),
		uid:      x.Uid,
		owned:    x.Mask&unix.STATX_UID != 0,
		size:     int64(x.Size),
		modified: timestamp{x.Mtime.Sec, int64(x.Mtime.Nsec)},
		changed:  timestamp{x.Ctime.Sec, int64(x.Ctime.Nsec)},
		mount:    x.Attributes&x.Attributes_mask&unix.STATX_ATTR_MOUNT_ROOT != 0,
	}
	if x.Mask&unix.STATX_BTIME != 0 {
		s.created = timestamp{x.Btime.Sec, int64(x.Btime.Nsec)}
	}
	return s, nil
}

// statInfo is for the portable tree, which gets its knowledge from package os.
func statInfo(fi fs.FileInfo) stat {
	s := stat{mode: fi.Mode().Type(), size: fi.Size(), modified: timestampOf(fi.ModTime())}
	if x, ok := fi.Sys().(*syscall.Stat_t); ok {
		s.dev, s.ino, s.links = x.Dev, x.Ino, uint64(x.Nlink)
		s.uid, s.owned = x.Uid, true
		sec, nsec := x.Ctim.Unix()
		s.changed = timestamp{sec, nsec}
	}
	return s
}

func typeBits(mode uint32) fs.FileMode {
	switch mode & unix.S_IFMT {
	case unix.S_IFREG:
		return 0
	case unix.S_IFDIR:
		return fs.ModeDir
	case unix.S_IFLNK:
		return fs.ModeSymlink
	case unix.S_IFIFO:
		return fs.ModeNamedPipe
	case unix.S_IFSOCK:
		return fs.ModeSocket
	case unix.S_IFBLK:
		return fs.ModeDevice
	case unix.S_IFCHR:
		return fs.ModeDevice | fs.ModeCharDevice
	}
	return fs.ModeIrregular
}
