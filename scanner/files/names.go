package files

import (
	"fmt"
	"strings"

	"github.com/bmatcuk/doublestar/v4"
)

// local reports whether a raw path is one that a walk can yield: relative,
// without empty, "." or ".." segments, and without NUL.
func local(raw string) bool {
	if raw == "" || strings.ContainsRune(raw, 0) {
		return false
	}
	for seg := range strings.SplitSeq(raw, "/") {
		if seg == "" || seg == "." || seg == ".." {
			return false
		}
	}
	return true
}

// join adds a name to a raw path; "" is the root.
func join(dir, name string) string {
	if dir == "" {
		return name
	}
	return dir + "/" + name
}

// checkGlobs returns an error that names the first glob that is none.
func checkGlobs(globs []string) error {
	for _, g := range globs {
		switch {
		case !doublestar.ValidatePattern(g):
			return fmt.Errorf("exclude: %q is not a valid glob", g)
		case g == "" || strings.HasPrefix(g, "/"):
			return fmt.Errorf("exclude: %q must be a glob below the source's root, such as %q", g, "**/tmp")
		}
	}
	return nil
}
