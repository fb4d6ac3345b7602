package extract

import (
	"bytes"
	"encoding/base64"
	"io"
)

// lineReader gives lines with their line breaks. A line longer than its buffer
// comes in pieces; start tells the first from the others.
type lineReader struct {
	r     io.Reader
	buf   []byte
	at    int
	end   int
	last  int   // length of the line that was just given
	read  int64 // bytes given so far
	start bool  // the line that was just given is the beginning of one
	next  bool  // the next will be
	err   error
}

func newLineReader(r io.Reader) *lineReader {
	return &lineReader{r: r, buf: make([]byte, 32<<10), next: true}
}

// line returns the next line, empty at the end, with what ended it. It is valid
// until the next call.
func (l *lineReader) line() ([]byte, error) {
	searched := 0
	for {
		if i := bytes.IndexByte(l.buf[l.at+searched:l.end], '\n'); i >= 0 {
			return l.give(searched + i + 1), nil
		}
		searched = l.end - l.at
		if l.err != nil || searched == len(l.buf) {
			break
		}
		if l.at > 0 {
			l.end = copy(l.buf, l.buf[l.at:l.end])
			l.at = 0
		}
		var n int
		n, l.err = l.r.Read(l.buf[l.end:])
		l.end += n
	}
	if searched > 0 {
		return l.give(searched), nil
	}
	return nil, l.err
}

func (l *lineReader) give(n int) []byte {
	b := l.buf[l.at : l.at+n]
	l.start, l.next = l.next, b[n-1] == '\n'
	l.at, l.last, l.read = l.at+n, n, l.read+int64(n)
	return b
}

// unread lets the line that was just given come again.
func (l *lineReader) unread() {
	l.at, l.read, l.next = l.at-l.last, l.read-int64(l.last), l.start
	l.last = 0
}

// qpReader undoes quoted-printable. What is not of that form stays as it is, so
// that nothing is lost in text that only claims to be.
type qpReader struct {
	in  *lineReader
	buf []byte
}

func (q *qpReader) Read(p []byte) (int, error) {
	for len(q.buf) == 0 {
		line, err := q.in.line()
		if len(line) == 0 {
			return 0, err
		}
		q.buf = unquote(q.buf[:0], line)
	}
	n := copy(p, q.buf)
	q.buf = q.buf[n:]
	return n, nil
}

// unquote appends a line of quoted-printable, decoded.
func unquote(dst, line []byte) []byte {
	text := bytes.TrimRight(line, "\r\n")
	if n := len(text); n < len(line) {
		// Blanks at the end of a line come from transport; "=" there means
		// that the line goes on.
		if t := bytes.TrimRight(text, " \t"); len(t) > 0 && t[len(t)-1] == '=' {
			line, text = t[:len(t)-1], t[:len(t)-1]
		}
	}
	for i := 0; i < len(text); i++ {
		if text[i] == '=' && i+2 < len(text) {
			if hi, lo := unhex(text[i+1]), unhex(text[i+2]); hi >= 0 && lo >= 0 {
				dst = append(dst, byte(hi<<4|lo))
				i += 2
				continue
			}
		}
		dst = append(dst, text[i])
	}
	return append(dst, line[len(text):]...)
}

// base64Reader undoes base64, with any white space in it. bad says that there
// were characters that do not belong, or that it ends in the middle.
type base64Reader struct {
	r    io.Reader
	in   [4 << 10]byte
	quad []byte // characters that wait for the rest of their four
	buf  []byte
	bad  bool
	err  error
}

func (b *base64Reader) Read(p []byte) (int, error) {
	for len(b.buf) == 0 {
		if b.err != nil {
			return 0, b.err
		}
		var n int
		n, b.err = b.r.Read(b.in[:])
		b.buf = b.buf[:0]
		for _, c := range b.in[:n] {
			b.take(c)
		}
		if b.err == io.EOF && len(b.quad) > 0 {
			b.bad = b.bad || len(b.quad) == 1
			for len(b.quad) > 1 && len(b.quad) < 4 {
				b.quad = append(b.quad, '=')
			}
			b.decode()
		}
	}
	n := copy(p, b.buf)
	b.buf = b.buf[n:]
	return n, nil
}

func (b *base64Reader) take(c byte) {
	switch {
	case blank(c):
		return
	case c == '-':
		c = '+' // the alphabet of URLs
	case c == '_':
		c = '/'
	}
	if !letter(c) && (c < '0' || c > '9') && c != '+' && c != '/' && c != '=' {
		b.bad = true
		return
	}
	if b.quad = append(b.quad, c); len(b.quad) == 4 {
		b.decode()
	}
}

func (b *base64Reader) decode() {
	var out [3]byte
	n, err := base64.StdEncoding.Decode(out[:], b.quad)
	if err != nil {
		b.bad = true
	}
	b.buf = append(b.buf, out[:n]...)
	b.quad = b.quad[:0]
}

// decodeBase64 decodes base64 that is held in memory.
func decodeBase64(s []byte) ([]byte, error) {
	r := &base64Reader{r: bytes.NewReader(s)}
	out, err := io.ReadAll(r)
	if err == nil && r.bad {
		err = base64.CorruptInputError(0)
	}
	return out, err
}
