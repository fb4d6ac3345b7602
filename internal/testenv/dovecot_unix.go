//go:build unix

package testenv

import (
	"os"
	"syscall"
)

// ownGroup has a server lead a process group of its own.
func ownGroup() *syscall.SysProcAttr { return &syscall.SysProcAttr{Setpgid: true} }

// giveTo gives a file to the user that a server runs as.
func giveTo(as *syscall.SysProcAttr, path string) error {
	if as == nil || as.Credential == nil {
		return nil
	}
	return os.Chown(path, int(as.Credential.Uid), int(as.Credential.Gid))
}
