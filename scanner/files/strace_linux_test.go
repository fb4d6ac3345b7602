package files

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/sletdk/slet/internal/testenv"
	"github.com/sletdk/slet/scanner"
	"github.com/sletdk/slet/scanner/scannertest"
)

// straceRoot tells the test binary that it is the program being traced, and
// straceTree which way it looks.
const (
	straceRoot = "SLET_TEST_STRACE_ROOT"
	straceTree = "SLET_TEST_STRACE_TREE"
)

// TestPrivateUnderStrace proves, from what the kernel was asked for and not from
// what the code believes, that nothing private is opened, listed, looked at or
// named: a process of its own walks and reads a tree while strace writes down
// every call that has a path or lists a folder.
func TestPrivateUnderStrace(t *testing.T) {
	if root := os.Getenv(straceRoot); root != "" {
		lookAtEverything(t, root)
		return
	}
	root := t.TempDir() + "/kilde"
	put := func(folder, name string) {
		must(t, os.MkdirAll(root+"/"+folder, 0o755))
		must(t, os.WriteFile(root+"/"+folder+"/"+name, []byte("indhold"), 0o644))
	}
	private := scannertest.PrivateFolders()
	for i, name := range private {
		put(name, "hemmeligt.txt")
		put(name+"/hemmeligt/mere", "hemmeligt.txt")
		put(fmt.Sprintf("afdeling%02d/%s", i, name), "hemmeligt.txt")
		put(fmt.Sprintf("afdeling%02d", i), "Privat.txt") // a file may be called so
		must(t, os.Symlink(name, fmt.Sprintf("%s/genvej%02d", root, i)))
	}
	for _, name := range scannertest.OpenFolders() {
		put(name, "synligt.txt")
		put("dybt/nede/"+name, "synligt.txt")
	}

	exe, err := os.Executable()
	must(t, err)
	for _, tree := range []string{"kernel", "portable"} {
		t.Run(tree, func(t *testing.T) {
			env := []string{straceRoot + "=" + root, straceTree + "=" + tree}
			judgeCalls(t, root, testenv.Strace(t, env, exe, "-test.run=^TestPrivateUnderStrace$", "-test.count=1"), tree == "portable")
		})
	}
}

// judgeCalls looks for private names in what the process asked of the kernel.
// With mayLook, the names of private folders themselves may be looked at where
// they lie: package os does that, by itself, when it lists a folder in an
// os.Root.
func judgeCalls(t *testing.T, root string, calls []testenv.Call, mayLook bool) {
	t.Helper()
	// The trace must be able to show it: what is not private is all in there.
	for _, name := range scannertest.OpenFolders() {
		for _, folder := range []string{name, "dybt/nede/" + name} {
			if !slices.ContainsFunc(calls, func(c testenv.Call) bool {
				return strings.Contains(c.Line, "getdents64(") && slices.Contains(c.Paths, root+"/"+folder)
			}) {
				t.Errorf("the trace does not show that %q was listed: it proves nothing", folder)
			}
			if !slices.ContainsFunc(calls, func(c testenv.Call) bool {
				return strings.Contains(c.Line, "openat") && slices.Contains(c.Paths, root+"/"+folder+"/synligt.txt")
			}) {
				t.Errorf("the trace does not show that %q was opened: it proves nothing", folder+"/synligt.txt")
			}
		}
	}
	for _, c := range calls {
		for _, path := range c.Paths {
			rel := strings.TrimPrefix(path, root)
			below := scanner.PrivatePath(rel) || strings.Contains(rel, "hemmeligt")
			itself := scanner.PrivatePath(rel+"/") && !strings.HasSuffix(rel, "Privat.txt") || strings.Contains(rel, "genvej")
			if itself && mayLook && strings.Contains(c.Line, "fstatat") && strings.Contains(c.Line, "AT_SYMLINK_NOFOLLOW") {
				continue
			}
			if below || itself {
				t.Errorf("a private folder was touched: %s", c.Line)
			}
		}
	}
}

// lookAtEverything is the program that is traced.
func lookAtEverything(t *testing.T, root string) {
	src, err := New(Config{Name: "lokal", Root: root})
	must(t, err)
	defer src.Close()
	if os.Getenv(straceTree) == "portable" {
		src.tree, err = portable(root)
		must(t, err)
	}
	ctx := context.Background()
	list, err := src.Partitions(ctx)
	must(t, err)
	var skip *scanner.Skip
	for _, p := range list {
		for it, err := range src.Walk(ctx, p) {
			if errors.As(err, &skip) {
				continue
			}
			must(t, err)
			f, err := src.Open(ctx, it)
			must(t, err)
			_, err = io.Copy(io.Discard, io.NewSectionReader(f, 0, f.Size()))
			must(t, errors.Join(err, f.Recheck(), f.Close()))
		}
	}
}
