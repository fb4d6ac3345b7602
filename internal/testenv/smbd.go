package testenv

import (
	"fmt"
	"net"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"
)

// SmbOptions are what a test wants of an SMB server.
type SmbOptions struct {
	// Dir is the folder to share; "" makes one.
	Dir string
	// SigningRequired has the server refuse unsigned sessions, and
	// EncryptRequired has it refuse unencrypted ones.
	SigningRequired, EncryptRequired bool
	// Streams keeps alternate data streams (in extended attributes).
	Streams bool
	// Audit writes to the server's log every opening that a client asks for,
	// reading, listing and change, with its path.
	Audit bool
	// Share are more lines for the share in smb.conf, and Global for the server.
	Share, Global []string
	// Kerberos has the server accept tickets of this realm for its address.
	Kerberos *KDC
	// OwnUser has the server touch files as the user that the test runs as,
	// also when that is root, whom no permission stops.
	OwnUser bool
}

// SmbServer is a running smbd with one share.
type SmbServer struct {
	Address  string // host:port
	Share    string
	User     string
	Password string
	Path     string // the shared folder on this machine

	dir  string
	conf string
	port int

	mu   sync.Mutex
	cmd  *exec.Cmd
	life *os.File // closing it ends the server, as does the end of the test binary
}

const (
	smbShare    = "data"
	smbPassword = "hemmelig"
	// smbRootUser touches files for root. It is not nobody, whom Samba takes for
	// its guest, with another security identifier than the owner of files.
	smbRootUser = "daemon"
	smbStart    = 30 * time.Second
)

// keepSmbd runs the server, which leads a process group of its own, until
// standard input ends.
const keepSmbd = `dir=$1; shift; "$@" </dev/null >>"$dir/log" 2>&1 & pid=$!
echo $pid >"$dir/pid"; read -r _; kill -KILL -$pid 2>/dev/null; kill -KILL $pid 2>/dev/null; wait $pid`

// Smbd starts an SMB server for the test. Root and ordinary users can: the
// client signs in as the user that the test runs as. For root the server
// touches files as another one, so that permissions mean something.
func Smbd(t testing.TB, o SmbOptions) *SmbServer {
	t.Helper()
	smbd := smbProgram(t, "smbd")
	pdbedit := smbProgram(t, "pdbedit")
	me, err := user.Current()
	if err != nil {
		t.Fatal(err)
	}
	dir, err := os.MkdirTemp("", "smbd")
	if err != nil {
		t.Fatal(err)
	}
	if o.Kerberos != nil {
		o.Global = append(o.Global, "realm = "+o.Kerberos.Realm, "kerberos method = dedicated keytab",
			"dedicated keytab file = "+o.Kerberos.Keytab(t, "cifs/127.0.0.1"))
	}
	s := &SmbServer{Share: smbShare, User: me.Username, Password: smbPassword, Path: o.Dir, dir: dir, conf: filepath.Join(dir, "smb.conf")}
	t.Cleanup(func() {
		s.Kill(t)
		if err := os.RemoveAll(dir); err != nil {
			t.Error(err)
		}
	})
	if err := s.configure(o); err != nil {
		t.Fatal(err)
	}
	add := exec.Command(pdbedit, "-s", s.conf, "-a", "-t", "-u", s.User)
	add.Stdin = strings.NewReader(smbPassword + "\n" + smbPassword + "\n")
	if out, err := add.CombinedOutput(); err != nil {
		t.Fatalf("pdbedit: %v\n%s", err, out)
	}
	s.start(t, smbd)
	return s
}

// smbProgram finds a program of Samba, which Debian keeps out of the PATH of
// ordinary users.
func smbProgram(t testing.TB, name string) string {
	t.Helper()
	for _, dir := range []string{"/usr/sbin", "/usr/local/sbin", "/usr/bin"} {
		if path, err := exec.LookPath(filepath.Join(dir, name)); err == nil {
			return path
		}
	}
	return Program(t, name)
}

// configure makes the server's folders and its smb.conf.
func (s *SmbServer) configure(o SmbOptions) error {
	if err := os.Chmod(s.dir, 0o755); err != nil {
		return err
	}
	for _, sub := range []string{"priv", "state", "cache", "lock", "run", "ncalrpc", "binddns", "share"} {
		if err := os.Mkdir(filepath.Join(s.dir, sub), 0o755); err != nil {
			return err
		}
	}
	if s.Path == "" {
		s.Path = filepath.Join(s.dir, "share")
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	s.port = l.Addr().(*net.TCPAddr).Port
	if err := l.Close(); err != nil {
		return err
	}
	s.Address = fmt.Sprintf("127.0.0.1:%d", s.port)
	share, err := s.shareLines(o)
	if err != nil {
		return err
	}
	var b strings.Builder
	fmt.Fprintf(&b, smbGlobal, s.port, s.dir)
	if o.SigningRequired {
		b.WriteString("server signing = mandatory\n")
	}
	for _, line := range o.Global {
		b.WriteString(line + "\n")
	}
	fmt.Fprintf(&b, "[%s]\npath = %s\nread only = no\n%s\n", smbShare, s.Path, strings.Join(share, "\n"))
	return os.WriteFile(s.conf, []byte(b.String()), 0o644)
}

// shareLines are the lines of the share in smb.conf that the options ask for.
func (s *SmbServer) shareLines(o SmbOptions) ([]string, error) {
	lines := o.Share
	if o.EncryptRequired {
		lines = append(lines, "smb encrypt = required")
	}
	var modules []string
	if o.Streams {
		modules = append(modules, "streams_xattr")
	}
	if o.Audit {
		modules = append(modules, "full_audit")
		ops := "create_file openat fdopendir readdir pread pread_send pwrite_send renameat unlinkat"
		lines = append(lines, "full_audit:success = "+ops, "full_audit:failure = "+ops,
			"full_audit:syslog = false", "full_audit:priority = notice", "full_audit:prefix = AUDIT")
	}
	if len(modules) > 0 {
		lines = append(lines, "vfs objects = "+strings.Join(modules, " "))
	}
	if os.Geteuid() == 0 && !o.OwnUser {
		lines = append(lines, "force user = "+smbRootUser)
		u, err := user.Lookup(smbRootUser)
		if err != nil {
			return nil, err
		}
		var uid int
		if _, err := fmt.Sscan(u.Uid, &uid); err != nil {
			return nil, err
		}
		if err := os.Chown(s.Path, uid, -1); err != nil {
			return nil, err
		}
	}
	return lines, nil
}

const smbGlobal = `[global]
server role = standalone server
smb ports = %[1]d
interfaces = 127.0.0.1
bind interfaces only = yes
disable netbios = yes
load printers = no
printing = bsd
printcap name = /dev/null
disable spoolss = yes
usershare max shares = 0
log level = 1
map to guest = never
passdb backend = tdbsam:%[2]s/priv/passdb.tdb
private dir = %[2]s/priv
state directory = %[2]s/state
cache directory = %[2]s/cache
lock directory = %[2]s/lock
pid directory = %[2]s/run
ncalrpc dir = %[2]s/ncalrpc
binddns dir = %[2]s/binddns
`

// Start starts the server again after [SmbServer.Kill].
func (s *SmbServer) Start(t testing.TB) {
	t.Helper()
	s.start(t, smbProgram(t, "smbd"))
}

func (s *SmbServer) start(t testing.TB, smbd string) {
	t.Helper()
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command("/bin/sh", "-c", keepSmbd, "sh", s.dir, smbd, "--foreground", "--configfile="+s.conf, "--debug-stdout")
	cmd.Stdin = r
	if err := cmd.Start(); err != nil {
		t.Fatalf("smbd: %v", err)
	}
	_ = r.Close() // the child has its own
	s.mu.Lock()
	s.cmd, s.life = cmd, w
	s.mu.Unlock()
	deadline := time.Now().Add(smbStart)
	for {
		c, err := net.DialTimeout("tcp", s.Address, time.Second)
		if err == nil {
			_ = c.Close()
			return
		}
		if time.Now().After(deadline) {
			t.Fatalf("smbd does not answer in %v: %v\n%s", smbStart, err, s.Log(t))
		}
		time.Sleep(20 * time.Millisecond)
	}
}

// Kill ends the server at once (SIGKILL), with everything it does for clients.
func (s *SmbServer) Kill(t testing.TB) {
	s.mu.Lock()
	cmd, life := s.cmd, s.life
	s.cmd, s.life = nil, nil
	s.mu.Unlock()
	if cmd == nil {
		return
	}
	s.signal(t, killSignal)
	_ = life.Close() // ends the keeper
	_ = cmd.Wait()   // it was killed
}

// Freeze stops the server without ending it (SIGSTOP): it keeps its
// connections and answers nothing. Thaw lets it go on.
func (s *SmbServer) Freeze(t testing.TB) { s.signal(t, stopSignal) }

// Thaw undoes [SmbServer.Freeze].
func (s *SmbServer) Thaw(t testing.TB) { s.signal(t, contSignal) }

// Log is what the server has written so far.
func (s *SmbServer) Log(t testing.TB) string {
	t.Helper()
	b, err := os.ReadFile(filepath.Join(s.dir, "log"))
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

// Pid is the process at the head of the server's process group.
func (s *SmbServer) Pid(t testing.TB) int {
	t.Helper()
	b, err := os.ReadFile(filepath.Join(s.dir, "pid"))
	if err != nil {
		t.Fatal(err)
	}
	var pid int
	if _, err := fmt.Sscan(string(b), &pid); err != nil {
		t.Fatal(err)
	}
	return pid
}
