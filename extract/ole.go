package extract

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"path"
	"strings"

	"github.com/richardlehane/mscfb"

	"github.com/sletdk/slet/scanner"
)

// Compound files (OLE2): a small file system of storages and streams, in which
// old Office documents, Outlook's messages and embedded objects live. What a
// storage is, is told by the names of its streams, at every level alike.

// oleMagic is how a compound file begins.
const oleMagic = "\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"

func isOLE(d *doc) bool { return bytes.HasPrefix(d.head, []byte(oleMagic)) }

// storage is a folder of a compound file.
type storage struct {
	name    string
	streams map[string]*mscfb.File // by name, without a leading control character
	order   []string
	folders []*storage
}

const (
	// maxStorages is how deep storages may be inside each other.
	maxStorages = 32
	// maxStreams is how many streams and storages a compound file may have.
	maxStreams = 50_000
)

func readOLE(d *doc) error {
	r := &pagedReader{r: d.r, size: d.size}
	cf, err := mscfb.New(r)
	if err != nil {
		return readBrokenOLE(d, err)
	}
	root := &storage{streams: map[string]*mscfb.File{}}
	for i, f := range cf.File {
		if i == 0 {
			continue // the root itself
		}
		if i > maxStreams || len(f.Path) > maxStorages {
			d.gap("", scanner.TooLarge, fmt.Errorf("more than %d streams, or deeper than %d", maxStreams, maxStorages))
			break
		}
		at := root
		for _, name := range f.Path {
			at = at.folder(name)
		}
		if f.FileInfo().IsDir() {
			at.folder(f.Name)
		} else if at.streams[f.Name] == nil && f.Size > 0 {
			f.Size = min(f.Size, d.size) // a stream is no larger than its file
			at.streams[f.Name] = f
			at.order = append(at.order, f.Name)
		}
	}
	return readStorage(d, root, true)
}

// readBrokenOLE looks for text in a compound file whose directory is damaged.
func readBrokenOLE(d *doc, cause error) error {
	s := newStory(d)
	s.part("rådata")
	err := scanRaw(d.reader(), func(run []byte) { s.text(run); s.endParagraph() })
	if s.finish(); s.err != nil {
		return s.err
	}
	if err != nil {
		return err
	}
	return cause
}

// folder returns the storage's folder with a name, made if it is new.
func (st *storage) folder(name string) *storage {
	for _, f := range st.folders {
		if f.name == name {
			return f
		}
	}
	f := &storage{name: name, streams: map[string]*mscfb.File{}}
	st.folders = append(st.folders, f)
	return f
}

// has reports whether the storage has a stream.
func (st *storage) has(name string) bool { return st.streams[name] != nil }

// open reads a stream from its beginning.
func (st *storage) open(d *doc, name string) io.Reader {
	f := st.streams[name]
	if f == nil {
		return bytes.NewReader(nil)
	}
	f.Seek(0, io.SeekStart) // fails only on an empty stream, which then reads as one
	return &oleStream{d: d, r: f, left: f.Size}
}

// oleStream reads a stream's sectors, up to its size: a chain of sectors may
// run in circles.
type oleStream struct {
	d    *doc
	r    io.Reader
	left int64
}

func (s *oleStream) Read(p []byte) (int, error) {
	if err := s.d.alive(); err != nil {
		return 0, err
	}
	if s.left <= 0 {
		return 0, io.EOF
	}
	n, err := s.r.Read(p[:min(int64(len(p)), s.left, 256<<10)])
	s.left -= int64(n)
	return n, err
}

// load returns a stream's content; one that does not fit into what the job may
// hold is an error. What could be read comes with the error.
func (st *storage) load(d *doc, name string) ([]byte, error) {
	f := st.streams[name]
	if f == nil {
		return nil, nil
	}
	if f.Size > maxHeld-d.held {
		return nil, unreadable(scanner.TooLarge, "a stream of %d bytes", f.Size)
	}
	d.held += f.Size // for the rest of the storage: see readStorage
	b, err := io.ReadAll(st.open(d, name))
	return b, err
}

// readStorage reads a storage by what it is, then the storages in it.
func readStorage(d *doc, st *storage, top bool) error {
	defer func(before int64) { d.held = before }(d.held)
	var err error
	switch {
	case st.has("EncryptedPackage") || st.has("EncryptionInfo"):
		err = unreadable(scanner.Encrypted, "the document is encrypted")
	case st.has("WordDocument"):
		err = readDOC(d, st)
	case st.has("Workbook"):
		err = readXLS(d, st, "Workbook")
	case st.has("Book"):
		err = readXLS(d, st, "Book")
	case st.has("PowerPoint Document"):
		err = readPPT(d, st)
	case st.has("__properties_version1.0"):
		return readMSG(d, st)
	default:
		return readUnknownStorage(d, st, top)
	}
	if err := noteGap(d, "", err); err != nil {
		return err
	}
	if err := readSummary(d, st); err != nil {
		return err
	}
	return readFolders(d, st)
}

// readFolders reads the storages inside a storage: embedded objects and macros.
func readFolders(d *doc, st *storage) error {
	for _, f := range st.folders {
		var err error
		switch {
		case f.name == "ObjectPool":
			err = readFolders(d, f)
		case f.has("dir") && f.name == "VBA":
			err = readVBA(d, f)
		default:
			err = readEmbedded(d, f, cleanName(f.name))
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// readEmbedded reads a storage as a document inside d.
func readEmbedded(d *doc, st *storage, name string) error {
	sub := &doc{job: d.job, name: name, where: d.place(name), size: d.size, depth: d.depth + 1, album: d.album}
	if err := d.countPart(sub); err != nil {
		return err
	}
	if sub.depth > d.limits.Depth {
		sub.gap("", scanner.TooLarge, fmt.Errorf("more than %d documents inside each other", d.limits.Depth))
		return nil
	}
	return readStorage(sub, st, false)
}

// readUnknownStorage reads a storage that is no document known here: a file that
// was inserted as it is, or an object of another program, in which text is
// looked for.
func readUnknownStorage(d *doc, st *storage, top bool) error {
	s := newStory(d)
	s.part("rådata")
	unknown := top
	for _, name := range st.order {
		f := st.streams[name]
		switch name {
		case "Ole10Native":
			s.part(s.where)
			if err := readNative(d, st); err != nil {
				return err
			}
			continue
		case "Package", "CONTENTS", "Contents":
			s.part(s.where)
			if err := d.childFrom(name, st.open(d, name), f.Size); err != nil {
				return err
			}
			unknown = false
			continue
		case "CompObj", "Ole", "ObjInfo", "LinkInfo", "OlePres000", "EPRINT", "PROJECT", "PROJECTwm":
		default:
			unknown = unknown || f.Size > unknownStream
		}
		err := scanRaw(st.open(d, name), func(run []byte) { s.text(run); s.endParagraph() })
		if err := noteGap(d, cleanName(name), err); err != nil {
			return err
		}
	}
	if s.finish(); s.err != nil {
		return s.err
	}
	if err := readFolders(d, st); err != nil {
		return err
	}
	if unknown && !st.has("Ole10Native") {
		d.gap("", scanner.Unsupported, errors.New("an object of an unknown program; only plain text in it was looked for"))
	}
	return nil
}

// unknownStream is how large a stream of an unknown object may be before it is
// told that it was not understood: smaller ones hold settings.
const unknownStream = 4 << 10

// readNative reads an inserted file: its names, then its bytes.
func readNative(d *doc, st *storage) error {
	b, err := st.load(d, "Ole10Native")
	if err := noteGap(d, "Ole10Native", err); err != nil {
		return err
	}
	name, data := parseNative(b)
	return d.child(name, bytes.NewReader(data), int64(len(data)))
}

// parseNative takes an Ole10Native stream apart: size, flags, label, file name,
// flags, length and text of a path, size, data. A stream that is not so is all
// data.
func parseNative(b []byte) (name string, data []byte) {
	const generic = "indlejret fil"
	if len(b) < 6 {
		return generic, b
	}
	label, rest, ok1 := bytes.Cut(b[6:], []byte{0})
	file, rest, ok2 := bytes.Cut(rest, []byte{0})
	if !ok1 || !ok2 || len(rest) < 8 {
		return generic, b
	}
	n := int64(binary.LittleEndian.Uint32(rest[4:]))
	rest = rest[8:]
	if n+4 > int64(len(rest)) {
		return generic, b
	}
	size := int64(binary.LittleEndian.Uint32(rest[n:]))
	rest = rest[n+4:]
	if len(label) == 0 {
		label = file
	}
	if len(label) == 0 {
		label = []byte(generic)
	}
	name = path.Base(strings.ReplaceAll(string(decode1252(nil, label)), `\`, "/"))
	return name, rest[:min(size, int64(len(rest)))]
}

// decode1252 appends b, in Windows-1252, as UTF-8.
func decode1252(dst, b []byte) []byte {
	for _, c := range b {
		if c < 0x80 {
			dst = append(dst, c)
		} else if r := cp1252Rune(c); r != 0 {
			dst = append(dst, string(r)...)
		}
	}
	return dst
}

// pagedReader gives small reads of a file from larger ones: a compound file's
// chains are followed four bytes at a time.
type pagedReader struct {
	r     io.ReaderAt
	size  int64
	pages [pageCount]page
	clock int
}

type page struct {
	at   int64
	b    []byte
	used int
}

const (
	pageSize  = 16 << 10
	pageCount = 16
)

func (p *pagedReader) ReadAt(b []byte, off int64) (int, error) {
	if off < 0 || off >= p.size {
		return 0, io.EOF
	}
	if len(b) >= pageSize {
		return p.r.ReadAt(b, off)
	}
	n := 0
	for n < len(b) {
		at := (off + int64(n)) / pageSize * pageSize
		pg, err := p.page(at)
		if err != nil {
			return n, err
		}
		skip := int(off + int64(n) - at)
		if skip >= len(pg) {
			return n, io.EOF
		}
		n += copy(b[n:], pg[skip:])
	}
	return n, nil
}

// page returns the page at an offset, taking the place of the one that was used
// longest ago.
func (p *pagedReader) page(at int64) ([]byte, error) {
	p.clock++
	oldest := &p.pages[0]
	for i := range p.pages {
		pg := &p.pages[i]
		if pg.b != nil && pg.at == at {
			pg.used = p.clock
			return pg.b, nil
		}
		if pg.used < oldest.used {
			oldest = pg
		}
	}
	if oldest.b == nil {
		oldest.b = make([]byte, pageSize)
	}
	n, err := p.r.ReadAt(oldest.b[:min(pageSize, p.size-at)], at)
	if err != nil && (err != io.EOF || n == 0) {
		oldest.b, oldest.used = nil, 0
		return nil, err
	}
	oldest.b, oldest.at, oldest.used = oldest.b[:n], at, p.clock
	return oldest.b, nil
}
