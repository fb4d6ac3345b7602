package extract

import (
	"bufio"
	"bytes"
	"compress/lzw"
	"compress/zlib"
	"encoding/ascii85"
	"fmt"
	"io"
	"regexp"
	"strconv"
	"unicode/utf16"
	"unicode/utf8"

	"github.com/sletdk/slet/scanner"
)

// The raw scan is the safety net under both PDF readers: it goes through the
// file from front to back without following its structure, inflates every
// stream that is not an image or a font, and looks at the strings. What has a
// number that the reader did not write is written as the part "rå strømme".
// It sees nothing in encrypted files, and no letters in fonts with a code of
// their own.

const (
	rawPart     = "rå strømme"
	rawString   = 4 << 10   // bytes of a string that are looked at together
	rawDict     = 8 << 10   // bytes of a stream's dictionary that are looked at
	rawStream   = 64 << 20  // bytes that one stream may become
	rawTotal    = 512 << 20 // bytes that all streams together may become
	rawLines    = 20_000    // strings that are written
	rawMaxLine  = 240       // bytes of a string that are written
	tokenDigits = 10        // digits of a number that is looked for; dates and parts of UUIDs have fewer
	maxFilters  = 8         // of one stream
	streamSlack = 64        // bytes between a stream's stated and true end
)

// rawScan goes through a file.
type rawScan struct {
	r    io.ReaderAt
	size int64
	// line is called with every string, the strings of one text operator
	// joined. The slice is not kept.
	line func(b []byte) error

	br    *bufio.Reader
	at    int64 // of br in the file
	spent int64 // bytes inflated
	over  bool  // rawStream or rawTotal was reached
	// opaque means that there is text in a font with a code of its own, or an
	// encrypted file: the strings are not the text.
	opaque bool
	// pictures and inline are how many pictures could show a number: objects,
	// and those inside a page's own stream.
	pictures, inline int
}

var (
	rawSkip   = lazily(`/Subtype\s*/(?:Image|Type1C|CIDFontType0C|OpenType)\b|/Length[123]\s|/Type\s*/XRef\b|/FunctionType|/ShadingType|/N\s+[134]\b[^>]*/Alternate`)
	rawLength = regexp.MustCompile(`/Length\s+([0-9]{1,12})(\s+[0-9]+\s+R)?`)
	rawFilter = regexp.MustCompile(`/(?:Filter|F)\s*(\[[^\]]*\]|/[A-Za-z0-9]+)`)
	rawName   = regexp.MustCompile(`/([A-Za-z0-9]+)`)
	rawOpaque = regexp.MustCompile(`/(?:Type0|Type3|ToUnicode|Differences|Encrypt)\b`)
	rawDate   = regexp.MustCompile(`^D:[0-9]{4,14}[-+Z0-9']*$`)
	rawObjStm = regexp.MustCompile(`/Type\s*/ObjStm\b`)
)

// run goes through the file. The error is line's.
func (s *rawScan) run() error {
	s.br = bufio.NewReaderSize(nil, 64<<10)
	s.seek(0)
	lex := &pdfLexer{line: s.line}
	var dict []byte // what came before, as far as it can be a dictionary
	for {
		chunk, err := s.br.ReadSlice('\n')
		if len(chunk) == 0 && err != nil {
			break
		}
		if err == bufio.ErrBufferFull {
			chunk = chunk[:len(chunk)-streamSlack] // it may cut a keyword
		}
		from := s.at
		s.at += int64(len(chunk))
		if at := begins(dict, chunk); at >= 0 {
			dict = append(dict, chunk[:at]...)
			if i := bytes.LastIndex(dict, []byte(" obj")); i >= 0 {
				dict = dict[i:]
			}
			if err := lex.write(chunk[:at]); err != nil {
				return err
			}
			s.note(dict)
			if err := s.stream(dict, from+int64(at)+int64(len("stream"))); err != nil {
				return err
			}
			dict = dict[:0]
			if err := lex.end(); err != nil {
				return err
			}
			continue
		}
		if i := bytes.Index(chunk, []byte("obj")); i >= 0 {
			s.note(dict)
			dict = dict[:0]
		}
		dict = append(dict, chunk...)
		if len(dict) > 2*rawDict { // not at every line: each look costs
			s.note(dict)
			dict = append(dict[:0], dict[len(dict)-rawDict:]...)
		}
		if err := lex.write(chunk); err != nil {
			return err
		}
		if err == bufio.ErrBufferFull {
			s.br.Reset(io.NewSectionReader(s.r, s.at, max(0, s.size-s.at)))
		}
	}
	s.note(dict)
	return lex.end()
}

// begins returns where in chunk the keyword stands that begins a stream: behind
// a dictionary, which may have ended before chunk; -1 if it does not.
func begins(dict, chunk []byte) int {
	const word = "stream"
	for from := 0; ; {
		at := bytes.Index(chunk[from:], []byte(word))
		if at < 0 {
			return -1
		}
		at += from
		from = at + len(word)
		before := bytes.TrimRight(chunk[:at], " \t\r\n\x00")
		if len(before) == 0 {
			before = bytes.TrimRight(dict, " \t\r\n\x00")
		}
		if bytes.HasSuffix(before, []byte(">>")) && (from == len(chunk) || bytes.IndexByte([]byte("\r\n "), chunk[from]) >= 0) {
			return at
		}
	}
}

// note notes what a dictionary tells of the fonts.
func (s *rawScan) note(dict []byte) {
	if !s.opaque && rawOpaque.Match(dict) {
		s.opaque = true
	}
}

// seek goes on reading at an offset.
func (s *rawScan) seek(at int64) {
	if skip := at - s.at; skip >= 0 && skip < int64(s.br.Buffered()) {
		_, _ = s.br.Discard(int(skip))
	} else {
		s.br.Reset(io.NewSectionReader(s.r, at, max(0, s.size-at)))
	}
	s.at = at
}

// stream looks at a stream's content, which begins after the line end at
// start, and leaves the file at its end.
func (s *rawScan) stream(dict []byte, start int64) error {
	if pictureObject().Match(dict) && legiblePDF(dict) {
		s.pictures++
	}
	lead := readSome(s.r, start, min(2, s.size-start))
	switch {
	case len(lead) > 1 && lead[0] == '\r' && lead[1] == '\n':
		start += 2
	case len(lead) > 0 && (lead[0] == '\n' || lead[0] == '\r'):
		start++
	}
	end := s.streamEnd(dict, start)
	defer s.seek(end)
	if rawSkip().Match(dict) || s.spent > rawTotal {
		s.over = s.over || s.spent > rawTotal
		return nil
	}
	r, ok := unfilter(io.NewSectionReader(s.r, start, end-start), dict)
	if !ok {
		return nil // an image
	}
	return s.scanStream(r, rawObjStm.Match(dict))
}

// streamEnd finds a stream's end: where its length says, if that is so, else
// at the next "endstream".
func (s *rawScan) streamEnd(dict []byte, start int64) int64 {
	if m := rawLength.FindSubmatch(dict); m != nil && len(m[2]) == 0 {
		n, _ := strconv.ParseInt(string(m[1]), 10, 64)
		if n <= s.size-start {
			tail := readSome(s.r, start+n, min(streamSlack, s.size-start-n))
			if bytes.HasPrefix(bytes.TrimLeft(tail, " \t\r\n\x00"), []byte("endstream")) {
				return start + n
			}
		}
	}
	const mark = "endstream"
	buf := make([]byte, 64<<10)
	for at := start; at < s.size; at += int64(len(buf) - len(mark)) {
		n, _ := s.r.ReadAt(buf[:min(int64(len(buf)), s.size-at)], at)
		if i := bytes.Index(buf[:n], []byte(mark)); i >= 0 {
			return at + int64(i)
		}
		if n < len(buf) {
			break
		}
	}
	return s.size
}

// unfilter undoes a stream's filters. It reports false for those of images.
func unfilter(r io.Reader, dict []byte) (io.Reader, bool) {
	m := rawFilter.FindSubmatch(dict)
	if m == nil {
		return r, true
	}
	for _, name := range rawName.FindAllSubmatch(m[1], maxFilters) {
		switch string(name[1]) {
		case "FlateDecode", "Fl":
			z, err := zlib.NewReader(r)
			if err != nil {
				return nil, false
			}
			r = z
		case "LZWDecode", "LZW":
			r = lzw.NewReader(r, lzw.MSB, 8) // the early change of PDF shows after 510 codes
		case "ASCII85Decode", "A85":
			r = ascii85.NewDecoder(&until{r: bufio.NewReader(r), end: '~'})
		case "ASCIIHexDecode", "AHx":
			r = &hexReader{r: bufio.NewReader(&until{r: bufio.NewReader(r), end: '>'})}
		default:
			return nil, false
		}
	}
	return r, true
}

// until ends at a byte.
type until struct {
	r   *bufio.Reader
	end byte
	eof bool
}

func (u *until) Read(p []byte) (int, error) {
	n := 0
	for n < len(p) && !u.eof {
		c, err := u.r.ReadByte()
		if err != nil || c == u.end {
			u.eof = true
			break
		}
		p[n] = c
		n++
	}
	if n == 0 && len(p) > 0 {
		return 0, io.EOF
	}
	return n, nil
}

// hexReader decodes hexadecimal digits and passes over everything else.
type hexReader struct{ r *bufio.Reader }

func (h *hexReader) Read(p []byte) (int, error) {
	for n := range p {
		v, digits := 0, 0
		for digits < 2 {
			c, err := h.r.ReadByte()
			if err != nil {
				if digits == 1 {
					p[n] = byte(v << 4)
					n++
				}
				if n == 0 {
					return 0, io.EOF
				}
				return n, nil
			}
			if d := hexDigit(c); d >= 0 {
				v, digits = v<<4|d, digits+1
			}
		}
		p[n] = byte(v)
	}
	return len(p), nil
}

func hexDigit(c byte) int {
	switch {
	case '0' <= c && c <= '9':
		return int(c - '0')
	case 'a' <= c && c <= 'f':
		return int(c-'a') + 10
	case 'A' <= c && c <= 'F':
		return int(c-'A') + 10
	}
	return -1
}

// scanStream looks at the strings of a decoded stream, or at all of its text
// if it is a text document (metadata, XFA forms). A damaged stream is looked at
// as far as it goes.
func (s *rawScan) scanStream(r io.Reader, objects bool) error {
	buf := make([]byte, 32<<10)
	var write func([]byte) error
	lex, text := &pdfLexer{line: s.line}, &textLines{line: s.line}
	var dict []byte
	for n := int64(0); ; {
		got, err := r.Read(buf)
		if got > 0 {
			b := buf[:got]
			if write == nil {
				write = lex.write
				if first := bytes.TrimLeft(b, "\xef\xbb\xbf \t\r\n"); len(first) > 1 && first[0] == '<' && first[1] != '<' {
					write = text.write
				}
			}
			if objects && !s.opaque {
				dict = append(dict[:max(0, min(len(dict), 32))], b...)
				s.note(dict)
				dict = append(dict[:0], b[max(0, got-32):]...)
			}
			s.inline += inlinePictures(b)
			if err := write(b); err != nil {
				return err
			}
			n += int64(got)
			s.spent += int64(got)
		}
		if n > rawStream || s.spent > rawTotal {
			s.over = true
			break
		}
		if err != nil || got == 0 {
			break
		}
	}
	if err := lex.end(); err != nil {
		return err
	}
	return text.end()
}

// textLines cuts a text document into lines at line ends and tags.
type textLines struct {
	line func([]byte) error
	cur  []byte
}

func (t *textLines) write(b []byte) error {
	for _, c := range b {
		if c == '\n' || c == '<' || c == '>' || len(t.cur) >= rawString {
			if err := t.end(); err != nil {
				return err
			}
			continue
		}
		t.cur = append(t.cur, c)
	}
	return nil
}

func (t *textLines) end() error {
	if len(t.cur) == 0 {
		return nil
	}
	err := t.line(t.cur)
	t.cur = t.cur[:0]
	return err
}

// rawWriter writes the strings with numbers that were not seen before.
type rawWriter struct {
	out    Sink
	seen   *digitIndex
	lines  int
	digits int64 // in all strings but dates
}

// line looks at one string.
func (w *rawWriter) line(b []byte) error {
	n := digitsIn(b)
	if n == 0 || rawDate.Match(b) {
		return nil
	}
	w.digits += int64(n)
	if n < tokenDigits {
		return nil
	}
	b = decodePDFString(b)
	fresh := false
	eachNumber(b, func(digits []byte) {
		if !w.seen.has(digits) {
			fresh = true
		}
	})
	if !fresh || w.lines == rawLines {
		return nil
	}
	w.seen.add(b)
	if w.lines++; w.lines == 1 {
		if err := w.out.Part(rawPart, false); err != nil {
			return err
		}
	}
	for len(b) > 0 {
		n := len(b)
		if n > rawMaxLine { // cut at a place that is in no number
			n = rawMaxLine
			for n > rawMaxLine/2 && b[n] != ' ' {
				n--
			}
			for n < len(b) && !utf8.RuneStart(b[n]) {
				n++
			}
		}
		if err := w.out.Text(append(appendPDFText(nil, string(b[:n])), '\n')); err != nil {
			return err
		}
		b = b[n:]
	}
	return nil
}

// decodePDFString makes UTF-8 of a string of bytes: UTF-16 with its mark, UTF-8
// if it is that, else Latin-1 with the dashes of Windows-1252 and PDF.
func decodePDFString(b []byte) []byte {
	if len(b) >= 2 && b[0] == 0xfe && b[1] == 0xff {
		units := make([]uint16, 0, len(b)/2)
		for i := 2; i+1 < len(b); i += 2 {
			units = append(units, uint16(b[i])<<8|uint16(b[i+1]))
		}
		return []byte(string(utf16.Decode(units)))
	}
	if utf8.Valid(b) {
		return b
	}
	out := make([]byte, 0, len(b)+16)
	for _, c := range b {
		switch c {
		case 0x84, 0x85, 0x96, 0x97:
			out = append(out, "–"...)
		default:
			out = utf8.AppendRune(out, rune(c))
		}
	}
	return out
}

// readRaw runs the raw scan under PDFium's reading. The error is the sink's.
func (p *pdfReader) readRaw() error {
	w := &rawWriter{out: p.out, seen: &p.seen}
	s := &rawScan{r: p.content, size: p.size, line: w.line}
	if err := s.run(); err != nil {
		return err
	}
	if !p.images {
		p.unseen += s.inline
	}
	if w.lines == rawLines {
		p.out.Gap(rawPart, scanner.TooLarge, fmt.Errorf("more than %d strings with numbers", rawLines))
	}
	return nil
}
