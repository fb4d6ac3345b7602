package files

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/sletdk/slet/erase"
	"github.com/sletdk/slet/scanner"
)

// The eraser of local files. Which system call does what, in order, is in the
// comment on destroy.
//
// It exists on Linux only. What it promises rests on things that package os
// does not offer elsewhere: inode and change time in an item's version, a
// rename that never replaces, syncing a folder, and a map of a file's blocks.

// versionFile reads device and inode out of what itemVersion made.
func versionFile(version string) (dev, ino uint64, err error) {
	fields := strings.SplitN(version, "-", 4)
	if len(fields) == 4 && fields[0] == "1" {
		if dev, err = strconv.ParseUint(fields[1], 36, 64); err == nil {
			ino, err = strconv.ParseUint(fields[2], 36, 64)
		}
		if err == nil {
			return dev, ino, nil
		}
	}
	return 0, 0, fmt.Errorf("%w: %q is not the version of a local file", erase.ErrRefused, version)
}

// checkTombstone refuses a tombstone that slet did not make up: it is read back
// from the store, and names what is to be destroyed.
func checkTombstone(name string) error {
	rest, ok := strings.CutPrefix(name, erase.TombstonePrefix)
	if !ok || len(rest) < 16 || strings.ContainsAny(rest, "/\\\x00") {
		return fmt.Errorf("%w: %q is not a tombstone", erase.ErrRefused, name)
	}
	return nil
}

// rawPath returns where the item lies, if it is one that may be erased there.
func (e *Eraser) rawPath(it scanner.Item) (string, error) {
	rel, err := e.source.rawPath(it)
	if err != nil {
		return "", fmt.Errorf("%w: %w", erase.ErrRefused, err)
	}
	for at := rel; at != ""; {
		if e.source.excluded(at) {
			return "", fmt.Errorf("%w: the configuration excludes it", erase.ErrRefused)
		}
		at = at[:max(0, strings.LastIndexByte(at, '/'))]
	}
	return rel, nil
}
