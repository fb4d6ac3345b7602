package files

import (
	"bufio"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"golang.org/x/sys/unix"

	"github.com/sletdk/slet/erase"
)

// traits is everything that says what an overwriting is worth.
type traits struct {
	dev           uint64
	magic         int64 // of the file system (statfs f_type)
	dataJournaled bool
	size          int64 // rounded up to whole blocks
	areas         []area
	before, after blockMap
	sparse        bool
	empty         bool
	medium        medium
	mapped        bool // not a plain drive or partition

	doubts
}

// doubts are those about an erasure that have nothing to do with where it lies.
type doubts struct {
	interrupted bool // finished by a later run
	notAlone    bool // whether somebody else had the file open is not known
}

type medium int

const (
	mediumUnknown medium = iota
	mediumFlash
	mediumDisk
)

// lookAtStorage finds out where a file lies and what is to be overwritten.
func lookAtStorage(f *os.File, known drives) (*traits, error) {
	var fs unix.Statfs_t
	var st unix.Stat_t
	if err := unix.Fstatfs(int(f.Fd()), &fs); err != nil {
		return nil, fmt.Errorf("which file system it lies on: %w", err)
	}
	if err := unix.Fstat(int(f.Fd()), &st); err != nil {
		return nil, fmt.Errorf("how large it is: %w", err)
	}
	block := max(int64(fs.Bsize), 1) // an int32 on some architectures
	t := &traits{
		dev:    uint64(st.Dev),
		magic:  int64(fs.Type) & 0xffffffff, // signed on some architectures
		size:   roundUp(st.Size, block),
		empty:  st.Size == 0,
		sparse: st.Blocks*512 < st.Size,
	}
	var err error
	if t.before, err = mapBlocks(f, t.size); err != nil {
		return nil, err
	}
	if t.areas, err = t.before.areas(f, st.Size, block); err != nil {
		return nil, err
	}
	drive := known.of(t.dev)
	t.medium, t.mapped = drive.medium, drive.mapped
	t.dataJournaled = t.magic == unix.EXT4_SUPER_MAGIC && journalsData(f, drive)
	return t, nil
}

// drive is what is known of the device that a file lies on.
type drive struct {
	path    string // as of driveOf
	medium  medium
	mapped  bool
	options []string // of its ext file system, nil when they cannot be read
}

// drives are those of one group of files, by device number.
type drives map[uint64]drive

func (all drives) of(dev uint64) drive {
	d, ok := all[dev]
	if ok {
		return d
	}
	d.path = driveOf(dev)
	d.medium, d.mapped = mediumOf(d.path)
	if d.path != "" {
		if b, err := os.ReadFile(filepath.Join("/proc/fs/ext4", filepath.Base(d.path), "options")); err == nil {
			d.options = strings.Fields(string(b))
		}
	}
	all[dev] = d
	return d
}

// lookAgain is asked after the overwriting.
func (t *traits) lookAgain(f *os.File) (err error) {
	t.after, err = mapBlocks(f, t.size)
	return err
}

// judge says what the overwriting is worth. "Overwritten" is claimed only when
// everything that is known speaks for it; each thing that speaks against it, or
// is not known, is a caveat.
func (t *traits) judge() (erase.Assurance, []string) {
	var doubts, notes []string
	if c := fileSystemDoubt(t.magic); c != "" {
		doubts = append(doubts, c)
	}
	if t.dataJournaled {
		doubts = append(doubts, erase.CaveatDataJournal)
	}
	if !t.empty {
		doubts = append(doubts, t.mapDoubts()...)
	}
	if t.interrupted {
		doubts = append(doubts, erase.CaveatInterrupted)
	}
	if t.sparse {
		notes = append(notes, erase.CaveatSparse)
	}
	if t.empty && !t.interrupted {
		notes = append(notes, erase.CaveatEmpty)
	}
	if t.notAlone {
		notes = append(notes, erase.CaveatInUse)
	}
	switch t.medium {
	case mediumFlash:
		notes = append(notes, erase.CaveatFlash)
	case mediumUnknown:
		notes = append(notes, erase.CaveatUnknownMedium)
	case mediumDisk:
	}
	if t.mapped {
		notes = append(notes, erase.CaveatMapped)
	}
	assurance := erase.Overwritten
	if len(doubts) > 0 {
		assurance = erase.Unproven
	}
	return assurance, slices.Concat(doubts, notes, []string{erase.CaveatName, erase.CaveatCopies})
}

// mapDoubts compares the maps of before and after.
func (t *traits) mapDoubts() (doubts []string) {
	flags := t.before.flags | t.after.flags
	for _, f := range []struct {
		bit    uint32
		caveat string
	}{
		{extentShared, erase.CaveatShared},
		{extentInline | extentTail, erase.CaveatInline},
		{extentEncoded, erase.CaveatEncoded},
		{extentUnwritn | extentDelayed | extentUnknown, erase.CaveatUnwritten},
	} {
		if flags&f.bit != 0 {
			doubts = append(doubts, f.caveat)
		}
	}
	switch {
	case !t.before.known || !t.after.known:
		doubts = append(doubts, erase.CaveatNoMap)
	case !slices.Equal(t.before.extents, t.after.extents):
		doubts = append(doubts, erase.CaveatMoved)
	}
	return doubts
}

// Magics that golang.org/x/sys lacks.
const (
	magicSMB2 = 0xfe534d42
	magicZFS  = 0x2fc12fc1
)

// fileSystemDoubt is the caveat of a kind of file system, or "" for those that
// are known to overwrite in place: ext2, ext3, ext4 and XFS.
func fileSystemDoubt(magic int64) string {
	switch magic {
	case unix.EXT4_SUPER_MAGIC, unix.XFS_SUPER_MAGIC:
		return ""
	case unix.BTRFS_SUPER_MAGIC, unix.BCACHEFS_SUPER_MAGIC, unix.F2FS_SUPER_MAGIC, unix.NILFS_SUPER_MAGIC, magicZFS:
		return erase.CaveatCopyOnWrite
	case unix.OVERLAYFS_SUPER_MAGIC:
		return erase.CaveatOverlay
	case unix.TMPFS_MAGIC, unix.RAMFS_MAGIC:
		return erase.CaveatMemory
	case unix.NFS_SUPER_MAGIC, unix.CIFS_SUPER_MAGIC, unix.SMB_SUPER_MAGIC, magicSMB2, unix.CEPH_SUPER_MAGIC, unix.AFS_SUPER_MAGIC:
		return erase.CaveatNetwork
	case unix.FUSE_SUPER_MAGIC:
		return erase.CaveatUserSpace
	}
	return erase.CaveatUnknownFS
}

// driveOf is the block device as the kernel names it in /sys, "" when there is
// none (network and memory file systems, btrfs) or no /sys.
func driveOf(dev uint64) string {
	link := fmt.Sprintf("/sys/dev/block/%d:%d", unix.Major(dev), unix.Minor(dev))
	path, err := filepath.EvalSymlinks(link)
	if err != nil {
		return ""
	}
	return path
}

// mediumOf says what kind of medium a drive has, and whether another layer
// lies between it and the file system.
func mediumOf(drive string) (m medium, mapped bool) {
	if drive == "" {
		return mediumUnknown, false
	}
	for _, prefix := range []string{"dm-", "md", "loop", "nbd", "rbd", "zd", "drbd", "bcache", "zram", "ram"} {
		if strings.HasPrefix(filepath.Base(drive), prefix) {
			mapped = true
		}
	}
	for _, dir := range []string{drive, filepath.Dir(drive)} { // a partition lies in its drive
		switch b, _ := os.ReadFile(filepath.Join(dir, "queue", "rotational")); strings.TrimSpace(string(b)) {
		case "0":
			return mediumFlash, mapped
		case "1":
			return mediumDisk, mapped
		}
	}
	return mediumUnknown, mapped
}

// flagJournalData is FS_JOURNAL_DATA_FL (chattr +j).
const flagJournalData = 0x4000

// journalsData reports whether an ext file system writes this file's content
// to its journal. The mount options do not say so when it is the default that
// is kept in the file system; /proc/fs/ext4 always does. Not knowing is yes.
func journalsData(f *os.File, on drive) bool {
	flags, err := unix.IoctlGetUint32(int(f.Fd()), unix.FS_IOC_GETFLAGS)
	if err != nil || flags&flagJournalData != 0 {
		return true
	}
	if on.options != nil {
		return slices.Contains(on.options, "data=journal")
	}
	options, err := mountOptions(f)
	return err != nil || slices.Contains(options, "data=journal")
}

// mountOptions are the options of the file system that f lies on.
func mountOptions(f *os.File) ([]string, error) {
	info, err := os.ReadFile(fmt.Sprintf("/proc/self/fdinfo/%d", f.Fd()))
	if err != nil {
		return nil, fmt.Errorf("mount of a handle: %w", bare(err))
	}
	var id string
	for line := range strings.Lines(string(info)) {
		if v, ok := strings.CutPrefix(line, "mnt_id:"); ok {
			id = strings.TrimSpace(v)
		}
	}
	mounts, err := os.Open("/proc/self/mountinfo")
	if err != nil {
		return nil, fmt.Errorf("mounts: %w", bare(err))
	}
	defer mounts.Close()
	lines := bufio.NewScanner(mounts)
	lines.Buffer(nil, 1<<20)
	for lines.Scan() {
		// 36 35 98:0 /mnt1 /mnt2 rw,noatime master:1 - ext3 /dev/root rw,errors=continue
		mount, fs, ok := strings.Cut(lines.Text(), " - ")
		if fields := strings.Fields(fs); ok && id != "" && strings.HasPrefix(mount, id+" ") && len(fields) >= 3 {
			return strings.Split(fields[2], ","), nil
		}
	}
	return nil, errors.Join(errors.New("the mount of the handle is not listed"), lines.Err())
}
