package extract

import (
	"encoding/binary"
	"errors"
	"math"
	"unicode/utf16"

	"github.com/sletdk/slet/scanner"
)

// Excel 5–2003 ([MS-XLS], BIFF5 and BIFF8): a stream of records, first the
// workbook's, then those of each sheet.

// The records that are read.
const (
	biffFormula    = 0x0006
	biffEOF        = 0x000a
	biffHeader     = 0x0014
	biffFooter     = 0x0015
	biffNote       = 0x001c
	biffDateMode   = 0x0022
	biffFilePass   = 0x002f
	biffContinue   = 0x003c
	biffBoundSheet = 0x0085
	biffMulRK      = 0x00bd
	biffRString    = 0x00d6
	biffXF         = 0x00e0
	biffSST        = 0x00fc
	biffLabelSST   = 0x00fd
	biffTXO        = 0x01b6
	biffHLink      = 0x01b8
	biffNumber     = 0x0203
	biffLabel      = 0x0204
	biffString     = 0x0207
	biffRK         = 0x027e
	biffFormat     = 0x041e
	biffBOF        = 0x0809
)

// xlsReader reads the records of a workbook.
type xlsReader struct {
	d *doc
	s *story

	biff8    bool
	depth    int // substreams inside each other: charts lie in sheets
	sheets   map[int]string
	title    string
	formats  map[int]numberFormat
	styles   []int // format by style
	strings  sharedStrings
	date1904 bool

	heads    heads
	row      int
	pending  [3]int // place of a formula whose text follows
	awaiting bool
	margin   []byte
}

// readXLS reads a workbook; texts outside the cells' records (formulas, drawings,
// links) are looked for raw if they have numbers.
func readXLS(d *doc, st *storage, stream string) error {
	b, loadErr := st.load(d, stream)
	if len(b) < 8 {
		return cmpErr(loadErr, errors.New("the workbook is cut short"))
	}
	seen := numberSet{}
	r := &xlsReader{d: d, s: newStory(d), sheets: map[int]string{}, formats: map[int]numberFormat{}}
	r.strings.repeat = maxRepeat + 50*d.size
	r.s.seen = seen
	err := r.read(b)
	if r.s.finish(); r.s.err != nil {
		return r.s.err
	}
	if err != nil && reasonOf(err) == scanner.Encrypted {
		return err
	}
	rest := newStory(d)
	rest.seen = seen
	if err := r.strings.writeUnused(rest); err != nil {
		return err
	}
	if raw := rescan(d, b, seen, err != nil); raw != nil {
		return raw
	}
	if lost := readPictures(d, b); lost != nil {
		return lost
	}
	return cmpErr(loadErr, err)
}

// read goes through the records.
func (r *xlsReader) read(b []byte) error {
	le := binary.LittleEndian
	r.row = -1
	for at := 0; at+4 <= len(b) && r.s.err == nil; {
		id, n := int(le.Uint16(b[at:])), int(le.Uint16(b[at+2:]))
		from := at
		at += 4
		if id == 0 && n == 0 {
			break // filled up with zeros
		}
		if at+n > len(b) {
			return errors.New("the last record is cut short")
		}
		rec := [][]byte{b[at : at+n]}
		at += n
		for at+4 <= len(b) && le.Uint16(b[at:]) == biffContinue && id != biffContinue {
			n := int(le.Uint16(b[at+2:]))
			if at+4+n > len(b) {
				break
			}
			rec = append(rec, b[at+4:at+4+n])
			at += 4 + n
		}
		if err := r.record(id, from, rec); err != nil {
			return err
		}
	}
	return nil
}

// record reads one record with what continues it.
func (r *xlsReader) record(id, at int, rec [][]byte) error {
	le := binary.LittleEndian
	b := rec[0]
	switch id {
	case biffFilePass:
		return unreadable(scanner.Encrypted, "the workbook is encrypted")
	case biffBOF:
		if len(b) >= 4 {
			r.begin(at, b)
		}
	case biffEOF:
		r.end()
	case biffBoundSheet:
		if len(b) >= 8 && len(r.sheets) < maxLinks {
			r.sheets[int(le.Uint32(b))] = cleanName(string(r.short(b[6:])))
		}
	case biffDateMode:
		r.date1904 = len(b) >= 2 && b[0] == 1
	case biffFormat:
		if len(b) >= 4 && len(r.formats) < 1<<16 {
			code := b[2:]
			text := r.long(code)
			if !r.biff8 {
				text = r.short(code)
			}
			r.s.seen.add(text) // its zeros are no number
			r.formats[int(le.Uint16(b))] = parseNumberFormat(string(text))
		}
	case biffXF:
		if len(b) >= 4 && len(r.styles) < 1<<16 {
			r.styles = append(r.styles, int(le.Uint16(b[2:])))
		}
	case biffSST:
		r.readStrings(rec)
	case biffHeader, biffFooter:
		if len(b) >= 3 {
			text := r.short(b)
			if r.biff8 {
				text = r.long(b)
			}
			if text = stripMarginCodes(text); len(text) > 0 {
				r.margin = endLine(appendClean(endLine(r.margin), text))
			}
		}
	case biffTXO:
		if len(rec) > 1 && len(b) >= 12 {
			r.textBox(int(le.Uint16(b[10:])), rec[1:])
		}
	case biffHLink, biffNote:
		scanRawBytes(b, func(run []byte) { r.margin = endLine(append(r.margin, run...)) })
	default:
		r.cellRecord(id, b)
	}
	if len(r.margin) > maxBox {
		r.writeMargin()
	}
	return nil
}

// scanRawBytes is scanRaw over bytes, which cannot fail.
func scanRawBytes(b []byte, emit func([]byte)) {
	s := &rawScanner{emit: emit}
	for _, c := range b {
		s.add(c)
	}
	s.flush(s.narrow)
	s.flush(s.wide[0])
	s.flush(s.wide[1])
}

// begin enters a substream: the workbook, a sheet, a chart.
func (r *xlsReader) begin(at int, b []byte) {
	le := binary.LittleEndian
	if r.depth++; r.depth > 1 {
		return
	}
	r.biff8 = le.Uint16(b) >= 0x600
	if le.Uint16(b[2:]) == 5 {
		return // the workbook's own records
	}
	r.title = r.sheets[at]
	r.s.part(r.title)
	if digitsUpTo([]byte(r.title), labelDigits) == labelDigits {
		r.s.text([]byte(r.title))
		r.s.endParagraph()
	}
	r.heads, r.row = heads{}, -1
}

// end leaves a substream.
func (r *xlsReader) end() {
	if r.depth = max(0, r.depth-1); r.depth == 0 {
		r.writeMargin()
		r.s.finish()
	}
}

// writeMargin writes headers, footers, boxes and links after the cells.
func (r *xlsReader) writeMargin() {
	if len(r.margin) > 0 {
		r.s.char("\n")
		r.s.mark("")
		r.s.text(r.margin)
		r.s.endParagraph()
	}
	r.margin = r.margin[:0]
}

// cellRecord reads a record with cells.
func (r *xlsReader) cellRecord(id int, b []byte) {
	le := binary.LittleEndian
	if id == biffString {
		if r.awaiting {
			text := r.long(b)
			r.awaiting = false
			r.cell(r.pending[0], r.pending[1], text)
		}
		return
	}
	if len(b) < 8 {
		return
	}
	row, col, xf := int(le.Uint16(b)), int(le.Uint16(b[2:])), int(le.Uint16(b[4:]))
	switch id {
	case biffLabelSST:
		if len(b) >= 10 {
			r.cell(row, col, r.strings.number(int(le.Uint32(b[6:]))))
		}
	case biffLabel, biffRString:
		r.cell(row, col, r.long(b[6:]))
	case biffRK:
		if len(b) >= 10 {
			r.number(row, col, xf, rkNumber(le.Uint32(b[6:])))
		}
	case biffMulRK:
		for i := 4; i+6 <= len(b)-2; i += 6 {
			r.number(row, col, int(le.Uint16(b[i:])), rkNumber(le.Uint32(b[i+2:])))
			col++
		}
	case biffNumber:
		if len(b) >= 14 {
			r.number(row, col, xf, math.Float64frombits(le.Uint64(b[6:])))
		}
	case biffFormula:
		if len(b) < 14 {
			return
		}
		if le.Uint16(b[12:]) != 0xffff {
			r.number(row, col, xf, math.Float64frombits(le.Uint64(b[6:])))
		} else if b[6] == 0 {
			r.pending, r.awaiting = [3]int{row, col}, true
		}
	}
}

// rkNumber is the number in its short form: a 30-bit integer or the upper 30 bits
// of a float, perhaps a hundred times too large.
func rkNumber(rk uint32) float64 {
	v := math.Float64frombits(uint64(rk&^3) << 32)
	if rk&2 != 0 {
		v = float64(int32(rk) >> 2)
	}
	if rk&1 != 0 {
		v /= 100
	}
	return v
}

// number writes a number's cell in its format.
func (r *xlsReader) number(row, col, xf int, v float64) {
	f := numberFormat{}
	if xf < len(r.styles) {
		var ok bool
		if f, ok = r.formats[r.styles[xf]]; !ok {
			f = builtinFormat(r.styles[xf])
		}
	}
	r.cell(row, col, f.append(nil, appendFloat(nil, v), r.date1904))
}

// cell writes a cell. Records come row by row.
func (r *xlsReader) cell(row, col int, text []byte) {
	if row != r.row {
		if r.row >= 0 {
			r.heads.endRow()
			if row > r.row+1 {
				r.heads.endRow()
			}
			r.s.char("\n")
		}
		r.row = row
	}
	writeSheetCell(r.s, &r.heads, row, col, text)
}

// textBox reads the text of a box or comment, which continues its record.
func (r *xlsReader) textBox(chars int, rec [][]byte) {
	for _, b := range rec {
		if len(b) < 2 || chars <= 0 {
			break
		}
		n := min(chars, len(b)-1)
		if b[0]&1 != 0 {
			n = min(chars, (len(b)-1)/2)
		}
		r.margin = append(r.margin, biffChars(b[1:], n, b[0]&1 != 0)...)
		chars -= n
	}
	r.margin = endLine(r.margin)
}

// short reads a string that begins with an 8-bit length.
func (r *xlsReader) short(b []byte) []byte {
	if len(b) < 2 {
		return nil
	}
	return r.chars(b[1:], int(b[0]))
}

// long reads a string that begins with a 16-bit length.
func (r *xlsReader) long(b []byte) []byte {
	if len(b) < 3 {
		return nil
	}
	return r.chars(b[2:], int(binary.LittleEndian.Uint16(b)))
}

// chars reads the characters of a string; BIFF8 has a byte of flags before them.
func (r *xlsReader) chars(b []byte, n int) []byte {
	if !r.biff8 {
		return biffChars(b, n, false)
	}
	return biffChars(b[1:], n, b[0]&1 != 0)
}

// biffChars decodes n characters of b, or as many as there are.
func biffChars(b []byte, n int, wide bool) []byte {
	if !wide {
		return decode1252(nil, b[:min(n, len(b))])
	}
	n = min(n, len(b)/2)
	u := make([]uint16, n)
	for i := range u {
		u[i] = binary.LittleEndian.Uint16(b[2*i:])
	}
	return []byte(string(utf16.Decode(u)))
}
