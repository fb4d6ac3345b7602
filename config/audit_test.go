package config

import (
	"testing"
	"time"
)

func TestSyslogTarget(t *testing.T) {
	for address, want := range map[string]struct {
		network, address string
		tls, ok          bool
	}{
		"tcp://log.dk:514":   {"tcp", "log.dk:514", false, true},
		"tls://[::1]:6514":   {"tcp", "[::1]:6514", true, true},
		"udp://10.0.0.1:514": {"udp", "10.0.0.1:514", false, true},
		"unix:///dev/log":    {"unix", "/dev/log", false, true},
		"unix://dev/log":     {"unix", "/log", false, false},
		"tcp://log.dk":       {"tcp", "log.dk", false, false},
		"tcp://log.dk:0":     {"tcp", "log.dk:0", false, false},
		"tcp://:514":         {"tcp", ":514", false, false},
		"tcp://a:b@c.dk:514": {"tcp", "c.dk:514", false, false},
		"log.dk:514":         {},
		"http://log.dk:514":  {},
		"":                   {},
	} {
		n, a, tls, ok := Syslog{Address: address}.Target()
		if ok != want.ok || ok && (n != want.network || a != want.address || tls != want.tls) {
			t.Errorf("%q: %s %s %v %v, want %+v", address, n, a, tls, ok, want)
		}
	}
}

func TestKeptSince(t *testing.T) {
	now := time.Date(2026, 11, 22, 0, 0, 0, 0, time.UTC)
	if since, ok := (Audit{Keep: "5y"}).KeptSince(now); !ok || since != now.AddDate(-5, 0, 0) {
		t.Errorf("5y is since %v, %v", since, ok)
	}
	for _, keep := range []string{"", "0y", "100y", "5", "y", "-5y", "5y "} {
		if since, ok := (Audit{Keep: keep}).KeptSince(now); ok {
			t.Errorf("%q is since %v", keep, since)
		}
	}
}
