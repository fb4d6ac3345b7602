package imap

import (
	"context"
	"errors"
	"slices"
	"sync"
	"time"

	"github.com/emersion/go-imap/v2"
)

// maxIdle is how long a connection is kept unused. Servers end them after 30
// minutes (RFC 9051, 5.4), firewalls much sooner.
const maxIdle = 2 * time.Minute

// pool keeps connections between commands. There are never more than its slots.
type pool struct {
	slots   chan struct{} // one for every connection in use
	connect func(ctx context.Context, account string) (*conn, error)

	mu     sync.Mutex
	idle   []*conn // the longest idle first
	closed bool
}

// get returns a connection for the account, if possible one on which the
// folder is open. It must be put back.
func (p *pool) get(ctx context.Context, account, opened string) (*conn, error) {
	select {
	case p.slots <- struct{}{}:
	case <-ctx.Done():
		return nil, ctx.Err()
	}
	c, err := p.take(account, opened)
	if c == nil && err == nil {
		c, err = p.connect(ctx, account)
	}
	if err != nil {
		<-p.slots
		return nil, err
	}
	return c, nil
}

// take takes an idle connection, or makes room for a new one.
func (p *pool) take(account, opened string) (*conn, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.closed {
		return nil, errClosed
	}
	p.dropIdle(func(c *conn) bool { return time.Since(c.idle) > maxIdle })
	best := -1
	for i, c := range p.idle {
		if c.account == account && (best < 0 || c.opened == opened) {
			best = i
		}
	}
	if best >= 0 {
		c := p.idle[best]
		p.idle = slices.Delete(p.idle, best, best+1)
		return c, nil
	}
	if over := len(p.idle) + len(p.slots) - cap(p.slots); over > 0 {
		for _, c := range p.idle[:over] {
			c.close()
		}
		p.idle = slices.Delete(p.idle, 0, over)
	}
	return nil, nil
}

// put gives a connection back. When it died, so have the others, most likely:
// their server is gone.
func (p *pool) put(c *conn) {
	p.mu.Lock()
	defer p.mu.Unlock()
	switch {
	case c.dead:
		c.close()
		p.dropIdle(func(*conn) bool { return true })
	case p.closed:
		c.close()
	default:
		c.idle = time.Now()
		p.idle = append(p.idle, c)
	}
	<-p.slots
}

func (p *pool) dropIdle(drop func(*conn) bool) {
	p.idle = slices.DeleteFunc(p.idle, func(c *conn) bool {
		if drop(c) {
			c.close()
			return true
		}
		return false
	})
}

func (p *pool) close() error {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.closed = true
	p.dropIdle(func(*conn) bool { return true })
	return nil
}

// with runs a piece of work, which may be done twice without harm, on a
// connection for the account. A connection that is lost is made again, with
// pauses, and the work repeated.
func (s *Source) with(ctx context.Context, at place, work func(*conn) error) error {
	var err error
	for _, pause := range s.cfg.backoff {
		if err := sleep(ctx, pause); err != nil {
			return err
		}
		if err = s.once(ctx, at, work); !again(err) {
			return err
		}
	}
	return err
}

// once does it without repeating.
func (s *Source) once(ctx context.Context, at place, work func(*conn) error) error {
	c, err := s.pool.get(ctx, at.account, at.folder.name())
	if err != nil {
		return err
	}
	defer s.pool.put(c)
	return work(c)
}

// again reports whether an error may pass if one waits a little.
func again(err error) bool {
	var no *imap.Error
	if errors.As(err, &no) {
		switch no.Code {
		case imap.ResponseCodeUnavailable, imap.ResponseCodeInUse, imap.ResponseCodeLimit:
			return true
		}
		return false
	}
	if errors.Is(err, errTooMuch) {
		return false // it would be as much again
	}
	return errors.Is(err, errLost) || errors.Is(err, errNoServer)
}

func sleep(ctx context.Context, d time.Duration) error {
	if d <= 0 {
		return ctx.Err()
	}
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}
