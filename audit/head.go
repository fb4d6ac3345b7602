package audit

import (
	"fmt"
	"io"
	"iter"
	"os"
)

// Last returns the last line of the log, those of other processes included; a
// zero Record for an empty log.
func (l *Log) Last() (Record, error) {
	recs, err := l.Tail(1)
	if err != nil || len(recs) == 0 {
		return Record{}, err
	}
	return recs[0], nil
}

// Tail returns the last n lines of the log, the newest first, those of other
// processes included. Each is verified to be followed by the one before it here.
func (l *Log) Tail(n int) ([]Record, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	recs, err := l.tail(n)
	if err != nil {
		return nil, fmt.Errorf("audit log %s: %w", l.path, err)
	}
	return recs, nil
}

func (l *Log) tail(n int) ([]Record, error) {
	release, err := l.enter()
	if err != nil {
		return nil, err
	}
	defer release()
	recs, err := backwards(l.f, l.size, nil, n)
	if err != nil || len(recs) >= n {
		return recs, err
	}
	from, err := beginningOf(l.path)
	if err != nil {
		return nil, err
	}
	list, err := finished(l.path, from.segment)
	if err != nil {
		return nil, err
	}
	for i := len(list) - 1; i >= 0 && len(recs) < n; i-- {
		if recs, err = backwardsFile(list[i].path, recs, n); err != nil {
			return nil, err
		}
	}
	return recs, nil
}

func backwardsFile(name string, recs []Record, n int) ([]Record, error) {
	f, err := os.Open(name)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return nil, err
	}
	return backwards(f, info.Size(), recs, n)
}

// backwards adds the lines of a file of that size, the last first, until there
// are n.
func backwards(r io.ReaderAt, size int64, recs []Record, n int) ([]Record, error) {
	for end := size; end > 0 && len(recs) < n; {
		begin, err := lineEnd(r, end-1)
		if err != nil {
			return nil, err
		}
		rec, err := lineAt(r, begin, end, nil)
		if err != nil {
			return nil, err
		}
		if len(recs) > 0 {
			after := recs[len(recs)-1]
			if _, err := (position{rec.Seq, rec.Hash}).follow(after); err != nil {
				return nil, &BadLine{int(after.Seq), err.Error()}
			}
		}
		recs, end = append(recs, rec), begin
	}
	return recs, nil
}

// Mark is Last, and remembers where that line ends: [Log.After] begins there
// without reading what comes before.
func (l *Log) Mark() (Record, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	recs, err := l.tail(1)
	if err != nil {
		return Record{}, fmt.Errorf("audit log %s: %w", l.path, err)
	}
	l.mark = mark{l.at, l.size}
	if len(recs) == 0 {
		return Record{}, nil
	}
	return recs[0], nil
}

// After yields the records that follow a line, named by number and hash, if
// this very Log marked it ([Log.Mark]) in the file that grows; otherwise false,
// and All has them. What comes before the mark was verified when it was read or
// written, and is not again: slet audit verify does that.
func (l *Log) After(seq int64, hash string) (iter.Seq2[Record, error], bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if hash == "" || l.mark.at != (position{seq, hash}) {
		return nil, false
	}
	// Read now: the file may be rotated away, and closed, while records are looked at.
	var recs []Record
	var bad error
	for rec, err := range readFrom(io.NewSectionReader(l.f, l.mark.size, l.size-l.mark.size), l.mark.at) {
		if err != nil {
			bad = err
			break
		}
		recs = append(recs, rec)
	}
	return func(yield func(Record, error) bool) {
		for _, rec := range recs {
			if !yield(rec, nil) {
				return
			}
		}
		if bad != nil {
			yield(Record{}, bad)
		}
	}, true
}

// All yields every record of the log from its beginning, as [Read] does. Lines
// that are appended after All was called are not among them.
func (l *Log) All() iter.Seq2[Record, error] {
	l.mu.Lock()
	last := l.at.seq
	l.mu.Unlock()
	return func(yield func(Record, error) bool) {
		for rec, err := range ReadLog(l.path) {
			if err == nil && rec.Seq > last || !yield(rec, err) {
				return
			}
		}
	}
}
