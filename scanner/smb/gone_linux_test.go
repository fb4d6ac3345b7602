package smb

import (
	"os"
	"testing"

	"github.com/sletdk/slet/erase"
	"github.com/sletdk/slet/internal/testenv"
)

// TestGoneOrMoved: an item is gone only if its folder can be listed and does not
// list it. Whose folder has moved may be anywhere.
func TestGoneOrMoved(t *testing.T) {
	server := testenv.Smbd(t, testenv.SmbOptions{})
	for name, tc := range map[string]struct {
		do   func(t *testing.T, o *office)
		want string
	}{
		"removed":        {func(t *testing.T, o *office) { must(t, os.Remove(o.path("a/b/sag.txt"))) }, erase.WasGone},
		"moved":          {func(t *testing.T, o *office) { must(t, os.Rename(o.path("a/b/sag.txt"), o.path("a/sag.txt"))) }, erase.WasGone},
		"folder renamed": {func(t *testing.T, o *office) { must(t, os.Rename(o.path("a/b"), o.path("a/c"))) }, erase.Changed},
		"a folder above it renamed": {func(t *testing.T, o *office) {
			must(t, os.Rename(o.path("a"), o.path("c")))
		}, erase.Changed},
		"folder removed": {func(t *testing.T, o *office) { must(t, os.RemoveAll(o.path("a/b"))) }, erase.Changed},
		"folder cannot be listed": {func(t *testing.T, o *office) {
			must(t, os.Remove(o.path("a/b/sag.txt")))
			must(t, os.Chmod(o.path("a/b"), 0o311))
		}, erase.Failed},
	} {
		t.Run(name, func(t *testing.T) {
			o := newOffice(t, server)
			put(t, server.Path, "a/b", "sag.txt", secretText)
			plan := o.approve(t)
			t.Cleanup(func() {
				for _, folder := range []string{"a", "c"} {
					_ = os.Chmod(o.path("a/b"), 0o755) // where it is
					must(t, os.RemoveAll(o.path(folder)))
				}
			})
			tc.do(t, o)
			if res := o.run(t, plan, nil)["a/b/sag.txt"]; res.Result != tc.want {
				t.Errorf("result %s (%v), want %s", res.Result, res.Err, tc.want)
			}
		})
	}
}
