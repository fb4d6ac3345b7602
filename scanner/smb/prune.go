package smb

import (
	"context"
	"errors"
	"io/fs"
	"path"

	"github.com/sletdk/slet/scanner"
)

// PruneFolders implements [erase.FolderPruner]. A server refuses to remove a
// folder that is not empty. The library's call removes files too: so it is
// looked right before whether there is a folder. Whoever puts a file in the
// place of an empty folder between those two calls loses it.
func (e *Eraser) PruneFolders(ctx context.Context, it scanner.Item, levels int) (removed int, err error) {
	rel, err := e.rawPath(it)
	if err != nil {
		return 0, err
	}
	for ; levels > 0; levels-- {
		rel = path.Dir(rel)
		if rel == "." {
			return removed, nil
		}
		went, err := e.removeFolder(ctx, e.source.at(rel))
		if err != nil || !went {
			return removed, err
		}
		removed++
	}
	return removed, nil
}

// removeFolder removes one folder if it is empty. What somebody else has removed
// already counts as gone.
func (e *Eraser) removeFolder(ctx context.Context, at string) (bool, error) {
	st, err := e.link.lstat(ctx, at)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return true, nil
	case hopeless(err):
		return false, err
	case err != nil, !st.folder(), st.reparse():
		return false, nil
	}
	err = e.link.once(ctx, func(ctx context.Context, sh share) error { return sh.remove(ctx, at) })
	switch {
	case err == nil, errors.Is(err, fs.ErrNotExist):
		return true, nil
	case hopeless(err):
		return false, err
	}
	return false, nil // it stays: not empty any more, or not ours to remove
}
