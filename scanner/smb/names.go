package smb

import (
	"errors"
	"fmt"
	"regexp"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/bmatcuk/doublestar/v4"
	"golang.org/x/text/unicode/norm"
)

// Names travel through JSON, SQL, logs and terminals, which want valid and
// harmless UTF-8. So a raw path is written, as by the source for local files,
// with every harmful byte as \xHH and a backslash as two: an ordinary path is
// its own ID, and every ID leads back to the very name.

// escape writes a raw path as an ID.
func escape(raw string) string {
	if !needsEscape(raw) {
		return raw
	}
	var b strings.Builder
	for i := 0; i < len(raw); {
		r, n := utf8.DecodeRuneInString(raw[i:])
		switch {
		case r == '\\':
			b.WriteString(`\\`)
		case r == utf8.RuneError && n == 1, harmful(r):
			for _, c := range []byte(raw[i : i+n]) {
				fmt.Fprintf(&b, `\x%02x`, c)
			}
		default:
			b.WriteString(raw[i : i+n])
		}
		i += n
	}
	return b.String()
}

// errID: the text was not made by escape from a path that a walk can yield.
var errID = errors.New("not the ID of a file")

// unescape is the inverse of escape. It accepts nothing that escape does not
// make, so that one file has one ID.
func unescape(id string) (string, error) {
	b := make([]byte, 0, len(id))
	for i := 0; i < len(id); i++ {
		switch {
		case id[i] != '\\':
			b = append(b, id[i])
		case strings.HasPrefix(id[i:], `\\`):
			b = append(b, '\\')
			i++
		case i+3 < len(id) && id[i+1] == 'x':
			hi, lo := strings.IndexByte(hexDigits, id[i+2]), strings.IndexByte(hexDigits, id[i+3])
			if hi < 0 || lo < 0 {
				return "", errID
			}
			b = append(b, byte(hi<<4|lo))
			i += 3
		default:
			return "", errID
		}
	}
	raw := string(b)
	if escape(raw) != id {
		return "", errID
	}
	return raw, nil
}

const hexDigits = "0123456789abcdef"

// display is an ID as people see it and as rules match it: letters that a Mac
// stored in parts (NFD) are whole.
func display(id string) string { return norm.NFC.String(id) }

func needsEscape(s string) bool {
	return !utf8.ValidString(s) || strings.Contains(s, `\`) || strings.IndexFunc(s, harmful) >= 0
}

// harmful reports runes that end a line, move a cursor or turn the direction of
// writing: with them a name can look like another, or like a line of a log.
func harmful(r rune) bool {
	switch {
	case unicode.IsControl(r), r == 0x2028, r == 0x2029:
		return true
	case r >= 0x202a && r <= 0x202e, r >= 0x2066 && r <= 0x2069, r == 0x200e, r == 0x200f:
		return true
	}
	return false
}

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
	path := display(escape(rel))
	for _, glob := range s.cfg.Exclude {
		if doublestar.MatchUnvalidated(glob, path) {
			return true
		}
	}
	return false
}
