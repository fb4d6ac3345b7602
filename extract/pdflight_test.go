package extract

import (
	"bytes"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"
)

// TestLight: the light reader's text counts as the document's only where the
// raw scan confirms it; in a worker and in process.
func TestLight(t *testing.T) {
	form := newPDFFile()
	obj := form.stream("/Type/XObject/Subtype/Form/BBox[0 0 595 842]/Resources<</Font<</F1<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>>>>>",
		pdfText("Skjult i en formular: 241299-5018"))
	c := form.stream("", pdfText("Borger 150370-5008")+"/Fm1 Do\n")
	form.pages = append(form.pages, form.add("<</Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]/Contents "+strconv.Itoa(c)+" 0 R"+
		"/Resources<</XObject<</Fm1 "+strconv.Itoa(obj)+" 0 R>>/Font<</F1<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>>>>>>>"))
	for _, tt := range []struct {
		name    string
		data    []byte
		numbers []string
		gaps    []string
	}{
		{"plain text", simplePDF("Borger 150370-5008"), []string{"1503705008"}, nil},
		{"text that it does not follow", form.bytes(), []string{"1503705008", "2412995018"}, []string{": unsupported"}},
		{"numbers outside of the pages", hiddenPDF(), []string{"0107585001", "2412995018", "2902885008"}, []string{": unsupported"}},
		{"fonts with their own codes", fixture(t, "chromium.pdf"), nil, []string{": unsupported"}},
		{"a page without text", scannedPDF(""), nil, []string{": unsupported"}},
		{"a password", fixture(t, "kodeord-rc4.pdf"), nil, []string{": encrypted"}},
		{"an unknown encryption", fixture(t, "kodeord-aes256.pdf"), nil, []string{": corrupt"}},
		{"nonsense", []byte("%PDF-1.4\n1 0 obj\n<</A(150370-5008)>>\nendobj\n%%EOF"), []string{"1503705008"}, []string{": corrupt"}},
	} {
		for _, inProcess := range []bool{false, true} {
			o := Options{PDF: "light"}
			if !inProcess {
				o.Worker = workerOptions(t).Worker
			}
			c := extractBytes(t, "x.pdf", tt.data, o)
			for _, n := range tt.numbers {
				if !c.has(n) {
					t.Errorf("%s: %s is not in %q", tt.name, n, c.text())
				}
			}
			if got := c.reasons(); !slices.Equal(got, tt.gaps) {
				t.Errorf("%s: gaps %v, want %q", tt.name, c.gaps, tt.gaps)
			}
		}
	}
}

// FuzzLight: no file makes the light reader panic past its guard or give
// something without a gap that is no text. It can loop without end on hostile
// files, which is why it runs in a worker: slow inputs are passed over.
func FuzzLight(f *testing.F) {
	f.Add(simplePDF("Borger 150370-5008"))
	f.Add(hiddenPDF())
	f.Add([]byte("%PDF-1.4\ntrailer<</Root 1 0 R>>startxref\n0\n%%EOF"))
	f.Fuzz(func(t *testing.T, data []byte) {
		if len(data) > 16<<10 {
			t.Skip()
		}
		start := time.Now()
		c := &collector{}
		if err := readLight(&slowAfter{bytes.NewReader(data), start.Add(2 * time.Second)}, int64(len(data)), c); err != nil {
			t.Fatal(err)
		}
		if len(c.parts) == 0 && len(c.gaps) == 0 {
			t.Fatal("neither text nor a gap")
		}
		if strings.ContainsRune(c.text(), 0) {
			t.Fatal("a zero byte in the text")
		}
	})
}

// slowAfter fails to read after a time, as a job's content does.
type slowAfter struct {
	r    *bytes.Reader
	over time.Time
}

func (s *slowAfter) ReadAt(p []byte, off int64) (int, error) {
	if time.Now().After(s.over) {
		return 0, errTime
	}
	return s.r.ReadAt(p, off)
}
