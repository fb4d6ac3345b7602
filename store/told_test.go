package store

import (
	"crypto/rand"
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/sletdk/slet/retention"
)

// routed fills a store with six items: two that are due and one that falls due
// soon are hanne's and to be erased; of the others one is held, one kept for
// long, one somebody else's.
func routed(t *testing.T, s *Store) Telling {
	t.Helper()
	var all []Finding
	for n := range 6 {
		all = append(all, finding("drev", n))
	}
	fill(t, s, "drev", all)
	judge(t, s, nil)
	return Telling{Owner: "hanne", Rules: []string{"R1", "R3"}, Before: day.AddDate(0, 0, 30)}
}

// judge refreshes the worklist of routed; change changes a verdict.
func judge(t *testing.T, s *Store, change func(n int, v *Verdict)) {
	t.Helper()
	_, err := s.RefreshWorklist(t.Context(), Basis{Rules: rand.Text(), Now: day}, func(f Finding) Verdict {
		n := int(f.Item.Size)
		v := []Verdict{
			{Disposition: retention.Due, Rule: "R1", Due: day.AddDate(0, 0, -9)},
			{Disposition: retention.Due, Rule: "R1", Due: day.AddDate(0, 0, -3)},
			{Disposition: retention.Keep, Rule: "R3", Due: day.AddDate(0, 0, 5)},
			{Disposition: retention.Held, Rule: "R1", Due: day.AddDate(0, 0, -3)},
			{Disposition: retention.Keep, Rule: "R3", Due: day.AddDate(1, 0, 0)},
			{Disposition: retention.Due, Rule: "R1", Due: day.AddDate(0, 0, -3)},
		}[n]
		v.Owner = []string{"hanne", "hanne", "hanne", "hanne", "hanne", "bo"}[n]
		if change != nil {
			change(n, &v)
		}
		return v
	})
	must(t, err)
}

// told is the numbers of the items that somebody was told of.
func told(t *testing.T, s *Store) (list []string) {
	t.Helper()
	for n := range 6 {
		got, err := s.Told(t.Context(), finding("drev", n).Ref)
		if errors.Is(err, ErrNotFound) {
			continue
		}
		must(t, err)
		list = append(list, fmt.Sprintf("%d %s %s %s", n, got.Owner, got.Version, got.At.Format(time.DateOnly)))
	}
	return list
}

// TestTelling: a digest tells what it counted, when it was taken and not
// before; one that fails tells nothing.
func TestTelling(t *testing.T) {
	engines(t, func(t *testing.T, s *Store) {
		how, monday := routed(t, s), day.Truncate(24*time.Hour)
		counted := []Announced{
			{Rule: "R1", First: day.AddDate(0, 0, -9), Last: day.AddDate(0, 0, -3), N: 2},
			{Rule: "R3", Later: true, First: day.AddDate(0, 0, 5), Last: day.AddDate(0, 0, 5), N: 1},
		}
		got, err := s.BeginTelling(t.Context(), how)
		if d := cmp.Diff(counted, got); err != nil || d != "" {
			t.Fatalf("%v (-want +got):\n%s", err, d)
		}
		if list := told(t, s); list != nil {
			t.Errorf("told before the mail was taken: %v", list)
		}
		must(t, s.EndTelling(t.Context(), "hanne", time.Time{}))
		must(t, s.EndTelling(t.Context(), "hanne", monday))
		if list := told(t, s); list != nil {
			t.Errorf("told by a mail that failed: %v", list)
		}
		_, err = s.BeginTelling(t.Context(), how)
		must(t, err)
		must(t, s.EndTelling(t.Context(), "bo", monday))
		must(t, s.EndTelling(t.Context(), "hanne", monday))
		want := []string{"0 hanne v1 2026-03-14", "1 hanne v1 2026-03-14", "2 hanne v1 2026-03-14"}
		if d := cmp.Diff(want, told(t, s)); d != "" {
			t.Errorf("(-want +got):\n%s", d)
		}
		// A week later they are known, with their day; nothing is told twice.
		got, err = s.BeginTelling(t.Context(), how)
		for i := range counted {
			counted[i].Told = monday.UTC()
		}
		if d := cmp.Diff(counted, got); err != nil || d != "" {
			t.Errorf("%v (-want +got):\n%s", err, d)
		}
		must(t, s.EndTelling(t.Context(), "hanne", monday.AddDate(0, 0, 7)))
		if d := cmp.Diff(want, told(t, s)); d != "" {
			t.Errorf("(-want +got):\n%s", d)
		}
		// What is somebody else's now, or another version, is told anew.
		judge(t, s, func(n int, v *Verdict) {
			if n == 0 {
				v.Owner = "bo"
			}
		})
		changed := finding("drev", 1)
		changed.Item.Version = "v2"
		sc := begin(t, s, "drev")
		must(t, sc.Record(t.Context(), changed))
		finish(t, sc, false)
		for _, owner := range []string{"hanne", "bo"} {
			how.Owner = owner
			_, err = s.BeginTelling(t.Context(), how)
			must(t, err)
			must(t, s.EndTelling(t.Context(), owner, monday.AddDate(0, 0, 14)))
		}
		want = []string{"0 bo v1 2026-03-28", "1 hanne v2 2026-03-28", "2 hanne v1 2026-03-14", "5 bo v1 2026-03-28"}
		if d := cmp.Diff(want, told(t, s)); d != "" {
			t.Errorf("(-want +got):\n%s", d)
		}
	})
}

// TestTell: a page tells of what it listed, and of no other; also while a
// digest is on its way.
func TestTell(t *testing.T) {
	engines(t, func(t *testing.T, s *Store) {
		how, today := routed(t, s), day.Truncate(24*time.Hour)
		_, err := s.BeginTelling(t.Context(), how)
		must(t, err)
		for _, n := range []int{0, 3, 4, 5} {
			how.Refs = append(how.Refs, finding("drev", n).Ref)
		}
		for i, want := range []int64{1, 0} {
			if n, err := s.Tell(t.Context(), how, today.AddDate(0, 0, i)); err != nil || n != want {
				t.Errorf("told of %d, want %d (%v)", n, want, err)
			}
		}
		must(t, s.EndTelling(t.Context(), "hanne", time.Time{}))
		if d := cmp.Diff([]string{"0 hanne v1 2026-03-14"}, told(t, s)); d != "" {
			t.Errorf("(-want +got):\n%s", d)
		}
		how.Rules = nil
		how.Refs = []string{finding("drev", 1).Ref}
		if n, err := s.Tell(t.Context(), how, today); err != nil || n != 0 {
			t.Errorf("no rule erases, and it was told of %d (%v)", n, err)
		}
		how.Refs = nil
		if _, err := s.Tell(t.Context(), how, today); err == nil {
			t.Error("a page told of everything")
		}
	})
}

// TestTellingRequests: what a person asked to have erased is told of while a
// plan for it stands, though no rule wants it gone.
func TestTellingRequests(t *testing.T) {
	engines(t, func(t *testing.T, s *Store) {
		how := routed(t, s)
		plan := Plan{ID: "P-1", Created: day}
		var items []PlanItem
		for _, n := range []int{3, 4, 5} { // held, kept, somebody else's
			f := finding("drev", n)
			items = append(items, PlanItem{Ref: f.Ref, Item: f.Item, Rule: retention.RequestRule + "p1", Due: day})
		}
		must(t, s.CreatePlan(t.Context(), plan, items))
		got, err := s.BeginTelling(t.Context(), how)
		asked := Announced{First: day.AddDate(1, 0, 0), Last: day.AddDate(1, 0, 0), N: 1}
		if err != nil || len(got) != 3 || got[0] != asked {
			t.Fatalf("%v: %+v", err, got)
		}
		must(t, s.EndTelling(t.Context(), "hanne", day))
		if list := told(t, s); len(list) != 4 {
			t.Errorf("told: %v", list)
		}
		must(t, s.SetPlanState(t.Context(), "P-1", []PlanState{PlanProposed}, PlanDead))
		got, err = s.BeginTelling(t.Context(), how)
		if list := told(t, s); err != nil || len(got) != 2 || len(list) != 3 {
			t.Errorf("%v: after the plan: %+v, told %v", err, got, list)
		}
	})
}

// TestClosedAccountsWereNotTold: who cannot sign in cannot object.
func TestClosedAccountsWereNotTold(t *testing.T) {
	engines(t, func(t *testing.T, s *Store) {
		how := routed(t, s)
		u := User{Name: "hanne", Role: "owner", Language: "en", Leads: []string{"bo", "ole"}}
		must(t, s.AddUser(t.Context(), u))
		how.Refs = []string{finding("drev", 0).Ref}
		_, err := s.Tell(t.Context(), how, day)
		must(t, err)
		u.Email = "hanne@kommune.dk"
		must(t, s.SetUser(t.Context(), u))
		if got, err := s.User(t.Context(), "hanne"); err != nil || cmp.Diff(u, got) != "" || len(told(t, s)) != 1 {
			t.Errorf("%v: %+v, told %v", err, got, told(t, s))
		}
		for i, name := range []string{"another role", "closed"} {
			_, err := s.Tell(t.Context(), how, day)
			must(t, err)
			u.Role = "it"
			if i == 1 {
				u.Disabled = day
			}
			must(t, s.SetUser(t.Context(), u))
			if list := told(t, s); list != nil {
				t.Errorf("%s: told %v", name, list)
			}
		}
	})
}

func TestSentTo(t *testing.T) {
	engines(t, func(t *testing.T, s *Store) {
		if got, err := s.SentTo(t.Context(), "i1"); err != nil || got != "" {
			t.Errorf("%q %v", got, err)
		}
		must(t, s.AddAnswers(t.Context(), []Answer{
			{Ref: "i1", Kind: "owner", Person: "anna", Answered: day, Detail: "bo"}, {Ref: "i1", Kind: "owner", Person: "bo", Answered: day.Add(time.Second), Detail: "ida"},
			{Ref: "i1", Kind: "keep", Person: "ida", Answered: day.Add(time.Minute), Detail: "hjemmel"}, {Ref: "i2", Kind: "owner", Person: "ida", Answered: day.Add(time.Hour), Detail: "ole"},
		}))
		if got, err := s.SentTo(t.Context(), "i1"); err != nil || got != "ida" {
			t.Errorf("%q %v", got, err)
		}
	})
}

// TestOwnerLines: what is routed to somebody, since when, and when it was
// answered.
func TestOwnerLines(t *testing.T) {
	engines(t, func(t *testing.T, s *Store) {
		routed(t, s)
		ref := func(n int) string { return finding("drev", n).Ref }
		must(t, s.AddAnswers(t.Context(), []Answer{
			{Ref: ref(0), Kind: "keep", Person: "hanne", Answered: day.Add(time.Hour)}, {Ref: ref(0), Kind: AnswerOwner, Person: "hanne", Answered: day.Add(2 * time.Hour), Detail: "ole"},
			{Ref: ref(1), Kind: AnswerOwner, Person: "hanne", Answered: day.Add(-time.Hour), Detail: "hanne"}, {Ref: ref(1), Kind: "hold", Person: "anna", Answered: day.Add(3 * time.Hour)},
		}))
		judge(t, s, func(n int, v *Verdict) {
			v.Restricted = n == 2
			if n == 3 {
				v.Owner = ""
			}
		})
		got := map[OwnerLine]int{}
		must(t, s.OwnerLines(t.Context(), func(w OwnerLine) { got[w]++ }))
		want := map[OwnerLine]int{
			{Owner: "ole", Disposition: retention.Due, Since: day.Add(2 * time.Hour).UTC(), Answered: day.Add(time.Hour).UTC()}: 1,
			{Owner: "hanne", Disposition: retention.Due, Since: day.UTC(), Answered: day.Add(3 * time.Hour).UTC()}:              1,
			{Owner: "hanne", Disposition: retention.Keep, Since: day.UTC()}:                                                     1,
			{Owner: "bo", Disposition: retention.Due, Since: day.UTC()}:                                                         1,
		}
		if d := cmp.Diff(want, got); d != "" {
			t.Errorf("(-want +got):\n%s", d)
		}
	})
}

func TestOwnerNumbers(t *testing.T) {
	engines(t, func(t *testing.T, s *Store) {
		list := []OwnerNumbers{
			{Owner: "anna", Waiting: 3, Oldest: day.UTC(), Month: 2, Recent: 1, Answered: 9, AnsweredRecent: 4, Taken: day.UTC()},
			{Owner: "bo"}, {Owner: "ida", Answered: 1},
		}
		must(t, s.SetOwnerNumbers(t.Context(), []OwnerNumbers{{Owner: "gone"}}))
		must(t, s.SetOwnerNumbers(t.Context(), list))
		for _, c := range []struct {
			names        []string
			leave, limit int
			want         []OwnerNumbers
		}{
			{nil, 0, 9, list}, {nil, 1, 1, list[1:2]}, {[]string{"ida", "anna", "x"}, 0, 9, []OwnerNumbers{list[0], list[2]}}, {[]string{}, 0, 9, nil},
		} {
			got, err := s.OwnerNumbers(t.Context(), c.names, c.leave, c.limit)
			if d := cmp.Diff(c.want, got); err != nil || d != "" {
				t.Errorf("%v after %d: %v (-want +got):\n%s", c.names, c.leave, err, d)
			}
		}
		must(t, s.AddAnswers(t.Context(), []Answer{
			{Ref: "i1", Kind: "keep", Person: "anna", Answered: day}, {Ref: "i1", Kind: "hold", Person: "anna", Answered: day.Add(time.Hour)},
			{Ref: "i2", Kind: "false", Person: "anna", Answered: day.AddDate(0, 0, -40)}, {Ref: "i3", Kind: "owner", Person: "anna", Answered: day},
		}))
		all, recent, err := s.AnsweredBy(t.Context(), day.AddDate(0, 0, -21))
		if err != nil || all["anna"] != 2 || recent["anna"] != 1 || len(all) != 1 {
			t.Errorf("%v %v %v", all, recent, err)
		}
		must(t, s.SetDigest(t.Context(), "anna", day))
		must(t, s.SetDigest(t.Context(), "anna", day.Add(time.Hour)))
		if got, err := s.Digests(t.Context()); err != nil || len(got) != 1 || !got["anna"].Equal(day.Add(time.Hour)) {
			t.Errorf("%v %v", got, err)
		}
	})
}
