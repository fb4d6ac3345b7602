package detectors

import (
	"slices"
	"strings"
)

// WhereName is the name of the part that holds an item's own path. When it is
// the first part of a stream, its last segment counts as the file name for
// the document type. Segments are parted by / or by U+001E.
const WhereName = "navn"

const (
	// reachWord is how far around the start of a telltale the text is read.
	reachWord = 2 * maxWordMatch
	// titleBytes is how much of an item's text counts as its title lines.
	titleBytes = 1024
	// typeBytes is how much of it is read for its type.
	typeBytes = 256 << 10
	// maxName bounds the path that is kept.
	maxName = 4096
	// shortWord is how many letters a word of a document type has at most to
	// be looked for whole; longer ones may go on.
	shortWord = 4
	// marginNegative is by how many points another type must beat a negative
	// one.
	marginNegative = 2
)

// typist knows the document types.
type typist struct {
	table     *wordTable
	types     []documentType
	telltales []telltale // by id
}

// telltale is a phrase with the types that it tells of.
type telltale struct {
	text  string
	types []tells
}

// tells is what a telltale says of a type.
type tells struct {
	index, points int
}

// newTypist returns the types of the lexicon with the words for the table.
func newTypist(types []documentType) (*typist, []word) {
	t := &typist{types: types}
	var words []word
	for i := range types {
		for points, list := range [...][]string{1: types[i].telltale, 2: types[i].strong} {
			for _, text := range list {
				id := slices.IndexFunc(t.telltales, func(k telltale) bool { return k.text == text })
				if id < 0 {
					id = len(t.telltales)
					t.telltales = append(t.telltales, telltale{text: text})
					words = append(words, word{text: text, class: wordTelltale, id: int32(id), prefix: len(text) > shortWord})
				}
				t.telltales[id].types = append(t.telltales[id].types, tells{i, points})
			}
		}
	}
	return t, words
}

// typeEvidence is what an item has told of its document type. It is bounded:
// two bits for each telltale, and the path.
type typeEvidence struct {
	begun  bool // there has been a part
	inName bool // this part is the item's path
	name   []byte
	text   int64 // bytes of text in the parts before this one
	title  []bool
	body   []bool
}

// part begins a part.
func (e *typeEvidence) part(where string) {
	e.inName = !e.begun && where == WhereName
	e.begun = true
}

// keepName keeps the text of a part that is the item's path.
func (e *typeEvidence) keepName(b []byte) {
	if e.inName {
		e.name = append(e.name, b[:min(len(b), maxName-len(e.name))]...)
	}
}

// finish ends a part of n bytes.
func (e *typeEvidence) finish(n int64) {
	if !e.inName {
		e.text += n
	}
}

// note takes in the telltales that start in w.text[from:limit]; the text of the
// window starts base bytes into the part.
func (e *typeEvidence) note(t *typist, w *window, from, limit int, base int64) {
	if e.inName {
		return
	}
	if limit = int(min(int64(limit), typeBytes-e.text-base)); limit <= from {
		return
	}
	w.lookIn(t.table, from, limit)
	for _, ev := range w.words[wordTelltale] {
		if e.body == nil {
			e.body, e.title = make([]bool, len(t.telltales)), make([]bool, len(t.telltales))
		}
		e.body[ev.id] = true
		if e.text+base+int64(ev.start) < titleBytes {
			e.title[ev.id] = true
		}
	}
}

// verdict is the points of a type.
type verdict struct {
	points   int
	evidence []string
}

// decide returns the type that fits best, with the evidence, or nothing.
func (t *typist) decide(e *typeEvidence) (name string, evidence []string) {
	base, ext := fileName(string(e.name))
	best, bestNegative := -1, -1
	verdicts := make([]verdict, len(t.types))
	for i := range t.types {
		d, v := &t.types[i], &verdicts[i]
		front := t.fromName(d, v, base, ext)
		if len(d.ext) > 0 && v.points == 0 {
			continue
		}
		front = t.fromText(i, v, e) || front
		need := d.need
		if !front {
			need++
		}
		switch {
		case v.points < need:
		case d.negative && (bestNegative < 0 || v.points > verdicts[bestNegative].points):
			bestNegative = i
		case !d.negative && (best < 0 || v.points > verdicts[best].points):
			best = i
		}
	}
	if bestNegative >= 0 && (best < 0 || verdicts[best].points < verdicts[bestNegative].points+marginNegative) {
		best = bestNegative
	}
	if best < 0 {
		return "", nil
	}
	return t.types[best].name, verdicts[best].evidence
}

// fromName counts what the file's name says of a type and reports whether it
// says anything.
func (t *typist) fromName(d *documentType, v *verdict, base, ext string) bool {
	if len(d.ext) > 0 {
		if !slices.Contains(d.ext, ext) {
			return false
		}
		v.points++
		v.evidence = append(v.evidence, "ext:"+ext)
	}
	for _, f := range d.filename {
		if nameHas(base, f) {
			v.points += 2
			v.evidence = append(v.evidence, "name:"+f)
			break
		}
	}
	return v.points > 0
}

// fromText counts what the text says of type i and reports whether the title
// lines say anything.
func (t *typist) fromText(i int, v *verdict, e *typeEvidence) (front bool) {
	for id, seen := range e.body {
		if !seen {
			continue
		}
		for _, tells := range t.telltales[id].types {
			if tells.index != i {
				continue
			}
			v.points += tells.points
			if e.title[id] {
				front = true
				v.evidence = append(v.evidence, "title:"+t.telltales[id].text)
			} else {
				v.evidence = append(v.evidence, "text:"+t.telltales[id].text)
			}
		}
	}
	return front
}

// fileName returns the last segment of a path, in lower case, with single
// blanks for what parts its words, and its extension.
func fileName(path string) (base, ext string) {
	if i := strings.LastIndexAny(path, "/\x1e"); i >= 0 {
		path = path[i+1:]
	}
	path = strings.NewReplacer("a\u030a", "å").Replace(strings.ToLower(path))
	if i := strings.LastIndexByte(path, '.'); i > 0 {
		path, ext = path[:i], path[i+1:]
	}
	words := strings.FieldsFunc(path, func(r rune) bool { return !isNameRune(r) })
	return strings.Join(words, " "), ext
}

func isNameRune(r rune) bool { return r >= 'a' && r <= 'z' || r >= 0xC0 && r != 0xD7 && r != 0xF7 }

// nameHas reports whether a word of a file's name begins with f, or is f if
// that is short.
func nameHas(base, f string) bool {
	for _, s := range spellings(f) {
		if len(s) <= shortWord {
			s += " "
		}
		if strings.Contains(" "+base+" ", " "+s) {
			return true
		}
	}
	return false
}
