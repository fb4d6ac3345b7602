package smb

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"golang.org/x/text/unicode/norm"

	"github.com/sletdk/slet/internal/testenv"
	"github.com/sletdk/slet/scanner"
)

// Samba shows a made-up name for one that Windows does not allow: a folder that
// somebody on a Mac or on the server itself called "Privat " is "PRQSRQ~J".
// None of them is opened; the server's own log is the witness.
func TestPrivateUnderMadeUpNames(t *testing.T) {
	server := testenv.Smbd(t, testenv.SmbOptions{Audit: true})
	folders := []string{"Privat ", "Privat.", "PRIVAT  ", "01 Privat ", "Hanne - privat.", "privat:", "Privat?", "a/Privat ", "a/b/PRIVAT. "}
	shown := []string{"Privat", "privat\u00a0", norm.NFD.String("Privat - må ikke åbnes"), "a/Privat"}
	for _, f := range append(folders, shown...) {
		put(t, server.Path, f, "hemmeligt.txt", "hemmeligt")
		put(t, server.Path, f+"/under", "hemmeligt.txt", "hemmeligt")
	}
	put(t, server.Path, "a/b", "aaben?.txt", "åben") // a file with a made-up name
	put(t, server.Path, "Økonomi/Ærø", "åben.txt", "åben")

	var items []scanner.Item
	var gaps []*scanner.Gap
	var skips []*scanner.Skip
	var closed []string
	for _, f := range append(folders, shown...) {
		closed = append(closed, filepath.Join(server.Path, f))
	}
	src := open(t, configOf(server, ""))
	seen := watch(t, server, closed, func() {
		var err error
		items, gaps, skips, err = crawl(src, nil)
		must(t, err)
		for _, it := range items {
			b, err := readItem(src, it)
			must(t, err)
			if string(b) != "åben" {
				t.Errorf("read %q in %q", b, it.Path)
			}
		}
	})
	if len(seen) != 0 {
		t.Errorf("asked of the server:\n%s", strings.Join(seen, "\n"))
	}
	if len(items) != 2 || len(gaps) != len(folders) || len(skips) != len(shown) {
		t.Errorf("%d items, %d gaps, %d skips; want 2, %d, %d", len(items), len(gaps), len(skips), len(folders), len(shown))
	}
	for _, g := range gaps {
		if g.Reason != scanner.Unsupported || !substitute(filepath.Base(g.Path)) {
			t.Errorf("gap %v", g)
		}
	}
	// The witness is not blind.
	if seen := watch(t, server, []string{filepath.Join(server.Path, "a")}, func() { _, _, _, _ = crawl(src, nil) }); len(seen) == 0 {
		t.Error("the server's log does not even show an open folder being listed")
	}
	// Nor is anybody believed who names a place behind such a name.
	it := items[0]
	for _, id := range []string{"PRQSRQ~J/hemmeligt.txt", "a/Privat/hemmeligt.txt", "a/PRQSRQ~J.XYZ/b/c.txt"} {
		it.ID = id
		f, err := src.Open(t.Context(), it)
		if err == nil {
			_ = f.Close()
		}
		if !errors.Is(err, scanner.ErrPrivate) {
			t.Errorf("open %s: %v, want %v", id, err, scanner.ErrPrivate)
		}
	}
}

func TestSubstitute(t *testing.T) {
	for name, want := range map[string]bool{
		"PRQSRQ~J": true, "0MA6LT~4": true, "X6BM7T~Z.TXT": true, "P85GQN~9": true, "PROGRA~1": true, "_7ABC~Q": true, "ØKONO~1": true,
		"Privat": false, "privat~1": false, "notat~1.docx": false, "~": false, "A~": false, "~1": false, "Backup~1 gammel": false, "ABCDEFGHI~1": false,
		"a~b": false, "BILAG~1A2": false, "Ærø~1": false,
	} {
		if got := substitute(name); got != want {
			t.Errorf("substitute(%q) = %v, want %v", name, got, want)
		}
	}
}

// Samba follows links by itself. A circle of them ends, and is said.
func TestCircle(t *testing.T) {
	server := testenv.Smbd(t, testenv.SmbOptions{})
	put(t, server.Path, "a/b", "fil.txt", "x")
	must(t, os.Symlink("..", filepath.Join(server.Path, "a/b/op")))
	must(t, os.Symlink(".", filepath.Join(server.Path, "a/b/her")))
	src := open(t, configOf(server, ""))
	items, gaps, _, err := crawl(src, nil)
	must(t, err)
	if len(items) != 1 || len(gaps) != 2 {
		t.Errorf("items %v, gaps %v; want 1 and 2", items, gaps)
	}
}
