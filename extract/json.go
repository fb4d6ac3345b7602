package extract

import (
	"bytes"
	"strings"
	"unicode/utf16"
	"unicode/utf8"
)

// isJSON reports whether d is JSON, or JSON a line: an object or an array that
// begins like one. It has to be no more certain than that, because JSON is read
// as the text that it is.
func isJSON(d *doc) bool {
	s := strings.TrimLeft(d.headText(), " \t\r\n")
	if s == "" || s[0] != '{' && s[0] != '[' {
		return false
	}
	open, s := s[0], strings.TrimLeft(s[1:], " \t\r\n")
	switch {
	case s == "":
		return false
	case open == '{':
		return s[0] == '"' || s[0] == '}'
	}
	return strings.IndexByte(`"{[]-`, s[0]) >= 0 && strings.ContainsAny(s, `,]`)
}

// readJSON passes JSON through as text, line for line, with the escapes of its
// strings undone: "150370\u002d5008" is a number as any other.
func readJSON(d *doc) error {
	if err := d.part("", true); err != nil {
		return err
	}
	dec := d.text(d.charset)
	var u jsonUnescaper
	for {
		b, err := dec.next()
		if err != nil {
			if err := d.sink.Text(u.end()); err != nil {
				return err
			}
			return dec.finish()
		}
		if err := d.sink.Text(u.write(b)); err != nil {
			return err
		}
	}
}

// jsonUnescaper undoes the escapes of JSON strings. An escaped line break becomes
// a carriage return, which ends a line for the detectors (an address in a string
// has lines) and is none of the file's, whose line numbers stay.
type jsonUnescaper struct {
	held []byte // an escape that is not whole
	lead rune   // the first half of a surrogate pair
	out  []byte
}

// write returns the text of b. It is valid until the next call.
func (u *jsonUnescaper) write(b []byte) []byte {
	u.out = u.out[:0]
	if len(u.held) > 0 {
		b = append(u.held, b...)
		u.held = nil
	}
	for len(b) > 0 {
		i := bytes.IndexByte(b, '\\')
		if i < 0 {
			i = len(b)
		}
		if i > 0 {
			u.endPair()
			u.out = append(u.out, b[:i]...)
			b = b[i:]
			continue
		}
		n := u.escape(b)
		if n == 0 {
			u.held = bytes.Clone(b)
			break
		}
		b = b[n:]
	}
	return scrub(u.out)
}

// end returns what was held back.
func (u *jsonUnescaper) end() []byte {
	u.out = u.out[:0]
	u.endPair()
	u.out = append(u.out, u.held...)
	u.held = nil
	return u.out
}

func (u *jsonUnescaper) endPair() {
	if u.lead != 0 {
		u.out = utf8.AppendRune(u.out, utf8.RuneError)
		u.lead = 0
	}
}

// escape undoes the escape that b begins with and returns its length, 0 if it
// is not whole.
func (u *jsonUnescaper) escape(b []byte) int {
	if len(b) < 2 {
		return 0
	}
	if b[1] != 'u' {
		u.endPair()
		switch b[1] {
		case '"', '/', '\\':
			u.out = append(u.out, b[1])
		case 'n', 'r':
			u.out = append(u.out, '\r')
		case 't', 'b', 'f':
			u.out = append(u.out, ' ')
		default:
			u.out = append(u.out, b[:2]...) // not JSON's; may begin a character
			if b[1] >= utf8.RuneSelf {
				u.out = u.out[:len(u.out)-1]
				return 1
			}
		}
		return 2
	}
	r := rune(0)
	for i := 2; i < 6; i++ {
		if i >= len(b) {
			return 0
		}
		v := unhex(b[i])
		if v < 0 {
			u.endPair()
			u.out = append(u.out, b[:2]...)
			return 2
		}
		r = r<<4 | rune(v)
	}
	switch {
	case u.lead != 0 && r >= 0xdc00 && r < 0xe000:
		u.out = utf8.AppendRune(u.out, utf16.DecodeRune(u.lead, r))
		u.lead = 0
	case r >= 0xd800 && r < 0xdc00:
		u.endPair()
		u.lead = r
	default:
		u.endPair()
		u.out = utf8.AppendRune(u.out, r)
	}
	return 6
}
