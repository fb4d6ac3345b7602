package imap

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/sletdk/slet/internal/testenv"
	"github.com/sletdk/slet/scanner"
)

// notebook is a memory as the store keeps one: items and marks of the last walk
// that ended well.
type notebook struct {
	items map[string]scanner.Item
	marks map[string]string
}

func (n *notebook) Items(_ context.Context, place string, most int) (items []scanner.Item, mark string, err error) {
	for _, id := range slices.Sorted(maps.Keys(n.items)) {
		if it := n.items[id]; strings.HasPrefix(it.Path, place+"/") {
			items = append(items, it)
		}
	}
	if len(items) > most {
		return nil, "", nil
	}
	return items, n.marks[place], nil
}

// remembering walks with the memory, brings it up to date, and returns what was
// yielded: the paths of items and how many were private.
func (n *notebook) remembering(t *testing.T, cfg Config) (paths []string, private int) {
	t.Helper()
	s := source(t, cfg)
	s.Recall(n)
	parts, err := s.Partitions(t.Context())
	must(t, err)
	next := &notebook{map[string]scanner.Item{}, map[string]string{}}
	for _, p := range parts {
		for it, err := range s.Walk(t.Context(), p) {
			var skip *scanner.Skip
			var mark *scanner.Mark
			switch {
			case errors.As(err, &skip):
				private++
			case errors.As(err, &mark):
				next.marks[mark.Place] = mark.Value
			case err != nil:
				t.Fatal(err)
			default:
				next.items[it.ID] = it
				paths = append(paths, strings.TrimPrefix(it.Path, account+"/"))
			}
		}
	}
	*n = *next
	slices.Sort(paths)
	return paths, private
}

// asked returns the commands since the log was so long, but for those that find
// the way.
func asked(t *testing.T, d *testenv.DovecotServer, before string) (all []string) {
	t.Helper()
	now := d.Commands(t)
	seen := map[string]int{}
	for line := range strings.Lines(before) {
		seen[line]++
	}
	for line := range strings.Lines(now) {
		if seen[line]--; seen[line] >= 0 {
			continue
		}
		for _, verb := range []string{"STATUS", "EXAMINE", "UID SEARCH", "UID FETCH"} {
			if _, rest, ok := strings.Cut(line, " "+verb+" "); ok {
				all = append(all, verb+" "+strings.TrimSpace(rest))
			}
		}
	}
	slices.Sort(all)
	return all
}

func has1(all []string, prefix string) bool {
	return slices.ContainsFunc(all, func(s string) bool { return strings.HasPrefix(s, prefix) })
}

// TestUnchangedFolders: of a folder in which nothing has happened a server that
// counts changes is asked for the count only, another one for the numbers of its
// messages; of new messages everything is asked, of old ones nothing.
func TestUnchangedFolders(t *testing.T) {
	for _, counts := range []bool{true, false} {
		t.Run(fmt.Sprint("CONDSTORE ", counts), func(t *testing.T) {
			o := testenv.DovecotOptions{Rawlog: true}
			if !counts {
				o.Capabilities = "IMAP4rev1 UIDPLUS LITERAL+"
			}
			d := testenv.Dovecot(t, o)
			var files []string
			for i := range 3 {
				files = append(files, d.Deliver(t, account, "Sager", mail("Sag", fmt.Sprint(i)), received()))
			}
			d.Deliver(t, account, "Sager", mail("Privat: ferie", "hemmeligt"), received())
			d.Deliver(t, account, "Sager/Under", mail("Sag", "under"), received())
			var n notebook
			first, private := n.remembering(t, config(d))
			if len(first) != 4 || private != 1 || len(n.marks) != 3 {
				t.Fatalf("items %v, %d private, marks %v", first, private, n.marks)
			}

			expect := func(what string, want []string, fetched string) {
				t.Helper()
				before := d.Commands(t)
				got, private := n.remembering(t, config(d))
				if !slices.Equal(got, want) || private != 1 {
					t.Errorf("%s: items %v, %d private; want %v", what, got, private, want)
				}
				cmds := asked(t, d, before)
				quiet := counts && fetched == ""
				if has1(cmds, "EXAMINE Sager") || has1(cmds, `EXAMINE "Sager"`) {
					if quiet {
						t.Errorf("%s: %q", what, cmds)
					}
				} else if !quiet {
					t.Errorf("%s: it was not opened: %q", what, cmds)
				}
				for _, c := range cmds {
					// Without a count the private message is asked about each time.
					if strings.HasPrefix(c, "UID FETCH") && !strings.HasPrefix(c, "UID FETCH "+fetched+" ") && (quiet || !strings.HasPrefix(c, "UID FETCH 4 ")) {
						t.Errorf("%s: %s", what, c)
					}
				}
			}
			expect("nothing has happened", first, "")
			expect("nor since", first, "")
			d.Deliver(t, account, "Sager", mail("Sag", "ny"), received())
			expect("a new one", append(slices.Clone(first[:3]), "Sager/5", "Sager/Under/1"), "4:5")
			must(t, os.Remove(files[1]))
			expect("one is gone", []string{"Sager/1", "Sager/3", "Sager/5", "Sager/Under/1"}, "4")
			must(t, os.Rename(files[0], files[0]+"S"))
			expect("one was read", []string{"Sager/1", "Sager/3", "Sager/5", "Sager/Under/1"}, "4")
		})
	}
}

// TestMarksMustAgree: a folder is believed to be as it was only if everything
// agrees: the numbering, the counts, and what is remembered.
func TestMarksMustAgree(t *testing.T) {
	d := testenv.Dovecot(t, testenv.DovecotOptions{Rawlog: true})
	for i := range 3 {
		d.Deliver(t, account, "Sager", mail("Sag", fmt.Sprint(i)), received())
	}
	for name, change := range map[string]func(n *notebook, place string){
		"one was forgotten": func(n *notebook, _ string) {
			delete(n.items, slices.Sorted(maps.Keys(n.items))[0])
		},
		"no mark":        func(n *notebook, place string) { delete(n.marks, place) },
		"another format": func(n *notebook, place string) { n.marks[place] = "2" + n.marks[place][1:] },
		"another numbering": func(n *notebook, place string) {
			s, _ := parseState(n.marks[place])
			s.validity++
			n.marks[place] = s.mark()
		},
		"another count of changes": func(n *notebook, place string) {
			s, _ := parseState(n.marks[place])
			s.modSeq++
			n.marks[place] = s.mark()
		},
		"private ones that are not there": func(n *notebook, place string) {
			s, _ := parseState(n.marks[place])
			s.private++
			n.marks[place] = s.mark()
		},
		"another number of messages": func(n *notebook, place string) {
			s, _ := parseState(n.marks[place])
			s.messages--
			n.marks[place] = s.mark()
		},
	} {
		var n notebook
		want, _ := n.remembering(t, config(d))
		change(&n, account+"/Sager")
		before := d.Commands(t)
		if got, _ := n.remembering(t, config(d)); !slices.Equal(got, want) {
			t.Errorf("%s: %v, want %v", name, got, want)
		}
		if cmds := asked(t, d, before); !has1(cmds, "EXAMINE") {
			t.Errorf("%s: it was believed: %q", name, cmds)
		}
	}
}

// TestNoMarkAfterTrouble: a folder of which something could not be told is not
// marked, and nothing is remembered of one that was numbered anew.
func TestNoMarkAfterTrouble(t *testing.T) {
	for odd, want := range map[string]bool{"": true, "one is missing": false} {
		s := source(t, fake(t, func(tag, uids, what string) string { return told(uids, what, odd) + tag + " OK\r\n" }))
		s.Recall(&notebook{})
		items, _, _, err := crawl(t, s) // which ends at the mark
		if marked := errors.As(err, new(*scanner.Mark)); marked != want || len(items) == 0 {
			t.Errorf("%q: %d items, then %v", odd, len(items), err)
		}
	}

	d := testenv.Dovecot(t, testenv.DovecotOptions{})
	d.Deliver(t, account, "Sager", mail("Sag", "en"), received())
	var n notebook
	n.remembering(t, config(d))
	old := n.items
	list := filepath.Join(d.Folder(account, "Sager"), "dovecot-uidlist")
	renumber(t, d, list)
	n.remembering(t, config(d))
	for id := range n.items {
		if _, ok := old[id]; ok {
			t.Errorf("%s is remembered although the folder was numbered anew", id)
		}
	}
	if len(n.items) != 1 {
		t.Errorf("items %v", n.items)
	}
}
