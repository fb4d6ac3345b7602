package imap

import (
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/sletdk/slet/erase"
	"github.com/sletdk/slet/internal/testenv"
	"github.com/sletdk/slet/scanner"
	"github.com/sletdk/slet/scanner/scannertest"
)

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

const account = "karen@firma.dk"

// received is when all test mail came.
func received() time.Time { return time.Date(2024, 3, 1, 8, 15, 7, 0, time.UTC) }

// mail makes a message.
func mail(subject, text string) []byte {
	return fmt.Appendf(nil, "From: anna@firma.dk\r\nTo: karen@firma.dk\r\nSubject: %s\r\nMessage-ID: <%x@firma.dk>\r\n\r\n%s\r\n", subject, subject, text)
}

// config is how a test reaches a server as master user.
func config(d *testenv.DovecotServer) Config {
	return Config{
		Name: "post", Address: d.Address, Security: Plain, Auth: Login, Master: d.Master,
		Password: func() (string, error) { return d.MasterPass, nil }, Accounts: []string{account}, Connections: 3,
		backoff: []time.Duration{0, 50 * time.Millisecond, 200 * time.Millisecond},
	}
}

func newSource(t testing.TB, cfg Config) *Source {
	t.Helper()
	s, err := New(cfg)
	must(t, err)
	return s
}

func TestSource(t *testing.T) {
	scannertest.Run(t, func(t *testing.T) *scannertest.Storage {
		return newStorage(t, testenv.DovecotOptions{Rawlog: true}, nil)
	})
}

// TestSourceSmallChunks has few messages asked for at a time, on one
// connection: whatever waits for another one would wait for ever.
func TestSourceSmallChunks(t *testing.T) {
	scannertest.Run(t, func(t *testing.T) *scannertest.Storage {
		return newStorage(t, testenv.DovecotOptions{Rawlog: true}, func(c *Config) { c.Chunk, c.Connections = 3, 1 })
	})
}

// storage is a mailbox on a real server, as the suite sees storages.
type storage struct {
	*testenv.DovecotServer
	files map[string]string // of what was put, by folder and name
}

func newStorage(t *testing.T, o testenv.DovecotOptions, change func(*Config)) *scannertest.Storage {
	d := testenv.Dovecot(t, o)
	cfg := config(d)
	if change != nil {
		change(&cfg)
	}
	return newStorageOn(d, cfg)
}

func newStorageOn(d *testenv.DovecotServer, cfg Config) *scannertest.Storage {
	st := &storage{d, map[string]string{}}
	return &scannertest.Storage{
		Open:   func(t testing.TB) scanner.Source { t.Helper(); return newSource(t, cfg) },
		Put:    st.put,
		Remove: st.remove,
		Rename: func(t testing.TB, folder, to string) {
			t.Helper()
			must(t, os.Rename(d.Folder(account, folder), d.Folder(account, to)))
		},
		DenyFolder: st.deny,
		Names:      names(),
		Snapshot:   st.snapshot,
		Watch:      st.watch,
		Handles: func(t testing.TB) int {
			t.Helper()
			list, err := os.ReadDir("/proc/self/fd")
			must(t, err)
			return len(list)
		},
	}
}

// names are the hostile names that a folder can have here: Dovecot keeps
// folders as folders, and takes no control characters.
func names() []string {
	return slices.DeleteFunc(scannertest.HostileNames(), func(name string) bool {
		return len(testenv.ModifiedUTF7(name)) > 120 || strings.HasPrefix(name, ".") || strings.HasPrefix(name, "~") ||
			strings.ContainsRune(name, '\ufffd') || strings.ToValidUTF8(name, "") != name ||
			strings.IndexFunc(name, func(r rune) bool { return r < ' ' || r == 0x7f }) >= 0
	})
}

func (st *storage) put(t testing.TB, folder, name, text string) {
	t.Helper()
	for _, old := range st.found(t, folder, name) {
		must(t, os.Remove(old))
	}
	st.files[folder+"\x00"+name] = st.Deliver(t, account, folder, mail("Sag", text), received())
}

// found returns the file of what was put, if it is still there. The server may
// have given it another name.
func (st *storage) found(t testing.TB, folder, name string) []string {
	t.Helper()
	file, ok := st.files[folder+"\x00"+name]
	if !ok {
		return nil
	}
	base, _, _ := strings.Cut(filepath.Base(file), ":")
	found, err := filepath.Glob(strings.NewReplacer(`\`, `\\`, "[", `\[`, "*", `\*`, "?", `\?`).Replace(filepath.Dir(file)) + "/" + base + "*")
	must(t, err)
	return found
}

// remove removes a message as another mail program does.
func (st *storage) remove(t testing.TB, folder, name string) {
	t.Helper()
	found := st.found(t, folder, name)
	if len(found) != 1 {
		t.Fatalf("%d files for %s: %q", len(found), name, found)
	}
	must(t, os.Remove(found[0]))
}

// deny takes away the right to look into a folder, as a user may who shares it.
func (st *storage) deny(t testing.TB, folder string) {
	t.Helper()
	st.Configure(t, rights)
	must(t, os.WriteFile(filepath.Join(st.Folder(account, folder), "dovecot-acl"), []byte("owner l\nuser="+st.Master+" l\n"), 0o644))
}

// rights has the server ask its access control lists.
const rights = `
mail_plugins = acl
plugin {
  acl = vfile
  acl_user = %u
}`

// snapshot is every message's file, with its flags (which are in its name),
// size and time. The server's own indexes are not the user's.
func (st *storage) snapshot(t testing.TB) string {
	t.Helper()
	var b strings.Builder
	must(t, filepath.WalkDir(filepath.Join(st.Dir, "mail"), func(path string, e fs.DirEntry, err error) error {
		if err != nil || e.IsDir() || !strings.Contains(path, "prove,S=") {
			return err
		}
		info, err := e.Info()
		if err == nil {
			fmt.Fprintf(&b, "%s %d %v\n", path, info.Size(), info.ModTime())
		}
		return err
	}))
	return b.String()
}

// watch reads from the server's log of commands which of the folders are named
// in any of them.
func (st *storage) watch(t testing.TB, folders []string, look func()) []string {
	t.Helper()
	before := st.Commands(t)
	look()
	now := st.Commands(t)
	var seen []string
	for _, folder := range folders {
		var parts []string
		for part := range strings.SplitSeq(folder, "/") {
			parts = append(parts, testenv.ModifiedUTF7(part))
		}
		name := strings.Join(parts, "/")
		for line := range strings.Lines(now) {
			if (strings.Contains(line, `"`+name+`"`) || strings.Contains(line, `"`+name+`/`)) && strings.Count(now, line) > strings.Count(before, line) {
				seen = append(seen, line)
			}
		}
	}
	return seen
}

func TestEraser(t *testing.T) {
	scannertest.RunErase(t, func(t *testing.T) *scannertest.EraseStorage {
		d := testenv.Dovecot(t, testenv.DovecotOptions{})
		return eraseStorage(d, newStorageOn(d, config(d)))
	})
}

func eraseStorage(d *testenv.DovecotServer, st *scannertest.Storage) *scannertest.EraseStorage {
	return &scannertest.EraseStorage{
		Storage: st,
		Trigger: "received",
		OpenEraser: func(t testing.TB) erase.Eraser {
			t.Helper()
			e, err := NewEraser(config(d))
			must(t, err)
			return e
		},
		List: func(t testing.TB, folder string) []string {
			t.Helper()
			var names []string
			for _, sub := range []string{"cur", "new", "tmp"} {
				list, err := os.ReadDir(filepath.Join(d.Folder(account, folder), sub))
				must(t, err)
				for _, e := range list {
					names = append(names, e.Name())
				}
			}
			return names
		},
	}
}
