package web

import (
	"errors"
	"regexp"
	"strconv"

	"github.com/sletdk/slet/audit"
	"github.com/sletdk/slet/detectors"
	"github.com/sletdk/slet/erase"
	"github.com/sletdk/slet/retention"
	"github.com/sletdk/slet/store"
)

func (s *Server) subjectRoutes() []route {
	return []route{
		{"GET /indsigt", searchOne, s.subjectForm},
		{"POST /indsigt", searchOne, s.subject},
		{"POST /indsigt/forslag", approve, s.planSubject},
	}
}

// subjectView is all about one person.
type subjectView struct {
	Subject string // keyed; "" before anybody was asked about
	Rows    []subjectRow
	Hidden  int   // items that are restricted: counted, not listed
	Unread  int64 // places that could not be examined anywhere: the person may be in them
	More    bool  // there are more items than Rows
	Plan    store.Plan
	Refused []subjectRow // after a plan was asked for
	Asked   bool
	LeftOut int // items that stand elsewhere already
}

// subjectRow is an item about the person.
type subjectRow struct {
	store.Finding
	Decision retention.Decision
	Others   int // how many other persons it is about
	Why      string
}

// maxSubjectRows is how many items about one person the page lists.
const maxSubjectRows = 1000

// subjects are what a keyed person looks like.
var subjects = regexp.MustCompile(`^p[0-9a-f]{8,64}$`)

func (s *Server) subjectForm(q *request) error {
	return q.page("subject", "Indsigt", subjectView{})
}

// subject lists what was found about the person with a CPR number. The number
// comes in a form, never in an address, and is forgotten once it is keyed.
func (s *Server) subject(q *request) error {
	ctx := q.r.Context()
	digits, ok := detectors.TypedCPR(q.field("cpr"))
	if !ok {
		return inputf("%s", q.t("Et CPR-nummer er ti cifre, med eller uden bindestreg."))
	}
	v := subjectView{Subject: s.Keys.Subject(digits)}
	if err := s.logSubject(q, v.Subject, false); err != nil {
		return err
	}
	decide, err := s.Decide(ctx)
	if err != nil {
		return err
	}
	for f, err := range s.Store.Findings(ctx, store.Filter{Subject: v.Subject, WithMatches: true}) {
		if err != nil {
			return err
		}
		d := decide(f)
		if d.Restricted {
			v.Hidden++
			continue
		}
		if v.More = len(v.Rows) == maxSubjectRows; v.More {
			break
		}
		v.Rows = append(v.Rows, subjectRow{Finding: f, Decision: d, Others: len(f.Subjects) - 1})
	}
	if v.Unread, err = s.unread(q); err != nil {
		return err
	}
	return q.page("subject", "Indsigt", v)
}

// logSubject writes down who asks about whom, before anything is shown.
func (s *Server) logSubject(q *request, subject string, plan bool) error {
	_, err := s.Log.Append(audit.Entry{Time: s.Now(), Type: audit.TypeSubjectShown, Actor: detectors.MaskText(q.user.Name), Detail: map[string]string{
		"subject": subject, "export": "false", "restricted": "false", "plan": strconv.FormatBool(plan),
	}})
	return err
}

// unread is how many places could not be examined, as of the last refresh.
func (s *Server) unread(q *request) (n int64, err error) {
	numbers, _, err := s.numbers(q)
	for _, src := range numbers.Sources {
		n += src.Gaps
	}
	return n, err
}

// planSubject proposes what can be erased because the person asks for it (GDPR
// art. 17), and shows what cannot, with the reason.
func (s *Server) planSubject(q *request) error {
	ctx := q.r.Context()
	v := subjectView{Subject: q.field("person"), Asked: true}
	if !subjects.MatchString(v.Subject) {
		return inputf("person=%q", v.Subject)
	}
	if err := s.logSubject(q, v.Subject, true); err != nil {
		return err
	}
	d, err := s.Work(ctx, q.user.Name)
	if err != nil {
		return err
	}
	selection, refused, err := erase.SelectRequest(ctx, d, v.Subject)
	if err != nil {
		return err
	}
	for _, r := range refused {
		if r.Decision.Restricted {
			v.Hidden++
			continue
		}
		v.Refused = append(v.Refused, subjectRow{Finding: r.Finding, Decision: r.Decision, Why: r.Why, Others: len(r.Finding.Subjects) - 1})
	}
	v.LeftOut = selection.LeftOut()
	if v.Plan, err = selection.Freeze(ctx); err != nil && !errors.Is(err, erase.ErrNothingDue) {
		return err
	}
	if v.Unread, err = s.unread(q); err != nil {
		return err
	}
	return q.page("subject", "Indsigt", v)
}

var subjectText = text{
	"Indsigt": "One person", "Alt, hvad der er fundet om én person (art. 15). Hver søgning skrives i loggen med dit navn; nummeret gør ikke.": "All that was found about one person (art. 15). Each search is written to the log with your name; the number is not.",
	"Find personen": "Find the person", "elementer om": "items about", "Andre personer": "Other persons",
	"Der er ikke fundet noget om personen i det, som kunne undersøges.": "Nothing was found about the person in what could be examined.",
	"steder kunne ikke undersøges. Personen kan også stå dér.":          "places could not be examined. The person may be in them too.",
	"Siden viser de første. Brug slet subject for alle.":                "The page shows the first ones. slet subject lists all.",
	"Personen beder om sletning (art. 17)":                              "The person asks for erasure (art. 17)", "Lav sletteforslag": "Make a plan",
	"Kun det, som alene angår personen, og som intet bevarer, foreslås. Resten vises med grunden.": "Only what is about the person alone, and what nothing keeps, is proposed. The rest is shown with the reason.",
	"Forslaget er lavet:": "The plan was made:", "Intet kan slettes på personens anmodning nu.": "Nothing can be erased on the person's request now.", "Ikke foreslået": "Not proposed",
	"elementer står i et andet forslag eller er udeladt tidligere": "items stand in another plan or were left out before",
}
