package config_test

import (
	"path/filepath"
	"strings"
	"testing"

	"github.com/sletdk/slet/config"
)

// TestServers: shares and mailboxes, with what is said when something is missing.
func TestServers(t *testing.T) {
	c := load(t, `sources:
  - name: hdrev
    type: smb
    exclude: ["**/tmp"]
    rate: {items: 0.5, bytes: 20MiB}
    smb: {address: filserver, share: H$, path: Afdelinger, username: svc-slet, domain: KOMMUNE, password: env:SLET_SMB, require_encryption: true, medium: inplace, timeout: 10s}
  - name: post
    type: imap
    imap: {address: "imap:993", master: agent, password: file:imap.pw, accounts: [anne, bo], accounts_file: konti.txt, include: ["Sager/**"]}
`)
	dir := filepath.Dir(c.File)
	smb, imap := c.Sources[0], c.Sources[1]
	if smb.Place() != "//filserver/H$/Afdelinger" || imap.Place() != "imap://imap:993" {
		t.Errorf("places %q and %q", smb.Place(), imap.Place())
	}
	if smb.SMB.Password.Reference() != "env:SLET_SMB" || !smb.SMB.RequireEncryption || smb.SMB.Medium != "inplace" || smb.Exclude[0] != "**/tmp" {
		t.Errorf("%+v", smb)
	}
	if smb.Rate != (config.Rate{Items: 0.5, Bytes: 20 << 20}) || imap.Rate != (config.Rate{}) {
		t.Errorf("rates %+v and %+v", smb.Rate, imap.Rate)
	}
	if imap.IMAP.AccountsFile != filepath.Join(dir, "konti.txt") || len(imap.IMAP.Accounts) != 2 || imap.IMAP.Include[0] != "Sager/**" {
		t.Errorf("%+v", imap)
	}
	if _, err := imap.IMAP.Password.Reveal(); err == nil || !strings.Contains(err.Error(), filepath.Join(dir, "imap.pw")) {
		t.Errorf("the secret's file is not looked for beside slet.yaml: %v", err)
	}
}

func TestBadServers(t *testing.T) {
	for _, tt := range []struct{ in, want string }{
		{"type: smb", `sources[0].smb.address: is missing; expected a server`},
		{"type: smb, smb: {address: a, share: b, username: c}", `sources[0].smb.password: is missing; expected env:NAME`},
		{"type: smb, smb: {address: a, share: b, username: c, password: hemmelig}", `a secret is not written here`},
		{"type: smb, smb: {address: a, share: b, username: c, kerberos: {keytab: k}}", `sources[0].smb.kerberos.realm: is missing`},
		{"type: smb, smb: {address: a, share: b, username: c, password: env:X, medium: ssd}", `unknown value "ssd"`},
		{"type: smb, smb: {adress: a}", `unknown key "adress", did you mean "address"?`},
		{"type: smb, path: /srv, smb: {address: a, share: b, username: c, password: env:X}", `sources[0].path: is not for a source of type smb`},
		{"type: imap, imap: {address: a, password: env:X}", `sources[0].imap.accounts: is missing`},
		{"type: imap, imap: {address: a, accounts: [b]}", `sources[0].imap.password: is missing`},
		{"type: imap, imap: {address: a, accounts: [b], password: env:X, security: ssl}", `unknown value "ssl"`},
		{"type: files, path: /srv, rate: {items: -1}", `sources[0].rate.items`},
		{"type: files, path: /srv, rate: {bytes: fast}", `"fast" is not a size`},
		{"type: files, path: /srv, imap: {address: a}", `sources[0].imap: is not for a source of type files`},
	} {
		_, err := config.Load(write(t, "sources:\n  - {name: a, "+tt.in+"}\n"))
		if err == nil || !strings.Contains(err.Error(), tt.want) {
			t.Errorf("%s: error %v, want %q in it", tt.in, err, tt.want)
		}
		if err != nil && strings.Contains(err.Error(), "hemmelig") {
			t.Errorf("a secret is repeated: %v", err)
		}
	}
}
