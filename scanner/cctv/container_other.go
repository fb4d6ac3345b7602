package cctv

import (
	"encoding/binary"
	"math"
	"strings"
	"time"
)

// Matroska (RFC 9559): elements of a number and a length, both of variable
// size.
const (
	idSegment   = 0x18538067
	idInfo      = 0x1549A966
	idDate      = 0x4461
	idScale     = 0x2AD7B1
	idDuration  = 0x4489
	idCluster   = 0x1F43B675
	unknownSize = -1
)

// matroskaEpoch is when the clock of DateUTC begins: 2001, in nanoseconds.
var matroskaEpoch = time.Date(2001, 1, 1, 0, 0, 0, 0, time.UTC)

// matroska reads DateUTC and Duration of the segment's Info.
func (b *boxes) matroska() (begin time.Time, length time.Duration) {
	scale, duration := uint64(1_000_000), 0.0
	b.elements(0, b.size, func(id uint64, from, to int64) bool {
		if id != idSegment {
			return true
		}
		b.elements(from, to, func(id uint64, from, to int64) bool {
			if id != idInfo {
				return id != idCluster // what follows are pictures
			}
			b.elements(from, to, func(id uint64, from, to int64) bool {
				v, ok := b.number(from, to)
				switch {
				case !ok:
				case id == idDate && to-from == 8:
					begin = matroskaEpoch.Add(time.Duration(int64(v)))
				case id == idScale && v > 0:
					scale = v
				case id == idDuration && to-from == 4:
					duration = float64(math.Float32frombits(uint32(v)))
				case id == idDuration && to-from == 8:
					duration = math.Float64frombits(v)
				}
				return true
			})
			return false
		})
		return false
	})
	if ns := duration * float64(scale); ns > 0 && ns < float64(maxLength) {
		length = time.Duration(ns)
	}
	return begin, length
}

// elements calls fn for the elements in [from, to) until it says false.
func (b *boxes) elements(from, to int64, fn func(id uint64, from, to int64) bool) {
	for off := from; off < to; {
		id, n := b.variable(off, false)
		if n == 0 || n > 4 {
			return
		}
		size, k := b.variable(off+n, true)
		if k == 0 {
			return
		}
		start, end := off+n+k, to
		if known := size != 1<<(7*k)-1; known && size < uint64(to-start) && to > start {
			end = start + int64(size)
		}
		if !fn(id, start, end) {
			return
		}
		off = end
	}
}

// variable reads a number of variable size; marker says to take off the bit that
// tells the size. It returns how many bytes it has, 0 when it is none.
func (b *boxes) variable(off int64, marker bool) (v uint64, n int64) {
	var p [8]byte
	if !b.read(p[:1], off) || p[0] == 0 {
		return 0, 0
	}
	for n = 1; p[0]&(0x80>>(n-1)) == 0; n++ {
	}
	if n > 1 && !b.read(p[1:n], off+1) {
		return 0, 0
	}
	if marker {
		p[0] &^= 0x80 >> (n - 1)
	}
	for _, c := range p[:n] {
		v = v<<8 | uint64(c)
	}
	return v, n
}

// number reads a number of up to eight bytes.
func (b *boxes) number(from, to int64) (v uint64, ok bool) {
	var p [8]byte
	n := to - from
	if n < 1 || n > 8 || !b.read(p[:n], from) {
		return 0, false
	}
	for _, c := range p[:n] {
		v = v<<8 | uint64(c)
	}
	return v, true
}

// avi reads IDIT or ICRD, and the length out of the main header.
func (b *boxes) avi() (begin time.Time, length time.Duration) {
	b.chunks(12, b.size, 0, func(kind string, from, to int64) {
		switch kind {
		case "avih":
			var p [20]byte
			if b.read(p[:], from) {
				length = seconds(uint64(binary.LittleEndian.Uint32(p[:]))*uint64(binary.LittleEndian.Uint32(p[16:])), 1_000_000)
			}
		case "IDIT", "ICRD":
			p := make([]byte, min(max(to-from, 0), 64))
			if begin.IsZero() && b.read(p, from) {
				begin = aviDate(string(p))
			}
		}
	})
	return begin, length
}

// chunks calls fn for the chunks in [from, to) and in the lists among them. The
// list of the pictures is passed over.
func (b *boxes) chunks(from, to int64, depth int, fn func(kind string, from, to int64)) {
	for off := from; off+8 <= to; {
		var head [12]byte
		if !b.read(head[:8], off) {
			return
		}
		length := int64(binary.LittleEndian.Uint32(head[4:]))
		end := min(off+8+length, to)
		switch kind := string(head[:4]); {
		case kind != "LIST" && kind != "RIFF":
			fn(kind, off+8, end)
		case length >= 4 && b.read(head[8:], off+8) && string(head[8:]) != "movi" && depth < 4:
			b.chunks(off+12, end, depth+1, fn)
		}
		off += 8 + length + length&1
	}
}

// aviDate reads the date of an AVI file: "Tue Nov 03 10:15:00 2026" as the C
// library writes it, or the ISO forms. Cameras write their local time: it is
// read in the default zone, for nothing says which.
func aviDate(text string) time.Time {
	text = strings.ToUpper(strings.Trim(text, "\x00 \r\n"))
	text = strings.Join(strings.Fields(text), " ")
	zone, err := time.LoadLocation(DefaultZone)
	if err != nil {
		zone = time.UTC // it is embedded; see the import
	}
	for _, form := range []string{"Mon Jan 2 15:04:05 2006", "2006-01-02 15:04:05", "2006-01-02T15:04:05Z", "2006/01/02 15:04:05", "2006:01:02 15:04:05", "2006-01-02"} {
		if t, err := time.ParseInLocation(form, text, zone); err == nil && !strings.HasSuffix(form, "Z") {
			return clock{t.Year(), int(t.Month()), t.Day(), t.Hour(), t.Minute(), t.Second(), time.Time{}}.in(zone)
		} else if err == nil {
			return t.UTC()
		}
	}
	return time.Time{}
}
