package main

import (
	"cmp"
	"context"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/sletdk/slet/audit"
	"github.com/sletdk/slet/config"
	"github.com/sletdk/slet/detectors"
	"github.com/sletdk/slet/erase"
	"github.com/sletdk/slet/report"
	"github.com/sletdk/slet/retention"
	"github.com/sletdk/slet/store"
	"github.com/sletdk/slet/web"
)

// This file collects for the report what has happened since the last one, and
// whose the findings are.

// gatherScope says who looked, and by which words.
func (a *app) gatherScope(r *report.Report) error {
	e, err := a.engine()
	if err != nil {
		return err
	}
	r.Lexicon, r.Detectors = e.LexiconVersion(), e.Fingerprint()
	for i := range r.Sources {
		for _, s := range a.cfg.Sources {
			if s.Name == r.Sources[i].Name {
				r.Sources[i].Account = detectors.MaskText(serviceAccount(s))
			}
		}
	}
	return nil
}

// serviceAccount is the name of the account that a source is read with: the
// program's own for what lies on this machine. Mailboxes that each sign in as
// themselves have none.
func serviceAccount(s config.Source) string {
	switch {
	case s.Type == config.TypeIMAP:
		return cmp.Or(s.IMAP.Master, s.IMAP.OAuth.ClientID)
	case s.OnShare() && s.SMB.Domain != "":
		return s.SMB.Domain + `\` + s.SMB.Username
	case s.OnShare():
		return s.SMB.Username
	}
	return account()
}

// decided are the types of log lines that are decisions of people.
var decided = []string{
	audit.TypePlanApproved, audit.TypePlanCancelled, audit.TypePlanWithdrawn, audit.TypeHoldAdded, audit.TypeHoldReleased, audit.TypeArchiveAdded, audit.TypeArchiveEnded,
	audit.TypeDismissed, audit.TypeUndismissed, audit.TypeEventsImported, audit.TypeEventsCancelled, audit.TypeConfigEnforced,
}

// period is what the audit log says of the time since the last report.
type period struct {
	report.Decisions
	counts    map[string]int64
	incidents []report.Incident // the newest of each that is kept
	wrong     map[string]int64  // incidents by kind
	refused   report.Incident   // sign-ins that were refused, together
}

func (p *period) begin(since time.Time) {
	*p = period{Decisions: report.Decisions{Since: since}, counts: map[string]int64{}, wrong: map[string]int64{}}
}

// incident takes one in; the newest are kept.
func (p *period) incident(i report.Incident) {
	p.wrong[i.Kind]++
	if p.incidents = append(p.incidents, i); len(p.incidents) >= 2*report.MaxIncidents {
		p.incidents = slices.Delete(p.incidents, 0, report.MaxIncidents)
	}
}

// line takes a line of the log in.
func (p *period) line(rec audit.Record) {
	said := report.Incident{Time: rec.Time, Plan: rec.Plan, Item: rec.Item}
	switch rec.Type {
	case audit.TypeReportWritten:
		p.begin(rec.Time)
		return
	case audit.TypeAnswered:
		kind := rec.Detail["answer"]
		p.counts["answer."+kind]++
		if kind != web.AnswerOwner { // to send it on is no answer
			p.Answered++
		}
		if kind == web.AnswerFalse {
			p.FalseAnswers++
		}
	case audit.TypeEraseOutcome:
		if result := rec.Detail["result"]; result == erase.Failed || result == erase.Unknown {
			said.Kind = "erase." + result
		}
	case audit.TypeReappeared:
		said.Kind, said.What = "item.reappeared", rec.Detail["items"]
	case audit.TypeLogRecovered:
		said.Kind = "log.recovered"
	case audit.TypeStoreAccepted, audit.TypeClockAccepted:
		said.Kind, said.What = rec.Type, detectors.MaskText(rec.Actor)
	case audit.TypeSignInRefused:
		p.refused = report.Incident{Time: rec.Time, Kind: "sign_in.refused"}
		p.wrong[p.refused.Kind]++
	}
	if slices.Contains(decided, rec.Type) {
		p.counts[rec.Type]++
	}
	if said.Kind != "" {
		p.incident(said)
	}
}

// gatherPeriod collects the decisions and the incidents since the last report, and
// what is wrong now. A log that cannot be read to its end is told by the section
// about it; what stands before counts.
func (a *app) gatherPeriod(ctx context.Context, r *report.Report) error {
	var p period
	p.begin(time.Time{})
	for rec, err := range a.log.All() {
		if err != nil {
			break
		}
		p.line(rec)
	}
	p.Counts = countsOf(p.counts, nil)
	p.Overdue = overdueReviews(r.Holds)
	if n := p.wrong[p.refused.Kind]; p.refused.Kind != "" {
		p.refused.What = r.Lang.Number(n)
		p.incidents = append(p.incidents, p.refused)
		p.wrong[p.refused.Kind] = 1 // one line tells of all
	}
	if err := a.wrongNow(ctx, r, &p); err != nil {
		return err
	}
	slices.SortStableFunc(p.incidents, func(a, b report.Incident) int {
		if a.Time.IsZero() != b.Time.IsZero() { // what is so now comes first
			return map[bool]int{true: -1, false: 1}[a.Time.IsZero()]
		}
		return b.Time.Compare(a.Time)
	})
	r.Decisions = &p.Decisions
	r.Incidents = p.incidents[:min(len(p.incidents), report.MaxIncidents)]
	r.IncidentCount = countsOf(p.wrong, nil)
	return nil
}

// wrongNow adds jobs that do not succeed, and sources that were not looked
// through.
func (a *app) wrongNow(ctx context.Context, r *report.Report, p *period) error {
	jobs, err := a.store.Jobs(ctx)
	if err != nil {
		return err
	}
	for _, j := range jobs {
		if j.Failures > 0 {
			what := web.JobName(r.Lang, j.Name) + ": " + web.Fault(r.Lang, j.Error)
			p.incident(report.Incident{Kind: "job.failing", What: what})
		}
	}
	for _, s := range r.Sources {
		switch {
		case s.Scanned.IsZero():
			p.incident(report.Incident{Kind: "scan.never", What: s.Name})
		case !s.Complete:
			p.incident(report.Incident{Kind: "scan.incomplete", What: s.Name})
		}
	}
	return nil
}

// overdueReviews counts the holds that should have been looked at again, by who
// is responsible.
func overdueReviews(holds []report.Hold) []report.Count {
	n := map[string]int64{}
	for _, h := range holds {
		if h.ReviewOverdue {
			n[h.Owner]++
		}
	}
	return countsOf(n, nil)
}

// maxDepartments is how many departments are counted one by one.
const maxDepartments = 5_000

// departmentOf is whose a finding is: its owner, or the topmost folder.
func (a *app) departmentOf(f store.Finding, d retention.Decision) report.Department {
	who := report.Department{Source: f.Item.Source, Name: a.routed(f.Item)}
	if who.Owner = who.Name != ""; who.Owner {
		return who
	}
	if top, _, below := strings.Cut(f.Item.Path, "/"); below {
		who.Name = detectors.MaskText(top)
	}
	if d.Restricted {
		who.Name = hiddenPath
	}
	return who
}

// department counts an item with findings to whom it is.
func (s *sums) department(who report.Department, f store.Finding, d retention.Decision) {
	if len(f.Counts) == 0 {
		return
	}
	n, known := s.departments[who]
	if !known {
		if len(s.departments) >= maxDepartments {
			who = report.Department{Source: who.Source, Name: report.OtherDepartments}
		}
		if n = s.departments[who]; n == nil {
			n = &report.Department{Source: who.Source, Name: who.Name, Owner: who.Owner}
			s.departments[who] = n
		}
	}
	n.Items++
	if slices.ContainsFunc(f.Counts, func(c store.Count) bool { return c.Confidence == detectors.Confirmed }) {
		n.Sure++
	}
	if d.Disposition == retention.Due {
		n.Due++
	}
}

// listDepartments are the departments, those with the most findings first.
func (s *sums) listDepartments() (list []report.Department) {
	for _, who := range slices.SortedFunc(maps.Keys(s.departments), func(a, b report.Department) int {
		return cmp.Or(cmp.Compare(s.departments[b].Items, s.departments[a].Items), strings.Compare(a.Source, b.Source), strings.Compare(a.Name, b.Name))
	}) {
		list = append(list, *s.departments[who])
	}
	return list
}
