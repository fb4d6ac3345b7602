package imap

import (
	"bufio"
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/bmatcuk/doublestar/v4"
)

// Security says how a connection is protected.
type Security string

// The ways to protect a connection.
const (
	TLS      Security = "tls"      // from the first byte, usually port 993
	StartTLS Security = "starttls" // begins in the clear and must change over, usually port 143
	Plain    Security = "none"     // to this machine only, unless AllowPlain
)

// Auth says how to sign in.
type Auth string

// The ways to sign in.
const (
	Login       Auth = "login"       // LOGIN
	SASLPlain   Auth = "plain"       // AUTHENTICATE PLAIN
	XOAUTH2     Auth = "xoauth2"     // a token, as Exchange Online and Gmail want it
	OAuthBearer Auth = "oauthbearer" // a token, RFC 7628
)

// Config says where the mailboxes are and how to get in.
type Config struct {
	Name     string   // of the source
	Address  string   // host:port; without a port 993, or 143 unless TLS
	Security Security // "" is TLS
	// AllowPlain lets passwords and mail cross a network unprotected.
	AllowPlain bool
	// RootCAs is a PEM file with the authorities to believe instead of the
	// system's; "" is the system's.
	RootCAs string

	Auth Auth // "" is LOGIN
	// Master is the user that signs in for all accounts: with LOGIN as
	// account*master (see MasterSeparator), with PLAIN as authentication
	// identity with the account as authorisation identity. "" signs in as the
	// account itself.
	Master          string
	MasterSeparator string // "" is "*", Dovecot's usual one
	// Password gives the password, or with OAuth the client's secret, or
	// without OAuth and with a token method the token. It is asked at every
	// connection and not kept.
	Password func() (string, error)
	// OAuth gets tokens by client credentials (RFC 6749, 4.4).
	OAuth *OAuth

	// Accounts are the mailboxes to look into; IMAP has no way to list them.
	Accounts []string
	// AccountsFile adds one a line; # begins a comment.
	AccountsFile string
	// ExcludeAccounts are globs of accounts to leave out.
	ExcludeAccounts []string

	// Include and Exclude are globs over folder paths without the account,
	// with / between folders whatever the server puts there: "Sager/**".
	// Include without any is all; what is excluded is excluded with all below.
	Include, Exclude []string

	// Connections at most to the server, 1 to 16; 0 is 4.
	Connections int
	// Timeout is how long the server may be silent within a command; 0 is 30 s.
	Timeout time.Duration
	// Chunk is the number of messages asked about at once, 1 to 1000; 0 is 500.
	Chunk int

	// backoff are the pauses between attempts; nil is the usual ones.
	backoff []time.Duration
}

// OAuth is where tokens come from.
type OAuth struct {
	TokenURL string // for Exchange Online https://login.microsoftonline.com/TENANT/oauth2/v2.0/token
	ClientID string
	Scopes   []string // for Exchange Online https://outlook.office365.com/.default
}

func (c *Config) fill() {
	c.Security = defaulted(c.Security, TLS)
	c.Auth = defaulted(c.Auth, Login)
	c.MasterSeparator = defaulted(c.MasterSeparator, "*")
	c.Connections = defaulted(c.Connections, 4)
	c.Timeout = defaulted(c.Timeout, 30*time.Second)
	c.Chunk = defaulted(c.Chunk, 500)
	if c.backoff == nil {
		c.backoff = []time.Duration{0, 500 * time.Millisecond, 2 * time.Second, 8 * time.Second}
	}
	if _, _, err := net.SplitHostPort(c.Address); err != nil && c.Address != "" {
		port := "143"
		if c.Security == TLS {
			port = "993"
		}
		c.Address = net.JoinHostPort(strings.Trim(c.Address, "[]"), port)
	}
}

func defaulted[T comparable](v, otherwise T) T {
	var zero T
	if v == zero {
		return otherwise
	}
	return v
}

// check returns an error that says what is wrong with the configuration.
func (c *Config) check(accounts []string) error {
	host, _, err := net.SplitHostPort(c.Address)
	if err != nil {
		return fmt.Errorf("address: %w", err)
	}
	switch {
	case c.Name == "":
		return errors.New("no name")
	case !slices.Contains([]Security{TLS, StartTLS, Plain}, c.Security):
		return fmt.Errorf("security: %q is not tls, starttls or none", c.Security)
	case !slices.Contains([]Auth{Login, SASLPlain, XOAUTH2, OAuthBearer}, c.Auth):
		return fmt.Errorf("auth: %q is not login, plain, xoauth2 or oauthbearer", c.Auth)
	case c.Security == Plain && !c.AllowPlain && !loopback(host):
		return fmt.Errorf("security: none sends passwords and mail in the clear to %s; use tls or starttls", host)
	case c.Password == nil:
		return errors.New("no password")
	case c.OAuth != nil && !c.Auth.token():
		return fmt.Errorf("auth: %s does not use tokens", c.Auth)
	case c.Master != "" && c.Auth.token():
		return fmt.Errorf("auth: %s has no master user: the token itself must be good for every account", c.Auth)
	case len(accounts) == 0:
		return errors.New("no accounts: IMAP cannot list them, so they must be named")
	case len(accounts) > 1 && c.Master == "" && !c.Auth.token():
		return fmt.Errorf("%d accounts and one password: that takes a master user, or a token for all of them", len(accounts))
	case c.Connections < 1 || c.Connections > 16:
		return fmt.Errorf("connections: %d is not 1 to 16", c.Connections)
	case c.Chunk < 1 || c.Chunk > 1000:
		return fmt.Errorf("chunk: %d is not 1 to 1000", c.Chunk)
	}
	for _, glob := range slices.Concat(c.Include, c.Exclude, c.ExcludeAccounts) {
		if !doublestar.ValidatePattern(glob) {
			return fmt.Errorf("%q is not a valid glob", glob)
		}
	}
	return nil
}

func (a Auth) token() bool { return a == XOAUTH2 || a == OAuthBearer }

func loopback(host string) bool {
	ip := net.ParseIP(host)
	return host == "localhost" || ip != nil && ip.IsLoopback()
}

// accounts are the accounts of list and file, sorted, each once.
func (c *Config) accounts() ([]string, error) {
	all := slices.Clone(c.Accounts)
	if c.AccountsFile != "" {
		f, err := os.Open(c.AccountsFile)
		if err != nil {
			return nil, fmt.Errorf("accounts: %w", err)
		}
		defer f.Close()
		lines := bufio.NewScanner(f)
		for lines.Scan() {
			name, _, _ := strings.Cut(lines.Text(), "#")
			if name = strings.TrimSpace(name); name != "" {
				all = append(all, name)
			}
		}
		if err := lines.Err(); err != nil {
			return nil, fmt.Errorf("accounts: %s: %w", c.AccountsFile, err)
		}
	}
	slices.Sort(all)
	all = slices.Compact(all)
	return slices.DeleteFunc(all, func(name string) bool { return matches(c.ExcludeAccounts, name) }), nil
}

// excluded reports whether the configuration leaves out a folder, or one that
// it lies in. A folder that is not included is still looked below.
func (c *Config) excluded(f folder) bool {
	for n := 1; n <= len(f.segments); n++ {
		if matches(c.Exclude, strings.Join(f.segments[:n], "/")) {
			return true
		}
	}
	return false
}

func (c *Config) included(f folder) bool {
	return len(c.Include) == 0 || matches(c.Include, strings.Join(f.segments, "/"))
}

func matches(globs []string, name string) bool {
	return slices.ContainsFunc(globs, func(g string) bool { return doublestar.MatchUnvalidated(g, name) })
}

func (c *Config) tlsConfig() (*tls.Config, error) {
	host, _, err := net.SplitHostPort(c.Address)
	if err != nil {
		return nil, fmt.Errorf("address: %w", err)
	}
	t := &tls.Config{ServerName: host, MinVersion: tls.VersionTLS12}
	if c.RootCAs == "" {
		return t, nil
	}
	pem, err := os.ReadFile(c.RootCAs)
	if err != nil {
		return nil, fmt.Errorf("root_cas: %w", err)
	}
	t.RootCAs = x509.NewCertPool()
	if !t.RootCAs.AppendCertsFromPEM(pem) {
		return nil, fmt.Errorf("root_cas: %s holds no certificate", c.RootCAs)
	}
	return t, nil
}

// secret asks for the password, or gets a token.
func (c *Config) secret(ctx context.Context) (string, error) {
	password, err := c.Password()
	if err != nil {
		return "", fmt.Errorf("password: %w", err)
	}
	if c.OAuth == nil {
		return password, nil
	}
	return c.OAuth.token(ctx, password, c.Timeout)
}
