package store

import (
	"context"
	"crypto/rand"
	"database/sql"
	"errors"
	"time"
)

// Answer is what a person said of a finding. What follows from it (a hold, a
// judgement, a plan) is stored for itself; this is the finding's history.
type Answer struct {
	Ref      string
	Kind     string // see package web
	Person   string
	Answered time.Time
	Detail   string    // legal ground, case number, owner …; masked
	Until    time.Time // new deadline; zero without one
	// Closes says that nobody need look at the finding again, or not before
	// Until: its snippets go with the answer, and are not made again.
	Closes bool
}

// AnswerOwner is the kind of an answer whose Detail is the user who is to answer
// from then on.
const AnswerOwner = "owner"

const answerColumns = "ref, kind, person, answered, detail, until, closes"

func answerDest(a *Answer) []any {
	return []any{&a.Ref, &a.Kind, &a.Person, (*moment)(&a.Answered), &a.Detail, (*moment)(&a.Until), (*flag)(&a.Closes)}
}

// AddAnswers stores answers in one transaction, durable on return.
func (s *Store) AddAnswers(ctx context.Context, list []Answer) error {
	err := s.tx(ctx, func(tx *sql.Tx) error {
		for _, a := range list {
			if a.Ref == "" || a.Kind == "" || a.Person == "" {
				return errors.New("an answer needs an item, a kind and a person")
			}
			_, err := s.execTx(ctx, tx, "INSERT INTO answers (id, "+answerColumns+") VALUES ("+marks(8)+")",
				rand.Text(), text(a.Ref), text(a.Kind), text(a.Person), moment(a.Answered), text(a.Detail), moment(a.Until), flag(a.Closes))
			if err == nil && a.Closes {
				err = s.dropSnippets(ctx, tx, a.Ref, nil)
			}
			if err != nil {
				return err
			}
			if _, err := s.execTx(ctx, tx, "UPDATE items SET stale = ? WHERE ref = ?", newStamp(), text(a.Ref)); err != nil {
				return err
			}
		}
		return nil
	})
	return s.fail("answers", err)
}

// Answers returns the history of one finding, the oldest first.
func (s *Store) Answers(ctx context.Context, ref string) ([]Answer, error) {
	return s.answers(ctx, "WHERE ref = ? ORDER BY answered, id", text(ref))
}

// AnswersOf returns all answers of a kind, the oldest first.
func (s *Store) AnswersOf(ctx context.Context, kind string) ([]Answer, error) {
	return s.answers(ctx, "WHERE kind = ? ORDER BY answered, id", text(kind))
}

func (s *Store) answers(ctx context.Context, rest string, args ...any) ([]Answer, error) {
	rows, err := s.read.QueryContext(ctx, s.sql("SELECT "+answerColumns+" FROM answers "+rest), args...)
	if err != nil {
		return nil, s.fail("answers", err)
	}
	list, err := collect(rows, answerDest)
	return list, s.fail("answers", err)
}
