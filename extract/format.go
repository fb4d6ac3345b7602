package extract

import (
	"archive/zip"
	"errors"
	"fmt"
	"io"

	"github.com/sletdk/slet/scanner"
)

// format is one kind of content. A new format is a file and a line in formats.
type format struct {
	name string
	// is reports, from the content alone, whether d is of this format.
	is func(d *doc) bool
	// read writes d's text to its sink and its gaps beside it. An error that
	// is not the sink's, the context's or a budget's means that the content is
	// corrupt, and becomes a gap.
	read func(d *doc) error
	// stream is true if read goes through [doc.reader] once, front to back, and
	// through nothing else, so that content of any size can be passed to it.
	stream bool
	// pictures says where its pictures are counted.
	pictures pictureRule
}

// headSize is how much of the content d.head holds.
const headSize = 8 << 10

// doc is one piece of content to be read: the item itself, or an entry of a
// container. Its methods are all that a format needs of the outside.
type doc struct {
	*job
	name  string // file or entry name; a hint for people
	where string // place inside the item, "" for the item itself
	r     io.ReaderAt
	size  int64
	head  []byte // first headSize bytes at most
	depth int

	// forward is true for content that is passed through and can be read once,
	// front to back; its size is not known.
	forward bool

	// partial is true for an entry that could not be unpacked to its end. What
	// is wrong with it is told by that.
	partial bool

	as      string // format that its container knows it to be; "" is by content
	charset string // encoding as the content around it names it

	into  *album // where d is counted if it is a picture that is not read; nil: it is a gap of its own
	album *album // where the pictures in d are counted; nil: each has its own gap

	headDone bool // headUTF8 is the answer of headText
	headUTF8 string

	zipRead bool // the fields below hold the answer of zip
	zipDir  *zip.Reader
	zipErr  error
}

// place joins where to the document's own place.
func (d *doc) place(where string) string {
	switch {
	case d.where == "":
		return where
	case where == "":
		return d.where
	}
	return d.where + " › " + where
}

// part begins a part at a place inside the document.
func (d *doc) part(where string, byLine bool) error {
	return d.sink.Part(d.place(where), byLine)
}

// gap records that something inside the document could not be examined.
func (d *doc) gap(where string, reason scanner.Reason, err error) {
	d.sink.Gap(d.place(where), reason, err)
}

// child reads an entry of a container: it is recognised by its own content,
// one level deeper. name is shown to people. See [doc.childFrom] for an entry
// that has to be unpacked first. An error ends the whole job: return it.
func (d *doc) child(name string, r io.ReaderAt, size int64) error {
	name = cleanName(name)
	d.copies(r, size)
	return d.job.read(&doc{job: d.job, name: name, where: d.place(name), r: r, size: size, depth: d.depth + 1, into: d.album})
}

// errCorrupt and its like carry a gap's reason from a format's read to the
// place that records it.
type readError struct {
	reason scanner.Reason
	err    error
}

func (e *readError) Error() string { return e.err.Error() }
func (e *readError) Unwrap() error { return e.err }

// unreadable makes an error that becomes a gap with the given reason.
func unreadable(reason scanner.Reason, format string, args ...any) error {
	return &readError{reason, fmt.Errorf(format, args...)}
}

// reasonOf returns the gap's reason for an error from a format's read.
func reasonOf(err error) scanner.Reason {
	var re *readError
	if errors.As(err, &re) {
		return re.reason
	}
	return scanner.Corrupt
}
