package config

import (
	"fmt"
	"path/filepath"
	"strings"
	"time"
)

// SMB says where a share is and how to get in.
type SMB struct {
	// Address is the server, host or host:port (445).
	Address string `mapstructure:"address"`
	// Share is the share's name, Path the folder in it; without it all of it.
	Share string `mapstructure:"share"`
	Path  string `mapstructure:"path"`

	Username string   `mapstructure:"username"`
	Domain   string   `mapstructure:"domain"`
	Password Secret   `mapstructure:"password"`
	Kerberos Kerberos `mapstructure:"kerberos"`

	// Dialects is 3.1.1 (the default, which nobody can talk down) or any.
	Dialects string `mapstructure:"dialects" oneof:"3.1.1 any"`
	// RequireSigning signs every message; RequireEncryption refuses a share
	// that the server does not encrypt.
	RequireSigning    bool `mapstructure:"require_signing"`
	RequireEncryption bool `mapstructure:"require_encryption"`
	// Medium is what the administrator knows of the storage below the share,
	// which no protocol tells: inplace (NTFS, ext4, XFS), cow (ReFS, ZFS,
	// btrfs) or unknown (the default). Receipts say what follows from it.
	Medium string `mapstructure:"medium" oneof:"inplace cow unknown"`
	// Timeout is the longest that one call may take; default 30s.
	Timeout time.Duration `mapstructure:"timeout" range:"1s 1h"`
}

// Kerberos signs in with a keytab instead of a password.
type Kerberos struct {
	Keytab string `mapstructure:"keytab"`
	Realm  string `mapstructure:"realm"`
	KDC    string `mapstructure:"kdc"`    // without it the DNS is asked
	Config string `mapstructure:"config"` // a krb5.conf, used instead of kdc
}

// IMAP says where mailboxes are and how to get in.
type IMAP struct {
	// Address is the server, host or host:port (993, or 143 without TLS).
	Address string `mapstructure:"address"`
	// Security is tls (the default), starttls, or none, which is for this
	// machine only unless AllowPlain.
	Security   string `mapstructure:"security" oneof:"tls starttls none"`
	AllowPlain bool   `mapstructure:"allow_plain"`
	RootCAs    string `mapstructure:"root_cas"` // PEM file, instead of the system's

	// Auth is login (the default), plain, xoauth2 or oauthbearer.
	Auth string `mapstructure:"auth" oneof:"login plain xoauth2 oauthbearer"`
	// Master signs in for all accounts, as account*master or by authorisation
	// identity; without it each account signs in as itself.
	Master          string `mapstructure:"master"`
	MasterSeparator string `mapstructure:"master_separator"`
	Password        Secret `mapstructure:"password"`
	OAuth           OAuth  `mapstructure:"oauth"`

	// Accounts are the mailboxes to look into, AccountsFile a file with one a
	// line; ExcludeAccounts are globs of those to leave out.
	Accounts        []string `mapstructure:"accounts"`
	AccountsFile    string   `mapstructure:"accounts_file"`
	ExcludeAccounts []string `mapstructure:"exclude_accounts"`
	// Include are globs over folders; without any all are meant. Exclude is the
	// source's.
	Include []string `mapstructure:"include"`
	// Connections at most to the server; default 4.
	Connections int `mapstructure:"connections" range:"1 16"`
	// Timeout is how long the server may be silent; default 30s.
	Timeout time.Duration `mapstructure:"timeout" range:"1s 1h"`
}

// OAuth gets tokens by client credentials (RFC 6749, 4.4); the password is the
// client's secret.
type OAuth struct {
	TokenURL string   `mapstructure:"token_url"`
	ClientID string   `mapstructure:"client_id"`
	Scopes   []string `mapstructure:"scopes"`
}

// Place is where a source is, as reports name it.
func (s Source) Place() string {
	if s.Type == TypeIMAP {
		return "imap://" + s.IMAP.Address
	}
	if s.OnShare() {
		return s.SMB.place()
	}
	return s.Path
}

// place is the share's address.
func (s SMB) place() string {
	return "//" + strings.TrimSuffix(s.Address+"/"+s.Share+"/"+s.Path, "/")
}

// The types of source.
const (
	TypeFiles = "files"
	TypeSMB   = "smb"
	TypeIMAP  = "imap"
	TypeCCTV  = "cctv"
)

// smb checks a share; key names a setting of it.
func (r *reader) smb(s *SMB, key func(string) string, dir string) {
	r.required(s.Address, key("smb.address"), "a server such as filserver.kommune.dk")
	r.required(s.Share, key("smb.share"), "the name of a share such as faelles$")
	switch {
	case s.Kerberos.Keytab != "":
		s.Kerberos.Keytab = from(dir, s.Kerberos.Keytab)
		s.Kerberos.Config = from(dir, s.Kerberos.Config)
		r.required(s.Kerberos.Realm, key("smb.kerberos.realm"), "a realm such as KOMMUNE.DK")
	case s.Password.IsZero():
		r.errorf(r.at(key("smb")), key("smb.password"), "is missing; expected %s, or kerberos with a keytab", secretForm)
	}
	r.required(s.Username, key("smb.username"), "the account that slet reads with")
	s.Password.dir = dir
}

// imap checks a mail server.
func (r *reader) imap(m *IMAP, key func(string) string, dir string) {
	r.required(m.Address, key("imap.address"), "a server such as imap.kommune.dk")
	if len(m.Accounts) == 0 && m.AccountsFile == "" {
		r.errorf(r.at(key("imap")), key("imap.accounts"), "is missing; expected the mailboxes to look into, or accounts_file")
	}
	if m.Password.IsZero() {
		r.errorf(r.at(key("imap")), key("imap.password"), "is missing; expected %s", secretForm)
	}
	m.Password.dir = dir
	m.AccountsFile, m.RootCAs = from(dir, m.AccountsFile), from(dir, m.RootCAs)
}

// required records an error when a setting is not there.
func (r *reader) required(value, key, expected string) {
	if strings.TrimSpace(value) == "" {
		r.errorf(r.at(key), key, "is missing; expected %s", expected)
	}
}

// unused records settings that are there for another type of source.
func (r *reader) unused(s *Source, key func(string) string) {
	for _, block := range []string{TypeSMB, TypeIMAP, TypeCCTV, "path"} {
		at, there := r.places[key(block)]
		wanted := block == s.Type || block == "path" && s.Type == TypeFiles || s.Type == TypeCCTV && block != TypeIMAP
		if there && !wanted {
			r.errorf(at, key(block), "is not for a source of type %s; remove it, or change the type", s.Type)
		}
	}
}

// from makes a path relative to a folder absolute; "" stays.
func from(dir, path string) string {
	if path == "" || filepath.IsAbs(path) {
		return path
	}
	return filepath.Join(dir, path)
}

// sourceTypes are what a source can be, as messages list them.
var sourceTypes = fmt.Sprintf("%s, %s, %s or %s", TypeFiles, TypeSMB, TypeIMAP, TypeCCTV)
