package extract

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"io"
	"strings"
	"unicode/utf16"
	"unicode/utf8"

	"golang.org/x/text/encoding"
	"golang.org/x/text/encoding/charmap"
	"golang.org/x/text/encoding/htmlindex"

	"github.com/sletdk/slet/scanner"
)

// charset is how text is encoded, as far as that matters here.
type charset uint8

const (
	// notText is content that does not look like text.
	notText charset = iota
	// narrow8 is UTF-8, in which every byte that is no UTF-8 is Windows-1252
	// (of which ISO-8859-1 is a part). The two hardly ever look like each
	// other, so a file that mixes them, as logs and joined exports do, is read
	// right, and no decision has to be made on a sample.
	narrow8
	// dos8 is the same with code page 850 or 865, which agree on the letters
	// of Danish, in the place of Windows-1252.
	dos8
	utf16le
	utf16be
)

const (
	bomUTF8    = "\xef\xbb\xbf"
	bomUTF16LE = "\xff\xfe"
	bomUTF16BE = "\xfe\xff"
)

// high8 gives the UTF-8 of the bytes 0x80–0xff of a one-byte encoding.
type high8 [128]string

var (
	windows1252 = newHigh8(charmap.Windows1252)
	codePage865 = newHigh8(charmap.CodePage865)
)

// newHigh8 tabulates a one-byte encoding. What it leaves undefined becomes the
// control character of the same number, as browsers do.
func newHigh8(m *charmap.Charmap) *high8 {
	var t high8
	for i := range t {
		r := m.DecodeByte(byte(i + 0x80))
		if r == utf8.RuneError {
			r = rune(i + 0x80)
		}
		t[i] = string(r)
	}
	return &t
}

// sniffCharset decides how the text that begins with head is encoded.
func sniffCharset(head []byte) charset {
	switch {
	case bytes.HasPrefix(head, []byte(bomUTF8)):
		if looksNarrow(head[len(bomUTF8):]) {
			return narrow8
		}
		return notText
	case bytes.HasPrefix(head, []byte(bomUTF16LE)) && looksWide(head[2:], binary.LittleEndian):
		return utf16le
	case bytes.HasPrefix(head, []byte(bomUTF16BE)) && looksWide(head[2:], binary.BigEndian):
		return utf16be
	}
	// UTF-16 without a byte order mark: every second byte is zero.
	var zeros [2]int
	for i, c := range head {
		if c == 0 {
			zeros[i&1]++
		}
	}
	pairs := len(head) / 2
	switch {
	case pairs >= 2 && zeros[1]*10 >= pairs*6 && zeros[0]*20 <= pairs && looksWide(head, binary.LittleEndian):
		return utf16le
	case pairs >= 2 && zeros[0]*10 >= pairs*6 && zeros[1]*20 <= pairs && looksWide(head, binary.BigEndian):
		return utf16be
	case len(bytes.Trim(head, "\x00")) == 0 || !looksNarrow(head):
		return notText
	case looksDOS(head):
		return dos8
	}
	return narrow8
}

// odd are the control characters that text does not have. Tabs, line and page
// breaks, backspaces, escapes (colours in logs) and the end mark of DOS it does.
func odd(c rune) bool {
	return c < 0x20 && c != '\t' && c != '\n' && c != '\r' && c != '\f' && c != '\v' && c != '\b' && c != 0x1b && c != 0x1a || c == 0x7f
}

// looksNarrow reports whether b looks like text in a one-byte encoding or UTF-8:
// at most one odd control character in twenty, where a run of zeros, such as
// the unwritten end of a log, counts as one; and not a third of the bytes
// outside ASCII, unless they are UTF-8. Compressed or encrypted data has one
// odd byte in nine, and half of its bytes outside ASCII.
func looksNarrow(b []byte) bool {
	n, bad, high, last := 0, 0, 0, byte(1)
	for i := 0; i < len(b); i++ {
		if len(b)-i >= 8 && printable8(binary.LittleEndian.Uint64(b[i:])) {
			n, last = n+8, 1
			i += 7
			continue
		}
		c := b[i]
		if c == 0 && last == 0 {
			continue
		}
		last = c
		n++
		if c >= 0x80 {
			high++
		} else if odd(rune(c)) {
			bad++
		}
	}
	if bad*20 > n {
		return false
	}
	return high*3 <= n || strays(b)*3 <= n
}

// printable8 reports whether all of eight bytes are printable ASCII.
func printable8(x uint64) bool {
	const ones = 0x0101010101010101
	below := (x - 0x20*ones) & ^x // the high bit of a byte below 0x20
	above := x | (x + ones)       // of one above 0x7e
	return (below|above)&(0x80*ones) == 0
}

// strays counts the bytes outside ASCII that are not part of UTF-8.
func strays(b []byte) int {
	n := 0
	for len(b) > 0 {
		r, size := utf8.DecodeRune(b)
		if r == utf8.RuneError && size == 1 {
			n++
		}
		b = b[size:]
	}
	return n
}

// validBut reports whether b is UTF-8 but for a rune that is cut at either end.
func validBut(b []byte) bool {
	for i := 0; i < utf8.UTFMax-1 && len(b) > 0 && !utf8.RuneStart(b[0]); i++ {
		b = b[1:]
	}
	return utf8.Valid(b[:len(b)-cutRune(b)])
}

// cutRune returns how many bytes at the end of b are a rune that is not whole.
func cutRune(b []byte) int {
	for n := 1; n < utf8.UTFMax && n <= len(b); n++ {
		if c := b[len(b)-n]; utf8.RuneStart(c) {
			if c >= utf8.RuneSelf && !utf8.FullRune(b[len(b)-n:]) {
				return n
			}
			return 0
		}
	}
	return 0
}

// looksWide reports whether b looks like text in UTF-16.
func looksWide(b []byte, order binary.ByteOrder) bool {
	n, bad := 0, 0
	for last := uint16(1); len(b) >= 2; b = b[2:] {
		u := order.Uint16(b)
		if u == 0 && last == 0 {
			continue
		}
		last = u
		n++
		// Control characters, private use, specials, and scripts that Danish
		// offices do not write but that pairs of bytes fall into.
		if odd(rune(u)) || u >= 0xe000 && u < 0xf8ff || u >= 0xfff0 || u >= 0x0700 && u < 0x1e00 {
			bad++
		}
	}
	return bad*20 <= n
}

// looksDOS reports whether text that is not UTF-8 has the Danish letters of code
// pages 850 and 865 rather than those of Windows-1252.
func looksDOS(b []byte) bool {
	dos, win := 0, 0
	for i, c := range b {
		switch c {
		case 0x91, 0x9b, 0x86, 0x8f, 0x9d: // æ ø å Å Ø; there is no Æ: 0x92 is ’
			if i > 0 && letter(b[i-1]) || i+1 < len(b) && letter(b[i+1]) {
				dos++
			}
		case 0xe6, 0xf8, 0xe5, 0xc6, 0xd8, 0xc5, 0xe9:
			win++
		}
	}
	return dos > win && !validBut(b)
}

func letter(c byte) bool { return c|0x20 >= 'a' && c|0x20 <= 'z' }

// textChunk is how much is decoded at a time. Whether content is text is
// decided anew for each, so that binary content behind a text is noticed.
const textChunk = 64 << 10

// minJudged is how long the last chunk has to be to be judged on its own.
const minJudged = 64

// decoder gives content as UTF-8 without the control characters that mean
// something in a sink's text (see the package comment).
type decoder struct {
	d    *doc
	r    io.Reader
	cs   charset
	high *high8
	buf  []byte // bytes read; buf[:n] are not decoded yet
	n    int
	off  int64 // of buf in the content
	out  []byte
	err  error
	runs runs // of chunks that are not text

	binary   int64 // bytes in chunks that did not look like text
	binaryAt int64 // where the first of them begins
	wasText  bool

	rest []byte // of what next gave, for Read
}

// text decodes d as text. name is the encoding as the content around it names
// it; it is used for encodings that cannot be told from the content.
func (d *doc) text(name string) *decoder {
	return d.decode(d.reader(), d.head, name)
}

// decode decodes what r gives, of which head is the beginning.
func (d *doc) decode(r io.Reader, head []byte, name string) *decoder {
	dec := &decoder{d: d, r: r, cs: sniffCharset(head), buf: make([]byte, min(textChunk, d.size+1)), wasText: true}
	if e := namedEncoding(name); e != nil && (dec.cs == narrow8 || dec.cs == dos8 || dec.cs == notText) {
		dec.r, dec.cs = e.NewDecoder().Reader(r), narrow8
	}
	dec.high = windows1252
	if dec.cs == dos8 {
		dec.high = codePage865
	}
	return dec
}

// namedEncoding returns a decoder for an encoding that the content cannot be
// told from, nil for the others: what is declared as UTF-8 or as ISO-8859-1 is
// so often the other that the content itself is the better witness.
func namedEncoding(name string) encoding.Encoding {
	name = strings.ToLower(strings.TrimSpace(name))
	if name == "" {
		return nil
	}
	e, err := htmlindex.Get(name)
	if err != nil {
		return nil
	}
	switch known, _ := htmlindex.Name(e); known {
	case "utf-8", "windows-1252", "utf-16le", "utf-16be", "replacement", "x-user-defined", "":
		return nil
	}
	return e
}

// next returns the next stretch of text, which is valid until the call after;
// it does not end inside a character. At the end it returns io.EOF.
func (t *decoder) next() ([]byte, error) {
	for {
		if t.err != nil && t.n == 0 {
			return nil, t.err
		}
		for t.err == nil && t.n < len(t.buf) {
			var n int
			n, t.err = t.r.Read(t.buf[t.n:])
			t.n += n
		}
		if err := t.d.alive(); err != nil {
			return nil, err
		}
		b := t.buf[:t.n]
		if t.err == nil {
			b = b[:len(b)-t.incomplete(b)]
		}
		out := t.chunk(b)
		t.off += int64(len(b))
		t.n = copy(t.buf, t.buf[len(b):t.n])
		if len(out) > 0 {
			return out, nil
		}
	}
}

// Read gives the text as a stream.
func (t *decoder) Read(p []byte) (int, error) {
	for len(t.rest) == 0 {
		var err error
		if t.rest, err = t.next(); err != nil {
			return 0, err
		}
	}
	n := copy(p, t.rest)
	t.rest = t.rest[n:]
	return n, nil
}

// finish returns what is wrong with the text after all of it was read: an error
// of the reader, or that it was not all text.
func (t *decoder) finish() error {
	if err := notEOF(t.err); err != nil {
		return err
	}
	if t.binary > 0 {
		return unreadable(scanner.Unsupported, "%d bytes from byte %d on do not look like text", t.binary, t.binaryAt)
	}
	return nil
}

// incomplete returns how many bytes at the end of b belong to what follows.
func (t *decoder) incomplete(b []byte) int {
	switch t.cs {
	case utf16le, utf16be:
		n := len(b) & 1
		if len(b) < 2 {
			return n
		}
		if u := t.order().Uint16(b[len(b)-n-2:]); u >= 0xd800 && u < 0xdc00 {
			n += 2 // the first half of a pair
		}
		return n
	}
	return cutRune(b)
}

func (t *decoder) order() binary.ByteOrder {
	if t.cs == utf16be {
		return binary.BigEndian
	}
	return binary.LittleEndian
}

// chunk decodes one chunk. Where it does not look like text in the encoding of
// the rest, its printable runs are what can be had of it.
func (t *decoder) chunk(b []byte) []byte {
	wide := t.cs == utf16le || t.cs == utf16be
	isText := t.cs != notText
	switch {
	case !isText:
	case t.off > 0 && len(b) < minJudged:
		isText = t.wasText
	case wide:
		isText = looksWide(b, t.order())
	default:
		isText = looksNarrow(b)
	}
	t.out = t.out[:0]
	if isText && !t.wasText {
		t.out = t.runs.flush(t.out)
	}
	if !isText {
		if t.binary == 0 {
			t.binaryAt = t.off
		}
		t.binary += int64(len(b))
		if t.wasText {
			t.runs.open() // a number may have begun in the text before
		}
		t.wasText = false
		t.out = t.runs.scan(t.out, b)
		if t.err != nil {
			t.out = t.runs.flush(t.out)
		}
		return t.out
	}
	t.wasText = true
	if t.off == 0 {
		b = trimBOM(b)
	}
	if wide {
		t.out = appendUTF16(t.out, b, t.order())
		return scrub(t.out)
	}
	if len(t.out) == 0 && utf8.Valid(b) {
		return scrub(b)
	}
	t.out = appendNarrow(t.out, b, t.high)
	return scrub(t.out)
}

func trimBOM(b []byte) []byte {
	for _, bom := range [...]string{bomUTF8, bomUTF16LE, bomUTF16BE} {
		if bytes.HasPrefix(b, []byte(bom)) {
			return b[len(bom):]
		}
	}
	return b
}

// scrub replaces, in place, the control characters that structure a sink's text.
func scrub(b []byte) []byte {
	for _, c := range [...]byte{CellEnd, HeaderEnd} {
		for rest := b; ; {
			i := bytes.IndexByte(rest, c)
			if i < 0 {
				break
			}
			rest[i] = ' '
			rest = rest[i+1:]
		}
	}
	return b
}

// clean makes a string from the content fit for a sink's text.
func clean(s string) []byte {
	return scrub([]byte(strings.ToValidUTF8(s, string(utf8.RuneError))))
}

// appendNarrow appends b, UTF-8 mixed with a one-byte encoding, as UTF-8.
func appendNarrow(dst, b []byte, high *high8) []byte {
	for len(b) > 0 {
		n := 0
		for len(b)-n >= 8 && binary.LittleEndian.Uint64(b[n:])&0x8080808080808080 == 0 {
			n += 8
		}
		for n < len(b) && b[n] < utf8.RuneSelf {
			n++
		}
		dst, b = append(dst, b[:n]...), b[n:]
		if len(b) == 0 {
			break
		}
		if r, size := utf8.DecodeRune(b); r != utf8.RuneError || size > 1 {
			dst, b = append(dst, b[:size]...), b[size:]
		} else {
			dst, b = append(dst, high[b[0]-0x80]...), b[1:]
		}
	}
	return dst
}

// appendUTF16 appends b, UTF-16, as UTF-8. An odd byte at the end and halves of
// surrogate pairs become U+FFFD.
func appendUTF16(dst, b []byte, order binary.ByteOrder) []byte {
	for len(b) >= 2 {
		u := order.Uint16(b)
		b = b[2:]
		switch {
		case u < utf8.RuneSelf:
			dst = append(dst, byte(u))
		case utf16.IsSurrogate(rune(u)) && len(b) >= 2:
			r := utf16.DecodeRune(rune(u), rune(order.Uint16(b)))
			if r != utf8.RuneError {
				b = b[2:]
			}
			dst = utf8.AppendRune(dst, r)
		default:
			dst = utf8.AppendRune(dst, rune(u))
		}
	}
	if len(b) > 0 {
		dst = utf8.AppendRune(dst, utf8.RuneError)
	}
	return dst
}

// headText is the beginning of d as UTF-8, "" if it is not text. A character
// that is cut at its end is left out.
func (d *doc) headText() string {
	if d.headDone {
		return d.headUTF8
	}
	d.headDone = true
	cs := sniffCharset(d.head)
	b := trimBOM(d.head)
	switch cs {
	case utf16le:
		d.headUTF8 = string(scrub(appendUTF16(nil, b[:len(b)&^1], binary.LittleEndian)))
	case utf16be:
		d.headUTF8 = string(scrub(appendUTF16(nil, b[:len(b)&^1], binary.BigEndian)))
	case narrow8:
		d.headUTF8 = string(scrub(appendNarrow(nil, b[:len(b)-cutRune(b)], windows1252)))
	case dos8:
		d.headUTF8 = string(scrub(appendNarrow(nil, b, codePage865)))
	}
	return d.headUTF8
}

// String names the encoding for an error or a test.
func (cs charset) String() string {
	names := [...]string{"not text", "UTF-8 or Windows-1252", "code page 865", "UTF-16LE", "UTF-16BE"}
	if int(cs) < len(names) {
		return names[cs]
	}
	return fmt.Sprintf("charset(%d)", uint8(cs))
}
