package smb

import (
	"errors"
	"os"
	"path/filepath"
	"testing"

	"github.com/sletdk/slet/internal/testenv"
	"github.com/sletdk/slet/scanner"
)

// TestPruneFolders: on a real share empty folders go, from the item's up; nothing
// that holds anything, no file that took a folder's place, and never the root.
func TestPruneFolders(t *testing.T) {
	server := testenv.Smbd(t, testenv.SmbOptions{OwnUser: true})
	for _, c := range []struct {
		what    string
		levels  int
		make    func(root string) error
		removed int
		left    string
	}{
		{"two", 2, nil, 2, "kam"},
		{"all, never the root", 9, nil, 3, "."},
		{"not empty", 2, func(root string) error { return os.WriteFile(root+"/kam/dag/time/b", nil, 0o600) }, 0, "kam/dag/time/b"},
		{"the one above is not", 3, func(root string) error { return os.WriteFile(root+"/kam/dag/.keep", nil, 0o600) }, 1, "kam/dag/.keep"},
		{"a file is in its place", 3, func(root string) error {
			return errors.Join(os.Remove(root+"/kam/dag/time"), os.WriteFile(root+"/kam/dag/time", nil, 0o600))
		}, 0, "kam/dag/time"},
		{"gone already", 2, func(root string) error { return os.Remove(root + "/kam/dag/time") }, 2, "kam"},
	} {
		root := newRoot(t, server)
		must(t, os.MkdirAll(root+"/kam/dag/time", 0o755))
		if c.make != nil {
			must(t, c.make(root))
		}
		e, err := NewEraser(t.Context(), configOf(server, filepath.Base(root)))
		must(t, err)
		n, err := e.PruneFolders(t.Context(), scanner.Item{Source: "deling", ID: "kam/dag/time/a", Version: "1"}, c.levels)
		if err != nil || n != c.removed {
			t.Errorf("%s: %d folders, %v; want %d", c.what, n, err, c.removed)
		}
		if _, err := os.Lstat(filepath.Join(root, c.left)); err != nil {
			t.Errorf("%s: %s should be left: %v", c.what, c.left, err)
		}
		must(t, e.Close())
	}
}
