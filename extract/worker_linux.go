package extract

import (
	"fmt"
	"os"
	"strconv"
	"strings"
	"syscall"

	"golang.org/x/sys/unix"
)

// ownGroup makes a child process the leader of a process group of its own, so
// that it is killed with all that it started, and has the kernel kill it when
// the thread that started it ends, so that it does not outlive slet. (Go ends
// a thread only with a goroutine that locked itself to it, which slet's do
// not; a worker killed so would be one gap.)
func ownGroup() *syscall.SysProcAttr {
	return &syscall.SysProcAttr{Setpgid: true, Pdeathsig: syscall.SIGKILL}
}

// killGroup kills a process and its group.
func killGroup(p *os.Process) {
	_ = syscall.Kill(-p.Pid, syscall.SIGKILL)
	_ = p.Kill()
}

// The limits of a worker process.
const (
	workerCPU   = 30 * 60  // seconds, in its whole life; it retires long before
	workerFiles = 64       // open files
	workerFile  = 64 << 20 // bytes in a file it writes: compiled code
	workerData  = 3 << 30  // bytes of memory it may write to, as the kernel counts
)

// confine limits what this process can use and gain. It cannot be undone.
func confine() error {
	for _, l := range []struct {
		what  int
		limit uint64
	}{
		{unix.RLIMIT_CORE, 0}, // a core file would be a copy of personal data
		{unix.RLIMIT_CPU, workerCPU},
		{unix.RLIMIT_NOFILE, workerFiles},
		{unix.RLIMIT_FSIZE, workerFile},
		{unix.RLIMIT_DATA, workerData},
	} {
		var old unix.Rlimit
		if err := unix.Getrlimit(l.what, &old); err != nil {
			return fmt.Errorf("worker: getrlimit: %w", err)
		}
		limit := min(l.limit, old.Max)
		if err := unix.Setrlimit(l.what, &unix.Rlimit{Cur: limit, Max: limit}); err != nil {
			return fmt.Errorf("worker: setrlimit: %w", err)
		}
	}
	if err := unix.Prctl(unix.PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0); err != nil {
		return fmt.Errorf("worker: no_new_privs: %w", err)
	}
	if err := unix.Prctl(unix.PR_SET_DUMPABLE, 0, 0, 0, 0); err != nil {
		return fmt.Errorf("worker: dumpable: %w", err)
	}
	return nil
}

// usage returns this process's CPU seconds and its largest size in memory so
// far, in bytes. (The kernel's rusage would count the size of the process that
// it was forked from.)
func usage() (cpu float64, peak int64) {
	var u unix.Rusage
	if err := unix.Getrusage(unix.RUSAGE_SELF, &u); err == nil {
		cpu = float64(u.Utime.Nano()+u.Stime.Nano()) / 1e9
	}
	return cpu, statusKB("VmHWM:") << 10
}

// limitData limits how much more memory this process may write to, until
// restore is called: beyond it the process ends, and its document is a gap.
func limitData(more int64) (restore func()) {
	var old unix.Rlimit
	if err := unix.Getrlimit(unix.RLIMIT_DATA, &old); err != nil {
		return func() {}
	}
	limit := min(uint64(statusKB("VmData:")<<10+more), old.Cur)
	if err := unix.Setrlimit(unix.RLIMIT_DATA, &unix.Rlimit{Cur: limit, Max: old.Max}); err != nil {
		return func() {}
	}
	return func() { _ = unix.Setrlimit(unix.RLIMIT_DATA, &old) }
}

// statusKB returns a line of this process's status, in kB; 0 if it is unknown.
func statusKB(name string) int64 {
	status, err := os.ReadFile("/proc/self/status")
	if err != nil {
		return 0
	}
	_, rest, _ := strings.Cut(string(status), name)
	if fields := strings.Fields(rest); len(fields) > 0 {
		kb, _ := strconv.ParseInt(fields[0], 10, 64)
		return kb
	}
	return 0
}

// limitProgram limits the memory of a program that was just started.
func limitProgram(p *os.Process, bytes uint64) {
	_ = unix.Prlimit(p.Pid, unix.RLIMIT_DATA, &unix.Rlimit{Cur: bytes, Max: bytes}, nil)
	_ = unix.Prlimit(p.Pid, unix.RLIMIT_CORE, &unix.Rlimit{}, nil)
}

// checkOwner makes sure that only this process's user can write to a folder.
func checkOwner(dir string, st os.FileInfo) error {
	sys, ok := st.Sys().(*syscall.Stat_t)
	if !ok {
		return fmt.Errorf("cache: the owner of %s is not known", dir)
	}
	if int(sys.Uid) != os.Geteuid() {
		return fmt.Errorf("cache: %s belongs to another user (%d)", dir, sys.Uid)
	}
	if st.Mode().Perm()&0o022 != 0 {
		return fmt.Errorf("cache: others can write to %s (mode %04o, want 0700)", dir, st.Mode().Perm())
	}
	return nil
}
