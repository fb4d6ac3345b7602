package config

import (
	"net"
	"net/url"
	"regexp"
	"strconv"
	"time"
)

// Audit says what is done with the audit log beside writing it.
type Audit struct {
	// Checkpoints says where signed checkpoints are kept after each erasure.
	Checkpoints Checkpoints `mapstructure:"checkpoints"`
	// Rotate is the size from which on the log begins a new file; default
	// 64MiB, 0 is never.
	Rotate Size `mapstructure:"rotate" range:"0 "`
	// Keep is how long the log is kept, such as 5y; without it for ever. slet
	// audit prune takes away what is older.
	Keep   string `mapstructure:"keep"`
	Syslog Syslog `mapstructure:"syslog"`
}

// Checkpoints says where signed checkpoints of the audit log are kept.
type Checkpoints struct {
	// File is added to; empty is nowhere. It should lie on another machine.
	File string `mapstructure:"file"`
	// Mail sends each, as one line, to those of notify.smtp, Webhook posts it to
	// notify.webhook: once a day, and after each erasure.
	Mail    bool `mapstructure:"mail"`
	Webhook bool `mapstructure:"webhook"`
}

// Kept reports whether checkpoints go anywhere.
func (c Checkpoints) Kept() bool { return c.File != "" || c.Mail || c.Webhook }

// Syslog is a server that gets every entry of the audit log (RFC 5424).
type Syslog struct {
	// Address is tcp://HOST:PORT, tls://HOST:PORT, udp://HOST:PORT or
	// unix:///PATH; empty for none.
	Address string `mapstructure:"address"`
	// RootCAs is a PEM file with who may vouch for a server over TLS, instead
	// of the system's.
	RootCAs string `mapstructure:"root_cas"`
}

// Target is the address in the words of package net, and whether over TLS. It
// is for a configuration that was loaded; ok is false for no good address.
func (s Syslog) Target() (network, address string, tls, ok bool) {
	u, err := url.Parse(s.Address)
	if err != nil {
		return "", "", false, false
	}
	if u.Scheme == "unix" {
		return "unix", u.Path, false, u.Path != "" && u.Host == ""
	}
	host, port, err := net.SplitHostPort(u.Host)
	n, bad := strconv.ParseUint(port, 10, 16)
	ok = err == nil && bad == nil && n > 0 && host != "" && u.Path == "" && u.RawQuery == "" && u.User == nil
	switch u.Scheme {
	case "tcp", "udp":
		return u.Scheme, u.Host, false, ok
	case "tls":
		return "tcp", u.Host, true, ok
	}
	return "", "", false, false
}

// KeptSince is the moment before which entries of the log may be taken away;
// ok is false when all are kept.
func (a Audit) KeptSince(now time.Time) (since time.Time, ok bool) {
	m := keepForm().FindStringSubmatch(a.Keep)
	if m == nil {
		return time.Time{}, false
	}
	years, err := strconv.Atoi(m[1])
	return now.AddDate(-years, 0, 0), err == nil
}

func keepForm() *regexp.Regexp { return regexp.MustCompile(`^([1-9][0-9]?)y$`) }

// audit checks what is done with the audit log.
func (r *reader) audit(a *Audit, n Notify, dir string) {
	for _, way := range []struct {
		on          bool
		key, target string
		needs       string
	}{{a.Checkpoints.Mail, "audit.checkpoints.mail", n.SMTP.Address, "notify.smtp"}, {a.Checkpoints.Webhook, "audit.checkpoints.webhook", n.Webhook.URL, "notify.webhook"}} {
		if way.on && way.target == "" {
			r.errorf(r.at(way.key), way.key, "there is no %s to send checkpoints by; configure it, or set this to false", way.needs)
		}
	}
	if a.Checkpoints.File != "" {
		r.absolute(&a.Checkpoints.File, "audit.checkpoints.file", dir)
	}
	if a.Syslog.RootCAs != "" {
		r.absolute(&a.Syslog.RootCAs, "audit.syslog.root_cas", dir)
	}
	if a.Keep != "" && !keepForm().MatchString(a.Keep) {
		r.errorf(r.at("audit.keep"), "audit.keep", "%q is not a number of years; expected one such as 5y", a.Keep)
	}
	if a.Syslog.Address == "" {
		return
	}
	if _, _, _, ok := a.Syslog.Target(); !ok {
		r.errorf(r.at("audit.syslog.address"), "audit.syslog.address",
			"%q is no address; expected tcp://HOST:PORT, tls://HOST:PORT, udp://HOST:PORT or unix:///PATH", a.Syslog.Address)
	}
}
