package smb

import (
	"encoding/binary"
	"fmt"
	"io"
	"net"
	"sync/atomic"
	"testing"
	"time"

	"github.com/sletdk/slet/internal/testenv"
)

// TestConnectionEndsDuringListing: the end of the connection is not the end of
// the folder. What was not listed is listed over another connection, or the
// walk says that it is not complete.
func TestConnectionEndsDuringListing(t *testing.T) {
	const files = 200
	server := testenv.Smbd(t, testenv.SmbOptions{})
	for i := range files {
		put(t, server.Path, "mappe", fmt.Sprintf("%03d.txt", i), "sagsakt")
	}
	for _, cut := range []int{1, 2, 3, 1 << 20} { // so many listings are cut
		cfg := configOf(server, "")
		cfg.Address = cutting(t, server.Address, 14, cut)
		cfg.Patience, cfg.Timeout = time.Second, 5*time.Second
		src := open(t, cfg)
		items, gaps, _, err := crawl(src, nil)
		if err == nil && (len(items) != files || len(gaps) != 0) {
			t.Errorf("%d cut: %d items of %d, gaps %v, and no error", cut, len(items), files, gaps)
		}
		if cut < 4 && err != nil {
			t.Errorf("%d cut: %v", cut, err)
		}
	}
}

// cutting is a line to a server that ends the connection, so many times, instead
// of carrying a request of that command.
func cutting(t *testing.T, server string, command uint16, times int) (address string) {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	must(t, err)
	t.Cleanup(func() { _ = l.Close() })
	var left atomic.Int64
	left.Store(int64(times))
	carry := func(client net.Conn) {
		defer client.Close()
		to, err := net.Dial("tcp", server)
		if err != nil {
			return // the client is told by the end of its connection
		}
		defer to.Close()
		go func() {
			defer client.Close()
			_, _ = io.Copy(client, to) // until it ends
		}()
		for {
			m := make([]byte, 4)
			if _, err := io.ReadFull(client, m); err != nil {
				return
			}
			m = append(m, make([]byte, binary.BigEndian.Uint32(m)&0xffffff)...)
			if _, err := io.ReadFull(client, m[4:]); err != nil {
				return
			}
			if len(m) > 20 && binary.LittleEndian.Uint16(m[4+commandAt:]) == command && left.Add(-1) >= 0 {
				return
			}
			if _, err := to.Write(m); err != nil {
				return
			}
		}
	}
	go func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			go carry(c)
		}
	}()
	return l.Addr().String()
}
