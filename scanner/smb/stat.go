package smb

import (
	"fmt"
	"os"
	"strconv"
	"strings"
	"time"

	smb2 "github.com/cloudsoda/go-smb2"

	"github.com/sletdk/slet/scanner"
)

// File attributes, MS-FSCC 2.6.
const (
	attrReadOnly  = 0x1
	attrHidden    = 0x2
	attrSystem    = 0x4
	attrFolder    = 0x10
	attrSparse    = 0x200
	attrReparse   = 0x400
	attrComprssed = 0x800
	attrOffline   = 0x1000
	attrEncrypted = 0x4000
	attrRecallOpn = 0x40000  // fetched when it is opened
	attrRecall    = 0x400000 // fetched when it is read

	// attrKept are those that do not come and go by themselves, as the archive
	// bit does.
	attrKept = attrReadOnly | attrHidden | attrSystem | attrFolder | attrSparse | attrReparse | attrComprssed | attrOffline |
		attrEncrypted | attrRecallOpn | attrRecall
)

// stat is what the server says of one name.
type stat struct {
	name  string
	id    uint64 // the server's number of the file; 0 when it has none to tell
	size  int64  // bytes
	alloc int64  // bytes that it occupies
	attrs uint32

	created, written, changed time.Time
}

func statOf(fi os.FileInfo) stat {
	x, ok := fi.Sys().(*smb2.FileStat)
	if !ok {
		return stat{name: fi.Name(), size: fi.Size(), written: fi.ModTime()}
	}
	return stat{
		name: x.FileName, id: x.FileId, size: x.EndOfFile, alloc: x.AllocationSize, attrs: x.FileAttributes,
		created: moment(x.CreationTime), written: moment(x.LastWriteTime), changed: moment(x.ChangeTime),
	}
}

// moment turns the library's time for "not known" (0 in units of 100 ns since
// 1601, which overflows its arithmetic) into the zero time.
func moment(t time.Time) time.Time {
	if t.UnixNano() == zeroFiletime {
		return time.Time{}
	}
	return t.UTC()
}

// zeroFiletime is -116444736000000000 * 100 in 64 bits.
const zeroFiletime = -11644473600000000000 + 1<<64

func (s stat) folder() bool  { return s.attrs&attrFolder != 0 }
func (s stat) reparse() bool { return s.attrs&attrReparse != 0 }

// away reports whether the content would have to be fetched from elsewhere.
func (s stat) away() bool { return s.attrs&(attrOffline|attrRecallOpn|attrRecall) != 0 }

// sameFile reports whether both are one file, whatever its content.
func (s stat) sameFile(o stat) bool { return s.id != 0 && s.id == o.id }

// version is [scanner.Item].Version: the server's number of the file, size,
// write time, change time and lasting attributes.
//
// The creation time is not in it: Samba makes it up, for files that were not
// made over SMB, from whichever other time is the earliest, so that reading a
// file moves it.
func (s stat) version() string {
	b := make([]byte, 0, 80)
	b = append(b, "s1"...)
	for _, n := range [...]uint64{s.id, uint64(s.size), uint64(s.attrs & attrKept)} {
		b = append(b, '-')
		b = strconv.AppendUint(b, n, 36)
	}
	for _, t := range [...]time.Time{s.written, s.changed} {
		b = append(b, '-')
		b = strconv.AppendInt(b, t.UnixNano(), 36)
	}
	return string(b)
}

// versionFile reads the server's number of the file out of a version.
func versionFile(version string) (uint64, error) {
	fields := strings.SplitN(version, "-", 3)
	if len(fields) == 3 && fields[0] == "s1" {
		if id, err := strconv.ParseUint(fields[1], 36, 64); err == nil {
			return id, nil
		}
	}
	return 0, fmt.Errorf("%q is not the version of a file on a share", version)
}

// birth is when the file was made, if the server knows it. One that equals the
// write time is most likely made up from it, as by Samba for a file that was
// copied there with its old date: doubt has no date.
func (s stat) birth() time.Time {
	if s.created.Equal(s.written) || s.created.Equal(s.changed) {
		return time.Time{}
	}
	return s.created
}

// item makes the item for the file at rel, the raw path below the root.
func item(source, rel string, s stat) scanner.Item {
	id := scanner.EscapePath(rel)
	return scanner.Item{
		Source: source, ID: id, Path: scanner.DisplayPath(id), Kind: scanner.KindFile, Size: s.size,
		Created: s.birth(), Modified: s.written, Version: s.version(),
	}
}
