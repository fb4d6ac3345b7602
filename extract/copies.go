package extract

import (
	"crypto/sha256"
	"io"
)

// A Copier is a [Sink] that wants to know what the item holds whole: a mail's
// attachments, an archive's entries. "Erase all copies" is about those too.
type Copier interface {
	// Copy tells the SHA-256 and the length in bytes of the content of one
	// entry. It is called for entries that are files of their own and were
	// unpacked to the end, of minCopy bytes or more, at any depth.
	Copy(sum [sha256.Size]byte, size int64)
}

// minCopy is the length from which the same bytes mean the same document: the
// pixels and signatures below it are in every mail.
const minCopy = 1 << 10

// copies tells of an entry that is held whole.
func (d *doc) copies(content io.ReaderAt, size int64) {
	to, ok := d.job.sink.to.(Copier)
	if !ok || size < minCopy {
		return
	}
	h := sha256.New()
	if n, err := io.Copy(h, io.NewSectionReader(content, 0, size)); err != nil || n != size {
		return // what is wrong with it is told by its reader
	}
	to.Copy([sha256.Size]byte(h.Sum(nil)), size)
}
