package testenv

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
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
	name := spec[:strings.LastIndexByte(spec, '@')] // a scoped name begins with an @ too
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
