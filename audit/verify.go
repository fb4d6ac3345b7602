package audit

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"iter"
	"time"
)

// BadLine is the error for a log that does not verify: its first bad line.
// What follows that line was not looked at.
type BadLine struct {
	Line int // from 1
	Why  string
}

func (b *BadLine) Error() string { return fmt.Sprintf("audit log: line %d: %s", b.Line, b.Why) }

// Summary is what was verified. Beside an error it covers the lines before the
// bad one.
type Summary struct {
	Lines int
	// Hash is the last line's: the head. Whoever keeps it elsewhere, with
	// Lines, can tell later whether the log was cut or rewritten (see
	// [Expect]). 64 zeros for an empty log.
	Hash string
	// First and Last are the times of the first and the last line.
	First, Last time.Time
}

// Option is a further demand on a log.
type Option func(*verifier)

// Expect demands that the log has that many lines at least, and that the last
// of them has that hash: a head that was kept elsewhere. Without it a log that
// was cut at the end of a line, or rewritten as a whole, verifies.
func Expect(lines int, hash string) Option {
	return func(v *verifier) { v.lines, v.hash = lines, hash }
}

type verifier struct {
	lines int
	hash  string
}

// check is asked about every line that is good in itself.
func (v *verifier) check(rec Record) error {
	if int(rec.Seq) == v.lines && rec.Hash != v.hash {
		return &BadLine{v.lines, "rewritten: the line is not the one that was here before"}
	}
	return nil
}

// end is asked when the log has been read.
func (v *verifier) end(lines int) error {
	if lines < v.lines {
		return &BadLine{lines + 1, fmt.Sprintf("cut: the log had %d lines", v.lines)}
	}
	return nil
}

// Verify reads a log to its end or its first bad line, in memory bounded by
// [MaxLine]. The error is a [*BadLine], or what r said.
func Verify(r io.Reader, opts ...Option) (Summary, error) {
	var v verifier
	for _, o := range opts {
		o(&v)
	}
	sum := Summary{Hash: firstPrev}
	for rec, err := range Read(r) {
		if err != nil {
			return sum, err
		}
		if err := v.check(rec); err != nil {
			return sum, err
		}
		if sum.Lines == 0 {
			sum.First = rec.Time
		}
		sum.Lines, sum.Hash, sum.Last = int(rec.Seq), rec.Hash, rec.Time
	}
	return sum, v.end(sum.Lines)
}

// Read yields the records of a log, each verified against the one before. It
// ends with the first error: a [*BadLine], or what r said.
func Read(r io.Reader) iter.Seq2[Record, error] { return readFrom(r, start()) }

// readFrom reads the part of a log that follows p.
func readFrom(r io.Reader, p position) iter.Seq2[Record, error] {
	return func(yield func(Record, error) bool) {
		br := bufio.NewReaderSize(r, 64<<10)
		at := p
		for {
			line, err := readLine(br)
			if len(line) == 0 && errors.Is(err, io.EOF) {
				return
			}
			if err != nil && !errors.Is(err, io.EOF) && !errors.Is(err, errLong) {
				yield(Record{}, fmt.Errorf("audit log: read: %w", err))
				return
			}
			rec, err := parse(line)
			if err == nil {
				at, err = at.follow(rec)
			}
			if err != nil {
				yield(Record{}, &BadLine{int(at.seq) + 1, err.Error()})
				return
			}
			if !yield(rec, nil) {
				return
			}
		}
	}
}

// readLine reads one line, newline included, and no more than MaxLine+1 bytes
// of it (then the error is errLong).
func readLine(br *bufio.Reader) ([]byte, error) {
	var line []byte
	for {
		piece, err := br.ReadSlice('\n')
		line = append(line, piece...)
		if len(line) > MaxLine {
			return line[:MaxLine+1], errLong
		}
		if !errors.Is(err, bufio.ErrBufferFull) {
			return line, err
		}
	}
}
