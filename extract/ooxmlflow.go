package extract

import (
	"strconv"
	"strings"
)

// flowReader reads the marked-up text of documents, slides and drawings: the
// three vocabularies (WordprocessingML, DrawingML, comments) use the same few
// local names for the same things.
type flowReader struct {
	x *xmlReader
	s *story

	in       bool  // inside an element whose text is content
	instr    bool  // and that is a field's code
	ins, del int   // open insertions and deletions
	spans    []int // gridSpan of the open cells
	boxes    []int // depths at which boxes began
	tables   []int // depths at which tables began
	choices  []int // text written when each open AlternateContent began
	written  int
}

// readFlow reads the part that x has just entered.
func readFlow(x *xmlReader, s *story) {
	r := &flowReader{x: x, s: s}
	for kind := x.next(); kind != xmlEOF && s.err == nil; kind = x.next() {
		switch kind {
		case xmlStart:
			r.start(string(x.name))
		case xmlText:
			if r.in {
				r.text(x.text)
			}
		case xmlEnd:
			r.end(string(x.name))
		}
	}
}

// text writes content, with what a tracked change says of it.
func (r *flowReader) text(b []byte) {
	r.written += len(b)
	switch {
	case r.instr:
		if r.s.startBox() {
			r.s.text(b)
			r.s.endBox()
		}
	case r.del > 0:
		r.s.deleted(b)
	case r.ins > 0:
		r.s.inserted(b)
	default:
		r.s.kept(b)
	}
}

func (r *flowReader) start(name string) {
	x, s := r.x, r.s
	switch name {
	case "t", "delText", "text":
		r.in, r.instr = true, false
	case "instrText", "delInstrText":
		r.in, r.instr = true, true
	case "pPr", "rPr", "sectPr", "tblPr", "trPr", "tblGrid", "sdtPr", "rPh", "bodyPr", "lstStyle":
		x.skip()
	case "tab", "ptab":
		r.text([]byte{'\t'})
	case "br", "cr":
		r.text([]byte{'\n'})
	case "noBreakHyphen":
		r.text([]byte("\u2011"))
	case "softHyphen":
		r.text([]byte("\u00ad"))
	case "sym":
		r.text(symbol(x))
	case "ins", "moveTo":
		r.ins++
	case "del", "moveFrom":
		r.del++
	case "tbl", "tr", "tc":
		r.startTable(name)
	case "gridSpan":
		if n := len(r.spans); n > 0 {
			r.spans[n-1] = x.attrInt("val", 1)
		}
	case "txbxContent":
		if s.startBox() {
			r.boxes = append(r.boxes, x.depth)
		}
	case "AlternateContent":
		r.choices = append(r.choices, r.written)
	case "Choice", "Fallback":
		// The same content in another form: one of them is enough.
		if n := len(r.choices); n > 0 && r.written > r.choices[n-1] {
			x.skip()
		}
	case "docPr", "cNvPr":
		r.aside(x.attr("descr"))
		r.aside(x.attr("title"))
	case "fldSimple":
		r.aside(x.attr("instr"))
	case "textpath":
		r.aside(x.attr("string"))
	}
}

// aside writes text that is not part of the paragraph: the description of a
// picture, the code of a field.
func (r *flowReader) aside(b []byte) {
	if len(b) > 0 && r.s.startBox() {
		r.s.text(b)
		r.s.endBox()
	}
}

func (r *flowReader) startTable(name string) {
	switch name {
	case "tbl":
		if r.s.startTable() {
			r.tables = append(r.tables, r.x.depth)
		}
	case "tc":
		if len(r.tables) > 0 {
			r.s.startCell()
			r.spans = append(r.spans, r.x.attrInt("gridSpan", 1))
		}
	}
}

func (r *flowReader) end(name string) {
	s := r.s
	switch name {
	case "t", "delText", "instrText", "delInstrText":
		r.in = false
	case "text":
		r.in = false
		s.endParagraph()
	case "p", "comment", "cm", "threadedComment":
		s.endParagraph()
	case "ins", "moveTo":
		r.ins = max(0, r.ins-1)
	case "del", "moveFrom":
		r.del = max(0, r.del-1)
	case "tc":
		if n := len(r.spans); n > 0 && len(r.tables) > 0 {
			s.endCell(min(r.spans[n-1], maxHeads))
			r.spans = r.spans[:n-1]
		}
	case "tr":
		if len(r.tables) > 0 {
			s.endRow()
		}
	case "tbl":
		if n := len(r.tables); n > 0 && r.tables[n-1] == r.x.depth+1 {
			s.endTable()
			r.tables = r.tables[:n-1]
		}
	case "txbxContent":
		if n := len(r.boxes); n > 0 && r.boxes[n-1] == r.x.depth+1 {
			s.endBox()
			r.boxes = r.boxes[:n-1]
		}
	case "AlternateContent":
		if n := len(r.choices); n > 0 {
			r.choices = r.choices[:n-1]
		}
	}
}

// symbol is the character of a w:sym: those of the Symbol font lie at U+F000 and
// up, in the order of ASCII; other fonts have pictures there.
func symbol(x *xmlReader) []byte {
	n, err := strconv.ParseUint(string(x.attr("char")), 16, 16)
	if err == nil && n >= 0xf020 && n < 0xf07f && strings.EqualFold(string(x.attr("font")), "symbol") {
		return []byte{byte(n)}
	}
	return []byte{' '}
}
