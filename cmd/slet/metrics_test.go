package main

import (
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"go.yaml.in/yaml/v3"
)

// scraped is what an address of a service in this office answers.
func scraped(t *testing.T, d *daemon, path string) (int, string) {
	t.Helper()
	srv := httptest.NewServer(d.handler(http.NotFoundHandler()))
	defer srv.Close()
	res, err := http.Get(srv.URL + path)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	body, err := io.ReadAll(res.Body)
	if err != nil {
		t.Fatal(err)
	}
	return res.StatusCode, string(body)
}

// watched is a service over a folder with one old file, one new and one that
// cannot be read.
func watched(t *testing.T) *daemon {
	t.Helper()
	dir := t.TempDir()
	for name, text := range map[string]string{
		"slet.yaml":               "sources: [{name: arkiv, type: files, path: share}]\n",
		"schedule.yaml":           "version: test-1\nrules:\n  - {id: R1, title: Alt, match: {path: [\"**\"]}, trigger: modified, delete_after: P1Y, action: erase}\n",
		"share/010758-5001/a.txt": "cpr 150370-5008",
		"share/b.pdf":             "%PDF-1.7 not one",
	} {
		path := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	c := &cli{stdin: strings.NewReader(""), stdout: io.Discard, stderr: &bytes.Buffer{}, configPath: filepath.Join(dir, "slet.yaml")}
	a, err := c.openApp(t.Context(), writing)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = a.close() })
	d := &daemon{log: c.logger()}
	d.current.Store(a)
	if err := d.scan(t.Context(), a, a.cfg.Sources[0], false); err != nil {
		t.Fatal(err)
	}
	return d
}

// TestMetrics: the numbers are those of the scan, and name no person.
func TestMetrics(t *testing.T) {
	d := watched(t)
	code, text := scraped(t, d, "/metrics")
	if code != http.StatusOK {
		t.Fatal(code, text)
	}
	for _, want := range []string{
		`slet_source_items{outcome="scanned",source="arkiv"} 2`, `slet_source_items{outcome="failed",source="arkiv"} 0`,
		`slet_source_gaps{source="arkiv"} 1`, `slet_source_scan_complete{source="arkiv"} 1`, `slet_gaps{reason="corrupt"} 1`,
		`slet_persons 2`, `slet_plans{state="proposed"} 0`, `slet_holds_review_overdue 0`,
	} {
		if !strings.Contains(text, want+"\n") {
			t.Errorf("no %s", want)
		}
	}
	for _, secret := range []string{"010758-5001", "0107585001", "150370", "arkiv/", "a.txt", "b.pdf"} {
		if strings.Contains(text, secret) {
			t.Errorf("%q is among the metrics", secret)
		}
	}
	if t.Failed() {
		t.Log(text)
	}
}

// TestHealth: the service is well as long as its store answers.
func TestHealth(t *testing.T) {
	d := watched(t)
	for _, path := range []string{"/healthz", "/readyz"} {
		if code, text := scraped(t, d, path); code != http.StatusOK || text != "ok\n" {
			t.Errorf("%s: %d %q", path, code, text)
		}
	}
	if err := d.current.Load().store.Close(); err != nil {
		t.Fatal(err)
	}
	if code, _ := scraped(t, d, "/healthz"); code != http.StatusOK {
		t.Errorf("alive: %d", code)
	}
	if code, text := scraped(t, d, "/readyz"); code != http.StatusServiceUnavailable || strings.Contains(text, "sql") {
		t.Errorf("ready: %d %q", code, text)
	}
}

// TestOpsFilesNameRealMetrics: what docs/ops watches is what slet tells.
func TestOpsFilesNameRealMetrics(t *testing.T) {
	known := map[string]bool{}
	for _, m := range newMetrics().all() {
		known[m.name] = true
	}
	name := regexp.MustCompile(`\bslet_[a-z_]+`)
	check := func(file, expr string) {
		found := name.FindAllString(expr, -1)
		for _, n := range found {
			if !known[n] {
				t.Errorf("%s: there is no metric %s", file, n)
			}
		}
		if len(found) == 0 && !strings.Contains(expr, "process_") {
			t.Errorf("%s: %q asks for no metric of slet", file, expr)
		}
	}
	read := func(file string) []byte {
		data, err := os.ReadFile(filepath.Join("..", "..", "docs", "ops", file))
		if err != nil {
			t.Fatal(err)
		}
		return data
	}
	var rules struct {
		Groups []struct {
			Rules []struct {
				Alert, Expr, For    string
				Labels, Annotations map[string]string
			}
		}
	}
	if err := yaml.Unmarshal(read("alerts.yaml"), &rules); err != nil {
		t.Fatal(err)
	}
	alerts := 0
	for _, g := range rules.Groups {
		for _, r := range g.Rules {
			alerts++
			check("alerts.yaml: "+r.Alert, r.Expr)
			if r.Alert == "" || r.Labels["severity"] == "" || r.Annotations["summary"] == "" {
				t.Errorf("alert %q says not how bad it is, or what it is", r.Alert)
			}
		}
	}
	var board struct {
		Panels []struct {
			Title   string
			Targets []struct{ Expr string }
		}
	}
	if err := json.Unmarshal(read("dashboard.json"), &board); err != nil {
		t.Fatal(err)
	}
	for _, p := range board.Panels {
		for _, target := range p.Targets {
			check("dashboard.json: "+p.Title, target.Expr)
		}
	}
	if alerts == 0 || len(board.Panels) == 0 {
		t.Error("nothing is watched")
	}
}
