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
// ten, of nine, of six or eight with a run of at least four soon after it, or
// the shape of a date with points. Only what is left costs a branch.

// maxSeparator is the longest text, in bytes, between the date and the serial
// number. The look-ahead of starts (soon) covers it.
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

// starts walks over the places of a text where a number may start.
type starts struct {
	text []byte
	wide bool   // the text has full-width digits: look at every digit
	pos  int    // first byte of block lo, a multiple of 64
	lo   uint64 // digit mask of text[pos:pos+64]
	prev uint64 // 1 if text[pos-1] is a digit
}

func newStarts(text []byte) starts {
	s := starts{text: text, wide: hasWideDigit(text)}
	if !s.wide {
		s.lo = s.mask(0)
	}
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

// next appends places to dst, in order, until dst has at least batch of them
// or chunk bytes have been looked at. It returns false with the last of them.
// Working in small chunks keeps the text in the cache for parse.
func (s *starts) next(dst []int) ([]int, bool) {
	const batch, chunk = 128, 16 << 10
	if s.wide {
		return s.nextWide(dst, chunk)
	}
	end := min(s.pos+chunk, len(s.text))
	lo, prev, pos := s.lo, s.prev, s.pos
	for pos < end && len(dst) < batch {
		var hi uint64
		if pos+128 <= len(s.text) {
			hi = digitMask((*[64]byte)(s.text[pos+64:]))
		} else {
			hi = s.mask(pos + 64)
		}
		if lo != 0 {
			for m := candidates(lo, hi, prev); m != 0; m &= m - 1 {
				dst = append(dst, pos+bits.TrailingZeros64(m))
			}
		}
		lo, prev, pos = hi, lo>>63, pos+64
	}
	s.lo, s.prev, s.pos = lo, prev, pos
	return dst, pos < len(s.text)
}

// candidates returns which bits of the digit mask lo may be the first digit of
// a number. hi is the mask of the 64 bytes that follow, prev is 1 if the byte
// before is a digit.
func candidates(lo, hi, prev uint64) uint64 {
	// run2 and run4: here starts a run of at least two, four digits.
	run2, run2hi := lo&shr(lo, hi, 1), hi&(hi>>1)
	run4, run4hi := run2&shr(run2, run2hi, 2), run2hi&(run2hi>>2)
	if run4|run4hi == 0 {
		return 0 // no form is without a run of four, and 64 bytes hold any of them
	}
	first := lo &^ (lo<<1 | prev)
	two := first & run2 &^ shr(lo, hi, 2)
	long := first & run4 & shr(run2, run2hi, 4)
	// 15.03.70 or 15.03.1870: two digits, one byte, two, one byte, two or more.
	dotted := two & shr(run2, run2hi, 3) &^ shr(lo, hi, 5) & shr(run2, run2hi, 6)
	if long|dotted == 0 {
		return 0
	}
	// soon: within 32 bytes from here starts a run of four.
	soon, soonhi := run4, run4hi
	soon, soonhi = soon|shr(soon, soonhi, 1), soonhi|soonhi>>1
	soon, soonhi = soon|shr(soon, soonhi, 2), soonhi|soonhi>>2
	soon, soonhi = soon|shr(soon, soonhi, 4), soonhi|soonhi>>4
	soon, soonhi = soon|shr(soon, soonhi, 8), soonhi|soonhi>>8
	soon, soonhi = soon|shr(soon, soonhi, 16), soonhi|soonhi>>16

	d6, d8 := shr(lo, hi, 6), shr(lo, hi, 8)
	d7, d9, d10 := shr(lo, hi, 7), shr(lo, hi, 9), shr(lo, hi, 10)
	seven := long & d6 & d7
	m := long &^ d6 & shr(soon, soonhi, 7)        // six
	m |= seven &^ d8 & shr(soon, soonhi, 9)       // eight
	m |= seven & d8 &^ (d9 & d10)                 // nine or ten
	m |= dotted &^ d8 & shr(soon, soonhi, 9)      // 15.03.70
	m |= dotted & d8 & d9 & shr(soon, soonhi, 11) // 15.03.1870
	return m
}

// shr shifts the 128 bits hi:lo right by n and returns the low word.
func shr(lo, hi uint64, n uint) uint64 { return lo>>n | hi<<(64-n) }

// nextWide is next for text with full-width digits: every digit that no digit
// precedes.
func (s *starts) nextWide(dst []int, chunk int) ([]int, bool) {
	end := min(s.pos+chunk, len(s.text))
	for i := s.pos; i < end; i++ {
		if _, _, ok := digitAt(s.text, i); ok && !digitBefore(s.text, i) {
			dst = append(dst, i)
		}
	}
	s.pos = end
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
