package store

import (
	"context"
	"database/sql"
	"time"
)

// Job is how one of the service's jobs went.
type Job struct {
	Name           string
	Started, Ended time.Time // of the last run; Ended is zero while it runs, or when it was killed
	Good           time.Time // end of the last run that went well
	Failures       int       // in a row
	Error          string    // of the last failure, masked
}

const jobColumns = "name, started, ended, good, failures, error"

func jobDest(j *Job) []any {
	return []any{&j.Name, (*moment)(&j.Started), (*moment)(&j.Ended), (*moment)(&j.Good), &j.Failures, &j.Error}
}

// Jobs returns the jobs that have ever run, in order of name.
func (s *Store) Jobs(ctx context.Context) ([]Job, error) {
	rows, err := s.read.QueryContext(ctx, "SELECT "+jobColumns+" FROM jobs ORDER BY name")
	if err != nil {
		return nil, s.fail("jobs", err)
	}
	list, err := collect(rows, jobDest)
	return list, s.fail("jobs", err)
}

// SetJob stores how a job goes, durable on return.
func (s *Store) SetJob(ctx context.Context, j Job) error {
	err := s.tx(ctx, func(tx *sql.Tx) error {
		_, err := s.execTx(ctx, tx, "INSERT INTO jobs ("+jobColumns+") VALUES ("+marks(6)+`) ON CONFLICT (name) DO UPDATE SET
			started = excluded.started, ended = excluded.ended, good = excluded.good, failures = excluded.failures, error = excluded.error`,
			text(j.Name), moment(j.Started), moment(j.Ended), moment(j.Good), j.Failures, text(j.Error))
		return err
	})
	return s.fail("job "+j.Name, err)
}
