package imap

import (
	"bufio"
	"bytes"
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net"
	"strings"
	"time"

	"github.com/emersion/go-imap/v2"
	"github.com/emersion/go-imap/v2/imapclient"

	"github.com/sletdk/slet/scanner"
)

var (
	// errNoServer: the server cannot be reached, or does not speak IMAP. Then
	// nothing can be said of any account.
	errNoServer = errors.New("no connection to the server")
	// errSignIn: the server does not let us into one account.
	errSignIn = errors.New("sign-in refused")
	errClosed = errors.New("the source is closed")
	// errLost: the connection broke within a command.
	errLost = errors.New("the connection was lost")
	// errAnswer: the server answers, but not what it was asked.
	errAnswer = errors.New("the server's answer makes no sense")
)

// conn is one connection, signed in for one account. It runs one command at a
// time: pipelined fetches lock the client up.
type conn struct {
	wire    *wire
	tap     *tap
	client  *imapclient.Client
	asked   int // commands of our own
	account string
	caps    imap.CapSet
	dead    bool

	// What is open on it.
	opened   string
	validity uint32
	messages uint32
	readOnly bool
	at       time.Time // when it was opened
	idle     time.Time // since when it is in the pool
}

// connect makes a connection. Sign-in is tried once: a second wrong password
// may lock an account.
func (s *Source) connect(ctx context.Context, account string) (*conn, error) {
	secret, err := s.cfg.secret(ctx)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", errSignIn, err)
	}
	dialer := net.Dialer{Timeout: s.cfg.Timeout}
	raw, err := dialer.DialContext(ctx, "tcp", s.cfg.Address)
	if err != nil {
		return nil, errors.Join(ctx.Err(), fmt.Errorf("%w: %w", errNoServer, err))
	}
	c := &conn{wire: newWire(raw, s.cfg.Timeout), account: account}
	err = c.do(ctx, 0, func() error { return s.greet(c) })
	if err == nil {
		err = c.do(ctx, 0, func() error { return s.signIn(c.client, account, secret) })
		var no *imap.Error
		if errors.As(err, &no) {
			err = fmt.Errorf("%w: %w: %w", fs.ErrPermission, errSignIn, err)
		}
	} else if ctx.Err() == nil {
		err = fmt.Errorf("%w: %w", errNoServer, err)
	}
	if err == nil {
		err = c.do(ctx, 0, func() error {
			if c.caps = c.client.Caps(); c.caps == nil {
				return errors.New("the server does not say what it can do")
			}
			return nil
		})
	}
	if err != nil {
		c.close()
		return nil, err
	}
	return c, nil
}

// greet begins the protocol on a new connection, protected as configured.
func (s *Source) greet(c *conn) error {
	switch s.cfg.Security {
	case TLS:
		protected := tls.Client(c.wire, s.tls)
		if err := protected.Handshake(); err != nil {
			return err
		}
		c.tap = newTap(protected)
	case StartTLS:
		protected, err := s.startTLS(c.wire)
		if err != nil {
			return err
		}
		c.tap = newTap(protected)
		// The server greets but once, and what it said in the clear is forgotten.
		c.tap.in = bufio.NewReaderSize(io.MultiReader(strings.NewReader("* OK\r\n"), protected), tapBuffer)
	default:
		c.tap = newTap(c.wire)
	}
	c.client = imapclient.New(c.tap, nil)
	return c.client.WaitGreeting()
}

// startTLS has a connection that begins in the clear change over (RFC 9051,
// 6.2.1). What came in the clear counts for nothing: a server that has signed
// us in already, or says more than it was asked, is not trusted.
func (s *Source) startTLS(w *wire) (*tls.Conn, error) {
	r := &responses{in: bufio.NewReader(w)}
	if err := r.next(); err != nil {
		return nil, err
	}
	if !bytes.HasPrefix(r.line, []byte("* OK")) {
		return nil, fmt.Errorf("%w: it does not begin in the clear with OK", errAnswer)
	}
	if _, err := io.WriteString(w, "S0 STARTTLS\r\n"); err != nil {
		return nil, err
	}
	if err := r.until("S0", func(uint32, []byte) (bool, error) { return false, nil }); err != nil {
		return nil, fmt.Errorf("STARTTLS: %w", err)
	}
	if r.in.Buffered() > 0 {
		return nil, fmt.Errorf("%w: something in the clear came after STARTTLS", errAnswer)
	}
	protected := tls.Client(w, s.tls)
	return protected, protected.Handshake()
}

// ask runs a command of slet's own, whose answer it reads itself. untagged is
// as for [responses.until].
func (c *conn) ask(ctx context.Context, expect int64, command string, untagged func(r *responses, n uint32, name []byte) (bool, error)) error {
	return c.do(ctx, expect, func() error {
		c.asked++
		tag := tagOf(c.asked)
		c.tap.take()
		defer c.tap.give()
		if _, err := io.WriteString(c.tap, tag+" "+command+"\r\n"); err != nil {
			return err
		}
		in, err := c.tap.input()
		if err != nil {
			return err
		}
		r := &responses{in: in}
		return r.until(tag, func(n uint32, name []byte) (bool, error) { return untagged(r, n, name) })
	})
}

// close drops the connection. Nothing is said first: LOGOUT could only fail,
// and CLOSE would expunge.
func (c *conn) close() {
	c.dead = true
	_ = c.wire.Conn.Close()
	if c.client != nil {
		_ = c.client.Close() // it waits for its reader to end
	}
}

// do runs one command. expect is the number of bytes that it is expected to
// take. After any error but the server's own no, the connection is dead.
func (c *conn) do(ctx context.Context, expect int64, command func() error) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	c.wire.begin(expect)
	stop := context.AfterFunc(ctx, func() { _ = c.wire.Conn.Close() })
	err := command()
	stopped := stop()
	c.wire.end()
	var no *imap.Error
	switch {
	case !stopped:
		c.dead = true
		return ctx.Err()
	case err == nil || errors.As(err, &no) || errors.Is(err, errAnswer):
		return err
	}
	c.dead = true
	return fmt.Errorf("%w: %w", errLost, c.wire.explain(err))
}

// open opens a folder, for looking unless write is set, and compares its
// UIDVALIDITY with the one that is expected, unless that is 0. A connection on
// which it was opened less than fresh ago is taken as it is.
func (c *conn) open(ctx context.Context, f folder, validity uint32, write bool, fresh time.Duration) error {
	if c.opened != f.name() || c.readOnly == write || c.opened == "" || time.Since(c.at) >= fresh {
		c.opened = ""
		err := c.do(ctx, 0, func() error {
			got, err := c.client.Select(f.name(), &imap.SelectOptions{ReadOnly: !write}).Wait()
			if err == nil {
				c.validity, c.messages = got.UIDValidity, got.NumMessages
			}
			return err
		})
		if err != nil {
			return c.whyNot(ctx, f, err)
		}
		c.opened, c.readOnly, c.at = f.name(), !write, time.Now()
	}
	if c.validity == 0 {
		return fmt.Errorf("the server gives the folder no UIDVALIDITY: %w", errors.ErrUnsupported)
	}
	if validity != 0 && c.validity != validity {
		return fmt.Errorf("%w: the server has numbered the folder anew (UIDVALIDITY %d, was %d)", scanner.ErrChanged, c.validity, validity)
	}
	return nil
}

// whyNot says what it means that a folder cannot be opened. Servers differ in
// what they answer; whether it exists is asked.
func (c *conn) whyNot(ctx context.Context, f folder, cause error) error {
	var no *imap.Error
	if !errors.As(cause, &no) {
		return cause
	}
	if denies(no) {
		return fmt.Errorf("%w: %w", fs.ErrPermission, cause)
	}
	exists := false
	err := c.list(ctx, f.name(), func(l folder) { exists = exists || l.name() == f.name() && l.selectable })
	switch {
	case err != nil:
		return err
	case !exists:
		return fmt.Errorf("%w: the folder: %w", scanner.ErrGone, cause)
	}
	return cause
}

// denies reports whether a server's no is about rights.
func denies(no *imap.Error) bool {
	switch no.Code {
	case imap.ResponseCodeNoPerm, imap.ResponseCodeAuthorizationFailed, imap.ResponseCodeAuthenticationFailed,
		imap.ResponseCodePrivacyRequired:
		return true
	}
	return strings.Contains(strings.ToLower(no.Text), "permission denied")
}
