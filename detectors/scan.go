package detectors

import (
	"bytes"
	"encoding/binary"
	"math/bits"
)

// This file finds, fast, the places where a CPR number may start. It decides
// nothing: every place is handed to parse, which knows the written forms. All
// that it must guarantee is that it leaves none out (FuzzStarts compares it
// with a loop over every byte).
//
// Text is read 64 bytes at a time into a mask with one bit a byte, set for the
// digits 0–9; eight bytes are tested at once in an ordinary 64-bit word. What
// a number needs around its first digit is then asked of the mask: a run of
// ten or nine, a run of six or eight or the shape of a date with points, and
// then exactly four digits as the next ones.

// maxSeparator is the longest text, in bytes, between the date and the serial
// number. With the ten digits it is shorter than the 64 bytes of a mask.
const maxSeparator = 26

const (
	low7      = 0x7f7f7f7f7f7f7f7f
	high1     = 0x8080808080808080
	asciiZero = 0x3030303030303030
	nineUp    = 0x7676767676767676 // 0x7f-9: carries a digit's value over 9 into bit 7
	gather    = 0x0002040810204081 // moves the eight bits 7 into the top byte
)

// nonDigits returns, in its low eight bits, which of the eight bytes of w are
// not ASCII digits; bit 0 is the first byte in memory.
func nonDigits(w uint64) uint64 {
	x := w ^ asciiZero
	return ((((x & low7) + nineUp) | x) & high1) * gather >> 56
}

// digitMask returns which of 64 bytes are ASCII digits, bit 0 first.
func digitMask(b *[64]byte) uint64 {
	m := nonDigits(binary.LittleEndian.Uint64(b[0:8])) |
		nonDigits(binary.LittleEndian.Uint64(b[8:16]))<<8 |
		nonDigits(binary.LittleEndian.Uint64(b[16:24]))<<16 |
		nonDigits(binary.LittleEndian.Uint64(b[24:32]))<<24 |
		nonDigits(binary.LittleEndian.Uint64(b[32:40]))<<32 |
		nonDigits(binary.LittleEndian.Uint64(b[40:48]))<<40 |
		nonDigits(binary.LittleEndian.Uint64(b[48:56]))<<48 |
		nonDigits(binary.LittleEndian.Uint64(b[56:64]))<<56
	return ^m
}

// digitsLikely reports whether a number may start in a block to which no digits
// lead, by one byte in four. Every form has a digit there: a run of four or
// more covers such a byte or goes on into the next block through the last one,
// and so do the digits of 15.03.70, unless its day is all there is of it.
func digitsLikely(b *[64]byte) bool {
	const every4th = 0xff000000ff000000
	x := binary.LittleEndian.Uint64(b[0:8])&every4th>>24 | binary.LittleEndian.Uint64(b[8:16])&every4th>>16 |
		binary.LittleEndian.Uint64(b[16:24])&every4th>>8 | binary.LittleEndian.Uint64(b[24:32])&every4th
	y := binary.LittleEndian.Uint64(b[32:40])&every4th>>24 | binary.LittleEndian.Uint64(b[40:48])&every4th>>16 |
		binary.LittleEndian.Uint64(b[48:56])&every4th>>8 | binary.LittleEndian.Uint64(b[56:64])&every4th
	x, y = x^asciiZero, y^asciiZero
	none := ((((x & low7) + nineUp) | x) & (((y & low7) + nineUp) | y)) & high1
	return none != high1 || b[62]-'0' < 10
}

// starts walks over the places of a text where a number may start.
type starts struct {
	text []byte
	pos  int    // first byte of block lo, a multiple of 64
	lo   uint64 // digit mask of text[pos:pos+64]
	prev uint64 // 1 if text[pos-1] is a digit
}

// scanChunk is how much text next looks at. It fits the first-level cache, so
// that the text is still there when its numbers are examined.
const scanChunk = 16 << 10

func newStarts(text []byte) starts {
	s := starts{text: text}
	s.lo = s.mask(0)
	return s
}

// mask returns the digit mask of the block that starts at pos; past the end of
// the text there are no digits.
func (s *starts) mask(pos int) uint64 {
	if pos+64 <= len(s.text) {
		return digitMask((*[64]byte)(s.text[pos:]))
	}
	if pos >= len(s.text) {
		return 0
	}
	var tail [64]byte
	copy(tail[:], s.text[pos:])
	return digitMask(&tail)
}

// next appends the places in the next scanChunk bytes to dst, in order. It
// returns false with the last of them.
func (s *starts) next(dst []int) ([]int, bool) {
	text := s.text
	end := min(s.pos+scanChunk, len(text))
	if hasWideDigit(text[s.pos:min(end+maxToken, len(text))]) {
		return s.nextWide(dst, end)
	}
	lo, prev, pos := s.lo, s.prev, s.pos
	for pos < end {
		var hi uint64
		if pos+128 <= len(text) {
			block := (*[64]byte)(text[pos+64:])
			if lo == 0 && !digitsLikely(block) {
				prev, pos = 0, pos+64
				continue
			}
			hi = digitMask(block)
		} else {
			hi = s.mask(pos + 64)
		}
		if lo != 0 {
			for m := runs(lo, hi, prev); m != 0; m &= m - 1 {
				p := bits.TrailingZeros64(m)
				if i := pos + p; complete(text, i, lo>>p|hi<<(64-p)) {
					dst = append(dst, i)
				}
			}
		}
		lo, prev, pos = hi, lo>>63, pos+64
	}
	s.lo, s.prev, s.pos = lo, prev, pos
	return dst, pos < len(text)
}

// runs returns which bits of the digit mask lo start a run of digits that a
// number may begin with: six to ten of them, or two as in 15.03.70. hi is the
// mask of the 64 bytes that follow, prev is 1 if the byte before is a digit.
func runs(lo, hi, prev uint64) uint64 {
	run2 := lo & shr(lo, hi, 1) // here start at least two digits
	if run2 == 0 {
		return 0
	}
	first := lo &^ (lo<<1 | prev)
	run2hi := hi & (hi >> 1)
	run2at3, run2at6 := shr(run2, run2hi, 3), shr(run2, run2hi, 6)
	// Two digits, no digit, two digits, no digit, two digits.
	dotted := first & run2 & run2at3 & run2at6 &^ shr(lo, hi, 2) &^ shr(lo, hi, 5)
	long := first & run2 & shr(run2, run2hi, 2) & shr(run2, run2hi, 4)
	return long | dotted
}

// complete reports whether the digits that follow a place make a number
// possible. w is the digit mask of the text from i on.
func complete(text []byte, i int, w uint64) bool {
	date := bits.TrailingZeros64(^w)
	switch date {
	case 10:
		return true
	case 9:
		return i > 0 && (text[i-1] == headerEnd || text[i-1] == ' ')
	case 6, 8:
	case 2:
		date = 6 + bits.TrailingZeros64(^(w >> 6))
		if date != 8 && date != 10 || text[i+2] != text[i+5] {
			return false
		}
	default:
		return false
	}
	w >>= date
	// The next digits are the serial number, exactly four, and what is between
	// is no word.
	gap := bits.TrailingZeros64(w)
	if w>>gap&31 != 15 || gap > maxSeparator {
		return false
	}
	serial := i + date + gap
	return mayDivide(text[serial-1]) && mayDivide(text[serial-gap])
}

// mayDivide reports whether b may be part of a separator.
func mayDivide(b byte) bool {
	return b < '0' && 1<<b&divides != 0 || b == '_' || b == '>' || b >= 0x80
}

// divides is the set of ASCII characters below '0' that may be part of a
// separator.
const divides = 1<<'-' | 1<<' ' | 1<<'\t' | 1<<'\n' | 1<<'\r' | 1<<'/' | 1<<'.'

// shr shifts the 128 bits hi:lo right by n and returns the low word.
func shr(lo, hi uint64, n uint) uint64 { return lo>>n | hi<<(64-n) }

// nextWide is next for text with full-width digits, up to end: every digit
// that no digit precedes.
func (s *starts) nextWide(dst []int, end int) ([]int, bool) {
	for i := s.pos; i < end; i++ {
		if _, _, ok := digitAt(s.text, i); ok && !digitBefore(s.text, i) {
			dst = append(dst, i)
		}
	}
	s.prev = 0
	if digitBefore(s.text, end) && s.text[end-1] < 0x80 {
		s.prev = 1
	}
	s.pos, s.lo = end, s.mask(end)
	return dst, end < len(s.text)
}

// hasWideDigit reports whether text has a full-width digit, U+FF10–U+FF19.
// Their first byte is so rare in European text that one pass of the standard
// library's vector code settles it.
func hasWideDigit(text []byte) bool {
	for i := 0; i < len(text); i++ {
		n := bytes.IndexByte(text[i:], 0xEF)
		if n < 0 {
			return false
		}
		i += n
		if _, ok := wideDigit(text, i); ok {
			return true
		}
	}
	return false
}

// wideDigit decodes a full-width digit (three bytes) at i.
func wideDigit(text []byte, i int) (byte, bool) {
	if i+2 < len(text) && text[i] == 0xEF && text[i+1] == 0xBC {
		if v := text[i+2] - 0x90; v < 10 {
			return v, true
		}
	}
	return 0, false
}

// digitAt decodes the digit at i, ASCII or full-width, and its width in bytes.
func digitAt(text []byte, i int) (v byte, width int, ok bool) {
	if i >= len(text) {
		return 0, 0, false
	}
	if v = text[i] - '0'; v < 10 {
		return v, 1, true
	}
	v, ok = wideDigit(text, i)
	return v, 3, ok
}

// digitBefore reports whether the character that ends at i is a digit.
func digitBefore(text []byte, i int) bool {
	if i < 1 {
		return false
	}
	if text[i-1]-'0' < 10 {
		return true
	}
	if i < 3 {
		return false
	}
	_, ok := wideDigit(text[:i], i-3)
	return ok
}
