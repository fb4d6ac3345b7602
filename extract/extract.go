// Package extract turns bytes into parts of text, within a budget.
//
// What a file is, is decided by its content, never by its name. Each format is
// one file in this package and one line in the table of formats; a format reads
// an [io.ReaderAt] and writes to a [Sink]. Everything that cannot be read ends
// as a gap with a reason: an extractor never returns "no text" for content that
// it did not understand.
//
// # Text
//
// Text given to a sink is UTF-8 in which runs of the same paragraph are joined
// and paragraphs, cells and pages are not. Two control characters carry the
// structure of tables:
//
//   - U+001E (record separator, [CellEnd]) ends a cell; nothing that explains
//     or contradicts a number reaches across it, and no number does.
//   - U+001F (unit separator, [HeaderEnd]) stands between a column's header
//     and the cell's own text. Only cells with at least six digits carry their
//     header: "CPR-nr\x1f150370-5008\x1e".
//
// A row ends with a newline. Extractors remove both characters from content.
package extract

import (
	"context"
	"io"
	"time"

	"github.com/sletdk/slet/scanner"
)

// The control characters that give tables their structure.
const (
	CellEnd   = '\x1e'
	HeaderEnd = '\x1f'
)

// Sink receives what is extracted, in the order of the document.
//
// The calls of one extraction come from one goroutine. An error from a sink
// ends the extraction and is returned as it is.
type Sink interface {
	// Part begins a stretch of text that belongs together and that no number
	// reaches out of: a page, a sheet, a mail body. where names it for a
	// person ("side 3", "Ark1", "brev.docx › side 1"); it is empty when the
	// item is one part. byLine says that line numbers mean something to a
	// person in this part (plain text, CSV).
	Part(where string, byLine bool) error
	// Mark names the place of the text that follows, within the current part,
	// until the next Mark ("kolonne CPR"). One that begins with "!" is a cell,
	// and is joined to the part's name as people write it: part "Ark1" and mark
	// "!B7" are the place "Ark1!B7".
	Mark(place string)
	// Text appends UTF-8 text to the current part. It may be called with
	// pieces of any size; b is not kept.
	Text(b []byte) error
	// Gap records that something in the item could not be examined.
	Gap(where string, reason scanner.Reason, err error)
}

// Limits is the budget of one item. Going over any of them is a gap, never
// silence. The zero value of a field means its default.
type Limits struct {
	Size  int64         // bytes of the item itself; default 2 GiB
	Total int64         // bytes after unpacking, all levels together, beyond the size of the item; default 1 GiB
	Ratio int64         // unpacked bytes per packed byte, once over 16 MiB; default 200
	Depth int           // containers inside containers; default 8
	Parts int           // entries of all containers together; default 100 000
	Time  time.Duration // wall time for the whole item; default 2 minutes
}

// Options choose how to read what can be read in several ways.
type Options struct {
	Limits Limits
	// PDF is "full" (PDFium in WebAssembly, the default) or "light"
	// (ledongthuc/pdf, which loses text; what cannot be confirmed is a gap).
	// Both read in a worker process.
	PDF string
	// OCR runs the tesseract program over images and image-only pages.
	// Without it they are gaps.
	OCR bool
	// Worker is the command line that starts a worker process, the running
	// program itself with its hidden worker command. See [ServeWorker].
	Worker []string
	// Cache is a folder, mode 0700, in which compiled code may be kept between
	// runs; empty means that nothing is kept. Whoever can write to it can
	// run code as slet.
	Cache string
}

// Extractor extracts text from items. It is safe for use by several goroutines;
// each Extract call is one item. Close ends its worker processes.
type Extractor struct {
	opts    Options
	pool    *workers
	formats []format
	seen    *ocrCache
	stamp   string // see Fingerprint
}

// New returns an extractor.
func New(opts Options) *Extractor { return newExtractor(opts) }

// Extract writes the text of r to sink. name is used for what people read and
// as a last hint where content does not tell formats apart; it never makes
// content be read as something it is not.
//
// The returned error is the sink's, or ctx's; everything wrong with the item is
// a gap on the sink. A panic in a parser becomes a gap.
func (x *Extractor) Extract(ctx context.Context, name string, r io.ReaderAt, size int64, sink Sink) error {
	return x.extract(ctx, name, r, size, sink)
}

// Close ends the worker processes.
func (x *Extractor) Close() error { return x.close() }

// Fingerprint names this version of extraction with these options: when it
// changes, what was found before may be incomplete and is extracted anew. It is
// asked for, and stored, with every item: it is short, and made once.
func (x *Extractor) Fingerprint() string { return x.stamp }
