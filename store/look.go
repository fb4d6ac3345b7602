package store

import (
	"context"
	"database/sql"
	"errors"
	"time"
)

// errLook: a look was ended like a scan.
var errLook = errors.New("a look at some places is no scan of the source; end it with Leave")

// BeginLook begins a look at some places of a source, which something has
// called attention to. What it records is as true as what a scan records, but it
// has not looked everywhere, and so it changes nothing else: nothing leaves the
// inventory by it, no item counts as seen once more, no gap, mark or total of a
// scan is touched, and no scan is remembered. It must be ended with Leave or
// Abort. It may run beside a scan of the same source.
func (s *Store) BeginLook(source string, started time.Time) *Scan {
	sc := &Scan{s: s, source: source, start: started, look: true}
	sc.batch.reset()
	return sc
}

// joinNewest has what a look records belong to the newest scan there is, at the
// moment of writing: a scan that is under way may have passed the place already
// and must not take for gone what it did not meet; the next one decides.
func (sc *Scan) joinNewest(ctx context.Context, tx *sql.Tx) error {
	return tx.QueryRowContext(ctx, "SELECT COALESCE(MAX(seq), 0) FROM scans").Scan(&sc.seq)
}

// Leave commits what is left of a look and ends it. After an error it has not
// ended, and may be called again.
func (sc *Scan) Leave(ctx context.Context) error {
	sc.mu.Lock()
	defer sc.mu.Unlock()
	switch {
	case sc.ended:
		return sc.s.fail("end look", ErrEnded)
	case !sc.look:
		return sc.s.fail("end look", errors.New("it is a scan; end it with Finish"))
	}
	if sc.batch.len() > 0 {
		if err := sc.commit(ctx, nil); err != nil {
			return sc.s.fail("end look", err)
		}
	}
	return sc.end()
}
