package extract

import (
	"bytes"
	"unicode"
	"unicode/utf8"
)

const (
	// labelDigits is how many digits a cell needs to carry its header, and
	// with how many a cell is data and no header itself.
	labelDigits = 6
	// maxHead is the longest header, in bytes.
	maxHead = 80
	// maxHeads is how many columns are given headers.
	maxHeads = 1 << 14
)

// heads learns the headers of a table's columns while its cells pass, row by
// row, and says which of them a cell carries.
//
// The header is the first row that has texts; a title over the table is not
// taken for it, because a row with more texts replaces one with fewer as long
// as no data has come; and of rows with one text each, as in a list under a
// title, all texts are the header together. After an empty row, texts head what is below them.
//
// A form has its labels on the left: in a table of at most two columns, or in
// a column without a header, the text to the left of a number labels it too.
type heads struct {
	names  [][]byte
	filled int  // names that are not empty
	single bool // all rows had one text at most
	data   bool // a cell with digits has been seen below the header
	gap    bool // an empty row has been seen since

	// The row that is passing.
	cells   []headCell
	arena   []byte
	texts   int    // cells that are texts
	others  int    // cells that are not
	digits  bool   // one has at least labelDigits digits
	left    []byte // the text that was last seen in it
	scratch []byte
}

type headCell struct{ col, from, to int }

// label returns the header that a cell carries, nil for none. It is valid
// until the next call.
func (h *heads) label(col int, cell []byte) []byte {
	if digitsUpTo(cell, labelDigits) < labelDigits {
		return nil
	}
	var name []byte
	if col < len(h.names) {
		name = h.names[col]
	}
	if len(h.left) == 0 || len(name) > 0 && h.filled > 2 {
		return name
	}
	h.scratch = appendHead(h.scratch[:0], h.left)
	if len(name) > 0 && !bytes.Equal(name, h.scratch) {
		h.scratch = append(append(h.scratch, ' '), name...)
	}
	return h.scratch
}

// note takes note of a cell that has passed.
func (h *heads) note(col int, cell []byte) {
	cell = bytes.TrimSpace(cell)
	if len(cell) == 0 {
		return
	}
	if digitsUpTo(cell, labelDigits) >= labelDigits {
		h.digits = true
	}
	if h.digits || !isLabel(cell) || col >= maxHeads {
		h.others++
		h.left = h.left[:0]
		return
	}
	h.texts++
	h.left = append(h.left[:0], cell[:min(len(cell), maxLeft)]...)
	if h.data && !h.gap {
		return // no row becomes a header now
	}
	from := len(h.arena)
	h.arena = appendHead(h.arena, cell)
	h.cells = append(h.cells, headCell{col, from, len(h.arena)})
}

// maxLeft is how much of the text to the left of a cell is kept, as it stands.
const maxLeft = 4 * maxHead

// endRow ends the row that has passed; one without cells is an empty row.
func (h *heads) endRow() {
	switch n := h.texts; {
	case n == 0 && h.others == 0:
		h.gap = true
	case h.digits:
		h.data, h.gap = true, false
	case n < h.others || n == 0:
		h.gap = false
	case !h.data && n == 1 && h.others == 0 && (h.single || h.filled == 0):
		h.single, h.gap = true, false
		h.join()
	case !h.data && (n > h.filled || h.single):
		h.single = false
		clear(h.names)
		h.names, h.filled, h.gap = h.names[:0], 0, false
		h.take()
	case h.gap && n >= 2:
		h.gap = false
		h.take()
	default:
		h.gap = false
	}
	h.cells, h.arena, h.left = h.cells[:0], h.arena[:0], h.left[:0]
	h.others, h.texts, h.digits = 0, 0, false
}

// join adds the row's only text to the header of its column; without room the
// text that is nearer to the data stays.
func (h *heads) join() {
	c := h.cells[0]
	text := h.arena[c.from:c.to]
	if c.col < len(h.names) {
		if old := h.names[c.col]; len(old) > 0 && len(old)+1+len(text) <= 2*maxHead {
			h.names[c.col] = append(append(old, ' '), text...)
			return
		}
	}
	h.take()
}

// take makes the row's texts the headers of their columns.
func (h *heads) take() {
	for _, c := range h.cells {
		for len(h.names) <= c.col {
			h.names = append(h.names, nil)
		}
		if h.names[c.col] == nil {
			h.filled++
		}
		h.names[c.col] = bytes.Clone(h.arena[c.from:c.to])
	}
}

// digitsUpTo counts the digits of b, up to limit.
func digitsUpTo(b []byte, limit int) int {
	n, all := 0, byte(0)
	for _, c := range b {
		all |= c
		if c-'0' < 10 {
			if n++; n == limit {
				return n
			}
		}
	}
	if n == 0 && all >= utf8.RuneSelf { // full-width digits and the like
		for _, r := range string(b) {
			if r >= utf8.RuneSelf && unicode.IsDigit(r) {
				if n++; n == limit {
					break
				}
			}
		}
	}
	return n
}

// isLabel reports whether a cell could head a column: it has a letter.
func isLabel(b []byte) bool {
	for _, r := range string(b[:min(len(b), maxHead)]) {
		if r < utf8.RuneSelf && letter(byte(r)) || r >= utf8.RuneSelf && unicode.IsLetter(r) {
			return true
		}
	}
	return false
}

// appendHead appends a cell's text as a header: one line, not too long.
func appendHead(dst, cell []byte) []byte {
	end := len(dst) + maxHead
	for i, word := range bytes.Fields(cell) {
		if len(dst)+len(word)+1 > end {
			break
		}
		if i > 0 {
			dst = append(dst, ' ')
		}
		dst = append(dst, word...)
	}
	return dst
}
