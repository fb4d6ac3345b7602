package extract

import (
	"bytes"
	"encoding/binary"
)

// minRun is how long a run of printable characters has to be to be told from
// chance: half of all bytes are printable, and a shorter run holds no number.
const minRun = 6

// runs finds the stretches of printable characters in content that is not
// text, 8-bit and UTF-16 in either byte order, at any offset. It is the safety
// net under every format that slet does not know: what it finds is found, and
// the content is a gap all the same.
//
// Runs are separated by [CellEnd]; line feeds come through, so that lines of a
// text that is only partly readable keep their numbers.
type runs struct {
	narrow, wide run
	last         byte // the byte before
	lead         bool // last is the first byte of one of the letters in UTF-8
	big          bool // wide began after a zero: the order may be big-endian
	half         bool // wide stands between a character and its zero
}

// run is a stretch that has begun. Its text is held back until it is long enough.
type run struct {
	held []byte
	n    int // characters; -1 is none
}

func (r *run) add(dst []byte, s ...byte) []byte {
	r.n++
	if r.n < minRun {
		r.held = append(r.held, s...)
		return dst
	}
	dst = append(dst, r.held...)
	r.held = r.held[:0]
	return append(dst, s...)
}

func (r *run) end(dst []byte) []byte {
	if r.n >= minRun {
		dst = append(dst, CellEnd)
	}
	r.n, r.held = 0, r.held[:0]
	return dst
}

// open lets a run begin that is already long enough, because what it continues
// has been given as text.
func (s *runs) open() {
	*s = runs{}
	s.narrow.n = minRun
}

// flush ends all runs. What is held back is given even if it is short: it may
// go on in the text that follows.
func (s *runs) flush(dst []byte) []byte {
	dst = append(dst, s.narrow.held...)
	dst = append(dst, s.wide.held...)
	*s = runs{}
	return dst
}

// scan appends the runs in b, which follows what was scanned before.
func (s *runs) scan(dst, b []byte) []byte {
	for i := 0; i < len(b); i++ {
		if s.idle() {
			if n := barren(b[i:]); n > 0 {
				for range bytes.Count(b[i:i+n], []byte{'\n'}) {
					dst = append(dst, '\n')
				}
				s.last = b[i+n-1]
				if i += n; i == len(b) {
					break
				}
			}
		}
		c := b[i]
		dst = s.scanNarrow(dst, c)
		dst = s.scanWide(dst, c)
		s.last = c
	}
	return dst
}

// idle reports whether no run has begun.
func (s *runs) idle() bool { return s.narrow.n == 0 && s.wide.n == 0 && !s.half && !s.lead }

// barren returns how many bytes from the start of b, where no run has begun,
// hold none and leave none begun. Most content without text is passed over
// here: a byte that no run may have ends what is too short before it.
func barren(b []byte) int {
	n := 0
	for {
		for n+8 <= len(b) && binary.LittleEndian.Uint64(b[n:]) == 0 {
			n += 8
		}
		k := min(n+minRun, len(b)) - 1
		for k >= n && byteKinds[b[k]] != 0 {
			k--
		}
		switch {
		case k >= n:
			n = k + 1
		case n < len(b) && byteKinds[b[n]]&inRun == 0:
			n++
		default:
			return n
		}
	}
}

// byteKinds says what the bytes may be in a run; 0 is nothing, not even the zero
// of a wide character.
var byteKinds = func() (kinds [256]byte) {
	for i := range kinds {
		c := byte(i)
		if printable(c) {
			kinds[c] = inRun | isChar
		}
	}
	for _, c := range []byte(danish8) {
		kinds[c] = inRun | isChar | isDanish
		kinds[c-0x40] |= isSecond
	}
	kinds[0] |= isZero
	kinds[0xc3] |= inRun
	return kinds
}()

const (
	inRun    = 1 << iota // a run may begin with it
	isChar               // a character, in 8 bits or in 16 with a zero
	isDanish             // one of danish8
	isSecond             // the second byte of one of them in UTF-8
	isZero
)

// danish8 are the letters outside ASCII that a run may have, in Windows-1252;
// in UTF-8 each is 0xC3 and a byte that is 0x40 less.
const danish8 = "\xe6\xf8\xe5\xc6\xd8\xc5\xe9\xc9\xf6\xe4\xfc"

func printable(c byte) bool { return c >= 0x20 && c < 0x7f || c == '\t' }

func (s *runs) scanNarrow(dst []byte, c byte) []byte {
	lead := s.lead
	s.lead = false
	switch {
	case printable(c):
		return s.narrow.add(dst, c)
	case lead && byteKinds[c]&isSecond != 0:
		return s.narrow.add(dst, 0xc3, c)
	case c == 0xc3:
		s.lead = true
		return dst
	case byteKinds[c]&isDanish != 0:
		return s.narrow.add(dst, 0xc3, c-0x40)
	}
	dst = s.narrow.end(dst)
	if c == '\n' {
		dst = append(dst, c)
	}
	return dst
}

func (s *runs) scanWide(dst []byte, c byte) []byte {
	char := byteKinds[c]&isChar != 0
	switch {
	case s.half && c == 0:
		// The zero behind a character: it is a wide one.
		s.half = false
		return s.addWide(dst, s.last)
	case s.half:
		// No zero behind it. In big-endian order it was still the last
		// character of the run: its zero came before.
		if s.big && s.wide.n > 0 {
			dst = s.addWide(dst, s.last)
		}
		dst = s.wide.end(dst)
		s.half, s.big = char, false
		return dst
	case char:
		if s.wide.n == 0 {
			s.big = s.last == 0
		}
		s.half = true
		return dst
	}
	dst = s.wide.end(dst)
	s.half, s.big = false, false
	return dst
}

func (s *runs) addWide(dst []byte, c byte) []byte {
	if c < 0x80 {
		return s.wide.add(dst, c)
	}
	return s.wide.add(dst, 0xc3, c-0x40)
}
