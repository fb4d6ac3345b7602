package extract

import (
	"bytes"
	"encoding/binary"
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
