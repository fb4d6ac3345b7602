package extract

import (
	"bytes"
	"compress/zlib"
	"encoding/binary"
	"fmt"
	"io"

	"github.com/sletdk/slet/scanner"
)

// Old Office documents keep pictures as records of OfficeArt ([MS-ODRAW]
// 2.2.23), one behind the other in a stream, or between other records.

// maxPictures is how many pictures of one stream are read one by one.
const maxPictures = 500

// blipHeads are the first four bytes of the records of packed metafiles, PICT,
// bitmaps and TIFF, each with one and with two identifiers. JPEG and PNG are
// found by their own signatures.
var blipHeads = []struct {
	head string
	kind byte // m: metafile, p: no other reader
	ids  int
}{
	{"\x40\x3d\x1a\xf0", 'm', 1}, {"\x50\x3d\x1a\xf0", 'm', 2},
	{"\x60\x21\x1b\xf0", 'm', 1}, {"\x70\x21\x1b\xf0", 'm', 2},
	{"\x20\x54\x1c\xf0", 'p', 1}, {"\x30\x54\x1c\xf0", 'p', 2},
	{"\x80\x7a\x1f\xf0", 'p', 1}, {"\x90\x7a\x1f\xf0", 'p', 2},
	{"\x40\x6e\x29\xf0", 'p', 1}, {"\x50\x6e\x29\xf0", 'p', 2},
}

// readPictures finds the pictures in a stream of an old document.
func readPictures(d *doc, b []byte) error {
	n := 0
	next := func() string { n++; return fmt.Sprintf("billede %d", n) }
	for at := nextPicture(b, 0); at < len(b); {
		end := nextPicture(b, at+8)
		switch {
		case tooSmall(b[at:end]):
		case n >= maxPictures:
			d.album.add(scanner.TooLarge, fmt.Errorf("more than %d pictures", maxPictures))
		default:
			if err := d.child(next(), bytes.NewReader(b[at:end]), int64(end-at)); err != nil {
				return err
			}
		}
		at = end
	}
	for _, blip := range blipHeads {
		for rest := b; n < maxPictures; {
			i := bytes.Index(rest, []byte(blip.head))
			if i < 0 || i+8 > len(rest) {
				break
			}
			rest = rest[i+8:]
			size := int64(binary.LittleEndian.Uint32(b[len(b)-len(rest)-4:]))
			body := rest[:min(size, int64(len(rest)))]
			if skip := 16 * blip.ids; len(body) > skip+34 && blip.kind == 'm' {
				if err := readPackedDrawing(d, next(), body[skip:]); err != nil {
					return err
				}
			} else {
				n++
				d.album.add(scanner.Unsupported, fmt.Errorf("a picture of a kind that is not read"))
			}
		}
	}
	return d.alive()
}

// readPackedDrawing reads a metafile behind its header of 34 bytes.
func readPackedDrawing(d *doc, name string, b []byte) error {
	const header, stored = 34, 0xfe
	body := b[header:]
	if b[32] == stored {
		return d.child(name, bytes.NewReader(body), int64(len(body)))
	}
	z, err := zlib.NewReader(bytes.NewReader(body))
	if err != nil {
		d.album.add(scanner.Corrupt, fmt.Errorf("a drawing that cannot be unpacked: %w", err))
		return nil
	}
	// A drawing has no end of its own that is worth more than its last record.
	size := int64(binary.LittleEndian.Uint32(b))
	return d.childFrom(name, io.LimitReader(z, size), int64(len(body)))
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
