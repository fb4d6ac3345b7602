package store

import (
	"context"
	"database/sql"
	"errors"
	"slices"
	"time"

	"github.com/sletdk/slet/detectors"
)

// FalsePositive is a person's judgement that a value in an item is not
// personal data. It is about that value in that item, wherever in it, and
// survives every scan; the same value elsewhere is judged for itself.
type FalsePositive struct {
	Ref      string
	Detector string
	Key      string // see detectors.Match
	Value    string // masked
	Person   string // who judged
	Reason   string
	Judged   time.Time
}

const falsePositiveColumns = "ref, detector, value_key, value, person, reason, judged"

func falsePositiveDest(p *FalsePositive) []any {
	return []any{&p.Ref, &p.Detector, &p.Key, &p.Value, &p.Person, &p.Reason, (*moment)(&p.Judged)}
}

// AddFalsePositive stores a judgement, durable on return, and has the item
// examined anew by the next scan; the value's snippets go with it. One that is there already is [ErrExists].
func (s *Store) AddFalsePositive(ctx context.Context, p FalsePositive) error {
	if p.Ref == "" || p.Detector == "" || p.Key == "" {
		return s.fail("false positive", errors.New("a judgement needs an item, a detector and a value"))
	}
	err := s.tx(ctx, func(tx *sql.Tx) error {
		_, err := s.execTx(ctx, tx, "INSERT INTO false_positives ("+falsePositiveColumns+") VALUES ("+marks(7)+")",
			text(p.Ref), text(p.Detector), text(p.Key), text(p.Value), text(p.Person), text(p.Reason), moment(p.Judged))
		if err == nil {
			err = s.dropSnippets(ctx, tx, p.Ref, func(n Snippet) bool { return n.Detector == p.Detector && n.Key == p.Key })
		}
		if err != nil {
			return err
		}
		return s.examineAnew(ctx, tx, p.Ref)
	})
	return s.fail("false positive", err)
}

// RemoveFalsePositive takes a judgement back, durable on return, and has the
// item examined anew by the next scan.
func (s *Store) RemoveFalsePositive(ctx context.Context, ref, detector, key string) error {
	err := s.tx(ctx, func(tx *sql.Tx) error {
		n, err := s.execTx(ctx, tx, "DELETE FROM false_positives WHERE ref = ? AND detector = ? AND value_key = ?", text(ref), text(detector), text(key))
		if err != nil {
			return err
		}
		if n == 0 {
			return ErrNotFound
		}
		return s.examineAnew(ctx, tx, ref)
	})
	return s.fail("false positive", err)
}

// CountFalsePositives is how many matches persons have judged to be none.
func (s *Store) CountFalsePositives(ctx context.Context) (n int64, err error) {
	err = s.read.QueryRowContext(ctx, "SELECT COUNT(*) FROM false_positives").Scan(&n)
	return n, s.fail("false positives", err)
}

// examineAnew makes what is known of an item too old to be relied on.
func (s *Store) examineAnew(ctx context.Context, tx *sql.Tx, ref string) error {
	_, err := s.execTx(ctx, tx, "UPDATE items SET fingerprint = '' WHERE ref = ?", text(ref))
	return err
}

// FalsePositives returns the judgements, of one item or, with "", of all, the
// oldest first.
func (s *Store) FalsePositives(ctx context.Context, ref string) ([]FalsePositive, error) {
	where, args := "", []any(nil)
	if ref != "" {
		where, args = " WHERE ref = ?", []any{text(ref)}
	}
	rows, err := s.read.QueryContext(ctx, s.sql("SELECT "+falsePositiveColumns+" FROM false_positives"+where+" ORDER BY judged, ref, detector, value_key"), args...)
	if err != nil {
		return nil, s.fail("false positives", err)
	}
	list, err := collect(rows, falsePositiveDest)
	return list, s.fail("false positives", err)
}

// Judged is a Collector that leaves out what was judged to be no personal data.
type Judged struct {
	Collector
	judgements []FalsePositive
}

// NewJudged returns a collector for an item with these judgements.
func NewJudged(judgements []FalsePositive) *Judged { return &Judged{judgements: judgements} }

// Match adds a match, unless it was judged.
func (j *Judged) Match(m detectors.Match) {
	if !slices.ContainsFunc(j.judgements, func(p FalsePositive) bool { return p.Detector == m.Detector && p.Key == m.Key }) {
		j.Collector.Match(m)
	}
}
