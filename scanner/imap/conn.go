package imap

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
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
	client  *imapclient.Client
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
	options := &imapclient.Options{TLSConfig: s.tls}
	switch s.cfg.Security {
	case TLS:
		protected := tls.Client(c.wire, s.tls)
		if err := protected.Handshake(); err != nil {
			return err
		}
		c.client = imapclient.New(protected, options)
	case StartTLS:
		client, err := imapclient.NewStartTLS(c.wire, options)
		if err != nil {
			return err
		}
		c.client = client
		return nil // it has had the greeting
	default:
		c.client = imapclient.New(c.wire, options)
	}
	return c.client.WaitGreeting()
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
	err := c.do(ctx, 0, func() error {
		all, err := c.client.List("", f.name(), nil).Collect()
		for _, l := range all {
			exists = exists || l.Mailbox == f.name() && listed(l).selectable
		}
		return err
	})
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
