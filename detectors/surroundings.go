package detectors

// This file looks at the characters that touch a number: what makes it part of
// something else, which no label changes, and what merely speaks against it.

// reachGlue is how many bytes on either side of a number are read as attached
// to it.
const reachGlue = 40

// surroundings is what the characters around a number say.
type surroundings struct {
	never  bool // it is part of a decimal, a phone number, a UUID, hex
	amount bool // it is written like an amount, which only a label of its own outweighs
	digits int  // groups of digits attached to it
	glued  bool // it is written together with a word
}

// lookAround examines the characters around t.
func lookAround(text []byte, t *token) surroundings {
	var s surroundings
	s.left(text, t)
	if !s.never {
		s.right(text, t)
	}
	return s
}

// plain reports whether the shape is one that amounts and other numbers have
// too, so that what stands at it may make it one of them.
func (t *token) plain() bool {
	return t.shape == shapeBare || t.shape == shapeBlank || t.shape == shapeDot || t.shape == shapeLoose
}

func (s *surroundings) left(text []byte, t *token) {
	i := t.start
	if i == 0 {
		return
	}
	if callingCode(text, i) {
		s.never = true
		return
	}
	if sign := signBefore(text, i); sign != 0 {
		s.never = sign == '+'
		return
	}
	switch b := text[i-1]; {
	case wordBefore(text, i) > 0:
		s.gluedBefore(text, t)
	case b == '.' || b == ',':
		if !digitBefore(text, i-1) {
			return
		}
		if t.plain() && !(b == ',' && (commaAt(text, t.end) || commaBefore(text, i-1))) {
			s.never = true // 3.1503705008
		} else if b == '.' {
			s.digits++
		}
	case b == '-' || b == '/' || b == ':':
		if digitBefore(text, i-1) || b == '/' && t.shape == shapeSlash {
			s.digits++
		}
	case currencyBefore(text, i):
		s.amount = t.plain()
	case b == ' ':
		if !t.plain() {
			return
		}
		if currencyBefore(text, i-1) {
			s.amount = true
		} else if t.shape != shapeLoose && shortGroupBefore(text, i-1) {
			s.digits++
		}
	}
}

// currencyBefore reports whether the character that ends at i is a currency
// sign or %. (Words are read with the others.)
func currencyBefore(text []byte, i int) bool {
	return i > 0 && (text[i-1] == '$' || text[i-1] == '%') ||
		i >= 3 && text[i-3] == 0xE2 && text[i-2] == 0x82 && text[i-1] == 0xAC || // €
		i >= 2 && text[i-2] == 0xC2 && text[i-1] == 0xA3 // £
}

// gluedBefore judges the word that t is glued to on its left.
func (s *surroundings) gluedBefore(text []byte, t *token) {
	i := t.start
	digits, hex := false, true
	for t.start-i < reachGlue {
		width := wordBefore(text, i)
		if width == 0 {
			break
		}
		i -= width
		digits = digits || text[i]-'0' < 10
		hex = hex && isHex(text[i])
	}
	word := text[i:t.start]
	for k := 0; k+3 <= len(word); k++ {
		if word[k]|0x20 == 'c' && word[k+1]|0x20 == 'p' && word[k+2]|0x20 == 'r' {
			return // CPR150370-5008
		}
	}
	s.judgeGlue(t, digits, hex)
}

// judgeGlue decides what it means to be written together with a word that has
// digits, or has only the letters of hexadecimal numbers.
func (s *surroundings) judgeGlue(t *token, digits, hex bool) {
	switch {
	case (digits || hex) && t.shape == shapeBare:
		s.never = true // part of a hexadecimal number or another code
	case digits:
		s.digits++
	case t.shape == shapeBare:
		s.glued = true
	}
}

func (s *surroundings) right(text []byte, t *token) {
	i := t.end
	if i >= len(text) {
		return
	}
	if encodedSign(text, i) != 0 {
		return
	}
	if t.plain() && (currencyAt(text, i) || t.shape == shapeBare && unitAt(text, i)) {
		s.amount = true
		return
	}
	switch b := text[i]; {
	case wordAt(text, i):
		digits, hex := false, true
		for ; i-t.end < reachGlue && wordAt(text, i); i++ {
			digits = digits || text[i]-'0' < 10
			hex = hex && isHex(text[i])
		}
		s.judgeGlue(t, digits, hex)
	case b == ',':
		n := digitsAt(text, i+1)
		switch {
		case !t.plain():
		case i+1 < len(text) && text[i+1] == '-':
			s.amount = true // 1503705008,-
		case n >= 1 && n <= 3 && !commaAt(text, i+1+n) && !(t.start > 0 && text[t.start-1] == ','):
			s.amount = true // 1503705008,50
			s.never = currencyAt(text, i+1+n)
		}
	case b == '.':
		if digitsAt(text, i+1) > 0 {
			if t.plain() && !wholeNumberCell(text, t) {
				s.amount = true // 1701234567.123
				s.never = currencyAt(text, i+1+digitsAt(text, i+1))
			} else if !t.plain() {
				s.digits++
			}
		}
	case b == '-' || b == '/' || b == ':':
		if b == '-' && uuidTail(text, i+1) {
			s.never = true
		} else if digitsAt(text, i+1) > 0 || b == '/' && t.shape == shapeSlash {
			s.digits++
		}
	case b == ' ':
		if n := digitsAt(text, i+1); t.plain() && t.shape != shapeLoose && n >= 3 && n <= 5 {
			s.digits++
		}
	}
}

// wholeNumberCell reports whether t is the number of a cell that some program
// wrote as a fraction: "1503705008.0".
func wholeNumberCell(text []byte, t *token) bool {
	return startsCell(text, t.start) && endsCell(text, t.end)
}

// callingCode reports whether what ends at i is an international calling code:
// "+", "+45 ", "(+45) ", "0045 ".
func callingCode(text []byte, i int) bool {
	for n := 0; i > 0 && n < 2 && (text[i-1] == ' ' || text[i-1] == ')' || text[i-1] == '-'); n++ {
		i--
	}
	n := 0
	for i > 0 && n < 5 && text[i-1]-'0' < 10 {
		i--
		n++
	}
	if n <= 3 && i > 0 && text[i-1] == '+' {
		return true
	}
	return n == 4 && text[i] == '0' && text[i+1] == '0' && wordBefore(text, i) == 0
}

// commaAt and commaBefore tell the fields of a comma-separated line from a
// decimal comma.
func commaAt(text []byte, i int) bool { return i < len(text) && text[i] == ',' }

func commaBefore(text []byte, i int) bool {
	start := i
	for i > 0 && start-i < reachGlue && text[i-1]-'0' < 10 {
		i--
	}
	return i > 0 && text[i-1] == ','
}

// shortGroupBefore reports whether three to five digits end at i, as a bank's
// registration number does before an account number.
func shortGroupBefore(text []byte, i int) bool {
	n := 0
	for n < 6 && i-n > 0 && text[i-n-1]-'0' < 10 {
		n++
	}
	return n >= 3 && n <= 5
}

// digitsAt counts the digits at i, up to twenty.
func digitsAt(text []byte, i int) int {
	n := 0
	for n < 20 && i+n < len(text) && text[i+n]-'0' < 10 {
		n++
	}
	return n
}

// currencyAt reports whether a currency follows, a blank aside.
func currencyAt(text []byte, i int) bool {
	switch {
	case i < len(text) && text[i] == ' ':
		i++
	case i+1 < len(text) && text[i] == 0xC2 && text[i+1] == 0xA0:
		i += 2
	}
	var word [4]byte
	n := 0
	for ; i+n < len(text) && n < len(word) && wordAt(text, i+n); n++ {
		word[n] = text[i+n] | 0x20
	}
	switch string(word[:n]) {
	case "kr", "dkk", "eur", "euro", "usd", "sek", "nok", "gbp":
		return true
	}
	return i < len(text) && (text[i] == '$' || text[i] == '%' ||
		i+2 < len(text) && text[i] == 0xE2 && text[i+1] == 0x82 && text[i+2] == 0xAC ||
		i+1 < len(text) && text[i] == 0xC2 && text[i+1] == 0xA3)
}

// unitAt reports whether a number is written together with a unit, as in style
// sheets and measurements: 1503705008px.
func unitAt(text []byte, i int) bool {
	var word [4]byte
	n := 0
	for ; i+n < len(text) && n < len(word) && wordAt(text, i+n); n++ {
		word[n] = text[i+n] | 0x20
	}
	switch string(word[:n]) {
	case "px", "pt", "em", "rem", "ms", "ns", "us", "kb", "mb", "gb", "mm", "cm", "km", "kg", "hz", "kw", "kwh", "mwh", "stk":
		return true
	}
	return false
}

// signBefore returns the sign that ends at i as in an address on the web
// (%20, %3D), 0 if none does.
func signBefore(text []byte, i int) byte {
	if i < 3 || text[i-3] != '%' {
		return 0
	}
	return encodedSign(text, i-3)
}

// uuidTail reports whether four hexadecimal digits and a hyphen stand at i, as
// in the middle of a UUID.
func uuidTail(text []byte, i int) bool {
	if i+5 > len(text) {
		return false
	}
	for _, b := range text[i : i+4] {
		if !isHex(b) && b-'0' >= 10 {
			return false
		}
	}
	return text[i+4] == '-'
}

// wordAt reports whether the character at i belongs to a word: an ASCII letter
// or digit, or a character outside ASCII that is not a blank or punctuation
// (U+0080–U+00BF, U+2000–U+2FFF).
func wordAt(text []byte, i int) bool {
	return i < len(text) && (isAlnum(text[i]) || text[i] >= 0x80 && text[i] != 0xC2 && text[i] != 0xE2)
}

// wordBefore is wordAt for the character that ends at i. It returns its width
// in bytes, 0 if it belongs to no word.
func wordBefore(text []byte, i int) int {
	if i == 0 {
		return 0
	}
	if text[i-1] < 0x80 {
		if isAlnum(text[i-1]) {
			return 1
		}
		return 0
	}
	for width := 1; width <= 4 && width <= i; width++ {
		switch b := text[i-width]; {
		case b == 0xC2 || b == 0xE2 || b < 0x80:
			return 0
		case b >= 0xC0:
			return width
		}
	}
	return 0
}

// isAlnum reports whether b is an ASCII letter or digit.
func isAlnum(b byte) bool { return b|0x20-'a' < 26 || b-'0' < 10 }

// isHex reports whether b is a hexadecimal digit.
func isHex(b byte) bool { return b-'0' < 10 || b|0x20-'a' < 6 }
