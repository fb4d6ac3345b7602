package audit

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"iter"
	"os"
	"time"

	"golang.org/x/mod/sumdb/tlog"
)

// BadLine is the error for a log that does not verify: its first bad line.
// What follows that line was not looked at.
type BadLine struct {
	Line int // from 1, over all segments
	Why  string
}

func (b *BadLine) Error() string { return fmt.Sprintf("audit log: line %d: %s", b.Line, b.Why) }

// Summary is what was verified. Beside an error it covers the lines before the
// bad one.
type Summary struct {
	// Lines is the number of the last line.
	Lines int
	// Hash is the last line's: the head. Whoever keeps it elsewhere, with
	// Lines, can tell later whether the log was cut or rewritten (see
	// [Expect]). 64 zeros for an empty log.
	Hash string
	// Root is the root of the Merkle tree over all lines; see [Checkpoint].
	Root [32]byte
	// First and Last are the times of the first and the last line.
	First, Last time.Time
	// Pruned says what was taken away before the first line; nil for nothing.
	Pruned *Pruned
	// Unchecked is how many of the checkpoints and heads that were given are of
	// lines that were pruned.
	Unchecked int
}

// Option is a further demand on a log.
type Option func(*verifier)

// Expect demands that the log has that many lines at least, and that the last
// of them has that hash: a head that was kept elsewhere. Without it, or
// [Against], a log that was cut at the end of a line, or rewritten as a whole,
// verifies.
func Expect(lines int, hash string) Option {
	return func(v *verifier) { v.demand(int64(lines), demand{head: hash}) }
}

// Against demands that the log has that many lines at least, and that they are
// the very lines of which the checkpoint was made.
func Against(c Checkpoint) Option {
	return func(v *verifier) { v.demand(c.Size, demand{root: &c.Root}) }
}

// SignedBy demands that what was pruned from the log was stated by that key.
func SignedBy(key string) Option { return func(v *verifier) { v.key = key } }

type verifier struct {
	demands map[int64][]demand // by how many lines
	key     string
}

// demand is what must be so of the first lines of a log: the last one's hash,
// or the root over them.
type demand struct {
	head string
	root *[32]byte
}

func (v *verifier) demand(lines int64, d demand) {
	if v.demands == nil {
		v.demands = map[int64][]demand{}
	}
	v.demands[lines] = append(v.demands[lines], d)
}

// check is asked about every line that is good in itself, and about the
// beginning.
func (v *verifier) check(at position, t *tree) error {
	for _, d := range v.demands[at.seq] {
		switch {
		case d.root == nil && d.head != at.hash:
			return &BadLine{int(at.seq), "rewritten: the line is not the one that was here before"}
		case d.root != nil && tlog.Hash(*d.root) != t.root():
			return &BadLine{int(at.seq), "rewritten: the lines up to here are not those of the checkpoint"}
		}
	}
	return nil
}

// most is how many lines the log must have, and how much of what is demanded
// is of lines before its beginning.
func (v *verifier) most(begin int64) (lines int64, unchecked int) {
	for n, d := range v.demands {
		lines = max(lines, n)
		if n < begin {
			unchecked += len(d)
		}
	}
	return lines, unchecked
}

// Verify reads a log to its end or its first bad line, in memory bounded by
// [MaxLine]. The error is a [*BadLine], or what r said.
func Verify(r io.Reader, opts ...Option) (Summary, error) {
	return verify(beginning{at: start()}, []io.Reader{r}, opts)
}

// VerifyFiles verifies the files of a log, in that order, as one.
func VerifyFiles(names []string, opts ...Option) (Summary, error) {
	files, err := openAll(names)
	if err != nil {
		return Summary{}, err
	}
	defer closeAll(files)
	return verify(beginning{at: start()}, readers(files), opts)
}

// VerifyLog verifies a log with all its segments. It opens them for reading
// only, takes no lock, and writes nothing.
func VerifyLog(path string, opts ...Option) (Summary, error) {
	files, from, err := openFiles(path)
	if err != nil {
		return Summary{}, err
	}
	defer closeAll(files)
	return verify(from, readers(files), opts)
}

func verify(from beginning, files []io.Reader, opts []Option) (Summary, error) {
	var v verifier
	for _, o := range opts {
		o(&v)
	}
	if from.note != nil && v.key != "" {
		var err error
		if from, err = parsePruned(from.note, v.key); err != nil {
			return Summary{}, &BadLine{1, fmt.Sprintf("what was pruned is not stated by this log's key: %v", err)}
		}
	}
	t := from.tree.clone()
	sum := Summary{Lines: int(from.at.seq), Hash: from.at.hash, Root: t.root(), Pruned: from.pruned}
	most, unchecked := v.most(from.at.seq)
	sum.Unchecked = unchecked
	if err := v.check(from.at, &t); err != nil {
		return sum, err
	}
	at := from.at
	for _, r := range files {
		for line, err := range linesFrom(r, at) {
			if err != nil {
				sum.Root = t.root()
				return sum, err
			}
			at = position{line.rec.Seq, line.rec.Hash}
			t.add(line.raw)
			if err := v.check(at, &t); err != nil {
				return sum, err
			}
			if sum.First.IsZero() {
				sum.First = line.rec.Time
			}
			sum.Lines, sum.Hash, sum.Last = int(at.seq), at.hash, line.rec.Time
		}
	}
	sum.Root = t.root()
	if at.seq < most {
		return sum, &BadLine{int(at.seq) + 1, fmt.Sprintf("cut: the log had %d lines", most)}
	}
	return sum, nil
}

// Read yields the records of a log in one file, each verified against the one
// before. It ends with the first error: a [*BadLine], or what r said.
func Read(r io.Reader) iter.Seq2[Record, error] { return readFrom(r, start()) }

// ReadLog yields the records of a log with all its segments, as [Read] does.
func ReadLog(path string) iter.Seq2[Record, error] {
	return func(yield func(Record, error) bool) {
		files, from, err := openFiles(path)
		if err != nil {
			yield(Record{}, fmt.Errorf("audit log: %w", err))
			return
		}
		defer closeAll(files)
		readAll(files, from.at, yield)
	}
}

func readAll(files []*os.File, at position, yield func(Record, error) bool) {
	for _, f := range files {
		for rec, err := range readFrom(f, at) {
			if !yield(rec, err) || err != nil {
				return
			}
			at = position{rec.Seq, rec.Hash}
		}
	}
}

// readFrom reads the part of a log that follows p.
func readFrom(r io.Reader, p position) iter.Seq2[Record, error] {
	return func(yield func(Record, error) bool) {
		for l, err := range linesFrom(r, p) {
			if !yield(l.rec, err) {
				return
			}
		}
	}
}

// logLine is a line in both forms.
type logLine struct {
	rec Record
	raw []byte
}

// linesFrom is readFrom with the lines as they stand in the file.
func linesFrom(r io.Reader, p position) iter.Seq2[logLine, error] {
	return func(yield func(logLine, error) bool) {
		br := bufio.NewReaderSize(r, 64<<10)
		at := p
		for {
			line, err := readLine(br)
			if len(line) == 0 && errors.Is(err, io.EOF) {
				return
			}
			if err != nil && !errors.Is(err, io.EOF) && !errors.Is(err, errLong) {
				yield(logLine{}, fmt.Errorf("audit log: read: %w", err))
				return
			}
			rec, err := parse(line)
			if err == nil {
				at, err = at.follow(rec)
			}
			if err != nil {
				yield(logLine{}, &BadLine{int(at.seq) + 1, err.Error()})
				return
			}
			if !yield(logLine{rec, line}, nil) {
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
