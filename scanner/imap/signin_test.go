package imap

import (
	"bufio"
	"context"
	"encoding/base64"
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/sletdk/slet/internal/testenv"
)

// TestSignIn goes every way in that a real server has.
func TestSignIn(t *testing.T) {
	d := testenv.Dovecot(t, testenv.DovecotOptions{})
	d.Deliver(t, account, "", mail("Sag", "hej"), received())
	own := func() (string, error) { return d.Password, nil }
	for name, change := range map[string]func(*Config){
		"login, master":    func(c *Config) {},
		"login":            func(c *Config) { c.Master, c.Password = "", own },
		"plain, master":    func(c *Config) { c.Auth = SASLPlain },
		"plain":            func(c *Config) { c.Auth, c.Master, c.Password = SASLPlain, "", own },
		"tls":              func(c *Config) { c.Security, c.Address, c.RootCAs = TLS, d.TLSAddress, d.CA },
		"starttls":         func(c *Config) { c.Security, c.RootCAs = StartTLS, d.CA },
		"plain over tls":   func(c *Config) { c.Security, c.Address, c.RootCAs, c.Auth = TLS, d.TLSAddress, d.CA, SASLPlain },
		"accounts by file": func(c *Config) { c.Accounts, c.AccountsFile = nil, accountsFile(t) },
	} {
		t.Run(name, func(t *testing.T) {
			cfg := config(d)
			change(&cfg)
			s := source(t, cfg)
			items := all(t, s)
			if len(items) != 1 {
				t.Fatalf("%d items, want 1", len(items))
			}
			if b, err := read(s, items[0]); err != nil || !strings.Contains(string(b), "hej") {
				t.Errorf("%q, %v", b, err)
			}
		})
	}
	t.Run("an unknown authority", func(t *testing.T) {
		for _, sec := range []Security{TLS, StartTLS} {
			cfg := config(d)
			cfg.Security = sec
			if sec == TLS {
				cfg.Address = d.TLSAddress
			}
			if _, err := source(t, cfg).Partitions(t.Context()); err == nil || !strings.Contains(err.Error(), "certificate") {
				t.Errorf("%s: %v, want a complaint about the certificate", sec, err)
			}
		}
	})
}

func accountsFile(t *testing.T) string {
	t.Helper()
	name := filepath.Join(t.TempDir(), "postkasser")
	must(t, os.WriteFile(name, []byte("# HR\n\n"+account+" # Karen\n"+account+"\n"), 0o600))
	return name
}

func TestConfig(t *testing.T) {
	good := func() Config {
		return Config{Name: "post", Address: "imap.firma.dk", Accounts: []string{"a"}, Password: func() (string, error) { return "x", nil }}
	}
	if s, err := New(good()); err != nil || s.cfg.Address != "imap.firma.dk:993" {
		t.Fatalf("%v", err)
	}
	for want, change := range map[string]func(*Config){
		"in the clear": func(c *Config) { c.Security = Plain },
		"no accounts":  func(c *Config) { c.Accounts = nil },
		"no password":  func(c *Config) { c.Password = nil },
		"master user":  func(c *Config) { c.Accounts = []string{"a", "b"} },
		"token itself": func(c *Config) { c.Auth, c.Master = XOAUTH2, "m" },
		"does not use": func(c *Config) { c.OAuth = &OAuth{} },
		"security":     func(c *Config) { c.Security = "ssl" },
		"auth":         func(c *Config) { c.Auth = "ntlm" },
		"connections":  func(c *Config) { c.Connections = 17 },
		"chunk":        func(c *Config) { c.Chunk = -1 },
		"glob":         func(c *Config) { c.Exclude = []string{"[a"} },
		"holds no":     func(c *Config) { c.RootCAs = os.Args[0] },
		"no such file": func(c *Config) { c.AccountsFile = "findes-ikke" },
		"no name":      func(c *Config) { c.Name = "" },
	} {
		cfg := good()
		change(&cfg)
		if _, err := New(cfg); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%v, want %q", err, want)
		}
	}
	for _, host := range []string{"127.0.0.1:143", "localhost:143", "[::1]:143"} {
		cfg := good()
		cfg.Security, cfg.Address = Plain, host
		if _, err := New(cfg); err != nil {
			t.Error(err)
		}
	}
}

// TestTokens signs in with tokens that a token server gives out, as at
// Microsoft's, to a server that says exactly what it was told.
func TestTokens(t *testing.T) {
	tokens := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		id, secret, _ := r.BasicAuth()
		if id == "" {
			id, secret = r.FormValue("client_id"), r.FormValue("client_secret")
		}
		if r.FormValue("grant_type") != "client_credentials" || r.FormValue("scope") != "post/.default" || id != "slet" || secret != "hemmelig" {
			http.Error(w, `{"error":"invalid_client"}`, http.StatusUnauthorized)
			return
		}
		w.Header().Set("Content-Type", "application/json")
		_, _ = w.Write([]byte(`{"access_token":"tegn","token_type":"Bearer","expires_in":3600}`))
	}))
	defer tokens.Close()
	for auth, want := range map[Auth]string{
		XOAUTH2:     "XOAUTH2 user=a@firma.dk\x01auth=Bearer tegn\x01\x01",
		OAuthBearer: "OAUTHBEARER n,a=a@firma.dk,\x01host=127.0.0.1\x01port=PORT\x01auth=Bearer tegn\x01\x01",
	} {
		for _, secret := range []string{"hemmelig", "forkert"} {
			address, told := scripted(t)
			s := source(t, Config{
				Name: "post", Address: address, Security: Plain, Auth: auth, Accounts: []string{"a@firma.dk", "b@firma.dk"}, Timeout: 2 * time.Second,
				Password: func() (string, error) { return secret, nil },
				OAuth:    &OAuth{TokenURL: tokens.URL, ClientID: "slet", Scopes: []string{"post/.default"}},
			})
			_, err := s.connect(context.Background(), "a@firma.dk")
			if secret == "forkert" {
				if err == nil || strings.Contains(err.Error(), secret) {
					t.Errorf("%s: %v", auth, err)
				}
				continue
			}
			must(t, err)
			_, port, _ := net.SplitHostPort(address)
			if got := <-told; got != strings.ReplaceAll(want, "PORT", port) {
				t.Errorf("%s: %q, want %q", auth, got, want)
			}
		}
	}
}

// scripted is a server that takes one sign-in and tells what it was.
func scripted(t *testing.T) (address string, told chan string) {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	must(t, err)
	t.Cleanup(func() { _ = l.Close() })
	told = make(chan string, 1)
	go func() {
		c, err := l.Accept()
		if err != nil {
			return
		}
		_, _ = fmt.Fprint(c, "* OK [CAPABILITY IMAP4rev1 SASL-IR] klar\r\n")
		lines := bufio.NewScanner(c)
		for lines.Scan() {
			tag, rest, _ := strings.Cut(lines.Text(), " ")
			if mech, ok := strings.CutPrefix(rest, "AUTHENTICATE "); ok {
				mech, first, _ := strings.Cut(mech, " ")
				raw, _ := base64.StdEncoding.DecodeString(first)
				told <- mech + " " + string(raw)
			}
			_, _ = fmt.Fprintf(c, "%s OK [CAPABILITY IMAP4rev1] gjort\r\n", tag)
		}
	}()
	return l.Addr().String(), told
}
