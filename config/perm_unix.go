//go:build unix

package config

import (
	"fmt"
	"io/fs"
	"os"
	"syscall"
)

// notWritableByOthers refuses what everybody can write to.
func notWritableByOthers(path string, info fs.FileInfo) error {
	if info.Mode().Perm()&0o002 != 0 {
		return fmt.Errorf("%s can be written by everybody; run: chmod o-w %s", path, path)
	}
	return nil
}

// ownerOnly refuses what anybody but its owner can read or write, and what is
// owned by somebody other than us or root.
func ownerOnly(path string, info fs.FileInfo) error {
	if m := info.Mode().Perm(); m&0o077 != 0 {
		return fmt.Errorf("%s has mode %04o, so that others can reach it; run: chmod 600 %s", path, m, path)
	}
	if st, ok := info.Sys().(*syscall.Stat_t); ok && st.Uid != 0 && int(st.Uid) != os.Geteuid() {
		return fmt.Errorf("%s belongs to user %d, and we are %d; change its owner", path, st.Uid, os.Geteuid())
	}
	return nil
}

// syncDir makes a new name in a folder durable.
func syncDir(dir string) error {
	d, err := os.Open(dir)
	if err != nil {
		return err
	}
	defer d.Close()
	return d.Sync()
}
