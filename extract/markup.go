package extract

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"strings"

	"golang.org/x/net/html"

	"github.com/sletdk/slet/scanner"
)

// maxToken is the longest tag, comment or text of HTML and XML, in bytes. An
// image that is written into an attribute is a long one.
const maxToken = 16 << 20

// markup reads the tokens of HTML and XML, which are near enough to each other:
// the tokenizer of a browser takes everything, and never fails.
type markup struct {
	dec *decoder
	r   io.Reader
	z   *html.Tokenizer
	cut bool // a token was longer than maxToken
}

func newMarkup(dec *decoder) *markup {
	m := &markup{dec: dec, r: dec}
	m.restart(dec)
	return m
}

func (m *markup) restart(r io.Reader) {
	m.z = html.NewTokenizer(r)
	m.z.SetMaxBuf(maxToken)
}

// next returns the next token. A text that is not whole, because the document
// ends inside a tag or the tag is too long, comes as text too.
func (m *markup) next() (kind html.TokenType, text []byte, err error) {
	if err := m.dec.d.alive(); err != nil {
		return html.ErrorToken, nil, err
	}
	kind = m.z.Next()
	if kind != html.ErrorToken {
		return kind, nil, nil
	}
	err = m.z.Err()
	raw := bytes.Clone(m.z.Raw())
	if errors.Is(err, html.ErrBufferExceeded) {
		m.cut = true
		m.restart(io.MultiReader(bytes.NewReader(bytes.Clone(m.z.Buffered())), m.dec))
		return html.ErrorToken, raw, nil
	}
	return html.ErrorToken, raw, io.EOF // other errors are the decoder's, see finish
}

// finish returns what was wrong with the document.
func (m *markup) finish() error {
	if err := m.dec.finish(); err != nil {
		return err
	}
	if m.cut {
		return unreadable(scanner.TooLarge, "a tag of more than %d bytes was read as if it were text", maxToken)
	}
	return nil
}

// attr is an attribute of a tag.
type attr struct{ name, value string }

// attrs returns the attributes of the tag that was just read.
func (m *markup) attrs() []attr {
	var all []attr
	for more := true; more; {
		var k, v []byte
		if k, v, more = m.z.TagAttr(); len(k) > 0 {
			all = append(all, attr{string(k), string(v)})
		}
	}
	return all
}

func attrValue(all []attr, names ...string) string {
	for _, name := range names {
		for _, a := range all {
			if a.name == name && strings.TrimSpace(a.value) != "" {
				return a.value
			}
		}
	}
	return ""
}

// isHTML reports whether d is an HTML page or a piece of one.
func isHTML(d *doc) bool {
	s := strings.ToLower(strings.TrimSpace(d.headText()))
	if !strings.HasPrefix(s, "<") && !strings.Contains(s, "<html") {
		return false
	}
	if strings.Contains(s, "<html") || strings.HasPrefix(s, "<!doctype html") {
		return true
	}
	for strings.HasPrefix(s, "<!--") {
		_, rest, ok := strings.Cut(s, "-->")
		if !ok {
			return false
		}
		s = strings.TrimSpace(rest)
	}
	name := tagName(s)
	return blockTags[name] || inlineTags[name]
}

// tagName returns the name of the tag that s begins with, "" if it is none.
func tagName(s string) string {
	if len(s) < 3 || s[0] != '<' || !letter(s[1]) {
		return ""
	}
	n := 1
	for n < len(s) && n < 100 && !strings.ContainsRune(" \t\r\n/>", rune(s[n])) {
		if c := s[n]; !letter(c) && (c < '0' || c > '9') && !strings.ContainsRune(":-_.", rune(c)) && c < 0x80 {
			return ""
		}
		n++
	}
	if n == len(s) {
		return ""
	}
	return s[1:n]
}

// isXML reports whether d is XML of a kind that no other format is.
func isXML(d *doc) bool {
	s := strings.TrimSpace(d.headText())
	if strings.HasPrefix(s, "<?xml") || strings.HasPrefix(s, "<!DOCTYPE") || strings.HasPrefix(s, "<!--") {
		return true
	}
	name := tagName(s)
	return name != "" && strings.Contains(s, ">")
}

// xmlCharset returns the encoding that an XML declaration names.
func xmlCharset(head string) string {
	decl, _, ok := strings.Cut(head, "?>")
	if !ok || !strings.HasPrefix(strings.TrimSpace(decl), "<?xml") {
		return ""
	}
	_, v, _ := strings.Cut(decl, "encoding")
	v = strings.TrimLeft(v, " \t\r\n=")
	if v == "" {
		return ""
	}
	name, _, _ := strings.Cut(v[1:], v[:1])
	return name
}

// set makes a set of words.
func set(words string) map[string]bool {
	m := map[string]bool{}
	for _, w := range strings.Fields(words) {
		m[w] = true
	}
	return m
}

// dataURI decodes a data: URI.
func dataURI(s string) (mediaType string, data []byte, err error) {
	meta, body, ok := strings.Cut(strings.TrimSpace(s)[len("data:"):], ",")
	if !ok {
		return "", nil, fmt.Errorf("data URI without data")
	}
	mediaType, _, _ = strings.Cut(meta, ";")
	if !strings.HasSuffix(meta, ";base64") {
		return mediaType, []byte(unescapeURL(body)), nil
	}
	data, err = decodeBase64([]byte(unescapeURL(body)))
	return mediaType, data, err
}

// unescapeURL replaces %XX; what is not of that form stays.
func unescapeURL(s string) string {
	if !strings.Contains(s, "%") {
		return s
	}
	var sb strings.Builder
	for i := 0; i < len(s); i++ {
		if s[i] == '%' && i+2 < len(s) {
			if hi, lo := unhex(s[i+1]), unhex(s[i+2]); hi >= 0 && lo >= 0 {
				sb.WriteByte(byte(hi<<4 | lo))
				i += 2
				continue
			}
		}
		sb.WriteByte(s[i])
	}
	return sb.String()
}

// unhex is the value of a hexadecimal digit, or -1.
func unhex(c byte) int {
	switch {
	case c >= '0' && c <= '9':
		return int(c - '0')
	case c|0x20 >= 'a' && c|0x20 <= 'f':
		return int(c|0x20-'a') + 10
	}
	return -1
}
