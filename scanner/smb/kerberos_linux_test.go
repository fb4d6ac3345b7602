package smb

import (
	"errors"
	"testing"

	"github.com/sletdk/slet/internal/testenv"
)

// TestKerberos signs in with a key file at a real key distribution centre, and
// needs no password.
func TestKerberos(t *testing.T) {
	kdc := testenv.Kerberos(t)
	server := testenv.Smbd(t, testenv.SmbOptions{Kerberos: kdc, EncryptRequired: true})
	put(t, server.Path, "mappe", "fil.txt", "indhold")
	key, other := kdc.Keytab(t, server.User), kdc.Keytab(t, "ukendt-her")
	cfg := configOf(server, "")
	cfg.Password = nil
	for name, tc := range map[string]struct {
		user     string
		kerberos Kerberos
		ok       bool
	}{
		"kdc":              {server.User, Kerberos{Keytab: key, Realm: kdc.Realm, KDC: kdc.Address}, true},
		"krb5.conf":        {server.User, Kerberos{Keytab: key, Realm: kdc.Realm, Krb5Conf: kdc.Conf}, true},
		"another's key":    {server.User, Kerberos{Keytab: other, Realm: kdc.Realm, KDC: kdc.Address}, false},
		"unknown here":     {"ukendt-her", Kerberos{Keytab: other, Realm: kdc.Realm, KDC: kdc.Address}, false},
		"no such service":  {server.User, Kerberos{Keytab: key, Realm: kdc.Realm, KDC: kdc.Address, ServiceName: "cifs/nas"}, false},
		"realm and no kdc": {server.User, Kerberos{Keytab: key, Realm: "A\n[x]"}, false},
	} {
		t.Run(name, func(t *testing.T) {
			cfg := cfg
			cfg.Username, cfg.Kerberos, cfg.RequireEncryption = tc.user, &tc.kerberos, true
			src, err := New(t.Context(), cfg)
			if tc.ok != (err == nil) {
				t.Fatalf("error %v", err)
			}
			if err != nil {
				return
			}
			items, _, _, err := crawl(src, nil)
			must(t, err)
			if b, err := readItem(src, items[0]); err != nil || string(b) != "indhold" {
				t.Errorf("%q, %v", b, err)
			}
			must(t, src.Close())
		})
	}
	cfg.Kerberos = nil
	if _, err := New(t.Context(), cfg); err == nil || errors.Is(err, errDown) {
		t.Errorf("neither password nor key: %v", err)
	}
}
