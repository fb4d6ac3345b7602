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
// number: room for three characters outside ASCII, or for a line break and an
// indent. candidates wants it between 8 and 16.
const maxSeparator = 16

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

// mayStart reports whether a number may start in a block to which no digits
// lead, by one byte in four. Every form has a digit there: a run of four or
// more covers such a byte or goes on into the next block through the last one,
// and so do the digits of 15.03.70, unless its day is all there is of it.
func mayStart(b *[64]byte) bool {
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
	text  []byte
	laid  []block                  // the masks of the text if they are made already; see window
	pos   int                      // where the next chunk starts
	masks [scanChunk/64 + 1]uint64 // digit masks of the chunk and the block after it
}

// scanChunk is how much text is looked at in one go. It fits the first-level
// cache, so that it is still there when its numbers are examined.
const scanChunk = 16 << 10

// next appends the places in the next scanChunk bytes to dst, in order. It
// returns false with the last of them.
func (s *starts) next(dst []int) ([]int, bool) {
	begin, end := s.pos, min(s.pos+scanChunk, len(s.text))
	s.pos = end
	blocks := s.fill(begin, end)
	if hasWideDigit(s.text[begin:min(end+maxToken, len(s.text))]) {
		return appendWide(dst, s.text, begin, end), end < len(s.text)
	}
	prev := uint64(0) // 1 if a digit precedes the block
	if begin > 0 && s.text[begin-1]-'0' < 10 {
		prev = 1
	}
	for k := range blocks {
		lo, hi := s.masks[k], s.masks[k+1]
		if lo != 0 {
			for m := candidates(lo, hi, prev); m != 0; m &= m - 1 {
				p := bits.TrailingZeros64(m)
				i := begin + k*64 + p
				if i < end && complete(s.text, i, lo>>p|hi<<(64-p)) {
					dst = append(dst, i)
				}
			}
		}
		prev = lo >> 63
	}
	return dst, end < len(s.text)
}

// candidates returns which bits of the digit mask lo may start a number. hi is
// the mask of the 64 bytes that follow, prev is 1 if a digit precedes. It asks
// for runs of the right length, nearly enough; complete makes sure.
func candidates(lo, hi, prev uint64) uint64 {
	// Here start at least two digits, in all; and the first of a run.
	run2, run2hi := lo&shr(lo, hi, 1), hi&(hi>>1)
	first, firsthi := run2&^(lo<<1|prev), run2hi&^(hi<<1|lo>>63)
	d2, d5, d6, d8 := shr(lo, hi, 2), shr(lo, hi, 5), shr(lo, hi, 6), shr(lo, hi, 8)
	run2at2, run2at6 := shr(run2, run2hi, 2), shr(run2, run2hi, 6)
	six := first & run2at2 & shr(run2, run2hi, 4)
	dotted := first & shr(run2, run2hi, 3) & run2at6 &^ (d2 | d5) // 15.03.70
	if six|dotted == 0 {
		return 0
	}
	// A run of exactly four starts here, or within the next maxSeparator-1
	// bytes: the serial number.
	four, fourhi := first&run2at2&^shr(lo, hi, 4), firsthi&(run2hi>>2)&^(hi>>4)
	four, fourhi = four|shr(four, fourhi, 1), fourhi|fourhi>>1
	four, fourhi = four|shr(four, fourhi, 2), fourhi|fourhi>>2
	four, fourhi = four|shr(four, fourhi, 4), fourhi|fourhi>>4
	four, fourhi = four|shr(four, fourhi, maxSeparator-8), fourhi|fourhi>>(maxSeparator-8)

	at9 := shr(four, fourhi, 9)
	m := six &^ d6 & shr(four, fourhi, 7) // 150370-5008
	m |= six & run2at6 &^ d8 & at9        // 15031870-5008
	if eight := six & run2at6 & d8; eight != 0 {
		m |= eight &^ shr(run2, run2hi, 9)                                           // nine or ten
		m |= eight & shr(run2, run2hi, 8) & shr(run2, run2hi, 10) &^ shr(lo, hi, 12) // %201503705008
	}
	m |= dotted & (at9&^d8 | d8&shr(four, fourhi, 11)) // 15.03.70-5008, 15.03.1870-5008
	return m
}

// fill makes the digit masks of text[begin:end] and of the block that follows,
// and returns the number of blocks without that one. Past the end of the text
// there are no digits. After a block without digits it first looks whether a
// number may start at all; prose is mostly done with that.
func (s *starts) fill(begin, end int) int {
	text, n := s.text[begin:], (end-begin+63)/64
	if len(s.laid) > 0 {
		for k := range s.masks[:n+1] {
			s.masks[k] = s.laid[begin/64+k].digits
		}
		return n
	}
	k := 0
	last := ^uint64(0)
	for ; k <= n && len(text) >= 64; k++ {
		if block := (*[64]byte)(text); last != 0 || mayStart(block) {
			last = digitMask(block)
		}
		s.masks[k] = last
		text = text[64:]
	}
	for ; k <= n; k++ {
		var tail [64]byte
		text = text[copy(tail[:], text):]
		s.masks[k] = digitMask(&tail)
	}
	return n
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
	case 12:
		return i > 0 && text[i-1] == '%'
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
	if gap == 1 && w&255 == 0b1111010 {
		return encodedSign(text, i+date) == '-' // 150370%2D5008
	}
	if w>>gap&31 != 15 || gap > maxSeparator {
		return false
	}
	serial := i + date + gap
	return mayDivide(text[serial-1]) && mayDivide(text[serial-gap])
}

// mayDivide reports whether b may be part of a separator.
func mayDivide(b byte) bool {
	return b < '0' && 1<<b&divides != 0 || b == '_' || b == '>' || b == '|' || b >= 0x80
}

// divides is the set of ASCII characters below '0' that may be part of a
// separator.
const divides = 1<<'-' | 1<<' ' | 1<<'\t' | 1<<'\n' | 1<<'\r' | 1<<'/' | 1<<'.' | 1<<cellEnd

// shr shifts the 128 bits hi:lo right by n and returns the low word.
func shr(lo, hi uint64, n uint) uint64 { return lo>>n | hi<<(64-n) }

// appendWide is next for text with full-width digits: every digit from begin
// to end that no digit precedes.
func appendWide(dst []int, text []byte, begin, end int) []int {
	for i := begin; i < end; i++ {
		if _, _, ok := digitAt(text, i); ok && !digitBefore(text, i) {
			dst = append(dst, i)
		}
	}
	return dst
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
