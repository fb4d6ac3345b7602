//go:build linux

package erase_test

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"github.com/sletdk/slet/internal/testenv"
)

// The benchmarks erase through a whole run (checks, content hash, intent,
// overwriting, read-back, outcome), and have `shred -n1 -u`, which does none of
// that but overwrite and unlink, do the same to copies in the same run. The
// metric shred/slet is how many times as long shred took, from beginning to end;
// the processor time of both (cpu-s, shred-cpu-s: a run each) says what to expect
// when the machine is busy with something else.

func BenchmarkEraseBig(b *testing.B)   { benchmarkErase(b, 1, 1<<30) }
func BenchmarkEraseSmall(b *testing.B) { benchmarkErase(b, 5000, 20<<10) }

func benchmarkErase(b *testing.B, files int, size int64) {
	shred := testenv.Program(b, "shred")
	var ours, theirs, oursCPU, theirsCPU time.Duration
	for b.Loop() {
		b.StopTimer()
		o := newOffice(b)
		copies := b.TempDir()
		content := strings.Repeat("150370-5008 Jens Hansen\n", int(size/24)+1)[:size]
		args := []string{"-n1", "-u"}
		for i := range files {
			name := fmt.Sprintf("%04d.txt", i)
			o.put(b, name, content)
			must(b, os.WriteFile(filepath.Join(copies, name), []byte(content), 0o644))
			args = append(args, filepath.Join(copies, name))
		}
		plan := o.approved(b)
		must(b, exec.Command("sync").Run())
		r := o.runner(b)

		start := time.Now()
		cmd := exec.Command(shred, args...)
		must(b, cmd.Run())
		theirs += time.Since(start)
		theirsCPU += cmd.ProcessState.UserTime() + cmd.ProcessState.SystemTime()
		b.StartTimer()
		start, began := time.Now(), cpuTime(b)
		_, sum := mustRun(b, r, plan.ID)
		ours, oursCPU = ours+time.Since(start), oursCPU+cpuTime(b)-began
		b.StopTimer()
		equal(b, "erased", sum.Erased, files)
		b.StartTimer()
	}
	b.SetBytes(int64(files) * size)
	b.ReportMetric(theirs.Seconds()/ours.Seconds(), "shred/slet")
	b.ReportMetric(float64(files*b.N)/ours.Seconds(), "items/s")
	b.ReportMetric(oursCPU.Seconds()/float64(b.N), "cpu-s")
	b.ReportMetric(theirsCPU.Seconds()/float64(b.N), "shred-cpu-s")
}

// cpuTime is the processor time that this process has taken.
func cpuTime(t testing.TB) time.Duration {
	t.Helper()
	var r unix.Rusage
	must(t, unix.Getrusage(unix.RUSAGE_SELF, &r))
	return time.Duration(r.Utime.Nano() + r.Stime.Nano())
}
