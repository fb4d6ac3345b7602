package smb

import (
	"fmt"
	"regexp"
	"strings"

	"github.com/bmatcuk/doublestar/v4"

	"github.com/sletdk/slet/scanner"
)

// local reports whether a raw path can be asked for: relative, without empty,
// "." or ".." segments, without a colon (which names a stream of a file) and
// without what separates segments on the wire.
func local(raw string) bool {
	if raw == "" || strings.ContainsAny(raw, "\x00:\\") {
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

// substitute reports whether a name looks like one that the server made up
// (8.3, as "PRQSRQ~J"). Samba shows such a name in place of one that Windows
// does not allow, as "Privat " with its blank or "Privat.", and does not tell
// the real one.
func substitute(name string) bool { return substituted.MatchString(name) }

var substituted = regexp.MustCompile(`^[^\s.a-zæøå]{1,8}~[0-9A-Z]{1,2}(\.[^\s.a-zæøå]{1,3})?$`)

// hiddenPath reports whether a folder of the path has a made-up name.
func hiddenPath(rel string) bool {
	for {
		folder, rest, more := strings.Cut(rel, "/")
		if !more {
			return false
		}
		if substitute(folder) {
			return true
		}
		rel = rest
	}
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

// excluded reports whether the configuration leaves the raw path out.
func (s *Source) excluded(rel string) bool {
	if len(s.cfg.Exclude) == 0 {
		return false
	}
	path := scanner.DisplayPath(scanner.EscapePath(rel))
	for _, glob := range s.cfg.Exclude {
		if doublestar.MatchUnvalidated(glob, path) {
			return true
		}
	}
	return false
}
