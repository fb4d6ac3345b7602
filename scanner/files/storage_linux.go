package files

import (
	"fmt"
	"os"
	"slices"

	"golang.org/x/sys/unix"

	"github.com/sletdk/slet/erase"
)

// StorageCaveats says, without touching a file, what an erasure below root could
// claim at best and what would stand beside it in every receipt.
func StorageCaveats(root string) (erase.Assurance, []string, error) {
	f, err := os.Open(root)
	if err != nil {
		return erase.None, nil, err
	}
	defer f.Close()
	var fs unix.Statfs_t
	var st unix.Stat_t
	if err := unix.Fstatfs(int(f.Fd()), &fs); err != nil {
		return erase.None, nil, fmt.Errorf("which file system it is: %w", err)
	}
	if err := unix.Fstat(int(f.Fd()), &st); err != nil {
		return erase.None, nil, fmt.Errorf("which drive it is: %w", err)
	}
	drive := drives{}.of(uint64(st.Dev))
	t := &traits{magic: int64(fs.Type) & 0xffffffff, empty: true, medium: drive.medium, mapped: drive.mapped}
	t.dataJournaled = t.magic == unix.EXT4_SUPER_MAGIC && journalsData(f, drive)
	assurance, caveats := t.judge()
	return assurance, slices.DeleteFunc(caveats, func(c string) bool { return c == erase.CaveatEmpty }), nil
}
