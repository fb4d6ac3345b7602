package cctv

import (
	"bytes"
	"encoding/binary"
	"errors"
	"io"
	"strings"
	"testing"
	"time"

	"github.com/sletdk/slet/internal/cctvgen"
)

// counting counts what is read of a file, which claims to be very large.
type counting struct {
	b     []byte
	reads int
	bytes int64
}

func (c *counting) ReadAt(p []byte, off int64) (int, error) {
	c.reads++
	c.bytes += int64(len(p))
	if off >= int64(len(c.b)) {
		clear(p)
		return len(p), nil
	}
	n := copy(p, c.b[off:])
	clear(p[n:])
	return len(p), nil
}

// FuzzContainerTimes: whatever a file holds, its header is read in few and small
// pieces, and a time that is given makes sense. Seeds are films by ffmpeg.
func FuzzContainerTimes(f *testing.F) {
	f.Add(cctvgen.MP4(utc("2026-11-03 09:15:00"), time.Minute), int64(0))
	f.Add([]byte("\x00\x00\x00\x01ftyp\xff\xff\xff\xff\xff\xff\xff\xff"), int64(1<<40))
	f.Add([]byte("\x1a\x45\xdf\xa3\x80\x18\x53\x80\x67\x01\xff\xff\xff\xff\xff\xff\xff\x15\x49\xa9\x66\x8b\x44\x61\x88\x00\x00\x00\x00\x00\x00\x00\x01"), int64(0))
	f.Add([]byte("RIFF\xff\xff\xff\xffAVI LIST\xff\xff\xff\xffhdrlIDIT\x1a\x00\x00\x00Tue Nov 03 10:15:00 2026\n\x00"), int64(0))
	f.Add(append([]byte("\x00\x00\x00\x08ftyp"), bytes.Repeat([]byte("\x00\x00\x00\x08free"), 2*maxReads)...), int64(0))
	f.Fuzz(func(t *testing.T, b []byte, more int64) {
		r := &counting{b: b}
		size := int64(len(b))
		if more > 0 && more < 1<<60 {
			size += more
		}
		begin, end, ok := containerTimes(r, size)
		if r.reads > maxReads || r.bytes > maxBytes {
			t.Errorf("%d reads of %d bytes", r.reads, r.bytes)
		}
		if ok && (begin.IsZero() || !end.IsZero() && (end.Before(begin) || end.Sub(begin) > maxLength)) || !ok && (!begin.IsZero() || !end.IsZero()) {
			t.Errorf("%s to %s, %t", begin, end, ok)
		}
	})
}

// FuzzPattern: no text is a pattern that breaks, and what is read from a path is
// a time of the calendar.
func FuzzPattern(f *testing.F) {
	for _, l := range layouts {
		for _, p := range l.paths {
			f.Add(p.text, "forhal/2026-11-03/10-15-00.mp4")
		}
	}
	for _, c := range realPaths {
		f.Add("{folders}{camera}/{date}/{time}.{video}", c.path)
	}
	f.Add(`[[{date}]\]`, "]")
	f.Add("{date}{zone}", "2026-11-03+9999")
	zone := copenhagen(f)
	f.Fuzz(func(t *testing.T, text, path string) {
		if len(path) > 4096 {
			t.Skip("longer than a path")
		}
		p, err := compile(text)
		if err != nil {
			if !errors.Is(err, ErrPattern) {
				t.Errorf("%q: %v", text, err)
			}
			return
		}
		r, ok := p.read(path)
		if !ok {
			return
		}
		if r.folders < 0 || r.folders > strings.Count(path, "/") {
			t.Errorf("%q of %q: %d folders", text, path, r.folders)
		}
		if !p.dated {
			return
		}
		if r.zone == nil {
			r.zone = zone
		}
		from, to := span(r.begin, r.end, r.zone)
		if !r.begin.valid() || from.IsZero() || !to.IsZero() && to.Before(from) && r.end.at.IsZero() && r.end.y == r.begin.y {
			t.Errorf("%q of %q: %+v, %s to %s", text, path, r, from, to)
		}
	})
}

// FuzzRecordingXML: a description is whatever somebody put there.
func FuzzRecordingXML(f *testing.F) {
	f.Add("<Recording><StartTime>2026-11-03T09:15:00Z</StartTime><StopTime>2026-11-03T09:25:00Z</StopTime></Recording>")
	f.Add("<a><a><StartTime>x</StartTime>")
	f.Fuzz(func(t *testing.T, text string) {
		begin, end, ok := recordingXML(io.LimitReader(strings.NewReader(text), maxSidecarSize))
		if ok == begin.IsZero() {
			t.Errorf("%s to %s, %t", begin, end, ok)
		}
	})
}

// TestContainerTimes are headers that films by ffmpeg do not have.
func TestContainerTimes(t *testing.T) {
	at := utc("2026-11-03 09:15:00")
	long := make([]byte, 112) // mvhd, version 1
	long[0] = 1
	binary.BigEndian.PutUint64(long[4:], uint64(at.Unix()-mp4Epoch))
	binary.BigEndian.PutUint32(long[20:], 1000)
	binary.BigEndian.PutUint64(long[24:], 600_000)
	box := func(kind string, content []byte) []byte {
		return append(append(binary.BigEndian.AppendUint32(nil, uint32(8+len(content))), kind...), content...)
	}
	ftyp := box("ftyp", []byte("isom\x00\x00\x02\x00"))
	version1 := append(bytes.Clone(ftyp), box("moov", box("mvhd", long))...)
	big := append(bytes.Clone(ftyp), "\x00\x00\x00\x01mdat\x00\x00\x00\x00\x00\x00\x00\x18billeder"...)
	big = append(big, box("moov", box("mvhd", long))...)
	open := append(bytes.Clone(ftyp), "\x00\x00\x00\x00moov"...) // to the end of the file
	open = append(open, box("mvhd", long)...)
	avi := []byte("RIFF\x46\x00\x00\x00AVI LIST\x26\x00\x00\x00hdrlIDIT\x1a\x00\x00\x00Tue Nov 03 10:15:00 2026\n\x00")
	for what, c := range map[string]struct {
		b          []byte
		begin, end string
	}{
		"version 1":         {version1, "2026-11-03 09:15:00", "2026-11-03 09:25:00"},
		"a 64-bit length":   {big, "2026-11-03 09:15:00", "2026-11-03 09:25:00"},
		"an open length":    {open, "2026-11-03 09:15:00", "2026-11-03 09:25:00"},
		"IDIT":              {avi, "2026-11-03 09:15:00", ""},
		"never set":         {cctvgen.MP4(time.Time{}, time.Minute), "", ""},
		"cut off":           {version1[:len(version1)-90], "", ""},
		"not a film":        {[]byte("billeder"), "", ""},
		"nothing":           {nil, "", ""},
		"another container": {[]byte("DHAV\xfd\x00\x00\x00\x00\x00\x00\x00"), "", ""},
	} {
		begin, end, ok := containerTimes(bytes.NewReader(c.b), int64(len(c.b)))
		var wantBegin, wantEnd time.Time
		if c.begin != "" {
			wantBegin = utc(c.begin)
		}
		if c.end != "" {
			wantEnd = utc(c.end)
		}
		if ok != (c.begin != "") || !begin.Equal(wantBegin) || !end.Equal(wantEnd) {
			t.Errorf("%s: %s to %s, %t", what, begin, end, ok)
		}
	}
}
