package config

import (
	"strings"
	"testing"
)

// TestPagesAreOverTLSOrHere: what other machines can reach needs a certificate.
func TestPagesAreOverTLSOrHere(t *testing.T) {
	base := "sources:\n  - {name: a, type: files, path: /srv/a}\nweb:\n"
	for _, c := range []struct {
		web, key string // key: of the error, "" for none
		secure   bool
	}{
		{"  listen: 127.0.0.1:8417", "", false},
		{"  listen: \"[::1]:8417\"", "", false},
		{"  listen: localhost:0", "", false},
		{"  listen: \"\"", "", false},
		{"  listen: 0.0.0.0:8417", "web.listen", false},
		{"  listen: \":8417\"", "web.listen", false},
		{"  listen: slet.kommune.dk:443", "web.listen", false},
		{"  listen: 127.0.0.1", "web.listen", false},
		{"  listen: 127.0.0.1:99999", "web.listen", false},
		{"  listen: 0.0.0.0:443\n  cert: a.crt\n  key: a.key", "", true},
		{"  listen: 0.0.0.0:443\n  cert: a.crt", "web.cert", false},
		{"  listen: 127.0.0.1:8417\n  behind_proxy: true", "", true},
		{"  listen: 0.0.0.0:443\n  cert: a.crt\n  key: a.key\n  behind_proxy: true", "web.behind_proxy", false},
		{"  url: slet.kommune.dk", "web.url", false},
		{"  url: https://slet.kommune.dk/?a=b", "web.url", false},
		{"  url: https://slet.kommune.dk/", "", false},
		{"  oidc: {client_id: slet}", "web.oidc.issuer", false},
		{"  oidc: {issuer: \"http://login.kommune.dk\", client_id: slet, redirect_url: \"https://slet.kommune.dk/login/sso/retur\"}", "web.oidc.issuer", false},
		{"  oidc: {issuer: \"https://login.kommune.dk\", client_id: slet, redirect_url: \"https://slet.kommune.dk/\"}", "web.oidc.redirect_url", false},
		{"  oidc: {issuer: \"https://login.kommune.dk\", redirect_url: \"https://slet.kommune.dk/login/sso/retur\"}", "web.oidc.client_id", false},
		{"  oidc: {issuer: \"https://login.kommune.dk\", client_id: slet, client_secret: hunter2, redirect_url: \"https://slet.kommune.dk/login/sso/retur\"}", "web.oidc.client_secret", false},
		{"  oidc: {issuer: \"https://login.kommune.dk\", client_id: slet, client_secret: \"env:S\", redirect_url: \"https://slet.kommune.dk/login/sso/retur\"}", "", false},
	} {
		cfg, err := parse("slet.yaml", "/etc/slet", []byte(base+c.web+"\n"), func(string) (string, bool) { return "", false })
		switch {
		case c.key == "" && err != nil:
			t.Errorf("%q: %v", c.web, err)
		case c.key == "" && cfg.Web.Secure() != c.secure:
			t.Errorf("%q: secure %v", c.web, cfg.Web.Secure())
		case c.key != "" && (err == nil || !strings.Contains(err.Error(), c.key)):
			t.Errorf("%q: %v, want an error about %s", c.web, err, c.key)
		}
	}
}

// TestAddress: links in mails lead where people reach the pages.
func TestAddress(t *testing.T) {
	for _, c := range []struct {
		web  Web
		want string
	}{
		{Web{}, ""},
		{Web{Listen: "127.0.0.1:8417"}, "http://127.0.0.1:8417"},
		{Web{Listen: "slet.kommune.dk:8417", Cert: "a.crt"}, "https://slet.kommune.dk:8417"},
		{Web{Listen: "127.0.0.1:8417", OIDC: OIDC{RedirectURL: "https://slet.kommune.dk/login/sso/retur"}}, "https://slet.kommune.dk"},
		{Web{Listen: "127.0.0.1:8417", URL: "https://slet.kommune.dk/", OIDC: OIDC{RedirectURL: "https://x/login/sso/retur"}}, "https://slet.kommune.dk"},
	} {
		if got := c.web.Address(); got != c.want {
			t.Errorf("%+v: %q, want %q", c.web, got, c.want)
		}
	}
}
