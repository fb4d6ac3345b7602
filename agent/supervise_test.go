package agent

import (
	"context"
	"errors"
	"net"
	"os"
	"path/filepath"
	"syscall"
	"testing"
	"time"

	"github.com/sletdk/slet/internal/testenv"
	"github.com/sletdk/slet/store"
)

// TestSupervise: what replaces the running one begins after it has ended; what
// cannot be built leaves the running one alone.
func TestSupervise(t *testing.T) {
	ctx, stop := context.WithCancel(t.Context())
	again := make(chan os.Signal)
	said := make(chan string, 10)
	builds := []error{nil, errors.New("no good"), nil}
	n := 0
	build := func(context.Context) (func(context.Context) error, error) {
		i := n
		n++
		return func(ctx context.Context) error {
			said <- "begin " + string(rune('0'+i))
			<-ctx.Done()
			said <- "end " + string(rune('0'+i))
			return nil
		}, builds[i]
	}
	done := make(chan error, 1)
	go func() {
		done <- Supervise(ctx, again, build, func(err error) { said <- "refused: " + err.Error() })
	}()
	want := func(texts ...string) {
		t.Helper()
		for _, w := range texts {
			select {
			case got := <-said:
				if got != w {
					t.Errorf("%q, want %q", got, w)
				}
			case <-time.After(time.Minute):
				t.Fatalf("nothing happens; want %q", w)
			}
		}
	}
	want("begin 0")
	again <- syscall.SIGHUP
	want("refused: no good")
	again <- syscall.SIGHUP
	want("end 0", "begin 2")
	stop()
	want("end 2")
	if err := <-done; err != nil {
		t.Error(err)
	}
}

// TestSuperviseEnds: an error ends it, at once.
func TestSuperviseEnds(t *testing.T) {
	bad := errors.New("disk gone")
	err := Supervise(t.Context(), nil, func(context.Context) (func(context.Context) error, error) {
		return func(context.Context) error { return bad }, nil
	}, nil)
	if !errors.Is(err, bad) {
		t.Error(err)
	}
}

// TestPatient: what failed is not tried before its time when it is patient.
func TestPatient(t *testing.T) {
	now := time.Date(2026, 11, 22, 12, 30, 0, 0, time.UTC)
	past := store.Job{Started: now.Add(-30 * time.Minute), Ended: now, Failures: 1}
	if got := (Job{Next: every(time.Hour), Patient: true}).due(past, now).Sub(now); got != 30*time.Minute {
		t.Errorf("in %s, want half an hour", got)
	}
}

// TestSystemd: what is told arrives, in the manager's words, and only as long
// as the service is healthy.
func TestSystemd(t *testing.T) {
	name := filepath.Join(t.TempDir(), "n")
	l, err := net.ListenUnixgram("unixgram", &net.UnixAddr{Name: name, Net: "unixgram"})
	if err != nil {
		testenv.Missing(t, "datagram sockets in the file system: %v", err)
	}
	defer l.Close()
	env := map[string]string{"NOTIFY_SOCKET": name, "WATCHDOG_USEC": "20000", "WATCHDOG_PID": "7"}
	if s := SystemdFrom(func(k string) string { return env[k] }, 8); s.Watchdog != 0 {
		t.Error("another process's watchdog was taken for ours")
	}
	s := SystemdFrom(func(k string) string { return env[k] }, 7)
	read := func(wait time.Duration) string {
		b := make([]byte, 100)
		_ = l.SetReadDeadline(time.Now().Add(wait))
		n, _ := l.Read(b)
		return string(b[:n])
	}
	if err := s.Tell(Ready); err != nil || read(time.Minute) != "READY=1" {
		t.Error("ready was not told", err)
	}
	ctx, stop := context.WithCancel(t.Context())
	ill := make(chan error, 1)
	done := make(chan error, 1)
	go func() {
		done <- s.KeepAlive(ctx, func(context.Context) error {
			select {
			case err := <-ill:
				ill <- err
				return err
			default:
				return nil
			}
		})
	}()
	for range 3 {
		if got := read(time.Minute); got != "WATCHDOG=1" {
			t.Errorf("%q, want WATCHDOG=1", got)
		}
	}
	ill <- errors.New("hangs")
	for read(200*time.Millisecond) != "" { // what was on its way
	}
	if got := read(200 * time.Millisecond); got != "" {
		t.Errorf("%q of a service that hangs", got)
	}
	stop()
	if err := <-done; err != nil {
		t.Error(err)
	}
	if err := (Systemd{}).Tell(Ready); err != nil {
		t.Error(err)
	}
}

// TestOnCall: every call is answered, one after another; what fails or panics is
// told, and costs no other.
func TestOnCall(t *testing.T) {
	wake := make(chan struct{}, 1)
	ctx, stop := context.WithCancel(t.Context())
	var failed []error
	n := 0
	answer := func(context.Context) error {
		n++
		switch n {
		case 1:
			wake <- struct{}{} // somebody calls meanwhile
			return errors.New("first")
		case 2:
			wake <- struct{}{}
			panic("second")
		}
		stop()
		return ctx.Err()
	}
	wake <- struct{}{}
	if err := OnCall(ctx, wake, answer, func(err error) { failed = append(failed, err) }); err != nil {
		t.Fatal(err)
	}
	if n != 3 || len(failed) != 2 || failed[0].Error() != "first" {
		t.Errorf("%d calls, failed: %v", n, failed)
	}
}
