package scanner

import (
	"errors"
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

// A file name is any bytes but NUL and the slash. Names travel through JSON,
// SQL, logs and terminals, which want valid and harmless UTF-8. So a raw path
// is written with every other byte as \xHH and a backslash as two: an ordinary
// path is its own ID, and every ID leads back to the very bytes.

// EscapePath writes a raw path as an ID.
func EscapePath(raw string) string {
	if !needsEscape(raw) {
		return raw
	}
	var b strings.Builder
	b.Grow(len(raw) + 16)
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

// ErrID: the text was not made by EscapePath.
var ErrID = errors.New("not the ID of a file")

// UnescapePath is the inverse of EscapePath. It accepts nothing that EscapePath
// does not make, so that one file has one ID; the error is [ErrID].
func UnescapePath(id string) (string, error) {
	if !strings.Contains(id, `\`) {
		if needsEscape(id) {
			return "", ErrID
		}
		return id, nil
	}
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
				return "", ErrID
			}
			b = append(b, byte(hi<<4|lo))
			i += 3
		default:
			return "", ErrID
		}
	}
	raw := string(b)
	if EscapePath(raw) != id {
		return "", ErrID
	}
	return raw, nil
}

const hexDigits = "0123456789abcdef"

// DisplayPath is an ID as people see it and as rules match it. Names made on a Mac
// often have their letters in parts (NFD); a rule or a hold that somebody types
// has them whole.
func DisplayPath(id string) string { return norm.NFC.String(id) }

func needsEscape(s string) bool {
	for i := 0; i < len(s); i++ {
		if c := s[i]; c < ' ' || c == 0x7f || c == '\\' || c >= utf8.RuneSelf {
			return needsEscapeSlow(s[i:])
		}
	}
	return false
}

func needsEscapeSlow(s string) bool {
	if !utf8.ValidString(s) || strings.Contains(s, `\`) {
		return true
	}
	return strings.IndexFunc(s, harmful) >= 0
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
