package retention

import (
	"time"

	"go.yaml.in/yaml/v3"
)

// Uncovered is an entry of the coverage register: data in a system that slet
// cannot look into, for which a person sees by hand that its deadline is kept.
// The register makes a report complete: what is out of reach is named, not
// passed over.
type Uncovered struct {
	ID     string // unique among the entries and the rules
	System string // where the data are: "EG-Bolig", "rekrutteringssystemet"
	Title  string // which data
	Basis  string // the law or policy it rests on
	// Deadline says in words when the data must be gone; "" is delete_after's
	// none: nobody has set one yet.
	Deadline string
	By       string // who checks by hand: a role rather than a person
	Every    Period // how often; a year when the schedule does not say
}

// Next is the midnight at which a control that was last made at the given time
// is overdue: the day on which the next one falls is over. Zero, which is
// always past, when it was never made.
func (u Uncovered) Next(last time.Time) time.Time {
	if last.IsZero() {
		return time.Time{}
	}
	d, _ := dayOf(last).plus(u.Every)
	return d.end()
}

// coverage reads the list of systems that slet cannot look into.
func (p *parser) coverage(n *yaml.Node, rules []Rule) []Uncovered {
	if n.Kind != yaml.SequenceNode {
		p.errorf(n, "coverage", "expected a list of systems (- id: …), found %s", what(n))
		return nil
	}
	taken := map[string]bool{}
	for _, r := range rules {
		taken[fold(r.ID)] = true
	}
	var list []Uncovered
	for _, e := range n.Content {
		u := p.uncovered(e)
		if key := fold(u.ID); key != "" {
			if taken[key] {
				p.errorf(e, "coverage "+u.ID, "the id is taken by a rule or another entry")
			}
			taken[key] = true
		}
		list = append(list, u)
	}
	return list
}

func (p *parser) uncovered(n *yaml.Node) Uncovered {
	u := Uncovered{Every: Period{Years: 1}}
	f, ok := p.fields(n, "coverage", "id", "system", "title", "basis", "deadline", "by", "every")
	if !ok {
		return u
	}
	where := "coverage"
	if v := p.required(f, n, where, "id", "a short unique name"); v != nil {
		if u.ID = p.word(v, where+": id", "an id such as FB-14"); u.ID != "" {
			where += " " + u.ID
		}
	}
	for _, k := range []struct {
		key, expected string
		to            *string
	}{
		{"system", "the system's name", &u.System},
		{"title", "which data", &u.Title},
		{"deadline", "when they must be gone, in words, or none", &u.Deadline},
		{"by", "who checks by hand", &u.By},
	} {
		if v := p.required(f, n, where, k.key, k.expected); v != nil {
			*k.to, _ = p.text(v, where+": "+k.key, k.expected)
			if *k.to == "" {
				p.errorf(v, where+": "+k.key, "expected %s, found an empty text", k.expected)
			}
		}
	}
	if u.Deadline == "none" {
		u.Deadline = ""
	}
	if v := f["basis"].value; v != nil {
		u.Basis, _ = p.text(v, where+": basis", "a text")
	}
	if v := f["every"].value; v != nil {
		if text, ok := p.text(v, where+": every", periodForm); ok {
			every, err := ParsePeriod(text)
			if err == nil && every.months()+every.days() == 0 {
				p.errorf(v, where+": every", "%s is no time at all; expected how often, such as P1Y or P6M", text)
			}
			p.check(v, where+": every", err)
			u.Every = every
		}
	}
	return u
}
