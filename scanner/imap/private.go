package imap

import (
	"bytes"
	"io"
	"mime"
	"strings"
	"unicode/utf8"

	"golang.org/x/text/encoding/charmap"
	"golang.org/x/text/encoding/htmlindex"

	"github.com/sletdk/slet/scanner"
)

// privateHead reports whether header fields mark a message private. Every
// Subject and every Sensitivity field counts, and either reading of a subject:
// as it stands and decoded.
func privateHead(head []byte) bool {
	for name, value := range fields(head) {
		switch {
		case strings.EqualFold(name, "Sensitivity"):
			if scanner.PrivateSensitivity(value) {
				return true
			}
		case strings.EqualFold(name, "Subject"):
			if scanner.PrivateSubject(value) || scanner.PrivateSubject(decodeWords(value)) {
				return true
			}
		}
	}
	return false
}

// fields yields the header fields, with folded lines joined.
func fields(head []byte) func(yield func(name, value string) bool) {
	return func(yield func(name, value string) bool) {
		name, value := "", ""
		for line := range bytes.Lines(head) {
			text := strings.TrimRight(string(line), "\r\n")
			if name != "" && text != "" && (text[0] == ' ' || text[0] == '\t') {
				value += text
				continue
			}
			if name != "" && !yield(name, value) {
				return
			}
			name, value, _ = strings.Cut(text, ":")
			name = strings.TrimSpace(name)
		}
		if name != "" {
			yield(name, value)
		}
	}
}

// decodeWords decodes a subject (RFC 2047). Raw bytes that are not UTF-8 are
// taken for Windows-1252, which is what they are in Danish mail.
func decodeWords(s string) string {
	if !utf8.ValidString(s) {
		if d, err := charmap.Windows1252.NewDecoder().String(s); err == nil {
			s = d
		}
	}
	words := mime.WordDecoder{CharsetReader: func(charset string, r io.Reader) (io.Reader, error) {
		enc, err := htmlindex.Get(charset)
		if err != nil {
			enc = charmap.Windows1252 // ASCII letters survive it
		}
		return enc.NewDecoder().Reader(r), nil
	}}
	d, err := words.DecodeHeader(s)
	if err != nil {
		return s
	}
	return d
}
