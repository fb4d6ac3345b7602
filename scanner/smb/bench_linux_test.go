package smb

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/sletdk/slet/internal/testenv"
	"github.com/sletdk/slet/scanner"
)

// BenchmarkSmallFiles crawls and reads 20,000 files of 1 to 16 KB, as the agent
// does: opened, read whole, rechecked, by 16 at a time. In the same run
// smbclient's mget fetches the same tree.
func BenchmarkSmallFiles(b *testing.B) {
	server := testenv.Smbd(b, testenv.SmbOptions{})
	client := testenv.Program(b, "smbclient")
	const folders, each = 200, 100
	text := bytes.Repeat([]byte("personfølsomt indhold "), 800)
	for d := range folders {
		for f := range each {
			put(b, server.Path, fmt.Sprintf("d%03d", d), fmt.Sprintf("%03d.txt", f), string(text[:1000+(d*each+f)%16000]))
		}
	}
	src := open(b, configOf(server, ""))
	beside(b, folders*each, "files/s", func() {
		if n := readAll(b, src, 16); n != folders*each {
			b.Fatalf("%d files, want %d", n, folders*each)
		}
	}, func() time.Duration { return mget(b, client, server, "recurse on; prompt off; mget *") })
}

// BenchmarkLargeFile reads one file of 1 GiB from beginning to end, in the same
// run as smbclient's get.
func BenchmarkLargeFile(b *testing.B) {
	for name, o := range map[string]testenv.SmbOptions{"plain": {}, "encrypted": {EncryptRequired: true}} {
		b.Run(name, func(b *testing.B) {
			server := testenv.Smbd(b, o)
			client := testenv.Program(b, "smbclient")
			const size = 1 << 30
			put(b, server.Path, "stor", "stor.bin", "x")
			must(b, os.Truncate(filepath.Join(server.Path, "stor", "stor.bin"), size))
			src := open(b, configOf(server, ""))
			beside(b, size/1e6, "MB/s", func() {
				if n := readAll(b, src, 1); n != 1 {
					b.Fatalf("%d files", n)
				}
			}, func() time.Duration { return mget(b, client, server, "cd stor; get stor.bin /dev/null") })
		})
	}
}

// beside alternates what is measured with what it is measured against, and
// reports the medians: the machine may have other things to do.
func beside(b *testing.B, work float64, unit string, run func(), peer func() time.Duration) {
	b.Helper()
	var ours, theirs, times []float64
	for b.Loop() {
		start := time.Now()
		run()
		o, t := time.Since(start).Seconds(), peer().Seconds()
		ours, theirs, times = append(ours, work/o), append(theirs, work/t), append(times, t/o)
	}
	median := func(list []float64) float64 { slices.Sort(list); return list[len(list)/2] }
	b.ReportMetric(median(ours), unit)
	b.ReportMetric(median(theirs), "smbclient-"+unit)
	b.ReportMetric(median(times), "times-smbclient")
}

// readAll walks everything and reads it, by so many at a time.
func readAll(b *testing.B, src *Source, readers int) (n int) {
	b.Helper()
	items := make(chan scanner.Item)
	var wg sync.WaitGroup
	for range readers {
		wg.Go(func() {
			buf := make([]byte, 1<<20)
			for it := range items {
				if err := readOne(src, it, buf); err != nil {
					b.Error(err)
				}
			}
		})
	}
	parts, err := src.Partitions(context.Background())
	must(b, err)
	for _, p := range parts {
		for it, err := range src.Walk(context.Background(), p) {
			must(b, err)
			n++
			items <- it
		}
	}
	close(items)
	wg.Wait()
	return n
}

func readOne(src *Source, it scanner.Item, buf []byte) error {
	f, err := src.Open(context.Background(), it)
	if err != nil {
		return err
	}
	defer f.Close()
	n, err := io.CopyBuffer(struct{ io.Writer }{io.Discard}, struct{ io.Reader }{io.NewSectionReader(f, 0, f.Size())}, buf)
	if err != nil || n != it.Size {
		return fmt.Errorf("%d of %d bytes: %w", n, it.Size, err)
	}
	return f.Recheck()
}

// mget is how long smbclient takes.
func mget(b *testing.B, client string, s *testenv.SmbServer, commands string) time.Duration {
	b.Helper()
	dir := b.TempDir()
	var host, port string
	_, err := fmt.Sscanf(s.Address, "%s", &host)
	must(b, err)
	host, port = s.Address[:len("127.0.0.1")], s.Address[len("127.0.0.1:"):]
	cmd := exec.Command(client, "//"+host+"/"+s.Share, "-p", port, "-U", s.User+"%"+s.Password, "-m", "SMB3_11", "-s", "/dev/null", "-c", commands)
	cmd.Dir = dir
	start := time.Now()
	if out, err := cmd.CombinedOutput(); err != nil {
		b.Fatalf("smbclient: %v\n%s", err, out)
	}
	took := time.Since(start)
	must(b, os.RemoveAll(dir))
	return took
}
