package imap

import (
	"context"
	"errors"
	"fmt"
	"io"
	"sync"
	"time"

	"github.com/emersion/go-imap/v2"

	"github.com/sletdk/slet/scanner"
)

// locate checks that an item is one of this source, and says where it is.
func (s *Source) locate(it scanner.Item) (message, error) {
	if it.Source != s.cfg.Name {
		return message{}, fmt.Errorf("%w: it is of source %q", errID, it.Source)
	}
	m, err := parseMessage(it.ID)
	if err != nil {
		return message{}, err
	}
	if err := s.reach(m.place); err != nil {
		return message{}, err
	}
	if it.Version == "" {
		return message{}, fmt.Errorf("%w: it has no version", errID)
	}
	return m, nil
}

// Open implements [scanner.Source]. A message that this process has not walked
// is first asked for its marks of privacy; a private one is not opened.
func (s *Source) Open(ctx context.Context, it scanner.Item) (scanner.File, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	m, err := s.locate(it)
	if err != nil {
		return nil, fmt.Errorf("open: %w", err)
	}
	if it.Size > maxWhole || !s.ahead.walked(m) {
		now, err := s.look(ctx, m)
		switch {
		case err != nil:
			return nil, fmt.Errorf("open: %w", err)
		case now.private:
			return nil, fmt.Errorf("open: %w: the message is marked private", scanner.ErrPrivate)
		case now.version(m.validity) != it.Version:
			return nil, fmt.Errorf("open: %w", scanner.ErrChanged)
		case now.size > maxWhole:
			return s.openLarge(ctx, m, now.size)
		}
	}
	b, err := s.body(ctx, m, it.Size)
	switch {
	case err != nil:
		return nil, fmt.Errorf("open: %w", err)
	case b.version(m.validity) != it.Version:
		return nil, fmt.Errorf("open: %w", scanner.ErrChanged)
	case b.large:
		return s.openLarge(ctx, m, b.size)
	}
	return &small{buffers: &s.ahead.buffers, content: b.content, size: int64(len(b.content))}, nil
}

// look asks what the server knows of one message.
func (s *Source) look(ctx context.Context, m message) (now meta, err error) {
	err = s.with(ctx, m.place, func(c *conn) error {
		if err := c.open(ctx, m.folder, m.validity, false, 0); err != nil {
			return err
		}
		now, err = c.look(ctx, m.uid)
		return err
	})
	return now, err
}

func (c *conn) look(ctx context.Context, uid imap.UID) (meta, error) {
	got, err := c.metas(ctx, imap.UIDSetNum(uid), 1)
	if err != nil {
		return meta{}, err
	}
	m, ok := got[uid]
	if !ok {
		return meta{}, c.missing(ctx, uid)
	}
	return m, nil
}

// Sizes of the parts in which a large message is read.
const (
	partSize  = 1 << 20
	keptParts = 2
	// stillOpen is how long a folder that is open on a connection is taken to
	// be the same while a message in it is read.
	stillOpen = 30 * time.Second
)

// large is a message that is read in parts, as they are asked for. Nothing of
// it is written to a disk.
type large struct {
	// The reading belongs to the opening: io.ReaderAt has no context.
	ctx    context.Context
	source *Source
	at     message
	size   int64

	mu    sync.Mutex
	parts []part // the last used last
}

type part struct {
	off     int64
	content []byte
}

// openLarge finds out how long the message really is: servers that store mail
// in another form (Exchange) give an estimate as its size.
func (s *Source) openLarge(ctx context.Context, m message, size int64) (scanner.File, error) {
	err := s.with(ctx, m.place, func(c *conn) error {
		if err := c.open(ctx, m.folder, m.validity, false, 0); err != nil {
			return err
		}
		end, err := c.part(ctx, m.uid, max(size-1, 0), 2)
		if err != nil || len(end) == 1 {
			return err
		}
		size, err = c.announced(ctx, m.uid)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("open: %w", err)
	}
	return &large{ctx: ctx, source: s, at: m, size: size}, nil
}

// announced is the size that the server announces the whole content with. The
// connection ends with it: nothing else stops the content from coming.
func (c *conn) announced(ctx context.Context, uid imap.UID) (size int64, err error) {
	size = -1
	err = c.fetch(ctx, imap.UIDSetNum(uid), fetching{
		what: "BODY.PEEK[]", section: sectionWhole, need: hasUID | hasContent, expect: partSize,
		keep: func(_ *answer, n int64) ([]byte, error) {
			size = n
			return nil, errEnough
		},
	}, func(answer) {})
	switch {
	case size >= 0:
		return size, nil
	case err == nil:
		err = fmt.Errorf("%w: a message without content", errAnswer)
	}
	return 0, err
}

// errEnough: nothing more of this answer is wanted, nor of this connection.
var errEnough = errors.New("enough")

func (l *large) Size() int64 { return l.size }

// ReadAt implements io.ReaderAt.
func (l *large) ReadAt(p []byte, off int64) (n int, err error) {
	if off < 0 {
		return 0, errors.New("negative offset")
	}
	for n < len(p) {
		if off >= l.size {
			return n, io.EOF
		}
		b, err := l.part(off - off%partSize)
		if err != nil {
			return n, err
		}
		done := copy(p[n:], b[off%partSize:])
		n, off = n+done, off+int64(done)
	}
	return n, nil
}

// part returns a part of the content that is at most partSize long.
func (l *large) part(off int64) ([]byte, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for i, p := range l.parts {
		if p.off == off {
			l.parts = append(append(l.parts[:i:i], l.parts[i+1:]...), p)
			return p.content, nil
		}
	}
	want := min(partSize, l.size-off)
	var b []byte
	err := l.source.with(l.ctx, l.at.place, func(c *conn) error {
		err := c.open(l.ctx, l.at.folder, l.at.validity, false, stillOpen)
		if err == nil {
			b, err = c.part(l.ctx, l.at.uid, off, want)
		}
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("read at %d of %d: %w", off, l.size, err)
	}
	if int64(len(b)) != want {
		return nil, fmt.Errorf("read at %d of %d: %d bytes, want %d: %w", off, l.size, len(b), want, io.ErrUnexpectedEOF)
	}
	if len(l.parts) >= keptParts {
		l.parts = append(l.parts[:0:0], l.parts[1:]...)
	}
	l.parts = append(l.parts, part{off, b})
	return b, nil
}

// Recheck implements [scanner.File]: the message must still be there, since it
// took a while to read it.
func (l *large) Recheck() error {
	if _, err := l.source.look(l.ctx, l.at); err != nil {
		if errors.Is(err, scanner.ErrGone) {
			return fmt.Errorf("%w: %w", scanner.ErrChanged, err)
		}
		return err
	}
	return nil
}

func (l *large) Close() error {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.parts = nil
	return nil
}
