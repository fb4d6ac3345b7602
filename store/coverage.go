package store

import (
	"context"
	"database/sql"
	"errors"
	"time"
)

// CoverageCheck is a control that a person made by hand of a system that slet
// cannot look into.
type CoverageCheck struct {
	System   string // as in the schedule's coverage register
	Checked  time.Time
	Person   string
	Recorded time.Time
}

// AddCoverageCheck stores a control, durable on return.
func (s *Store) AddCoverageCheck(ctx context.Context, c CoverageCheck) error {
	if c.System == "" || c.Person == "" || c.Checked.IsZero() {
		return s.fail("coverage check", errors.New("a control needs a system, a person and a date"))
	}
	err := s.tx(ctx, func(tx *sql.Tx) error {
		_, err := s.execTx(ctx, tx, "INSERT INTO coverage_checks (system, checked, person, recorded) VALUES (?, ?, ?, ?)",
			text(c.System), moment(c.Checked), text(c.Person), moment(c.Recorded))
		return err
	})
	return s.fail("coverage check of "+c.System, err)
}

// CoverageChecks returns the controls, the oldest first.
func (s *Store) CoverageChecks(ctx context.Context) ([]CoverageCheck, error) {
	rows, err := s.read.QueryContext(ctx, "SELECT system, checked, person, recorded FROM coverage_checks ORDER BY checked, recorded, system")
	if err != nil {
		return nil, s.fail("coverage checks", err)
	}
	list, err := collect(rows, func(c *CoverageCheck) []any {
		return []any{&c.System, (*moment)(&c.Checked), &c.Person, (*moment)(&c.Recorded)}
	})
	return list, s.fail("coverage checks", err)
}
