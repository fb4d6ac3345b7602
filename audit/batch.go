package audit

import (
	"errors"
	"fmt"
	"time"
)

// AppendBatch adds lines and returns them. It is [Log.Append] for several
// entries with one sync: when it returns without an error all of them are on
// stable storage, and after an error none of them is in the log. A crash in the
// middle may leave the first of them, whole: each is true by itself, and nobody
// was told of any.
func (l *Log) AppendBatch(entries []Entry) ([]Record, error) {
	if len(entries) == 0 {
		return nil, nil
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	recs, err := l.append(entries)
	if err != nil {
		return nil, fmt.Errorf("audit log %s: %w", l.path, err)
	}
	return recs, nil
}

func (l *Log) append(entries []Entry) ([]Record, error) {
	for _, e := range entries {
		if e.Type == "" {
			return nil, errors.New("an entry needs a type")
		}
	}
	if l.broken != nil {
		return nil, l.broken
	}
	release, err := l.enter()
	if err == nil && l.limit > 0 && l.size >= l.limit {
		release, err = l.rotate(release)
	}
	if err != nil {
		return nil, err
	}
	defer release()
	return l.write(entries)
}

// write writes lines at the end of the log. The lock is held.
func (l *Log) write(entries []Entry) ([]Record, error) {
	var lines []byte
	var recs []Record
	at := l.at
	for _, e := range entries {
		if e.Time.IsZero() {
			e.Time = time.Now()
		}
		e.Time = e.Time.UTC()
		line, next, err := encode(at, e)
		if err != nil {
			return nil, err
		}
		rec, err := parse(line) // what is returned is what is in the log
		if err != nil {
			return nil, err
		}
		lines, recs, at = append(lines, line...), append(recs, rec), next
	}
	if _, err := l.f.Write(lines); err != nil {
		return nil, also(kind(err), l.cut())
	}
	if err := l.f.Sync(); err != nil {
		// The kernel forgets what it could not write, so a second sync would
		// lie. Nobody was told of the lines: take them away again, and trust this
		// handle no further.
		l.broken = fmt.Errorf("%w: %w", ErrBroken, err)
		return nil, also(kind(err), l.cut())
	}
	l.at, l.size = at, l.size+int64(len(lines))
	return recs, nil
}
