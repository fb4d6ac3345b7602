package main

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"time"

	"github.com/sletdk/slet/audit"
)

// How long a command waits for a syslog server at its end.
const (
	syslogDial     = 2 * time.Second
	syslogPatience = 5 * time.Second
)

// forwardLog sends what the syslog server does not have yet. A server that is
// away stops nothing: what it misses is sent next time.
func (a *app) forwardLog() {
	if a.cfg.Audit.Syslog.Address == "" {
		return
	}
	if err := a.syslog(context.Background()); err != nil {
		a.note("%s; the next command sends what is missing", a.mask(err))
	}
}

// syslog is forwardLog as a job of the service, one at a time.
func (a *app) syslog(ctx context.Context) error {
	return a.alone(ctx, "syslog", func() error {
		_, err := audit.Forwarder{
			Log: a.auditPath(), Mark: filepath.Join(a.cfg.StateDir, "syslog.mark"), Host: host(), Dial: a.dialSyslog, Patience: syslogPatience,
		}.Forward()
		return err
	})
}

func (a *app) dialSyslog() (net.Conn, error) {
	s := a.cfg.Audit.Syslog
	network, address, secure, ok := s.Target()
	if !ok {
		return nil, fmt.Errorf("%q is no address", s.Address) // a loaded configuration has a good one
	}
	d := &net.Dialer{Timeout: syslogDial}
	switch {
	case secure:
		conf := &tls.Config{MinVersion: tls.VersionTLS12}
		if s.RootCAs != "" {
			pem, err := os.ReadFile(s.RootCAs)
			if err != nil {
				return nil, err
			}
			if conf.RootCAs = x509.NewCertPool(); !conf.RootCAs.AppendCertsFromPEM(pem) {
				return nil, fmt.Errorf("%s holds no certificate", s.RootCAs)
			}
		}
		return tls.DialWithDialer(d, network, address, conf)
	case network == "unix": // most local sockets take datagrams
		if c, err := d.Dial("unixgram", address); err == nil {
			return c, nil
		}
	}
	return d.Dial(network, address)
}
