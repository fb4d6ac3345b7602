package detectors

import (
	"encoding/binary"
	"fmt"
	"math"
	"math/bits"
	"slices"
	"strings"
)

// This file matches many words in one pass over the text. Each word of the
// text is turned away by a hash of its first four bytes, folded, in a bitmap
// that fits the first-level cache; of Danish prose nine words in ten are. What
// is left is compared with the few words of the table that begin alike.

// wordClass says who asks for a word of the table.
type wordClass uint8

const (
	wordTerm     wordClass = iota // a term of the lexicon; id is its index
	wordGuidance                  // a word of policies and law; id is its index
	wordTelltale                  // of a document type; id is its index
	wordGiven                     // a given name, capitalised
	wordNamer                     // stands before a name, capitalised
	wordLabel                     // of a number; id is its labelKind
	wordCustom                    // a word of the user's; id is its rule's index
	wordClasses                   // how many there are
)

// A word of the table.
type word struct {
	text   string // lower case
	class  wordClass
	id     int32
	prefix bool // the text's word may go on
	inner  bool // it may begin within a word of the text
	caps   bool // only if it begins with a capital
	exact  bool // case counts

	head, mask uint64 // its first bytes, folded, as far as the text has the same
	initial    byte   // its first byte in the text, folded or not as the table has it
	run        int    // how many bytes of letters it starts with
	solid      int    // how many bytes come before the text may break the word
}

// event is a word of the table found in a text.
type event struct {
	start, end int
	id         int32
}

const (
	// maxWordText bounds a word or phrase of the table, in bytes.
	maxWordText = 64
	// maxWordMatch bounds the same in the text, where blanks may be wider and
	// lines may break.
	maxWordMatch = 2 * maxWordText
	// wordKey is how many bytes of a word the filter looks at.
	wordKey = 4
	// minInner is how long a word must be to be looked for within others. It is
	// not less than wordKey.
	minInner = 4
	// minCompound is how long, in bytes, a word must be for something to be
	// looked for within it.
	minCompound = 8
)

// foldKey folds four bytes: ASCII letters and æøå lose their case. Other bytes
// change too, alike in the table and in the text.
const foldKey = 0x20202020

const foldHead = foldKey<<32 | foldKey

// headMasks keep the first n bytes of eight.
var headMasks = [9]uint64{0, 1<<8 - 1, 1<<16 - 1, 1<<24 - 1, 1<<32 - 1, 1<<40 - 1, 1<<48 - 1, 1<<56 - 1, 1<<64 - 1}

// keyMasks keep the first n bytes of a key, all from four on: a word shorter
// than four has zeros after it.
var keyMasks = [128]uint32(append([]uint32{0, 0xff, 0xffff, 0xffffff}, slices.Repeat([]uint32{0xffffffff}, 124)...))

// wordTable finds words. It is made once and not changed.
type wordTable struct {
	fold   uint64          // what is folded of the first eight bytes
	sparse bool            // all but names are labels, which matter only before digits
	filter [1 << 10]uint64 // set of wordHash of the keys
	within [1 << 10]uint64 // the same, of the words with inner
	inner  innerTable
	before [1 << 10]uint16 // how many members the words of filter before this one have
	slots  []wordSlot      // one for each member of filter, in order, and an empty one
	words  []word          // those of a slot together, the longest first
}

// wordSlot has the words of the keys of one hash.
type wordSlot struct {
	head, mask uint64 // what the first eight bytes of them all have in common
	from, to   uint16
}

// slot returns the slot of a hash. It is any if there is none.
func (t *wordTable) slot(h uint32) *wordSlot {
	i, bit := h>>6&1023, h&63
	return &t.slots[int(t.before[i])+bits.OnesCount64(t.filter[i]&(1<<bit-1))]
}

// fits returns 1 if words of the slot may be where the text has the bytes head,
// folded and kept by mask, else 0.
func (s *wordSlot) fits(head, mask uint64) place {
	x := (head ^ s.head) & s.mask & mask
	return place((x|-x)>>63 ^ 1)
}

// innerTable tells how far to go on when looking for something within a word
// (Wu and Manber): shift by the last two bytes of the shortest of the words.
type innerTable struct {
	least int // length of the shortest, 0 if there is none
	bias  int // n+bias has bit 6 set if a word of n bytes, 0–64, is to be searched
	shift [1 << 10]uint8
}

func newInnerTable(words []word) (t innerTable) {
	for i := range words {
		if n := len(words[i].text); words[i].inner && (t.least == 0 || n < t.least) {
			t.least = n
		}
	}
	if t.least == 0 {
		return t
	}
	t.bias = 64 - minCompound
	for i := range t.shift {
		t.shift[i] = uint8(t.least - 1)
	}
	for i := range words {
		for k := 0; words[i].inner && k+2 <= t.least; k++ {
			n := pair(words[i].text[k], words[i].text[k+1])
			t.shift[n] = min(t.shift[n], uint8(t.least-2-k))
		}
	}
	return t
}

func wordHash(key uint32) uint32 { return key * 0x9E3779B1 >> 16 }

// newWordTable makes the table of words and their other spellings. With
// capitals the case of a word's first letter is told apart from the start, so
// that names are not looked for in words without a capital.
func newWordTable(words []word, capitals bool) (*wordTable, error) {
	fold := uint64(foldHead)
	if capitals {
		fold &^= 0xff
	}
	byHash := map[uint32][]word{}
	n := 0
	for _, w := range words {
		for _, text := range spellings(w.text) {
			w.text = text
			if err := w.check(); err != nil {
				return nil, err
			}
			for _, w.initial = range w.initials(capitals) {
				h := wordHash(w.key(fold))
				byHash[h] = append(byHash[h], w)
				n++
			}
		}
	}
	if n > math.MaxUint16 {
		return nil, fmt.Errorf("%d words are too many: up to %d, in all their spellings", n, math.MaxUint16)
	}
	t := &wordTable{fold: fold, words: make([]word, 0, n), slots: make([]wordSlot, 0, len(byHash)+1)}
	for h := range uint32(1 << 16) {
		if h&63 == 0 {
			t.before[h>>6] = uint16(len(t.slots))
		}
		if list := byHash[h]; len(list) > 0 {
			t.put(h, list)
		}
	}
	t.slots = append(t.slots, wordSlot{})
	t.inner = newInnerTable(t.words)
	return t, nil
}

// put adds the words of a hash.
func (t *wordTable) put(h uint32, list []word) {
	slices.SortStableFunc(list, func(a, b word) int { return len(b.text) - len(a.text) })
	from, mask := len(t.words), ^uint64(0)
	for _, w := range list {
		w.prepare(t.fold)
		t.words = append(t.words, w)
		mask &= w.mask &^ mismatch(w.head, t.words[from].head)
		if w.inner {
			t.within[h>>6] |= 1 << (h & 63)
		}
	}
	t.filter[h>>6] |= 1 << (h & 63)
	t.slots = append(t.slots, wordSlot{t.words[from].head & mask, mask, uint16(from), uint16(len(t.words))})
}

// prepare fills in what is known of a word before it is looked for.
func (w *word) prepare(fold uint64) {
	w.head, w.mask = w.start(fold)
	w.run = w.firstRun()
	if w.solid = wordKey; w.run < len(w.text) {
		w.solid = 8 // what follows a blank is part of the head
	}
}

// start returns the first eight bytes of a word, folded, and a mask of those
// that it has before it ends, or before its second blank.
func (w *word) start(fold uint64) (head, mask uint64) {
	var b [8]byte
	n := w.firstRun()
	if n < len(w.text) && w.text[n] == ' ' {
		for n++; n < len(w.text) && isLetterByte([]byte(w.text), n); n++ {
		}
	}
	n = min(n, copy(b[:], w.text))
	b[0] = w.initial
	mask = headMasks[n]
	return (binary.LittleEndian.Uint64(b[:]) | fold) & mask, mask
}

// headAt returns the eight bytes at i, folded, and a mask of those that a word
// of the table has too if it is there: the n of the text's word and, if a
// single blank and an ASCII letter follow, all.
func (t *wordTable) headAt(text []byte, i, n int) (head, mask uint64) {
	head, mask = eight(text, i)|t.fold, headMasks[min(n, 8)]
	if n < 7 && i+n+1 < len(text) && text[i+n] == ' ' && text[i+n+1]|0x20-'a' < 26 {
		mask = ^uint64(0)
	}
	return head, mask
}

// mismatch returns a mask of the bytes in which a and b differ.
func mismatch(a, b uint64) (mask uint64) {
	for i := 0; i < 64; i += 8 {
		if (a^b)>>i&0xff != 0 {
			mask |= 0xff << i
		}
	}
	return mask
}

// spellings returns a word with the other ways to write æ, ø, å and é: with
// two letters, and with a combining mark.
func spellings(text string) []string {
	list := []string{text}
	for _, r := range []*strings.Replacer{latinLetters, composedLetters} {
		if s := r.Replace(text); !slices.Contains(list, s) {
			list = append(list, s)
		}
	}
	return list
}

// Other ways to write Danish letters. They are made once: a file's name is
// compared with every word in each of them.
var (
	latinLetters    = strings.NewReplacer("æ", "ae", "ø", "oe", "å", "aa", "é", "e")
	composedLetters = strings.NewReplacer("å", "a\u030a", "é", "e\u0301")
)

// check says why a word cannot be looked for.
func (w *word) check() error {
	switch run := w.firstRun(); {
	case len(w.text) > maxWordText:
		return fmt.Errorf("%q is longer than %d bytes", w.text, maxWordText)
	case run == 0:
		return fmt.Errorf("%q does not start with a letter", w.text)
	case w.prefix && run == len(w.text) && run < wordKey:
		return fmt.Errorf("%q is too short for the start of a word: %d letters at least", w.text, wordKey)
	case w.inner && (run < minInner || run < len(w.text)):
		return fmt.Errorf("%q cannot be looked for within words: one word of %d bytes at least", w.text, minInner)
	}
	return nil
}

// firstRun is how many bytes of letters a word starts with.
func (w *word) firstRun() int {
	n := 0
	for n < len(w.text) && isLetterByte([]byte(w.text), n) {
		n++
	}
	return n
}

// initials returns the first bytes that the word may have in the text.
func (w *word) initials(capitals bool) []byte {
	b := w.text[0]
	switch {
	case !capitals || b-'a' >= 26:
		return []byte{b}
	case w.caps:
		return []byte{b - 'a' + 'A'}
	}
	return []byte{b, b - 'a' + 'A'}
}

// key returns the first bytes of a word as the filter sees them.
func (w *word) key(fold uint64) uint32 {
	var b [wordKey]byte
	n := min(w.firstRun(), copy(b[:], w.text))
	b[0] = w.initial
	return (binary.LittleEndian.Uint32(b[:]) | uint32(fold)) & keyMasks[n]
}

// at returns where the word ends in text if it starts at i, else -1.
func (w *word) at(text []byte, i int) int {
	if w.caps && !capitalAt(text, i) {
		return -1
	}
	start := i
	for k := 0; k < len(w.text); {
		c := w.text[k]
		switch {
		case i >= len(text) || i-start > maxWordMatch:
			return -1
		case c == ' ': // below
		case text[i] == c || !w.exact && text[i]|0x20 == c && (c-'a' < 26 || c >= 0x80):
			i++
			k++
			continue
		}
		if c == ' ' {
			n := blanksAt(text, i)
			if n == 0 {
				return -1
			}
			i += n
			k++
			continue
		}
		n := breakAt(text, i)
		if n == 0 || k < w.solid {
			return -1
		}
		i += n
	}
	if !w.prefix && !w.inner && wordAt(text, i) {
		return -1
	}
	return i
}

// capitalAt reports whether a capital letter stands at i.
func capitalAt(text []byte, i int) bool {
	if i >= len(text) {
		return false
	}
	if text[i] < 0x80 {
		return text[i]-'A' < 26
	}
	return text[i] == 0xC3 && i+1 < len(text) && text[i+1] >= 0x80 && text[i+1] <= 0x9E
}

// blanksAt returns the length of what parts two words of a phrase: blanks,
// no-break spaces, and one line end at most, eight bytes in all.
func blanksAt(text []byte, i int) int {
	start, broken := i, false
	for i < len(text) && i-start < 8 {
		kind, width := signAt(text, i)
		if kind != signBlank && kind != signTab && (kind != signBreak || broken) {
			break
		}
		broken = broken || kind == signBreak
		i += width
	}
	return i - start
}

// breakAt returns the length of what may part the letters of one word: a soft
// hyphen, or a hyphen at the end of a line.
func breakAt(text []byte, i int) int {
	kind, width := signAt(text, i)
	switch kind {
	case signSoft:
		return width
	case signHyphen:
		if kind, n := signAt(text, i+width); kind == signBreak {
			return width + n
		}
	}
	return 0
}

// look appends the words of the table that start at i to found. The word of the
// text there has n bytes of letters.
func (t *wordTable) look(text []byte, i, n int, found *[wordClasses][]event) {
	head, mask := t.headAt(text, i, n)
	slot := t.slot(wordHash(uint32(head) & keyMasks[n]))
	list := t.words[slot.from:slot.to]
	broken := i+n < len(text) && (text[i+n] == '-' || text[i+n] >= 0x80)
	var done [wordClasses]bool // the longest of a class is the one
	for k := range list {
		w := &list[k]
		if (head^w.head)&w.mask&mask != 0 || !broken && w.run != n && (w.run > n || !w.prefix && !w.inner || w.run < len(w.text)) || done[w.class] {
			continue
		}
		if end := w.at(text, i); end >= 0 {
			found[w.class] = append(found[w.class], event{i, end, w.id})
			done[w.class] = true
		}
	}
}

// lookWithin does the same for the words that may begin within the word of n
// bytes at i.
func (t *wordTable) lookWithin(text []byte, i, n int, found *[wordClasses][]event) {
	least := t.inner.least
	end := min(i+n, len(text)) - least
	for k := i + 1; k <= end; {
		if s := t.inner.shift[pair(text[k+least-2], text[k+least-1])]; s > 0 {
			k += int(s)
			continue
		}
		head := eight(text, k) | t.fold
		if h := wordHash(uint32(head)); t.within[h>>6&1023]>>(h&63)&1 != 0 {
			slot := t.slot(h)
			for j := slot.from; j < slot.to; j++ {
				w := &t.words[j]
				if !w.inner || (head^w.head)&w.mask != 0 {
					continue
				}
				if end := w.at(text, k); end == k+len(w.text) { // not broken
					found[w.class] = append(found[w.class], event{k, end, w.id})
					break
				}
			}
		}
		k++
	}
}

// eight returns the eight bytes at i, with zeros after the end of the text.
func eight(text []byte, i int) uint64 {
	if i+8 <= len(text) {
		return binary.LittleEndian.Uint64(text[i:])
	}
	var b [8]byte
	copy(b[:], text[i:])
	return binary.LittleEndian.Uint64(b[:])
}

// isLetterByte reports whether the byte at i belongs to a letter: an ASCII
// letter, or part of a character outside ASCII other than U+0080–U+00BF and
// U+2000–U+2FFF, which are blanks, quotes and dashes. It looks at up to two
// bytes before i.
func isLetterByte(text []byte, i int) bool {
	b := text[i]
	switch {
	case b < 0x80:
		return b|0x20-'a' < 26
	case b == 0xC2 || b == 0xE2:
		return false
	case b >= 0xC0 || i == 0:
		return true
	case text[i-1] == 0xC2 || text[i-1] == 0xE2:
		return false
	}
	return !(i > 1 && text[i-2] == 0xE2 && text[i-1] >= 0x80 && text[i-1] < 0xC0)
}
