package smb

import (
	"bufio"
	"encoding/binary"
	"errors"
	"fmt"
	"net"
	"time"
)

// wire is the TCP connection below a session. The library neither tells whether
// messages are encrypted nor can be told to insist on it; wire sees for itself,
// and with mustEncrypt lets nothing through in the clear but what sets up and
// ends a session.
//
// It also sends a message's length and body as one segment, which saves a third
// of the system calls of a small file on both sides, and puts a deadline on
// every sending.
type wire struct {
	net.Conn
	in          *bufio.Reader
	timeout     time.Duration
	mustEncrypt bool

	// head is the length of the next message out, which the library writes
	// before its body.
	head [4]byte
	held bool

	// left is what is still to be read of the present message in; start holds
	// its first bytes until they have been judged.
	left  int
	start []byte
}

func newWire(c net.Conn, timeout time.Duration, mustEncrypt bool) *wire {
	return &wire{Conn: c, in: bufio.NewReaderSize(c, 64<<10), timeout: timeout, mustEncrypt: mustEncrypt}
}

// errClear: the server does not encrypt the share, and the configuration
// requires it.
var errClear = errors.New("the server does not encrypt this share, which the configuration requires")

// Write takes a length, or the body that belongs to it.
func (w *wire) Write(p []byte) (int, error) {
	if !w.held {
		if len(p) != len(w.head) {
			return 0, fmt.Errorf("a message of %d bytes without its length", len(p))
		}
		copy(w.head[:], p)
		w.held = true
		return len(p), nil
	}
	w.held = false
	if w.mustEncrypt && !sealed(p) {
		return 0, errClear
	}
	if err := w.SetWriteDeadline(time.Now().Add(w.timeout)); err != nil {
		return 0, err
	}
	message := net.Buffers{w.head[:], p}
	n, err := message.WriteTo(w.Conn)
	return max(0, int(n)-len(w.head)), err
}

func (w *wire) Read(p []byte) (int, error) {
	n, err := w.in.Read(p)
	if err == nil && w.mustEncrypt {
		err = w.judge(p[:n])
	}
	return n, err
}

// judge follows the messages in the bytes that came in, and objects to one in
// the clear.
func (w *wire) judge(b []byte) error {
	for len(b) > 0 {
		if w.left == 0 {
			k := min(len(b), 4-len(w.start))
			w.start = append(w.start, b[:k]...)
			b = b[k:]
			if len(w.start) < 4 {
				return nil
			}
			w.left, w.start = int(binary.BigEndian.Uint32(w.start)&0xffffff), w.start[:0]
			continue
		}
		k := min(len(b), w.left)
		if want := commandEnd - len(w.start); want > 0 {
			w.start = append(w.start, b[:min(k, want)]...)
			if len(w.start) >= commandEnd && !sealed(w.start) {
				return errClear
			}
		}
		b = b[k:]
		if w.left -= k; w.left == 0 {
			w.start = w.start[:0]
		}
	}
	return nil
}

// Layout of a message (MS-SMB2 2.2.1, 2.2.41) and the commands that may be in
// the clear: they carry neither names nor content.
const (
	commandAt  = 12
	commandEnd = 14

	cmdNegotiate      = 0
	cmdSessionSetup   = 1
	cmdLogoff         = 2
	cmdTreeConnect    = 3
	cmdTreeDisconnect = 4
	cmdCancel         = 12
	cmdEcho           = 13
)

// sealed reports whether a message is encrypted, or may be in the clear.
func sealed(message []byte) bool {
	if len(message) < commandEnd {
		return false
	}
	switch string(message[:4]) {
	case "\xfdSMB":
		return true
	case "\xfeSMB":
		switch binary.LittleEndian.Uint16(message[commandAt:]) {
		case cmdNegotiate, cmdSessionSetup, cmdLogoff, cmdTreeConnect, cmdTreeDisconnect, cmdCancel, cmdEcho:
			return true
		}
	}
	return false
}
