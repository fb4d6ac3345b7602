package files

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"github.com/sletdk/slet/erase"
	"github.com/sletdk/slet/internal/testenv"
	"github.com/sletdk/slet/scanner"
	"github.com/sletdk/slet/scanner/scannertest"
)

func TestSource(t *testing.T) {
	scannertest.Run(t, func(t *testing.T) *scannertest.Storage { return newStorage(t, t.TempDir(), openTree) })
}

// TestSourceStrictAtime is on a file system that moves access times at every
// reading, and that is not the one that tests usually are on.
func TestSourceStrictAtime(t *testing.T) {
	scannertest.Run(t, func(t *testing.T) *scannertest.Storage {
		base := t.TempDir()
		mount(t, "tmpfs", base, "tmpfs", unix.MS_STRICTATIME)
		return newStorage(t, base, openTree)
	})
}

// mount mounts something for the rest of the test.
func mount(t testing.TB, source, target, kind string, flags uintptr) {
	t.Helper()
	testenv.Root(t)
	if err := unix.Mount(source, target, kind, flags, ""); err != nil {
		testenv.Missing(t, "the right to mount (%v)", err)
	}
	t.Cleanup(func() {
		if err := unix.Unmount(target, unix.MNT_DETACH); err != nil {
			t.Error(err)
		}
	})
}

// The portable tree is the one that other systems and old kernels get.
func TestSourcePortable(t *testing.T) {
	scannertest.Run(t, func(t *testing.T) *scannertest.Storage {
		st := newStorage(t, t.TempDir(), portable)
		st.Snapshot = nil // it does not promise to leave access times alone
		return st
	})
}

// TestSourceSmallBatches has every folder taken three names at a time.
func TestSourceSmallBatches(t *testing.T) {
	scannertest.Run(t, func(t *testing.T) *scannertest.Storage {
		st := newStorage(t, t.TempDir(), openTree)
		open := st.Open
		st.Open = func(t testing.TB) scanner.Source {
			src := open(t).(*Source)
			src.batch = 3
			return src
		}
		return st
	})
}

func portable(root string) (tree, error) {
	r, err := os.OpenRoot(root)
	if err != nil {
		return nil, err
	}
	return newRootTree(r)
}

// newStorage is a folder on this machine, as the suite sees storages.
func newStorage(t *testing.T, base string, openTree func(string) (tree, error)) *scannertest.Storage {
	root := filepath.Join(base, "kilde")
	outside := filepath.Join(base, "udenfor")
	must(t, os.Mkdir(root, 0o755))
	must(t, os.Mkdir(outside, 0o755))
	at := func(folder, name string) string { return root + "/" + folder + "/" + name }
	return &scannertest.Storage{
		Open: func(t testing.TB) scanner.Source {
			t.Helper()
			tr, err := openTree(root)
			must(t, err)
			return &Source{cfg: Config{Name: "lokal", Root: root}, tree: tr, batch: batchSize}
		},
		Put: func(t testing.TB, folder, name, text string) {
			t.Helper()
			must(t, os.MkdirAll(root+"/"+folder, 0o755))
			must(t, os.WriteFile(at(folder, name), []byte(text), 0o644))
			age(t, at(folder, name))
		},
		Remove: func(t testing.TB, folder, name string) { t.Helper(); must(t, os.Remove(at(folder, name))) },
		Overwrite: func(t testing.TB, folder, name, text string) {
			t.Helper()
			overwrite(t, at(folder, name), text)
		},
		Forge: func(t testing.TB, folder, name, text string) {
			t.Helper()
			fi, err := os.Stat(at(folder, name))
			must(t, err)
			overwrite(t, at(folder, name), text)
			must(t, os.Chtimes(at(folder, name), fi.ModTime(), fi.ModTime()))
		},
		Append: func(t testing.TB, folder, name, text string) {
			t.Helper()
			f, err := os.OpenFile(at(folder, name), os.O_WRONLY|os.O_APPEND, 0)
			must(t, err)
			_, err = f.WriteString(text)
			must(t, errors.Join(err, f.Close()))
		},
		Replace: func(t testing.TB, folder, name, text string) {
			t.Helper()
			fi, err := os.Stat(at(folder, name))
			must(t, err)
			must(t, os.WriteFile(at(folder, name+".ny"), []byte(text), 0o644))
			must(t, os.Chtimes(at(folder, name+".ny"), fi.ModTime(), fi.ModTime()))
			must(t, os.Rename(at(folder, name+".ny"), at(folder, name)))
		},
		Rename: func(t testing.TB, folder, to string) { t.Helper(); must(t, os.Rename(root+"/"+folder, root+"/"+to)) },
		DenyFolder: func(t testing.TB, folder string) {
			t.Helper()
			deny(t, root+"/"+folder)
		},
		DenyItem: func(t testing.TB, folder, name string) { t.Helper(); deny(t, at(folder, name)) },
		Link: func(t testing.TB, folder, name, target string) {
			t.Helper()
			rel, err := filepath.Rel(filepath.Join(root, folder), filepath.Join(root, target))
			must(t, err)
			must(t, os.Symlink(rel, at(folder, name)))
		},
		LinkOut: func(t testing.TB, folder, name, text string) {
			t.Helper()
			must(t, os.WriteFile(filepath.Join(outside, name), []byte(text), 0o644))
			must(t, os.Symlink(filepath.Join(outside, name), at(folder, name)))
		},
		Snapshot: snapshots(root, true),
		Watch: func(t testing.TB, folders []string, look func()) []string {
			t.Helper()
			return watch(t, root, folders, look)
		},
		Handles: func(t testing.TB) int {
			t.Helper()
			list, err := os.ReadDir("/proc/self/fd")
			must(t, err)
			return len(list)
		},
	}
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// age gives a file an access time older than its modification time: the next
// ordinary reading then moves it, also where the system is mounted relatime.
func age(t testing.TB, path string) {
	t.Helper()
	must(t, os.Chtimes(path, time.Unix(1000000000, 0), time.Unix(1500000000, 123456789)))
}

func overwrite(t testing.TB, path, text string) {
	t.Helper()
	// A file system's clock ticks every few milliseconds on older kernels.
	time.Sleep(20 * time.Millisecond)
	f, err := os.OpenFile(path, os.O_WRONLY, 0)
	must(t, err)
	_, err = f.WriteAt([]byte(text), 0)
	must(t, errors.Join(err, f.Close()))
}

// deny takes all rights away.
func deny(t testing.TB, path string) {
	t.Helper()
	fi, err := os.Stat(path)
	must(t, err)
	must(t, os.Chmod(path, 0))
	t.Cleanup(func() { _ = os.Chmod(path, fi.Mode().Perm()) })
	obeyModes(t)
}

// obeyModes has the rest of the test bound by permissions even when it is run
// by root, who stands above them by two capabilities.
func obeyModes(t testing.TB) {
	t.Helper()
	giveUp(t, unix.CAP_DAC_OVERRIDE, unix.CAP_DAC_READ_SEARCH)
}

// snapshots returns a function that says every name with its times, to the
// nanosecond. It lists the tree at the first call only, since listing moves the
// very times; that call gives folders an age, as Put does with files.
// Without access, access times are left out.
func snapshots(root string, access bool) func(testing.TB) string {
	var paths []string
	return func(t testing.TB) string {
		t.Helper()
		if paths == nil {
			must(t, filepath.WalkDir(root, func(path string, _ fs.DirEntry, err error) error {
				paths = append(paths, path)
				return err
			}))
			for _, path := range paths {
				age(t, path)
			}
		}
		var b strings.Builder
		for _, path := range paths {
			var s unix.Stat_t
			must(t, unix.Lstat(path, &s))
			if !access {
				s.Atim = unix.Timespec{}
			}
			fmt.Fprintf(&b, "%s accessed %v modified %v changed %v\n", strings.TrimPrefix(path, root), s.Atim, s.Mtim, s.Ctim)
		}
		return b.String()
	}
}

// TestSnapshotSeesReading shows that the promise about traces can fail here.
func TestSnapshotSeesReading(t *testing.T) {
	root := t.TempDir()
	must(t, os.WriteFile(root+"/a", []byte("a"), 0o644))
	snapshot := snapshots(root, true)
	before := snapshot(t)
	_, err := os.ReadFile(root + "/a")
	must(t, err)
	afterFile := snapshot(t)
	_, err = os.ReadDir(root)
	must(t, err)
	if before == afterFile || afterFile == snapshot(t) {
		testenv.Missing(t, "a file system that keeps access times under %s", os.TempDir())
	}
}

// watch has the kernel tell (inotify) of everything that is opened, read or
// listed in the folders, or below them, while look runs.
func watch(t testing.TB, root string, folders []string, look func()) []string {
	t.Helper()
	fd, err := unix.InotifyInit1(unix.IN_CLOEXEC | unix.IN_NONBLOCK)
	must(t, err)
	defer unix.Close(fd)
	var dirs []string
	for _, folder := range folders {
		must(t, filepath.WalkDir(root+"/"+folder, func(path string, d fs.DirEntry, err error) error {
			if err == nil && d.IsDir() {
				dirs = append(dirs, path)
			}
			return err
		}))
	}
	names := map[int32]string{}
	for _, dir := range dirs {
		wd, err := unix.InotifyAddWatch(fd, dir, unix.IN_OPEN|unix.IN_ACCESS|unix.IN_CLOSE|unix.IN_ATTRIB|unix.IN_MODIFY)
		must(t, err)
		names[int32(wd)] = dir
	}
	look()
	var seen []string
	buf := make([]byte, 1<<16)
	for {
		n, err := unix.Read(fd, buf)
		if errors.Is(err, unix.EAGAIN) {
			return seen
		}
		must(t, err)
		for b := buf[:n]; len(b) >= unix.SizeofInotifyEvent; {
			wd, mask := int32(binary.NativeEndian.Uint32(b)), binary.NativeEndian.Uint32(b[4:])
			size := int(binary.NativeEndian.Uint32(b[12:]))
			if mask&unix.IN_Q_OVERFLOW == 0 {
				name := strings.TrimRight(string(b[unix.SizeofInotifyEvent:unix.SizeofInotifyEvent+size]), "\x00")
				seen = append(seen, fmt.Sprintf("%s/%s: %#x", names[wd], name, mask))
			}
			b = b[unix.SizeofInotifyEvent+size:]
		}
	}
}

func TestEraser(t *testing.T) {
	scannertest.RunErase(t, func(t *testing.T) *scannertest.EraseStorage {
		base := t.TempDir()
		root := filepath.Join(base, "kilde")
		st := newStorage(t, base, openTree)
		// Taking an item in hand is not scanning: it may show that a file was
		// read, but nothing else.
		st.Snapshot = snapshots(root, false)
		return &scannertest.EraseStorage{
			Storage: st,
			OpenEraser: func(t testing.TB) erase.Eraser {
				t.Helper()
				e, err := NewEraser(Config{Name: "lokal", Root: root})
				must(t, err)
				return e
			},
			List: func(t testing.TB, folder string) []string {
				t.Helper()
				list, err := os.ReadDir(filepath.Join(root, folder))
				must(t, err)
				var names []string
				for _, e := range list {
					names = append(names, e.Name())
				}
				return names
			},
			HardLink: func(t testing.TB, folder, name, other string) {
				t.Helper()
				must(t, os.Link(filepath.Join(root, folder, name), filepath.Join(root, folder, other)))
			},
			RenameItem: func(t testing.TB, folder, name, to string) {
				t.Helper()
				must(t, os.Rename(filepath.Join(root, folder, name), filepath.Join(root, folder, to)))
			},
		}
	})
}
