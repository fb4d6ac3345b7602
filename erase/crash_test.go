//go:build linux

package erase_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"runtime"
	"strings"
	"syscall"
	"testing"

	"github.com/sletdk/slet/audit"
	"github.com/sletdk/slet/erase"
	"github.com/sletdk/slet/internal/testenv"
	"github.com/sletdk/slet/scanner/files"
	"github.com/sletdk/slet/store"
)

// The tests below run slet's erasure in a process of its own, the test binary
// itself, under strace: to kill it at every step, and to see the order of its
// system calls.

const childEnv = "SLET_TEST_ERASE" // root, state, plan, number of items, and of those erased together

func TestMain(m *testing.M) {
	if args := os.Getenv(childEnv); args != "" {
		// One thread makes all the calls, so that strace can count them.
		runtime.LockOSThread()
		if err := child(strings.Split(args, "\n")); err != nil && !errors.Is(err, erase.ErrRefused) {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		os.Exit(0)
	}
	os.Exit(m.Run())
}

// child runs a plan, at most so many items of it.
func child(args []string) error {
	var most, group int
	if _, err := fmt.Sscan(args[3]+" "+args[4], &most, &group); err != nil {
		return err
	}
	ctx := context.Background()
	o, err := enter(ctx, args[0], args[1])
	if err != nil {
		return err
	}
	defer o.close()
	e, err := files.NewEraser(files.Config{Name: share, Root: o.root})
	if err != nil {
		return err
	}
	defer e.Close()
	r := &erase.Runner{
		Deps: o.deps(), Erasers: map[string]erase.Eraser{share: e}, Enforce: true,
		Brakes: erase.Brakes{MaxItems: most}, Group: group,
	}
	_, err = r.Run(ctx, args[2], nil)
	return err
}

// traced is the command that runs the child under strace.
func (o *office) traced(t testing.TB, plan string, most, group int, straceArgs ...string) *exec.Cmd {
	t.Helper()
	args := append([]string{"-f", "-qqq"}, straceArgs...)
	self, err := os.Executable()
	must(t, err)
	cmd := exec.Command(testenv.Program(t, "strace"), append(args, self)...)
	cmd.Env = append(os.Environ(), "GOMAXPROCS=1", "GOGC=off",
		fmt.Sprintf("%s=%s\n%s\n%s\n%d\n%d", childEnv, o.root, o.state, plan, most, group))
	return cmd
}

// TestKill kills the erasing process at every system call by which it changes
// anything, and has another run look at what is left. After that, each item is
// either untouched or erased, and the log knows of each. Once with items that
// are erased one by one, once with groups.
func TestKill(t *testing.T) {
	testenv.Program(t, "strace")
	for _, how := range []struct{ group, batch, want int }{{1, 2, 120}, {3, 4, 100}} { // kills, at least
		t.Run(fmt.Sprint("groups of ", how.group), func(t *testing.T) {
			k := &killing{group: how.group, batch: how.batch}
			for _, call := range []string{
				"renameat2", "ftruncate", "unlinkat", "fdatasync", "fsync", "write", "pwrite64", "syncfs",
			} {
				k.killAtEach(t, call)
				if t.Failed() {
					return
				}
			}
			k.end(t)
			t.Logf("%d kills, %d items erased", k.kills, k.erased)
			if k.kills < how.want {
				t.Errorf("killed %d times, want at least %d", k.kills, how.want)
			}
		})
	}
}

// killItems is how many items a plan has: what a process does besides erasing
// grows with them.
const killItems = 120

// killing is a plan that is carried out by processes that are killed, and when
// little of it is left, the next such plan.
type killing struct {
	*office
	plan   string
	group  int // items that are erased together
	batch  int // items that a process would erase
	kills  int
	done   int // items at the beginning of the plan that are erased
	erased int // of the plans before

	logged            int // entries of the log that have been looked at
	intents, outcomes map[string]bool
}

// begin makes an office with a plan.
func (k *killing) begin(t *testing.T) {
	t.Helper()
	k.office, k.done, k.logged = newOffice(t), 0, 0
	k.intents, k.outcomes = map[string]bool{}, map[string]bool{}
	for i := range killItems {
		k.put(t, fmt.Sprintf("%04d.txt", i), itemContent(i))
	}
	k.plan = k.approved(t).ID
}

// end looks at every item of the plan, if there is one.
func (k *killing) end(t *testing.T) {
	t.Helper()
	if k.office == nil {
		return
	}
	k.check(t, "in the end", killItems)
	k.erased += k.done
	k.office = nil
}

// killAtEach kills a process at its first such call, another at its second,
// and so on until one ends by itself.
func (k *killing) killAtEach(t *testing.T, call string) {
	t.Helper()
	for n := 1; ; n++ {
		if k.office == nil || killItems-k.done < 4*k.batch {
			k.end(t)
			k.begin(t)
		}
		if !k.killAt(t, call, n) {
			other := map[bool]string{true: "fdatasync", false: "syncfs"}[k.group > 1]
			if n == 1 && call != other {
				t.Errorf("the process does not call %s", call)
			}
			return
		}
		// And the one that would have finished what that one left.
		k.killAt(t, call, n%7+1)
		k.check(t, fmt.Sprintf("killed at %s %d", call, n), 2*k.batch)
		if t.Failed() {
			return
		}
	}
}

// itemContent is the content of an item of a killing: up to two blocks and some.
func itemContent(i int) string {
	return strings.Repeat(fmt.Sprintf("item %04d\n", i), 1+i%3*700)
}

// killAt runs the child and has it killed at the nth call; false when it ends
// before.
func (k *killing) killAt(t *testing.T, call string, n int) bool {
	t.Helper()
	cmd := k.traced(t, k.plan, k.batch, k.group, "-o", "/dev/null", "-e", "trace="+call, "-e", fmt.Sprintf("inject=%s:signal=KILL:when=%d", call, n))
	out, err := cmd.CombinedOutput()
	if err == nil {
		return false
	}
	k.kills++
	var exit *exec.ExitError
	if !errors.As(err, &exit) || !(exit.Sys().(syscall.WaitStatus).Signaled() || exit.ExitCode() == 128+9) {
		t.Fatalf("%s %d: %v\n%s", call, n, err, out)
	}
	return true
}

// check has another run look at what a killed one left, and then looks itself:
// at every name and every state, and at the contents of the next items.
func (k *killing) check(t *testing.T, when string, contents int) {
	t.Helper()
	r := k.runner(t)
	r.Brakes.MaxItems = 1
	_, _, err := run(t, r, k.plan)
	refused(t, err, "brake") // there are always more
	k.readLog(t, when)
	items, err := k.store.PlanItems(t.Context(), k.plan)
	must(t, err)
	for k.done < len(items) && items[k.done].State == store.ItemErased {
		if it := items[k.done]; !k.gone(it.Item.Path) || !k.outcomes[it.Ref] {
			t.Errorf("%s: %s is erased; gone: %t, in the log: %t", when, it.Item.Path, k.gone(it.Item.Path), k.outcomes[it.Ref])
		}
		k.done++
	}
	for i, it := range items[k.done:] {
		if it.State != store.ItemPlanned {
			t.Errorf("%s: %s is %s", when, it.Item.Path, it.State)
		}
		if i < contents && !k.has(it.Item.Path, itemContent(k.done+i)) {
			t.Errorf("%s: %s is planned, and not as it was", when, it.Item.Path)
		}
	}
	names, err := os.ReadDir(k.root)
	must(t, err)
	equal(t, when+": names in the folder", len(names), len(items)-k.done)
}

// readLog verifies the log, and that each new outcome comes after its intent.
func (k *killing) readLog(t *testing.T, when string) {
	t.Helper()
	log := k.entries(t)
	for _, rec := range log[k.logged:] {
		switch {
		case rec.Type == audit.TypeEraseIntent:
			k.intents[rec.Item] = true
		case rec.Type == audit.TypeEraseOutcome && rec.Detail["result"] == erase.Erased:
			k.outcomes[rec.Item] = true
			if !k.intents[rec.Item] {
				t.Errorf("%s: %s was erased, and no intent had been written", when, rec.Item)
			}
		}
	}
	k.logged = len(log)
}
