package audit

import (
	"fmt"
	"io"
	"iter"
)

// Last returns the last line of the log, those of other processes included; a
// zero Record for an empty log.
func (l *Log) Last() (Record, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	rec, err := l.last()
	if err != nil {
		return Record{}, fmt.Errorf("audit log %s: %w", l.path, err)
	}
	return rec, nil
}

func (l *Log) last() (Record, error) {
	unlock, err := l.lock()
	if err != nil {
		return Record{}, err
	}
	defer unlock()
	if err := l.catchUp(); err != nil || l.size == 0 {
		return Record{}, err
	}
	begin, err := lineEnd(l.f, l.size-1)
	if err != nil {
		return Record{}, err
	}
	return lineAt(l.f, begin, l.size)
}

// Mark is Last, and remembers where that line ends: [Log.After] begins there
// without reading what comes before.
func (l *Log) Mark() (Record, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	rec, err := l.last()
	if err != nil {
		return Record{}, fmt.Errorf("audit log %s: %w", l.path, err)
	}
	l.mark = mark{l.at, l.size}
	return rec, nil
}

// After yields the records that follow a line, named by number and hash, if
// this very Log marked it ([Log.Mark]); otherwise false, and All has them. What
// comes before the mark was verified when it was read or written, and is not
// again: slet audit verify does that.
func (l *Log) After(seq int64, hash string) (iter.Seq2[Record, error], bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if hash == "" || l.mark.at != (position{seq, hash}) {
		return nil, false
	}
	return readFrom(io.NewSectionReader(l.f, l.mark.size, l.size-l.mark.size), l.mark.at), true
}

// All yields every record of the log from its beginning, as [Read] does. Lines
// that are appended after All was called are not among them.
func (l *Log) All() iter.Seq2[Record, error] {
	l.mu.Lock()
	size := l.size
	l.mu.Unlock()
	return Read(io.NewSectionReader(l.f, 0, size))
}
