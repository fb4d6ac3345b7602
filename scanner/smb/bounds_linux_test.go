package smb

import (
	"bytes"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"testing"

	"golang.org/x/sync/errgroup"

	"github.com/sletdk/slet/internal/testenv"
)

// TestFewCredits: a server that grants hardly any credits, or whose credits are
// all in use, makes it slower and nothing else. One listing takes 16 of them
// where there are as many, a small file three, a large one eighteen.
func TestFewCredits(t *testing.T) {
	server := testenv.Smbd(t, testenv.SmbOptions{})
	want := map[int64][]byte{}
	for i, size := range []int{0, 1, 5000, 70_000, answerSize, 3*answerSize + 7, 9 * answerSize} {
		text := bytes.Repeat([]byte{'a' + byte(i)}, size)
		put(t, server.Path, "mappe", fmt.Sprintf("%d.txt", i), string(text))
		want[int64(size)] = text
	}
	for _, n := range []uint16{4, 17, 64} {
		cfg := configOf(server, "")
		cfg.credits = n
		src := open(t, cfg)
		items := allItems(t, src)
		if len(items) != len(want) {
			t.Fatalf("%d credits: %d items, want %d", n, len(items), len(want))
		}
		var readers errgroup.Group
		for range 8 {
			for _, it := range items {
				readers.Go(func() error {
					b, err := readItem(src, it)
					if err == nil && !bytes.Equal(b, want[it.Size]) {
						err = fmt.Errorf("%d bytes are not what was put there", it.Size)
					}
					return err
				})
			}
		}
		if err := readers.Wait(); err != nil {
			t.Errorf("%d credits: %v", n, err)
		}
	}
}

// TestLargeFileInLittleMemory: however large a file is, a few megabytes of it
// are in memory.
func TestLargeFileInLittleMemory(t *testing.T) {
	const size, most = 256 << 20, 48 << 20
	server := testenv.Smbd(t, testenv.SmbOptions{})
	put(t, server.Path, "mappe", "stor.bin", "x")
	must(t, os.Truncate(filepath.Join(server.Path, "mappe", "stor.bin"), size))
	src := open(t, configOf(server, ""))
	f, err := src.Open(t.Context(), onlyItem(t, src))
	must(t, err)
	defer f.Close()
	runtime.GC()
	peak := uint64(0)
	buf := make([]byte, 1<<20)
	for off := int64(0); off < size; off += int64(len(buf)) {
		if _, err := f.ReadAt(buf, off); err != nil && err != io.EOF {
			t.Fatal(err)
		}
		if off%(16<<20) == 0 {
			var m runtime.MemStats
			runtime.ReadMemStats(&m)
			peak = max(peak, m.HeapInuse+m.StackInuse)
		}
	}
	if must(t, f.Recheck()); peak > most {
		t.Errorf("%d MB in use while %d MB were read", peak>>20, size>>20)
	}
}
