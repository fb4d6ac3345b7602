package detectors

import (
	"bytes"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

// This file reads names that are in no list: by what stands before them (Navn:,
// Kære), or after them (a birth date, an address). What reads so is a name by
// its shape: two words or more with capitals, none of which is a word for an
// organisation or a place.

const (
	// maxStreet bounds a street with its house number and floor.
	maxStreet = 64
	// maxFields is how many fields that end in a digit (a telephone) may
	// stand between a name and its address.
	maxFields = 2
)

// namers are what stands before a name. They count with a capital only: others
// are not looked up everywhere.
var namers = []string{"navn", "fulde navn", "for- og efternavn", "kære", "fru", "hr", "frk", "borger", "ansøger", "medarbejder", "ansat", "patient", "lejer", "elev",
	"klient", "kontaktperson", "undertegnede", "modtager", "barnets navn", "deltager", "beboer", "skadelidte", "vedrørende", "vedr", "indklagede", "klager"}

// titles may stand before a name in its field, and are no part of it.
var titles = []string{"att", "til", "fru", "hr", "frk", "herr", "dr", "kære", "familien", "borger", "patient", "lejer", "elev", "ansat", "medarbejder", "ansøger", "navn", "vedr", "vedrørende", "cand", "overlæge",
	"læge", "advokat", "direktør", "pædagog", "lærer", "sagsbehandler", "socialrådgiver", "sygeplejerske", "barn", "mor", "far", "beboer", "kunde", "klient", "modtager", "afsender", "undertegnede", "kontaktperson"}

// organisations are what words end in that are not part of a person's name:
// organisations, their parts, rooms, streets, things. Those of up to four
// letters are whole words.
var organisations = []string{"kommune", "region", "center", "centret", "centeret", "skole", "skolen", "børnehave", "børnehaven", "vuggestue", "vuggestuen", "forening", "foreningen", "klub", "klubben",
	"afdeling", "afdelingen", "forvaltning", "forvaltningen", "hotel", "hotellet", "restaurant", "café", "cafe", "pizzeria", "apotek", "bibliotek", "biblioteket", "kirke", "kirken", "hospital",
	"sygehus", "klinik", "klinikken", "lægehus", "lægehuset", "lægerne", "tandlægerne", "bank", "sparekasse", "forsikring", "fond", "fonden", "selskab", "selskabet", "firma", "firmaet", "service", "gruppe", "gruppen", "butik",
	"butikken", "museum", "teater", "universitet", "gymnasium", "institut", "institution", "institutionen", "styrelse", "styrelsen", "ministeriet", "nævnet", "ankestyrelsen", "retten", "politi", "politiet", "hjemmet", "plejehjem", "plejehjemmet", "bosted",
	"huset", "hallen", "sal", "salen", "lokale", "lokalplan", "team", "holding", "group", "invest", "aps", "ivs", "danmark", "denmark", "nord", "syd", "øst", "vest", "hovedkontor", "kontor", "kontoret", "sekretariat", "sekretariatet", "rådhus", "rådhuset", "råd", "rådet", "udvalg", "udvalget",
	"byggeri", "biler", "auto", "tømrer", "murer", "vvs", "transport", "rengøring", "frisør", "salon", "bageri", "kro", "kroen", "slot", "gods", "station", "havn", "lufthavn", "butikscenter", "torv", "torvet", "vej", "vejen", "gade",
	"gaden", "plads", "allé", "park", "parken", "adresse", "dato", "telefon", "mail", "levering", "leveringssted", "møde", "mødested", "ejendom", "ejendommen", "boligselskab", "boligforening", "andelsboligforening", "dagtilbud", "tilbud", "bo", "apoteket", "koncern", "advokatfirma", "advokatfirmaet", "advokaterne",
	"partner", "partners", "company", "limited", "ltd", "sted", "sag", "sagen", "referat", "faktura", "notat", "bilag", "januar", "februar", "marts", "april", "maj", "juni", "juli", "august", "september", "oktober", "november", "december",
	"mandag", "tirsdag", "onsdag", "torsdag", "fredag", "lørdag", "søndag", "københavn", "aarhus", "odense", "aalborg", "cpr", "cvr", "og", "af", "for", "om", "den", "det"}

// particles may stand, without capitals, inside a name.
var particles = []string{"von", "van", "de", "den", "der", "af", "al", "el", "da", "dos", "bin", "ten", "ter", "la", "le", "du", "zu"}

// wordsOfNamers returns the namers for the table.
func wordsOfNamers() []word {
	var list []word
	for i, s := range namers {
		list = append(list, word{text: s, class: wordNamer, id: int32(i), caps: true})
	}
	return list
}

// capitalLetter reports whether a capital letter of any alphabet stands at i.
func capitalLetter(text []byte, i int) bool {
	if i >= len(text) {
		return false
	}
	if text[i] < utf8.RuneSelf {
		return text[i]-'A' < 26
	}
	r, _ := utf8.DecodeRune(text[i:])
	return unicode.IsUpper(r)
}

// shapedAt reads the name that starts at start and ends by limit: as far as its
// words are a name's.
func (n *names) shapedAt(text []byte, start, limit int) (personName, bool) {
	limit = min(limit, len(text), start+maxNameBytes)
	i, end, last, words := start, start, start, 0
	for words < maxNameWords && i < limit {
		j := wordEnd(text, i, limit)
		w := text[i:j]
		switch {
		case len(w) > maxWordText || j < len(text) && text[j]-'0' < 10:
			return personName{}, false
		case len(w) > 1 && capitalLetter(text, i):
			if n.organisation(w) {
				return personName{}, false
			}
			words++
			last, end = i, j
		case len(w) > 0 && len(w) <= 2 && capitalLetter(text, i) && j < limit && text[j] == '.' && words > 0: // an initial
			j++
			words++
		case words == 0 || !isWord(w, particles):
			return n.shaped(text, start, end, last, words)
		}
		gap := nameGap(text, j)
		if gap == 0 {
			break
		}
		i = j + gap
	}
	return n.shaped(text, start, end, last, words)
}

// shaped is the name in text[start:end] whose last word starts at last.
func (n *names) shaped(text []byte, start, end, last, words int) (personName, bool) {
	if words < 2 || last == start || end < len(text) && (text[end] == '/' || text[end] == '@' || text[end]-'0' < 10) {
		return personName{}, false
	}
	if rest := text[end:min(end+3, len(text))]; bytes.HasPrefix(rest, []byte(" &")) || bytes.HasPrefix(rest, []byte(" A/")) {
		return personName{}, false
	}
	return personName{start: start, end: end, known: n.isSurname(text[last:end]), shaped: true}, true
}

// wordEnd returns where the letters at i end; an apostrophe may stand in them.
func wordEnd(text []byte, i, limit int) int {
	for i < limit && (isLetterByte(text, i) || text[i] == '\'' && i+1 < limit && isLetterByte(text, i+1)) {
		i++
	}
	return i
}

// isWord reports whether w is one of the list, whatever its case.
func isWord(w []byte, list []string) bool {
	var buf [maxWordText]byte
	s := string(lower(buf[:0], w[:min(len(w), maxWordText)]))
	return slices.Contains(list, s)
}

// organisation reports whether a word does not belong to a person's name.
func (n *names) organisation(w []byte) bool {
	var buf [maxWordText]byte
	s := string(lower(buf[:0], w))
	if n.given[s] || n.surnames[s] {
		return false
	}
	return slices.ContainsFunc(organisations, func(o string) bool {
		return s == o || len(o) > shortWord+1 && strings.HasSuffix(s, o)
	})
}

// shapedBefore reads the name that ends the field before end: back over its
// words, without the titles it begins with.
func (n *names) shapedBefore(text []byte, end int) (personName, bool) {
	start, i := -1, end
	for words := 0; words < maxNameWords+1 && i > 0 && end-i < maxNameBytes; words++ {
		j := i
		if text[j-1] == '.' { // an initial
			j--
		}
		k := j
		for k > 0 && j-k < maxWordText && (isLetterByte(text, k-1) || text[k-1] == '\'') {
			k--
		}
		if k == j || !capitalLetter(text, k) && !isWord(text[k:j], particles) || j < i && (j-k > 2 || start < 0) {
			break
		}
		if isWord(text[k:j], titles) {
			break
		}
		start = k
		gap := 0
		switch {
		case k > 0 && (text[k-1] == ' ' || text[k-1] == '-'):
			gap = 1
		case k > 1 && text[k-1] == 0xA0 && text[k-2] == 0xC2:
			gap = 2
		}
		if gap == 0 {
			break
		}
		i = k - gap
	}
	if start < 0 {
		return personName{}, false
	}
	for !capitalLetter(text, start) { // "og der Xenia Holm"
		start = wordEnd(text, start, end)
		gap := nameGap(text, start)
		if start += gap; gap == 0 || start >= end {
			return personName{}, false
		}
	}
	name, ok := n.shapedAt(text, start, end)
	return name, ok && name.end == end
}

// inContext returns the names of a window that its words and numbers point to.
func (n *names) inContext(w *window) []personName {
	var list []personName
	add := func(name personName, ok bool) {
		if ok && !slices.Contains(list, name) {
			list = append(list, name)
		}
	}
	for _, ev := range w.words[wordNamer] {
		if i := afterNamer(w.text, ev.end); i > 0 {
			add(n.shapedAt(w.text, i, len(w.text)))
		}
	}
	for _, ev := range w.words[wordLabel] {
		if labelKind(ev.id) == labelBorn && bornAt(w.text, ev.end) {
			add(n.shapedBefore(w.text, beforeLabel(w.text, ev.start)))
		}
	}
	for _, at := range w.towns {
		if end := beforeAddress(w.text, at); end > 0 {
			// Organisations have addresses too.
			name, ok := n.shapedBefore(w.text, end)
			add(name, ok && (name.known || personal(w.text[name.start:name.end])))
		}
	}
	return list
}

// nameEnds are what surnames end in that other words hardly do.
var nameEnds = []string{"ski", "ska", "sky", "cki", "cka", "ová", "vić", "vic", "oğlu", "oglu", "dóttir", "sdottir", "sson", "enko", "yan", "shvili", "escu", "idis", "poulos", "nen", "krantz", "feldt", "gaard", "stoft", "holm", "kjær", "strup", "bæk", "dorff"}

// personal reports whether words with capitals are a person's name rather than
// an organisation's: by an initial, a particle, two surnames joined, an
// apostrophe, a letter that Danish does not have, or how the last word ends.
func personal(name []byte) bool {
	var buf [maxNameBytes]byte
	s := lower(buf[:0], name)
	for i, word := range bytes.FieldsFunc(s, func(r rune) bool { return r == ' ' || r == '\u00a0' }) {
		if i > 0 && (len(word) == 2 && word[1] == '.' || isWord(word, particles) || bytes.ContainsAny(word, "-'")) {
			return true
		}
	}
	return slices.ContainsFunc(nameEnds, func(end string) bool { return bytes.HasSuffix(s, []byte(end)) }) ||
		bytes.ContainsFunc(s, func(r rune) bool { return r >= utf8.RuneSelf && !strings.ContainsRune("æøåéÆØÅÉ\u00a0", r) })
}

// afterNamer returns where a name may start after the word that announces it
// and ends at i; 0 if none may.
func afterNamer(text []byte, i int) int {
	for k := 0; k < 4 && i < len(text); k++ {
		switch b := text[i]; b {
		case ' ', ':', '.', '\t', ',', '\x1f':
			i++
		default:
			if capitalLetter(text, i) && k > 0 {
				return i
			}
			return 0
		}
	}
	return 0
}

// beforeLabel returns where the text before a label at i ends: a blank, comma or
// bracket does not belong to it.
func beforeLabel(text []byte, i int) int {
	for k := 0; k < 3 && i > 0; k++ {
		if b := text[i-1]; b != ' ' && b != ',' && b != '(' && b != '\n' {
			break
		}
		i--
	}
	return i
}

// What a byte is to an address.
const (
	byteOther = iota
	byteLetter
	byteDigit
	byteBlank
	byteSeparator // parts its fields
)

// byteKinds are the kinds of all bytes. Those beyond ASCII are letters.
var byteKinds = func() (kinds [256]uint8) {
	for b := range kinds {
		switch c := byte(b); {
		case c|0x20-'a' < 26, c >= 0x80:
			kinds[b] = byteLetter
		case c-'0' < 10:
			kinds[b] = byteDigit
		case c == ' ', c == '"':
			kinds[b] = byteBlank
		case c == '\n', c == '\r', c == ',', c == ';', c == '\t', c == '|', c == cellEnd:
			kinds[b] = byteSeparator
		}
	}
	return kinds
}()

// beforeAddress returns where the field ends that stands before the address
// whose postcode is at i: before the street, and fields with digits between; 0
// if there is no such address, or nothing like a name before it. Tables have an
// address in every line, so that what is cheap to ask is asked first.
func beforeAddress(text []byte, i int) int {
	street := fieldBefore(text, i)
	if street.house == 0 && street.digits { // a floor
		street = fieldBefore(text, street.start)
	}
	if street.house == 0 {
		return 0
	}
	end := beforeSeparator(text, street.start)
	for k := 0; k < maxFields && end > 0 && byteKinds[text[end-1]] == byteDigit; k++ {
		end = beforeSeparator(text, fieldBefore(text, end).start)
	}
	if !endsInName(text, end) || !capitalLetter(text, skipBlanks(text, street.start)) || !streetBefore(text, street.house) {
		return 0
	}
	return end
}

// field is a field of an address: text[start:] up to a separator.
type field struct {
	start  int
	digits bool // it has digits
	house  int  // where a number starts that a blank and a letter stand before; 0 if none does
}

// fieldBefore returns the field that ends before the separators before i; its
// start is 0 if it is longer than maxStreet.
func fieldBefore(text []byte, i int) (f field) {
	i = beforeSeparator(text, i)
	for k := i; k > 0 && i-k < maxStreet; k-- {
		b := text[k-1]
		kind := byteKinds[b]
		if kind == byteSeparator {
			f.start = k
			return f
		}
		if kind == byteDigit {
			f.digits = true
			if f.house == 0 && k > 2 && b != '0' && text[k-2] == ' ' && byteKinds[text[k-3]] == byteLetter && digitsAt(text, k-1) <= 3 {
				f.house = k - 1
			}
		}
	}
	return field{}
}

// endsInName reports whether the word that ends at i begins with a capital.
func endsInName(text []byte, i int) bool {
	k := i
	for k > 0 && i-k < maxWordText && byteKinds[text[k-1]] == byteLetter {
		k--
	}
	return k < i-1 && capitalLetter(text, k)
}

// beforeSeparator returns where the field before the separators and blanks
// before i ends.
func beforeSeparator(text []byte, i int) int {
	for k := 0; k < 4 && i > 0 && byteKinds[text[i-1]] >= byteBlank; k++ {
		i--
	}
	return i
}

func skipBlanks(text []byte, i int) int {
	for i < len(text) && (text[i] == ' ' || text[i] == '"') {
		i++
	}
	return i
}

// merge joins the names of the list with those of the context, which are the
// longer ones where they overlap; of two in context the one that starts first.
// Each is judged by its neighbours only, so that what is found does not depend
// on where a window starts.
func merge(listed, context []personName) []personName {
	overlap := func(a, b personName) bool { return a.start < b.end && b.start < a.end }
	var all []personName
	for _, c := range context {
		if !slices.ContainsFunc(context, func(o personName) bool {
			return overlap(o, c) && (o.start < c.start || o.start == c.start && o.end > c.end)
		}) && !slices.ContainsFunc(listed, func(o personName) bool { return o.start <= c.start && o.end >= c.end }) {
			all = append(all, c)
		}
	}
	for _, l := range listed {
		if !slices.ContainsFunc(context, func(o personName) bool {
			return overlap(o, l) && (o.start < l.start || o.end > l.end)
		}) {
			all = append(all, l)
		}
	}
	slices.SortFunc(all, func(a, b personName) int { return a.start - b.start })
	return all
}
