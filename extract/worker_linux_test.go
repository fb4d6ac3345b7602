package extract

import (
	"bufio"
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

// gone waits until there is no such process, or it is a zombie.
func gone(t *testing.T, pid int) bool {
	t.Helper()
	for range 100 {
		stat, err := os.ReadFile("/proc/" + strconv.Itoa(pid) + "/stat")
		if err != nil || strings.Contains(string(stat), ") Z ") {
			return true
		}
		time.Sleep(50 * time.Millisecond)
	}
	return false
}

// TestNoOrphans: a worker that works in circles does not outlive a parent that
// was killed without warning.
func TestNoOrphans(t *testing.T) {
	parent := exec.Command(os.Args[0], parentArg)
	out, err := parent.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := parent.Start(); err != nil {
		t.Fatal(err)
	}
	line, err := bufio.NewReader(out).ReadString('\n')
	pid, err2 := strconv.Atoi(strings.TrimSpace(line))
	if err != nil || err2 != nil {
		t.Fatal(err, err2)
	}
	if syscall.Kill(pid, 0) != nil {
		t.Fatal("the worker does not run")
	}
	if err := parent.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	_ = parent.Wait()
	if !gone(t, pid) {
		_ = syscall.Kill(pid, syscall.SIGKILL)
		t.Error("the worker has outlived its parent")
	}
}

// TestKilledAndReaped: a worker that hangs is gone, and no zombie, when Extract
// returns.
func TestKilledAndReaped(t *testing.T) {
	w, err := startWorker([]string{os.Args[0], badArg, "hang"})
	if err != nil {
		t.Fatal(err)
	}
	_ = writeMessage(w.in, frameJob, jobMessage{})
	stop := context.AfterFunc(timedOut(t, 50*time.Millisecond), w.kill)
	defer stop()
	for {
		if _, _, err := w.frames.next(); err != nil {
			break
		}
	}
	if how := w.end(); !strings.Contains(how, "killed") {
		t.Errorf("the worker ended with %q", how)
	}
	if _, err := os.Stat("/proc/" + strconv.Itoa(w.cmd.Process.Pid)); err == nil {
		t.Error("the worker is still there")
	}
}

func timedOut(t *testing.T, d time.Duration) context.Context {
	ctx, cancel := context.WithTimeout(context.Background(), d)
	t.Cleanup(cancel)
	return ctx
}

// TestWorkerConfined: a worker has no environment, no core files, no more
// rights to gain, no other files than its pipes.
func TestWorkerConfined(t *testing.T) {
	t.Setenv("SLET_SECRET", "hemmelig")
	x := New(workerOptions(t))
	defer x.Close()
	extractWith(t, x, "x.pdf", simplePDF("tekst"))
	pid := x.pool.idle[0].cmd.Process.Pid
	for what, want := range map[int]uint64{unix.RLIMIT_CORE: 0, unix.RLIMIT_CPU: workerCPU, unix.RLIMIT_NOFILE: workerFiles, unix.RLIMIT_FSIZE: workerFile, unix.RLIMIT_DATA: workerData} {
		var got unix.Rlimit
		if err := unix.Prlimit(pid, what, nil, &got); err != nil {
			t.Fatal(err)
		}
		if got.Max > want || got.Cur > want {
			t.Errorf("limit %d is %+v, want at most %d", what, got, want)
		}
	}
	proc := "/proc/" + strconv.Itoa(pid)
	status, err := os.ReadFile(proc + "/status")
	if err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(string(status), "NoNewPrivs:\t1") {
		t.Error("the worker can gain rights")
	}
	if env, err := os.ReadFile(proc + "/environ"); err == nil && strings.Contains(string(env), "hemmelig") {
		t.Error("the worker has its parent's environment")
	}
	files, err := os.ReadDir(proc + "/fd")
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range files {
		to, _ := os.Readlink(proc + "/fd/" + f.Name())
		if !strings.HasPrefix(to, "pipe:") && !strings.HasPrefix(to, "anon_inode:") && to != "/dev/null" && !strings.HasPrefix(to, "/sys/fs/cgroup") {
			t.Errorf("the worker has %s open", to)
		}
	}
}

// TestWorkerMemory records the largest size of a worker, and holds it to the
// sandbox's memory limit and what the program itself needs.
func TestWorkerMemory(t *testing.T) {
	if underRace {
		t.Skip("the race detector needs more memory than a worker may have")
	}
	x := New(workerOptions(t))
	defer x.Close()
	f := newPDFFile()
	for range 300 {
		f.page(pdfText(strings.Repeat("En linje med tekst og tal 12345. ", 3)), "")
	}
	f.plain("", strings.Repeat("\x00\x01\x02", 20<<20)) // a large file
	extractWith(t, x, "x.pdf", f.bytes())
	status, err := os.ReadFile("/proc/" + strconv.Itoa(x.pool.idle[0].cmd.Process.Pid) + "/status")
	if err != nil {
		t.Fatal(err)
	}
	for line := range strings.Lines(string(status)) {
		if rest, ok := strings.CutPrefix(line, "VmHWM:"); ok {
			kb, _ := strconv.Atoi(strings.Fields(rest)[0])
			t.Logf("peak of the worker: %d MB", kb>>10)
			if kb > 192<<10 {
				t.Errorf("the worker used %d MB for a document of 300 pages and 60 MB", kb>>10)
			}
		}
	}
}

// TestSandboxPeak: content that fills the sandbox's memory does not make the
// worker larger than what an item may hold and 256 MB.
func TestSandboxPeak(t *testing.T) {
	if underRace {
		t.Skip("the race detector needs more memory than a worker may have")
	}
	x := New(workerOptions(t))
	defer x.Close()
	extractWith(t, x, "x.pdf", simplePDF("tekst"))
	status := "/proc/" + strconv.Itoa(x.pool.idle[0].cmd.Process.Pid) + "/status"
	done, peak := make(chan struct{}), make(chan int)
	go func() {
		most := 0
		for tick := time.NewTicker(2 * time.Millisecond); ; <-tick.C {
			b, err := os.ReadFile(status)
			if _, rest, ok := strings.Cut(string(b), "VmHWM:"); err == nil && ok {
				kb, _ := strconv.Atoi(strings.Fields(rest)[0])
				most = max(most, kb)
			}
			select {
			case <-done:
				peak <- most
				return
			default:
			}
		}
	}()
	c := extractWith(t, x, "x.pdf", sandboxBomb(t))
	close(done)
	kb := <-peak
	t.Logf("peak of the worker: %d MB, %v", kb>>10, c.gaps)
	if kb == 0 || int64(kb)<<10 > maxHeld+256<<20 {
		t.Errorf("the worker used %d MB", kb>>10)
	}
}

// TestOCRProgramGroup: what OCR starts is killed with it.
func TestOCRProgramGroup(t *testing.T) {
	dir := t.TempDir()
	fakeTesseract(t, `sleep 3600 & echo $! > `+dir+`/pid; wait`)
	ctx, cancel := context.WithTimeout(context.Background(), 500*time.Millisecond)
	defer cancel()
	if err := runProgram(ctx, nil, &limitedBuffer{}, "tesseract"); err == nil {
		t.Error("no error")
	}
	if ctx.Err() == nil {
		t.Fatal("it ended by itself")
	}
	line, err := os.ReadFile(filepath.Join(dir, "pid"))
	pid, err2 := strconv.Atoi(strings.TrimSpace(string(line)))
	if err != nil || err2 != nil {
		t.Fatal(err, err2)
	}
	if !gone(t, pid) {
		t.Error("a child of the OCR program lives on")
	}
}
