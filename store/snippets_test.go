package store

import (
	"bytes"
	"errors"
	"io/fs"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/sletdk/slet/config"
	"github.com/sletdk/slet/detectors"
)

// shown returns the matches of a text, with their snippets and the keys of their
// values.
func shown(t *testing.T, content string) (list []detectors.Match) {
	t.Helper()
	key := func(detector, value string) string { return "v" + detector + value[len(value)-2:] }
	e, err := detectors.New(detectors.Options{Snippets: true, Key: key})
	must(t, err)
	s := e.Stream(func(m detectors.Match) { list = append(list, m) })
	must(t, errors.Join(s.Part("", true), s.Text([]byte(content)), s.Close()))
	return list
}

const twoNumbers = "Sag om cpr 150370-5008, som er sygemeldt, og hendes søn med cpr 290288-5008"

// recordShown records item n with the matches of a text.
func recordShown(t *testing.T, s *Store, n int, content string, seen time.Time) Finding {
	t.Helper()
	f := finding("a", n)
	f.Matches, f.LastSeen = shown(t, content), seen
	sc, err := s.BeginScan(t.Context(), "a", seen)
	must(t, err)
	must(t, sc.Record(t.Context(), f))
	must(t, sc.Finish(t.Context(), seen, false, Totals{}))
	return f
}

func testKey(t *testing.T) config.Key {
	t.Helper()
	k, err := config.LoadKey(t.TempDir())
	must(t, err)
	return k
}

// snippetsOf are the stored snippets of an item as one text, a line each.
func snippetsOf(t *testing.T, s *Store, ref string) string {
	t.Helper()
	list, err := s.Snippets(t.Context(), ref)
	must(t, err)
	var b strings.Builder
	for _, n := range list {
		b.WriteString(n.Before + "[" + n.Match + "]" + n.After + "\n")
	}
	return b.String()
}

func TestSnippets(t *testing.T) {
	engines(t, func(t *testing.T, s *Store) {
		k := testKey(t)
		s.SealWith(k)
		f := recordShown(t, s, 1, twoNumbers, day)
		want := "Sag om cpr [150370-••••], som er sygemeldt, og hendes søn med cpr 290288-•••• …\n" +
			"Sag om cpr 150370-••••, som er [sygemeldt], og hendes søn med cpr 290288-••••\n" +
			"… 150370-••••, som er sygemeldt, og hendes søn med cpr [290288-••••]\n"
		if got := snippetsOf(t, s, f.Ref); got != want {
			t.Errorf("snippets:\n%swant\n%s", got, want)
		}
		list, err := s.Snippets(t.Context(), f.Ref)
		must(t, err)
		for i, m := range f.Matches {
			if !list[i].Of(m) {
				t.Errorf("%+v is not of %+v", list[i], m)
			}
		}
		// An unchanged item keeps them; one that is recorded anew has the new ones.
		sc, err := s.BeginScan(t.Context(), "a", day)
		must(t, err)
		must(t, sc.Unchanged(t.Context(), f.Ref, day))
		must(t, sc.Finish(t.Context(), day, true, Totals{}))
		if snippetsOf(t, s, f.Ref) != want {
			t.Error("an unchanged item has lost them")
		}
		recordShown(t, s, 1, "nu kun cpr 241299-5018", day)
		if got := snippetsOf(t, s, f.Ref); got != "nu kun cpr [241299-••••]\n" {
			t.Errorf("after a change: %q", got)
		}
		// Under another key, under another name, and without a key there are none.
		s.SealWith(testKey(t))
		if _, err := s.Snippets(t.Context(), f.Ref); !errors.Is(err, config.ErrKey) {
			t.Errorf("with another key: %v", err)
		}
		s.SealWith(k)
		box, err := s.box(t.Context(), s.read, f.Ref)
		must(t, err)
		if _, err := s.unseal("i"+f.Ref, box); !errors.Is(err, config.ErrKey) {
			t.Errorf("another item's: %v", err)
		}
		s.SealWith(nil)
		if got := snippetsOf(t, s, f.Ref); got != "" {
			t.Errorf("without a key: %q", got)
		}
		recordShown(t, s, 2, twoNumbers, day)
		if box, err := s.box(t.Context(), s.read, finding("a", 2).Ref); err != nil || box != nil {
			t.Errorf("stored without a key: %d bytes, %v", len(box), err)
		}
	})
}

// TestSnippetsGoWithTheFinding: with the answer that closes it, with the
// judgement, with the item; and no scan brings them back.
func TestSnippetsGoWithTheFinding(t *testing.T) {
	engines(t, func(t *testing.T, s *Store) {
		s.SealWith(testKey(t))
		ref := recordShown(t, s, 1, twoNumbers, day).Ref
		add := func(a Answer) {
			t.Helper()
			a.Ref, a.Person, a.Answered = ref, "Dorte Holm", day.Add(time.Minute*time.Duration(a.Answered.Minute()))
			must(t, s.AddAnswers(t.Context(), []Answer{a}))
		}
		minute := func(n int) time.Time { return time.Unix(int64(n)*60, 0).UTC() }
		add(Answer{Kind: "owner", Detail: "hanne", Answered: minute(1)})
		if snippetsOf(t, s, ref) == "" {
			t.Error("sending it to somebody closes it")
		}
		add(Answer{Kind: "keep", Closes: true, Until: day.AddDate(1, 0, 0), Answered: minute(2)})
		if snippetsOf(t, s, ref) != "" {
			t.Error("an answer that closes leaves them")
		}
		if list, err := s.Answers(t.Context(), ref); err != nil || len(list) != 2 || list[0].Closes || !list[1].Closes {
			t.Errorf("answers %+v, %v", list, err)
		}
		recordShown(t, s, 1, twoNumbers, day.AddDate(0, 6, 0))
		if snippetsOf(t, s, ref) != "" {
			t.Error("a scan brings back those of a finding that is closed")
		}
		recordShown(t, s, 1, twoNumbers, day.AddDate(1, 0, 1))
		if snippetsOf(t, s, ref) == "" {
			t.Error("none after the new deadline")
		}
		add(Answer{Kind: "private", Closes: true, Answered: minute(3)})
		recordShown(t, s, 1, twoNumbers, day.AddDate(9, 0, 0))
		if snippetsOf(t, s, ref) != "" {
			t.Error("closed without a deadline, and yet they are back")
		}

		f := recordShown(t, s, 2, twoNumbers, day)
		p := FalsePositive{Ref: f.Ref, Detector: "cpr", Key: f.Matches[0].Key, Person: "Dorte Holm", Judged: day}
		must(t, s.AddFalsePositive(t.Context(), p))
		if got := snippetsOf(t, s, f.Ref); strings.Contains(got, "[150370") || strings.Contains(got, "[290288") || !strings.Contains(got, "[sygemeldt]") {
			t.Errorf("after a judgement of both numbers (they have one key here):\n%s", got)
		}

		plan := planItems(1)
		plan[0].Ref = recordShown(t, s, 3, twoNumbers, day).Ref
		newPlan(t, s, "p1", plan...)
		must(t, s.SetPlanErased(t.Context(), PlanItem{Plan: "p1", Ref: plan[0].Ref, Finished: day}))
		if box, err := s.box(t.Context(), s.read, plan[0].Ref); err != nil || box != nil {
			t.Errorf("of an item that is erased: %d bytes, %v", len(box), err)
		}

		ref = recordShown(t, s, 4, twoNumbers, day).Ref
		sc, err := s.BeginScan(t.Context(), "a", day)
		must(t, err)
		must(t, sc.Finish(t.Context(), day, true, Totals{}))
		if box, err := s.box(t.Context(), s.read, ref); err != nil || box != nil {
			t.Errorf("of an item that is gone: %d bytes, %v", len(box), err)
		}
	})
}

func TestExpireSnippets(t *testing.T) {
	engines(t, func(t *testing.T, s *Store) {
		s.SealWith(testKey(t))
		old, young := recordShown(t, s, 1, twoNumbers, day).Ref, recordShown(t, s, 2, twoNumbers, day.AddDate(0, 2, 0)).Ref
		for _, tc := range []struct {
			since time.Time
			n     int64
		}{{day, 0}, {day.Add(time.Hour), 1}, {day.Add(time.Hour), 0}, {day.AddDate(1, 0, 0), 1}} {
			if n, err := s.ExpireSnippets(t.Context(), tc.since); err != nil || n != tc.n {
				t.Errorf("%v: %d, %v, want %d", tc.since, n, err, tc.n)
			}
		}
		if snippetsOf(t, s, old)+snippetsOf(t, s, young) != "" {
			t.Error("there are still some")
		}
	})
}

// TestExpiredSnippetsAreGone reads the files of a database: no snippet can be
// read in them ever, and once they have expired nor can what was sealed.
func TestExpiredSnippetsAreGone(t *testing.T) {
	dsn := sqliteDSN(t)
	s := openTest(t, dsn)
	s.SealWith(testKey(t))
	path := strings.TrimPrefix(dsn, "sqlite:")
	files := func() (all []byte) {
		for _, name := range []string{path, path + "-wal", path + "-journal"} {
			b, err := os.ReadFile(name)
			if err != nil && !errors.Is(err, fs.ErrNotExist) {
				t.Fatal(err)
			}
			all = append(all, b...)
		}
		return all
	}
	long := strings.Repeat("hvorefter der skrives noget ganz særligt om ", 2)
	const items, size = 80, 16
	matches := shown(t, long+twoNumbers+long+"tlf. 20 12 34 56, ib@example.dk "+long)
	sc, err := s.BeginScan(t.Context(), "a", day)
	must(t, err)
	for n := range items {
		f := finding("a", n)
		f.Matches = matches
		must(t, sc.Record(t.Context(), f))
	}
	must(t, sc.Finish(t.Context(), day, true, Totals{}))
	pieces := map[[size]byte]bool{} // a part of a box that stayed behind is found too
	for n := range items {
		box, err := s.box(t.Context(), s.read, finding("a", n).Ref)
		must(t, err)
		for at := 0; at+size <= len(box); at += size {
			pieces[[size]byte(box[at:])] = true
		}
	}
	in := func(b []byte) (n int) {
		for at := 0; at+size <= len(b); at++ {
			if pieces[[size]byte(b[at:])] {
				n++
			}
		}
		return n
	}
	before := files()
	if in(before) < items {
		t.Fatal("the boxes are not where this test looks for them")
	}
	if bytes.Contains(before, []byte("særligt")) || bytes.Contains(before, []byte("hendes søn")) {
		t.Error("a snippet can be read in the database")
	}
	// One of them is answered first, the others grow old.
	must(t, s.AddAnswers(t.Context(), []Answer{{Ref: finding("a", 7).Ref, Kind: "journalise", Person: "Dorte", Answered: day, Closes: true}}))
	if n, err := s.ExpireSnippets(t.Context(), day.AddDate(0, 0, 1)); err != nil || n != items-1 {
		t.Fatalf("%d expired, %v", n, err)
	}
	if n := in(files()); n != 0 {
		t.Errorf("%d pieces of sealed snippets are left in the files", n)
	}
}
