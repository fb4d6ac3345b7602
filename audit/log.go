package audit

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"sync"
	"time"
)

// Errors that Open and Append wrap, beside [*BadLine] and [ErrTooLong].
var (
	// ErrFull: no space is left for the line. The log is as it was.
	ErrFull = errors.New("no space left for the audit log")
	// ErrReadOnly: the log cannot be written.
	ErrReadOnly = errors.New("the audit log cannot be written")
	// ErrLocked: another process kept the log locked for longer than Append
	// waits (10 seconds).
	ErrLocked = errors.New("the audit log is locked by another process")
	// ErrInsecure: others can write the log.
	ErrInsecure = errors.New("the audit log can be written by others")
	// ErrReplaced: the file is no longer the one that was opened, or is
	// shorter than it was.
	ErrReplaced = errors.New("the audit log was moved, replaced or cut while it was open")
	// ErrBroken: an earlier line could not be synced; what is on the disk is
	// not known until the log is opened again.
	ErrBroken = errors.New("the audit log could not be synced; open it again")
)

const (
	lockWait  = 10 * time.Second
	lockPoll  = 5 * time.Millisecond
	quoteTorn = 1 << 10 // bytes of a torn line that are kept
)

// Log is an open log. Several processes may have the same log open: each
// Append takes an exclusive lock, catches up with what others wrote, verifies
// that, and writes. Its methods are safe for concurrent use.
type Log struct {
	path string

	mu     sync.Mutex
	f      *os.File
	at     position
	size   int64 // of the part that at stands for
	mark   mark
	broken error
	limit  int64 // see RotateAt
}

// mark is a place in the log: the end of the line that at names.
type mark struct {
	at   position
	size int64
}

// Open opens a log for appending, and makes it (0600, a missing folder 0700)
// when there is none. It verifies the last two lines only, so that opening
// takes the same time for a log of any length, and cuts off a torn last line
// (see the package comment).
func Open(path string) (*Log, error) {
	l, err := open(path)
	if err != nil {
		return nil, fmt.Errorf("audit log %s: %w", path, err)
	}
	return l, nil
}

func open(path string) (*Log, error) {
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return nil, kind(err)
	}
	l := &Log{path: path, at: start()}
	release, err := l.attach()
	if err != nil {
		return nil, err
	}
	err = l.begin()
	release()
	if err != nil {
		return nil, also(err, l.f.Close())
	}
	return l, nil
}

// begin finds the end of the log. The lock is held.
func (l *Log) begin() error {
	from, err := beginningOf(l.path)
	if err != nil {
		return err
	}
	list, err := finished(l.path, from.segment)
	if err != nil {
		return err
	}
	before := func() (position, error) { return endOf(list, from.at) }
	info, err := l.f.Stat()
	if err != nil {
		return err
	}
	if info.Size() == 0 {
		if l.at, err = before(); err != nil {
			return err
		}
		// Perhaps it was made just now: the name must survive a power cut.
		return syncDir(filepath.Dir(l.path))
	}
	if l.at, l.size, err = tail(l.f, info.Size(), before); err != nil {
		return err
	}
	return l.recover(info.Size())
}

// Append adds a line and returns it. When it returns without an error the line
// is on stable storage. A zero Time is now. After an error the log is as it
// was before.
func (l *Log) Append(e Entry) (Record, error) {
	recs, err := l.AppendBatch([]Entry{e})
	if err != nil {
		return Record{}, err
	}
	return recs[0], nil
}

// cut takes away what was written after the last good line.
func (l *Log) cut() error {
	if err := truncate(l.f, l.size); err != nil {
		return fmt.Errorf("cut off the unfinished line: %w", err)
	}
	return l.f.Sync()
}

// catchUp reads and verifies what other processes wrote. The lock is held.
func (l *Log) catchUp() error {
	mine, err := l.f.Stat()
	if err != nil {
		return err
	}
	if mine.Size() == l.size {
		return nil
	}
	for rec, err := range readFrom(io.NewSectionReader(l.f, l.size, mine.Size()-l.size), l.at) {
		if err != nil {
			if torn, terr := l.torn(mine.Size()); terr != nil || !torn {
				return also(err, terr)
			}
			break
		}
		n, err := lineLength(l.f, l.size, mine.Size())
		if err != nil {
			return err
		}
		l.at, l.size = position{rec.Seq, rec.Hash}, l.size+n
	}
	return l.recover(mine.Size())
}

// recover cuts off a torn line between the last good one and size, and says
// so in the log. The lock is held.
func (l *Log) recover(size int64) error {
	if size == l.size {
		return nil
	}
	quoted := make([]byte, min(size-l.size, quoteTorn))
	if _, err := l.f.ReadAt(quoted, l.size); err != nil {
		return err
	}
	if err := l.cut(); err != nil {
		return kind(err)
	}
	_, err := l.write([]Entry{{Type: TypeLogRecovered, Actor: "slet", Detail: map[string]string{
		"bytes": strconv.FormatInt(size-l.size, 10),
		"torn":  strconv.QuoteToASCII(string(quoted)),
	}}})
	return err
}

// torn reports whether there is no newline between the last good line and size.
func (l *Log) torn(size int64) (bool, error) {
	n, err := lineLength(l.f, l.size, size)
	return n == 0, err
}

// lineLength is the length of the line that begins at from, 0 if it does not
// end before to.
func lineLength(r io.ReaderAt, from, to int64) (int64, error) {
	buf := make([]byte, 32<<10)
	for off := from; off < to; {
		n, err := r.ReadAt(buf[:min(int64(len(buf)), to-off)], off)
		if i := bytes.IndexByte(buf[:n], '\n'); i >= 0 {
			return off + int64(i) + 1 - from, nil
		}
		if err != nil {
			return 0, err
		}
		off += int64(n)
	}
	return 0, nil
}

// tail finds the end of the last finished line of a file of that size and
// verifies it and the one before it; prior is where the file before ends.
func tail(r io.ReaderAt, size int64, prior func() (position, error)) (position, int64, error) {
	end, err := lineEnd(r, size)
	if err != nil {
		return start(), 0, err
	}
	if end == 0 {
		at, err := prior()
		return at, 0, err
	}
	begin, err := lineEnd(r, end-1)
	if err != nil {
		return start(), 0, err
	}
	last, err := lineAt(r, begin, end, prior)
	if err != nil {
		return start(), 0, err
	}
	before, err := lineBefore(r, begin, prior)
	if err != nil {
		return start(), 0, err
	}
	at, err := before.follow(last)
	if err != nil {
		return start(), 0, &BadLine{int(last.Seq), err.Error()}
	}
	return at, end, nil
}

// lineBefore is the position of the line that ends at end.
func lineBefore(r io.ReaderAt, end int64, prior func() (position, error)) (position, error) {
	if end == 0 {
		return prior()
	}
	from, err := lineEnd(r, end-1)
	if err != nil {
		return start(), err
	}
	rec, err := lineAt(r, from, end, prior)
	return position{rec.Seq, rec.Hash}, err
}

// lineEnd returns the offset behind the last newline before size, 0 without
// one. A stretch longer than a line can be is an error.
func lineEnd(r io.ReaderAt, size int64) (int64, error) {
	buf := make([]byte, 32<<10)
	for end := size; end > 0; {
		begin := max(0, end-int64(len(buf)))
		n, err := r.ReadAt(buf[:end-begin], begin)
		if err != nil && n < int(end-begin) {
			return 0, err
		}
		if i := bytes.LastIndexByte(buf[:n], '\n'); i >= 0 {
			return begin + int64(i) + 1, nil
		}
		if size-begin > MaxLine {
			return 0, fmt.Errorf("the last line is %w", errLong)
		}
		end = begin
	}
	return 0, nil
}

// lineAt parses the line between two offsets. A bad one is named by counting
// the lines before it, those of earlier files by prior (nil for none), which is
// slow and happens once.
func lineAt(r io.ReaderAt, begin, end int64, prior func() (position, error)) (Record, error) {
	line := make([]byte, end-begin)
	if _, err := r.ReadAt(line, begin); err != nil {
		return Record{}, err
	}
	rec, err := parse(line)
	if err != nil {
		n, cerr := countLines(io.NewSectionReader(r, 0, begin))
		if prior != nil {
			before, perr := prior()
			n, cerr = n+int(before.seq), errors.Join(cerr, perr)
		}
		return Record{}, also(&BadLine{n + 1, err.Error()}, cerr)
	}
	return rec, nil
}

func countLines(r io.Reader) (int, error) {
	buf := make([]byte, 64<<10)
	for lines := 0; ; {
		n, err := r.Read(buf)
		lines += bytes.Count(buf[:n], []byte{'\n'})
		if errors.Is(err, io.EOF) {
			return lines, nil
		}
		if err != nil {
			return lines, err
		}
	}
}

// Close closes the log.
func (l *Log) Close() error {
	l.mu.Lock()
	defer l.mu.Unlock()
	if err := l.f.Close(); err != nil {
		return fmt.Errorf("audit log %s: %w", l.path, err)
	}
	return nil
}

// lock takes the exclusive lock on a file and returns what lets it go.
func lock(f *os.File) (func(), error) {
	deadline := time.Now().Add(lockWait)
	for {
		ok, err := tryLock(f)
		if err != nil {
			return nil, fmt.Errorf("lock: %w", err)
		}
		if ok {
			// Letting go cannot fail but for a closed file, which has let go.
			return func() { _ = unlock(f) }, nil
		}
		if time.Now().After(deadline) {
			return nil, ErrLocked
		}
		time.Sleep(lockPoll)
	}
}

// also adds an error that came of handling another; the message stays one line.
func also(err, then error) error {
	if then == nil {
		return err
	}
	return fmt.Errorf("%w; %w", err, then)
}

// kind adds the sentinel to an error from the file system.
func kind(err error) error {
	switch {
	case err == nil:
		return nil
	case isFull(err):
		return fmt.Errorf("%w: %w", ErrFull, err)
	case isReadOnly(err), errors.Is(err, fs.ErrPermission):
		return fmt.Errorf("%w: %w", ErrReadOnly, err)
	}
	return err
}
