package extract

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"io"
	"path"
)

// isPicture reports whether a package's entry is a picture, by its name.
func isPicture(name string) bool {
	switch path.Ext(name) {
	case ".png", ".jpg", ".jpeg", ".jpe", ".jfif", ".gif", ".bmp", ".dib", ".svg",
		".emf", ".wmf", ".emz", ".wmz", ".wdp", ".hdp", ".ico", ".svm":
		return true
	}
	return false
}

// pictureSize returns the pixels of a picture from its first bytes. What it does
// not know (TIFF, the page formats) may be a scanned page.
func pictureSize(b []byte) (w, h int, ok bool) {
	switch {
	case bytes.HasPrefix(b, []byte("\x89PNG\r\n")) && len(b) >= 24:
		return int(binary.BigEndian.Uint32(b[16:])), int(binary.BigEndian.Uint32(b[20:])), true
	case bytes.HasPrefix(b, []byte("GIF8")) && len(b) >= 10:
		return int(binary.LittleEndian.Uint16(b[6:])), int(binary.LittleEndian.Uint16(b[8:])), true
	case bytes.HasPrefix(b, []byte("BM")) && len(b) >= 26:
		return int(binary.LittleEndian.Uint32(b[18:])), abs32(binary.LittleEndian.Uint32(b[22:])), true
	case bytes.HasPrefix(b, []byte("\xff\xd8")):
		return jpegSize(b)
	case bytes.HasPrefix(b, []byte("\x00\x00\x01\x00")):
		return 256, 256, true // an icon
	}
	return 0, 0, false
}

func abs32(u uint32) int {
	if n := int(int32(u)); n < 0 {
		return -n
	}
	return int(int32(u))
}

// jpegSize finds the frame header of a JPEG.
func jpegSize(b []byte) (w, h int, ok bool) {
	for i := 2; i+9 < len(b) && b[i] == 0xff; {
		m := b[i+1]
		if m >= 0xc0 && m <= 0xcf && m != 0xc4 && m != 0xc8 && m != 0xcc {
			return int(binary.BigEndian.Uint16(b[i+7:])), int(binary.BigEndian.Uint16(b[i+5:])), true
		}
		i += 2 + int(binary.BigEndian.Uint16(b[i+2:]))
	}
	return 0, 0, false
}

// pictureEdge is how many pixels a picture has, both ways, before it may be a
// scanned page rather than a logo, a signature or an icon.
const pictureEdge = 600

// readPicture reads a picture inside a document: a scanned page is an item of
// its own, to be read by OCR or to be a gap; a drawing's text is looked for raw.
func readPicture(d *doc, label string, r io.Reader, packed int64) error {
	switch path.Ext(label) {
	case ".emf", ".wmf":
		if packed < maxDrawing {
			return readDrawing(d, label, d.unpack(r, packed))
		}
	}
	head := make([]byte, headSize)
	n, err := io.ReadFull(r, head)
	if err != nil && err != io.EOF && err != io.ErrUnexpectedEOF {
		return noteGap(d, label, err)
	}
	if w, h, ok := pictureSize(head[:n]); ok && (w < pictureEdge || h < pictureEdge) {
		return nil
	}
	return d.childFrom(label, io.MultiReader(bytes.NewReader(head[:n]), r), packed)
}

// maxDrawing is how large a metafile may be to be taken for a drawing: the
// preview of an object, a diagram. A larger one has a picture in it.
const maxDrawing = 1 << 20

// readDrawing looks for text in a metafile, which has it as 8- or 16-bit strings.
func readDrawing(d *doc, label string, r io.Reader) error {
	s := newStory(d)
	s.part(label)
	err := scanRaw(r, func(run []byte) { s.text(run); s.endParagraph() })
	if s.finish(); s.err != nil {
		return s.err
	}
	return noteGap(d, label, err)
}

// maxPictures is how many pictures of one stream are read.
const maxPictures = 500

// readPictures finds the pictures in a stream of an old document, in which they
// lie one after the other between records, and reads those that may be scanned
// pages.
func readPictures(d *doc, b []byte) error {
	n := 0
	for at := nextPicture(b, 0); at < len(b) && n < maxPictures; {
		end := nextPicture(b, at+8)
		if w, h, ok := pictureSize(b[at:end]); ok && w >= pictureEdge && h >= pictureEdge {
			n++
			if err := d.child(fmt.Sprintf("billede %d", n), bytes.NewReader(b[at:end]), int64(end-at)); err != nil {
				return err
			}
		}
		at = end
	}
	return nil
}

// nextPicture returns where the next JPEG or PNG begins, len(b) if there is none.
func nextPicture(b []byte, from int) int {
	next := len(b)
	for _, magic := range [...]string{"\xff\xd8\xff\xe0", "\xff\xd8\xff\xe1", "\xff\xd8\xff\xee", "\xff\xd8\xff\xdb", "\x89PNG\r\n\x1a\n"} {
		if i := bytes.Index(b[min(from, next):next], []byte(magic)); i >= 0 {
			next = from + i
		}
	}
	return next
}
