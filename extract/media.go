package extract

import (
	"bytes"
	"errors"
	"io"
	"strings"

	"github.com/sletdk/slet/scanner"
)

// signature says of content that begins in a certain way what it is.
type signature struct {
	at    int
	magic string
	what  string
}

// signatures are content that is known and is not text. What is there is said
// to the person who has to look at it.
var signatures = []signature{
	{0, "8BPS", "an image (Photoshop)"},
	{0, "\x00\x00\x01\x00", "an image (icon)"},
	{0, "AT&TFORM", "scanned pages (DjVu)"},
	{0, "\x00\x00\x00\x0cjP  ", "an image (JPEG 2000)"},
	{0, "\xff\x0a", "an image (JPEG XL)"},
	{8, "WEBP", "an image (WebP)"},
	{4, "ftypheic", "an image (HEIC)"},
	{4, "ftypheix", "an image (HEIC)"},
	{4, "ftypmif1", "an image (HEIF)"},
	{4, "ftypavif", "an image (AVIF)"},
	{4, "ftyp", "a video or a sound recording (MP4)"},
	{4, "moov", "a video (QuickTime)"},
	{8, "AVI ", "a video (AVI)"},
	{8, "WAVE", "a sound recording (WAV)"},
	{0, "\x1a\x45\xdf\xa3", "a video (Matroska)"},
	{0, "\x30\x26\xb2\x75\x8e\x66\xcf\x11", "a video or a sound recording (Windows Media)"},
	{0, "FLV\x01", "a video (Flash)"},
	{0, "\x00\x00\x01\xba", "a video (MPEG)"},
	{0, "\x00\x00\x01\xb3", "a video (MPEG)"},
	{0, "OggS", "a video or a sound recording (Ogg)"},
	{0, "fLaC", "a sound recording (FLAC)"},
	{0, "ID3", "a sound recording (MP3)"},
	{0, "#!AMR", "a sound recording (AMR)"},
	{0, "MZ", "a Windows program"},
	{0, "\x7fELF", "a program"},
	{0, "\xca\xfe\xba\xbe", "a program (Java or macOS)"},
	{0, "\xcf\xfa\xed\xfe", "a program (macOS)"},
	{0, "\x00asm", "a program (WebAssembly)"},
	{0, "\x00\x01\x00\x00\x00", "a font"},
	{0, "OTTO", "a font"},
	{0, "true\x00", "a font"},
	{0, "wOFF", "a font"},
	{0, "wOF2", "a font"},
	{0, "MSCF\x00\x00\x00\x00", "a cabinet archive"},
	{0, "\x1f\x9d", "a compress archive"},
	{4, "\xef\xcd\xab\x89", "an Exchange database"},
	{0, "SQLite format 3\x00", "an SQLite database"},
	{4, "Standard Jet DB", "an Access database"},
	{4, "Standard ACE DB", "an Access database"},
	{0, "BZh", "a broken bzip2 archive"},
}

// encrypted are the signatures of content that nobody can read without a key.
var encrypted = []signature{
	{0, pgpMessage, "a PGP message"},
	{0, "Salted__", "an encrypted file (OpenSSL)"},
	{0, "age-encryption.org/", "an encrypted file (age)"},
	{0, "-----BEGIN AGE ENCRYPTED FILE-----", "an encrypted file (age)"},
	{0, "\x03\xd9\xa2\x9a", "a password database (KeePass)"},
	{0, "LUKS\xba\xbe", "an encrypted disk (LUKS)"},
	{0, "AES\x02", "an encrypted file (AES Crypt)"},
}

func match(head []byte, table []signature) string {
	for _, s := range table {
		if len(head) >= s.at && bytes.HasPrefix(head[s.at:], []byte(s.magic)) {
			return s.what
		}
	}
	return ""
}

// isEncrypted recognises content that is encrypted as a whole.
func isEncrypted(d *doc) bool { return match(d.head, encrypted) != "" }

func readEncrypted(d *doc) error {
	return unreadable(scanner.Encrypted, "%s", match(d.head, encrypted))
}

// isMedia recognises content that is known and has no text that slet can read.
// A text may begin with the letters of a signature; then it is a text.
func isMedia(d *doc) bool {
	return match(d.head, signatures) != "" && sniffCharset(d.head) == notText
}

// maxMediaRuns is how much of an image, a recording or a program is searched
// for runs of text: titles and comments stand at the beginning.
const maxMediaRuns = 8 << 20

// readMedia says what it is. Titles and comments in it are examined.
func readMedia(d *doc) error {
	what := match(d.head, signatures)
	if err := d.readRuns(io.LimitReader(d.reader(), maxMediaRuns)); err != nil {
		return err
	}
	if strings.HasPrefix(what, "an image") || strings.HasPrefix(what, "scanned") {
		return d.unreadPicture(what, scanner.Unsupported, errors.New("OCR does not read this kind"))
	}
	return unreadable(scanner.Unsupported, "%s", what)
}
