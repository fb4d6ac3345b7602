package web

import (
	"strconv"
	"strings"
	"time"

	"github.com/sletdk/slet/report"
	"github.com/sletdk/slet/retention"
	"github.com/sletdk/slet/store"
)

func (s *Server) scheduleRoutes() []route {
	return []route{{"GET /sletteplan", seeSchedule, s.schedule}}
}

// scheduleView is the schedule that is in force.
type scheduleView struct {
	Version       string
	Hash          string
	EffectiveFrom time.Time
	FiscalYearEnd string
	Rules         []ruleView
	Taken         time.Time // when it was counted what the rules decide
	NoRule        int64     // items that no rule decides
	Versions      []store.Schedule
	From, To      int      // the versions that are compared, their places in Versions
	Changes       []string // between them
	Compared      bool
}

// ruleView is a rule in the words of a person.
type ruleView struct {
	retention.Rule
	Conditions []condition
	Due, All   int64 // items that the rule makes due, and those that it decides
}

// condition is one condition of a rule: any of the values will do.
type condition struct{ Name, Values string }

func (s *Server) schedule(q *request) error {
	d, err := s.Work(q.r.Context(), q.user.Name)
	if err != nil {
		return err
	}
	p := d.Schedule
	v := scheduleView{Version: p.Version, Hash: p.Hash(), EffectiveFrom: p.EffectiveFrom, FiscalYearEnd: p.FiscalYearEnd.String()}
	var n Numbers
	if n, v.Taken, err = s.numbers(q); err != nil {
		return err
	}
	v.NoRule = sum(n.Rules[""])
	for _, r := range p.Rules {
		hits := n.Rules[r.ID]
		v.Rules = append(v.Rules, ruleView{Rule: r, Conditions: q.conditions(r.Match), Due: hits[retention.Due], All: sum(hits)})
	}
	if err := s.compare(q, &v); err != nil {
		return err
	}
	return q.page("schedule", "Sletteplan", v)
}

func sum(counts map[retention.Disposition]int64) (n int64) {
	for _, c := range counts {
		n += c
	}
	return n
}

// compare lists the versions that decisions were made by, and says what one
// changed of another if the address asks for that.
func (s *Server) compare(q *request, v *scheduleView) (err error) {
	if v.Versions, err = s.Store.Schedules(q.r.Context()); err != nil {
		return err
	}
	v.From, v.To = max(0, len(v.Versions)-2), max(0, len(v.Versions)-1)
	form := q.r.URL.Query()
	if !form.Has("fra") && !form.Has("til") {
		return nil
	}
	read := func(field string, into *int) (*retention.Schedule, error) {
		n, err := strconv.Atoi(form.Get(field))
		if err != nil || n < 0 || n >= len(v.Versions) {
			return nil, inputf("%s=%q", field, form.Get(field))
		}
		*into = n
		return retention.ParseSchedule(v.Versions[n].Version, []byte(v.Versions[n].Text))
	}
	was, err := read("fra", &v.From)
	if err != nil {
		return err
	}
	is, err := read("til", &v.To)
	if err != nil {
		return err
	}
	v.Compared = true
	for _, c := range retention.Diff(was, is) {
		if q.lang == report.English {
			v.Changes = append(v.Changes, c.English())
		} else {
			v.Changes = append(v.Changes, c.Danish())
		}
	}
	return nil
}

// conditions says what a rule matches.
func (q *request) conditions(m retention.Match) (list []condition) {
	codes := func(values []string) []string {
		words := make([]string, len(values))
		for i, v := range values {
			words[i] = q.lang.Word(v)
		}
		return words
	}
	for _, c := range []struct {
		name   string
		values []string
	}{
		{q.t("Kilde"), m.Source}, {q.t("Kildetype"), codes(m.SourceType)}, {q.t("Sti"), m.Path}, {q.t("Postkasse"), m.Mailbox},
		{q.t("Dokumenttype"), codes(m.DocumentType)}, {q.t("Kategori"), codes(m.Category)}, {q.t("Detektor"), m.Detector},
	} {
		if len(c.values) > 0 {
			list = append(list, condition{c.name, strings.Join(c.values, ", ")})
		}
	}
	if n := len(m.Subject); n > 0 {
		list = append(list, condition{q.t("Personer"), q.lang.Number(n)})
	}
	return list
}

// DeletePeriod and KeepPeriod are the rule's maximum and minimum; nil without.
func (r ruleView) DeletePeriod() *retention.Period { return r.DeleteAfter }

// KeepPeriod is the minimum.
func (r ruleView) KeepPeriod() *retention.Period {
	if r.KeepUntil == nil {
		return nil
	}
	return &r.KeepUntil.Period
}

var scheduleText = text{
	"Sletteplan": "Schedule", "Version": "Version", "Gælder fra": "In force from", "Regnskabsår slutter": "Fiscal year ends", "Titel og hjemmel": "Title and legal basis",
	"Gælder for": "Applies to", "Regnes fra": "Counts from", "Slettes efter": "Erased after", "Bevares mindst": "Kept at least", "Handling": "Action",
	"Rammer i dag": "Strikes today", "forfaldne, af": "due, of", "Optalt": "Counted", "elementer rammes ikke af nogen regel": "items are struck by no rule", "Versioner": "Versions", "Brugt første gang": "First used", "Brugt senest": "Last used",
	"Sammenlign": "Compare", "Fra version": "From version", "Til version": "To version", "Ændringer": "Changes", "Der er ingen forskel i det, som de to versioner betyder.": "There is no difference in what the two versions mean.",
	"Kildetype": "Source type", "Sti": "Path", "Postkasse": "Mailbox", "Detektor": "Detector",
}
