package detectors

import (
	"bytes"
	"slices"
)

const (
	// nearPerson is how far, in bytes, from a name its address or birth date
	// may stand: after it, and half as far before.
	nearPerson = 160
	// maxPlace bounds an address or a date.
	maxPlace    = 96
	reachPerson = nearPerson + maxPlace + maxNameBytes + 2*maxWordMatch
)

// person finds names with an address or a birth date. A name is a given name
// from the list with a surname, or words that are a name by their shape where
// one is expected (see namecontext.go). Confirmed is a known surname with a
// labelled birth date, or, if the given name is known too, with an address that
// has a postcode.
type person struct {
	table *wordTable
	names *names
}

// Name implements Detector.
func (*person) Name() string { return "person" }

// Reach implements Detector.
func (*person) Reach() int { return reachPerson }

// Mask implements Detector: initials stay.
func (*person) Mask(value string) string {
	var b []byte
	for i, w := range bytes.FieldsFunc([]byte(value), func(r rune) bool { return r == ' ' || r == '\u00a0' }) {
		if i > 0 {
			b = append(b, ' ')
		}
		b = append(b, firstRune(string(w))...)
		b = append(b, bullets...)
	}
	return string(b)
}

// Find implements Detector.
func (d *person) Find(text []byte) []Hit { return d.findIn(newWindow(d.table, text)) }

func (d *person) findIn(w *window) []Hit {
	var hits hitList
	for _, name := range w.namesIn(d.names) {
		hits.add(d.judge(w, name))
	}
	return hits
}

// judge looks for what goes with a name.
func (d *person) judge(w *window, name personName) (h Hit, ok bool) {
	if n := digitsAt(w.text, name.end+1); n > 0 && n <= 3 && streetBefore(w.text, name.end+1) {
		return h, false // a street that is named after somebody
	}
	before := max(0, name.start-nearPerson/2)
	born := d.bornNear(w, before, min(len(w.text), name.end+nearPerson))
	street, postcode := addressIn(w.text, name.end, min(len(w.text), name.end+nearPerson))
	if !born && !street {
		return h, false
	}
	h = Hit{Start: name.start, End: name.end, Value: string(w.text[name.start:name.end]), Category: categoryContact, Confidence: Possible}
	if born {
		h.Reasons = append(h.Reasons, string(codeBirthDate))
	}
	switch {
	case postcode:
		h.Reasons = append(h.Reasons, string(codePostcode))
	case street:
		h.Reasons = append(h.Reasons, string(codeStreet))
	}
	if name.known {
		h.Reasons = append(h.Reasons, string(codeSurname))
		if born || postcode && !name.shaped {
			h.Confidence = Confirmed
		}
	}
	return h, true
}

// bornNear reports whether a labelled birth date stands in text[from:to]: the
// label starts there.
func (d *person) bornNear(w *window, from, to int) bool {
	return slices.ContainsFunc(between(w.words[wordLabel], from, to), func(ev event) bool {
		if labelKind(ev.id) != labelBorn {
			return false
		}
		return bornAt(w.text, ev.end)
	})
}

// bornAt reports whether a date stands after the label that ends at i.
func bornAt(text []byte, i int) bool {
	for end := i; i < len(text) && i-end < labelReach && text[i]-'0' >= 10; i++ {
		if text[i] == cellEnd || text[i] == ';' {
			return false
		}
	}
	return dateAt(text, i)
}

// dateAt reports whether a date stands at i: 15.03.1970, 15/3-70, 15. marts
// 1970, 1970-03-15.
func dateAt(text []byte, i int) bool {
	n := digitsAt(text, i)
	if n == 4 {
		return shortNumber(text, i+5, 12) > 0 && digitsAt(text, i+5) == 2 && text[i+4] == '-' && digitsAt(text, i+8) == 2
	}
	if shortNumber(text, i, 31) == 0 {
		return false
	}
	i += n
	if i < len(text) && text[i] == '.' && i+1 < len(text) && text[i+1] == ' ' {
		i++
	}
	if i >= len(text) {
		return false
	}
	if text[i] == ' ' && i+3 < len(text) && text[i+1]-'0' >= 10 {
		rest := bytes.ToLower(text[i+1 : i+4])
		return slices.ContainsFunc(months[:], func(m string) bool { return string(rest) == m })
	}
	if text[i] != '.' && text[i] != '-' && text[i] != '/' && text[i] != ' ' {
		return false
	}
	i++
	n = digitsAt(text, i)
	if shortNumber(text, i, 12) == 0 || i+n >= len(text) {
		return false
	}
	i += n
	if text[i] != '.' && text[i] != '-' && text[i] != '/' && text[i] != ' ' {
		return false
	}
	years := digitsAt(text, i+1)
	return years == 2 || years == 4
}

// months are the first three letters of the months, all ASCII.
var months = [12]string{"jan", "feb", "mar", "apr", "maj", "jun", "jul", "aug", "sep", "okt", "nov", "dec"}

// shortNumber reads one or two digits at i, and returns 0 if they are not 1–most.
func shortNumber(text []byte, i, most int) int {
	n := digitsAt(text, i)
	if n < 1 || n > 2 {
		return 0
	}
	v := int(text[i] - '0')
	if n == 2 {
		v = v*10 + int(text[i+1]-'0')
	}
	if v > most {
		return 0
	}
	return v
}

// streetEnds are what Danish street names end in.
var streetEnds = []string{"vej", "vejen", "gade", "gaden", "allé", "alle", "alléen", "stræde", "strædet", "plads", "pladsen", "torv", "torvet", "vænge", "vænget",
	"have", "haven", "park", "parken", "bakke", "bakken", "boulevard", "toft", "toften", "lund", "lunden", "mark", "marken", "engen", "svinget", "stien", "sti",
	"skov", "skoven", "høj", "højen", "dal", "dalen", "kaj", "brygge", "kæret", "krogen", "ager", "ageren", "bro", "slippen", "vang", "vangen", "stræde", "gyde", "passage"}

// addressIn looks for a street with a house number that starts in text[from:to],
// and for a postcode with its town after it, both near the name.
func addressIn(text []byte, from, to int) (street, postcode bool) {
	for i := from + 1; i < to; i++ {
		if text[i]-'0' >= 10 || text[i-1]-'0' < 10 {
			continue
		}
		n := digitsAt(text, i)
		switch {
		case n <= 3 && text[i] != '0' && streetBefore(text, i):
			street = true
		case n == 4 && street && townAfter(text, i):
			return true, true
		}
		i += n - 1
	}
	return street, false
}

// streetBefore reports whether a street's name ends before the house number at
// i: a capitalised word, or one after another, that ends as streets do.
func streetBefore(text []byte, i int) bool {
	if i < 1 || i > len(text) || text[i-1] != ' ' && text[i-1] != '\x1e' && text[i-1] != 0xA0 {
		return false
	}
	end := i - 1
	if text[i-1] == 0xA0 {
		end--
	}
	start := end
	for start > 0 && end-start < maxWordText && isLetterByte(text, start-1) {
		start--
	}
	if end-start < 3 {
		return false
	}
	var buf [maxWordText]byte
	word := lower(buf[:0], text[start:end])
	if !slices.ContainsFunc(streetEnds, func(s string) bool { return bytes.HasSuffix(word, []byte(s)) }) {
		return false
	}
	return capitalAt(text, start) || start > 1 && text[start-1] == ' ' && isLetterByte(text, start-2) // "H.C. Andersens gade"
}

// townAfter reports whether the four digits at i are a postcode with a town.
func townAfter(text []byte, i int) bool {
	n := fourDigits([]byte{text[i] - '0', text[i+1] - '0', text[i+2] - '0', text[i+3] - '0'})
	if n < 800 || n > 9990 {
		return false
	}
	i += 4
	for k := 0; k < 2 && i < len(text) && (text[i] == ' ' || text[i] == ';' || text[i] == cellEnd || text[i] == ',' || text[i] == '\t'); k++ {
		i++
	}
	return capitalAt(text, i)
}
