package cctvgen

import (
	"encoding/binary"
	"path"
	"strings"
	"time"
)

// RingFile is one file of a Hikvision camera's ring.
type RingFile struct {
	Channel  uint16
	Locked   uint16
	Segments []RingSegment
}

// RingSegment is one recording in such a file. A zero End is being written.
type RingSegment struct {
	Begin, End time.Time
	From, To   uint32 // where in the file
}

// Sizes of the list's parts, and the channel of a file that was never used.
const (
	ringHeader, ringRecord, ringSlot, ringSlots = 1280, 32, 80, 256

	RingUnused = 0xffff
)

// RingIndex is the list of a ring, index00.bin, as a camera writes it. Times are
// written as seconds since 1970 of what a clock in the zone shows; UTC is as it
// should be.
func RingIndex(files []RingFile, zone *time.Location) []byte {
	if zone == nil {
		zone = time.UTC
	}
	b := make([]byte, ringHeader+len(files)*(ringRecord+ringSlots*ringSlot))
	le := binary.LittleEndian
	le.PutUint64(b, uint64(len(files))) // how often it was written
	le.PutUint32(b[8:], 1)
	le.PutUint32(b[12:], uint32(len(files)))
	shown := func(t time.Time) uint32 {
		if t.IsZero() {
			return 0
		}
		_, offset := t.In(zone).Zone()
		return uint32(t.Unix() + int64(offset))
	}
	for i, f := range files {
		record := b[ringHeader+i*ringRecord:]
		le.PutUint32(record, uint32(i))
		le.PutUint16(record[4:], f.Channel)
		le.PutUint16(record[6:], uint16(len(f.Segments)))
		le.PutUint16(record[18:], f.Locked)
		for k, s := range f.Segments {
			slot := b[ringHeader+len(files)*ringRecord+(i*ringSlots+k)*ringSlot:]
			slot[0], slot[1] = 1, 2
			le.PutUint64(slot[8:], uint64(shown(s.Begin)))
			le.PutUint64(slot[16:], uint64(shown(s.End)))
			le.PutUint32(slot[40:], s.From)
			le.PutUint32(slot[44:], s.To)
			if k == 0 {
				le.PutUint32(record[8:], shown(s.Begin))
			}
			le.PutUint32(record[12:], shown(s.End))
		}
	}
	return b
}

// hikLists fills the lists of rings with what lies in the files beside them.
func hikLists(files []File) {
	rings := map[string][]RingFile{}
	newest := map[string]time.Time{}
	for _, f := range files {
		dir := path.Dir(f.Path)
		if strings.HasPrefix(path.Base(f.Path), "hiv") {
			rings[dir] = append(rings[dir], RingFile{Channel: 1, Segments: []RingSegment{{Begin: f.Begin, End: f.Modified, To: 1 << 20}}})
			if f.Modified.After(newest[dir]) {
				newest[dir] = f.Modified
			}
		}
	}
	for i := range files {
		if dir := path.Dir(files[i].Path); path.Base(files[i].Path) == "index00.bin" {
			files[i].Data, files[i].Modified = RingIndex(rings[dir], nil), newest[dir]
		}
	}
}
