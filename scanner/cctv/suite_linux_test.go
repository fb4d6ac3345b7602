package cctv

import (
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/sletdk/slet/erase"
	"github.com/sletdk/slet/internal/testenv"
	"github.com/sletdk/slet/scanner"
	"github.com/sletdk/slet/scanner/files"
	"github.com/sletdk/slet/scanner/scannertest"
	"github.com/sletdk/slet/scanner/smb"
)

// The suites run over a folder in which every item is a recording: storages name
// their items by themselves, and this one gives each a time and an extension.

const suitePattern = "{folders}{date} {time} {*}.mp4"

func suiteName(name string) string {
	if strings.HasPrefix(name, erase.TombstonePrefix) {
		return name
	}
	return "2017-07-14 04.40.00 " + name + ".mp4"
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// written is the time from which on the suite's files were written.
var written = time.Unix(1500000000, 0)

// below opens the storage that recordings lie on.
type below struct {
	base   func(t *testing.T) string // a folder of its own
	source func(t testing.TB, root string) scanner.Source
	eraser func(t testing.TB, root string) Inner
}

// onDisk is a folder of this machine.
func onDisk() below {
	cfg := func(root string) files.Config { return files.Config{Name: "lokal", Root: root} }
	return below{
		base: func(t *testing.T) string { t.Helper(); return t.TempDir() },
		source: func(t testing.TB, root string) scanner.Source {
			t.Helper()
			src, err := files.New(cfg(root))
			must(t, err)
			return src
		},
		eraser: func(t testing.TB, root string) Inner {
			t.Helper()
			e, err := files.NewEraser(cfg(root))
			must(t, err)
			return e
		},
	}
}

// onShare is a folder of a real share.
func onShare(server *testenv.SmbServer) below {
	cfg := func(root string) smb.Config {
		rel, err := filepath.Rel(server.Path, root)
		if err != nil {
			panic(err) // both are absolute
		}
		return smb.Config{
			Name: "lokal", Address: server.Address, Share: server.Share, Root: filepath.ToSlash(rel),
			Username: server.User, Password: func() (string, error) { return server.Password, nil }, Timeout: 10 * time.Second,
		}
	}
	return below{
		base: func(t *testing.T) string {
			t.Helper()
			dir, err := os.MkdirTemp(server.Path, "kam")
			must(t, err)
			must(t, os.Chmod(dir, 0o755))
			return dir
		},
		source: func(t testing.TB, root string) scanner.Source {
			t.Helper()
			src, err := smb.New(t.Context(), cfg(root))
			must(t, err)
			return src
		},
		eraser: func(t testing.TB, root string) Inner {
			t.Helper()
			e, err := smb.NewEraser(t.Context(), cfg(root))
			must(t, err)
			return e
		},
	}
}

func newStorage(t *testing.T, on below) (st *scannertest.Storage, root string) {
	base := on.base(t)
	root = filepath.Join(base, "kilde")
	var puts atomic.Int64
	must(t, os.Mkdir(root, 0o755))
	at := func(folder, name string) string { return root + "/" + folder + "/" + suiteName(name) }
	overwrite := func(t testing.TB, path, text string) {
		t.Helper()
		time.Sleep(20 * time.Millisecond) // a file system's clock ticks every few milliseconds on older kernels
		f, err := os.OpenFile(path, os.O_WRONLY, 0)
		must(t, err)
		_, err = f.WriteAt([]byte(text), 0)
		must(t, errors.Join(err, f.Close()))
	}
	return &scannertest.Storage{
		Open: func(t testing.TB) scanner.Source {
			t.Helper()
			return openSuite(t, on.source(t, root))
		},
		Put: func(t testing.TB, folder, name, text string) {
			t.Helper()
			must(t, os.MkdirAll(root+"/"+folder, 0o755))
			must(t, os.WriteFile(at(folder, name), []byte(text), 0o644))
			// Never the same time twice: a share tells reused numbers of files apart by it.
			when := written.Add(time.Duration(puts.Add(1)) * time.Second)
			must(t, os.Chtimes(at(folder, name), when, when))
		},
		Remove:    func(t testing.TB, folder, name string) { t.Helper(); must(t, os.Remove(at(folder, name))) },
		Overwrite: func(t testing.TB, folder, name, text string) { t.Helper(); overwrite(t, at(folder, name), text) },
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
		Rename: func(t testing.TB, folder, to string) { t.Helper(); must(t, os.Rename(root+"/"+folder, root+"/"+to)) },
		Link: func(t testing.TB, folder, name, target string) {
			t.Helper()
			rel, err := filepath.Rel(filepath.Join(root, folder), filepath.Join(root, target))
			must(t, err)
			must(t, os.Symlink(rel, root+"/"+folder+"/"+name))
		},
		LinkOut: func(t testing.TB, folder, name, text string) {
			t.Helper()
			must(t, os.WriteFile(filepath.Join(base, name), []byte(text), 0o644))
			must(t, os.Symlink(filepath.Join(base, name), at(folder, name)))
		},
		Names: slices.DeleteFunc(scannertest.HostileNames(), func(n string) bool { return len(n) > 200 }),
	}, root
}

func openSuite(t testing.TB, inner scanner.Source) *Source {
	t.Helper()
	src, err := New(t.Context(), inner, Config{Pattern: suitePattern, Now: func() time.Time { return time.Now().AddDate(1, 0, 0) }})
	must(t, err)
	return src
}

func TestSource(t *testing.T) {
	scannertest.Run(t, func(t *testing.T) *scannertest.Storage {
		st, _ := newStorage(t, onDisk())
		return st
	})
}

// openEraser opens the means to erase in a folder.
func openEraser(t testing.TB, src *Source, root string, recorder Recorder) *Eraser {
	t.Helper()
	inner, err := files.NewEraser(files.Config{Name: src.Name(), Root: root})
	must(t, err)
	e, err := NewEraser(src, inner, recorder)
	must(t, err)
	return e
}

func TestEraser(t *testing.T) {
	scannertest.RunErase(t, func(t *testing.T) *scannertest.EraseStorage { return newEraseStorage(t, onDisk()) })
}

func TestEraserOnShare(t *testing.T) {
	server := testenv.Smbd(t, testenv.SmbOptions{OwnUser: true})
	scannertest.RunErase(t, func(t *testing.T) *scannertest.EraseStorage {
		st := newEraseStorage(t, onShare(server))
		st.Forge = nil
		return st
	})
}

func newEraseStorage(t *testing.T, on below) *scannertest.EraseStorage {
	st, root := newStorage(t, on)
	return &scannertest.EraseStorage{
		Storage: st,
		OpenEraser: func(t testing.TB) erase.Eraser {
			t.Helper()
			e, err := NewEraser(openSuite(t, on.source(t, root)), on.eraser(t, root), nil)
			must(t, err)
			return e
		},
		Trigger: "recorded",
		List: func(t testing.TB, folder string) (names []string) {
			t.Helper()
			list, err := os.ReadDir(filepath.Join(root, folder))
			must(t, err)
			for _, e := range list {
				names = append(names, e.Name())
			}
			return names
		},
		HardLink: func(t testing.TB, folder, name, other string) {
			t.Helper()
			must(t, os.Link(filepath.Join(root, folder, suiteName(name)), filepath.Join(root, folder, suiteName(other))))
		},
		RenameItem: func(t testing.TB, folder, name, to string) {
			t.Helper()
			must(t, os.Rename(filepath.Join(root, folder, suiteName(name)), filepath.Join(root, folder, suiteName(to))))
		},
	}
}
