// Package files is the source for folders on this machine.
//
// What it promises beyond [scanner.Source]:
//
//   - No link is followed, in no segment of no path, also not one that takes a
//     folder's place during the run. Nothing below another mount is entered.
//   - A private folder (see [scanner.Private]) is not opened and not listed. On
//     Linux, where the parent's listing tells what it is, it is not even looked
//     at.
//   - Nothing waits: a pipe, a socket or a device that takes the place of a
//     file is seen for what it is.
//   - Access times do not move where the system lets us read so: for the owner
//     of a file, for root, and on mounts that keep none. [Source.Traces] says
//     where it does not.
//   - Memory is bounded by the depth of a storage times the names of one batch,
//     not by how many files a folder holds.
//
// Network file systems mounted here work as far as the system makes them look
// local; no deadline can be put on them, as the kernel offers none. The SMB
// source is for those.
package files

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"

	"github.com/bmatcuk/doublestar/v4"

	"github.com/sletdk/slet/scanner"
)

// Config describes one folder as a source.
type Config struct {
	Name string
	// Root is the folder, by any path. It may itself be, or be reached through,
	// a link; nothing below it may.
	Root string
	// Exclude are globs below Root (doublestar: "**/tmp", "arkiv/**"), compared
	// with paths as people see them ([scanner.Item].Path). A glob that matches
	// a folder leaves all of it out.
	Exclude []string
}

// Source is a folder. It is safe for concurrent use, and implements
// [scanner.Source].
type Source struct {
	cfg  Config
	tree tree
	// batch is how many names of one folder are held at a time.
	batch int
}

// batchSize is chosen so that practically every folder is read once, and that a
// batch of the longest names stays under 20 MB.
const batchSize = 1 << 16

// New opens the root. It fails if the root is missing, not a folder, may not be
// listed, or is itself private.
func New(cfg Config) (*Source, error) {
	if err := checkConfig(cfg); err != nil {
		return nil, err
	}
	t, err := openTree(cfg.Root)
	if err != nil {
		return nil, fmt.Errorf("source %s: %w", cfg.Name, rootError(cfg.Root, err))
	}
	return &Source{cfg: cfg, tree: t, batch: batchSize}, nil
}

func checkConfig(cfg Config) error {
	if err := checkGlobs(cfg.Exclude); err != nil {
		return fmt.Errorf("source %s: %w", cfg.Name, err)
	}
	// Asked of the path as given and of where it leads, before anything is
	// opened. Folders above the root are the administrator's business: on some
	// systems every path goes through one called "private".
	roots := []string{cfg.Root}
	if real, err := filepath.EvalSymlinks(cfg.Root); err == nil {
		roots = append(roots, real)
	}
	for _, root := range roots {
		if abs, err := filepath.Abs(root); err == nil && scanner.Private(filepath.Base(abs)) {
			return fmt.Errorf("source %s: the folder %s %w", cfg.Name, cfg.Root, scanner.ErrPrivate)
		}
	}
	return nil
}

// rootError says what is wrong with the root in one line.
func rootError(root string, err error) error {
	// os.OpenRoot says "not a directory" in words only.
	fi, serr := os.Stat(root)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return fmt.Errorf("the folder %s does not exist: %w", root, bare(err))
	case serr == nil && !fi.IsDir():
		return fmt.Errorf("%s is not a folder: %w", root, bare(err))
	case errors.Is(err, fs.ErrPermission):
		return fmt.Errorf("the folder %s may not be read: %w", root, bare(err))
	}
	return fmt.Errorf("the folder %s: %w", root, bare(err))
}

// Name is the configured name.
func (s *Source) Name() string { return s.cfg.Name }

// Close closes the root.
func (s *Source) Close() error {
	if err := s.tree.close(); err != nil {
		return fmt.Errorf("source %s: %w", s.cfg.Name, err)
	}
	return nil
}

// Traces says, for a person, how reading from this source shows afterwards, or
// "" when nothing has been left and nothing is known that would be. Ask again
// after a scan: rights may differ from file to file.
func (s *Source) Traces() string {
	if !s.tree.traces() {
		return ""
	}
	return "access times may move: the account may not ask the system to leave them alone (it takes the owner of the files, " +
		"or CAP_FOWNER), and the file system is mounted with access times"
}

// rootPartition is the ID of the partition of the files that lie in the root
// itself. It cannot be a folder's.
const rootPartition = "/"

// Partitions are the folders in the root, sorted, after one partition for the
// files that lie in the root itself. A folder that is private or excluded is in
// none; the walk of the root's partition counts it.
func (s *Source) Partitions(ctx context.Context) ([]scanner.Partition, error) {
	dir, err := s.tree.openFolder("")
	if err != nil {
		return nil, fmt.Errorf("source %s: %w", s.cfg.Name, rootError(s.cfg.Root, err))
	}
	defer func() { _ = dir.close() }()
	list := []scanner.Partition{{ID: rootPartition}}
	err = dir.each(func(e entry) bool {
		if s.judge(dir, "", &e) == walkFolder {
			id := scanner.EscapePath(e.name)
			list = append(list, scanner.Partition{ID: id, Path: scanner.DisplayPath(id)})
		}
		return ctx.Err() == nil
	})
	if err == nil {
		err = ctx.Err()
	}
	if err != nil {
		return nil, fmt.Errorf("source %s: list root: %w", s.cfg.Name, err)
	}
	slices.SortFunc(list, func(a, b scanner.Partition) int {
		if a.ID == rootPartition || b.ID == rootPartition {
			return strings.Compare(a.Path, b.Path) // "" comes first
		}
		return strings.Compare(a.ID, b.ID)
	})
	return slices.Compact(list), nil
}

// Open opens the item for reading, through no link and past no private name.
// What has taken its place, of whatever kind, gives [scanner.ErrChanged].
func (s *Source) Open(ctx context.Context, it scanner.Item) (scanner.File, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	rel, err := s.rawPath(it)
	if err != nil {
		return nil, err
	}
	f, err := s.tree.openFile(rel)
	if err != nil {
		return nil, fmt.Errorf("open: %w", itemError(err))
	}
	st, err := statHandle(f)
	if err == nil && itemVersion(st) != it.Version {
		err = scanner.ErrChanged
	}
	if err != nil {
		_ = f.Close()
		return nil, fmt.Errorf("open: %w", err)
	}
	return &file{f: f, size: st.size, version: it.Version}, nil
}

// rawPath returns where the item lies, if that is a place we go.
func (s *Source) rawPath(it scanner.Item) (string, error) {
	if it.Source != s.cfg.Name {
		return "", fmt.Errorf("open: the item is of source %q, not of %q", it.Source, s.cfg.Name)
	}
	rel, err := scanner.UnescapePath(it.ID)
	if err == nil && !local(rel) {
		err = scanner.ErrID
	}
	switch {
	case err != nil:
		return "", fmt.Errorf("open: %w", err)
	case scanner.PrivatePath(rel):
		return "", fmt.Errorf("open: %w", scanner.ErrPrivate)
	}
	return rel, nil
}

// itemError says what a failure to open means for an item that once was there.
func itemError(err error) error {
	switch {
	case errors.Is(err, fs.ErrNotExist), errors.Is(err, syscall.ENOTDIR):
		return fmt.Errorf("%w: %w", scanner.ErrGone, err)
	case errors.Is(err, errLink), errors.Is(err, errNotRegular), errors.Is(err, errSwapped):
		return fmt.Errorf("%w: %w", scanner.ErrChanged, err)
	}
	return err
}

// file is an opened item.
type file struct {
	f       *os.File
	size    int64
	version string
}

func (f *file) ReadAt(p []byte, off int64) (int, error) { return f.f.ReadAt(p, off) }

func (f *file) Close() error { return f.f.Close() }

func (f *file) Size() int64 { return f.size }

// Recheck looks at the handle only. That is enough: replacing or removing the
// file moves the change time of what the handle has open. It does not ask
// whether a folder above has another name by now: what was read still is what
// was walked, and the next scan finds it under its new name.
func (f *file) Recheck() error {
	st, err := statHandle(f.f)
	if err != nil {
		return err
	}
	if itemVersion(st) != f.version {
		return scanner.ErrChanged
	}
	return nil
}

// excluded reports whether the configuration leaves the raw path out.
func (s *Source) excluded(rel string) bool {
	if len(s.cfg.Exclude) == 0 {
		return false
	}
	path := scanner.DisplayPath(scanner.EscapePath(rel))
	for _, glob := range s.cfg.Exclude {
		if doublestar.MatchUnvalidated(glob, path) {
			return true
		}
	}
	return false
}
