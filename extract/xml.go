package extract

import (
	"bytes"
	"errors"
	"fmt"
	"strings"

	"golang.org/x/net/html"

	"github.com/sletdk/slet/scanner"
)

// joinTags are the elements of the well-known vocabularies that stand inside a
// line: runs of WordprocessingML and DrawingML, spans of ODF, marks of XHTML.
var joinTags = set(`a b em font i r rpr s span strong sub sup t tspan u`)

// genericTags say nothing of what they hold; a label stands in the element
// before them (<key>CPR</key><string>…</string>).
var genericTags = set(`answer c cell content d data field i integer item li number string svar t td text v val value vaerdi værdi`)

// readXML writes the text nodes and the attributes of XML of any kind, each with
// the name of its element as its header. Elements part text, unless they stand
// in the middle of it.
func readXML(d *doc) error {
	if err := d.part("", false); err != nil {
		return err
	}
	x := &xmlPlain{d: d, m: newMarkup(d.text(xmlCharset(d.headText())))}
	x.m.z.AllowCDATA(true)
	for {
		kind, text, err := x.m.next()
		if len(text) > 0 {
			x.text(text)
		}
		if err != nil {
			break
		}
		x.token(kind)
		if len(x.after) > outSize && len(x.node) == 0 {
			x.endText()
		}
		if len(x.out) > outSize {
			if err := x.flush(); err != nil {
				return err
			}
		}
	}
	x.endText()
	if err := x.flush(); err != nil {
		return err
	}
	for _, data := range x.pictures {
		if err := d.child("indlejret billede", bytes.NewReader(data), int64(len(data))); err != nil {
			return err
		}
	}
	if open := len(x.names) + x.deep; open > 0 {
		d.gap("", scanner.Corrupt, fmt.Errorf("the XML ends with %d elements open: some of it is missing", open))
	}
	return x.m.finish()
}

// xmlPlain turns the tokens of XML into text.
type xmlPlain struct {
	d     *doc
	m     *markup
	names []xmlName // open elements
	deep  int       // open elements beyond maxXMLDepth
	node  []byte    // text that is not written yet
	label []byte    // header of node
	space bool      // white space came after node
	ended bool      // an end tag came after node
	long  bool      // part of node is out already
	left  []byte    // the text before, if it reads like a label
	after []byte    // attributes that wait for the end of node
	out   []byte

	pictures [][]byte // for OCR
	held     int      // bytes of them
}

// pictureTags are the elements in which Word 2003 and flat OpenDocument write
// the bytes of pictures as text.
var pictureTags = set(`binary-data binData`)

var errPictureText = errors.New("pictures written as text in XML are not read")

type xmlName struct {
	name string // as written, without prefix
	key  string // attributes that say what the element is (<felt navn="CPR">)
}

const maxXMLDepth = 1000

func (x *xmlPlain) flush() error {
	err := x.d.sink.Text(x.out)
	x.out = x.out[:0]
	if err != nil {
		return err
	}
	return x.d.alive()
}

func (x *xmlPlain) token(kind html.TokenType) {
	switch kind {
	case html.TextToken:
		x.text(x.m.z.Text())
	case html.StartTagToken, html.SelfClosingTagToken:
		x.start(kind == html.SelfClosingTagToken)
	case html.EndTagToken:
		raw := x.m.z.Raw()
		if digits(raw) >= labelDigits {
			x.after = append(append(x.after, raw...), CellEnd, '\n')
		}
		x.end()
	case html.CommentToken, html.DoctypeToken:
		// A damaged declaration goes on into what follows it.
		if text := x.m.z.Text(); !bytes.HasPrefix(text, []byte("?xml ")) || !bytes.HasSuffix(text, []byte("?")) || len(text) > 200 {
			x.after = append(append(x.after, clean(string(text))...), CellEnd, '\n')
		}
	}
}

// rawName returns the name of the tag that was just read as it is written,
// without its prefix.
func (x *xmlPlain) rawName() string {
	raw := bytes.TrimLeft(x.m.z.Raw(), "</")
	n := 0
	for n < len(raw) && n < maxHead && !blank(raw[n]) && raw[n] != '/' && raw[n] != '>' {
		n++
	}
	name := raw[:n]
	if i := bytes.LastIndexByte(name, ':'); i >= 0 {
		name = name[i+1:]
	}
	return string(name)
}

func (x *xmlPlain) start(closed bool) {
	name := x.rawName()
	_, hasAttr := x.m.z.TagName()
	var all []attr
	if hasAttr {
		all = x.m.attrs()
	}
	x.m.z.NextIsNotRawText()
	if !joinTags[strings.ToLower(string(name))] && (x.ended || x.space || len(x.node) == 0) {
		x.endText()
	}
	x.ended = false
	if pictureTags[name] {
		x.d.album.add(scanner.Unsupported, errPictureText)
	}
	e := xmlName{name: name}
	for _, a := range all {
		x.attr(a)
		if v := []byte(a.value); len(v) <= maxHead/2 && isLabel(v) && digits(v) < labelDigits {
			e.key += " " + string(clean(a.value))
		}
	}
	switch {
	case closed:
	case len(x.names) < maxXMLDepth:
		x.names = append(x.names, e)
	default:
		x.deep++
	}
}

// attr keeps an attribute until the text around it has been written.
func (x *xmlPlain) attr(a attr) {
	if strings.HasPrefix(a.value, "data:image/") {
		if _, data, err := dataURI(a.value); err == nil {
			x.picture(data)
			return
		}
	}
	if digits([]byte(a.value)) >= labelDigits {
		x.after = append(appendHead(x.after, []byte(a.name)), HeaderEnd)
	}
	x.after = append(append(x.after, clean(a.value)...), CellEnd, '\n')
}

// picture counts a picture that stands in the XML, and keeps it for OCR.
func (x *xmlPlain) picture(data []byte) {
	switch {
	case tooSmall(data):
	case !x.d.x.opts.OCR:
		x.d.album.add(scanner.Unsupported, errNoOCR)
	case x.held+len(data) > maxEmbedded:
		x.d.album.add(scanner.TooLarge, errEmbedded)
	default:
		x.held += len(data)
		x.pictures = append(x.pictures, data)
	}
}

func (x *xmlPlain) end() {
	if n := len(x.names); x.deep > 0 {
		x.deep--
	} else if n > 0 {
		if !joinTags[string(bytes.ToLower([]byte(x.names[n-1].name)))] {
			x.ended = true
		}
		x.names = x.names[:n-1]
	}
}

// text appends to the text node that is open; white space alone never begins one.
func (x *xmlPlain) text(b []byte) {
	b = clean(invisible.Replace(string(b))) // an entity may stand for anything
	words := bytes.TrimFunc(b, func(r rune) bool { return r < 0x80 && blank(byte(r)) })
	if len(words) == 0 {
		x.space = x.space || len(b) > 0
		return
	}
	before, after := blank(b[0]), blank(b[len(b)-1])
	if x.ended && (before || x.space) {
		x.endText()
	}
	x.ended = false
	if len(x.node) == 0 {
		x.label = x.label[:0]
		if n := len(x.names); n > 0 {
			x.label = x.header(x.names[n-1])
		}
	} else if before || x.space {
		x.node = append(x.node, ' ')
	}
	x.node = append(x.node, words...)
	x.space = after
	if len(x.node) > maxCell {
		x.out = append(append(x.out, x.node...), x.after...)
		x.node, x.after, x.long = x.node[:0], x.after[:0], true
	}
}

// header makes the header of an element's text.
func (x *xmlPlain) header(e xmlName) []byte {
	dst := x.label[:0]
	if genericTags[string(bytes.ToLower([]byte(e.name)))] && len(x.left) > 0 {
		dst = append(append(dst, x.left...), ' ')
	}
	return appendHead(dst, []byte(e.name+e.key))
}

// endText writes the open text node and the attributes that waited for it.
func (x *xmlPlain) endText() {
	if len(x.node) > 0 || x.long {
		if digits(x.node) >= labelDigits && len(x.label) > 0 && !x.long {
			x.out = append(append(x.out, x.label...), HeaderEnd)
		}
		x.out = append(append(x.out, x.node...), CellEnd, '\n')
		x.left = x.left[:0]
		if len(x.node) <= maxHead/2 && isLabel(x.node) && digits(x.node) < labelDigits {
			x.left = append(x.left, x.node...)
		}
	}
	x.out = append(x.out, x.after...)
	x.node, x.after, x.space, x.ended, x.long = x.node[:0], x.after[:0], false, false, false
}
