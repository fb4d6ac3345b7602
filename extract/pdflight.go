package extract

import (
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/ledongthuc/pdf"

	"github.com/sletdk/slet/scanner"
)

// errLight is the gap of what the light reader may have lost.
var errLight = errors.New("the light PDF reader may have lost text; extract.pdf: full reads it")

// readLight reads a PDF with ledongthuc/pdf. What that reader gives counts as
// the document's text only if the raw scan could read the same strings and
// found no more digits than it; everything else is a gap beside the text.
// It can loop without end on hostile files, so it is run in a worker only.
// The error is the sink's.
func readLight(content io.ReaderAt, size int64, out Sink) error {
	if why := truncated(content, size); why != "" {
		out.Gap("", scanner.Corrupt, errors.New(why))
	}
	l := &lightReader{out: out}
	if err := l.read(content, size); err != nil {
		return err
	}
	if l.encrypted {
		return nil
	}
	w := &rawWriter{out: out, seen: &l.seen}
	inPages := l.seen.total
	raw := &rawScan{r: content, size: size, line: w.line}
	if err := raw.run(); err != nil {
		return err
	}
	if l.failed {
		return nil // has its own gap
	}
	if n := raw.pictures + raw.inline; n > 0 {
		out.Gap("", scanner.Unsupported, fmt.Errorf("%d pictures not read: the light PDF reader has no OCR", n))
	}
	switch {
	case raw.opaque:
		out.Gap("", scanner.Unsupported, fmt.Errorf("%w: its fonts have codes of their own", errLight))
	case raw.over || w.lines == rawLines:
		out.Gap("", scanner.Unsupported, fmt.Errorf("%w: it is too large to compare", errLight))
	case w.lines > 0 || w.digits > inPages:
		out.Gap("", scanner.Unsupported, fmt.Errorf("%w: it read %d digits on the pages, the file has %d", errLight, inPages, w.digits))
	case l.empty > 0:
		out.Gap("", scanner.Unsupported, fmt.Errorf("%w: %d pages without text", errLight, l.empty))
	}
	return nil
}

type lightReader struct {
	out       Sink
	seen      digitIndex
	encrypted bool
	failed    bool
	empty     int // pages without text
}

// read reads the pages. A panic of the parser is a gap.
func (l *lightReader) read(content io.ReaderAt, size int64) error {
	var doc *pdf.Reader
	pages := 0
	err := guarded(func() (err error) {
		if doc, err = pdf.NewReader(content, size); err == nil {
			pages = doc.NumPage()
		}
		return err
	})
	switch {
	case errors.Is(err, pdf.ErrInvalidPassword):
		l.encrypted = true
		l.out.Gap("", scanner.Encrypted, errors.New("needs a password"))
		return nil
	case err != nil || pages <= 0:
		l.failed = true
		l.out.Gap("", scanner.Corrupt, errors.New("not a document that the light PDF reader can read"))
		return nil
	}
	bad := 0
	for i := 1; i <= pages && bad < maxBadPages; i++ {
		where := fmt.Sprintf("side %d", i)
		var text string
		err := guarded(func() (err error) {
			page := doc.Page(i)
			if page.V.IsNull() {
				return errors.New("no such page")
			}
			text, err = page.GetPlainText(nil)
			return err
		})
		if err != nil {
			bad++
			l.failed = true
			l.out.Gap(where, scanner.Corrupt, errors.New("the light PDF reader cannot read the page"))
			continue
		}
		if strings.TrimSpace(text) == "" {
			l.empty++
		}
		b := append(appendPDFText(nil, strings.ToValidUTF8(text, "\uFFFD")), '\n')
		l.seen.add(b)
		if err := l.out.Part(where, false); err != nil {
			return err
		}
		if err := l.out.Text(b); err != nil {
			return err
		}
	}
	if bad == maxBadPages {
		l.out.Gap("", scanner.Corrupt, fmt.Errorf("gave up after %d bad pages", bad))
	}
	return nil
}

// guarded turns a panic of f into an error.
func guarded(f func() error) (err error) {
	defer func() {
		if v := recover(); v != nil {
			err = fmt.Errorf("the parser failed: %T", v)
		}
	}()
	return f()
}
