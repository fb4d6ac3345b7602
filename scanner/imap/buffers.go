package imap

import (
	"errors"
	"io"
	"math/bits"
	"sync"
)

// buffers are where messages are read into, each used again and again: without
// them a scan makes garbage as fast as mail comes in. Classes are powers of two.
type buffers struct{ classes [maxClass + 1]sync.Pool }

const (
	minClass = 12 // 4 KiB
	maxClass = 21 // 2 MiB, which is maxWhole
)

func (b *buffers) get(n int64) []byte {
	class := max(bits.Len64(uint64(max(n, 1)-1)), minClass)
	if class > maxClass {
		return make([]byte, n)
	}
	if p, ok := b.classes[class].Get().(*[]byte); ok {
		return (*p)[:n]
	}
	return make([]byte, n, 1<<class)
}

// put takes a buffer back. Nobody may look at it any more.
func (b *buffers) put(p []byte) {
	if class := bits.Len(uint(cap(p))) - 1; class >= minClass && class <= maxClass && cap(p) == 1<<class {
		b.classes[class].Put(&p)
	}
}

// small is a message in memory. It was counted when it was fetched, and a
// message's content never changes under its UID: there is nothing to recheck.
type small struct {
	buffers *buffers

	mu      sync.RWMutex // whoever still reads when it is closed reads no other message
	content []byte
	size    int64
	closed  bool
}

var errFileClosed = errors.New("the message was closed")

func (s *small) Size() int64 { return s.size }

// ReadAt implements io.ReaderAt.
func (s *small) ReadAt(p []byte, off int64) (int, error) {
	s.mu.RLock()
	defer s.mu.RUnlock()
	switch {
	case s.closed:
		return 0, errFileClosed
	case off < 0:
		return 0, errors.New("negative offset")
	case off >= s.size:
		return 0, io.EOF
	}
	n := copy(p, s.content[off:])
	if n < len(p) {
		return n, io.EOF
	}
	return n, nil
}

func (*small) Recheck() error { return nil }

// Close gives the buffer back.
func (s *small) Close() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if !s.closed {
		s.closed = true
		s.buffers.put(s.content)
		s.content = nil
	}
	return nil
}
