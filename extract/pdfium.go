package extract

import (
	"errors"
	"fmt"
	"io"
	"strings"
	"time"

	pdfapi "github.com/klippa-app/go-pdfium"
	pdferrors "github.com/klippa-app/go-pdfium/errors"
	"github.com/klippa-app/go-pdfium/references"
	"github.com/klippa-app/go-pdfium/requests"
	"github.com/klippa-app/go-pdfium/webassembly"
	"github.com/tetratelabs/wazero"

	"github.com/sletdk/slet/scanner"
)

const (
	// pdfiumPages is the sandbox's memory limit: 256 MiB in pages of 64 KiB.
	// Of 1,100 public test files none made the whole process larger than 267 MB.
	// (While the memory grows, the old one is there as well.)
	pdfiumPages = 256 << 4
	// textPages is the limit where pages are not drawn for OCR: 96 MiB. Growing
	// holds two copies and what is not collected yet, and one worker is not to
	// take more than 256 MB beyond what an item may hold.
	textPages = 96 << 4
	// maxBadPages is after how many pages in a row that cannot be loaded the
	// rest is given up: a broken file may claim two thousand million.
	maxBadPages = 20
	// maxNodes bounds bookmarks, attachments, and annotations on a page. A broken
	// file may have a circle of them.
	maxNodes = 10_000
	// maxAttachment is the largest attachment that is read, in bytes.
	maxAttachment = 64 << 20
)

// pdfium is the PDFium library in its WebAssembly sandbox: it sees no file, no
// clock that matters and no network, and reads the document through callbacks.
type pdfium struct {
	pool pdfapi.Pool
	api  pdfapi.Pdfium
}

// startPDFium compiles PDFium, or loads what was compiled before from cache.
// images says that pages are to be drawn, which takes more memory.
func startPDFium(cache string, images bool) (*pdfium, error) {
	pages := uint32(textPages)
	if images {
		pages = pdfiumPages
	}
	config := wazero.NewRuntimeConfig().WithMemoryLimitPages(pages)
	if cache != "" {
		if err := CheckCache(cache); err != nil {
			return nil, err
		}
		kept, err := wazero.NewCompilationCacheWithDir(cache)
		if err != nil {
			return nil, fmt.Errorf("cache: %w", err)
		}
		config = config.WithCompilationCache(kept)
	}
	pool, err := webassembly.Init(webassembly.Config{
		MinIdle: 0, MaxIdle: 1, MaxTotal: 1,
		FSConfig:      wazero.NewFSConfig(), // nil would mount the whole disk
		RuntimeConfig: config,
		Stdout:        io.Discard, // stdout is the protocol
		Stderr:        io.Discard,
	})
	if err != nil {
		return nil, err
	}
	api, err := pool.GetInstance(time.Minute)
	if err != nil {
		return nil, err
	}
	return &pdfium{pool: pool, api: api}, nil
}

// pdfSink is what a PDF is written to.
type pdfSink interface {
	Sink
	blob(kind, name string, data []byte) error
}

// pdfReader reads one document with PDFium.
type pdfReader struct {
	*pdfium
	out     pdfSink
	content interface {
		io.ReadSeeker
		io.ReaderAt
	}
	size   int64
	images bool // send pages that need OCR

	doc      references.FPDF_DOCUMENT
	form     references.FPDF_FORMHANDLE // "" without form
	seen     digitIndex                 // what was written, for the raw scan
	pictured bool                       // the file has pictures
	unseen   int                        // pictures beside text that were not read
	crashed  bool                       // PDFium is not to be used again
	text     []byte                     // scratch
}

// read reads the document. The error is the sink's.
func (p *pdfReader) read() error {
	opened, err := p.api.OpenDocument(&requests.OpenDocument{FileReader: p.content, FileReaderSize: p.size})
	if p.noteCrash(err) {
		p.out.Gap("", scanner.Corrupt, errCrash)
		return nil
	}
	if err != nil {
		reason, why := openReason(err)
		p.out.Gap("", reason, why)
		if reason == scanner.Encrypted {
			return nil
		}
		return p.readRaw()
	}
	p.doc = opened.Document
	defer func() {
		if !p.crashed {
			_, _ = p.api.FPDF_CloseDocument(&requests.FPDF_CloseDocument{Document: p.doc})
		}
	}()
	if why := truncated(p.content, p.size); why != "" {
		p.out.Gap("", scanner.Corrupt, errors.New(why))
	}
	p.pictured = hasPictures(p.content, p.size)
	p.openForm()
	for _, step := range []func() error{p.readPages, p.readProperties, p.readBookmarks, p.readAttachments} {
		if err := step(); err != nil {
			return err
		}
		if p.crashed {
			break
		}
	}
	if p.form != "" && !p.crashed {
		_, _ = p.api.FPDFDOC_ExitFormFillEnvironment(&requests.FPDFDOC_ExitFormFillEnvironment{FormHandle: p.form})
	}
	return p.readRaw()
}

// errCrash means that PDFium trapped: it hit the sandbox's memory limit or a
// bug of its own.
var errCrash = errors.New("the PDF reader crashed in its sandbox")

// noteCrash reports whether err is a trap rather than an answer.
func (p *pdfReader) noteCrash(err error) bool {
	if err == nil {
		return false
	}
	s := err.Error()
	if strings.Contains(s, "wasm error") || strings.Contains(s, "module closed") || strings.Contains(s, "wasm stack") ||
		strings.Contains(s, "panic occurred") || strings.Contains(s, "memory") {
		p.crashed = true
		return true
	}
	return false
}

// openReason tells why PDFium does not open a document.
func openReason(err error) (scanner.Reason, error) {
	switch {
	case errors.Is(err, pdferrors.ErrPassword):
		return scanner.Encrypted, errors.New("needs a password")
	case errors.Is(err, pdferrors.ErrSecurity):
		return scanner.Encrypted, errors.New("encrypted in an unknown way")
	}
	return scanner.Corrupt, errors.New("not a readable PDF document")
}

// write writes text and remembers its digits.
func (p *pdfReader) write(b []byte) error {
	p.seen.add(b)
	return p.out.Text(b)
}

// writeLine writes text of which the digits are remembered, under a mark, as a
// cell with an optional header.
func (p *pdfReader) writeLine(mark, header, value string) error {
	value = strings.TrimSpace(value)
	if value == "" {
		return nil
	}
	p.out.Mark(mark)
	line := appendPDFText(p.text[:0], value)
	if header = string(appendPDFText(nil, header)); header != "" && digitsIn(line) >= 6 {
		line = append([]byte(header+string(rune(HeaderEnd))), line...)
	}
	line = append(line, byte(CellEnd), '\n')
	p.text = line[:0]
	return p.write(line)
}

// readPages reads the pages in order.
func (p *pdfReader) readPages() error {
	count, err := p.api.FPDF_GetPageCount(&requests.FPDF_GetPageCount{Document: p.doc})
	if err != nil {
		p.noteCrash(err)
		p.out.Gap("", scanner.Corrupt, errors.New("the pages cannot be counted"))
		return nil
	}
	bad := 0
	for i := range count.PageCount {
		page := requests.Page{ByIndex: &requests.PageByIndex{Document: p.doc, Index: i}}
		where := fmt.Sprintf("side %d", i+1)
		ok, err := p.readPage(page, where)
		if err != nil {
			return err
		}
		if p.crashed {
			p.out.Gap(where, scanner.Corrupt, errCrash)
			if i+1 < count.PageCount {
				p.out.Gap("", scanner.Corrupt, fmt.Errorf("pages %d to %d were not read", i+2, count.PageCount))
			}
			return nil
		}
		if ok {
			bad = 0
			continue
		}
		p.out.Gap(where, scanner.Corrupt, errors.New("the page cannot be read"))
		if bad++; bad == maxBadPages && i+1 < count.PageCount {
			p.out.Gap("", scanner.Corrupt, fmt.Errorf("pages %d to %d were not tried", i+2, count.PageCount))
			return nil
		}
	}
	if count.PageCount == 0 {
		p.out.Gap("", scanner.Corrupt, errors.New("the document has no pages"))
	}
	return nil
}

// readPage reads a page's text and annotations, and judges whether that was
// all. It reports whether the page could be read; the error is the sink's.
func (p *pdfReader) readPage(page requests.Page, where string) (ok bool, err error) {
	loaded, err := p.api.FPDFText_LoadPage(&requests.FPDFText_LoadPage{Page: page})
	if err != nil {
		p.noteCrash(err)
		return false, nil
	}
	defer func() {
		if !p.crashed {
			_, _ = p.api.FPDFText_ClosePage(&requests.FPDFText_ClosePage{TextPage: loaded.TextPage})
		}
	}()
	text, letters, err := p.pageText(loaded.TextPage)
	if err != nil {
		p.noteCrash(err)
		return false, nil
	}
	if err := p.out.Part(where, false); err != nil {
		return true, err
	}
	if err := p.write(append(text, '\n')); err != nil {
		return true, err
	}
	p.text = text[:0]
	if err := p.readAnnotations(page, where); err != nil || p.crashed {
		return true, err
	}
	why := p.unread(page, loaded.TextPage, letters)
	if p.crashed {
		return true, nil
	}
	if why == "" {
		if !p.pictured && !p.images {
			return true, nil
		}
		return true, p.readPictures(page, where)
	}
	if !p.images {
		p.out.Gap(where, scanner.Unsupported, fmt.Errorf("%s, and OCR is off", why))
		return true, nil
	}
	return true, p.sendImage(page, where)
}

// pageText returns a page's text and its number of letters and digits. One call
// for the whole page: a call for every letter takes longer than finding them.
func (p *pdfReader) pageText(text references.FPDF_TEXTPAGE) ([]byte, int, error) {
	count, err := p.api.FPDFText_CountChars(&requests.FPDFText_CountChars{TextPage: text})
	if err != nil || count.Count == 0 {
		return p.text[:0], 0, err
	}
	got, err := p.api.FPDFText_GetText(&requests.FPDFText_GetText{TextPage: text, Count: count.Count})
	if err != nil {
		return nil, 0, err
	}
	b := appendPDFText(p.text[:0], got.Text)
	return b, countLetters(b), nil
}

// readProperties reads the document's properties.
func (p *pdfReader) readProperties() error {
	begun := false
	for _, tag := range []struct{ key, name string }{
		{"Title", "titel"}, {"Author", "forfatter"}, {"Subject", "emne"}, {"Keywords", "nøgleord"}, {"Creator", "program"},
	} {
		meta, err := p.api.FPDF_GetMetaText(&requests.FPDF_GetMetaText{Document: p.doc, Tag: tag.key})
		if p.noteCrash(err) {
			p.out.Gap("dokumentegenskaber", scanner.Corrupt, errCrash)
			return nil
		}
		if err != nil || strings.TrimSpace(meta.Value) == "" {
			continue
		}
		if !begun {
			begun = true
			if err := p.out.Part("dokumentegenskaber", false); err != nil {
				return err
			}
		}
		if err := p.writeLine(tag.name, "", meta.Value); err != nil {
			return err
		}
	}
	return nil
}

// readBookmarks reads the titles of the bookmarks, of which a broken file may
// have a circle.
func (p *pdfReader) readBookmarks() error {
	first, err := p.api.FPDFBookmark_GetFirstChild(&requests.FPDFBookmark_GetFirstChild{Document: p.doc})
	if err != nil || first.Bookmark == nil {
		p.noteCrash(err)
		return nil
	}
	if err := p.out.Part("bogmærker", false); err != nil {
		return err
	}
	stack := []references.FPDF_BOOKMARK{*first.Bookmark}
	for n := 0; len(stack) > 0; n++ {
		if n == maxNodes {
			p.out.Gap("bogmærker", scanner.TooLarge, fmt.Errorf("more than %d bookmarks", maxNodes))
			return nil
		}
		b := stack[len(stack)-1]
		stack = stack[:len(stack)-1]
		if title, err := p.api.FPDFBookmark_GetTitle(&requests.FPDFBookmark_GetTitle{Bookmark: b}); err == nil {
			if err := p.writeLine("", "", title.Title); err != nil {
				return err
			}
		} else if p.noteCrash(err) {
			p.out.Gap("bogmærker", scanner.Corrupt, errCrash)
			return nil
		}
		if next, err := p.api.FPDFBookmark_GetNextSibling(&requests.FPDFBookmark_GetNextSibling{Document: p.doc, Bookmark: b}); err == nil && next.Bookmark != nil {
			stack = append(stack, *next.Bookmark)
		}
		if child, err := p.api.FPDFBookmark_GetFirstChild(&requests.FPDFBookmark_GetFirstChild{Document: p.doc, Bookmark: &b}); err == nil && child.Bookmark != nil {
			stack = append(stack, *child.Bookmark)
		}
	}
	return nil
}

// readAttachments sends the document's attachments.
func (p *pdfReader) readAttachments() error {
	count, err := p.api.FPDFDoc_GetAttachmentCount(&requests.FPDFDoc_GetAttachmentCount{Document: p.doc})
	if err != nil {
		p.noteCrash(err)
		return nil
	}
	for i := range min(count.AttachmentCount, maxNodes) {
		a, err := p.api.FPDFDoc_GetAttachment(&requests.FPDFDoc_GetAttachment{Document: p.doc, Index: i})
		if err != nil {
			p.noteCrash(err)
			p.out.Gap(fmt.Sprintf("vedhæftning %d", i+1), scanner.Corrupt, errors.New("the attachment cannot be read"))
			continue
		}
		if err := p.readAttachment(a.Attachment, fmt.Sprint(i+1)); err != nil || p.crashed {
			return err
		}
	}
	if count.AttachmentCount > maxNodes {
		p.out.Gap("", scanner.TooLarge, fmt.Errorf("more than %d attachments", maxNodes))
	}
	return nil
}

// readAttachment sends one attachment; fallback names one without a name.
func (p *pdfReader) readAttachment(a references.FPDF_ATTACHMENT, fallback string) error {
	name := fallback
	if n, err := p.api.FPDFAttachment_GetName(&requests.FPDFAttachment_GetName{Attachment: a}); err == nil && n.Name != "" {
		name = n.Name
	}
	file, err := p.api.FPDFAttachment_GetFile(&requests.FPDFAttachment_GetFile{Attachment: a})
	switch {
	case p.noteCrash(err):
		p.out.Gap("vedhæftning "+name, scanner.Corrupt, errCrash)
		return nil
	case err != nil:
		p.out.Gap("vedhæftning "+name, scanner.Corrupt, errors.New("the attachment cannot be read"))
		return nil
	case len(file.Contents) > maxAttachment:
		p.out.Gap("vedhæftning "+name, scanner.TooLarge, fmt.Errorf("%d bytes, the limit is %d", len(file.Contents), maxAttachment))
		return nil
	}
	return p.out.blob(blobAttachment, name, file.Contents)
}
