package files

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"strings"
	"syscall"
)

// tree reaches what lies below one root, by raw slash-separated paths, and
// nothing else. No implementation follows a link, in any segment of a path,
// even when a segment is swapped for one while it looks; and none crosses into
// another file system mounted below the root.
//
// Nothing stays open between two calls but the root: however deep a storage
// is, a walk holds one folder open at a time.
type tree interface {
	// openFolder opens a folder for listing; "" is the root.
	openFolder(rel string) (folder, error)
	// openFile opens a regular file for reading. It does not wait for anybody,
	// so that a pipe that took the file's place cannot hold it up.
	openFile(rel string) (*os.File, error)
	// traces reports that something was opened in a way that may move its
	// access time.
	traces() bool
	close() error
}

// folder is an opened folder.
type folder interface {
	// each calls fn for every entry, in the storage's own order, until fn says
	// false. Every call starts again from the first entry.
	each(fn func(entry) bool) error
	// stat looks at one entry without following or opening it.
	stat(name string) (stat, error)
	close() error
}

// entry is a name in a folder and what the folder's listing says it is.
type entry struct {
	name string
	// mode holds type bits; fs.ModeIrregular when the listing does not say.
	mode fs.FileMode
}

// Errors that both trees give.
var (
	// errLink: a segment of the path is, or has become, a link.
	errLink = errors.New("a link, which is never followed")
	// errNotRegular: there is something under the name, but no file.
	errNotRegular = errors.New("not a regular file")
	// errSwapped: the entry was replaced while it was being opened.
	errSwapped = errors.New("replaced while it was being opened")
)

// mountError: another file system is mounted there.
type mountError struct{}

func (mountError) Error() string {
	return "mount point of another file system; to have it examined, configure it as a source of its own"
}

// Is makes scanner.ReasonFor say "unsupported".
func (mountError) Is(target error) bool { return target == errors.ErrUnsupported }

// rootTree is the portable tree. It goes down one segment at a time with
// [os.Root]: look at the name without following it, open it, and compare that
// what is open is what was looked at. os.Root alone would follow a link that
// stays below the root, for instance into a private folder.
type rootTree struct {
	root *os.Root
	dev  uint64
}

func newRootTree(root *os.Root) (*rootTree, error) {
	fi, err := root.Stat(".")
	if err != nil {
		return nil, fmt.Errorf("look at root: %w", bare(err))
	}
	return &rootTree{root: root, dev: statInfo(fi).dev}, nil
}

func (t *rootTree) close() error { return t.root.Close() }

// traces is always true: access times are the storage's own business here.
func (t *rootTree) traces() bool { return true }

// descend returns the folder at rel. The caller closes it.
func (t *rootTree) descend(rel string) (*os.Root, error) {
	at, err := t.root.OpenRoot(".")
	if err != nil {
		return nil, bare(err)
	}
	if rel == "" {
		return at, nil
	}
	for seg := range strings.SplitSeq(rel, "/") {
		next, err := t.step(at, seg)
		_ = at.Close()
		if err != nil {
			return nil, err
		}
		at = next
	}
	return at, nil
}

func (t *rootTree) step(at *os.Root, name string) (*os.Root, error) {
	before, err := at.Lstat(name)
	switch {
	case err != nil:
		return nil, bare(err)
	case before.Mode().Type() == fs.ModeSymlink || before.Mode().Type() == fs.ModeIrregular:
		return nil, errLink
	case !before.IsDir():
		return nil, fmt.Errorf("%w", syscall.ENOTDIR)
	case statInfo(before).dev != t.dev:
		return nil, mountError{}
	}
	next, err := at.OpenRoot(name)
	if err != nil {
		return nil, bare(err)
	}
	after, err := next.Stat(".")
	if err == nil && !os.SameFile(before, after) {
		err = errSwapped
	}
	if err != nil {
		_ = next.Close()
		return nil, bare(err)
	}
	return next, nil
}

func (t *rootTree) openFolder(rel string) (folder, error) {
	at, err := t.descend(rel)
	if err != nil {
		return nil, err
	}
	return &rootFolder{at}, nil
}

func (t *rootTree) openFile(rel string) (*os.File, error) {
	dir, name := path.Split(rel)
	at, err := t.descend(strings.TrimSuffix(dir, "/"))
	if err != nil {
		return nil, err
	}
	defer at.Close()
	before, err := at.Lstat(name)
	switch {
	case err != nil:
		return nil, bare(err)
	case before.Mode().Type() == fs.ModeSymlink:
		return nil, errLink
	case !before.Mode().IsRegular():
		return nil, errNotRegular
	}
	f, err := at.OpenFile(name, os.O_RDONLY|syscall.O_NONBLOCK, 0)
	if err != nil {
		return nil, bare(err)
	}
	after, err := f.Stat()
	switch {
	case err != nil:
		err = bare(err)
	case !os.SameFile(before, after):
		err = errSwapped
	case !after.Mode().IsRegular():
		err = errNotRegular
	case statInfo(after).dev != t.dev:
		err = mountError{}
	}
	if err != nil {
		_ = f.Close()
		return nil, err
	}
	return f, nil
}

type rootFolder struct{ at *os.Root }

func (f *rootFolder) close() error { return f.at.Close() }

func (f *rootFolder) each(fn func(entry) bool) error {
	dir, err := f.at.Open(".")
	if err != nil {
		return bare(err)
	}
	defer dir.Close()
	for {
		list, err := dir.ReadDir(1024)
		for _, e := range list {
			if !fn(entry{name: e.Name(), mode: e.Type()}) {
				return nil
			}
		}
		switch {
		case errors.Is(err, io.EOF):
			return nil
		case err != nil:
			return bare(err)
		}
	}
}

func (f *rootFolder) stat(name string) (stat, error) {
	fi, err := f.at.Lstat(name)
	if err != nil {
		return stat{}, bare(err)
	}
	return statInfo(fi), nil
}

// bare takes the path out of an error of package os: whoever reports it knows
// the place, and knows how to mask it.
func bare(err error) error {
	var pe *fs.PathError
	if errors.As(err, &pe) {
		return fmt.Errorf("%s: %w", pe.Op, pe.Err)
	}
	return err
}
