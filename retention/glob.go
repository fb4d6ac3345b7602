package retention

import (
	"errors"
	"fmt"
	"strings"

	"github.com/bmatcuk/doublestar/v4"
	"golang.org/x/text/unicode/norm"
)

// Globs are doublestar patterns with '/' between folders, relative to the
// source's root. They are compared without regard to case, and with both sides
// in Unicode's composed form (NFC): Danish shares are served by Windows, where
// PERSONALE and Personale are one folder, and written to by Macs, which store
// "å" as "a" and a ring. A schedule that distinguished what its readers cannot
// see would keep or delete the wrong things.

// fold brings a path, a mailbox or a pattern into the form that is compared.
func fold(s string) string {
	return strings.ToLower(norm.NFC.String(s))
}

// matchFolded reports whether a folded pattern matches a folded name. An
// invalid pattern matches nothing; patterns are checked where they are read.
func matchFolded(pattern, name string) bool {
	ok, err := doublestar.Match(pattern, name)
	return ok && err == nil
}

// validGlob says what is wrong with a pattern that could never match, or not
// mean what it says.
func validGlob(p string) error {
	switch {
	case p == "":
		return errors.New("an empty pattern matches nothing")
	case strings.Contains(p, `\`):
		return fmt.Errorf("pattern %q: write / between folders, not \\", p)
	case strings.HasPrefix(p, "/"):
		return fmt.Errorf("pattern %q: paths begin below the source's root, leave the first / out", p)
	case strings.HasSuffix(p, "/"):
		return fmt.Errorf("pattern %q: for a folder and all below it write %q", p, p+"**")
	case !doublestar.ValidatePattern(p):
		return fmt.Errorf("pattern %q: not a valid glob (an open [ or { ?)", p)
	}
	return nil
}
