package agent

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"path"
	"runtime/debug"
	"slices"
	"strings"

	"github.com/sletdk/slet/detectors"
	"github.com/sletdk/slet/extract"
	"github.com/sletdk/slet/scanner"
)

// Looker examines items: it opens, extracts and detects, and stores nothing.
type Looker struct {
	Extractor *extract.Extractor
	Detectors *detectors.Engine
	// Limit, when not nil, says how fast items are opened and read.
	Limit *Limit
}

// Results is told what is found in an item, and what could not be examined, in
// the order of the item. *store.Collector is one.
type Results interface {
	Match(detectors.Match)
	Gap(scanner.Gap)
}

// Look says how an item was read.
type Look struct {
	// Item is the item as it is known now: a recording has more of its times.
	Item  scanner.Item
	Sum   [sha256.Size]byte // SHA-256 of the whole content; of a recording, scanner.Sample
	Bytes int64             // read
	// DocumentType is what kind of document it is, one of
	// detectors.DocumentTypes, or "".
	DocumentType string
	// Copies are the SHA-256 of what the item holds whole: attachments, entries
	// of archives; each once, the first maxCopies. Of a message they are also
	// what its copies in other folders and mailboxes are known by, whatever
	// their headers ([extract.MessageSum]).
	Copies [][sha256.Size]byte
	// Ring is what the list of a recorder's ring of files says, if the item is one.
	Ring *scanner.Ring
}

// maxCopies bounds what is remembered of an archive with a hundred thousand
// entries.
const maxCopies = 1000

// Item examines one item of a source. A gap that is returned, rather than told
// to out, means that the item has failed: it could not be opened or read, or it
// changed meanwhile. Then nothing that out was told counts.
func (l *Looker) Item(ctx context.Context, src scanner.Source, it scanner.Item, out Results) (look Look, fail *scanner.Gap) {
	look.Item = it
	file, err := l.Limit.open(ctx, src, it)
	if err != nil {
		return look, failure(it.Path, err)
	}
	defer file.Close()
	if it.Kind == scanner.KindRecording {
		return l.recording(ctx, src, it, file, out)
	}
	var message *extract.MessageSum
	if it.Kind == scanner.KindMessage || strings.EqualFold(path.Ext(it.Path), ".eml") {
		message = extract.NewMessageSum()
	}
	if look.Sum, err = hash(ctx, file, message); err != nil {
		return look, failure(it.Path, err)
	}
	look.Bytes = file.Size()
	if look.DocumentType, look.Copies, err = l.text(ctx, it.Path, file, file.Size(), out); err != nil {
		return look, failure(it.Path, err)
	}
	if message != nil {
		if sum, ok := message.Sum(); ok {
			look.Copies = append(look.Copies, sum)
		}
	}
	if err := file.Recheck(); err != nil {
		return look, failure(it.Path, err)
	}
	return look, nil
}

// Text examines content that is already open, and tells what kind of document
// it is. The segments of path are text too: names of files and folders are full
// of personal data.
func (l *Looker) Text(ctx context.Context, path string, r io.ReaderAt, size int64, out Results) (documentType string, err error) {
	documentType, _, err = l.text(ctx, path, r, size, out)
	return documentType, err
}

func (l *Looker) text(ctx context.Context, path string, r io.ReaderAt, size int64, out Results) (documentType string, copies [][sha256.Size]byte, err error) {
	// A panic costs this item, not the agent. Extraction contains its own; this
	// is for the detectors. What a panic says may quote content and is left out.
	defer func() {
		if p := recover(); p != nil {
			err = &readError{scanner.Corrupt, fmt.Errorf("panic in %s", panicking())}
		}
	}()
	sink := &sink{path: path, out: out}
	sink.Stream = l.Detectors.Stream(sink.match)
	if err := sink.name(path); err != nil {
		return "", nil, err
	}
	if err := l.Extractor.Extract(ctx, path, r, size, sink); err != nil {
		return "", nil, err
	}
	if err := sink.Close(); err != nil {
		return "", nil, err
	}
	documentType, _ = sink.DocumentType()
	return documentType, sink.copies, nil
}

// failure is the gap of an item that could not be examined at all.
func failure(path string, err error) *scanner.Gap {
	return &scanner.Gap{Path: path, Reason: reasonFor(err), Err: masked(err)}
}

// readError is an error that has chosen its reason.
type readError struct {
	reason scanner.Reason
	err    error
}

func (e *readError) Error() string { return e.err.Error() }
func (e *readError) Unwrap() error { return e.err }

func reasonFor(err error) scanner.Reason {
	var re *readError
	if errors.As(err, &re) {
		return re.reason
	}
	return scanner.ReasonFor(err)
}

// maskedError is an error whose text carries no CPR number: a parser's error
// may quote the content it stumbled on, and a path is personal data.
type maskedError struct{ err error }

func (e *maskedError) Error() string { return detectors.MaskText(e.err.Error()) }
func (e *maskedError) Unwrap() error { return e.err }

func masked(err error) error { return &maskedError{err} }

// hash returns the SHA-256 of the whole content, which message is written to as
// well if it is not nil.
func hash(ctx context.Context, file scanner.File, message *extract.MessageSum) (sum [sha256.Size]byte, err error) {
	h := sha256.New()
	r := io.NewSectionReader(file, 0, file.Size())
	buf := make([]byte, min(file.Size()+1, 1<<20))
	for {
		if err := ctx.Err(); err != nil {
			return sum, err
		}
		n, err := r.Read(buf)
		h.Write(buf[:n])
		if message != nil {
			_, _ = message.Write(buf[:n])
		}
		if errors.Is(err, io.EOF) {
			return [sha256.Size]byte(h.Sum(nil)), nil
		}
		if err != nil {
			return sum, err
		}
	}
}

// sink is where an item's text goes: to the detectors. Matches and gaps go on
// to the results, with places masked: an attachment may be called by a number.
type sink struct {
	*detectors.Stream
	path   string
	out    Results
	copies [][sha256.Size]byte
}

// Copy implements extract.Copier.
func (s *sink) Copy(sum [sha256.Size]byte, _ int64) {
	if len(s.copies) < maxCopies && !slices.Contains(s.copies, sum) {
		s.copies = append(s.copies, sum)
	}
}

// name gives the item's name to the detectors. Nothing reaches across a path
// separator.
func (s *sink) name(path string) error {
	if err := s.Part(detectors.WhereName, false); err != nil {
		return err
	}
	return s.Text([]byte(strings.ReplaceAll(path, "/", string(extract.CellEnd))))
}

func (s *sink) match(m detectors.Match) {
	m.Where = detectors.MaskText(m.Where)
	s.out.Match(m)
}

// Gap implements extract.Sink.
func (s *sink) Gap(where string, reason scanner.Reason, err error) {
	s.out.Gap(scanner.Gap{Path: s.path, Where: detectors.MaskText(where), Reason: reason, Err: masked(err)})
}

// panicking names the function that panicked, without its arguments.
func panicking() string {
	lines := strings.Split(string(debug.Stack()), "\n")
	for i, l := range lines {
		if strings.HasPrefix(l, "panic(") && i+2 < len(lines) {
			name, _, _ := strings.Cut(lines[i+2], "(")
			return name
		}
	}
	return "an unknown function"
}
