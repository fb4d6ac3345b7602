package detectors

import (
	"bytes"
	"encoding/binary"
	"math/bits"
	"slices"
)

// A finder is a detector that works on a window that others share.
type finder interface {
	Detector
	findIn(w *window) []Hit
}

// window is a text as the detectors see it: with its words looked up and its
// digits laid out, once for all of them.
type window struct {
	table *wordTable
	text  []byte

	blocks []block // of the text, and two empty ones; see layOut

	ready  bool
	words  [wordClasses][]event // in order of start
	cards  []int                // where a payment card's number may start
	phones []int                // where 12 34 56 78 may start
	codes  []int                // where two capitals stand before a digit or a blank and two

	towns []int // where four digits stand before a blank or the end of a cell and a capital

	places []place // see look

	names []personName // see namesIn
	named bool

	done []findings
}

// findings are the hits of one detector in a window.
type findings struct {
	name string
	hits []Hit
}

// newWindow returns a window on text.
func newWindow(table *wordTable, text []byte) *window {
	return &window{table: table, text: text}
}

// reset makes the window ready for another text, keeping its memory.
func (w *window) reset(text []byte) {
	for i := range w.words {
		w.words[i] = w.words[i][:0]
	}
	*w = window{table: w.table, text: text, blocks: w.blocks[:0], words: w.words, cards: w.cards[:0], phones: w.phones[:0],
		codes: w.codes[:0], towns: w.towns[:0], places: w.places[:0], names: w.names[:0], done: w.done[:0]}
}

// hitsOf returns the hits of a detector, found once.
func (w *window) hitsOf(d Detector) []Hit {
	name := d.Name()
	for i := range w.done {
		if w.done[i].name == name {
			return w.done[i].hits
		}
	}
	var hits []Hit
	if f, ok := d.(finder); ok {
		hits = f.findIn(w)
	} else {
		hits = d.Find(w.text)
	}
	w.done = append(w.done, findings{name, hits})
	return hits
}

// lettersOf and digitsOf return, in the high bits of the eight bytes, which
// belong to letters and which are ASCII digits.
func lettersOf(x uint64) uint64 {
	const fromA, afterZ = 0x1f1f1f1f1f1f1f1f, 0x0505050505050505 // 0x80-'a', 0x7f-'z'
	t := (x | spaces) & low7
	return ((t+fromA)&^(t+afterZ) | x) & high1
}

// oddOf returns a value whose high bits are set for the bytes of x that begin a
// character with an even first byte, as 0xC2 and 0xE2 are and 0xC3, with which
// the letters of European languages begin, is not. Its other bits mean nothing.
func oddOf(x uint64) uint64 { return x & (x << 1) &^ (x << 7) }

// block is 64 bytes of a text: which belong to letters (see isLetterByte), and
// which are digits, unless all digits stand alone.
type block struct {
	letters, digits uint64
}

// blockAt makes the masks of the 64 bytes at i. Past the end of the text is
// nothing. digits says that a digit precedes.
func blockAt(text []byte, i int, digits bool) (k block) {
	var tail [64]byte
	b := &tail
	if len(text)-i >= 64 {
		b = (*[64]byte)(text[i:])
	} else if i < len(text) {
		copy(tail[:], text[i:])
	} else {
		return k
	}
	x0, x1 := binary.LittleEndian.Uint64(b[0:8]), binary.LittleEndian.Uint64(b[8:16])
	x2, x3 := binary.LittleEndian.Uint64(b[16:24]), binary.LittleEndian.Uint64(b[24:32])
	x4, x5 := binary.LittleEndian.Uint64(b[32:40]), binary.LittleEndian.Uint64(b[40:48])
	x6, x7 := binary.LittleEndian.Uint64(b[48:56]), binary.LittleEndian.Uint64(b[56:64])
	k.letters = lettersOf(x0)*gather>>56 | lettersOf(x1)*gather>>56<<8 |
		lettersOf(x2)*gather>>56<<16 | lettersOf(x3)*gather>>56<<24 |
		lettersOf(x4)*gather>>56<<32 | lettersOf(x5)*gather>>56<<40 |
		lettersOf(x6)*gather>>56<<48 | lettersOf(x7)*gather>>56<<56
	if (x0|x1|x2|x3|x4|x5|x6|x7)&high1 != 0 {
		if b[0]&0xC0 == 0x80 && i > 0 {
			for p := range 2 { // the rest of a character that began before
				if b[p] >= 0x80 && !isLetterByte(text, i+p) {
					k.letters &^= 1 << p
				}
			}
		}
		o0, o1, o2, o3, o4, o5, o6, o7 := oddOf(x0), oddOf(x1), oddOf(x2), oddOf(x3), oddOf(x4), oddOf(x5), oddOf(x6), oddOf(x7)
		if (o0|o1|o2|o3|o4|o5|o6|o7)&high1 != 0 {
			odd := o0&high1*gather>>56 | o1&high1*gather>>56<<8 | o2&high1*gather>>56<<16 | o3&high1*gather>>56<<24 |
				o4&high1*gather>>56<<32 | o5&high1*gather>>56<<40 | o6&high1*gather>>56<<48 | o7&high1*gather>>56<<56
			k.letters = withoutSigns(text, i, k.letters, odd)
		}
	}
	if digits || hasPair(b) {
		k.digits = digitMask(b)
	}
	return k
}

// capitals returns which of the 64 bytes at i may begin a capital letter, among
// those that belong to letters.
func capitals(text []byte, i int) (mask uint64) {
	if len(text)-i < 64 {
		return ^uint64(0)
	}
	b := (*[64]byte)(text[i:])
	x0, x1 := binary.LittleEndian.Uint64(b[0:8]), binary.LittleEndian.Uint64(b[8:16])
	x2, x3 := binary.LittleEndian.Uint64(b[16:24]), binary.LittleEndian.Uint64(b[24:32])
	x4, x5 := binary.LittleEndian.Uint64(b[32:40]), binary.LittleEndian.Uint64(b[40:48])
	x6, x7 := binary.LittleEndian.Uint64(b[48:56]), binary.LittleEndian.Uint64(b[56:64])
	mask = x0<<2&high1*gather>>56 | x1<<2&high1*gather>>56<<8 | x2<<2&high1*gather>>56<<16 | x3<<2&high1*gather>>56<<24 |
		x4<<2&high1*gather>>56<<32 | x5<<2&high1*gather>>56<<40 | x6<<2&high1*gather>>56<<48 | x7<<2&high1*gather>>56<<56
	return ^mask
}

// hasPair reports whether two digits may stand together in b or begin to with
// its last byte, by every other byte.
func hasPair(b *[64]byte) bool {
	const odd = 0xff00ff00ff00ff00
	x := binary.LittleEndian.Uint64(b[0:8])&odd>>8 | binary.LittleEndian.Uint64(b[8:16])&odd
	y := binary.LittleEndian.Uint64(b[16:24])&odd>>8 | binary.LittleEndian.Uint64(b[24:32])&odd
	z := binary.LittleEndian.Uint64(b[32:40])&odd>>8 | binary.LittleEndian.Uint64(b[40:48])&odd
	v := binary.LittleEndian.Uint64(b[48:56])&odd>>8 | binary.LittleEndian.Uint64(b[56:64])&odd
	x, y, z, v = x^asciiZero, y^asciiZero, z^asciiZero, v^asciiZero
	none := ((x&low7 + nineUp) | x) & ((y&low7 + nineUp) | y) & ((z&low7 + nineUp) | z) & ((v&low7 + nineUp) | v)
	return none&high1 != high1
}

// withoutSigns takes those characters out of the letter mask of the 64 bytes at
// i that begin with one of the bytes of odd and are blanks, quotes or dashes; see
// isLetterByte.
func withoutSigns(text []byte, i int, letters, odd uint64) uint64 {
	for ; odd != 0; odd &= odd - 1 {
		p := bits.TrailingZeros64(odd)
		b, drop := text[i+p], uint64(1)
		if b != 0xC2 && b != 0xE2 {
			continue
		}
		if i+p+1 < len(text) && text[i+p+1]&0xC0 == 0x80 {
			drop = 3
			if b == 0xE2 && i+p+2 < len(text) && text[i+p+2]&0xC0 == 0x80 {
				drop = 7
			}
		}
		letters &^= drop << p
	}
	return letters
}

// layOut makes the masks of the text, once, for all who look at it.
func (w *window) layOut() {
	if len(w.blocks) > 0 {
		return
	}
	n := (len(w.text) + 63) / 64
	w.blocks = slices.Grow(w.blocks, n+2)[:n+2]
	digits := false
	for k := range w.blocks[:n] {
		b := blockAt(w.text, k*64, digits)
		digits = b.digits>>63 != 0
		w.blocks[k] = b
	}
	w.blocks[n], w.blocks[n+1] = block{}, block{}
}

// look goes over the text, once, with the table of names, labels and words of
// the user's own.
func (w *window) look() {
	if w.ready {
		return
	}
	w.ready = true
	w.layOut()
	text := w.text
	scan := &wordScan{w.table, text, w.places, &w.words}
	var prev block
	for i, list := 0, w.blocks; len(list) > 2; i, list = i+64, list[1:] {
		b, next, after := list[0], list[1], list[2]
		starts := b.letters &^ (b.letters<<1 | prev.letters>>63)
		if w.table.sparse && b.digits|next.digits|after.digits == 0 {
			starts &= capitals(text, i)
		}
		if starts != 0 {
			scan.filter(i, starts, b.letters, next.letters)
		}
		if b.digits|next.digits != 0 {
			w.lookDigits(i, b, next, prev)
		}
		prev = b
	}
	scan.look()
	w.places = scan.places
}

// lookIn looks up the words of another table that start in w.text[from:to].
func (w *window) lookIn(table *wordTable, from, to int) {
	from, to = max(from, 0), min(to, len(w.text))
	scan := &wordScan{table, w.text, w.places, &w.words}
	w.layOut()
	i := from &^ 63
	prev := uint64(0)
	if i > 0 {
		prev = w.blocks[i/64-1].letters >> 63
	}
	for ; i < to; i += 64 {
		b, next := w.blocks[i/64], w.blocks[i/64+1]
		starts := b.letters &^ (b.letters<<1 | prev)
		if i < from {
			starts &= ^uint64(0) << (from - i)
		}
		if to-i < 64 {
			starts &= 1<<(to-i) - 1
		}
		scan.filter(i, starts, b.letters, next.letters)
		prev = b.letters >> 63
	}
	scan.look()
	w.places = scan.places
}

// wordScan looks words up in a table.
type wordScan struct {
	table  *wordTable
	text   []byte
	places []place
	found  *[wordClasses][]event
}

// place is where a word of the text starts that may be in the table, its length
// (up to 64), and whether it passed the filter: at<<8 | length<<1 | passed.
type place uint64

// maxPlaces is how many places are gathered before they are looked at. Doing
// the two in turns, rather than word by word, is what keeps the processor from
// guessing wrong.
const maxPlaces = 512

// filter notes those of the words that start in the block at i that are worth
// looking up. starts has a bit for each; lo is the letter mask of the block, hi
// that of the next.
func (s *wordScan) filter(i int, starts, lo, hi uint64) {
	table, text := s.table, s.text
	if cap(s.places)-len(s.places) < 33 {
		s.places = slices.Grow(s.places, maxPlaces+33)
	}
	k := len(s.places)
	dst := s.places[:k+33]
	fast, fold := i+64+wordKey <= len(text), uint32(table.fold)
	members, bias := &table.filter, table.inner.bias
	for m := starts; m != 0; m &= m - 1 {
		p := uint(bits.TrailingZeros64(m))
		n := bits.TrailingZeros64(^(lo>>(p&63) | hi<<1<<(^p&63)))
		at := i + int(p)
		var key uint32
		if fast {
			key = binary.LittleEndian.Uint32(text[at:])
		} else {
			key = uint32(eight(text, at))
		}
		h := wordHash((key | fold) & keyMasks[n&127])
		pass := members[h>>6&1023] >> (h & 63) & 1
		dst[k] = place(uint64(at)<<8 | uint64(n)<<1 | pass)
		k += int(pass | uint64(n+bias)>>6&1)
	}
	if s.places = dst[:k]; k >= maxPlaces {
		s.look()
	}
}

// look looks the places up.
func (s *wordScan) look() {
	table, text := s.table, s.text
	// First only those whose next bytes are right too, and long words.
	k := 0
	for _, p := range s.places {
		at, n := int(p>>8), int(p>>1&127)
		head, mask := table.headAt(text, at, n)
		pass := p & table.slot(wordHash(uint32(head)&keyMasks[n])).fits(head, mask)
		s.places[k] = p&^1 | pass
		k += int(uint64(pass) | uint64(n+table.inner.bias)>>6&1)
	}
	for _, p := range s.places[:k] {
		at, n := int(p>>8), int(p>>1&127)
		if p&1 != 0 {
			table.look(text, at, n, s.found)
		}
		if n >= minCompound && table.inner.least > 0 {
			table.lookWithin(text, at, n, s.found)
		}
	}
	s.places = s.places[:0]
}

// lookDigits notes the places in the block at i where digits stand as in the
// numbers that are known by their shape.
func (w *window) lookDigits(i int, b, next, prev block) {
	d, dn := b.digits, next.digits
	if two := b.letters &^ (b.letters<<1 | prev.letters>>63) & shr(b.letters, next.letters, 1) &^ shr(b.letters, next.letters, 2); two != 0 {
		d2, d3 := shr(d, dn, 2), shr(d, dn, 3)
		for m := two & (d2 | d3); m != 0; m &= m - 1 {
			if at := i + bits.TrailingZeros64(m); w.text[at]-'A' < 26 && w.text[at+1]-'A' < 26 {
				w.codes = append(w.codes, at)
			}
		}
	}
	if d == 0 {
		return
	}
	run2, run2n := d&shr(d, dn, 1), dn&(dn>>1)
	first := d &^ (d<<1 | prev.digits>>63) & run2
	if first == 0 {
		return
	}
	run4, run4n := run2&shr(run2, run2n, 2), run2n&(run2n>>2)
	d4 := shr(d, dn, 4)
	if m := first & run4; m != 0 {
		grouped := m &^ d4 & shr(run4, run4n, 5)                                    // 1234 5678
		long := m & shr(run4, run4n, 4) & shr(run4, run4n, 8) & d4 & shr(d, dn, 12) // thirteen
		for c := grouped | long; c != 0; c &= c - 1 {
			if at := i + bits.TrailingZeros64(c); mayBeCard(w.text, at) {
				w.cards = append(w.cards, at)
			}
		}
		for m &= (shr(b.letters, next.letters, 5) | shr(b.letters, next.letters, 6)) &^ d4; m != 0; m &= m - 1 { // 8000 Aarhus
			if at := i + bits.TrailingZeros64(m); townAfter(w.text, at) {
				w.towns = append(w.towns, at)
			}
		}
	}
	pairs := first &^ shr(d, dn, 2) & shr(run2, run2n, 3)
	if pairs != 0 {
		pairs = pairs &^ shr(d, dn, 5) & shr(run2, run2n, 6) &^ shr(d, dn, 8) & shr(run2, run2n, 9) &^ shr(d, dn, 11)
		for ; pairs != 0; pairs &= pairs - 1 {
			if at := i + bits.TrailingZeros64(pairs); w.text[at+2] == ' ' {
				w.phones = append(w.phones, at)
			}
		}
	}
}

// each calls f with every place of the byte c in text, in order.
func each(text []byte, c byte, f func(i int)) {
	for i := 0; ; i++ {
		n := bytes.IndexByte(text[i:], c)
		if n < 0 {
			return
		}
		i += n
		f(i)
	}
}

// between returns the events that start in [from, to).
func between(list []event, from, to int) []event {
	lo := search(list, from)
	return list[lo : lo+search(list[lo:], to)]
}

// search returns the index of the first event that starts at i or later.
func search(list []event, i int) int {
	lo, hi := 0, len(list)
	for lo < hi {
		if mid := (lo + hi) / 2; list[mid].start < i {
			lo = mid + 1
		} else {
			hi = mid
		}
	}
	return lo
}

// hitList collects hits.
type hitList []Hit

// add appends h if ok.
func (l *hitList) add(h Hit, ok bool) {
	if ok {
		*l = append(*l, h)
	}
}
