package detectors

import (
	"bytes"
	"encoding/binary"
)

// This file reads the words before a number: what says that it is a CPR
// number, and what says that it is something else.

// reachWords is how many characters before a number its words are read, and
// reachWordBytes the same in bytes. reachHeader is how far before it, in
// bytes, the end of its column header is looked for, and how much of the
// header is read.
const (
	reachWords     = 40
	reachWordBytes = 96
	reachHeader    = 160
)

// kind is what a word says of a number that follows it.
type kind uint8

const (
	kindNone   kind = iota
	kindLabel       // this is a CPR number
	kindPerson      // this is about a person
	kindStrong      // this is another number, of a kind that is never a CPR number
	kindThing       // this is a thing that has such a number: which it names only as "fakturanr." or "faktura:"
	kindWeak        // this is another number, of a kind that often is one (case numbers)
	kindClock       // this is a time
	kindMoney       // this is an amount
	kindNumber      // "nr": the word before says of what
	kindFiller      // "er": says nothing, separates nothing
)

// match is how a stem is compared with a word.
type match uint8

const (
	matchStart  match = iota // the word starts with the stem
	matchWord                // the word is the stem
	matchNumber              // the word is the stem and "nr" follows: "reg.nr", "sags-nr"
)

// A term is a word of the lexicon.
type term struct {
	stem  string // lower case
	kind  kind
	match match
}

// terms is the lexicon. A word that contains "cpr" is a label and needs no
// entry. Sources: the CPR office's own words, Microsoft Purview's keyword list
// for Danish identification numbers, and the words that OSdatascanner and
// GDPRScanner found to precede other numbers.
var terms = []term{
	{"personnummer", kindLabel, matchStart}, {"personnumre", kindLabel, matchStart},
	{"personnr", kindLabel, matchStart}, {"personregist", kindLabel, matchStart},
	{"person", kindLabel, matchNumber}, {"pers", kindLabel, matchNumber}, {"persnr", kindLabel, matchStart},
	{"fødselsnummer", kindLabel, matchStart}, {"fødselsnr", kindLabel, matchStart},
	{"foedselsnummer", kindLabel, matchStart}, {"foedselsnr", kindLabel, matchStart},
	{"sygesikringsn", kindLabel, matchStart}, {"sundhedskortn", kindLabel, matchStart},
	{"erstatningsperson", kindLabel, matchStart}, {"erstatningsn", kindLabel, matchStart},
	{"ssn", kindLabel, matchWord},

	{"født", kindPerson, matchStart}, {"foedt", kindPerson, matchStart}, {"fødsel", kindPerson, matchStart},
	{"foedsel", kindPerson, matchStart}, {"f", kindPerson, matchWord}, {"dob", kindPerson, matchWord},
	{"borger", kindPerson, matchStart}, {"barn", kindPerson, matchStart}, {"børn", kindPerson, matchStart},
	{"ansat", kindPerson, matchStart}, {"ansøger", kindPerson, matchStart}, {"medarbejder", kindPerson, matchStart},
	{"lejer", kindPerson, matchStart}, {"beboer", kindPerson, matchStart}, {"medlem", kindPerson, matchStart},
	{"patient", kindPerson, matchStart}, {"elev", kindPerson, matchWord}, {"eleven", kindPerson, matchWord}, {"elevens", kindPerson, matchWord}, {"klient", kindPerson, matchStart},
	{"pårørende", kindPerson, matchStart}, {"ægtefælle", kindPerson, matchStart}, {"samlever", kindPerson, matchStart},
	{"datter", kindPerson, matchStart}, {"søn", kindPerson, matchWord}, {"sønnen", kindPerson, matchWord},
	{"mor", kindPerson, matchWord}, {"moder", kindPerson, matchWord}, {"far", kindPerson, matchWord},
	{"fader", kindPerson, matchWord}, {"værge", kindPerson, matchStart}, {"navn", kindPerson, matchStart},
	{"sygesikring", kindPerson, matchStart}, {"sundhedskort", kindPerson, matchStart},

	{"faktura", kindThing, matchStart}, {"faknr", kindStrong, matchStart}, {"fak", kindStrong, matchNumber},
	{"invoice", kindThing, matchStart}, {"ordre", kindThing, matchStart}, {"order", kindThing, matchStart},
	{"konto", kindStrong, matchStart}, {"account", kindStrong, matchStart}, {"iban", kindStrong, matchStart},
	{"swift", kindStrong, matchWord}, {"ean", kindStrong, matchStart}, {"gln", kindStrong, matchStart},
	{"gtin", kindStrong, matchStart}, {"fik", kindStrong, matchWord}, {"cvr", kindStrong, matchStart},
	{"se", kindStrong, matchNumber}, {"senr", kindStrong, matchWord}, {"p", kindStrong, matchNumber},
	{"pnr", kindStrong, matchWord}, {"pnummer", kindStrong, matchStart}, {"produktionsenhed", kindStrong, matchStart},
	{"varen", kindStrong, matchStart}, {"vare", kindStrong, matchNumber}, {"tlf", kindStrong, matchStart},
	{"telefon", kindStrong, matchWord}, {"telefonn", kindStrong, matchStart}, {"tel", kindStrong, matchWord}, {"phone", kindStrong, matchStart},
	{"mobil", kindStrong, matchWord}, {"mobiln", kindStrong, matchStart}, {"mobiltelefon", kindStrong, matchStart}, {"fax", kindStrong, matchWord}, {"isbn", kindStrong, matchStart},
	{"issn", kindStrong, matchStart}, {"imei", kindStrong, matchStart}, {"serien", kindStrong, matchStart},
	{"serie", kindStrong, matchNumber}, {"serial", kindStrong, matchStart}, {"bilag", kindThing, matchStart},
	{"reg", kindStrong, matchNumber}, {"regnr", kindStrong, matchStart}, {"tracking", kindThing, matchStart},
	{"forsendelse", kindThing, matchStart}, {"pakken", kindStrong, matchStart}, {"måler", kindThing, matchStart},
	{"maaler", kindThing, matchStart}, {"varmemåler", kindThing, matchStart}, {"installationsn", kindStrong, matchStart},
	{"matrikel", kindThing, matchStart}, {"bbr", kindStrong, matchStart}, {"licens", kindThing, matchStart},
	{"license", kindThing, matchStart}, {"betalingsid", kindStrong, matchStart}, {"tullstatisti", kindStrong, matchStart},

	{"sagsn", kindWeak, matchStart}, {"sags", kindWeak, matchNumber}, {"sag", kindWeak, matchNumber},
	{"journaln", kindWeak, matchStart}, {"journal", kindWeak, matchNumber},
	{"kundenr", kindWeak, matchStart}, {"kundenummer", kindWeak, matchStart}, {"kunde", kindWeak, matchNumber},
	{"customer", kindWeak, matchStart}, {"kle", kindWeak, matchWord}, {"dok", kindWeak, matchNumber},
	{"dokumentn", kindWeak, matchStart}, {"ref", kindWeak, matchWord}, {"reference", kindWeak, matchStart},
	{"id", kindWeak, matchWord}, {"uid", kindWeak, matchWord}, {"pid", kindWeak, matchWord}, {"seq", kindWeak, matchWord},

	{"timestamp", kindClock, matchStart}, {"tidsstempel", kindClock, matchStart}, {"epoch", kindClock, matchStart},
	{"unix", kindClock, matchStart}, {"time", kindClock, matchWord}, {"ts", kindClock, matchWord},
	{"exp", kindClock, matchWord}, {"expires", kindClock, matchStart}, {"iat", kindClock, matchWord},
	{"nbf", kindClock, matchWord}, {"mtime", kindClock, matchStart}, {"ctime", kindClock, matchStart},
	{"atime", kindClock, matchStart}, {"created", kindClock, matchStart}, {"updated", kindClock, matchStart},
	{"modified", kindClock, matchStart},

	{"kr", kindMoney, matchWord}, {"dkk", kindMoney, matchWord}, {"eur", kindMoney, matchWord},
	{"euro", kindMoney, matchWord}, {"usd", kindMoney, matchWord}, {"sek", kindMoney, matchWord},
	{"nok", kindMoney, matchWord}, {"gbp", kindMoney, matchWord}, {"stk", kindMoney, matchWord},
	{"kroner", kindMoney, matchWord}, {"mio", kindMoney, matchWord}, {"kwh", kindMoney, matchWord},

	{"nr", kindNumber, matchWord}, {"nummer", kindNumber, matchWord}, {"nummeret", kindNumber, matchWord},
	{"numre", kindNumber, matchWord}, {"number", kindNumber, matchWord}, {"no", kindNumber, matchWord},
	{"er", kindFiller, matchWord}, {"is", kindFiller, matchWord}, {"lyder", kindFiller, matchWord},
	{"den", kindFiller, matchWord}, {"på", kindFiller, matchWord},
}

// entry is a term with the reason codes that it gives.
type entry struct {
	term
	label, header, person, other, near string
}

func newEntry(t term) *entry {
	return &entry{term: t, label: codeLabel.of(t.stem), header: codeHeader.of(t.stem),
		person: codeContext.of(t.stem), other: codeOther.of(t.stem), near: codeNear.of(t.stem)}
}

// lexicon looks words up.
type lexicon struct {
	first    [256][]*entry // terms by their first byte
	begin2   [16]uint64    // set of pair(…) of the first two bytes of all terms
	begin3   [512]uint64   // and of triple(…) of the first three
	cpr      *entry        // a word that contains "cpr"
	numbered *entry        // a word of no known kind that ends in "nr"
	faktura  *entry        // compounds: slutfaktura, bankkonto, salgsordre
	konto    *entry
	ordre    *entry
	classes  [256]class
}

func newLexicon() *lexicon {
	l := &lexicon{
		classes:  asciiClasses(),
		cpr:      newEntry(term{"cpr", kindLabel, matchStart}),
		numbered: newEntry(term{"nr", kindWeak, matchStart}),
		faktura:  newEntry(term{"faktura", kindThing, matchStart}),
		konto:    newEntry(term{"konto", kindStrong, matchStart}),
		ordre:    newEntry(term{"ordre", kindThing, matchStart}),
	}
	for _, t := range terms {
		l.first[t.stem[0]] = append(l.first[t.stem[0]], newEntry(t))
		if len(t.stem) > 1 {
			n := pair(t.stem[0], t.stem[1])
			l.begin2[n>>6] |= 1 << (n & 63)
		}
		if len(t.stem) > 2 {
			n := triple(t.stem[0], t.stem[1], t.stem[2])
			l.begin3[n>>6] |= 1 << (n & 63)
		}
	}
	return l
}

// pair maps two bytes to 0–1023, upper and lower case to the same.
func pair(a, b byte) uint { return uint(a&31)<<5 | uint(b&31) }

// triple maps three bytes to 0–32767, upper and lower case to the same.
func triple(a, b, c byte) uint { return pair(a, b)<<5 | uint(c&31) }

// known reports whether a term may begin like the word w of two letters or
// more. Terms of two letters are whole words, and so need not begin a longer
// one.
func (l *lexicon) known(w []byte) bool {
	n := pair(w[0], w[1])
	if l.begin2[n>>6]>>(n&63)&1 == 0 {
		return false
	}
	if len(w) == 2 {
		return true
	}
	n = triple(w[0], w[1], w[2])
	return l.begin3[n>>6]>>(n&63)&1 == 1
}

// maxWord bounds the words that are looked up.
const maxWord = 64

// find returns what the word w, as written, says, nil for nothing. number is
// true if "nr" follows the word. Nearly all words are turned away by their
// first two letters.
func (l *lexicon) find(w []byte, number bool) *entry {
	if len(w) > maxWord {
		w = w[:maxWord]
	}
	if len(w) > 1 && !l.known(w) && (len(w) < 3 || !hasCPR(w) && !tellingEnd(w)) {
		return nil
	}
	if hasCPR(w) {
		return l.cpr
	}
	var buf [maxWord]byte
	w = lower(buf[:0], w)
	var found *entry
	for _, e := range l.first[w[0]] {
		if len(e.stem) > len(w) || string(w[:len(e.stem)]) != e.stem {
			continue
		}
		if e.match == matchStart || len(e.stem) == len(w) && (e.match == matchWord || number) {
			// The longest stem is the most precise.
			if found == nil || len(e.stem) > len(found.stem) {
				found = e
			}
		}
	}
	if found == nil {
		return l.compound(w)
	}
	if found.stem == "konto" && bytes.HasPrefix(w, []byte("kontor")) {
		return nil // an office, not an account
	}
	if found.kind == kindPerson && (number || endsInNumber(w)) {
		return l.numbered // "medlemsnr.": another number of a person
	}
	return found
}

// compound is find for words whose last part tells.
func (l *lexicon) compound(w []byte) *entry {
	switch {
	case len(w) <= 3:
		return nil
	case endsInNumber(w):
		return l.numbered
	case bytes.HasSuffix(w, []byte("faktura")):
		return l.faktura
	case bytes.HasSuffix(w, []byte("konto")):
		return l.konto
	case bytes.HasSuffix(w, []byte("ordre")):
		return l.ordre
	}
	return nil
}

// hasCPR reports whether a word, as written, contains "cpr".
func hasCPR(w []byte) bool {
	for i := 1; i+1 < len(w); i++ {
		if w[i]|0x20 == 'p' && w[i-1]|0x20 == 'c' && w[i+1]|0x20 == 'r' {
			return true
		}
	}
	return false
}

// tellingEnd reports whether a word of three letters or more, as written, may
// be one that compound knows.
func tellingEnd(w []byte) bool {
	n := len(w)
	a, b, c := w[n-3]|0x20, w[n-2]|0x20, w[n-1]|0x20
	switch c {
	case 'r':
		return b == 'n' || a == 'm' && b == 'e' // nr, nummer
	case 'a':
		return a == 'u' && b == 'r' // faktura
	case 'o':
		return a == 'n' && b == 't' // konto
	case 'e':
		return b == 'r' && (a == 'd' || a == 'm') // ordre, numre
	case 't':
		return a == 'r' && b == 'e' // nummeret
	}
	return false
}

func endsInNumber(w []byte) bool {
	return bytes.HasSuffix(w, []byte("nr")) || bytes.HasSuffix(w, []byte("nummer")) ||
		bytes.HasSuffix(w, []byte("nummeret")) || bytes.HasSuffix(w, []byte("numre"))
}

// context is what the words around a number say.
type context struct {
	label  *entry // it is a CPR number
	header bool   // … says the column's header
	direct bool   // … and nothing stands between
	used   bool   // … and another number does
	person *entry // it is about a person
	other  *entry // its own label says that it is another number
	named  bool   // … in so many words
	near   *entry // somewhere before it there is talk of another number
	clock  bool   // its own label says that it is a time
	money  bool   // its own label says that it is an amount
}

// around reads the words around the token.
func (l *lexicon) around(text []byte, t *token, c *context) {
	end := t.start
	for n := 0; n < 4 && signBefore(text, end) != 0; n++ {
		end -= 3 // cpr%3D%20150370-5008
	}
	l.read(text[wordsStart(text, end):end], t.shape == shapeBare, false, c)
	if c.label == nil && labelAfter(text, t.end) {
		c.label = l.cpr
	}
	if bytes.IndexByte(text[max(0, t.start-reachHeader):t.start], headerEnd) >= 0 {
		l.readHeader(text, t.start, c)
	}
}

// wordsStart returns where the words before a number begin.
func wordsStart(text []byte, start int) int {
	if from := start - reachWords; from >= 0 && plainASCII((*[reachWords]byte)(text[from:start])) {
		return from
	}
	from := start
	for chars := 0; from > 0 && start-from < reachWordBytes; from-- {
		b := text[from-1]
		if b == cellEnd || b == headerEnd {
			break
		}
		if b&0xC0 != 0x80 {
			if chars == reachWords {
				break
			}
			chars++
		}
	}
	return from
}

// plainASCII reports whether b has neither bytes outside ASCII nor control
// characters; it may say no when there are line ends and tabs only.
func plainASCII(b *[reachWords]byte) bool {
	var odd uint64
	for i := 0; i < reachWords; i += 8 {
		w := binary.LittleEndian.Uint64(b[i:])
		odd |= w | ^((w | high1) - spaces)
	}
	return odd&high1 == 0
}

// spaces is eight blanks: subtracted from a byte with bit 7 set it leaves that
// bit, unless the byte was less than a blank.
const spaces = 0x2020202020202020

// readHeader adds what the column's header says. A header is about every
// number in the cell, so its words count as the number's own.
func (l *lexicon) readHeader(text []byte, start int, c *context) {
	i := start
	for ; i > 0 && start-i < reachHeader && text[i-1] != headerEnd; i-- {
		if text[i-1] == cellEnd {
			return
		}
	}
	if i == 0 || text[i-1] != headerEnd {
		return
	}
	end := i - 1
	i = end
	for i > 0 && end-i < reachHeader && text[i-1] != cellEnd && text[i-1] != headerEnd && text[i-1] != '\n' {
		i--
	}
	var h context
	l.read(text[i:end], false, true, &h)
	if h.label != nil {
		c.label, c.header, c.direct, c.used = h.label, true, true, false
	}
	if c.person == nil {
		c.person = h.person
	}
	if c.other == nil {
		c.other, c.named = h.other, true
	}
	c.clock = c.clock || h.clock
}

// class sorts characters for read.
type class uint8

const (
	classOther  class = iota // punctuation, blanks
	classLetter              // of a word
	classDigit
	classField   // ends what a label is about
	classForeign // not ASCII: see classAt
)

// asciiClasses returns the classes of single bytes.
func asciiClasses() (c [256]class) {
	for b := range c {
		switch {
		case b|0x20 >= 'a' && b|0x20 <= 'z':
			c[b] = classLetter
		case b >= '0' && b <= '9':
			c[b] = classDigit
		case b == ';' || b == '|' || b == '\t':
			c[b] = classField
		case b >= 0x80:
			c[b] = classForeign
		}
	}
	return c
}

// classAt returns the class of the character that ends at i and its width.
func (l *lexicon) classAt(text []byte, i int) (class, int) {
	if kind := l.classes[text[i-1]]; kind != classForeign {
		return kind, 1
	}
	if width := wordBefore(text, i); width > 0 {
		return classLetter, width
	}
	for n := 1; n <= 3 && n <= i; n++ {
		if text[i-n] >= 0xC0 {
			return classOther, n
		}
	}
	return classOther, 1
}

// reader goes through the words before a number, from the last to the first.
type reader struct {
	text    []byte
	header  bool // of a column: its words are all direct
	bare    bool // a bank's registration number may stand before the number
	direct  bool // nothing has come that parts the number from its own label
	numbers bool // another number has come
	other   bool // a word for another number has come
	number  bool // "nr" follows the word that comes
}

// read goes through the words of text, up to its end, where the number is.
func (l *lexicon) read(text []byte, bare, header bool, c *context) {
	r := reader{text: text, bare: bare, header: header, direct: true}
	for i := len(text); i > 0; {
		end := i
		kind, width := l.classAt(text, i)
		i -= width
		switch kind {
		case classLetter:
			for {
				for i > 0 && l.classes[text[i-1]] == classLetter {
					i--
				}
				if i == 0 || text[i-1] < 0x80 {
					break
				}
				if kind, width = l.classAt(text, i); kind != classLetter {
					break
				}
				i -= width
			}
			if r.word(l, i, end, c) {
				return
			}
		case classDigit:
			for i > 0 && text[i-1]-'0' < 10 {
				i--
			}
			if r.other && end-i >= 4 {
				return // "CPR 150370-5008, ordrenr. …": the label is used up
			}
			r.direct = r.direct && (header || bare && end-i == 4 && end == len(text)-1 && (text[end] == ' ' || text[end] == '-'))
			r.numbers, r.number = true, false
		case classField:
			r.direct, r.number = r.direct && header, false
		default:
			if b := text[i]; b != '-' && b != '.' && b != ' ' && b != '_' {
				r.number = false
			}
		}
	}
}

// word takes the word text[i:end] and reports whether it is a label, after
// which nothing counts.
func (r *reader) word(l *lexicon, i, end int, c *context) bool {
	if end-i == 1 && r.text[i]|0x20 == 'p' && end < len(r.text) && r.text[end] == '.' {
		r.number = false
		return false // "p.nr." is said of both kinds of number
	}
	named := r.number
	e := l.find(r.text[i:end], named)
	if e == nil {
		r.direct, r.number = r.direct && r.header, false
		return false
	}
	r.number = e.kind == kindNumber
	switch e.kind {
	case kindNumber, kindFiller:
		return false
	case kindLabel:
		c.label, c.direct, c.used = e, r.direct, r.numbers
		return true
	case kindPerson:
		if c.person == nil {
			c.person = e
		}
	case kindStrong, kindThing, kindWeak:
		r.other = true
		if r.direct && c.other == nil {
			c.other = e
			c.named = e.kind == kindStrong || named || namesNumber(r.text[i:end], r.text[end:])
		} else if !r.numbers && c.near == nil {
			c.near = e
		}
	case kindClock:
		c.clock = c.clock || r.direct
	case kindMoney:
		c.money = c.money || r.direct && !r.header
	}
	r.direct = r.direct && r.header
	return false
}

// namesNumber reports whether a word for a thing names its number: fakturanr,
// faktura: or faktura=. rest is what follows the word.
func namesNumber(word, rest []byte) bool {
	var buf [maxWord]byte
	return endsInNumber(lower(buf[:0], word[:min(len(word), maxWord)])) || bytes.ContainsAny(rest, ":=#")
}

// labelAfter reports whether a label follows in parentheses: "150370-5008
// (CPR)".
func labelAfter(text []byte, end int) bool {
	for n := 0; end < len(text) && (text[end] == ' ' || text[end] == '(') && n < 3; n++ {
		if text[end] == '(' {
			return end+4 <= len(text) && bytes.EqualFold(text[end+1:end+4], []byte("cpr"))
		}
		end++
	}
	return false
}

// lower appends a word to dst in lower case, æøå and their like included.
func lower(dst, w []byte) []byte {
	for i, b := range w {
		switch {
		case b-'A' < 26:
			b |= 0x20
		case b >= 0x80 && b <= 0x9E && b != 0x97 && i > 0 && w[i-1] == 0xC3:
			b |= 0x20
		}
		dst = append(dst, b)
	}
	return dst
}
