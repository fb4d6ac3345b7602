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

// All yields every record of the log from its beginning, as [Read] does. Lines
// that are appended after All was called are not among them.
func (l *Log) All() iter.Seq2[Record, error] {
	l.mu.Lock()
	size := l.size
	l.mu.Unlock()
	return Read(io.NewSectionReader(l.f, 0, size))
}
