package config

import (
	"crypto/tls"
	"net"
	"net/url"
	"strconv"
	"strings"
	"time"
)

// Web says where the pages are, and for whom.
type Web struct {
	// Listen is host:port, or empty for no pages. Anything but this machine
	// itself needs Cert and Key. Default: 127.0.0.1:8417.
	Listen string `mapstructure:"listen"`
	// URL is the address that people reach the pages at, for links in mails.
	// Default: that of OIDC.RedirectURL, or else of Listen.
	URL string `mapstructure:"url"`
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
	// OIDC is sign-in through the organisation's own directory.
	OIDC OIDC `mapstructure:"oidc"`
}

// OIDC is an OpenID Connect provider, such as Entra ID or Keycloak.
type OIDC struct {
	Issuer       string `mapstructure:"issuer"` // https://…; empty for none
	ClientID     string `mapstructure:"client_id"`
	ClientSecret Secret `mapstructure:"client_secret"`
	// RedirectURL is the pages' own address with /login/sso/retur, as it is
	// registered with the provider.
	RedirectURL string `mapstructure:"redirect_url"`
	// Claim holds a user's name. Default: preferred_username.
	Claim string `mapstructure:"claim"`
}

// Secure reports whether people reach the pages over TLS.
func (w Web) Secure() bool { return w.Cert != "" || w.BehindProxy }

// Address is the address that people reach the pages at, without a slash at its
// end; "" without pages.
func (w Web) Address() string {
	switch {
	case w.Listen == "":
		return ""
	case w.URL != "":
		return strings.TrimRight(w.URL, "/")
	case w.OIDC.RedirectURL != "":
		return strings.TrimSuffix(w.OIDC.RedirectURL, ssoReturn)
	case w.Cert != "":
		return "https://" + w.Listen
	}
	return "http://" + w.Listen
}

// ssoReturn is the end of the address that the directory sends people back to.
const ssoReturn = "/login/sso/retur"

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
	if u, err := url.Parse(w.URL); w.URL != "" && (err != nil || u.Host == "" || u.Scheme != "https" && u.Scheme != "http" || u.RawQuery != "" || u.Fragment != "") {
		r.errorf(r.at("web.url"), "web.url", "%q is no address; expected that of the pages, such as https://slet.kommune.dk", w.URL)
	}
	r.oidc(&w.OIDC, dir)
	if w.Cert != "" {
		r.absolute(&w.Cert, "web.cert", dir)
		r.absolute(&w.Key, "web.key", dir)
	}
}

// oidc checks the directory.
func (r *reader) oidc(o *OIDC, dir string) {
	o.ClientSecret.dir = dir
	if o.Issuer == "" {
		if o.ClientID != "" || o.RedirectURL != "" || !o.ClientSecret.IsZero() {
			r.errorf(r.at("web.oidc.issuer"), "web.oidc.issuer", "is missing; expected the provider's address, such as https://login.kommune.dk/realms/alle")
		}
		return
	}
	for key, v := range map[string]string{"issuer": o.Issuer, "redirect_url": o.RedirectURL} {
		u, err := url.Parse(v)
		if err != nil || u.Host == "" || u.Scheme != "https" && !(u.Scheme == "http" && loopback(u.Hostname())) {
			r.errorf(r.at("web.oidc."+key), "web.oidc."+key, "%q is no https address", v)
		}
	}
	if !strings.HasSuffix(o.RedirectURL, ssoReturn) {
		r.errorf(r.at("web.oidc.redirect_url"), "web.oidc.redirect_url", "%q; expected the pages' address with /login/sso/retur at its end", o.RedirectURL)
	}
	if o.ClientID == "" {
		r.errorf(r.at("web.oidc.client_id"), "web.oidc.client_id", "is missing; expected the name under which slet is registered with the provider")
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
