package extract

import (
	"encoding/binary"

	"github.com/sletdk/slet/scanner"
)

// The types of properties that hold text ([MS-OLEPS] 2.15).
const (
	propText8   = 0x1e
	propText16  = 0x1f
	propVariant = 0x0c
	propVector  = 0x1000
)

// readSummary writes the texts among the document's properties.
func readSummary(d *doc, st *storage) error {
	s := newStory(d)
	s.part("egenskaber")
	for _, name := range [...]string{"SummaryInformation", "DocumentSummaryInformation"} {
		b, err := st.load(d, name)
		if err == nil && len(b) > 0 && !writePropertySet(s, b) {
			err = unreadable(scanner.Corrupt, "the document's properties are damaged")
		}
		if err := noteGap(d, "egenskaber", err); err != nil {
			return err
		}
	}
	s.finish()
	return s.err
}

// maxProperties is how many properties of a section are read.
const maxProperties = 10_000

// writePropertySet writes the texts of a property set, each a line, and reports
// whether its form is right.
func writePropertySet(s *story, b []byte) bool {
	le := binary.LittleEndian
	if len(b) < 28 || le.Uint16(b) != 0xfffe {
		return false
	}
	for i := range min(le.Uint32(b[24:]), 2) { // the second section has the user's own
		at := 28 + 20*int(i) + 16
		if at+4 > len(b) {
			return false
		}
		from := int64(le.Uint32(b[at:]))
		if from+8 > int64(len(b)) {
			return false
		}
		writeSection(s, b[from:])
	}
	return true
}

// writeSection writes the texts of a section: a list of numbers and places, then
// the values.
func writeSection(s *story, b []byte) {
	le := binary.LittleEndian
	wide := false
	for i := range min(int(le.Uint32(b[4:])), maxProperties, (len(b)-8)/8) {
		id, at := le.Uint32(b[8+8*i:]), int64(le.Uint32(b[12+8*i:]))
		if at+8 > int64(len(b)) {
			continue
		}
		kind, value := le.Uint32(b[at:]), b[at+4:]
		switch {
		case id == 0:
			writeDictionary(s, b[at:], wide)
		case id == 1:
			wide = le.Uint16(value) == 1200
		case kind == propText8 || kind == propText16:
			writeProperty(s, kind, value)
		case kind&propVector != 0:
			writeVector(s, kind&^propVector, value)
		}
	}
}

// writeVector writes the texts of a list.
func writeVector(s *story, kind uint32, b []byte) {
	le := binary.LittleEndian
	n := min(int(le.Uint32(b)), maxProperties)
	b = b[4:]
	for range n {
		k := kind
		if k == propVariant {
			if len(b) < 4 {
				return
			}
			k, b = le.Uint32(b), b[4:]
		}
		if k != propText8 && k != propText16 {
			if len(b) < 4 {
				return
			}
			b = b[4:] // a number
			continue
		}
		used := writeProperty(s, k, b)
		if used > len(b) {
			return
		}
		b = b[used:]
	}
}

// writeProperty writes one text, and returns how many bytes it takes.
func writeProperty(s *story, kind uint32, b []byte) int {
	if len(b) < 4 {
		return len(b) + 1
	}
	n := int64(binary.LittleEndian.Uint32(b))
	if kind == propText16 {
		n *= 2
	}
	if n > int64(len(b)-4) {
		return len(b) + 1
	}
	text := b[4 : 4+n]
	if kind == propText16 {
		text = le16(text)
	} else {
		text = decodeText8(text)
	}
	writeProgramText(s, text)
	return 4 + int(n+3)&^3
}

// writeDictionary writes the names of the user's own properties.
func writeDictionary(s *story, b []byte, wide bool) {
	le := binary.LittleEndian
	n := min(int(le.Uint32(b)), maxProperties)
	b = b[4:]
	for range n {
		if len(b) < 8 {
			return
		}
		size := int64(le.Uint32(b[4:]))
		if wide {
			size = (2*size + 3) &^ 3
		}
		if b = b[8:]; size > int64(len(b)) {
			return
		}
		text := b[:size]
		if wide {
			text = le16(text)
		} else {
			text = decodeText8(text)
		}
		writeProgramText(s, text)
		b = b[size:]
	}
}

// writeProgramText writes a text as programs keep it: it ends at a zero.
func writeProgramText(s *story, text []byte) {
	for i, c := range text {
		if c == 0 {
			text = text[:i]
			break
		}
	}
	s.text(text)
	s.endParagraph()
}
