package extract

import (
	"bytes"
	"compress/zlib"
	"encoding/base64"
	"encoding/binary"
	"fmt"
	"image"
	"image/draw"
	"image/png"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"unicode/utf16"

	"github.com/sletdk/slet/internal/testenv"
	"github.com/sletdk/slet/scanner"
)

// pngOf is an empty picture of a size.
func pngOf(t testing.TB, w, h int) string {
	t.Helper()
	var b bytes.Buffer
	if err := png.Encode(&b, image.NewGray(image.Rect(0, 0, w, h))); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

// TestPicturesAreOneGap holds every kind of document to the one rule: what could
// show a number is told of, once for each document, and what could not is not.
func TestPicturesAreOneGap(t *testing.T) {
	small, rule, large, tall := pngOf(t, 39, 6), pngOf(t, 400, 5), pngOf(t, 40, 6), pngOf(t, 6, 40)
	b64 := func(s string) string { return base64.StdEncoding.EncodeToString([]byte(s)) }
	mail := func(pictures ...string) string {
		s := mailHead + "Content-Type: multipart/mixed; boundary=x\n\n--x\nContent-Type: text/plain\n\nhej\n"
		for _, p := range pictures {
			s += "--x\nContent-Type: image/png; name=a.png\nContent-Transfer-Encoding: base64\n\n" + b64(p) + "\n"
		}
		return s + "--x--\n"
	}
	page := func(pictures ...string) string {
		s := "<html><body><p>hej"
		for _, p := range pictures {
			s += `<img src="data:image/png;base64,` + b64(p) + `">`
		}
		return s
	}
	rtf := func(pictures ...string) string {
		s := `{\rtf1 hej`
		for _, p := range pictures {
			s += fmt.Sprintf(`{\pict\pngblip %x}`, p)
		}
		return s + "}"
	}
	xml := func(pictures ...string) string {
		s := `<?xml version="1.0"?><svg><text>hej</text>`
		for _, p := range pictures {
			s += `<image href="data:image/png;base64,` + b64(p) + `"/>`
		}
		return s + "</svg>"
	}
	docx := func(pictures ...string) string {
		entries := []string{"[Content_Types].xml", "<Types/>", "word/document.xml", `<w:document><w:p><w:t>hej</w:t></w:p></w:document>`}
		for i, p := range pictures {
			entries = append(entries, fmt.Sprintf("word/media/image%d.png", i), p)
		}
		return string(archiveOf(t, entries...))
	}
	odt := func(pictures ...string) string {
		entries := []string{"mimetype", "application/vnd.oasis.opendocument.text", "content.xml", `<office:document-content><text:p>hej</text:p></office:document-content>`}
		for i, p := range pictures {
			entries = append(entries, fmt.Sprintf("Pictures/%d.png", i), p)
		}
		return string(archiveOf(t, entries...))
	}
	doc := func(pictures ...string) string {
		word, table := docOf("hej", "\r", 0)
		return string(cfb("WordDocument", word, "1Table", table, "Data", "x"+strings.Join(pictures, "yy")))
	}
	for name, build := range map[string]func(...string) string{
		"mail": mail, "html": page, "rtf": rtf, "xml": xml, "docx": docx, "odt": odt, "doc": doc,
	} {
		t.Run(name, func(t *testing.T) {
			if c := extractBytes(t, "x", []byte(build(small, rule))); len(c.gaps) != 0 || !strings.Contains(c.text(), "hej") {
				t.Errorf("bullets: gaps %v, text %q", c.gaps, c.text())
			}
			c := extractBytes(t, "x", []byte(build(large, small, tall, large)))
			if len(c.gaps) != 1 || c.gaps[0].Reason != scanner.Unsupported || c.gaps[0].Where != "" ||
				c.gaps[0].Err.Error() != "3 pictures not read: OCR is off" {
				t.Errorf("gaps %v, want one of three pictures", c.gaps)
			}
			// Two documents in an archive are two.
			c = extractBytes(t, "x", archiveOf(t, "a", build(large), "b", build(large), "c.png", large))
			if got := strings.Join(c.reasons(), " "); got != "a: unsupported b: unsupported c.png: unsupported" {
				t.Errorf("in an archive: %v", got)
			}
		})
	}
}

// metafile makes an EMF of records: kind, data, kind, data.
func metafile(records ...any) string {
	b := u32(1) + u32(108) + strings.Repeat("\x00", 32) + emfMagic + strings.Repeat("\x00", 64)
	for i := 0; i < len(records); i += 2 {
		data := records[i+1].(string)
		data += strings.Repeat("\x00", -len(data)&3)
		b += u32(uint32(records[i].(int))) + u32(uint32(8+len(data))) + data
	}
	return b + u32(emrEOF) + u32(20) + strings.Repeat("\x00", 12)
}

// emfString is the data of a text record.
func emfString(y uint32, options uint32, s string) string {
	units := utf16.Encode([]rune(s))
	text := ""
	for _, u := range units {
		text += u16(int(u))
	}
	return strings.Repeat("\x00", 28) + u32(0) + u32(y) + u32(uint32(len(units))) + u32(76) + u32(options) + strings.Repeat("\x00", 20) + text
}

func TestDrawing(t *testing.T) {
	bitmap := strings.Repeat("\x00", 72) + u32(40) + u32(100) + u32(50) + u16(1) + u16(24) + strings.Repeat("\x00", 1000)
	for name, tt := range map[string]struct {
		in, text string
		picture  bool
	}{
		"text":    {metafile(emrTextW, emfString(5, 0, "CPR:"), emrTextW, emfString(5, 0, "150370-5008"), emrTextW, emfString(9, 0, "Å")), "CPR: 150370-5008\nÅ\n", false},
		"letters": {metafile(emrTextW, emfString(5, 0, "150370-5"), emrTextW, emfString(5, 0, "0"), emrTextW, emfString(5, 0, "0"), emrTextW, emfString(5, 0, "8")), "150370-5008\n", false},
		"glyphs":  {metafile(emrTextW, emfString(5, 0x10, "abc")), "", true},
		"bitmap":  {metafile(81, bitmap), "", true},
		"lines":   {metafile(3, strings.Repeat("\x01\x02", 500)), "", false},
		"cut":     {metafile(emrTextW, emfString(5, 0, "150370-5008"))[:220], "150370-5008\n", true},
		"EMF+":    {metafile(emrComment, u32(40)+"EMF+"+u16(0x4008)+u16(0x0500)+u32(16)+u32(4)+u32(0)), "", true},
		"WMF":     {"\x01\x00\x09\x00\x00\x03" + strings.Repeat("\x00", 12) + u32(12) + u16(0x0521) + u16(11) + "150370-5008\x00" + u16(1) + u16(1) + u32(3) + u16(0), "150370-5008\n", false},
	} {
		t.Run(name, func(t *testing.T) {
			c := extractBytes(t, "x", []byte(tt.in))
			if name != "cut" && c.text() != tt.text || (len(c.gaps) == 1) != tt.picture {
				t.Errorf("gave %q, gaps %v; want %q, a picture: %t", c.text(), c.gaps, tt.text, tt.picture)
			}
		})
	}
	// In an old document it is packed.
	var packed bytes.Buffer
	z := zlib.NewWriter(&packed)
	z.Write([]byte(metafile(emrTextW, emfString(1, 0, "150370-5008"))))
	z.Close()
	size := uint32(len(metafile(emrTextW, emfString(1, 0, "150370-5008"))))
	blip := "\x40\x3d\x1a\xf0" + u32(uint32(50+packed.Len())) + strings.Repeat("i", 16) + u32(size) + strings.Repeat("\x00", 28) + "\x00\xfe" + packed.String()
	word, table := docOf("hej", "\r", 0)
	c := extractBytes(t, "x", cfb("WordDocument", word, "1Table", table, "Data", "xx"+blip))
	if !c.has("1503705008") || len(c.gaps) != 0 {
		t.Errorf("packed: %q, %v", c.text(), c.gaps)
	}
}

// TestOCRCache shows that the same picture is read once, and that the cache
// forgets.
func TestOCRCache(t *testing.T) {
	c := newOCRCache()
	for i := range ocrCacheItems + 10 {
		var sum [32]byte
		binary.LittleEndian.PutUint32(sum[:], uint32(i))
		c.put(&ocrRead{sum: sum, text: []byte("x")})
		c.get([32]byte{}) // the first one is in use
	}
	if c.order.Len() != ocrCacheItems || len(c.items) != ocrCacheItems || c.bytes != ocrCacheItems {
		t.Errorf("%d items, %d bytes", c.order.Len(), c.bytes)
	}
	if c.get([32]byte{}) == nil {
		t.Error("what is in use was forgotten")
	}
	if c.get([32]byte{1}) != nil {
		t.Error("what was used longest ago was kept")
	}
	c.put(&ocrRead{sum: [32]byte{0xff}, text: make([]byte, ocrCacheBytes)})
	if c.bytes > ocrCacheBytes {
		t.Errorf("%d bytes", c.bytes)
	}
}

// TestPicturesAreRead: with OCR on, the same picture is read in a mail, twice
// attached, and beside the text of a PDF's page, and by OCR once.
func TestPicturesAreRead(t *testing.T) {
	testenv.Program(t, "tesseract")
	side, err := os.ReadFile(filepath.Join("..", "testdata", "corpus", "files", "Scan", "side.png"))
	if err != nil {
		t.Fatal(err)
	}
	opts := workerOptions(t)
	opts.OCR = true
	x := New(opts)
	defer x.Close()
	part := "--x\nContent-Type: image/png; name=a.png\nContent-Transfer-Encoding: base64\n\n" + encode64(string(side)) + "\n"
	alone := extractWith(t, x, "side.png", side)
	c := extractWith(t, x, "x.eml", []byte("From: a@b.example\nSubject: x\nContent-Type: multipart/mixed; boundary=x\n\n"+part+part+"--x--\n"))
	if got := strings.Count(c.text(), alone.text()); got != 2 || len(c.gaps) != 0 || len(strings.TrimSpace(alone.text())) < 20 {
		t.Errorf("the text of the picture is there %d times, want 2; %q; gaps %v", got, c.text(), c.gaps)
	}
	if n := x.seen.order.Len(); n != 1 {
		t.Errorf("%d pictures were read, want one", n)
	}

	picture, err := png.Decode(bytes.NewReader(side))
	if err != nil {
		t.Fatal(err)
	}
	b := picture.Bounds()
	grey := image.NewGray(image.Rect(0, 0, b.Dx(), b.Dy()))
	draw.Draw(grey, grey.Bounds(), picture, b.Min, draw.Src)
	f := newPDFFile()
	img := f.stream(fmt.Sprintf("/Type/XObject/Subtype/Image/Width %d/Height %d/ColorSpace/DeviceGray/BitsPerComponent 8", b.Dx(), b.Dy()), string(grey.Pix))
	content := f.stream("", "q 250 0 0 300 72 300 cm /Im1 Do Q\n"+pdfText("En hel side tekst, som er lang nok til at siden ikke er et indscannet billede med et stempel,", "og som slet ikke er det, der staar i billedet: det er noget helt andet, og det skal ogsaa laeses."))
	f.pages = append(f.pages, f.add(fmt.Sprintf("<</Type/Page/Parent %d 0 R/MediaBox[0 0 595 842]/Contents %d 0 R"+
		"/Resources<</XObject<</Im1 %d 0 R>>/Font<</F1<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>>>>>>>", f.pagesAt, content, img)))
	c = extractWith(t, x, "x.pdf", f.bytes())
	digits := regexp.MustCompile(`[0-9]{6}[- ]?[0-9]{4}`).FindAllString(alone.text(), -1)
	for _, n := range digits {
		if !strings.Contains(c.text(), n) {
			t.Errorf("a number of the picture is not in %q", c.text())
		}
	}
	if len(c.gaps) != 0 || len(digits) == 0 {
		t.Errorf("gaps %v, %d numbers in the picture; places %q", c.gaps, len(digits), c.places())
	}
}
