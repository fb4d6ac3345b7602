package files

import (
	"bytes"
	"context"
	"errors"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"golang.org/x/sys/unix"

	"github.com/sletdk/slet/erase"
	"github.com/sletdk/slet/internal/testenv"
	"github.com/sletdk/slet/scanner"
)

func TestVersionFile(t *testing.T) {
	for range 1000 {
		s := stat{dev: rand.Uint64(), ino: rand.Uint64(), size: rand.Int64(), modified: timestamp{rand.Int64() - 1<<62, 5}}
		dev, ino, err := versionFile(itemVersion(s))
		if err != nil || dev != s.dev || ino != s.ino {
			t.Fatalf("%s: %d %d %v, want %d %d", itemVersion(s), dev, ino, err, s.dev, s.ino)
		}
	}
	for _, bad := range []string{"", "1", "1-2-3", "2-1-1-1", "1-_-1-1", "1--1-1", "1-1--1"} {
		if _, _, err := versionFile(bad); !errors.Is(err, erase.ErrRefused) {
			t.Errorf("%q: %v, want a refusal", bad, err)
		}
	}
}

func TestCheckTombstone(t *testing.T) {
	if err := checkTombstone(".slet-" + strings.Repeat("a", 26)); err != nil {
		t.Error(err)
	}
	for _, bad := range []string{"", "a.txt", ".slet-", ".slet-short", ".slet-" + strings.Repeat("a", 20) + "/../x", ".slet-" + strings.Repeat("a", 20) + "\x00"} {
		if err := checkTombstone(bad); !errors.Is(err, erase.ErrRefused) {
			t.Errorf("%q: %v, want a refusal", bad, err)
		}
	}
}

// TestNoWarrant: a warrant that erase did not mint is good for nothing.
func TestNoWarrant(t *testing.T) {
	root := t.TempDir()
	must(t, os.WriteFile(filepath.Join(root, "a.txt"), []byte("A"), 0o644))
	e, err := NewEraser(Config{Name: "lokal", Root: root})
	must(t, err)
	defer e.Close()
	for it, err := range e.source.Walk(t.Context(), scanner.Partition{ID: rootPartition}) {
		must(t, err)
		target, err := e.Take(t.Context(), it)
		must(t, err)
		defer target.Close()
		receipt, err := target.Erase(context.Background(), erase.Warrant{})
		if !errors.Is(err, erase.ErrRefused) || receipt.Assurance != erase.None {
			t.Errorf("erased without a warrant: %v %v", receipt, err)
		}
		if _, _, err := e.Resume(context.Background(), erase.Warrant{}); !errors.Is(err, erase.ErrRefused) {
			t.Errorf("resumed without a warrant: %v", err)
		}
	}
	if b, err := os.ReadFile(filepath.Join(root, "a.txt")); string(b) != "A" {
		t.Errorf("the file was touched: %q %v", b, err)
	}
}

// wipe overwrites a file by itself, as destroy does, and compares.
func wipe(f *os.File, areas []area) (int64, error) {
	p, err := newPass(areas)
	if err != nil {
		return 0, err
	}
	if err := p.write(f); err != nil {
		return 0, err
	}
	if err := datasync(f); err != nil {
		return 0, err
	}
	outOfCache([]*doomed{{file: f}})
	if err := p.compare(f); err != nil {
		return 0, err
	}
	return p.total, nil
}

// TestWipe shows, without any rights, that a file's own blocks are overwritten
// in place: nothing is left of the old content in any block, and the blocks are
// the same. Rewriting in the ordinary way, beside it, moves them.
func TestWipe(t *testing.T) {
	sizes := []int64{1, 511, 4096, 4097, 100_000, 1 << 20, 3<<20 + 17}
	for _, size := range sizes {
		path := filepath.Join(t.TempDir(), "a")
		old := bytes.Repeat([]byte("MARKER--"), int(size+7)/8)[:size]
		must(t, os.WriteFile(path, old, 0o644))
		f, err := os.OpenFile(path, os.O_RDWR, 0)
		must(t, err)
		defer f.Close()
		traits, err := lookAtStorage(f, drives{})
		must(t, err)
		n, err := wipe(f, traits.areas)
		must(t, err)
		must(t, traits.lookAgain(f))
		if n < size || n > roundUp(size, 1<<20) {
			t.Errorf("%d bytes of %d were overwritten", n, size)
		}
		got, err := os.ReadFile(path)
		must(t, err)
		if int64(len(got)) < size || size > 100 && bytes.Contains(got, []byte("MARKER")) || size > 16 && bytes.Equal(got[:16], old[:16]) {
			t.Errorf("size %d: the old content is still there", size)
		}
		if traits.before.known && fileSystemDoubt(traits.magic) == "" {
			if !slices.Equal(traits.before.extents, traits.after.extents) {
				t.Errorf("size %d: the blocks have moved: %v to %v", size, traits.before.extents, traits.after.extents)
			}
			if len(traits.before.extents) == 0 {
				t.Errorf("size %d: no blocks", size)
			}
		}
	}
}

// TestReadBack: a storage that does not do what it says is noticed. Here a
// handle that appends whatever it is told to write anywhere.
func TestReadBack(t *testing.T) {
	path := filepath.Join(t.TempDir(), "a")
	must(t, os.WriteFile(path, make([]byte, 5000), 0o644))
	f, err := os.OpenFile(path, os.O_RDWR, 0)
	must(t, err)
	defer f.Close()
	_, err = unix.FcntlInt(f.Fd(), unix.F_SETFL, unix.O_APPEND) // behind package os's back
	must(t, err)
	n, err := wipe(f, []area{{0, 5000}})
	if !errors.Is(err, errNotWritten) || n != 0 {
		t.Errorf("%d bytes, %v; want %v", n, err, errNotWritten)
	}
	// Of a large file the windows are read back while it is being written.
	p, err := newPass([]area{{0, 5000}})
	must(t, err)
	p.window = 1000
	if err := p.write(f); !errors.Is(err, errNotWritten) || p.compared != 0 {
		t.Errorf("in windows: %d bytes, %v; want %v", p.compared, err, errNotWritten)
	}
}

// TestWindows: a file that is overwritten window by window is overwritten with
// the same bytes as one that is written at once, no more and no less, and every
// byte is read back: one that is not what was written is noticed wherever it is.
func TestWindows(t *testing.T) {
	const size = 9000
	areas := []area{{0, 1000}, {1024, 3}, {2000, 4096}, {7000, 777}} // holes between them, and odd lengths
	for _, window := range []int64{1, 15, 16, 1000, 1003, 4096, 5875, 5876, 5877, size} {
		path := filepath.Join(t.TempDir(), "a")
		must(t, os.WriteFile(path, make([]byte, size), 0o644))
		f, err := os.OpenFile(path, os.O_RDWR, 0)
		must(t, err)
		defer f.Close()
		p, err := newPass(areas)
		must(t, err)
		p.window = window
		must(t, p.write(f))
		if last := (p.total - 1) / window * window; p.compared != max(0, last) {
			t.Errorf("window %d: %d bytes of %d were read back before the sync, want %d", window, p.compared, p.total, last)
		}
		must(t, p.compare(f))
		if p.compared != 5876 {
			t.Errorf("window %d: %d bytes were read back", window, p.compared)
		}

		want := make([]byte, size)
		must(t, p.each(0, p.total, func(block, _ []byte, off int64) error {
			copy(want[off:], block)
			return nil
		}))
		got, err := os.ReadFile(path)
		must(t, err)
		if !bytes.Equal(got, want) {
			t.Errorf("window %d: not what a pass at once writes", window)
		}
		for _, off := range []int64{0, 999, 1026, 2000, 6095, 7776} {
			again := &pass{areas: p.areas, block: p.block, total: p.total, window: window}
			_, err := f.WriteAt([]byte{got[off] + 1}, off)
			must(t, err)
			if err := again.compare(f); !errors.Is(err, errNotWritten) {
				t.Errorf("window %d: another byte at %d was not noticed: %v", window, off, err)
			}
			_, err = f.WriteAt(got[off:off+1], off)
			must(t, err)
		}
	}
}

// TestNoTwoSectorsAreEqual: what shares equal blocks, or compresses, saves nothing
// of what is written; and another pass writes something else.
func TestNoTwoSectorsAreEqual(t *testing.T) {
	seen := map[string]int64{}
	for range 2 {
		p, err := newPass([]area{{0, blockSize + 4096}, {5 << 20, 3*blockSize + 512}})
		must(t, err)
		must(t, p.each(0, p.total, func(want, _ []byte, off int64) error {
			for i := 0; i < len(want); i += sectorSize {
				sector := string(want[i : i+sectorSize])
				if other, ok := seen[sector]; ok {
					t.Fatalf("the sectors at %d and %d are equal", other, off+int64(i))
				}
				seen[sector] = off + int64(i)
			}
			return nil
		}))
	}
	if want := 2 * (4*blockSize + 4096 + 512) / sectorSize; len(seen) != want {
		t.Errorf("%d sectors, want %d", len(seen), want)
	}
}

// TestVerifyGone: it looks for both names, and knows the item by its inode.
func TestVerifyGone(t *testing.T) {
	const tombstone = ".slet-aaaaaaaaaaaaaaaaaaaaaaaaaa"
	for _, test := range []struct {
		name  string
		after func(root string) error
		links uint64
		ok    bool
	}{
		{"gone", func(string) error { return nil }, 0, true},
		{"tombstone left", func(root string) error { return os.WriteFile(root+"/"+tombstone, nil, 0o644) }, 0, false},
		{"own name left", func(root string) error { return os.Link(root+"/kept", root+"/a.txt") }, 0, false},
		{"another file under the name", func(root string) error { return os.WriteFile(root+"/a.txt", nil, 0o644) }, 0, true},
	} {
		root := t.TempDir()
		must(t, os.WriteFile(root+"/kept", nil, 0o644))
		f, err := os.Open(root + "/kept")
		must(t, err)
		defer f.Close()
		must(t, test.after(root))
		must(t, os.Remove(root+"/kept"))
		dir, err := os.Open(root)
		must(t, err)
		defer dir.Close()
		at := &site{dir: dir, name: "a.txt"}
		if links, err := at.verifyGone(f, tombstone); (err == nil) != test.ok || err == nil && links != test.links {
			t.Errorf("%s: %d %v", test.name, links, err)
		}
	}
}

// TestEraseExcluded: what the configuration leaves out is not erased either.
func TestEraseExcluded(t *testing.T) {
	root := t.TempDir()
	must(t, os.Mkdir(filepath.Join(root, "arkiv"), 0o755))
	must(t, os.WriteFile(filepath.Join(root, "arkiv", "a.txt"), []byte("A"), 0o644))
	for _, glob := range []string{"arkiv", "arkiv/**", "**/*.txt"} {
		e, err := NewEraser(Config{Name: "lokal", Root: root, Exclude: []string{glob}})
		must(t, err)
		defer e.Close()
		s, err := os.Stat(filepath.Join(root, "arkiv", "a.txt"))
		must(t, err)
		it := item("lokal", "arkiv/a.txt", statInfo(s))
		if _, err := e.Take(t.Context(), it); !errors.Is(err, erase.ErrRefused) || !strings.Contains(err.Error(), "excludes") {
			t.Errorf("%s: %v, want a refusal", glob, err)
		}
	}
}

// TestMapSees: the comparison of maps notices what it is for.
func TestMapSees(t *testing.T) {
	path := filepath.Join(t.TempDir(), "a")
	must(t, os.WriteFile(path, make([]byte, 1<<20), 0o644))
	f, err := os.OpenFile(path, os.O_RDWR, 0)
	must(t, err)
	defer f.Close()
	traits, err := lookAtStorage(f, drives{})
	must(t, err)
	if !traits.before.known {
		testenv.Missing(t, "a file system that tells where blocks lie")
	}
	// Two files that are there at once cannot lie in the same blocks: the other
	// is what this one would be, had the file system moved it.
	other, err := os.Create(path + ".other")
	must(t, err)
	defer other.Close()
	_, err = other.Write(make([]byte, 1<<20))
	must(t, errors.Join(err, other.Sync()))
	must(t, traits.lookAgain(other))
	assurance, caveats := traits.judge()
	if assurance != erase.Unproven || !slices.Contains(caveats, erase.CaveatMoved) {
		t.Errorf("%s %q, want a doubt", assurance, caveats)
	}
}

func TestJudge(t *testing.T) {
	here := []extent{{0, 4096, 8192}}
	good := func() *traits {
		return &traits{
			magic: unix.EXT4_SUPER_MAGIC, size: 8192, medium: mediumDisk,
			before: blockMap{known: true, extents: here}, after: blockMap{known: true, extents: slices.Clone(here)},
		}
	}
	tests := []struct {
		name   string
		change func(*traits)
		want   erase.Assurance
		caveat string
	}{
		{"ext4", func(*traits) {}, erase.Overwritten, erase.CaveatName},
		{"copies", func(*traits) {}, erase.Overwritten, erase.CaveatCopies},
		{"xfs", func(x *traits) { x.magic = unix.XFS_SUPER_MAGIC }, erase.Overwritten, erase.CaveatName},
		{"flash", func(x *traits) { x.medium = mediumFlash }, erase.Overwritten, erase.CaveatFlash},
		{"unknown medium", func(x *traits) { x.medium = mediumUnknown }, erase.Overwritten, erase.CaveatUnknownMedium},
		{"lvm", func(x *traits) { x.mapped = true }, erase.Overwritten, erase.CaveatMapped},
		{"holes", func(x *traits) { x.sparse = true }, erase.Overwritten, erase.CaveatSparse},
		{"empty", func(x *traits) { x.empty = true; x.before, x.after = blockMap{}, blockMap{} }, erase.Overwritten, erase.CaveatEmpty},
		{"not alone", func(x *traits) { x.notAlone = true }, erase.Overwritten, erase.CaveatInUse},
		{"interrupted", func(x *traits) { x.interrupted = true }, erase.Unproven, erase.CaveatInterrupted},
		{"journal", func(x *traits) { x.dataJournaled = true }, erase.Unproven, erase.CaveatDataJournal},
		{"moved", func(x *traits) { x.after.extents[0].physical++ }, erase.Unproven, erase.CaveatMoved},
		{"grown", func(x *traits) { x.after.extents = append(x.after.extents, extent{8192, 1 << 20, 4096}) }, erase.Unproven, erase.CaveatMoved},
		{"no map before", func(x *traits) { x.before.known = false }, erase.Unproven, erase.CaveatNoMap},
		{"no map after", func(x *traits) { x.after.known = false }, erase.Unproven, erase.CaveatNoMap},
		{"shared before", func(x *traits) { x.before.flags = extentShared }, erase.Unproven, erase.CaveatShared},
		{"shared after", func(x *traits) { x.after.flags = extentShared }, erase.Unproven, erase.CaveatShared},
		{"inline", func(x *traits) { x.before.flags = extentInline }, erase.Unproven, erase.CaveatInline},
		{"tail", func(x *traits) { x.before.flags = extentTail }, erase.Unproven, erase.CaveatInline},
		{"encoded", func(x *traits) { x.before.flags = extentEncoded }, erase.Unproven, erase.CaveatEncoded},
		{"unwritten", func(x *traits) { x.before.flags = extentUnwritn }, erase.Unproven, erase.CaveatUnwritten},
		{"delayed", func(x *traits) { x.after.flags = extentDelayed }, erase.Unproven, erase.CaveatUnwritten},
		{"btrfs", func(x *traits) { x.magic = unix.BTRFS_SUPER_MAGIC }, erase.Unproven, erase.CaveatCopyOnWrite},
		{"zfs", func(x *traits) { x.magic = magicZFS }, erase.Unproven, erase.CaveatCopyOnWrite},
		{"overlay", func(x *traits) { x.magic = unix.OVERLAYFS_SUPER_MAGIC }, erase.Unproven, erase.CaveatOverlay},
		{"tmpfs", func(x *traits) { x.magic = unix.TMPFS_MAGIC }, erase.Unproven, erase.CaveatMemory},
		{"nfs", func(x *traits) { x.magic = unix.NFS_SUPER_MAGIC }, erase.Unproven, erase.CaveatNetwork},
		{"cifs", func(x *traits) { x.magic = unix.CIFS_SUPER_MAGIC }, erase.Unproven, erase.CaveatNetwork},
		{"smb2", func(x *traits) { x.magic = magicSMB2 }, erase.Unproven, erase.CaveatNetwork},
		{"fuse", func(x *traits) { x.magic = unix.FUSE_SUPER_MAGIC }, erase.Unproven, erase.CaveatUserSpace},
		{"anything else", func(x *traits) { x.magic = 0x2011bab0 }, erase.Unproven, erase.CaveatUnknownFS},
	}
	for _, test := range tests {
		x := good()
		test.change(x)
		got, caveats := x.judge()
		if got != test.want || !slices.Contains(caveats, test.caveat) {
			t.Errorf("%s: %s %q, want %s and %q", test.name, got, caveats, test.want, test.caveat)
		}
		for _, c := range caveats {
			if erase.CaveatDanish(c) == c {
				t.Errorf("%q has no Danish", c)
			}
		}
	}
}

// TestSwappedWhileBuried: something else is put under the name between the look
// and the rename. bury notices, and gives that its name back.
func TestSwappedWhileBuried(t *testing.T) {
	root := t.TempDir()
	must(t, os.WriteFile(filepath.Join(root, "a.txt"), []byte("A"), 0o644))
	e, err := NewEraser(Config{Name: "lokal", Root: root})
	must(t, err)
	defer e.Close()
	dir, err := os.Open(root)
	must(t, err)
	at := &site{dir: dir, name: "a.txt"}
	defer at.close()
	real, err := at.stat("a.txt")
	must(t, err)
	ours := real
	ours.ino++ // as if the item were another inode
	const tombstone = ".slet-aaaaaaaaaaaaaaaaaaaaaaaaaa"
	if err := at.bury(ours, tombstone); !errors.Is(err, scanner.ErrChanged) {
		t.Errorf("bury: %v, want that it has changed", err)
	}
	if now, err := at.stat("a.txt"); err != nil || now.changed != real.changed {
		t.Errorf("what lies there was touched: %v", err)
	}
	if err := at.renameTo(tombstone, ours); !errors.Is(err, scanner.ErrChanged) {
		t.Errorf("rename: %v, want that it has changed", err)
	}
	if b, err := os.ReadFile(filepath.Join(root, "a.txt")); string(b) != "A" {
		t.Errorf("the file is not under its name: %q %v", b, err)
	}
}

// TestOpenError: what can be put right without another approval is no refusal.
func TestOpenError(t *testing.T) {
	for cause, final := range map[error]bool{
		unix.EPERM: true, unix.EACCES: false, unix.EROFS: false, unix.ETXTBSY: false, unix.EWOULDBLOCK: false,
	} {
		err := openError(cause)
		if refused := errors.Is(err, erase.ErrRefused) && !errors.Is(err, erase.ErrInUse); refused != final || !errors.Is(err, cause) {
			t.Errorf("%v: refused for good: %t", err, !final)
		}
	}
}
