package extract

import (
	"bytes"
	"fmt"
	"maps"
	"slices"

	"github.com/sletdk/slet/scanner"
)

// odfReader reads the text of an OpenDocument part.
type odfReader struct {
	x *xmlReader
	s *story

	where  string
	paras  int   // open paragraphs and other elements whose text is content
	space  bool  // the text so far ends in white space
	boxes  []int // depths at which boxes began
	tables []int // depths at which tables began
	spans  []int // columns of the open cells
	slide  int

	ins   int               // open insertions
	gone  map[string][]byte // deleted text by the id of its change
	sheet *odfSheet         // the open sheet of a spreadsheet
	grid  bool              // inside a spreadsheet's body
}

// odfSheet is the open sheet, and its present cell.
type odfSheet struct {
	depth    int // of the table
	heads    heads
	row, col int
	cell     int // depth of the open cell, 0 for none
	box      bool
	kind     string
	value    []byte
	formula  []byte
	columns  int // that the cell stands for
	rows     int // that the row stands for
}

// readODFXML reads the part that x is in.
func readODFXML(x *xmlReader, s *story) {
	r := &odfReader{x: x, s: s, where: s.where}
	for kind := x.next(); kind != xmlEOF && s.err == nil; kind = x.next() {
		switch kind {
		case xmlStart:
			if pictureTags[string(x.name)] && s.d.album != nil {
				s.d.album.add(scanner.Unsupported, errPictureText)
			}
			r.start(string(x.name))
		case xmlText:
			if r.paras > 0 {
				r.text(x.text)
			}
		case xmlEnd:
			r.end(string(x.name))
		}
	}
	r.writeGone()
}

// writeGone writes the deleted text whose place was not in the document.
func (r *odfReader) writeGone() {
	for _, id := range slices.Sorted(maps.Keys(r.gone)) {
		r.s.endParagraph()
		r.s.text(r.gone[id])
		r.s.endParagraph()
	}
}

// text writes content with its white space collapsed: only text:s, text:tab and
// text:line-break make more than one blank.
func (r *odfReader) text(b []byte) {
	for len(b) > 0 {
		n := bytes.IndexAny(b, " \t\r\n")
		if n < 0 {
			n = len(b)
		}
		if n > 0 {
			r.raw(b[:n])
			r.space = false
		}
		m := n
		for m < len(b) && isSpace(b[m]) {
			m++
		}
		if m > n && !r.space {
			r.raw([]byte{' '})
			r.space = true
		}
		b = b[m:]
	}
}

// raw writes content as it is.
func (r *odfReader) raw(b []byte) {
	if r.ins > 0 {
		r.s.inserted(b)
	} else {
		r.s.kept(b)
	}
}

func (r *odfReader) start(name string) {
	x := r.x
	switch name {
	case "automatic-styles", "styles", "font-face-decls", "settings", "scripts", "ruby-text",
		"note-citation", "date", "date-string", "change-info", "calculation-settings":
		x.skip()
	case "p", "h":
		r.paras++
		r.space = true
	case "title", "desc", "creator", "label": // of drawings, of annotations
		r.paras++
		r.space = true
	case "s":
		r.raw(bytes.Repeat([]byte{' '}, min(max(x.attrInt("c", 1), 1), 256)))
		r.space = true
	case "tab":
		r.raw([]byte{'\t'})
		r.space = true
	case "line-break":
		r.raw([]byte{'\n'})
		r.space = true
	case "text-box", "custom-shape", "rect", "ellipse", "line", "polyline", "polygon", "path",
		"connector", "caption", "measure", "circle", "regular-polygon", "note-body", "annotation":
		if r.s.startBox() {
			r.boxes = append(r.boxes, x.depth)
		}
	case "a":
		r.aside(x.attr("href"))
	case "tracked-changes":
		r.readDeletions()
	case "change-start":
		r.ins++
	case "change-end":
		r.ins = max(0, r.ins-1)
	case "change":
		id := string(x.attr("change-id"))
		if b := r.gone[id]; len(b) > 0 {
			r.s.deleted(b)
			delete(r.gone, id) // once is enough
		}
	default:
		r.startOther(name)
	}
}

func (r *odfReader) startOther(name string) {
	x, s := r.x, r.s
	switch name {
	case "meta": // of a flat file, like the body
		s.part(r.at("egenskaber"))
		r.paras++
	case "body":
		s.part(r.where)
	case "spreadsheet":
		r.grid = true
	case "table", "sub-table", "table-row", "table-cell", "covered-table-cell":
		r.startTable(name)
	case "header", "header-left", "header-first":
		s.part(r.at("sidehoved"))
	case "footer", "footer-left", "footer-first":
		s.part(r.at("sidefod"))
	case "page":
		r.slide++
		s.part(r.at(fmt.Sprintf("dias %d", r.slide)))
	case "notes":
		s.part(r.at(fmt.Sprintf("dias %d, noter", r.slide)))
	case "master-page":
		s.part(r.at("master"))
	case "hidden-text", "hidden-paragraph", "conditional-text", "user-field-decl", "text", "textarea",
		"formatted-text", "combobox", "option", "listbox", "file", "password", "generic-control":
		for _, attr := range [...]string{"string-value", "string-value-if-true", "string-value-if-false", "current-value", "value", "label"} {
			r.aside(x.attr(attr))
		}
	case "named-range", "named-expression":
		r.aside(x.attr("name"))
	}
}

// at is a place in the part, which may be an object's.
func (r *odfReader) at(where string) string {
	if r.where == "" {
		return where
	}
	return r.where + ", " + where
}

// aside writes text that is not part of the paragraph.
func (r *odfReader) aside(b []byte) {
	if len(b) > 0 && r.s.startBox() {
		r.s.text(b)
		r.s.endBox()
	}
}

func (r *odfReader) end(name string) {
	x, s := r.x, r.s
	switch name {
	case "p", "h", "title", "desc", "creator", "label":
		if r.paras > 0 {
			r.paras--
			s.endParagraph()
			r.space = true
		}
	case "meta":
		r.paras = max(0, r.paras-1)
		s.endParagraph()
	case "generator", "user-defined", "keyword", "subject", "description":
		s.endParagraph()
	case "table-row":
		r.endRow()
	case "table-cell", "covered-table-cell":
		r.endCell()
	case "table", "sub-table":
		r.endTable()
	default:
		if n := len(r.boxes); n > 0 && r.boxes[n-1] == x.depth+1 {
			s.endBox()
			r.boxes = r.boxes[:n-1]
			r.space = false
		}
	}
}

// maxGone is how many bytes of deleted text are held to be shown where they
// stood.
const maxGone = 4 << 20

// readDeletions reads the deleted text, which is kept in front of the document
// with a name for each place.
func (r *odfReader) readDeletions() {
	x := r.x
	if r.gone == nil {
		r.gone = map[string][]byte{}
	}
	id, size := "", 0
	in := false
	for depth := x.depth; x.depth >= depth; {
		switch x.next() {
		case xmlEOF:
			return
		case xmlStart:
			switch string(x.name) {
			case "changed-region":
				if id = string(x.attr("id")); id == "" {
					id = string(x.attr("change-id"))
				}
			case "change-info":
				x.skip()
			case "p", "h":
				in = true
			case "tab", "s", "line-break":
				r.gone[id] = append(r.gone[id], ' ')
			}
		case xmlText:
			if in && size < maxGone {
				r.gone[id] = append(r.gone[id], x.text...)
				size += len(x.text)
			} else if in {
				r.s.text(x.text)
			}
		case xmlEnd:
			if n := string(x.name); n == "p" || n == "h" {
				in = false
				if b := r.gone[id]; len(b) > 0 && string(x.top()) != "changed-region" {
					r.gone[id] = append(b, '\n')
				}
				r.s.endParagraph()
			}
		}
	}
	for id, b := range r.gone { // the last line needs no end
		r.gone[id] = bytes.TrimRight(b, "\n")
	}
}

func (r *odfReader) startTable(name string) {
	x, s := r.x, r.s
	if r.sheet != nil && len(r.tables) == 0 {
		r.startSheetElement(name)
		return
	}
	switch name {
	case "table", "sub-table":
		if r.grid && r.sheet == nil {
			r.sheet = &odfSheet{depth: x.depth}
			title := cleanName(string(x.attr("name")))
			s.part(r.at(title))
			if digitsUpTo([]byte(title), labelDigits) == labelDigits {
				s.text([]byte(title))
				s.endParagraph()
			}
		} else if s.startTable() {
			r.tables = append(r.tables, x.depth)
		}
	case "table-cell", "covered-table-cell":
		if len(r.tables) > 0 {
			s.startCell()
			n := max(x.attrInt("number-columns-repeated", 1), 1)
			r.spans = append(r.spans, min(n, maxHeads))
		}
	}
}

// startSheetElement begins a row or cell of the open sheet. A repeated row or
// cell is read once, at its first place: what it repeats is the same text.
func (r *odfReader) startSheetElement(name string) {
	x, t := r.x, r.sheet
	switch name {
	case "table", "sub-table": // a table inside a cell's drawing
		if r.s.startTable() {
			r.tables = append(r.tables, x.depth)
		}
	case "table-row":
		t.rows = min(max(x.attrInt("number-rows-repeated", 1), 1), 1<<20)
		t.col = 0
	case "table-cell", "covered-table-cell":
		if t.cell != 0 {
			return
		}
		t.cell = x.depth
		t.columns = min(max(x.attrInt("number-columns-repeated", 1), 1), maxHeads)
		t.kind = odfCellKind(x.attr("value-type"))
		t.value = append(t.value[:0], x.attr("value")...)
		if t.kind == "string" {
			t.value = append(t.value[:0], x.attr("string-value")...)
		}
		t.formula = append(t.formula[:0], x.attr("formula")...)
		t.box = r.s.startBox()
	}
}

// odfCellKind returns the constant for a cell's type, if it matters.
func odfCellKind(t []byte) string {
	switch string(t) {
	case "float":
		return "float"
	case "string":
		return "string"
	}
	return ""
}

func (r *odfReader) endCell() {
	t, s := r.sheet, r.s
	if t == nil || len(r.tables) > 0 {
		if n := len(r.spans); n > 0 {
			s.endCell(r.spans[n-1])
			r.spans = r.spans[:n-1]
		}
		return
	}
	if t.cell != r.x.depth+1 {
		return
	}
	t.cell = 0
	if !t.box {
		return
	}
	text := odfCellText(s.takeBox(), t)
	writeSheetCell(s, &t.heads, t.row, t.col, text)
	t.col += t.columns
}

// odfCellText is what a cell shows, followed by its value if the digits of that
// cannot be seen: a number with thousands separators or in scientific form.
func odfCellText(shown []byte, t *odfSheet) []byte {
	switch t.kind {
	case "float":
		value := plainNumber(t.value)
		if len(value) >= labelDigits && !showsDigits(shown, value) {
			shown = append(append(shown[:len(shown):len(shown)], '\n'), value...)
		}
	case "string":
		if len(shown) == 0 {
			shown = t.value
		}
	}
	if lit := appendLiterals(nil, t.formula); len(lit) > 0 && !bytes.Contains(shown, lit) {
		shown = append(append(shown[:len(shown):len(shown)], '\n'), lit...)
	}
	return bytes.TrimLeft(shown, "\n")
}

// showsDigits reports whether the number can be read in what is shown: all of its
// characters in order, with nothing but hyphens and blanks between them.
func showsDigits(shown, value []byte) bool {
	if bytes.Contains(shown, value) {
		return true
	}
	var bare []byte
	for _, c := range shown {
		if c-'0' < 10 || c == '.' || c == ',' {
			bare = append(bare, c)
		}
	}
	return bytes.Contains(bare, value)
}

func (r *odfReader) endRow() {
	t := r.sheet
	switch {
	case len(r.tables) > 0:
		r.s.endRow()
	case t != nil:
		t.heads.endRow()
		t.row += t.rows
		if n := len(r.s.out); n > 0 && r.s.out[n-1] != '\n' {
			r.s.char("\n")
		}
	}
}

func (r *odfReader) endTable() {
	if n := len(r.tables); n > 0 {
		if r.tables[n-1] == r.x.depth+1 {
			r.s.endTable()
			r.tables = r.tables[:n-1]
		}
		return
	}
	if r.sheet != nil && r.sheet.depth == r.x.depth+1 {
		r.s.finish()
		r.sheet = nil
	}
}
