package cctv

import (
	"context"
	"errors"
	"fmt"
	"iter"

	"github.com/sletdk/slet/scanner"
)

// Place implements [scanner.Watchable] where the storage below does.
func (s *Source) Place(folder string) (string, error) {
	w, err := s.watchable()
	if err != nil {
		return "", err
	}
	return w.Place(folder)
}

// Folders implements [scanner.Watchable] where the storage below does.
func (s *Source) Folders(ctx context.Context, folder string) ([]string, error) {
	w, err := s.watchable()
	if err != nil {
		return nil, err
	}
	return w.Folders(ctx, folder)
}

// WalkFolder implements [scanner.Watchable] where the storage below does.
func (s *Source) WalkFolder(ctx context.Context, folder string) iter.Seq2[scanner.Item, error] {
	w, err := s.watchable()
	if err != nil {
		return func(yield func(scanner.Item, error) bool) { yield(scanner.Item{}, err) }
	}
	return s.judged(w.WalkFolder(ctx, folder))
}

func (s *Source) watchable() (scanner.Watchable, error) {
	if w, ok := s.inner.(scanner.Watchable); ok {
		return w, nil
	}
	return nil, fmt.Errorf("source %s: its storage is not on this machine: %w", s.Name(), errors.ErrUnsupported)
}
