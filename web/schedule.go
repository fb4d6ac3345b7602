package web

import (
	"strings"
	"time"

	"github.com/sletdk/slet/retention"
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
}

// ruleView is a rule in the words of a person.
type ruleView struct {
	retention.Rule
	Conditions []condition
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
	for _, r := range p.Rules {
		v.Rules = append(v.Rules, ruleView{Rule: r, Conditions: q.conditions(r.Match)})
	}
	return q.page("schedule", "Sletteplan", v)
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

// DeletePeriod and KeepPeriod are the rule's periods as they are written.
func (r ruleView) DeletePeriod() string {
	if r.DeleteAfter == nil {
		return ""
	}
	return r.DeleteAfter.String()
}

// KeepPeriod is the minimum as it is written.
func (r ruleView) KeepPeriod() string {
	if r.KeepUntil == nil {
		return ""
	}
	return r.KeepUntil.Period.String()
}

var scheduleText = text{
	"Sletteplan": "Schedule", "Version": "Version", "Gælder fra": "In force from", "Regnskabsår slutter": "Fiscal year ends", "Titel og hjemmel": "Title and legal basis",
	"Gælder for": "Applies to", "Regnes fra": "Counts from", "Slettes efter": "Erased after", "Bevares mindst": "Kept at least", "Handling": "Action",
	"Kildetype": "Source type", "Sti": "Path", "Postkasse": "Mailbox", "Detektor": "Detector",
}
