package extract

import (
	"bytes"
	"image"
	"image/color"
	"image/png"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/sletdk/slet/internal/testenv"
	"github.com/sletdk/slet/scanner"
)

// TestOCRImage: the scanned page of the corpus is read with OCR, and is a gap
// without it.
func TestOCRImage(t *testing.T) {
	data := corpusFile(t, "Scan/side.png")
	if got := extractBytes(t, "side.png", data).reasons(); !slices.Equal(got, []string{": unsupported"}) {
		t.Errorf("without OCR: gaps %q", got)
	}
	testenv.Program(t, "tesseract")
	c := extractBytes(t, "side.png", data, Options{OCR: true})
	if !c.has("1711916209") || len(c.gaps) > 0 {
		t.Errorf("text %q, gaps %v", c.text(), c.gaps)
	}
}

// scanPDF is a PDF of one page that is the scanned page of the corpus, and a
// second page of text.
func scanPDF(t *testing.T) []byte {
	t.Helper()
	img, err := png.Decode(bytes.NewReader(corpusFile(t, "Scan/side.png")))
	if err != nil {
		t.Fatal(err)
	}
	b := img.Bounds()
	grey := make([]byte, 0, b.Dx()*b.Dy())
	for y := range b.Dy() {
		for x := range b.Dx() {
			grey = append(grey, color.GrayModel.Convert(img.At(b.Min.X+x, b.Min.Y+y)).(color.Gray).Y)
		}
	}
	f := newPDFFile()
	obj := f.stream("/Type/XObject/Subtype/Image/ColorSpace/DeviceGray/BitsPerComponent 8"+
		"/Width "+strconv.Itoa(b.Dx())+"/Height "+strconv.Itoa(b.Dy()), string(grey))
	height := 595 * b.Dy() / b.Dx()
	c := f.stream("", "q 595 0 0 "+strconv.Itoa(height)+" 0 0 cm /Im1 Do Q")
	f.pages = append(f.pages, f.add("<</Type/Page/Parent "+strconv.Itoa(f.pagesAt)+" 0 R/MediaBox[0 0 595 "+strconv.Itoa(height)+"]"+
		"/Contents "+strconv.Itoa(c)+" 0 R/Resources<</XObject<</Im1 "+strconv.Itoa(obj)+" 0 R>>>>>>"))
	f.page(pdfText("En side med almindelig tekst."), "")
	return f.bytes()
}

// TestOCRPage: a page of a PDF that is an image is read with OCR, under the
// page's own place, and is a gap without it.
func TestOCRPage(t *testing.T) {
	testenv.Program(t, "tesseract")
	data := scanPDF(t)
	o := workerOptions(t)
	if got := extractBytes(t, "x.pdf", data, o).reasons(); !slices.Equal(got, []string{"side 1: unsupported"}) {
		t.Errorf("without OCR: gaps %q", got)
	}
	o.OCR = true
	c := extractBytes(t, "x.pdf", data, o)
	if !c.hasAt("side 1", "1711916209") || len(c.gaps) > 0 {
		t.Errorf("text %q, gaps %v", c.text(), c.gaps)
	}
	if !strings.Contains(c.part(t, "side 2"), "almindelig tekst") {
		t.Errorf("the page behind is lost: %q", c.text())
	}
}

// fakeTesseract puts a program of that name into PATH.
func fakeTesseract(t *testing.T, script string) {
	t.Helper()
	sh := testenv.Program(t, "sh")
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "tesseract"), []byte("#!"+sh+"\n"+script), 0o700); err != nil {
		t.Fatal(err)
	}
	t.Setenv("PATH", dir+string(os.PathListSeparator)+os.Getenv("PATH"))
}

// TestOCRGoneWrong: whatever is wrong with the OCR program is a gap with a
// reason, in time.
func TestOCRGoneWrong(t *testing.T) {
	data := corpusFile(t, "Scan/side.png")
	langs := `if [ "$1" = --list-langs ]; then echo "List of languages"; echo dan; exit; fi` + "\n"
	for _, tt := range []struct{ name, script, want, says string }{
		{"fails", langs + "exit 1", ": corrupt", "OCR failed"},
		{"no Danish, no English", "echo osd", ": unsupported", "neither Danish"},
		{"cannot start", "exit 127", ": unsupported", "cannot start"},
		{"talks without end", langs + "exec yes", ": too_large", ""},
		{"hangs", langs + "sleep 3600 & wait", ": timeout", ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			fakeTesseract(t, tt.script)
			start := time.Now()
			c := extractBytes(t, "side.png", data, Options{OCR: true, Limits: Limits{Time: 2 * time.Second}})
			if took := time.Since(start); took > 8*time.Second {
				t.Errorf("took %s", took)
			}
			if len(c.gaps) != 1 || c.reasons()[0] != tt.want || !strings.Contains(c.gaps[0].Err.Error(), tt.says) {
				t.Errorf("gaps %v, want %q saying %q", c.gaps, tt.want, tt.says)
			}
		})
	}
	t.Run("not installed", func(t *testing.T) {
		t.Setenv("PATH", t.TempDir())
		c := extractBytes(t, "side.png", data, Options{OCR: true})
		if len(c.gaps) != 1 || c.gaps[0].Reason != scanner.Unsupported || !strings.Contains(c.gaps[0].Err.Error(), "not installed") {
			t.Errorf("gaps %v", c.gaps)
		}
	})
}

// TestOCRLimits: an image that would take gigabytes to unpack is not given to
// OCR at all.
func TestOCRLimits(t *testing.T) {
	fakeTesseract(t, "echo dan; echo 150370-5008")
	var bomb bytes.Buffer
	if err := png.Encode(&bomb, image.NewPaletted(image.Rect(0, 0, 16000, 16000), color.Palette{color.White})); err != nil {
		t.Fatal(err)
	}
	c := extractBytes(t, "x.png", bomb.Bytes(), Options{OCR: true})
	if got := c.reasons(); !slices.Equal(got, []string{": too_large"}) {
		t.Errorf("gaps %q, text %q", got, c.text())
	}
}

// TestIsImage: images are known by their content, and texts that begin like one
// are not.
func TestIsImage(t *testing.T) {
	for head, want := range map[string]bool{
		"\x89PNG\r\n\x1a\n0000": true, "\xff\xd8\xff\xe0": true, "II*\x00": true, "MM\x00*": true,
		"GIF89a": true, "BM\x10\x00\x00\x00\x00\x00\x00\x00\x36\x00\x00\x00\x28\x00": true,
		"BMW til salg, 12345": false, "PNG": false, "": false, "BM": false,
	} {
		if got := isImage(&doc{head: []byte(head)}); got != want {
			t.Errorf("%q: %t", head, got)
		}
	}
}
