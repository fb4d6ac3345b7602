package extract

import (
	"bytes"
	"context"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"golang.org/x/sys/unix"

	"github.com/sletdk/slet/internal/testenv"
)

// pdfCorpus makes documents: "letters" are copies of what two programs make of
// a letter of two pages with a table; "dense" are 1 to 20 pages full of text.
func pdfCorpus(b *testing.B, kind string) (files [][]byte, pages int) {
	b.Helper()
	if kind == "letters" {
		for range 60 {
			files, pages = append(files, fixture(b, "chromium.pdf"), fixture(b, "libreoffice.pdf")), pages+4
		}
		return files, pages
	}
	rng := rand.New(rand.NewPCG(3, 4))
	words := strings.Fields("borgeren har den s\\370gt om st\\370tte til sagen blev oplyst over for kommunen vi har lagt v\\346gt p\\345 l\\346gens udtalelse")
	for range 60 {
		f := newPDFFile()
		n := []int{1, 1, 1, 2, 2, 3, 5, 20}[rng.IntN(8)]
		for range n {
			var lines []string
			for range 45 {
				var line []string
				for range 13 {
					line = append(line, words[rng.IntN(len(words))])
				}
				lines = append(lines, strings.Join(line, " "))
			}
			lines[rng.IntN(len(lines))] += " 150370-5008"
			f.page(pdfText(lines...), "")
		}
		files, pages = append(files, f.bytes()), pages+n
	}
	return files, pages
}

// cpuSeconds is the CPU time of this process and of its children that are gone.
func cpuSeconds(b *testing.B) (s float64) {
	for _, who := range []int{unix.RUSAGE_SELF, unix.RUSAGE_CHILDREN} {
		var u unix.Rusage
		if err := unix.Getrusage(who, &u); err != nil {
			b.Fatal(err)
		}
		s += float64(u.Utime.Nano()+u.Stime.Nano()) / 1e9
	}
	return s
}

// BenchmarkPDF reads a corpus with PDFium and, in the same run, with
// `pdftotext | rg`, one rg for all documents. The measure is CPU time, children
// included; "ratio" is that of pdftotext to ours: above 1 we are faster.
func BenchmarkPDF(b *testing.B) {
	testenv.Program(b, "pdftotext")
	testenv.Program(b, "rg")
	for _, kind := range []string{"letters", "dense"} {
		b.Run(kind, func(b *testing.B) { benchmarkPDF(b, kind) })
	}
}

func benchmarkPDF(b *testing.B, kind string) {
	dir := b.TempDir()
	files, pages := pdfCorpus(b, kind)
	for i, data := range files {
		if err := os.WriteFile(filepath.Join(dir, fmt.Sprintf("%03d.pdf", i)), data, 0o600); err != nil {
			b.Fatal(err)
		}
	}
	o := workerOptions(b)
	warm := New(o)
	extractWith(b, warm, "x.pdf", files[0])
	warm.Close()
	var ours, theirs float64
	for b.Loop() {
		start := cpuSeconds(b)
		x, found := New(o), 0
		for _, data := range files {
			c := &collector{}
			if err := x.Extract(context.Background(), "x.pdf", bytes.NewReader(data), int64(len(data)), c); err != nil {
				b.Fatal(err)
			}
			if strings.Contains(c.text(), "150370-5008") {
				found++
			}
		}
		x.Close()
		ours += cpuSeconds(b) - start
		if found != len(files) {
			b.Fatalf("found in %d of %d documents", found, len(files))
		}
		start = cpuSeconds(b)
		out, err := exec.Command("sh", "-c", `cd "$1"; for f in *.pdf; do pdftotext "$f" -; done | rg -c '(?-u)\b\d{6}[- ]?\d{4}\b'`, "sh", dir).Output()
		if err != nil || len(out) == 0 {
			b.Fatalf("pdftotext: %v", err)
		}
		theirs += cpuSeconds(b) - start
	}
	size := 0
	for _, data := range files {
		size += len(data)
	}
	n := float64(b.N)
	b.ReportMetric(float64(pages)*n/ours, "pages/cpu-s")
	b.ReportMetric(float64(len(files))*n/ours, "docs/cpu-s")
	b.ReportMetric(float64(size)*n/1e6/ours, "MB/cpu-s")
	b.ReportMetric(theirs/ours, "ratio")
	b.ReportMetric(float64(pages)*n/theirs, "pdftotext-pages/cpu-s")
}
