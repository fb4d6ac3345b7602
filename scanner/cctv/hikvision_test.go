package cctv

import (
	"bytes"
	"encoding/binary"
	"strings"
	"testing"
	"time"

	"github.com/sletdk/slet/internal/cctvgen"
	"github.com/sletdk/slet/scanner"
)

// ringOf is two files of a camera, one of another channel, and one that was never
// used: ten segments of five minutes each, from 13:20 UTC on.
func ringOf(locked uint16) []cctvgen.RingFile {
	at := utc("2026-11-20 13:20:00")
	file := func(channel, locked uint16, from time.Time) cctvgen.RingFile {
		f := cctvgen.RingFile{Channel: channel, Locked: locked}
		for i := range 10 {
			begin := from.Add(time.Duration(i) * 5 * time.Minute)
			f.Segments = append(f.Segments, cctvgen.RingSegment{Begin: begin, End: begin.Add(5 * time.Minute), From: uint32(i) << 20, To: uint32(i+1) << 20})
		}
		return f
	}
	return []cctvgen.RingFile{file(1, locked, at), file(1, 0, at.Add(50*time.Minute)), file(2, 0, at), {Channel: cctvgen.RingUnused}}
}

// index reads a list that was written at a time.
func index(t testing.TB, b []byte, written time.Time, zone string) *scanner.Ring {
	t.Helper()
	s, err := New(t.Context(), emptyInner{}, Config{Layout: "hikvision-nas", Zone: zone, Now: func() time.Time { return utc("2026-11-22 00:00:00") }})
	if err != nil {
		t.Fatal(err)
	}
	it, err := s.judge(scanner.Item{Source: "kilde", Path: "forhal/datadir0/index00.bin", Modified: written, Kind: scanner.KindFile})
	if err != nil || it.Kind != scanner.KindRecording || it.Doubt == "" {
		t.Fatalf("the list itself is %q, doubt %q (%v)", it.Kind, it.Doubt, err)
	}
	r, err := s.Index(t.Context(), it, bytes.NewReader(b), int64(len(b)))
	if err != nil {
		t.Fatal(err)
	}
	if r == nil {
		t.Fatal("it is not taken for a list")
	}
	return r
}

// TestIndex: every segment of a list is counted for its camera, in the hour in
// which it begins.
func TestIndex(t *testing.T) {
	r := index(t, cctvgen.RingIndex(ringOf(3), time.UTC), utc("2026-11-20 15:00:20"), "")
	if len(r.Gaps) > 0 || r.Clock != scanner.ClockUTC {
		t.Errorf("clock %s, gaps %v", r.Clock, r.Gaps)
	}
	var n, size, locked int64
	var cameras []string
	for _, h := range r.Hours {
		n, size, locked = n+h.N, size+h.Bytes, locked+h.Locked
		cameras = append(cameras, h.Camera)
	}
	if n != 30 || size != 30<<20 || locked != 3 || strings.Join(cameras, " ") != "forhal/1 forhal/1 forhal/2 forhal/2" {
		t.Errorf("%d segments, %d bytes, %d locked, of %v", n, size, locked, cameras)
	}
	first := scanner.RingHour{Camera: "forhal/1", First: utc("2026-11-20 13:20:00"), Last: utc("2026-11-20 13:55:00"), End: utc("2026-11-20 14:00:00"), N: 8, Bytes: 8 << 20, Locked: 3}
	if r.Hours[0] != first {
		t.Errorf("the first hour\n got %+v\nwant %+v", r.Hours[0], first)
	}
	one := index(t, cctvgen.RingIndex(ringOf(0)[:2], time.UTC), utc("2026-11-20 15:00:20"), "")
	if one.Hours[0].Camera != "forhal" {
		t.Errorf("the only camera is called %q", one.Hours[0].Camera)
	}
}

// TestIndexClock: the times of a list are compared with when it was written. What
// the camera showed is converted; what fits neither is believed to be UTC, and
// said to be uncertain.
func TestIndexClock(t *testing.T) {
	copenhagen, err := time.LoadLocation(DefaultZone)
	if err != nil {
		t.Fatal(err)
	}
	written := utc("2026-11-20 15:00:20") // when the newest segment of channel 1 ends
	for what, c := range map[string]struct {
		inList  *time.Location
		written time.Time
		want    scanner.RingClock
		first   string
	}{
		"UTC":             {time.UTC, written, scanner.ClockUTC, "2026-11-20 13:20:00"},
		"local":           {copenhagen, written, scanner.ClockLocal, "2026-11-20 13:20:00"},
		"another zone":    {time.FixedZone("Tokyo", 9*3600), written, scanner.ClockUncertain, "2026-11-20 22:20:00"},
		"a copied list":   {time.UTC, written.AddDate(0, 0, 3), scanner.ClockUncertain, "2026-11-20 13:20:00"},
		"no time at all":  {time.UTC, time.Time{}, scanner.ClockUncertain, "2026-11-20 13:20:00"},
		"some minutes":    {copenhagen, written.Add(10 * time.Minute), scanner.ClockLocal, "2026-11-20 13:20:00"},
		"an hour and ten": {time.UTC, written.Add(-70 * time.Minute), scanner.ClockLocal, "2026-11-20 12:20:00"},
	} {
		r := index(t, cctvgen.RingIndex(ringOf(0), c.inList), c.written, "")
		if r.Clock != c.want || !r.Hours[0].First.Equal(utc(c.first)) {
			t.Errorf("%s: clock %s, the first at %s; want %s, %s", what, r.Clock, r.Hours[0].First, c.want, c.first)
		}
	}
}

// TestIndexDoubt: a list that is not as it should be is a gap, and what could be
// read of it counts all the same.
func TestIndexDoubt(t *testing.T) {
	whole := cctvgen.RingIndex(ringOf(1), time.UTC)
	slot := func(file, n int) int { return hikHeader + 4*hikFile + (file*hikSlots+n)*hikSegment }
	change := func(f func(b []byte)) []byte { b := bytes.Clone(whole); f(b); return b }
	for what, c := range map[string]struct {
		b    []byte
		n    int64 // segments that count
		gaps string
	}{
		"nothing":                  {nil, 0, "too few for its header"},
		"half a header":            {whole[:700], 0, "too few for its header"},
		"a header alone":           {whole[:hikHeader], 0, "ends before their records do"},
		"no file":                  {make([]byte, hikHeader), 0, "names no file"},
		"too many files":           {change(func(b []byte) { binary.LittleEndian.PutUint32(b[12:], 1<<31) }), 0, "more than 32768 are not read"},
		"cut off":                  {whole[:len(whole)-2*hikBlock-1], 10, "ends within the segments of file 1 of 4"},
		"something behind it":      {append(bytes.Clone(whole), 0), 30, "1 bytes follow"},
		"a clock that was not set": {change(func(b []byte) { binary.LittleEndian.PutUint64(b[slot(0, 0)+8:], 3600) }), 29, "1 segments are of a time that cannot be"},
		"a time to come":           {change(func(b []byte) { binary.LittleEndian.PutUint64(b[slot(0, 0)+8:], 4e9) }), 29, "1 segments are of a time that cannot be"},
		"the end before":           {change(func(b []byte) { binary.LittleEndian.PutUint64(b[slot(0, 0)+16:], 1e9) }), 30, "1 segments end before they begin"},
		"too long":                 {change(func(b []byte) { binary.LittleEndian.PutUint64(b[slot(0, 0)+8:], 1.5e9) }), 30, "1 segments end before they begin, or are too long"},
		"offsets the wrong way":    {change(func(b []byte) { binary.LittleEndian.PutUint32(b[slot(0, 0)+40:], 1<<30) }), 30, "1 segments end before they begin"},
		"beyond the record":        {change(func(b []byte) { binary.LittleEndian.PutUint16(b[hikHeader+6:], 7) }), 30, "3 segments lie beyond"},
		"in an unused file":        {change(func(b []byte) { copy(b[slot(3, 0):], b[slot(0, 0):slot(0, 2)]) }), 30, "2 segments belong to files that are said to be unused"},
		"more locked than there":   {change(func(b []byte) { binary.LittleEndian.PutUint16(b[hikHeader+18:], 11) }), 30, "1 files have more segments, or more locked"},
		"filled with ones":         {change(func(b []byte) { copy(b[slot(3, 0):], bytes.Repeat([]byte{0xff}, hikBlock)) }), 30, ""},
		"being written":            {change(func(b []byte) { clear(b[slot(1, 9)+16 : slot(1, 9)+24]) }), 29, ""},
		"the upper half of a time": {change(func(b []byte) { b[slot(0, 0)+12] = 7 }), 30, ""},
	} {
		r := index(t, c.b, utc("2026-11-20 15:00:20"), "")
		var n int64
		for _, h := range r.Hours {
			n += h.N
		}
		var gaps []string
		for _, g := range r.Gaps {
			if g.Path != "forhal/datadir0/index00.bin" || g.Reason == "" {
				t.Errorf("%s: gap %+v", what, g)
			}
			gaps = append(gaps, g.Err.Error())
		}
		if said := strings.Join(gaps, "; "); n != c.n || !strings.Contains(said, c.gaps) || (said == "") != (c.gaps == "") {
			t.Errorf("%s: %d segments, gaps %q; want %d, %q", what, n, said, c.n, c.gaps)
		}
	}
}

// TestNoIndex: nothing but the list of a ring is read as one.
func TestNoIndex(t *testing.T) {
	b := cctvgen.RingIndex(ringOf(0), time.UTC)
	for _, c := range [][2]string{
		{"hikvision-nas", "forhal/datadir0/hiv00001.mp4"}, {"hikvision-nas", "forhal/datadir0/index01.bin"}, {"hikvision-nas", "forhal/info.bin"},
		{"hikvision-nas", "index00.bin"}, {"hikvision", "forhal/datadir0/index00.bin"},
	} {
		r, err := newTestSource(t, c[0]).Index(t.Context(), scanner.Item{Path: c[1], Kind: scanner.KindRecording}, bytes.NewReader(b), int64(len(b)))
		if r != nil || err != nil {
			t.Errorf("layout %s: %s is read as a list (%v)", c[0], c[1], err)
		}
	}
}

// FuzzIndex: whatever a list holds, what is counted of it is possible, in its
// order, and no more than it has room for.
func FuzzIndex(f *testing.F) {
	whole := cctvgen.RingIndex(ringOf(1)[:2], time.UTC)
	f.Add(whole, int64(0))
	f.Add(whole[:hikHeader+hikFile+hikBlock], int64(3600))
	f.Add([]byte{}, int64(0))
	f.Fuzz(func(t *testing.T, b []byte, after int64) {
		written := time.Unix(utc("2026-11-20 15:00:20").Unix()+after%1e9, 0).UTC()
		r := index(t, b, written, "")
		var n int64
		for i, h := range r.Hours {
			n += h.N
			if h.N < 1 || h.Bytes < 0 || h.Locked < 0 || h.Last.Before(h.First) || h.Camera == "" ||
				h.End.Before(h.First.Add(-2*time.Hour)) || h.Last.Sub(h.First) > 2*time.Hour {
				t.Errorf("hour %d: %+v", i, h)
			}
		}
		if room := int64(max(len(b)-hikHeader, 0) / hikSegment); n > room {
			t.Errorf("%d segments in %d bytes", n, len(b))
		}
	})
}
