package store

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/sletdk/slet/detectors"
	"github.com/sletdk/slet/retention"
	"github.com/sletdk/slet/scanner"
)

// building is everything that a worklist depends on, as it changes at random.
type building struct {
	t        *testing.T
	s        *Store
	r        *rand.Rand
	now      time.Time
	schedule int
	events   []retention.Event
	holds    int
	judged   int
	// midway is called while an item is judged, once.
	midway func()
}

// The schedules that follow one another.
var buildingRules = []string{
	`version: 1
fiscal_year_end: 12-31
rules:
  - {id: A, match: {path: ['Personale/**']}, trigger: "event:fratraedelse", fallback: none, delete_after: P1Y, action: erase}
  - {id: B, match: {document_type: [mus]}, trigger: modified, delete_after: P6M, keep_until: {trigger: "fiscal_year_end(modified)", period: P1Y}, action: erase}
  - {id: C, match: {path: ['Sager/**']}, trigger: modified, delete_after: P30D, action: erase}`,
	`version: 2
fiscal_year_end: 12-31
effective_from: 2026-09-01
rules:
  - {id: C, match: {path: ['Sager/**']}, trigger: modified, delete_after: P2M, action: erase}
  - {id: D, match: {category: [helbred]}, trigger: created, delete_after: P3M, action: review}
  - {id: E, match: {source: [drev]}, trigger: modified, delete_after: P1Y, action: erase}`,
}

func (b *building) rules() *retention.Schedule {
	s, err := retention.ParseSchedule("s.yaml", []byte(buildingRules[b.schedule%len(buildingRules)]))
	must(b.t, err)
	return s
}

// judge is the verdict on an item as everything is now.
func (b *building) judge() (Basis, func(Finding) Verdict) {
	holds, err := b.s.Holds(b.t.Context())
	must(b.t, err)
	ev, err := retention.NewEvents(b.events)
	must(b.t, err)
	rules, now := b.rules(), b.now
	basis := Basis{Rules: rules.Hash() + ev.Hash(), Holds: holds, Now: now, Names: ev.NeedNames()}
	return basis, func(f Finding) Verdict {
		b.judged++
		d := retention.Decide(f.Facts(), rules, ev, holds, now)
		v := Verdict{Disposition: d.Disposition, Rule: d.Rule, Due: d.Due, Owner: "nobody", Restricted: d.Restricted, Next: d.Next}
		for _, h := range holds {
			if retention.Decide(f.Facts(), rules, nil, []retention.Hold{h}, now).Hold == h.ID {
				v.Holds = append(v.Holds, h.ID)
			}
		}
		return v
	}
}

func pick[T any](r *rand.Rand, from ...T) T { return from[r.IntN(len(from))] }

// buildingPaths: folders that Macs and Windows write each their way.
var buildingPaths = []string{
	"Personale/Åse/MUS.docx", "personale/A\u030ase/kontrakt.docx", "Personale/Åse [lukket]/a.txt", "Sager/2024-17/brev.docx", "SAGER/2024-17/notat.docx",
	"Sager/2024-170/brev.docx", "Andet/ÆØÅ.txt", "Andet/100%_af.txt", "\u00c6/b.txt",
}

func (b *building) item() Finding {
	r, n := b.r, b.r.IntN(16)
	f := finding("drev", n)
	f.Item.Path = buildingPaths[n%len(buildingPaths)] + pick(r, "", "", ".bak")
	f.Item.Modified = b.now.AddDate(0, 0, -r.IntN(500)+1) // one may be to come
	f.Item.Created = b.now.AddDate(0, 0, -r.IntN(200))
	f.Item.Version, f.DocumentType = fmt.Sprint("v", r.Int()), pick(r, "", "mus", "ansoegning")
	for range r.IntN(3) {
		f.Matches = append(f.Matches, detectors.Match{
			Detector: pick(r, "cpr", personDetector, "helbred"), Category: pick(r, "cpr", "helbred", "navn"), Confidence: pick(r, detectors.Confirmed, detectors.Possible),
			Subject: pick(r, "", "p1", "p2", "p3"), Key: pick(r, "n1", "n2"),
		})
	}
	f.Failed = r.IntN(9) == 0
	if r.IntN(4) == 0 {
		f.Gaps = []scanner.Gap{{Reason: scanner.Encrypted, Err: errors.New("locked")}}
	}
	return f
}

// look records some items, as a watch or a scan does.
func (b *building) look(n int) {
	l := b.s.BeginLook("drev", b.now)
	for range n {
		must(b.t, l.Record(b.t.Context(), b.item()))
	}
	must(b.t, l.Leave(b.t.Context()))
}

// scan meets some of the items, so that others leave the inventory.
func (b *building) scan() {
	sc, err := b.s.BeginScan(b.t.Context(), "drev", b.now)
	must(b.t, err)
	for f, err := range b.s.Findings(b.t.Context(), Filter{}) {
		must(b.t, err)
		if b.r.IntN(3) > 0 {
			must(b.t, sc.Unchanged(b.t.Context(), f.Ref, b.now))
		}
	}
	for range 3 {
		must(b.t, sc.Record(b.t.Context(), b.item()))
	}
	must(b.t, sc.Finish(b.t.Context(), b.now, true, Totals{}))
}

func (b *building) hold() {
	r, ctx := b.r, b.t.Context()
	holds, err := b.s.Holds(ctx)
	must(b.t, err)
	if len(holds) > 0 && r.IntN(3) == 0 {
		h := pick(r, holds...)
		at := b.now.AddDate(0, 0, r.IntN(30)-3)
		if h.Archive {
			err = b.s.EndArchiveLock(ctx, h.ID, at, pick(r, "", "bestemmelse"), at)
		} else {
			err = b.s.ReleaseHold(ctx, h.ID, at)
		}
		if !errors.Is(err, ErrState) {
			must(b.t, err)
		}
		return
	}
	b.holds++
	h := retention.Hold{
		ID: fmt.Sprintf("h%d", b.holds), Reason: "sag", Owner: "DPO", Created: b.now,
		Source: pick(r, "", "", "drev", "andet"), Restrict: r.IntN(4) == 0, Archive: r.IntN(5) == 0,
		Path:    pick(r, "", "Personale/A\u030ase/**", "personale/åse", "PERSONALE/*/kontrakt.docx", "Sager/2024-17", "Personale/Åse [lukket]", "Sager/20[", `Andet\100%_af.txt`, "Andet/100%_*", "{Andet,Æ}/**", "/Sager/2024-17/"),
		Subject: pick(r, "", "", "p1", "p2"), DocumentType: pick(r, "", "", "mus"), Case: pick(r, "", "", "", "2024-17"), Mailbox: pick(r, "", "", "", "anna@example.dk"),
	}
	must(b.t, b.s.AddHold(ctx, h))
}

func (b *building) event() {
	e := retention.Event{Name: pick(b.r, "fratraedelse", "fraflytning"), Date: b.now.AddDate(0, 0, -b.r.IntN(700))}
	switch b.r.IntN(3) {
	case 0:
		e.Subject = pick(b.r, "p1", "p2", "p3")
	case 1:
		e.Path = "Personale/**/*"
	default:
		e.Path, e.Person = "Personale/**/*", "n1"
	}
	b.events = append(b.events, e)
	if b.r.IntN(3) == 0 {
		b.events = b.events[1:]
	}
}

func (b *building) answer() {
	ref := finding("drev", b.r.IntN(16)).Ref
	a := Answer{Ref: ref, Kind: pick(b.r, AnswerOwner, "keep"), Person: "dpo", Answered: b.now, Detail: pick(b.r, "anna", "bo")}
	must(b.t, b.s.AddAnswers(b.t.Context(), []Answer{a}))
}

// step changes something.
func (b *building) step() string {
	steps := []struct {
		name string
		do   func()
	}{
		{"look", func() { b.look(1 + b.r.IntN(4)) }},
		{"scan", b.scan},
		{"hold", b.hold},
		{"hold again", b.hold},
		{"event", b.event},
		{"schedule", func() { b.schedule++ }},
		{"answer", b.answer},
		{"forget", func() { must(b.t, b.s.Forget(b.t.Context(), finding("drev", b.r.IntN(16)).Ref)) }},
		{"hours", func() { b.now = b.now.Add(time.Duration(b.r.IntN(100)) * time.Hour) }},
		{"months", func() { b.now = b.now.AddDate(0, b.r.IntN(4), 0) }},
		{"clock put back", func() { b.now = b.now.AddDate(0, 0, -b.r.IntN(40)) }},
		{"something while it is judged", func() { b.midway = func() { b.look(3); b.answer() } }},
	}
	s := pick(b.r, steps...)
	s.do()
	return s.name
}

// refresh brings the worklist up to date. One in four is interrupted first; what
// happens while it runs is for the next.
func (b *building) refresh() Refreshed {
	b.t.Helper()
	basis, judge := b.judge()
	for b.midway != nil || b.r.IntN(4) == 0 {
		ctx, cancel := context.WithCancel(b.t.Context())
		left, midway := b.r.IntN(6), b.midway
		b.midway = nil
		_, err := b.s.RefreshWorklist(ctx, basis, func(f Finding) Verdict {
			if left--; left == 0 && midway == nil {
				cancel()
			}
			if midway != nil {
				midway()
				midway = nil
			}
			return judge(f)
		})
		cancel()
		if err != nil && !errors.Is(err, context.Canceled) {
			b.t.Fatal(err)
		}
		if b.r.IntN(2) == 0 { // what interrupted may be undone by something else
			b.step()
			basis, judge = b.judge()
		}
	}
	b.judged = 0
	done, err := b.s.RefreshWorklist(b.t.Context(), basis, judge)
	must(b.t, err)
	return done
}

// fromNothing is the worklist as it is when every item is judged, by all that is
// stored of it.
func (b *building) fromNothing() []string {
	_, judge := b.judge()
	all, err := b.s.names(b.t.Context())
	must(b.t, err)
	owners := map[string]string{}
	sent, err := b.s.AnswersOf(b.t.Context(), AnswerOwner)
	must(b.t, err)
	for _, a := range slices.Backward(sent) {
		// Of the same moment any may be the last; the order is that of the store.
		if owners[a.Ref] == "" {
			owners[a.Ref] = a.Detail
		}
	}
	var lines []string
	for f, err := range b.s.Findings(b.t.Context(), Filter{WithMatches: true, WithGaps: true}) {
		must(b.t, err)
		w := newWorkRow(row{Finding: f}, judge(f), all)
		if o := owners[f.Ref]; o != "" {
			w.Owner = o
		}
		lines = append(lines, fmt.Sprint(w.ref, w.source, w.Disposition, w.Rule, w.due, w.documentType, w.categories, w.sure, w.gaps, w.Restricted, w.Owner, w.search, w.next, w.holds, w.folder))
	}
	slices.Sort(lines)
	return lines
}

func (b *building) stored() []string {
	rows, err := b.s.read.QueryContext(b.t.Context(), "SELECT "+strings.Join(workColumns, ", ")+" FROM worklist")
	must(b.t, err)
	var w workRow
	var confirmed, restricted flag
	dest := []any{&w.ref, &w.source, &w.Disposition, &w.Rule, &w.due, &w.documentType, &w.categories, &confirmed, &w.gaps, &restricted, &w.Owner, &w.search, &w.next, &w.sure, &w.holds, &w.folder}
	var lines []string
	must(b.t, each(rows, dest, func() {
		if bool(confirmed) != (w.sure != 0) {
			b.t.Errorf("%s: confirmed is %v", w.ref, confirmed)
		}
		lines = append(lines, fmt.Sprint(w.ref, w.source, w.Disposition, w.Rule, w.due, w.documentType, w.categories, w.sure, w.gaps, bool(restricted), w.Owner, w.search, w.next, w.holds, w.folder))
	}))
	slices.Sort(lines)
	return lines
}

// TestRefreshEqualsFromNothing: after any sequence of changes, moves of the clock
// and interrupted refreshes, the worklist is what it would be if every item were
// judged anew.
func TestRefreshEqualsFromNothing(t *testing.T) {
	engines(t, func(t *testing.T, s *Store) {
		spared := 0
		b := &building{t: t, s: s, r: rand.New(rand.NewPCG(1, uint64(len(t.Name())))), now: day}
		b.look(12)
		b.refresh()
		for n := range 250 {
			what := []string{b.step()}
			for b.r.IntN(3) == 0 {
				what = append(what, b.step())
			}
			done := b.refresh()
			want := b.fromNothing()
			if d := cmp.Diff(want, b.stored()); d != "" {
				t.Fatalf("step %d, after %v (-from nothing +refreshed):\n%s", n, what, d)
			}
			spared += len(want) - int(done.Decided)
		}
		if spared < 500 {
			t.Errorf("only %d items were spared", spared)
		}
	})
}

// TestInterruptedRefreshIsMadeUpFor: what an interrupted refresh has written down
// rests on what was never said to be the worklist's basis. If everything is then
// as it was before, that is decided anew too.
func TestInterruptedRefreshIsMadeUpFor(t *testing.T) {
	engines(t, func(t *testing.T, s *Store) {
		var all []Finding
		for n := range worklistBatch + 200 {
			all = append(all, finding("drev", n))
		}
		fill(t, s, "drev", all)
		keep := func(Finding) Verdict { return Verdict{Disposition: retention.Keep} }
		was := Basis{Rules: "1", Now: day, Holds: []retention.Hold{{ID: "h"}}}
		for _, is := range []Basis{{Rules: "2", Now: day, Holds: was.Holds}, {Rules: "1", Now: day, Holds: []retention.Hold{{ID: "h", Reason: "sag"}}}} {
			if _, err := s.RefreshWorklist(t.Context(), was, keep); err != nil {
				t.Fatal(err)
			}
			ctx, cancel := context.WithCancel(t.Context())
			n := 0
			_, err := s.RefreshWorklist(ctx, is, func(Finding) Verdict {
				if n++; n > worklistBatch {
					cancel()
				}
				return Verdict{Disposition: retention.Due}
			})
			cancel()
			if !errors.Is(err, context.Canceled) {
				t.Fatal(err)
			}
			due := func() int64 {
				n, err := s.WorkCount(t.Context(), WorkFilter{Disposition: retention.Due}, 1e6)
				must(t, err)
				return n
			}
			if due() == 0 {
				t.Fatal("nothing was written before the interruption: the test shows nothing")
			}
			if _, err := s.RefreshWorklist(t.Context(), was, keep); err != nil || due() != 0 {
				t.Errorf("%d lines are due by what never counted (%v)", due(), err)
			}
		}
	})
}

// TestRefreshDecidesOnlyWhatChanged: nothing, when nothing happened; else what it
// was about.
func TestRefreshDecidesOnlyWhatChanged(t *testing.T) {
	engines(t, func(t *testing.T, s *Store) {
		all := worklistItems()
		fill(t, s, "drev", all)
		basis := Basis{Rules: "1", Now: day}
		refresh := func(want int64, wantAll bool) {
			t.Helper()
			got, err := s.RefreshWorklist(t.Context(), basis, func(f Finding) Verdict {
				v := judgeByNumber(f)
				v.Next = day.AddDate(0, 0, int(f.Item.Size)) // and so that of item 0 has come already
				if !v.Next.After(basis.Now) {
					v.Next = time.Time{}
				}
				return v
			})
			if err != nil || got != (Refreshed{want, wantAll}) {
				t.Errorf("%+v, %v; want %d, %v", got, err, want, wantAll)
			}
		}
		refresh(12, true)
		refresh(0, false)
		basis.Now = day.AddDate(0, 0, 3)
		refresh(3, false) // of items 1, 2 and 3 the moment has come
		refresh(0, false)
		basis.Holds = []retention.Hold{{ID: "h1", Path: "Sager/000004*"}, {ID: "h2", Path: "findes/ikke"}}
		refresh(1, false)
		basis.Holds[0].Notified = day // decides nothing
		refresh(0, false)
		basis.Holds[0].Released = day
		refresh(1, false)
		basis.Rules = "2"
		refresh(12, true)
		basis.Now = day
		refresh(12, true)
	})
}
