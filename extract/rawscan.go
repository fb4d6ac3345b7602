package extract

import (
	"bytes"
	"io"
	"unicode/utf8"
)

// Raw scanning looks for runs of text in content whose structure is not known
// or cannot be trusted: 8-bit characters, and 16-bit ones at even and at odd
// offsets. It is the safety net under the readers of old binary formats: text
// of earlier versions and damaged files is found, each run a line.

const (
	// rawShortest is the shortest run that is taken for text.
	rawShortest = 6
	// rawLongest is the longest run that is held; it goes on in a new line,
	// which begins with the last rawOverlap bytes of the one before.
	rawLongest = 4096
	rawOverlap = 64
)

// rawScanner finds runs in what is written to it.
type rawScanner struct {
	emit   func(run []byte)
	narrow []byte    // the open run of 8-bit characters
	wide   [2][]byte // those of 16-bit ones, by the parity of their offset
	last   byte
	parity int
}

// scanRaw reads r to its end and gives every run to emit, which must not keep it.
func scanRaw(r io.Reader, emit func(run []byte)) error {
	s := &rawScanner{emit: emit}
	buf := make([]byte, outSize)
	for {
		n, err := r.Read(buf)
		for _, c := range buf[:n] {
			s.add(c)
		}
		if err != nil || n == 0 {
			s.narrow = s.flush(s.narrow)
			s.wide[0] = s.flush(s.wide[0])
			s.wide[1] = s.flush(s.wide[1])
			return notEOF(err)
		}
	}
}

// add takes the next byte.
func (s *rawScanner) add(c byte) {
	if r := narrowRune(c); r != 0 && (len(s.narrow) > 0 || r != '\u2011' && r != '\u00ad') {
		s.narrow = s.grow(utf8.AppendRune(s.narrow, r))
	} else if len(s.narrow) > 0 {
		s.narrow = s.flush(s.narrow)
	}
	p := s.parity
	s.parity = 1 - p
	w := &s.wide[1-p]
	if r := wideRune(rune(s.last) | rune(c)<<8); r != 0 {
		*w = s.grow(utf8.AppendRune(*w, r))
	} else if len(*w) > 0 {
		*w = s.flush(*w)
	}
	s.last = c
}

// grow keeps an open run from growing without end.
func (s *rawScanner) grow(run []byte) []byte {
	if len(run) < rawLongest {
		return run
	}
	s.flush(run)
	from := len(run) - rawOverlap
	for !utf8.RuneStart(run[from]) {
		from++
	}
	return append(run[:0], run[from:]...)
}

// flush ends a run.
func (s *rawScanner) flush(run []byte) []byte {
	if len(run) >= rawShortest && likeText(run) {
		s.emit(run)
	}
	return run[:0]
}

// likeText reports whether a run has four letters or digits of ASCII in a row:
// binary data has printable bytes too, but seldom those.
func likeText(run []byte) bool {
	n := 0
	for _, c := range run {
		if c|0x20 >= 'a' && c|0x20 <= 'z' || c-'0' < 10 {
			if n++; n == 4 {
				return true
			}
		} else {
			n = 0
		}
	}
	return false
}

// narrowRune is the character of a byte in Windows-1252, 0 if text has none
// such. Word's own hyphens are among them.
func narrowRune(c byte) rune {
	switch {
	case c >= 0x20 && c < 0x7f || c == '\t':
		return rune(c)
	case c == 0x1e:
		return '\u2011'
	case c == 0x1f:
		return '\u00ad'
	case c >= 0x80:
		return cp1252Rune(c)
	}
	return 0
}

// wideRune is the character of a 16-bit unit if Danish text has it, else 0.
func wideRune(r rune) rune {
	switch {
	case r >= 0x20 && r < 0x7f || r == '\t' || r >= 0xa0 && r < 0x180,
		r >= 0x2010 && r <= 0x2022, r == 0x202f, r == 0x20ac, r == 0x2212:
		return r
	case r == 0x1e:
		return '\u2011'
	case r == 0x1f:
		return '\u00ad'
	}
	return 0
}

// cp1252High are the characters of the bytes 0x80 to 0x9f in Windows-1252; those
// without one are 0.
var cp1252High = [32]rune{
	'€', 0, '‚', 'ƒ', '„', '…', '†', '‡', 'ˆ', '‰', 'Š', '‹', 'Œ', 0, 'Ž', 0,
	0, '‘', '’', '“', '”', '•', '–', '—', '˜', '™', 'š', '›', 'œ', 0, 'ž', 'Ÿ',
}

// cp1252Rune is the character of a byte in Windows-1252, 0 if it has none.
func cp1252Rune(c byte) rune {
	if c >= 0x80 && c < 0xa0 {
		return cp1252High[c-0x80]
	}
	return rune(c)
}

// numberSet remembers the numbers of a text, so that the safety net tells only
// of those that are new.
type numberSet map[string]struct{}

// maxNumbers is how many numbers are remembered; beyond it some are told twice.
const maxNumbers = 1 << 20

// add remembers the numbers of b.
func (n numberSet) add(b []byte) {
	eachLongNumber(b, func(num []byte) {
		if len(n) < maxNumbers {
			n[string(num)] = struct{}{}
		}
	})
}

// knows reports whether every number of b is remembered.
func (n numberSet) knows(b []byte) bool {
	known := true
	eachLongNumber(b, func(num []byte) {
		if _, ok := n[string(num)]; !ok {
			known = false
		}
	})
	return known
}

// eachLongNumber calls f with the digits of every number in b that has at least
// labelDigits of them, hyphens left out. f must not keep its argument.
func eachLongNumber(b []byte, f func([]byte)) {
	b = bytes.ReplaceAll(bytes.ReplaceAll(b, []byte("\u2011"), nil), []byte("\u00ad"), nil)
	var num []byte
	for i := 0; i <= len(b); i++ {
		switch {
		case i < len(b) && b[i]-'0' < 10:
			num = append(num, b[i])
		case i < len(b) && b[i] == '-' && len(num) > 0:
		default:
			if len(num) >= labelDigits {
				f(num)
			}
			num = num[:0]
		}
	}
}
