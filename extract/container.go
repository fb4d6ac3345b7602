package extract

import (
	"archive/zip"
	"errors"
	"fmt"
	"io"
	"strings"
	"unicode"

	"github.com/sletdk/slet/scanner"
)

// chunkSize is the unit in which entries are held in memory: large enough to
// be cheap, small enough not to matter when it is not full.
const chunkSize = 256 << 10

// reader reads d front to back.
func (d *doc) reader() io.Reader { return io.NewSectionReader(d.r, 0, d.size) }

// fillHead reads the beginning of d, by which it is recognised.
func (d *doc) fillHead() error {
	d.head = make([]byte, min(headSize, d.size))
	n, err := d.r.ReadAt(d.head, 0)
	d.head = d.head[:n]
	if n > 0 && d.forward {
		return nil // the reader meets the error again, after what came before it
	}
	return notEOF(err)
}

// entry is what a container holds, before it is unpacked.
type entry struct {
	name    string
	r       io.Reader // what unpacking gives
	packed  int64     // how many bytes it is unpacked from
	plain   bool      // it stands in its container at its full length: nothing is unpacked
	as      string    // the format to read it as; "" is by its content
	charset string    // its encoding as the container names it
}

// childFrom reads an entry that has to be unpacked: what r gives, from packed
// bytes. See [doc.entry].
func (d *doc) childFrom(name string, r io.Reader, packed int64) error {
	return d.entry(entry{name: name, r: r, packed: packed})
}

// maxHeldText is how much of a text, as of a mail's, is held to see its encoding.
const maxHeldText = 1 << 20

// entry unpacks an entry and reads it. It is held in memory up to maxHeld bytes
// per item; a larger one is passed through if its format can be read front to
// back, and is a gap otherwise. Nothing is ever written to disk: it would be a
// copy of personal data that nobody knows of.
//
// An error in e.r is the entry's gap, not the container's: what is returned ends
// the job.
func (d *doc) entry(e entry) error {
	name := cleanName(e.name)
	j := d.job
	before := j.held
	defer func() { j.held = before }()
	var u io.Reader = living{j, e.r}
	if !e.plain {
		u = &unpacking{d: d, at: d.place(name), r: e.r, packed: e.packed}
	}
	c := &doc{job: j, name: name, where: d.place(name), depth: d.depth + 1, as: e.as, charset: e.charset, into: d.album}
	var held chunks
	limit := max(maxHeld-j.held, textChunk)
	if e.as == "text" {
		limit = min(limit, maxHeldText) // it is read front to back anyway
	}
	whole, err := held.fill(u, limit)
	j.held += held.size()
	if lost := j.alive(); lost != nil {
		return lost
	}
	c.r, c.size, c.partial = &held, held.size(), err != nil
	if err == nil && whole && e.as == "" { // what is known before it is read is a text of the container's own
		d.copies(&held, held.size())
	}
	if err == nil && !whole {
		c.r, c.size, c.forward = &forward{held: &held, r: u, at: held.size()}, unknownSize, true
	}
	if end := j.read(c); end != nil {
		return end
	}
	if err != nil {
		// What came before the error has been read; this is what is missing.
		c.gap("", reasonOf(err), fmt.Errorf("cannot be unpacked: %w", err))
	}
	return j.alive()
}

// chunks is content held in memory.
type chunks struct {
	full [][]byte // chunkSize each
	last []byte
}

func (c *chunks) size() int64 { return int64(len(c.full))*chunkSize + int64(len(c.last)) }

// fill reads at most limit bytes of r and reports whether that was all.
func (c *chunks) fill(r io.Reader, limit int64) (whole bool, err error) {
	for limit > 0 {
		if len(c.last) == cap(c.last) {
			c.grow()
		}
		free := c.last[len(c.last):cap(c.last)]
		n, err := r.Read(free[:min(int64(len(free)), limit)])
		c.last = c.last[:len(c.last)+n]
		limit -= int64(n)
		if err != nil {
			return err == io.EOF, notEOF(err)
		}
	}
	return false, nil
}

// grow makes room in last: most entries are small, so it begins small.
func (c *chunks) grow() {
	switch n := len(c.last); n {
	case 0:
		c.last = make([]byte, 0, 4<<10)
	case chunkSize:
		c.full = append(c.full, c.last)
		c.last = make([]byte, 0, chunkSize)
	default:
		c.last = append(make([]byte, 0, min(4*n, chunkSize)), c.last...)
	}
}

// notEOF is err unless it is the plain end of what is read. (A decompressor's
// io.ErrUnexpectedEOF is not.)
func notEOF(err error) error {
	if err == io.EOF {
		return nil
	}
	return err
}

func (c *chunks) ReadAt(p []byte, off int64) (int, error) {
	n := 0
	for n < len(p) && off < c.size() {
		i := off / chunkSize
		b := c.last
		if i < int64(len(c.full)) {
			b = c.full[i]
		}
		m := copy(p[n:], b[off%chunkSize:])
		n, off = n+m, off+int64(m)
	}
	if n < len(p) {
		return n, io.EOF
	}
	return n, nil
}

// unknownSize is the size of a document that is passed through.
const unknownSize = 1 << 62

// errBackwards means that a format that claims to read front to back did not.
var errBackwards = errors.New("cannot go back in a stream")

// forward gives the beginning of a stream, which is held, as often as wanted,
// and what follows once, in order.
type forward struct {
	held *chunks
	r    io.Reader
	at   int64
	err  error
}

func (f *forward) ReadAt(p []byte, off int64) (int, error) {
	n := 0
	if off < f.held.size() {
		n, _ = f.held.ReadAt(p, off)
	}
	for n < len(p) {
		if off+int64(n) != f.at {
			return n, errBackwards
		}
		if f.err != nil {
			return n, f.err
		}
		var m int
		m, f.err = f.r.Read(p[n:])
		n, f.at = n+m, f.at+int64(m)
	}
	return n, nil
}

// maxDirectory is how many bytes of a zip directory are read per entry that the
// budget allows, before the directory is too large.
const maxDirectory = 160

// zip returns the directory of d if d is a zip file. It is read once.
func (d *doc) zip() (*zip.Reader, error) {
	if d.zipRead {
		return d.zipDir, d.zipErr
	}
	d.zipRead = true
	lim := &directoryLimit{r: d.r, left: int64(d.limits.Parts)*maxDirectory + 1<<20}
	zr, err := zip.NewReader(lim, d.size)
	lim.left = -1 // the entries themselves are not limited
	switch {
	case lim.hit:
		d.zipErr = unreadable(scanner.TooLarge, "the directory of the archive is too large")
	case err != nil && !errors.Is(err, zip.ErrInsecurePath):
		d.zipErr = err
	default:
		d.zipDir = zr
	}
	return d.zipDir, d.zipErr
}

// directoryLimit ends the reading of a directory that would not fit in memory.
// Left below zero means no limit.
type directoryLimit struct {
	r    io.ReaderAt
	left int64
	hit  bool
}

func (l *directoryLimit) ReadAt(p []byte, off int64) (int, error) {
	if l.left < 0 {
		return l.r.ReadAt(p, off)
	}
	if int64(len(p)) > l.left {
		l.hit = true
		return 0, io.ErrUnexpectedEOF
	}
	n, err := l.r.ReadAt(p, off)
	l.left -= int64(n)
	return n, err
}

// maxName is how many bytes of an entry's name are used in places.
const maxName = 200

// cleanName makes a name that came from the content fit to be shown.
func cleanName(name string) string {
	name = strings.Map(func(r rune) rune {
		if unicode.IsControl(r) || r == unicode.ReplacementChar {
			return '_'
		}
		return r
	}, strings.ToValidUTF8(name, "_"))
	if len(name) > maxName {
		name = strings.ToValidUTF8(name[:maxName], "") + "…"
	}
	return name
}

// nameList collects names of entries: they are personal data as often as what
// they name.
type nameList struct{ text []byte }

func (l *nameList) add(names ...string) {
	for _, name := range names {
		if name != "" && len(l.text) < maxNames {
			l.text = append(append(l.text, clean(name)...), CellEnd, '\n')
		}
	}
}

// maxNames bounds the memory for names: as many as fit in a directory that the
// budget allows.
const maxNames = 32 << 20

// write writes the names as a part of d.
func (l *nameList) write(d *doc) error {
	if len(l.text) == 0 {
		return nil
	}
	if err := d.part("navne i indholdet", false); err != nil {
		return err
	}
	return d.sink.Text(l.text)
}
