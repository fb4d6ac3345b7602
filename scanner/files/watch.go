package files

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"iter"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"

	"github.com/sletdk/slet/scanner"
)

// Place implements [scanner.Watchable]. Elsewhere than on Linux nothing is
// watched: some systems open every file of a folder to watch it.
func (s *Source) Place(folder string) (string, error) {
	if runtime.GOOS != "linux" {
		return "", fmt.Errorf("source %s: folders are watched on Linux only: %w", s.cfg.Name, errors.ErrUnsupported)
	}
	rel, err := s.mayEnter(folder)
	if err != nil {
		return "", err
	}
	dir, err := s.tree.openFolder(rel)
	if err != nil {
		return "", bare(err)
	}
	defer func() { _ = dir.close() }()
	at, err := dir.stat(".")
	if err != nil {
		return "", err
	}
	root, err := filepath.EvalSymlinks(s.cfg.Root)
	if err != nil {
		return "", bare(err)
	}
	place := filepath.Join(root, filepath.FromSlash(rel))
	fi, err := os.Lstat(place)
	if err != nil {
		return "", bare(err)
	}
	if !statInfo(fi).sameFile(at) {
		return "", errSwapped
	}
	return place, nil
}

// mayEnter returns the raw path of a folder that a walk would enter.
func (s *Source) mayEnter(folder string) (string, error) {
	if folder == "" {
		return "", nil
	}
	rel, err := scanner.UnescapePath(folder)
	if err == nil && !local(rel) {
		err = scanner.ErrID
	}
	switch {
	case err != nil:
		return "", fmt.Errorf("folder: %w", err)
	case scanner.PrivatePath(rel + "/"):
		return "", fmt.Errorf("folder: %w", scanner.ErrPrivate)
	}
	for i := 0; i <= len(rel); i++ {
		if (i == len(rel) || rel[i] == '/') && s.excluded(rel[:i]) {
			return "", fmt.Errorf("folder: left out by the configuration: %w", fs.ErrPermission)
		}
	}
	return rel, nil
}

// Folders implements [scanner.Watchable].
func (s *Source) Folders(ctx context.Context, folder string) ([]string, error) {
	rel, err := s.mayEnter(folder)
	if err != nil {
		return nil, err
	}
	dir, err := s.tree.openFolder(rel)
	if err != nil {
		return nil, bare(err)
	}
	defer func() { _ = dir.close() }()
	var list []string
	err = dir.each(func(e entry) bool {
		if s.judge(dir, rel, &e) == walkFolder {
			list = append(list, scanner.EscapePath(join(rel, e.name)))
		}
		return ctx.Err() == nil
	})
	if err = errors.Join(err, ctx.Err()); err != nil {
		return nil, err
	}
	slices.SortFunc(list, strings.Compare)
	return slices.Compact(list), nil
}

// WalkFolder implements [scanner.Watchable].
func (s *Source) WalkFolder(ctx context.Context, folder string) iter.Seq2[scanner.Item, error] {
	return func(yield func(scanner.Item, error) bool) {
		rel, err := s.mayEnter(folder)
		if err != nil {
			yield(scanner.Item{}, err)
			return
		}
		w := &walker{Source: s, ctx: ctx, yield: yield, rootOnly: true, path: []byte(rel), stack: []frame{{more: true}}}
		w.run()
	}
}
