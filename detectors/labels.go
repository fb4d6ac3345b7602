package detectors

// This file has the words that say what kind of number follows.

// labelKind is what a label announces.
type labelKind int32

const (
	labelPhone labelKind = iota
	labelAccount
	labelRegistration // of a bank, or of a car
	labelIBAN
	labelCard
	labelPassport
	labelDriving
	labelPlate
	labelBorn
	labelOther // a number of another kind
)

// labelWords are the labels. Those of four letters and more may go on
// ("kontonummer", "telefonnr") unless they end in a blank here.
var labelWords = []struct {
	kind  labelKind
	words []string
}{
	{labelPhone, []string{"tlf", "tlfnr", "tlf.nr", "telefon", "tel", "mobil", "mobilnr", "mobilnummer", "mobiltelefon", "phone", "fastnet", "sms", "ring til ", "fax"}},
	{labelAccount, []string{"konto", "kontonr", "kontonummer", "bankkonto", "nemkonto", "lønkonto", "opsparingskonto", "lønkonti", "account no ", "account number", "bankoplysninger"}},
	{labelRegistration, []string{"reg", "reg.nr", "regnr", "registreringsnr", "registreringsnummer", "registrerings"}},
	{labelIBAN, []string{"iban", "iban-nr"}},
	{labelCard, []string{"kortnr", "kortnummer", "kort nr", "betalingskort", "kreditkort", "hævekort", "dankort", "visa", "visakort", "visa/dankort", "mastercard", "maestro", "eurocard", "american express", "amex", "credit card", "card number", "card no "}},
	{labelPassport, []string{"pasnr", "pasnummer", "pas nr", "pas-nr", "pas nummer", "passport", "rejsepas"}},
	{labelDriving, []string{"kørekort", "førerbevis", "driving licence", "driving license", "driver's license", "drivers license"}},
	{labelPlate, []string{"nummerplade", "indregistreringsnummer", "indregistreringsnr", "køretøj", "bilens", "license plate", "licence plate", "bil "}},
	{labelBorn, []string{"født", "fødselsdato", "fødselsdag", "f", "dob", "date of birth", "birthdate", "fødselsår og -dato"}},
	{labelOther, []string{"cvr", "cvrnr", "cvr-nr", "ean", "eannr", "gln", "faktura", "fakturanr", "ordre", "ordrenr", "ordrenummer", "invoice", "sagsnr", "sagsnummer", "journalnr", "kundenr", "kundenummer",
		"varenr", "varenummer", "bilag", "matrikel", "isbn", "issn", "imei", "serienr", "serienummer", "pnr", "p-nr", "p-nummer", "se-nr", "senr", "måler", "målernr", "ref", "refnr", "tracking", "beløb"}},
}

// wordsOfLabels returns the labels for the table.
func wordsOfLabels() []word {
	var list []word
	for _, l := range labelWords {
		for _, text := range l.words {
			w := word{text: text, class: wordLabel, id: int32(l.kind)}
			if n := len(text); text[n-1] == ' ' {
				w.text = text[:n-1]
			} else {
				w.prefix = n >= 6
			}
			list = append(list, w)
		}
	}
	return list
}

// labelReach is how far, in bytes, before a number its label may end.
const labelReach = 24

// reachLabel covers the label with the text after it.
const reachLabel = labelReach + maxWordMatch

// labelBefore returns the kind of the label that stands before i with at most
// labelReach bytes between, none of them a digit or the end of a cell. The
// column's header is such a label. ok is false when there is none.
func (w *window) labelBefore(i int) (kind labelKind, ok bool) {
	list := between(w.words[wordLabel], i-reachLabel, i)
	for k := len(list) - 1; k >= 0; k-- {
		ev := list[k]
		if ev.end > i || i-ev.end > labelReach {
			continue
		}
		if !leads(w.text[ev.end:i]) {
			return 0, false
		}
		return labelKind(ev.id), true
	}
	return 0, false
}

// isLabelled reports whether a label of the kind stands before i.
func (w *window) isLabelled(i int, kind labelKind) bool {
	list := between(w.words[wordLabel], i-reachLabel, i)
	for k := len(list) - 1; k >= 0; k-- {
		ev := list[k]
		if ev.end <= i && i-ev.end <= labelReach && labelKind(ev.id) == kind && leads(w.text[ev.end:i]) {
			return true
		}
	}
	return false
}

// leads reports whether gap, between a label and a number, has nothing that
// parts the two.
func leads(gap []byte) bool {
	lines := 0
	for _, b := range gap {
		switch {
		case b-'0' < 10, b == cellEnd, b == ';', b == '|':
			return false
		case b == '\n':
			if lines++; lines > 1 {
				return false
			}
		}
	}
	return true
}

// readGroups appends up to most digits at i to digits, which is empty, with at
// most one separator between any two: a blank, no-break space, hyphen or point.
// It returns them and where they end.
func readGroups(digits, text []byte, i, most int) (_ []byte, end int) {
	end = i
	for i < len(text) && len(digits) < most {
		if b := text[i]; b-'0' < 10 {
			digits = append(digits, b)
			i++
			end = i
			continue
		}
		kind, width := signAt(text, i)
		if len(digits) == 0 || kind != signBlank && kind != signHyphen && kind != signDot || i != end {
			break
		}
		i += width
	}
	return digits, end
}

// standsAlone reports whether text[start:end] is not part of a longer word,
// number or decimal.
func standsAlone(text []byte, start, end int) bool {
	if wordBefore(text, start) > 0 || wordAt(text, end) {
		return false
	}
	if start > 1 && (text[start-1] == '.' || text[start-1] == ',' || text[start-1] == '-' || text[start-1] == '/' || text[start-1] == '+') && text[start-2]-'0' < 10 {
		return false
	}
	if end+1 < len(text) && (text[end] == '.' || text[end] == ',' || text[end] == '-' || text[end] == '/') && text[end+1]-'0' < 10 {
		return false
	}
	return true
}

// bulletsBefore hides all but the last n characters of an ASCII value.
func bulletsBefore(value string, n int) string {
	if len(value) <= 2*n {
		return bullets
	}
	return bullets + value[len(value)-n:]
}
