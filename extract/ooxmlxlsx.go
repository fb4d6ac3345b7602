package extract

import (
	"archive/zip"
	"bytes"
	"errors"
	"strconv"
	"strings"

	"github.com/sletdk/slet/scanner"
)

// workbook is a spreadsheet being read.
type workbook struct {
	*pack
	strings  sharedStrings
	formats  []numberFormat // by cell style
	date1904 bool
}

// readWorkbook reads the sheets in the workbook's order, hidden ones too, each
// as a part with the sheet's name.
func (p *pack) readWorkbook() error {
	w := &workbook{pack: p}
	defer func(before int64) { p.d.held = before }(p.d.held)
	p.done[p.main] = true
	type sheet struct{ name, id string }
	var sheets []sheet
	s := newStory(p.d)
	s.part("definerede navne")
	err := p.parse(p.files[p.main], func(x *xmlReader) error {
		for kind := x.next(); kind != xmlEOF && s.err == nil; kind = x.next() {
			if kind != xmlStart {
				continue
			}
			switch string(x.name) {
			case "workbookPr":
				w.date1904 = x.attrTrue("date1904")
			case "sheet":
				if len(sheets) < maxLinks {
					sheets = append(sheets, sheet{cleanName(string(x.attr("name"))), relID(x)})
				}
			case "definedName":
				readDefinedName(x, s)
			}
		}
		return nil
	})
	if s.finish(); s.err != nil {
		return s.err
	}
	if err := p.note("", err); err != nil {
		return err
	}
	targets := map[string]string{}
	for _, r := range p.rels(p.main) {
		targets[r.id] = r.target
	}
	if err := w.readShared(); err != nil {
		return err
	}
	for _, sh := range sheets {
		name := targets[sh.id]
		if p.files[name] == nil {
			p.d.gap(sh.name, scanner.Corrupt, errors.New("the sheet is missing from the file"))
			continue
		}
		if err := w.readSheet(name, sh.name); err != nil {
			return err
		}
	}
	for _, name := range p.names { // sheets that the workbook does not name
		if strings.HasPrefix(name, "xl/worksheets/") && strings.HasSuffix(name, ".xml") {
			if err := w.readSheet(name, name[len("xl/worksheets/"):]); err != nil {
				return err
			}
		}
	}
	return w.strings.writeUnused(newStory(p.d))
}

// relID is the r:id of an element that may have an id of its own as well.
func relID(x *xmlReader) string {
	id := ""
	for rest := x.attrs; ; {
		name, value, tail, ok := cutAttr(rest)
		if !ok {
			return id
		}
		if rest = tail; bytes.HasSuffix(name, []byte(":id")) {
			id = string(value)
		}
	}
}

// readDefinedName writes a name and what it stands for.
func readDefinedName(x *xmlReader, s *story) {
	s.text(x.attr("name"))
	s.char(" ")
	s.text(x.attr("comment"))
	s.char(" ")
	for kind := x.next(); kind == xmlText; kind = x.next() {
		s.text(x.text)
	}
	s.endParagraph()
}

// readShared reads the shared strings and the styles, which the sheets need.
func (w *workbook) readShared() error {
	for _, r := range w.rels(w.main) {
		f := w.files[r.target]
		if f == nil || w.done[r.target] {
			continue
		}
		var err error
		switch r.kind[strings.LastIndexByte(r.kind, '/')+1:] {
		case "sharedStrings":
			w.done[r.target] = true
			over := newStory(w.d)
			over.part("delte tekster")
			err = w.parse(f, func(x *xmlReader) error { return w.strings.read(w.d.job, x, over) })
			if over.finish(); over.err != nil {
				return over.err
			}
		case "styles":
			w.done[r.target] = true
			err = w.parse(f, func(x *xmlReader) error { w.formats = readCellStyles(x); return nil })
		}
		if err := w.note(r.target, err); err != nil {
			return err
		}
	}
	return nil
}

// readSheet reads a sheet, its comments and its drawings.
func (w *workbook) readSheet(name, title string) error {
	if w.done[name] {
		return nil
	}
	w.done[name] = true
	s := newStory(w.d)
	s.part(title)
	r := &sheetReader{w: w, s: s}
	err := w.parse(w.files[name], func(x *xmlReader) error {
		if digitsUpTo([]byte(title), labelDigits) == labelDigits {
			s.text([]byte(title))
			s.endParagraph()
		}
		r.x = x
		r.read()
		s.finish()
		return s.err
	})
	if err := w.note(title, err); err != nil {
		return err
	}
	for _, rel := range w.rels(name) {
		f := w.files[rel.target]
		if f == nil || w.done[rel.target] {
			continue
		}
		var err error
		switch kind := rel.kind[strings.LastIndexByte(rel.kind, '/')+1:]; kind {
		case "comments", "threadedComment":
			w.done[rel.target] = true
			err = w.readCellComments(f, title+", kommentar")
		case "drawing":
			w.done[rel.target] = true
			err = w.readXML(rel.target, title+", tegning")
		}
		if err := w.note(title, err); err != nil {
			return err
		}
	}
	return nil
}

// readCellComments writes comments with the cells that they belong to.
func (w *workbook) readCellComments(f *zip.File, where string) error {
	s := newStory(w.d)
	s.part(where)
	err := w.parse(f, func(x *xmlReader) error {
		in := false
		for kind := x.next(); kind != xmlEOF && s.err == nil; kind = x.next() {
			switch kind {
			case xmlStart:
				switch string(x.name) {
				case "comment", "threadedComment":
					s.endParagraph()
					s.mark("!" + string(appendClean(nil, x.attr("ref")[:min(len(x.attr("ref")), maxRef)])))
				case "rPh":
					x.skip()
				case "t", "text", "author":
					in = true
				}
			case xmlText:
				if in && len(bytes.TrimSpace(x.text)) > 0 || in && string(x.top()) == "t" {
					s.text(x.text)
				}
			case xmlEnd:
				switch string(x.name) {
				case "t":
					in = false
				case "text", "author":
					in = false
					s.endParagraph()
				}
			}
		}
		return nil
	})
	if s.finish(); s.err != nil {
		return s.err
	}
	return w.note(where, err)
}

// maxRef is the longest reference of a cell: "XFD1048576".
const maxRef = 10

// sheetReader reads the cells of a sheet.
type sheetReader struct {
	w *workbook
	x *xmlReader
	s *story

	heads    heads
	row, col int // of the present cell, from 0
	value    []byte
	formula  []byte
	inline   []byte
	cell     []byte
	kind     string
	style    int
}

func (r *sheetReader) read() {
	x, s := r.x, r.s
	r.row = -1
	for kind := x.next(); kind != xmlEOF && s.err == nil; kind = x.next() {
		if kind != xmlStart {
			if kind == xmlEnd && string(x.name) == "row" {
				r.endRow()
			}
			continue
		}
		switch string(x.name) {
		case "row":
			next := x.attrInt("r", r.row+2) - 1
			if next > r.row+1 && r.row >= 0 {
				r.heads.endRow() // rows without cells are not in the file
			}
			r.row, r.col = next, -1
		case "c":
			r.readCell()
		case "oddHeader", "evenHeader", "firstHeader":
			r.readMargin("sidehoved")
		case "oddFooter", "evenFooter", "firstFooter":
			r.readMargin("sidefod")
		case "formula", "formula1", "formula2":
			r.formula = r.readText(r.formula[:0])
			if lit := appendLiterals(nil, r.formula); len(lit) > 0 {
				s.text(lit)
				s.endParagraph()
			}
		case "hyperlink", "dataValidation":
			for _, name := range [...]string{"display", "tooltip", "location", "prompt", "promptTitle", "error"} {
				if v := x.attr(name); digitsUpTo(v, labelDigits) == labelDigits {
					s.attrLine(x, name)
				}
			}
		}
	}
	r.endRow()
}

func (r *sheetReader) endRow() {
	r.heads.endRow()
	if n := len(r.s.out); n == 0 || r.s.out[n-1] != '\n' {
		r.s.char("\n")
	}
}

// readText appends the text inside the present element, rich runs joined and
// readings (phonetic hints) left out.
func (r *sheetReader) readText(dst []byte) []byte { return appendElementText(dst, r.x) }

// maxString is the longest text of a cell or shared string that is kept; Excel's
// own limit is 32,767 characters.
const maxString = 1 << 20

func appendElementText(dst []byte, x *xmlReader) []byte {
	from := len(dst)
	for depth := x.depth; x.depth >= depth; {
		switch x.next() {
		case xmlEOF:
			return dst
		case xmlStart:
			if string(x.name) == "rPh" || string(x.name) == "rPr" {
				x.skip()
			}
		case xmlText:
			if len(dst)-from < maxString {
				dst = append(dst, x.text...)
			} else {
				x.stop(unreadable(scanner.TooLarge, "a text is longer than %d bytes", maxString))
			}
		}
	}
	return dst
}

// readCell reads a c element.
func (r *sheetReader) readCell() {
	x := r.x
	r.locate()
	r.kind, r.style = cellKind(x.attr("t")), 0
	r.style = x.attrInt("s", 0)
	r.value, r.formula, r.inline = r.value[:0], r.formula[:0], r.inline[:0]
	for depth := x.depth; x.depth >= depth; {
		switch x.next() {
		case xmlEOF:
			return
		case xmlStart:
			switch string(x.name) {
			case "v":
				r.value = r.readText(r.value)
			case "f":
				r.formula = r.readText(r.formula)
			case "is":
				r.inline = r.readText(r.inline)
			default:
				x.skip()
			}
		}
	}
	r.writeCell()
}

// cellKind returns the constant for a cell's type.
func cellKind(t []byte) string {
	switch string(t) {
	case "s":
		return "s"
	case "inlineStr", "str", "e", "b", "d":
		return "text"
	}
	return "n"
}

// locate sets the cell's place: its reference, or the cell after the last one.
func (r *sheetReader) locate() {
	r.col++
	ref := r.x.attr("r")
	col, i := 0, 0
	for i < len(ref) && i < 3 && ref[i]|0x20 >= 'a' && ref[i]|0x20 <= 'z' {
		col = col*26 + int(ref[i]|0x20-'a') + 1
		i++
	}
	if col > 0 && col <= maxHeads {
		r.col = col - 1
	}
	if row, err := strconv.Atoi(string(ref[i:])); err == nil && row > 0 && row <= 1<<20 && r.row < 0 {
		r.row = row - 1
	}
}

// writeCell writes the cell as a person sees it, and the texts in its formula.
func (r *sheetReader) writeCell() {
	text := r.inline
	switch {
	case r.kind == "s":
		text = r.w.strings.get(r.value)
	case r.kind == "n" && len(r.value) > 0:
		r.cell = r.w.number(r.cell[:0], r.value, r.style)
		text = r.cell
	case len(text) == 0:
		text = r.value
	}
	if lit := appendLiterals(nil, r.formula); len(lit) > 0 && !bytes.Contains(text, lit) {
		text = append(append(append(r.cell[:0:0], text...), '\n'), lit...)
	}
	writeSheetCell(r.s, &r.heads, r.row, r.col, text)
}

// number writes a number in its cell's format.
func (w *workbook) number(dst, value []byte, style int) []byte {
	f := numberFormat{}
	if style >= 0 && style < len(w.formats) {
		f = w.formats[style]
	}
	return f.append(dst, value, w.date1904)
}

// writeSheetCell writes one cell of a sheet; one with digits gets its place and
// carries its header. An empty cell is only passed.
func writeSheetCell(s *story, h *heads, row, col int, text []byte) {
	if len(text) == 0 {
		return
	}
	if digitsUpTo(text, labelDigits) == labelDigits {
		s.mark("!" + cellName(row, col))
	} else if s.at != "" {
		s.mark("") // the place was the cell's before
	}
	if label := h.label(col, text); label != nil {
		s.text(label)
		s.out = append(s.out, HeaderEnd)
	}
	h.note(col, text)
	s.text(text)
	s.out = append(s.out, CellEnd)
}

// cellName is the name of a cell, "B7" for row 6 and column 1.
func cellName(row, col int) string {
	var b [8]byte
	i := len(b)
	for col++; col > 0 && i > 0; col = (col - 1) / 26 {
		i--
		b[i] = byte('A' + (col-1)%26)
	}
	return string(b[i:]) + strconv.Itoa(max(row, 0)+1)
}

// appendLiterals appends the quoted texts of a formula that have the digits of
// a number.
func appendLiterals(dst, formula []byte) []byte {
	if digitsUpTo(formula, labelDigits) < labelDigits {
		return dst
	}
	for {
		_, rest, ok := bytes.Cut(formula, []byte{'"'})
		if !ok {
			return dst
		}
		lit, tail, ok := bytes.Cut(rest, []byte{'"'})
		if !ok {
			return dst
		}
		if digitsUpTo(lit, labelDigits) == labelDigits {
			if len(dst) > 0 {
				dst = append(dst, '\n')
			}
			dst = append(dst, lit...)
		}
		formula = tail
	}
}

// readMargin writes a header or footer of the printed page.
func (r *sheetReader) readMargin(place string) {
	text := stripMarginCodes(r.readText(nil))
	if len(bytes.TrimSpace(text)) == 0 {
		return
	}
	r.s.endParagraph()
	r.s.mark(place)
	r.s.text(text)
	r.s.endParagraph()
}

// stripMarginCodes takes the codes (&L, &"Arial,Fed", &12, &P) out of a header.
// The three sections become lines.
func stripMarginCodes(b []byte) []byte {
	var out []byte
	for i := 0; i < len(b); i++ {
		if b[i] != '&' || i+1 == len(b) {
			out = append(out, b[i])
			continue
		}
		i++
		switch c := b[i]; {
		case c == '&':
			out = append(out, '&')
		case c == 'L' || c == 'C' || c == 'R':
			out = endLine(out)
		case c == '"':
			if n := bytes.IndexByte(b[i+1:], '"'); n >= 0 {
				i += n + 1
			}
		case c == 'K':
			i = min(i+6, len(b)-1)
		case c-'0' < 10: // a font size has at most three digits
			for n := 0; n < 2 && i+1 < len(b) && b[i+1]-'0' < 10; n++ {
				i++
			}
		}
	}
	return out
}
