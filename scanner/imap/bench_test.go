package imap

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/sletdk/slet/agent"
	"github.com/sletdk/slet/detectors"
	"github.com/sletdk/slet/extract"
	"github.com/sletdk/slet/internal/testenv"
	"github.com/sletdk/slet/scanner"
)

const (
	benchMessages = 10_000
	benchFolders  = 4
)

// BenchmarkMailbox reads 10,000 messages of 2 to 30 KB, beside the server's own
// doveadm, curl and mbsync in the same run.
func BenchmarkMailbox(b *testing.B) {
	d := testenv.Dovecot(b, testenv.DovecotOptions{})
	var size int64
	for i := range benchMessages {
		m := mail("Sag", fmt.Sprintf("nummer %d\r\n%s", i, text(40+i%500)))
		size += int64(len(m))
		d.Deliver(b, account, fmt.Sprintf("Mappe%d", i%benchFolders), m, received())
	}
	newSource := func() *Source {
		s, err := New(config(d))
		must(b, err)
		return s
	}
	once(b, newSource(), nil) // the server has seen the messages once
	report := func(b *testing.B) {
		b.ReportMetric(float64(benchMessages)*float64(b.N)/b.Elapsed().Seconds(), "messages/s")
		b.SetBytes(size)
	}
	b.Run("slet/list", func(b *testing.B) {
		for b.Loop() {
			s := newSource()
			once(b, s, nil)
			must(b, s.Close())
		}
		report(b)
	})
	b.Run("slet/read", func(b *testing.B) {
		peak := heap(b, func() {
			for b.Loop() {
				s := newSource()
				once(b, s, func(it scanner.Item) error {
					f, err := s.Open(context.Background(), it)
					if err != nil {
						return err
					}
					defer f.Close()
					n, err := io.Copy(io.Discard, io.NewSectionReader(f, 0, f.Size()))
					if err == nil && n != it.Size {
						err = fmt.Errorf("%d bytes of %d", n, it.Size)
					}
					return err
				})
				must(b, s.Close())
			}
		})
		report(b)
		b.ReportMetric(float64(peak>>20), "heapMB")
	})
	b.Run("slet/detect", func(b *testing.B) {
		engine, err := detectors.New(detectors.Options{})
		must(b, err)
		x := extract.New(extract.Options{})
		defer x.Close()
		look := agent.Looker{Extractor: x, Detectors: engine}
		for b.Loop() {
			s := newSource()
			once(b, s, func(it scanner.Item) error {
				_, fail := look.Item(context.Background(), s, it, &results{map[string]int{}, map[scanner.Reason]int{}})
				if fail != nil {
					return fail
				}
				return nil
			})
			must(b, s.Close())
		}
		report(b)
	})
	b.Run("doveadm", func(b *testing.B) {
		program := testenv.Program(b, "doveadm")
		for b.Loop() {
			if n := run(b, program, "-c", filepath.Join(d.Dir, "dovecot.conf"), "fetch", "-u", account, "text", "mailbox", "Mappe*", "all"); n < size {
				b.Fatalf("doveadm wrote %d bytes of %d", n, size)
			}
		}
		report(b)
	})
	b.Run("curl", func(b *testing.B) {
		program := testenv.Program(b, "curl")
		for b.Loop() {
			for f := range benchFolders {
				n := run(b, program, "-s", "-S", "--user", account+":"+d.Password, fmt.Sprintf("imap://%s/Mappe%d;MAILINDEX=[1-%d]", d.Address, f, benchMessages/benchFolders))
				if n < size/benchFolders/2 {
					b.Fatalf("curl wrote %d bytes of about %d", n, size/benchFolders)
				}
			}
		}
		report(b)
	})
	b.Run("mbsync", func(b *testing.B) {
		program := testenv.Program(b, "mbsync")
		for b.Loop() {
			dir := b.TempDir()
			host, port, _ := strings.Cut(d.Address, ":")
			conf := fmt.Sprintf("IMAPAccount a\nHost %s\nPort %s\nUser %s\nPass %s\nSSLType None\nAuthMechs LOGIN\n\nIMAPStore far\nAccount a\n\nMaildirStore near\nPath %s/\nSubFolders Verbatim\n\nChannel c\nFar :far:\nNear :near:\nPatterns Mappe*\nCreate Near\nSync Pull\nSyncState *\n", host, port, account, d.Password, dir)
			must(b, os.WriteFile(dir+"/rc", []byte(conf), 0o600))
			run(b, program, "-q", "-c", dir+"/rc", "c")
			got, err := filepath.Glob(dir + "/Mappe*/new/*")
			must(b, err)
			seen, err := filepath.Glob(dir + "/Mappe*/cur/*")
			must(b, err)
			if len(got)+len(seen) != benchMessages {
				b.Fatalf("mbsync has fetched %d messages", len(got)+len(seen))
			}
		}
		report(b)
	})
}

// once crawls as the agent does: one walk, several that open.
func once(b *testing.B, s *Source, do func(scanner.Item) error) {
	b.Helper()
	var g errgroup.Group
	g.SetLimit(max(4, runtime.GOMAXPROCS(0)))
	n := 0
	must(b, agent.Walk(b.Context(), s, agent.Visitor{
		Gap: func(gap *scanner.Gap) error { return gap },
		Item: func(it scanner.Item) error {
			n++
			if do == nil {
				return nil
			}
			g.Go(func() error { return do(it) })
			return nil
		},
	}))
	must(b, g.Wait())
	if n != benchMessages {
		b.Fatalf("%d messages", n)
	}
}

// run runs a program and returns how many bytes it wrote.
func run(b *testing.B, program string, args ...string) int64 {
	b.Helper()
	var out counter
	var said bytes.Buffer
	cmd := exec.Command(program, args...)
	cmd.Stdout, cmd.Stderr = &out, &said
	if err := cmd.Run(); err != nil {
		b.Fatalf("%s: %v: %s", program, err, said.String())
	}
	return int64(out)
}

type counter int64

func (c *counter) Write(p []byte) (int, error) { *c += counter(len(p)); return len(p), nil }

// heap is the largest heap while something is done.
func heap(b *testing.B, do func()) uint64 {
	b.Helper()
	runtime.GC()
	var peak atomic.Uint64
	stop := make(chan struct{})
	done := make(chan struct{})
	go func() {
		defer close(done)
		for {
			select {
			case <-stop:
				return
			case <-time.After(10 * time.Millisecond):
				var m runtime.MemStats
				runtime.ReadMemStats(&m)
				peak.Store(max(peak.Load(), m.HeapAlloc))
			}
		}
	}()
	do()
	close(stop)
	<-done
	return peak.Load()
}
