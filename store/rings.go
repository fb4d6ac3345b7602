package store

import (
	"context"

	"github.com/sletdk/slet/scanner"
)

// Ring is the list of a recorder's ring of files, as a scan last read it.
type Ring struct {
	Ref, Source, Path string
	Camera            string // of the list's own path; see RingHour for those in it
	Clock             scanner.RingClock
	// Whole: it was read without a gap, and so speaks for all files beside it.
	Whole bool
}

// Rings returns the lists of rings, in order of source and path.
func (s *Store) Rings(ctx context.Context) ([]Ring, error) {
	rows, err := s.read.QueryContext(ctx, "SELECT i.ref, i.source, i.path, i.camera, r.clock, CASE WHEN i.gaps = 0 AND i.failed = 0 THEN 1 ELSE 0 END"+
		" FROM rings r JOIN items i ON i.ref = r.ref ORDER BY i.source, i.path, i.ref")
	if err != nil {
		return nil, s.fail("rings", err)
	}
	list, err := collect(rows, func(r *Ring) []any {
		return []any{&r.Ref, &r.Source, (*exact)(&r.Path), (*exact)(&r.Camera), &r.Clock, (*flag)(&r.Whole)}
	})
	return list, s.fail("rings", err)
}

// RingHours calls f with what the list of a ring says, by camera and time.
func (s *Store) RingHours(ctx context.Context, ref string, f func(scanner.RingHour)) error {
	rows, err := s.read.QueryContext(ctx, s.sql("SELECT camera, first, last, ended, recordings, bytes, locked FROM ring_hours WHERE ref = ? ORDER BY camera, first, n"), text(ref))
	if err != nil {
		return s.fail("ring hours", err)
	}
	var h scanner.RingHour
	return s.fail("ring hours", each(rows, []any{(*exact)(&h.Camera), (*moment)(&h.First), (*moment)(&h.Last), (*moment)(&h.End), &h.N, &h.Bytes, &h.Locked}, func() { f(h) }))
}

// ring writes what the list of a ring says. Only recordings can be one.
func (w writer) ring(f Finding) error {
	if f.Item.Kind != scanner.KindRecording {
		return nil
	}
	for _, stmt := range w.sc.stmts.forgetRing {
		if _, err := w.exec(stmt, text(f.Ref)); err != nil {
			return err
		}
	}
	if f.Ring == nil {
		return nil
	}
	if _, err := w.exec(w.sc.stmts.ring, text(f.Ref), text(f.Ring.Clock)); err != nil {
		return err
	}
	for i, h := range f.Ring.Hours {
		_, err := w.exec(w.sc.stmts.ringHour, text(f.Ref), i, exact(h.Camera), moment(h.First), moment(h.Last), moment(h.End), h.N, h.Bytes, h.Locked)
		if err != nil {
			return err
		}
	}
	return nil
}
