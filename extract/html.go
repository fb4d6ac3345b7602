package extract

import (
	"bytes"
	"strings"

	"golang.org/x/net/html"
	htmlcharset "golang.org/x/net/html/charset"

	"github.com/sletdk/slet/scanner"
)

// blockTags begin and end a paragraph; inlineTags are the other ones by which
// a piece of HTML is known. What is in neither is inline.
var (
	blockTags = set(`address article aside blockquote body br button caption center dd details dialog dir div dl dt
		fieldset figcaption figure footer form frame frameset h1 h2 h3 h4 h5 h6 head header hgroup hr html iframe legend li
		link main menu meta nav noframes noscript object ol optgroup option p pre script section select style summary
		table tbody td template textarea tfoot th thead title tr ul`)
	inlineTags = set(`a abbr acronym b big cite code del dfn em font i img input ins kbd label mark q s samp small span
		strike strong sub sup tt u var`)
)

// readHTML writes the text of a page: blocks apart, what is inside a line
// together, tables as tables. What a browser does not show is in it too:
// attributes, comments, scripts, styles, hidden elements.
func readHTML(d *doc) error {
	_, name, _ := htmlcharset.DetermineEncoding(d.head, "text/html; charset="+d.charset)
	h := &htmlReader{story: newStory(d), m: newMarkup(d.text(name)), space: true}
	h.story.part("")
	for h.story.err == nil {
		kind, text, err := h.m.next()
		if len(text) > 0 {
			h.text(text)
		}
		if err != nil {
			break
		}
		h.token(kind)
	}
	h.story.finish()
	if h.story.err != nil {
		return h.story.err
	}
	for _, e := range h.embedded {
		if err := d.child(e.name, bytes.NewReader(e.data), int64(len(e.data))); err != nil {
			return err
		}
	}
	if h.lost {
		d.gap("", scanner.TooLarge, errEmbedded)
	}
	return h.m.finish()
}

// htmlReader turns tokens into a story.
type htmlReader struct {
	story *story
	m     *markup
	space bool   // white space would be swallowed here
	pre   int    // open elements in which line breaks count
	raw   string // script or style: the next text is not HTML
	// Open tables, whether the story knows of each (their nesting is
	// limited), and how many columns the open cell spans.
	tables []bool
	span   int

	embedded     []embeddedData
	embeddedSize int
	lost         bool // embedded data was too large
}

type embeddedData struct {
	name string
	data []byte
}

func (h *htmlReader) token(kind html.TokenType) {
	switch kind {
	case html.TextToken:
		text := h.m.z.Text()
		if h.raw != "" {
			h.raw = ""
			h.block()
			h.story.text(text)
			h.block()
			return
		}
		h.text(text)
	case html.StartTagToken, html.SelfClosingTagToken:
		h.start(kind == html.SelfClosingTagToken)
	case html.EndTagToken:
		raw := h.m.z.Raw()
		if digits(raw) >= labelDigits {
			h.aside("", string(raw))
		}
		name, _ := h.m.z.TagName()
		h.end(string(name))
	case html.CommentToken, html.DoctypeToken:
		// A comment can stand in the middle of a number.
		if text := h.m.z.Text(); kind == html.CommentToken || digits(text) >= labelDigits {
			h.aside("", string(text))
		}
	}
}

func (h *htmlReader) start(closed bool) {
	name, hasAttr := h.m.z.TagName()
	tag := string(name)
	switch tag {
	case "script", "style":
		h.raw = tag
	case "title", "textarea":
	default:
		h.m.z.NextIsNotRawText()
	}
	h.structure(tag)
	if (tag == "pre" || tag == "textarea") && !closed {
		h.pre++
	}
	var all []attr
	if hasAttr {
		all = h.m.attrs()
	}
	switch tag {
	case "td", "th":
		h.span = 1
		if n := number(attrValue(all, "colspan"), 1000); n > 1 {
			h.span = n
		}
	}
	for _, a := range all {
		h.attr(tag, a, all)
	}
}

// structure begins what a tag begins.
func (h *htmlReader) structure(tag string) {
	switch tag {
	case "table":
		h.space = true
		h.tables = append(h.tables, h.story.startTable())
	case "tr":
		h.endRow()
	case "td", "th":
		if h.inTable() {
			h.story.endCell(h.span)
			h.story.startCell()
			h.space = true
			return
		}
		h.block()
	default:
		if blockTags[tag] {
			h.block()
		}
	}
}

func (h *htmlReader) end(tag string) {
	switch tag {
	case "table":
		if n := len(h.tables); n > 0 {
			if h.tables[n-1] {
				h.endRow()
				h.story.endTable()
			}
			h.tables = h.tables[:n-1]
			h.space = true
		}
	case "tr":
		h.endRow()
	case "td", "th":
		if h.inTable() {
			h.story.endCell(h.span)
			h.span, h.space = 1, true
		}
	case "pre", "textarea":
		h.pre = max(h.pre-1, 0)
		h.block()
	default:
		if blockTags[tag] {
			h.block()
		}
	}
}

func (h *htmlReader) inTable() bool { return len(h.tables) > 0 && h.tables[len(h.tables)-1] }

func (h *htmlReader) endRow() {
	if !h.inTable() {
		h.block()
		return
	}
	if t := h.story.current(); t != nil && (t.in || t.col > 0) {
		h.story.endCell(h.span)
		h.story.endRow()
	}
	h.span, h.space = 1, true
}

// block ends the line.
func (h *htmlReader) block() {
	h.story.endParagraph()
	h.space = true
}

// invisible are the characters of no width that pages put anywhere, also into
// numbers. (A soft hyphen is not among them: it is a hyphen.)
var invisible = strings.NewReplacer("\u200b", "", "\u200c", "", "\u200d", "", "\u2060", "", "\ufeff", "")

// text writes text with its white space as a browser shows it.
func (h *htmlReader) text(b []byte) {
	if bytes.IndexByte(b, 0xe2) >= 0 || bytes.IndexByte(b, 0xef) >= 0 {
		b = []byte(invisible.Replace(string(b)))
	}
	for len(b) > 0 {
		n := 0
		for n < len(b) && !blank(b[n]) {
			n++
		}
		if n > 0 {
			h.story.text(b[:n])
			h.space = false
			b = b[n:]
		}
		lines := false
		for n = 0; n < len(b) && blank(b[n]); n++ {
			lines = lines || b[n] == '\n'
		}
		switch {
		case n > 0 && h.pre > 0 && lines:
			h.block()
		case n > 0 && !h.space:
			h.story.char(" ")
			h.space = true
		}
		b = b[n:]
	}
}

func blank(c byte) bool { return c == ' ' || c >= '\t' && c <= '\r' }

// shownAttrs are the attributes that a page shows, or speaks, or a form sends.
var shownAttrs = set(`abbr alt aria-label aria-description content label placeholder summary title value`)

// attr writes an attribute that carries text. The value of a form's field
// stands where the field stands; the others follow the paragraph, because their
// element can stand in the middle of a number.
func (h *htmlReader) attr(tag string, a attr, all []attr) {
	v := a.value
	if n := len("data:"); len(v) > n && strings.EqualFold(v[:n], "data:") {
		h.embed(v)
		return
	}
	switch a.name {
	case "href", "src", "action", "cite", "data":
		v = unescapeURL(v)
	}
	if strings.TrimSpace(v) == "" || !shownAttrs[a.name] && digits([]byte(v)) < labelDigits && !strings.HasPrefix(v, "mailto:") {
		return
	}
	v = invisible.Replace(string(clean(v)))
	name := a.name
	if a.name == "value" || a.name == "content" {
		if n := attrValue(all, "name", "property", "id"); n != "" {
			name = n
		}
	}
	if a.name == "value" && tag == "input" {
		h.text([]byte(" " + name + ": " + v + " "))
		return
	}
	h.aside(name, v)
}

// aside writes text after the paragraph in which it stands.
func (h *htmlReader) aside(label, text string) {
	if strings.TrimSpace(text) == "" {
		return
	}
	boxed := h.story.startBox()
	if label = strings.TrimSpace(label); label != "" && digits([]byte(text)) >= labelDigits {
		h.story.text(appendHead(nil, []byte(label)))
		h.story.char(string(HeaderEnd))
	}
	h.story.text([]byte(strings.TrimSpace(text)))
	if label != "" {
		h.story.char(string(CellEnd))
	}
	if boxed {
		h.story.endBox()
	}
}

// maxEmbedded is how much of the data in a page's data: URIs is held until the
// page has been read.
const maxEmbedded = 16 << 20

var errEmbedded = unreadable(scanner.TooLarge, "more than %d bytes of data in data: URIs", maxEmbedded)

// embed keeps what a data: URI holds, to be read as a document of its own.
func (h *htmlReader) embed(uri string) {
	mediaType, data, err := dataURI(uri)
	if err != nil {
		h.aside("", uri) // whatever it is, it can be looked at as text
		return
	}
	if tooSmall(data) {
		return
	}
	if h.embeddedSize += len(data); h.embeddedSize > maxEmbedded {
		h.lost = true
		return
	}
	h.embedded = append(h.embedded, embeddedData{"indlejret " + mediaType, data})
}

// number reads a small decimal number; 0 if s is none, limit if it is larger.
func number(s string, limit int) int {
	n := 0
	for _, c := range strings.TrimSpace(s) {
		if c < '0' || c > '9' {
			return 0
		}
		if n = n*10 + int(c-'0'); n > limit {
			return limit
		}
	}
	return n
}

// digits counts the digits in b.
func digits(b []byte) int { return digitsUpTo(b, labelDigits) }
