package cctv

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"regexp"

	"github.com/sletdk/slet/scanner"
)

// zoneMinder deletes the event of a video that is gone, by ZoneMinder's API
// (docs/api.rst of ZoneMinder 1.34): log in for a token, DELETE the event.
type zoneMinder struct{ *caller }

// eventVideo is the name of an event's video. Its pictures are erased with it,
// and are no reason to delete the event before the video is gone.
var eventVideo = regexp.MustCompile(`^(\d+)-video\.`)

// Begin signs in before the first erasure, so that a recorder that cannot be
// told keeps its recordings.
func (z *zoneMinder) Begin(ctx context.Context) error {
	z.mu.Lock()
	defer z.mu.Unlock()
	if z.token != "" || !z.cfg.HasPassword {
		return nil
	}
	return z.signIn(ctx)
}

func (z *zoneMinder) signIn(ctx context.Context) error {
	password, err := z.password()
	if err != nil {
		return err
	}
	var answer struct {
		Token string `json:"access_token"`
	}
	z.token = ""
	err = z.call(ctx, http.MethodPost, "/api/host/login.json", url.Values{"user": {z.cfg.Username}, "pass": {password}}, nil, &answer)
	if err != nil {
		return err
	}
	if answer.Token == "" {
		return errors.New("ZoneMinder gives no token; is OPT_USE_AUTH on, and the API?")
	}
	z.token = answer.Token
	return nil
}

// Gone deletes the event. One that is gone already is as it should be.
func (z *zoneMinder) Gone(ctx context.Context, it scanner.Item) error {
	_, name := split(scanner.DisplayPath(it.ID))
	m := eventVideo.FindStringSubmatch(name)
	if m == nil {
		return nil
	}
	z.mu.Lock()
	defer z.mu.Unlock()
	err := z.delete(ctx, m[1])
	var no *answered
	if errors.As(err, &no) && no.status == http.StatusUnauthorized && z.cfg.HasPassword {
		// A token lives for an hour or two; a plan may take longer.
		if err = z.signIn(ctx); err == nil {
			err = z.delete(ctx, m[1])
		}
	}
	if errors.As(err, &no) && no.status == http.StatusNotFound {
		return nil
	}
	return err
}

func (z *zoneMinder) delete(ctx context.Context, event string) error {
	path := "/api/events/" + event + ".json"
	if z.token != "" {
		path += "?token=" + url.QueryEscape(z.token)
	}
	return z.call(ctx, http.MethodDelete, path, nil, nil, nil)
}

// Close has nothing left to tell.
func (z *zoneMinder) Close() error { return nil }
