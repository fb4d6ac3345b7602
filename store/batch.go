package store

import (
	"context"
	"database/sql"
	"errors"
	"maps"
	"slices"
	"strings"
)

// findingColumns are the columns of a finding's own row, in the order of
// findingArgs and findingDest.
const findingColumns = "ref, " + itemColumns + ", source_type, document_type, failed, content_mac, fingerprint, " +
	"first_seen, last_seen, examined, counts, gap_counts"

func findingArgs(f Finding) []any {
	args := append([]any{text(f.Ref)}, itemArgs(f.Item)...)
	return append(args, text(f.SourceType), text(f.DocumentType), flag(f.Failed), text(f.ContentMAC), text(f.Fingerprint),
		moment(f.FirstSeen), moment(f.LastSeen), moment(f.Examined), jsonOf(&f.Counts), jsonOf(&f.GapCounts))
}

func findingDest(f *Finding) []any {
	dest := append([]any{&f.Ref}, itemDest(&f.Item)...)
	return append(dest, &f.SourceType, &f.DocumentType, (*flag)(&f.Failed), &f.ContentMAC, &f.Fingerprint,
		(*moment)(&f.FirstSeen), (*moment)(&f.LastSeen), (*moment)(&f.Examined), alike(&f.Counts), alike(&f.GapCounts))
}

// factColumns are those of a finding's own row that facts are made of, in the
// order of factDest.
const factColumns = "ref, source, path, kind, size, created, modified, received, recorded, mailbox, camera, ended, dated, doubt, owner, " +
	"source_type, document_type, failed, first_seen, counts, gap_counts"

func factDest(f *Finding) []any {
	it := &f.Item
	return []any{
		&f.Ref, &it.Source, (*exact)(&it.Path), &it.Kind, &it.Size, (*moment)(&it.Created), (*moment)(&it.Modified), (*moment)(&it.Received),
		(*moment)(&it.Recorded), (*exact)(&it.Mailbox), (*exact)(&it.Camera), (*moment)(&it.End), &it.Dated, &it.Doubt, &it.Owner,
		&f.SourceType, &f.DocumentType, (*flag)(&f.Failed), (*moment)(&f.FirstSeen), alike(&f.Counts), alike(&f.GapCounts),
	}
}

// upsertSQL writes a finding's own row. It leaves alone the row of another
// item that has the same reference, the first time that an item was seen, and
// the mark of a scan that began later.
func upsertSQL() string {
	columns := findingColumns + ", scan, matches, gaps, subjects, stale, class"
	names := strings.Split(columns, ", ")
	var set []string
	for _, c := range names {
		switch c {
		case "ref", "source", "id", "first_seen":
		case "scan":
			set = append(set, "scan = CASE WHEN items.scan > excluded.scan THEN items.scan ELSE excluded.scan END")
		default:
			set = append(set, c+" = excluded."+c)
		}
	}
	return "INSERT INTO items (" + columns + ") VALUES (" + marks(len(names)) + ")" +
		" ON CONFLICT (ref) DO UPDATE SET " + strings.Join(set, ", ") +
		" WHERE items.source = excluded.source AND items.id = excluded.id"
}

// statements are the prepared statements of a scan.
type statements struct {
	upsert, match, gap, subject, copy, place, seen *sql.Stmt
	ring, ringHour                                 *sql.Stmt
	snippets                                       *sql.Stmt
	forget                                         []*sql.Stmt // rows below an item
	forgetRing                                     []*sql.Stmt // those that only the lists of rings have
}

func (st *statements) prepare(ctx context.Context, s *Store) error {
	if st.upsert != nil {
		return nil
	}
	var made statements
	var errs []error
	one := func(query string) *sql.Stmt {
		stmt, err := s.write.PrepareContext(ctx, s.sql(query))
		errs = append(errs, err)
		return stmt
	}
	for _, table := range []string{"matches", "gaps", "subjects", "copy_keys", "snippets"} {
		made.forget = append(made.forget, one("DELETE FROM "+table+" WHERE ref = ?"))
	}
	for _, table := range []string{"rings", "ring_hours"} {
		made.forgetRing = append(made.forgetRing, one("DELETE FROM "+table+" WHERE ref = ?"))
	}
	made.ring = one("INSERT INTO rings (ref, clock) VALUES (?, ?)")
	made.ringHour = one("INSERT INTO ring_hours (ref, n, camera, first, last, ended, recordings, bytes, locked) VALUES (" + marks(9) + ")")
	made.match = one("INSERT INTO matches (ref, n, detector, category, place, start, value, confidence, reasons, subject, value_key) VALUES (" + marks(11) + ")")
	made.gap = one("INSERT INTO gaps (ref, n, path, place, reason, error) VALUES (" + marks(6) + ")")
	made.subject = one("INSERT INTO subjects (ref, subject) VALUES (?, ?)")
	made.copy = one("INSERT INTO copy_keys (ref, copy_key) VALUES (?, ?)")
	made.snippets = one("INSERT INTO snippets (ref, sealed) SELECT ref, ? FROM items WHERE ref = ? AND source = ? AND id = ?")
	made.place = one("INSERT INTO place_gaps (source, scan, n, path, place, reason, error) VALUES (" + marks(7) + ")")
	made.seen = one("UPDATE items SET last_seen = ?, scan = CASE WHEN scan > ? THEN scan ELSE ? END WHERE ref = ? AND source = ?")
	made.upsert = one(upsertSQL())
	if err := errors.Join(errs...); err != nil {
		return errors.Join(err, made.close())
	}
	*st = made
	return nil
}

func (st *statements) close() error {
	var errs []error
	for _, stmt := range append(slices.Concat(st.forget, st.forgetRing), st.upsert, st.match, st.gap, st.subject, st.copy, st.place, st.seen, st.ring, st.ringHour, st.snippets) {
		if stmt != nil {
			errs = append(errs, stmt.Close())
		}
	}
	*st = statements{}
	return errors.Join(errs...)
}

// commit writes the batch, and what then adds, in one transaction. When it
// fails the batch is kept.
func (sc *Scan) commit(ctx context.Context, then func(*sql.Tx) error) error {
	if err := sc.stmts.prepare(ctx, sc.s); err != nil {
		return err
	}
	numbered := sc.gaps
	err := sc.s.tx(ctx, func(tx *sql.Tx) error {
		if sc.look {
			if err := sc.joinNewest(ctx, tx); err != nil {
				return err
			}
		}
		w := writer{sc: sc, tx: tx, ctx: ctx}
		if err := w.batch(); err != nil {
			return err
		}
		if then != nil {
			return then(tx)
		}
		return nil
	})
	if err != nil {
		sc.gaps = numbered
		return err
	}
	sc.batch.reset()
	return nil
}

// writer writes one batch.
type writer struct {
	sc  *Scan
	tx  *sql.Tx
	ctx context.Context // of the one commit that it lives for
}

func (w writer) exec(stmt *sql.Stmt, args ...any) (int64, error) {
	res, err := w.tx.StmtContext(w.ctx, stmt).ExecContext(w.ctx, args...)
	if err != nil {
		return 0, err
	}
	return res.RowsAffected()
}

func (w writer) batch() error {
	b := &w.sc.batch
	places := b.places
	// In order of reference: two processes that write the same rows then
	// cannot wait for one another in a circle.
	for _, ref := range slices.Sorted(maps.Keys(b.findings)) {
		f := b.findings[ref]
		stored, err := w.finding(f)
		if err != nil {
			return err
		}
		if !stored {
			places = append(places, collision(f.Item))
		}
	}
	if err := w.snippets(); err != nil {
		return err
	}
	for _, ref := range slices.Sorted(maps.Keys(b.seen)) {
		_, err := w.exec(w.sc.stmts.seen, moment(b.seen[ref]), w.sc.seq, w.sc.seq, text(ref), text(w.sc.source))
		if err != nil {
			return err
		}
	}
	if w.sc.look {
		return nil // the next scan meets them, and reports them
	}
	for _, g := range places {
		w.sc.gaps++
		_, err := w.exec(w.sc.stmts.place, text(w.sc.source), w.sc.seq, w.sc.gaps, exact(g.Path), text(g.Where), text(g.Reason), text(gapText(g)))
		if err != nil {
			return err
		}
	}
	return nil
}

// finding writes an item's row and the rows below it. It reports false when
// the reference is another item's.
func (w writer) finding(f Finding) (bool, error) {
	st := &w.sc.stmts
	if f.LastSeen.IsZero() {
		f.LastSeen = w.sc.start
	}
	if f.FirstSeen.IsZero() {
		f.FirstSeen = f.LastSeen
	}
	// The worklist has what was known before; see [Store.RefreshWorklist].
	args := append(findingArgs(f), w.sc.seq, len(f.Matches), len(f.Gaps), len(f.Subjects), newStamp(), classOf(f))
	n, err := w.exec(st.upsert, args...)
	if err != nil || n == 0 {
		return false, err
	}
	for _, stmt := range st.forget {
		if _, err := w.exec(stmt, text(f.Ref)); err != nil {
			return false, err
		}
	}
	for i, m := range f.Matches {
		_, err := w.exec(st.match, text(f.Ref), i, text(m.Detector), text(m.Category), text(m.Where), m.Start,
			text(m.Value), text(m.Confidence), jsonOf(&m.Reasons), text(m.Subject), text(m.Key))
		if err != nil {
			return false, err
		}
	}
	for i, g := range f.Gaps {
		if _, err := w.exec(st.gap, text(f.Ref), i, exact(g.Path), text(g.Where), text(g.Reason), text(gapText(g))); err != nil {
			return false, err
		}
	}
	for _, s := range f.Subjects {
		if _, err := w.exec(st.subject, text(f.Ref), text(s)); err != nil {
			return false, err
		}
	}
	for _, key := range f.CopyKeys {
		if _, err := w.exec(st.copy, text(f.Ref), text(key)); err != nil {
			return false, err
		}
	}
	return true, w.ring(f)
}
