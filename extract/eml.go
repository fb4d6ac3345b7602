package extract

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"mime"
	"strings"

	"github.com/sletdk/slet/scanner"
)

// Places inside a message, in the words of the office.
const (
	placeHeader = "mailens hoved"
	placeBody   = "mailens tekst"
	placeFile   = "vedhæftning "
)

// maxMultipart is how deep multiparts may be inside each other. Mail programs
// write three; each forwarding adds one or two.
const maxMultipart = 32

// knownHeaders are those by which a message is recognised.
var knownHeaders = set(`from to cc bcc subject date message-id received return-path mime-version content-type delivered-to
	reply-to sender content-transfer-encoding x-mailer thread-topic thread-index in-reply-to references dkim-signature
	x-originating-ip arc-seal authentication-results x-mozilla-status x-unsent`)

// isEML reports whether d is a message: it begins with header fields, and enough
// of them are those of a mail.
func isEML(d *doc) bool {
	s := strings.TrimLeft(d.headText(), "\r\n")
	if strings.HasPrefix(s, "From ") || strings.HasPrefix(s, ">From ") {
		_, s, _ = strings.Cut(s, "\n")
	}
	fields, known := 0, 0
	for n := 0; s != "" && n < 200; n++ {
		line, rest, whole := strings.Cut(s, "\n")
		s = rest
		line = strings.TrimRight(line, "\r")
		switch name, _, ok := strings.Cut(line, ":"); {
		case line == "":
			s = ""
		case !whole:
			s = "" // cut by the end of the head
		case line[0] == ' ' || line[0] == '\t':
			if n == 0 {
				return false
			}
		case !ok || !isFieldName(name):
			return false
		default:
			name = strings.ToLower(strings.TrimSpace(name))
			if knownHeaders[name] {
				known++
			}
			if !strings.HasPrefix(name, "x-") { // some servers write fifty of those
				fields++
			}
		}
	}
	if known == 1 {
		head := strings.ToLower(d.headText())
		return strings.HasSuffix(strings.ToLower(d.name), ".eml") || strings.Contains(head, "mime-version:") ||
			strings.Contains(head, "\ncontent-transfer-encoding:")
	}
	return known >= 4 || known >= 2 && known*4 >= fields
}

// isFieldName reports whether s can be the name of a header field.
func isFieldName(s string) bool {
	s = strings.TrimRight(s, " \t")
	for _, c := range []byte(s) {
		if c <= ' ' || c >= 0x7f {
			return false
		}
	}
	return s != "" && len(s) < 80
}

// readEML reads a message: its header, its texts, its attachments as documents
// of their own. It splits the parts itself, in one pass over the lines: that
// cannot take more than linear time, whatever the nesting, and loses nothing
// when the structure is wrong.
func readEML(d *doc) error {
	m := &mailReader{d: d, in: newLineReader(d.reader())}
	m.entity(mimeHeader{}, true)
	m.epilogue()
	if m.err != nil {
		if errors.Is(m.err, errDone) {
			return nil
		}
		return m.err
	}
	if err := m.names.write(d); err != nil {
		return err
	}
	if err := notEOF(m.in.err); err != nil {
		return err
	}
	if m.open {
		return errors.New("the message ends before the last of its parts does")
	}
	return nil
}

// mailReader reads the parts of a message.
type mailReader struct {
	d          *doc
	in         *lineReader
	boundaries []string // of the open multiparts
	hit        int      // the open multipart whose boundary was met: its index; -1 at the end
	closing    bool     // it was the closing one
	open       bool     // a multipart was not closed
	closed     bool     // a message was private
	deep       bool     // multiparts were too deep inside each other
	names      nameList
	err        error // ends the job
}

// entity reads a message or a part. It returns when a boundary was met, or at
// the end.
func (m *mailReader) entity(around mimeHeader, message bool) {
	h := m.header()
	if message && privateHeader(h) {
		m.private()
		return
	}
	if message {
		m.showHeader(h)
	}
	if m.err != nil || m.hit >= 0 {
		return
	}
	mediaType, params := h.contentType()
	if mediaType == "" {
		mediaType = "text/plain"
		if t, _ := around.contentType(); t == "multipart/digest" {
			mediaType = "message/rfc822"
		}
	}
	encoding := h.encoding()
	switch {
	case strings.HasPrefix(mediaType, "multipart/") && params["boundary"] != "":
		m.multipart(h, params["boundary"])
	case mediaType == "message/rfc822" && encoding == "" && len(m.boundaries) < maxMultipart:
		m.nested(h)
	default:
		m.leaf(h, mediaType, params, encoding)
	}
}

// private passes over a message that its header marks private: it is left
// unread to its end, and so told.
func (m *mailReader) private() {
	m.closed = true
	m.d.gap("", reasonOf(errPrivate), errPrivate)
	switch {
	case len(m.boundaries) == 0:
		m.err = errDone
	case m.hit < 0:
		_, _ = io.Copy(io.Discard, m.body())
		m.err = m.d.alive()
	}
}

// errDone ends a message of which there is no more to be read.
var errDone = errors.New("the message is done")

// nested reads a forwarded message that stands as it is in this one: its parts
// are this one's.
func (m *mailReader) nested(h mimeHeader) {
	if m.err = m.d.countPart(m.d); m.err != nil {
		return
	}
	outer := m.d
	inner := *outer
	inner.where, inner.depth = outer.place("videresendt mail"), outer.depth+1
	m.d = &inner
	if inner.depth < m.d.limits.Depth {
		m.closed = false
		m.entity(mimeHeader{}, true)
		if !m.closed { // the file's name may be the subject
			m.names.add(h.fileName())
		}
	} else {
		outer.gap("videresendt mail", scanner.TooLarge, fmt.Errorf("more than %d messages inside each other", m.d.limits.Depth))
		inner.depth = outer.depth - 1 // what is in it is read as one text
		m.leaf(h, "text/plain", nil, "")
	}
	m.d = outer
}

// multipart reads the parts of a multipart.
func (m *mailReader) multipart(h mimeHeader, boundary string) {
	own := len(m.boundaries)
	if own >= maxMultipart {
		if !m.deep {
			m.deep = true
			m.d.gap("", scanner.TooLarge, fmt.Errorf("more than %d multiparts inside each other", maxMultipart))
		}
		m.leaf(h, "text/plain", nil, "")
		return
	}
	if t, _ := h.contentType(); t == "multipart/encrypted" {
		m.d.gap(placeBody, scanner.Encrypted, errors.New("an encrypted message"))
	}
	m.boundaries = append(m.boundaries, boundary)
	m.plain() // what stands before the first part
	for m.err == nil && m.hit == own && !m.closing {
		m.hit = -1
		m.entity(h, false)
	}
	if m.err == nil && m.hit < 0 {
		m.open = true
	}
	m.boundaries = m.boundaries[:own]
	if m.err == nil && m.hit == own {
		m.hit = -1
		m.plain() // what stands behind the last part
	}
}

// epilogue reads what no part claimed: nothing, in a message that is in order.
func (m *mailReader) epilogue() {
	for m.err == nil && m.in.err == nil {
		m.hit = -1
		m.plain()
	}
}

// plain reads to the next boundary what programs ignore and people put text in.
func (m *mailReader) plain() {
	body := m.body()
	var text bytes.Buffer
	for m.err == nil {
		text.Reset()
		_, err := io.CopyN(&text, body, textChunk)
		if len(bytes.TrimSpace(text.Bytes())) > 0 {
			m.child(placeBody, bytes.NewReader(bytes.Clone(text.Bytes())), mimePart{as: "text"})
		}
		if err != nil {
			return
		}
	}
}

// header reads header fields to the empty line that ends them.
func (m *mailReader) header() mimeHeader {
	m.hit = -1
	var h mimeHeader
	size := 0
	for m.err == nil {
		line, _ := m.in.line()
		if len(line) == 0 {
			return h
		}
		if m.err = m.d.alive(); m.err != nil {
			return h
		}
		if i, closing := m.boundary(line); i >= 0 {
			m.hit, m.closing = i, closing
			return h
		}
		text := bytes.TrimRight(line, "\r\n")
		if len(text) == 0 {
			if len(h) == 0 && size == 0 && m.in.read == int64(len(line)) {
				continue // an empty line before the first field
			}
			return h
		}
		if size += len(text); size > maxMailHeader {
			m.in.unread() // no header is as long: the rest is read as text
			return h
		}
		if (text[0] == ' ' || text[0] == '\t') && len(h) > 0 {
			last := &h[len(h)-1]
			last.value += "\n" + string(text)
			continue
		}
		name, value, ok := bytes.Cut(text, []byte(":"))
		switch {
		case ok && isFieldName(string(name)):
			h = append(h, mimeField{strings.TrimRight(string(name), " \t"), string(value)})
		case bytes.HasPrefix(text, []byte("From ")) || bytes.HasPrefix(text, []byte(">From ")):
		default:
			m.in.unread() // the empty line is missing: this is the text
			return h
		}
	}
	return h
}

// maxMailHeader is how many bytes of header a message or part may have.
const maxMailHeader = 1 << 20

// boundary reports which of the open multiparts a line is a boundary of, -1 for
// none.
func (m *mailReader) boundary(line []byte) (i int, closing bool) {
	if len(line) < 2 || line[0] != '-' || line[1] != '-' || !m.in.start {
		return -1, false
	}
	rest := bytes.TrimRight(line[2:], " \t\r\n")
	for i = len(m.boundaries) - 1; i >= 0; i-- {
		b := m.boundaries[i]
		if string(rest) == b {
			return i, false
		}
		if len(rest) == len(b)+2 && string(rest[:len(b)]) == b && string(rest[len(b):]) == "--" {
			return i, true
		}
	}
	return -1, false
}

// body gives the bytes up to the next boundary, without the line break that
// belongs to it.
func (m *mailReader) body() *bodyReader { return &bodyReader{m: m, from: m.in.read} }

type bodyReader struct {
	m     *mailReader
	from  int64  // where it begins in the document
	brk   string // line break that may belong to the boundary
	buf   []byte
	ended bool
}

func (b *bodyReader) Read(p []byte) (int, error) {
	for len(b.buf) == 0 {
		if b.ended {
			return 0, io.EOF
		}
		if err := b.m.d.alive(); err != nil {
			return 0, err
		}
		line, err := b.m.in.line()
		if len(line) == 0 {
			b.ended = true
			b.buf = append(b.buf, b.brk...)
			b.brk = ""
			if err != io.EOF {
				return 0, err
			}
			continue
		}
		if i, closing := b.m.boundary(line); i >= 0 {
			b.m.hit, b.m.closing, b.ended = i, closing, true
			continue
		}
		b.buf = append(append(b.buf[:0], b.brk...), line...)
		text := bytes.TrimSuffix(bytes.TrimSuffix(b.buf, []byte("\n")), []byte("\r"))
		b.brk = string(b.buf[len(text):])
		b.buf = text
	}
	n := copy(p, b.buf)
	b.buf = b.buf[n:]
	return n, nil
}

// mimePart says how a part's content is to be read.
type mimePart struct {
	as      string // name of the format; "" is by content
	charset string
}

// child reads content of the message as a document of its own.
func (m *mailReader) child(name string, r io.Reader, p mimePart) {
	m.err = m.d.entry(entry{name: name, r: r, plain: true, as: p.as, charset: p.charset})
}

// leaf reads a part that is not made of parts.
func (m *mailReader) leaf(h mimeHeader, mediaType string, params map[string]string, encoding string) {
	body := m.body()
	name := h.fileName()
	m.names.add(name)
	disposition, _, _ := strings.Cut(strings.ToLower(strings.TrimSpace(h.get("Content-Disposition"))), ";")
	inline := strings.HasPrefix(mediaType, "text/") && disposition != "attachment" && name == ""
	place := placeFile + name
	switch {
	case inline:
		place = placeBody
	case name == "":
		place = placeFile + mediaType
	}
	p := mimePart{charset: params["charset"]}
	switch {
	case inline && mediaType == "text/html":
		p.as = "html"
	case inline && mediaType == "text/plain":
		p.as = "text"
	}
	switch mediaType {
	case "application/pkcs7-signature", "application/x-pkcs7-signature", "application/pgp-signature":
		_, _ = io.Copy(io.Discard, body)
		return
	case "application/pkcs7-mime", "application/x-pkcs7-mime":
		if t := strings.ToLower(params["smime-type"]); t != "signed-data" && t != "certs-only" {
			m.d.gap(place, scanner.Encrypted, errors.New("an encrypted message (S/MIME)"))
			_, _ = io.Copy(io.Discard, body)
			return
		}
	case "application/pgp-encrypted":
		m.d.gap(place, scanner.Encrypted, errors.New("an encrypted message (PGP)"))
	case "message/external-body", "message/partial":
		m.d.gap(place, scanner.Unsupported, fmt.Errorf("%s: the content is not in the message", mediaType))
	}
	m.decode(place, body, p, encoding)
	_, _ = io.Copy(io.Discard, body) // what its reader left
	if m.err == nil {
		m.err = m.d.alive()
	}
}

// decode undoes the transfer encoding and reads what comes out.
func (m *mailReader) decode(place string, body *bodyReader, p mimePart, encoding string) {
	switch encoding {
	case "":
		m.child(place, body, p)
	case "quoted-printable":
		m.child(place, &qpReader{in: newLineReader(body)}, p)
	case "base64":
		r := &base64Reader{r: body}
		m.child(place, r, p)
		if r.bad && m.err == nil {
			m.d.gap(place, scanner.Corrupt, errors.New("broken base64"))
			m.raw(place, body)
		}
	default:
		m.child(place, body, p)
		m.d.gap(place, scanner.Unsupported, fmt.Errorf("unknown transfer encoding %q", encoding))
	}
}

// raw examines a part that could not be decoded as it stands in the message.
func (m *mailReader) raw(place string, body *bodyReader) {
	_, _ = io.Copy(io.Discard, body)
	if m.d.forward {
		return // it has passed
	}
	part := *m.d
	part.where = m.d.place(place)
	m.err = part.readRuns(io.NewSectionReader(m.d.r, body.from, m.in.read-body.from))
}

// showHeader writes what a header says to people. The fields that machines
// write for machines are left out: they are full of digits.
func (m *mailReader) showHeader(h mimeHeader) {
	begun := false
	for _, f := range h {
		low := strings.ToLower(f.name)
		if machineHeaders[low] || strings.HasPrefix(low, "arc-") || strings.HasPrefix(low, "x-ms-") ||
			strings.HasPrefix(low, "x-microsoft-") || strings.HasPrefix(low, "x-forefront-") || strings.HasPrefix(low, "x-spam-") {
			continue
		}
		if !begun {
			begun = true
			if m.err = m.d.part(placeHeader, false); m.err != nil {
				return
			}
		}
		text := append(append(clean(f.name), ": "...), clean(decodeWords(f.value))...)
		if m.err = m.d.sink.Text(append(text, CellEnd, '\n')); m.err != nil {
			return
		}
	}
}

var machineHeaders = set(`received dkim-signature domainkey-signature x-google-dkim-signature authentication-results
	received-spf message-id references in-reply-to thread-index content-type content-transfer-encoding mime-version
	x-received x-google-smtp-source x-gm-message-state x-originating-ip`)

// mimeHeader is the header of a message or a part.
type mimeHeader []mimeField

type mimeField struct{ name, value string }

func (h mimeHeader) get(name string) string {
	for _, f := range h {
		if strings.EqualFold(f.name, name) {
			return f.value
		}
	}
	return ""
}

// contentType returns the media type, "" if none is given, and its parameters.
func (h mimeHeader) contentType() (string, map[string]string) {
	return mediaType(h.get("Content-Type"))
}

// mediaType reads a value with parameters, and what can be read of a broken one.
func mediaType(v string) (string, map[string]string) {
	v = strings.Map(func(r rune) rune {
		if r == '\n' || r == '\r' {
			return ' '
		}
		return r
	}, v)
	t, params, err := mime.ParseMediaType(v)
	if err == nil {
		return t, params
	}
	t, rest, _ := strings.Cut(v, ";")
	params = map[string]string{}
	for rest != "" {
		var p string
		p, rest, _ = strings.Cut(rest, ";")
		if k, v, ok := strings.Cut(p, "="); ok {
			params[strings.ToLower(strings.TrimSpace(k))] = strings.Trim(strings.TrimSpace(v), `"`)
		}
	}
	return strings.ToLower(strings.TrimSpace(t)), params
}

// encoding returns the transfer encoding, "" for those that change nothing.
func (h mimeHeader) encoding() string {
	e := strings.ToLower(strings.TrimSpace(h.get("Content-Transfer-Encoding")))
	if e, _, _ = strings.Cut(e, ";"); e == "" || e[0] == '7' || e[0] == '8' || e == "binary" {
		return ""
	}
	if t, _ := h.contentType(); strings.HasPrefix(t, "multipart/") {
		return ""
	}
	return strings.TrimSpace(e)
}

// fileName returns the name of an attachment.
func (h mimeHeader) fileName() string {
	for _, field := range []string{"Content-Disposition", "Content-Type"} {
		_, params := mediaType(h.get(field))
		for _, p := range []string{"filename", "name"} {
			if v := params[p]; v != "" {
				return cleanName(decodeWords(v))
			}
		}
	}
	return ""
}

// decodeWords decodes a header's value: encoded words, and 8-bit text that no
// standard allows.
func decodeWords(s string) string {
	s = string(appendNarrow(nil, []byte(s), windows1252))
	dec := mime.WordDecoder{CharsetReader: func(name string, r io.Reader) (io.Reader, error) {
		if e := namedEncoding(name); e != nil {
			return e.NewDecoder().Reader(r), nil
		}
		b, err := io.ReadAll(r)
		return bytes.NewReader(appendNarrow(nil, b, windows1252)), err
	}}
	if out, err := dec.DecodeHeader(s); err == nil {
		return out
	}
	return s
}
