package detectors

// categoryPapers is what proves who somebody is.
const categoryPapers = "legitimation"

const (
	passportDigits = 9 // of a Danish passport
	licenceDigits  = 8 // of a Danish driving licence
	// reachPapers covers the label and the number.
	reachPapers = reachLabel + labelReach + 32
)

// passport finds passport numbers after their label. A Danish one has nine
// digits; those of other countries have a letter or two and six to eight
// digits, and are possible.
type passport struct{ table *wordTable }

// Name implements Detector.
func (*passport) Name() string { return "passport" }

// Reach implements Detector.
func (*passport) Reach() int { return reachPapers }

// Mask implements Detector: the last two digits stay.
func (*passport) Mask(value string) string { return bulletsBefore(value, 2) }

// Find implements Detector.
func (d *passport) Find(text []byte) []Hit { return d.findIn(newWindow(d.table, text)) }

func (d *passport) findIn(w *window) []Hit {
	w.look()
	var hits hitList
	for _, ev := range w.words[wordLabel] {
		if labelKind(ev.id) == labelPassport {
			hits.add(readPassport(w.text, ev.end))
		}
	}
	return inOrder(hits)
}

// readPassport reads the number after a label that ends at i.
func readPassport(text []byte, i int) (h Hit, ok bool) {
	j := numberAfter(text, i)
	if j < 0 {
		return h, false
	}
	n := digitsAt(text, j)
	end := j + n
	h = Hit{Category: categoryPapers, Confidence: Confirmed, Reasons: []string{string(codePassportLabel)}}
	if n == passportDigits && standsAlone(text, j, end) {
		h.Start, h.End, h.Value = j, end, string(text[j:end])
		return h, true
	}
	letters := 0
	for letters < 3 && j > i && text[j-1]-'A' < 26 {
		j--
		letters++
	}
	if letters < 1 || letters > 2 || n < 6 || n > 8 || !standsAlone(text, j, end) {
		return h, false
	}
	h.Start, h.End, h.Value = j, end, string(text[j:end])
	h.Confidence, h.Reasons = Possible, append(h.Reasons, string(codeForeign))
	return h, true
}

// licence finds driving licence numbers, eight digits in Denmark, after their
// label: confirmed after one that speaks of a number, else possible.
type licence struct{ table *wordTable }

// Name implements Detector.
func (*licence) Name() string { return "driving_licence" }

// Reach implements Detector.
func (*licence) Reach() int { return reachPapers }

// Mask implements Detector: the last two digits stay.
func (*licence) Mask(value string) string { return bulletsBefore(value, 2) }

// Find implements Detector.
func (d *licence) Find(text []byte) []Hit { return d.findIn(newWindow(d.table, text)) }

func (d *licence) findIn(w *window) []Hit {
	w.look()
	var hits hitList
	for _, ev := range w.words[wordLabel] {
		if labelKind(ev.id) == labelDriving {
			hits.add(readLicence(w, ev.end))
		}
	}
	return inOrder(hits)
}

// readLicence reads the number after a label that ends at i.
func readLicence(w *window, i int) (h Hit, ok bool) {
	text := w.text
	j := numberAfter(text, i)
	if j < 0 {
		return h, false
	}
	var buf [licenceDigits + 1]byte
	digits, end := readGroups(buf[:0], text, j, len(buf))
	if len(digits) != licenceDigits || !standsAlone(text, j, end) || len(between(w.words[wordLabel], i, j)) > 0 || isDate(text[j:end]) {
		return h, false
	}
	h = Hit{Start: j, End: end, Value: string(digits), Category: categoryPapers, Confidence: Possible, Reasons: []string{string(codeLicenceLabel)}}
	if saysNumber(text[i:j]) {
		h.Confidence = Confirmed
	}
	return h, true
}

// saysNumber reports whether gap, after a label, speaks of a number: "nr",
// "nummer", "no".
func saysNumber(gap []byte) bool {
	for k := 0; k+1 < len(gap); k++ {
		if gap[k]|0x20 == 'n' && (gap[k+1]|0x20 == 'r' || gap[k+1]|0x20 == 'u' || gap[k+1]|0x20 == 'o') {
			return true
		}
	}
	return false
}

// isDate reports whether eight digits are written as a date: 15-03-1970.
func isDate(s []byte) bool {
	return len(s) == 10 && s[2]-'0' >= 10 && s[2] == s[5]
}
