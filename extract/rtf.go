package extract

import (
	"bufio"
	"bytes"
	"errors"
	"io"
	"unicode/utf16"
	"unicode/utf8"

	"golang.org/x/text/encoding/charmap"

	"github.com/sletdk/slet/scanner"
)

const (
	// maxRTFDepth is how deep groups may be inside each other. Word writes
	// about fifty; what is deeper is read with the state of the last.
	maxRTFDepth = 1000
	// maxRTFData is how many bytes of pictures and objects of one document
	// are held until its text has been read.
	maxRTFData = 16 << 20
)

// The destinations of RTF, which are groups that are not text of the paragraph
// in which they stand, fall in three kinds.
var (
	// rtfSilent hold no text.
	rtfSilent = set(`fonttbl colortbl themedata colorschememapping latentstyles datastore listtable listoverridetable
		rsidtbl pnseclvl blipuid panose falt fontemb generator nonshppict blipupi mmathPr wgrffmtfilter
		xmlnstbl pgdsctbl sn filetbl objclass bkmkstart bkmkend fldtype expandedcolortbl stylesheet`)
	// rtfHex hold a picture or an object, in hexadecimal or after \bin.
	rtfHex = set(`pict objdata`)
	// rtfAside are texts of their own; every other group that begins with \*
	// is one too.
	rtfAside = set(`header headerl headerr headerf footer footerl footerr footerf footnote annotation info title subject
		author manager company operator category keywords comment doccomm hlinkbase shptxt atnid atnauthor txe rxe xe tc sv
		do objalias objsect docvar`)
	// rtfChars are control words that stand for text.
	rtfChars = map[string]string{
		"tab": "\t", "emdash": "—", "endash": "–", "bullet": "•", "lquote": "‘", "rquote": "’", "ldblquote": "“",
		"rdblquote": "”", "emspace": " ", "enspace": " ", "qmspace": " ",
	}
	rtfBreaks = set(`nestrow par line page sect column softline softpage lbr`)
)

func isRTF(d *doc) bool {
	return bytes.HasPrefix(bytes.TrimLeft(trimBOM(d.head), " \t\r\n"), []byte(`{\rt`))
}

// readRTF writes the text of an RTF document, hidden text and everything beside
// the text included.
func readRTF(d *doc) error {
	r := &rtfReader{d: d, in: bufio.NewReaderSize(d.reader(), textChunk), story: newStory(d), high: windows1252}
	r.state = rtfState{uc: 1}
	r.story.part("")
	err := r.run()
	r.flush()
	r.endTable()
	r.story.finish()
	if r.story.err != nil {
		return r.story.err
	}
	for _, data := range r.data {
		if err := d.child("indlejret objekt", bytes.NewReader(data), int64(len(data))); err != nil {
			return err
		}
	}
	switch {
	case err != nil:
		return err
	case r.lost:
		return unreadable(scanner.TooLarge, "more than %d bytes of pictures and objects", maxRTFData)
	case r.deep > 0 || len(r.stack) > 0:
		return errors.New("the document ends inside a group")
	case r.tooDeep:
		return errors.New("groups are too deep inside each other")
	}
	return nil
}

// rtfState is what a group inherits from the one around it.
type rtfState struct {
	uc    int  // characters that stand after \u for readers that do not know it
	quiet bool // in a destination without text
	hex   bool // in a picture or object
	table bool // in a paragraph of a table
	box   bool // this group began a box of the story
	data  bool // this group began a picture or object
}

type rtfReader struct {
	d     *doc
	in    *bufio.Reader
	story *story
	high  *high8
	state rtfState
	stack []rtfState
	deep  int // open groups beyond maxRTFDepth

	text    []byte // not given to the story yet
	skip    int    // characters to pass over after \u
	star    bool   // \* was just read
	fresh   bool   // at the start of a group: a control word may name a destination
	lead    rune   // first half of a surrogate pair
	tables  bool   // a table of the story is open
	tooDeep bool

	hex      []byte // of the picture or object that is open
	half     int    // its last digit, -1 if none
	data     [][]byte
	dataSize int
	lost     bool
}

// run reads to the end of the document.
func (r *rtfReader) run() error {
	for n := 0; ; n++ {
		if n&0xfff == 0 {
			if err := r.d.alive(); err != nil {
				return err
			}
		}
		if r.story.err != nil {
			return nil // it is told by the caller
		}
		c, err := r.in.ReadByte()
		if err != nil {
			return notEOF(err)
		}
		switch {
		case c == '{':
			r.open()
		case c == '}':
			r.close()
		case c == '\\':
			if err := r.control(); err != nil {
				return notEOF(err)
			}
		case c == '\r' || c == '\n':
		case r.state.hex:
			r.nibble(c)
		case c < 0x80:
			r.char(string(rune(c)))
		default:
			r.char(r.high[c-0x80])
		}
	}
}

func (r *rtfReader) open() {
	r.skip = 0
	if len(r.stack) >= maxRTFDepth {
		r.deep++
		r.tooDeep = true
		return
	}
	r.stack = append(r.stack, r.state)
	r.state.box, r.state.data = false, false
	r.fresh, r.star = true, false
}

func (r *rtfReader) close() {
	r.skip, r.fresh, r.star = 0, false, false
	if r.deep > 0 {
		r.deep--
		return
	}
	if len(r.stack) == 0 {
		return
	}
	if r.state.data {
		r.endData()
	}
	if r.state.box {
		r.flush()
		r.story.endBox()
	}
	n := len(r.stack) - 1
	r.state, r.stack = r.stack[n], r.stack[:n]
}

// char appends one character of text.
func (r *rtfReader) char(s string) {
	r.fresh = false
	if r.skip > 0 {
		r.skip--
		return
	}
	if r.state.quiet || r.state.hex {
		return
	}
	r.text = append(r.text, s...)
	if len(r.text) >= 4<<10 {
		r.flush()
	}
}

// flush gives the text so far to the story.
func (r *rtfReader) flush() {
	if len(r.text) == 0 {
		return
	}
	if len(r.story.flows) == 1 {
		if r.state.table && !r.tables {
			r.tables = r.story.startTable()
		}
		if r.tables && !r.state.table {
			r.endTable()
		}
		if t := r.story.current(); t != nil && !t.in {
			r.story.startCell()
		}
	}
	r.story.text(r.text)
	r.text = r.text[:0]
}

func (r *rtfReader) endTable() {
	if r.tables {
		r.story.endTable()
		r.tables = false
	}
}

// control reads what follows a backslash.
func (r *rtfReader) control() error {
	c, err := r.in.ReadByte()
	if err != nil {
		return err
	}
	if letter(c) {
		word, arg, has, err := r.word(c)
		r.apply(word, arg, has)
		return err
	}
	switch c {
	case '*':
		r.star = true
		return nil
	case '\'':
		var b [2]byte
		if _, err := io.ReadFull(r.in, b[:]); err != nil {
			return err
		}
		hi, lo := unhex(b[0]), unhex(b[1])
		switch v := hi<<4 | lo; {
		case hi < 0 || lo < 0:
			r.char(string(clean(string(b[:]))))
		case v < 0x80:
			r.char(string(clean(string(rune(v)))))
		default:
			r.char(r.high[v-0x80])
		}
	case '~':
		r.char("\u00a0")
	case '_':
		r.char("\u2011")
	case '-':
		r.char("\u00ad")
	case '\r', '\n':
		r.line()
	case '\\', '{', '}':
		r.char(string(rune(c)))
	case '\t':
		r.char("\t")
	default: // \: and \| and what nobody knows
		r.fresh = false
	}
	return nil
}

// word reads a control word that begins with c, its number, and the blank that
// ends it.
func (r *rtfReader) word(c byte) (word string, arg int, has bool, err error) {
	name := []byte{c}
	for {
		if c, err = r.in.ReadByte(); err != nil {
			return string(name), 0, false, err
		}
		if !letter(c) {
			break
		}
		if len(name) < 40 {
			name = append(name, c)
		}
	}
	neg := c == '-'
	if neg {
		if c, err = r.in.ReadByte(); err != nil {
			return string(name), 0, false, err
		}
	}
	for c >= '0' && c <= '9' {
		has = true
		if arg < 1<<30 {
			arg = arg*10 + int(c-'0')
		}
		if c, err = r.in.ReadByte(); err != nil {
			break
		}
	}
	if neg {
		arg = -arg
	}
	if err == nil && c != ' ' {
		err = r.in.UnreadByte()
	}
	return string(name), arg, has, err
}

// apply does what a control word says.
func (r *rtfReader) apply(word string, arg int, has bool) {
	fresh, star := r.fresh, r.star
	r.fresh, r.star = false, false
	if fresh && r.destination(word, star) {
		return
	}
	switch word {
	case "bin":
		r.binary(arg)
	case "u":
		r.unicode(arg)
	case "uc":
		if has {
			r.state.uc = min(max(arg, 0), 100)
		}
	case "ansicpg":
		r.codePage(arg)
	case "pca", "pc":
		r.codePage(850)
	case "mac":
		r.codePage(10000)
	case "trowd", "intbl":
		r.beforeTable(true)
	case "pard":
		r.beforeTable(false)
	case "cell":
		r.cell()
	case "nestcell":
		if !r.state.quiet {
			r.flush()
			r.story.char(string(CellEnd))
		}
	case "row":
		r.row()
	default:
		if s, ok := rtfChars[word]; ok {
			r.char(s)
		} else if rtfBreaks[word] {
			r.line()
		} else if r.skip > 0 {
			r.skip--
		}
	}
}

// beforeTable sets whether what follows is in a table, after what came before
// has been written where it belongs.
func (r *rtfReader) beforeTable(in bool) {
	if r.state.table != in && !r.state.quiet {
		r.flush()
		r.state.table = in
	}
}

// destination begins what a group is for, and reports whether it is not text of
// the paragraph.
func (r *rtfReader) destination(word string, star bool) bool {
	switch {
	case rtfHex[word]:
		r.state.hex, r.state.data = true, !r.state.quiet
		r.hex, r.half = nil, -1
		return true
	case rtfSilent[word]:
		r.state.quiet = true
		return true
	case (star || rtfAside[word]) && !r.state.quiet && word != "shppict" && word != "ud":
		r.flush()
		r.state.box = r.story.startBox()
		r.state.table = false
		return star
	}
	return false
}

// line ends a line.
func (r *rtfReader) line() {
	r.fresh = false
	if r.state.quiet || r.state.hex {
		return
	}
	r.flush()
	r.story.endParagraph()
}

func (r *rtfReader) cell() {
	if r.state.quiet || r.state.hex {
		return
	}
	r.flush()
	if !r.state.table || len(r.story.flows) > 1 {
		r.story.char(string(CellEnd)) // a table inside a cell, or one that was not announced
		return
	}
	if !r.tables {
		r.tables = r.story.startTable()
	}
	if t := r.story.current(); t != nil && !t.in {
		r.story.startCell()
	}
	r.story.endCell(1)
}

func (r *rtfReader) row() {
	if r.state.quiet {
		return
	}
	r.flush()
	if r.tables && len(r.story.flows) == 1 {
		r.story.endRow()
		return
	}
	r.story.endParagraph()
}

// unicode appends the character \uN, N being a signed 16-bit number.
func (r *rtfReader) unicode(n int) {
	u := rune(uint16(n))
	if n > 0xffff && n <= utf8.MaxRune {
		u = rune(n)
	}
	r.skip = 0
	switch {
	case u >= 0xd800 && u < 0xdc00:
		r.lead = u
	case utf16.IsSurrogate(u):
		r.char(string(utf16.DecodeRune(r.lead, u)))
		r.lead = 0
	default:
		r.char(string(clean(string(u))))
	}
	r.skip = r.state.uc
}

// codePage sets what \'xx means. The pages of more than one byte a character
// are not known; their digits are ASCII.
func (r *rtfReader) codePage(n int) {
	pages := map[int]*charmap.Charmap{
		437: charmap.CodePage437, 850: charmap.CodePage850, 852: charmap.CodePage852, 865: charmap.CodePage865,
		1250: charmap.Windows1250, 1251: charmap.Windows1251, 1253: charmap.Windows1253, 1254: charmap.Windows1254,
		1257: charmap.Windows1257, 10000: charmap.Macintosh,
	}
	r.high = windows1252
	if m := pages[n]; m != nil {
		r.high = newHigh8(m)
	}
}

// nibble takes a hexadecimal digit of a picture or object.
func (r *rtfReader) nibble(c byte) {
	v := unhex(c)
	switch {
	case v < 0 || !r.room(1):
	case r.half < 0:
		r.half = v
	default:
		r.hex = append(r.hex, byte(r.half<<4|v))
		r.half = -1
	}
}

// room reports whether n more bytes of pictures and objects may be held.
func (r *rtfReader) room(n int) bool {
	if r.dataSize+len(r.hex)+n > maxRTFData {
		r.lost = true
		return false
	}
	return true
}

// binary takes the n bytes that follow \bin: a picture's, or nobody's.
func (r *rtfReader) binary(n int) {
	r.skip = 0
	for n > 0 && r.d.alive() == nil {
		b, err := r.in.Peek(min(n, textChunk))
		if len(b) == 0 {
			return // the error comes back with the next byte
		}
		if r.state.hex && r.room(len(b)) {
			r.hex = append(r.hex, b...)
		}
		_, _ = r.in.Discard(len(b))
		if n -= len(b); err != nil {
			return
		}
	}
}

// endData keeps a picture or object to be read as a document of its own.
func (r *rtfReader) endData() {
	data := r.hex
	r.hex, r.half = nil, -1
	// An object is wrapped in a header of its own; what it holds has a
	// signature.
	for _, magic := range []string{"\xd0\xcf\x11\xe0", "PK\x03\x04", "%PDF-"} {
		if i := bytes.Index(data[:min(len(data), 1024)], []byte(magic)); i > 0 {
			data = data[i:]
			break
		}
	}
	if len(data) > 0 && !tooSmall(data) {
		r.data = append(r.data, data)
		r.dataSize += len(data)
	}
}
