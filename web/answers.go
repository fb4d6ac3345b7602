package web

import (
	"errors"
	"slices"
	"strings"
	"time"

	"github.com/sletdk/slet/audit"
	"github.com/sletdk/slet/erase"
	"github.com/sletdk/slet/retention"
	"github.com/sletdk/slet/store"
)

// The kinds of answer to a finding.
const (
	AnswerApprove    = "approve"         // erase: a plan of its own, approved by the person
	AnswerKeep       = "keep"            // keep on a legal ground, until a new deadline
	AnswerHold       = "hold"            // keep until further notice
	AnswerFalse      = "false"           // what was found is no personal data
	AnswerPrivate    = "private"         // somebody's own: kept, and listed no more
	AnswerJournalise = "journalise"      // it belongs to a case, whose number is given
	AnswerOwner      = store.AnswerOwner // somebody else is to answer
)

// closing are the answers after which nobody need look at the finding again, or
// not before the new deadline. A false positive is about single values, and takes
// their snippets along; what is left of the finding, or comes to it, is open.
var closing = []string{AnswerKeep, AnswerHold, AnswerPrivate, AnswerJournalise}

func (s *Server) answerRoutes() []route {
	return []route{
		{"POST /fund/svar", answer, s.answer},
		{"POST /fund/godkend", approve, s.approveFindings},
	}
}

// maxAnswers is how many findings one form may be about.
const maxAnswers = 500

// asked are the findings that a form is about; each is one that the person may
// see.
func (s *Server) asked(q *request) ([]store.Finding, error) {
	if err := q.r.ParseForm(); err != nil {
		return nil, inputf("%s", q.t("Formularen kan ikke læses. Prøv igen."))
	}
	refs := q.r.PostForm["ref"]
	if len(refs) == 0 || len(refs) > maxAnswers {
		return nil, inputf("%s", q.t("Vælg mellem 1 og 500 elementer."))
	}
	return s.seenAll(q, refs)
}

// seenAll is [Server.seen] for whole references, in one look: the
// error is that of the first that may not be seen.
func (s *Server) seenAll(q *request, refs []string) ([]store.Finding, error) {
	ctx := q.r.Context()
	decide, err := s.Decide(ctx)
	if err != nil {
		return nil, err
	}
	found := map[string]store.Finding{}
	for f, err := range s.Store.Findings(ctx, store.Filter{Refs: refs, WithMatches: true}) {
		if err != nil {
			return nil, err
		}
		found[f.Ref] = f
	}
	var list []store.Finding
	for _, ref := range refs {
		f, there := found[ref]
		if !there || decide(f).Restricted {
			return nil, store.ErrNotFound
		}
		if q.user.ownOnly() {
			w, err := s.Store.Work(ctx, ref)
			if err != nil {
				return nil, err
			}
			if w.Owner != q.user.Name {
				return nil, store.ErrNotFound
			}
		}
		list = append(list, f)
	}
	return list, nil
}

// answer records what a person says of some findings, and does what follows.
func (s *Server) answer(q *request) error {
	list, err := s.asked(q)
	if err != nil {
		return err
	}
	d, err := s.Work(q.r.Context(), q.user.Name)
	if err != nil {
		return err
	}
	a := store.Answer{Kind: q.r.PostFormValue("svar"), Person: q.user.Name, Answered: s.Now(), Detail: strings.TrimSpace(q.r.PostFormValue("tekst"))}
	a.Closes = slices.Contains(closing, a.Kind)
	if a.Until, err = q.date("frist"); err != nil {
		return err
	}
	follow, ok := map[string]func(*request, erase.Deps, store.Answer, []store.Finding) error{
		AnswerKeep: s.keep, AnswerHold: s.keep, AnswerPrivate: s.keep, AnswerFalse: s.dismiss, AnswerJournalise: s.noted, AnswerOwner: s.sendTo,
	}[a.Kind]
	if !ok {
		return inputf("svar=%q", a.Kind)
	}
	if err := s.complete(q, a); err != nil {
		return err
	}
	if err := follow(q, d, a, list); err != nil {
		return err
	}
	a.Detail = d.Mask(a.Detail)
	answers := make([]store.Answer, len(list))
	for i, f := range list {
		answers[i] = a
		answers[i].Ref = f.Ref
	}
	if err := s.logAnswers(d, answers); err != nil {
		return err
	}
	if err := s.Store.AddAnswers(q.r.Context(), answers); err != nil {
		return err
	}
	if len(list) == 1 && a.Kind != AnswerPrivate {
		return q.redirect("/fund/" + list[0].Ref)
	}
	return q.redirect(localPath(q.r.PostFormValue("next")))
}

// complete says what an answer lacks.
func (s *Server) complete(q *request, a store.Answer) error {
	switch {
	case slices.Contains([]string{AnswerKeep, AnswerHold, AnswerFalse}, a.Kind) && a.Detail == "":
		return inputf("%s", q.t("Skriv grunden."))
	case a.Kind == AnswerKeep && !a.Until.After(s.Now()):
		return inputf("%s", q.t("Den, der bevarer, skal sætte en ny frist, som ligger fremme i tiden."))
	case a.Kind == AnswerJournalise && a.Detail == "":
		return inputf("%s", q.t("Skriv sagsnummeret."))
	case a.Kind == AnswerOwner:
		u, err := s.Store.User(q.r.Context(), a.Detail)
		if errors.Is(err, store.ErrNotFound) || err == nil && (!u.Disabled.IsZero() || !MayAnswer(u.Role)) {
			return inputf("%s", q.t("Der er ingen åben konto med det navn, som må svare."))
		}
		return err
	}
	return nil
}

func (s *Server) logAnswers(d erase.Deps, answers []store.Answer) error {
	entries := make([]audit.Entry, len(answers))
	for i, a := range answers {
		detail := map[string]string{"answer": a.Kind, "detail": a.Detail}
		if !a.Until.IsZero() {
			detail["until"] = a.Until.Format(time.DateOnly)
		}
		entries[i] = audit.Entry{Time: s.Now(), Type: audit.TypeAnswered, Actor: d.Mask(a.Person), Item: a.Ref, Detail: detail}
	}
	_, err := s.Log.AppendBatch(entries)
	return err
}

// keep holds the items, each by itself: on a legal ground until a new deadline,
// until further notice, or as somebody's own, which is then not processed either.
func (s *Server) keep(q *request, d erase.Deps, a store.Answer, list []store.Finding) error {
	holds := make([]retention.Hold, len(list))
	for i, f := range list {
		h := retention.Hold{
			Source: f.Item.Source, Path: exactly(f.Item.Path),
			Reason: a.Detail, Owner: a.Person, Review: a.Until, Restrict: a.Kind == AnswerPrivate,
		}
		if h.Reason == "" {
			h.Reason = "privat"
		}
		var err error
		if holds[i], err = erase.NewHold(h, s.Now()); err != nil {
			return err
		}
	}
	return erase.AddHolds(q.r.Context(), d, holds, a.Person)
}

// exactly is the glob that matches one path and no other.
func exactly(path string) string {
	return strings.NewReplacer(`\`, `\\`, "*", `\*`, "?", `\?`, "[", `\[`, "]", `\]`, "{", `\{`, "}", `\}`).Replace(path)
}

// dismiss judges what was found: one value, or all of them.
func (s *Server) dismiss(q *request, d erase.Deps, a store.Answer, list []store.Finding) error {
	detector, key, one := strings.Cut(q.r.PostFormValue("træf"), "|")
	for _, f := range list {
		var judged []store.FalsePositive
		for _, m := range f.Matches {
			if !one || m.Detector == detector && m.Key == key {
				judged = append(judged, store.FalsePositive{Detector: m.Detector, Key: m.Key, Value: m.Value})
			}
		}
		if len(judged) == 0 {
			return inputf("%s", q.t("Elementet har ikke det fund længere."))
		}
		if _, err := erase.Dismiss(q.r.Context(), d, f.Ref, judged, a.Person, a.Detail); err != nil {
			return err
		}
	}
	return nil
}

// noted needs nothing but the record.
func (s *Server) noted(*request, erase.Deps, store.Answer, []store.Finding) error { return nil }

// sendTo routes the findings at once; the next refresh finds it in the answers.
func (s *Server) sendTo(q *request, _ erase.Deps, a store.Answer, list []store.Finding) error {
	for _, f := range list {
		if err := s.Store.SetWorkOwner(q.r.Context(), f.Ref, a.Detail); err != nil {
			return err
		}
	}
	return nil
}

// approveFindings makes a plan of the findings that are due, and gives it the
// person's yes.
func (s *Server) approveFindings(q *request) error {
	list, err := s.asked(q)
	if err != nil {
		return err
	}
	d, err := s.Work(q.r.Context(), q.user.Name)
	if err != nil {
		return err
	}
	var refs []string
	for _, f := range list {
		refs = append(refs, f.Ref)
	}
	selection, err := erase.SelectOnly(q.r.Context(), d, refs)
	if err != nil {
		return err
	}
	if selection.Items != len(refs) {
		if err := selection.Drop(q.r.Context()); err != nil {
			return err
		}
		return inputf("%s", q.t("Ikke alle de valgte elementer er forfaldne til sletning og fri; fjern dem, eller vent."))
	}
	p, err := selection.Freeze(q.r.Context())
	if err != nil {
		return err
	}
	if _, err := erase.Approve(q.r.Context(), d, p.ID, q.user.Name, nil); err != nil {
		return err
	}
	return q.redirect("/sletteforslag/" + p.ID)
}

// date reads a date of a form; empty is zero.
func (q *request) date(field string) (time.Time, error) {
	v := q.r.PostFormValue(field)
	if v == "" {
		return time.Time{}, nil
	}
	t, err := time.ParseInLocation(time.DateOnly, v, retention.Zone())
	if err != nil {
		return t, inputf("%s: %q", field, v)
	}
	return t, nil
}

var answerText = text{
	"Svar": "Answer", "Godkend sletning": "Approve erasure", "Bevar": "Keep", "Hold tilbage": "Hold", "Falsk positiv": "False positive", "Privat": "Private", "Journaliseret": "Filed in a case",
	"Send til": "Send to", "Grund, hjemmel eller sagsnummer": "Reason, legal ground or case number", "Ny frist": "New deadline", "Gem svar": "Save the answer", "Historik": "History",
	"Vælg mellem 1 og 500 elementer.": "Choose between 1 and 500 items.", "Skriv grunden.": "Write the reason.",
	"Den, der bevarer, skal sætte en ny frist, som ligger fremme i tiden.": "Who keeps has to set a new deadline, which is to come.",
	"Skriv sagsnummeret.": "Write the case number.", "Der er ingen åben konto med det navn, som må svare.": "There is no open account of that name that may answer.",
	"Elementet har ikke det fund længere.":                                                   "The item does not have that finding any more.",
	"Ikke alle de valgte elementer er forfaldne til sletning og fri; fjern dem, eller vent.": "Not all of the chosen items are due for erasure and free; leave them out, or wait.",
	"Formularen kan ikke læses. Prøv igen.":                                                  "The form cannot be read. Try again.", "valgt": "chosen", "Vælg": "Choose",
	"godkendt til sletning": "approved for erasure", "bevares": "kept", "tilbageholdt": "held", "falsk positiv": "false positive", "privat": "private", "journaliseret": "filed in a case", "sendt til": "sent to",
}

// said is the Danish word for an answer's kind.
func said(kind string) string {
	return map[string]string{
		AnswerApprove: "godkendt til sletning", AnswerKeep: "bevares", AnswerHold: "tilbageholdt", AnswerFalse: "falsk positiv", AnswerPrivate: "privat",
		AnswerJournalise: "journaliseret", AnswerOwner: "sendt til",
	}[kind]
}
