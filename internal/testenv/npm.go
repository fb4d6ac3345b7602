package testenv

import (
	"os"
	"os/exec"
	"path/filepath"
	"testing"
)

// Npm returns the folder of a package of the npm registry, such as axe-core@4.10.3.
// It is fetched once for each user of the machine.
func Npm(t testing.TB, spec string) string {
	t.Helper()
	npm := Program(t, "npm")
	cache, err := os.UserCacheDir()
	if err != nil {
		t.Fatal(err)
	}
	name, _, _ := cutLast(spec, '@')
	dir := filepath.Join(cache, "slet-tests", filepath.Base(spec))
	module := filepath.Join(dir, "node_modules", filepath.FromSlash(name))
	if _, err := os.Stat(module); err == nil {
		return module
	}
	if err := os.MkdirAll(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	out, err := exec.CommandContext(t.Context(), npm, "install", "--prefix", dir, "--no-audit", "--no-fund", "--ignore-scripts", spec).CombinedOutput()
	if err != nil {
		Missing(t, "the npm package %s, which cannot be fetched: %v: %s", spec, err, out)
	}
	return module
}

// cutLast cuts around the last sep.
func cutLast(s string, sep byte) (before, after string, found bool) {
	for i := len(s) - 1; i > 0; i-- {
		if s[i] == sep {
			return s[:i], s[i+1:], true
		}
	}
	return s, "", false
}
