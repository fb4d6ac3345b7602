package extract

import (
	"bytes"
	"cmp"
	"context"
	"fmt"
	"hash/fnv"
	"io/fs"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"runtime/debug"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/sletdk/slet/internal/testenv"
	"github.com/sletdk/slet/scanner"
)

// robustLimits is the budget of TestRobust: a tenth of the usual.
var robustLimits = Limits{Size: 64 << 20, Total: 64 << 20, Time: 20 * time.Second}

// robustMemory is how much memory an extraction may take beyond its budget, in
// bytes, worker processes apart (each has a limit of its own).
const robustMemory = 256 << 20

// TestRobust reads what Go, its modules and the system ship as test data and
// documents, each file as it is and damaged in ways that are made up here. It
// takes a fixed sample of Go's own, so that it does the same everywhere; with
// ROBUST=all it takes all of all (about ten minutes). Nothing may panic, take longer than its time, or more memory than
// its budget; and what has bytes gives text or a gap.
func TestRobust(t *testing.T) {
	files := robustFiles(t)
	all := os.Getenv("ROBUST") == "all"
	if !all {
		files = files[:min(len(files), 1500)]
	}
	opts := workerOptions(t)
	opts.Limits = robustLimits
	x := New(opts)
	defer x.Close()
	run := &robustRun{t: t, x: x, gaps: map[scanner.Reason]int{}}
	debug.FreeOSMemory()
	run.base = residentBytes()
	for _, file := range files {
		data, err := os.ReadFile(file)
		if err != nil || len(data) == 0 {
			continue
		}
		run.one(file, "as it is", data)
		rng := rand.New(rand.NewPCG(hashOf(file), 1))
		for _, m := range mutations {
			run.one(file, m.name, m.apply(rng, bytes.Clone(data)))
		}
	}
	t.Logf("%d of %d files, %d extractions, %d MB in, %d MB of text; slowest %s (%s, %s); largest growth of memory %d MB (%s); gaps %v",
		run.files, len(files), run.runs, run.in>>20, run.text>>20, run.slowest, run.slowestFile, run.slowestHow, run.growth>>20, run.growthFile, run.gaps)
	if run.runs < 50 {
		t.Errorf("only %d extractions", run.runs)
	}
}

func hashOf(s string) uint64 {
	h := fnv.New64a()
	_, _ = h.Write([]byte(s))
	return h.Sum64()
}

// robustFiles lists the corpora, shuffled always in the same way, so that a
// sample has of everything.
func robustFiles(t *testing.T) (files []string) {
	t.Helper()
	out, err := exec.Command(testenv.Program(t, "go"), "env", "GOROOT", "GOMODCACHE").Output()
	if err != nil {
		testenv.Missing(t, "go: %v", err)
	}
	dirs := strings.Fields(string(out))
	roots := []string{filepath.Join(dirs[0], "src"), dirs[1], "/usr/share", "/usr/lib/python3", "/usr/lib/libreoffice/share", filepath.Join("..", "testdata")}
	if os.Getenv("ROBUST") != "all" {
		roots = []string{roots[0], roots[len(roots)-1]}
	} else if found, _ := filepath.Glob("/usr/lib/python3*/test"); found != nil {
		roots = append(roots, found...)
	}
	for _, root := range roots {
		goTree := root == dirs[0] || strings.HasPrefix(root, dirs[0]) || root == dirs[1]
		_ = filepath.WalkDir(root, func(path string, e fs.DirEntry, err error) error {
			if err != nil || !e.Type().IsRegular() {
				return nil
			}
			if goTree && !strings.Contains(path, "testdata") && !strings.Contains(path, "/data/") && !strings.Contains(path, "/test") {
				return nil
			}
			if info, err := e.Info(); err == nil && info.Size() > 0 && info.Size() <= 8<<20 {
				files = append(files, path)
			}
			return nil
		})
	}
	slices.SortFunc(files, func(a, b string) int {
		return cmp.Compare(hashOf(a), hashOf(b))
	})
	return files
}

// mutations are the ways in which files are damaged.
var mutations = []struct {
	name  string
	apply func(*rand.Rand, []byte) []byte
}{
	{"bits flipped", func(r *rand.Rand, b []byte) []byte {
		for range 1 + len(b)/2000 {
			b[r.IntN(len(b))] ^= 1 << r.IntN(8)
		}
		return b
	}},
	{"cut", func(r *rand.Rand, b []byte) []byte { return b[:1+r.IntN(len(b))] }},
	{"a piece gone", func(r *rand.Rand, b []byte) []byte {
		from := r.IntN(len(b))
		return slices.Delete(b, from, min(len(b), from+1+r.IntN(1000)))
	}},
	{"numbers made large", func(r *rand.Rand, b []byte) []byte {
		for range 4 {
			if at := r.IntN(len(b)); at+4 <= len(b) {
				copy(b[at:], "\xff\xff\xff\x7f")
			}
		}
		return b
	}},
	{"a piece again", func(r *rand.Rand, b []byte) []byte {
		from := r.IntN(len(b))
		return append(b, b[from:min(len(b), from+1<<16)]...)
	}},
}

type robustRun struct {
	t    *testing.T
	x    *Extractor
	gaps map[scanner.Reason]int

	files, runs, in, text   int
	slowest                 time.Duration
	slowestFile, slowestHow string
	base, growth            int64
	growthFile              string
}

// one reads one file and holds it to what is promised.
func (r *robustRun) one(file, how string, data []byte) {
	if how == "as it is" {
		r.files++
	}
	r.runs++
	r.in += len(data)
	c := &robustSink{gaps: r.gaps}
	begun := time.Now()
	err := r.x.Extract(context.Background(), filepath.Base(file), bytes.NewReader(data), int64(len(data)), c)
	took := time.Since(begun)
	r.text += c.text
	name := fmt.Sprintf("%s (%s)", file, how)
	switch {
	case err != nil:
		r.t.Errorf("%s: %v", name, err)
	case c.panic != nil:
		r.t.Errorf("%s: %v", name, c.panic)
	case took > robustLimits.Time+5*time.Second:
		r.t.Errorf("%s: took %s", name, took)
	case c.text == 0 && c.told == 0 && len(bytes.TrimSpace(data)) > 0 && !mayBeEmpty(data):
		r.silent(name, data)
	}
	if took > r.slowest {
		r.slowest, r.slowestFile, r.slowestHow = took, file, how
	}
	if r.runs%50 == 0 || took > time.Second {
		grown := residentBytes() - r.base
		if grown > r.growth {
			r.growth, r.growthFile = grown, name
		}
		if grown > robustMemory+maxHeld {
			r.t.Errorf("%s: memory grew by %d MB", name, grown>>20)
			debug.FreeOSMemory()
		}
	}
}

func (r *robustRun) silent(name string, data []byte) {
	r.t.Errorf("neither text nor a gap: %s, %d bytes: %.60q", name, len(data), data)
}

// mayBeEmpty reports whether content may hold nothing: a small picture, the
// declaration of an XML file alone, a package of such.
func mayBeEmpty(data []byte) bool {
	return tooSmall(data) || bytes.HasPrefix(data, []byte("<?xm")) && len(data) < 128 || bytes.HasPrefix(data, []byte("PK"))
}

// robustSink counts.
type robustSink struct {
	text, told int
	panic      error
	gaps       map[scanner.Reason]int
}

func (s *robustSink) Part(string, bool) error { return nil }
func (s *robustSink) Mark(string)             {}
func (s *robustSink) Text(b []byte) error     { s.text += len(b); return nil }
func (s *robustSink) Gap(_ string, reason scanner.Reason, err error) {
	s.told++
	s.gaps[reason]++
	if strings.Contains(err.Error(), "the parser failed") {
		s.panic = err
	}
}

// residentBytes is this process's size in memory, 0 where that is not known.
func residentBytes() int64 {
	b, err := os.ReadFile("/proc/self/statm")
	if err != nil || runtime.GOOS != "linux" {
		return 0
	}
	var size, resident int64
	_, _ = fmt.Sscan(string(b), &size, &resident)
	return resident * int64(os.Getpagesize())
}
