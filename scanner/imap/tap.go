package imap

import (
	"bufio"
	"net"
	"sync"
)

// tapBuffer is how much is read from the network at once, and the longest line
// that a server may answer a command of ours with.
const tapBuffer = 64 << 10

// tap is the connection below the IMAP client, from which slet reads the
// answers to its own commands itself ([responses]). The client's reader, which
// always waits for more, stands back while that is so: the bytes that it was
// waiting for are in a buffer that both take from, one at a time.
type tap struct {
	net.Conn

	mu      sync.Mutex
	turn    sync.Cond
	in      *bufio.Reader // of whoever's turn it is, unless it is being filled
	ours    bool          // what comes is for slet
	filling bool          // the client's reader waits for the network
	closed  bool
	err     error // of that waiting
}

func newTap(c net.Conn) *tap {
	t := &tap{Conn: c, in: bufio.NewReaderSize(c, tapBuffer)}
	t.turn.L = &t.mu
	return t
}

// Read reads for the client.
func (t *tap) Read(b []byte) (int, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	for {
		switch {
		case t.closed:
			return 0, net.ErrClosed
		case t.ours:
			t.turn.Wait()
		case t.in.Buffered() > 0:
			return t.in.Read(b)
		case t.err != nil:
			return 0, t.err
		default:
			t.filling = true
			t.mu.Unlock()
			_, err := t.in.Peek(1)
			t.mu.Lock()
			t.filling, t.err = false, err
			t.turn.Broadcast()
		}
	}
}

// take has what comes from now on kept for slet, until give. No command of the
// client may be under way.
func (t *tap) take() {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.ours = true
}

// input is the buffer, after take. It blocks until something has come.
func (t *tap) input() (*bufio.Reader, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	for t.filling && !t.closed {
		t.turn.Wait()
	}
	if t.closed {
		return nil, net.ErrClosed
	}
	return t.in, t.err
}

// give hands what comes from now on to the client again.
func (t *tap) give() {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.ours = false
	t.turn.Broadcast()
}

// Close closes the connection, and has nobody wait for it any more.
func (t *tap) Close() error {
	t.mu.Lock()
	t.closed = true
	t.turn.Broadcast()
	t.mu.Unlock()
	return t.Conn.Close()
}
