package erase_test

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"golang.org/x/sys/unix"

	"github.com/sletdk/slet/erase"
	"github.com/sletdk/slet/internal/testenv"
)

// The tests below erase files on file systems of their own, made in an image,
// and look in the raw image for what is left of the contents.

const (
	marker  = "MARKER-150370-5008-0123456789abc" // 32 bytes: a block holds a whole number of them
	imageMB = 96
)

// image is a mounted file system with an office on it.
type image struct {
	*office
	file, mount string
}

// newImage makes and mounts a file system.
func newImage(t *testing.T, options string, mkfs ...string) *image {
	t.Helper()
	testenv.Root(t)
	mkfs[0] = testenv.Program(t, mkfs[0])
	base := t.TempDir()
	im := &image{file: filepath.Join(base, "image"), mount: filepath.Join(base, "mnt")}
	mb := int64(imageMB)
	if strings.Contains(mkfs[0], "xfs") || strings.Contains(mkfs[0], "btrfs") {
		mb = 320 // they refuse smaller ones
	}
	f, err := os.Create(im.file)
	must(t, err)
	must(t, errors.Join(f.Truncate(mb<<20), f.Close()))
	command(t, append(mkfs, im.file)...)
	must(t, os.Mkdir(im.mount, 0o755))
	out, err := exec.Command("mount", "-o", "loop,"+options, im.file, im.mount).CombinedOutput()
	if err != nil {
		testenv.Missing(t, "loop mounts of such an image: %v: %s", err, out)
	}
	t.Cleanup(func() { _ = exec.Command("umount", im.mount).Run() })
	must(t, os.Mkdir(filepath.Join(im.mount, "share"), 0o755))
	im.office = openOffice(t, filepath.Join(im.mount, "share"), filepath.Join(base, "state"))
	return im
}

func command(t testing.TB, args ...string) {
	t.Helper()
	if out, err := exec.Command(args[0], args[1:]...).CombinedOutput(); err != nil {
		t.Fatalf("%v: %v\n%s", args, err, out)
	}
}

// erase carries out the plan, and keeps nothing open on the image.
func (im *image) erase(t *testing.T, plan string) (results, erase.Summary) {
	t.Helper()
	r := im.runner(t)
	defer func() { must(t, r.Erasers[share].(io.Closer).Close()) }()
	return mustRun(t, r, plan)
}

// left unmounts the image and counts what is in it.
func (im *image) left(t *testing.T, what string) int {
	t.Helper()
	command(t, "umount", im.mount)
	b, err := os.ReadFile(im.file)
	must(t, err)
	return bytes.Count(b, []byte(what))
}

// TestRawImage erases files through a real run, and finds no byte of their
// contents where they lay. What is removed or rewritten in the ordinary way
// beside them is found in full: the test can fail.
func TestRawImage(t *testing.T) {
	for _, fs := range []string{"ext4", "xfs"} {
		t.Run(fs, func(t *testing.T) {
			im := newImage(t, "defaults", "mkfs."+fs, "-q")
			const big = 4000
			im.put(t, "big.txt", strings.Repeat(marker, big))
			im.put(t, "small.txt", marker)
			im.put(t, "slack.txt", strings.Repeat(marker, 200)+"end") // a block and a half
			im.sparse(t, "sparse.txt")
			plan := im.approved(t)
			im.put(t, "removed.txt", strings.Repeat("removed-in-the-ordinary-way-0123", 100))
			im.put(t, "rewritten.txt", strings.Repeat("rewritten-the-ordinary-way-01234", 100))
			unix.Sync()

			got, sum := im.erase(t, plan.ID)
			must(t, os.Remove(im.path("removed.txt")))
			must(t, os.WriteFile(im.path("rewritten.txt"), bytes.Repeat([]byte{0}, 3200), 0o644))
			unix.Sync()

			equal(t, "erased", sum.Erased, 4)
			for path, res := range got {
				// XFS reserves blocks around scattered writes, which is a doubt.
				reserved := fs == "xfs" && path == "sparse.txt" && slices.Contains(res.Caveats, erase.CaveatUnwritten)
				if res.Assurance != erase.Overwritten && !reserved {
					t.Errorf("%s: %s %q", path, res.Assurance, res.Caveats)
				}
				if !slices.Contains(res.Caveats, erase.CaveatMapped) {
					t.Errorf("%s: the caveats do not say that a loop device lies below: %q", path, res.Caveats)
				}
			}
			equal(t, "sparse, says the caveat", slices.Contains(got["sparse.txt"].Caveats, erase.CaveatSparse), true)
			if n := im.item(t, plan.ID, "sparse.txt").Bytes; n > 1<<20 {
				t.Errorf("%d bytes of the sparse file were written, it has a few blocks", n)
			}
			command(t, "umount", im.mount)
			b, err := os.ReadFile(im.file)
			must(t, err)
			equal(t, "markers left", bytes.Count(b, []byte(marker)), 0)
			equal(t, "of the removed file", bytes.Count(b, []byte("removed-in-the-ordinary-way-0123")), 100)
			if n := bytes.Count(b, []byte("rewritten-the-ordinary-way-01234")); n == 0 {
				t.Error("nothing is left of the rewritten file: this test would not notice what stays")
			}
		})
	}
}

// sparse writes a file of 64 MB with two markers in it.
func (o *office) sparse(t testing.TB, name string) {
	t.Helper()
	f, err := os.Create(o.path(name))
	must(t, err)
	_, err = f.WriteAt([]byte(marker), 1<<20)
	must(t, err)
	_, err = f.WriteAt([]byte(marker), 40<<20+5)
	must(t, errors.Join(err, f.Truncate(64<<20), f.Close()))
	must(t, os.Chtimes(o.path(name), old, old))
}

// TestHonest: where the file system may have put the new data elsewhere, the
// receipt does not claim that the old ones were overwritten, and says why. Where
// it is known that they survive, the test shows them.
func TestHonest(t *testing.T) {
	reflinked := func(t *testing.T, im *image) {
		im.put(t, "a.txt", strings.Repeat(marker, 500))
		im.put(t, "other.txt", "")
		src, err := os.Open(im.path("a.txt"))
		must(t, err)
		defer src.Close()
		dst, err := os.OpenFile(im.path("other.txt"), os.O_WRONLY, 0)
		must(t, err)
		defer dst.Close()
		must(t, unix.IoctlFileClone(int(dst.Fd()), int(src.Fd())))
		must(t, os.Chtimes(im.path("other.txt"), today, today))
	}
	plain := func(t *testing.T, im *image) { im.put(t, "a.txt", strings.Repeat(marker, 500)) }
	tiny := func(t *testing.T, im *image) { im.put(t, "a.txt", marker) }
	tests := []struct {
		name, options string
		mkfs          []string
		put           func(*testing.T, *image)
		caveat        string
		survives      bool // the markers are still in the image
	}{
		{"btrfs", "defaults", []string{"mkfs.btrfs", "-q"}, plain, erase.CaveatMoved, true},
		{"btrfs, tiny", "defaults", []string{"mkfs.btrfs", "-q"}, tiny, erase.CaveatInline, true},
		{"btrfs without copy-on-write", "nodatacow", []string{"mkfs.btrfs", "-q"}, plain, erase.CaveatCopyOnWrite, false},
		{"xfs, reflink", "defaults", []string{"mkfs.xfs", "-q"}, reflinked, erase.CaveatShared, true},
		{"ext4, data=journal", "data=journal", []string{"mkfs.ext4", "-q"}, plain, erase.CaveatDataJournal, true},
		{"ext4, inline", "defaults", []string{"mkfs.ext4", "-q", "-I", "256", "-O", "inline_data"}, tiny, erase.CaveatInline, true},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			im := newImage(t, test.options, test.mkfs...)
			test.put(t, im)
			unix.Sync()
			plan := im.approved(t)

			got, _ := im.erase(t, plan.ID)

			res := got["a.txt"]
			equal(t, "result", res.Result, erase.Erased)
			equal(t, "assurance", res.Assurance, erase.Unproven)
			if !slices.Contains(res.Caveats, test.caveat) {
				t.Errorf("caveats %q lack %q", res.Caveats, test.caveat)
			}
			n := im.left(t, marker)
			t.Logf("%d markers are left", n)
			if test.survives && n == 0 {
				t.Error("no marker is left: is the doubt still right?")
			}
		})
	}
}

// TestJournalByDefault: data=journal that is kept in the file system, where the
// mount options do not show it.
func TestJournalByDefault(t *testing.T) {
	tune := testenv.Program(t, "tune2fs")
	im := newImage(t, "defaults", "mkfs.ext4", "-q")
	im.put(t, "a.txt", "A")
	command(t, "umount", im.mount)
	command(t, tune, "-o", "journal_data", im.file)
	command(t, "mount", "-o", "loop", im.file, im.mount)
	plan := im.approved(t)

	got, _ := im.erase(t, plan.ID)

	equal(t, "assurance", got["a.txt"].Assurance, erase.Unproven)
}

// TestMemory: a file system in memory has no map of blocks.
func TestMemory(t *testing.T) {
	dir, err := os.MkdirTemp("/dev/shm", "slet")
	if err != nil {
		testenv.Missing(t, "/dev/shm: %v", err)
	}
	t.Cleanup(func() { _ = os.RemoveAll(dir) })
	o := openOffice(t, dir, filepath.Join(t.TempDir(), "state"))
	o.put(t, "a.txt", strings.Repeat(marker, 500))
	o.sparse(t, "sparse.txt")
	plan := o.approved(t)

	got, _ := mustRun(t, o.runner(t), plan.ID)

	for _, name := range []string{"a.txt", "sparse.txt"} {
		equal(t, "assurance", got[name].Assurance, erase.Unproven)
		for _, c := range []string{erase.CaveatMemory, erase.CaveatNoMap} {
			if !slices.Contains(got[name].Caveats, c) {
				t.Errorf("caveats %q lack %q", got[name].Caveats, c)
			}
		}
	}
	if n := o.item(t, plan.ID, "sparse.txt").Bytes; n > 1<<20 {
		t.Errorf("%d bytes of the sparse file were written", n)
	}
}

// TestOverlay: the lower layer keeps the original.
func TestOverlay(t *testing.T) {
	testenv.Root(t)
	base := t.TempDir()
	dir := func(name string) string {
		path := filepath.Join(base, name)
		must(t, os.Mkdir(path, 0o755))
		return path
	}
	lower, upper, work, merged := dir("lower"), dir("upper"), dir("work"), dir("merged")
	must(t, os.WriteFile(filepath.Join(lower, "a.txt"), []byte(marker), 0o644))
	must(t, os.Chtimes(filepath.Join(lower, "a.txt"), old, old))
	options := fmt.Sprintf("lowerdir=%s,upperdir=%s,workdir=%s", lower, upper, work)
	if out, err := exec.Command("mount", "-t", "overlay", "overlay", "-o", options, merged).CombinedOutput(); err != nil {
		testenv.Missing(t, "overlay mounts: %v: %s", err, out)
	}
	t.Cleanup(func() { _ = exec.Command("umount", merged).Run() })
	o := openOffice(t, merged, filepath.Join(base, "state"))
	plan := o.approved(t)

	got, _ := mustRun(t, o.runner(t), plan.ID)

	// Copying up changes what the item is; either answer is honest.
	res := got["a.txt"]
	if res.Result == erase.Erased && (res.Assurance != erase.Unproven || !slices.Contains(res.Caveats, erase.CaveatOverlay)) {
		t.Errorf("%s with %q", res.Assurance, res.Caveats)
	}
	if res.Result != erase.Erased && res.Result != erase.Changed {
		t.Errorf("result %q (%v)", res.Result, res.Err)
	}
	t.Logf("%s %s %q", res.Result, res.Assurance, res.Caveats)
}

// TestOwnBlocks needs no rights: a handle that was open before shows what became
// of the very same file. (That its blocks were overwritten, and not only freed,
// is shown without rights in package files, before the truncation.)
func TestOwnBlocks(t *testing.T) {
	t.Parallel() // reading through the handle waits for the kernel to end slet's lease, 45 s
	o := newOffice(t)
	o.put(t, "a.txt", strings.Repeat(marker, 1000))
	plan := o.approved(t)
	// Any other handle would mean that the file is in use.
	before, err := unix.Open(o.path("a.txt"), unix.O_PATH|unix.O_CLOEXEC, 0)
	must(t, err)
	defer unix.Close(before)
	r := o.runner(t)
	var content []byte
	r.Erasers[share] = &during{Eraser: r.Erasers[share], erased: func() {
		content, err = os.ReadFile(fmt.Sprintf("/proc/self/fd/%d", before))
	}}

	got, _ := mustRun(t, r, plan.ID)

	must(t, err)
	equal(t, "result", got["a.txt"].Result, erase.Erased)
	equal(t, "bytes of the open file after the erasure", len(content), 0)
	var st unix.Stat_t
	must(t, unix.Fstat(before, &st))
	equal(t, "names of it", st.Nlink, 0)
	equal(t, "blocks of it", st.Blocks, 0)
}
