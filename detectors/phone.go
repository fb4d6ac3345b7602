package detectors

import "strings"

// categoryContact is what tells how to reach a person.
const categoryContact = "kontakt"

const (
	phoneDigits = 8  // of a Danish number
	phoneLeast  = 7  // of a foreign one, with its country code
	phoneMost   = 15 // E.164
	// reachPhone covers the label before a number and the number.
	reachPhone = reachLabel + 64
)

// phone finds telephone numbers: with a country code, after a label, or
// written 12 34 56 78. A Danish number begins with 2–9.
type phone struct{ table *wordTable }

// Name implements Detector.
func (*phone) Name() string { return "phone" }

// Reach implements Detector.
func (*phone) Reach() int { return reachPhone }

// Mask implements Detector: the last two digits stay.
func (*phone) Mask(value string) string { return bulletsBefore(value, 2) }

// Find implements Detector.
func (p *phone) Find(text []byte) []Hit { return p.findIn(newWindow(p.table, text)) }

func (p *phone) findIn(w *window) []Hit {
	w.look()
	var hits hitList
	each(w.text, '+', func(i int) { hits.add(international(w.text, i, i+1)) })
	for _, ev := range w.words[wordLabel] {
		if labelKind(ev.id) == labelPhone {
			hits.add(labelledPhone(w, ev.end))
		}
	}
	for _, i := range w.phones {
		hits.add(groupedPhone(w, i))
	}
	return inOrder(hits)
}

// international reads "+45 12 34 56 78" and its like; i is at the plus, the
// country code at j.
func international(text []byte, i, j int) (h Hit, ok bool) {
	if wordBefore(text, i) > 0 {
		return h, false
	}
	start := i
	if i > 0 && text[i-1] == '(' {
		start-- // (+45) 12345678
	}
	n := digitsAt(text, j)
	if n == 0 || text[j] == '0' {
		return h, false
	}
	rest := text[j+min(n, 3):]
	danish := n >= 2 && text[j] == '4' && text[j+1] == '5'
	code := min(n, 3)
	if danish {
		code = 2
		rest = text[j+2:]
	}
	skip := 0
	if len(rest) > 0 && rest[0] == ')' {
		skip = 1
	}
	at := j + code + skip
	for k := 0; k < 2 && at < len(text) && (text[at] == ' ' || text[at] == '-'); k++ {
		at++
	}
	most := phoneMost - code + 1
	if danish {
		most = phoneDigits + 1
	}
	var buf [phoneMost + 1]byte
	digits, end := readGroups(buf[:0], text, at, most)
	switch {
	case wordAt(text, end):
		return h, false
	case danish && (len(digits) != phoneDigits || digits[0] < '2'):
		return h, false
	case !danish && (code+len(digits) < phoneLeast+1 || code+len(digits) > phoneMost):
		return h, false
	}
	h = Hit{Start: start, End: end, Value: "+" + string(text[j:j+code]) + string(digits), Category: categoryContact,
		Confidence: Confirmed, Reasons: []string{string(codeCountry)}}
	if !danish {
		h.Confidence = Possible
	}
	return h, true
}

// labelledPhone reads the number that follows a label which ends at i.
func labelledPhone(w *window, i int) (h Hit, ok bool) {
	text := w.text
	j := numberAfter(text, i)
	if j < 0 || text[j] == '0' && j+3 < len(text) && text[j+1] == '0' {
		if j >= 0 {
			if h, ok := international(text, j, j+2); ok {
				h.Reasons = []string{string(codePhoneLabel), string(codeCountry)}
				return h, true
			}
		}
		return h, false
	}
	if text[j-1] == '+' {
		return h, false // found by its plus
	}
	var buf [phoneDigits + 1]byte
	digits, end := readGroups(buf[:0], text, j, len(buf))
	if len(digits) != phoneDigits || digits[0] < '2' || !standsAlone(text, j, end) || j > 0 && w.otherBetween(i, j) {
		return h, false
	}
	return Hit{Start: j, End: end, Value: string(digits), Category: categoryContact, Confidence: Confirmed,
		Reasons: []string{string(codePhoneLabel)}}, true
}

// otherBetween reports whether a label of another kind stands in text[i:j].
func (w *window) otherBetween(i, j int) bool {
	for _, ev := range between(w.words[wordLabel], i, j) {
		if kind := labelKind(ev.id); kind != labelPhone {
			return true
		}
	}
	return false
}

// groupedPhone reads 12 34 56 78 at i.
func groupedPhone(w *window, i int) (h Hit, ok bool) {
	text := w.text
	const length = 11
	if i+length > len(text) || text[i+2] != ' ' || text[i+5] != ' ' || text[i+8] != ' ' || text[i] < '2' || !standsAlone(text, i, i+length) {
		return h, false
	}
	// Longer rows of pairs are something else.
	if end := i + length; digitGroupAt(text, end) || digitGroupBefore(text, i) {
		return h, false
	}
	kind, labelled := w.labelBefore(i)
	switch {
	case labelled && kind == labelPhone:
		return h, false // found by its label
	case labelled || callingCode(text, i):
		return h, false
	}
	var digits strings.Builder
	for _, b := range text[i : i+length] {
		if b != ' ' {
			digits.WriteByte(b)
		}
	}
	return Hit{Start: i, End: i + length, Value: digits.String(), Category: categoryContact, Confidence: Possible,
		Reasons: []string{string(codePairs)}}, true
}

// digitGroupAt and digitGroupBefore report whether more digits go on after a
// blank.
func digitGroupAt(text []byte, i int) bool {
	return i+1 < len(text) && text[i] == ' ' && text[i+1]-'0' < 10
}

func digitGroupBefore(text []byte, i int) bool {
	return i > 1 && text[i-1] == ' ' && text[i-2]-'0' < 10
}

// numberAfter returns where the number of a label that ends at i begins, or
// -1: within labelReach bytes and in the same cell.
func numberAfter(text []byte, i int) int {
	for j := i; j < len(text) && j-i <= labelReach; j++ {
		if text[j]-'0' < 10 {
			if j > i && leads(text[i:j]) || j == i {
				return j
			}
			return -1
		}
	}
	return -1
}
