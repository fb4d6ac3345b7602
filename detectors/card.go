package detectors

const (
	minCard, maxCard = 13, 19
	// reachCard covers the label and the number with its separators.
	reachCard = reachLabel + 4*maxCard
)

// card finds payment cards: 13–19 digits that an issuer of cards uses and
// whose check digit is right (Luhn). Without groups or a label only sixteen
// digits count, as possible: many other numbers have a Luhn digit.
type card struct{ table *wordTable }

// Name implements Detector.
func (*card) Name() string { return "payment_card" }

// Reach implements Detector.
func (*card) Reach() int { return reachCard }

// Mask implements Detector: the last four digits stay, as on receipts.
func (*card) Mask(value string) string { return bulletsBefore(value, 4) }

// Find implements Detector.
func (d *card) Find(text []byte) []Hit { return d.findIn(newWindow(d.table, text)) }

func (d *card) findIn(w *window) []Hit {
	w.look()
	var hits hitList
	for _, i := range w.cards {
		hits.add(readCard(w, i))
	}
	return hits
}

// mayBeCard reports whether the four digits at i may begin the number of a card:
// an issuer's first digit, and after them one more or what parts its groups.
func mayBeCard(text []byte, i int) bool {
	b := text[i+4]
	return text[i]-'2' <= '6'-'2' && (b-'0' < 10 || b == ' ' || b == '-')
}

// readCard reads the number at i, where four digits stand; see mayBeCard.
func readCard(w *window, i int) (h Hit, ok bool) {
	text := w.text
	var buf [maxCard + 1]byte
	digits, end := readGroups(buf[:0], text, i, len(buf))
	n := len(digits)
	if n < minCard || n > maxCard || !standsAlone(text, i, end) || digitGroupAt(text, end) || digitGroupBefore(text, i) ||
		!isCardNumber(digits) || !luhn(digits) || uniform(digits) {
		return h, false
	}
	grouped := groupedCard(text[i:end], n)
	if end-i != n && !grouped {
		return h, false
	}
	kind, labelled := w.labelBefore(i)
	h = Hit{Start: i, End: end, Value: string(digits), Category: categoryFinance, Confidence: Confirmed}
	switch {
	case labelled && kind == labelCard || w.isLabelled(i, labelCard):
		h.Reasons = []string{string(codeLuhn), string(codeCardLabel)}
	case labelled:
		return h, false // its own label says otherwise
	case grouped:
		h.Reasons = []string{string(codeLuhn), string(codeCardGroups)}
	case n == 16:
		h.Confidence, h.Reasons = Possible, []string{string(codeLuhn), string(codeUnlabelled)}
	default:
		return h, false
	}
	return h, true
}

// groupedCard reports whether a number is written in the groups of a card, 4 4
// 4 4 (3) or 4 6 5, with one kind of separator.
func groupedCard(s []byte, n int) bool {
	var groups [8]int
	k := 0
	var mark byte
	for _, b := range s {
		if b-'0' < 10 {
			groups[k]++
			continue
		}
		if b&0xC0 == 0x80 {
			continue // the second byte of a no-break space
		}
		if mark == 0 {
			mark = b
		}
		if b != mark || b == '.' || k == len(groups)-1 {
			return false
		}
		k++
	}
	switch n {
	case 15:
		return groups == [8]int{4, 6, 5}
	case 14:
		return groups == [8]int{4, 6, 4}
	case 16:
		return groups == [8]int{4, 4, 4, 4}
	case 19:
		return groups == [8]int{4, 4, 4, 4, 3}
	}
	return false
}

// isCardNumber reports whether an issuer of payment cards uses numbers that
// begin like this, of this length (ISO/IEC 7812; the networks' ranges).
func isCardNumber(d []byte) bool {
	n, p := len(d), 0
	for _, b := range d[:4] {
		p = p*10 + int(b-'0')
	}
	switch {
	case p/1000 == 4: // Visa
		return n == 13 || n == 16 || n == 19
	case p == 5019: // Dankort
		return n == 16
	case p/100 >= 51 && p/100 <= 55, p >= 2221 && p <= 2720: // Mastercard
		return n == 16
	case p/100 == 34, p/100 == 37: // American Express
		return n == 15
	case p/100 == 36, p/100 == 38, p/100 == 39, p/10 >= 300 && p/10 <= 305: // Diners
		return n == 14 || n == 16
	case p >= 3528 && p <= 3589: // JCB
		return n == 16
	case p == 6011, p/100 == 65, p/10 >= 644 && p/10 <= 649, p/100 == 62: // Discover, UnionPay
		return n == 16 || n == 19
	case p/100 == 50, p/100 >= 56 && p/100 <= 58, p/100 == 63, p/100 == 67: // Maestro
		return n == 16 || n == 19
	}
	return false
}

// luhn checks the check digit, ISO/IEC 7812-1.
func luhn(d []byte) bool {
	sum := 0
	for i, b := range d {
		v := int(b - '0')
		if (len(d)-i)%2 == 0 {
			if v *= 2; v > 9 {
				v -= 9
			}
		}
		sum += v
	}
	return sum%10 == 0
}

// uniform reports whether a number has no more than two different digits, as
// only made-up ones have.
func uniform(d []byte) bool {
	var seen [10]bool
	kinds := 0
	for _, b := range d {
		if !seen[b-'0'] {
			seen[b-'0'] = true
			kinds++
		}
	}
	return kinds <= 2
}
