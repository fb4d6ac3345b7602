package detectors

// shape is how the date and the serial number of a token are held together.
type shape uint8

const (
	shapeNone   shape = iota
	shapeBare         // 1503705008
	shapeNine         // 107585001 in a cell: a spreadsheet took the zero away
	shapeHyphen       // 150370-5008, with any hyphen, dash or soft hyphen, also " - "
	shapeSplit        // 150370-⏎5008
	shapeBlank        // 150370 5008, with one blank of any width, or a tab
	shapeSlash        // 150370/5008
	shapeDot          // 150370.5008, which is also a decimal number
	shapeLoose        // 150370_5008, 150370⏎5008, 150370   5008
	shapeDated        // 15.03.70 5008, which is also a date and a year
	shapeOdd          // 150370--5008, 150370.-5008: counts only with a label
	shapeCells        // 150370 | 5008, two cells of a table: only with a label and the right check digit
)

// A token is ten digits written like a CPR number. Nothing has been asked yet
// of what they mean.
type token struct {
	start, end int
	digits     [10]byte // values 0–9
	shape      shape
	year       int // the year if written with four digits, else 0
}

// number reports the ten digits as text.
func (t *token) number() string {
	var b [10]byte
	for i, d := range t.digits {
		b[i] = '0' + d
	}
	return string(b[:])
}

// parse reads the token that starts at i, in any of the written forms. It
// looks at text from one character before i to at most maxToken bytes after.
func parse(text []byte, i int) (token, bool) {
	t := token{start: i}
	if digitBefore(text, i) {
		return t, false
	}
	var d [11]byte
	n, j := readDigits(text, i, &d)
	if (n == 8 || n > 10) && i > 0 && text[i-1] == '%' && encodedSign(text, i-1) != 0 {
		t.start = i + 2 // %20150370-5008: the 20 is a blank's
		n, j = readDigits(text, t.start, &d)
	}
	switch n {
	case 10:
		copy(t.digits[:], d[:10])
		t.shape, t.end = shapeBare, j
		return t, true
	case 9:
		copy(t.digits[1:], d[:9])
		t.shape, t.end = shapeNine, j
		// A lost zero takes the tens of the day with it: 1 to 9.
		return t, d[0] != 0 && startsCell(text, i) && endsCell(text, j)
	case 8:
		copy(t.digits[:4], d[:4])
		copy(t.digits[4:6], d[6:8])
		t.year = fourDigits(d[4:8])
		return t.serial(text, j)
	case 6:
		copy(t.digits[:6], d[:6])
		return t.serial(text, j)
	case 2:
		copy(t.digits[:2], d[:2])
		return t.dotted(text, j)
	}
	return t, false
}

// maxToken bounds the bytes from the start of a token to its end: ten
// full-width digits, a four-digit year and a separator, and then some.
const maxToken = 14*3 + 2 + maxSeparator

// serial reads the separator and the last four digits, from j on.
func (t token) serial(text []byte, j int) (token, bool) {
	shape, k := readSeparator(text, j)
	if shape == shapeNone {
		return t, false
	}
	var d [11]byte
	n, end := readDigits(text, k, &d)
	if n != 4 {
		return t, false
	}
	copy(t.digits[6:], d[:4])
	t.shape, t.end = shape, end
	return t, true
}

// dotted reads the rest of a date written with points, strokes, hyphens or
// blanks (15.03.70, 15/03/1870) after its day, and then the serial number.
func (t token) dotted(text []byte, j int) (token, bool) {
	if j >= len(text) || !isDateMark(text[j]) || j+3 >= len(text) || text[j+3] != text[j] {
		return t, false
	}
	mark := text[j]
	if t.start > 0 && text[t.start-1] == mark && digitBefore(text, t.start-1) {
		return t, false // the middle of something longer
	}
	var d [11]byte
	n, j := readDigits(text, j+1, &d)
	if n != 2 {
		return t, false
	}
	copy(t.digits[2:4], d[:2])
	n, j = readDigits(text, j+1, &d)
	switch n {
	case 2:
		copy(t.digits[4:6], d[:2])
	case 4:
		copy(t.digits[4:6], d[2:4])
		t.year = fourDigits(d[:4])
	default:
		return t, false
	}
	t, ok := t.serial(text, j)
	if ok && t.shape != shapeHyphen && t.shape != shapeSplit {
		t.shape = shapeDated
	}
	return t, ok
}

func isDateMark(c byte) bool { return c == '.' || c == '/' || c == '-' || c == ' ' }

func fourDigits(d []byte) int {
	return int(d[0])*1000 + int(d[1])*100 + int(d[2])*10 + int(d[3])
}

// readDigits reads the run of digits at i, as values, and returns how many
// there are and where it ends. It stops after eleven, which is too many for
// every form.
func readDigits(text []byte, i int, dst *[11]byte) (n, end int) {
	for n < len(dst) && i < len(text) && text[i]-'0' < 10 {
		dst[n] = text[i] - '0'
		n++
		i++
	}
	if i >= len(text) || text[i] != 0xEF {
		return n, i
	}
	for n < len(dst) {
		v, width, ok := digitAt(text, i)
		if !ok {
			break
		}
		dst[n] = v
		n++
		i += width
	}
	return n, i
}

// sign is what one character means between the date and the serial number.
type sign uint8

const (
	signNone sign = iota
	signBlank
	signTab
	signBreak  // end of a line
	signHyphen // anything that looks like a hyphen, dash or minus
	signSoft   // soft hyphen, zero width: not seen
	signSlash
	signDot
	signLow   // _
	signQuote // > of a quoted mail
	signCell  // between two cells of a table
)

// signAt classifies the character at i and returns its width in bytes.
func signAt(text []byte, i int) (sign, int) {
	if i >= len(text) {
		return signNone, 0
	}
	switch text[i] {
	case '-':
		return signHyphen, 1
	case ' ':
		return signBlank, 1
	case '\t':
		return signTab, 1
	case '\n':
		return signBreak, 1
	case '\r':
		if i+1 < len(text) && text[i+1] == '\n' {
			return signBreak, 2
		}
		return signBreak, 1
	case '/':
		return signSlash, 1
	case '.':
		return signDot, 1
	case '_':
		return signLow, 1
	case '>':
		return signQuote, 1
	case '|', cellEnd:
		return signCell, 1
	}
	return wideSignAt(text, i)
}

// wideSignAt is signAt for what is not ASCII.
func wideSignAt(text []byte, i int) (sign, int) {
	if text[i] == 0xC2 && i+1 < len(text) {
		switch text[i+1] {
		case 0xA0: // no-break space
			return signBlank, 2
		case 0xAD: // soft hyphen
			return signSoft, 2
		}
		return signNone, 0
	}
	if i+2 >= len(text) || text[i] < 0xE2 || text[i] > 0xEF {
		return signNone, 0
	}
	switch r := rune(text[i]&0x0f)<<12 | rune(text[i+1]&0x3f)<<6 | rune(text[i+2]&0x3f); {
	case r >= 0x2010 && r <= 0x2015, r == 0x2212, r == 0xFE58, r == 0xFE63, r == 0xFF0D:
		return signHyphen, 3
	case r >= 0x2000 && r <= 0x200A, r == 0x202F, r == 0x205F, r == 0x3000:
		return signBlank, 3
	case r >= 0x200B && r <= 0x200D, r == 0x2060, r == 0xFEFF:
		return signSoft, 3
	case r == 0x2028:
		return signBreak, 3
	case r == 0xFF0F:
		return signSlash, 3
	case r == 0xFF0E:
		return signDot, 3
	}
	return signNone, 0
}

// separator is what lies between the date and the serial number.
type separator struct {
	mark          sign // the one sign that is neither blank nor unseen
	blanks, tabs  int
	soft          int
	broken        bool
	odd           bool // two marks, of which one is a hyphen
	before, after int  // blanks before and after the mark
}

// readSeparator reads the separator at i and returns the shape that it gives
// and where it ends; shapeNone if it is none.
func readSeparator(text []byte, i int) (shape, int) {
	if i+1 < len(text) && text[i] == '-' && text[i+1]-'0' < 10 {
		return shapeHyphen, i + 1 // by far the most
	}
	if encodedSign(text, i) == '-' {
		return shapeHyphen, i + 3
	}
	var s separator
	for start := i; i-start <= maxSeparator; {
		kind, width := signAt(text, i)
		switch kind {
		case signNone:
			return s.shape(), i
		case signBlank:
			s.blanks++
			if s.mark == signNone {
				s.before++
			} else {
				s.after++
			}
		case signTab:
			s.tabs++
		case signSoft:
			s.soft++
		case signBreak:
			if s.broken {
				return shapeNone, i
			}
			s.broken = true
			s.blanks, s.after = 0, 0 // the indent of the next line says nothing
		case signQuote:
			if !s.broken {
				return shapeNone, i
			}
		default:
			if !s.add(kind) {
				return shapeNone, i
			}
		}
		i += width
	}
	return shapeNone, i
}

// add adds a mark and reports whether it still is a separator.
func (s *separator) add(mark sign) bool {
	switch {
	case s.mark == signNone:
		s.mark = mark
		return true
	case s.odd || s.blanks+s.tabs > 0 || s.broken:
		return false
	}
	s.odd = s.mark == signHyphen && (mark == signHyphen || mark == signDot) || s.mark == signDot && mark == signHyphen
	return s.odd
}

// shape names the shape that a separator gives.
func (s *separator) shape() shape {
	switch {
	case s.odd && (s.blanks+s.tabs > 0 || s.broken):
		return shapeNone
	case s.odd:
		return shapeOdd
	}
	switch s.mark {
	case signCell:
		if s.tabs > 0 || s.broken {
			return shapeNone
		}
		return shapeCells
	case signHyphen:
		switch {
		case s.before > 2 || s.after > 2 && !s.broken || s.tabs > 0:
			return shapeNone
		case s.broken:
			return shapeSplit
		}
		return shapeHyphen
	case signSlash:
		switch {
		case s.broken || s.tabs > 0 || s.blanks > 2:
			return shapeNone
		case s.blanks > 0:
			return shapeLoose
		}
		return shapeSlash
	case signDot:
		if s.blanks+s.tabs > 0 || s.broken {
			return shapeNone
		}
		return shapeDot
	case signLow:
		if s.blanks+s.tabs > 0 || s.broken {
			return shapeNone
		}
		return shapeLoose
	}
	switch {
	case s.broken && s.soft > 0:
		return shapeSplit
	case s.broken:
		return shapeLoose
	case s.blanks+s.tabs == 1:
		return shapeBlank
	case s.blanks+s.tabs == 0 && s.soft > 0:
		return shapeHyphen
	case s.tabs == 0 && s.blanks >= 2 && s.blanks <= 4:
		return shapeLoose
	}
	return shapeNone
}

// The control characters that give tables their structure; see package extract.
const (
	cellEnd   = '\x1e'
	headerEnd = '\x1f'
)

// encodedSign returns the ASCII character other than a letter, a digit or a
// control character that stands at i as in an address on the web (%20, %3D), 0
// if none does.
func encodedSign(text []byte, i int) byte {
	if i+2 >= len(text) || text[i] != '%' || text[i+1] < '2' || text[i+1] > '7' || !isHex(text[i+2]) {
		return 0
	}
	low := text[i+2] - '0'
	if low >= 10 {
		low = text[i+2] | 0x20 - 'a' + 10
	}
	if c := (text[i+1]-'0')<<4 | low; c < 0x7f && !isAlnum(c) {
		return c
	}
	return 0
}

// startsCell reports whether the cell's own text starts at i, blanks aside.
func startsCell(text []byte, i int) bool {
	for n := 0; i > 0 && text[i-1] == ' ' && n < 8; n++ {
		i--
	}
	return i > 0 && text[i-1] == headerEnd
}

// endsCell reports whether the cell ends at i, blanks and a spreadsheet's ".0"
// aside.
func endsCell(text []byte, i int) bool {
	if i+1 < len(text) && (text[i] == '.' || text[i] == ',') && text[i+1] == '0' {
		i += 2
	}
	for n := 0; i < len(text) && text[i] == ' ' && n < 8; n++ {
		i++
	}
	return i >= len(text) || text[i] == cellEnd
}
