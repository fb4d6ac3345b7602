//go:build !linux

package files

import (
	"errors"
	"os"
)

// openTree opens the root, itself by any path the configuration names.
func openTree(root string) (tree, error) {
	r, err := os.OpenRoot(root)
	if err != nil {
		return nil, err
	}
	t, err := newRootTree(r)
	if err != nil {
		return nil, errors.Join(err, r.Close())
	}
	return t, nil
}
