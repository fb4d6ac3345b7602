package retention

import (
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Case numbers are looked for in paths. What makes items due must be sure that
// it is the case; what keeps them must not miss it. Hence two ways to look.

// minCase is the fewest letters and digits of a case number: "12" stands in
// half of all paths.
const minCase = 4

// ValidCase says what is wrong with a case number that would fit what it does
// not mean. The error wraps [ErrBroadSelector].
func ValidCase(s string) error {
	n, digits := 0, false
	for _, r := range s {
		if unicode.IsLetter(r) || unicode.IsDigit(r) {
			n++
		}
		digits = digits || unicode.IsDigit(r)
	}
	if n < minCase || !digits {
		return fmt.Errorf("%w: case %q; a case number has at least %d letters and digits, one of them a digit", ErrBroadSelector, s, minCase)
	}
	return nil
}

// caseIn reports whether the folded case number stands in the folded path just
// as it is, and is not a part of a longer number: 2024-001 is not in
// 2024-0012, 2024-001-5 and 12-2024-001.
func caseIn(number, path string) bool {
	for rest, at := path, 0; ; {
		i := strings.Index(rest, number)
		if i < 0 {
			return false
		}
		at += i
		if endsBefore(path[:at]) && beginsAfter(path[at+len(number):]) {
			return true
		}
		at++
		rest = path[at:]
	}
}

// endsBefore reports whether a number that follows s is not the rest of one.
func endsBefore(s string) bool {
	r, n := utf8.DecodeLastRuneInString(s)
	if joins(r) {
		r, _ = utf8.DecodeLastRuneInString(s[:len(s)-n])
		return !unicode.IsDigit(r)
	}
	return n == 0 || !unicode.IsLetter(r) && !unicode.IsDigit(r)
}

// beginsAfter reports whether a number that s follows does not go on in it.
func beginsAfter(s string) bool {
	r, n := utf8.DecodeRuneInString(s)
	if joins(r) {
		r, _ = utf8.DecodeRuneInString(s[n:])
		return !unicode.IsDigit(r)
	}
	return n == 0 || !unicode.IsLetter(r) && !unicode.IsDigit(r)
}

// joins reports whether the parts of a case number are joined by r.
func joins(r rune) bool { return r == '-' || r == '.' || r == '_' }

// caseNear reports whether the folded path may be of the case: its number
// stands there, perhaps with other separators, perhaps with more after it.
func caseNear(number, path string) bool {
	return strings.Contains(words(path), words(number))
}

// words is the letters and digits of s in words, each between two blanks.
func words(s string) string {
	fields := strings.FieldsFunc(s, func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsDigit(r) })
	return " " + strings.Join(fields, " ") + " "
}
