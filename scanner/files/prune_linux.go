package files

import (
	"context"
	"errors"
	"fmt"
	"path"
	"strings"

	"golang.org/x/sys/unix"

	"github.com/sletdk/slet/scanner"
)

// PruneFolders implements [erase.FolderPruner]: unlinkat with AT_REMOVEDIR, which
// the kernel refuses for whatever is no folder, is not empty, or has something
// mounted on it.
func (e *Eraser) PruneFolders(ctx context.Context, it scanner.Item, levels int) (removed int, err error) {
	rel, err := e.rawPath(it)
	if err != nil {
		return 0, err
	}
	for ; levels > 0; levels-- {
		if err := ctx.Err(); err != nil {
			return removed, err
		}
		rel = strings.TrimSuffix(path.Dir(rel), "/")
		if rel == "." {
			return removed, nil
		}
		went, err := e.removeFolder(rel)
		if err != nil || !went {
			return removed, err
		}
		removed++
	}
	return removed, nil
}

// removeFolder removes one folder if it is empty. What somebody else has removed
// already counts as gone.
func (e *Eraser) removeFolder(rel string) (bool, error) {
	dir, name := path.Split(rel)
	fd, err := e.tree.open(strings.TrimSuffix(dir, "/"), unix.O_RDONLY|unix.O_DIRECTORY)
	if err != nil {
		return errors.Is(err, unix.ENOENT), nil
	}
	defer unix.Close(fd)
	switch err := unix.Unlinkat(fd, name, unix.AT_REMOVEDIR); {
	case errors.Is(err, unix.ENOENT):
		return true, nil
	case err != nil:
		return false, nil // it stays: not empty, not a folder, not ours to remove
	}
	if err := unix.Fsync(fd); err != nil {
		return true, fmt.Errorf("sync the folder above: %w", err)
	}
	return true, nil
}
