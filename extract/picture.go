package extract

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"path"

	"github.com/sletdk/slet/scanner"
)

// There is one rule for pictures, wherever they stand: a picture that could
// hold a legible number is read by OCR, or it is a gap. All pictures of one
// document that were not read make one gap, so that letterheads do not flood
// the report.

// pictureRule says what becomes of the pictures inside a format's content.
type pictureRule uint8

const (
	// The zero rule: each picture is an entry of its own with its own gap, as
	// the files in an archive are.
	_ pictureRule = iota
	// pictureAlbum: the content is a document, whose pictures make one gap.
	pictureAlbum
	// picturePassed: the content is one packed document; what is around it
	// decides.
	picturePassed
)

// album counts the pictures of one document that were not read.
type album struct {
	unread int
	reason scanner.Reason // of the first
	err    error
}

func (a *album) add(reason scanner.Reason, err error) { a.addMany(1, reason, err) }

func (a *album) addMany(n int, reason scanner.Reason, err error) {
	if a.unread == 0 {
		a.reason, a.err = reason, err
	}
	a.unread += n
}

// tell records the gap.
func (a *album) tell(d *doc) {
	switch {
	case a.unread == 1:
		d.gap("", a.reason, fmt.Errorf("1 picture not read: %w", a.err))
	case a.unread > 1:
		d.gap("", a.reason, fmt.Errorf("%d pictures not read: %w", a.unread, a.err))
	}
	*a = album{}
}

// openAlbum gives d the album that a format's pictures go into, and reports
// whether it is d's own: then d tells of it.
func (d *doc) openAlbum(f *format) bool {
	switch {
	case f.pictures == picturePassed || f.pictures == pictureAlbum && d.as != "" && d.into != nil:
		d.album = d.into
	case f.pictures == pictureAlbum:
		d.album = &album{}
		return true
	}
	return false
}

var errNoOCR = errors.New("OCR is off")

// unreadPicture records that d, a picture, was not read: with the other pictures
// of its document, or as what is wrong with d. what says what kind it is.
func (d *doc) unreadPicture(what string, reason scanner.Reason, err error) error {
	if d.into != nil {
		d.into.add(reason, err)
		return nil
	}
	return unreadable(reason, "%s: %w", what, err)
}

// readImage reads the text in a picture with OCR.
func readImage(d *doc) error {
	const what = "a picture"
	switch {
	case tooSmall(d.head):
		return nil
	case !d.x.opts.OCR:
		return d.unreadPicture(what, scanner.Unsupported, errNoOCR)
	case d.size > maxImage:
		return d.unreadPicture(what, scanner.TooLarge, fmt.Errorf("%d bytes, the limit is %d", d.size, maxImage))
	}
	if w, h, ok := pictureSize(d.head); ok && float64(w)*float64(h) > maxImagePixels {
		return d.unreadPicture(what, scanner.TooLarge, fmt.Errorf("%d × %d pixels, the limit is %.0f million", w, h, maxImagePixels/1e6))
	}
	data, err := io.ReadAll(withBMPHeader(d))
	if err != nil {
		return err
	}
	text, reason, err := d.ocr(data)
	switch lost := d.alive(); {
	case lost != nil:
		return lost
	case err != nil:
		return d.unreadPicture(what, reason, err)
	}
	if err := d.part("", false); err != nil {
		return err
	}
	return d.sink.Text(text)
}

// The smallest picture with ten digits that a person can read, in pixels: four
// to a digit, six high. It may stand on its side.
const (
	legibleLong  = 40
	legibleShort = 6
)

// tooSmall reports whether a picture is too small for a legible number: a
// tracking pixel, a rule, a bullet. One of unknown size is not.
func tooSmall(data []byte) bool {
	w, h, ok := pictureSize(data[:min(len(data), headSize)])
	return ok && notLegible(w, h)
}

// notLegible says it of a picture's pixels.
func notLegible(w, h int) bool { return max(w, h) < legibleLong || min(w, h) < legibleShort }

// isPicture reports whether a package's entry is a picture in pixels, by its
// name.
func isPicture(name string) bool {
	switch path.Ext(name) {
	case ".png", ".jpg", ".jpeg", ".jpe", ".jfif", ".gif", ".bmp", ".dib", ".wdp", ".hdp", ".ico", ".tif", ".tiff", ".webp":
		return true
	}
	return false
}

// readPicture reads an entry of a package that its name says is a picture. One
// that will not be read is not unpacked; what is no picture after all is.
func (d *doc) readPicture(label string, r io.Reader, packed int64) error {
	head := make([]byte, headSize)
	n, err := io.ReadFull(r, head)
	if err != nil && err != io.EOF && err != io.ErrUnexpectedEOF {
		return noteGap(d, label, err)
	}
	if head = head[:n]; hasPictureMagic(head) && d.album != nil {
		if tooSmall(head) {
			return d.countPart(d)
		}
		if !d.x.opts.OCR {
			d.album.add(scanner.Unsupported, errNoOCR)
			return d.countPart(d)
		}
	}
	return d.childFrom(label, io.MultiReader(bytes.NewReader(head), r), packed)
}

// isImage recognises PNG, JPEG, TIFF, BMP and GIF, and a bitmap without its
// file header, as documents hold them.
func isImage(d *doc) bool { return hasPictureMagic(d.head) || isDIB(d.head) }

func hasPictureMagic(head []byte) bool {
	for _, magic := range []string{"\x89PNG\r\n\x1a\n", "\xff\xd8\xff", "II*\x00", "MM\x00*", "GIF87a", "GIF89a"} {
		if bytes.HasPrefix(head, []byte(magic)) {
			return true
		}
	}
	// "BM" may begin a text: the reserved bytes have to be zero too.
	return len(head) > 15 && string(head[:2]) == "BM" && string(head[6:10]) == "\x00\x00\x00\x00" && head[15] == 0
}

// isDIB recognises a bitmap by its BITMAPINFOHEADER.
func isDIB(b []byte) bool {
	le := binary.LittleEndian
	if len(b) < 40 || le.Uint32(b) != 40 || le.Uint16(b[12:]) != 1 || le.Uint32(b[16:]) > 5 {
		return false
	}
	switch le.Uint16(b[14:]) {
	case 1, 4, 8, 16, 24, 32:
		w, h := le.Uint32(b[4:]), abs32(le.Uint32(b[8:]))
		return w > 0 && w < 1<<16 && h > 0 && h < 1<<16
	}
	return false
}

// withBMPHeader reads a picture; a bitmap without its file header is given one.
func withBMPHeader(d *doc) io.Reader {
	if !isDIB(d.head) {
		return d.reader()
	}
	le := binary.LittleEndian
	colours := le.Uint32(d.head[32:])
	if bits := le.Uint16(d.head[14:]); colours == 0 && bits <= 8 {
		colours = 1 << bits
	}
	masks := uint32(0)
	if le.Uint32(d.head[16:]) == 3 {
		masks = 12
	}
	head := le.AppendUint32([]byte("BM"), uint32(14+d.size))
	head = le.AppendUint32(head, 0)
	head = le.AppendUint32(head, 14+40+masks+4*min(colours, 256))
	return io.MultiReader(bytes.NewReader(head), d.reader())
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
	case isDIB(b):
		return int(binary.LittleEndian.Uint32(b[4:])), abs32(binary.LittleEndian.Uint32(b[8:])), true
	case bytes.HasPrefix(b, []byte("\xff\xd8")):
		return jpegSize(b)
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
