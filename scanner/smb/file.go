package smb

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"sync"

	"github.com/sletdk/slet/scanner"
)

// Open opens the item for reading. What has taken its place, of whatever kind,
// gives [scanner.ErrChanged]. The file's calls end with ctx.
func (s *Source) Open(ctx context.Context, it scanner.Item) (scanner.File, error) {
	rel, err := s.rawPath(it)
	if err != nil {
		return nil, fmt.Errorf("open: %w", err)
	}
	if err := enter(ctx, s.slots); err != nil {
		return nil, err
	}
	f := &file{source: s, link: s.readLink(), ctx: ctx, path: s.at(rel), version: it.Version}
	if err := f.open(); err != nil {
		<-s.slots
		return nil, fmt.Errorf("open: %w", err)
	}
	return f, nil
}

// file is an opened item.
type file struct {
	source  *Source
	link    *link
	ctx     context.Context // of the item's examination
	path    string
	version string

	mu     sync.Mutex
	closed bool
	handle handle // nil when it could not be opened again
	over   share  // the connection that the handle belongs to
	size   int64

	// block is a part of the content that has been read: hashing and extracting
	// read a small file over the wire once, and a large one in large pieces.
	block   []byte
	blockAt int64
}

// blockSize is how much of a large file is read at a time while somebody reads
// on. A server gives 1 MiB in one answer: that is several at once.
const blockSize = 4 * answerSize

// answerSize is the most that a server gives in one answer.
const answerSize = 1 << 20

// open opens the file and compares it, on the handle, with what was walked.
func (f *file) open() error {
	f.handle = nil
	h, over, err := f.link.open(f.ctx, f.path, false)
	if err != nil {
		return f.source.openError(f.ctx, err)
	}
	st, err := h.stat(f.ctx)
	switch {
	case lost(err):
		f.link.lose(over)
	case err == nil && st.version() != f.version:
		err = scanner.ErrChanged
	}
	if err != nil {
		_ = h.close() // it was only opened
		return err
	}
	f.handle, f.over, f.size = h, over, st.size
	return nil
}

// openError says what a failure to open means for an item that once was there.
func (s *Source) openError(ctx context.Context, err error) error {
	switch {
	case errors.Is(err, fs.ErrNotExist):
		if gone := s.gone(ctx); !errors.Is(gone, scanner.ErrGone) {
			return gone
		}
		return fmt.Errorf("%w: %w", scanner.ErrGone, err)
	case errors.Is(err, errLink):
		return fmt.Errorf("%w: %w", scanner.ErrChanged, err)
	}
	return err
}

// Size is the length that the item had when it was walked.
func (f *file) Size() int64 { return f.size }

// Close gives the handle back.
func (f *file) Close() error {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.closed {
		return fs.ErrClosed
	}
	var err error
	if f.handle != nil {
		err = f.handle.close()
	}
	f.handle, f.block, f.closed = nil, nil, true
	<-f.source.slots
	if lost(err) {
		return nil // the server has closed it
	}
	return err
}

// ReadAt reads through the handle. When the connection is lost, the file is
// opened again over another one and must be the same.
func (f *file) ReadAt(p []byte, off int64) (n int, err error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if off < 0 {
		return 0, fs.ErrInvalid
	}
	for n < len(p) && off < f.size {
		b, err := f.at(off, len(p)-n)
		if err != nil {
			return n, err
		}
		k := copy(p[n:], b)
		n, off = n+k, off+int64(k)
	}
	if n < len(p) {
		return n, io.EOF
	}
	return n, nil
}

// at returns some of the content from off on, which lies before the end.
func (f *file) at(off int64, want int) ([]byte, error) {
	if f.handle == nil {
		return nil, fs.ErrClosed
	}
	if off < f.blockAt || off >= f.blockAt+int64(len(f.block)) {
		// A large piece at a time while somebody reads on; else what is wanted.
		length := int64(blockSize)
		if off != f.blockAt+int64(len(f.block)) && f.size > blockSize {
			length = int64(min(max(want, smallRead), blockSize))
		}
		if err := f.fill(off, min(length, f.size-off)); err != nil {
			return nil, err
		}
	}
	return f.block[off-f.blockAt:], nil
}

// smallRead is the least that is read of a large file at a time.
const smallRead = 64 << 10

// fill reads a block.
func (f *file) fill(off, length int64) error {
	if int64(cap(f.block)) < length {
		f.block = make([]byte, length)
	}
	b := f.block[:length]
	f.block = nil
	for n := 0; n < len(b); {
		k, err := f.read(b[n:], off+int64(n))
		if n += k; err != nil && n < len(b) {
			return err
		}
		if k == 0 {
			return fmt.Errorf("%w: it is shorter than it was", scanner.ErrChanged)
		}
	}
	f.block, f.blockAt = b, off
	return nil
}

// read reads once, and over another connection if that one is lost.
func (f *file) read(p []byte, off int64) (int, error) {
	for tries := 0; ; tries++ {
		n, err := f.handle.readAt(f.ctx, p, off)
		switch {
		case f.ctx.Err() != nil:
			return n, f.ctx.Err()
		case errors.Is(err, io.EOF) && !errors.Is(err, errDropped):
			return n, nil
		case !lost(err), tries == 3:
			return n, err
		}
		f.link.lose(f.over)
		if err := f.open(); err != nil {
			return n, err
		}
	}
}

// Recheck opens the file anew, after giving the handle back. A handle does not
// show that its file has been removed or replaced, and as long as somebody
// holds one, Samba tells the write time that was when it was opened.
func (f *file) Recheck() error {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.handle == nil {
		return fs.ErrClosed
	}
	_ = f.handle.close() // it was only read
	err := f.open()
	if errors.Is(err, scanner.ErrGone) {
		return fmt.Errorf("%w: %w", scanner.ErrChanged, err)
	}
	return err
}
