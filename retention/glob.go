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

// glob is a folded pattern. need is a text that every name that matches
// contains: looking for it first is many times faster than matching.
type glob struct{ pattern, need string }

func globs(patterns []string) []glob {
	out := make([]glob, len(patterns))
	for i, p := range patterns {
		out[i] = glob{pattern: fold(p)}
		if strings.ContainsAny(p, `{[\`) {
			continue // alternatives: nothing need be there
		}
		for _, piece := range strings.FieldsFunc(out[i].pattern, func(r rune) bool { return strings.ContainsRune("/*?", r) }) {
			if len(piece) > len(out[i].need) {
				out[i].need = piece
			}
		}
	}
	return out
}

func (g glob) match(name string) bool {
	return strings.Contains(name, g.need) && matchFolded(g.pattern, name)
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
