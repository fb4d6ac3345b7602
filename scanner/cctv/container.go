package cctv

import (
	"encoding/binary"
	"io"
	"time"
)

// containerTimes reads when a video was recorded from its header: MP4 and MOV,
// Matroska and WebM, AVI. It reads some kilobytes, whatever the file holds or
// claims to hold. ok is false when the header does not say. The end is zero when
// only the beginning is known.
//
// Headers are a second source, never the first: many cameras write their local
// time where UTC belongs, and a program that copies a video may write the time
// of the copy.
func containerTimes(r io.ReaderAt, size int64) (begin, end time.Time, ok bool) {
	b := &boxes{r: r, size: size, left: maxReads, room: maxBytes}
	var head [12]byte
	if !b.read(head[:], 0) {
		return begin, end, false
	}
	var length time.Duration
	switch {
	case string(head[4:8]) == "ftyp", string(head[4:8]) == "moov", string(head[4:8]) == "styp", string(head[4:8]) == "mdat",
		string(head[4:8]) == "wide", string(head[4:8]) == "free", string(head[4:8]) == "skip":
		begin, length = b.mp4()
	case string(head[:4]) == "\x1a\x45\xdf\xa3":
		begin, length = b.matroska()
	case string(head[:4]) == "RIFF" && string(head[8:12]) == "AVI ":
		begin, length = b.avi()
	}
	if begin.IsZero() {
		return begin, end, false
	}
	if length > 0 {
		end = begin.Add(length)
	}
	return begin, end, true
}

// maxReads bounds how many pieces of a header are read. The lengths of more
// fragments than that are not added up: the end is then not known.
const maxReads = 2_000

// maxBytes bounds what is read of a header, all pieces together.
const maxBytes = 1 << 20

// maxLength is the longest that one recording is believed to be.
const maxLength = 7 * 24 * time.Hour

// boxes reads small pieces of a file whose parts have a length in front.
type boxes struct {
	r    io.ReaderAt
	size int64
	left int // reads
	room int // bytes
}

// read fills p from off on, if the file has that much.
func (b *boxes) read(p []byte, off int64) bool {
	if off < 0 || off+int64(len(p)) > b.size {
		return false
	}
	b.left--
	b.room -= len(p)
	if b.left < 0 || b.room < 0 {
		b.left, b.room = 0, 0 // nothing more, whatever is asked
		return false
	}
	n, err := b.r.ReadAt(p, off)
	return n == len(p) && (err == nil || err == io.EOF)
}

// seconds is a duration of so many units of which scale make a second; 0 when
// that cannot be the length of a recording.
func seconds(units, scale uint64) time.Duration {
	if scale == 0 || units/scale > uint64(maxLength/time.Second) {
		return 0
	}
	return time.Duration(units/scale)*time.Second + time.Duration(units%scale*uint64(time.Second)/scale)
}

// mp4Epoch is when the clock of ISO/IEC 14496-12 begins, in Unix time.
const mp4Epoch = -2_082_844_800

// box is one part of an MP4 file.
type box struct {
	kind     string
	from, to int64 // of its content
}

// children calls fn for the boxes in [from, to) until it says false.
func (b *boxes) children(from, to int64, fn func(box) bool) {
	for to > b.size {
		to = b.size
	}
	for off := from; off+8 <= to; {
		var head [16]byte
		if !b.read(head[:8], off) {
			return
		}
		length, start := int64(binary.BigEndian.Uint32(head[:4])), off+8
		switch length {
		case 0:
			length = to - off // to the end of the file
		case 1:
			if !b.read(head[8:], start) {
				return
			}
			length, start = int64(binary.BigEndian.Uint64(head[8:])), off+16
		}
		// A negative length is one of more than 2^63 bytes.
		if length < start-off {
			return
		}
		end := off + length
		if end < off || end > to {
			end = to // cut off, as of a recording that was interrupted
		}
		if !fn(box{string(head[4:8]), start, end}) {
			return
		}
		off = end
	}
}

// mp4 reads the movie header, which may lie behind the pictures, and for a
// fragmented file, in which it has no length, the lengths of the fragments.
func (b *boxes) mp4() (begin time.Time, length time.Duration) {
	var m movie
	b.children(0, b.size, func(x box) bool {
		switch x.kind {
		case "moov":
			b.movie(x, &m)
		case "moof":
			b.fragment(x, &m)
		}
		return true
	})
	if m.scale == 0 || m.created <= 0 {
		return begin, 0
	}
	length = seconds(m.duration, m.scale)
	if length == 0 && b.left > 0 && b.room > 0 {
		length = seconds(m.fragments, m.trackScale)
	}
	return time.Unix(m.created, 0).UTC(), length
}

// movie is what the headers of an MP4 file say.
type movie struct {
	created         int64 // Unix time; 0 or less when not set
	duration, scale uint64

	// Of the first track of a fragmented file.
	track      uint32
	trackScale uint64
	perSample  uint64
	fragments  uint64
}

func (b *boxes) movie(moov box, m *movie) {
	b.children(moov.from, moov.to, func(x box) bool {
		switch x.kind {
		case "mvhd":
			created, scale, duration, ok := b.header(x)
			if ok && m.scale == 0 {
				m.created, m.scale, m.duration = created, scale, duration
			}
		case "trak":
			b.trackHeader(x, m)
		case "mvex":
			b.children(x.from, x.to, func(x box) bool {
				var p [24]byte
				if x.kind == "trex" && b.read(p[:], x.from) && binary.BigEndian.Uint32(p[4:]) == m.track {
					m.perSample = uint64(binary.BigEndian.Uint32(p[12:]))
				}
				return true
			})
		}
		return true
	})
}

// header reads mvhd or mdhd: version, creation time, time scale, duration.
func (b *boxes) header(x box) (created int64, scale, duration uint64, ok bool) {
	var p [32]byte
	if !b.read(p[:1], x.from) {
		return 0, 0, 0, false
	}
	if p[0] == 1 {
		if !b.read(p[:], x.from) {
			return 0, 0, 0, false
		}
		at := binary.BigEndian.Uint64(p[4:])
		if at > 1<<40 {
			return 0, 0, 0, false
		}
		return int64(at) + mp4Epoch, uint64(binary.BigEndian.Uint32(p[20:])), binary.BigEndian.Uint64(p[24:]), true
	}
	if !b.read(p[:20], x.from) {
		return 0, 0, 0, false
	}
	return int64(binary.BigEndian.Uint32(p[4:])) + mp4Epoch, uint64(binary.BigEndian.Uint32(p[12:])), uint64(binary.BigEndian.Uint32(p[16:])), true
}

// trackHeader reads the number and time scale of the first track.
func (b *boxes) trackHeader(trak box, m *movie) {
	if m.track != 0 {
		return
	}
	b.children(trak.from, trak.to, func(x box) bool {
		switch x.kind {
		case "tkhd":
			var p [24]byte
			if !b.read(p[:], x.from) {
				return false
			}
			m.track = binary.BigEndian.Uint32(p[12:])
			if p[0] == 1 {
				m.track = binary.BigEndian.Uint32(p[20:])
			}
		case "mdia":
			b.children(x.from, x.to, func(x box) bool {
				if x.kind == "mdhd" {
					_, m.trackScale, _, _ = b.header(x)
				}
				return true
			})
		}
		return true
	})
}

// fragment adds up the lengths of the first track's samples in a fragment.
func (b *boxes) fragment(moof box, m *movie) {
	b.children(moof.from, moof.to, func(x box) bool {
		if x.kind != "traf" {
			return true
		}
		perSample, mine := m.perSample, false
		b.children(x.from, x.to, func(x box) bool {
			switch x.kind {
			case "tfhd":
				var track uint32
				track, perSample = b.fragmentHeader(x, perSample)
				mine = track == m.track
			case "trun":
				if mine {
					m.fragments += b.run(x, perSample)
				}
			}
			return true
		})
		return true
	})
}

// fragmentHeader reads tfhd: the track, and how long its samples are unless
// each says it.
func (b *boxes) fragmentHeader(x box, perSample uint64) (track uint32, _ uint64) {
	var p [28]byte
	n := min(int64(len(p)), x.to-x.from)
	if n < 8 || !b.read(p[:n], x.from) {
		return 0, perSample
	}
	flags, at := binary.BigEndian.Uint32(p[:])&0xffffff, int64(8)
	if flags&0x1 != 0 {
		at += 8 // base data offset
	}
	if flags&0x2 != 0 {
		at += 4 // sample description
	}
	if flags&0x8 != 0 && at+4 <= n {
		perSample = uint64(binary.BigEndian.Uint32(p[at:]))
	}
	return binary.BigEndian.Uint32(p[4:]), perSample
}

// maxSamples is more than any recorder puts into one run: ten minutes.
const maxSamples = 1 << 14

// run adds up the lengths of the samples of a trun.
func (b *boxes) run(x box, perSample uint64) (total uint64) {
	var p [8]byte
	if !b.read(p[:], x.from) {
		return 0
	}
	flags, count, at := binary.BigEndian.Uint32(p[:])&0xffffff, uint64(binary.BigEndian.Uint32(p[4:])), x.from+8
	if flags&0x1 != 0 {
		at += 4 // data offset
	}
	if flags&0x4 != 0 {
		at += 4 // flags of the first sample
	}
	if flags&0x100 == 0 {
		return min(count, 1<<20) * perSample
	}
	each := int64(4)
	for _, f := range []uint32{0x200, 0x400, 0x800} {
		if flags&f != 0 {
			each += 4
		}
	}
	room := max(x.to-at, 0) / each
	n := min(int64(min(count, maxSamples)), room)
	list := make([]byte, min(n*each, int64(b.room)+1))
	if !b.read(list, at) {
		return 0
	}
	for i := range n {
		total += uint64(binary.BigEndian.Uint32(list[i*each:]))
	}
	return total
}
