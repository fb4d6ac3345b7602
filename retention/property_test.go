package retention_test

import (
	"fmt"
	"math/rand/v2"
	"reflect"
	"slices"
	"testing"
	"time"

	"github.com/sletdk/slet/retention"
)

// world is everything that a decision depends on, made at random from small
// sets, so that things meet.
type world struct {
	facts    retention.Facts
	schedule *retention.Schedule
	list     []retention.Event
	holds    []retention.Hold
	now      time.Time
}

func (w world) decide(t testing.TB) retention.Decision {
	return retention.Decide(w.facts, w.schedule, events(t, w.list...), w.holds, w.now)
}

func pick[T any](r *rand.Rand, from ...T) T { return from[r.IntN(len(from))] }

// some returns each value with one chance in n; nil when none.
func some[T any](r *rand.Rand, n int, from ...T) []T {
	var out []T
	for _, v := range from {
		if r.IntN(n) == 0 {
			out = append(out, v)
		}
	}
	return out
}

func randomTime(r *rand.Rand) time.Time {
	switch r.IntN(12) {
	case 0:
		return time.Time{}
	case 1:
		return at("1980-01-01 00:00")
	}
	return at("2015-01-01").Add(time.Duration(r.Int64N(int64(14 * 365 * 24 * time.Hour))))
}

func randomPeriod(r *rand.Rand) retention.Period {
	return pick(r, retention.Period{Years: r.IntN(6)}, retention.Period{Months: r.IntN(30)}, retention.Period{Days: r.IntN(90)}, retention.Period{Years: 1, Months: 1, Weeks: 1, Days: 1})
}

func randomTrigger(r *rand.Rand) retention.Trigger {
	return retention.Trigger{
		Base:          pick(r, "recorded", "received", "created", "modified", "modified", "event"),
		Event:         pick(r, "fratraedelse", "afslag", "afslag|fratraedelse"),
		FiscalYearEnd: r.IntN(4) == 0,
	}
}

func randomRule(r *rand.Rand, id string) retention.Rule {
	rule := retention.Rule{ID: id, Match: retention.Match{
		Source:       some(r, 4, "s1", "s2"),
		SourceType:   some(r, 4, "files", "cctv"),
		Path:         some(r, 3, "**", "**/HR/**", "*.txt"),
		DocumentType: some(r, 6, "cv", "faktura"),
		Category:     some(r, 6, "cpr", "helbred"),
		Detector:     some(r, 8, "cpr"),
		Camera:       some(r, 8, "kam*"),
		Subject:      some(r, 8, "p1", "p2"),
	}}
	kind := r.IntN(8)
	if kind != 0 { // 0: a minimum alone
		p := randomPeriod(r)
		rule.DeleteAfter, rule.Trigger = &p, randomTrigger(r)
		rule.Action = pick(r, retention.ActionErase, retention.ActionErase, retention.ActionErase, retention.ActionReview, retention.ActionReport)
		if r.IntN(3) == 0 {
			rule.Fallback = randomTrigger(r)
		} else if rule.Trigger.Base == "event" {
			rule.Waits = r.IntN(3) == 0
		}
	}
	if kind == 1 { // no deadline
		rule.Waits = false
		rule.DeleteAfter, rule.Trigger, rule.Fallback, rule.Action = nil, retention.Trigger{}, retention.Trigger{}, retention.ActionReview
	}
	if kind == 0 || r.IntN(4) == 0 {
		rule.KeepUntil = &retention.Minimum{Trigger: randomTrigger(r), Period: randomPeriod(r)}
	}
	return rule
}

func randomHold(r *rand.Rand, id string) retention.Hold {
	return retention.Hold{ID: id, Source: pick(r, "", "s1"), Path: pick(r, "", "HR", "**/*.txt"), Subject: pick(r, "", "p1", "p3"),
		Camera: pick(r, "", "", "", "kam1"), From: pick(r, time.Time{}, randomTime(r)), To: pick(r, time.Time{}, randomTime(r)),
		Review: randomTime(r), Released: pick(r, time.Time{}, at("2020-01-01"), at("2027-01-01"))}
}

func randomWorld(r *rand.Rand) world {
	w := world{
		facts: retention.Facts{
			Source: pick(r, "s1", "s2"), SourceType: pick(r, "files", "cctv"), Path: pick(r, "HR/a.txt", "b.txt", "x/HR/y/c.pdf"),
			Created: randomTime(r), Modified: randomTime(r), Received: randomTime(r), Recorded: randomTime(r),
			DocumentType: pick(r, "", "cv", "faktura"), Categories: some(r, 2, "cpr", "helbred"), Detectors: some(r, 2, "cpr"),
			Subjects: some(r, 2, "p1", "p2"), Gaps: max(0, r.IntN(8)-5),
			Camera: pick(r, "", "kam1", "kam2"), End: randomTime(r), Dated: pick(r, "", "name", "modified", "first_seen"), Doubt: pick(r, "", "", "", "", "dates differ"),
		},
		schedule: &retention.Schedule{Version: "1", FiscalYearEnd: pick(r, retention.MonthDay{Month: 12, Day: 31}, retention.MonthDay{Month: 2, Day: 29}, retention.MonthDay{Month: 6, Day: 30})},
		now:      at("2020-01-01").Add(time.Duration(r.Int64N(int64(12 * 365 * 24 * time.Hour)))),
	}
	if r.IntN(3) == 0 {
		w.schedule.Margins = map[string]time.Duration{"cctv": time.Duration(r.IntN(48)) * time.Hour}
	}
	if r.IntN(10) == 0 {
		w.schedule.EffectiveFrom = randomTime(r)
	}
	for i := range 1 + r.IntN(4) {
		w.schedule.Rules = append(w.schedule.Rules, randomRule(r, fmt.Sprintf("R%d", i)))
	}
	for range r.IntN(4) {
		e := retention.Event{Name: pick(r, "fratrædelse", "afslag"), Date: randomTime(r), Subject: pick(r, "p1", "p2", ""), Path: pick(r, "HR/**", "**/*.txt")}
		if !e.Date.IsZero() {
			w.list = append(w.list, e)
		}
	}
	if r.IntN(4) == 0 {
		w.holds = append(w.holds, randomHold(r, "H0"))
	}
	return w
}

// each runs a property over random worlds, the same ones every time, and makes
// sure that enough of them are due to mean something.
func each(t *testing.T, check func(t *testing.T, r *rand.Rand, w world, d retention.Decision)) {
	t.Helper()
	const worlds = 6_000
	due := 0
	for i := range worlds {
		r := rand.New(rand.NewPCG(1, uint64(i)))
		w := randomWorld(r)
		d := w.decide(t)
		if d.Disposition == retention.Due {
			due++
		}
		check(t, r, w, d)
		if t.Failed() {
			t.Fatalf("world %d: %+v\nschedule %+v\ndecision %+v", i, w, w.schedule.Rules, d)
		}
	}
	if due < worlds/20 {
		t.Errorf("only %d of %d worlds are due", due, worlds)
	}
}

// alone decides as if only one rule stood in the schedule, without holds, gaps
// or a date of effect.
func (w world) alone(t testing.TB, rule retention.Rule) retention.Decision {
	s := *w.schedule
	s.Rules, s.EffectiveFrom = []retention.Rule{rule}, time.Time{}
	w.schedule, w.holds, w.facts.Gaps = &s, nil, 0
	return w.decide(t)
}

// TestNeverBeforeMinimum: nothing is due while any rule that matches keeps it,
// or when such a rule cannot tell.
func TestNeverBeforeMinimum(t *testing.T) {
	each(t, func(t *testing.T, _ *rand.Rand, w world, d retention.Decision) {
		if d.Disposition != retention.Due {
			return
		}
		if w.now.Before(d.KeepUntil) || w.now.Before(d.Due) || d.Due.IsZero() || d.Action != retention.ActionErase {
			t.Error("due too early, or without erase")
		}
		for _, rule := range w.schedule.Rules {
			if a := w.alone(t, rule); w.now.Before(a.KeepUntil) {
				t.Errorf("%s keeps it until %v", rule.ID, a.KeepUntil)
			} else if rule.KeepUntil != nil && a.Disposition != retention.NoRule && a.KeepUntil.IsZero() {
				t.Errorf("%s has a minimum that is not known", rule.ID)
			}
		}
	})
}

// TestReviewKeeps: nothing is due when a rule that matches and is due asks for
// a person, or counts from a date that is not known.
func TestReviewKeeps(t *testing.T) {
	each(t, func(t *testing.T, _ *rand.Rand, w world, d retention.Decision) {
		if d.Disposition != retention.Due {
			return
		}
		for _, rule := range w.schedule.Rules {
			if rule.DeleteAfter == nil && rule.Action == "" {
				continue // a minimum alone asks only when nothing else says anything
			}
			if a := w.alone(t, rule); a.Disposition == retention.Review {
				t.Errorf("%s alone says review", rule.ID)
			}
		}
	})
}

// TestHoldKeeps: adding a hold never makes anything due, and one that fits
// keeps whatever it was.
func TestHoldKeeps(t *testing.T) {
	each(t, func(t *testing.T, r *rand.Rand, w world, d retention.Decision) {
		w.holds = append(slices.Clone(w.holds), randomHold(r, "H9"))
		if with := w.decide(t); with.Disposition == retention.Due && d.Disposition != retention.Due {
			t.Errorf("the hold made it due: %+v", with)
		}
		w.holds = append(w.holds, retention.Hold{ID: "ALL", Review: at("2000-01-01")})
		if with := w.decide(t); with.Disposition != retention.Held || with.Hold == "" {
			t.Errorf("a hold on everything: %+v", with)
		}
	})
}

// TestMinimumKeeps: adding a rule with a minimum alone, or a minimum to a rule,
// never makes anything due, nor changes when a maximum falls.
func TestMinimumKeeps(t *testing.T) {
	each(t, func(t *testing.T, r *rand.Rand, w world, d retention.Decision) {
		extra := randomRule(r, "X")
		extra.DeleteAfter, extra.Trigger, extra.Fallback, extra.Action = nil, retention.Trigger{}, retention.Trigger{}, ""
		extra.KeepUntil = &retention.Minimum{Trigger: randomTrigger(r), Period: randomPeriod(r)}
		s := *w.schedule
		w.schedule = &s
		if r.IntN(2) == 0 {
			s.Rules = append(slices.Clone(s.Rules), extra)
		} else if s.Rules = slices.Clone(s.Rules); s.Rules[0].KeepUntil == nil {
			s.Rules[0].KeepUntil = extra.KeepUntil
		}
		with := w.decide(t)
		if with.Disposition == retention.Due && d.Disposition != retention.Due {
			t.Errorf("the minimum made it due: %+v", with)
		}
		if !with.Due.IsZero() && !with.Due.Equal(d.Due) {
			t.Errorf("the minimum moved the maximum to %v", with.Due)
		}
	})
}

// TestTimeOnlyMakesDue: an item that is due stays due, or a person is asked
// because another rule has come due as well. Nothing that waits comes to keep.
func TestTimeOnlyMakesDue(t *testing.T) {
	each(t, func(t *testing.T, r *rand.Rand, w world, d retention.Decision) {
		if d.Disposition != retention.Due {
			return
		}
		w.now = w.now.Add(time.Duration(r.Int64N(int64(9 * 365 * 24 * time.Hour))))
		if later := w.decide(t); later.Disposition != retention.Due {
			if later.Disposition != retention.Review || !slices.ContainsFunc(later.Reasons, func(r retention.Reason) bool {
				return r.Code == retention.ReasonAction || r.Code == retention.ReasonGaps
			}) {
				t.Errorf("later: %+v", later)
			}
		}
	})
}

// TestNothingChangesBeforeNext: at any moment from now until [Decision.Next] the
// decision is the very same; and where there is no Next, ever after.
func TestNothingChangesBeforeNext(t *testing.T) {
	changed := 0
	each(t, func(t *testing.T, r *rand.Rand, w world, d retention.Decision) {
		if !d.Next.IsZero() && !d.Next.After(w.now) {
			t.Fatalf("next is %s, now is %s", d.Next, w.now)
		}
		span := 40 * 365 * 24 * time.Hour
		if !d.Next.IsZero() {
			span = d.Next.Sub(w.now)
		}
		for _, wait := range []time.Duration{time.Duration(r.Int64N(int64(span))), span - 1} {
			at := w
			at.now = w.now.Add(wait)
			if later := at.decide(t); !reflect.DeepEqual(later, d) {
				t.Errorf("%s later, next is %s: %+v", wait, d.Next, later)
			}
		}
		at := w
		if at.now = d.Next; !d.Next.IsZero() && at.decide(t).Disposition != d.Disposition {
			changed++
		}
	})
	if changed == 0 {
		t.Error("no disposition changed at its next moment: the test shows nothing")
	}
}

// TestOrderMeansNothing: of rules, holds, events, and values.
func TestOrderMeansNothing(t *testing.T) {
	each(t, func(t *testing.T, r *rand.Rand, w world, d retention.Decision) {
		s := *w.schedule
		s.Rules = slices.Clone(s.Rules)
		r.Shuffle(len(s.Rules), func(i, j int) { s.Rules[i], s.Rules[j] = s.Rules[j], s.Rules[i] })
		if s.Hash() != w.schedule.Hash() {
			t.Error("the order of rules changes the hash")
		}
		w.schedule = &s
		w.holds, w.list = slices.Clone(w.holds), slices.Clone(w.list)
		w.facts.Subjects = slices.Clone(w.facts.Subjects)
		slices.Reverse(w.holds)
		slices.Reverse(w.list)
		slices.Reverse(w.facts.Subjects)
		if again := w.decide(t); !reflect.DeepEqual(again, d) {
			t.Errorf("in another order: %+v", again)
		}
	})
}

// TestGapsKeep: what could not be examined never makes anything due, and a rule
// that looks at content never makes an item with gaps due.
func TestGapsKeep(t *testing.T) {
	each(t, func(t *testing.T, _ *rand.Rand, w world, d retention.Decision) {
		w.facts.Gaps++
		with := w.decide(t)
		if with.Disposition == retention.Due && d.Disposition != retention.Due {
			t.Errorf("the gap made it due: %+v", with)
		}
		if with.Disposition != retention.Due {
			return
		}
		for _, rule := range w.schedule.Rules {
			m := rule.Match
			if rule.ID == with.Rule && len(m.DocumentType)+len(m.Category)+len(m.Detector)+len(m.Subject) > 0 {
				t.Error("due for its content, which could not all be examined")
			}
		}
		// Whatever the content might have been, it would not have kept the item.
		for _, hidden := range []retention.Facts{
			{DocumentType: "faktura"}, {DocumentType: "cv"}, {Categories: []string{"cpr", "helbred"}, Detectors: []string{"cpr"}}, {Subjects: []string{"p1", "p2", "p3"}},
		} {
			f := w
			f.facts.Gaps = 0
			f.facts.Categories = append(slices.Clone(w.facts.Categories), hidden.Categories...)
			f.facts.Detectors = append(slices.Clone(w.facts.Detectors), hidden.Detectors...)
			f.facts.Subjects = append(slices.Clone(w.facts.Subjects), hidden.Subjects...)
			if hidden.DocumentType != "" {
				f.facts.DocumentType = hidden.DocumentType
			}
			switch got := f.decide(t); got.Disposition {
			case retention.Due, retention.NoRule: // NoRule: another document type takes it out of the rules
			default:
				t.Errorf("had %+v been seen: %+v", hidden, got)
			}
		}
	})
}

// TestReasonsSurvive: every reason says something in both languages, and is the
// same after JSON.
func TestReasonsSurvive(t *testing.T) {
	each(t, func(t *testing.T, _ *rand.Rand, _ world, d retention.Decision) {
		if len(d.Reasons) == 0 {
			t.Error("no reasons")
		}
		roundTrip(t, d.Reasons)
		for _, r := range d.Reasons {
			if len(r.English()) < 20 || len(r.Danish()) < 20 {
				t.Errorf("%+v: %q, %q", r, r.English(), r.Danish())
			}
		}
	})
}

// FuzzDecide holds any schedule that can be read to the same promises.
func FuzzDecide(f *testing.F) {
	for _, tt := range goldenCases() {
		f.Add([]byte(head+tt.rules), uint64(len(tt.name)))
	}
	f.Fuzz(func(t *testing.T, data []byte, seed uint64) {
		s, err := retention.ParseSchedule("s.yaml", data)
		if err != nil {
			return
		}
		w := randomWorld(rand.New(rand.NewPCG(2, seed)))
		w.schedule = s
		d := w.decide(t)
		if d.Disposition == retention.Due && (w.now.Before(d.KeepUntil) || w.now.Before(d.Due) || d.Action != retention.ActionErase || d.Rule == "") {
			t.Errorf("%+v", d)
		}
		roundTrip(t, d.Reasons)
		w.holds = append(w.holds, retention.Hold{ID: "ALL"})
		if d := w.decide(t); d.Disposition != retention.Held {
			t.Errorf("held, but %s", d.Disposition)
		}
	})
}

func FuzzParseSchedule(f *testing.F) {
	for _, tt := range goldenCases() {
		f.Add([]byte(head + tt.rules))
	}
	f.Add([]byte("version: &v 1\nrules: [*v]\n"))
	f.Add([]byte("{version: 1, rules: [{id: 1, match: {path: [\"{a,b}/**\"]}, delete_after: none, action: report}]}"))
	f.Fuzz(func(t *testing.T, data []byte) {
		s, err := retention.ParseSchedule("s.yaml", data)
		if err != nil {
			if s != nil || len(err.Error()) < len("s.yaml: x") || err.Error()[:6] != "s.yaml" {
				t.Errorf("error without a place: %q", err)
			}
			return
		}
		again, err := retention.ParseSchedule("s.yaml", data)
		if err != nil || again.Hash() != s.Hash() || !reflect.DeepEqual(again, s) {
			t.Errorf("read differently a second time (%v)", err)
		}
		for _, r := range s.Rules {
			if r.ID == "" || r.DeleteAfter == nil && r.KeepUntil == nil && (r.Action == "" || r.Action == retention.ActionErase) {
				t.Errorf("accepted %+v", r)
			}
		}
	})
}

func BenchmarkDecide(b *testing.B) {
	var rules string
	for i := range 40 {
		rules += fmt.Sprintf("  - {id: A%d, match: {path: ['**/Mappe%d/**'], document_type: [d%d]}, trigger: modified, delete_after: P5Y, action: erase}\n", i, i, i)
		rules += fmt.Sprintf("  - {id: B%d, match: {path: ['**/Sager%d/**']}, trigger: modified, delete_after: P5Y, action: erase}\n", i, i)
	}
	s := schedule(b, rules)
	f := retention.Facts{Source: "faelles", SourceType: "files", Path: "Afdeling Nord/Sager7/2019/Årsmøde/brev til beboer.docx", Modified: at("2019-03-01"), DocumentType: "brev"}
	now := at("2026-11-21")
	for b.Loop() {
		if d := retention.Decide(f, s, nil, nil, now); d.Disposition != retention.Due {
			b.Fatal(d)
		}
	}
}

// BenchmarkDecideMillion decides a million findings by the largest preset-like
// schedule: 40 rules with globs and document types, events of 20,000 persons.
func BenchmarkDecideMillion(b *testing.B) {
	var rules string
	for i := range 20 {
		rules += fmt.Sprintf("  - {id: A%d, match: {document_type: [d%d]}, trigger: 'event:fratraedelse', delete_after: P5Y, action: erase}\n", i, i)
		rules += fmt.Sprintf("  - {id: B%d, match: {path: ['**/Sager%d/**', '**/Mappe%d*/**']}, trigger: modified, delete_after: P5Y, action: erase}\n", i, i, i)
	}
	s := schedule(b, rules)
	var list []retention.Event
	for i := range 20_000 {
		list = append(list, retention.Event{Name: "fratraedelse", Subject: fmt.Sprintf("p%d", i), Date: at("2019-03-01").AddDate(0, 0, i%2000)})
	}
	ev := events(b, list...)
	const items = 1_000_000
	facts := make([]retention.Facts, 1000)
	for i := range facts {
		facts[i] = retention.Facts{Source: "faelles", SourceType: "files", Path: fmt.Sprintf("Afdeling %d/Sager%d/2019/brev %d.docx", i%7, i%40, i),
			Modified: at("2019-03-01").AddDate(0, 0, i), DocumentType: fmt.Sprintf("d%d", i%50), Subjects: []string{fmt.Sprintf("p%d", i*17%25_000)}}
	}
	now := at("2026-11-21")
	for b.Loop() {
		for i := range items {
			if d := retention.Decide(facts[i%len(facts)], s, ev, nil, now); d.Disposition == "" {
				b.Fatal(d)
			}
		}
	}
	b.ReportMetric(b.Elapsed().Seconds()/float64(b.N), "s/million")
}
