package store

import (
	"cmp"
	"errors"
	"fmt"
	"maps"
	"slices"
	"testing"
	"time"

	gocmp "github.com/google/go-cmp/cmp"

	"github.com/sletdk/slet/detectors"
	"github.com/sletdk/slet/retention"
	"github.com/sletdk/slet/scanner"
)

// groupItems are findings in some folders, about some persons, some of them
// copies; the last is a recording, in which nothing is found.
func groupItems() []Finding {
	var all []Finding
	for n := range 24 {
		f := finding("drev", n)
		f.Item.Path = []string{"top.txt", "A/x.txt", "A/B/x.txt", "a/x.txt"}[n%4] + fmt.Sprint(n)
		f.Item.ID = f.Item.Path
		for p := range n % 3 {
			f.Matches = append(f.Matches, detectors.Match{Detector: "cpr", Category: "cpr", Value: fmt.Sprintf("15037%d-••••", p), Confidence: detectors.Confirmed, Subject: fmt.Sprint("p", p)})
		}
		if n%3 == 0 {
			f.Counts = []Count{{Detector: "helbred", Category: "helbred", Confidence: detectors.Possible, N: 1}}
		}
		if n%5 < 2 {
			f.ContentMAC = fmt.Sprint("c", n%5)
		}
		if n == 20 {
			f.Counts = nil
		}
		all = append(all, f)
	}
	rec := finding("drev", 99)
	rec.Item.Kind, rec.ContentMAC = scanner.KindRecording, "c0"
	return append(all, rec)
}

// groupsInGo are the groups of a kind as anybody would count them.
func groupsInGo(t *testing.T, all []Finding, kind GroupKind, owner string) map[string]Group {
	t.Helper()
	groups := map[string]Group{}
	for _, f := range all {
		v := judgeByNumber(f)
		if v.Restricted || len(f.Counts)+len(f.Matches) == 0 || owner != "" && v.Owner != owner {
			continue
		}
		names := map[GroupKind][]string{ByFolder: {folderOf(f.Item.Path)}}[kind]
		switch {
		case kind == ByContent && f.ContentMAC != "" && f.Item.Size > 0:
			names = []string{f.ContentMAC}
		case kind == ByPerson:
			for _, m := range f.Matches {
				names = append(names, m.Subject)
			}
		}
		for _, name := range names {
			g := groups[name]
			if g.Items++; v.Disposition == retention.Due {
				g.Ready++
			}
			if !v.Due.IsZero() && (g.Due.IsZero() || v.Due.Before(g.Due)) {
				g.Due = v.Due
			}
			groups[name] = g
		}
	}
	maps.DeleteFunc(groups, func(_ string, g Group) bool { return kind == ByContent && g.Items < 2 })
	return groups
}

// listed are the groups that the store has, in pages of two, by what they have
// in common; and that their handles choose what they count.
func listed(t *testing.T, s *Store, f GroupFilter, order GroupOrder) map[string]Group {
	t.Helper()
	got := map[string]Group{}
	var mark GroupMark
	var was []int64
	for {
		list, next, err := s.GroupPage(t.Context(), f, order, mark, 2)
		must(t, err)
		if mark = next; len(list) == 0 {
			break
		}
		for _, g := range list {
			was = append(was, next.Key)
			works, _, err := s.WorkPage(t.Context(), WorkFilter{Found: true, Owner: f.Owner, Group: f.Kind, Handle: g.Handle}, ByDue, WorkMark{}, 100)
			must(t, err)
			n, err := s.WorkCount(t.Context(), WorkFilter{Found: true, Owner: f.Owner, Group: f.Kind, Handle: g.Handle}, 100)
			if err != nil || int64(len(works)) != g.Items || n != g.Items || !slices.ContainsFunc(works, func(w Work) bool { return w.Ref == g.Ref }) {
				t.Errorf("group %+v has %d lines, counted %d (%v)", g, len(works), n, err)
			}
			sample, err := s.Finding(t.Context(), g.Ref)
			must(t, err)
			name := map[GroupKind]string{ByFolder: g.Folder, ByPerson: g.Handle, ByContent: sample.ContentMAC}[f.Kind]
			if f.Kind == ByPerson && g.Person != sample.Matches[len(sample.Matches)-1].Value && g.Person != sample.Matches[0].Value {
				t.Errorf("person %s is shown as %q", g.Handle, g.Person)
			}
			if _, twice := got[name]; twice {
				t.Errorf("%s is listed twice", name)
			}
			got[name] = Group{Items: g.Items, Ready: g.Ready, Due: g.Due}
		}
	}
	up := order == DueFirst
	if !slices.IsSortedFunc(was, func(a, b int64) int { return map[bool]int{true: 1, false: -1}[up] * cmp.Compare(a, b) }) {
		t.Errorf("not in order of %s: %v", order, was)
	}
	return got
}

// TestGroupsLikeGo compares groups of every kind, of all and of an owner, with a
// count in Go; also after items have gone, and others have come to an owner.
func TestGroupsLikeGo(t *testing.T) {
	engines(t, func(t *testing.T, s *Store) {
		all := groupItems()
		fill(t, s, "drev", all)
		refreshAll(t, s, judgeByNumber)
		check := func() {
			t.Helper()
			for range 2 { // the second finds everything right
				must(t, s.RefreshGroups(t.Context()))
			}
			for _, kind := range GroupKinds() {
				for _, owner := range []string{"", "o1", "nobody"} {
					for _, order := range []GroupOrder{LargestFirst, ReadyFirst, DueFirst} {
						f := GroupFilter{Kind: kind, Owner: owner}
						want := groupsInGo(t, all, kind, owner)
						if d := gocmp.Diff(want, listed(t, s, f, order)); d != "" {
							t.Errorf("by %s, of %q (-want +got):\n%s", kind, owner, d)
						}
						if n, err := s.GroupCount(t.Context(), f, 100); err != nil || n != int64(len(want)) {
							t.Errorf("by %s, of %q: counted %d, want %d (%v)", kind, owner, n, len(want), err)
						}
						maps.DeleteFunc(want, func(_ string, g Group) bool { return g.Ready == 0 })
						f.Ready = true
						if d := gocmp.Diff(want, listed(t, s, f, order)); d != "" {
							t.Errorf("due, by %s, of %q (-want +got):\n%s", kind, owner, d)
						}
					}
				}
			}
		}
		check()
		// A group that is called large is read another way, and has the same lines.
		for _, f := range []WorkFilter{{Group: ByPerson, Handle: "p0"}, {Group: ByContent, Handle: all[5].Ref}, {Group: ByPerson, Handle: "p1", Owner: "o0"}} {
			small, _, err := s.WorkPage(t.Context(), f, ByDue, WorkMark{}, 100)
			must(t, err)
			_, err = s.write.ExecContext(t.Context(), "UPDATE work_groups SET items = 1000000")
			must(t, err)
			large, _, err := s.WorkPage(t.Context(), f, ByDue, WorkMark{}, 100)
			if d := gocmp.Diff(small, large); err != nil || d != "" || len(small) == 0 {
				t.Errorf("%+v, called large (%v): %s", f, err, d)
			}
			must(t, s.RefreshGroups(t.Context()))
		}
		for _, gone := range []int{1, 6, 11} {
			must(t, s.Forget(t.Context(), all[gone].Ref))
		}
		all = slices.Delete(slices.Delete(slices.Delete(all, 11, 12), 6, 7), 1, 2)
		check()
		if _, _, err := s.GroupPage(t.Context(), GroupFilter{Kind: ByFolder}, "other", GroupMark{}, 1); err == nil {
			t.Error("an order that does not exist")
		}
		for _, kind := range GroupKinds() {
			_, _, err := s.WorkPage(t.Context(), WorkFilter{Group: kind, Handle: "i-gone"}, ByDue, WorkMark{}, 1)
			if kind != ByPerson && !errors.Is(err, ErrNotFound) {
				t.Errorf("a group by %s that is gone: %v", kind, err)
			}
		}
	})
}

// TestGroupsOfOldLines: lines that were written before they had a folder are
// written anew.
func TestGroupsOfOldLines(t *testing.T) {
	s := openTest(t, sqliteDSN(t))
	fill(t, s, "drev", groupItems())
	basis := Basis{Rules: "r", Now: day}
	refresh := func() Refreshed {
		done, err := s.RefreshWorklist(t.Context(), basis, judgeByNumber)
		must(t, err)
		return done
	}
	refresh()
	if _, err := s.write.ExecContext(t.Context(), "UPDATE worklist SET folder = ''"); err != nil {
		t.Fatal(err)
	}
	if _, err := s.write.ExecContext(t.Context(), "UPDATE worklist_basis SET value = 'r false' WHERE name = 'rules'"); err != nil {
		t.Fatal(err)
	}
	basis.Now = day.Add(time.Second)
	if done := refresh(); !done.All {
		t.Fatal("not all was written anew")
	}
	must(t, s.RefreshGroups(t.Context()))
	if got := listed(t, s, GroupFilter{Kind: ByFolder}, LargestFirst); len(got) != 4 {
		t.Error(got)
	}
}
