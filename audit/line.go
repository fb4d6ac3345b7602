package audit

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
)

// MaxLine is the longest line in bytes, newline included. A reader needs no
// more memory than that.
const MaxLine = 1 << 20

// ErrTooLong: the entry would make a line longer than [MaxLine].
var ErrTooLong = errors.New("audit entry is too long")

// firstPrev is what the first line has for the hash of the line before.
const firstPrev = "0000000000000000000000000000000000000000000000000000000000000000"

// position is where a chain stands: the last line's number and hash.
type position struct {
	seq  int64
	hash string
}

func start() position { return position{0, firstPrev} }

// encode makes the line that follows p.
func encode(p position, e Entry) ([]byte, position, error) {
	var body bytes.Buffer
	enc := json.NewEncoder(&body)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(e); err != nil {
		return nil, p, fmt.Errorf("audit entry: %w", err)
	}
	rest := body.Bytes()[1:] // without the brace; with the encoder's newline
	head := fmt.Appendf(nil, `{"seq":%d,"prev":"%s",`, p.seq+1, p.hash)
	hash := hashLine(head, rest)
	line := fmt.Appendf(head, `"hash":"%s",`, hash)
	line = append(line, rest...)
	if len(line) > MaxLine {
		return nil, p, fmt.Errorf("%w: %d bytes", ErrTooLong, len(line))
	}
	return line, position{p.seq + 1, hash}, nil
}

// hashLine is the hash of a line in two pieces, without its hash member.
func hashLine(head, rest []byte) string {
	h := sha256.New()
	h.Write(head)
	h.Write(rest)
	return hex.EncodeToString(h.Sum(nil))
}

// The reasons for which a line is bad, as in [BadLine].
var (
	errTorn   = errors.New("unfinished: the line has no end")
	errLong   = fmt.Errorf("longer than %d bytes", MaxLine)
	errLayout = errors.New("edited: not a line of this log")
	errEdited = errors.New("edited: the line does not have the hash that it says")
	errPrev   = errors.New("replaced: the line does not follow the one before it")
)

// parse takes one line apart, newline included, and checks its own hash, not
// its place in the chain.
func parse(line []byte) (Record, error) {
	const hexLen = 2 * sha256.Size
	if len(line) > MaxLine {
		return Record{}, errLong
	}
	if len(line) == 0 || line[len(line)-1] != '\n' {
		return Record{}, errTorn
	}
	rest, ok := bytes.CutPrefix(line, []byte(`{"seq":`))
	digits, rest, found := bytes.Cut(rest, []byte(`,"prev":"`))
	seq, err := strconv.ParseInt(string(digits), 10, 64)
	if !ok || !found || err != nil || seq < 1 || len(rest) < hexLen {
		return Record{}, errLayout
	}
	prev, rest := rest[:hexLen], rest[hexLen:]
	rest, ok = bytes.CutPrefix(rest, []byte(`",`))
	if !ok {
		return Record{}, errLayout
	}
	head := line[:len(line)-len(rest)]
	rest, ok = bytes.CutPrefix(rest, []byte(`"hash":"`))
	if !ok || len(rest) < hexLen {
		return Record{}, errLayout
	}
	hash, rest := rest[:hexLen], rest[hexLen:]
	rest, ok = bytes.CutPrefix(rest, []byte(`",`))
	if !ok {
		return Record{}, errLayout
	}
	if hashLine(head, rest) != string(hash) {
		return Record{}, errEdited
	}
	var rec Record
	if err := json.Unmarshal(line, &rec); err != nil {
		return Record{}, fmt.Errorf("not JSON: %w", err)
	}
	if rec.Seq != seq || rec.Prev != string(prev) || rec.Hash != string(hash) {
		return Record{}, errLayout // the same member twice
	}
	return rec, nil
}

// follow checks that a line is the next in the chain.
func (p position) follow(rec Record) (position, error) {
	switch want := p.seq + 1; {
	case rec.Seq > want+1:
		return p, fmt.Errorf("removed: lines %d to %d are missing, this is %d", want, rec.Seq-1, rec.Seq)
	case rec.Seq > want:
		return p, fmt.Errorf("removed: line %d is missing, this is %d", want, rec.Seq)
	case rec.Seq < want:
		return p, fmt.Errorf("inserted or moved: this is line %d", rec.Seq)
	case rec.Prev != p.hash:
		return p, errPrev
	}
	return position{rec.Seq, rec.Hash}, nil
}
