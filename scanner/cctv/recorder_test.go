package cctv

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/sletdk/slet/scanner"
)

// fakeFrigate answers like Frigate's API. orphans are what its jobs find, one
// after the other.
type fakeFrigate struct {
	mu      sync.Mutex
	orphans []int
	jobs    []string // what was asked for
	abort   bool
}

func (f *fakeFrigate) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	f.mu.Lock()
	defer f.mu.Unlock()
	switch {
	case r.URL.Path == "/api/login":
		var body map[string]string
		if json.NewDecoder(r.Body).Decode(&body) != nil || body["user"] != "slet" || body["password"] != "hemmelig" {
			w.WriteHeader(http.StatusUnauthorized)
			return
		}
		http.SetCookie(w, &http.Cookie{Name: "frigate_token", Value: "t"})
	case r.Method == http.MethodPost && r.URL.Path == "/api/media/sync":
		if c, err := r.Cookie("frigate_token"); err != nil || c.Value != "t" {
			w.WriteHeader(http.StatusForbidden)
			return
		}
		var body struct {
			Dry   bool     `json:"dry_run"`
			Force bool     `json:"force"`
			Types []string `json:"media_types"`
		}
		if json.NewDecoder(r.Body).Decode(&body) != nil {
			w.WriteHeader(http.StatusBadRequest)
			return
		}
		f.jobs = append(f.jobs, fmt.Sprintf("dry %t force %t %v", body.Dry, body.Force, body.Types))
		w.WriteHeader(http.StatusAccepted)
		fmt.Fprintf(w, `{"job":{"id":"j%d","status":"queued"}}`, len(f.jobs))
	case strings.HasPrefix(r.URL.Path, "/api/media/sync/status/"):
		n := len(f.jobs) - 1
		fmt.Fprintf(w, `{"job":{"id":"j","status":"success","results":{"recordings":{"orphans_found":%d,"aborted":%t}}}}`, f.orphans[n], f.abort)
	default:
		w.WriteHeader(http.StatusNotFound)
	}
}

func recorderAt(t *testing.T, layout, url string) Recorder {
	t.Helper()
	if err := CheckRecorder(layout, url); err != nil {
		t.Fatal(err)
	}
	return NewRecorder(layout, RecorderConfig{URL: url, Username: "slet", Password: func() (string, error) { return "hemmelig", nil }, HasPassword: true, Timeout: time.Second, Poll: time.Millisecond})
}

// TestFrigate: Frigate's sync removes files that its database does not list. It
// is called for real only when nothing was out of step before slet began.
func TestFrigate(t *testing.T) {
	dry, real := "dry true force false [recordings]", "dry false force false [recordings]"
	for _, c := range []struct {
		what    string
		orphans []int
		gone    int
		abort   bool
		jobs    []string
		told    bool
	}{
		{"in step", []int{0, 2, 2}, 2, false, []string{dry, dry, real}, true},
		{"some had no entry", []int{0, 1, 1}, 2, false, []string{dry, dry, real}, true},
		{"out of step before", []int{3}, 2, false, []string{dry}, false},
		{"more out of step after than slet erased", []int{0, 5}, 2, false, []string{dry, dry}, false},
		{"nothing erased", []int{0}, 0, false, []string{dry}, true},
		{"it cannot tell", []int{0}, 0, true, []string{dry}, false},
	} {
		api := &fakeFrigate{orphans: c.orphans, abort: c.abort}
		server := httptest.NewServer(api)
		f := recorderAt(t, "frigate", server.URL)
		begin := f.Begin(t.Context())
		if (begin != nil) != c.abort {
			t.Errorf("%s: begin: %v", c.what, begin)
		}
		for range c.gone {
			if err := f.Gone(t.Context(), scanner.Item{}); (err == nil) != (c.orphans[0] == 0) {
				t.Errorf("%s: gone: %v", c.what, err)
			}
			if err := f.Begin(t.Context()); err != nil {
				t.Errorf("%s: begin again: %v", c.what, err)
			}
		}
		err := f.Close()
		if told := err == nil && !c.abort; told != c.told {
			t.Errorf("%s: close: %v", c.what, err)
		}
		if err != nil && !strings.Contains(err.Error(), "look at it, then call") {
			t.Errorf("%s: %v does not say what to do", c.what, err)
		}
		if !slices.Equal(api.jobs, c.jobs) {
			t.Errorf("%s: calls %q, want %q", c.what, api.jobs, c.jobs)
		}
		server.Close()
	}
}

// TestZoneMinder: the event of a video that is gone is deleted, with a token that
// is got anew when it has expired; pictures delete nothing.
func TestZoneMinder(t *testing.T) {
	var calls []string
	expired := false
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		call := r.Method + " " + r.URL.Path
		switch {
		case call == "POST /zm/api/host/login.json":
			if r.PostFormValue("user") != "slet" || r.PostFormValue("pass") != "hemmelig" {
				w.WriteHeader(http.StatusUnauthorized)
			}
			fmt.Fprint(w, `{"access_token":"abc"}`)
		case r.URL.Query().Get("token") != "abc" || expired:
			expired = false
			w.WriteHeader(http.StatusUnauthorized)
		case call == "DELETE /zm/api/events/404.json":
			w.WriteHeader(http.StatusNotFound)
		case call == "DELETE /zm/api/events/500.json":
			w.WriteHeader(http.StatusInternalServerError)
		}
		calls = append(calls, call)
	}))
	defer server.Close()
	z := recorderAt(t, "zoneminder", server.URL+"/zm/")
	if err := z.Begin(t.Context()); err != nil {
		t.Fatal(err)
	}
	gone := func(path string) error { return z.Gone(t.Context(), scanner.Item{ID: path}) }
	for _, path := range []string{"1/2026-03-03/7/7-video.mp4", "1/2026-03-03/7/00001-capture.jpg", "1/2026-03-03/404/404-video.mp4"} {
		if err := gone(path); err != nil {
			t.Errorf("%s: %v", path, err)
		}
	}
	expired = true
	if err := gone("1/2026-03-03/8/8-video.mp4"); err != nil {
		t.Errorf("with a token that has expired: %v", err)
	}
	if err := gone("1/2026-03-03/500/500-video.mp4"); err == nil || strings.Contains(err.Error(), "abc") {
		t.Errorf("a server that fails: %v; want an error without the token", err)
	}
	want := []string{"POST /zm/api/host/login.json", "DELETE /zm/api/events/7.json", "DELETE /zm/api/events/404.json",
		"DELETE /zm/api/events/8.json", "POST /zm/api/host/login.json", "DELETE /zm/api/events/8.json", "DELETE /zm/api/events/500.json"}
	if !slices.Equal(calls, want) {
		t.Errorf("calls\n %q\nwant\n %q", calls, want)
	}
}

// TestRecorderThatHangs: every call has a deadline, and no answer is read without
// end; a redirection is not followed with the password.
func TestRecorderThatHangs(t *testing.T) {
	release := make(chan struct{})
	elsewhere := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		t.Errorf("%s was called at another address, %q", r.Method, r.URL)
		fmt.Fprint(w, `{"access_token":"abc"}`)
	}))
	defer elsewhere.Close()
	for what, answer := range map[string]http.HandlerFunc{
		"hangs": func(http.ResponseWriter, *http.Request) { <-release },
		"redirects": func(w http.ResponseWriter, r *http.Request) {
			http.Redirect(w, r, elsewhere.URL, http.StatusTemporaryRedirect)
		},
		"is no JSON": func(w http.ResponseWriter, r *http.Request) { fmt.Fprint(w, "<html>") },
		"endless": func(w http.ResponseWriter, r *http.Request) {
			for range 4 << 10 {
				if _, err := w.Write(make([]byte, 1<<10)); err != nil {
					return
				}
			}
		},
	} {
		server := httptest.NewServer(answer)
		start := time.Now()
		if err := recorderAt(t, "zoneminder", server.URL).Begin(t.Context()); err == nil || strings.Contains(err.Error(), "hemmelig") {
			t.Errorf("a recorder that %s: %v", what, err)
		}
		if d := time.Since(start); d > 5*time.Second {
			t.Errorf("a recorder that %s is waited for %s", what, d)
		}
		if what == "hangs" {
			close(release)
		}
		server.Close()
	}
}

func TestCheckRecorder(t *testing.T) {
	for _, c := range []struct {
		layout, url string
		ok          bool
	}{
		{"frigate", "http://frigate:5000", true}, {"zoneminder", "https://zm.example.dk/zm", true}, {"auto", "", true},
		{"motion", "http://x", false}, {"auto", "http://x", false}, {"frigate", "frigate:5000", false}, {"frigate", "http://slet:hemmelig@frigate", false}, {"frigate", "://", false},
	} {
		err := CheckRecorder(c.layout, c.url)
		if (err == nil) != c.ok || err != nil && strings.Contains(err.Error(), "hemmelig") {
			t.Errorf("%s at %q: %v", c.layout, c.url, err)
		}
	}
}
