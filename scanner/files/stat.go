package files

import (
	"io/fs"
	"strconv"
	"time"

	"github.com/sletdk/slet/scanner"
)

// stat is what the file system says of one entry. It never describes what a
// link points to.
type stat struct {
	mode  fs.FileMode // type bits only
	dev   uint64
	ino   uint64
	links uint64 // 0 when unknown
	uid   uint32 // of the owner, when owned
	owned bool
	size  int64 // bytes

	modified timestamp
	changed  timestamp // of the inode (ctime); zero when unknown
	created  timestamp // zero when unknown; not every file system keeps it

	// mount is true when something is mounted on this very entry.
	mount bool
}

// timestamp is a moment as file systems keep it. Seconds and nanoseconds stay
// apart because together they overflow for dates before 1678 and after 2262,
// which damaged file systems do hold.
type timestamp struct{ sec, nsec int64 }

// time returns the moment in UTC; the zero timestamp is the zero time.
func (t timestamp) time() time.Time {
	if t == (timestamp{}) {
		return time.Time{}
	}
	return time.Unix(t.sec, t.nsec).UTC()
}

func timestampOf(t time.Time) timestamp {
	if t.IsZero() {
		return timestamp{}
	}
	return timestamp{t.Unix(), int64(t.Nanosecond())}
}

// sameFile reports whether both describe the same file or folder, whatever its
// content.
func (s stat) sameFile(o stat) bool { return s.dev == o.dev && s.ino == o.ino }

// itemVersion is [scanner.Item].Version for a local file: device, inode, size,
// modification time and change time. The walk, Open and the eraser all make it
// here, so that they compare like with like.
//
// The change time is what cannot be forged with the usual means: a program that
// rewrites a file and sets the modification time back, as backup and sync
// programs do, still moves it. So do a rename and a new hard link, and so does
// unlinking one.
//
// What it does not see: two writes within one tick of the file system's clock
// when the walk looked between them (kernels before 6.13: up to 10 ms; FAT:
// 2 s). Erasing therefore compares the content as well. A device that gets
// another number at boot makes every item look changed, which costs a new
// examination and never an item.
func itemVersion(s stat) string {
	b := make([]byte, 0, 80)
	b = append(b, '1')
	for _, n := range [...]uint64{s.dev, s.ino, uint64(s.size)} {
		b = append(b, '-')
		b = strconv.AppendUint(b, n, 36)
	}
	for _, t := range [...]timestamp{s.modified, s.changed} {
		b = append(b, '-')
		b = strconv.AppendInt(b, t.sec, 10)
		b = append(b, '.')
		b = strconv.AppendInt(b, t.nsec, 10)
	}
	return string(b)
}

// item makes the item for the regular file at rel, the raw path below the root.
func item(source, rel string, s stat) scanner.Item {
	id := scanner.EscapePath(rel)
	owner := ""
	if s.owned {
		owner = strconv.FormatUint(uint64(s.uid), 10)
	}
	return scanner.Item{
		Source:   source,
		ID:       id,
		Path:     scanner.DisplayPath(id),
		Kind:     scanner.KindFile,
		Size:     s.size,
		Links:    int(s.links),
		Created:  s.created.time(),
		Modified: s.modified.time(),
		Owner:    owner,
		Version:  itemVersion(s),
	}
}
