package extract

import (
	"bytes"
	"compress/zlib"
	"fmt"
	"strings"
)

// pdfFile builds small PDF documents. Object n is objects[n-1].
type pdfFile struct {
	objects []string
	catalog string // more entries of the catalog
	info    string // entries of the document information
	pages   []int
	pagesAt int
}

func newPDFFile() *pdfFile {
	f := &pdfFile{}
	f.add("") // 1: catalog
	f.pagesAt = f.add("")
	return f
}

// add adds an object and returns its number.
func (f *pdfFile) add(object string) int {
	f.objects = append(f.objects, object)
	return len(f.objects)
}

// stream adds a stream, compressed, with more entries for its dictionary.
func (f *pdfFile) stream(entries, data string) int {
	var z bytes.Buffer
	w := zlib.NewWriter(&z)
	_, _ = w.Write([]byte(data))
	_ = w.Close()
	return f.add(fmt.Sprintf("<</Length %d/Filter/FlateDecode%s>>\nstream\n%s\nendstream", z.Len(), entries, z.String()))
}

// plain adds a stream as it is.
func (f *pdfFile) plain(entries, data string) int {
	return f.add(fmt.Sprintf("<</Length %d%s>>\nstream\n%s\nendstream", len(data), entries, data))
}

// page adds a page with content and more entries for its dictionary.
func (f *pdfFile) page(content, entries string) int {
	c := f.stream("", content)
	n := f.add(fmt.Sprintf("<</Type/Page/Parent %d 0 R/MediaBox[0 0 595 842]/Contents %d 0 R"+
		"/Resources<</Font<</F1<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>>>>>%s>>", f.pagesAt, c, entries))
	f.pages = append(f.pages, n)
	return n
}

// pdfText is the content of a page with lines of text.
func pdfText(lines ...string) string {
	var b strings.Builder
	b.WriteString("BT /F1 11 Tf 14 TL 72 770 Td\n")
	for _, l := range lines {
		fmt.Fprintf(&b, "(%s) Tj T*\n", l)
	}
	b.WriteString("ET\n")
	return b.String()
}

// bytes returns the document.
func (f *pdfFile) bytes() []byte {
	var kids []string
	for _, p := range f.pages {
		kids = append(kids, fmt.Sprintf("%d 0 R", p))
	}
	f.objects[0] = fmt.Sprintf("<</Type/Catalog/Pages %d 0 R%s>>", f.pagesAt, f.catalog)
	f.objects[f.pagesAt-1] = fmt.Sprintf("<</Type/Pages/Count %d/Kids[%s]>>", len(kids), strings.Join(kids, " "))
	info := ""
	if f.info != "" {
		info = fmt.Sprintf("/Info %d 0 R", f.add("<<"+f.info+">>"))
	}
	var b bytes.Buffer
	b.WriteString("%PDF-1.7\n%\xe2\xe3\xcf\xd3\n")
	offsets := make([]int, len(f.objects))
	for i, o := range f.objects {
		offsets[i] = b.Len()
		fmt.Fprintf(&b, "%d 0 obj\n%s\nendobj\n", i+1, o)
	}
	xref := b.Len()
	fmt.Fprintf(&b, "xref\n0 %d\n0000000000 65535 f \n", len(f.objects)+1)
	for _, o := range offsets {
		fmt.Fprintf(&b, "%010d 00000 n \n", o)
	}
	fmt.Fprintf(&b, "trailer\n<</Size %d/Root 1 0 R%s>>\nstartxref\n%d\n%%%%EOF\n", len(f.objects)+1, info, xref)
	return b.Bytes()
}

// simplePDF is a document of one page.
func simplePDF(lines ...string) []byte {
	f := newPDFFile()
	f.page(pdfText(lines...), "")
	return f.bytes()
}

// scannedPDF is a page with an image of all of it.
func scannedPDF(more string) []byte { return imagePDF("595 0 0 842 0 0", more) }

// imagePDF is a page with an image at a place, and more content.
func imagePDF(place, more string) []byte { return pixelPDF(8, 8, place, more) }

// pixelPDF is the same with an image of so many pixels.
func pixelPDF(w, h int, place, more string) []byte {
	f := newPDFFile()
	img := f.stream(fmt.Sprintf("/Type/XObject/Subtype/Image/Width %d/Height %d/ColorSpace/DeviceGray/BitsPerComponent 8", w, h), strings.Repeat("\x00\xff", w*h/2))
	c := f.stream("", fmt.Sprintf("q %s cm /Im1 Do Q\n%s", place, more))
	p := f.add(fmt.Sprintf("<</Type/Page/Parent %d 0 R/MediaBox[0 0 595 842]/Contents %d 0 R"+
		"/Resources<</XObject<</Im1 %d 0 R>>/Font<</F1<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>>>>>>>", f.pagesAt, c, img))
	f.pages = append(f.pages, p)
	return f.bytes()
}

// hiddenPDF has numbers everywhere but in the text of its page.
func hiddenPDF() []byte {
	f := newPDFFile()
	file := f.stream("/Type/EmbeddedFile/Subtype/text#2Fplain", "cpr 150370-5008 i en vedhæftet fil\n")
	spec := f.add(fmt.Sprintf("<</Type/Filespec/F(liste.txt)/UF(liste.txt)/EF<</F %d 0 R>>>>", file))
	parent := f.add("<</FT/Tx/T(CPR-nummer)/V(010758-5001)/Kids[%d 0 R]>>")
	kid := f.add(fmt.Sprintf("<</Type/Annot/Subtype/Widget/Parent %d 0 R/Rect[72 600 300 620]>>", parent))
	f.objects[parent-1] = fmt.Sprintf(f.objects[parent-1], kid)
	note := f.add("<</Type/Annot/Subtype/Text/Rect[72 500 90 520]/Contents(Ring til 241299-5018 i morgen)>>")
	link := f.add("<</Type/Annot/Subtype/Link/Rect[72 400 90 420]/A<</S/URI/URI(https://example.dk/?cpr=2902885008)>>>>")
	f.page(pdfText("Side uden numre, men med en hel del tekst, som fylder en linje."), fmt.Sprintf("/Annots[%d 0 R %d 0 R %d 0 R]", kid, note, link))
	mark := f.add("")
	outline := f.add(fmt.Sprintf("<</Type/Outlines/First %d 0 R/Last %d 0 R/Count 1>>", mark, mark))
	f.objects[mark-1] = fmt.Sprintf("<</Title(Sagen om 311280-5004)/Parent %d 0 R/Dest[%d 0 R/Fit]>>", outline, f.pages[0])
	xfa := f.stream("", `<?xml version="1.0"?><xfa><felt>110270-5003</felt></xfa>`)
	f.catalog = fmt.Sprintf("/AcroForm<</Fields[%d 0 R]/XFA[(form) %d 0 R]>>/Outlines %d 0 R"+
		"/Names<</EmbeddedFiles<</Names[(liste.txt) %d 0 R]>>>>", parent, xfa, outline, spec)
	f.info = "/Title(Journal 050699-5006)/Custom(040499-5002)"
	return f.bytes()
}
