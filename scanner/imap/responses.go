package imap

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"math"
	"strconv"
	"strings"
	"time"

	"github.com/emersion/go-imap/v2"
)

// slet reads the answers to UID FETCH and LIST itself. For the client library a
// message is a dozen hand-overs between goroutines, and a folder whose name is
// not as it should be is the end of the connection; and it loses an answer that
// gives the UID after the content, which RFC 9051 (7.5.2) allows.

var (
	// errGarbled: what came is not IMAP, or more than this reader puts up with.
	// Nothing of the answer counts, and the connection is dropped.
	errGarbled = errors.New("the server's answer cannot be read")
	// errShort: the connection ended within a message.
	errShort = errors.New("a message was cut off")
	// errBye: the server ends the connection.
	errBye = errors.New("the server says goodbye")
)

// maxDepth is how deep an answer's lists may be nested.
const maxDepth = 32

// responses reads what a server answers to one command, line by line: a line
// ends with its end or with the size of the literal that follows.
type responses struct {
	in   *bufio.Reader
	line []byte // what is left of the line, which the next reading overwrites
}

// until reads until the command of that tag is done. untagged is told of every
// response but those about the server's state (OK, NO, BAD), with the number
// that it begins with, or 0. It reads the rest of it, or leaves it untouched.
func (r *responses) until(tag string, untagged func(n uint32, name []byte) (read bool, err error)) error {
	for {
		if err := r.next(); err != nil {
			return err
		}
		if rest, ok := bytes.CutPrefix(r.line, []byte(tag+" ")); ok {
			return status(string(rest))
		}
		rest, ok := bytes.CutPrefix(r.line, []byte("* "))
		if !ok {
			return fmt.Errorf("%w: a line without a mark", errGarbled)
		}
		r.line = rest
		name := r.token()
		n, numbered := digits(name, math.MaxUint32)
		if numbered && r.eat(' ') {
			name = r.token()
		}
		switch {
		case isWord(name, "BYE"):
			return fmt.Errorf("%w: %s", errBye, bytes.TrimSpace(r.line))
		case isWord(name, "OK"), isWord(name, "NO"), isWord(name, "BAD"), isWord(name, "PREAUTH"):
			continue
		}
		read, err := untagged(uint32(n), name)
		if err == nil && !read {
			err = r.rest()
		}
		if err != nil {
			return err
		}
	}
}

// status reads how a command ended; anything but OK is an [imap.Error].
func status(text string) error {
	kind, text, _ := strings.Cut(text, " ")
	no := &imap.Error{Type: imap.StatusResponseType(strings.ToUpper(kind)), Text: text}
	if code, rest, ok := strings.Cut(text, "]"); ok && strings.HasPrefix(code, "[") {
		code, _, _ = strings.Cut(code[1:], " ")
		no.Code, no.Text = imap.ResponseCode(strings.ToUpper(code)), strings.TrimSpace(rest)
	}
	switch no.Type {
	case imap.StatusResponseTypeOK:
		return nil
	case imap.StatusResponseTypeNo, imap.StatusResponseTypeBad:
		return no
	}
	return fmt.Errorf("%w: a command ended neither well nor badly", errGarbled)
}

// next reads the next line.
func (r *responses) next() error {
	line, err := r.in.ReadSlice('\n')
	switch {
	case errors.Is(err, bufio.ErrBufferFull):
		return fmt.Errorf("%w: a line of more than %d bytes", errGarbled, len(line))
	case errors.Is(err, io.EOF):
		return io.ErrUnexpectedEOF
	case err != nil:
		return err
	}
	r.line = bytes.TrimSuffix(line[:len(line)-1], []byte("\r"))
	return nil
}

// rest reads past the rest of a response, and the literals in it.
func (r *responses) rest() error {
	for {
		n, ok := trailingLiteral(r.line)
		if !ok {
			return nil
		}
		if err := r.content(n, nil); err != nil {
			return err
		}
	}
}

// trailingLiteral is the size of the literal that a line announces.
func trailingLiteral(line []byte) (int64, bool) {
	i := bytes.LastIndexByte(line, '{')
	if i < 0 || line[len(line)-1] != '}' {
		return 0, false
	}
	return digits(bytes.TrimSuffix(line[i+1:len(line)-1], []byte("+")), math.MaxInt64)
}

// eat takes a byte off the line, if it is the next one.
func (r *responses) eat(b byte) bool {
	if len(r.line) == 0 || r.line[0] != b {
		return false
	}
	r.line = r.line[1:]
	return true
}

// token takes a word off the line.
func (r *responses) token() []byte {
	i := bytes.IndexAny(r.line, ` ()"{`)
	if i < 0 {
		i = len(r.line)
	}
	word := r.line[:i]
	r.line = r.line[i:]
	return word
}

// name takes an attribute's name off the line. Brackets hold it together, with
// all that is between them: BODY[HEADER.FIELDS (SUBJECT)]<0>.
func (r *responses) name() []byte {
	from := 0
	if i := bytes.IndexAny(r.line, " []"); i >= 0 && r.line[i] == '[' {
		if j := bytes.IndexByte(r.line, ']'); j >= 0 {
			from = j
		}
	}
	i := bytes.IndexByte(r.line[from:], ' ')
	if i < 0 {
		return nil
	}
	word := r.line[:from+i]
	r.line = r.line[from+i:]
	return word
}

// isWord compares a word that servers may write in any case.
func isWord(b []byte, word string) bool {
	return len(b) == len(word) && strings.EqualFold(string(b), word)
}

// digits reads a number that is at most so high.
func digits(b []byte, most uint64) (int64, bool) {
	if len(b) == 0 || len(b) > 19 {
		return 0, false
	}
	var n uint64
	for _, d := range b {
		if d < '0' || d > '9' {
			return 0, false
		}
		n = 10*n + uint64(d-'0')
	}
	return int64(n), n <= most
}

// keeper says where the beginning of a content of n bytes is kept: in as many
// bytes as it returns. The rest is dropped.
type keeper func(n int64) ([]byte, error)

// text reads a string of any form. There is none when the server says NIL.
func (r *responses) text(keep keeper) (there bool, err error) {
	switch {
	case len(r.line) == 0:
		return false, fmt.Errorf("%w: a value is missing", errGarbled)
	case r.line[0] == '"':
		b, err := r.quoted()
		if err == nil && keep != nil {
			var to []byte
			to, err = keep(int64(len(b)))
			copy(to, b)
		}
		return true, err
	}
	r.eat('~') // a literal that may hold any byte
	if len(r.line) > 0 && r.line[0] == '{' {
		n, ok := trailingLiteral(r.line)
		if !ok || bytes.LastIndexByte(r.line, '{') != 0 {
			return false, fmt.Errorf("%w: a literal without a size", errGarbled)
		}
		return true, r.content(n, keep)
	}
	if word := r.token(); !isWord(word, "NIL") {
		return false, fmt.Errorf("%w: not a string", errGarbled)
	}
	return false, nil
}

// quoted reads a quoted string.
func (r *responses) quoted() ([]byte, error) {
	var b []byte
	for i := 1; i < len(r.line); i++ {
		switch c := r.line[i]; c {
		case '"':
			r.line = r.line[i+1:]
			return b, nil
		case '\\':
			if i++; i == len(r.line) {
				return nil, fmt.Errorf("%w: a string without an end", errGarbled)
			}
			b = append(b, r.line[i])
		default:
			b = append(b, c)
		}
	}
	return nil, fmt.Errorf("%w: a string without an end", errGarbled)
}

// content reads a literal of n bytes and the line after it, and counts.
func (r *responses) content(n int64, keep keeper) error {
	var to []byte
	if keep != nil {
		var err error
		if to, err = keep(n); err != nil {
			return err
		}
	}
	got, err := io.ReadFull(r.in, to)
	all := int64(got)
	for err == nil && all < n {
		var dropped int
		dropped, err = r.in.Discard(int(min(n-all, math.MaxInt32)))
		all += int64(dropped)
	}
	if err != nil {
		return fmt.Errorf("%w: %d of %d bytes: %w", errShort, all, n, err)
	}
	return r.next()
}

// skip reads past a value of any kind.
func (r *responses) skip(depth int) error {
	switch {
	case depth > maxDepth:
		return fmt.Errorf("%w: lists in lists in lists", errGarbled)
	case len(r.line) == 0:
		return fmt.Errorf("%w: a value is missing", errGarbled)
	case r.eat('('):
		return r.list(func() error { return r.skip(depth + 1) })
	case r.line[0] == '"' || r.line[0] == '{' || r.line[0] == '~':
		_, err := r.text(nil)
		return err
	case len(r.token()) == 0:
		return fmt.Errorf("%w: a value is missing", errGarbled)
	}
	return nil
}

// list reads a list that was begun, to its end.
func (r *responses) list(each func() error) error {
	for {
		for r.eat(' ') { // one is usual
		}
		if r.eat(')') {
			return nil
		}
		if err := each(); err != nil {
			return err
		}
	}
}

// answer is what a server tells of one message, and has what of that was told.
type answer struct {
	meta
	content []byte // what was kept of it
	length  int64  // of the content itself
	has     has
}

type has uint8

const (
	hasUID has = 1 << iota
	hasSize
	hasDate
	hasFlags
	hasContent
)

// fetched reads the rest of a FETCH response. section is the content's name in
// it, up to what a server may write in another way.
func (r *responses) fetched(section string, keep func(a *answer, n int64) ([]byte, error)) (a answer, err error) {
	if !r.eat(' ') || !r.eat('(') {
		return a, fmt.Errorf("%w: a message without a list", errGarbled)
	}
	return a, r.list(func() error {
		name := r.name()
		known := attribute(name, section)
		if len(name) == 0 || !r.eat(' ') {
			return fmt.Errorf("%w: a message's list", errGarbled)
		}
		return r.attribute(&a, known, keep)
	})
}

// attribute says which attribute a name means; 0 is none that matters.
func attribute(name []byte, section string) has {
	switch {
	case isWord(name, "UID"):
		return hasUID
	case isWord(name, "RFC822.SIZE"):
		return hasSize
	case isWord(name, "INTERNALDATE"):
		return hasDate
	case isWord(name, "FLAGS"):
		return hasFlags
	case len(name) >= len(section) && strings.EqualFold(string(name[:len(section)]), section):
		return hasContent
	}
	return 0
}

func (r *responses) attribute(a *answer, which has, keep func(a *answer, n int64) ([]byte, error)) error {
	told := true
	var err error
	switch which {
	case hasUID:
		var n int64
		n, told = digits(r.token(), math.MaxUint32)
		a.uid = imap.UID(n)
	case hasSize:
		a.size, told = digits(r.token(), math.MaxInt64)
	case hasDate:
		var text []byte
		if _, err = r.text(func(n int64) ([]byte, error) { text = make([]byte, min(n, 64)); return text, nil }); err == nil {
			var date time.Time
			date, parse := time.Parse("_2-Jan-2006 15:04:05 -0700", string(text))
			a.received, told = date.UTC(), parse == nil
		}
	case hasFlags:
		if !r.eat('(') {
			return fmt.Errorf("%w: flags", errGarbled)
		}
		a.deleted = false
		err = r.list(func() error {
			flag := r.token()
			a.deleted = a.deleted || isWord(flag, string(imap.FlagDeleted))
			if len(flag) == 0 {
				return fmt.Errorf("%w: flags", errGarbled)
			}
			return nil
		})
	case hasContent:
		told, err = r.text(func(n int64) (to []byte, err error) {
			a.length = n
			a.content, err = keep(a, n)
			return a.content, err
		})
	default:
		return r.skip(0)
	}
	if told {
		a.has |= which
	}
	return err
}

// join adds what another answer tells of the same message.
func (a *answer) join(b answer) {
	if b.has&hasUID != 0 {
		a.uid = b.uid
	}
	if b.has&hasSize != 0 {
		a.size = b.size
	}
	if b.has&hasDate != 0 {
		a.received = b.received
	}
	if b.has&hasFlags != 0 {
		a.deleted = b.deleted
	}
	if b.has&hasContent != 0 {
		a.content, a.length = b.content, b.length
	}
	a.has |= b.has
}

// tagOf is the tag of the n-th command of a connection; the client's own begin
// with another letter.
func tagOf(n int) string { return "S" + strconv.Itoa(n) }
