package files

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"testing"

	"github.com/sletdk/slet/erase"
	"github.com/sletdk/slet/scanner"
)

// TestPruneFolders: empty folders go, from the item's up, as many as are asked
// for; nothing that holds anything, no link, no root, nothing that is excluded or
// private.
func TestPruneFolders(t *testing.T) {
	for _, c := range []struct {
		what, item string
		levels     int
		make       func(root string) error
		removed    int
		gone, left string
	}{
		{"one", "kam/dag/time/a", 1, nil, 1, "kam/dag/time", "kam/dag"},
		{"two", "kam/dag/time/a", 2, nil, 2, "kam/dag", "kam"},
		{"all, never the root", "kam/dag/time/a", 9, nil, 3, "kam", "."},
		{"none", "kam/dag/time/a", 0, nil, 0, "", "kam/dag/time"},
		{"not empty", "kam/dag/time/a", 2, func(root string) error { return os.WriteFile(root+"/kam/dag/time/b", nil, 0o600) }, 0, "", "kam/dag/time/b"},
		{"the one above is not", "kam/dag/time/a", 3, func(root string) error { return os.WriteFile(root+"/kam/dag/.keep", nil, 0o600) }, 1, "kam/dag/time", "kam/dag/.keep"},
		{"a file is in its place", "kam/dag/time/a", 3, func(root string) error {
			return errors.Join(os.Remove(root+"/kam/dag/time"), os.WriteFile(root+"/kam/dag/time", nil, 0o600))
		}, 0, "", "kam/dag/time"},
		{"a link is in its place", "kam/dag/time/a", 3, func(root string) error {
			return errors.Join(os.Remove(root+"/kam/dag/time"), os.Symlink("../../andet", root+"/kam/dag/time"))
		}, 0, "", "andet"},
		{"a link above it", "kam/dag/time/a", 1, func(root string) error {
			return errors.Join(os.RemoveAll(root+"/kam/dag"), os.MkdirAll(root+"/andet/time", 0o755), os.Symlink("../andet", root+"/kam/dag"))
		}, 0, "", "andet/time"},
		{"gone already", "kam/dag/time/a", 2, func(root string) error { return os.Remove(root + "/kam/dag/time") }, 2, "kam/dag", "kam"},
	} {
		root := t.TempDir()
		must(t, errors.Join(os.MkdirAll(root+"/kam/dag/time", 0o755), os.MkdirAll(root+"/andet", 0o755)))
		if c.make != nil {
			must(t, c.make(root))
		}
		e, err := NewEraser(Config{Name: "lokal", Root: root})
		must(t, err)
		n, err := e.PruneFolders(t.Context(), scanner.Item{Source: "lokal", ID: c.item}, c.levels)
		if err != nil || n != c.removed {
			t.Errorf("%s: %d folders, %v; want %d", c.what, n, err, c.removed)
		}
		if _, err := os.Lstat(filepath.Join(root, c.left)); err != nil {
			t.Errorf("%s: %s should be left: %v", c.what, c.left, err)
		}
		if _, err := os.Lstat(filepath.Join(root, c.gone)); c.gone != "" && err == nil {
			t.Errorf("%s: %s is still there", c.what, c.gone)
		}
		must(t, e.Close())
	}

	root := t.TempDir()
	must(t, errors.Join(os.MkdirAll(root+"/Privat/dag", 0o755), os.MkdirAll(root+"/ude/dag", 0o755)))
	e, err := NewEraser(Config{Name: "lokal", Root: root, Exclude: []string{"ude"}})
	must(t, err)
	defer e.Close()
	for _, id := range []string{"Privat/dag/a", "ude/dag/a", "../x/a"} {
		if n, err := e.PruneFolders(t.Context(), scanner.Item{Source: "lokal", ID: id}, 2); !errors.Is(err, erase.ErrRefused) || n != 0 {
			t.Errorf("%s: %d folders, %v; want %v", id, n, err, erase.ErrRefused)
		}
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := e.PruneFolders(ctx, scanner.Item{Source: "lokal", ID: "kam/dag/a"}, 2); !errors.Is(err, context.Canceled) {
		t.Errorf("cancelled: %v", err)
	}
}
