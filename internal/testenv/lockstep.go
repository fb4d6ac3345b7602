package testenv

import (
	"encoding/binary"
	"io"
	"net"
	"sync"
	"testing"
	"time"
)

// Lockstep is a line to a server on which every request waits until nothing new
// has been asked for a moment; then all that wait are let through together.
// How often that happened is how many round trips the clients had to wait for,
// one after the other, however fast the machines are.
type Lockstep struct {
	Address string // to be used instead of the server's

	mu     sync.Mutex
	queue  []func()
	last   time.Time
	rounds int
}

// quiet is for how long nothing new must have been asked.
const quiet = 20 * time.Millisecond

// NewLockstep begins a line to a server whose messages begin with their length,
// in four bytes (SMB). It ends with the test.
func NewLockstep(t testing.TB, server string) *Lockstep {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	p := &Lockstep{Address: l.Addr().String()}
	done := make(chan struct{})
	t.Cleanup(func() {
		close(done)
		_ = l.Close() // no more is to be heard
	})
	go func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			go p.serve(c, server)
		}
	}()
	go func() {
		for {
			select {
			case <-done:
				return
			case <-time.After(quiet / 4):
				p.step()
			}
		}
	}()
	return p
}

// Rounds is how many round trips there were since it was asked last.
func (p *Lockstep) Rounds() int {
	p.mu.Lock()
	defer p.mu.Unlock()
	n := p.rounds
	p.rounds = 0
	return n
}

func (p *Lockstep) step() {
	p.mu.Lock()
	defer p.mu.Unlock()
	if len(p.queue) == 0 || time.Since(p.last) < quiet {
		return
	}
	for _, send := range p.queue {
		send()
	}
	p.queue = nil
	p.rounds++
}

// serve carries one connection, until one side ends it.
func (p *Lockstep) serve(client net.Conn, address string) {
	defer client.Close()
	server, err := net.Dial("tcp", address)
	if err != nil {
		return // the client is told by the end of its connection
	}
	defer server.Close()
	go func() {
		defer client.Close()
		_, _ = io.Copy(client, server) // until it ends
	}()
	for {
		message := make([]byte, 4)
		if _, err := io.ReadFull(client, message); err != nil {
			return
		}
		message = append(message, make([]byte, binary.BigEndian.Uint32(message)&0xffffff)...)
		if _, err := io.ReadFull(client, message[4:]); err != nil {
			return
		}
		p.mu.Lock()
		p.last = time.Now()
		p.queue = append(p.queue, func() { _, _ = server.Write(message) }) // the other direction notices
		p.mu.Unlock()
	}
}
