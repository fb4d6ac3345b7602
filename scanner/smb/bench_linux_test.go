package smb

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
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
	for b.Loop() {
		start := time.Now()
		n := readAll(b, src, 16)
		ours := time.Since(start)
		if n != folders*each {
			b.Fatalf("%d files, want %d", n, folders*each)
		}
		theirs := mget(b, client, server, "recurse on; prompt off; mget *")
		b.ReportMetric(float64(n)/ours.Seconds(), "files/s")
		b.ReportMetric(float64(n)/theirs.Seconds(), "smbclient-files/s")
		b.ReportMetric(theirs.Seconds()/ours.Seconds(), "times-smbclient")
	}
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
			for b.Loop() {
				start := time.Now()
				if n := readAll(b, src, 1); n != 1 {
					b.Fatalf("%d files", n)
				}
				ours := time.Since(start)
				theirs := mget(b, client, server, "cd stor; get stor.bin /dev/null")
				b.ReportMetric(size/1e6/ours.Seconds(), "MB/s")
				b.ReportMetric(size/1e6/theirs.Seconds(), "smbclient-MB/s")
				b.ReportMetric(theirs.Seconds()/ours.Seconds(), "times-smbclient")
			}
		})
	}
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
