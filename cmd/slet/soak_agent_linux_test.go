package main

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"
)

// buildSoaked builds the program with the soak's clock in the place of its own.
// No other build has means to set the clock, in a flag, a file or a variable.
func buildSoaked(t *testing.T, dir string) string {
	t.Helper()
	abs := func(path string) string {
		p, err := filepath.Abs(path)
		if err != nil {
			t.Fatal(err)
		}
		return p
	}
	overlay, err := json.Marshal(map[string]map[string]string{"Replace": {
		abs("../../agent/clock.go"): abs("testdata/soak/agent_clock.go.overlay"),
		abs("clock.go"):             abs("testdata/soak/slet_clock.go.overlay"),
		abs("uptime_linux.go"):      abs("testdata/soak/slet_uptime.go.overlay"),
	}})
	if err != nil {
		t.Fatal(err)
	}
	list := filepath.Join(t.TempDir(), "overlay.json")
	if err := os.WriteFile(list, overlay, 0o600); err != nil {
		t.Fatal(err)
	}
	bin := filepath.Join(dir, "slet")
	args, cgo := []string{"build", "-overlay", list, "-o", bin}, "CGO_ENABLED=0"
	if *soakRace {
		args, cgo = append(args, "-race"), "CGO_ENABLED=1"
	}
	cmd := exec.Command("go", append(args, ".")...)
	cmd.Env = append(os.Environ(), cgo)
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("go build: %v\n%s", err, out)
	}
	return bin
}

// running is a process of slet run, and what it says of its sleepers.
type running struct {
	cmd   *exec.Cmd
	said  *spoken
	ended chan struct{} // closed when the process is gone

	mu     sync.Mutex
	line   net.Conn
	told   int // times that it was told the time
	heard  int // of those, how many it has answered
	asleep int
	first  time.Time // the first alarm
	gauge  chan [2]int64
	change chan struct{} // something of these has changed
}

// launch starts the service at a moment.
func (s *soak) launch(at time.Time) *running {
	s.t.Helper()
	path := filepath.Join(s.base, "clock")
	_ = os.Remove(path) // of the one before
	l, err := net.Listen("unix", path)
	if err != nil {
		s.t.Fatal(err)
	}
	defer l.Close()
	if err := os.Chmod(path, 0o777); err != nil {
		s.t.Fatal(err)
	}
	r := &running{said: &spoken{}, ended: make(chan struct{}), gauge: make(chan [2]int64, 1), change: make(chan struct{}, 1)}
	r.cmd = s.command("unix:"+path, "run")
	r.cmd.Stdout, r.cmd.Stderr = r.said, r.said
	if err := r.cmd.Start(); err != nil {
		s.t.Fatal(err)
	}
	go func() {
		_ = r.cmd.Wait() // how it ended stands in its state
		close(r.ended)
		r.changed()
	}()
	if err := l.(*net.UnixListener).SetDeadline(time.Now().Add(time.Minute)); err != nil {
		s.t.Fatal(err)
	}
	accepted := make(chan net.Conn, 1)
	go func() {
		if c, err := l.Accept(); err == nil {
			accepted <- c
		}
		close(accepted)
	}()
	select {
	case r.line = <-accepted:
	case <-r.ended: // before it asked for the time
	}
	if r.line != nil {
		go r.listen()
		r.tell(at)
	}
	return r
}

// command is the program at a moment, as the account that it runs under.
func (s *soak) command(clock string, args ...string) *exec.Cmd {
	cmd := exec.Command(s.bin, append([]string{"--config", s.config}, args...)...)
	cmd.Env = append(os.Environ(), "SLET_SOAK_CLOCK="+clock, "SLET_SOAK_STORE=sqlite:"+s.storePath(), "SLET_SOAK_SMB="+s.smbd.Password, "SLET_SOAK_IMAP="+s.dovecot.MasterPass, "HOME="+s.base, "GOTRACEBACK=all")
	cmd.Dir = s.base
	cmd.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: soakUser, Gid: soakUser}}
	return cmd
}

// slet runs a command at the soak's time, and returns how it ended.
func (s *soak) slet(args ...string) ended {
	s.t.Helper()
	var out, errs bytes.Buffer
	cmd := s.command(s.now.Format(time.RFC3339), args...)
	cmd.Stdout, cmd.Stderr = &out, &errs
	err := cmd.Run()
	var exit *exec.ExitError
	if err != nil && !errors.As(err, &exit) {
		s.t.Fatal(err)
	}
	e := ended{cmd.ProcessState.ExitCode(), out.String(), errs.String()}
	s.did("slet %s: %d %s", strings.Join(args, " "), e.code, strings.TrimSpace(e.stderr))
	return e
}

func (r *running) changed() {
	select {
	case r.change <- struct{}{}:
	default:
	}
}

func (r *running) listen() {
	in := bufio.NewScanner(r.line)
	for in.Scan() {
		var a, b, c int64
		if n, _ := fmt.Sscanf(in.Text(), "gauge %d %d", &a, &b); n == 2 {
			r.gauge <- [2]int64{a, b}
			continue
		}
		if n, _ := fmt.Sscanf(in.Text(), "asleep %d %d %d", &a, &b, &c); n == 3 {
			r.mu.Lock()
			r.heard, r.asleep, r.first = int(a), int(b), time.Time{}
			if c != 0 {
				r.first = time.Unix(0, c)
			}
			r.mu.Unlock()
			r.changed()
		}
	}
}

// tell tells the process the time.
func (r *running) tell(at time.Time) {
	r.mu.Lock()
	r.told++
	r.mu.Unlock()
	fmt.Fprintln(r.line, at.UnixNano()) // a process that is gone is noticed by its end
}

func (r *running) gone() bool {
	select {
	case <-r.ended:
		return true
	default:
		return false
	}
}

// settle waits until so many jobs sleep, or the process is gone.
func (r *running) settle(jobs int) error {
	end := time.After(3 * time.Minute)
	for {
		r.mu.Lock()
		ok := r.heard == r.told && r.asleep >= jobs
		r.mu.Unlock()
		if ok || r.gone() {
			return nil
		}
		select {
		case <-r.change:
		case <-end:
			_ = r.cmd.Process.Signal(syscall.SIGQUIT) // where does it hang?
			<-r.ended
			return fmt.Errorf("%d of %d jobs sleep after three minutes\n%s", r.asleep, jobs, r.said)
		}
	}
}

// alarm is when the first job wants to run.
func (r *running) alarm() time.Time {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.first
}

// kill ends the process at once, and waits for its end.
func (r *running) kill() {
	_ = r.cmd.Process.Kill() // it may be gone already
	<-r.ended
	if r.line != nil {
		_ = r.line.Close()
	}
}

// load is what a process takes of the machine.
type load struct {
	day        int
	fds        int
	rss        int64 // KiB
	goroutines int64
	heap       int64 // bytes in use after a collection
}

func (l load) String() string {
	return fmt.Sprintf("day %d: %d files open, %d KiB resident, %d goroutines, %d KiB heap", l.day, l.fds, l.rss, l.goroutines, l.heap>>10)
}

// measure asks the process, and the kernel about it.
func (r *running) measure(t *testing.T, day int) load {
	t.Helper()
	fmt.Fprintln(r.line, "gauge")
	l := load{day: day}
	select {
	case g := <-r.gauge:
		l.goroutines, l.heap = g[0], g[1]
	case <-r.ended:
		return l
	case <-time.After(time.Minute):
		t.Fatalf("the service does not answer\n%s", r.said)
	}
	proc := fmt.Sprintf("/proc/%d/", r.cmd.Process.Pid)
	fds, err := os.ReadDir(proc + "fd")
	if err != nil {
		t.Fatal(err)
	}
	status, err := os.ReadFile(proc + "status")
	if err != nil {
		t.Fatal(err)
	}
	l.fds = len(fds)
	for line := range strings.Lines(string(status)) {
		if n, err := fmt.Sscanf(line, "VmRSS: %d", &l.rss); n == 1 && err == nil {
			break
		}
	}
	return l
}
