package audit

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
)

// RotateAt makes the log begin a new file when the one that grows has that
// many bytes; 0 is never. Where a file cannot be renamed while it is open
// (Windows) the log stays one file.
func (l *Log) RotateAt(bytes int64) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.limit = bytes
}

// attach opens the file that grows and locks it. When it is rotated away at
// that moment, the next.
func (l *Log) attach() (release func(), err error) {
	for range 100 {
		f, err := os.OpenFile(l.path, os.O_RDWR|os.O_CREATE|os.O_APPEND, 0o600)
		if err != nil {
			return nil, kind(err)
		}
		release, err := l.hold(f)
		if err != nil {
			return nil, also(err, f.Close())
		}
		if release != nil {
			l.f, l.size = f, 0
			return release, nil
		}
		if err := f.Close(); err != nil {
			return nil, err
		}
	}
	return nil, ErrReplaced
}

// hold checks and locks a file that was opened as the log's. release is nil
// when it is the log's no more.
func (l *Log) hold(f *os.File) (release func(), err error) {
	mine, err := f.Stat()
	if err != nil {
		return nil, err
	}
	if !mine.Mode().IsRegular() {
		return nil, fmt.Errorf("%w: not a file", ErrReadOnly)
	}
	if writableByOthers(mine) {
		return nil, fmt.Errorf("%w (mode %04o)", ErrInsecure, mine.Mode().Perm())
	}
	if release, err = lock(f); err != nil {
		return nil, err
	}
	named, err := os.Stat(l.path)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		release()
		return nil, err
	}
	if err != nil || !os.SameFile(mine, named) {
		release()
		return nil, nil
	}
	return release, nil
}

// enter locks the log and catches up with what others wrote.
func (l *Log) enter() (release func(), err error) {
	for range 100 {
		if release, err = lock(l.f); err != nil {
			return nil, err
		}
		moved, err := l.moved()
		if err == nil && !moved {
			if err = l.catchUp(); err == nil {
				return release, nil
			}
		}
		if err == nil {
			err = l.advance()
		}
		release()
		if err != nil {
			return nil, err
		}
	}
	return nil, ErrReplaced
}

// moved reports whether the file has been rotated away. That it is another one
// than was opened for any other reason is an error.
func (l *Log) moved() (bool, error) {
	mine, err := l.f.Stat()
	if err != nil {
		return false, err
	}
	named, err := os.Stat(l.path)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return false, err
	}
	if err == nil && os.SameFile(mine, named) {
		if mine.Size() < l.size {
			return false, ErrReplaced
		}
		return false, nil
	}
	if _, err := l.myself(); err != nil {
		return false, err
	}
	return true, nil
}

// myself finds the open file among the finished segments, and returns those
// that follow it.
func (l *Log) myself() ([]segment, error) {
	mine, err := l.f.Stat()
	if err != nil {
		return nil, err
	}
	list, err := finished(l.path, 0)
	if err != nil {
		return nil, err
	}
	i := indexOf(list, mine)
	if i < 0 {
		return nil, ErrReplaced
	}
	return list[i+1:], nil
}

// indexOf finds a file among segments, -1 if it is none of them.
func indexOf(list []segment, file os.FileInfo) int {
	return slices.IndexFunc(list, func(s segment) bool {
		info, err := os.Stat(s.path)
		return err == nil && os.SameFile(file, info)
	})
}

// advance reads a file that was rotated away to its end, verifies it and the
// segments after it, and goes on to the file that grows. The lock is held, and
// is gone afterwards with the file.
func (l *Log) advance() error {
	info, err := l.f.Stat()
	if err != nil {
		return err
	}
	at, err := follow(io.NewSectionReader(l.f, l.size, info.Size()-l.size), l.at)
	if err != nil {
		return err
	}
	// The file that grows is opened before the segments are listed: what was
	// rotated away before it began is among them then.
	f, err := os.OpenFile(l.path, os.O_RDWR|os.O_CREATE|os.O_APPEND, 0o600)
	if err != nil {
		return kind(err)
	}
	if at, err = l.between(f, at); err != nil {
		return also(err, f.Close())
	}
	old := l.f
	l.f, l.size, l.at, l.mark = f, 0, at, mark{} // the mark was a place in the old file
	return old.Close()
}

// between verifies the segments between the open file and next, which may have
// become a segment itself meanwhile.
func (l *Log) between(next *os.File, at position) (position, error) {
	info, err := next.Stat()
	if err != nil {
		return at, err
	}
	after, err := l.myself()
	if err != nil {
		return at, err
	}
	if i := indexOf(after, info); i >= 0 {
		after = after[:i]
	}
	for _, s := range after {
		f, err := os.Open(s.path)
		if err != nil {
			return at, err
		}
		at, err = follow(f, at)
		if err = errors.Join(err, f.Close()); err != nil {
			return at, fmt.Errorf("%s: %w", filepath.Base(s.path), err)
		}
	}
	return at, nil
}

// follow verifies what r holds as the part of a log that follows p.
func follow(r io.Reader, p position) (position, error) {
	for rec, err := range readFrom(r, p) {
		if err != nil {
			return p, err
		}
		p = position{rec.Seq, rec.Hash}
	}
	return p, nil
}

// rotate gives the file that grows its number among the finished ones and goes
// on to the next one. That it cannot be renamed is no reason not to write: then
// it goes on growing. It takes the lock, and returns that of the new file.
func (l *Log) rotate(release func()) (func(), error) {
	n, err := l.nextNumber()
	if err != nil {
		release()
		return nil, err
	}
	if err := os.Rename(l.path, segmentPath(l.path, n)); err != nil {
		return release, nil
	}
	f, err := os.OpenFile(l.path, os.O_RDWR|os.O_CREATE|os.O_APPEND, 0o600)
	if err == nil {
		err = errors.Join(f.Close(), syncDir(filepath.Dir(l.path)))
	}
	release()
	if err != nil {
		return nil, kind(err)
	}
	return l.enter()
}

// nextNumber is the number that the file which grows will have.
func (l *Log) nextNumber() (int, error) {
	from, err := beginningOf(l.path)
	if err != nil {
		return 0, err
	}
	list, err := finished(l.path, from.segment)
	if err != nil || len(list) == 0 {
		return from.segment + 1, err
	}
	return list[len(list)-1].n + 1, nil
}
