package store

import (
	"cmp"
	"context"
	"crypto/sha256"
	"database/sql"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"iter"
	"math"
	"math/rand/v2"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/sletdk/slet/detectors"
	"github.com/sletdk/slet/retention"
	"github.com/sletdk/slet/scanner"
)

// A refresh decides anew what can have another decision than the worklist has,
// and nothing else: what a scan has recorded since (items.stale), what a hold
// reaches that has come, changed or ended, and what time may have changed
// (worklist.next). Everything else that verdicts rest on has one name, and
// another name has all decided anew; so has a clock that was put back.
//
// The worklist says what it rests on in worklist_basis. A refresh that begins
// takes out of it what it is about to change, and puts it back when it has
// ended: one that is interrupted anywhere is made up for by the next.

// Basis is what verdicts rest on, beside the items and what was answered.
type Basis struct {
	// Rules names the schedule, the event register, the owners and the program:
	// all but the holds and the time.
	Rules string
	Holds []retention.Hold
	Now   time.Time
	// Names says that verdicts depend on the persons by name in an item.
	Names bool
}

// Refreshed is what a refresh has done.
type Refreshed struct {
	Decided int64 // items
	All     bool  // every item was decided anew
}

// Names in worklist_basis: what all rests on, the latest moment that something
// was decided at, and a hold.
const (
	basisRules = "rules"
	basisNow   = "now"
	basisHold  = "hold "
)

// lineForm is what a line of the worklist says of an item. With another one all
// lines are written anew.
const lineForm = "2"

// worklistBatch is how many lines one transaction of a refresh writes, and how
// many items are chosen at a time.
const worklistBatch = 1_000

// RefreshWorklist asks judge about every item of which the verdict may have
// changed, at the time of the basis, and writes the answers down. Lines that are
// right already cost no write. Memory is bounded. One refresh runs at a time.
func (s *Store) RefreshWorklist(ctx context.Context, b Basis, judge func(Finding) Verdict) (Refreshed, error) {
	done, err := s.refresh(ctx, b, judge)
	return done, s.fail("refresh worklist", err)
}

func (s *Store) refresh(ctx context.Context, b Basis, judge func(Finding) Verdict) (Refreshed, error) {
	was, err := s.basis(ctx)
	if err != nil {
		return Refreshed{}, err
	}
	is, err := b.lines()
	if err != nil {
		return Refreshed{}, err
	}
	all, changed := b.changes(was, is)
	stays := map[string]string{basisNow: is[basisNow]}
	for name, value := range is {
		if !all && was[name] == value {
			stays[name] = value
		}
	}
	if err := s.setBasis(ctx, stays); err != nil {
		return Refreshed{}, err
	}
	r := &refresher{s: s, filter: Filter{Facts: true, WithMatches: b.Names}, judge: judge}
	if r.names, err = s.names(ctx); err != nil {
		return Refreshed{}, err
	}
	if all {
		err = r.each(ctx, s.each(ctx, r.filter))
	} else {
		err = r.some(ctx, b.Now, changed)
	}
	if err == nil {
		err = s.setBasis(ctx, is)
	}
	return Refreshed{r.decided, all}, err
}

// lines is the basis as it is stored.
func (b Basis) lines() (map[string]string, error) {
	lines := map[string]string{basisRules: b.Rules + " " + strconv.FormatBool(b.Names) + " " + lineForm, basisNow: strconv.FormatInt(b.Now.UnixNano(), 10)}
	for _, h := range b.Holds {
		h.Notified, h.CopyAsked, h.CopyHanded = time.Time{}, time.Time{}, time.Time{} // duties decide nothing
		data, err := json.Marshal(h)
		if err != nil {
			return nil, fmt.Errorf("hold %s: %w", h.ID, err)
		}
		sum := sha256.Sum256(data)
		lines[basisHold+h.ID] = hex.EncodeToString(sum[:])
	}
	return lines, nil
}

// changes says whether all is to be decided anew, and else for which holds.
func (b Basis) changes(was, is map[string]string) (all bool, changed []retention.Hold) {
	then, err := strconv.ParseInt(was[basisNow], 10, 64)
	if err != nil || b.Now.UnixNano() < then || was[basisRules] != is[basisRules] {
		return true, nil
	}
	for name := range was {
		if _, there := is[name]; !there {
			return true, nil // nobody knows any more what that hold was about
		}
	}
	for _, h := range b.Holds {
		if name := basisHold + h.ID; was[name] != is[name] {
			changed = append(changed, h)
		}
	}
	return false, changed
}

func (s *Store) basis(ctx context.Context) (map[string]string, error) {
	rows, err := s.read.QueryContext(ctx, "SELECT name, value FROM worklist_basis")
	if err != nil {
		return nil, err
	}
	lines := map[string]string{}
	var name, value string
	return lines, each(rows, []any{&name, &value}, func() { lines[name] = value })
}

// setBasis replaces what the worklist rests on.
func (s *Store) setBasis(ctx context.Context, lines map[string]string) error {
	return s.tx(ctx, func(tx *sql.Tx) error {
		if _, err := s.execTx(ctx, tx, "DELETE FROM worklist_basis"); err != nil {
			return err
		}
		for name, value := range lines {
			if _, err := s.execTx(ctx, tx, "INSERT INTO worklist_basis (name, value) VALUES (?, ?)", text(name), text(value)); err != nil {
				return err
			}
		}
		return nil
	})
}

// newStamp is a number for items.stale.
func newStamp() int64 { return 1 + rand.Int64N(1<<62) }

// refresher writes verdicts down, a batch at a time.
type refresher struct {
	s       *Store
	filter  Filter
	judge   func(Finding) Verdict
	names   *names
	batch   []workRow
	decided int64
}

// some decides what was recorded since, what the holds reach, and what time may
// have changed. An item that is recorded anew meanwhile waits for the next time.
func (r *refresher) some(ctx context.Context, now time.Time, changed []retention.Hold) error {
	err := r.each(ctx, r.s.stale(ctx, r.filter))
	for i := range changed {
		err = cmp.Or(err, r.each(ctx, r.s.reached(ctx, &changed[i], r.filter)))
	}
	return cmp.Or(err, r.each(ctx, r.s.chosen(ctx, r.filter,
		"SELECT next, ref FROM worklist WHERE next <= ? AND (next, ref) > (?, ?) ORDER BY next, ref LIMIT ?", int64(math.MinInt64), now.UnixNano())))
}

// each decides a sequence of items.
func (r *refresher) each(ctx context.Context, items iter.Seq2[row, error]) error {
	for f, err := range items {
		if err != nil {
			return err
		}
		if err := r.decide(ctx, f); err != nil {
			return err
		}
	}
	return r.flush(ctx)
}

// stale are the items that were recorded since the worklist was told.
func (s *Store) stale(ctx context.Context, filter Filter) iter.Seq2[row, error] {
	return s.chosen(ctx, filter, "SELECT 0, ref FROM items WHERE stale <> 0 AND (0, ref) > (?, ?) ORDER BY ref LIMIT ?", int64(-1))
}

// chosen are the items that a query chooses. It gives a key and a reference, in
// order, after those that its last arguments but the limit say; first is before
// the first key.
func (s *Store) chosen(ctx context.Context, filter Filter, query string, first any, args ...any) iter.Seq2[row, error] {
	return func(yield func(row, error) bool) {
		key, ref := first, ""
		for {
			filter.Refs = []string{} // not nil, which would be all
			rows, err := s.read.QueryContext(ctx, s.sql(query), append(slices.Clone(args), key, text(ref), worklistBatch)...)
			if err == nil {
				err = each(rows, []any{&key, &ref}, func() { filter.Refs = append(filter.Refs, ref) })
			}
			if err != nil {
				yield(row{}, err)
				return
			}
			for f, err := range s.each(ctx, filter) {
				if !yield(f, err) || err != nil {
					return
				}
			}
			if len(filter.Refs) < worklistBatch {
				return
			}
		}
	}
}

// reached are the items that a hold reaches and may change the decision of, found
// by the worklist where that helps.
func (s *Store) reached(ctx context.Context, h *retention.Hold, filter Filter) iter.Seq2[row, error] {
	filter.Source = h.Source
	items := s.each(ctx, filter)
	if where, args := reach(h); where != "" {
		items = s.chosen(ctx, filter, "SELECT w.search, w.ref FROM worklist w WHERE "+where+" AND (w.search, w.ref) > (?, ?) ORDER BY w.search, w.ref LIMIT ?", "", args...)
	}
	return func(yield func(row, error) bool) {
		for f, err := range items {
			if (err != nil || h.Reaches(f.Facts())) && !yield(f, err) {
				return
			}
		}
	}
}

// Reached returns the items that a hold reaches, and may be about, with their
// facts (see [Filter]), in no order. It asks the worklist, and reads the whole
// inventory only where that does not help.
func (s *Store) Reached(ctx context.Context, h retention.Hold) iter.Seq2[Finding, error] {
	return func(yield func(Finding, error) bool) {
		filter := Filter{Facts: true, Source: h.Source}
		was, err := s.basis(ctx)
		known := was[basisRules] != "" // else the worklist does not have everything
		parts := []iter.Seq2[row, error]{s.each(ctx, filter)}
		if known {
			parts = []iter.Seq2[row, error]{s.reached(ctx, &h, filter), s.stale(ctx, filter)}
		}
		for i, part := range parts {
			for f, e := range part {
				if err = cmp.Or(err, e); err != nil {
					yield(Finding{}, s.fail("findings", err))
					return
				}
				other := known && (f.stale != 0) != (i == 1) // the other part has it
				if !other && h.Reaches(f.Facts()) && !yield(f.Finding, nil) {
					return
				}
			}
		}
	}
}

// reach is a condition for lines of the worklist that is met by all that the
// hold can change the decision of: what it is about, and what could not be
// examined and might be. "" is a condition that spares nothing.
func reach(h *retention.Hold) (where string, args []any) {
	var conds []string
	and := func(cond string, a ...any) { conds, args = append(conds, cond), append(args, a...) }
	if below := h.Below(); below != "" {
		and("w.search >= ? AND w.search < ?", text(below), text(below+"\U0010FFFF")) // nothing sorts after the last code point
	}
	if h.Subject != "" {
		and("(w.gaps <> 0 OR w.ref IN (SELECT ref FROM subjects WHERE subject = ?))", text(h.Subject))
	}
	if h.DocumentType != "" {
		and("(w.gaps <> 0 OR w.document_type = ?)", text(h.DocumentType))
	}
	if len(conds) > 0 && h.Source != "" {
		and(ofSource+" = ?", text(h.Source))
	}
	return strings.Join(conds, " AND "), args
}

// decide takes one item into the batch.
func (r *refresher) decide(ctx context.Context, f row) error {
	r.decided++
	r.batch = append(r.batch, newWorkRow(f, r.judge(f.Finding), r.names))
	if len(r.batch) < worklistBatch {
		return nil
	}
	return r.flush(ctx)
}

func (r *refresher) flush(ctx context.Context) error {
	err := r.s.writeWork(ctx, r.batch, r.names)
	r.batch = r.batch[:0]
	return err
}

// workRow is a row of the worklist as it is written.
type workRow struct {
	ref, source, documentType, folder, search, holds string
	due, next, categories, sure, gaps, stale         int64
	Verdict
}

func newWorkRow(f row, v Verdict, all *names) workRow {
	r := workRow{
		ref: f.Ref, source: f.Item.Source, documentType: f.DocumentType, folder: folderOf(f.Item.Path), search: searchText(f.Item.Path),
		due: nanosOrNever(v.Due), next: nanosOrNever(v.Next), stale: f.stale, Verdict: v,
	}
	switch {
	case f.Failed:
		r.gaps = 2
	case f.GapCount() > 0:
		r.gaps = 1
	}
	for _, id := range v.Holds {
		r.holds += id + " "
	}
	if v.Rule != "" {
		all.of(kindRule, v.Rule)
	}
	if f.DocumentType != "" {
		all.of(kindType, f.DocumentType)
	}
	for _, c := range f.Counts {
		bit := int64(1) << all.of(kindCategory, c.Category)
		r.categories |= bit
		if c.Confidence == detectors.Confirmed {
			r.sure |= bit
		}
	}
	return r
}

// nanosOrNever is a time as the worklist orders it; zero is never.
func nanosOrNever(t time.Time) int64 {
	switch {
	case t.IsZero():
		return never
	case t.After(time.Unix(0, never-1)):
		return never - 1
	case t.Before(time.Unix(0, math.MinInt64)):
		return math.MinInt64
	}
	return t.UnixNano()
}

// searchText is a path as it is searched for.
func searchText(path string) string { return strings.ToLower(scanner.DisplayPath(path)) }

// folderOf is where an item lies, as people see it: "" for the top of its source.
func folderOf(p string) string {
	p = scanner.DisplayPath(p)
	return p[:max(0, strings.LastIndexByte(p, '/'))]
}

// workColumns are the columns of the worklist, in the order of workRow.args.
var workColumns = []string{
	"ref", "source", "disposition", "rule", "due", "document_type", "categories", "confirmed", "gaps", "restricted", "owner", "search",
	"next", "sure", "holds", "folder",
}

func (r workRow) args() []any {
	return []any{
		text(r.ref), text(r.source), text(r.Disposition), text(r.Rule), r.due, text(r.documentType), r.categories, flag(r.sure != 0), r.gaps,
		flag(r.Restricted), text(r.ref), text(AnswerOwner), text(r.Owner), text(r.search), r.next, r.sure, text(r.holds), text(r.folder),
	}
}

// answeredOwner is to whom somebody has sent an item, before what the
// configuration says. It is asked for when the line is written: an answer that
// was given since then finds the item stale.
const answeredOwner = "COALESCE((SELECT detail FROM answers WHERE ref = ? AND kind = ? ORDER BY answered DESC, id DESC LIMIT 1), ?)"

// worklistSQL writes a line, unless it is as it should be, or the item is gone.
func worklistSQL() string {
	var values, set, differs []string
	for _, c := range workColumns {
		values = append(values, map[bool]string{true: answeredOwner, false: "?"}[c == "owner"])
		if c == "ref" {
			continue
		}
		set = append(set, c+" = excluded."+c)
		differs = append(differs, "worklist."+c+" <> excluded."+c)
	}
	return "INSERT INTO worklist (" + strings.Join(workColumns, ", ") + ") SELECT " + strings.Join(values, ", ") +
		" WHERE EXISTS (SELECT 1 FROM items WHERE ref = ?) ON CONFLICT (ref) DO UPDATE SET " + strings.Join(set, ", ") + " WHERE " + strings.Join(differs, " OR ")
}

// writeWork writes a batch in one transaction, and that its items are known as
// they were when they were read. In order of reference: two processes that write
// the same rows then cannot wait for one another in a circle.
func (s *Store) writeWork(ctx context.Context, batch []workRow, all *names) error {
	if len(batch) == 0 {
		return nil
	}
	slices.SortFunc(batch, func(a, b workRow) int { return cmp.Compare(a.ref, b.ref) })
	return s.tx(ctx, func(tx *sql.Tx) error {
		if err := s.writeNames(ctx, tx, all); err != nil {
			return err
		}
		line, err := tx.PrepareContext(ctx, s.sql(worklistSQL()))
		if err != nil {
			return err
		}
		fresh, err := tx.PrepareContext(ctx, s.sql("UPDATE items SET stale = 0 WHERE ref = ? AND stale = ?"))
		if err != nil {
			return err
		}
		for _, r := range batch {
			if _, err := line.ExecContext(ctx, append(r.args(), text(r.ref))...); err != nil {
				return err
			}
			if r.stale == 0 {
				continue
			}
			if _, err := fresh.ExecContext(ctx, text(r.ref), r.stale); err != nil {
				return err
			}
		}
		return errors.Join(line.Close(), fresh.Close())
	})
}
