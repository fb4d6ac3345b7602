package extract

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"strconv"
	"unicode/utf8"
)

// xmlKind is what a token of an XML document is.
type xmlKind uint8

// The kinds of token that an [xmlReader] tells apart. An empty-element tag
// gives a start and an end.
const (
	xmlEOF xmlKind = iota
	xmlStart
	xmlEnd
	xmlText
)

// Limits that keep a hostile document from taking memory. Office documents
// stay far below: tags of a few kilobytes, elements about fifty deep.
const (
	xmlMaxTag   = 1 << 20 // bytes of one tag with its attributes
	xmlMaxDepth = 2048    // open elements
	xmlBufSize  = 32 << 10
)

// errXMLBroken is wrapped by every complaint about a document's form.
var errXMLBroken = errors.New("broken XML")

// xmlReader is a pull parser for the XML inside office documents. It is built
// for text, not for fidelity: names are local names, the prefix is dropped,
// because real documents use either of two sets of namespaces and any prefix;
// comments, processing instructions and the document type are passed over;
// only the predefined and numeric entities are expanded, so that nothing
// external is ever loaded and nothing grows.
//
// It forgives what it can: a wrong end tag or an unknown entity is remembered
// as err and reading goes on, so that text behind the damage is still found.
// Use:
//
//	for kind := x.next(); kind != xmlEOF; kind = x.next() { ... }
//	return x.err
type xmlReader struct {
	// name is the local name of a start or end token; attr finds attributes
	// of a start. text is the text of a text token, UTF-8 as far as the
	// document is. All are valid until the next call of next.
	name []byte
	text []byte
	// depth is the number of open elements; it counts a start's own element,
	// and an end's no longer.
	depth int
	// err is the first thing found wrong; reading ended early if it is not
	// about the form.
	err error

	src      io.Reader
	buf      []byte
	pos, end int
	eof      bool
	cdata    bool // inside a CDATA section
	closing  bool // an empty-element tag's end is owed
	attrs    []byte
	open     []byte // names of the open elements, one after the other
	starts   []int  // where each begins in open
	scratch  []byte // text with its entities expanded
	vals     []byte // attribute values with their entities expanded
}

// newXMLReader returns a reader of the document in r, which may be in UTF-8,
// in UTF-16 with a byte order mark or in a single-byte encoding that it declares.
func newXMLReader(r io.Reader) *xmlReader {
	x := &xmlReader{src: r, buf: make([]byte, xmlBufSize)}
	x.fill()
	x.detectEncoding()
	return x
}

// next moves to the next token. Text may come in several pieces.
func (x *xmlReader) next() xmlKind {
	if x.closing {
		x.closing = false
		x.pop(x.name)
		return xmlEnd
	}
	x.vals = x.vals[:0]
	for {
		if x.pos == x.end && !x.fill() {
			return x.finish()
		}
		if x.cdata {
			if x.readCDATA() {
				return xmlText
			}
			continue
		}
		if x.buf[x.pos] != '<' {
			if x.readText() {
				return xmlText
			}
			continue
		}
		if kind := x.readMarkup(); kind != xmlEOF {
			return kind
		}
	}
}

// finish ends the document, complaining if it is not all there.
func (x *xmlReader) finish() xmlKind {
	if len(x.starts) > 0 {
		x.complain("it ends inside <%s>", x.top())
	}
	return xmlEOF
}

// complain remembers the first fault of the document's form.
func (x *xmlReader) complain(format string, args ...any) {
	if x.err == nil {
		x.err = fmt.Errorf("%w: %s", errXMLBroken, fmt.Sprintf(format, args...))
	}
}

// stop ends reading at a fault that cannot be read past.
func (x *xmlReader) stop(err error) {
	if x.err == nil || errors.Is(x.err, errXMLBroken) {
		x.err = err
	}
	x.pos, x.end, x.eof = 0, 0, true
	x.starts = x.starts[:0] // being cut off here is not a second fault
}

// fill reads more behind what is left, growing the buffer for a long tag. It
// reports whether there is more.
func (x *xmlReader) fill() bool {
	if x.eof {
		return false
	}
	if x.pos > 0 {
		x.end = copy(x.buf, x.buf[x.pos:x.end])
		x.pos = 0
	}
	if x.end == len(x.buf) {
		if len(x.buf) >= xmlMaxTag {
			x.stop(fmt.Errorf("%w: a tag is longer than %d bytes", errXMLBroken, xmlMaxTag))
			return false
		}
		x.buf = append(x.buf, make([]byte, len(x.buf))...)
	}
	for range 100 { // a reader may return nothing for a while, not for ever
		n, err := x.src.Read(x.buf[x.end:])
		x.end += n
		if err != nil {
			x.eof = true
			if err != io.EOF {
				x.stop(err)
			}
			return n > 0 && x.end > 0
		}
		if n > 0 {
			return true
		}
	}
	x.stop(io.ErrNoProgress)
	return false
}

// readText takes the text up to the next tag, or what there is of it.
func (x *xmlReader) readText() bool {
	chunk := x.buf[x.pos:x.end]
	n := bytes.IndexByte(chunk, '<')
	if n < 0 {
		n = len(chunk)
		if !x.eof {
			n = completeText(chunk)
			if n == 0 {
				x.fill()
				return false
			}
		}
	}
	chunk = chunk[:n]
	x.pos += n
	if bytes.IndexByte(chunk, '&') >= 0 {
		x.scratch = x.expand(x.scratch[:0], chunk)
		chunk = x.scratch
	}
	x.text = chunk
	return len(chunk) > 0
}

// maxEntity is the longest reference that is looked for: "&#x10FFFF;" with
// some leading zeros.
const maxEntity = 16

// completeText returns how much of b, which goes on, can be used now: not half
// a character nor half a reference.
func completeText(b []byte) int {
	n := len(b)
	if amp := bytes.LastIndexByte(b[max(0, n-maxEntity):], '&'); amp >= 0 {
		amp += max(0, n-maxEntity)
		if bytes.IndexByte(b[amp:], ';') < 0 {
			n = amp
		}
	}
	return n - partialRune(b[:n])
}

// partialRune returns the length of an unfinished UTF-8 sequence that b ends in.
func partialRune(b []byte) int {
	for i := 1; i <= min(utf8.UTFMax-1, len(b)); i++ {
		if c := b[len(b)-i]; utf8.RuneStart(c) {
			if c >= utf8.RuneSelf && !utf8.FullRune(b[len(b)-i:]) {
				return i
			}
			return 0
		}
	}
	return 0
}

// readCDATA takes raw text up to the section's end, or what there is of it.
func (x *xmlReader) readCDATA() bool {
	chunk := x.buf[x.pos:x.end]
	if n := bytes.Index(chunk, []byte("]]>")); n >= 0 {
		x.text = chunk[:n]
		x.pos += n + 3
		x.cdata = false
		return n > 0
	}
	n := len(chunk)
	if !x.eof {
		n = max(0, n-2) // perhaps the beginning of the end
		n -= partialRune(chunk[:n])
		if n == 0 {
			x.fill()
			return false
		}
	}
	x.text = chunk[:n]
	x.pos += n
	return n > 0
}

// readMarkup reads what begins with '<'. It returns xmlEOF for what is passed
// over.
func (x *xmlReader) readMarkup() xmlKind {
	for x.end-x.pos < len("<![CDATA[") && x.fill() {
	}
	b := x.buf[x.pos:x.end]
	if len(b) < 2 {
		x.complain("it ends in a lone <")
		x.pos = x.end
		return xmlEOF
	}
	switch {
	case bytes.HasPrefix(b, []byte("<!--")):
		x.pos += 4
		x.skipPast("-->")
	case bytes.HasPrefix(b, []byte("<![CDATA[")):
		x.pos += 9
		x.cdata = true
	case b[1] == '?':
		x.pos += 2
		x.skipPast("?>")
	case b[1] == '!':
		x.skipDoctype()
	case b[1] == '/':
		return x.readEnd()
	case isNameStart(b[1]):
		return x.readStart()
	default:
		x.complain("a < that begins no tag")
		x.pos++
		x.scratch = append(x.scratch[:0], '<')
		x.text = x.scratch
		return xmlText
	}
	return xmlEOF
}

func isNameStart(c byte) bool {
	return c|0x20 >= 'a' && c|0x20 <= 'z' || c == '_' || c == ':' || c >= utf8.RuneSelf
}

// skipPast passes over everything to the end of mark.
func (x *xmlReader) skipPast(mark string) {
	for {
		if n := bytes.Index(x.buf[x.pos:x.end], []byte(mark)); n >= 0 {
			x.pos += n + len(mark)
			return
		}
		x.pos = max(x.pos, x.end-len(mark)+1)
		if !x.fill() {
			x.complain("it ends before %q", mark)
			x.pos = x.end
			return
		}
	}
}

// skipDoctype passes over a document type with its internal subset: what it
// defines is not used.
func (x *xmlReader) skipDoctype() {
	level, quote := 0, byte(0)
	for {
		for x.pos < x.end {
			c := x.buf[x.pos]
			x.pos++
			switch {
			case quote != 0:
				if c == quote {
					quote = 0
				}
			case c == '"' || c == '\'':
				quote = c
			case c == '[' || c == '<':
				level++
			case c == ']':
				level--
			case c == '>':
				if level--; level <= 0 {
					return
				}
			}
		}
		if !x.fill() {
			x.complain("it ends in its document type")
			return
		}
	}
}

// readStart reads a start tag or an empty-element tag.
func (x *xmlReader) readStart() xmlKind {
	n := x.tagEnd()
	if n < 0 {
		return xmlEOF
	}
	tag := x.buf[x.pos+1 : x.pos+n]
	x.pos += n + 1
	if len(tag) > 0 && tag[len(tag)-1] == '/' {
		tag = tag[:len(tag)-1]
		x.closing = true
	}
	i := 0
	for i < len(tag) && !isSpace(tag[i]) && tag[i] != '/' {
		i++
	}
	x.name, x.attrs = localName(tag[:i]), tag[i:]
	if len(x.starts) >= xmlMaxDepth {
		x.stop(fmt.Errorf("%w: elements are nested deeper than %d", errXMLBroken, xmlMaxDepth))
		x.closing = false
		return xmlEOF
	}
	x.starts = append(x.starts, len(x.open))
	x.open = append(x.open, x.name...)
	x.depth = len(x.starts)
	return xmlStart
}

// readEnd reads an end tag.
func (x *xmlReader) readEnd() xmlKind {
	n := x.tagEnd()
	if n < 0 {
		return xmlEOF
	}
	x.name = localName(bytes.TrimRight(x.buf[x.pos+2:x.pos+n], " \t\r\n"))
	x.pos += n + 1
	if len(x.starts) == 0 {
		x.complain("</%.40s> ends nothing", x.name)
		return xmlEOF
	}
	x.pop(x.name)
	return xmlEnd
}

// pop closes the innermost element. The name of a wrong end tag is taken to be
// a mistake: the nesting of the others is worth more.
func (x *xmlReader) pop(name []byte) {
	if !bytes.Equal(x.top(), name) {
		x.complain("</%.40s> ends <%.40s>", name, x.top())
		x.name = append(x.vals[:0], x.top()...)
	}
	last := len(x.starts) - 1
	x.open = x.open[:x.starts[last]]
	x.starts = x.starts[:last]
	x.depth = last
}

// top is the name of the innermost open element.
func (x *xmlReader) top() []byte {
	if len(x.starts) == 0 {
		return nil
	}
	return x.open[x.starts[len(x.starts)-1]:]
}

// tagEnd returns where, counted from pos, the tag's '>' is; -1 if it has none.
func (x *xmlReader) tagEnd() int {
	i, quote := 1, byte(0)
	for {
		b := x.buf[x.pos:x.end]
		for i < len(b) {
			if quote != 0 {
				n := bytes.IndexByte(b[i:], quote)
				if n < 0 {
					i = len(b)
					break
				}
				i += n + 1
				quote = 0
				continue
			}
			switch b[i] {
			case '>':
				return i
			case '"', '\'':
				quote = b[i]
			}
			i++
		}
		if !x.fill() {
			x.complain("it ends inside a tag")
			x.pos = x.end
			return -1
		}
	}
}

// skip passes over the rest of the element whose start was just returned.
func (x *xmlReader) skip() {
	for depth := x.depth; x.depth >= depth; {
		if x.next() == xmlEOF {
			return
		}
	}
}

// attr returns the value of the attribute with this local name, nil if the
// start tag has none. The value is valid until the next call of next.
func (x *xmlReader) attr(local string) []byte {
	for rest := x.attrs; ; {
		name, value, tail, ok := cutAttr(rest)
		if !ok {
			return nil
		}
		rest = tail
		if string(localName(name)) != local {
			continue
		}
		if bytes.IndexByte(value, '&') < 0 {
			if value == nil {
				value = []byte{}
			}
			return value
		}
		from := len(x.vals)
		x.vals = x.expand(x.vals, value)
		return x.vals[from:len(x.vals):len(x.vals)]
	}
}

// attrInt returns the attribute as a number, or otherwise if there is none or
// it is none.
func (x *xmlReader) attrInt(local string, otherwise int) int {
	v := x.attr(local)
	if len(v) == 0 {
		return otherwise // most attributes are not there: without Atoi's error
	}
	if n, err := strconv.Atoi(string(v)); err == nil {
		return n
	}
	return otherwise
}

// attrTrue reports whether the attribute has one of XML Schema's true values.
func (x *xmlReader) attrTrue(local string) bool {
	switch string(x.attr(local)) {
	case "1", "true", "on":
		return true
	}
	return false
}

// eachAttr calls f with every attribute's local name and unexpanded value.
func (x *xmlReader) eachAttr(f func(local, raw []byte)) {
	for rest := x.attrs; ; {
		name, value, tail, ok := cutAttr(rest)
		if !ok {
			return
		}
		f(localName(name), value)
		rest = tail
	}
}

// cutAttr takes the first attribute off a tag.
func cutAttr(b []byte) (name, value, rest []byte, ok bool) {
	i := 0
	for i < len(b) && (isSpace(b[i]) || b[i] == '/') {
		i++
	}
	from := i
	for i < len(b) && b[i] != '=' && !isSpace(b[i]) {
		i++
	}
	if i == from {
		return nil, nil, nil, false
	}
	name = b[from:i]
	for i < len(b) && (isSpace(b[i]) || b[i] == '=') {
		i++
	}
	if i == len(b) {
		return name, nil, nil, true
	}
	quote := b[i]
	if quote != '"' && quote != '\'' {
		return name, nil, b[i:], true // no value; not well-formed
	}
	n := bytes.IndexByte(b[i+1:], quote)
	if n < 0 {
		return name, b[i+1:], nil, true
	}
	return name, b[i+1 : i+1+n], b[i+n+2:], true
}

func localName(name []byte) []byte {
	if i := bytes.IndexByte(name, ':'); i >= 0 {
		return name[i+1:]
	}
	return name
}

func isSpace(c byte) bool { return c == ' ' || c == '\t' || c == '\n' || c == '\r' }

// expand appends b with its references expanded. What is no known reference
// stays as it is written.
func (x *xmlReader) expand(dst, b []byte) []byte {
	for {
		amp := bytes.IndexByte(b, '&')
		if amp < 0 {
			return append(dst, b...)
		}
		dst = append(dst, b[:amp]...)
		b = b[amp:]
		semi := bytes.IndexByte(b[:min(len(b), maxEntity)], ';')
		r, ok := rune(0), false
		if semi > 0 {
			r, ok = entity(b[1:semi])
		}
		if !ok {
			x.complain("an unknown entity")
			dst = append(dst, '&')
			b = b[1:]
			continue
		}
		dst = utf8.AppendRune(dst, r)
		b = b[semi+1:]
	}
}

// entity is the character that a reference without its & and ; stands for.
func entity(name []byte) (rune, bool) {
	switch string(name) {
	case "lt":
		return '<', true
	case "gt":
		return '>', true
	case "amp":
		return '&', true
	case "quot":
		return '"', true
	case "apos":
		return '\'', true
	case "nbsp": // not XML's, but written by careless programs
		return '\u00a0', true
	}
	if len(name) < 2 || name[0] != '#' {
		return 0, false
	}
	digits, base := string(name[1:]), 10
	if digits[0] == 'x' || digits[0] == 'X' {
		digits, base = digits[1:], 16
	}
	n, err := strconv.ParseUint(digits, base, 32)
	if err != nil || n > utf8.MaxRune || !utf8.ValidRune(rune(n)) {
		return 0, false
	}
	return rune(n), true
}
