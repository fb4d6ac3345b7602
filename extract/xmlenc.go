package extract

import (
	"bytes"
	"io"

	"golang.org/x/text/encoding/charmap"
	"golang.org/x/text/encoding/unicode"
)

// detectEncoding looks at the first bytes, and at the declaration if there is
// one, and puts a decoder before the source where the document is not UTF-8.
// It is called with the buffer filled once and nothing read from it.
func (x *xmlReader) detectEncoding() {
	for x.end < 4 && x.fill() {
	}
	b := x.buf[:x.end]
	switch {
	case bytes.HasPrefix(b, []byte("\xef\xbb\xbf")):
		x.pos = 3
		return
	case bytes.HasPrefix(b, []byte("\xff\xfe")), bytes.HasPrefix(b, []byte("\xfe\xff")):
		x.redecode(unicode.UTF16(unicode.LittleEndian, unicode.UseBOM).NewDecoder().Reader)
		return
	case bytes.HasPrefix(b, []byte("<\x00?\x00")):
		x.redecode(unicode.UTF16(unicode.LittleEndian, unicode.IgnoreBOM).NewDecoder().Reader)
		return
	case bytes.HasPrefix(b, []byte("\x00<\x00?")):
		x.redecode(unicode.UTF16(unicode.BigEndian, unicode.IgnoreBOM).NewDecoder().Reader)
		return
	}
	if !bytes.HasPrefix(b, []byte("<?xml")) {
		return
	}
	decl, _, _ := bytes.Cut(b, []byte("?>"))
	i := bytes.Index(decl, []byte("encoding"))
	if i < 0 {
		return
	}
	name := bytes.ToLower(bytes.Trim(decl[i+len("encoding"):], " \t\r\n=\"'?"))
	for _, single := range [...]string{"iso-8859-1", "iso8859-1", "latin1", "windows-1252", "cp1252"} {
		if bytes.HasPrefix(name, []byte(single)) {
			x.redecode(charmap.Windows1252.NewDecoder().Reader)
			return
		}
	}
}

// redecode reads everything from the start again through a decoder.
func (x *xmlReader) redecode(decoder func(io.Reader) io.Reader) {
	if x.eof {
		x.eof = false
		x.src = bytes.NewReader(nil)
	}
	raw := bytes.Clone(x.buf[:x.end])
	x.src = decoder(io.MultiReader(bytes.NewReader(raw), x.src))
	x.pos, x.end = 0, 0
	x.fill()
}
