package extract

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"runtime"
	"strings"

	"github.com/sletdk/slet/scanner"
)

// version is part of the fingerprint. Raise it with every change after which
// a document may give other text than before.
const version = 2

// maxGaps is how many gaps of one item are told one by one; an archive may have
// a hundred thousand encrypted entries. The rest becomes one gap.
const maxGaps = 1000

func newExtractor(opts Options) *Extractor {
	opts.Limits = opts.Limits.withDefaults()
	x := &Extractor{opts: opts, pool: newWorkers(opts), formats: formats(), seen: newOCRCache()}
	x.stamp = x.fingerprint()
	return x
}

func (x *Extractor) close() error { return x.pool.close() }

func (x *Extractor) fingerprint() string {
	l := x.opts.Limits
	pdf := x.opts.PDF
	if pdf == "" {
		pdf = "full"
	}
	names := make([]string, len(x.formats))
	for i, f := range x.formats {
		names[i] = f.name
	}
	sum := sha256.Sum256(fmt.Appendf(nil, "extract %d; pdf=%s ocr=%t; size=%d total=%d ratio=%d depth=%d parts=%d time=%s; %s",
		version, pdf, x.opts.OCR, l.Size, l.Total, l.Ratio, l.Depth, l.Parts, l.Time, strings.Join(names, " ")))
	return "x" + hex.EncodeToString(sum[:8])
}

// job is the extraction of one item.
type job struct {
	x    *Extractor
	ctx  context.Context
	sink *guard
	budget
	over error // a limit of the whole item that was gone over; it becomes one gap
	lost error // the sink's error or the context's; it is what Extract returns
	io   error // the first failure to read the item's bytes
}

func (x *Extractor) extract(ctx context.Context, name string, r io.ReaderAt, size int64, sink Sink) error {
	l := x.opts.Limits
	timed, cancel := context.WithTimeoutCause(ctx, l.Time, errTime)
	defer cancel()
	j := &job{x: x, ctx: timed, budget: budget{limits: l, size: size}}
	j.sink = &guard{j: j, to: sink}
	if size > l.Size {
		j.sink.Gap("", scanner.TooLarge, fmt.Errorf("%d bytes, the limit is %d", size, l.Size))
		return nil
	}
	err := j.read(&doc{job: j, name: name, r: &source{j, r, size}, size: size})
	switch {
	case j.lost != nil:
		return j.lost
	case j.over != nil:
		j.sink.Gap("", reasonOf(j.over), j.over)
	case err != nil: // read turns everything else into a gap itself
		j.sink.Gap("", reasonOf(err), err)
	}
	j.sink.close()
	return j.lost
}

// read recognises d and reads it. Everything wrong with d alone has become a
// gap when it returns; an error means that the whole job has to end.
func (j *job) read(d *doc) error {
	if d.depth > 0 {
		if err := j.countPart(d); err != nil {
			return err
		}
	}
	if err := j.alive(); err != nil {
		return err
	}
	if d.depth > j.limits.Depth {
		d.gap("", scanner.TooLarge, fmt.Errorf("more than %d containers inside each other", j.limits.Depth))
		return nil
	}
	if d.size == 0 {
		return nil
	}
	return j.settle(d, j.attempt(d))
}

// attempt reads d, and turns a parser's panic into an error.
func (j *job) attempt(d *doc) (err error) {
	name := "recognition"
	defer func() {
		if v := recover(); v != nil {
			// What a parser panics with may quote the content.
			what := fmt.Sprintf("%T", v)
			if re, ok := v.(runtime.Error); ok {
				what = re.Error()
			}
			err = unreadable(scanner.Corrupt, "%s: the parser failed: %s", name, what)
		}
	}()
	if err := d.fillHead(); err != nil {
		return err
	}
	f := j.x.format(d.as)
	if f == nil {
		f = j.x.recognise(d)
	}
	name = f.name
	if d.forward && !f.stream {
		return unreadable(scanner.TooLarge, "%s: more than %d bytes inside a container", f.name, maxHeld)
	}
	if d.openAlbum(f) {
		defer d.album.tell(d)
	}
	if err := f.read(d); err != nil {
		return fmt.Errorf("%s: %w", f.name, err)
	}
	return nil
}

// settle turns what is wrong with d alone into a gap.
func (j *job) settle(d *doc, err error) error {
	if lost := j.alive(); lost != nil {
		return lost
	}
	if err == nil || d.partial {
		return nil
	}
	reason := reasonOf(err)
	if reason == scanner.Corrupt && j.io != nil {
		reason, err = scanner.IO, j.io
	}
	d.gap("", reason, err)
	return nil
}

// source is the item's bytes. It tells failures to read them from content that
// is wrong, even where a parser loses the error.
type source struct {
	j    *job
	r    io.ReaderAt
	size int64
}

func (s *source) ReadAt(p []byte, off int64) (int, error) {
	if err := s.j.alive(); err != nil {
		return 0, err
	}
	if off < 0 { // a parser was led there by what it read: nothing wrong with the disk
		return 0, errors.New("a place before the beginning")
	}
	if off >= s.size {
		return 0, io.EOF
	}
	n, err := s.r.ReadAt(p, off)
	if err == io.EOF && off+int64(n) < s.size && n < len(p) {
		err = fmt.Errorf("%w at byte %d of %d", io.ErrUnexpectedEOF, off+int64(n), s.size)
	}
	if err != nil && err != io.EOF {
		err = &readError{scanner.IO, err}
		if s.j.io == nil {
			s.j.io = err
		}
	}
	return n, err
}

// guard stands before the caller's sink. It holds the sink's first error, counts
// against the budget, and keeps the number of gaps bounded.
type guard struct {
	j     *job
	to    Sink
	begun bool // a part has begun
	gaps  int
	rest  scanner.Reason // reason of the first gap beyond maxGaps
}

func (g *guard) lose(err error) error {
	if err != nil && g.j.lost == nil {
		g.j.lost = err
	}
	return err
}

func (g *guard) Part(where string, byLine bool) error {
	if err := g.j.alive(); err != nil {
		return err
	}
	g.begun = true
	return g.lose(g.to.Part(where, byLine))
}

func (g *guard) Mark(place string) {
	if g.j.lost == nil {
		g.to.Mark(place)
	}
}

func (g *guard) Text(b []byte) error {
	if len(b) == 0 {
		return g.j.alive()
	}
	if err := g.j.countText(len(b)); err != nil {
		return err
	}
	if !g.begun {
		return errors.New("text before the first part")
	}
	return g.lose(g.to.Text(b))
}

func (g *guard) Gap(where string, reason scanner.Reason, err error) {
	if g.gaps++; g.gaps <= maxGaps {
		g.to.Gap(where, reason, err)
	} else if g.rest == "" {
		g.rest = reason
	}
}

// close tells of the gaps that were not told one by one.
func (g *guard) close() {
	if g.gaps > maxGaps {
		g.to.Gap("", g.rest, fmt.Errorf("%d more places could not be examined", g.gaps-maxGaps))
	}
}
