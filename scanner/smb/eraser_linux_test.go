package smb

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"github.com/sletdk/slet/erase"
	"github.com/sletdk/slet/internal/testenv"
	"github.com/sletdk/slet/scanner"
)

const secretText = "MARKER-150370-5008-0123456789abc" // 32 bytes

// What another program does with a file keeps it from being erased, and never
// leads to a plain removal.
func TestEraserRefuses(t *testing.T) {
	for name, tc := range map[string]struct {
		options testenv.SmbOptions
		when    string // is done before this call; "" is before the run
		do      func(t *testing.T, o *office)
		want    []string
	}{
		"read-only": {do: func(t *testing.T, o *office) {
			sh := connectTo(t, o)
			must(t, sh.share.Chmod("mappe/sag.txt", 0o444))
		}, want: []string{erase.Refused, erase.Changed}},
		"no right to write": {do: func(t *testing.T, o *office) {
			must(t, os.Chmod(o.path("mappe/sag.txt"), 0o400))
		}, want: []string{erase.Failed}},
		"open elsewhere": {do: func(t *testing.T, o *office) {
			sh := connectTo(t, o)
			h, err := sh.share.Open("mappe/sag.txt")
			must(t, err)
			t.Cleanup(func() { _ = h.Close() })
		}, want: []string{erase.Refused}},
		"locked before": {options: testenv.SmbOptions{Share: []string{"strict locking = yes"}}, do: func(t *testing.T, o *office) {
			lockFile(t, o.path("mappe/sag.txt"))
		}, want: []string{erase.Refused}},
		"locked at the last moment": {options: testenv.SmbOptions{Share: []string{"strict locking = yes"}}, when: "write", do: func(t *testing.T, o *office) {
			list, err := filepath.Glob(o.path("mappe/" + erase.TombstonePrefix + "*"))
			must(t, err)
			lockFile(t, list[0])
		}, want: []string{erase.Refused}},
		"rewritten between reading and renaming, and its time set back": {when: "rename", do: func(t *testing.T, o *office) {
			path := o.path("mappe/sag.txt")
			fi, err := os.Stat(path)
			must(t, err)
			overwrite(t, path, strings.Replace(secretText, "MARKER", "ANDRES", 1))
			must(t, os.Chtimes(path, fi.ModTime(), fi.ModTime()))
		}, want: []string{erase.Changed}},
		"replaced between reading and renaming": {when: "rename", do: func(t *testing.T, o *office) {
			path := o.path("mappe/sag.txt")
			fi, err := os.Stat(path)
			must(t, err)
			put(t, o.server.Path, "mappe", "ny.txt", strings.Replace(secretText, "MARKER", "ANDRES", 1))
			must(t, os.Rename(o.path("mappe/ny.txt"), path))
			must(t, os.Chtimes(path, fi.ModTime(), fi.ModTime()))
		}, want: []string{erase.Changed}},
		"replaced by its like between reading and renaming": {when: "rename", do: func(t *testing.T, o *office) {
			path := o.path("mappe/sag.txt")
			fi, err := os.Stat(path)
			must(t, err)
			put(t, o.server.Path, "mappe", "ny.txt", secretText)
			must(t, os.Rename(o.path("mappe/ny.txt"), path))
			must(t, os.Chtimes(path, fi.ModTime(), fi.ModTime()))
		}, want: []string{erase.Changed}},
	} {
		t.Run(name, func(t *testing.T) {
			server := testenv.Smbd(t, tc.options)
			o := newOffice(t, server)
			put(t, server.Path, "mappe", "sag.txt", secretText)
			plan := o.approve(t)
			if tc.when == "" {
				tc.do(t, o)
			}
			done := false
			got := o.run(t, plan, func(what string) {
				if what == tc.when && !done {
					done = true
					tc.do(t, o)
				}
			})
			res := got["mappe/sag.txt"]
			if !slices.Contains(tc.want, res.Result) {
				t.Errorf("result %s (%v), want %v", res.Result, res.Err, tc.want)
			}
			if names := o.names(t, "mappe"); names != "sag.txt" {
				t.Errorf("the folder holds %s", names)
			}
			if b, err := os.ReadFile(o.path("mappe/sag.txt")); err != nil || !bytes.Contains(b, []byte("-150370-5008-")) {
				t.Errorf("the file was touched: %q, %v", b, err)
			}
		})
	}
}

// connectTo is another client of the server.
func connectTo(t testing.TB, o *office) *mount {
	t.Helper()
	sh, err := connect(t.Context(), o.cfg)
	must(t, err)
	t.Cleanup(func() { _ = sh.close() })
	return sh.(*mount)
}

// A server that dies at any call of an erasure leaves an item of which is known
// whether it is untouched, or which the next run finishes. In the end it is
// gone, and its neighbour is not.
func TestServerDiesDuringErasure(t *testing.T) {
	for _, how := range []string{"killed", "frozen"} {
		t.Run(how, func(t *testing.T) { diesDuringErasure(t, how) })
	}
}

func diesDuringErasure(t *testing.T, how string) {
	server := testenv.Smbd(t, testenv.SmbOptions{})
	results := map[string]int{}
	for at := 1; ; at++ {
		if how == "frozen" && at%9 != 0 { // each takes its time
			continue
		}
		o := newOffice(t, server)
		o.cfg.Timeout, o.cfg.Patience = 700*time.Millisecond, 100*time.Millisecond
		o.cfg.Exclude = []string{"mappe/nabo.txt"}
		folder := "mappe"
		must(t, os.RemoveAll(o.path(folder)))
		put(t, server.Path, folder, "sag.txt", strings.Repeat(secretText, 100_000)) // 3.2 MB: several calls
		put(t, server.Path, folder, "nabo.txt", "nabo")
		plan := o.approve(t)
		n, reached := 0, ""
		got := o.run(t, plan, func(what string) {
			if n++; n != at {
				return
			}
			reached = what
			if how == "killed" {
				server.Kill(t)
			} else {
				server.Freeze(t)
			}
		})["mappe/sag.txt"]
		if reached == "" {
			if got.Result != erase.Erased {
				t.Fatalf("undisturbed: %+v", got)
			}
			t.Logf("%d calls; results of the disturbed runs: %v", n, results)
			return
		}
		if how == "killed" {
			server.Start(t)
		} else {
			server.Thaw(t)
		}
		results[got.Result]++
		checkDisturbed(t, o, fmt.Sprintf("%s at call %d (%s)", how, at, reached), got)
		if res := o.run(t, plan, nil)["mappe/sag.txt"]; got.Result != erase.Erased && res.Result != erase.Erased {
			t.Errorf("%s at call %d (%s): then %s (%v)", how, at, reached, res.Result, res.Err)
		}
		if names := o.names(t, folder); names != "nabo.txt" {
			t.Fatalf("%s at call %d (%s): the folder holds %s", how, at, reached, names)
		}
	}
}

// checkDisturbed compares what was reported with what is there.
func checkDisturbed(t *testing.T, o *office, what string, got erase.Result) {
	t.Helper()
	b, err := os.ReadFile(o.path("mappe/sag.txt"))
	whole := err == nil && bytes.Equal(b, bytes.Repeat([]byte(secretText), 100_000))
	switch got.Result {
	case erase.Failed, erase.Refused:
		if !whole {
			t.Errorf("%s: reported %q (%v), which means untouched, and it is not (%v)", what, got.Result, got.Err, err)
		}
	case erase.Erased:
		if err == nil {
			t.Errorf("%s: reported erased, and is there", what)
		}
	case erase.Unknown:
	default:
		t.Errorf("%s: reported %q: %v", what, got.Result, got.Err)
	}
}

// TestRawImage erases over SMB on a file system of its own, and looks in the
// raw image for what is left. A file that is truncated and written anew, as
// most programs that promise to shred a file over a network do, is found in
// full: the test can fail.
func TestRawImage(t *testing.T) {
	testenv.Root(t)
	base := t.TempDir()
	image, mnt := filepath.Join(base, "image"), filepath.Join(base, "mnt")
	must(t, os.WriteFile(image, nil, 0o644))
	must(t, os.Truncate(image, 96<<20))
	must(t, os.Mkdir(mnt, 0o755))
	command(t, testenv.Program(t, "mkfs.ext4"), "-q", image)
	if out, err := exec.Command("mount", "-o", "loop", image, mnt).CombinedOutput(); err != nil {
		testenv.Missing(t, "loop mounts: %v: %s", err, out)
	}
	t.Cleanup(func() { _ = exec.Command("umount", mnt).Run() })
	must(t, os.Chmod(base, 0o755))
	must(t, os.Chmod(filepath.Dir(base), 0o755))
	shared := filepath.Join(mnt, "share")
	must(t, os.Mkdir(shared, 0o755))
	server := testenv.Smbd(t, testenv.SmbOptions{Dir: shared})
	o := newOffice(t, server)
	o.cfg.Root = "due"
	const control = "truncated-in-the-ordinary-way-01" // 32 bytes
	put(t, shared, "due", "big.txt", strings.Repeat(secretText, 100_000))
	put(t, shared, "due", "small.txt", secretText)
	put(t, shared, "due/Ærø åben", "slack.txt", strings.Repeat(secretText, 200)+"end")
	put(t, shared, "kept", "control.txt", strings.Repeat(control, 1000))
	plan := o.approve(t)
	unix.Sync()
	for path, res := range o.run(t, plan, nil) {
		if res.Result != erase.Erased || res.Assurance != erase.Unproven || res.Method != methodOverwrite {
			t.Errorf("%s: %+v", path, res)
		}
	}
	sh := connectTo(t, o)
	f, err := sh.share.OpenFile("kept/control.txt", os.O_RDWR|os.O_TRUNC, 0o666)
	must(t, err)
	_, err = f.Write(bytes.Repeat([]byte{0xaa}, 32_000))
	must(t, errors.Join(err, f.Sync(), f.Close()))
	server.Kill(t)
	unix.Sync()
	unmount(t, mnt)
	raw, err := os.ReadFile(image)
	must(t, err)
	if n := bytes.Count(raw, []byte(secretText)); n != 0 {
		t.Errorf("%d pieces of what was erased are left", n)
	}
	if n := bytes.Count(raw, []byte(control)); n != 1000 {
		t.Errorf("%d pieces of 1000 of the control are found: this test would see nothing", n)
	}
}

// unmount waits for the last process of the killed server to let go.
func unmount(t testing.TB, mnt string) {
	t.Helper()
	for end := time.Now().Add(10 * time.Second); ; time.Sleep(50 * time.Millisecond) {
		out, err := exec.Command("umount", mnt).CombinedOutput()
		if err == nil {
			return
		}
		if time.Now().After(end) {
			t.Fatalf("umount: %v: %s", err, out)
		}
	}
}

func command(t testing.TB, args ...string) {
	t.Helper()
	if out, err := exec.Command(args[0], args[1:]...).CombinedOutput(); err != nil {
		t.Fatalf("%v: %v\n%s", args, err, out)
	}
}

// Alternate data streams are overwritten before they go, whatever their names;
// where the server does not list them, those of known names, and that is said.
func TestStreams(t *testing.T) {
	const origin = "[ZoneTransfer] HostUrl=https://example.dk/150370-5008"
	for how, tc := range map[string]struct {
		listed bool
		wiped  []string
	}{
		"listed":     {true, []string{"Zone.Identifier", "egen", "æøå"}},
		"not listed": {false, []string{"Zone.Identifier"}},
	} {
		t.Run(how, func(t *testing.T) {
			server := testenv.Smbd(t, testenv.SmbOptions{Streams: true})
			o := newOffice(t, server)
			put(t, server.Path, "mappe", "sag.txt", secretText)
			other := connectTo(t, o)
			for _, name := range []string{"Zone.Identifier", "egen", "æøå"} {
				must(t, other.share.WriteFile("mappe/sag.txt:"+name, []byte(origin), 0o666))
			}
			plan := o.approve(t)
			looked := false
			res := o.run(t, plan, func(what string) {
				if what == "streams" && !tc.listed {
					panic(errNotTold) // see hookedHandle
				}
				if what != "remove" || looked {
					return
				}
				looked = true
				list, err := filepath.Glob(o.path("mappe/" + erase.TombstonePrefix + "*"))
				must(t, err)
				for _, name := range []string{"Zone.Identifier", "egen", "æøå"} {
					buf := make([]byte, 1000)
					n, err := unix.Getxattr(list[0], "user.DosStream."+name+":$DATA", buf)
					must(t, err)
					wiped := !bytes.Contains(buf[:n], []byte("example.dk"))
					if n < len(origin) || wiped != slices.Contains(tc.wiped, name) {
						t.Errorf("the stream %s holds %q when the file is removed", name, buf[:n])
					}
				}
			})["mappe/sag.txt"]
			if res.Result != erase.Erased || !looked {
				t.Errorf("result %+v", res)
			}
			if said := slices.Contains(res.Caveats, erase.CaveatShareStreams); said == tc.listed {
				t.Errorf("the caveats are %q", res.Caveats)
			}
			if names := o.names(t, "mappe"); names != "" {
				t.Errorf("left: %s", names)
			}
		})
	}
}

// Every byte of every block is overwritten and made durable before anything is
// cut off or removed: the order of the calls.
func TestOrderOfCalls(t *testing.T) {
	server := testenv.Smbd(t, testenv.SmbOptions{})
	o := newOffice(t, server)
	put(t, server.Path, "mappe", "sag.txt", secretText)
	plan := o.approve(t)
	var calls []string
	res := o.run(t, plan, func(what string) {
		if slices.Contains([]string{"rename", "write", "sync", "read", "truncate", "remove"}, what) {
			calls = append(calls, what)
		}
	})["mappe/sag.txt"]
	want := "read rename read sync sync write sync read truncate sync remove sync"
	if got := strings.Join(calls, " "); got != want || res.Result != erase.Erased {
		t.Errorf("%s: calls\n%s, want\n%s", res.Result, got, want)
	}
}

// What is claimed follows what the administrator says of the storage and what
// can be seen, and is never more than unproven.
func TestCaveats(t *testing.T) {
	for medium, want := range map[Medium]string{
		"": erase.CaveatShareMedium, MediumUnknown: erase.CaveatShareMedium, MediumInPlace: erase.CaveatShareInPlace, MediumCow: erase.CaveatCopyOnWrite,
	} {
		server := testenv.Smbd(t, testenv.SmbOptions{})
		o := newOffice(t, server)
		o.cfg.Medium = medium
		o.cfg.Exclude = []string{".snapshots"}
		put(t, server.Path, "mappe", "sag.txt", secretText)
		put(t, server.Path, "mappe", "tom.txt", "")
		if medium == MediumCow {
			put(t, server.Path, ".snapshots/@GMT-2026.11.20-03.00.00/mappe", "sag.txt", secretText)
		}
		got := o.run(t, o.approve(t), nil)
		full, empty := got["mappe/sag.txt"], got["mappe/tom.txt"]
		if full.Assurance != erase.Unproven || !slices.Contains(full.Caveats, want) || !slices.Contains(full.Caveats, erase.CaveatShareLinks) {
			t.Errorf("%q: %s %q, want %q", medium, full.Assurance, full.Caveats, want)
		}
		if empty.Assurance != erase.Unlinked || empty.Method != methodUnlink || !slices.Contains(empty.Caveats, erase.CaveatEmpty) {
			t.Errorf("%q: empty: %+v", medium, empty)
		}
		if slices.Contains(full.Caveats, erase.CaveatShareSnapshots) != (medium == MediumCow) {
			t.Errorf("%q: snapshots: %q", medium, full.Caveats)
		}
	}
}

func TestVersionFile(t *testing.T) {
	st := stat{id: 1<<63 + 5, size: 7, attrs: 0x20, written: time.Unix(1, 200)}
	if id, err := versionFile(st.version()); err != nil || id != st.id {
		t.Errorf("%s: %d, %v", st.version(), id, err)
	}
	for _, bad := range []string{"", "s1", "s1-", "s1-_-1", "1-2-3-4", "s2-1-1"} {
		if _, err := versionFile(bad); err == nil {
			t.Errorf("%q is a version", bad)
		}
	}
	bit := st
	bit.attrs |= 0x20 | 0x80
	if bit.version() != st.version() {
		t.Error("the archive bit makes another version")
	}
	bit.attrs |= attrReadOnly
	if bit.version() == st.version() {
		t.Error("the read-only bit makes no other version")
	}
}

func TestCheckTombstone(t *testing.T) {
	must(t, checkTombstone(".slet-"+strings.Repeat("a", 26)))
	for _, bad := range []string{"", "a.txt", ".slet-", ".slet-short", ".slet-" + strings.Repeat("a", 20) + "/../x", ".slet-" + strings.Repeat("a", 20) + ":s", ".slet-" + strings.Repeat("a", 20) + `\x`} {
		if err := checkTombstone(bad); !errors.Is(err, erase.ErrRefused) {
			t.Errorf("%q: %v, want a refusal", bad, err)
		}
	}
}

// What the configuration leaves out is not walked, and not erased either when
// it is left out after the approval.
func TestExcluded(t *testing.T) {
	server := testenv.Smbd(t, testenv.SmbOptions{})
	o := newOffice(t, server)
	put(t, server.Path, "mappe/tmp", "sag.txt", secretText)
	plan := o.approve(t)
	o.cfg.Exclude = []string{"**/tmp"}
	if res := o.run(t, plan, nil)["mappe/tmp/sag.txt"]; res.Result != erase.Refused {
		t.Errorf("result %s (%v), want refused", res.Result, res.Err)
	}
	items, gaps, skips, err := crawl(open(t, o.cfg), nil)
	must(t, err)
	if len(items)+len(gaps) != 0 || len(skips) != 1 || skips[0].Why != scanner.SkipExcluded || skips[0].Parent != "mappe" || skips[0].Name != "tmp" {
		t.Errorf("items %v, gaps %v, skips %v", items, gaps, skips)
	}
}

// A renaming never replaces what has the name: an item that is to get its own
// name back stays under its tombstone when somebody has saved something new.
func TestNeverReplaces(t *testing.T) {
	server := testenv.Smbd(t, testenv.SmbOptions{Share: []string{"strict locking = yes"}})
	o := newOffice(t, server)
	put(t, server.Path, "mappe", "sag.txt", secretText)
	plan := o.approve(t)
	done := false
	res := o.run(t, plan, func(what string) {
		if what != "write" || done {
			return
		}
		done = true
		list, err := filepath.Glob(o.path("mappe/" + erase.TombstonePrefix + "*"))
		must(t, err)
		lockFile(t, list[0])
		put(t, server.Path, "mappe", "sag.txt", "nyt indhold")
	})["mappe/sag.txt"]
	if res.Result != erase.Unknown {
		t.Errorf("result %s (%v), want unknown", res.Result, res.Err)
	}
	if b, err := os.ReadFile(o.path("mappe/sag.txt")); err != nil || string(b) != "nyt indhold" {
		t.Errorf("what somebody saved: %q, %v", b, err)
	}
	if names := o.names(t, "mappe"); len(strings.Fields(names)) != 2 {
		t.Errorf("the folder holds %s", names)
	}
}
