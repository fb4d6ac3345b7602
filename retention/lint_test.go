package retention_test

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/sletdk/slet/retention"
)

func lintText(ws []retention.Warning) string {
	var b strings.Builder
	for _, w := range ws {
		fmt.Fprintln(&b, strings.TrimRight(fmt.Sprintf("%s %s %s %s %d", w.Code, w.Rule, w.Other, w.Detail, w.Count), " 0"))
	}
	return strings.TrimSpace(strings.Join(strings.Fields(strings.ReplaceAll(b.String(), "\n", " ; ")), " "))
}

func TestLint(t *testing.T) {
	rule := func(id, match, rest string) string {
		return fmt.Sprintf("  - {id: %s, match: {%s}, %s}\n", id, match, rest)
	}
	const erase5 = "trigger: modified, delete_after: P5Y, action: erase"
	known := retention.Known{Sources: []string{"h"}, DocumentTypes: []string{"cv", "mus"}, Categories: []string{"cpr"}, Detectors: []string{"cpr"}}
	items := []retention.Facts{
		{Path: "HR/Løn/a.txt", DocumentType: "cv", Categories: []string{"cpr"}},
		{Path: "Andet/b.txt", DocumentType: "mus", Categories: []string{"cpr", "helbred"}},
	}
	for _, tt := range []struct{ name, rules, want string }{
		{"clean", rule("A", "path: ['HR/**', 'Andet/**']", erase5), ""},
		{"no deadline", rule("A", "path: ['**']", "delete_after: none, action: review"), "no_deadline A ;"},
		{"conflict in words", rule("A", "path: ['**']", "conflict: two texts, "+erase5), "conflict A two texts ;"},
		{"max before min", rule("A", "path: ['**']", erase5) + rule("B", "path: ['HR/**']", "keep_until: {trigger: modified, period: P6Y}"), "contradiction A B always ;"},
		{"max as min", rule("A", "path: ['**']", erase5) + rule("B", "path: ['HR/**']", "keep_until: {trigger: modified, period: P5Y}"), ""},
		{"fiscal year", rule("A", "path: ['**']", "trigger: modified, delete_after: P5Y, keep_until: {trigger: fiscal_year_end(modified), period: P5Y}, action: erase"), "contradiction A A some ;"},
		{"other trigger", rule("A", "path: ['**']", erase5) + rule("B", "path: ['HR/**']", "keep_until: {trigger: created, period: P6Y}"), ""},
		{"other types", rule("A", "document_type: [cv], path: ['**']", erase5) + rule("B", "document_type: [mus]", "keep_until: {trigger: modified, period: P6Y}"), ""},
		{"other folders", rule("A", "path: ['HR/**']", erase5) + rule("B", "path: ['Andet/**']", "keep_until: {trigger: modified, period: P6Y}"), ""},
		{"unreachable", rule("A", "path: ['HR/**', 'Andet/**']", erase5) + rule("B", "path: ['HR/Løn/**'], document_type: [cv]", "trigger: modified, delete_after: P6Y, action: erase"), "unreachable B A ;"},
		{"reachable by trigger", rule("A", "path: ['**']", erase5) + rule("B", "path: ['HR/Løn/**']", "trigger: created, delete_after: P6Y, action: erase"), ""},
		{"reachable by action", rule("A", "path: ['**']", erase5) + rule("B", "path: ['HR/Løn/**']", "trigger: modified, delete_after: P6Y, action: review"), ""},
		{"reachable by person", rule("A", "path: ['**']", erase5) + rule("B", "path: ['HR/**'], subject: [p1]", "trigger: modified, delete_after: P6Y, action: erase"), ""},
		{"reachable by place", rule("A", "path: ['HR/Løn/**', 'Andet/**']", erase5) + rule("B", "path: ['HR/**']", "trigger: modified, delete_after: P6Y, action: erase"), ""},
		{"reachable: earlier", rule("A", "path: ['**']", erase5) + rule("B", "path: ['HR/**']", "trigger: modified, delete_after: P4Y, action: erase"), ""},
		{"shorter minimum", rule("A", "path: ['**']", "keep_until: {trigger: created, period: P2Y}") + rule("B", "path: ['**']", "keep_until: {trigger: created, period: P1Y}"), "unreachable B A ;"},
		{"unknown names", rule("A", "path: ['**'], source: [x], category: [y], detector: [z], document_type: [w, cv, mus]", erase5), "unknown_source A x ; unknown_document_type A w ; unknown_category A y ; unknown_detector A z ; document_type_without_rule cv 1 ; document_type_without_rule mus 1 ; category_without_rule cpr 2 ; category_without_rule helbred 1 ;"},
		{"no items", rule("A", "path: ['**', 'Regnskab/**'], mailbox: ['*@x.dk']", erase5) + rule("B", "path: ['**']", erase5), "no_items A *@x.dk ; no_items A Regnskab/** ;"},
		{"types unnamed", rule("A", "document_type: [cv]", erase5), "document_type_without_rule mus 1 ; category_without_rule cpr 1 ; category_without_rule helbred 1 ; document_types_unnamed mus 1 ;"},
		{"coverage", rule("A", "path: ['**']", erase5) + "coverage: [{id: C, system: EG, title: Løn, deadline: none, by: HR}]\n", "no_deadline C EG: Løn ;"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			s := schedule(t, tt.rules)
			seen := retention.NewInventory(s)
			for _, f := range items {
				seen.See(f)
			}
			got := retention.Lint(s, known, seen)
			if diff := cmp.Diff(tt.want, lintText(got)); diff != "" {
				t.Errorf("(-want +got)\n%s", diff)
			}
			for _, w := range got {
				if w.English() == string(w.Code) || w.Danish() == string(w.Code) || w.English() == w.Danish() {
					t.Errorf("%s has no sentence", w.Code)
				}
			}
		})
	}
}

// TestLintNothingSeen: an empty inventory says nothing, and neither does a
// list that is not known.
func TestLintNothingSeen(t *testing.T) {
	s := schedule(t, "  - {id: A, match: {path: ['HR/**'], source: [x], document_type: [y]}, trigger: modified, delete_after: P5Y, action: erase}\n")
	for _, seen := range []*retention.Inventory{nil, retention.NewInventory(s)} {
		if got := retention.Lint(s, retention.Known{}, seen); len(got) > 0 {
			t.Errorf("%+v", got)
		}
	}
}

// TestUnreachableIsTrue: over random schedules and items, a rule of which it is
// said that it never decides can be left out without changing any disposition
// or date.
func TestUnreachableIsTrue(t *testing.T) {
	said := 0
	for i := range 3_000 {
		r := rand.New(rand.NewPCG(7, uint64(i)))
		w := randomWorld(r)
		w.facts.Gaps = 0
		// One more rule like the first, but later, and about less.
		later := w.schedule.Rules[0]
		later.ID = "X"
		if later.DeleteAfter != nil {
			p := *later.DeleteAfter
			p.Months += r.IntN(3)
			later.DeleteAfter, later.KeepUntil = &p, nil
		}
		if r.IntN(2) == 0 {
			later.Match.DocumentType = []string{"cv"}
		}
		w.schedule.Rules = append(w.schedule.Rules, later)
		for _, x := range retention.Lint(w.schedule, retention.Known{}, nil) {
			if x.Code != retention.WarnUnreachable {
				continue
			}
			said++
			with := w.decide(t)
			less := *w.schedule
			less.Rules = nil
			for _, rule := range w.schedule.Rules {
				if rule.ID != x.Rule {
					less.Rules = append(less.Rules, rule)
				}
			}
			without := world{w.facts, &less, w.list, w.holds, w.now}.decide(t)
			if with.Disposition != without.Disposition || with.Rule != without.Rule || !with.Due.Equal(without.Due) || !with.KeepUntil.Equal(without.KeepUntil) {
				t.Fatalf("world %d: rule %s decides: %+v, without it %+v\n%+v", i, x.Rule, with, without, w.schedule.Rules)
			}
		}
	}
	if said < 200 {
		t.Errorf("only %d rules were said to be unreachable", said)
	}
}

// FuzzLint: whatever schedule is read, it can be linted and compared, every
// warning and change has its sentences, and a schedule does not differ from
// itself.
func FuzzLint(f *testing.F) {
	for _, tt := range goldenCases() {
		f.Add([]byte(head+tt.rules), "HR/a.txt")
	}
	f.Add([]byte(head+ruleOld+"coverage: [{id: C, system: EG, title: Løn, deadline: none, by: HR}]\n"), "a/b")
	f.Fuzz(func(t *testing.T, data []byte, path string) {
		s, err := retention.ParseSchedule("s.yaml", data)
		if err != nil || len(s.Rules) > 30 {
			return
		}
		if d := retention.Diff(s, s); len(d) > 0 {
			t.Errorf("a schedule differs from itself: %+v", d)
		}
		seen := retention.NewInventory(s)
		seen.See(retention.Facts{Path: path, DocumentType: "cv", Categories: []string{"cpr"}})
		for _, w := range retention.Lint(s, retention.Known{Sources: []string{"h"}, DocumentTypes: []string{"cv"}}, seen) {
			if w.English() == string(w.Code) || w.Danish() == string(w.Code) {
				t.Errorf("no sentence for %+v", w)
			}
		}
		for _, c := range append(retention.Diff(&retention.Schedule{}, s), retention.Diff(s, &retention.Schedule{Version: "x"})...) {
			if c.English() == "" || c.Danish() == "" {
				t.Errorf("no sentence for %+v", c)
			}
		}
	})
}

// FuzzParseTrigger: what is read is written so that it is read as the same.
func FuzzParseTrigger(f *testing.F) {
	for _, s := range []string{"recorded", "event:fratrædelse", "latest(event:a, event:b)", "fiscal_year_end(latest(event:a,event:b))", "latest(latest(event:a,event:b),event:c)", "fiscal_year_end( modified )"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		trigger, err := retention.ParseTrigger(s)
		if err != nil {
			return
		}
		if back, err := retention.ParseTrigger(trigger.String()); err != nil || back != trigger {
			t.Errorf("%q: %+v written as %s, read as %+v (%v)", s, trigger, trigger, back, err)
		}
	})
}
