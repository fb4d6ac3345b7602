package extract

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"strings"
	"unicode/utf8"

	"github.com/sletdk/slet/scanner"
)

// Outlook's messages ([MS-OXMSG]): a stream for each property that is a text or
// a file, a storage for each recipient and attachment.

// msgText is the name of the streams of properties; the property's number and
// type follow, in hexadecimal.
const msgText = "__substg1.0_"

// The properties that are told apart.
const (
	msgSubject  = "0037"
	msgBody     = "1000"
	msgRTF      = "1009"
	msgHTML     = "1013"
	msgFile     = "3701"
	msgFileName = "3704"
	msgLongName = "3707"
	msgTitle    = "3001"
)

// readMSG reads a message: subject and body, the other properties, recipients,
// attachments.
func readMSG(d *doc, st *storage) error {
	if st.isPrivate(d) {
		d.gap("", reasonOf(errPrivate), errPrivate)
		return nil
	}
	s := newStory(d)
	plain := false
	for _, p := range [...]struct{ id, where string }{{msgSubject, "emne"}, {msgBody, "brødtekst"}} {
		s.part(p.where)
		err := st.msgString(d, p.id, func(b []byte) {
			s.text(b)
			plain = plain || p.id == msgBody && len(bytes.TrimSpace(b)) > 0
		})
		if s.finish(); s.err != nil {
			return s.err
		}
		if err := noteGap(d, p.where, err); err != nil {
			return err
		}
	}
	if !plain {
		if err := readMSGBody(d, st); err != nil {
			return err
		}
	}
	if err := readMSGProperties(d, st, "egenskaber"); err != nil {
		return err
	}
	for _, f := range st.folders {
		var err error
		switch {
		case strings.HasPrefix(f.name, "__recip_version1.0_"):
			err = readMSGProperties(d, f, "modtager")
		case strings.HasPrefix(f.name, "__attach_version1.0_"):
			err = readMSGAttachment(d, f)
		case strings.HasPrefix(f.name, "__nameid_version1.0"): // names of properties
		default:
			err = readEmbedded(d, f, cleanName(f.name))
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// isPrivate reports whether a message's subject or sensitivity marks it private.
func (st *storage) isPrivate(d *doc) bool {
	private := false
	_ = st.msgString(d, msgSubject, func(b []byte) { private = scanner.PrivateSubject(string(b)) })
	// The properties of fixed size ([MS-OXMSG] 2.4): a header of 32 bytes in a
	// message, of 24 in one inside another, and 16 bytes for each.
	b, _ := st.load(d, "__properties_version1.0")
	for at := len(b) % 16; at+16 <= len(b); at += 16 {
		if string(b[at:at+4]) == "\x03\x00\x36\x00" && privateMAPI(binary.LittleEndian.Uint32(b[at+8:])) {
			private = true
		}
	}
	return private
}

// readMSGBody reads the body in another form when there is none in plain text.
func readMSGBody(d *doc, st *storage) error {
	if name := msgText + msgHTML + "0102"; st.has(name) {
		return d.entry(entry{name: "brødtekst", r: st.open(d, name), packed: st.streams[name].Size, as: "html"})
	}
	if name := msgText + msgHTML + "001F"; st.has(name) {
		return d.entry(entry{name: "brødtekst", r: st.open(d, name), packed: st.streams[name].Size, as: "html"})
	}
	name := msgText + msgRTF + "0102"
	if !st.has(name) {
		return nil
	}
	b, err := st.load(d, name)
	if err := noteGap(d, "brødtekst", err); err != nil {
		return err
	}
	rtf, err := inflateRTF(b)
	if err != nil {
		return noteGap(d, "brødtekst", err)
	}
	return d.entry(entry{name: "brødtekst", r: bytes.NewReader(rtf), packed: int64(len(b)), as: "rtf"})
}

// msgString gives f the text of a property, 8 or 16 bits a character.
func (st *storage) msgString(d *doc, id string, f func([]byte)) error {
	if name := msgText + id + "001F"; st.has(name) {
		b, err := st.load(d, name)
		f(le16(b))
		return err
	}
	if name := msgText + id + "001E"; st.has(name) {
		b, err := st.load(d, name)
		f(decodeText8(b))
		return err
	}
	return nil
}

// decodeText8 decodes 8-bit text, whose encoding a message does not always tell.
func decodeText8(b []byte) []byte {
	if utf8.Valid(b) {
		return b
	}
	return decode1252(nil, b)
}

// readMSGProperties writes the texts of all other properties, each a line.
func readMSGProperties(d *doc, st *storage, where string) error {
	s := newStory(d)
	s.part(where)
	for _, name := range st.order {
		id, ok := strings.CutPrefix(name, msgText)
		if !ok || len(id) != 8 || id[4:] != "001F" && id[4:] != "001E" {
			continue
		}
		if id = id[:4]; id == msgSubject || id == msgBody || id == msgHTML {
			continue
		}
		err := st.msgString(d, id, func(b []byte) { s.text(b); s.endParagraph() })
		if err := noteGap(d, where, err); err != nil {
			return err
		}
	}
	s.finish()
	return s.err
}

// readMSGAttachment reads an attachment: a file, or a message or another object
// in a storage of its own.
func readMSGAttachment(d *doc, st *storage) error {
	name := ""
	for _, id := range [...]string{msgLongName, msgFileName, msgTitle} {
		if name == "" {
			st.msgString(d, id, func(b []byte) { name = strings.TrimRight(string(b), "\x00") })
		}
	}
	if name == "" {
		name = "uden navn"
	}
	name = "vedhæftning " + cleanName(name)
	if file := msgText + msgFile + "0102"; st.has(file) {
		return d.childFrom(name, st.open(d, file), st.streams[file].Size)
	}
	for _, f := range st.folders {
		if strings.HasPrefix(f.name, msgText+msgFile) {
			return readEmbedded(d, f, name)
		}
	}
	if st.has(msgText + msgFile + "001F") { // a link to a file elsewhere
		return readMSGProperties(d, st, name)
	}
	for _, stream := range st.order {
		if strings.HasPrefix(stream, msgText+msgFile) {
			d.gap(name, scanner.Unsupported, errors.New("an attachment of an unknown kind"))
		}
	}
	return nil
}

// rtfPrelude is the text that compressed RTF may refer to from its beginning
// ([MS-OXRTFCP] 2.1.2.1).
const rtfPrelude = `{\rtf1\ansi\mac\deff0\deftab720{\fonttbl;}{\f0\fnil \froman \fswiss \fmodern \fscript ` +
	`\fdecor MS Sans SerifSymbolArialTimes New RomanCourier{\colortbl\red0\green0\blue0` +
	"\r\n" + `\par \pard\plain\f0\fs20\b\i\u\tab\tx`

// maxRTF is the largest RTF body that is unpacked.
const maxRTF = 64 << 20

// inflateRTF unpacks a body in compressed RTF.
func inflateRTF(b []byte) ([]byte, error) {
	const header = 16
	if len(b) < header {
		return nil, fmt.Errorf("compressed RTF: %w", io.ErrUnexpectedEOF)
	}
	size := binary.LittleEndian.Uint32(b[4:])
	kind := string(b[8:12])
	b = b[header:]
	switch {
	case kind == "MELA":
		return b[:min(int64(size), int64(len(b)))], nil
	case kind != "LZFu":
		return nil, errors.New("compressed RTF: unknown compression")
	case int64(size) > maxRTF || int64(size) > 9*int64(len(b)):
		// A reference of two bytes gives at most seventeen.
		return nil, errors.New("compressed RTF: the size is wrong")
	}
	var dict [4096]byte
	at := copy(dict[:], rtfPrelude)
	out := make([]byte, 0, size)
	put := func(c byte) {
		out = append(out, c)
		dict[at] = c
		at = (at + 1) % len(dict)
	}
	for len(b) > 0 {
		control := b[0]
		b = b[1:]
		for bit := 0; bit < 8 && len(b) > 0; bit, control = bit+1, control>>1 {
			if control&1 == 0 {
				put(b[0])
				b = b[1:]
				continue
			}
			if len(b) < 2 {
				return out, nil
			}
			ref := binary.BigEndian.Uint16(b)
			b = b[2:]
			from, n := int(ref>>4), int(ref&0xf)+2
			if from == at {
				return out, nil
			}
			for range n {
				put(dict[from])
				from = (from + 1) % len(dict)
			}
		}
	}
	return out, nil
}
