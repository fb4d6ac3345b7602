package agent

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/fsnotify/fsnotify"
	"golang.org/x/sync/errgroup"
	"golang.org/x/sys/unix"

	"github.com/sletdk/slet/scanner"
	"github.com/sletdk/slet/scanner/cctv"
	"github.com/sletdk/slet/scanner/files"
	"github.com/sletdk/slet/store"
)

// watched is a folder of recordings that is being watched.
type watched struct {
	t     *testing.T
	dir   string
	s     *Scanner
	src   scanner.Watchable
	stop  context.CancelFunc
	ended errgroup.Group

	mu     sync.Mutex
	places []string // that were ever watched
}

// watchFolder watches a folder until the test ends; change may put something
// in between.
func watchFolder(t *testing.T, dir string, change func(*notices)) *watched {
	t.Helper()
	w := &watched{t: t, dir: dir, s: newScanner(t)}
	inner, err := files.New(files.Config{Name: "tv", Root: dir, Exclude: []string{"udeladt"}})
	if err != nil {
		t.Fatal(err)
	}
	src, err := cctv.New(t.Context(), inner, cctv.Config{Layout: "frigate"})
	if err != nil {
		t.Fatal(err)
	}
	w.src = src
	ctx, stop := context.WithCancel(t.Context())
	w.stop = stop
	ready := make(chan struct{}, 1000)
	run := &Watch{Scanner: w.s, Source: src, SourceType: "cctv", Ignore: ".slet-", Quiet: 100 * time.Millisecond}
	run.listen = func() (*notices, error) {
		n, err := listen()
		if err != nil {
			return nil, err
		}
		if change != nil {
			change(n)
		}
		add := n.add
		n.add = func(place string) error {
			w.mu.Lock()
			w.places = append(w.places, place)
			w.mu.Unlock()
			err := add(place)
			ready <- struct{}{}
			return err
		}
		return n, nil
	}
	w.ended.Go(func() error { return run.Run(ctx) })
	t.Cleanup(func() {
		stop()
		_ = w.ended.Wait()
		if err := src.Close(); err != nil {
			t.Error(err)
		}
	})
	<-ready
	return w
}

// write makes a file with all folders above it.
func (w *watched) write(rel, text string) {
	w.t.Helper()
	p := filepath.Join(w.dir, filepath.FromSlash(rel))
	if err := errors.Join(os.MkdirAll(filepath.Dir(p), 0o755), os.WriteFile(p, []byte(text), 0o644)); err != nil {
		w.t.Fatal(err)
	}
}

func (w *watched) known() map[string]store.Finding {
	w.t.Helper()
	all := map[string]store.Finding{}
	for f, err := range w.s.Store.Findings(w.t.Context(), store.Filter{}) {
		if err != nil {
			w.t.Fatal(err)
		}
		all[f.Item.Path] = f
	}
	return all
}

// await waits until the inventory has the path, and fails when it does not.
func (w *watched) await(rel string) store.Finding {
	w.t.Helper()
	for end := time.Now().Add(20 * time.Second); time.Now().Before(end); time.Sleep(20 * time.Millisecond) {
		if f, ok := w.known()[rel]; ok {
			return f
		}
	}
	w.t.Fatalf("%s is not in the inventory; there is %v", rel, w.known())
	return store.Finding{}
}

const hour = "2026-11-20/10/forhal/"

func TestWatchSees(t *testing.T) {
	dir := t.TempDir()
	w := watchFolder(t, dir, nil)
	w.write("recordings/"+hour+"00.10.mp4", "first, in folders that were not there before")
	f := w.await("recordings/" + hour + "00.10.mp4")
	if f.Item.Kind != scanner.KindRecording || f.Item.Camera != "forhal" || f.SourceType != "cctv" || f.ContentMAC == "" {
		t.Errorf("recorded as %+v", f)
	}
	w.write("recordings/"+hour+"00.20.mp4", "another in the same folder")
	w.await("recordings/" + hour + "00.20.mp4")

	// It changes: the new version is looked at.
	w.write("recordings/"+hour+"00.20.mp4", "another, and more of it")
	for end := time.Now().Add(20 * time.Second); w.known()["recordings/"+hour+"00.20.mp4"].Item.Size != 23; time.Sleep(20 * time.Millisecond) {
		if time.Now().After(end) {
			t.Fatal("the new version was not looked at")
		}
	}

	// Renamed and deleted: the new name is known, and nothing is taken out.
	old := filepath.Join(dir, "recordings", filepath.FromSlash(hour))
	if err := errors.Join(os.Rename(filepath.Join(old, "00.10.mp4"), filepath.Join(old, "00.30.mp4")), os.Remove(filepath.Join(old, "00.20.mp4"))); err != nil {
		t.Fatal(err)
	}
	w.await("recordings/" + hour + "00.30.mp4")
	for _, name := range []string{"00.10.mp4", "00.20.mp4"} {
		if _, ok := w.known()["recordings/"+hour+name]; !ok {
			t.Errorf("%s was taken out of the inventory, which is for scans", name)
		}
	}
	if scans, err := w.s.Store.Scans(t.Context()); err != nil || len(scans) > 0 {
		t.Errorf("a watch is no scan: %v, %v", scans, err)
	}
	w.stop()
	if err := w.ended.Wait(); err != nil {
		t.Errorf("stopped: %v", err)
	}
}

// TestWatchLeavesAlone: what was in the folder before, and has not changed, is
// not looked at, nor is it called seen; neither is what slet itself makes.
func TestWatchLeavesAlone(t *testing.T) {
	dir := t.TempDir()
	w := &watched{t: t, dir: dir}
	w.write(hour+"00.00.mp4", "from before")
	w = watchFolder(t, dir, nil)
	for end := time.Now().Add(20 * time.Second); len(w.watching()) < 4; time.Sleep(10 * time.Millisecond) {
		if time.Now().After(end) {
			t.Fatal("not all folders are watched")
		}
	}
	w.write(hour+".slet-1", "what slet makes")
	w.write(hour+"00.10.mp4", "new")
	w.await(hour + "00.10.mp4")
	if all := w.known(); len(all) != 1 {
		t.Errorf("the inventory has %v", all)
	}
}

func (w *watched) watching() []string {
	w.mu.Lock()
	defer w.mu.Unlock()
	return slices.Clone(w.places)
}

// TestWatchPrivate: a folder that is private, becomes so, or is left out by the
// configuration, is not watched, nor opened or listed, nor what lies in it. The
// kernel is asked.
func TestWatchPrivate(t *testing.T) {
	dir, elsewhere := t.TempDir(), t.TempDir()
	was := &watched{t: t, dir: dir}
	was.write("Privat/film.mp4", "private before the watch began")
	was.write("udeladt/film.mp4", "left out")
	was.write("aaben/under/film.mp4", "becomes private")
	(&watched{t: t, dir: elsewhere}).write("ny/under/film.mp4", "private when it comes")
	spy := newSpy(t, filepath.Join(dir, "Privat"), filepath.Join(dir, "udeladt"), filepath.Join(elsewhere, "ny"), filepath.Join(elsewhere, "ny", "under"))
	w := watchFolder(t, dir, nil)
	w.write("a.txt", "one")
	w.await("a.txt")
	if err := errors.Join(
		os.Rename(filepath.Join(elsewhere, "ny"), filepath.Join(dir, "01 Privat")),
		os.Rename(filepath.Join(dir, "aaben"), filepath.Join(dir, "Hanne - privat")),
		os.Symlink(filepath.Join(dir, "Privat"), filepath.Join(dir, "genvej")),
	); err != nil {
		t.Fatal(err)
	}
	w.write("b.txt", "two")
	w.await("b.txt")
	// The spy sees what the test itself does from here on.
	spy.none(t)
	w.write("Hanne - privat/under/ny.mp4", "in a folder that was watched before it was private")
	w.write("01 Privat/under/ny.mp4", "in a private folder that came later")
	w.write("Privat/ny.mp4", "in a private folder")
	w.write("c.txt", "three")
	w.await("c.txt")
	for path := range w.known() {
		if strings.Contains(strings.ToLower(path), "privat") || strings.HasPrefix(path, "udeladt") || strings.HasPrefix(path, "genvej") {
			t.Errorf("%s is in the inventory", path)
		}
	}
	for _, place := range w.watching() {
		if rel, err := filepath.Rel(dir, place); err != nil || scanner.PrivatePath(filepath.ToSlash(rel)+"/") || rel == "udeladt" || rel == "genvej" {
			t.Errorf("%s was watched (%v)", place, err)
		}
	}
}

// spy asks the kernel who opens folders and what lies in them.
type spy struct{ fd int }

func newSpy(t *testing.T, folders ...string) spy {
	t.Helper()
	fd, err := unix.InotifyInit1(unix.IN_NONBLOCK | unix.IN_CLOEXEC)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = unix.Close(fd) })
	for _, f := range folders {
		if _, err := unix.InotifyAddWatch(fd, f, unix.IN_OPEN|unix.IN_ACCESS); err != nil {
			t.Fatal(err)
		}
	}
	return spy{fd}
}

func (s spy) none(t *testing.T) {
	t.Helper()
	n, err := unix.Read(s.fd, make([]byte, 4096))
	if !errors.Is(err, unix.EAGAIN) {
		t.Errorf("something private was opened (%d bytes of events, %v)", n, err)
	}
}

// TestWatchGivesUp: when the system cannot watch, or has lost events, the watch
// ends and says why and what helps.
func TestWatchGivesUp(t *testing.T) {
	for name, c := range map[string]struct {
		change func(*notices)
		err    error
		says   string
	}{
		"no more watches": {func(n *notices) {
			left, add := 2, n.add
			n.add = func(place string) error {
				if left--; left < 0 {
					return syscall.ENOSPC
				}
				return add(place)
			}
		}, syscall.ENOSPC, "max_user_watches"},
		"overflow": {func(n *notices) {
			lost := make(chan error, 1)
			lost <- fsnotify.ErrEventOverflow
			n.errors = lost
		}, fsnotify.ErrEventOverflow, "max_queued_events"},
	} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			(&watched{t: t, dir: dir}).write(hour+"00.00.mp4", "from before")
			w := watchFolder(t, dir, c.change)
			err := w.ended.Wait()
			if !errors.Is(err, ErrUnwatched) || !errors.Is(err, c.err) || !strings.Contains(err.Error(), c.says) {
				t.Errorf("ended with %v", err)
			}
		})
	}
	t.Run("no more watches later", func(t *testing.T) {
		dir := t.TempDir()
		var full sync.Mutex
		refuse := false
		w := watchFolder(t, dir, func(n *notices) {
			add := n.add
			n.add = func(place string) error {
				full.Lock()
				defer full.Unlock()
				if refuse {
					return syscall.ENOSPC
				}
				return add(place)
			}
		})
		full.Lock()
		refuse = true
		full.Unlock()
		w.write("ny/film.mp4", "in a new folder")
		if err := w.ended.Wait(); !errors.Is(err, ErrUnwatched) {
			t.Errorf("ended with %v", err)
		}
	})
	t.Run("root gone", func(t *testing.T) {
		dir := filepath.Join(t.TempDir(), "root")
		if err := os.Mkdir(dir, 0o755); err != nil {
			t.Fatal(err)
		}
		w := watchFolder(t, dir, nil)
		if err := os.Remove(dir); err != nil {
			t.Fatal(err)
		}
		if err := w.ended.Wait(); !errors.Is(err, ErrUnwatched) {
			t.Errorf("ended with %v", err)
		}
	})
}
