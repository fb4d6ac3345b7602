package main

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/sletdk/slet/retention"
	"github.com/sletdk/slet/store"
)

// TestOverdueReviews: a hold whose review date has passed is named wherever
// somebody looks, and still holds.
func TestOverdueReviews(t *testing.T) {
	dir := t.TempDir()
	for name, text := range map[string]string{
		"slet.yaml":     "state_dir: " + filepath.Join(dir, "state") + "\nschedule: " + filepath.Join(dir, "schedule.yaml") + "\nsources: [{name: arkiv, type: files, path: " + dir + "}]\n",
		"schedule.yaml": "version: test-1\nrules:\n  - {id: R1, match: {path: ['**']}, trigger: modified, delete_after: P6M, action: erase}\n",
	} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	slet := func(args ...string) string {
		var out bytes.Buffer
		run(t.Context(), append([]string{"--config", filepath.Join(dir, "slet.yaml")}, args...), strings.NewReader(""), &out, &out)
		return out.String()
	}
	slet("hold", "list") // makes the store
	s, err := store.Open(t.Context(), "sqlite:"+filepath.Join(dir, "state", "slet.db"))
	if err != nil {
		t.Fatal(err)
	}
	for id, review := range map[string]time.Time{"H-past": now().AddDate(0, 0, -1), "H-later": now().AddDate(0, 0, 1)} {
		if err := s.AddHold(t.Context(), retention.Hold{ID: id, Path: "a", Created: now().AddDate(-1, 0, 0), Review: review}); err != nil {
			t.Fatal(err)
		}
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	for _, args := range [][]string{{"hold", "list"}, {"check"}} {
		out := slet(args...)
		if !strings.Contains(out, "hold H-past should have been looked at again") || strings.Contains(out, "H-later should") {
			t.Errorf("slet %s says:\n%s", strings.Join(args, " "), out)
		}
	}
}
