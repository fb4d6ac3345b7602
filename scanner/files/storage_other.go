//go:build !linux

package files

import (
	"errors"
	"fmt"
	"runtime"

	"github.com/sletdk/slet/erase"
)

// StorageCaveats knows nothing here: local files are not erased on this system.
func StorageCaveats(string) (erase.Assurance, []string, error) {
	return erase.None, nil, fmt.Errorf("local files are not erased on %s yet: %w", runtime.GOOS, errors.ErrUnsupported)
}
