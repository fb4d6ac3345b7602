package testenv

import (
	"io"
	"net"
	"sync"
	"testing"
)

// Cable is a line to a server that can be cut: the connections over it end at
// once when so many more bytes have come from the server.
type Cable struct {
	Address string // to be used instead of the server's

	mu    sync.Mutex
	conns map[net.Conn]bool
	left  int64 // until it is cut; negative is never
}

// NewCable lays a line to a server. It ends with the test.
func NewCable(t testing.TB, server string) *Cable {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	c := &Cable{Address: l.Addr().String(), conns: map[net.Conn]bool{}, left: -1}
	t.Cleanup(func() { _ = l.Close() }) // no more is to be heard
	go func() {
		for {
			client, err := l.Accept()
			if err != nil {
				return
			}
			go c.carry(client, server)
		}
	}()
	return c
}

// Cut has the cable cut after so many bytes; then it is whole again.
func (c *Cable) Cut(after int64) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.left = after
}

func (c *Cable) carry(client net.Conn, address string) {
	defer client.Close()
	server, err := net.Dial("tcp", address)
	if err != nil {
		return // the client notices
	}
	defer server.Close()
	c.mu.Lock()
	c.conns[client] = true
	c.mu.Unlock()
	defer func() {
		c.mu.Lock()
		delete(c.conns, client)
		c.mu.Unlock()
	}()
	go func() {
		defer server.Close()
		_, _ = io.Copy(server, client) // until one of them ends it
	}()
	buf := make([]byte, 512)
	for {
		n, err := server.Read(buf)
		if err != nil || c.spent(int64(n)) {
			return
		}
		if _, err := client.Write(buf[:n]); err != nil {
			return
		}
	}
}

// spent counts bytes, and cuts all connections when it is their turn.
func (c *Cable) spent(n int64) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.left < 0 {
		return false
	}
	if c.left -= n; c.left > 0 {
		return false
	}
	c.left = -1
	for conn := range c.conns {
		_ = conn.Close() // that is the point
	}
	return true
}
