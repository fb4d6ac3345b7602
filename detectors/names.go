package detectors

import (
	_ "embed"
	"strings"
)

// The names are those of people in Denmark, from common knowledge. They need no
// completeness: a name alone is no finding, and names that are not here are read
// where one is expected (see namecontext.go).
//
//go:embed given_names.txt
var givenNames string

//go:embed surnames.txt
var surnames string

const (
	// maxNameWords is how many words a name has at most.
	maxNameWords = 5
	// maxNameBytes bounds a name in the text.
	maxNameBytes = 80
)

// names knows what Danes are called.
type names struct {
	given, surnames map[string]bool // lower case
}

// newNames returns the names with the words for the table.
func newNames() (*names, []word) {
	n := &names{given: map[string]bool{}, surnames: map[string]bool{}}
	for _, s := range strings.Fields(surnames) {
		for _, s := range spellings(s) {
			n.surnames[s] = true
		}
	}
	var words []word
	for _, s := range strings.Fields(givenNames) {
		if !n.given[s] {
			n.given[s] = true
			words = append(words, word{text: s, class: wordGiven, caps: true})
		}
	}
	return n, words
}

// personName is a full name in a text: a given name and what follows it.
type personName struct {
	start, end int
	known      bool // the surname is one that people have
	shaped     bool // it is a name by its shape and place, not by the list
}

// namesIn returns the full names of a window, in order, found once.
func (w *window) namesIn(n *names) []personName {
	if w.named {
		return w.names
	}
	w.look()
	w.named = true
	for _, ev := range w.words[wordGiven] {
		if name, ok := n.read(w.text, ev); ok {
			w.names = append(w.names, name)
		}
	}
	if more := n.inContext(w); len(more) > 0 {
		w.names = merge(w.names, more)
	}
	return w.names
}

// read reads the name that begins with the given name ev, unless a name
// before it takes it in.
func (n *names) read(text []byte, ev event) (personName, bool) {
	if ev.start > 1 && (text[ev.start-1] == ' ' || text[ev.start-1] == '-') && isLetterByte(text, ev.start-2) && n.givenBefore(text, ev.start-1) {
		return personName{}, false
	}
	end, last := ev.end, 0
	words := 1
	for words < maxNameWords && end-ev.start < maxNameBytes {
		i := end + nameGap(text, end)
		if i == end || !capitalAt(text, i) {
			break
		}
		j := i
		for j < len(text) && j-i < maxWordText && isLetterByte(text, j) {
			j++
		}
		if j-i <= 2 && j < len(text) && text[j] == '.' { // an initial
			j++
		} else if j-i < 2 {
			break
		} else {
			last = i
		}
		words++
		end = j
	}
	if last == 0 || end < len(text) && text[end]-'0' < 10 {
		return personName{}, false
	}
	word := text[last:end]
	if len(word) > maxWordText || word[len(word)-1] == '.' {
		return personName{}, false
	}
	return personName{start: ev.start, end: end, known: n.isSurname(word)}, true
}

// nameGap returns the length of what parts two words of a name.
func nameGap(text []byte, i int) int {
	if i >= len(text) {
		return 0
	}
	if text[i] == ' ' || text[i] == '-' {
		return 1
	}
	if text[i] == 0xC2 && i+1 < len(text) && text[i+1] == 0xA0 {
		return 2
	}
	return 0
}

// givenBefore reports whether a given name ends at i: then the name that is
// read began with that, as "Peter" in "Jens Peter Hansen".
func (n *names) givenBefore(text []byte, i int) bool {
	start := i
	for start > 0 && i-start < maxWordText && isLetterByte(text, start-1) {
		start--
	}
	if !capitalAt(text, start) {
		return false
	}
	var buf [maxWordText]byte
	return n.given[string(lower(buf[:0], text[start:i]))]
}

// isSurname reports whether a word is a surname: in the list, or ending like
// most Danish ones.
func (n *names) isSurname(w []byte) bool {
	var buf [maxWordText]byte
	word := string(lower(buf[:0], w))
	return n.surnames[word] || len(word) >= 6 && (strings.HasSuffix(word, "sen") || strings.HasSuffix(word, "gaard") || strings.HasSuffix(word, "gård"))
}
