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
	return s.recordings(ctx, source, camera, time.Time{}, until)
}

func (s *Store) recordings(ctx context.Context, source, camera string, from, until time.Time) iter.Seq2[Finding, error] {
	return func(yield func(Finding, error) bool) {
		cond := []string{"kind = 'recording'", "source = ?", "camera = ?"}
		base := []any{text(source), exact(camera)}
		if !from.IsZero() {
			cond, base = append(cond, since+" >= ?"), append(base, moment(from))
		}
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

// AtPath returns the items of a source with that path, each item's own row only.
func (s *Store) AtPath(ctx context.Context, source, path string) ([]Finding, error) {
	page, err := s.rows(ctx, "source = ? AND path = ? ORDER BY ref LIMIT ?", text(source), exact(path), pageItems)
	list := make([]Finding, len(page))
	for i, r := range page {
		list[i] = r.Finding
	}
	return list, s.fail("items at a path", err)
}

// CameraName names a camera of a source; Name is "" where it is not known.
type CameraName struct{ Source, Name string }

// CameraNames returns the cameras of all sources, in order. It looks each up once
// in an index, however many recordings it has.
func (s *Store) CameraNames(ctx context.Context) ([]CameraName, error) {
	var list []CameraName
	for {
		where, args := "", []any(nil)
		if len(list) > 0 {
			last := list[len(list)-1]
			where, args = " AND (source, camera) > (?, ?)", []any{text(last.Source), exact(last.Name)}
		}
		rows, err := s.read.QueryContext(ctx, s.sql("SELECT source, camera FROM items WHERE kind = 'recording'"+where+" ORDER BY source, camera LIMIT 1"), args...)
		if err != nil {
			return nil, s.fail("cameras", err)
		}
		next, err := collect(rows, func(c *CameraName) []any { return []any{&c.Source, (*exact)(&c.Name)} })
		if err != nil || len(next) == 0 {
			return list, s.fail("cameras", err)
		}
		list = append(list, next[0])
	}
}

// Since is the moment that counts of a recording: when it was made, or first
// seen where its clock is of no use.
func (f Finding) Since() time.Time {
	if f.Item.Kind == scanner.KindRecording && f.Item.Recorded.IsZero() {
		return f.FirstSeen
	}
	return f.Item.Recorded
}
