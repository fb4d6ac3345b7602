package imap

import (
	"bytes"
	"net"
	"sync"
	"sync/atomic"
	"testing"
)

// proxy stands between a source and its server, and lets things happen.
type proxy struct {
	address string
	server  string

	mu    sync.Mutex
	rule  func(*rules)
	conns []net.Conn
	made  atomic.Int64 // connections
	bytes atomic.Int64 // from the server
	trips atomic.Int64 // packets of commands
}

// rules see what passes on one connection. They return what passes on; cut
// ends the connection after that, stall has nothing pass any more.
type rules struct {
	toServer, toClient func(b []byte) (pass []byte, then verdict)
}

type verdict int

const (
	goOn verdict = iota
	cut
	stall
)

func newProxy(t testing.TB, server string) *proxy {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	must(t, err)
	p := &proxy{address: l.Addr().String(), server: server}
	t.Cleanup(func() { _ = l.Close(); p.cutAll() })
	go func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			p.made.Add(1)
			go p.serve(c)
		}
	}()
	return p
}

// set has later connections follow rules made by f.
func (p *proxy) set(f func(*rules)) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.rule = f
}

func (p *proxy) cutAll() {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, c := range p.conns {
		_ = c.Close()
	}
}

func (p *proxy) serve(client net.Conn) {
	defer client.Close()
	server, err := net.Dial("tcp", p.server)
	if err != nil {
		return
	}
	defer server.Close()
	r := &rules{}
	p.mu.Lock()
	if p.rule != nil {
		p.rule(r)
	}
	p.conns = append(p.conns, client, server)
	p.mu.Unlock()
	done := make(chan struct{}, 2)
	go func() { p.pump(server, client, r.toServer, &p.trips, nil); done <- struct{}{} }()
	go func() { p.pump(client, server, r.toClient, nil, &p.bytes); done <- struct{}{} }()
	<-done
}

func (p *proxy) pump(to, from net.Conn, rule func([]byte) ([]byte, verdict), packets, count *atomic.Int64) {
	buf := make([]byte, 32<<10)
	for {
		n, err := from.Read(buf)
		b, then := buf[:n], goOn
		if rule != nil && n > 0 {
			b, then = rule(b)
		}
		if packets != nil {
			packets.Add(1)
		}
		if count != nil {
			count.Add(int64(len(b)))
		}
		if _, werr := to.Write(b); werr != nil || err != nil || then == cut {
			_ = to.Close()
			_ = from.Close()
			return
		}
		if then == stall {
			for { // until somebody gives up
				if _, err := from.Read(buf); err != nil {
					return
				}
			}
		}
	}
}

// once applies a rule the first n times that a connection sees the text.
func times(n int, text string, then verdict, pass bool) func([]byte) ([]byte, verdict) {
	var left atomic.Int64
	left.Store(int64(n))
	return func(b []byte) ([]byte, verdict) {
		if !bytes.Contains(b, []byte(text)) || left.Add(-1) < 0 {
			return b, goOn
		}
		if pass {
			return b, then
		}
		return nil, then
	}
}

// after cuts or stalls every connection when so many bytes have come from the
// server since the text was seen.
func after(text string, n int, then verdict) func([]byte) ([]byte, verdict) {
	seen := -1
	return func(b []byte) ([]byte, verdict) {
		if seen < 0 {
			if i := bytes.Index(b, []byte(text)); i >= 0 {
				seen = -i - len(text)
			} else {
				return b, goOn
			}
		}
		if seen+len(b) >= n {
			return b[:max(0, min(len(b), n-seen))], then
		}
		seen += len(b)
		return b, goOn
	}
}
