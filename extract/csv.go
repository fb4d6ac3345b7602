package extract

import (
	"bytes"
	"strings"
)

// isCSV reports whether d is a table in plain text. Prose has commas too, and
// cutting it into cells would part a label from its number: so the lines have
// to agree on the number of fields, and commas need more lines that do.
func isCSV(d *doc) bool { return csvSeparator(d.headText(), int64(len(d.head)) == d.size) != 0 }

// csvSeparator returns the separator of the table that head begins, 0 if it is
// none. whole says that head is all of it, the last line included.
func csvSeparator(head string, whole bool) byte {
	if sep, _, ok := sepLine(head); ok {
		return sep
	}
	best, bestCols := byte(0), 1
	for _, sep := range []byte{';', '\t', '|', ','} {
		rows := withoutTitle(csvRows(head, sep, whole))
		cols, agree := modeOf(rows)
		need := 2
		if sep == ',' || sep == '|' {
			need = 3
		}
		if cols < 2 || agree < need || agree*10 < len(rows)*8 || proseLike(head, sep) {
			continue
		}
		if cols > bestCols {
			best, bestCols = sep, cols
		}
	}
	if best == 0 && isColumn(head, whole) {
		return noSeparator
	}
	return best
}

// noSeparator is the separator of a table of one column: a byte that text does
// not have.
const noSeparator = 0xFF

// maxTitle is how many lines may stand over a table.
const maxTitle = 4

// withoutTitle leaves out the first rows of one field: a title.
func withoutTitle(rows []int) []int {
	n := 0
	for n < len(rows) && n < maxTitle && rows[n] == 1 {
		n++
	}
	return rows[n:]
}

// isColumn reports whether head begins a table of one column: a short text or
// a few, and then a number on every line, in quotation marks or not.
func isColumn(head string, whole bool) bool {
	titles, numbers := 0, 0
	for line := range strings.Lines(head) {
		if !whole && !strings.HasSuffix(line, "\n") {
			break
		}
		line = strings.Trim(line, " \"\r\n\t\ufeff")
		switch {
		case line == "":
		case isNumber(line):
			numbers++
		case numbers > 0 || titles == maxTitle || len(line) > maxHead || !isLabel([]byte(line)) ||
			digitsUpTo([]byte(line), labelDigits) == labelDigits:
			return false
		default:
			titles++
		}
	}
	return titles > 0 && numbers > 0
}

// isNumber reports whether a line has digits enough for a number, and hardly
// anything else.
func isNumber(line string) bool {
	return len(line) <= 16 && strings.Trim(line, "0123456789-. ,") == "" && digitsUpTo([]byte(line), labelDigits) == labelDigits
}

// sepLine reads the line with which Excel is told the separator.
func sepLine(head string) (sep byte, n int, ok bool) {
	line, _, found := strings.Cut(head, "\n")
	if s := strings.TrimRight(line, "\r"); found && len(s) == 5 && strings.EqualFold(s[:4], "sep=") {
		return s[4], len(line) + 1, true
	}
	return 0, 0, false
}

// csvRows counts the fields of the rows in head, at most 100 of them; blank
// lines do not count.
func csvRows(head string, sep byte, whole bool) []int {
	var rows []int
	fields, quoted, closed, start, length := 1, false, false, true, 0
	for i := 0; i < len(head) && len(rows) < 100; i++ {
		c := head[i]
		switch {
		case quoted:
			quoted, closed = c != '"', c == '"'
		case c == '"' && (start || closed):
			quoted = true
		case c == sep:
			fields++
		case c == '\n':
			if length > 0 {
				rows = append(rows, fields)
			}
			fields, start, length = 1, true, 0
			continue
		}
		start, closed = c == sep && !quoted, closed && c == '"'
		if c != '\r' {
			length++
		}
	}
	if whole && length > 0 {
		rows = append(rows, fields)
	}
	return rows
}

// modeOf returns the most frequent number of fields of more than one, and how
// many rows have it.
func modeOf(rows []int) (cols, agree int) {
	count := map[int]int{}
	for _, n := range rows {
		count[n]++
	}
	for n, k := range count {
		if n > 1 && (k > agree || k == agree && n > cols) {
			cols, agree = n, k
		}
	}
	return cols, agree
}

// proseLike reports whether most separators are punctuation: a blank follows.
func proseLike(s string, sep byte) bool {
	return (sep == ',' || sep == ';') && strings.Count(s, string(sep)+" ")*2 > strings.Count(s, string(sep))
}

// readCSV writes a table, row by row; a cell's line breaks stay, so that the
// line numbers are the file's.
func readCSV(d *doc) error {
	if err := d.part("", true); err != nil {
		return err
	}
	dec := d.text(d.charset)
	p := &csvReader{d: d, sep: csvSeparator(d.headText(), int64(len(d.head)) == d.size), start: true}
	if _, n, ok := sepLine(d.headText()); ok {
		p.skip = n - 1 // its line break stays, for the line numbers
	}
	for {
		b, err := dec.next()
		if err != nil {
			if err := p.end(); err != nil {
				return err
			}
			return dec.finish()
		}
		if err := p.write(b); err != nil {
			return err
		}
		if err := p.flush(); err != nil {
			return err
		}
	}
}

// maxField is how much of a cell is held to learn whether it has digits; a
// longer one is written without its header. A quoted cell that is longer is
// taken for one whose quotation mark somebody forgot to close: else the rest
// of the file would be one cell.
const maxField = 8 << 10

// csvReader cuts text into cells. It keeps what quotation marks mean as
// RFC 4180 has it, and forgives everything.
type csvReader struct {
	d     *doc
	sep   byte
	skip  int // bytes to pass over
	heads heads
	col   int
	out   []byte
	mark  string // in force

	cell   []byte // the current cell
	start  bool   // at the start of a cell
	quoted bool   // inside quotation marks
	closed bool   // a quotation mark inside quotation marks: the end, or half of ""
	long   bool   // part of the cell is out already
}

func (p *csvReader) flush() error {
	err := p.d.sink.Text(p.out)
	p.out = p.out[:0]
	return err
}

func (p *csvReader) write(b []byte) error {
	if n := min(p.skip, len(b)); n > 0 {
		b, p.skip = b[n:], p.skip-n
	}
	for len(b) > 0 {
		n, err := p.step(b)
		if err != nil {
			return err
		}
		b = b[n:]
	}
	return nil
}

// step takes what comes next from b, and returns how many bytes it was.
func (p *csvReader) step(b []byte) (int, error) {
	c := b[0]
	switch {
	case p.quoted && !p.closed && c == '"':
		p.closed = true
		return 1, nil
	case p.quoted && !p.closed:
		n := bytes.IndexByte(b, '"')
		if n < 0 {
			n = len(b)
		}
		n = min(n, maxField)
		return n, p.add(b[:n])
	case p.closed && c == '"':
		p.closed = false
		return 1, p.add(b[:1])
	case p.start && c == '"':
		p.quoted, p.start = true, false
		return 1, nil
	case c == p.sep:
		return 1, p.endCell()
	case c == '\n':
		return 1, p.endLine()
	}
	p.quoted, p.closed = false, false
	n := 1
	for n < len(b) && n < maxField && b[n] != p.sep && b[n] != '\n' {
		n++
	}
	return n, p.add(b[:n])
}

// add appends to the current cell.
func (p *csvReader) add(b []byte) error {
	p.start = false
	p.cell = append(p.cell, b...)
	if len(p.cell) <= maxField {
		return nil
	}
	if p.quoted {
		// Read it again as if the quotation mark meant nothing.
		again := bytes.Clone(p.cell)
		p.cell, p.quoted, p.closed = p.cell[:0], false, false
		return p.write(again)
	}
	p.long = true
	p.out = append(p.out, p.cell...)
	p.cell = p.cell[:0]
	return p.flush()
}

func (p *csvReader) endCell() error {
	if !p.long {
		if err := p.head(); err != nil {
			return err
		}
		p.heads.note(p.col, p.cell)
	}
	p.out = append(append(p.out, p.cell...), CellEnd)
	p.cell, p.long = p.cell[:0], false
	p.start, p.quoted, p.closed = true, false, false
	p.col++
	return nil
}

// head writes the cell's header, and marks the column of a cell that has one.
func (p *csvReader) head() error {
	label := p.heads.label(p.col, p.cell)
	mark := ""
	if label != nil && p.col < len(p.heads.names) && len(p.heads.names[p.col]) > 0 {
		label = p.heads.names[p.col]
		mark = "kolonne " + string(label)
	}
	if mark != p.mark {
		if err := p.flush(); err != nil {
			return err
		}
		p.d.sink.Mark(mark)
		p.mark = mark
	}
	if label != nil {
		p.out = append(append(p.out, label...), HeaderEnd)
	}
	return nil
}

func (p *csvReader) endLine() error {
	p.cell = bytes.TrimSuffix(p.cell, []byte("\r"))
	if len(p.cell) > 0 || p.col > 0 || p.long {
		if err := p.endCell(); err != nil {
			return err
		}
	}
	p.start = true
	p.col = 0
	p.heads.endRow()
	p.out = append(p.out, '\n')
	return nil
}

// end writes what is left at the end of the file.
func (p *csvReader) end() error {
	if len(p.cell) > 0 || p.col > 0 || p.long {
		if err := p.endCell(); err != nil {
			return err
		}
	}
	return p.flush()
}
