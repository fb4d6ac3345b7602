package store

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/pressly/goose/v3"

	"github.com/sletdk/slet/detectors"
)

// Sealer hides what only the installation may read; see config.Key. What was
// sealed under one name opens under no other.
type Sealer interface {
	Seal(name string, plain []byte) ([]byte, error)
	Open(name string, sealed []byte) ([]byte, error)
}

// SealWith has snippets stored, sealed by k. A store without it stores none and
// shows none, so that a copied database alone tells nobody what stands in a
// document. It is to be called before the store is used.
func (s *Store) SealWith(k Sealer) { s.sealer = k }

// Snippet is one match of an item in the words around it.
type Snippet struct {
	// Detector, Where and Start are the match's; Key names its value.
	Detector string `json:"detector"`
	Key      string `json:"key"`
	Where    string `json:"where"`
	Start    int64  `json:"start"`
	detectors.Snippet
}

// Of reports whether the snippet is of that match.
func (n Snippet) Of(m detectors.Match) bool {
	return n.Detector == m.Detector && n.Start == m.Start && n.Where == m.Where
}

// snippets are those of the finding's matches.
func (f Finding) snippets() (list []Snippet) {
	for _, m := range f.Matches {
		if shown, ok := m.Snippet(); ok {
			list = append(list, Snippet{m.Detector, m.Key, m.Where, m.Start, shown})
		}
	}
	return list
}

// Snippets returns the snippets of an item, in the order of the item; none when
// they have expired, were never made, or the store has no [Sealer].
func (s *Store) Snippets(ctx context.Context, ref string) ([]Snippet, error) {
	if s.sealer == nil {
		return nil, nil
	}
	box, err := s.box(ctx, s.read, ref)
	if err != nil || box == nil {
		return nil, s.fail("snippets of "+ref, err)
	}
	list, err := s.unseal(ref, box)
	return list, s.fail("snippets of "+ref, err)
}

// box is what is stored of an item's snippets; nil without any.
func (s *Store) box(ctx context.Context, db interface {
	QueryRowContext(ctx context.Context, query string, args ...any) *sql.Row
}, ref string) (box []byte, err error) {
	err = db.QueryRowContext(ctx, s.sql("SELECT sealed FROM snippets WHERE ref = ?"), text(ref)).Scan(&box)
	if errors.Is(err, sql.ErrNoRows) {
		err = nil
	}
	return box, err
}

func (s *Store) unseal(ref string, box []byte) (list []Snippet, err error) {
	plain, err := s.sealer.Open(ref, box)
	if err == nil {
		err = json.Unmarshal(plain, &list)
	}
	return list, err
}

// sealed is the box with an item's snippets; nil without any.
func (s *Store) sealed(ref string, list []Snippet) ([]byte, error) {
	if len(list) == 0 || s.sealer == nil {
		return nil, nil
	}
	plain, err := json.Marshal(list)
	if err != nil {
		return nil, fmt.Errorf("encode: %w", err)
	}
	return s.sealer.Seal(ref, plain)
}

// snippets writes those of the batch's findings that nobody has closed.
func (w writer) snippets() error {
	boxes := map[string][]byte{}
	for ref, f := range w.sc.batch.findings {
		box, err := w.sc.s.sealed(ref, f.snippets())
		if err != nil {
			return err
		}
		if box != nil {
			boxes[ref] = box
		}
	}
	refs := slices.Sorted(maps.Keys(boxes))
	closed, err := w.closed(refs)
	if err != nil {
		return err
	}
	for _, ref := range refs {
		if closed[ref] {
			continue
		}
		// Not where the reference turned out to be another item's.
		if _, err := w.exec(w.sc.stmts.snippets, boxes[ref], text(ref), text(w.sc.source), exact(w.sc.batch.findings[ref].Item.ID)); err != nil {
			return err
		}
	}
	return nil
}

// closed says which findings of the batch are closed by the last thing that
// somebody said of them, at the moment that they are recorded.
func (w writer) closed(refs []string) (map[string]bool, error) {
	if len(refs) == 0 {
		return nil, nil
	}
	var args []any
	for _, ref := range refs {
		args = append(args, text(ref))
	}
	rows, err := w.tx.QueryContext(w.ctx, w.sc.s.sql("SELECT "+answerColumns+" FROM answers WHERE ref IN ("+marks(len(refs))+") ORDER BY answered, id"), args...)
	if err != nil {
		return nil, err
	}
	list, err := collect(rows, answerDest)
	closed := map[string]bool{}
	for _, a := range list {
		closed[a.Ref] = a.Closes && (a.Until.IsZero() || a.Until.After(w.sc.batch.findings[a.Ref].LastSeen))
	}
	return closed, err
}

// dropSnippets removes the snippets of an item: all, or those that drop chooses.
func (s *Store) dropSnippets(ctx context.Context, tx *sql.Tx, ref string, drop func(Snippet) bool) error {
	box, err := s.box(ctx, tx, ref)
	if err != nil || box == nil {
		return err
	}
	var rest []Snippet
	if drop != nil && s.sealer != nil {
		// A box that does not open is of no use to anybody, and goes whole.
		if list, err := s.unseal(ref, box); err == nil {
			rest = slices.DeleteFunc(list, drop)
		}
	}
	if box, err = s.sealed(ref, rest); err != nil {
		return err
	}
	if box == nil {
		_, err = s.execTx(ctx, tx, "DELETE FROM snippets WHERE ref = ?", text(ref))
	} else {
		_, err = s.execTx(ctx, tx, "UPDATE snippets SET sealed = ? WHERE ref = ?", box, text(ref))
	}
	return err
}

// ExpireSnippets removes the snippets of all items that no scan has met since,
// and returns of how many. Afterwards SQLite's log is folded into the database and
// cut, if nobody reads at that moment: in neither file is left what was removed
// by this call or before it (TestExpiredSnippetsAreGone). PostgreSQL keeps
// removed rows until it vacuums the table.
func (s *Store) ExpireSnippets(ctx context.Context, since time.Time) (n int64, err error) {
	err = s.tx(ctx, func(tx *sql.Tx) error {
		n, err = s.execTx(ctx, tx, "DELETE FROM snippets WHERE ref IN (SELECT ref FROM items WHERE last_seen IS NULL OR last_seen < ?)", moment(since))
		return err
	})
	if err == nil {
		err = s.foldLog(ctx)
	}
	return n, s.fail("expire snippets", err)
}

// foldLog has SQLite move its write-ahead log into the database and empty it.
// When others are busy reading it waits for the next time.
func (s *Store) foldLog(ctx context.Context) error {
	if s.engine.dialect != goose.DialectSQLite3 {
		return nil
	}
	var busy, frames, moved int64
	return s.write.QueryRowContext(ctx, "PRAGMA wal_checkpoint(TRUNCATE)").Scan(&busy, &frames, &moved)
}
