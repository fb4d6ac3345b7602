package agent

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/sletdk/slet/config"
	"github.com/sletdk/slet/detectors"
	"github.com/sletdk/slet/extract"
	"github.com/sletdk/slet/internal/samples"
	"github.com/sletdk/slet/scanner/files"
	"github.com/sletdk/slet/store"
)

// BenchmarkScanSnippets scans a folder of documents into a store on disk, with
// and without snippets, in turns, by processor time. Of one folder every tenth
// document is about somebody, which is more than shares have; of the other every
// one, and short. The project's bar: within the noise in the first.
func BenchmarkScanSnippets(b *testing.B) {
	b.Run("tenth", func(b *testing.B) { benchmarkSnippets(b, 10, 8<<10) })
	b.Run("every", func(b *testing.B) { benchmarkSnippets(b, 1, 0) })
}

// benchmarkSnippets has one document in so many be about somebody, each with so
// many bytes that are about nobody.
func benchmarkSnippets(b *testing.B, in, more int) {
	const items = 500
	share, r := b.TempDir(), samples.Rand(71)
	documents := samples.Documents(10)
	for i := range items {
		text := strings.Repeat("Udvalget drøftede sagen og besluttede at tage orienteringen til efterretning.\n", more/78)
		if i%in == 0 {
			text += fmt.Sprintf("Til Jens Hansen, cpr %s, tlf. 20 12 34 56\n\n%s\n", samples.CPR(r, 1858, 1899, true), documents[i/in%len(documents)].Text)
		}
		if err := os.WriteFile(filepath.Join(share, fmt.Sprintf("brev %04d.txt", i)), []byte(text), 0o600); err != nil {
			b.Fatal(err)
		}
	}
	src, err := files.New(files.Config{Name: "drev", Root: share})
	if err != nil {
		b.Fatal(err)
	}
	scan := func(snippets bool) float64 {
		s := benchScanner(b, snippets)
		before := processorTime(b)
		if _, err := s.Scan(b.Context(), src, "files"); err != nil {
			b.Fatal(err)
		}
		return (processorTime(b) - before).Seconds()
	}
	var ratios []float64
	for b.Loop() {
		without, with := scan(false), scan(true)
		again, without2 := scan(true), scan(false) // whoever comes first has no advantage
		ratios = append(ratios, (with+again)/(without+without2))
	}
	slices.Sort(ratios)
	b.ReportMetric(ratios[len(ratios)/2], "×without")
}

// benchScanner scans as slet does by itself, into a new store.
func benchScanner(b *testing.B, snippets bool) *Scanner {
	b.Helper()
	key, err := config.LoadKey(b.TempDir())
	if err != nil {
		b.Fatal(err)
	}
	st, err := store.Open(b.Context(), "sqlite:"+filepath.Join(b.TempDir(), "slet.db"))
	if err != nil {
		b.Fatal(err)
	}
	st.SealWith(key)
	engine, err := detectors.New(detectors.Options{Subject: key.Subject, Key: key.Value, Snippets: snippets})
	if err != nil {
		b.Fatal(err)
	}
	x := extract.New(extract.Options{})
	b.Cleanup(func() {
		if err := errors.Join(x.Close(), st.Close()); err != nil {
			b.Error(err)
		}
	})
	return &Scanner{Looker: Looker{Extractor: x, Detectors: engine}, Store: st, Keys: key, Now: time.Now, Workers: 1}
}

// processorTime is what this process has used so far.
func processorTime(b *testing.B) time.Duration {
	b.Helper()
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		b.Fatal(err)
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}
