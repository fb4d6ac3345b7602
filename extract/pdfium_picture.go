package extract

import (
	"bytes"
	"fmt"
	"image"
	"image/png"
	"io"
	"regexp"
	"strconv"

	"github.com/klippa-app/go-pdfium/enums"
	"github.com/klippa-app/go-pdfium/references"
	"github.com/klippa-app/go-pdfium/requests"
)

const (
	// manyPictures is how many objects of a page are looked at for pictures.
	manyPictures = 10_000
	// pageShare is the share of the page from which on pictures behind text are
	// the scan that the text was read from, in one piece or in strips.
	pageShare = 0.5
)

var (
	pictureObject = lazily(`/Subtype\s*/Image\b`)
	inlineStart   = lazily(`(?:^|\s)BI\s[^>]{4,300}?\sID\s`)
	pictureWide   = regexp.MustCompile(`/W(?:idth)?\s+([0-9]{1,6})\b`)
	pictureHigh   = regexp.MustCompile(`/H(?:eight)?\s+([0-9]{1,6})\b`)
)

// legiblePDF reports whether the picture that a dictionary describes could show
// a number.
func legiblePDF(dict []byte) bool {
	w, h := pictureWide.FindSubmatch(dict), pictureHigh.FindSubmatch(dict)
	if w == nil || h == nil {
		return true
	}
	wide, _ := strconv.Atoi(string(w[1]))
	high, _ := strconv.Atoi(string(h[1]))
	return !notLegible(wide, high)
}

// inlinePictures counts the pictures that stand in a page's own stream.
func inlinePictures(b []byte) (n int) {
	if !bytes.Contains(b, []byte("BI")) || !bytes.Contains(b, []byte("ID")) {
		return 0
	}
	for _, dict := range inlineStart().FindAll(b, -1) {
		if legiblePDF(dict) {
			n++
		}
	}
	return n
}

// hasPictures reports whether a file has the object of a picture in it: to look
// at every object on every page costs a third of the time. (Such an object is
// never inside another, packed one.)
func hasPictures(r io.ReaderAt, size int64) bool {
	buf := make([]byte, maxRead)
	const overlap = 16
	for off := int64(0); off < size; off += int64(len(buf)) - overlap {
		n, err := r.ReadAt(buf, off)
		for b := buf[:n]; ; {
			i := bytes.Index(b, []byte("/Image"))
			if i < 0 {
				break
			}
			b = b[i+len("/Image"):]
			if len(b) == 0 || !letter(b[0]) { // not /ImageB, which every old file has
				return true
			}
		}
		if err != nil {
			break
		}
	}
	return false
}

// readPictures looks for pictures on a page that has text: each that could show
// a number is sent to OCR, or counted. Those that cover most of a page are taken
// for the scan that its text was read from.
func (p *pdfReader) readPictures(page requests.Page, where string) error {
	count, err := p.api.FPDFPage_CountObjects(&requests.FPDFPage_CountObjects{Page: page})
	if err != nil {
		p.noteCrash(err)
		return nil
	}
	var found []references.FPDF_PAGEOBJECT
	seen := 0
	for i := range min(count.Count, manyPictures) {
		o, err := p.api.FPDFPage_GetObject(&requests.FPDFPage_GetObject{Page: page, Index: i})
		if err != nil {
			if p.noteCrash(err) {
				return nil
			}
			continue
		}
		found = p.pictures(o.PageObject, 0, &seen, found)
	}
	if len(found) == 0 {
		return nil
	}
	covered := 0.0
	for _, o := range found {
		covered += p.area(o)
	}
	if covered >= pageShare*p.pageArea(page) {
		return nil
	}
	n := 0
	for _, o := range found {
		size, err := p.api.FPDFImageObj_GetImagePixelSize(&requests.FPDFImageObj_GetImagePixelSize{ImageObject: o})
		if p.noteCrash(err) {
			return nil
		}
		if err == nil && notLegible(int(size.Width), int(size.Height)) {
			continue
		}
		if n++; !p.images {
			p.unseen++
			continue
		}
		data := p.drawPicture(page, o)
		if p.crashed {
			return nil
		}
		if data == nil {
			p.unseen++
		} else if err := p.out.blob(blobPicture, fmt.Sprintf("%s › billede %d", where, n), data); err != nil {
			return err
		}
	}
	return nil
}

// pictures appends the pictures of an object, and of those inside it.
func (p *pdfReader) pictures(o references.FPDF_PAGEOBJECT, depth int, seen *int, found []references.FPDF_PAGEOBJECT) []references.FPDF_PAGEOBJECT {
	if *seen++; *seen > manyPictures || depth > 8 || p.crashed {
		return found
	}
	kind, err := p.api.FPDFPageObj_GetType(&requests.FPDFPageObj_GetType{PageObject: o})
	if err != nil {
		p.noteCrash(err)
		return found
	}
	switch kind.Type {
	case enums.FPDF_PAGEOBJ_IMAGE:
		return append(found, o)
	case enums.FPDF_PAGEOBJ_FORM:
		n, err := p.api.FPDFFormObj_CountObjects(&requests.FPDFFormObj_CountObjects{PageObject: o})
		if err != nil {
			p.noteCrash(err)
			return found
		}
		for i := range min(n.Count, manyPictures) {
			if inner, err := p.api.FPDFFormObj_GetObject(&requests.FPDFFormObj_GetObject{PageObject: o, Index: uint64(i)}); err == nil {
				found = p.pictures(inner.PageObject, depth+1, seen, found)
			}
		}
	}
	return found
}

// pageArea is a page's area in square points, 0 if it is not known.
func (p *pdfReader) pageArea(page requests.Page) float64 {
	width, err1 := p.api.FPDF_GetPageWidthF(&requests.FPDF_GetPageWidthF{Page: page})
	height, err2 := p.api.FPDF_GetPageHeightF(&requests.FPDF_GetPageHeightF{Page: page})
	if err1 != nil || err2 != nil {
		return 1e18
	}
	return float64(width.PageWidth) * float64(height.PageHeight)
}

func (p *pdfReader) area(o references.FPDF_PAGEOBJECT) float64 {
	b, err := p.api.FPDFPageObj_GetBounds(&requests.FPDFPageObj_GetBounds{PageObject: o})
	if err != nil {
		return 0
	}
	return float64(b.Right-b.Left) * float64(b.Top-b.Bottom)
}

// drawPicture returns a picture as a grey PNG, nil if it cannot be drawn.
func (p *pdfReader) drawPicture(page requests.Page, o references.FPDF_PAGEOBJECT) []byte {
	// As it is stored; drawn on the page it would have a pixel to a point.
	var bitmap references.FPDF_BITMAP
	if got, err := p.api.FPDFImageObj_GetBitmap(&requests.FPDFImageObj_GetBitmap{ImageObject: o}); err == nil {
		bitmap = got.Bitmap
	} else if p.noteCrash(err) {
		return nil
	} else if got, err := p.api.FPDFImageObj_GetRenderedBitmap(&requests.FPDFImageObj_GetRenderedBitmap{Document: p.doc, Page: page, ImageObject: o}); err == nil {
		bitmap = got.Bitmap
	} else {
		p.noteCrash(err)
		return nil
	}
	defer func() { _, _ = p.api.FPDFBitmap_Destroy(&requests.FPDFBitmap_Destroy{Bitmap: bitmap}) }()
	width, err1 := p.api.FPDFBitmap_GetWidth(&requests.FPDFBitmap_GetWidth{Bitmap: bitmap})
	height, err2 := p.api.FPDFBitmap_GetHeight(&requests.FPDFBitmap_GetHeight{Bitmap: bitmap})
	stride, err3 := p.api.FPDFBitmap_GetStride(&requests.FPDFBitmap_GetStride{Bitmap: bitmap})
	format, err4 := p.api.FPDFBitmap_GetFormat(&requests.FPDFBitmap_GetFormat{Bitmap: bitmap})
	if cmpErr(err1, err2, err3, err4) != nil || float64(width.Width)*float64(height.Height) > maxPixels {
		return nil
	}
	raw, err := p.api.FPDFBitmap_GetBuffer(&requests.FPDFBitmap_GetBuffer{Bitmap: bitmap})
	if err != nil {
		p.noteCrash(err)
		return nil
	}
	depth := map[enums.FPDF_BITMAP_FORMAT]int{
		enums.FPDF_BITMAP_FORMAT_GRAY: 1, enums.FPDF_BITMAP_FORMAT_BGR: 3, enums.FPDF_BITMAP_FORMAT_BGRX: 4, enums.FPDF_BITMAP_FORMAT_BGRA: 4,
	}[format.Format]
	if depth == 0 || height.Height*stride.Stride > len(raw.Buffer) || width.Width*depth > stride.Stride {
		return nil
	}
	grey := image.NewGray(image.Rect(0, 0, width.Width, height.Height))
	for y := range height.Height {
		row := raw.Buffer[y*stride.Stride:]
		for x := range width.Width {
			px := row[x*depth : x*depth+depth]
			v := int(px[0])
			if depth >= 3 { // blue, green, red
				v = (29*int(px[0]) + 150*int(px[1]) + 77*int(px[2])) >> 8
			}
			if format.Format == enums.FPDF_BITMAP_FORMAT_BGRA { // on white paper
				v = (v*int(px[3]) + 255*(255-int(px[3]))) / 255
			}
			grey.Pix[y*grey.Stride+x] = byte(v)
		}
	}
	var out bytes.Buffer
	if err := (&png.Encoder{CompressionLevel: png.BestSpeed}).Encode(&out, grey); err != nil {
		return nil
	}
	return out.Bytes()
}
