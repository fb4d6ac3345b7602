//go:build !linux

package files

import (
	"context"
	"errors"
	"fmt"
	"runtime"

	"github.com/sletdk/slet/erase"
	"github.com/sletdk/slet/scanner"
)

// Eraser cannot be had on this system: a version made of size and modification
// time alone is good enough to find things and not to destroy them.
type Eraser struct{ source *Source }

// NewEraser always returns an error here.
func NewEraser(cfg Config) (*Eraser, error) {
	return nil, fmt.Errorf("source %s: local files are not erased on %s yet: %w", cfg.Name, runtime.GOOS, errors.ErrUnsupported)
}

// Close does nothing.
func (e *Eraser) Close() error { return nil }

// Take refuses.
func (e *Eraser) Take(_ context.Context, it scanner.Item) (erase.Target, error) {
	if _, err := e.rawPath(it); err != nil {
		return nil, err
	}
	if _, _, err := versionFile(it.Version); err != nil {
		return nil, err
	}
	return nil, fmt.Errorf("%w: %w", erase.ErrRefused, errors.ErrUnsupported)
}

// Resume refuses: nothing can have been begun.
func (e *Eraser) Resume(_ context.Context, w erase.Warrant) (erase.Remains, erase.Receipt, error) {
	if err := checkTombstone(w.Tombstone()); err != nil {
		return "", erase.Receipt{}, err
	}
	return "", erase.Receipt{}, fmt.Errorf("%w: %w", erase.ErrRefused, errors.ErrUnsupported)
}
