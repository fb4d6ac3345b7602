package store

import (
	"context"
	"database/sql"
	"time"

	"github.com/sletdk/slet/retention"
)

// OwnerNumbers is how far an owner of findings is.
type OwnerNumbers struct {
	Owner string
	// Waiting is how many findings wait for an answer, Oldest since when the
	// oldest of them does.
	Waiting int64
	Oldest  time.Time
	// Month and Recent are how many came within a month and within three weeks,
	// answered or not.
	Month, Recent int64
	// Answered is how many findings the owner has answered, AnsweredRecent
	// those within three weeks.
	Answered, AnsweredRecent int64
	Taken                    time.Time
}

const ownerNumberColumns = "owner, waiting, oldest, month, recent, answered, answered_recent, taken"

// SetOwnerNumbers stores the numbers of all owners in place of the earlier
// ones, durable on return.
func (s *Store) SetOwnerNumbers(ctx context.Context, list []OwnerNumbers) error {
	return s.fail("owners", s.tx(ctx, func(tx *sql.Tx) error {
		if _, err := s.execTx(ctx, tx, "DELETE FROM owner_numbers"); err != nil {
			return err
		}
		for _, n := range list {
			_, err := s.execTx(ctx, tx, "INSERT INTO owner_numbers ("+ownerNumberColumns+") VALUES ("+marks(8)+")",
				text(n.Owner), n.Waiting, moment(n.Oldest), n.Month, n.Recent, n.Answered, n.AnsweredRecent, moment(n.Taken))
			if err != nil {
				return err
			}
		}
		return nil
	}))
}

// OwnerNumbers returns the numbers of up to limit owners in order of their
// names, after leaving out the first ones. Names narrows it to these; nil is
// all.
func (s *Store) OwnerNumbers(ctx context.Context, names []string, leave, limit int) ([]OwnerNumbers, error) {
	where, args := "1 = 1", []any{}
	if names != nil {
		if len(names) == 0 {
			return nil, nil
		}
		where = "owner IN (" + marks(len(names)) + ")"
		for _, n := range names {
			args = append(args, text(n))
		}
	}
	rows, err := s.read.QueryContext(ctx, s.sql("SELECT "+ownerNumberColumns+" FROM owner_numbers WHERE "+where+" ORDER BY owner LIMIT ? OFFSET ?"), append(args, limit, leave)...)
	if err != nil {
		return nil, s.fail("owners", err)
	}
	list, err := collect(rows, func(n *OwnerNumbers) []any {
		return []any{&n.Owner, &n.Waiting, (*moment)(&n.Oldest), &n.Month, &n.Recent, &n.Answered, &n.AnsweredRecent, (*moment)(&n.Taken)}
	})
	return list, s.fail("owners", err)
}

// OwnerLine is a line of the worklist that is routed to somebody.
type OwnerLine struct {
	Owner       string
	Disposition retention.Disposition
	Found       bool // something was found in it
	// Since is when it came to the owner: when it was first seen, or sent.
	Since time.Time
	// Answered is when somebody last said what is to become of it; to send it on
	// is no answer.
	Answered time.Time
}

// OwnerLines calls f with every line of the worklist that is routed to somebody
// and is not restricted, in no order.
func (s *Store) OwnerLines(ctx context.Context, f func(OwnerLine)) error {
	rows, err := s.read.QueryContext(ctx, s.sql(`SELECT w.owner, w.disposition, CASE WHEN w.categories <> 0 THEN 1 ELSE 0 END, i.first_seen,
		(SELECT MAX(a.answered) FROM answers a WHERE a.ref = w.ref AND a.kind = ?), (SELECT MAX(a.answered) FROM answers a WHERE a.ref = w.ref AND a.kind <> ?)
		FROM worklist w JOIN items i ON i.ref = w.ref WHERE w.owner <> '' AND w.restricted = 0`), text(AnswerOwner), text(AnswerOwner))
	if err != nil {
		return s.fail("owners", err)
	}
	var w OwnerLine
	var sent time.Time
	err = each(rows, []any{&w.Owner, &w.Disposition, (*flag)(&w.Found), (*moment)(&w.Since), (*moment)(&sent), (*moment)(&w.Answered)}, func() {
		if sent.After(w.Since) {
			w.Since = sent
		}
		f(w)
	})
	return s.fail("owners", err)
}

// AnsweredBy counts the findings that each person has answered, at all and
// since a time.
func (s *Store) AnsweredBy(ctx context.Context, since time.Time) (all, recent map[string]int64, err error) {
	rows, err := s.read.QueryContext(ctx, s.sql(`SELECT person, COUNT(DISTINCT ref), COUNT(DISTINCT CASE WHEN answered >= ? THEN ref END)
		FROM answers WHERE kind <> ? GROUP BY person`), since.UnixNano(), text(AnswerOwner))
	if err != nil {
		return nil, nil, s.fail("answers", err)
	}
	all, recent = map[string]int64{}, map[string]int64{}
	var person string
	var n, m int64
	err = each(rows, []any{&person, &n, &m}, func() { all[person], recent[person] = n, m })
	return all, recent, s.fail("answers", err)
}

// Digests is when each owner was last written to; under "" when digests were
// turned on.
func (s *Store) Digests(ctx context.Context) (map[string]time.Time, error) {
	rows, err := s.read.QueryContext(ctx, "SELECT owner, sent FROM digests")
	if err != nil {
		return nil, s.fail("digests", err)
	}
	sent := map[string]time.Time{}
	var owner string
	var at time.Time
	err = each(rows, []any{&owner, (*moment)(&at)}, func() { sent[owner] = at })
	return sent, s.fail("digests", err)
}

// SetDigest notes that an owner was written to, durable on return.
func (s *Store) SetDigest(ctx context.Context, owner string, at time.Time) error {
	return s.fail("digests", s.tx(ctx, func(tx *sql.Tx) error {
		_, err := s.execTx(ctx, tx, "INSERT INTO digests (owner, sent) VALUES (?, ?) ON CONFLICT (owner) DO UPDATE SET sent = excluded.sent", text(owner), moment(at))
		return err
	}))
}
