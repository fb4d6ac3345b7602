package main

import (
	"errors"
	"fmt"
	"os"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/sletdk/slet/internal/testenv"
)

// counted is a storage that can tell, from its own side and not from what slet
// believes, what a scan asked of it.
type counted struct {
	config string // its entry under sources
	env    []string
	items  []string
	// scan runs the scan, and returns the names of the items whose content was
	// asked for, each once and sorted, and how many other requests there were
	// that list or look into something.
	scan func(t *testing.T, bin string, args ...string) (opened []string, others int)
	// change gives an item more content, and remove removes it.
	change, remove func(t *testing.T, item string)
	// changed is what has to be opened when items[1] was changed: a message never
	// changes, so that the one that comes is a new one.
	changed string
	// folders is how many it has; listing them takes requests by their number,
	// not by that of items.
	folders int
}

// TestUnchangedCostsItsListing: of what has not changed since the last scan no
// content is asked for: on a disk and in a CCTV folder by what the kernel was
// asked for, on a share and in a mailbox by what the server was. What is new or
// changed is opened, and nothing beside it; what has gone leaves the inventory.
func TestUnchangedCostsItsListing(t *testing.T) {
	bin := buildSlet(t)
	for name, set := range map[string]func(t *testing.T) counted{"files": countedFiles, "cctv": countedCCTV, "share": countedShare, "mail": countedMail} {
		t.Run(name, func(t *testing.T) {
			s := set(t)
			for _, v := range s.env {
				name, value, _ := strings.Cut(v, "=")
				t.Setenv(name, value)
			}
			config := filepath.Join(t.TempDir(), "slet.yaml")
			rules := "version: test-1\nrules:\n  - {id: AAR, title: Alt, match: {path: [\"**\"]}, trigger: modified, delete_after: P1Y, action: erase}\n"
			for file, text := range map[string]string{config: "sources:\n  - " + s.config + "\n", filepath.Join(filepath.Dir(config), "schedule.yaml"): rules} {
				if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
					t.Fatal(err)
				}
			}
			scan := func(what string, want ...string) {
				t.Helper()
				opened, others := s.scan(t, bin, "--config", config, "--quiet", "scan")
				if !slices.Equal(opened, want) {
					t.Errorf("%s: the content of %q was asked for, want %q", what, opened, want)
				}
				if most := 3 * (s.folders + 1); len(want) == 0 && (others == 0 || others > most) {
					t.Errorf("%s: %d requests list the source, want 1 to %d", what, others, most)
				}
			}
			scan("the first scan", s.items...)
			scan("nothing has changed")
			s.change(t, s.items[1])
			scan("one has changed", s.changed)
			s.remove(t, s.items[0])
			scan("one has gone")
			left := len(s.items) - 1
			if !slices.Contains(s.items, s.changed) {
				left++
			}
			out, code := execSlet(t, bin, "--config", config, "--json", "findings", "--all")
			if got := lines[findingLine](t, out); code != exitDone || len(got) != left {
				t.Errorf("exit code %d, the inventory holds %d items, want %d", code, len(got), left)
			}
		})
	}
}

// countedNames are ten items in each of three folders.
func countedNames(pattern string) (names []string) {
	for i := range 30 {
		names = append(names, fmt.Sprintf(pattern, i/10, i%10))
	}
	return names
}

// onFolder is a storage in a folder of this machine.
func onFolder(t *testing.T, root string, items []string) counted {
	t.Helper()
	for _, item := range items {
		file := filepath.Join(root, item)
		if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(file, []byte("CPR 150370-5008"), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	return counted{
		items: items, changed: items[1],
		change: func(t *testing.T, item string) {
			t.Helper()
			if err := os.WriteFile(filepath.Join(root, item), []byte("CPR 010758-5001 er ny"), 0o644); err != nil {
				t.Fatal(err)
			}
		},
		remove: func(t *testing.T, item string) {
			t.Helper()
			if err := os.Remove(filepath.Join(root, item)); err != nil {
				t.Fatal(err)
			}
		},
	}
}

// openCall is a call that opens, also where strace tells its end on a line of its own.
var openCall = regexp.MustCompile(`\bopen(at2?)?(\(| resumed)`)

// byKernel scans under strace.
func byKernel(root string) func(t *testing.T, bin string, args ...string) ([]string, int) {
	return func(t *testing.T, bin string, args ...string) (opened []string, others int) {
		for _, c := range testenv.Strace(t, nil, bin, args...) {
			for _, path := range c.Paths {
				rel, ok := strings.CutPrefix(path, root)
				switch {
				case !ok: // of slet itself
				case strings.Contains(c.Line, "getdents64("):
					others++
				case openCall.MatchString(c.Line) && filepath.Ext(rel) != "":
					opened = append(opened, strings.TrimPrefix(rel, "/"))
				}
			}
		}
		slices.Sort(opened)
		return slices.Compact(opened), others
	}
}

func countedFiles(t *testing.T) counted {
	root := t.TempDir()
	s := onFolder(t, root, countedNames("mappe%d/sag%d.txt"))
	s.config, s.scan, s.folders = fmt.Sprintf("{name: f, type: files, path: %q}", root), byKernel(root), 4
	return s
}

func countedCCTV(t *testing.T) counted {
	root := t.TempDir()
	s := onFolder(t, root, countedNames("kamera%d/2026-10-04/12-0%d-00.mp4"))
	s.config, s.scan, s.folders = fmt.Sprintf("{name: c, type: cctv, path: %q, cctv: {layout: motioneye}}", root), byKernel(root), 7
	return s
}

func countedShare(t *testing.T) counted {
	server := testenv.Smbd(t, testenv.SmbOptions{OwnUser: true, Audit: true})
	s := onFolder(t, server.Path, countedNames("mappe%d/sag%d.txt"))
	s.config = fmt.Sprintf("{name: s, type: smb, smb: {address: %q, share: %q, username: %q, password: env:SLET_TEST_SMB}}", server.Address, server.Share, server.User)
	s.env, s.folders = []string{"SLET_TEST_SMB=" + server.Password}, 4
	s.scan = func(t *testing.T, bin string, args ...string) (opened []string, others int) {
		before := len(server.Log(t))
		if _, code := execSlet(t, bin, args...); code != exitDone {
			t.Fatalf("exit code %d", code)
		}
		for line := range strings.Lines(server.Log(t)[before:]) {
			_, path, ok := strings.Cut(strings.TrimSpace(line), server.Path)
			// When it lists a folder, the server looks at the files in it by itself.
			create := strings.HasPrefix(line, "AUDIT|create_file|")
			switch {
			case !ok || !create && !strings.HasPrefix(line, "AUDIT|pread"):
			case filepath.Ext(path) != "":
				opened = append(opened, strings.TrimPrefix(path, "/"))
			case create:
				others++
			}
		}
		slices.Sort(opened)
		return slices.Compact(opened), others
	}
	return s
}

var (
	mailExamined = regexp.MustCompile(` EXAMINE "?(\w+)`)
	mailFetched  = regexp.MustCompile(` UID FETCH (\S+) .*BODY\.PEEK\[\]`)
)

func countedMail(t *testing.T) counted {
	d := testenv.Dovecot(t, testenv.DovecotOptions{Rawlog: true})
	mail := []byte("From: a@example.dk\r\nTo: b@example.dk\r\nSubject: sag\r\n\r\nCPR 150370-5008\r\n")
	s := counted{env: []string{"SLET_TEST_IMAP=" + d.MasterPass}, folders: 4, changed: "Mappe0/11"}
	s.config = fmt.Sprintf("{name: p, type: imap, imap: {address: %q, root_cas: %q, master: %q, password: env:SLET_TEST_IMAP, accounts: [anne]}}", d.TLSAddress, d.CA, d.Master)
	files := map[string]string{}
	for i := range 30 {
		item := fmt.Sprintf("Mappe%d/%02d", i/10, i%10+1)
		s.items = append(s.items, item)
		files[item] = d.Deliver(t, "anne", path.Dir(item), mail, time.Now())
	}
	s.change = func(t *testing.T, item string) { d.Deliver(t, "anne", path.Dir(item), mail, time.Now()) }
	s.remove = func(t *testing.T, item string) {
		t.Helper()
		if err := os.Remove(files[item]); err != nil {
			t.Fatal(err)
		}
	}
	s.scan = func(t *testing.T, bin string, args ...string) (opened []string, others int) {
		logs, err := filepath.Glob(filepath.Join(d.Dir, "raw", "*"))
		for _, log := range logs {
			err = errors.Join(err, os.Remove(log)) // of the scans before
		}
		if err != nil {
			t.Fatal(err)
		}
		if _, code := execSlet(t, bin, args...); code != exitDone {
			t.Fatalf("exit code %d", code)
		}
		commands := d.Commands(t) // of one connection after the other
		folder := ""
		for line := range strings.Lines(commands) {
			if m := mailExamined.FindStringSubmatch(line); m != nil {
				folder = m[1]
			}
			if m := mailFetched.FindStringSubmatch(line); m != nil {
				for _, uid := range uids(t, m[1]) {
					opened = append(opened, fmt.Sprintf("%s/%02d", folder, uid))
				}
			}
		}
		slices.Sort(opened)
		return slices.Compact(opened), strings.Count(commands, "\n")
	}
	return s
}

// uids are the numbers of a set such as 1:3,7.
func uids(t *testing.T, set string) (list []int) {
	t.Helper()
	for part := range strings.SplitSeq(set, ",") {
		from, to, many := strings.Cut(part, ":")
		if !many {
			to = from
		}
		first, err := strconv.Atoi(from)
		last, err2 := strconv.Atoi(to)
		if err := errors.Join(err, err2); err != nil {
			t.Fatal(err)
		}
		for uid := first; uid <= last; uid++ {
			list = append(list, uid)
		}
	}
	return list
}
