package extract

import (
	"slices"
	"strconv"
	"testing"
	"time"
)

// TestLight: the light reader's text counts as the document's only where the
// raw scan confirms it.
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
		t.Run(tt.name, func(t *testing.T) {
			o := workerOptions(t)
			o.PDF = "light"
			c := extractBytes(t, "x.pdf", tt.data, o)
			for _, n := range tt.numbers {
				if !c.has(n) {
					t.Errorf("%s is not in %q", n, c.text())
				}
			}
			if got := c.reasons(); !slices.Equal(got, tt.gaps) {
				t.Errorf("gaps %v, want %q", c.gaps, tt.gaps)
			}
		})
	}
}

// FuzzLight: whatever the light reader does with a file, the document ends in
// time, with text or a gap. It runs in a worker, as always: it is easily made to
// loop without end.
func FuzzLight(f *testing.F) {
	f.Add(simplePDF("Borger 150370-5008"))
	f.Add(hiddenPDF())
	f.Add([]byte("%PDF-1.4\ntrailer<</Root 1 0 R>>startxref\n0\n%%EOF"))
	o := workerOptions(f)
	o.PDF, o.Limits.Time = "light", time.Second
	x := New(o)
	f.Cleanup(func() { x.Close() })
	f.Fuzz(func(t *testing.T, data []byte) {
		d := &doc{head: data[:min(len(data), headSize)]}
		if len(data) > 16<<10 || !isPDF(d) {
			t.Skip("not a PDF, or longer than this target tries")
		}
		start := time.Now()
		c := extractWith(t, x, "x.pdf", data)
		if len(c.parts) == 0 && len(c.gaps) == 0 {
			t.Fatal("neither text nor a gap")
		}
		if took := time.Since(start); took > 8*time.Second {
			t.Fatalf("took %s", took)
		}
	})
}
