package store

import (
	"context"
	"database/sql"
	"iter"
	"time"

	"github.com/sletdk/slet/scanner"
)

// Class says what the decision about a recording may depend on beside its time.
type Class int64

// The bits of a class. They are in the database: see 00040_camera_hours.sql.
const (
	ClassDoubt   Class = 1 << iota // its dates are in doubt
	ClassContent                   // something was found in it, or could not be examined
	ClassWeak                      // it may be older than its date
)

func classOf(f Finding) (c Class) {
	if f.Item.Kind != scanner.KindRecording {
		return 0
	}
	if f.Item.Doubt != "" {
		c |= ClassDoubt
	}
	if len(f.Matches)+len(f.Gaps)+len(f.Subjects)+len(f.Counts)+len(f.GapCounts) > 0 || f.Failed || f.DocumentType != "" {
		c |= ClassContent
	}
	switch f.Item.Dated {
	case scanner.DatedName, scanner.DatedSidecar, scanner.DatedContainer, scanner.DatedFolder:
		if !f.Item.Recorded.IsZero() {
			return c
		}
	}
	return c | ClassWeak
}

// Hour is the recordings of one class that a camera began within one hour.
type Hour struct {
	Class       Class
	First, Last time.Time // the first and the last of the moments that count
	End         time.Time // the latest end, or moment where no end is known
	N, Bytes    int64
}

// Hours calls f with all recordings of a camera by the hour, the oldest hour
// first, the classes of an hour together. It reads an index only.
func (s *Store) Hours(ctx context.Context, source, camera string, f func([]Hour) error) error {
	rows, err := s.read.QueryContext(ctx, s.sql("SELECT "+since+", class, size, ended FROM items WHERE kind = 'recording' AND source = ? AND camera = ? ORDER BY "+since+", ref"),
		text(source), exact(camera))
	if err != nil {
		return s.fail("hours", err)
	}
	var at, size, class int64
	var ended sql.NullInt64
	var hours []Hour
	var of int64
	var failed error
	flush := func() {
		if len(hours) > 0 && failed == nil {
			failed = f(hours)
		}
		hours = hours[:0]
	}
	err = each(rows, []any{&at, &class, &size, &ended}, func() {
		if hour := at / int64(time.Hour); hour != of || len(hours) == 0 {
			flush()
			of = hour
		}
		hours = add(hours, Class(class), time.Unix(0, at).UTC(), ended, size)
	})
	flush()
	if err != nil {
		return s.fail("hours", err)
	}
	return failed
}

// add adds one recording to the hours, of which there is one for each class.
func add(hours []Hour, class Class, at time.Time, ended sql.NullInt64, size int64) []Hour {
	end := at
	if t := time.Unix(0, ended.Int64).UTC(); ended.Valid && t.After(end) {
		end = t
	}
	i := 0
	for i < len(hours) && hours[i].Class != class {
		i++
	}
	if i == len(hours) {
		hours = append(hours, Hour{Class: class, First: at, End: end})
	}
	h := &hours[i]
	h.Last, h.N, h.Bytes = at, h.N+1, h.Bytes+size
	if end.After(h.End) {
		h.End = end
	}
	return hours
}

// RecordingsIn returns a camera's recordings whose moments lie in a span, both
// ends included, the oldest first; as [Store.Recordings].
func (s *Store) RecordingsIn(ctx context.Context, source, camera string, from, to time.Time) iter.Seq2[Finding, error] {
	return s.recordings(ctx, source, camera, from, to)
}

// Paths calls f with the path of every item of a source, in no order. It reads
// an index only.
func (s *Store) Paths(ctx context.Context, source string, f func(path string)) error {
	rows, err := s.read.QueryContext(ctx, s.sql("SELECT path FROM items WHERE source = ?"), text(source))
	if err != nil {
		return s.fail("paths", err)
	}
	var path string
	return s.fail("paths", each(rows, []any{(*exact)(&path)}, func() { f(path) }))
}
