package smb

import (
	"bytes"
	"encoding/binary"
	"errors"
	"io"
	"net"
	"strings"
	"sync"
	"testing"
	"time"
	"unicode/utf16"

	"github.com/sletdk/slet/internal/testenv"
)

// listener is a relay in front of a server that keeps what goes by.
type listener struct {
	net.Listener
	mu   sync.Mutex
	seen bytes.Buffer
}

func listenTo(t testing.TB, server *testenv.SmbServer) *listener {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	must(t, err)
	relay := &listener{Listener: l}
	t.Cleanup(func() { _ = l.Close() })
	go func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			up, err := net.Dial("tcp", server.Address)
			if err != nil {
				_ = c.Close()
				continue
			}
			go relay.copy(up, c)
			go relay.copy(c, up)
		}
	}()
	return relay
}

func (l *listener) copy(to, from net.Conn) {
	defer to.Close()
	_, _ = io.Copy(io.MultiWriter(to, l), from)
}

func (l *listener) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.seen.Write(p)
}

// has reports whether a text went by, as names do and as content does.
func (l *listener) has(text string) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	var wide []byte
	for _, u := range utf16.Encode([]rune(text)) {
		wide = binary.LittleEndian.AppendUint16(wide, u)
	}
	return bytes.Contains(l.seen.Bytes(), []byte(text)) || bytes.Contains(l.seen.Bytes(), wide)
}

// With RequireEncryption no name and no content is on the wire in the clear: a
// server that does not encrypt is refused before it is asked anything.
func TestRequireEncryption(t *testing.T) {
	for name, tc := range map[string]struct {
		encrypts, require, works, shows bool
	}{
		"plain server":                   {works: true, shows: true}, // this listener can hear
		"plain server, required":         {require: true},
		"server that encrypts":           {encrypts: true, works: true},
		"server that encrypts, required": {encrypts: true, require: true, works: true},
	} {
		t.Run(name, func(t *testing.T) {
			server := testenv.Smbd(t, testenv.SmbOptions{EncryptRequired: tc.encrypts})
			put(t, server.Path, "Sager/Hansen", "navnet.txt", "indhold om Hansen")
			relay := listenTo(t, server)
			cfg := configOf(server, "Sager")
			cfg.Address, cfg.RequireEncryption = relay.Addr().String(), tc.require
			src, err := New(t.Context(), cfg)
			if tc.works != (err == nil) {
				t.Fatalf("error %v", err)
			}
			if err != nil && !errors.Is(err, errClear) {
				t.Errorf("the error does not say why: %v", err)
			}
			if err == nil {
				items, _, _, err := crawl(src, nil)
				must(t, err)
				for _, it := range items {
					_, err := readItem(src, it)
					must(t, err)
				}
				if len(items) != 1 {
					t.Errorf("items %v", items)
				}
				must(t, src.Close())
			}
			for _, text := range []string{"Sager", "navnet.txt", "indhold om Hansen", server.Password} {
				if shows := relay.has(text); shows != (tc.shows && text != server.Password) {
					t.Errorf("%q on the wire: %v", text, shows)
				}
			}
		})
	}
}

// Messages that come in in the clear are refused too, however they are cut.
func TestWireJudge(t *testing.T) {
	message := func(id string, command uint16) []byte {
		b := make([]byte, 4+64)
		binary.BigEndian.PutUint32(b, 64)
		copy(b[4:], id)
		binary.LittleEndian.PutUint16(b[4+commandAt:], command)
		return b
	}
	sealedOnes := append(message("\xfdSMB", 8), message("\xfeSMB", cmdSessionSetup)...)
	for _, step := range []int{1, 3, 7, 64, 1000} {
		for _, tc := range []struct {
			in []byte
			ok bool
		}{
			{sealedOnes, true},
			{append(bytes.Clone(sealedOnes), message("\xfeSMB", 8)...), false}, // READ
			{append(bytes.Clone(sealedOnes), message("\xffSMB", 0)...), false}, // SMB1
			{append(message("\xfeSMB", 5), sealedOnes...), false},              // CREATE
		} {
			w := &wire{mustEncrypt: true}
			var err error
			for in := tc.in; len(in) > 0 && err == nil; {
				k := min(step, len(in))
				err = w.judge(in[:k])
				in = in[k:]
			}
			if tc.ok != (err == nil) {
				t.Errorf("in pieces of %d: %v, want ok %v", step, err, tc.ok)
			}
		}
	}
}

// FuzzWireJudge: no bytes from a server make it panic, and how they are cut
// makes no difference.
func FuzzWireJudge(f *testing.F) {
	f.Add([]byte("\x00\x00\x00\x40\xfeSMB"), uint8(1))
	f.Add([]byte("\x00\x00\x00\x00\x00\x00\x00\x00"), uint8(3))
	f.Add([]byte(strings.Repeat("\x00\x00\x00\x10\xfdSMB012345678901", 3)), uint8(5))
	f.Fuzz(func(t *testing.T, in []byte, step uint8) {
		whole := (&wire{mustEncrypt: true}).judge(in)
		w := &wire{mustEncrypt: true}
		var err error
		for rest := in; len(rest) > 0 && err == nil; {
			k := min(int(step)+1, len(rest))
			err = w.judge(rest[:k])
			rest = rest[k:]
		}
		if (whole == nil) != (err == nil) {
			t.Errorf("whole: %v; in pieces of %d: %v", whole, int(step)+1, err)
		}
	})
}

// A server that accepts and says nothing is given up in time.
func TestMuteServer(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	must(t, err)
	defer l.Close()
	cfg := Config{
		Name: "deling", Address: l.Addr().String(), Share: "data", Username: "u", Password: func() (string, error) { return "p", nil },
		Timeout: 300 * time.Millisecond, Patience: time.Second,
	}
	start := time.Now()
	if _, err := New(t.Context(), cfg); !errors.Is(err, errDown) {
		t.Errorf("error %v", err)
	}
	if took := time.Since(start); took > 5*time.Second {
		t.Errorf("it took %v", took)
	}
}
