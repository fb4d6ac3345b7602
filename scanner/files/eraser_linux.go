package files

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"strings"

	"golang.org/x/sys/unix"

	"github.com/sletdk/slet/erase"
	"github.com/sletdk/slet/scanner"
)

// Eraser is the means to erase files in one folder. It implements
// [erase.Eraser] and [erase.Restorer], and goes nowhere that the source of the
// same configuration does not go: past no link, into nothing private, nothing
// excluded and no other mount.
type Eraser struct {
	source *Source // for its rules about paths
	tree   *kernelTree
	// renewed is the version that a file has since slet removed one of its names,
	// by the one that it was walked with.
	renewed map[string]string
}

// NewEraser opens the root for erasing. Kernels that cannot be told never to
// follow a link (before 5.6) are refused.
func NewEraser(cfg Config) (*Eraser, error) {
	source, err := New(cfg)
	if err != nil {
		return nil, err
	}
	tree, ok := source.tree.(*kernelTree)
	if !ok {
		return nil, errors.Join(
			fmt.Errorf("source %s: erasing needs the system call openat2: %w", cfg.Name, errors.ErrUnsupported), source.Close())
	}
	return &Eraser{source: source, tree: tree, renewed: map[string]string{}}, nil
}

// Close closes the root.
func (e *Eraser) Close() error { return e.source.Close() }

// site is where an item lies: its folder, opened, and the names that it has
// and is given there.
type site struct {
	dir  *os.File
	name string
}

func (s *site) close() { _ = s.dir.Close() } // it was only read and synced

func (s *site) fd() int { return int(s.dir.Fd()) }

func (s *site) stat(name string) (stat, error) { return statAt(s.fd(), name) }

// site opens the folder that the item lies in.
func (e *Eraser) site(it scanner.Item) (*site, error) {
	rel, err := e.rawPath(it)
	if err != nil {
		return nil, err
	}
	dir, name := path.Split(rel)
	fd, err := e.tree.open(strings.TrimSuffix(dir, "/"), unix.O_RDONLY|unix.O_DIRECTORY)
	if errors.Is(err, unix.ENOENT) {
		if err := e.explain(it, err); !errors.Is(err, scanner.ErrGone) {
			return nil, err
		}
		return nil, errNoFolder
	}
	if err != nil {
		return nil, e.explain(it, fmt.Errorf("its folder: %w", err))
	}
	return &site{dir: os.NewFile(uintptr(fd), "folder"), name: name}, nil
}

// explain says what a failure to reach an item means. "Not there" is "gone"
// only on the device that the item was found on: an unmounted storage shows an
// empty folder.
func (e *Eraser) explain(it scanner.Item, err error) error {
	if errors.Is(err, unix.ENOTDIR) {
		return fmt.Errorf("%w: a folder on the way to it is a link or something else now: %w", scanner.ErrChanged, err)
	}
	err = itemError(err)
	switch {
	case errors.As(err, new(mountError)):
		return fmt.Errorf("%w: %w", erase.ErrRefused, err)
	case !errors.Is(err, scanner.ErrGone):
		return err
	}
	dev, _, verr := versionFile(it.Version)
	root, serr := statHandle(e.tree.dir)
	if verr != nil || serr != nil {
		return errors.Join(verr, serr)
	}
	if root.dev != dev {
		return errOtherDevice
	}
	return err
}

// errNoFolder: without its folder nobody can tell whether the item is gone or
// has moved with it.
var errNoFolder = fmt.Errorf("%w: its folder is not there any more: it was renamed, moved or removed", scanner.ErrChanged)

// errOtherDevice: see explain.
var errOtherDevice = errors.New("not found, and the source lies on another device than then; is the storage mounted?")

// Take opens the item for reading and writing, and compares on the handle that
// it is the very one that was walked.
func (e *Eraser) Take(ctx context.Context, it scanner.Item) (erase.Target, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	at, err := e.site(it)
	if err != nil {
		return nil, err
	}
	f, s, err := at.open(at.name)
	if err == nil {
		if err = e.takeable(it, s); err != nil {
			_ = f.Close()
		}
	}
	if err != nil {
		at.close()
		return nil, e.explain(it, err)
	}
	return &target{eraser: e, item: it, at: at, file: f, size: s.size}, nil
}

// takeable compares what is open with what was walked. Of a file that had
// several names then, nothing may have changed but that slet removed some.
func (e *Eraser) takeable(it scanner.Item, s stat) error {
	switch version := itemVersion(s); {
	case version != it.Version && version != e.renewed[it.Version]:
		return scanner.ErrChanged
	case s.links > 1 && it.Links <= 1:
		return fmt.Errorf("%w: the same content has %d other names (hard links)", erase.ErrRefused, s.links-1)
	}
	return nil
}

// open opens a regular file in the folder for reading and writing. It looks at
// the name first, because opening a device can already do something.
func (s *site) open(name string) (*os.File, stat, error) {
	before, err := s.stat(name)
	switch {
	case err != nil:
		return nil, stat{}, err
	case before.mode == fs.ModeSymlink:
		return nil, stat{}, errLink
	case !before.mode.IsRegular():
		return nil, stat{}, errNotRegular
	}
	fd, err := openRetry(s.fd(), name)
	if err != nil {
		return nil, stat{}, openError(err)
	}
	f := os.NewFile(uintptr(fd), "item")
	st, err := statFD(fd)
	if err == nil && !st.mode.IsRegular() {
		err = errNotRegular
	}
	if err == nil {
		err = unix.SetNonblock(fd, false)
	}
	if err != nil {
		_ = f.Close()
		return nil, stat{}, err
	}
	return f, st, nil
}

func openRetry(dir int, name string) (int, error) {
	for {
		fd, err := unix.Openat(dir, name, unix.O_RDWR|unix.O_NOFOLLOW|unix.O_NONBLOCK|unix.O_CLOEXEC|unix.O_NOCTTY, 0)
		if !errors.Is(err, unix.EINTR) {
			return fd, err
		}
	}
}

// openError says why a file cannot be opened for writing.
func openError(err error) error {
	switch {
	case errors.Is(err, unix.ELOOP):
		return errLink
	case errors.Is(err, unix.EPERM):
		return fmt.Errorf("%w: it is marked immutable or append-only: %w", erase.ErrRefused, err)
	// What follows can be put right without another approval: no refusal for good.
	case errors.Is(err, unix.EACCES):
		return fmt.Errorf("the account may not write to it: %w", err)
	case errors.Is(err, unix.EROFS):
		return fmt.Errorf("the file system is read-only: %w", err)
	case errors.Is(err, unix.ETXTBSY):
		return fmt.Errorf("%w, which runs it: %w", erase.ErrInUse, err)
	case errors.Is(err, unix.EWOULDBLOCK):
		return fmt.Errorf("%w (lease): %w", erase.ErrInUse, err)
	}
	return fmt.Errorf("open: %w", err)
}

// target is an item taken in hand.
type target struct {
	eraser *Eraser
	item   scanner.Item
	at     *site
	file   *os.File
	size   int64
}

func (t *target) Size() int64 { return t.size }

func (t *target) ReadAt(p []byte, off int64) (int, error) { return t.file.ReadAt(p, off) }

func (t *target) Close() error {
	t.at.close()
	return t.file.Close()
}

// alone takes a lease on an opened file, which the kernel gives only while
// nobody else has the file open, and which lasts until it is closed: whoever
// opens it meanwhile waits (up to /proc/sys/fs/lease-break-time), and then
// finds it empty. asked is false where there are no leases, or not for this
// account: then nobody can tell.
func alone(f *os.File) (asked bool, err error) {
	_, err = unix.FcntlInt(f.Fd(), unix.F_SETLEASE, unix.F_WRLCK)
	if errors.Is(err, unix.EAGAIN) {
		return false, errInUse
	}
	return err == nil, nil
}

var errInUse = fmt.Errorf("%w, which has it open", erase.ErrInUse)

// bury gives the file, which must have its own name, the tombstone's; the folder
// has to be synced afterwards. When an error that wraps ErrChanged, ErrGone or
// ErrUntouched is returned, nothing has been changed, or has been changed back.
func (s *site) bury(file stat, tombstone string) error {
	named, err := s.stat(s.name)
	if err != nil {
		return err
	}
	if !named.sameFile(file) {
		return scanner.ErrChanged
	}
	return s.renameTo(tombstone, file)
}

// renameTo is the rename of bury: what it finds under the tombstone must be the
// file, or else it is given its name back.
func (s *site) renameTo(tombstone string, file stat) error {
	if err := s.rename(s.name, tombstone); err != nil {
		if _, gone := s.stat(tombstone); errors.Is(gone, fs.ErrNotExist) {
			return fmt.Errorf("%w: rename: %w", erase.ErrUntouched, err)
		}
		return fmt.Errorf("rename: %w", err)
	}
	// Between looking and renaming, somebody may have put something else under
	// the name, as editors do when they save.
	buried, err := s.stat(tombstone)
	if err == nil && !buried.sameFile(file) {
		if err := s.rename(tombstone, s.name); err != nil {
			return fmt.Errorf("something else was renamed to %s and could not be given its name back: %w", tombstone, err)
		}
		return scanner.ErrChanged
	}
	if err != nil {
		return fmt.Errorf("after the rename: %w", err)
	}
	return nil
}

// rename never replaces anything.
func (s *site) rename(from, to string) error {
	err := unix.Renameat2(s.fd(), from, s.fd(), to, unix.RENAME_NOREPLACE)
	if !errors.Is(err, unix.EINVAL) && !errors.Is(err, unix.ENOSYS) {
		return err
	}
	// A file system that does not know the flag. A new hard link does not
	// replace anything either.
	if err := unix.Linkat(s.fd(), from, s.fd(), to, 0); err != nil {
		return err
	}
	return unix.Unlinkat(s.fd(), from, 0)
}

// sync makes the folder's names durable. Some network and user-space file
// systems cannot sync a folder; for them a rename is durable when it returns.
func (s *site) sync() error {
	err := s.dir.Sync()
	if errors.Is(err, unix.EINVAL) || errors.Is(err, unix.ENOTSUP) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("sync folder: %w", bare(err))
	}
	return nil
}

// Resume looks for what an interrupted erasure left, and finishes it.
func (e *Eraser) Resume(_ context.Context, w erase.Warrant) (erase.Remains, erase.Receipt, error) {
	at, remains, err := e.look(w)
	if err != nil || remains != tombstoned {
		return remains, erase.Receipt{Assurance: erase.None}, err
	}
	defer at.close()
	f, s, err := at.open(w.Tombstone())
	if err != nil {
		return "", erase.Receipt{}, err
	}
	defer f.Close()
	if s.links > 1 && w.Item().Links <= 1 {
		return "", erase.Receipt{}, fmt.Errorf("%w: somebody gave the content %d other names (hard links) meanwhile", erase.ErrRefused, s.links-1)
	}
	asked, err := alone(f)
	if err != nil {
		return "", erase.Receipt{}, err
	}
	d := &doomed{at: at, file: f, warrant: w, doubts: doubts{notAlone: !asked, interrupted: true}}
	if s.links > 1 {
		e.removeName(d)
	} else {
		destroy([]*doomed{d})
	}
	if d.err != nil {
		return "", d.receipt, d.err
	}
	return erase.Finished, d.receipt, nil
}

// Restore gives an item that lies under its tombstone its own name back.
func (e *Eraser) Restore(_ context.Context, w erase.Warrant, same func(io.ReaderAt, int64) (bool, error)) (erase.Restored, error) {
	at, remains, err := e.look(w)
	if err != nil {
		return erase.Restored{}, err
	}
	if remains != tombstoned {
		return erase.Restored{Remains: remains, Whole: remains == erase.Untouched}, nil
	}
	defer at.close()
	f, s, err := at.open(w.Tombstone())
	if err != nil {
		return erase.Restored{}, err
	}
	defer f.Close()
	if s.size == 0 && w.Item().Size > 0 {
		return erase.Restored{Remains: erase.Gone}, nil // nothing left to keep
	}
	whole, err := same(f, s.size)
	if err != nil {
		return erase.Restored{}, fmt.Errorf("reading what is left: %w", err)
	}
	if !whole && s.size > w.Item().Size {
		// The overwriting had rounded it up to whole blocks.
		if err := f.Truncate(w.Item().Size); err != nil {
			return erase.Restored{}, bare(err)
		}
	}
	if err := at.rename(w.Tombstone(), at.name); err != nil {
		return erase.Restored{}, fmt.Errorf("%s stays under this name: rename: %w", w.Tombstone(), err)
	}
	return erase.Restored{Remains: erase.Untouched, Whole: whole}, at.sync()
}

// tombstoned: the item lies under its tombstone.
const tombstoned erase.Remains = "tombstoned"

// look finds out what an interrupted erasure left. With tombstoned it returns
// the opened folder.
func (e *Eraser) look(w erase.Warrant) (*site, erase.Remains, error) {
	it := w.Item()
	if err := checkTombstone(w.Tombstone()); err != nil {
		return nil, "", err
	}
	dev, ino, err := versionFile(it.Version)
	if err != nil {
		return nil, "", err
	}
	at, err := e.site(it)
	if errors.Is(err, errNoFolder) {
		return nil, erase.Missing, nil
	}
	if err != nil {
		return nil, "", err
	}
	s, err := at.stat(w.Tombstone())
	switch {
	case err == nil && isItem(it, ino, s):
		return at, tombstoned, nil
	case err == nil:
		// The crash came between the rename and the look at what was renamed.
		err = at.rename(w.Tombstone(), at.name)
		if err == nil {
			err = at.sync()
		}
	case errors.Is(err, fs.ErrNotExist):
		err = nil
	}
	var remains erase.Remains
	if err == nil {
		remains, err = at.underOwnName(it, dev, ino)
	}
	at.close()
	if remains == erase.Missing {
		// Missing only where it was found: see explain.
		if err := e.explain(it, fs.ErrNotExist); !errors.Is(err, scanner.ErrGone) {
			return nil, "", err
		}
	}
	return nil, remains, err
}

// isItem reports whether it is the item's inode. File systems give a freed
// number to the next file; the creation time tells the two apart where it is
// kept. (The device is left out: it may have another number after a reboot.)
func isItem(it scanner.Item, ino uint64, s stat) bool {
	known := !it.Created.IsZero() && s.created != (timestamp{})
	return s.mode.IsRegular() && s.ino == ino && (!known || it.Created.Equal(s.created.time()))
}

// underOwnName reports whether the item's name still leads to the item. What
// else lies there is not ours, and is left alone.
func (s *site) underOwnName(it scanner.Item, dev, ino uint64) (erase.Remains, error) {
	own, err := s.stat(s.name)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return erase.Missing, nil
	case err != nil:
		return "", err
	case own.dev == dev && isItem(it, ino, own):
		return erase.Untouched, nil
	default:
		return erase.Missing, nil
	}
}
