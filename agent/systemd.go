package agent

import (
	"context"
	"fmt"
	"net"
	"strconv"
	"time"
)

// Systemd tells the service manager how the service is doing, by the protocol
// of sd_notify(3). The zero value tells nobody.
type Systemd struct {
	// Socket is the manager's datagram socket; "" is none. A name that begins
	// with @ is an abstract one.
	Socket string
	// Watchdog is how often at least it wants to hear that the service lives;
	// 0 is never.
	Watchdog time.Duration
}

// What is told.
const (
	Ready     = "READY=1"
	Reloading = "RELOADING=1"
	Stopping  = "STOPPING=1"
	alive     = "WATCHDOG=1"
)

// SystemdFrom reads what the manager said in the environment to the process
// with that id.
func SystemdFrom(getenv func(string) string, pid int) Systemd {
	s := Systemd{Socket: getenv("NOTIFY_SOCKET")}
	if p := getenv("WATCHDOG_PID"); p == "" || p == strconv.Itoa(pid) {
		if us, err := strconv.ParseInt(getenv("WATCHDOG_USEC"), 10, 64); err == nil && us > 0 {
			s.Watchdog = time.Duration(us) * time.Microsecond
		}
	}
	return s
}

// Tell sends one state.
func (s Systemd) Tell(state string) error {
	if s.Socket == "" {
		return nil
	}
	conn, err := net.Dial("unixgram", s.Socket)
	if err != nil {
		return fmt.Errorf("tell the service manager: %w", err)
	}
	defer conn.Close()
	if _, err := conn.Write([]byte(state)); err != nil {
		return fmt.Errorf("tell the service manager: %w", err)
	}
	return nil
}

// KeepAlive tells that the service lives, twice as often as is asked for, as
// long as healthy says so within that time, until ctx ends. When the service
// hangs, nothing is told, and the manager starts it anew.
func (s Systemd) KeepAlive(ctx context.Context, healthy func(ctx context.Context) error) error {
	if s.Socket == "" || s.Watchdog <= 0 {
		<-ctx.Done()
		return nil
	}
	for {
		ask, cancel := context.WithTimeout(ctx, s.Watchdog/2)
		if healthy(ask) == nil {
			_ = s.Tell(alive) // the manager notices what did not reach it
		}
		cancel()
		if !sleep(ctx, s.Watchdog/2) {
			return nil
		}
	}
}
