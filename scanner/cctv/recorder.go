package cctv

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"time"

	"github.com/sletdk/slet/scanner"
)

// Recorder is a recorder that can be told that its files are gone.
type Recorder interface {
	// Begin is called before every erasure of a recording; it does its work
	// before the first. An error keeps the item.
	Begin(ctx context.Context) error
	// Gone says that an item has been erased. An error means that the
	// recorder still lists it.
	Gone(ctx context.Context, it scanner.Item) error
	// Close tells what is left to tell. Its error says what to do by hand.
	Close() error
}

// RecorderConfig is where a recorder is told.
type RecorderConfig struct {
	URL         string
	Username    string
	Password    func() (string, error) // asked when it is needed, and not kept
	HasPassword bool
	// Timeout is the longest that one call may take; 0 is 30 s. Poll is how
	// often a running job is asked about; 0 is 2 s.
	Timeout, Poll time.Duration
}

// recorders make those that slet can call, by layout.
func recorders() map[string]func(*caller) Recorder {
	return map[string]func(*caller) Recorder{
		"frigate":    func(c *caller) Recorder { return &frigate{caller: c} },
		"zoneminder": func(c *caller) Recorder { return &zoneMinder{caller: c} },
	}
}

// CheckRecorder says what is wrong with the address of a recorder; "" is none.
func CheckRecorder(layout, address string) error {
	if address == "" {
		return nil
	}
	u, err := url.Parse(address)
	if err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Host == "" {
		return errors.New("url: expected an address such as http://frigate:5000")
	}
	if u.User != nil {
		return errors.New("url: no user name or password in it; username and password are keys of their own")
	}
	if recorders()[layout] == nil {
		return fmt.Errorf("slet can call frigate and zoneminder, not layout %q; name the layout", layout)
	}
	return nil
}

// NewRecorder returns the recorder of a layout; nil when slet cannot call that
// kind.
func NewRecorder(layout string, cfg RecorderConfig) Recorder {
	make := recorders()[layout]
	if make == nil {
		return nil
	}
	if cfg.Timeout <= 0 {
		cfg.Timeout = 30 * time.Second
	}
	if cfg.Poll <= 0 {
		cfg.Poll = 2 * time.Second
	}
	return make(&caller{cfg: cfg, client: &http.Client{
		Timeout: cfg.Timeout,
		// A recorder that sends us elsewhere would get the password there.
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}})
}

// caller makes calls with JSON, each with a deadline.
type caller struct {
	cfg    RecorderConfig
	client *http.Client
	mu     sync.Mutex
	token  string
}

// maxAnswer bounds what is read of an answer.
const maxAnswer = 1 << 20

// call makes one call; into may be nil.
func (c *caller) call(ctx context.Context, method, path string, form url.Values, body, into any) error {
	address := strings.TrimRight(c.cfg.URL, "/") + path
	var content io.Reader
	kind := ""
	switch {
	case form != nil:
		content, kind = strings.NewReader(form.Encode()), "application/x-www-form-urlencoded"
	case body != nil:
		b, err := json.Marshal(body)
		if err != nil {
			return err
		}
		content, kind = bytes.NewReader(b), "application/json"
	}
	req, err := http.NewRequestWithContext(ctx, method, address, content)
	if err != nil {
		return errors.New("the recorder's address is none") // an error of package url would repeat it
	}
	if kind != "" {
		req.Header.Set("Content-Type", kind)
	}
	if c.token != "" {
		req.Header.Set("Authorization", "Bearer "+c.token)
	}
	res, err := c.client.Do(req)
	if err != nil {
		var ue *url.Error
		if errors.As(err, &ue) {
			err = ue.Err // the address may hold a token
		}
		return fmt.Errorf("%s %s: %w", method, pathOf(path), err)
	}
	defer res.Body.Close()
	answer, err := io.ReadAll(io.LimitReader(res.Body, maxAnswer))
	switch {
	case res.StatusCode < 200 || res.StatusCode > 299:
		return &answered{pathOf(path), res.StatusCode}
	case err != nil:
		return fmt.Errorf("%s %s: %w", method, pathOf(path), err)
	case into == nil:
		return nil
	}
	if err := json.Unmarshal(answer, into); err != nil {
		return fmt.Errorf("%s %s: not the answer of such a recorder: %w", method, pathOf(path), err)
	}
	return nil
}

// pathOf is a path without its query, which may hold a token.
func pathOf(path string) string {
	path, _, _ = strings.Cut(path, "?")
	return path
}

// answered is an answer that says no.
type answered struct {
	path   string
	status int
}

func (a *answered) Error() string {
	return fmt.Sprintf("%s: the recorder answers %d %s", a.path, a.status, http.StatusText(a.status))
}

// password asks for the password.
func (c *caller) password() (string, error) {
	if c.cfg.Password == nil {
		return "", nil
	}
	return c.cfg.Password()
}
