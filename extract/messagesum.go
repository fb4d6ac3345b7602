package extract

import (
	"bytes"
	"crypto/sha256"
	"hash"
	"net/mail"
	"strconv"
	"strings"
)

// MessageSum is what a mail message is known by in every copy of it: the sender's
// copy in Sent, the receivers' in their mailboxes, one in an archive, one saved
// as a file. It covers Message-ID, Date, From and all that follows the header
// but blanks and line breaks, which servers write in their own way; the rest of
// the header (Received, X-…) differs from copy to copy and is left out. It is
// written to, in pieces of any size, and keeps no more than a header in memory.
type MessageSum struct {
	head []byte
	body hash.Hash // nil in the header
	lost bool      // the header is longer than any header
	buf  [4 << 10]byte
}

// NewMessageSum begins a sum.
func NewMessageSum() *MessageSum { return &MessageSum{} }

// Write implements io.Writer. It never fails.
func (s *MessageSum) Write(p []byte) (int, error) {
	n := len(p)
	for len(p) > 0 && s.body == nil && !s.lost {
		i := bytes.IndexByte(p, '\n') + 1
		if i == 0 {
			i = len(p)
		}
		s.header(p[:i])
		p = p[i:]
	}
	if s.body != nil {
		s.content(p)
	}
	return n, nil
}

// header takes a line of the header, or a piece of one.
func (s *MessageSum) header(line []byte) {
	s.head = append(s.head, line...)
	switch at := bytes.LastIndexByte(bytes.TrimSuffix(s.head, []byte("\n")), '\n') + 1; {
	case len(s.head) > maxMailHeader:
		s.lost = true
	case s.head[len(s.head)-1] != '\n' || len(bytes.TrimSpace(s.head[at:])) > 0:
	case at == 0:
		s.head = s.head[:0] // an empty line before the first field
	default:
		s.body = sha256.New()
	}
}

// content takes a piece of what follows the header.
func (s *MessageSum) content(p []byte) {
	n := 0
	for _, b := range p {
		if b == ' ' || b == '\t' || b == '\r' || b == '\n' {
			continue
		}
		if s.buf[n] = b; n == len(s.buf)-1 {
			s.body.Write(s.buf[:])
			n = -1
		}
		n++
	}
	s.body.Write(s.buf[:n])
}

// Sum returns the sum, once all has been written. ok is false for what cannot be
// told from others: without a Message-ID it takes Date and From.
func (s *MessageSum) Sum() (sum [sha256.Size]byte, ok bool) {
	if s.body == nil {
		return sum, false
	}
	id, date, from := s.field("Message-ID"), s.field("Date"), s.field("From")
	if id == "" && (date == "" || from == "") {
		return sum, false
	}
	if t, err := mail.ParseDate(date); err == nil {
		date = strconv.FormatInt(t.Unix(), 10)
	}
	if a, err := mail.ParseAddress(from); err == nil {
		from = a.Address // the name may be encoded in many ways
	}
	all := sha256.New()
	// The first part keeps these sums apart from those of contents.
	for _, part := range []string{"slet message 1", strings.Trim(id, "<>"), date, strings.ToLower(from), string(s.body.Sum(nil))} {
		all.Write([]byte(strconv.Itoa(len(part)) + " " + part + "\n"))
	}
	return [sha256.Size]byte(all.Sum(nil)), true
}

// field is the first field of that name, unfolded, with single blanks.
func (s *MessageSum) field(name string) string {
	value, found := "", false
	for line := range bytes.Lines(s.head) {
		if found {
			if line[0] != ' ' && line[0] != '\t' {
				break
			}
			value += string(line)
			continue
		}
		n, v, ok := bytes.Cut(line, []byte(":"))
		if ok && strings.EqualFold(string(bytes.TrimRight(n, " \t")), name) {
			value, found = string(v), true
		}
	}
	return strings.Join(strings.Fields(value), " ")
}
