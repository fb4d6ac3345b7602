package cctv

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"time"

	"github.com/sletdk/slet/scanner"
)

// frigate has Frigate drop what its database lists and is no longer there:
// POST /api/media/sync, once at the end of a run.
//
// The same call removes the opposite, too: files that the database does not
// list, whoever left them there and whatever hold keeps them. So a dry run of
// it is made before the first erasure. Unless that finds nothing at all, the
// recorder is not told by slet, and a person is asked to: what slet did not
// erase must not be erased because slet called.
type frigate struct {
	*caller
	asked bool
	clean bool // nothing was out of step before the first erasure
	found int
	gone  int
}

// syncJob is what Frigate says of a job.
type syncJob struct {
	Job struct {
		ID string `json:"id"`
	} `json:"job"`
	JobID string `json:"job_id"`
	ID    string `json:"id"`
}

// syncState is how far a job has come.
type syncState struct {
	Job     *syncState `json:"job"`
	Status  string     `json:"status"`
	Error   string     `json:"error_message"`
	Results struct {
		Recordings *struct {
			Orphans int    `json:"orphans_found"`
			Aborted bool   `json:"aborted"`
			Error   string `json:"error"`
		} `json:"recordings"`
	} `json:"results"`
}

// Begin signs in, and makes the dry run, before the first erasure.
func (f *frigate) Begin(ctx context.Context) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.asked {
		return nil
	}
	if f.cfg.HasPassword {
		if err := f.signIn(ctx); err != nil {
			return err
		}
	}
	found, err := f.sync(ctx, true)
	if err != nil {
		return err
	}
	f.asked, f.found, f.clean = true, found, found == 0
	return nil
}

// signIn gets a token: Frigate answers with it as a cookie.
func (f *frigate) signIn(ctx context.Context) error {
	password, err := f.password()
	if err != nil {
		return err
	}
	if f.client.Jar == nil {
		f.client.Jar = &oneJar{}
	}
	return f.call(ctx, http.MethodPost, "/api/login", nil, map[string]string{"user": f.cfg.Username, "password": password}, nil)
}

// oneJar keeps the cookies of the one server that is called.
type oneJar struct{ cookies []*http.Cookie }

func (j *oneJar) SetCookies(_ *url.URL, cookies []*http.Cookie) { j.cookies = cookies }
func (j *oneJar) Cookies(*url.URL) []*http.Cookie               { return j.cookies }

// Gone notes that there is something to tell. It is an error when it will not
// be told.
func (f *frigate) Gone(context.Context, scanner.Item) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.gone++
	if !f.clean {
		return errors.New("not told")
	}
	return nil
}

// Close tells Frigate, if anything was erased.
func (f *frigate) Close() error {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.gone == 0 {
		return nil
	}
	const byHand = "look at it, then call POST /api/media/sync with {\"dry_run\": false, \"media_types\": [\"recordings\"]}; it removes every file that Frigate does not list, also one that slet keeps"
	if !f.clean {
		return fmt.Errorf("frigate was not told of %d erased recordings: its database and its files were out of step before (%d), so that telling it would remove more; %s", f.gone, f.found, byHand)
	}
	// The run may have been stopped: what is erased is erased, and is told.
	ctx, cancel := context.WithTimeout(context.Background(), syncPatience)
	defer cancel()
	found, err := f.sync(ctx, true)
	switch {
	case err != nil:
	case found > f.gone:
		return fmt.Errorf("frigate was not told of %d erased recordings: %d are out of step by now; %s", f.gone, found, byHand)
	default:
		_, err = f.sync(ctx, false)
	}
	if err != nil {
		return fmt.Errorf("frigate was not told of %d erased recordings: %w; %s", f.gone, err, byHand)
	}
	return nil
}

// syncPatience is how long a job may take.
const syncPatience = 10 * time.Minute

// sync starts a job, waits for its end and returns how many recordings were out
// of step.
func (f *frigate) sync(ctx context.Context, dry bool) (found int, err error) {
	var job syncJob
	err = f.call(ctx, http.MethodPost, "/api/media/sync", nil, map[string]any{"dry_run": dry, "media_types": []string{"recordings"}, "force": false}, &job)
	if err != nil {
		return 0, err
	}
	id := job.Job.ID + job.JobID + job.ID
	if id == "" {
		return 0, errors.New("frigate does not say which job it started")
	}
	wait, cancel := context.WithTimeout(ctx, syncPatience)
	defer cancel()
	for {
		var s syncState
		if err := f.call(wait, http.MethodGet, "/api/media/sync/status/"+url.PathEscape(id), nil, nil, &s); err != nil {
			return 0, err
		}
		if s.Job != nil {
			s = *s.Job
		}
		r := s.Results.Recordings
		switch {
		case s.Error != "", s.Status == "failed", s.Status == "cancelled", r != nil && (r.Aborted || r.Error != ""):
			return 0, errors.New("frigate could not compare its database with its files")
		case r != nil:
			return r.Orphans, nil
		case s.Status == "success", s.Status == "completed":
			return 0, errors.New("frigate does not say what it found")
		}
		select {
		case <-wait.Done():
			return 0, wait.Err()
		case <-time.After(f.cfg.Poll):
		}
	}
}
