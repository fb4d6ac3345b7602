package extract

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"slices"
	"unicode/utf16"

	"github.com/sletdk/slet/scanner"
)

// Word 97–2003 ([MS-DOC]). The text is in pieces of the WordDocument stream, 8 or
// 16 bits a character; the table stream says in which order. All stories follow
// one another: main text, notes, headers, comments, text boxes.

// Places in the file information block, in bytes from its start.
const (
	fibFlags  = 0x0a
	fibCounts = 0x4c // of characters, by story
	fibClx    = 0x1a2
	fibLeast  = fibClx + 8

	fibEncrypted  = 0x0100
	fibTableIsOne = 0x0200
)

// docStories are the stories in their order in the text. The place of their
// counts in the block leaves out the fourth, which is never used.
var docStories = [...]string{"", "fodnote", "sidehoved og sidefod", "makro", "kommentar", "slutnote", "tekstboks", "tekstboks i sidehoved"}

// readDOC reads a Word document; what is in the stream but not in the pieces
// (text of earlier versions) is looked for raw.
func readDOC(d *doc, st *storage) error {
	b, loadErr := st.load(d, "WordDocument")
	if len(b) < 32 {
		return cmpErr(loadErr, errors.New("the document is cut short"))
	}
	seen := numberSet{}
	pieces, err := docPieces(d, st, b)
	if reasonOf(err) == scanner.Encrypted && err != nil {
		return err
	}
	r := &docReader{s: newStory(d)}
	r.s.seen = seen
	if len(pieces) > 0 {
		r.read(b, pieces)
	}
	if r.s.finish(); r.s.err != nil {
		return r.s.err
	}
	if raw := rescan(d, b, seen, len(pieces) == 0); raw != nil {
		return raw
	}
	data, dataErr := st.load(d, "Data")
	if lost := readPictures(d, data); lost != nil {
		return lost
	}
	return cmpErr(loadErr, err, dataErr)
}

// cmpErr returns the first error that is not nil.
func cmpErr(errs ...error) error {
	for _, err := range errs {
		if err != nil {
			return err
		}
	}
	return nil
}

// rescan looks for runs of text in b: all of them, or those with numbers that
// have not been seen.
func rescan(d *doc, b []byte, seen numberSet, all bool) error {
	s := newStory(d)
	s.part("rådata")
	scanRaw(bytes.NewReader(b), func(run []byte) {
		if all || !seen.knows(run) {
			s.text(run)
			s.endParagraph()
			seen.add(run)
		}
	})
	s.finish()
	return s.err
}

// docPiece is a stretch of text.
type docPiece struct {
	from, n int  // bytes
	wide    bool // 16-bit characters
}

// docPieces reads the piece table.
func docPieces(d *doc, st *storage, b []byte) ([]docPiece, error) {
	le := binary.LittleEndian
	flags := le.Uint16(b[fibFlags:])
	if flags&fibEncrypted != 0 {
		return nil, unreadable(scanner.Encrypted, "the document is encrypted")
	}
	if len(b) < fibLeast || le.Uint16(b) != 0xa5ec {
		return nil, unreadable(scanner.Unsupported, "a document of Word 95 or older; only plain text in it was looked for")
	}
	name := "0Table"
	if flags&fibTableIsOne != 0 {
		name = "1Table"
	}
	table, err := st.load(d, name)
	from, n := int64(le.Uint32(b[fibClx:])), int64(le.Uint32(b[fibClx+4:]))
	if from+n > int64(len(table)) || n == 0 {
		return nil, cmpErr(err, errors.New("the table of pieces is missing"))
	}
	clx := table[from : from+n]
	for len(clx) >= 3 && clx[0] == 1 { // formatting, before the pieces
		size := 3 + int(le.Uint16(clx[1:]))
		if size > len(clx) {
			break
		}
		clx = clx[size:]
	}
	if len(clx) < 5 || clx[0] != 2 {
		return nil, errors.New("the table of pieces is damaged")
	}
	plc := clx[5:]
	plc = plc[:min(int64(len(plc)), int64(le.Uint32(clx[1:])))]
	bounds := docBounds(b)
	return parsePieces(plc, len(b), bounds[len(bounds)-1])
}

// parsePieces reads the positions and descriptors of the pieces of a text of so
// many characters. Together they may not be much longer than the stream: each
// byte of it is text once.
func parsePieces(plc []byte, size, chars int) ([]docPiece, error) {
	le := binary.LittleEndian
	count := (len(plc) - 4) / 12
	if count < 1 {
		return nil, errors.New("the table of pieces is damaged")
	}
	var pieces []docPiece
	total := 0
	for i := range count {
		from, to := int64(le.Uint32(plc[4*i:])), int64(le.Uint32(plc[4*i+4:]))
		fc := le.Uint32(plc[4*(count+1)+8*i+2:])
		p := docPiece{from: int(fc & 0x3fffffff), n: int(to - from), wide: fc&0x40000000 == 0}
		if p.wide {
			p.n *= 2
		} else {
			p.from /= 2
		}
		total += max(p.n, 0)
		if to < from || p.from > size || p.n > size-p.from || total > 2*size {
			return pieces, fmt.Errorf("piece %d of %d is damaged", i+1, count)
		}
		if p.n > 0 {
			pieces = append(pieces, p)
		}
		chars -= int(to - from)
	}
	if chars > 0 {
		return pieces, fmt.Errorf("the pieces lack %d characters", chars)
	}
	return pieces, nil
}

// docReader writes the characters of a document.
type docReader struct {
	s      *story
	fields []bool // of the open fields: inside the code
	line   []byte // text since the last mark
	heads  heads
	row    docRow
}

// docRow follows the cells of a table, of which the text only has the end marks:
// a row's end is one more mark after its last cell's.
type docRow struct {
	col     int
	columns int  // of the table, once a row has ended; 0 before
	marked  bool // the last character was an end mark
}

func (r *docReader) read(b []byte, pieces []docPiece) {
	bounds := docBounds(b)
	at, story := 0, 0
	r.s.part(docStories[0])
	for _, p := range pieces {
		raw := b[p.from : p.from+p.n]
		for len(raw) > 0 && r.s.err == nil {
			for story+1 < len(docStories) && at >= bounds[story] {
				story++
				r.endLine()
				r.row, r.heads = docRow{}, heads{}
				r.s.part(docStories[story])
			}
			width := 1
			if p.wide {
				width = 2
			}
			n := len(raw) / width
			if story+1 < len(docStories) {
				n = min(n, bounds[story]-at)
			}
			if n == 0 {
				break
			}
			r.chars(raw[:n*width], p.wide)
			raw = raw[n*width:]
			at += n
		}
	}
	r.endLine()
}

// docBounds returns the character after each story's last.
func docBounds(b []byte) [len(docStories)]int {
	var bounds [len(docStories)]int
	end := 0
	for i := range docStories {
		end += int(binary.LittleEndian.Uint32(b[fibCounts+4*i:]) & 0x7fffffff)
		bounds[i] = end
	}
	return bounds
}

// chars writes characters of one width.
func (r *docReader) chars(raw []byte, wide bool) {
	if !wide {
		for _, c := range raw {
			r.char(narrowOrControl(c))
		}
		return
	}
	for i := 0; i+1 < len(raw); i += 2 {
		c := rune(binary.LittleEndian.Uint16(raw[i:]))
		if utf16.IsSurrogate(c) && i+3 < len(raw) {
			if pair := utf16.DecodeRune(c, rune(binary.LittleEndian.Uint16(raw[i+2:]))); pair != '\ufffd' {
				c = pair
				i += 2
			}
		}
		r.char(c)
	}
}

func narrowOrControl(c byte) rune {
	if c < 0x80 {
		return rune(c)
	}
	return cp1252Rune(c)
}

// char writes a character, or does what it stands for.
func (r *docReader) char(c rune) {
	marked := r.row.marked
	r.row.marked = false
	switch c {
	case '\r', '\f', 0x0e:
		r.endLine()
		if r.row.col == 0 && !marked {
			r.row, r.heads = docRow{}, heads{} // text outside a table
		}
	case 0x07:
		r.mark(marked)
	case 0x0b:
		r.put('\n')
	case 0x13:
		r.fields = append(r.fields, true)
		r.put(' ')
	case 0x14:
		if n := len(r.fields); n > 0 {
			r.fields[n-1] = false
			r.put('\n')
		}
	case 0x15:
		if n := len(r.fields); n > 0 {
			if r.fields[n-1] {
				r.put('\n')
			}
			r.fields = r.fields[:n-1]
		}
	case 0x1e:
		r.put('\u2011')
	case 0x1f:
		r.put('\u00ad')
	case 0, 1, 2, 3, 4, 5, 6, 8: // anchors of pictures, notes and drawings
	default:
		r.put(c)
	}
}

// put appends a character to the line; the codes of fields are kept apart from
// the paragraph's own text.
func (r *docReader) put(c rune) {
	if slices.Contains(r.fields, true) || c == '\n' && len(r.fields) > 0 {
		if len(r.fields) <= maxFlows && r.s.startBox() {
			r.s.char(string(c))
			code := r.s.takeBox()
			f := r.s.flow()
			f.boxes = append(f.boxes, code...)
			if c == '\n' {
				f.boxes = endLine(f.boxes)
			}
		}
		return
	}
	if len(r.line) > maxCell {
		r.flushLine()
	}
	r.line = append(r.line, string(c)...)
}

func (r *docReader) flushLine() {
	r.s.text(r.line)
	r.line = r.line[:0]
}

// endLine ends a paragraph.
func (r *docReader) endLine() {
	r.flushLine()
	r.s.endParagraph()
}

// mark ends a cell or a row.
func (r *docReader) mark(marked bool) {
	row := &r.row
	row.marked = true
	if marked && len(r.line) == 0 && row.col > 0 && (row.columns == 0 || row.col >= row.columns) {
		if row.columns == 0 {
			row.columns = row.col
		}
		row.col = 0
		r.heads.endRow()
		r.s.char("\n")
		return
	}
	if label := r.heads.label(row.col, r.line); label != nil {
		r.s.text(label)
		r.s.char(string(rune(HeaderEnd)))
	}
	r.heads.note(row.col, r.line)
	r.flushLine()
	r.s.char(string(rune(CellEnd)))
	row.col = min(row.col+1, maxHeads)
}
