//go:build unix

package main

import (
	"fmt"
	"io/fs"
	"os"
	"os/user"
	"strconv"
	"syscall"
)

// ownState refuses a state directory of another account. Root could write there;
// but then the service, which runs as that account, could not open what root has
// made.
func ownState(dir string, info fs.FileInfo) error {
	st, ok := info.Sys().(*syscall.Stat_t)
	if !ok || st.Uid == 0 || int(st.Uid) == os.Geteuid() {
		return nil
	}
	owner := strconv.FormatUint(uint64(st.Uid), 10)
	call := "sudo -u '#" + owner + "' slet"
	if u, err := user.LookupId(owner); err == nil {
		owner, call = u.Username, "sudo -u "+u.Username+" slet"
	}
	return usage(fmt.Errorf("the state directory %s belongs to %s, not to %s: run %s …", dir, owner, account(), call))
}
