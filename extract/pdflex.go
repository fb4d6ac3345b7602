package extract

// pdfLexer finds the strings in PDF syntax, whatever the bytes are: (…) with
// its escapes and <…>. The strings of an array, as in [(1503) 20 (70)] TJ, are
// one string, with a blank where the space between them is a wide one.
type pdfLexer struct {
	line func([]byte) error

	state byte // one of the lex constants
	depth int  // of parentheses
	array bool // in brackets
	esc   int  // after a backslash: lexEsc, or digits of an octal number seen
	octal int
	half  int  // first digit of a byte in <…>, plus one
	kern  int  // number being read in an array
	minus bool // before the number
	point bool // in the number
	cur   []byte
}

const (
	lexOutside = iota
	lexString
	lexHex
	lexComment
)

const (
	lexPlain = 0
	lexEsc   = 1 // a backslash was read; 2 and 3: that many digits less one
)

// wideKern is the space in thousandths of the font size from which on it is a
// blank.
const wideKern = 180

// write takes the next bytes.
func (l *pdfLexer) write(b []byte) error {
	for _, c := range b {
		var err error
		switch l.state {
		case lexString:
			err = l.inString(c)
		case lexHex:
			err = l.inHex(c)
		case lexComment:
			if c == '\n' || c == '\r' {
				l.state = lexOutside
			}
		default:
			err = l.outside(c)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// end takes the end: what is left is a string.
func (l *pdfLexer) end() error {
	err := l.flush()
	l.reset()
	return err
}

// reset forgets where it was.
func (l *pdfLexer) reset() { *l = pdfLexer{line: l.line, cur: l.cur[:0]} }

func (l *pdfLexer) flush() error {
	if len(l.cur) == 0 {
		return nil
	}
	err := l.line(l.cur)
	l.cur = l.cur[:0]
	return err
}

// keep appends to the string. A long one is handed on in pieces.
func (l *pdfLexer) keep(c byte) error {
	l.cur = append(l.cur, c)
	if len(l.cur) >= rawString && (c < '0' || c > '9') || len(l.cur) >= 2*rawString {
		return l.flush()
	}
	return nil
}

func (l *pdfLexer) outside(c byte) error {
	if l.array {
		switch {
		case c == '-':
			l.minus, l.point, l.kern = true, false, 0
			return nil
		case '0' <= c && c <= '9':
			if !l.point {
				l.kern = min(l.kern*10+int(c-'0'), 1<<20)
			}
			return nil
		case c == '.':
			l.point = true
			return nil
		}
		if l.minus && l.kern >= wideKern && len(l.cur) > 0 {
			if err := l.keep(' '); err != nil {
				return err
			}
		}
		l.minus, l.point, l.kern = false, false, 0
	}
	switch c {
	case '(':
		l.state, l.depth, l.esc = lexString, 1, lexPlain
	case '<':
		l.state, l.half = lexHex, 0
	case '%':
		l.state = lexComment
	case '[':
		l.array = true
	case ']':
		l.array = false
		return l.flush()
	default:
		// An array of text holds strings and numbers only: a letter means
		// that this is another one, or none.
		if l.array && ('A' <= c && c <= 'Z' || 'a' <= c && c <= 'z') {
			l.array = false
			return l.flush()
		}
	}
	return nil
}

func (l *pdfLexer) inString(c byte) error {
	switch {
	case l.esc > lexPlain:
		return l.escaped(c)
	case c == '\\':
		l.esc, l.octal = lexEsc, 0
		return nil
	case c == '(':
		l.depth++
	case c == ')':
		if l.depth--; l.depth == 0 {
			l.state = lexOutside
			if !l.array {
				return l.flush()
			}
			return nil
		}
	}
	return l.keep(c)
}

// escaped takes what follows a backslash.
func (l *pdfLexer) escaped(c byte) error {
	if '0' <= c && c <= '7' {
		l.octal = l.octal<<3 | int(c-'0')
		if l.esc++; l.esc == 4 {
			l.esc = lexPlain
			return l.keep(byte(l.octal))
		}
		return nil
	}
	if l.esc > lexEsc { // the number was shorter; c is not part of it
		l.esc = lexPlain
		if err := l.keep(byte(l.octal)); err != nil {
			return err
		}
		return l.inString(c)
	}
	l.esc = lexPlain
	switch c {
	case '\n', '\r':
		return nil // the line goes on
	case 'n', 'r':
		c = '\n'
	case 't':
		c = '\t'
	case 'b', 'f':
		c = ' '
	}
	return l.keep(c)
}

func (l *pdfLexer) inHex(c byte) error {
	d := hexDigit(c)
	switch {
	case c == '<' && l.half == 0: // a dictionary
		l.state = lexOutside
		return nil
	case c == '>':
		l.state = lexOutside
		if l.half > 0 {
			if err := l.keep(byte(l.half-1) << 4); err != nil {
				return err
			}
		}
		if !l.array {
			return l.flush()
		}
		return nil
	case d < 0:
		if c == ' ' || c == '\n' || c == '\r' || c == '\t' {
			return nil
		}
		l.state = lexOutside // not a string after all
		return nil
	case l.half == 0:
		l.half = d + 1
		return nil
	}
	b := byte(l.half-1)<<4 | byte(d)
	l.half = 0
	return l.keep(b)
}

// digitIndex remembers which numbers were seen, as a set of all their runs of
// windowDigits digits: 100 million bits, of which only the pages that are used
// exist, so that it is bounded whatever a document holds.
type digitIndex struct {
	pages map[uint32]*[indexPage / 64]uint64
	// total counts the digits.
	total int64
}

const (
	windowDigits = 8
	indexPage    = 1 << 15 // bits of a page: 4 KiB
)

// add adds the numbers in text. It may be called with pieces that end anywhere
// but in a number.
func (x *digitIndex) add(text []byte) {
	x.total += int64(digitsIn(text))
	eachNumber(text, func(digits []byte) {
		for i := 0; i+windowDigits <= len(digits); i++ {
			x.set(window(digits[i:]))
		}
	})
}

// has reports whether all runs of the number were seen.
func (x *digitIndex) has(digits []byte) bool {
	for i := 0; i+windowDigits <= len(digits); i++ {
		if v := window(digits[i:]); x.pages[v/indexPage] == nil || x.pages[v/indexPage][v%indexPage/64]>>(v%64)&1 == 0 {
			return false
		}
	}
	return true
}

func (x *digitIndex) set(v uint32) {
	if x.pages == nil {
		x.pages = map[uint32]*[indexPage / 64]uint64{}
	}
	p := x.pages[v/indexPage]
	if p == nil {
		p = new([indexPage / 64]uint64)
		x.pages[v/indexPage] = p
	}
	p[v%indexPage/64] |= 1 << (v % 64)
}

// window is the number of the first windowDigits digits.
func window(digits []byte) (v uint32) {
	for _, c := range digits[:windowDigits] {
		v = v*10 + uint32(c-'0')
	}
	return v
}

// eachNumber calls f with the digits of every number of at least tokenDigits
// digits in b. Up to three bytes of blanks and dashes, as UTF-8, may stand
// between two digits; a long row of numbers is handed on in overlapping pieces.
func eachNumber(b []byte, f func(digits []byte)) {
	const most = 256
	var buf [most]byte
	n, apart := 0, 0
	emit := func() {
		if n >= tokenDigits {
			f(buf[:n])
		}
	}
	for _, c := range b {
		switch {
		case '0' <= c && c <= '9':
			if n == most {
				emit()
				n = copy(buf[:], buf[most-tokenDigits+1:])
			}
			buf[n] = c
			n, apart = n+1, 0
		case isSeparator(c) && n > 0 && apart < 3:
			apart++
		default:
			emit()
			n, apart = 0, 0
		}
	}
	emit()
}

// isSeparator reports whether c may be in what separates a number's digits:
// blank, tab, line end, hyphen, dot, slash, and the bytes of U+00A0, U+00AD,
// U+2010–2015.
func isSeparator(c byte) bool {
	switch c {
	case ' ', '\t', '\n', '-', '.', '/', 0xc2, 0xa0, 0xad, 0xe2, 0x80:
		return true
	}
	return 0x90 <= c && c <= 0x95
}
