//go:build !linux

package files

import (
	"fmt"
	"io/fs"
	"os"
)

// statHandle looks at what the handle has open.
func statHandle(f *os.File) (stat, error) {
	fi, err := f.Stat()
	if err != nil {
		return stat{}, fmt.Errorf("look at handle: %w", err)
	}
	return statInfo(fi), nil
}

// statInfo knows no device, inode or change time outside Linux yet: versions
// are then made of size and modification time alone. That is good enough to
// find things and not to erase them, which is why there is no eraser for local
// files on these systems.
func statInfo(fi fs.FileInfo) stat {
	return stat{mode: fi.Mode().Type(), size: fi.Size(), modified: timestampOf(fi.ModTime())}
}
