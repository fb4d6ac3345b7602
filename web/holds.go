package web

import (
	"context"
	"errors"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/sletdk/slet/detectors"
	"github.com/sletdk/slet/erase"
	"github.com/sletdk/slet/report"
	"github.com/sletdk/slet/retention"
)

func (s *Server) holdRoutes() []route {
	return []route{
		{"GET /hold", keepBack, s.holds},
		{"POST /hold", keepBack, s.addHold},
		{"POST /hold/{id}/frigiv", keepBack, s.releaseHold},
		{"POST /hold/{id}/noter", keepBack, s.noteHold},
	}
}

// holdsView is a register of what is kept: holds, or archive locks.
type holdsView struct {
	Now, Past []holdRow
	Taken     time.Time // of the counts
	Sources   []string
	Cameras   []string
	Types     []string
	Grounds   []retention.Ground
	// Added was added just now, and keeps Keeps items.
	Added string
	Keeps int
	// Partial: the time to count in was over first.
	Partial bool
}

// AtLeast says that counting was ended before all was counted.
func (v holdsView) AtLeast() bool { return v.Partial || v.Keeps >= maxKept }

// holdRow is a hold as it is shown.
type holdRow struct {
	retention.Hold
	What    []condition
	Items   int64
	Counted bool // Items is known: the last refresh knew the hold
	Overdue bool // it should have been looked at again
	Duties  []retention.Duty
}

// maxKept is how far what a new hold keeps is counted.
const maxKept = 1000

func (s *Server) holds(q *request) error {
	v, err := s.holdsView(q, func(h retention.Hold) bool { return !h.Archive })
	if err != nil {
		return err
	}
	return q.page("holds", "Hold", v)
}

// holdsView lists the holds that are wanted, those that hold first, and what a
// new one can be about.
func (s *Server) holdsView(q *request, wanted func(retention.Hold) bool) (v holdsView, err error) {
	ctx := q.r.Context()
	holds, err := s.Store.Holds(ctx)
	if err != nil {
		return v, err
	}
	n, taken, err := s.numbers(q)
	if err != nil {
		return v, err
	}
	now := s.Now()
	for _, h := range slices.Backward(holds) { // the newest first
		if !wanted(h) {
			continue
		}
		r := holdRow{Hold: h, What: q.whatIsKept(h), Overdue: erase.Overdue(h, now), Duties: h.Duties(now)}
		r.Items, r.Counted = n.Kept[h.ID]
		if h.Released.IsZero() {
			v.Now = append(v.Now, r)
		} else {
			v.Past = append(v.Past, r)
		}
	}
	slices.SortStableFunc(v.Now, func(a, b holdRow) int { return strings.Compare(rank(a), rank(b)) })
	for _, c := range n.Cameras {
		if c.Camera != "" && !slices.Contains(v.Cameras, c.Camera) {
			v.Cameras = append(v.Cameras, c.Camera)
		}
	}
	v.Taken, v.Sources, v.Types, v.Grounds = taken, s.Sources(), detectors.DocumentTypes(), retention.Grounds()
	v.Added = q.r.URL.Query().Get("ny")
	v.Partial = q.r.URL.Query().Get("mindst") == "ja"
	v.Keeps, _ = strconv.Atoi(q.r.URL.Query().Get("antal")) // 0 says the most
	return v, nil
}

// rank puts first what somebody has to do something about.
func rank(r holdRow) string {
	late := r.Overdue || slices.ContainsFunc(r.Duties, func(d retention.Duty) bool { return d.Overdue })
	return map[bool]string{true: "a", false: "b"}[late]
}

// whatIsKept says what a hold covers.
func (q *request) whatIsKept(h retention.Hold) (list []condition) {
	span := ""
	if !h.From.IsZero() || !h.To.IsZero() {
		span = report.Clock(h.From) + " – " + report.Clock(h.To)
	}
	for _, c := range []condition{
		{q.t("Kilde"), h.Source}, {q.t("Sti"), h.Path}, {q.t("Postkasse"), h.Mailbox}, {q.t("Sag"), h.Case}, {q.t("Dokumenttype"), q.lang.Word(h.DocumentType)},
		{q.t("Person"), h.Subject}, {q.t("Kamera"), h.Camera}, {q.t("Optaget"), span},
	} {
		if c.Values != "" {
			list = append(list, c)
		}
	}
	return list
}

func (s *Server) addHold(q *request) error {
	h := retention.Hold{Owner: q.field("ansvarlig"), Restrict: q.field("begraens") == "ja", Ground: retention.Ground(q.field("grundlag")), Camera: q.field("kamera")}
	var errs [3]error
	h.Review, errs[0] = q.date("frist")
	h.From, errs[1] = q.moment("fra")
	h.To, errs[2] = q.moment("til")
	if err := errors.Join(errs[:]...); err != nil {
		return err
	}
	if h.Owner == "" {
		h.Owner = q.user.Name
	}
	if cpr := q.field("cpr"); cpr != "" {
		digits, ok := detectors.TypedCPR(cpr)
		if !ok {
			return inputf("%s", q.t("Et CPR-nummer er ti cifre, med eller uden bindestreg."))
		}
		h.Subject = s.Keys.Subject(digits)
	}
	return s.addKept(q, h, "/hold")
}

// addKept adds a hold or an archive lock from what every form has, and says how
// much it keeps: one that is spelled wrong keeps nothing.
func (s *Server) addKept(q *request, h retention.Hold, page string) error {
	ctx := q.r.Context()
	h.Source, h.Path, h.Mailbox, h.Case, h.Reason = q.field("kilde"), q.field("sti"), q.field("postkasse"), q.field("sag"), q.field("grund")
	if h.Reason == "" {
		return inputf("%s", q.t("Skriv grunden."))
	}
	if h.Source != "" && !slices.Contains(s.Sources(), h.Source) {
		return inputf("%s", q.t("Der er ingen kilde med det navn."))
	}
	s.Place(&h)
	h, err := erase.NewHold(h, s.Now())
	if err != nil {
		return err
	}
	d, err := s.Work(ctx, q.user.Name)
	if err != nil {
		return err
	}
	if err := s.despiteDisagreement(erase.AddHold(ctx, d, h, q.user.Name)); err != nil {
		return err
	}
	var kept map[string]int
	partial, err := inTime(ctx, func(ctx context.Context) (err error) {
		kept, err = erase.Covered(ctx, d, []retention.Hold{h}, maxKept)
		return err
	})
	if err != nil {
		return err
	}
	return q.redirect(page + "?ny=" + h.ID + "&antal=" + strconv.Itoa(kept[h.ID]) + map[bool]string{true: "&mindst=ja"}[partial])
}

// despiteDisagreement passes on every error but that store and log disagree:
// what was wanted has been done and logged, and planning and erasing refuse.
func (s *Server) despiteDisagreement(err error) error {
	if errors.Is(err, erase.ErrDisagree) {
		s.Logger.Error("store and audit log disagree", "error", detectors.MaskText(err.Error()))
		return nil
	}
	return err
}

func (s *Server) releaseHold(q *request) error {
	d, why, err := s.withWhy(q)
	if err != nil {
		return err
	}
	if err := s.despiteDisagreement(erase.ReleaseHold(q.r.Context(), d, q.r.PathValue("id"), q.user.Name, why)); err != nil {
		return err
	}
	return q.redirect("/hold")
}

// noteHold records what was done about recordings that are kept for longer.
func (s *Server) noteHold(q *request) error {
	var done erase.Duties
	var errs [3]error
	done.Notified, errs[0] = q.date("orienteret")
	done.CopyAsked, errs[1] = q.date("kopi-bedt")
	done.CopyHanded, errs[2] = q.date("kopi-givet")
	if err := errors.Join(errs[:]...); err != nil {
		return err
	}
	if done == (erase.Duties{}) {
		return inputf("%s", q.t("Skriv mindst én dato."))
	}
	d, err := s.Work(q.r.Context(), q.user.Name)
	if err != nil {
		return err
	}
	if err := s.despiteDisagreement(erase.NoteHold(q.r.Context(), d, q.r.PathValue("id"), done, q.user.Name)); err != nil {
		return err
	}
	return q.redirect("/hold")
}

// field is a field of a form without the space around it.
func (q *request) field(name string) string { return strings.TrimSpace(q.r.PostFormValue(name)) }

// moment reads a date with a time of a form; empty is zero.
func (q *request) moment(field string) (time.Time, error) {
	v := q.field(field)
	if v == "" {
		return time.Time{}, nil
	}
	t, err := time.ParseInLocation("2006-01-02T15:04", v, retention.Zone())
	if err != nil {
		return t, inputf("%s: %q", field, v)
	}
	return t, nil
}

// dutyName is the Danish name of a duty.
func dutyName(kind retention.DutyKind) string {
	return map[retention.DutyKind]string{
		retention.DutyNotify: "Orientér den, tvisten angår", retention.DutyCopy: "Udlevér den kopi, der er bedt om", retention.DutyReview: "Vurdér igen, om det stadig er nødvendigt",
	}[kind]
}

// groundName is the Danish name of a ground for keeping recordings longer.
func groundName(g retention.Ground) string {
	return map[retention.Ground]string{
		retention.GroundPolice: "politianmeldelse", retention.GroundDispute: "konkret tvist", retention.GroundShared: "delt i kriminalitetsforebyggende øjemed",
	}[g]
}

var holdText = text{
	"Hold": "Holds", "Et hold bevarer, uanset hvad sletteplanen siger, indtil det frigives.": "A hold keeps, whatever the schedule says, until it is released.",
	"Hold, der gælder": "Holds in force", "Ophørte": "Ended", "Hvad": "What", "Ansvarlig": "Responsible", "Genvurderes": "To be reviewed", "Bevarer": "Keeps",
	"overskredet": "overdue", "Der er ingen hold.": "There are no holds.", "ikke talt endnu": "not counted yet", "Tallene er fra": "The counts are of",
	"begrænset (art. 18)": "restricted (art. 18)", "Pligter (tv-overvågningsloven § 4 c, stk. 5)": "Duties (CCTV Act § 4 c (5))", "senest": "by", "gjort": "done", "straks": "at once",
	"Frigiv": "Release", "Frigivet": "Released", "Hvorfor frigives det?": "Why is it released?", "Notér": "Record", "Orienteret den": "Told on", "Kopi bedt om den": "Copy asked for on", "Kopi udleveret den": "Copy handed out on",
	"Nyt hold": "New hold", "Udfyld det, som holdet angår; alt, hvad der udfyldes, skal passe.": "Fill in what the hold is about; all that is filled in has to fit.",
	"Sti eller mappe": "Path or folder", "fx Personale/**": "such as Personale/**", "Sag": "Case", "CPR-nummer": "CPR number", "Nummeret gemmes ikke, kun en nøglet værdi.": "The number is not kept, only a keyed value.",
	"Kamera": "Camera", "Optaget fra": "Recorded from", "Optaget til": "Recorded until", "Grundlag for optagelser": "Ground for recordings", "Grund": "Reason", "Person": "Person",
	"Begræns behandlingen (art. 18): elementerne tælles, men vises ikke": "Restrict the processing (art. 18): the items are counted and not shown", "Opret hold": "Add the hold",
	"Resten tælles ved næste opdatering af siden, inden for fem minutter.": "The rest is counted with the next refresh, within five minutes.",
	"er oprettet og bevarer": "was added and keeps", "mindst": "at least", "Det omfatter intet, som er gennemgået. Er det stavet, som det står på listen over fund?": "It covers nothing that has been scanned. Is it spelled as the list of findings has it?",
	"Et CPR-nummer er ti cifre, med eller uden bindestreg.": "A CPR number is ten digits, with or without the hyphen.",
	"Der er ingen kilde med det navn.":                      "There is no source of that name.", "Skriv mindst én dato.": "Write one date at least.",
	"Orientér den, tvisten angår": "Tell the person whom the dispute is about", "Udlevér den kopi, der er bedt om": "Hand out the copy that was asked for", "Vurdér igen, om det stadig er nødvendigt": "Look again whether it is still needed",
	"politianmeldelse": "reported to the police", "konkret tvist": "a concrete dispute", "delt i kriminalitetsforebyggende øjemed": "shared to prevent crime",
}
