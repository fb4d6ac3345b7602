package detectors

// categoryVehicle is what names a car.
const categoryVehicle = "koeretoej"

// reachPlate covers the label and the plate.
const reachPlate = reachLabel + 24

// plate finds Danish licence plates: two letters and five digits. Written AB
// 12 345 they are possible, after a label confirmed; AB12345 without a label is
// nothing, because part numbers look the same.
type plate struct{ table *wordTable }

// Name implements Detector.
func (*plate) Name() string { return "licence_plate" }

// Reach implements Detector.
func (*plate) Reach() int { return reachPlate }

// Mask implements Detector: the letters stay.
func (*plate) Mask(value string) string {
	if len(value) < 2 {
		return bullets
	}
	return value[:2] + bullets
}

// Find implements Detector.
func (d *plate) Find(text []byte) []Hit { return d.findIn(newWindow(d.table, text)) }

func (d *plate) findIn(w *window) []Hit {
	w.look()
	var hits hitList
	for _, i := range w.codes {
		hits.add(readPlate(w, i))
	}
	return hits
}

// readPlate reads the plate at i, where two letters stand.
func readPlate(w *window, i int) (h Hit, ok bool) {
	text := w.text
	if i+7 > len(text) || !plateLetter(text[i]) || !plateLetter(text[i+1]) || wordBefore(text, i) > 0 {
		return h, false
	}
	var digits [5]byte
	n, j := 0, i+2
	blanks, first := 0, 0 // and how many digits stand before the second blank
	for j < len(text) && n < len(digits) {
		switch b := text[j]; {
		case b-'0' < 10:
			digits[n] = b
			n++
		case b == ' ' && text[j-1] != ' ' && blanks < 2:
			if blanks++; blanks == 2 {
				first = n
			}
		default:
			return h, false
		}
		j++
	}
	grouped := blanks == 2 && first == 2 && text[i+2] == ' '
	if n < len(digits) || digits[0] == '0' || blanks == 2 && !grouped || blanks == 1 && text[i+2] != ' ' || !standsAlone(text, i, j) || digitGroupAt(text, j) {
		return h, false
	}
	h = Hit{Start: i, End: j, Value: string(text[i:i+2]) + string(digits[:]), Category: categoryVehicle, Confidence: Confirmed}
	switch {
	case w.isLabelled(i, labelPlate) || w.isLabelled(i, labelRegistration):
		h.Reasons = []string{string(codePlateLabel)}
	case grouped:
		h.Confidence, h.Reasons = Possible, []string{string(codePlateGroups)}
	default:
		return h, false
	}
	return h, true
}

// plateLetter reports whether a letter is used on ordinary Danish plates.
func plateLetter(b byte) bool {
	return b-'A' < 26 && b != 'I' && b != 'Q' && b != 'W'
}
