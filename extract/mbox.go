package extract

import (
	"bytes"
	"fmt"
	"io"
	"strings"
)

// isMbox reports whether d is a mailbox: a line that parts messages, and then
// the header of one.
func isMbox(d *doc) bool {
	s := d.headText()
	line, rest, ok := strings.Cut(s, "\n")
	if !ok || !isFromLine([]byte(line)) {
		return false
	}
	name, _, ok := strings.Cut(strings.TrimLeft(rest, ">"), ":")
	return ok && isFieldName(name)
}

// isFromLine recognises the line that parts messages: "From ", an address, a
// date with a time of day.
func isFromLine(line []byte) bool {
	if !bytes.HasPrefix(line, []byte("From ")) || len(line) > 300 {
		return false
	}
	i := bytes.IndexByte(line, ':')
	return i > 2 && i+2 < len(line) && line[i-1]-'0' < 10 && line[i+1]-'0' < 10
}

// readMbox reads a mailbox, message by message.
func readMbox(d *doc) error {
	in := newLineReader(d.reader())
	if _, err := in.line(); err != nil {
		return err
	}
	for n := 1; ; n++ {
		m := &mboxMessage{in: in}
		if err := d.entry(entry{name: fmt.Sprintf("besked %d", n), r: m, plain: true, as: "eml"}); err != nil {
			return err
		}
		if _, err := io.Copy(io.Discard, m); err != nil {
			return err
		}
		if !m.more {
			return notEOF(in.err)
		}
	}
}

// mboxMessage gives the bytes up to the next line that parts messages.
type mboxMessage struct {
	in    *lineReader
	buf   []byte
	empty bool // the line before was empty
	ended bool
	more  bool // another message follows
}

func (m *mboxMessage) Read(p []byte) (int, error) {
	for len(m.buf) == 0 {
		if m.ended {
			return 0, io.EOF
		}
		line, err := m.in.line()
		switch {
		case len(line) == 0:
			m.ended = true
			if err != io.EOF {
				return 0, err
			}
			continue
		case m.in.start && m.empty && isFromLine(bytes.TrimRight(line, "\r\n")):
			m.ended, m.more = true, true
			continue
		}
		m.empty = m.in.start && len(bytes.TrimRight(line, "\r\n")) == 0
		if m.in.start && bytes.HasPrefix(bytes.TrimLeft(line, ">"), []byte("From ")) && line[0] == '>' {
			line = line[1:]
		}
		m.buf = append(m.buf[:0], line...)
	}
	n := copy(p, m.buf)
	m.buf = m.buf[n:]
	return n, nil
}
