package extract

import (
	"bufio"
	"bytes"
	"encoding/binary"
	"errors"
	"io"

	"github.com/sletdk/slet/scanner"
)

// Metafiles (EMF and WMF) are lists of drawing commands. The text that they
// write is read; a bitmap in them, or text written as the numbers of a font's
// drawings, is a picture. Lines and areas are decoration.

const (
	emfMagic       = " EMF" // at offset 40
	wmfPlaceable   = "\xd7\xcd\xc6\x9a"
	maxDrawnRecord = 1 << 20 // bytes; a larger one holds a picture
)

func isEMF(head []byte) bool {
	return len(head) >= 44 && string(head[40:44]) == emfMagic && binary.LittleEndian.Uint32(head) == 1
}

func isWMF(head []byte) bool {
	if bytes.HasPrefix(head, []byte(wmfPlaceable)) {
		return true
	}
	return len(head) >= 18 && (head[0] == 1 || head[0] == 2) && head[1] == 0 && head[2] == 9 && head[3] == 0 && head[4] == 0 && (head[5] == 1 || head[5] == 3)
}

func isDrawing(d *doc) bool { return isEMF(d.head) || isWMF(d.head) }

// readDrawing reads a metafile's text.
func readDrawing(d *doc) error {
	r := &drawing{s: newStory(d), in: bufio.NewReaderSize(d.reader(), textChunk)}
	r.s.part("")
	var err error
	if isEMF(d.head) {
		err = r.emf()
	} else {
		err = r.wmf()
	}
	if r.s.finish(); r.s.err != nil {
		return r.s.err
	}
	if lost := d.alive(); lost != nil {
		return lost
	}
	if r.picture || err != nil {
		return d.unreadPicture("a drawing with a picture in it", scanner.Unsupported, errDrawing)
	}
	return nil
}

var errDrawing = errors.New("a drawing (EMF or WMF) with a bitmap or with unreadable text")

// drawing reads the records of a metafile.
type drawing struct {
	s       *story
	in      *bufio.Reader
	picture bool
	y       uint32 // of the text before
	short   bool   // it was one letter
	open    bool   // there is a line
}

// record reads what is left of a record, n bytes. A large one is a picture.
func (r *drawing) record(n int64) ([]byte, error) {
	if err := r.s.d.alive(); err != nil {
		return nil, err
	}
	if n < 0 {
		return nil, errors.New("a record of negative size")
	}
	if n > maxDrawnRecord {
		r.picture = true
		_, err := io.CopyN(io.Discard, r.in, n)
		return nil, err
	}
	b := make([]byte, n)
	_, err := io.ReadFull(r.in, b)
	return b, err
}

// line writes a string that stands at a height. What programs cut into single
// letters is put together again.
func (r *drawing) line(text []byte, y uint32) {
	short := len(bytes.TrimSpace(text)) <= 2
	switch {
	case !r.open:
	case y != r.y:
		r.s.endParagraph()
	case !short && !r.short:
		r.s.char(" ")
	}
	r.s.text(text)
	r.y, r.short, r.open = y, short, true
}

// raw looks for text in a record whose form is not known.
func (r *drawing) raw(b []byte) {
	_ = scanRaw(bytes.NewReader(b), func(run []byte) {
		r.s.endParagraph()
		r.open = false
		r.s.text(run)
		r.s.endParagraph()
	})
}

// bitmap notes the bitmap in a record, if there is one large enough.
func (r *drawing) bitmap(b []byte) {
	for i := 0; i+40 <= len(b) && i < 256; i += 2 {
		if isDIB(b[i:]) {
			r.picture = r.picture || !tooSmall(b[i:])
			return
		}
	}
	r.picture = r.picture || len(b) > 256
}

// The records of an EMF that matter ([MS-EMF] 2.1.1).
const (
	emrEOF     = 14
	emrComment = 70
	emrTextA   = 83
	emrTextW   = 84
)

func (r *drawing) emf() error {
	var head [8]byte
	for {
		if _, err := io.ReadFull(r.in, head[:]); err != nil {
			return err // the end record has not come
		}
		kind, size := binary.LittleEndian.Uint32(head[:]), int64(binary.LittleEndian.Uint32(head[4:]))
		b, err := r.record(size - 8)
		if err != nil {
			return err
		}
		switch {
		case kind == emrEOF:
			return nil
		case kind == emrTextA || kind == emrTextW:
			r.emfText(b, kind == emrTextW)
		case kind >= 76 && kind <= 81 || kind == 114 || kind == 116:
			r.bitmap(b)
		case kind == emrComment:
			r.emfComment(b)
		case kind == 1 || kind == 96 || kind == 97 || kind == 108 || kind > 122:
			r.raw(b)
		}
	}
}

// emfText reads EMR_EXTTEXTOUT; b begins behind the record's type and size.
func (r *drawing) emfText(b []byte, wide bool) {
	le := binary.LittleEndian
	if len(b) < 48 {
		return
	}
	n, off, options := int64(le.Uint32(b[36:])), int64(le.Uint32(b[40:]))-8, le.Uint32(b[44:])
	if options&0x10 != 0 { // numbers of drawings in a font
		r.picture = r.picture || n > 0
		return
	}
	if wide {
		n *= 2
	}
	if off < 0 || off+n > int64(len(b)) {
		r.raw(b)
		return
	}
	if text := b[off : off+n]; wide {
		r.line(le16(text), le.Uint32(b[32:]))
	} else {
		r.line(decodeText8(text), le.Uint32(b[32:]))
	}
}

// emfComment reads a comment, which may hold the records of EMF+.
func (r *drawing) emfComment(b []byte) {
	if len(b) < 8 || string(b[4:8]) != "EMF+" {
		r.raw(b)
		return
	}
	le := binary.LittleEndian
	for b = b[8:]; len(b) >= 12; {
		kind, flags, size := le.Uint16(b), le.Uint16(b[2:]), int(le.Uint32(b[4:]))
		if size < 12 || size > len(b) {
			r.picture = true
			return
		}
		switch {
		case kind == 0x4008 && flags>>8&0x7f == 5: // an object: an image
			r.picture = true
		case kind == 0x401c: // a string; the same text follows as an ordinary record, if at all
			r.raw(b[12:size])
		case kind == 0x4036 && size >= 20 && le.Uint32(b[16:])&1 == 0:
			r.picture = true // glyphs, not letters
		}
		b = b[size:]
	}
}

func (r *drawing) wmf() error {
	if head, _ := r.in.Peek(4); string(head) == wmfPlaceable {
		_, _ = r.in.Discard(22)
	}
	if _, err := r.in.Discard(18); err != nil {
		return err
	}
	var head [6]byte
	for {
		if _, err := io.ReadFull(r.in, head[:]); err != nil {
			return err
		}
		size, kind := 2*int64(binary.LittleEndian.Uint32(head[:])), binary.LittleEndian.Uint16(head[4:])
		b, err := r.record(size - 6)
		if err != nil {
			return err
		}
		switch kind {
		case 0:
			return nil
		case 0x0521, 0x0a32:
			r.wmfText(b, kind == 0x0a32)
		case 0x0f43, 0x0b41, 0x0940, 0x0d33, 0x0922, 0x0b23:
			r.bitmap(b)
		case 0x0626, 0x062f:
			r.raw(b)
		}
	}
}

// wmfText reads META_TEXTOUT and META_EXTTEXTOUT.
func (r *drawing) wmfText(b []byte, ext bool) {
	le := binary.LittleEndian
	if len(b) < 8 {
		return
	}
	var y uint32
	n, at := int(le.Uint16(b)), 2
	if ext {
		y, n, at = uint32(le.Uint16(b)), int(le.Uint16(b[4:])), 8
		switch options := le.Uint16(b[6:]); {
		case options&0x10 != 0:
			r.picture = true
			return
		case options&6 != 0:
			at += 8
		}
	} else if end := 2 + (n+1)&^1; end+2 <= len(b) {
		y = uint32(le.Uint16(b[end:]))
	}
	if at+n > len(b) {
		r.raw(b)
		return
	}
	r.line(decodeText8(b[at:at+n]), y)
}
