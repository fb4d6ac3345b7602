package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"strconv"
	"sync"
	"time"

	"github.com/sletdk/slet/scanner"
)

// A batch is committed when it has this many records, or this many rows below
// them, or is this old when the next record arrives. No lock is held between.
const (
	batchRecords = 500
	batchRows    = 20_000
	batchAge     = time.Second
)

// Scan is one scan of one source: it records what it sees in batches. Until
// its batch is committed a record is in memory; a crash loses the last batch,
// whole. Its methods are safe for concurrent use.
type Scan struct {
	s      *Store
	seq    int64
	source string
	start  time.Time
	look   bool // see [Store.BeginLook]

	mu    sync.Mutex
	ended bool
	batch batch
	gaps  int64 // place gaps numbered so far
	marks map[string]string
	stmts statements
}

// batch is what is not committed yet.
type batch struct {
	since    time.Time
	findings map[string]Finding
	seen     map[string]time.Time // unchanged items: when
	places   []scanner.Gap
	rows     int
}

func (b *batch) len() int { return len(b.findings) + len(b.seen) + len(b.places) }

func (b *batch) full() bool {
	n := b.len()
	return n >= batchRecords || b.rows >= batchRows || n > 0 && time.Since(b.since) >= batchAge
}

func (b *batch) reset() {
	*b = batch{findings: map[string]Finding{}, seen: map[string]time.Time{}}
}

// BeginScan begins a scan of a source. It must be ended with Finish or Abort.
func (s *Store) BeginScan(ctx context.Context, source string, started time.Time) (*Scan, error) {
	sc := &Scan{s: s, source: source, start: started}
	sc.batch.reset()
	// Two processes may take the same number at the same moment; the second asks again.
	for attempt := 0; ; attempt++ {
		err := s.tx(ctx, func(tx *sql.Tx) error {
			if err := tx.QueryRowContext(ctx, "SELECT COALESCE(MAX(seq), 0) + 1 FROM scans").Scan(&sc.seq); err != nil {
				return err
			}
			return insertScan(ctx, s, tx, sc)
		})
		if err == nil {
			return sc, nil
		}
		if !errors.Is(classify(err), ErrExists) || attempt == 10 {
			return nil, s.fail("begin scan", err)
		}
	}
}

func insertScan(ctx context.Context, s *Store, tx *sql.Tx, sc *Scan) error {
	_, err := tx.ExecContext(ctx, s.sql(`INSERT INTO scans
		(seq, source, started, complete, seen, scanned, unchanged, skipped, failed, gaps, private_folders, bytes, findings)
		VALUES (?, ?, ?, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0)`), sc.seq, text(sc.source), moment(sc.start))
	return err
}

func scanID(seq int64) string { return "s" + strconv.FormatInt(seq, 10) }

// ID names the scan, as in ScanRecord.
func (sc *Scan) ID() string { return scanID(sc.seq) }

// Known returns what is known of an item, from this scan or an earlier one,
// and false when nothing is.
func (sc *Scan) Known(ctx context.Context, ref string) (Known, bool, error) {
	sc.mu.Lock()
	f, ok := sc.batch.findings[ref]
	ended := sc.ended
	sc.mu.Unlock()
	if ended {
		return Known{}, false, sc.s.fail("look up", ErrEnded)
	}
	if ok {
		return Known{
			Version: f.Item.Version, Fingerprint: f.Fingerprint, Gaps: f.GapCount(),
			Failed: f.Failed, ContentMAC: f.ContentMAC,
		}, true, nil
	}
	var k Known
	counts := map[scanner.Reason]int64{}
	err := sc.s.read.QueryRowContext(ctx,
		sc.s.sql("SELECT version, fingerprint, gap_counts, failed, content_mac FROM items WHERE ref = ?"), text(ref)).
		Scan((*exact)(&k.Version), &k.Fingerprint, jsonOf(&counts), (*flag)(&k.Failed), &k.ContentMAC)
	if errors.Is(err, sql.ErrNoRows) {
		return Known{}, false, nil
	}
	k.Gaps = Finding{GapCounts: counts, Failed: k.Failed}.GapCount()
	return k, err == nil, sc.s.fail("look up", err)
}

// Record records a finding in place of what was known of its item. FirstSeen
// is kept from the first time. A second Record of the same item in a scan
// replaces the first.
//
// A reference is short, so two items may, rarely, share one. The second is
// then not stored over the first: it becomes a place gap, so that it is
// reported.
//
// An error may be about an earlier record of the batch: nothing of the batch
// was committed, all of it is kept, f was not taken, and the next call tries
// again.
func (sc *Scan) Record(ctx context.Context, f Finding) error {
	if f.Ref == "" || f.Item.Source != sc.source {
		return fmt.Errorf("store: record: item %q of source %q does not belong to a scan of %q", f.Ref, f.Item.Source, sc.source)
	}
	f = f.counted()
	return sc.add(ctx, func(b *batch) {
		if old, ok := b.findings[f.Ref]; ok && old.Item.ID != f.Item.ID {
			b.places = append(b.places, collision(f.Item))
			return
		}
		delete(b.seen, f.Ref)
		b.findings[f.Ref] = f
		b.rows += len(f.Matches) + len(f.Gaps) + len(f.Subjects) + len(f.CopyKeys)
	})
}

// collision is the gap for an item whose reference is another's.
func collision(it scanner.Item) scanner.Gap {
	return scanner.Gap{Path: it.Path, Reason: scanner.IO, Err: errors.New("another item of the inventory has the same reference")}
}

// Unchanged records that a known item was seen at the given time and is as it
// was. An item that has left the inventory since Known was asked is passed
// over. Errors are as for Record.
func (sc *Scan) Unchanged(ctx context.Context, ref string, seen time.Time) error {
	return sc.add(ctx, func(b *batch) {
		if _, ok := b.findings[ref]; !ok && !sc.look {
			b.seen[ref] = seen
		}
	})
}

// Gap records a place that could not be looked into and is not an item.
// Errors are as for Record.
func (sc *Scan) Gap(ctx context.Context, g scanner.Gap) error {
	return sc.add(ctx, func(b *batch) {
		if !sc.look {
			b.places = append(b.places, g)
		}
	})
}

// add puts something into the batch, after having made room. When that fails
// the batch stays as it was, so that it never outgrows its bounds.
func (sc *Scan) add(ctx context.Context, put func(*batch)) error {
	sc.mu.Lock()
	defer sc.mu.Unlock()
	if sc.ended {
		return sc.s.fail("record", ErrEnded)
	}
	if sc.batch.full() {
		if err := sc.commit(ctx, nil); err != nil {
			return sc.s.fail("record", err)
		}
	}
	if sc.batch.len() == 0 {
		sc.batch.since = time.Now()
	}
	put(&sc.batch)
	return nil
}

// Finish commits what is left and ends the scan. Complete means that every
// place that could be looked into was walked to its end: items of the source
// that this scan neither recorded nor marked unchanged, and no later scan did,
// leave the inventory; but not those at or below a place that is a gap of this
// scan, for nobody knows whether they are gone.
// After an error the scan has not ended, and Finish may be called again.
func (sc *Scan) Finish(ctx context.Context, finished time.Time, complete bool, t Totals) error {
	sc.mu.Lock()
	defer sc.mu.Unlock()
	if sc.ended {
		return sc.s.fail("finish scan", ErrEnded)
	}
	if sc.look {
		return sc.s.fail("finish scan", errLook)
	}
	err := sc.commit(ctx, func(tx *sql.Tx) error {
		if complete {
			if err := sc.removeGone(ctx, tx); err != nil {
				return fmt.Errorf("remove what is gone: %w", err)
			}
			if err := sc.putMarks(ctx, tx); err != nil {
				return fmt.Errorf("marks: %w", err)
			}
		}
		if _, err := tx.ExecContext(ctx, sc.s.sql("DELETE FROM place_gaps WHERE source = ? AND scan < ?"), text(sc.source), sc.seq); err != nil {
			return err
		}
		_, err := tx.ExecContext(ctx, sc.s.sql(`UPDATE scans SET finished = ?, complete = ?, seen = ?, scanned = ?, unchanged = ?,
			skipped = ?, failed = ?, gaps = ?, private_folders = ?, bytes = ?, findings = ? WHERE seq = ?`),
			moment(finished), flag(complete), t.Seen, t.Scanned, t.Unchanged,
			t.Skipped, t.Failed, t.Gaps, t.PrivateFolders, t.Bytes, t.Findings, sc.seq)
		return err
	})
	if err != nil {
		return sc.s.fail("finish scan", err)
	}
	return sc.end()
}

// removeGone takes out of the inventory what the scan would have met.
func (sc *Scan) removeGone(ctx context.Context, tx *sql.Tx) error {
	if err := sc.keepUnknown(ctx, tx); err != nil {
		return err
	}
	_, err := tx.ExecContext(ctx, sc.s.sql("DELETE FROM items WHERE source = ? AND scan < ?"), text(sc.source), sc.seq)
	return err
}

// keepUnknown marks the items at or below the scan's place gaps as belonging to
// it. They keep the date on which they were last seen.
func (sc *Scan) keepUnknown(ctx context.Context, tx *sql.Tx) error {
	rows, err := tx.QueryContext(ctx, sc.s.sql("SELECT DISTINCT path FROM place_gaps WHERE source = ? AND scan = ?"), text(sc.source), sc.seq)
	if err != nil {
		return err
	}
	places, err := collect(rows, func(p *exact) []any { return []any{p} })
	if err != nil {
		return err
	}
	for _, p := range places {
		query, args := "UPDATE items SET scan = ? WHERE source = ? AND scan < ?", []any{sc.seq, text(sc.source), sc.seq}
		if p != "" {
			// '0' follows '/': between them lies everything below the place.
			query += " AND (path = ? OR path > ? AND path < ?)"
			args = append(args, p, p+"/", p+"0")
		}
		if _, err := tx.ExecContext(ctx, sc.s.sql(query), args...); err != nil {
			return err
		}
	}
	return nil
}

// Unseen commits what is left and counts the items of the source: how many
// there are, and how many of them this scan has not met and cannot excuse with
// a gap. A scan that has lost very many is to be doubted before it is finished
// as complete.
func (sc *Scan) Unseen(ctx context.Context) (unseen, all int64, err error) {
	sc.mu.Lock()
	defer sc.mu.Unlock()
	if sc.ended {
		return 0, 0, sc.s.fail("count what is gone", ErrEnded)
	}
	err = sc.commit(ctx, func(tx *sql.Tx) error {
		if err := sc.keepUnknown(ctx, tx); err != nil {
			return err
		}
		return tx.QueryRowContext(ctx, sc.s.sql("SELECT COUNT(CASE WHEN scan < ? THEN 1 END), COUNT(*) FROM items WHERE source = ?"),
			sc.seq, text(sc.source)).Scan(&unseen, &all)
	})
	return unseen, all, sc.s.fail("count what is gone", err)
}

// Abort ends the scan as if it had never begun, but for the batches that are
// committed: what they say of their items is true. A scan that ended is left
// as it is.
func (sc *Scan) Abort() error {
	sc.mu.Lock()
	defer sc.mu.Unlock()
	if sc.ended {
		return nil
	}
	if sc.look {
		return sc.end() // it has left no record of itself
	}
	// Not the caller's context: aborting is what one does when it has ended.
	ctx, cancel := context.WithTimeout(context.Background(), closeTimeout)
	defer cancel()
	err := sc.s.tx(ctx, func(tx *sql.Tx) error {
		if _, err := tx.ExecContext(ctx, sc.s.sql("DELETE FROM place_gaps WHERE source = ? AND scan = ?"), text(sc.source), sc.seq); err != nil {
			return err
		}
		_, err := tx.ExecContext(ctx, sc.s.sql("DELETE FROM scans WHERE seq = ?"), sc.seq)
		return err
	})
	return errors.Join(sc.s.fail("abort scan", err), sc.end())
}

func (sc *Scan) end() error {
	sc.ended = true
	sc.batch.reset()
	return sc.s.fail("end scan", sc.stmts.close())
}

// Scans returns the last finished scan of each source, in order of source.
func (s *Store) Scans(ctx context.Context) ([]ScanRecord, error) {
	rows, err := s.read.QueryContext(ctx, `SELECT seq, source, started, finished, complete, seen, scanned, unchanged,
		skipped, failed, gaps, private_folders, bytes, findings FROM scans
		WHERE seq IN (SELECT MAX(seq) FROM scans WHERE finished IS NOT NULL GROUP BY source) ORDER BY source`)
	if err != nil {
		return nil, s.fail("scans", err)
	}
	list, err := collect(rows, func(r *ScanRecord) []any {
		t := &r.Totals
		return []any{
			(*scanSeq)(&r.ID), &r.Source, (*moment)(&r.Started), (*moment)(&r.Finished), (*flag)(&r.Complete), &t.Seen, &t.Scanned,
			&t.Unchanged, &t.Skipped, &t.Failed, &t.Gaps, &t.PrivateFolders, &t.Bytes, &t.Findings,
		}
	})
	return list, s.fail("scans", err)
}

// scanSeq reads a scan's number as its ID.
type scanSeq string

// Scan implements sql.Scanner.
func (q *scanSeq) Scan(v any) error {
	n, ok := v.(int64)
	if !ok {
		return fmt.Errorf("cannot read %T as a scan's number", v)
	}
	*q = scanSeq(scanID(n))
	return nil
}
