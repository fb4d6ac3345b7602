package extract

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

func corpusFile(t testing.TB, name string) []byte {
	t.Helper()
	b, err := os.ReadFile(filepath.Join("..", "testdata", "corpus", "files", filepath.FromSlash(name)))
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func TestPDFCorpus(t *testing.T) {
	for _, tt := range []struct {
		file    string
		numbers []string
		gaps    []string
	}{
		{"Office/brev_pdf.pdf", []string{"0109838578", "2006815157"}, nil},
		{"Pdf/ejerkode.pdf", []string{"1409778425"}, nil},
		{"Pdf/afkortet.pdf", nil, []string{": corrupt"}},
	} {
		t.Run(tt.file, func(t *testing.T) {
			c := extractBytes(t, tt.file, corpusFile(t, tt.file), workerOptions(t))
			for _, n := range tt.numbers {
				if !c.has(n) {
					t.Errorf("%s is not in the text: %q", n, c.text())
				}
			}
			for _, g := range tt.gaps {
				if !slices.Contains(c.reasons(), g) {
					t.Errorf("gaps %q, want %q", c.reasons(), g)
				}
			}
			if tt.gaps == nil && len(c.gaps) > 0 {
				t.Errorf("gaps %v, want none", c.gaps)
			}
		})
	}
}

// TestPDFHidden: a number is found wherever in a document it stands, and the
// place says where.
func TestPDFHidden(t *testing.T) {
	c := extractBytes(t, "x.pdf", hiddenPDF(), workerOptions(t))
	for _, tt := range []struct{ text, where, mark string }{
		{"CPR-nummer\x1f010758-5001\x1e", "side 1", "formularfelt CPR-nummer"},
		{"Ring til 241299-5018 i morgen\x1e", "side 1", "kommentar"},
		{"https://example.dk/?cpr=2902885008", "side 1", "link"},
		{"cpr 150370-5008 i en vedhæftet fil", "vedhæftning liste.txt", ""},
		{"Sagen om 311280-5004", "bogmærker", ""},
		{"Journal 050699-5006", "dokumentegenskaber", "titel"},
		{"110270-5003", rawPart, ""},
		{"040499-5002", rawPart, ""},
	} {
		found := false
		for _, p := range c.parts {
			if strings.Contains(p.text, tt.text) {
				found = true
				if p.where != tt.where {
					t.Errorf("%q is at %q, want %q", tt.text, p.where, tt.where)
				}
			}
		}
		if !found {
			t.Errorf("%q is not in %q", tt.text, c.text())
		} else if got := c.place(t, tt.text); got != tt.mark {
			t.Errorf("%q is marked %q, want %q", tt.text, got, tt.mark)
		}
	}
	if len(c.gaps) > 0 {
		t.Errorf("gaps %v, want none", c.gaps)
	}
	if raw := c.part(t, rawPart); strings.Contains(raw, "241299") {
		t.Errorf("the raw scan repeats what was read: %q", raw)
	}
}

// TestPDFProducers: documents as people make them, word by word.
func TestPDFProducers(t *testing.T) {
	for _, file := range []string{"chromium.pdf", "libreoffice.pdf"} {
		t.Run(file, func(t *testing.T) {
			c := extractBytes(t, file, fixture(t, file), workerOptions(t))
			for _, n := range []string{"1503705008", "2412995018", "0107585001", "2902885008"} {
				if !c.has(n) {
					t.Errorf("%s is not in the text: %q", n, c.text())
				}
			}
			if !strings.Contains(c.part(t, "side 1"), "Åse Ørsted") || !c.hasAt("side 2", "1503705008") {
				t.Errorf("text %q", c.text())
			}
			if len(c.gaps) > 0 {
				t.Errorf("gaps %v, want none", c.gaps)
			}
		})
	}
}

func (c *collector) hasAt(where, digits string) bool {
	for _, p := range c.parts {
		if p.where == where && writtenForm(digits).MatchString(p.text) {
			return true
		}
	}
	return false
}

func fixture(t testing.TB, name string) []byte {
	t.Helper()
	b, err := os.ReadFile(filepath.Join("testdata", "pdf", name))
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// TestPDFLayout: a number keeps its distance, and lines and columns are not
// glued together.
func TestPDFLayout(t *testing.T) {
	f := newPDFFile()
	f.page("BT /F1 11 Tf 72 700 Td (Navn) Tj 100 0 Td (150370-5008) Tj 100 0 Td (12.345) Tj ET\n"+
		"BT /F1 11 Tf 72 680 Td (Han hedder) Tj 0 -14 Td (241299-5018 og) Tj 0 -14 Td (bor her) Tj ET\n"+
		"BT /F1 11 Tf 72 600 Td (nummeret er 010758-) Tj 0 -14 Td (5001 i alt) Tj ET\n"+
		"BT /F1 11 Tf 72 500 Td [(29)-5(0288)10(-)-20(5008)] TJ ET\n", "")
	c := extractBytes(t, "x.pdf", f.bytes(), workerOptions(t))
	for _, n := range []string{"1503705008", "2412995018", "0107585001", "2902885008"} {
		if !c.has(n) {
			t.Errorf("%s is not in %q", n, c.text())
		}
	}
	if text := c.part(t, "side 1"); !strings.Contains(text, "hedder\n241299-5018 og") && !strings.Contains(text, "hedder \n241299-5018 og") {
		t.Errorf("lines do not end with a newline: %q", text)
	}
}

// TestPDFUnread: what a page shows but does not say is a gap, never silence.
func TestPDFUnread(t *testing.T) {
	drawn := newPDFFile()
	var lines strings.Builder
	for i := range 150 {
		fmt.Fprintf(&lines, "%d 100 m %d 120 l S\n", 10+i, 12+i)
	}
	drawn.page(lines.String(), "")
	empty := newPDFFile()
	empty.page("", "")
	longText := pdfText("En hel side tekst, som er lang nok til at siden ikke er et indscannet billede med et stempel,",
		"selv om der også er et billede bag den. Det er den tekst, som en scanner med OCR har lagt der.")
	for _, tt := range []struct {
		name string
		data []byte
		want []string
	}{
		{"an image only", scannedPDF(""), []string{"side 1: unsupported"}},
		{"a small image only", imagePDF("60 0 0 60 72 700", ""), []string{"side 1: unsupported"}},
		{"a letter with a logo", imagePDF("60 0 0 60 72 700", pdfText("Kort brev.")), nil},
		{"a letter with a logo of many pixels", pixelPDF(80, 40, "60 0 0 60 72 700", pdfText("Kort brev.")), []string{": unsupported"}},
		{"a page of text with a picture", pixelPDF(80, 40, "60 0 0 60 72 700", longText), []string{": unsupported"}},
		{"a page of text with a line of pixels", pixelPDF(800, 4, "60 0 0 60 72 700", longText), nil},
		{"a picture inside the page's stream", simplePDFWith(longText + "BI /W 80 /H 40 /BPC 1 /CS /G ID " + strings.Repeat("x", 400) + "\nEI\n"), []string{": unsupported"}},
		{"an image with a stamp", scannedPDF(pdfText("Scannet 3. marts")), []string{"side 1: unsupported"}},
		{"an image with its text", scannedPDF(longText), nil},
		{"text as drawing", drawn.bytes(), []string{"side 1: unsupported"}},
		{"an empty page", empty.bytes(), nil},
		{"text only", simplePDF("kort"), nil},
	} {
		t.Run(tt.name, func(t *testing.T) {
			c := extractBytes(t, "x.pdf", tt.data, workerOptions(t))
			if got := c.reasons(); !slices.Equal(got, tt.want) {
				t.Errorf("gaps %q, want %q (text %q)", c.gaps, tt.want, c.text())
			}
		})
	}
}

// simplePDFWith is a page with a content stream.
func simplePDFWith(content string) []byte {
	f := newPDFFile()
	f.page(content, "")
	return f.bytes()
}

// TestPDFEncrypted: a document that needs a password is a gap; one that only
// forbids printing is read.
func TestPDFEncrypted(t *testing.T) {
	for _, file := range []string{"kodeord-aes256.pdf", "kodeord-rc4.pdf"} {
		for _, mode := range []string{"full", "light"} {
			o := workerOptions(t)
			o.PDF = mode
			c := extractBytes(t, file, fixture(t, file), o)
			if got := c.reasons(); len(got) != 1 || got[0] != ": encrypted" && mode == "full" || len(c.parts) > 0 {
				t.Errorf("%s %s: gaps %v, text %q", file, mode, c.gaps, c.text())
			}
		}
	}
	c := extractBytes(t, "ejer.pdf", fixture(t, "ejerkode-aes256.pdf"), workerOptions(t))
	if !c.has("1503705008") || len(c.gaps) > 0 {
		t.Errorf("owner password only: gaps %v, text %q", c.gaps, c.text())
	}
}

// firstPart is a linearized document up to its first end mark.
func firstPart(b []byte) []byte { return b[:bytes.Index(b, []byte("%%EOF"))+6] }

// TestPDFTruncated: a document that is not whole has a gap beside whatever
// could still be read of it.
func TestPDFTruncated(t *testing.T) {
	whole := simplePDF("Borger 150370-5008 har en meget lang sag.")
	updated := append(slices.Clone(whole), "9 0 obj\n<</Type/Annot>>\nendobj\nxref\n0 1\n"...)
	behind := bytes.Replace(whole, []byte("startxref\n"), []byte("startxref\n9"), 1)
	for _, tt := range []struct {
		name string
		data []byte
		gap  bool
	}{
		{"whole", whole, false},
		{"whole, padded", append(slices.Clone(whole), make([]byte, 4096)...), false},
		{"whole, with junk before", append([]byte("HTTP/1.1 200 OK\r\n\r\n"), whole...), false},
		{"linearized", fixture(t, "lineariseret.pdf"), false},
		{"no end mark", whole[:len(whole)-6], true},
		{"no table", whole[:bytes.Index(whole, []byte("xref\n"))], true},
		{"half", whole[:len(whole)/2], true},
		{"an update cut off", updated, true},
		{"table behind the end", behind, true},
		{"linearized, cut behind an end mark", firstPart(fixture(t, "lineariseret.pdf")), true},
		{"linearized, second half gone", fixture(t, "lineariseret.pdf")[:20000], true},
	} {
		for _, mode := range []string{"full", "light"} {
			o := workerOptions(t)
			o.PDF = mode
			c := extractBytes(t, "x.pdf", tt.data, o)
			got := slices.Contains(c.reasons(), ": corrupt")
			if mode == "full" && got != tt.gap || tt.gap && !got {
				t.Errorf("%s, %s: gaps %v, want corrupt: %t", tt.name, mode, c.gaps, tt.gap)
			}
			if mode == "full" && (tt.name == "no end mark" || tt.name == "no table") && !c.has("1503705008") {
				t.Errorf("%s: what is there was not read: %q", tt.name, c.text())
			}
		}
	}
}

// TestTruncatedLinearized: a linearized file that ends behind its first part's
// end mark gives itself away by the length it states.
func TestTruncatedLinearized(t *testing.T) {
	whole := fixture(t, "lineariseret.pdf")
	for _, tt := range []struct {
		data []byte
		want string
	}{{whole, ""}, {firstPart(whole), "the file is cut off: it says that it is"}} {
		got := truncated(bytes.NewReader(tt.data), int64(len(tt.data)))
		if !strings.HasPrefix(got, tt.want) || tt.want == "" && got != "" {
			t.Errorf("%d bytes of %d: %q, want %q", len(tt.data), len(whole), got, tt.want)
		}
	}
}

// TestAppendPDFText: what PDFium marks becomes what a person reads.
func TestAppendPDFText(t *testing.T) {
	for in, want := range map[string]string{
		"150370\x025008":            "150370-5008",
		"sags\x02behandler":         "sagsbehandler",
		"sags\uFFFEbehandler":       "sagsbehandler",
		"Hansen\x02Jensen":          "Hansen-Jensen",
		"en\r\nto\rtre\n":           "en\nto\ntre\n",
		"a\x1eb\x1fc\x00d\x07e\x7f": "a b cd e",
		"blåbær\tgrød":              "blåbær\tgrød",
	} {
		if got := string(appendPDFText(nil, in)); got != want {
			t.Errorf("%q: %q, want %q", in, got, want)
		}
	}
}
