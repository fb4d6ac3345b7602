package main

import (
	"fmt"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/sletdk/slet/audit"
	"github.com/sletdk/slet/config"
	"github.com/sletdk/slet/detectors"
	"github.com/sletdk/slet/report"
	"github.com/sletdk/slet/retention"
	"github.com/sletdk/slet/store"
)

// TestPeriod: what the log says since the last report, and nothing from before.
func TestPeriod(t *testing.T) {
	start := time.Date(2026, 3, 1, 8, 0, 0, 0, time.UTC)
	var p period
	p.begin(time.Time{})
	n := 0
	line := func(kind string, detail map[string]string) {
		n++
		p.line(audit.Record{Entry: audit.Entry{Time: start.Add(time.Duration(n) * time.Hour), Type: kind, Detail: detail, Plan: "P-1", Item: "i1", Actor: "dorte"}})
	}
	line(audit.TypeHoldAdded, nil)
	line(audit.TypeEraseOutcome, map[string]string{"result": "failed"})
	line(audit.TypeSignInRefused, nil)
	line(audit.TypeReportWritten, nil)
	if len(p.counts)+len(p.incidents)+len(p.wrong) > 0 || p.refused.Kind != "" || !p.Since.Equal(start.Add(4*time.Hour)) {
		t.Fatalf("after a report: %+v", p)
	}
	for _, kind := range []string{"keep", "keep", "false", "owner"} {
		line(audit.TypeAnswered, map[string]string{"answer": kind})
	}
	line(audit.TypePlanApproved, nil)
	line(audit.TypeEraseOutcome, map[string]string{"result": "erased"})
	line(audit.TypeEraseOutcome, map[string]string{"result": "unknown"})
	line(audit.TypeClockAccepted, nil)
	for range 3 {
		line(audit.TypeSignInRefused, nil)
	}
	if d := cmp.Diff(map[string]int64{"answer.keep": 2, "answer.false": 1, "answer.owner": 1, "plan.approved": 1}, p.counts); d != "" {
		t.Error(d)
	}
	if p.Answered != 3 || p.FalseAnswers != 1 || fmt.Sprintf("%.1f", p.FalseRate()) != "33.3" {
		t.Errorf("answers: %+v", p.Decisions)
	}
	if len(p.incidents) != 2 || p.incidents[0].Kind != "erase.unknown" || p.incidents[0].Plan != "P-1" || p.incidents[1].Kind != "clock.accepted" || p.wrong["sign_in.refused"] != 3 {
		t.Errorf("incidents: %+v, %v", p.incidents, p.wrong)
	}
	for _, kind := range []string{p.incidents[0].Kind, p.incidents[1].Kind, p.refused.Kind} {
		if report.Danish.Word("incident."+kind) == "incident."+kind {
			t.Errorf("%s has no word", kind)
		}
	}
	for kind := range p.counts {
		if report.Danish.Word("decided."+kind) == "decided."+kind {
			t.Errorf("%s has no word", kind)
		}
	}
	for _, kind := range decided {
		if report.Danish.Word("decided."+kind) == "decided."+kind {
			t.Errorf("%s has no word", kind)
		}
	}
	for range 3 * report.MaxIncidents {
		line(audit.TypeLogRecovered, nil)
	}
	if len(p.incidents) >= 2*report.MaxIncidents || p.wrong["log.recovered"] != 3*report.MaxIncidents {
		t.Errorf("%d incidents are in memory, %d were counted", len(p.incidents), p.wrong["log.recovered"])
	}
}

// TestDepartments: beyond some thousand departments the rest is counted together,
// and what is restricted names nobody.
func TestDepartments(t *testing.T) {
	s := sums{departments: map[report.Department]*report.Department{}}
	f := store.Finding{Counts: []store.Count{{Category: "cpr", Confidence: detectors.Confirmed, N: 1}}}
	for n := range maxDepartments + 3 {
		for range 2 {
			s.department(report.Department{Source: "drev", Name: fmt.Sprintf("%05d", n)}, f, retention.Decision{Disposition: retention.Due})
		}
	}
	s.department(report.Department{Source: "drev", Name: "00001"}, store.Finding{}, retention.Decision{}) // nothing was found in it
	list := s.listDepartments()
	want := report.Department{Source: "drev", Name: report.OtherDepartments, Items: 6, Sure: 6, Due: 6}
	if len(list) != maxDepartments+1 || list[0] != want || list[1].Name != "00000" || list[1].Items != 2 {
		t.Errorf("%d departments, first %+v", len(list), list[:2])
	}
	a := &app{cfg: &config.Config{}}
	f.Item.Source, f.Item.Path = "drev", "Sag 150370-5008/brev.txt"
	if who := a.departmentOf(f, retention.Decision{}); who.Name != "Sag 150370-••••" {
		t.Errorf("a folder with a number: %+v", who)
	}
	if who := a.departmentOf(f, retention.Decision{Restricted: true}); who.Name != hiddenPath {
		t.Errorf("restricted: %+v", who)
	}
}
