package audit

import (
	"bufio"
	"errors"
	"io"
	"net"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"
)

// syslogServer takes octet-counted messages over TCP.
func syslogServer(t *testing.T) (dial func() (net.Conn, error), got func() []string) {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	must(t, err)
	t.Cleanup(func() { _ = l.Close() })
	messages := make(chan string, 1000)
	go func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			r := bufio.NewReader(c)
			for {
				n, err := r.ReadString(' ')
				size, _ := strconv.Atoi(strings.TrimSpace(n))
				msg := make([]byte, size)
				if err != nil || size == 0 {
					break
				}
				if _, err := io.ReadFull(r, msg); err != nil {
					break
				}
				messages <- string(msg)
			}
			_ = c.Close()
		}
	}()
	return func() (net.Conn, error) { return net.Dial("tcp", l.Addr().String()) }, func() (list []string) {
		for {
			select {
			case m := <-messages:
				list = append(list, m)
			default:
				return list
			}
		}
	}
}

// TestForward: each entry arrives once and in order, also after the server was
// away and the log was rotated meanwhile; the form is RFC 5424's.
func TestForward(t *testing.T) {
	path, l := rotated(t, 5)
	dial, got := syslogServer(t)
	away := errors.New("away")
	f := Forwarder{Log: path, Mark: filepath.Join(t.TempDir(), "mark"), Host: "sérv 1", Patience: 5 * time.Second,
		Dial: func() (net.Conn, error) { return nil, away }}
	if n, err := f.Forward(); n != 0 || !errors.Is(err, away) {
		t.Errorf("away: %d, %v", n, err)
	}
	f.Dial = dial
	if n, err := f.Forward(); n != 5 || err != nil {
		t.Errorf("back again: %d, %v", n, err)
	}
	form := regexp.MustCompile(`^<85>1 \d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z srv1 slet \d+ erase\.intent - \{"seq":(\d+),`)
	seen := 0
	check := func() {
		t.Helper()
		for _, m := range got() {
			seen++
			if sub := form.FindStringSubmatch(m); sub == nil || sub[1] != strconv.Itoa(seen) {
				t.Errorf("message %d is %q", seen, m)
			}
		}
	}
	check()
	if n, err := f.Forward(); n != 0 || err != nil {
		t.Errorf("nothing new: %d, %v", n, err)
	}
	for n := range 3 {
		appendTo(t, l, entry(n))
	}
	if n, err := f.Forward(); n != 3 || err != nil {
		t.Errorf("three more: %d, %v", n, err)
	}
	if check(); seen != 8 {
		t.Errorf("%d messages arrived, want 8", seen)
	}
	write(t, f.Mark, []byte("x"))
	if _, err := f.Forward(); err == nil {
		t.Error("a damaged mark is taken")
	}
}

// TestForwardHangs: a server that takes the connection and never reads nor
// closes costs no more than the patience.
func TestForwardHangs(t *testing.T) {
	path, _ := rotated(t, 2)
	l, err := net.Listen("tcp", "127.0.0.1:0")
	must(t, err)
	defer l.Close()
	f := Forwarder{Log: path, Mark: filepath.Join(t.TempDir(), "mark"), Patience: 100 * time.Millisecond,
		Dial: func() (net.Conn, error) { return net.Dial("tcp", l.Addr().String()) }}
	begin := time.Now()
	_, _ = f.Forward()
	if d := time.Since(begin); d > 5*time.Second {
		t.Errorf("it took %v", d)
	}
}

func TestForwardDatagrams(t *testing.T) {
	path, _ := rotated(t, 2)
	c, err := net.ListenPacket("udp", "127.0.0.1:0")
	must(t, err)
	defer c.Close()
	f := Forwarder{Log: path, Mark: filepath.Join(t.TempDir(), "mark"), Patience: time.Second,
		Dial: func() (net.Conn, error) { return net.Dial("udp", c.LocalAddr().String()) }}
	n, err := f.Forward()
	if n != 2 || err != nil {
		t.Fatalf("%d, %v", n, err)
	}
	b := make([]byte, 4096)
	must(t, c.SetReadDeadline(time.Now().Add(5*time.Second)))
	k, _, err := c.ReadFrom(b)
	if err != nil || !strings.HasPrefix(string(b[:k]), "<85>1 ") {
		t.Errorf("%q, %v", b[:k], err)
	}
}
