package main

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/sletdk/slet/internal/testenv"
)

// TestAnothersState: root leaves nothing in the state of the service's account
// that the service could not open.
func TestAnothersState(t *testing.T) {
	testenv.Root(t)
	o := newOffice(t, "")
	state := filepath.Join(o.dir, "state")
	if err := os.Mkdir(state, 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.Chown(state, 65534, 65534); err != nil {
		t.Fatal(err)
	}
	for _, args := range [][]string{{"scan"}, {"findings"}, {"check"}, {"backup"}, {"audit", "key"}, {"detect", "--reveal", filepath.Join(o.dir, "share")}} {
		var out, errs bytes.Buffer
		code := run(t.Context(), append([]string{"--config", o.config}, args...), strings.NewReader(""), &out, &errs)
		if left, err := os.ReadDir(state); err != nil || len(left) > 0 {
			t.Fatalf("slet %s left %v (%v)", strings.Join(args, " "), left, err)
		}
		if code != exitUsage || !strings.Contains(errs.String(), "run sudo -u ") {
			t.Errorf("slet %s: exit code %d, %s", strings.Join(args, " "), code, &errs)
		}
	}
}
