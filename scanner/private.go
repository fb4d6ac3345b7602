package scanner

import (
	"errors"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

// ErrPrivate: what was asked for lies in a private folder, and is not opened.
var ErrPrivate = errors.New("lies in a private folder")

// The rule that everything private is built on: in Danish practice a folder
// that an employee has named Privat is closed to the employer, and so is mail
// marked so. Whoever crawls must not open it, list it or write down what is in
// it.
//
// Doubt is private. A folder left alone by mistake is counted and can be asked
// about; a private one opened by mistake cannot be closed again.

// Private reports whether a folder of this name is private. The name is one
// segment of a path, in any case, Unicode form and width; blanks, dots at the
// end (which Windows drops), invisible characters, numbering ("01 Privat") and
// the marks of a copy ("Privat (2)", "Privat - Kopi") change nothing.
//
// "Privat" makes a name private as its first or its last word ("Privat mappe",
// "Hanne - privat"); a longer word that only begins with it does not
// ("Privatøkonomi", "privatskole"). The weaker words (private, personlig …) do
// it only when they are the whole name, since "Private leverandører" is
// everyday business.
func Private(folderName string) bool {
	// Compatibility forms make "ｐｒｉｖａｔ" ordinary, but also turn "privat™"
	// into a longer word. Either reading is enough.
	name := legible(folderName)
	return privateName(fold(norm.NFKC.String(name))) || privateName(fold(norm.NFC.String(name)))
}

// PrivatePath reports whether any folder of a slash-separated path is private.
// The last segment is the item's own name and not tested: the rule is about
// folders, and a file called "Privat.txt" outside of one is examined like any
// other. To ask about a folder's path, append a slash.
func PrivatePath(path string) bool {
	for {
		folder, rest, more := strings.Cut(path, "/")
		if !more {
			return false
		}
		if Private(folder) {
			return true
		}
		path = rest
	}
}

// PrivateSubject reports whether a mail with this subject is marked private.
// Marks of replies and forwarding ("SV: Privat: …") and tags of mail gateways
// ("[Ekstern] Privat: …") are looked past.
func PrivateSubject(subject string) bool {
	name := legible(subject)
	return privateSubject(fold(norm.NFKC.String(name))) || privateSubject(fold(norm.NFC.String(name)))
}

// PrivateSensitivity reports whether a mail's Sensitivity header (RFC 2156,
// RFC 4021), as Outlook sets it, says that the mail is private.
func PrivateSensitivity(header string) bool {
	value := fold(norm.NFKC.String(legible(header)))
	value, _, _ = strings.Cut(value, ";")
	value, _, _ = strings.Cut(value, "(")
	switch strings.TrimFunc(value, notLetter) {
	case "personal", "private", "privat", "personlig":
		return true
	}
	return false
}

// markers are the names that are private as they stand. Longer ones that begin
// with the word "privat" need not be listed.
func markers() []string {
	return []string{
		"privat", "private", "privatmappe", "privatmappen",
		"personlig", "personligt", "personlige",
		"mit private", "mine private", "mit personlige", "mine personlige",
	}
}

// privateName judges a folded name.
func privateName(name string) bool {
	name = strings.TrimPrefix(name, "kopi af ")
	name = strings.TrimPrefix(name, "copy of ")
	// Set apart by hand, to stand first in a listing, whatever comes after.
	if strings.HasPrefix(name, "_privat") || strings.HasPrefix(name, "- privat") {
		return true
	}
	// Leading numbers, signs and brackets: "01 Privat", "#privat", "[Privat]".
	name = strings.TrimLeftFunc(name, notLetter)
	if startsWord(name, "privat") {
		return true
	}
	bare := withoutCopyMark(name)
	if endsWord(bare, "privat") {
		return true
	}
	if slices.Contains(markers(), bare) {
		return true
	}
	// "Personligt (Hanne)", "Private - 2019": the marker, then an addition.
	for _, m := range markers() {
		rest, ok := strings.CutPrefix(name, m)
		if !ok {
			continue
		}
		if rest = strings.TrimLeft(rest, " "); rest != "" && strings.ContainsAny(rest[:1], "([{-_") {
			return true
		}
	}
	return false
}

func privateSubject(subject string) bool {
	for {
		subject = strings.TrimLeftFunc(subject, unicode.IsSpace)
		if rest, ok := cutReplyMark(subject); ok {
			subject = rest
			continue
		}
		if rest, ok := cutTag(subject); ok {
			subject = rest
			continue
		}
		break
	}
	subject = strings.TrimLeftFunc(subject, notLetter)
	if startsWord(subject, "privat") {
		return true
	}
	for _, m := range markers() {
		if rest, ok := strings.CutPrefix(subject, m); ok {
			rest = strings.TrimLeft(rest, " ")
			if rest == "" || strings.ContainsAny(rest[:1], ":])") {
				return true
			}
		}
	}
	return false
}

// cutReplyMark cuts "sv:", "re[2]:" and the like.
func cutReplyMark(s string) (string, bool) {
	for _, mark := range [...]string{"re", "sv", "vs", "fw", "fwd", "svar", "videresendt", "aw", "wg"} {
		rest, ok := strings.CutPrefix(s, mark)
		if !ok {
			continue
		}
		rest = strings.TrimLeftFunc(rest, func(r rune) bool {
			return unicode.IsDigit(r) || strings.ContainsRune(" []()", r)
		})
		if rest, ok := strings.CutPrefix(rest, ":"); ok {
			return rest, true
		}
	}
	return s, false
}

// cutTag cuts a leading "[…]" unless it is the private mark itself.
func cutTag(s string) (string, bool) {
	if !strings.HasPrefix(s, "[") {
		return s, false
	}
	tag, rest, ok := strings.Cut(s[1:], "]")
	if !ok || privateName(strings.TrimSpace(tag)) {
		return s, false
	}
	return rest, true
}

// withoutCopyMark cuts what programs and people append to a name that is taken:
// " (2)", " - kopi", " - copy (3)", " 2019".
func withoutCopyMark(name string) string {
	for {
		cut := strings.TrimRightFunc(name, notLetter)
		for _, mark := range [...]string{"kopi", "copy"} {
			if rest, ok := strings.CutSuffix(cut, mark); ok && rest != strings.TrimRightFunc(rest, notLetter) {
				cut = strings.TrimRightFunc(rest, notLetter)
			}
		}
		if cut == name {
			return name
		}
		name = cut
	}
}

// startsWord reports that s begins with word and that the word ends there.
func startsWord(s, word string) bool {
	rest, ok := strings.CutPrefix(s, word)
	if !ok {
		return false
	}
	r, _ := utf8.DecodeRuneInString(rest)
	return rest == "" || notLetter(r)
}

// endsWord reports that s ends with word and that the word begins there.
func endsWord(s, word string) bool {
	rest, ok := strings.CutSuffix(s, word)
	if !ok {
		return false
	}
	r, _ := utf8.DecodeLastRuneInString(rest)
	return rest == "" || notLetter(r)
}

func notLetter(r rune) bool { return !unicode.IsLetter(r) }

// legible is what a person sees of a name: invisible characters and bytes that
// are not UTF-8 go, blanks at the ends too, and every other run of blanks
// becomes one.
func legible(name string) string {
	var b strings.Builder
	blank := false
	for _, r := range name {
		switch {
		case unicode.IsSpace(r):
			blank = b.Len() > 0
		case invisible(r):
		default:
			if blank {
				b.WriteByte(' ')
				blank = false
			}
			b.WriteRune(r)
		}
	}
	return b.String()
}

// invisible reports runes that nobody sees in a file manager: format and
// control characters, the byte order mark, joiners, variation selectors, and
// the replacement character that an earlier conversion left behind.
func invisible(r rune) bool {
	return r == utf8.RuneError || unicode.IsControl(r) ||
		unicode.In(r, unicode.Cf, unicode.Variation_Selector, unicode.Other_Default_Ignorable_Code_Point)
}

// fold takes the case out of a name: both ways, so that letters that have a
// capital in common become one.
func fold(name string) string { return strings.ToLower(strings.ToUpper(name)) }
