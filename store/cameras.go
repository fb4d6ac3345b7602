package store

import (
	"context"
	"errors"
	"iter"
	"strings"
	"time"

	"github.com/sletdk/slet/scanner"
)

// Camera is what the inventory has of one camera. Moments are those that count:
// when a recording was made, or first seen where its clock is of no use.
type Camera struct {
	Source, Name   string // Name is "" for recordings whose camera is not known
	Recordings     int64
	Bytes          int64
	Oldest, Newest time.Time
}

// since is the moment that counts of a recording; there is an index on it.
const since = "COALESCE(recorded, first_seen, 0)"

// Cameras returns the cameras of a source, or of all with "", in order of
// source and name.
func (s *Store) Cameras(ctx context.Context, source string) ([]Camera, error) {
	where, args := "kind = 'recording'", []any(nil)
	if source != "" {
		where, args = where+" AND source = ?", append(args, text(source))
	}
	rows, err := s.read.QueryContext(ctx, s.sql("SELECT source, camera, COUNT(*), CAST(SUM(size) AS BIGINT), MIN("+since+"), MAX("+since+
		") FROM items WHERE "+where+" GROUP BY source, camera ORDER BY source, camera"), args...)
	if err != nil {
		return nil, s.fail("cameras", err)
	}
	list, err := collect(rows, func(c *Camera) []any {
		return []any{&c.Source, (*exact)(&c.Name), &c.Recordings, &c.Bytes, (*moment)(&c.Oldest), (*moment)(&c.Newest)}
	})
	return list, s.fail("cameras", err)
}

// Recordings returns a camera's recordings up to a moment, the oldest first; a
// zero moment is no limit. Matches and gaps are counted, not fetched. Memory is
// bounded; as with Findings it is not a snapshot.
func (s *Store) Recordings(ctx context.Context, source, camera string, until time.Time) iter.Seq2[Finding, error] {
	return func(yield func(Finding, error) bool) {
		cond := []string{"kind = 'recording'", "source = ?", "camera = ?"}
		base := []any{text(source), exact(camera)}
		if !until.IsZero() {
			cond, base = append(cond, since+" <= ?"), append(base, moment(until))
		}
		var last *Finding
		for {
			where, args := strings.Join(cond, " AND "), base
			if last != nil {
				where += " AND (" + since + ", ref) > (?, ?)"
				args = append(args[:len(args):len(args)], moment(last.Since()), text(last.Ref))
			}
			page, err := s.rows(ctx, where+" ORDER BY "+since+", ref LIMIT ?", append(args[:len(args):len(args)], pageItems)...)
			if err == nil {
				err = s.fill(ctx, page, Filter{})
			}
			if err != nil {
				yield(Finding{}, s.fail("recordings", err))
				return
			}
			for _, r := range page {
				if !yield(r.Finding, nil) {
					return
				}
			}
			if len(page) < pageItems {
				return
			}
			last = &page[len(page)-1].Finding
		}
	}
}

// Newest returns the newest recording of a camera whose dates are not in doubt,
// or an error wrapping [ErrNotFound]. Several may share its moment.
func (s *Store) Newest(ctx context.Context, source, camera string) (Finding, error) {
	page, err := s.rows(ctx, "kind = 'recording' AND source = ? AND camera = ? AND doubt = '' ORDER BY "+since+" DESC, ref DESC LIMIT 1",
		text(source), exact(camera))
	if err == nil && len(page) == 0 {
		err = ErrNotFound
	}
	if err != nil {
		return Finding{}, s.fail("newest recording", err)
	}
	if err := s.fill(ctx, page, Filter{}); err != nil {
		return Finding{}, s.fail("newest recording", err)
	}
	return page[0].Finding, nil
}

// Beside returns the recordings of a source whose path is stem, or stem and an
// extension: a recording and what belongs to it.
func (s *Store) Beside(ctx context.Context, source, stem string) ([]Finding, error) {
	// '/' follows '.': between them lies every extension.
	page, err := s.rows(ctx, "kind = 'recording' AND source = ? AND (path = ? OR path > ? AND path < ?) ORDER BY path LIMIT ?",
		text(source), exact(stem), exact(stem+"."), exact(stem+"/"), pageItems)
	if err == nil && len(page) == pageItems {
		err = errors.New("more files share one name than belong together")
	}
	if err != nil {
		return nil, s.fail("recordings beside", err)
	}
	if err := s.fill(ctx, page, Filter{}); err != nil {
		return nil, s.fail("recordings beside", err)
	}
	list := make([]Finding, len(page))
	for i, r := range page {
		list[i] = r.Finding
	}
	return list, nil
}

// Span is when a recording was made; End is zero when not known.
type Span struct{ Begin, End time.Time }

// Spans calls f with every recording of a camera that is not in doubt, in order
// of their moments.
func (s *Store) Spans(ctx context.Context, source, camera string, f func(Span)) error {
	rows, err := s.read.QueryContext(ctx, s.sql("SELECT "+since+", ended FROM items WHERE kind = 'recording' AND source = ? AND camera = ? AND doubt = '' ORDER BY "+since+", ref"),
		text(source), exact(camera))
	if err != nil {
		return s.fail("recordings", err)
	}
	var v Span
	return s.fail("recordings", each(rows, []any{(*moment)(&v.Begin), (*moment)(&v.End)}, func() { f(v) }))
}

// Since is the moment that counts of a recording: when it was made, or first
// seen where its clock is of no use.
func (f Finding) Since() time.Time {
	if f.Item.Kind == scanner.KindRecording && f.Item.Recorded.IsZero() {
		return f.FirstSeen
	}
	return f.Item.Recorded
}
