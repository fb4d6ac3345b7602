package detectors

import (
	"bytes"
	"cmp"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

// How much is shown of a match's surroundings, and of how many.
const (
	// SnippetsOfEach is of how many matches of one detector an item has snippets,
	// the first ones, and Snippets of how many in all.
	SnippetsOfEach = 3
	Snippets       = 20
	// snippetRunes is how many characters are shown on each side of a match, a
	// run of blanks as one, and snippetBytes how far they are looked for.
	snippetRunes = 50
	snippetBytes = 256
	// snippetEdge is how far beyond that digits are read, lest the end of a
	// longer number be shown because the rest of it is out of sight; and how far
	// a word of the lexicon is read to its ends.
	snippetEdge = 64
	// snippetReach is how far around a hit, in bytes, its snippet may look.
	snippetReach = snippetBytes + 2*snippetEdge + 2*utf8.UTFMax
	// longRun is how many digits in a row are hidden whatever they are.
	longRun = 6
	goesOn  = "…"
)

// Snippet is a match in the words around it, for a person who has to judge it.
// Everything in them that any detector finds is masked, whether it is sure or
// not and whether or not it was told to report it; and so are all names that the
// lists know, and all numbers of six digits and more but dates. A person who is
// named otherwise, or only described, can still be told from the words: a
// snippet is personal data, and is kept as such.
//
// White space is collapsed, the marks of a table's cells are " | ", and "…"
// stands for what goes on.
type Snippet struct {
	Before string `json:"before"`
	Match  string `json:"match"` // masked
	After  string `json:"after"`
}

// Snippet returns the match in its surroundings; false if it has none.
func (m Match) Snippet() (Snippet, bool) {
	if m.snippet == nil {
		return Snippet{}, false
	}
	return *m.snippet, true
}

// silent reports whether a hit is there only to be masked in snippets.
func (f *found) silent() bool { return f.by == nil || f.by.quiet }

// wantsSnippet reports whether a hit is to be shown in its surroundings.
func (s *Stream) wantsSnippet(f *found) bool {
	return s.snippets < Snippets && s.engine.opts.Snippets && s.snippetsOf[f.by] < SnippetsOfEach
}

// hide notes the hits and names that are masked in snippets and reported to
// nobody.
func (s *Stream) hide(limit int) {
	if s.snippets >= Snippets {
		return
	}
	for i := range s.engine.detectors {
		if d := &s.engine.detectors[i]; d.quiet {
			s.take(d, limit)
		}
	}
	for _, name := range s.window.namesIn(s.engine.parts.names) {
		if name.start >= s.from && name.start < limit {
			s.hits = append(s.hits, found{Hit{Start: name.start, End: name.end, Value: string(s.buf[name.start:name.end])}, nil})
		}
	}
}

// snippet shows a hit in its surroundings. All hits that reach into these are in
// s.hits, and their text is in s.buf, wherever the windows are cut.
func (s *Stream) snippet(f *found) *Snippet {
	s.snippets++
	if s.snippetsOf == nil {
		s.snippetsOf = map[*running]int{}
	}
	s.snippetsOf[f.by]++
	out := Snippet{Match: f.by.Mask(f.Value)}
	start, end := f.Start, f.End
	open := out.Match == f.Value // a word that tells of nobody
	if open {
		start, end = s.wordAround(start, end)
	}
	lo, cutBefore := s.edgeBefore(start)
	hi, cutAfter := s.edgeAfter(end)
	hidden := s.hidden(f, lo, hi)
	var before, match, after plain
	before.write(s.buf, lo, start, hidden)
	before.flush()
	after.mid = true
	after.write(s.buf, end, hi, hidden)
	out.Before, out.After = MaskText(before.b.String()), MaskText(after.b.String())
	if open {
		match.write(s.buf, start, end, hidden)
		out.Match = MaskText(match.b.String())
	}
	switch {
	case cutBefore && lo == start:
		out.Before = goesOn
	case cutBefore:
		out.Before = goesOn + " " + out.Before
	}
	switch {
	case cutAfter && hi == end:
		out.After = goesOn
	case cutAfter:
		out.After += " " + goesOn
	}
	return &out
}

// wordAround returns the ends of the word, or words, that s.buf[start:end] is part
// of.
func (s *Stream) wordAround(start, end int) (from, to int) {
	for from = start; from > 0 && start-from < snippetEdge; {
		r, n := utf8.DecodeLastRune(s.buf[:from])
		if !unicode.IsLetter(r) {
			break
		}
		from -= n
	}
	for to = end; to < len(s.buf) && to-end < snippetEdge; {
		r, n := utf8.DecodeRune(s.buf[to:])
		if !unicode.IsLetter(r) {
			break
		}
		to += n
	}
	return from, to
}

// edgeBefore returns where the text before a hit at i begins to be shown, and
// whether it goes on before that.
func (s *Stream) edgeBefore(i int) (lo int, cut bool) {
	lo, runes, blank := i, 0, false
	for lo > 0 && i-lo < snippetBytes {
		r, n := utf8.DecodeLastRune(s.buf[:lo])
		if !isBlank(r) || !blank {
			if runes == snippetRunes {
				break
			}
			runes++
		}
		blank = isBlank(r)
		lo -= n
	}
	if lo == 0 && s.base == 0 {
		return 0, false
	}
	if r, _ := utf8.DecodeLastRune(s.buf[:lo]); isWordRune(r) { // the end of a word that is out of sight
		for lo < i {
			r, n := utf8.DecodeRune(s.buf[lo:])
			if !isWordRune(r) {
				break
			}
			lo += n
		}
	}
	return lo, true
}

// edgeAfter returns where the text after a hit that ends at i ceases to be
// shown, and whether it goes on after that.
func (s *Stream) edgeAfter(i int) (hi int, cut bool) {
	hi, runes, blank := i, 0, false
	for hi < len(s.buf) && hi-i < snippetBytes {
		r, n := utf8.DecodeRune(s.buf[hi:])
		if !isBlank(r) || !blank {
			if runes == snippetRunes {
				break
			}
			runes++
		}
		blank = isBlank(r)
		hi += n
	}
	if hi == len(s.buf) {
		return hi, false
	}
	if r, _ := utf8.DecodeRune(s.buf[hi:]); isWordRune(r) {
		for hi > i {
			r, n := utf8.DecodeLastRune(s.buf[:hi])
			if !isWordRune(r) {
				break
			}
			hi -= n
		}
	}
	return hi, true
}

// isWordRune reports whether words and numbers are made of r.
func isWordRune(r rune) bool {
	return unicode.IsLetter(r) || unicode.IsDigit(r) || unicode.IsMark(r) || r == '_' || unicode.Is(unicode.Cf, r)
}

// isBlank reports whether r is shown as a blank, or as the border of a cell.
func isBlank(r rune) bool { return unicode.IsSpace(r) || unicode.IsControl(r) }

// veil is a stretch of text that a mask stands for.
type veil struct {
	start, end int
	mask       string
}

// hidden returns what is hidden in s.buf[lo:hi] besides the hit itself, in order.
func (s *Stream) hidden(self *found, lo, hi int) []veil {
	var list []veil
	for i := range s.hits {
		f := &s.hits[i]
		if f == self || f.End <= lo || f.Start >= hi {
			continue
		}
		mask := (*person)(nil).Mask
		if f.by != nil {
			mask = f.by.Mask
		}
		if m := mask(f.Value); m != f.Value {
			list = append(list, veil{f.Start, f.End, m})
		}
	}
	hits := append(slices.Clone(list), veil{start: self.Start, end: self.End})
	list = s.engine.parts.names.veil(list, s.buf, lo, hi)
	list = veilDigits(list, s.buf, max(lo-snippetEdge, 0), min(hi+snippetEdge, len(s.buf)), hits)
	slices.SortStableFunc(list, func(a, b veil) int { return cmp.Or(cmp.Compare(a.start, b.start), cmp.Compare(b.end, a.end)) })
	return list
}

// veil hides the words with a capital in text[lo:hi] that the lists of names
// know: without an address they are no hit, but they tell who is meant.
func (n *names) veil(list []veil, text []byte, lo, hi int) []veil {
	for i := lo; i < hi; i++ {
		if !isLetterByte(text, i) {
			continue
		}
		end := i
		for end < hi && isLetterByte(text, end) {
			end++
		}
		if word := text[i:end]; len(word) > 1 && len(word) <= maxWordText && capitalLetter(text, i) {
			var buf [maxWordText]byte
			if key := lower(buf[:0], word); n.given[string(key)] || n.surnames[string(key)] {
				list = append(list, veil{i, end, firstRune(string(word)) + bullets})
			}
		}
		i = end
	}
	return list
}

// digits are some digits that stand together.
type digits struct{ start, end, n int }

// veilDigits hides the numbers in text[lo:hi] that have six digits and more,
// also in groups, as in 12 34 56 78. Dates stay: so much a masked CPR number
// tells too. Groups that a hit has part in are the hit's.
func veilDigits(list []veil, text []byte, lo, hi int, hits []veil) []veil {
	var run []digits
	flush := func() {
		if hasLongNumber(text, run) {
			list = append(list, veil{run[0].start, run[len(run)-1].end, bullets})
		}
		run = run[:0]
	}
	for i := lo; i < hi; {
		r, n := utf8.DecodeRune(text[i:hi])
		if !unicode.IsDigit(r) {
			i += n
			continue
		}
		g := digits{start: i}
		for i < hi && unicode.IsDigit(r) {
			i += n
			g.n++
			r, n = utf8.DecodeRune(text[i:hi])
		}
		g.end = i
		if g.n >= longRun {
			list = append(list, veil{g.start, g.end, bullets})
		}
		if len(run) > 0 && !joins(text[run[len(run)-1].end:g.start]) {
			flush()
		}
		if slices.ContainsFunc(hits, func(h veil) bool { return h.start < g.end && g.start < h.end }) {
			flush()
			continue
		}
		run = append(run, g)
	}
	flush()
	return list
}

// joins reports whether what stands between two groups of digits makes one
// number of them: one or two blanks, dashes, dots or the like.
func joins(between []byte) bool {
	return utf8.RuneCount(between) <= 2 && bytes.IndexFunc(between, func(r rune) bool {
		return !unicode.IsSpace(r) && !unicode.Is(unicode.Pd, r) && !unicode.Is(unicode.Cf, r) && !strings.ContainsRune("./_'", r)
	}) < 0
}

// hasLongNumber reports whether groups of digits make a number of six digits and
// more that is no date, with or without the time of day.
func hasLongNumber(text []byte, run []digits) bool {
	total := 0
	for _, g := range run {
		total += g.n
	}
	if len(run) < 2 || total < longRun {
		return false
	}
	if !startsWithDate(text, run) {
		return true
	}
	for _, g := range run[3:] {
		if g.n > 2 {
			return true
		}
	}
	return len(run) > 6
}

// startsWithDate reports whether the first three groups can be a date: 12.03.2019,
// 2019-03-12, 12/3-19.
func startsWithDate(text []byte, run []digits) bool {
	if len(run) < 3 || !isDateSign(text[run[0].end:run[1].start]) || !isDateSign(text[run[1].end:run[2].start]) {
		return false
	}
	day, year := run[0], run[2]
	if day.n == 4 {
		day, year = year, day
	}
	return (year.n == 4 || year.n == 2) && shortNumber(text, day.start, 31) > 0 && shortNumber(text, run[1].start, 12) > 0
}

func isDateSign(b []byte) bool { return len(b) == 1 && (b[0] == '.' || b[0] == '/' || b[0] == '-') }

// plain writes text for a person to read.
type plain struct {
	b   strings.Builder
	gap string // a blank or border that is written when something follows
	mid bool   // a gap at the beginning is shown
}

// write writes text[from:to] with the masks of what is hidden in it.
func (p *plain) write(text []byte, from, to int, hidden []veil) {
	at := from
	for _, v := range hidden {
		if v.end <= at || v.start >= to {
			continue
		}
		// What begins under another mask is hidden with it.
		if v.start >= at || at == from {
			p.text(text[at:max(at, v.start)])
			p.flush()
			p.b.WriteString(v.mask)
		}
		at = min(v.end, to)
	}
	p.text(text[at:to])
}

// text writes characters, blanks collapsed. What is not shown but changes how
// the rest is shown, such as marks of direction, is left out.
func (p *plain) text(b []byte) {
	for len(b) > 0 {
		r, n := utf8.DecodeRune(b)
		b = b[n:]
		switch {
		case r == cellEnd || r == headerEnd:
			p.gap = " | "
		case isBlank(r):
			if p.gap == "" {
				p.gap = " "
			}
		case unicode.Is(unicode.Cf, r):
		default:
			p.flush()
			p.b.WriteRune(r)
		}
	}
}

// flush writes the gap, unless nothing stands before it.
func (p *plain) flush() {
	if p.mid || p.b.Len() > 0 {
		p.b.WriteString(p.gap)
	}
	p.gap = ""
}
