package files

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"
	"strings"
	"sync/atomic"
	"unsafe"

	"golang.org/x/sys/unix"
)

// openTree opens the root, itself by any path the configuration names.
func openTree(root string) (tree, error) {
	r, err := os.OpenRoot(root)
	if err != nil {
		return nil, err
	}
	t, err := newKernelTree(r)
	if errors.Is(err, unix.ENOSYS) {
		// Before Linux 5.6, or in a sandbox that does not know the call.
		rt, err := newRootTree(r)
		if err != nil {
			return nil, errors.Join(err, r.Close())
		}
		return rt, nil
	}
	if err != nil {
		return nil, errors.Join(err, r.Close())
	}
	return t, nil
}

// kernelTree leaves the promises of a tree to the kernel: openat2 resolves a
// whole path and fails if any part of it is a link, leads up, or lies on
// another mount. What it opens did have that very path, with all its names, at
// one moment; so a path without a private name leads into nothing private.
type kernelTree struct {
	root *os.Root
	dir  *os.File // the root, only to resolve paths from
	// quiet is true when reading leaves no access times on this mount anyway.
	quiet bool
	loud  atomic.Bool
}

// resolve is what no path may do.
const resolve = unix.RESOLVE_BENEATH | unix.RESOLVE_NO_SYMLINKS | unix.RESOLVE_NO_MAGICLINKS | unix.RESOLVE_NO_XDEV

func newKernelTree(root *os.Root) (*kernelTree, error) {
	dir, err := root.OpenFile(".", unix.O_PATH|unix.O_DIRECTORY, 0)
	if err != nil {
		return nil, fmt.Errorf("open root: %w", bare(err))
	}
	t := &kernelTree{root: root, dir: dir, quiet: mountIsQuiet(dir)}
	// Listing the root now answers three questions at once: whether the kernel
	// knows the call, whether we may, and whether we leave a trace.
	fd, err := t.open("", unix.O_RDONLY|unix.O_DIRECTORY)
	if err != nil {
		return nil, errors.Join(fmt.Errorf("open root: %w", err), dir.Close())
	}
	_ = unix.Close(fd)
	return t, nil
}

// mountIsQuiet reports that the file system is mounted so that reading does not
// move access times.
func mountIsQuiet(dir *os.File) bool {
	var s unix.Statfs_t
	if err := unix.Fstatfs(int(dir.Fd()), &s); err != nil {
		return false
	}
	return s.Flags&(unix.ST_NOATIME|unix.ST_RDONLY) != 0
}

func (t *kernelTree) close() error { return errors.Join(t.dir.Close(), t.root.Close()) }

func (t *kernelTree) traces() bool { return t.loud.Load() && !t.quiet }

// pathMax is how much of a path goes into one call; the kernel takes 4096 bytes
// with the NUL. Longer paths exist, below deep trees.
const pathMax = 4000

// open opens rel without moving its access time where we are allowed to ask for
// that: as the owner, or with CAP_FOWNER.
func (t *kernelTree) open(rel string, flags uint64) (int, error) {
	flags |= unix.O_CLOEXEC | unix.O_NOFOLLOW | unix.O_NOCTTY
	at := int(t.dir.Fd())
	for first := true; len(rel) > pathMax; first = false {
		cut := strings.LastIndexByte(rel[:pathMax], '/')
		if cut < 0 {
			return -1, fmt.Errorf("open: %w", unix.ENAMETOOLONG)
		}
		next, err := openat2(at, rel[:cut], unix.O_PATH|unix.O_DIRECTORY|unix.O_CLOEXEC)
		if !first {
			_ = unix.Close(at)
		}
		if err != nil {
			return -1, err
		}
		at, rel = next, rel[cut+1:]
	}
	if at != int(t.dir.Fd()) {
		defer unix.Close(at)
	}
	if rel == "" {
		rel = "."
	}
	fd, err := openat2(at, rel, flags|unix.O_NOATIME)
	if errors.Is(err, unix.EPERM) {
		fd, err = openat2(at, rel, flags)
		if err == nil {
			t.loud.Store(true)
		}
	}
	return fd, err
}

func openat2(dir int, rel string, flags uint64) (int, error) {
	for {
		fd, err := unix.Openat2(dir, rel, &unix.OpenHow{Flags: flags, Resolve: resolve})
		switch {
		case err == nil:
			return fd, nil
		case errors.Is(err, unix.EINTR):
			continue
		case errors.Is(err, unix.EXDEV):
			return -1, mountError{}
		case errors.Is(err, unix.ELOOP):
			return -1, errLink
		case errors.Is(err, unix.ENXIO), errors.Is(err, unix.ENODEV):
			return -1, errNotRegular // a socket, or a device without a driver
		case errors.Is(err, unix.EWOULDBLOCK):
			return -1, fmt.Errorf("open: locked by a lease of another program: %w", err)
		}
		return -1, fmt.Errorf("open: %w", err)
	}
}

func (t *kernelTree) openFolder(rel string) (folder, error) {
	fd, err := t.open(rel, unix.O_RDONLY|unix.O_DIRECTORY)
	if err != nil {
		return nil, err
	}
	return &kernelFolder{fd: fd}, nil
}

func (t *kernelTree) openFile(rel string) (*os.File, error) {
	fd, err := t.open(rel, unix.O_RDONLY|unix.O_NONBLOCK)
	if err != nil {
		return nil, err
	}
	s, err := statFD(fd)
	if err == nil && !s.mode.IsRegular() {
		err = errNotRegular
	}
	if err == nil {
		// It cannot wait any more, and a blocking handle is kept out of the
		// poller, which does not take regular files anyway.
		err = unix.SetNonblock(fd, false)
	}
	if err != nil {
		_ = unix.Close(fd)
		return nil, err
	}
	return os.NewFile(uintptr(fd), path.Base(rel)), nil
}

type kernelFolder struct {
	fd  int
	buf []byte
}

func (f *kernelFolder) close() error { return unix.Close(f.fd) }

func (f *kernelFolder) stat(name string) (stat, error) { return statAt(f.fd, name) }

func (f *kernelFolder) each(fn func(entry) bool) error {
	if f.buf == nil {
		f.buf = make([]byte, 32<<10)
	} else if _, err := unix.Seek(f.fd, 0, unix.SEEK_SET); err != nil {
		return fmt.Errorf("list: %w", err)
	}
	for {
		n, err := unix.Getdents(f.fd, f.buf)
		switch {
		case errors.Is(err, unix.EINTR):
			continue
		case errors.Is(err, unix.ENOENT):
			return nil // removed while it was open
		case err != nil:
			return fmt.Errorf("list: %w", err)
		case n <= 0:
			return nil
		}
		if !entries(f.buf[:n], fn) {
			return nil
		}
	}
}

// Offsets in linux_dirent64.
const (
	direntLen  = unsafe.Offsetof(unix.Dirent{}.Reclen)
	direntType = unsafe.Offsetof(unix.Dirent{}.Type)
	direntName = unsafe.Offsetof(unix.Dirent{}.Name)
)

// entries calls fn for each entry of one getdents buffer. The kernel's listing
// says what each entry is, so that a private folder need not even be looked at.
func entries(buf []byte, fn func(entry) bool) bool {
	for len(buf) > int(direntName) {
		n := int(binary.NativeEndian.Uint16(buf[direntLen:]))
		if n <= int(direntName) || n > len(buf) {
			return true
		}
		name := buf[direntName:n]
		for i, c := range name {
			if c == 0 {
				name = name[:i]
				break
			}
		}
		mode := direntMode(buf[direntType])
		buf = buf[n:]
		if s := string(name); s != "." && s != ".." && !fn(entry{s, mode}) {
			return false
		}
	}
	return true
}

func direntMode(t byte) fs.FileMode {
	if t == unix.DT_UNKNOWN {
		return fs.ModeIrregular
	}
	return typeBits(uint32(t) << 12) // DT_x is S_IFx shifted
}
