package extract

import (
	"bytes"
	"io"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"unicode"
	"unicode/utf8"

	"github.com/sletdk/slet/scanner"
)

// A PDF is read in one of two ways. "full" is PDFium, in WebAssembly, in a
// worker process: it found 99 % of the digits that poppler finds in 1,100
// public test files, and 835 of 836 labelled numbers. "light" is
// ledongthuc/pdf: 68 % and 615, mostly without an error, so that what it read
// counts as read only where a scan of the raw file can confirm it. Both run in
// a worker process, since both can loop without end, and both are followed by
// that scan, which finds numbers in what neither reads.

// isPDF recognises a PDF: by its header at the very beginning, or within the
// first kilobyte if there is an object in sight as well (the header may stand
// in a text about PDF).
func isPDF(d *doc) bool {
	at := pdfHeader(d.head)
	if at < 0 {
		return false
	}
	if strings.TrimSpace(strings.TrimPrefix(string(d.head[:at]), "\ufeff")) == "" {
		return true
	}
	return objectStart().Match(d.head[at:])
}

// pdfHeader returns where the header stands in the first kilobyte, or -1.
func pdfHeader(head []byte) int {
	at := bytes.Index(head[:min(len(head), 1024)], []byte("%PDF-"))
	if at < 0 || at+5 >= len(head) || head[at+5] < '0' || head[at+5] > '9' {
		return -1
	}
	return at
}

var (
	objectStart = lazily(`[0-9]+[ \t\r\n]+[0-9]+[ \t\r\n]+obj\b`)
	startXref   = lazily(`startxref[ \t\r\n]+([0-9]{1,18})`)
	linearized  = lazily(`/Linearized[^>]{0,200}/L[ \t\r\n]+([0-9]{1,18})|/L[ \t\r\n]+([0-9]{1,18})[^>]{0,200}/Linearized`)
)

// lazily is an expression that is compiled when it is first needed, not whenever
// the program starts: repetitions such as {0,200} are large.
func lazily(expr string) func() *regexp.Regexp {
	return sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(expr) })
}

// maxPDF is the largest document that PDFium's interface can address.
const maxPDF = 1<<31 - 1

// readPDF reads a PDF.
func readPDF(d *doc) error {
	if d.size > maxPDF {
		return unreadable(scanner.TooLarge, "%d bytes, the limit for PDF is %d", d.size, maxPDF)
	}
	m := jobMessage{Reader: readerPDFium, Images: d.x.opts.OCR}
	if d.x.opts.PDF == "light" {
		m = jobMessage{Reader: readerLight}
	}
	return d.inWorker(m)
}

// tailSize is how far from the end the end-of-file mark is looked for: some
// programs pad a file to whole blocks.
const tailSize = 64 << 10

// truncated tells why a document is not whole, "" if it seems to be. A reader
// repairs what it can and does not say what is gone.
func truncated(r io.ReaderAt, size int64) string {
	head := readSome(r, 0, min(size, 2048))
	tail := readSome(r, max(0, size-tailSize), min(size, tailSize))
	shift := int64(max(0, pdfHeader(head)))
	if m := linearized().FindSubmatch(head); m != nil {
		length, _ := strconv.ParseInt(string(m[1])+string(m[2]), 10, 64)
		if length+shift > size {
			return "the file is cut off: it says that it is " + strconv.FormatInt(length, 10) + " bytes"
		}
	}
	end := bytes.LastIndex(tail, []byte("%%EOF"))
	if end < 0 {
		return "the file is cut off: it has no end mark"
	}
	if objectStart().Match(tail[end:]) {
		return "the file is cut off: its last part has no end mark"
	}
	if all := startXref().FindAllSubmatch(tail[:end], -1); all != nil {
		at, _ := strconv.ParseInt(string(all[len(all)-1][1]), 10, 64)
		if at+shift >= size {
			return "the file is cut off: its table of contents lies behind its end"
		}
	}
	return ""
}

// readSome reads n bytes at an offset, or as many as there are.
func readSome(r io.ReaderAt, off, n int64) []byte {
	b := make([]byte, n)
	got, _ := r.ReadAt(b, off)
	return b[:got]
}

// appendPDFText appends a page's text as a PDF reader gives it, cleaned: lines
// end with a newline; a hyphen at the end of a line, which PDFium marks with
// U+0002 or U+FFFE, joins two halves of a word, and stays where it is part of a
// number or a name; control characters become blanks.
func appendPDFText(dst []byte, s string) []byte {
	for i, r := range s {
		next, _ := utf8.DecodeRuneInString(s[i+utf8.RuneLen(r):])
		switch {
		case r == 0x02 || r == 0xFFFE:
			before, _ := utf8.DecodeLastRune(dst)
			if !unicode.IsLower(before) || !unicode.IsLower(next) {
				dst = append(dst, '-')
			}
		case r == '\r':
			if next != '\n' {
				dst = append(dst, '\n')
			}
		case r == '\n' || r == '\t':
			dst = append(dst, byte(r))
		case r == 0 || r == 0xFFFF || r == 0x7f:
		case r < 0x20:
			dst = append(dst, ' ')
		default:
			dst = utf8.AppendRune(dst, r)
		}
	}
	return dst
}

// countLetters counts the letters and digits in b.
func countLetters(b []byte) (n int) {
	for _, r := range string(b) {
		if unicode.IsLetter(r) || unicode.IsDigit(r) {
			n++
		}
	}
	return n
}

// digitsIn counts the ASCII digits in b.
func digitsIn(b []byte) (n int) {
	for _, c := range b {
		if '0' <= c && c <= '9' {
			n++
		}
	}
	return n
}
