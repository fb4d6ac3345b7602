package detectors

import "bytes"

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

	{"faktura", kindStrong, matchStart}, {"faknr", kindStrong, matchStart}, {"fak", kindStrong, matchNumber},
	{"invoice", kindStrong, matchStart}, {"ordre", kindStrong, matchStart}, {"order", kindStrong, matchStart},
	{"konto", kindStrong, matchStart}, {"account", kindStrong, matchStart}, {"iban", kindStrong, matchStart},
	{"swift", kindStrong, matchWord}, {"ean", kindStrong, matchStart}, {"gln", kindStrong, matchStart},
	{"gtin", kindStrong, matchStart}, {"fik", kindStrong, matchWord}, {"cvr", kindStrong, matchStart},
	{"se", kindStrong, matchNumber}, {"senr", kindStrong, matchWord}, {"p", kindStrong, matchNumber},
	{"pnr", kindStrong, matchWord}, {"pnummer", kindStrong, matchStart}, {"produktionsenhed", kindStrong, matchStart},
	{"varen", kindStrong, matchStart}, {"vare", kindStrong, matchNumber}, {"tlf", kindStrong, matchStart},
	{"telefon", kindStrong, matchStart}, {"tel", kindStrong, matchWord}, {"phone", kindStrong, matchStart},
	{"mobil", kindStrong, matchStart}, {"fax", kindStrong, matchWord}, {"isbn", kindStrong, matchStart},
	{"issn", kindStrong, matchStart}, {"imei", kindStrong, matchStart}, {"serien", kindStrong, matchStart},
	{"serie", kindStrong, matchNumber}, {"serial", kindStrong, matchStart}, {"bilag", kindStrong, matchStart},
	{"reg", kindStrong, matchNumber}, {"regnr", kindStrong, matchStart}, {"tracking", kindStrong, matchStart},
	{"forsendelse", kindStrong, matchStart}, {"pakken", kindStrong, matchStart}, {"måler", kindStrong, matchStart},
	{"maaler", kindStrong, matchStart}, {"varmemåler", kindStrong, matchStart}, {"installationsn", kindStrong, matchStart},
	{"matrikel", kindStrong, matchStart}, {"bbr", kindStrong, matchStart}, {"licens", kindStrong, matchStart},
	{"license", kindStrong, matchStart}, {"betalingsid", kindStrong, matchStart}, {"tullstatisti", kindStrong, matchStart},

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
	cpr      *entry        // a word that contains "cpr"
	numbered *entry        // a word of no known kind that ends in "nr"
	faktura  *entry        // compounds: slutfaktura, bankkonto, salgsordre
	konto    *entry
	ordre    *entry
}

func newLexicon() *lexicon {
	l := &lexicon{
		cpr:      newEntry(term{"cpr", kindLabel, matchStart}),
		numbered: newEntry(term{"nr", kindWeak, matchStart}),
		faktura:  newEntry(term{"faktura", kindStrong, matchStart}),
		konto:    newEntry(term{"konto", kindStrong, matchStart}),
		ordre:    newEntry(term{"ordre", kindStrong, matchStart}),
	}
	for _, t := range terms {
		l.first[t.stem[0]] = append(l.first[t.stem[0]], newEntry(t))
	}
	return l
}

// find returns what the lower-case word w says, nil for nothing. number is
// true if "nr" follows the word.
func (l *lexicon) find(w []byte, number bool) *entry {
	if len(w) > 2 && bytes.Contains(w, []byte("cpr")) {
		return l.cpr
	}
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
	if found != nil {
		if found.stem == "konto" && bytes.HasPrefix(w, []byte("kontor")) {
			return nil // an office, not an account
		}
		if found.kind == kindPerson && (number || endsInNumber(w)) {
			return l.numbered // "medlemsnr.": another number of a person
		}
		return found
	}
	if len(w) > 5 {
		switch {
		case bytes.HasSuffix(w, []byte("faktura")):
			return l.faktura
		case bytes.HasSuffix(w, []byte("konto")):
			return l.konto
		case bytes.HasSuffix(w, []byte("ordre")):
			return l.ordre
		}
	}
	if len(w) > 3 && endsInNumber(w) {
		return l.numbered
	}
	return nil
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
	person *entry // it is about a person
	other  *entry // its own label says that it is another number
	near   *entry // somewhere before it there is talk of another number
	clock  bool   // its own label says that it is a time
	money  bool   // its own label says that it is an amount
}

// around reads the words around the token. tables is false if the text has no
// column headers.
func (l *lexicon) around(text []byte, t *token, tables bool) context {
	var buf [reachWordBytes]byte
	from := wordsStart(text, t.start)
	var c context
	l.read(lower(buf[:0], text[from:t.start]), t.shape == shapeBare, false, &c)
	if c.label == nil && labelAfter(text, t.end) {
		c.label = l.cpr
	}
	if tables {
		l.readHeader(text, t.start, &c)
	}
	return c
}

// wordsStart returns where the words before a number begin.
func wordsStart(text []byte, start int) int {
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
	var buf [reachHeader]byte
	var h context
	l.read(lower(buf[:0], text[i:end]), false, true, &h)
	if h.label != nil {
		c.label, c.header, c.direct = h.label, true, true
	}
	if c.person == nil {
		c.person = h.person
	}
	if c.other == nil {
		c.other = h.other
	}
	c.clock, c.money = c.clock || h.clock, c.money || h.money
}

// read goes through the words of buf, which is lower case, from its end, where
// the number is. bare allows for a bank's registration number between its
// label and an account number. A header's words are all direct.
func (l *lexicon) read(buf []byte, bare, header bool, c *context) {
	direct, numbers, other, number := true, false, false, false
	c.direct = true
	for i := len(buf); i > 0; {
		end := i
		switch b := buf[i-1]; {
		case isLetter(b):
			for i > 0 && isLetter(buf[i-1]) {
				i--
			}
		case b-'0' < 10:
			for i > 0 && buf[i-1]-'0' < 10 {
				i--
			}
			if other && end-i >= 4 {
				return // "CPR 150370-5008, ordrenr. …": the label is used up
			}
			if !header && (!bare || numbers || end-i != 4) {
				direct = false
			}
			numbers, number = true, false
			continue
		default:
			if b == ';' || b == '|' || b == '\t' {
				direct = direct && header
			}
			if b != '-' && b != '.' && b != ' ' && b != '_' {
				number = false
			}
			i--
			continue
		}
		if end-i == 1 && buf[i] == 'p' && end < len(buf) && buf[end] == '.' {
			number = false
			continue // "p.nr." is said of both kinds of number
		}
		e := l.find(buf[i:end], number)
		if e != nil && e.kind == kindNumber {
			number = true
			continue
		}
		number = false
		if e == nil {
			direct = direct && header
			continue
		}
		switch e.kind {
		case kindFiller:
			continue
		case kindLabel:
			c.label, c.direct = e, direct
			return
		case kindPerson:
			if c.person == nil {
				c.person = e
			}
		case kindStrong, kindWeak:
			other = true
			if direct && c.other == nil {
				c.other = e
			} else if !numbers && c.near == nil {
				c.near = e
			}
		case kindClock:
			c.clock = c.clock || direct
		case kindMoney:
			c.money = c.money || direct && !header
		}
		direct = direct && header
	}
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

// isLetter reports whether b, in text made by lower, belongs to a word.
func isLetter(b byte) bool { return b-'a' < 26 || b >= 0x80 }

// lower appends src to dst in lower case, æøå and their like included, and
// with the punctuation and blanks outside ASCII made blanks. It does not
// lengthen it.
func lower(dst, src []byte) []byte {
	for i := 0; i < len(src); i++ {
		switch b := src[i]; {
		case b-'A' < 26:
			dst = append(dst, b|0x20)
		case b < 0x80:
			dst = append(dst, b)
		case b == 0xC3 && i+1 < len(src):
			i++
			if n := src[i]; n >= 0x80 && n <= 0x9E && n != 0x97 {
				dst = append(dst, b, n|0x20)
			} else {
				dst = append(dst, b, n)
			}
		case b == 0xC2 || b == 0xE2:
			dst = append(dst, ' ')
			for i+1 < len(src) && src[i+1]&0xC0 == 0x80 {
				i++
			}
		default:
			dst = append(dst, b)
		}
	}
	return dst
}
