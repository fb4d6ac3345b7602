package cctv

import (
	"bytes"
	"cmp"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"
	"strconv"
	"time"

	"github.com/sletdk/slet/scanner"
)

// The list of a Hikvision camera's ring on a NAS: datadirN/index00.bin for video,
// index00p.bin for pictures. Little-endian: a header, a record for each file of
// the ring, then for each file 256 slots for segments. The layout is what the
// libHikvision programs (davehope's and bkbilly's) read; the maker has published
// none. What does not look like it is a gap, and is never believed to be in order.
const (
	hikHeader   = 1280
	hikFile     = 32
	hikSegment  = 80
	hikSlots    = 256 // of each file
	hikBlock    = hikSlots * hikSegment
	hikUnused   = 0xffff  // the channel of a file that was not written to yet
	maxHikFiles = 1 << 15 // 8 TB of files of 256 MB
	// maxHikHours bounds what is remembered of one list: 22 years of one camera.
	maxHikHours = 200_000
	// clockSlack is how far the newest end in a list may be from the moment at
	// which the list was written, for the two to be the same.
	clockSlack = 15 * time.Minute
)

// Index reads the list of a ring, which only layout hikvision-nas has.
func (s *Source) Index(ctx context.Context, it scanner.Item, f io.ReaderAt, size int64) (*scanner.Ring, error) {
	_, p, ok := s.layout.read(it.Path)
	if !ok || p.what != list {
		return nil, nil
	}
	l := hikList{path: it.Path, now: s.cfg.Now(), hours: map[hikHour]*scanner.RingHour{}}
	if err := l.read(ctx, f, size); err != nil {
		return nil, err
	}
	return l.ring(it, s.zoneOf(it.Camera)), nil
}

// hikHour is a channel and an hour, counted from 1970 as the list counts.
type hikHour struct {
	channel uint16
	hour    int64
}

// hikList is a list being read. Its times are seconds since 1970, of which it is
// not known yet whether they are UTC.
type hikList struct {
	path   string
	now    time.Time
	hours  map[hikHour]*scanner.RingHour
	newest time.Time
	gaps   []scanner.Gap
	// What is not as it should be, counted.
	undated, wrong, beyond, unused, lockedMore, crowded int
}

func (l *hikList) gap(reason scanner.Reason, format string, args ...any) {
	l.gaps = append(l.gaps, scanner.Gap{Path: l.path, Reason: reason, Err: fmt.Errorf("the recorder's list: "+format, args...)})
}

// read reads the list. The error is the storage's or the context's.
func (l *hikList) read(ctx context.Context, f io.ReaderAt, size int64) error {
	files, err := l.header(f, size)
	if err != nil || files == 0 {
		return err
	}
	records := make([]byte, files*hikFile)
	if err := readFull(f, records, hikHeader); err != nil {
		return err
	}
	block := make([]byte, hikBlock)
	at := int64(hikHeader + len(records))
	for i := range files {
		if err := ctx.Err(); err != nil {
			return err
		}
		if at+hikBlock > size {
			l.gap(scanner.Corrupt, "it ends within the segments of file %d of %d", i, files)
			break
		}
		if err := readFull(f, block, at); err != nil {
			return err
		}
		l.file(records[i*hikFile:][:hikFile], block)
		at += hikBlock
	}
	if at < size {
		l.gap(scanner.Unsupported, "%d bytes follow its last record", size-at)
	}
	l.sayCounted()
	return nil
}

// header returns how many files the list is about; 0, with a gap, when it
// cannot be read any further.
func (l *hikList) header(f io.ReaderAt, size int64) (int, error) {
	if size < hikHeader {
		l.gap(scanner.Corrupt, "%d bytes are too few for its header", size)
		return 0, nil
	}
	var head [hikHeader]byte
	if err := readFull(f, head[:], 0); err != nil {
		return 0, err
	}
	files := int64(binary.LittleEndian.Uint32(head[12:]))
	switch {
	case files == 0:
		l.gap(scanner.Corrupt, "it names no file")
	case files > maxHikFiles:
		l.gap(scanner.TooLarge, "it names %d files; more than %d are not read", files, maxHikFiles)
	case size < hikHeader+files*hikFile:
		l.gap(scanner.Corrupt, "it names %d files and ends before their records do", files)
	default:
		return int(files), nil
	}
	return 0, nil
}

// readFull fills p, or says why not. A file that ends early has changed.
func readFull(f io.ReaderAt, p []byte, off int64) error {
	n, err := f.ReadAt(p, off)
	switch {
	case n == len(p):
		return nil
	case err == nil || errors.Is(err, io.EOF):
		return fmt.Errorf("%d of %d bytes at %d: %w", n, len(p), off, scanner.ErrChanged)
	}
	return err
}

// file takes in one file of the ring: its record, and the slots of its segments.
func (l *hikList) file(record, slots []byte) {
	channel := binary.LittleEndian.Uint16(record[4:])
	segments, locked := int(binary.LittleEndian.Uint16(record[6:])), int64(binary.LittleEndian.Uint16(record[18:]))
	var first *scanner.RingHour
	var begin time.Time
	var n int64
	for i := range hikSlots {
		h, at := l.segment(channel, slots[i*hikSegment:][:hikSegment], i >= segments)
		if h == nil {
			continue
		}
		n++
		if first == nil || at.Before(begin) {
			first, begin = h, at
		}
	}
	if channel == hikUnused {
		return
	}
	if segments > hikSlots || locked > n {
		l.lockedMore++
		locked = min(locked, n)
	}
	if first != nil {
		first.Locked += locked
	}
}

// segment takes in one slot, and returns its hour and its beginning; nil for an
// empty one, and one whose time nobody knows.
func (l *hikList) segment(channel uint16, slot []byte, beyond bool) (*scanner.RingHour, time.Time) {
	if len(bytes.Trim(slot, "\x00")) == 0 || len(bytes.Trim(slot, "\xff")) == 0 {
		return nil, time.Time{}
	}
	seconds := func(off int) time.Time { return time.Unix(int64(binary.LittleEndian.Uint32(slot[off:])), 0).UTC() }
	begin, end := seconds(8), seconds(16)
	switch {
	case end.Unix() == 0:
		return nil, begin // it is being written, or was never written
	case channel == hikUnused:
		l.unused++
		return nil, begin
	case begin.Year() < 1990 || begin.After(l.now.Add(maxDisagree)):
		l.undated++
		return nil, begin
	}
	from, to := int64(binary.LittleEndian.Uint32(slot[40:])), int64(binary.LittleEndian.Uint32(slot[44:]))
	if end.Before(begin) || end.Sub(begin) > maxLength || to < from {
		l.wrong++ // that it is there, and since when, counts all the same
		end, to = begin, from
	}
	if beyond {
		l.beyond++
	}
	key := hikHour{channel, begin.Unix() / 3600}
	h := l.hours[key]
	if h == nil {
		if len(l.hours) == maxHikHours {
			l.crowded++
			return nil, begin
		}
		h = &scanner.RingHour{First: begin, Last: begin, End: end}
		l.hours[key] = h
	}
	h.First, h.Last, h.End = earlier(h.First, begin), later(h.Last, begin), later(h.End, end)
	h.N, h.Bytes = h.N+1, h.Bytes+to-from
	l.newest = later(l.newest, end)
	return h, begin
}

func earlier(a, b time.Time) time.Time {
	if b.Before(a) {
		return b
	}
	return a
}

func later(a, b time.Time) time.Time {
	if b.After(a) {
		return b
	}
	return a
}

// sayCounted makes gaps of what is not as it should be.
func (l *hikList) sayCounted() {
	for _, c := range []struct {
		n    int
		what string
	}{
		{l.undated, "segments are of a time that cannot be: how old they are is not known"},
		{l.wrong, "segments end before they begin, or are too long: when they end, and their size, is not known"},
		{l.beyond, "segments lie beyond the number that their file's record gives; they were counted, and may have been written over"},
		{l.unused, "segments belong to files that are said to be unused; they were not counted"},
		{l.lockedMore, "files have more segments, or more locked ones, than there can be"},
		{l.crowded, "segments were not counted: there are more hours than are remembered"},
	} {
		if c.n > 0 {
			l.gap(scanner.Unsupported, "%d %s", c.n, c.what)
		}
	}
}

// ring is what was read, in UTC.
func (l *hikList) ring(it scanner.Item, zone *time.Location) *scanner.Ring {
	r := &scanner.Ring{Gaps: l.gaps, Clock: clockOf(l.newest, it.Modified, zone)}
	channels := map[uint16]bool{}
	for key := range l.hours {
		channels[key.channel] = true
	}
	keys := slices.SortedFunc(maps.Keys(l.hours), func(a, b hikHour) int {
		return cmp.Or(cmp.Compare(a.channel, b.channel), cmp.Compare(a.hour, b.hour))
	})
	for _, key := range keys {
		h := *l.hours[key]
		h.Camera = it.Camera
		if len(channels) > 1 {
			h.Camera = cameraName(it.Camera, "", strconv.Itoa(int(key.channel)))
		}
		if r.Clock == scanner.ClockLocal {
			h.First, h.Last, h.End = shown(h.First, zone), shown(h.Last, zone), shown(h.End, zone)
		}
		r.Hours = append(r.Hours, h)
	}
	return r
}

// clockOf compares the newest end in a list with the moment at which the list
// was written: a camera writes both at once.
func clockOf(newest, written time.Time, zone *time.Location) scanner.RingClock {
	ahead := newest.Sub(written)
	switch {
	case newest.IsZero() || written.IsZero():
		return scanner.ClockUncertain
	case ahead.Abs() <= clockSlack:
		return scanner.ClockUTC
	case (ahead - offsetAt(zone, written)).Abs() <= clockSlack:
		return scanner.ClockLocal
	}
	return scanner.ClockUncertain
}

// shown is the instant at which a clock of the zone showed what t is in UTC.
func shown(t time.Time, zone *time.Location) time.Time {
	return clock{y: t.Year(), mo: int(t.Month()), d: t.Day(), h: t.Hour(), mi: t.Minute(), s: t.Second()}.in(zone)
}
