package imap

import (
	"encoding/base64"
	"encoding/binary"
	"strings"
	"unicode/utf16"
	"unicode/utf8"
)

// encodeName writes a folder's name as it goes over the wire: in modified UTF-7
// (RFC 3501, 5.1.3), where &AOY- is æ.
func encodeName(name string) string {
	var b strings.Builder
	var wide []byte
	flush := func() {
		if len(wide) > 0 {
			b.WriteByte('&')
			b.WriteString(strings.ReplaceAll(base64.RawStdEncoding.EncodeToString(wide), "/", ","))
			b.WriteByte('-')
			wide = nil
		}
	}
	for _, r := range name {
		switch {
		case r < ' ' || r > '~':
			for _, u := range utf16.Encode([]rune{r}) {
				wide = binary.BigEndian.AppendUint16(wide, u)
			}
			continue
		case r == '&':
			flush()
			b.WriteString("&-")
		default:
			flush()
			b.WriteRune(r)
		}
	}
	flush()
	return b.String()
}

// decodeName is the inverse of encodeName. It accepts nothing else: a name that
// can be written in two ways could hide from the rule about private folders, and
// one that comes out in another way than it came in could not be opened.
func decodeName(raw string) (name string, ok bool) {
	var b strings.Builder
	for rest := raw; rest != ""; {
		before, after, shift := strings.Cut(rest, "&")
		b.WriteString(before)
		if !shift {
			break
		}
		code, left, ended := strings.Cut(after, "-")
		if !ended {
			return "", false
		}
		rest = left
		if code == "" {
			b.WriteByte('&')
			continue
		}
		wide, err := base64.RawStdEncoding.DecodeString(strings.ReplaceAll(code, ",", "/"))
		if err != nil || len(wide)%2 != 0 {
			return "", false
		}
		units := make([]uint16, 0, len(wide)/2)
		for i := 0; i < len(wide); i += 2 {
			units = append(units, binary.BigEndian.Uint16(wide[i:]))
		}
		b.WriteString(string(utf16.Decode(units)))
	}
	name = b.String()
	return name, utf8.ValidString(name) && encodeName(name) == raw
}
