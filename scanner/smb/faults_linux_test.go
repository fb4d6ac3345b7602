package smb

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"github.com/sletdk/slet/internal/testenv"
	"github.com/sletdk/slet/scanner"
)

// fill puts files in folders and returns how many.
func fill(t testing.TB, server *testenv.SmbServer, folders, each int) int {
	t.Helper()
	for d := range folders {
		for f := range each {
			put(t, server.Path, fmt.Sprintf("mappe%02d", d), fmt.Sprintf("%02d.txt", f), fmt.Sprintf("indhold %d af %d", f, d))
		}
	}
	return folders * each
}

// crawl walks everything. The error is the one that ended the walk.
func crawl(src *Source, each func(n int)) (items []scanner.Item, gaps []*scanner.Gap, skips []*scanner.Skip, err error) {
	parts, err := src.Partitions(context.Background())
	if err != nil {
		return nil, nil, nil, err
	}
	for _, p := range parts {
		for it, err := range src.Walk(context.Background(), p) {
			var gap *scanner.Gap
			var skip *scanner.Skip
			switch {
			case errors.As(err, &gap):
				gaps = append(gaps, gap)
			case errors.As(err, &skip):
				skips = append(skips, skip)
			case err != nil:
				return items, gaps, skips, err
			default:
				items = append(items, it)
				if each != nil {
					each(len(items))
				}
			}
		}
	}
	return items, gaps, skips, nil
}

func readItem(src *Source, it scanner.Item) ([]byte, error) {
	f, err := src.Open(context.Background(), it)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	b, err := io.ReadAll(io.NewSectionReader(f, 0, f.Size()))
	if err != nil {
		return b, err
	}
	return b, f.Recheck()
}

// A server that is started again while somebody still has patience costs
// nothing: no item, no gap.
func TestServerRestartsDuringWalk(t *testing.T) {
	server := testenv.Smbd(t, testenv.SmbOptions{})
	want := fill(t, server, 20, 10)
	src := open(t, configOf(server, ""))
	var back sync.WaitGroup
	items, gaps, _, err := crawl(src, func(n int) {
		if n == want/2 {
			server.Kill(t)
			back.Go(func() {
				time.Sleep(300 * time.Millisecond)
				server.Start(t)
			})
		}
	})
	back.Wait()
	must(t, err)
	seen := map[string]bool{}
	for _, it := range items {
		seen[it.ID] = true
	}
	if len(items) != want || len(seen) != want || len(gaps) != 0 {
		t.Errorf("%d items, %d different, %d gaps; want %d, and none", len(items), len(seen), len(gaps), want)
	}
}

// A server that dies, or hangs, ends the walk with an error: it is not
// complete, and nothing is a gap, skipped, gone or changed because of it.
func TestServerDiesDuringWalk(t *testing.T) {
	for name, die := range map[string]func(*testenv.SmbServer, testing.TB){
		"killed": (*testenv.SmbServer).Kill, "frozen": (*testenv.SmbServer).Freeze,
	} {
		t.Run(name, func(t *testing.T) {
			server := testenv.Smbd(t, testenv.SmbOptions{})
			want := fill(t, server, 20, 10)
			cfg := configOf(server, "")
			cfg.Timeout, cfg.Patience = 500*time.Millisecond, time.Second
			src, err := New(t.Context(), cfg)
			must(t, err)
			defer src.Close()
			start := time.Now()
			items, gaps, skips, err := crawl(src, func(n int) {
				if n == want/2 {
					die(server, t)
					start = time.Now()
				}
			})
			if err == nil || !hopeless(err) {
				t.Errorf("the walk ended with %v: it passes for complete", err)
			}
			if len(items) >= want || len(gaps)+len(skips) != 0 {
				t.Errorf("%d items, gaps %v, skips %v", len(items), gaps, skips)
			}
			if took := time.Since(start); took > 6*time.Second {
				t.Errorf("noticed after %v", took)
			}
			if _, err := src.Open(t.Context(), items[0]); err == nil || errors.Is(err, scanner.ErrGone) || errors.Is(err, scanner.ErrChanged) {
				t.Errorf("an item of a server that does not answer: %v", err)
			}
		})
	}
}

// A file is read to its end over another connection, unless it has changed.
func TestServerRestartsDuringReading(t *testing.T) {
	server := testenv.Smbd(t, testenv.SmbOptions{})
	want := make([]byte, 11<<20)
	for i := range want {
		want[i] = byte(rand.Uint32())
	}
	put(t, server.Path, "stor", "stor.bin", string(want))
	src := open(t, configOf(server, ""))
	items, _, _, err := crawl(src, nil)
	must(t, err)
	for _, change := range []bool{false, true} {
		f, err := src.Open(t.Context(), items[0])
		must(t, err)
		head := make([]byte, 100)
		_, err = f.ReadAt(head, 0)
		must(t, err)
		server.Kill(t)
		if change {
			overwrite(t, filepath.Join(server.Path, "stor/stor.bin"), "noget andet")
		}
		server.Start(t)
		got, err := io.ReadAll(io.NewSectionReader(f, 0, f.Size()))
		if change {
			if !errors.Is(err, scanner.ErrChanged) {
				t.Errorf("read on in another version: %v", err)
			}
		} else if err != nil || !bytes.Equal(got, want) {
			t.Errorf("read %d bytes, %v", len(got), err)
		}
		must(t, f.Close())
	}
}

// A server that hangs while a file is being read is an error after the time
// limit, and the same source works when it is back.
func TestServerHangsDuringReading(t *testing.T) {
	server := testenv.Smbd(t, testenv.SmbOptions{})
	put(t, server.Path, "stor", "stor.bin", strings.Repeat("0123456789", 1<<20))
	cfg := configOf(server, "")
	cfg.Timeout, cfg.Patience = 500*time.Millisecond, time.Second
	src := open(t, cfg)
	items, _, _, err := crawl(src, nil)
	must(t, err)
	f, err := src.Open(t.Context(), items[0])
	must(t, err)
	_, err = f.ReadAt(make([]byte, 10), 0)
	must(t, err)
	server.Freeze(t)
	start := time.Now()
	_, err = f.ReadAt(make([]byte, 10), 9<<20)
	if err == nil || errors.Is(err, scanner.ErrChanged) || errors.Is(err, scanner.ErrGone) {
		t.Errorf("reading from a server that hangs: %v", err)
	}
	if took := time.Since(start); took > 10*time.Second {
		t.Errorf("it took %v", took)
	}
	must(t, f.Close())
	server.Thaw(t)
	time.Sleep(leaveAlone)
	if b, err := readItem(src, items[0]); err != nil || len(b) != 10<<20 {
		t.Errorf("when it is back: %d bytes, %v", len(b), err)
	}
}

// A cancelled context ends a call to a server that hangs at once.
func TestCancelDuringHang(t *testing.T) {
	server := testenv.Smbd(t, testenv.SmbOptions{})
	fill(t, server, 1, 1)
	src := open(t, configOf(server, ""))
	server.Freeze(t)
	defer server.Thaw(t)
	ctx, cancel := context.WithTimeout(t.Context(), 200*time.Millisecond)
	defer cancel()
	start := time.Now()
	if _, err := src.Partitions(ctx); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("error %v", err)
	}
	if took := time.Since(start); took > 2*time.Second {
		t.Errorf("it took %v", took)
	}
}

// What only a person can put right is said at once, not after a minute.
func TestRefusedAtOnce(t *testing.T) {
	server := testenv.Smbd(t, testenv.SmbOptions{})
	put(t, server.Path, "mappe", "fil.txt", "x")
	for name, spoil := range map[string]func(*Config){
		"wrong password":  func(c *Config) { c.Password = func() (string, error) { return "forkert", nil } },
		"no password":     func(c *Config) { c.Password = func() (string, error) { return "", errors.New("no such variable") } },
		"unknown user":    func(c *Config) { c.Username = "ingen" },
		"no such share":   func(c *Config) { c.Share = "findesikke" },
		"no such root":    func(c *Config) { c.Root = "findesikke" },
		"root is a file":  func(c *Config) { c.Root = "mappe/fil.txt" },
		"private root":    func(c *Config) { c.Root = "mappe/Privat" },
		"private share":   func(c *Config) { c.Share = "Privat" },
		"root goes up":    func(c *Config) { c.Root = "../x" },
		"no encryption":   func(c *Config) { c.RequireEncryption = true },
		"no keytab":       func(c *Config) { c.Kerberos = &Kerberos{Keytab: "/findes/ikke", Realm: "EXAMPLE.DK"} },
		"wrong glob":      func(c *Config) { c.Exclude = []string{"[a"} },
		"unknown medium":  func(c *Config) { c.Medium = "papir" },
		"unknown dialect": func(c *Config) { c.Dialects = "1.0" },
	} {
		t.Run(name, func(t *testing.T) {
			cfg := configOf(server, "")
			cfg.Patience = 20 * time.Second
			spoil(&cfg)
			start := time.Now()
			src, err := New(t.Context(), cfg)
			if err == nil {
				_ = src.Close()
				t.Fatal("no error")
			}
			if took := time.Since(start); took > 5*time.Second {
				t.Errorf("it took %v: %v", took, err)
			}
			if strings.Contains(err.Error(), server.Password) || strings.Contains(err.Error(), "forkert") {
				t.Errorf("the error quotes the password: %v", err)
			}
		})
	}
}

// All readers and walkers that there may be at once share the credits of their
// connections: nobody fails for want of them.
func TestManyAtOnce(t *testing.T) {
	server := testenv.Smbd(t, testenv.SmbOptions{})
	want := fill(t, server, 60, 5)
	put(t, server.Path, "stor", "stor.bin", strings.Repeat("0123456789", 1<<20))
	src := open(t, configOf(server, ""))
	items, _, _, err := crawl(src, nil)
	must(t, err)
	var wg sync.WaitGroup
	var read atomic.Int64
	for w := range 32 {
		wg.Go(func() {
			for i := range items {
				if _, err := readItem(src, items[(i+w*7)%len(items)]); err != nil {
					t.Errorf("reader %d: %v", w, err)
					return
				}
				read.Add(1)
				if i > 40 {
					return
				}
			}
		})
		if w%4 == 0 {
			wg.Go(func() {
				if items, gaps, _, err := crawl(src, nil); err != nil || len(items) != want+1 || len(gaps) != 0 {
					t.Errorf("walker: %d items, gaps %v, %v", len(items), gaps, err)
				}
			})
		}
	}
	wg.Wait()
}

// A byte-range lock of another program keeps us from reading. That is said, and
// is not "changed".
func TestLockedWhileReading(t *testing.T) {
	server := testenv.Smbd(t, testenv.SmbOptions{Share: []string{"strict locking = yes"}})
	put(t, server.Path, "mappe", "laast.txt", "indhold")
	src := open(t, configOf(server, ""))
	items, _, _, err := crawl(src, nil)
	must(t, err)
	lockFile(t, filepath.Join(server.Path, "mappe/laast.txt"))
	if _, err := readItem(src, items[0]); scanner.ReasonFor(err) != scanner.Denied {
		t.Errorf("reading a locked file: %v", err)
	}
}

// lockFile takes an exclusive lock on all of a file until the test ends.
func lockFile(t testing.TB, path string) (release func()) {
	t.Helper()
	f, err := os.OpenFile(path, os.O_RDWR, 0)
	must(t, err)
	must(t, unix.FcntlFlock(f.Fd(), unix.F_OFD_SETLK, &unix.Flock_t{Type: unix.F_WRLCK}))
	release = func() { _ = f.Close() }
	t.Cleanup(release)
	return release
}

// Items of a source whose root is not there any more, as when a disk of the
// server is not mounted, are not gone.
func TestRootMissing(t *testing.T) {
	server := testenv.Smbd(t, testenv.SmbOptions{})
	put(t, server.Path, "rod/mappe", "fil.txt", "indhold")
	cfg := configOf(server, "rod")
	src := open(t, cfg)
	items, _, _, err := crawl(src, nil)
	must(t, err)
	e, err := NewEraser(t.Context(), cfg)
	must(t, err)
	defer e.Close()
	must(t, os.Rename(filepath.Join(server.Path, "rod"), filepath.Join(server.Path, "rod2")))
	if _, err := src.Open(t.Context(), items[0]); err == nil || errors.Is(err, scanner.ErrGone) || errors.Is(err, scanner.ErrChanged) {
		t.Errorf("open: %v", err)
	}
	if _, err := e.Take(t.Context(), items[0]); err == nil || errors.Is(err, scanner.ErrGone) || errors.Is(err, scanner.ErrChanged) {
		t.Errorf("take: %v", err)
	}
	for _, p := range []scanner.Partition{{ID: rootPartition}, {ID: "mappe"}} {
		var end error
		for _, err := range src.Walk(t.Context(), p) {
			var gap *scanner.Gap
			if err != nil && !errors.As(err, &gap) {
				end = err
			}
		}
		if end == nil {
			t.Errorf("the walk of %q passes for complete", p.ID)
		}
	}
}

// TestBatch: whatever order a server lists in, and however often, a folder's
// names come out once, in order.
func TestBatch(t *testing.T) {
	for range 200 {
		n, limit := rand.IntN(40), 1+rand.IntN(12)
		var all []stat
		for i := range n {
			all = append(all, stat{name: fmt.Sprintf("%02d", i)})
		}
		after, more, got := "", true, 0
		for more {
			b := batch{after: after, limit: limit}
			for range 1 + rand.IntN(2) {
				for _, i := range rand.Perm(n) {
					b.add(all[i])
				}
			}
			b.cut()
			if len(b.list) > limit {
				t.Fatalf("%d names in a batch of %d", len(b.list), limit)
			}
			for _, st := range b.list {
				if st.name != all[got].name {
					t.Fatalf("%d names by %d: %q in place of %q", n, limit, st.name, all[got].name)
				}
				got++
			}
			if more = b.more; more {
				after = b.list[len(b.list)-1].name
			}
		}
		if got != n {
			t.Fatalf("%d names by %d: got %d", n, limit, got)
		}
	}
}
