package store

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/sletdk/slet/detectors"
	"github.com/sletdk/slet/scanner"
)

func TestKnown(t *testing.T) {
	engines(t, func(t *testing.T, s *Store) {
		f := rich()
		want := Known{Version: f.Item.Version, Fingerprint: "fp", Gaps: 2, Failed: true, ContentMAC: "c0ffee"}
		sc := begin(t, s, "s")
		look := func(when string, sc *Scan, ref string, want Known, ok bool) {
			t.Helper()
			k, found, err := sc.Known(t.Context(), ref)
			if err != nil || found != ok || k != want {
				t.Errorf("%s: %+v, %v, %v, want %+v, %v", when, k, found, err, want, ok)
			}
		}
		look("before", sc, f.Ref, Known{}, false)
		if err := sc.Record(t.Context(), f); err != nil {
			t.Fatal(err)
		}
		look("in the batch", sc, f.Ref, want, true)
		finish(t, sc, true)
		next := begin(t, s, "s")
		look("in the database", next, f.Ref, want, true)
		look("a prefix is no reference", next, f.Ref[:5], Known{}, false)
		must(t, next.Abort())
	})
}

// TestVanished: a complete scan removes what it did not see, from its own
// source only; an incomplete one removes nothing.
func TestVanished(t *testing.T) {
	engines(t, func(t *testing.T, s *Store) {
		a, b, c := finding("s", 1), finding("s", 2), finding("s", 3)
		b.Matches = []detectors.Match{{Detector: "cpr", Category: "cpr", Subject: "p1"}}
		b.Gaps = []scanner.Gap{{Reason: scanner.IO, Err: errors.New("x")}}
		other := finding("t", 1)
		record(t, s, "s", true, a, b, c)
		record(t, s, "t", true, other)
		want := func(when string, want ...string) {
			t.Helper()
			if got := refs(all(t, s, Filter{})); !slices.Equal(got, want) {
				t.Errorf("%s: %v, want %v", when, got, want)
			}
		}
		record(t, s, "s", false, c)
		want("after an incomplete scan that saw one", a.Ref, b.Ref, c.Ref, other.Ref)

		sc := begin(t, s, "s")
		must(t, sc.Record(t.Context(), a))
		must(t, sc.Unchanged(t.Context(), c.Ref, day.Add(time.Hour)))
		must(t, sc.Unchanged(t.Context(), "inever", day))
		finish(t, sc, true)
		want("after a complete scan that saw two", a.Ref, c.Ref, other.Ref)
		for _, table := range []string{"matches", "gaps", "subjects"} {
			if n := count(t, s, table); n != 0 {
				t.Errorf("%d rows are left in %s", n, table)
			}
		}
		f, err := s.Finding(t.Context(), c.Ref)
		if err != nil || !f.LastSeen.Equal(day.Add(time.Hour)) || !f.FirstSeen.Equal(day) {
			t.Errorf("unchanged item: first seen %v, last %v, %v", f.FirstSeen, f.LastSeen, err)
		}
		record(t, s, "s", true)
		want("after a complete scan that saw nothing", other.Ref)
	})
}

// TestScansOverlap: a scan must not remove what one that began later saw.
func TestScansOverlap(t *testing.T) {
	engines(t, func(t *testing.T, s *Store) {
		one, two := begin(t, s, "s"), begin(t, s, "s")
		f, g := finding("s", 1), finding("s", 2)
		must(t, one.Record(t.Context(), f))
		must(t, two.Record(t.Context(), f))
		must(t, two.Record(t.Context(), g))
		finish(t, two, true)
		finish(t, one, true)
		if got := refs(all(t, s, Filter{})); !slices.Equal(got, []string{f.Ref, g.Ref}) {
			t.Errorf("the inventory has %v", got)
		}
		if list, err := s.Scans(t.Context()); err != nil || len(list) != 1 || list[0].ID != two.ID() {
			t.Errorf("the last scan is %v, %v, want %s", list, err, two.ID())
		}
	})
}

// TestTwice: the same item twice in a scan, in one batch and in two.
func TestTwice(t *testing.T) {
	engines(t, func(t *testing.T, s *Store) {
		f := rich()
		record(t, s, "s", false, f)
		sc := begin(t, s, "s")
		second := f
		second.FirstSeen, second.Item.Version, second.Matches, second.Gaps, second.Failed = day.AddDate(1, 0, 0), "v2", f.Matches[:1], nil, false
		must(t, sc.Record(t.Context(), f))
		must(t, sc.Record(t.Context(), second))
		must(t, sc.Unchanged(t.Context(), f.Ref, day.AddDate(2, 0, 0))) // it was recorded: that is newer
		finish(t, sc, true)
		want := second.counted()
		want.FirstSeen = f.FirstSeen
		got, err := s.Finding(t.Context(), f.Ref)
		if err != nil {
			t.Fatal(err)
		}
		if d := diffFindings(want, got); d != "" {
			t.Errorf("(-want +got):\n%s", d)
		}
		if n := len(all(t, s, Filter{})); n != 1 {
			t.Errorf("%d items, want 1", n)
		}
	})
}

// TestSameReference: two items with one reference are never taken for one.
func TestSameReference(t *testing.T) {
	engines(t, func(t *testing.T, s *Store) {
		f, g := finding("s", 1), finding("s", 2)
		g.Ref = f.Ref
		for _, round := range [][]Finding{{f, g}, {f}, {g}} {
			record(t, s, "s", false, round...)
			got, err := s.Finding(t.Context(), f.Ref)
			if err != nil || got.Item.ID != f.Item.ID {
				t.Errorf("the reference is %q's now (%v)", got.Item.ID, err)
			}
			gaps, err := s.PlaceGaps(t.Context(), "s")
			want := 0
			if round[len(round)-1].Item.ID == g.Item.ID {
				want = 1
			}
			if err != nil || len(gaps) != want || want == 1 && gaps[0].Path != g.Item.Path {
				t.Errorf("gaps %v, %v, want %d", gaps, err, want)
			}
		}
	})
}

func TestPlaceGaps(t *testing.T) {
	engines(t, func(t *testing.T, s *Store) {
		gap := func(path string) scanner.Gap {
			return scanner.Gap{Path: path, Reason: scanner.Denied, Err: errors.New("permission denied")}
		}
		scan := func(source string, paths ...string) {
			sc := begin(t, s, source)
			for _, p := range paths {
				must(t, sc.Gap(t.Context(), gap(p)))
			}
			finish(t, sc, false)
		}
		scan("s", "old")
		scan("t", "z")
		scan("s", "b\xff", "a", "a")
		running := begin(t, s, "s")
		must(t, running.Gap(t.Context(), gap("not finished")))
		for source, want := range map[string][]scanner.Gap{
			"s": {gap("b\xff"), gap("a"), gap("a")}, "t": {gap("z")}, "": {gap("b\xff"), gap("a"), gap("a"), gap("z")}, "x": nil,
		} {
			got, err := s.PlaceGaps(t.Context(), source)
			if err != nil {
				t.Fatal(err)
			}
			if d := cmp.Diff(want, got, sameError); d != "" {
				t.Errorf("source %q (-want +got):\n%s", source, d)
			}
		}
		must(t, running.Abort())
		scan("s")
		if n := count(t, s, "place_gaps"); n != 1 {
			t.Errorf("%d rows are left of older scans and one of t, want 1", n)
		}
	})
}

// TestAbort: no trace of the scan, but what was committed is true and stays.
func TestAbort(t *testing.T) {
	engines(t, func(t *testing.T, s *Store) {
		sc := begin(t, s, "s")
		must(t, sc.Gap(t.Context(), scanner.Gap{Path: "x", Reason: scanner.IO, Err: errors.New("x")}))
		for n := range batchRecords + 10 {
			must(t, sc.Record(t.Context(), finding("s", n)))
		}
		must(t, sc.Abort())
		must(t, sc.Abort())
		wantErr(t, sc.Record(t.Context(), finding("s", 1)), ErrEnded)
		wantErr(t, sc.Finish(t.Context(), day, true, Totals{}), ErrEnded)
		_, _, err := sc.Known(t.Context(), "x")
		wantErr(t, err, ErrEnded)
		if n := len(all(t, s, Filter{})); n == 0 || n > batchRecords {
			t.Errorf("%d items, want the first batch only", n)
		}
		if n, m := count(t, s, "scans"), count(t, s, "place_gaps"); n+m != 0 {
			t.Errorf("%d scans and %d gaps are left", n, m)
		}
	})
}

func TestRecordRefuses(t *testing.T) {
	engines(t, func(t *testing.T, s *Store) {
		sc := begin(t, s, "s")
		if err := sc.Record(t.Context(), finding("t", 1)); err == nil {
			t.Error("an item of another source was taken")
		}
		f := finding("s", 1)
		f.Ref = ""
		if err := sc.Record(t.Context(), f); err == nil {
			t.Error("an item without a reference was taken")
		}
		finish(t, sc, true)
	})
}

// TestCap: what is stored is capped, what is counted is not.
func TestCap(t *testing.T) {
	engines(t, func(t *testing.T, s *Store) {
		const n = 2500
		f := finding("s", 1)
		var c Collector
		for i := range n {
			category := "cpr"
			if i == n-1 {
				category = "art9"
			}
			m := detectors.Match{Detector: "d-" + category, Category: category, Confidence: detectors.Confirmed, Start: int64(i), Subject: fmt.Sprintf("p%04d", i%2000)}
			g := scanner.Gap{Path: f.Item.Path, Where: fmt.Sprint("side ", i), Reason: scanner.Corrupt, Err: errors.New("bad")}
			if i == n-1 {
				g.Reason = scanner.Timeout
			}
			c.Match(m)
			c.Gap(g)
		}
		c.Into(&f)
		record(t, s, "s", true, f)
		got, err := s.Finding(t.Context(), f.Ref)
		if err != nil {
			t.Fatal(err)
		}
		// The one match of the other detector came last, and was not crowded out.
		if len(got.Matches) != MaxMatches+1 || len(got.Gaps) != MaxGaps || got.Matches[MaxMatches-1].Start != MaxMatches-1 || got.Matches[MaxMatches].Start != n-1 {
			t.Errorf("%d matches and %d gaps are stored", len(got.Matches), len(got.Gaps))
		}
		if got.MatchCount() != n || got.GapCount() != n || got.GapCounts[scanner.Timeout] != 1 {
			t.Errorf("%d matches and %d gaps (%v) are counted, want %d", got.MatchCount(), got.GapCount(), got.GapCounts, n)
		}
		for what, f := range map[string]Finding{"as collected": f, "as found": got, "as listed": all(t, s, Filter{})[0]} {
			facts := f.Facts()
			if !slices.Equal(facts.Categories, []string{"art9", "cpr"}) || !slices.Equal(facts.Detectors, []string{"d-art9", "d-cpr"}) || len(facts.Subjects) != 2000 || facts.Gaps != n {
				t.Errorf("%s: %v %v, %d subjects, %d gaps", what, facts.Categories, facts.Detectors, len(facts.Subjects), facts.Gaps)
			}
		}
		sum, err := s.Summary(t.Context())
		if err != nil || sum.Subjects != 2000 || sum.Sources[0].Categories[1] != (CategoryCount{"cpr", 1, n - 1, 0}) {
			t.Errorf("summary %+v, %v", sum, err)
		}
	})
}

// TestFailedIsAGap: an item that could not be examined at all is never taken
// for one without gaps, listed or not.
func TestFailedIsAGap(t *testing.T) {
	engines(t, func(t *testing.T, s *Store) {
		f := finding("s", 1)
		f.Failed = true
		if n := f.Facts().Gaps; n != 1 {
			t.Errorf("before it is stored: %d gaps, want 1", n)
		}
		sc := begin(t, s, "s")
		must(t, sc.Record(t.Context(), f))
		finish(t, sc, true)
		if n := all(t, s, Filter{})[0].Facts().Gaps; n != 1 {
			t.Errorf("stored: %d gaps, want 1", n)
		}
		next := begin(t, s, "s")
		if k, _, err := next.Known(t.Context(), f.Ref); err != nil || k.Gaps != 1 || !k.Failed {
			t.Errorf("known: %+v, %v", k, err)
		}
		must(t, next.Abort())
	})
}

// TestConcurrent records from many goroutines while others read and plan.
func TestConcurrent(t *testing.T) {
	engines(t, func(t *testing.T, s *Store) {
		sc := begin(t, s, "s")
		const workers, each = 8, 150
		var wg sync.WaitGroup
		for w := range workers {
			wg.Go(func() {
				for n := range each {
					f := finding("s", w*each+n)
					f.Matches = rich().Matches
					if err := sc.Record(t.Context(), f); err != nil {
						t.Error(err)
					}
					if _, ok, err := sc.Known(t.Context(), f.Ref); err != nil || !ok {
						t.Errorf("%s is not known: %v", f.Ref, err)
					}
				}
			})
		}
		wg.Go(func() {
			for n := range 5 {
				id := fmt.Sprint("plan", n)
				if err := s.CreatePlan(t.Context(), Plan{ID: id}, planItems(2)); err != nil {
					t.Error(err)
				}
				all(t, s, Filter{WithMatches: true})
			}
		})
		wg.Wait()
		finish(t, sc, true)
		if n := len(all(t, s, Filter{})); n != workers*each {
			t.Errorf("%d items, want %d", n, workers*each)
		}
	})
}

// TestFindingsInStep: any number of items and rows below them comes back whole
// and in order, whatever the page size does.
func TestFindingsInStep(t *testing.T) {
	engines(t, func(t *testing.T, s *Store) {
		var want []Finding
		for n := range 2*pageItems + 17 {
			f := finding("s", n)
			if n%7 == 0 {
				f.Item.Source, f.Ref = "a", "a"+f.Ref
			}
			for i := range n % 5 {
				f.Matches = append(f.Matches, detectors.Match{Detector: "cpr", Category: "cpr", Start: int64(i), Confidence: detectors.Possible, Subject: fmt.Sprint("p", n, i)})
				f.Gaps = append(f.Gaps, scanner.Gap{Path: f.Item.Path, Where: fmt.Sprint(i), Reason: scanner.IO, Err: errors.New("x")})
			}
			if n == 3 || n == 4 || n == 43 { // more than a page's rows, alone and together
				f.Matches = slices.Repeat(f.Matches, 400)[:MaxMatches]
				for i := range pageRows {
					f.Subjects = append(f.Subjects, fmt.Sprintf("q%06d", i))
				}
				f.Counts = []Count{{"cpr", "cpr", detectors.Possible, pageRows}}
			}
			want = append(want, f.counted())
		}
		for _, source := range []string{"a", "s"} {
			sc := begin(t, s, source)
			for _, f := range want {
				if f.Item.Source == source {
					must(t, sc.Record(t.Context(), f))
				}
			}
			finish(t, sc, true)
		}
		slices.SortFunc(want, func(a, b Finding) int {
			return strings.Compare(a.Item.Source+"\x00"+a.Item.Path, b.Item.Source+"\x00"+b.Item.Path)
		})
		if d := diffFindings(want, all(t, s, Filter{WithMatches: true, WithGaps: true})); d != "" {
			t.Errorf("(-want +got):\n%.2000s", d)
		}
		stopped := 0
		for _, err := range s.Findings(t.Context(), Filter{}) {
			must(t, err)
			if stopped++; stopped == 3 {
				break
			}
		}
	})
}

func TestLookup(t *testing.T) {
	engines(t, func(t *testing.T, s *Store) {
		a, b := finding("s", 1), finding("s", 2)
		a.Ref, b.Ref = "i0123aa", "i0123ab"
		same := finding("s", 3)
		same.Item.Path = b.Item.Path
		record(t, s, "s", true, a, b, same)
		for ref, want := range map[string]any{
			"i0123aa": a.Ref, "i0123a": ErrAmbiguous, "i0123ab": b.Ref, "i01": ErrAmbiguous, "is0": same.Ref, "i9": ErrNotFound,
			"": ErrNotFound, "s:" + a.Item.Path: a.Ref, "s:" + b.Item.Path: ErrAmbiguous, "t:" + a.Item.Path: ErrNotFound, "%": ErrNotFound,
		} {
			f, err := s.Finding(t.Context(), ref)
			if sentinel, ok := want.(error); ok {
				wantErr(t, err, sentinel)
			} else if err != nil || f.Ref != want {
				t.Errorf("%q: %q, %v, want %q", ref, f.Ref, err, want)
			}
		}
		if got := refs(all(t, s, Filter{Ref: a.Ref, Source: "s"})); !slices.Equal(got, []string{a.Ref}) {
			t.Errorf("by reference: %v", got)
		}
		must(t, s.Forget(t.Context(), a.Ref))
		must(t, s.Forget(t.Context(), a.Ref))
		_, err := s.Finding(t.Context(), a.Ref)
		wantErr(t, err, ErrNotFound)
	})
}

func TestFilterSubject(t *testing.T) {
	engines(t, func(t *testing.T, s *Store) {
		f, g := rich(), finding("s", 1)
		record(t, s, "s", true, f, g)
		if got := refs(all(t, s, Filter{Subject: "p1"})); !slices.Equal(got, []string{f.Ref}) {
			t.Errorf("by subject: %v", got)
		}
	})
}

// TestForgetLeavesNoTrace: what left the inventory is not in the file either.
func TestForgetLeavesNoTrace(t *testing.T) {
	path := filepath.Join(t.TempDir(), "slet.db")
	s, err := Open(t.Context(), "sqlite:"+path)
	must(t, err)
	f := rich()
	f.Item.Path, f.Matches[0].Where = "NEEDLE-path", "NEEDLE-where"
	record(t, s, "s", true, f, finding("s", 2))
	has := func() bool {
		b, err := os.ReadFile(path)
		must(t, err)
		return strings.Contains(string(b), "NEEDLE")
	}
	must(t, s.Close())
	if !has() {
		t.Fatal("the test looks for the wrong thing")
	}
	s, err = Open(t.Context(), "sqlite:"+path)
	must(t, err)
	must(t, s.Forget(t.Context(), f.Ref))
	must(t, s.Close())
	if has() {
		t.Error("a forgotten item is still in the file")
	}
}

func TestSummary(t *testing.T) {
	engines(t, func(t *testing.T, s *Store) {
		f, g := rich(), finding("s", 7)
		same := finding("s", 8)
		g.DocumentType, same.DocumentType, same.Item.Size = "mus", "mus", 7
		record(t, s, "s", true, f, g, same)
		sc := begin(t, s, "empty")
		must(t, sc.Gap(t.Context(), scanner.Gap{Path: "x", Reason: scanner.Denied, Err: errors.New("x")}))
		finish(t, sc, false)
		got, err := s.Summary(t.Context())
		must(t, err)
		want := Summary{Subjects: 2, Sources: []SourceSummary{
			{Source: "empty", DocumentTypes: map[string]int64{}, Gaps: map[scanner.Reason]int64{}, PlaceGaps: map[scanner.Reason]int64{scanner.Denied: 1}},
			{
				Source: "s", Items: 3, Bytes: 1<<40 + 14, Failed: 1, WithMatches: 1, WithGaps: 1,
				Categories:    []CategoryCount{{"art9", 1, 0, 1}, {"cpr", 1, 1, 1}},
				DocumentTypes: map[string]int64{"mus": 3},
				Gaps:          map[scanner.Reason]int64{scanner.Encrypted: 1, scanner.Corrupt: 1}, PlaceGaps: map[scanner.Reason]int64{},
			},
		}}
		if d := cmp.Diff(want, got); d != "" {
			t.Errorf("(-want +got):\n%s", d)
		}
	})
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func count(t *testing.T, s *Store, table string) int {
	t.Helper()
	var n int
	must(t, s.read.QueryRowContext(t.Context(), "SELECT COUNT(*) FROM "+table).Scan(&n))
	return n
}
