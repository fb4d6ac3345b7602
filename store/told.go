package store

import (
	"context"
	"database/sql"
	"errors"
	"strings"
	"time"

	"github.com/sletdk/slet/retention"
)

// What the owners of findings were told is to be erased: by a digest, which is
// told only when the mail server has taken it, or by a page that listed it.
// What was told of an item holds for that owner and that version of it.

// Telling chooses what an owner is to be told of: what is routed to the owner,
// is neither held nor restricted, and is to be erased.
type Telling struct {
	Owner string
	// Rules are those that want their items erased.
	Rules []string
	// Before bounds what is not due yet: what falls due before it is told of.
	Before time.Time
	// Refs narrows it to these items; nil is all.
	Refs []string
}

// Announced is how many of an owner's items go for the same reason, and were
// told of on the same day.
type Announced struct {
	Rule string // "" when a person has asked for it (GDPR art. 17)
	// Told is the beginning of the day; zero for what this digest tells.
	Told time.Time
	// Later: they are not due yet, but from First to Last.
	Later       bool
	First, Last time.Time
	N           int64
}

// wanted is the condition on the worklist (w) for what its rule wants erased.
func (t Telling) wanted() (string, []any) {
	if len(t.Rules) == 0 {
		return "1 = 0", nil
	}
	args := []any{t.Before.UnixNano()}
	for _, r := range t.Rules {
		args = append(args, text(r))
	}
	return "(w.disposition = 'due' OR w.disposition = 'keep' AND w.due < ?) AND w.rule IN (" + marks(len(t.Rules)) + ")", args
}

// openRequests are the items of plans that may still be carried out because a
// person asked for it: no rule of the schedule makes these due.
const openRequests = `plans pl JOIN plan_items p ON p.plan = pl.id WHERE pl.state IN ('proposed', 'approved', 'executing')
	AND p.state IN ('planned', 'failed') AND p.rule LIKE '` + retention.RequestRule + `%'`

// tellChunk is how many items one transaction takes.
const tellChunk = 20_000

// tell writes down items that were not told of yet, told at a day or, when it
// is zero, as being on their way. It returns how many there were.
func (s *Store) tell(ctx context.Context, t Telling, day time.Time) (all int64, err error) {
	known := "NOT EXISTS (SELECT 1 FROM told t WHERE t.ref = w.ref AND t.owner = w.owner AND t.version = i.version"
	if !day.IsZero() {
		known += " AND t.told IS NOT NULL"
	}
	common, commonArgs := "w.owner = ? AND w.owner <> '' AND w.restricted = 0 AND "+known+")", []any{text(t.Owner)}
	if t.Refs != nil {
		common += " AND w.ref IN (" + marks(len(t.Refs)) + ")"
		for _, r := range t.Refs {
			commonArgs = append(commonArgs, text(r))
		}
	}
	wanted, wantedArgs := t.wanted()
	for _, part := range []struct {
		asked int
		where string
		args  []any
	}{
		{0, wanted, wantedArgs},
		{1, "w.disposition <> 'held' AND w.ref IN (SELECT p.ref FROM " + openRequests + ")", nil},
	} {
		query := `INSERT INTO told (ref, owner, version, asked, told) SELECT w.ref, w.owner, i.version, ` + []string{"0", "1"}[part.asked] + `, ?
			FROM worklist w JOIN items i ON i.ref = w.ref WHERE ` + common + " AND " + part.where + ` ORDER BY w.ref LIMIT ?
			ON CONFLICT (ref) DO UPDATE SET owner = excluded.owner, version = excluded.version, asked = excluded.asked, told = excluded.told`
		args := append(append(append([]any{moment(day)}, commonArgs...), part.args...), tellChunk)
		for n := int64(tellChunk); n == tellChunk; all += n {
			err := s.tx(ctx, func(tx *sql.Tx) (err error) {
				n, err = s.execTx(ctx, tx, query, args...)
				return err
			})
			if err != nil {
				return all, err
			}
		}
	}
	return all, nil
}

// Tell writes down, durable on return, that an owner was shown what is to be
// erased, and returns how much of it was new. Day is the beginning of the day.
func (s *Store) Tell(ctx context.Context, t Telling, day time.Time) (int64, error) {
	if day.IsZero() || len(t.Refs) == 0 {
		return 0, s.fail("tell", errors.New("what was shown has a day, and items"))
	}
	n, err := s.tell(ctx, t, day)
	return n, s.fail("tell", err)
}

// BeginTelling begins a digest: it notes what the digest tells, and returns
// that and what was told before, counted. What it tells is told when
// [Store.EndTelling] says so.
func (s *Store) BeginTelling(ctx context.Context, t Telling) ([]Announced, error) {
	if err := s.EndTelling(ctx, t.Owner, time.Time{}); err != nil {
		return nil, err
	}
	if _, err := s.tell(ctx, t, time.Time{}); err != nil {
		return nil, s.fail("tell", err)
	}
	wanted, args := t.wanted()
	rows, err := s.read.QueryContext(ctx, s.sql(`SELECT rule, told, later, MIN(due), MAX(due), COUNT(*) FROM (
		SELECT CASE WHEN t.asked = 1 THEN '' ELSE w.rule END AS rule, t.told AS told,
			CASE WHEN w.disposition = 'keep' AND t.asked = 0 THEN 1 ELSE 0 END AS later, w.due AS due
		FROM told t JOIN worklist w ON w.ref = t.ref JOIN items i ON i.ref = t.ref
		WHERE t.owner = ? AND w.owner = t.owner AND t.version = i.version AND w.restricted = 0
			AND (t.asked = 1 AND w.disposition <> 'held' OR `+wanted+`)) AS listed
		GROUP BY rule, told, later ORDER BY rule, told, later`), append([]any{text(t.Owner)}, args...)...)
	if err != nil {
		return nil, s.fail("tell", err)
	}
	var first, last int64
	var list []Announced
	var a Announced
	err = each(rows, []any{&a.Rule, (*moment)(&a.Told), (*flag)(&a.Later), &first, &last, &a.N}, func() {
		a.First, a.Last = timeOfDue(first), timeOfDue(last)
		list = append(list, a)
	})
	return list, s.fail("tell", err)
}

// EndTelling ends a digest: what it tells was told on a day, which is given as
// its beginning, or, when that is zero, was not told. Durable on return. Of what
// was asked for by a person and is asked for no more, nothing is known then.
func (s *Store) EndTelling(ctx context.Context, owner string, day time.Time) error {
	return s.fail("tell", s.tx(ctx, func(tx *sql.Tx) error {
		query, args := "DELETE FROM told WHERE owner = ? AND told IS NULL", []any{text(owner)}
		if !day.IsZero() {
			query, args = "UPDATE told SET told = ? WHERE owner = ? AND told IS NULL", []any{moment(day), text(owner)}
		}
		if _, err := s.execTx(ctx, tx, query, args...); err != nil {
			return err
		}
		_, err := s.execTx(ctx, tx, "DELETE FROM told WHERE owner = ? AND asked = 1 AND ref NOT IN (SELECT p.ref FROM "+openRequests+")", text(owner))
		return err
	}))
}

// Told is what an owner was told of an item.
type Told struct {
	Owner, Version string
	At             time.Time // the beginning of the day
}

// Told returns who was told of an item last; [ErrNotFound] when nobody was.
func (s *Store) Told(ctx context.Context, ref string) (t Told, err error) {
	err = s.read.QueryRowContext(ctx, s.sql("SELECT owner, version, told FROM told WHERE ref = ? AND told IS NOT NULL"), text(ref)).
		Scan(&t.Owner, (*exact)(&t.Version), (*moment)(&t.At))
	return t, s.fail("told", err)
}

// SentTo returns the user that somebody sent the item to; "" when nobody has.
func (s *Store) SentTo(ctx context.Context, ref string) (string, error) {
	list, err := s.answers(ctx, "WHERE ref = ? AND kind = ? ORDER BY answered DESC, id DESC LIMIT 1", text(ref), text(AnswerOwner))
	if err != nil || len(list) == 0 {
		return "", err
	}
	return strings.TrimSpace(list[0].Detail), nil
}
