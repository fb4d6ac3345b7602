package detectors

import "strings"

// categoryFinance is what belongs to a person's money.
const categoryFinance = "oekonomi"

// maxIBAN is the most characters an IBAN has, ISO 13616.
const maxIBAN = 34

// reachIBAN covers the label, and the number in groups of four with wide
// blanks.
const reachIBAN = reachLabel + 2*maxIBAN + 16

// ibanLengths are the lengths of IBANs by country, from the SWIFT registry:
// two letters and two digits each.
const ibanLengths = "AD24AE23AL28AT20AZ28BA20BE16BG22BH22BI27BR29BY28CH21CR22CY28CZ24DE22DJ27DK18DO28EE20EG29ES24FI18FK18FO18FR27GB22GE22GI23GL18GR27GT28" +
	"HR21HU28IE22IL23IQ23IS26IT27JO30KW30KZ20LB28LC32LI21LT20LU20LV21LY25MC27MD24ME22MK19MN20MR27MT31MU30NI28NL18NO15OM23PK24PL28PS29PT25QA29RO24" +
	"RS22RU33SA24SC31SD18SE24SI19SK24SM27SO23ST25SV28TL23TN24TR26UA29VA22VG24XK20YE30"

// iban finds international bank account numbers by their country, length and
// check digits (ISO 7064, modulus 97).
type iban struct {
	table   *wordTable
	lengths map[[2]byte]int
}

func newIBAN(table *wordTable) *iban {
	d := &iban{table: table, lengths: map[[2]byte]int{}}
	for i := 0; i < len(ibanLengths); i += 4 {
		d.lengths[[2]byte{ibanLengths[i], ibanLengths[i+1]}] = int(ibanLengths[i+2]-'0')*10 + int(ibanLengths[i+3]-'0')
	}
	return d
}

// Name implements Detector.
func (*iban) Name() string { return "iban" }

// Reach implements Detector.
func (*iban) Reach() int { return reachIBAN }

// Mask implements Detector: the country and the last two digits stay.
func (*iban) Mask(value string) string {
	if len(value) < 8 {
		return bullets
	}
	return value[:2] + bulletsBefore(value, 2)
}

// Find implements Detector.
func (d *iban) Find(text []byte) []Hit { return d.findIn(newWindow(d.table, text)) }

func (d *iban) findIn(w *window) []Hit {
	w.look()
	var hits hitList
	for _, i := range w.codes {
		hits.add(d.read(w, i))
	}
	return hits
}

// read reads the number at i, where two letters stand.
func (d *iban) read(w *window, i int) (h Hit, ok bool) {
	text := w.text
	if text[i]-'A' >= 26 || text[i+1]-'A' >= 26 || i+4 > len(text) {
		return h, false
	}
	length, known := d.lengths[[2]byte{text[i], text[i+1]}]
	if !known || wordBefore(text, i) > 0 || text[i+2]-'0' >= 10 && text[i+2] != ' ' {
		return h, false
	}
	var b strings.Builder
	j, end := i, i
	for j < len(text) && b.Len() < length {
		if c := text[j]; isAlnum(c) && (c < 'a' || c > 'z') {
			b.WriteByte(c)
			j++
			end = j
			continue
		}
		kind, width := signAt(text, j)
		if kind != signBlank && kind != signHyphen || j != end {
			break
		}
		j += width
	}
	value := b.String()
	if len(value) != length || wordAt(text, end) || value[2]-'0' >= 10 || value[3]-'0' >= 10 {
		return h, false
	}
	if text[i+2] == ' ' && !w.isLabelled(i, labelIBAN) && value[:2] != "DK" {
		return h, false
	}
	labelled := w.isLabelled(i, labelIBAN)
	h = Hit{Start: i, End: end, Value: value, Category: categoryFinance, Confidence: Confirmed, Reasons: []string{string(codeMod97)}}
	switch {
	case mod97(value) && labelled:
		h.Reasons = append(h.Reasons, string(codeIBANLabel))
	case mod97(value):
	case labelled:
		h.Confidence, h.Reasons = Possible, []string{string(codeIBANLabel), string(codeNoMod97)}
	default:
		return h, false
	}
	return h, true
}

// mod97 checks the check digits of an IBAN.
func mod97(s string) bool {
	n := 0
	for i := range len(s) {
		c := s[(i+4)%len(s)]
		if c >= 'A' {
			n = (n*100 + int(c-'A') + 10) % 97
		} else {
			n = (n*10 + int(c-'0')) % 97
		}
	}
	return n == 1
}
