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
	f := &file{source: s, ctx: ctx, path: s.at(rel), version: it.Version, size: it.Size}
	if err := f.take(); err != nil {
		<-s.slots
		return nil, fmt.Errorf("open: %w", err)
	}
	return f, nil
}

// file is an opened item.
type file struct {
	source  *Source
	ctx     context.Context // of the item's examination
	path    string
	version string

	mu     sync.Mutex
	closed bool
	size   int64
	// whole: the content came in one answer, between two looks at the file.
	whole bool
	// lanes are the handles that it is read over, in turn; none when it is whole
	// or could not be opened again.
	lanes []lane
	lane  int // the last one that was used

	// block is a part of the content, so that hashing and extracting read a
	// small file over the wire once. piece is what block belongs to, and ahead
	// what has been asked for after it.
	block   []byte
	blockAt int64
	piece   part
	ahead   []part
	aheadAt int64 // where the content goes on after what has been asked for
}

// lane is a handle on the file, and the connection it belongs to.
type lane struct {
	handle
	link *link
	over share
}

// part is a part of the content that has been asked for over a lane.
type part struct {
	pending
	lane int
}

const (
	// answerSize is the most that a server gives in one answer.
	answerSize = 1 << 20
	// piecesAhead is how many answers are asked for while somebody reads on.
	piecesAhead = 4
	// smallRead is the least that is read of a large file at a time.
	smallRead = 64 << 10
)

// take opens the file: a small one is read whole in one request.
func (f *file) take() error {
	if f.size > f.source.oneShot {
		return f.open()
	}
	got, err := f.source.readLink().shoot(f.ctx, f.path, int(f.size))
	switch {
	case errors.Is(err, errOneByOne):
		return f.open()
	case err != nil:
		return f.source.openError(f.ctx, err)
	case got.before.version() != f.version, got.after.version() != f.version, int64(len(got.data)) != f.size:
		return scanner.ErrChanged
	}
	f.whole, f.block = true, got.data
	return nil
}

// open opens the file and compares it, on each handle, with what was walked.
func (f *file) open() error {
	links := []*link{f.source.readLink()}
	if f.size >= f.source.manyLanes {
		links = f.source.reading
	}
	for _, l := range links {
		h, st, over, err := l.open(f.ctx, f.path, false)
		switch {
		case err != nil:
			err = f.source.openError(f.ctx, err)
		case st.version() != f.version:
			_ = h.close() // it was only opened
			err = scanner.ErrChanged
		}
		if err != nil {
			_ = f.letGo()
			return err
		}
		f.lanes = append(f.lanes, lane{handle: h, link: l, over: over})
		f.size = st.size
	}
	return nil
}

// letGo gives the handles back.
func (f *file) letGo() (err error) {
	f.drop()
	for _, l := range f.lanes {
		if e := l.close(); e != nil && !lost(e) { // a lost connection has closed it
			err = errors.Join(err, e)
		}
	}
	f.lanes, f.lane = nil, 0
	return err
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
	err := f.letGo()
	f.block, f.closed = nil, true
	<-f.source.slots
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
	if f.closed || !f.whole && len(f.lanes) == 0 {
		return nil, fs.ErrClosed
	}
	for tries := 0; off < f.blockAt || off >= f.blockAt+int64(len(f.block)); tries++ {
		err := f.next(off, want)
		switch {
		case err == nil:
			continue
		case f.ctx.Err() != nil:
			return nil, f.ctx.Err()
		case !lost(err), tries == 3:
			return nil, err
		}
		f.lanes[f.lane].link.lose(f.lanes[f.lane].over)
		_ = f.letGo() // over the others
		if err := f.open(); err != nil {
			return nil, err
		}
	}
	return f.block[off-f.blockAt:], nil
}

// next reads the piece that begins at off. While somebody reads on, the pieces
// after it have been asked for; else only what is wanted is.
func (f *file) next(off int64, want int) error {
	on := off == f.blockAt+int64(len(f.block))
	if !on || len(f.ahead) == 0 {
		length := int64(answerSize)
		if !on {
			length = int64(min(max(want, smallRead), answerSize))
		}
		f.drop()
		f.aheadAt = off
		if err := f.ask(length); err != nil {
			return err
		}
	}
	if f.piece.pending != nil {
		f.piece.free()
	}
	f.piece, f.block, f.ahead = f.ahead[0], nil, f.ahead[1:]
	for on && len(f.ahead) < piecesAhead && f.aheadAt < f.size {
		if err := f.ask(answerSize); err != nil {
			return err
		}
	}
	f.lane = f.piece.lane
	b, err := f.piece.wait(f.ctx)
	switch {
	case err != nil:
		return err
	case len(b) == 0:
		return fmt.Errorf("%w: it is shorter than it was", scanner.ErrChanged)
	}
	f.block, f.blockAt = b, off
	if len(b) < f.piece.size() {
		f.dropAhead() // does not follow
	}
	return nil
}

// ask asks for the next piece.
func (f *file) ask(length int64) error {
	f.lane = int(f.aheadAt/answerSize) % len(f.lanes)
	p, err := f.lanes[f.lane].start(f.ctx, int(min(length, f.size-f.aheadAt)), f.aheadAt)
	if err != nil {
		return err
	}
	f.ahead = append(f.ahead, part{p, f.lane})
	f.aheadAt += int64(p.size())
	return nil
}

// drop forgets what has been read and what has been asked for.
func (f *file) drop() {
	f.dropAhead()
	if f.piece.pending != nil {
		f.piece.free()
		f.piece, f.block, f.blockAt = part{}, nil, 0
	}
}

func (f *file) dropAhead() {
	for _, p := range f.ahead {
		p.free()
	}
	f.ahead = nil
}

// Recheck opens the file anew, after giving the handle back. A handle does not
// show that its file has been removed or replaced, and as long as somebody
// holds one, Samba tells the write time that was when it was opened. A file
// that was read in one request has been looked at before and after that: what
// happens to it later does not change what was read.
func (f *file) Recheck() error {
	f.mu.Lock()
	defer f.mu.Unlock()
	switch {
	case f.closed:
		return fs.ErrClosed
	case f.whole:
		return nil
	case len(f.lanes) == 0:
		return fs.ErrClosed
	}
	_ = f.letGo() // it was only read
	err := f.open()
	if errors.Is(err, scanner.ErrGone) {
		return fmt.Errorf("%w: %w", scanner.ErrChanged, err)
	}
	return err
}
