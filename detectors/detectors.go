// Package detectors finds personal data in text.
//
// A [Detector] looks at a window of text and reports hits. One [Engine] cuts
// the windows, so that a file of any size is examined in bounded memory and so
// that what is found never depends on where a window happened to end: whether
// there is a hit at i may depend only on text[i-Reach : i+Reach], and a property
// test holds every detector to that.
//
// Every hit is confirmed or possible, with its reasons. Nothing elsewhere in a
// document may ever silence a number; what speaks against one is weighed, and
// what speaks for it (a label) weighs more.
//
// Raw values cannot leak by type: a [Match] carries the masked value; the raw
// one is there only when the engine was told to keep it, and only through
// [Match.Reveal].
//
// # CPR numbers
//
// Every form in which CPR numbers are written is found (see token.go), unless
// the digits are part of something else: a longer run of digits, an amount
// (1503705008,50 kr), a decimal, a number with +45, a UUID, hexadecimal. What
// is left is weighed. A label (a word such as cpr-nr. up to 40 characters
// before it, or the header of its column) settles it, whatever else there is:
//
//	check digit        with a label    without
//	right (modulus 11) confirmed       weighed, from 3
//	1 January, listed  confirmed       weighed, from 1; confirmed only with a word for a person
//	1 January ≥ 1960   possible        weighed, from -1; at most possible
//	wrong              possible        weighed, from -2; at most possible
//	day + 60           confirmed, if the label is its own, else possible;
//	                   without: possible with a hyphen and a word for a person
//
// Some forms count only with a label, and are then possible: what is written
// like an amount (1503705008,50; 1503705008 kr; without
// another number between, and
// decimals with a currency are an amount all the same), an odd separator
// (150370--5008, 150370.-5008), and a number in two neighbouring cells
// (150370 | 5008), if its check digit is right. Nine digits are a number whose
// zero a spreadsheet took away only as a cell in a column of CPR numbers.
//
// Listed are the dates for which the CPR office says that it has issued
// numbers without check digit. 3 points and more are confirmed, 1 and 2
// possible, fewer nothing:
//
//	+1  a hyphen of any kind, also over two lines
//	-1  a dot, a low line, several blanks, a line break alone
//	-3  15.03.70 5008, a date and a number
//	+2  a word for a person before it (født, borger, patient), or neighbours
//	    that are CPR numbers
//	-3  its own label is of another kind of number (konto, EAN, P-nr., faktura)
//	-2  its own label is of a kind that often is a CPR number (sagsnr.)
//	-1  talk of another kind of number in the 40 characters before it
//	-2  for each group of digits attached to it (12-150370-5008)
//	-1  ten digits that may also be Unix seconds or a P number
//	-3  the same with a label such as "timestamp"
//	-1  ten digits glued to a word
//	-3  ten digits in a series of numbers that begin alike and are none
//	-2  most of four and more ten-digit numbers within 512 bytes are none
//
// The last two never take the last point, so that no company silences a
// number; except that what may itself be Unix seconds or a P number, in a
// series of such, is one of them.
//
// A number whose check digit is right is possible with fewer points, too: with
// a hyphen, unless several groups of digits are attached to it; and with a
// blank, a stroke or nothing in the middle, unless digits are attached, or its
// own label names another kind of number in so many words (konto, EAN, P-nr.;
// fakturanr., faktura: or a column's header, but not "faktura 1503705008"; and
// not of a kind that often is a CPR number), or it may be one of a series of
// times or P numbers.
//
// So ten bare digits with the right check digit and nothing against them are
// confirmed. Of random ten-digit numbers 0.28 percent are so; where there are
// many of them, the neighbours make them possible only.
//
// # The other detectors
//
//	person           kontakt       a name with an address or a birth date; names that no list has at most possible, without a birth date
//	phone, email     kontakt       a country code, a label, or pairs of digits; any address, those of functions possible
//	licence_plate    koeretoej     a label, or AB 12 345
//	bank_account     oekonomi      a label; confirmed with a registration number
//	iban             oekonomi      country, length, modulus 97
//	payment_card     oekonomi      issuer and Luhn, with a label or in groups; sixteen bare digits possible
//	passport, driving_licence      legitimation  a label
//	lexicon          helbred and others          terms of lexicon.yaml near a person
//	custom           as the rule says
//
// Their category lets a schedule or a report pass over what merely tells how
// to reach somebody. What one finds never depends on which others run. All but
// cpr work on one [window], whose words are looked up once.
//
// The package is a leaf: it imports no other package of slet. Text follows the
// conventions of package extract (U+001E ends a cell, U+001F stands between a
// column's header and a cell).
package detectors

// Confidence is how sure a detector is.
type Confidence string

// The two confidences.
const (
	Confirmed Confidence = "confirmed"
	Possible  Confidence = "possible"
)

// Hit is what a detector finds in a window.
type Hit struct {
	// Start and End are byte offsets in the window: text[Start:End] is the
	// evidence as written.
	Start, End int
	// Value is the evidence in its canonical form (ten digits for a CPR
	// number). The engine masks it before it leaves the package.
	Value      string
	Category   string
	Confidence Confidence
	// Reasons are stable codes, most telling first: "mod11", "label:cpr-nr",
	// "near:faktura". See Explain for the sentence a code stands for.
	Reasons []string
}

// Detector finds one kind of personal data. Implementations hold no state
// between calls and are safe for use by several goroutines.
type Detector interface {
	// Name is the stable name, as in configuration and JSON ("cpr").
	Name() string
	// Reach is how many bytes around a hit the detector looks at. Whether
	// there is a hit that starts at i, and what it is, depends only on
	// text[i-Reach : i+Reach].
	Reach() int
	// Find returns the hits in text in order of Start, not overlapping.
	Find(text []byte) []Hit
	// Mask returns a value with what identifies a person hidden.
	Mask(value string) string
}

// Match is a hit placed in an item, fit to be stored and shown.
type Match struct {
	Detector   string
	Category   string
	Where      string // part and place, as named by the extractor, and the line
	Start      int64  // byte offset in the part's text
	Value      string // masked
	Confidence Confidence
	Reasons    []string
	// Key is the keyed MAC of the value, when the engine has a key; else empty.
	Key string
	// Subject is the keyed HMAC of the person, when the detector identifies
	// one and the engine has a key; else empty.
	Subject string

	raw     string
	snippet *Snippet // a pointer: whatever prints a match prints no text
}

// Reveal returns the unmasked value if the engine was told to keep it, else
// the masked one.
func (m Match) Reveal() string {
	if m.raw != "" {
		return m.raw
	}
	return m.Value
}
