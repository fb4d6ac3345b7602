package extract

import (
	"bytes"
	"unicode/utf8"
)

// What office documents have in common, whichever the format: stories of
// paragraphs with tables and boxes in them.

const (
	// outSize is how much text is gathered before it goes to the sink.
	outSize = 32 << 10
	// maxCell is the longest text of a cell that is held to learn whether it
	// has digits; a longer one goes out without its header.
	maxCell = 64 << 10
	// maxBox is the longest text of a box that is held until the paragraph
	// that it is anchored in has ended.
	maxBox = 1 << 20
	// maxTables is how many tables may be inside each other.
	maxTables = 64
)

// story writes paragraphs, tables and boxes as the text of parts. Its err is
// the sink's error; after it nothing more is written. A box (a text box, an
// inline note) stands inside a paragraph in the file and beside it on the page:
// its text follows the paragraph, so that the paragraph's own text is not cut.
type story struct {
	d     *doc
	err   error
	where string // of the part
	at    string // the mark in force
	begun bool   // the part has been begun: only one with text is
	out   []byte // of the part, not yet written
	flows []flow // the part's own, then the open boxes'

	seen numberSet // the numbers written, if somebody asks for them
}

// flow is the text of the part itself or of a box.
type flow struct {
	text   []byte // a box's text so far; the part's own goes to out
	boxes  []byte // finished boxes that wait for the end of the paragraph
	tables []table
	revision
}

// reset empties the flow, keeping its buffers.
func (f *flow) reset() {
	f.text, f.boxes, f.tables = f.text[:0], f.boxes[:0], f.tables[:0]
	f.before, f.old, f.after = f.before[:0], f.old[:0], 0
}

// table is an open table.
type table struct {
	heads heads
	col   int
	in    bool // inside a cell
	cell  []byte
	spilt bool // part of the cell is out already
}

func newStory(d *doc) *story { return &story{d: d, flows: make([]flow, 1)} }

// part ends what is open and begins a part.
func (s *story) part(where string) {
	s.finish()
	s.where, s.at, s.begun = where, "", false
}

// begin tells the sink of the part.
func (s *story) begin() {
	if !s.begun && s.err == nil {
		s.begun = true
		s.err = s.d.part(s.where, false)
	}
}

// mark names the place of the text that follows.
func (s *story) mark(place string) {
	s.flush()
	s.begin()
	if s.at = place; s.err == nil {
		s.d.sink.Mark(place)
	}
}

// finish ends everything that is open and writes what is held back.
func (s *story) finish() {
	for len(s.flows) > 1 {
		s.endBox()
	}
	for len(s.flow().tables) > 0 {
		s.endTable()
	}
	s.endParagraph()
	s.flush()
}

func (s *story) flush() {
	if len(s.out) > 0 {
		if s.seen != nil {
			s.seen.add(s.out)
		}
		s.begin()
		if s.err == nil {
			s.err = s.d.sink.Text(s.out)
		}
	}
	s.out = s.out[:0]
}

func (s *story) flow() *flow { return &s.flows[len(s.flows)-1] }

// target is where text goes now.
func (s *story) target() *[]byte {
	f := s.flow()
	if n := len(f.tables); n > 0 && f.tables[n-1].in {
		return &f.tables[n-1].cell
	}
	return s.below()
}

// below is where the text of the present flow goes when it is not in a cell.
func (s *story) below() *[]byte {
	if len(s.flows) == 1 {
		return &s.out
	}
	return &s.flow().text
}

// text appends content.
func (s *story) text(b []byte) {
	to := s.target()
	*to = appendClean(*to, b)
	s.limit()
}

// char appends one character that stands for an element.
func (s *story) char(c string) {
	to := s.target()
	*to = append(*to, c...)
	s.limit()
}

// limit keeps what is held back small.
func (s *story) limit() {
	f := s.flow()
	if n := len(f.tables); n > 0 && len(f.tables[n-1].cell) > maxCell {
		s.spill()
	}
	if len(f.text) > maxBox {
		s.out = append(append(s.out, '\n'), f.text...)
		f.text = f.text[:0]
	}
	if len(s.out) > outSize {
		s.flush()
	}
}

// endLine ends the line if there is one.
func endLine(b []byte) []byte {
	if n := len(b); n > 0 && b[n-1] != '\n' && b[n-1] != CellEnd {
		return append(b, '\n')
	}
	return b
}

// endParagraph ends a paragraph; boxes that were anchored in it follow.
func (s *story) endParagraph() {
	s.endRevision()
	to := s.target()
	*to = endLine(*to)
	f := s.flow()
	if len(f.boxes) > 0 {
		*to = endLine(append(*to, f.boxes...))
		f.boxes = f.boxes[:0]
	}
	s.limit()
}

// maxFlows is how deep boxes may be inside each other.
const maxFlows = 32

// startBox begins a box. It reports whether it did: nesting is limited.
func (s *story) startBox() bool {
	if len(s.flows) >= maxFlows {
		return false
	}
	if n := len(s.flows); n < cap(s.flows) { // with the buffers of an earlier box
		s.flows = s.flows[:n+1]
		s.flow().reset()
	} else {
		s.flows = append(s.flows, flow{})
	}
	return true
}

// endBox ends the innermost box.
func (s *story) endBox() {
	if len(s.flows) == 1 {
		return
	}
	box := s.takeBox()
	f := s.flow()
	f.boxes = endLine(append(f.boxes, box...))
	if len(f.boxes) > maxBox {
		s.out = append(endLine(s.out), f.boxes...)
		f.boxes = f.boxes[:0]
		s.limit()
	}
}

// takeBox ends the innermost box and returns its text, valid until the next
// box begins.
func (s *story) takeBox() []byte {
	if len(s.flows) == 1 {
		return nil
	}
	for len(s.flow().tables) > 0 {
		s.endTable()
	}
	s.endParagraph()
	box := s.flow().text
	s.flows = s.flows[:len(s.flows)-1]
	return bytes.TrimRight(box, "\n")
}

// startTable begins a table. It reports whether it did: nesting is limited.
func (s *story) startTable() bool {
	f := s.flow()
	if len(f.tables) >= maxTables {
		return false
	}
	if n := len(f.tables); n > 0 && f.tables[n-1].in {
		s.spill() // a table inside a cell ends the text before it
		to := s.below()
		*to = endLine(*to)
	} else {
		s.endParagraph()
	}
	f.tables = append(f.tables, table{})
	return true
}

// current is the innermost open table of the flow, nil if there is none.
func (s *story) current() *table {
	f := s.flow()
	if n := len(f.tables); n > 0 {
		return &f.tables[n-1]
	}
	return nil
}

// startCell begins the next cell, which spans a number of columns.
func (s *story) startCell() {
	if t := s.current(); t != nil {
		if t.in {
			s.endCell(1)
		}
		t.in, t.spilt = true, false
	}
}

// endCell ends the cell; span is the number of columns that it covers.
func (s *story) endCell(span int) {
	t := s.current()
	if t == nil || !t.in {
		return
	}
	s.endRevision()
	t.cell = bytes.TrimRight(t.cell, "\n")
	if f := s.flow(); len(f.boxes) > 0 {
		t.cell = append(append(t.cell, '\n'), bytes.TrimRight(f.boxes, "\n")...)
		f.boxes = f.boxes[:0]
	}
	t.in = false
	to := s.below()
	if !t.spilt {
		if label := t.heads.label(t.col, t.cell); label != nil {
			*to = append(append(*to, label...), HeaderEnd)
		}
		t.heads.note(t.col, t.cell)
	}
	*to = append(append(*to, t.cell...), CellEnd)
	t.cell = t.cell[:0]
	t.col += max(span, 1)
	s.limit()
}

// spill writes the text of a cell that goes on.
func (s *story) spill() {
	t := s.current()
	in := t.in
	t.in = false
	to := s.below()
	if label := t.heads.label(t.col, t.cell); label != nil && !t.spilt {
		*to = append(append(*to, label...), HeaderEnd)
	}
	*to = append(*to, t.cell...)
	t.cell, t.in, t.spilt = t.cell[:0], in, true
}

// endRow ends a row of a table.
func (s *story) endRow() {
	t := s.current()
	if t == nil {
		return
	}
	s.endCell(1)
	t.heads.endRow()
	t.col = 0
	to := s.below()
	*to = append(*to, '\n')
	s.limit()
}

// endTable ends the innermost table.
func (s *story) endTable() {
	t := s.current()
	if t == nil {
		return
	}
	if t.in || t.col > 0 {
		s.endRow()
	}
	f := s.flow()
	f.tables = f.tables[:len(f.tables)-1]
}

// appendClean appends content: UTF-8, and without the characters that mean
// structure.
func appendClean(dst, b []byte) []byte {
	if utf8.Valid(b) && bytes.IndexByte(b, CellEnd) < 0 && bytes.IndexByte(b, HeaderEnd) < 0 {
		return append(dst, b...)
	}
	for len(b) > 0 {
		r, n := utf8.DecodeRune(b)
		if r != CellEnd && r != HeaderEnd {
			dst = utf8.AppendRune(dst, r)
		}
		b = b[n:]
	}
	return dst
}
