package testenv

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/base64"
	"encoding/binary"
	"encoding/pem"
	"errors"
	"fmt"
	"math/big"
	"net"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"
	"unicode/utf16"
)

// DovecotOptions are what a test wants of an IMAP server.
type DovecotOptions struct {
	// Capabilities replaces what the server says it can do after signing in;
	// "" leaves it.
	Capabilities string
	// Rawlog keeps every command of every client, see [DovecotServer.Commands].
	Rawlog bool
	// Flat has the folders of a mailbox lie side by side, named with dots
	// between them (Maildir++), and told to clients the same way.
	Flat bool
	// Lines are more lines for dovecot.conf.
	Lines string
}

// DovecotServer is a running Dovecot. Every account exists that somebody signs
// in to, with the same password; the master user may sign in for all.
type DovecotServer struct {
	Address, TLSAddress string // host:port
	CA                  string // a PEM file with the server's certificate
	Password            string
	Master, MasterPass  string
	Dir                 string

	flat bool
	as   *syscall.SysProcAttr
	mu   sync.Mutex
	cmd  *exec.Cmd
	life *os.File // closing it ends the server, as does the end of the test binary
	seq  int
}

const dovecotStart = 30 * time.Second

// keepDovecot runs the server until standard input ends. Its children are in
// the process group of this shell, which kills all of it last of all.
const keepDovecot = `dir=$1; shift; "$@" </dev/null >>"$dir/out" 2>&1 & pid=$!
read -r _; kill -KILL $pid; wait $pid; rm -f "$dir/run/master.pid"; kill -KILL 0`

// Dovecot starts an IMAP server for the test; root and ordinary users can.
func Dovecot(t testing.TB, o DovecotOptions) *DovecotServer {
	t.Helper()
	Program(t, "dovecot")
	dir, err := os.MkdirTemp("", "dc") // short: a socket's path may have 107 bytes
	if err != nil {
		t.Fatal(err)
	}
	d := &DovecotServer{Dir: dir, Password: "hemmelig", Master: "agent", MasterPass: "masterkode", CA: filepath.Join(dir, "cert.pem"), flat: o.Flat}
	t.Cleanup(func() {
		d.Kill(t)
		if err := os.RemoveAll(dir); err != nil {
			t.Error(err)
		}
	})
	if d.as, err = serverUser(dir); err != nil {
		t.Fatal(err)
	}
	if err := d.configure(o); err != nil {
		t.Fatal(err)
	}
	d.Start(t)
	return d
}

// configure writes the server's files.
func (d *DovecotServer) configure(o DovecotOptions) error {
	account, err := d.account()
	if err != nil {
		return err
	}
	plain, protected, err := freePorts()
	if err != nil {
		return fmt.Errorf("no port: %w", err)
	}
	d.Address, d.TLSAddress = fmt.Sprintf("127.0.0.1:%d", plain), fmt.Sprintf("127.0.0.1:%d", protected)
	cert, key, err := certificate()
	if err != nil {
		return err
	}
	layout, separator := ":LAYOUT=fs", "/"
	if o.Flat {
		layout, separator = "", "."
	}
	raw := ""
	if o.Rawlog {
		raw = "rawlog_dir = " + d.Dir + "/raw"
	}
	if o.Capabilities != "" {
		raw += "\nimap_capability = " + o.Capabilities
	}
	conf := strings.NewReplacer("DIR", d.Dir, "USER", account.name, "GROUP", account.group, "PLAIN", strconv.Itoa(plain),
		"PROTECTED", strconv.Itoa(protected), "LAYOUT", layout, "SEPARATOR", separator).Replace(dovecotConf)
	for name, text := range map[string]string{
		"dovecot.conf": conf + raw + "\n" + o.Lines + "\n",
		"masters":      d.Master + ":{PLAIN}" + d.MasterPass + "\n",
		"cert.pem":     cert,
		"key.pem":      key,
	} {
		if err := os.WriteFile(filepath.Join(d.Dir, name), []byte(text), 0o644); err != nil {
			return err
		}
	}
	for _, sub := range []string{"mail", "raw"} {
		if err := d.mkdir(filepath.Join(d.Dir, sub)); err != nil {
			return err
		}
	}
	return nil
}

const dovecotConf = `
base_dir = DIR/run
state_dir = DIR/state
log_path = DIR/log
protocols = imap
listen = 127.0.0.1
default_internal_user = USER
default_internal_group = GROUP
default_login_user = USER
ssl = yes
ssl_cert = <DIR/cert.pem
ssl_key = <DIR/key.pem
disable_plaintext_auth = no
auth_mechanisms = plain login
auth_master_user_separator = *
auth_failure_delay = 0
passdb {
  driver = passwd-file
  args = DIR/masters
  master = yes
}
passdb {
  driver = static
  args = password=hemmelig
}
userdb {
  driver = static
  args = uid=USER gid=GROUP home=DIR/mail/%u
}
mail_location = maildir:~/MaildirLAYOUT
mail_fsync = never
mailbox_list_index = no
first_valid_uid = 1
mail_max_userip_connections = 100
namespace inbox {
  inbox = yes
  separator = SEPARATOR
}
service anvil {
  chroot =
}
service stats {
  chroot =
}
service imap-login {
  chroot =
  inet_listener imap {
    port = PLAIN
  }
  inet_listener imaps {
    port = PROTECTED
  }
}
`

type account struct{ name, group string }

// account is whom the server runs as: mail of root is refused.
func (d *DovecotServer) account() (account, error) {
	me, err := user.Current()
	if err != nil {
		return account{}, err
	}
	if me.Uid == "0" {
		me, err = user.Lookup("nobody")
		if err != nil {
			return account{}, err
		}
	}
	group, err := user.LookupGroupId(me.Gid)
	if err != nil {
		return account{}, err
	}
	return account{me.Username, group.Name}, nil
}

// Start starts the server, again when it was killed, on the same ports.
func (d *DovecotServer) Start(t testing.TB) {
	t.Helper()
	d.mu.Lock()
	defer d.mu.Unlock()
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	// The server starts as the user of the test: when that is root, it changes
	// over to nobody by itself.
	d.cmd = exec.Command("/bin/sh", "-c", keepDovecot, "sh", d.Dir, dovecotProgram(), "-F", "-c", filepath.Join(d.Dir, "dovecot.conf"))
	d.cmd.Stdin, d.cmd.SysProcAttr = r, ownGroup()
	if err := d.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	d.life = w
	for deadline := time.Now().Add(dovecotStart); ; time.Sleep(5 * time.Millisecond) {
		c, err := net.Dial("tcp", d.Address)
		if err == nil {
			greeting := make([]byte, 4)
			_ = c.SetDeadline(time.Now().Add(time.Second))
			n, _ := c.Read(greeting)
			_ = c.Close()
			if string(greeting[:n]) == "* OK" {
				return
			}
		}
		if time.Now().After(deadline) {
			t.Fatalf("dovecot does not answer in %v: %s", dovecotStart, d.Log())
		}
	}
}

// Configure adds lines to dovecot.conf and starts the server anew with them.
func (d *DovecotServer) Configure(t testing.TB, lines string) {
	t.Helper()
	d.Kill(t)
	f, err := os.OpenFile(filepath.Join(d.Dir, "dovecot.conf"), os.O_APPEND|os.O_WRONLY, 0)
	if err == nil {
		_, err = f.WriteString("\n" + lines + "\n")
		err = errors.Join(err, f.Close())
	}
	if err != nil {
		t.Fatal(err)
	}
	d.Start(t)
}

func dovecotProgram() string {
	path, err := exec.LookPath("dovecot")
	if err != nil {
		return "dovecot"
	}
	return path
}

// Kill ends the server and all its processes at once, if it runs.
func (d *DovecotServer) Kill(t testing.TB) {
	t.Helper()
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.cmd == nil {
		return
	}
	_ = d.life.Close()
	_ = d.cmd.Wait() // it was killed
	d.cmd = nil
}

// Log is what the server has to say.
func (d *DovecotServer) Log() string {
	out, _ := os.ReadFile(filepath.Join(d.Dir, "out"))
	log, _ := os.ReadFile(filepath.Join(d.Dir, "log"))
	return string(out) + string(log)
}

// Commands is everything that clients have sent since they signed in, if
// Rawlog was asked for.
func (d *DovecotServer) Commands(t testing.TB) string {
	t.Helper()
	list, err := filepath.Glob(filepath.Join(d.Dir, "raw", "*.in"))
	if err != nil {
		t.Fatal(err)
	}
	var b strings.Builder
	for _, name := range list {
		text, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		b.Write(text)
	}
	return b.String()
}

// Folder is where a folder of an account lies, with slashes between folders;
// "" is INBOX.
func (d *DovecotServer) Folder(account, folder string) string {
	root := filepath.Join(d.Dir, "mail", account, "Maildir")
	if folder == "" || strings.EqualFold(folder, "INBOX") {
		return root
	}
	var parts []string
	for part := range strings.SplitSeq(folder, "/") {
		parts = append(parts, ModifiedUTF7(part))
	}
	if d.flat {
		return root + "/." + strings.Join(parts, ".")
	}
	return root + "/" + strings.Join(parts, "/")
}

// Deliver puts a message into a folder, as received at that time, and returns
// its file. The folder is made if need be.
func (d *DovecotServer) Deliver(t testing.TB, account, folder string, message []byte, received time.Time) string {
	t.Helper()
	dir := d.Folder(account, folder)
	for _, sub := range []string{"cur", "new", "tmp"} {
		if err := d.mkdir(filepath.Join(dir, sub)); err != nil {
			t.Fatal(err)
		}
	}
	d.mu.Lock()
	d.seq++
	seq := d.seq
	d.mu.Unlock()
	// The sizes in the name are as the server's own deliveries have them.
	lf := bytes.Count(message, []byte("\n")) - bytes.Count(message, []byte("\r\n"))
	name := filepath.Join(dir, "cur", fmt.Sprintf("%d.M%06dP1.prove,S=%d,W=%d:2,", 1600000000+seq, seq%1e6, len(message), len(message)+lf))
	if err := os.WriteFile(name, message, 0o600); err != nil {
		t.Fatal(err)
	}
	if err := d.own(name); err != nil {
		t.Fatal(err)
	}
	if err := os.Chtimes(name, received, received); err != nil {
		t.Fatal(err)
	}
	return name
}

// mkdir makes a folder, and those on the way, for the server.
func (d *DovecotServer) mkdir(path string) error {
	if _, err := os.Stat(path); err == nil {
		return nil
	}
	if err := d.mkdir(filepath.Dir(path)); err != nil {
		return err
	}
	if err := os.Mkdir(path, 0o700); err != nil {
		return err
	}
	return d.own(path)
}

// own gives a file to the user that the server runs as.
func (d *DovecotServer) own(path string) error { return giveTo(d.as, path) }

// ModifiedUTF7 writes a folder's name as IMAP and Dovecot's disks have it
// (RFC 3501, 5.1.3).
func ModifiedUTF7(name string) string {
	var b strings.Builder
	var wide []rune
	flush := func() {
		if wide == nil {
			return
		}
		var raw []byte
		for _, u := range utf16.Encode(wide) {
			raw = binary.BigEndian.AppendUint16(raw, u)
		}
		text := base64.RawStdEncoding.EncodeToString(raw)
		b.WriteString("&" + strings.ReplaceAll(text, "/", ",") + "-")
		wide = nil
	}
	for _, r := range name {
		if r < ' ' || r > '~' {
			wide = append(wide, r)
			continue
		}
		flush()
		if b.WriteRune(r); r == '&' {
			b.WriteByte('-')
		}
	}
	flush()
	return b.String()
}

// freePorts returns two ports that are free and not the same: the first is kept
// until the second is found.
func freePorts() (a, b int, err error) {
	first, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return 0, 0, err
	}
	defer first.Close()
	second, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return 0, 0, err
	}
	defer second.Close()
	return first.Addr().(*net.TCPAddr).Port, second.Addr().(*net.TCPAddr).Port, nil
}

// certificate makes a self-signed certificate for this machine.
func certificate() (cert, key string, err error) {
	k, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return "", "", err
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "localhost"}, DNSNames: []string{"localhost"},
		IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)}, NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(24 * time.Hour),
		IsCA: true, BasicConstraintsValid: true,
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &k.PublicKey, k)
	if err != nil {
		return "", "", err
	}
	raw, err := x509.MarshalPKCS8PrivateKey(k)
	if err != nil {
		return "", "", err
	}
	return string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der})), string(pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: raw})), nil
}
