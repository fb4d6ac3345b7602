package audit

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net"
	"os"
	"strconv"
	"strings"
	"time"
)

// Forwarder sends the entries of a log to a syslog server (RFC 5424), each
// after it is on disk, in order, and none twice unless a server fails in the
// middle. What was sent is remembered in a file, so that a server that is away
// costs nothing but a try: the log itself is the queue.
type Forwarder struct {
	Log  string // the path of the log
	Mark string // the file that remembers the last line sent
	Host string // this machine, as the server is told
	// Dial connects. A datagram socket gets one entry a datagram, any other
	// stream the octet counting of RFC 6587.
	Dial func() (net.Conn, error)
	// Patience bounds one call of Forward.
	Patience time.Duration
}

// authpriv.notice: messages about security and authorization.
const syslogPriority = 10*8 + 5

// Forward sends what was not sent yet and returns how many entries that were.
// An error says why the rest waits; those that were sent are remembered.
func (f Forwarder) Forward() (n int, err error) {
	sent, err := f.sent()
	if err != nil {
		return 0, fmt.Errorf("syslog: %w", err)
	}
	var c net.Conn
	var w *bufio.Writer
	last := sent
	for rec, err := range ReadLog(f.Log) {
		if err != nil {
			return 0, err
		}
		if rec.Seq <= sent {
			continue
		}
		if c == nil {
			if c, err = f.Dial(); err != nil {
				return 0, fmt.Errorf("syslog: %w", err)
			}
			defer c.Close()
			if err := c.SetDeadline(time.Now().Add(f.Patience)); err != nil {
				return 0, fmt.Errorf("syslog: %w", err)
			}
			w = bufio.NewWriter(c)
		}
		if err := f.send(c, w, rec); err != nil {
			return 0, fmt.Errorf("syslog: %w", err)
		}
		last, n = rec.Seq, n+1
	}
	if c == nil {
		return 0, nil
	}
	if err := errors.Join(w.Flush(), received(c)); err != nil {
		return 0, fmt.Errorf("syslog: %w", err)
	}
	return n, replace(f.Mark, strconv.AppendInt(nil, last, 10))
}

// send writes one entry.
func (f Forwarder) send(c net.Conn, w *bufio.Writer, rec Record) error {
	msg, err := syslogMessage(f.Host, rec)
	if err != nil {
		return err
	}
	if strings.Contains(c.LocalAddr().Network(), "udp") || c.LocalAddr().Network() == "unixgram" {
		_, err := c.Write(msg)
		return err
	}
	_, err = fmt.Fprintf(w, "%d %s", len(msg), msg)
	return err
}

// received waits until the server has read all and closes its end too, or says
// nothing until the deadline: some never close first. A connection that breaks
// instead may have lost what was sent.
func received(c net.Conn) error {
	half, ok := c.(interface{ CloseWrite() error })
	if !ok {
		return nil
	}
	if err := half.CloseWrite(); err != nil {
		return err
	}
	_, err := io.Copy(io.Discard, c)
	if errors.Is(err, os.ErrDeadlineExceeded) {
		return nil
	}
	return err
}

// syslogMessage is an entry as RFC 5424 has it; its JSON is the message.
func syslogMessage(host string, rec Record) ([]byte, error) {
	body, err := json.Marshal(rec)
	if err != nil {
		return nil, err
	}
	name := strings.Map(func(r rune) rune {
		if r <= ' ' || r > '~' {
			return -1
		}
		return r
	}, host)
	if name == "" {
		name = "-"
	}
	return fmt.Appendf(nil, "<%d>1 %s %.255s slet %d %.32s - %s", syslogPriority,
		rec.Time.UTC().Format("2006-01-02T15:04:05.000000Z"), name, os.Getpid(), rec.Type, body), nil
}

// sent is the number of the last line that was sent.
func (f Forwarder) sent() (int64, error) {
	b, err := os.ReadFile(f.Mark)
	if errors.Is(err, fs.ErrNotExist) {
		return 0, nil
	}
	if err != nil {
		return 0, err
	}
	n, err := strconv.ParseInt(string(b), 10, 64)
	if err != nil {
		return 0, fmt.Errorf("%s: damaged; remove it, and all of the log is sent again", f.Mark)
	}
	return n, nil
}
