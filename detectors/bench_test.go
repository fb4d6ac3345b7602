package detectors

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"testing"
	"time"
)

// The text of the benchmarks is generated, always the same: half of it Danish
// prose, a quarter tables (CSV), a quarter logs, with one CPR number to about
// eleven kilobytes, a few pages of text: still more than most shares have. In
// the dense text it is one to 900 bytes, as in a list of people. Every CPR number in them was given to
// somebody born before 1900, if to anybody.

const benchSize = 64 << 20

var (
	benchText = sync.OnceValue(func() []byte { return mixedText(rand.New(rand.NewPCG(1, 2)), benchSize, 12) })
	denseText = sync.OnceValue(func() []byte { return mixedText(rand.New(rand.NewPCG(1, 2)), benchSize, 1) })
)

// oldCPR returns a valid CPR number of somebody born 1858–1899.
func oldCPR(r *rand.Rand) string { return makeCPR(r, 1858, 1899, true) }

// makeCPR returns a number born in one of the years from–to whose check digit
// is right, or wrong.
func makeCPR(r *rand.Rand, from, to int, mod11 bool) string {
	for {
		day := time.Date(from, 1, 1, 0, 0, 0, 0, time.UTC).AddDate(0, 0, r.IntN((to-from+1)*365))
		s := fmt.Sprintf("%s%04d", day.Format("020106"), r.IntN(10000))
		var t token
		for i := range t.digits {
			t.digits[i] = s[i] - '0'
		}
		if date, _, ok := t.born(); ok && date/10000 == day.Year() && modulus11(&t.digits) == mod11 {
			return s
		}
	}
}

var proseWords = bytes.Fields([]byte(`og at det er en til på med for de af den ikke der et har vi som om
borgeren kommunen ansøgning sagsbehandler afgørelse vedrørende udbetaling møde skole forældre støtte
efter ifølge serviceloven paragraf bevilling hjælpemiddel lægen oplyser fremsendes hermed kopi brev
venlig hilsen forvaltningen ældre pleje bolig indsats handleplan opfølgning familie børn unge voksne
telefonisk henvendelse aftalt tidspunkt dagsorden referat beslutning økonomi budget regnskab år måned`))

// mixedText makes text with a CPR number in every sparse-th place that may have
// one.
func mixedText(r *rand.Rand, size, sparse int) []byte {
	var b bytes.Buffer
	b.Grow(size + 64<<10)
	for b.Len() < size {
		for range 400 {
			prose(&b, r, sparse)
		}
		for start := b.Len(); b.Len() < start+12<<10; {
			fmt.Fprintf(&b, "%d;%s %s;%s;Gade %d, %d By;%02d-%02d-20%02d;%d,%02d;%d\n", r.IntN(100000), anyWord(r), anyWord(r),
				csvNumber(r, sparse), r.IntN(200), 1000+r.IntN(9000), 1+r.IntN(28), 1+r.IntN(12), r.IntN(27),
				r.IntN(100000), r.IntN(100), 20000000+r.IntN(79999999))
		}
		for start := b.Len(); b.Len() < start+12<<10; {
			fmt.Fprintf(&b, "2024-%02d-%02dT%02d:%02d:%02d.%06dZ INFO [worker-%d] request id=%08x%08x path=/api/sag/%d status=%d bytes=%d ms=%d\n",
				1+r.IntN(12), 1+r.IntN(28), r.IntN(24), r.IntN(60), r.IntN(60), r.IntN(1000000), r.IntN(16),
				r.Uint32(), r.Uint32(), r.IntN(1000000), 200+r.IntN(300), r.IntN(1<<20), r.IntN(5000))
		}
	}
	return b.Bytes()[:size]
}

func anyWord(r *rand.Rand) []byte { return proseWords[r.IntN(len(proseWords))] }

func csvNumber(r *rand.Rand, sparse int) string {
	s := oldCPR(r)
	switch r.IntN(12 * sparse) {
	case 0, 1:
		return s[:6] + "-" + s[6:]
	case 2:
		return s
	case 3:
		return fmt.Sprintf("%010d", r.IntN(1e10))
	}
	return ""
}

// prose writes a sentence.
func prose(b *bytes.Buffer, r *rand.Rand, sparse int) {
	for range 6 + r.IntN(10) {
		b.Write(anyWord(r))
		b.WriteByte(' ')
	}
	switch r.IntN(20 * sparse) {
	case 0:
		s := oldCPR(r)
		fmt.Fprintf(b, "cpr. %s-%s ", s[:6], s[6:])
	case 1:
		fmt.Fprintf(b, "%d. marts %d ", 1+r.IntN(28), 2000+r.IntN(27))
	case 2:
		fmt.Fprintf(b, "sag %d-%06d ", 2010+r.IntN(17), r.IntN(1e6))
	}
	b.WriteString("– slut.\n")
}

// measure returns the CPU time of this process that f takes, the least of
// several runs.
func measure(f func()) time.Duration {
	best := time.Duration(1 << 62)
	for range 5 {
		start := cpuTime()
		f()
		best = min(best, cpuTime()-start)
	}
	return best
}

// ripgrep returns the CPU time, user and system, of rg counting the lines of
// the same text with a CPR number, on one thread: the least of several runs.
func ripgrep(b *testing.B, text []byte) time.Duration {
	b.Helper()
	path, err := exec.LookPath("rg")
	if err != nil {
		return 0
	}
	file := filepath.Join(b.TempDir(), "text")
	if err := os.WriteFile(file, text, 0o600); err != nil {
		b.Fatal(err)
	}
	best := time.Duration(1 << 62)
	for range 5 {
		cmd := exec.Command(path, "-j1", "--no-config", "-c", `(?-u)\b\d{6}[- ]?\d{4}\b`, file)
		if out, err := cmd.Output(); err != nil || len(out) < 2 {
			b.Fatalf("rg: %v %q", err, out)
		}
		best = min(best, cmd.ProcessState.UserTime()+cmd.ProcessState.SystemTime())
	}
	return best
}

// BenchmarkCPR measures the steps of detection and ripgrep on the same text in
// the same run. MB/s and the ratios are by CPU time, so that what else the
// machine does counts little. The project's bar: the detector at least four
// times as fast as ripgrep, windows at most ten percent slower than that.
func BenchmarkCPR(b *testing.B) { benchmarkCPR(b, benchText()) }

// BenchmarkDense is the same on text with twelve times as many numbers.
func BenchmarkDense(b *testing.B) { benchmarkCPR(b, denseText()) }

func benchmarkCPR(b *testing.B, text []byte) {
	c, err := newCPR(time.Date(2026, 11, 1, 0, 0, 0, 0, time.UTC))
	if err != nil {
		b.Fatal(err)
	}
	engine := testEngine(b, Options{Disabled: allBut(b, "cpr")})
	rg := ripgrep(b, text)
	var hits int
	find := func() { hits = len(c.Find(text)) }
	windows := func(byLine bool) {
		n := 0
		s := engine.Stream(func(Match) { n++ })
		if err := s.Part("", byLine); err != nil {
			b.Fatal(err)
		}
		for rest := text; len(rest) > 0; {
			k := min(len(rest), 64<<10) // as package extract gives it
			if err := s.Text(rest[:k]); err != nil {
				b.Fatal(err)
			}
			rest = rest[k:]
		}
		if err := s.Close(); err != nil {
			b.Fatal(err)
		}
		if n != hits {
			b.Fatalf("%d matches through windows, %d at once", n, hits)
		}
	}
	base := time.Duration(1 << 62)
	for range 5 {
		base = min(base, measure(find))
	}
	for _, step := range []struct {
		name string
		run  func()
	}{
		{"scanner", func() {
			s := starts{text: text}
			list := make([]int, 0, 256)
			for more := true; more; {
				list, more = s.next(list[:0])
			}
		}},
		{"detector", find},
		{"windows", func() { windows(false) }},
		{"windows+lines", func() { windows(true) }},
	} {
		b.Run(step.name, func(b *testing.B) {
			b.SetBytes(int64(len(text)))
			best := time.Duration(1 << 62)
			for b.Loop() {
				best = min(best, measure(step.run))
			}
			b.ReportMetric(float64(len(text))/1e6/best.Seconds(), "MB/cpu-s")
			b.ReportMetric(float64(hits), "hits")
			b.ReportMetric(float64(best)/float64(base), "×detector")
			if rg > 0 {
				b.ReportMetric(float64(rg)/float64(best), "×faster-than-rg")
				b.ReportMetric(float64(len(text))/1e6/rg.Seconds(), "rg-MB/cpu-s")
			}
		})
	}
}
