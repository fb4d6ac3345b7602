package detectors

import (
	"slices"
	"strings"
)

const (
	registrationDigits     = 4 // of a Danish bank
	minAccount, maxAccount = 6, 10
	minAloneAccount        = 7  // without registration number, where ledgers have shorter ones
	maxBetweenAccountParts = 32 // bytes between registration and account number
	reachAccount           = 2*reachLabel + 2*maxBetweenAccountParts + 32
)

// account finds Danish bank accounts: a registration number of four digits and
// an account number of up to ten, after a label.
type account struct{ table *wordTable }

// Name implements Detector.
func (*account) Name() string { return "bank_account" }

// Reach implements Detector.
func (*account) Reach() int { return reachAccount }

// Mask implements Detector: the bank stays, with the last two digits.
func (*account) Mask(value string) string {
	bank, number, ok := strings.Cut(value, "-")
	if !ok {
		return bulletsBefore(value, 2)
	}
	return bank + "-" + bulletsBefore(number, 2)
}

// Find implements Detector.
func (d *account) Find(text []byte) []Hit { return d.findIn(newWindow(d.table, text)) }

func (d *account) findIn(w *window) []Hit {
	w.look()
	var hits hitList
	for _, ev := range w.words[wordLabel] {
		switch labelKind(ev.id) {
		case labelAccount:
			hits.add(labelledAccount(w, ev))
		case labelRegistration:
			hits.add(registeredAccount(w, ev))
		}
	}
	return inOrder(hits)
}

// labelledAccount reads what follows "konto": 1234 5678901234, or the account
// number alone, with the registration number before the label or nowhere.
func labelledAccount(w *window, ev event) (h Hit, ok bool) {
	text := w.text
	if isOffice(text, ev) {
		return h, false
	}
	i := numberAfter(text, ev.end)
	if i < 0 || !startsNumber(text, i) {
		return h, false
	}
	bank, number, end := readAccount(text, i)
	if number == "" || end == 0 || wordAt(text, end) || decimalsAt(text, end) {
		return h, false
	}
	reasons := []string{string(codeAccountLabel)}
	if bank == "" {
		bank = registrationBefore(w, ev.start)
	}
	switch {
	case bank != "":
		reasons = append(reasons, string(codeBank))
		return Hit{Start: i, End: end, Value: bank + "-" + number, Category: categoryFinance, Confidence: Confirmed, Reasons: reasons}, true
	case len(number) >= minAloneAccount:
		return Hit{Start: i, End: end, Value: number, Category: categoryFinance, Confidence: Possible, Reasons: reasons}, true
	}
	return h, false
}

// registeredAccount reads "reg.nr. 1234 5678901234", where no word says konto.
func registeredAccount(w *window, ev event) (h Hit, ok bool) {
	text := w.text
	i := numberAfter(text, ev.end)
	if i < 0 || !startsNumber(text, i) || digitsAt(text, i) != registrationDigits {
		return h, false
	}
	bank, number, end := readAccount(text, i)
	if bank == "" || wordAt(text, end) || decimalsAt(text, end) {
		return h, false
	}
	return Hit{Start: i, End: end, Value: bank + "-" + number, Category: categoryFinance, Confidence: Confirmed,
		Reasons: []string{string(codeBank)}}, true
}

// isOffice reports whether the label is "kontor", an office, or "kontoplan".
func isOffice(text []byte, ev event) bool {
	rest := strings.ToLower(string(text[ev.end:min(ev.end+4, len(text))]))
	return strings.HasPrefix(rest, "r") || strings.HasPrefix(rest, "plan") || strings.HasPrefix(rest, "udto")
}

// startsNumber reports whether the digits at i begin a number.
func startsNumber(text []byte, i int) bool {
	return i == 0 || text[i-1]-'0' >= 10 && text[i-1] != ',' && wordBefore(text, i) == 0
}

// readAccount reads a registration number and an account number at i, or the
// latter alone.
func readAccount(text []byte, i int) (bank, number string, end int) {
	n := digitsAt(text, i)
	if n == registrationDigits {
		j := i + n
		gap := 0
		for ; gap < 4 && j < len(text) && (text[j] == ' ' || text[j] == '-' || text[j] == '/' || text[j] == '.'); gap++ {
			j++
		}
		if m := groupedDigits(text, j); gap > 0 && len(m.digits) >= minAccount && len(m.digits) <= maxAccount {
			return string(text[i : i+n]), m.digits, m.end
		}
		return "", "", 0
	}
	if m := groupedDigits(text, i); len(m.digits) >= minAccount && len(m.digits) <= maxAccount && !oneNumeral(m.digits) {
		return "", m.digits, m.end
	}
	if n == registrationDigits+maxAccount { // written together
		return string(text[i : i+registrationDigits]), string(text[i+registrationDigits : i+n]), i + n
	}
	return "", "", 0
}

// number is digits as written, with where they end.
type number struct {
	digits string
	end    int
}

// groupedDigits reads the digits at i with single blanks or hyphens between
// groups of at least two.
func groupedDigits(text []byte, i int) number {
	var b []byte
	end := i
	for len(b) <= maxAccount+registrationDigits {
		n := digitsAt(text, i)
		if n == 0 || len(b) > 0 && n < 2 {
			break
		}
		b = append(b, text[i:i+n]...)
		i += n
		end = i
		if i >= len(text) || text[i] != ' ' && text[i] != '-' {
			break
		}
		i++
	}
	return number{string(b), end}
}

// oneNumeral reports whether all digits are the same.
func oneNumeral(s string) bool { return strings.Count(s, s[:1]) == len(s) }

// decimalsAt reports whether an amount goes on at i.
func decimalsAt(text []byte, i int) bool {
	return i+1 < len(text) && (text[i] == ',' || text[i] == '.') && text[i+1]-'0' < 10 || currencyAt(text, i)
}

// registrationBefore returns the registration number that stands before the
// label at i: "reg.nr. 1234, konto".
func registrationBefore(w *window, i int) string {
	list := between(w.words[wordLabel], i-maxBetweenAccountParts-reachLabel, i)
	for _, ev := range slices.Backward(list) {
		if labelKind(ev.id) != labelRegistration {
			continue
		}
		j := numberAfter(w.text, ev.end)
		if j < 0 || j >= i || i-j > maxBetweenAccountParts || digitsAt(w.text, j) != registrationDigits {
			return ""
		}
		return string(w.text[j : j+registrationDigits])
	}
	return ""
}

// inOrder sorts hits by their start and keeps one of those that start alike,
// the first found.
func inOrder(hits []Hit) []Hit {
	slices.SortStableFunc(hits, func(a, b Hit) int { return a.Start - b.Start })
	return slices.CompactFunc(hits, func(a, b Hit) bool { return a.Start == b.Start })
}
