package testenv

import (
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// KDC is a running Kerberos key distribution centre (MIT) with a realm of its own.
type KDC struct {
	Address string // host:port
	Realm   string
	Conf    string // path of the krb5.conf

	dir string
	env []string
}

const kdcConf = `[kdcdefaults]
 kdc_listen = %[2]s
 kdc_tcp_listen = %[2]s
[realms]
 EXAMPLE.DK = {
  database_name = %[1]s/principal
  key_stash_file = %[1]s/stash
  disable_pac = true
 }
`

const krb5Conf = `[libdefaults]
 default_realm = EXAMPLE.DK
 dns_lookup_kdc = false
 udp_preference_limit = 1
[realms]
 EXAMPLE.DK = {
  kdc = %s
 }
`

// Kerberos starts a key distribution centre for the test. It issues no Windows
// authorisation data (PAC): a Samba server without a domain wants none.
func Kerberos(t testing.TB) *KDC {
	t.Helper()
	kdc, util := smbProgram(t, "krb5kdc"), smbProgram(t, "kdb5_util")
	dir := t.TempDir()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	k := &KDC{Address: l.Addr().String(), Realm: "EXAMPLE.DK", Conf: filepath.Join(dir, "krb5.conf"), dir: dir}
	if err := l.Close(); err != nil {
		t.Fatal(err)
	}
	k.env = append(os.Environ(), "KRB5_CONFIG="+k.Conf, "KRB5_KDC_PROFILE="+filepath.Join(dir, "kdc.conf"))
	for name, text := range map[string]string{"krb5.conf": fmt.Sprintf(krb5Conf, k.Address), "kdc.conf": fmt.Sprintf(kdcConf, dir, k.Address)} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	k.run(t, util, "create", "-s", "-P", smbPassword, "-r", k.Realm)
	server := exec.Command(kdc, "-n")
	server.Env = k.env
	if err := server.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = server.Process.Kill()
		_ = server.Wait() // it was killed
	})
	for deadline := time.Now().Add(smbStart); ; time.Sleep(20 * time.Millisecond) {
		c, err := net.DialTimeout("tcp", k.Address, time.Second)
		if err == nil {
			_ = c.Close()
			return k
		}
		if time.Now().After(deadline) {
			t.Fatalf("krb5kdc does not answer: %v", err)
		}
	}
}

// Keytab makes a principal with a random key, and returns the path of a file
// with that key.
func (k *KDC) Keytab(t testing.TB, principal string) string {
	t.Helper()
	admin := smbProgram(t, "kadmin.local")
	path := filepath.Join(k.dir, strings.NewReplacer("/", "_", ".", "_").Replace(principal)+".keytab")
	k.run(t, admin, "-r", k.Realm, "-q", "addprinc -randkey "+principal)
	k.run(t, admin, "-r", k.Realm, "-q", "ktadd -k "+path+" "+principal)
	return path
}

func (k *KDC) run(t testing.TB, program string, args ...string) {
	t.Helper()
	cmd := exec.Command(program, args...)
	cmd.Env = k.env
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("%s %v: %v\n%s", program, args, err, out)
	}
}
