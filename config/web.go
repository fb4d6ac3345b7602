package config

import (
	"crypto/tls"
	"net"
	"strconv"
	"time"
)

// Web says where the pages are, and for whom.
type Web struct {
	// Listen is host:port, or empty for no pages. Anything but this machine
	// itself needs Cert and Key. Default: 127.0.0.1:8417.
	Listen string `mapstructure:"listen"`
	// Cert and Key are PEM files, for TLS.
	Cert string `mapstructure:"cert"`
	Key  string `mapstructure:"key"`
	// BehindProxy says that a proxy on this machine ends TLS and passes on who
	// asks as the last address of X-Forwarded-For.
	BehindProxy bool `mapstructure:"behind_proxy"`
	// Idle and Life end a session: after so long without a request, and so
	// long after sign-in. Defaults: 30m and 10h.
	Idle time.Duration `mapstructure:"idle" range:"1m 24h"`
	Life time.Duration `mapstructure:"life" range:"5m 720h"`
}

// Secure reports whether people reach the pages over TLS.
func (w Web) Secure() bool { return w.Cert != "" || w.BehindProxy }

// web checks where the pages are.
func (r *reader) web(w *Web, dir string) {
	if w.Listen == "" {
		return
	}
	host, port, err := net.SplitHostPort(w.Listen)
	if n, bad := strconv.ParseUint(port, 10, 16); err != nil || bad != nil || n == 0 && port != "0" {
		r.errorf(r.at("web.listen"), "web.listen", "%q is no address; expected host:port, such as 127.0.0.1:8417", w.Listen)
		return
	}
	if (w.Cert == "") != (w.Key == "") {
		r.errorf(r.at("web.cert"), "web.cert", "a certificate and its key come together; set web.cert and web.key, or neither")
		return
	}
	if !loopback(host) && w.Cert == "" {
		r.errorf(r.at("web.listen"), "web.listen", "%q can be reached from other machines; set web.cert and web.key for TLS, or listen on 127.0.0.1", w.Listen)
		return
	}
	if w.BehindProxy && !loopback(host) {
		r.errorf(r.at("web.behind_proxy"), "web.behind_proxy", "whoever reaches %q could pass for the proxy; listen on 127.0.0.1", w.Listen)
		return
	}
	if w.Cert != "" {
		r.absolute(&w.Cert, "web.cert", dir)
		r.absolute(&w.Key, "web.key", dir)
	}
}

// loopback reports whether only this machine can reach a host.
func loopback(host string) bool {
	ip := net.ParseIP(host)
	return host == "localhost" || ip != nil && ip.IsLoopback()
}

// TLS reads the certificate and its key, nil without TLS.
func (w Web) TLS() (*tls.Config, error) {
	if w.Cert == "" {
		return nil, nil
	}
	pair, err := tls.LoadX509KeyPair(w.Cert, w.Key)
	if err != nil {
		return nil, err
	}
	return &tls.Config{Certificates: []tls.Certificate{pair}, MinVersion: tls.VersionTLS12}, nil
}
