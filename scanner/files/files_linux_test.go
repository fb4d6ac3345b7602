package files

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"github.com/sletdk/slet/internal/testenv"
	"github.com/sletdk/slet/scanner"
)

// trees are the two ways to reach what lies below a root.
func trees() map[string]func(string) (tree, error) {
	return map[string]func(string) (tree, error){"kernel": openTree, "portable": portable}
}

func sourceOver(t testing.TB, root string, open func(string) (tree, error)) *Source {
	t.Helper()
	tr, err := open(root)
	must(t, err)
	s := &Source{cfg: Config{Name: "lokal", Root: root}, tree: tr, batch: batchSize}
	t.Cleanup(func() { must(t, s.Close()) })
	return s
}

// walked is what a walk of all partitions said.
type walked struct {
	items []scanner.Item
	gaps  []*scanner.Gap
	skips []*scanner.Skip
}

func walkAll(t testing.TB, s *Source) walked {
	t.Helper()
	var w walked
	list, err := s.Partitions(context.Background())
	must(t, err)
	for _, p := range list {
		for it, err := range s.Walk(context.Background(), p) {
			var gap *scanner.Gap
			var skip *scanner.Skip
			switch {
			case errors.As(err, &gap):
				w.gaps = append(w.gaps, gap)
			case errors.As(err, &skip):
				w.skips = append(w.skips, skip)
			default:
				must(t, err)
				w.items = append(w.items, it)
			}
		}
	}
	return w
}

func write(t testing.TB, path, text string) {
	t.Helper()
	must(t, os.MkdirAll(filepath.Dir(path), 0o755))
	must(t, os.WriteFile(path, []byte(text), 0o644))
}

// A folder, or a file, that is swapped for a link into a private folder, again
// and again while we walk and read, must never get us in there.
func TestSwappedForALink(t *testing.T) {
	for how, open := range trees() {
		for _, swapped := range []string{"a", "a/b/fil.txt"} {
			t.Run(how+"/"+swapped, func(t *testing.T) { swapForALink(t, open, swapped) })
		}
	}
}

func swapForALink(t *testing.T, open func(string) (tree, error), swapped string) {
	root := t.TempDir()
	write(t, root+"/a/b/fil.txt", "aabent")
	write(t, root+"/Privat/b/fil.txt", "hemmeligt")
	write(t, root+"/a/b/Privat/fil.txt", "hemmeligt")
	target := map[string]string{"a": "Privat", "a/b/fil.txt": "Privat/fil.txt"}[swapped]
	must(t, os.Symlink(target, root+"/genvej"))
	s := sourceOver(t, root, open)
	it := walkAll(t, s).items[0]

	stop := make(chan struct{})
	done := make(chan error)
	go func() { // a test may
		for {
			select {
			case <-stop:
				done <- nil
				return
			default:
			}
			if err := unix.Renameat2(unix.AT_FDCWD, root+"/"+swapped, unix.AT_FDCWD, root+"/genvej", unix.RENAME_EXCHANGE); err != nil {
				done <- err
				return
			}
		}
	}()
	// For a while, and until both sides of the swap have been met.
	opened, refused := 0, 0
	start := time.Now()
	for time.Since(start) < 400*time.Millisecond || (opened == 0 || refused == 0) && time.Since(start) < 20*time.Second {
		// Without the version, which would hide a wrong file: straight from the
		// tree.
		f, err := s.tree.openFile("a/b/fil.txt")
		if err != nil {
			refused++
		} else {
			opened++
			b := make([]byte, 20)
			n, _ := f.ReadAt(b, 0)
			if strings.Contains(string(b[:n]), "hemmeligt") {
				t.Fatal("a private file was opened through a link")
			}
			_ = f.Close()
		}
		for _, w := range walkAll(t, s).items {
			if w.Size != it.Size {
				t.Fatalf("walked into a private folder: %+v", w)
			}
		}
	}
	close(stop)
	must(t, <-done)
	if opened == 0 || refused == 0 {
		t.Errorf("opened %d times, refused %d times: the swap was not met", opened, refused)
	}
}

func TestMountPoints(t *testing.T) {
	for how, open := range trees() {
		t.Run(how, func(t *testing.T) {
			root := t.TempDir()
			write(t, root+"/a/fil.txt", "her")
			for _, dir := range []string{"a/andet", "top", "z/y"} {
				must(t, os.MkdirAll(root+"/"+dir, 0o755))
			}
			mount(t, "tmpfs", root+"/a/andet", "tmpfs", 0)
			mount(t, "tmpfs", root+"/top", "tmpfs", 0)
			write(t, root+"/a/andet/fil.txt", "der")
			write(t, root+"/top/fil.txt", "der")
			want := []string{"a/andet", "top"}
			if how == "kernel" { // also what lies on the same file system
				write(t, root+"/a/bundet.txt", "skjult")
				mount(t, root+"/top/fil.txt", root+"/a/bundet.txt", "", unix.MS_BIND)
				mount(t, root+"/a", root+"/z/y", "", unix.MS_BIND)
				want = []string{"a/bundet.txt", "a/andet", "top", "z/y"}
			}
			w := walkAll(t, sourceOver(t, root, open))
			if len(w.items) != 1 || w.items[0].Path != "a/fil.txt" {
				t.Errorf("items %+v, want a/fil.txt alone", w.items)
			}
			var got []string
			for _, g := range w.gaps {
				got = append(got, g.Path)
				if g.Reason != scanner.Unsupported || !strings.Contains(g.Error(), "a source of its own") {
					t.Errorf("gap %v, want unsupported and what to do about it", g)
				}
			}
			if fmt.Sprint(got) != fmt.Sprint(want) {
				t.Errorf("gaps at %v, want %v", got, want)
			}
		})
	}
}

// makers put something that is no file under a path.
func makers() map[string]func(string) error {
	return map[string]func(string) error{
		"pipe":   func(p string) error { return unix.Mkfifo(p, 0o644) },
		"socket": func(p string) error { return unix.Mknod(p, unix.S_IFSOCK|0o644, 0) },
		"folder": func(p string) error { return os.Mkdir(p, 0o755) },
		"link":   func(p string) error { return os.Symlink("nabo.txt", p) },
	}
}

func TestSpecialFilesAreLeftAlone(t *testing.T) {
	for how, open := range trees() {
		root := t.TempDir()
		write(t, root+"/a/nabo.txt", "nabo")
		must(t, makers()["pipe"](root+"/a/pipe"))
		must(t, makers()["socket"](root+"/a/socket"))
		must(t, makers()["pipe"](root+"/pipe"))
		w := walkAll(t, sourceOver(t, root, open))
		var got []string
		for _, s := range w.skips {
			got = append(got, fmt.Sprintf("%s/%s %s %v", s.Parent, s.Name, s.Why, s.Folder))
		}
		if want := "[/pipe special false a/pipe special false a/socket special false]"; fmt.Sprint(got) != want {
			t.Errorf("%s: skipped %v, want %s", how, got, want)
		}
		if len(w.items) != 1 || len(w.gaps) != 0 {
			t.Errorf("%s: items %v, gaps %v", how, w.items, w.gaps)
		}
	}
}

// What takes a file's place between walk and open is seen for what it is, and
// nobody waits for a pipe's writer.
func TestSwappedForSomethingElse(t *testing.T) {
	for how, open := range trees() {
		for what, make := range makers() {
			t.Run(how+"/"+what, func(t *testing.T) {
				root := t.TempDir()
				write(t, root+"/a/sag.txt", "sag")
				write(t, root+"/a/nabo.txt", "nabo")
				s := sourceOver(t, root, open)
				it := walkAll(t, s).items[1]
				must(t, os.Remove(root+"/a/sag.txt"))
				must(t, make(root+"/a/sag.txt"))
				done := time.AfterFunc(5*time.Second, func() { panic("open hangs") })
				defer done.Stop()
				if _, err := s.Open(context.Background(), it); !errors.Is(err, scanner.ErrChanged) {
					t.Errorf("open: %v, want %v", err, scanner.ErrChanged)
				}
				// Without looking at it first, as in the race.
				if kt, ok := s.tree.(*kernelTree); ok {
					if f, err := kt.openFile("a/sag.txt"); err == nil {
						t.Errorf("opened a %s as a file: %v", what, f.Name())
					}
				}
			})
		}
	}
}

// A tree deeper than any path that the kernel takes, and than the number of
// handles that a process may have.
func TestDeepTree(t *testing.T) {
	root := t.TempDir()
	name := strings.Repeat("d", 200)
	at, err := unix.Open(root, unix.O_PATH|unix.O_DIRECTORY, 0)
	must(t, err)
	const depth = 120 // 24 kB of path, six times what fits in a call
	for range depth {
		must(t, unix.Mkdirat(at, name, 0o755))
		next, err := unix.Openat(at, name, unix.O_PATH|unix.O_DIRECTORY, 0)
		must(t, errors.Join(err, unix.Close(at)))
		at = next
	}
	fd, err := unix.Openat(at, "bund.txt", unix.O_CREAT|unix.O_WRONLY, 0o644)
	must(t, err)
	_, err = unix.Write(fd, []byte("bund"))
	must(t, errors.Join(err, unix.Close(fd), unix.Close(at)))

	for how, open := range trees() {
		s := sourceOver(t, root, open)
		w := walkAll(t, s)
		if len(w.items) != 1 || len(w.gaps) != 0 {
			t.Fatalf("%s: %d items, gaps %v", how, len(w.items), w.gaps)
		}
		f, err := s.Open(context.Background(), w.items[0])
		must(t, err)
		b := make([]byte, 4)
		if _, err := f.ReadAt(b, 0); err != nil || string(b) != "bund" {
			t.Errorf("%s: read %q, %v", how, b, err)
		}
		must(t, f.Close())
	}
}

// TestOwner: an item says who owns it, and another owner is another version.
func TestOwner(t *testing.T) {
	root := t.TempDir()
	write(t, root+"/a.txt", "x")
	s, err := New(Config{Name: "lokal", Root: root})
	must(t, err)
	defer s.Close()
	before := walkAll(t, s).items[0]
	if before.Owner != strconv.Itoa(os.Getuid()) {
		t.Errorf("owned by %q, want %d", before.Owner, os.Getuid())
	}
	testenv.Root(t) // only root gives files away
	must(t, os.Chown(root+"/a.txt", 70001, -1))
	if after := walkAll(t, s).items[0]; after.Owner != "70001" || after.Version == before.Version {
		t.Errorf("given away it is owned by %q, version %s was %s", after.Owner, after.Version, before.Version)
	}
}

func TestExclude(t *testing.T) {
	root := t.TempDir()
	for _, p := range []string{"a/fil.txt", "a/fil.tmp", "tmp/x.txt", "b/tmp/x.txt", "b/c/Ærø/x.txt", "b/c/x.txt", "arkiv/gammelt/x.txt", "rod.tmp", "Privat/tmp/x"} {
		write(t, root+"/"+p, "x")
	}
	write(t, root+"/b/c/"+"A\u030aben/x.txt", "x") // as a Mac writes Åben
	s, err := New(Config{Name: "lokal", Root: root, Exclude: []string{"**/tmp", "**/*.tmp", "b/c/Ærø/**", "arkiv/**", "b/c/Åben"}})
	must(t, err)
	defer s.Close()
	w := walkAll(t, s)
	var got, skipped []string
	for _, it := range w.items {
		got = append(got, it.Path)
	}
	private := 0
	for _, k := range w.skips {
		if k.Why == scanner.SkipPrivate {
			private++
			continue
		}
		skipped = append(skipped, fmt.Sprintf("%s|%s|%s|%v", k.Parent, k.Name, k.Why, k.Folder))
	}
	if want := "[a/fil.txt b/c/x.txt]"; fmt.Sprint(got) != want {
		t.Errorf("walked %v, want %s", got, want)
	}
	want := "[|arkiv|excluded|true |rod.tmp|excluded|false |tmp|excluded|true a|fil.tmp|excluded|false b|tmp|excluded|true b/c|Åben|excluded|true b/c|Ærø|excluded|true]"
	if fmt.Sprint(skipped) != want || private != 1 {
		t.Errorf("left alone\n%v and %d private, want\n%s and 1", skipped, private, want)
	}
}

func TestNewRefuses(t *testing.T) {
	root := t.TempDir()
	write(t, root+"/fil.txt", "x")
	must(t, os.Mkdir(root+"/Privat", 0o755))
	must(t, os.Symlink("Privat", root+"/genvej"))
	for _, tc := range []struct {
		cfg  Config
		want string
	}{
		{Config{Root: root + "/mangler"}, "does not exist"},
		{Config{Root: root + "/fil.txt"}, "not a folder"},
		{Config{Root: root + "/Privat"}, "private"},
		{Config{Root: root + "/Privat/"}, "private"},
		{Config{Root: root + "/genvej"}, "private"},
		{Config{Root: root, Exclude: []string{"a", "[x"}}, `"[x"`},
		{Config{Root: root, Exclude: []string{"/a"}}, "below the source's root"},
		{Config{Root: root, Exclude: []string{""}}, "below the source's root"},
	} {
		tc.cfg.Name = "lokal"
		s, err := New(tc.cfg)
		if err == nil {
			_ = s.Close()
			t.Errorf("New(%+v) succeeded", tc.cfg)
			continue
		}
		if msg := err.Error(); !strings.Contains(msg, tc.want) || !strings.Contains(msg, "lokal") || strings.Contains(msg, "\n") {
			t.Errorf("New(%+v): %q, want one line with the source's name and %q", tc.cfg, msg, tc.want)
		}
	}
	t.Run("denied", func(t *testing.T) {
		must(t, os.Mkdir(root+"/laast", 0o755))
		deny(t, root+"/laast")
		if _, err := New(Config{Name: "lokal", Root: root + "/laast"}); err == nil || !strings.Contains(err.Error(), "may not be read") {
			t.Errorf("New over a folder that denies: %v", err)
		}
	})
}

// Traces is honest: silent for the owner, and speaking when a file of somebody
// else had to be read the ordinary way.
func TestTraces(t *testing.T) {
	root := t.TempDir()
	write(t, root+"/a/fil.txt", "x")
	s := sourceOver(t, root, openTree)
	walkAll(t, s)
	if got := s.Traces(); got != "" {
		t.Errorf("to the owner: %q", got)
	}
	testenv.Root(t) // who can give files away
	must(t, os.Chown(root+"/a", 12345, 12345))
	giveUp(t, unix.CAP_FOWNER)
	walkAll(t, s)
	if got := s.Traces(); !strings.Contains(got, "access times may move") {
		t.Errorf("after listing somebody else's folder: %q", got)
	}
	if s := sourceOver(t, root+"/a", openTree); s.Traces() == "" {
		t.Error("a root that is somebody else's: silent before the scan")
	}
}

// giveUp drops a capability for the rest of the test, which is bound to a
// thread that ends with it.
func giveUp(t testing.TB, caps ...uint) {
	t.Helper()
	runtime.LockOSThread()
	head := unix.CapUserHeader{Version: unix.LINUX_CAPABILITY_VERSION_3}
	var data [2]unix.CapUserData
	must(t, unix.Capget(&head, &data[0]))
	for _, c := range caps {
		data[0].Effective &^= 1 << c
	}
	must(t, unix.Capset(&head, &data[0]))
}
