package smb

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/user"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"github.com/sletdk/slet/erase"
	"github.com/sletdk/slet/internal/testenv"
	"github.com/sletdk/slet/scanner"
	"github.com/sletdk/slet/scanner/scannertest"
)

// TestSource is on a Samba server as it comes, and on ones that require what
// Windows servers require.
func TestSource(t *testing.T) {
	for name, o := range map[string]testenv.SmbOptions{
		"as it comes":         {Audit: true},
		"signing required":    {Audit: true, SigningRequired: true},
		"encryption required": {Audit: true, EncryptRequired: true, Streams: true},
	} {
		t.Run(name, func(t *testing.T) {
			server := testenv.Smbd(t, o)
			scannertest.Run(t, func(t *testing.T) *scannertest.Storage { return newStorage(t, server, nil) })
		})
	}
}

// TestSourceSmallBatches has every folder taken three names at a time.
func TestSourceSmallBatches(t *testing.T) {
	server := testenv.Smbd(t, testenv.SmbOptions{Audit: true})
	scannertest.Run(t, func(t *testing.T) *scannertest.Storage {
		return newStorage(t, server, func(s *Source) { s.batch = 3 })
	})
}

// TestSourceManyRequests has every file read as a large one is: opened, asked
// for in pieces over all connections, closed.
func TestSourceManyRequests(t *testing.T) {
	server := testenv.Smbd(t, testenv.SmbOptions{Audit: true})
	scannertest.Run(t, func(t *testing.T) *scannertest.Storage {
		return newStorage(t, server, func(s *Source) { s.oneShot, s.manyLanes = -1, 0 })
	})
}

// configOf is a source over a folder of the server's share.
func configOf(s *testenv.SmbServer, root string) Config {
	return Config{
		Name: "deling", Address: s.Address, Share: s.Share, Root: root,
		Username: s.User, Password: func() (string, error) { return s.Password, nil },
		Timeout: 10 * time.Second, Patience: 5 * time.Second,
	}
}

func open(t testing.TB, cfg Config) *Source {
	t.Helper()
	s, err := New(t.Context(), cfg)
	must(t, err)
	t.Cleanup(func() { must(t, s.Close()) })
	return s
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// newStorage is a new folder of the server's share. It is filled and disturbed
// on the server's side, behind the back of the protocol.
func newStorage(t *testing.T, server *testenv.SmbServer, tune func(*Source)) *scannertest.Storage {
	return storage(server, newRoot(t, server), tune)
}

func newRoot(t testing.TB, server *testenv.SmbServer) string {
	t.Helper()
	root, err := os.MkdirTemp(server.Path, "kilde")
	must(t, err)
	must(t, os.Chmod(root, 0o755))
	give(t, root)
	return root
}

func storage(server *testenv.SmbServer, root string, tune func(*Source)) *scannertest.Storage {
	at := func(folder, name string) string { return filepath.Join(root, windows(folder), name) }
	return &scannertest.Storage{
		Open: func(t testing.TB) scanner.Source {
			t.Helper()
			s, err := New(t.Context(), configOf(server, filepath.Base(root)))
			must(t, err)
			if tune != nil {
				tune(s)
			}
			return s
		},
		Put: func(t testing.TB, folder, name, text string) {
			t.Helper()
			put(t, root, windows(folder), name, text)
		},
		Remove:    func(t testing.TB, folder, name string) { t.Helper(); must(t, os.Remove(at(folder, name))) },
		Overwrite: func(t testing.TB, folder, name, text string) { t.Helper(); overwrite(t, at(folder, name), text) },
		// Forge is missing: Samba's change time is the write time, so that
		// nothing shows who sets it back. The eraser compares the content.
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
			give(t, at(folder, name+".ny"))
			must(t, os.Chtimes(at(folder, name+".ny"), fi.ModTime(), fi.ModTime()))
			must(t, os.Rename(at(folder, name+".ny"), at(folder, name)))
		},
		Rename: func(t testing.TB, folder, to string) {
			t.Helper()
			must(t, os.Rename(filepath.Join(root, folder), filepath.Join(root, to)))
		},
		DenyFolder: func(t testing.TB, folder string) { t.Helper(); deny(t, at(folder, "")) },
		DenyItem:   func(t testing.TB, folder, name string) { t.Helper(); deny(t, at(folder, name)) },
		// Link is missing: Samba follows links, or hides them, and shows none.
		Names:    names(),
		Snapshot: func(t testing.TB) string { t.Helper(); return snapshot(t, root) },
		Watch: func(t testing.TB, folders []string, look func()) []string {
			t.Helper()
			for i := range folders {
				folders[i] = at(folders[i], "")
			}
			return watch(t, server, folders, look)
		},
		Handles: func(t testing.TB) int { t.Helper(); return len(handles(t, server)) },
	}
}

// names are those of the suite that can be made over SMB, and that Samba
// therefore shows as they are.
func names() []string {
	return slices.DeleteFunc(scannertest.HostileNames(), func(name string) bool {
		return strings.ToValidUTF8(name, "") != name || strings.ContainsAny(name, `\:*?"<>|`) || strings.IndexFunc(name, func(r rune) bool { return r < ' ' }) >= 0 ||
			strings.HasSuffix(name, " ") || strings.HasSuffix(name, ".") || name == "CON" || name == "nul.txt"
	})
}

// windows is a folder's path as a Windows client makes it: without blanks and
// dots at the ends of names.
func windows(folder string) string {
	segs := strings.Split(folder, "/")
	for i, seg := range segs {
		segs[i] = strings.TrimRight(seg, " .")
	}
	return strings.Join(segs, "/")
}

func put(t testing.TB, root, folder, name, text string) {
	t.Helper()
	dir := root
	for seg := range strings.SplitSeq(folder, "/") {
		dir = filepath.Join(dir, seg)
		if err := os.Mkdir(dir, 0o755); !errors.Is(err, fs.ErrExist) {
			must(t, err)
			give(t, dir)
		}
	}
	must(t, os.WriteFile(filepath.Join(dir, name), []byte(text), 0o644))
	give(t, filepath.Join(dir, name))
}

// give gives a file to the user as whom the server of a test that runs as root
// touches files.
func give(t testing.TB, path string) {
	t.Helper()
	if os.Geteuid() != 0 {
		return
	}
	u, err := user.Lookup("daemon")
	must(t, err)
	uid, err := strconv.Atoi(u.Uid)
	must(t, err)
	must(t, os.Lchown(path, uid, -1))
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
}

// snapshot says every name with the times that a client can leave alone: access
// times are the server's own business.
func snapshot(t testing.TB, root string) string {
	t.Helper()
	var b strings.Builder
	must(t, filepath.WalkDir(root, func(path string, _ fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		var s unix.Stat_t
		if err := unix.Lstat(path, &s); err != nil {
			return err
		}
		fmt.Fprintf(&b, "%s modified %v changed %v\n", strings.TrimPrefix(path, root), s.Mtim, s.Ctim)
		return nil
	}))
	return b.String()
}

// watch has the server tell what a client asks of the folders, or of anything
// below them, while look runs.
func watch(t testing.TB, server *testenv.SmbServer, folders []string, look func()) []string {
	t.Helper()
	before := len(server.Log(t))
	look()
	var seen []string
	for line := range strings.Lines(server.Log(t)[before:]) {
		line = strings.TrimSpace(line)
		for _, folder := range folders {
			asked := strings.HasPrefix(line, "AUDIT|create_file|") || strings.HasPrefix(line, "AUDIT|fdopendir|") || strings.HasPrefix(line, "AUDIT|pread")
			if asked && (strings.HasSuffix(line, "|"+folder) || strings.Contains(line, "|"+folder+"/")) {
				seen = append(seen, line)
			}
		}
	}
	return seen
}

// handles are what the server holds open below the share.
func handles(t testing.TB, server *testenv.SmbServer) []string {
	t.Helper()
	var open []string
	procs, err := filepath.Glob("/proc/[0-9]*")
	must(t, err)
	for _, proc := range procs {
		pid, _ := strconv.Atoi(filepath.Base(proc))
		if group, err := unix.Getpgid(pid); err != nil || group != server.Pid(t) {
			continue
		}
		fds, _ := filepath.Glob(proc + "/fd/*")
		for _, fd := range fds {
			if to, err := os.Readlink(fd); err == nil && strings.HasPrefix(to, server.Path+"/") {
				open = append(open, to)
			}
		}
	}
	return open
}

func TestEraser(t *testing.T) {
	for name, o := range map[string]testenv.SmbOptions{
		"as it comes":         {},
		"encryption required": {EncryptRequired: true, Streams: true},
	} {
		t.Run(name, func(t *testing.T) {
			server := testenv.Smbd(t, o)
			scannertest.RunErase(t, func(t *testing.T) *scannertest.EraseStorage { return newEraseStorage(t, server) })
		})
	}
}

func newEraseStorage(t *testing.T, server *testenv.SmbServer) *scannertest.EraseStorage {
	root := newRoot(t, server)
	return &scannertest.EraseStorage{
		Storage: storage(server, root, nil),
		OpenEraser: func(t testing.TB) erase.Eraser {
			t.Helper()
			e, err := NewEraser(t.Context(), configOf(server, filepath.Base(root)))
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
}
