package smb

import (
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/sletdk/slet/internal/testenv"
	"github.com/sletdk/slet/scanner"
)

// TestRoundTrips: on a slow line it counts how often one has to wait for an
// answer before one can go on asking.
func TestRoundTrips(t *testing.T) {
	const files = 64
	server := testenv.Smbd(t, testenv.SmbOptions{})
	for i := range files {
		put(t, server.Path, "mappe", fmt.Sprintf("%03d.txt", i), "sagsakt")
	}
	for _, tc := range []struct{ readers, least, most int }{{1, files, files + files/2}, {16, files / 16, files / 2}} {
		line := testenv.NewLockstep(t, server.Address)
		cfg := configOf(server, "")
		cfg.Address, cfg.Timeout, cfg.Readers = line.Address, time.Minute, tc.readers
		src := open(t, cfg)
		items := allItems(t, src)
		if len(items) != files {
			t.Fatalf("%d items", len(items))
		}
		for _, l := range src.reading { // signed in before it is counted
			_, err := l.get(t.Context())
			must(t, err)
		}
		line.Rounds()
		queue := make(chan scanner.Item)
		var wg sync.WaitGroup
		for range tc.readers {
			wg.Go(func() {
				for it := range queue {
					if _, err := readItem(src, it); err != nil {
						t.Error(err)
					}
				}
			})
		}
		for _, it := range items {
			queue <- it
		}
		close(queue)
		wg.Wait()
		if n := line.Rounds(); n < tc.least || n > tc.most {
			t.Errorf("%d readers waited %d times for %d files, want %d to %d", tc.readers, n, files, tc.least, tc.most)
		}
	}
}

// TestReadAhead: the pieces of a large file are asked for before they are
// wanted.
func TestReadAhead(t *testing.T) {
	const pieces = 24
	server := testenv.Smbd(t, testenv.SmbOptions{})
	put(t, server.Path, "mappe", "stor.bin", string(make([]byte, pieces*answerSize)))
	line := testenv.NewLockstep(t, server.Address)
	cfg := configOf(server, "")
	cfg.Address, cfg.Timeout = line.Address, time.Minute
	src := open(t, cfg)
	it := onlyItem(t, src)
	for _, l := range src.reading {
		_, err := l.get(t.Context())
		must(t, err)
	}
	line.Rounds()
	_, err := readItem(src, it)
	must(t, err)
	// Beside the pieces: opening, closing, opening and closing, over two lines.
	if n := line.Rounds(); n > 8+pieces*2/3 {
		t.Errorf("waited %d times for %d pieces", n, pieces)
	}
}
