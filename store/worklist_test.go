package store

import (
	"crypto/rand"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/sletdk/slet/detectors"
	"github.com/sletdk/slet/retention"
)

// fill puts findings into an empty store with one complete scan.
func fill(t testing.TB, s *Store, source string, all []Finding) {
	t.Helper()
	sc, err := s.BeginScan(t.Context(), source, day)
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range all {
		if err := sc.Record(t.Context(), f); err != nil {
			t.Fatal(err)
		}
	}
	if err := sc.Finish(t.Context(), day, true, Totals{Seen: int64(len(all)), Scanned: int64(len(all))}); err != nil {
		t.Fatal(err)
	}
}

func worklistItems() []Finding {
	var all []Finding
	for n := range 12 {
		f := finding("drev", n)
		f.DocumentType = []string{"", "ansoegning"}[n%2]
		if n%3 > 0 {
			f.Counts = []Count{{Detector: "cpr", Category: []string{"", "cpr", "helbred"}[n%3], Confidence: []detectors.Confidence{"", detectors.Confirmed, detectors.Possible}[n%3], N: 4}}
		}
		if n == 7 {
			f.Failed = true
			f.Item.Path, f.Item.ID = "Sager/100% Æblegrød_x.docx", "Sager/100% Æblegrød_x.docx"
		}
		all = append(all, f)
	}
	return all
}

// judgeByNumber decides by the size, which is the item's number: due in order
// of number, backwards; every fourth has no date.
func judgeByNumber(f Finding) Verdict {
	n := f.Item.Size
	v := Verdict{Disposition: retention.Due, Rule: "R1", Due: day.AddDate(0, 0, -int(n)), Owner: fmt.Sprint("o", n%2), Restricted: n == 5}
	if n%4 == 0 {
		v.Disposition, v.Rule, v.Due = retention.Review, "R2", time.Time{}
	}
	return v
}

// refreshAll has every item decided anew: what it rests on has another name.
func refreshAll(t testing.TB, s *Store, judge func(Finding) Verdict) {
	t.Helper()
	done, err := s.RefreshWorklist(t.Context(), Basis{Rules: rand.Text(), Now: day}, judge)
	if err != nil || !done.All {
		t.Fatal(done, err)
	}
}

// TestWorklistFiltersLikeGo compares every filter with the same condition
// written in Go, and every page size with the whole list.
func TestWorklistFiltersLikeGo(t *testing.T) {
	engines(t, func(t *testing.T, s *Store) {
		all := worklistItems()
		fill(t, s, "drev", all)
		for range 2 { // the second refresh finds everything right already
			refreshAll(t, s, judgeByNumber)
		}
		has := func(f Finding, c string) bool {
			return slices.ContainsFunc(f.Counts, func(n Count) bool { return n.Category == c })
		}
		for _, c := range []struct {
			name   string
			filter WorkFilter
			want   func(Finding, Verdict) bool
		}{
			{"all", WorkFilter{Restricted: true}, func(Finding, Verdict) bool { return true }},
			{"not restricted", WorkFilter{}, func(f Finding, v Verdict) bool { return !v.Restricted }},
			{"source", WorkFilter{Source: "andet"}, func(Finding, Verdict) bool { return false }},
			{"rule", WorkFilter{Rule: "R2"}, func(f Finding, v Verdict) bool { return v.Rule == "R2" }},
			{"disposition", WorkFilter{Disposition: retention.Due}, func(f Finding, v Verdict) bool { return v.Disposition == retention.Due && !v.Restricted }},
			{"document type", WorkFilter{DocumentType: "ansoegning"}, func(f Finding, v Verdict) bool { return f.DocumentType == "ansoegning" && !v.Restricted }},
			{"category", WorkFilter{Category: "helbred"}, func(f Finding, v Verdict) bool { return has(f, "helbred") && !v.Restricted }},
			{"unknown category", WorkFilter{Category: "tro"}, func(Finding, Verdict) bool { return false }},
			{"owner", WorkFilter{Owner: "o1"}, func(f Finding, v Verdict) bool { return v.Owner == "o1" && !v.Restricted }},
			{"text", WorkFilter{Text: "æBLEGRØD_"}, func(f Finding, v Verdict) bool { return f.Item.Size == 7 }},
			{"a sign of LIKE is a letter", WorkFilter{Text: "0%"}, func(f Finding, v Verdict) bool { return f.Item.Size == 7 }},
			{"found", WorkFilter{Found: true}, func(f Finding, v Verdict) bool { return len(f.Counts) > 0 && !v.Restricted }},
			{"sure", WorkFilter{Sure: true}, func(f Finding, v Verdict) bool { return has(f, "cpr") && !v.Restricted }},
			{"gaps", WorkFilter{Gaps: true}, func(f Finding, v Verdict) bool { return f.Failed }},
			{"before", WorkFilter{Before: day.AddDate(0, 0, -8)}, func(f Finding, v Verdict) bool { return !v.Due.IsZero() && v.Due.Before(day.AddDate(0, 0, -8)) }},
		} {
			var want []string
			for _, f := range all {
				if c.want(f, judgeByNumber(f)) {
					want = append(want, f.Ref)
				}
			}
			for _, order := range []WorkOrder{ByDue, ByPath} {
				for _, size := range []int{1, 5, 100} {
					got := pages(t, s, c.filter, order, size)
					if d := cmp.Diff(sorted(want), sorted(refsOf(got))); d != "" {
						t.Errorf("%s, %s, pages of %d (-want +got):\n%s", c.name, order, size, d)
					}
					inOrder := slices.IsSortedFunc(got, func(a, b Work) int {
						if order == ByPath {
							return strings.Compare(searchText(a.Path), searchText(b.Path))
						}
						return dueOrNever(a).Compare(dueOrNever(b))
					})
					if !inOrder {
						t.Errorf("%s is not in order of %s", c.name, order)
					}
				}
			}
			if n, err := s.WorkCount(t.Context(), c.filter, 1000); err != nil || n != int64(len(want)) {
				t.Errorf("%s: counted %d, want %d (%v)", c.name, n, len(want), err)
			}
		}
	})
}

func TestWorkChoicesAndOneLine(t *testing.T) {
	engines(t, func(t *testing.T, s *Store) {
		all := worklistItems()
		fill(t, s, "drev", all)
		refreshAll(t, s, judgeByNumber)
		got, err := s.WorkChoices(t.Context())
		want := WorkChoices{Categories: []string{"cpr", "helbred"}, Rules: []string{"R1", "R2"}, DocumentTypes: []string{"ansoegning"}}
		if d := cmp.Diff(want, got); err != nil || d != "" {
			t.Errorf("%v; (-want +got):\n%s", err, d)
		}
		w, err := s.Work(t.Context(), all[5].Ref)
		if d := cmp.Diff(judgeByNumber(all[5]), w.Verdict); err != nil || d != "" || w.Path != all[5].Item.Path {
			t.Errorf("%v %q; (-want +got):\n%s", err, w.Path, d)
		}
		if _, err := s.Work(t.Context(), "nothing"); !errors.Is(err, ErrNotFound) {
			t.Error(err)
		}
	})
}

func TestWorklistLosesWhatIsForgotten(t *testing.T) {
	engines(t, func(t *testing.T, s *Store) {
		all := worklistItems()
		fill(t, s, "drev", all)
		refreshAll(t, s, judgeByNumber)
		if err := s.Forget(t.Context(), all[3].Ref); err != nil {
			t.Fatal(err)
		}
		if got := refsOf(pages(t, s, WorkFilter{Restricted: true}, ByDue, 100)); slices.Contains(got, all[3].Ref) || len(got) != len(all)-1 {
			t.Errorf("listed: %v", got)
		}
		judged := judgeByNumber(all[1])
		judged.Disposition = retention.Held
		refreshAll(t, s, func(Finding) Verdict { return judged })
		if n, err := s.WorkCount(t.Context(), WorkFilter{Disposition: retention.Held}, 5); err != nil || n != 5 {
			t.Errorf("counted %d (%v), want to stop at 5", n, err)
		}
	})
}

func TestSnapshotsArePruned(t *testing.T) {
	engines(t, func(t *testing.T, s *Store) {
		if _, err := s.LatestSnapshot(t.Context()); !errors.Is(err, ErrNotFound) {
			t.Errorf("no snapshot: %v", err)
		}
		midnight := time.Date(2026, 3, 14, 0, 0, 0, 0, time.UTC)
		for h := range 24 * 10 {
			if err := s.AddSnapshot(t.Context(), Snapshot{Taken: midnight.Add(time.Duration(h) * time.Hour), Data: []byte(fmt.Sprint(h))}); err != nil {
				t.Fatal(err)
			}
		}
		if err := s.PruneSnapshots(t.Context(), midnight.AddDate(0, 0, 8), midnight.AddDate(0, 0, 2)); err != nil {
			t.Fatal(err)
		}
		daily, err := s.Snapshots(t.Context(), midnight.AddDate(0, 0, 6))
		if err != nil {
			t.Fatal(err)
		}
		var got []string
		for _, v := range daily {
			got = append(got, string(v.Data))
		}
		if d := cmp.Diff([]string{"167", "191", "215", "239"}, got); d != "" {
			t.Errorf("the last of each day (-want +got):\n%s", d)
		}
		list, err := s.snapshots(t.Context(), "ORDER BY taken")
		if err != nil {
			t.Fatal(err)
		}
		got = nil
		for _, v := range list[:6] {
			got = append(got, string(v.Data))
		}
		// The last hour of each of the days 2 to 7, then every hour.
		if d := cmp.Diff([]string{"71", "95", "119", "143", "167", "191"}, got); d != "" || len(list) != 6+48 {
			t.Errorf("%d snapshots are left; the first (-want +got):\n%s", len(list), d)
		}
		last, err := s.LatestSnapshot(t.Context())
		if err != nil || string(last.Data) != "239" || !last.Taken.Equal(midnight.Add(239*time.Hour)) {
			t.Errorf("latest: %s %s (%v)", last.Taken, last.Data, err)
		}
	})
}

func TestUsersAndSessions(t *testing.T) {
	engines(t, func(t *testing.T, s *Store) {
		ctx := t.Context()
		anna := User{Name: "anna", Role: "dpo", Email: "anna@example.dk", Password: "hash", Created: day.UTC().Truncate(0)}
		for _, u := range []User{anna, {Name: "bo", Role: "it", Created: day}} {
			if err := s.AddUser(ctx, u); err != nil {
				t.Fatal(err)
			}
		}
		if err := s.AddUser(ctx, anna); err == nil {
			t.Error("the same name twice")
		}
		if got, err := s.User(ctx, "anna"); err != nil || !cmp.Equal(got, anna) {
			t.Errorf("%v: %s", err, cmp.Diff(anna, got))
		}
		for i, used := range []time.Time{day, day.Add(time.Hour)} {
			if err := s.AddSession(ctx, Session{ID: fmt.Sprint("s", i), Name: "anna", Created: day, Used: used}); err != nil {
				t.Fatal(err)
			}
		}
		if err := s.UseSession(ctx, "s0", day.Add(2*time.Hour)); err != nil {
			t.Fatal(err)
		}
		if err := s.PruneSessions(ctx, day, day.Add(90*time.Minute)); err != nil {
			t.Fatal(err)
		}
		if _, err := s.Session(ctx, "s1"); !errors.Is(err, ErrNotFound) {
			t.Errorf("an idle session is still there: %v", err)
		}
		if got, err := s.Session(ctx, "s0"); err != nil || got.Name != "anna" || !got.Used.Equal(day.Add(2*time.Hour)) {
			t.Errorf("session: %+v, %v", got, err)
		}
		anna.Disabled = day.Add(time.Hour)
		if err := s.SetUser(ctx, anna); err != nil {
			t.Fatal(err)
		}
		if _, err := s.Session(ctx, "s0"); !errors.Is(err, ErrNotFound) {
			t.Errorf("a closed account is still signed in: %v", err)
		}
		if err := s.SetUser(ctx, User{Name: "nobody", Role: "it"}); !errors.Is(err, ErrNotFound) {
			t.Errorf("changed a user who is not there: %v", err)
		}
		if err := s.EndSession(ctx, "s0"); err != nil {
			t.Error(err)
		}
		if list, err := s.Users(ctx); err != nil || len(list) != 2 || list[0].Name != "anna" || !list[0].Disabled.Equal(anna.Disabled) {
			t.Errorf("users: %+v, %v", list, err)
		}
	})
}

// pages reads the whole list in pages of a size.
func pages(t *testing.T, s *Store, filter WorkFilter, order WorkOrder, size int) (all []Work) {
	t.Helper()
	var mark WorkMark
	for {
		page, next, err := s.WorkPage(t.Context(), filter, order, mark, size)
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, page...)
		if len(page) < size {
			return all
		}
		mark = next
	}
}

func refsOf(list []Work) (refs []string) {
	for _, w := range list {
		refs = append(refs, w.Ref)
	}
	return refs
}

func sorted(list []string) []string {
	list = slices.Clone(list)
	slices.Sort(list)
	return list
}

func dueOrNever(w Work) time.Time {
	if w.Due.IsZero() {
		return time.Unix(0, never)
	}
	return w.Due
}
