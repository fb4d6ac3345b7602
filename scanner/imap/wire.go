package imap

import (
	"errors"
	"fmt"
	"net"
	"sync"
	"time"
)

// The slowest server that is waited for while it delivers, and what a command
// may take beyond what it is expected to: a server that goes mad must not fill
// the memory.
const (
	minRate     = 16 << 10 // bytes a second
	extraBytes  = 16 << 20
	extraFactor = 2
)

// errTooMuch: the server sends more than what was asked for can be.
var errTooMuch = errors.New("the server sends far more than it was asked for")

// wire is the network connection below the IMAP client. It sets the deadlines
// itself (the client's own are fixed, and endless between commands) and counts
// what comes in.
type wire struct {
	net.Conn
	timeout time.Duration

	mu     sync.Mutex
	busy   bool
	until  time.Time // the end of the running command's time
	left   int64     // bytes that it may still take
	failed error     // the first failure; the client wraps errors as text
}

func newWire(c net.Conn, timeout time.Duration) *wire {
	return &wire{Conn: c, timeout: timeout}
}

// begin starts a command's time. expect is the number of bytes that it is
// expected to take.
func (w *wire) begin(expect int64) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.busy = true
	w.left = extraFactor*expect + extraBytes
	w.until = time.Now().Add(2*w.timeout + time.Duration(expect/minRate)*time.Second)
	w.arm()
}

// end stops it: between commands a connection may be silent.
func (w *wire) end() {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.busy = false
	_ = w.Conn.SetDeadline(time.Time{}) // a closed connection fails soon enough
}

// arm sets the deadline of the next reading or writing, and of one that is
// already waiting.
func (w *wire) arm() {
	next := time.Now().Add(w.timeout)
	if w.until.Before(next) {
		next = w.until
	}
	_ = w.Conn.SetDeadline(next)
}

func (w *wire) Read(b []byte) (int, error) {
	w.mu.Lock()
	if w.busy {
		w.arm()
	}
	w.mu.Unlock()
	n, err := w.Conn.Read(b)
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.left -= int64(n); w.left < 0 && err == nil {
		err = errTooMuch
	}
	if err != nil && w.failed == nil {
		w.failed = err
	}
	return n, err
}

// explain gives an error of the client the cause that the wire knows of.
func (w *wire) explain(err error) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.failed == nil || errors.Is(err, w.failed) {
		return err
	}
	return fmt.Errorf("%w (%v)", w.failed, err)
}

// The client's own ideas of deadlines are not wanted.

func (w *wire) SetDeadline(time.Time) error      { return nil }
func (w *wire) SetReadDeadline(time.Time) error  { return nil }
func (w *wire) SetWriteDeadline(time.Time) error { return nil }
