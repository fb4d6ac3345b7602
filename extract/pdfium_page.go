package extract

import (
	"bytes"
	"errors"
	"fmt"
	"image"
	"image/draw"
	"image/png"

	"github.com/klippa-app/go-pdfium/enums"
	"github.com/klippa-app/go-pdfium/references"
	"github.com/klippa-app/go-pdfium/requests"
	"github.com/klippa-app/go-pdfium/structs"

	"github.com/sletdk/slet/scanner"
)

const (
	// fewLetters is up to how many letters and digits the text of a page may
	// be a stamp on a scanned page rather than its content.
	fewLetters = 100
	// manyObjects is how many objects of a page with little text are looked at.
	manyObjects = 2000
	// drawnSegments is how many line segments without any text may be text
	// drawn as lines: ten digits take about so many.
	drawnSegments = 100
	// sampledLetters is how many letters of a page are asked whether they mean
	// anything.
	sampledLetters = 16
	// maxPixels bounds the image of a page; A4 at 300 dpi has 8.7 million.
	maxPixels = 36e6
	ocrDPI    = 300
)

// openForm starts PDFium's form module, which knows the values of form fields
// that several places on the pages share.
func (p *pdfReader) openForm() {
	kind, err := p.api.FPDF_GetFormType(&requests.FPDF_GetFormType{Document: p.doc})
	if err != nil || kind.FormType == enums.FPDF_FORMTYPE_NONE {
		return
	}
	form, err := p.api.FPDFDOC_InitFormFillEnvironment(&requests.FPDFDOC_InitFormFillEnvironment{
		Document: p.doc,
		FormFillInfo: structs.FPDF_FORMFILLINFO{
			FFI_Invalidate:         func(references.FPDF_PAGE, float64, float64, float64, float64) {},
			FFI_SetCursor:          func(enums.FXCT) {},
			FFI_SetTimer:           func(int, func(int)) int { return 0 },
			FFI_KillTimer:          func(int) {},
			FFI_GetLocalTime:       func() structs.FPDF_SYSTEMTIME { return structs.FPDF_SYSTEMTIME{} },
			FFI_GetPage:            func(references.FPDF_DOCUMENT, int) *references.FPDF_PAGE { return nil },
			FFI_GetRotation:        func(references.FPDF_PAGE) enums.FPDF_PAGE_ROTATION { return 0 },
			FFI_ExecuteNamedAction: func(string) {},
		},
	})
	if err != nil {
		p.noteCrash(err)
		return
	}
	p.form = form.FormHandle
}

// readAnnotations reads what lies on the page rather than in it: form fields,
// comments, links, attached files.
func (p *pdfReader) readAnnotations(page requests.Page, where string) error {
	count, err := p.api.FPDFPage_GetAnnotCount(&requests.FPDFPage_GetAnnotCount{Page: page})
	if err != nil {
		p.noteCrash(err)
		return nil
	}
	for i := range min(count.Count, maxNodes) {
		a, err := p.api.FPDFPage_GetAnnot(&requests.FPDFPage_GetAnnot{Page: page, Index: i})
		if err != nil {
			if p.noteCrash(err) {
				return nil
			}
			continue // an entry that is no annotation
		}
		err = p.readAnnotation(a.Annotation)
		if p.crashed || err != nil {
			return err
		}
		_, _ = p.api.FPDFPage_CloseAnnot(&requests.FPDFPage_CloseAnnot{Annotation: a.Annotation})
	}
	if count.Count > maxNodes {
		p.out.Gap(where, scanner.TooLarge, fmt.Errorf("more than %d annotations", maxNodes))
	}
	return nil
}

// readAnnotation reads one annotation.
func (p *pdfReader) readAnnotation(a references.FPDF_ANNOTATION) error {
	kind, err := p.api.FPDFAnnot_GetSubtype(&requests.FPDFAnnot_GetSubtype{Annotation: a})
	if err != nil {
		p.noteCrash(err)
		return nil
	}
	switch kind.Subtype {
	case enums.FPDF_ANNOT_SUBTYPE_POPUP:
		return nil // repeats its parent
	case enums.FPDF_ANNOT_SUBTYPE_WIDGET:
		return p.readField(a)
	case enums.FPDF_ANNOT_SUBTYPE_LINK:
		if err := p.readLink(a); err != nil {
			return err
		}
	case enums.FPDF_ANNOT_SUBTYPE_FILEATTACHMENT:
		f, err := p.api.FPDFAnnot_GetFileAttachment(&requests.FPDFAnnot_GetFileAttachment{Document: p.doc, Annotation: a})
		if err == nil {
			if err := p.readAttachment(f.Attachment, "uden navn"); err != nil {
				return err
			}
		}
	}
	for _, key := range []string{"T", "Subj", "Contents"} {
		if err := p.writeLine("kommentar", "", p.annotationString(a, key)); err != nil {
			return err
		}
	}
	return nil
}

// annotationString returns a string of an annotation's dictionary.
func (p *pdfReader) annotationString(a references.FPDF_ANNOTATION, key string) string {
	v, err := p.api.FPDFAnnot_GetStringValue(&requests.FPDFAnnot_GetStringValue{Annotation: a, Key: key})
	if err != nil {
		p.noteCrash(err)
		return ""
	}
	return v.Value
}

// readField reads a form field: its name stands for a column's header.
func (p *pdfReader) readField(a references.FPDF_ANNOTATION) error {
	name, value := p.annotationString(a, "TU"), p.annotationString(a, "V")
	if name == "" {
		name = p.annotationString(a, "T")
	}
	if p.form != "" {
		if v, err := p.api.FPDFAnnot_GetFormFieldAlternateName(&requests.FPDFAnnot_GetFormFieldAlternateName{FormHandle: p.form, Annotation: a}); err == nil && v.FormFieldAlternateName != "" {
			name = v.FormFieldAlternateName
		} else if v, err := p.api.FPDFAnnot_GetFormFieldName(&requests.FPDFAnnot_GetFormFieldName{FormHandle: p.form, Annotation: a}); err == nil && v.FormFieldName != "" {
			name = v.FormFieldName
		}
		if v, err := p.api.FPDFAnnot_GetFormFieldValue(&requests.FPDFAnnot_GetFormFieldValue{FormHandle: p.form, Annotation: a}); err == nil && v.FormFieldValue != "" {
			value = v.FormFieldValue
		} else {
			p.noteCrash(err)
		}
	}
	mark := "formularfelt"
	if name != "" {
		mark += " " + cleanName(name)
	}
	return p.writeLine(mark, name, value)
}

// readLink reads where a link leads: "mailto:", or an address with a number in
// it.
func (p *pdfReader) readLink(a references.FPDF_ANNOTATION) error {
	link, err := p.api.FPDFAnnot_GetLink(&requests.FPDFAnnot_GetLink{Annotation: a})
	if err != nil {
		p.noteCrash(err)
		return nil
	}
	action, err := p.api.FPDFLink_GetAction(&requests.FPDFLink_GetAction{Link: link.Link})
	if err != nil || action.Action == nil {
		p.noteCrash(err)
		return nil
	}
	uri, err := p.api.FPDFAction_GetURIPath(&requests.FPDFAction_GetURIPath{Document: p.doc, Action: *action.Action})
	if err != nil || uri.URIPath == nil {
		p.noteCrash(err)
		return nil
	}
	return p.writeLine("link", "", *uri.URIPath)
}

// unread tells why the page holds something that its text does not: an image,
// text drawn as lines, letters that mean nothing. "" means that the text is
// taken for the page.
func (p *pdfReader) unread(page requests.Page, text references.FPDF_TEXTPAGE, letters int) string {
	if p.meaningless(text) {
		return "the font does not say which letters it draws"
	}
	if letters >= fewLetters {
		return ""
	}
	images, segments, area := p.objects(page)
	switch {
	case letters == 0 && images > 0:
		return "image only"
	case images > 0 && area >= 0.3:
		return "an image with little text"
	case letters == 0 && segments >= drawnSegments:
		return "no text, but drawings"
	}
	return ""
}

// meaningless reports whether a fifth of the page's letters or more have no
// meaning that PDFium knows.
func (p *pdfReader) meaningless(text references.FPDF_TEXTPAGE) bool {
	count, err := p.api.FPDFText_CountChars(&requests.FPDFText_CountChars{TextPage: text})
	if err != nil || count.Count == 0 {
		return false
	}
	step := max(1, count.Count/sampledLetters)
	sampled, bad := 0, 0
	for i := 0; i < count.Count; i += step {
		v, err := p.api.FPDFText_HasUnicodeMapError(&requests.FPDFText_HasUnicodeMapError{TextPage: text, Index: i})
		if err != nil {
			p.noteCrash(err)
			return false
		}
		sampled++
		if v.HasUnicodeMapError {
			bad++
		}
	}
	return bad*5 >= sampled
}

// objects counts a page's images and line segments, and tells which share of
// the page the images cover (overlapping ones count twice).
func (p *pdfReader) objects(page requests.Page) (images, segments int, area float64) {
	count, err := p.api.FPDFPage_CountObjects(&requests.FPDFPage_CountObjects{Page: page})
	if err != nil {
		p.noteCrash(err)
		return 0, 0, 0
	}
	var c objectCount
	for i := range min(count.Count, manyObjects) {
		o, err := p.api.FPDFPage_GetObject(&requests.FPDFPage_GetObject{Page: page, Index: i})
		if err != nil {
			p.noteCrash(err)
			continue
		}
		p.object(o.PageObject, 0, &c)
	}
	width, err1 := p.api.FPDF_GetPageWidthF(&requests.FPDF_GetPageWidthF{Page: page})
	height, err2 := p.api.FPDF_GetPageHeightF(&requests.FPDF_GetPageHeightF{Page: page})
	if err1 != nil || err2 != nil {
		return c.images, c.segments, 1
	}
	whole := float64(width.PageWidth) * float64(height.PageHeight)
	return c.images, c.segments, c.area / max(whole, 1)
}

type objectCount struct {
	images, segments, seen int
	area                   float64 // square points
}

// object counts one object, and those inside it.
func (p *pdfReader) object(o references.FPDF_PAGEOBJECT, depth int, c *objectCount) {
	if c.seen++; c.seen > manyObjects || depth > 8 || p.crashed {
		return
	}
	kind, err := p.api.FPDFPageObj_GetType(&requests.FPDFPageObj_GetType{PageObject: o})
	if err != nil {
		p.noteCrash(err)
		return
	}
	switch kind.Type {
	case enums.FPDF_PAGEOBJ_IMAGE:
		c.images++
		if b, err := p.api.FPDFPageObj_GetBounds(&requests.FPDFPageObj_GetBounds{PageObject: o}); err == nil {
			c.area += float64(b.Right-b.Left) * float64(b.Top-b.Bottom)
		}
	case enums.FPDF_PAGEOBJ_PATH:
		if n, err := p.api.FPDFPath_CountSegments(&requests.FPDFPath_CountSegments{PageObject: o}); err == nil {
			c.segments += n.Count
		}
	case enums.FPDF_PAGEOBJ_SHADING:
		c.segments++
	case enums.FPDF_PAGEOBJ_FORM:
		n, err := p.api.FPDFFormObj_CountObjects(&requests.FPDFFormObj_CountObjects{PageObject: o})
		if err != nil {
			return
		}
		for i := range min(n.Count, manyObjects) {
			if inner, err := p.api.FPDFFormObj_GetObject(&requests.FPDFFormObj_GetObject{PageObject: o, Index: uint64(i)}); err == nil {
				p.object(inner.PageObject, depth+1, c)
			}
		}
	}
}

// sendImage sends the page as a grey PNG, at the resolution OCR wants.
func (p *pdfReader) sendImage(page requests.Page, where string) error {
	width, err1 := p.api.FPDF_GetPageWidthF(&requests.FPDF_GetPageWidthF{Page: page})
	height, err2 := p.api.FPDF_GetPageHeightF(&requests.FPDF_GetPageHeightF{Page: page})
	if err := errors.Join(err1, err2); err != nil {
		p.noteCrash(err)
		p.out.Gap(where, scanner.Corrupt, errors.New("the page has no size"))
		return nil
	}
	dpi := ocrDPI
	for dpi > 36 && float64(width.PageWidth)*float64(height.PageHeight)*float64(dpi*dpi)/(72*72) > maxPixels {
		dpi -= 12
	}
	if float64(width.PageWidth)*float64(height.PageHeight)*float64(dpi*dpi)/(72*72) > maxPixels {
		p.out.Gap(where, scanner.TooLarge, errors.New("the page is too large for OCR"))
		return nil
	}
	drawn, err := p.api.RenderPageInDPI(&requests.RenderPageInDPI{Page: page, DPI: dpi, RenderFlags: enums.FPDF_RENDER_FLAG_ANNOT})
	if err != nil {
		p.noteCrash(err)
		p.out.Gap(where, scanner.Corrupt, errors.New("the page cannot be drawn for OCR"))
		return nil
	}
	grey := image.NewGray(drawn.Result.Image.Bounds())
	draw.Draw(grey, grey.Bounds(), drawn.Result.Image, image.Point{}, draw.Src)
	drawn.Cleanup()
	var out bytes.Buffer
	if err := (&png.Encoder{CompressionLevel: png.BestSpeed}).Encode(&out, grey); err != nil {
		p.out.Gap(where, scanner.Corrupt, fmt.Errorf("the page cannot be drawn for OCR: %w", err))
		return nil
	}
	return p.out.blob(blobPage, where, out.Bytes())
}
