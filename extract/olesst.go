package extract

import (
	"unicode/utf16"
	"unicode/utf8"
)

// biffSegments reads the bytes of a record and of those that continue it. A
// string's characters that go on in the next record are preceded there by a new
// byte of flags.
type biffSegments struct {
	rec [][]byte
	b   []byte
}

// more reports whether there is another byte, moving to the next record if need
// be.
func (s *biffSegments) more() bool {
	for len(s.b) == 0 {
		if len(s.rec) == 0 {
			return false
		}
		s.b, s.rec = s.rec[0], s.rec[1:]
	}
	return true
}

func (s *biffSegments) byte() byte {
	if !s.more() {
		return 0
	}
	c := s.b[0]
	s.b = s.b[1:]
	return c
}

func (s *biffSegments) uint16() int { return int(s.byte()) | int(s.byte())<<8 }

func (s *biffSegments) uint32() int { return s.uint16() | s.uint16()<<16 }

// skip passes over n bytes.
func (s *biffSegments) skip(n int) {
	for n > 0 && s.more() {
		m := min(n, len(s.b))
		s.b = s.b[m:]
		n -= m
	}
}

// readStrings reads the table of shared strings.
func (r *xlsReader) readStrings(rec [][]byte) {
	s := &biffSegments{rec: rec}
	s.uint32()
	count := s.uint32()
	t := &r.strings
	for range count {
		if !s.more() {
			break
		}
		t.arena = appendBIFFString(t.arena, s)
		t.ends = append(t.ends, uint32(len(t.arena)))
	}
	t.used = make([]uint64, len(t.ends)/64+1)
}

// appendBIFFString appends a string with its formatting and phonetic text left
// out.
func appendBIFFString(dst []byte, s *biffSegments) []byte {
	n := s.uint16()
	flags := s.byte()
	tail := 0
	if flags&8 != 0 {
		tail = 4 * s.uint16()
	}
	if flags&4 != 0 {
		tail += s.uint32()
	}
	wide := flags&1 != 0
	var half rune
	for n > 0 {
		if len(s.b) == 0 { // the next record, with its own flags
			if !s.more() {
				return dst
			}
			wide = s.byte()&1 != 0
			continue
		}
		n--
		if !wide {
			dst = utf8.AppendRune(dst, rune(s.byte())) // the low bytes of Unicode
			continue
		}
		c := rune(s.uint16())
		switch {
		case half != 0:
			dst = utf8.AppendRune(dst, utf16.DecodeRune(half, c))
			half = 0
		case utf16.IsSurrogate(c) && n > 0:
			half = c
		default:
			dst = utf8.AppendRune(dst, c)
		}
	}
	s.skip(tail)
	return dst
}

// le16 decodes 16-bit text.
func le16(b []byte) []byte { return biffChars(b, len(b)/2, true) }
