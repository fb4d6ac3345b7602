package report

import "time"

// This file is what has happened since the last report: what people decided, and
// what went otherwise than it should; and whose the findings are.

// Decisions are what people decided since the last report.
type Decisions struct {
	// Since is when the last report was written; zero when this is the first,
	// which then has all there is.
	Since time.Time `json:"since,omitzero"`
	// Counts are by kind of decision, in order of name: see the words "decided.…".
	Counts []Count `json:"counts,omitempty"`
	// Answered is how many findings were answered, FalseAnswers of how many it was
	// said that they are none.
	Answered     int64 `json:"answered"`
	FalseAnswers int64 `json:"false_answers"`
	// Overdue are holds that should have been looked at again, by who is
	// responsible; masked.
	Overdue []Count `json:"overdue_reviews,omitempty"`
}

// FalseRate is which part of the answers, in percent, says that a finding is
// none.
func (d Decisions) FalseRate() float64 {
	if d.Answered == 0 {
		return 0
	}
	return 100 * float64(d.FalseAnswers) / float64(d.Answered)
}

// Incident is something that went otherwise than it should.
type Incident struct {
	Time time.Time `json:"time,omitzero"` // zero for what is so now
	Kind string    `json:"kind"`          // see the words "incident.…"
	Plan string    `json:"plan,omitempty"`
	Item string    `json:"item,omitempty"`
	// What says more: a source, a job, a number; masked.
	What string `json:"what,omitempty"`
}

// MaxIncidents is how many are listed one by one; IncidentCount is exact.
const MaxIncidents = 200

// Department is whose findings they are: the owner to whom they are routed, or,
// where nobody is named, the topmost folder or the mailbox that they lie in.
type Department struct {
	Source string `json:"source"`
	Name   string `json:"name"` // masked; "" at the top of the source
	Owner  bool   `json:"owner,omitempty"`
	// Items is how many items have findings, Sure how many have confirmed ones,
	// Due how many of them are due.
	Items int64 `json:"items"`
	Sure  int64 `json:"sure"`
	Due   int64 `json:"due"`
}

// MaxDepartments is how many a page lists, those with the most findings first.
const MaxDepartments = 200

// OtherDepartments is the name of those that are counted together.
const OtherDepartments = "…"

// department is a department's name in the language.
func (l Lang) department(d Department) string {
	switch d.Name {
	case "":
		return l.say("toppen af kilden")
	case OtherDepartments:
		return l.say("øvrige")
	}
	return d.Name
}

// listedDepartments are those that a page lists.
func (r Report) listedDepartments() []Department {
	return r.Departments[:min(len(r.Departments), MaxDepartments)]
}

func departmentsSheet(b *book, r Report) error {
	l, err := b.list("Afdelinger", column{"Kilde", 20}, column{"Afdeling", 40}, column{"Efter", 14}, column{"Elementer", 12}, column{"heraf sikre", 12}, column{"heraf forfaldne", 16})
	if err != nil {
		return err
	}
	for _, d := range r.Departments {
		if err := l.row(d.Source, b.lang.department(d), b.lang.by(d), d.Items, d.Sure, d.Due); err != nil {
			return err
		}
	}
	return l.end()
}

// by says what a department was told by.
func (l Lang) by(d Department) string {
	if d.Owner {
		return l.say("ejer")
	}
	return l.say("mappe eller postkasse")
}

func decisionsSheet(b *book, r Report) error {
	l, err := b.list("Beslutninger", column{"Hvad", 50}, column{"Antal", 12})
	if err != nil {
		return err
	}
	var d Decisions
	if r.Decisions != nil {
		d = *r.Decisions
	}
	if err := l.row(b.lang.say("Siden"), d.Since); err != nil {
		return err
	}
	for _, c := range d.Counts {
		if err := l.row(b.lang.Word("decided."+c.Name), c.N); err != nil {
			return err
		}
	}
	if err := l.row(b.lang.say("Falske blandt svarene (%)"), b.lang.Percent(d.FalseRate())); err != nil {
		return err
	}
	for _, c := range d.Overdue {
		if err := l.row(b.lang.sayf("Overskredne genvurderinger: %s", c.Name), c.N); err != nil {
			return err
		}
	}
	return l.end()
}

func incidentsSheet(b *book, r Report) error {
	l, err := b.list("Afvigelser", column{"Tid", 18}, column{"Hvad", 44}, column{"Nærmere", 60}, column{"Forslag", 18}, column{"Element", 18})
	if err != nil {
		return err
	}
	for _, i := range r.Incidents {
		if err := l.row(i.Time, b.lang.Word("incident."+i.Kind), i.What, i.Plan, i.Item); err != nil {
			return err
		}
	}
	if more := r.moreIncidents(); more > 0 {
		if err := l.row(nil, b.lang.sayf("og %s mere", b.lang.Number(more))); err != nil {
			return err
		}
	}
	return l.end()
}

// moreIncidents are how many there are beyond those that are listed.
func (r Report) moreIncidents() (n int64) {
	for _, c := range r.IncidentCount {
		n += c.N
	}
	return n - int64(len(r.Incidents))
}
