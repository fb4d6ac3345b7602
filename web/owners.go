package web

import (
	"errors"
	"net/http"
	"slices"
	"strconv"
	"time"

	"github.com/sletdk/slet/erase"
	"github.com/sletdk/slet/retention"
	"github.com/sletdk/slet/store"
)

func (s *Server) ownerRoutes() []route {
	return []route{{"GET /ejere", seeOwners, s.owners}}
}

// Recent is the time that a status looks back: three weeks, as in OSdatascanner.
const Recent = 21 * 24 * time.Hour

// status is how far an owner is.
type status string

// The statuses.
const (
	finished    status = "finished"
	accepted    status = "accepted"
	notAccepted status = "not_accepted"
)

// statusOf is the rule of OSdatascanner's leader overview (its version 3.17.4):
// finished with nothing that waits; accepted with as many answers within three
// weeks as three quarters of what came within them; not accepted with fewer, or
// with none.
func statusOf(n store.OwnerNumbers) status {
	switch {
	case n.Waiting == 0:
		return finished
	case n.AnsweredRecent > 0 && 4*n.AnsweredRecent >= 3*n.Recent:
		return accepted
	}
	return notAccepted
}

// ownerRow is one owner in numbers.
type ownerRow struct {
	store.OwnerNumbers
	Status status
	Nobody bool // there is no open account that may answer
}

// Share is how much the owner has answered, in percent, of all that came.
func (r ownerRow) Share() float64 {
	all := r.Answered + r.Waiting
	if all == 0 {
		return 100
	}
	return 100 * float64(r.Answered) / float64(all)
}

// Tag is the colour of the status.
func (r ownerRow) Tag() string {
	return map[status]string{finished: "erased", accepted: "keep", notAccepted: "due"}[r.Status]
}

type ownersView struct {
	Rows  []ownerRow
	Taken time.Time
	Next  string
	First string
}

// owners shows how far each owner is, in numbers of the last refresh: the DPO
// all of them, a leader those that the account says.
func (s *Server) owners(q *request) error {
	ctx := q.r.Context()
	page := 0
	if side := q.r.URL.Query().Get("side"); side != "" {
		n, err := strconv.Atoi(side)
		if err != nil || n < 1 || n > 1_000_000 {
			return inputf("side=%q", side)
		}
		page = n - 1
	}
	var names []string // all
	if q.user.ownOnly() {
		names = append([]string{}, q.user.Leads...)
	}
	list, err := s.Store.OwnerNumbers(ctx, names, page*pageSize, pageSize)
	if err != nil {
		return err
	}
	users, err := s.Store.Users(ctx)
	if err != nil {
		return err
	}
	v := ownersView{}
	for _, n := range list {
		v.Taken = n.Taken
		v.Rows = append(v.Rows, ownerRow{OwnerNumbers: n, Status: statusOf(n), Nobody: !slices.ContainsFunc(users, func(u store.User) bool {
			return u.Name == n.Owner && u.Disabled.IsZero() && MayAnswer(u.Role)
		})})
	}
	if len(list) == pageSize {
		v.Next = "/ejere?side=" + strconv.Itoa(page+2)
	}
	if page > 0 {
		v.First = "/ejere"
	}
	return q.page("owners", "Ejere", v)
}

// objected counts the holds that hold and were made by owners: for these to
// end, the DPO has to decide.
func (s *Server) objected(q *request) (n int, err error) {
	users, err := s.Store.Users(q.r.Context())
	if err != nil {
		return 0, err
	}
	holds, err := s.Store.Holds(q.r.Context())
	for _, h := range holds {
		if h.Released.IsZero() && slices.ContainsFunc(users, func(u store.User) bool { return u.Name == h.Owner && MayAnswer(u.Role) && user{User: u}.ownOnly() }) {
			n++
		}
	}
	return n, err
}

// show tells an owner what a page lists of theirs: who has seen that something
// is to be erased was told of it. Only what the person opens counts.
func (s *Server) show(q *request, d erase.Deps, refs []string) error {
	if q.r.Method != http.MethodGet || !MayAnswer(q.user.Role) {
		return nil
	}
	_, err := d.Show(q.r.Context(), q.user.Name, refs)
	return err
}

// word is how it stands between what is listed and its owner; zero for what is
// not to be erased, or not before the owner will be told.
func (s *Server) word(q *request, d erase.Deps, ref string, disposition retention.Disposition, rule string, due time.Time) (erase.OwnersWord, error) {
	t := d.ToTell("")
	soon := disposition == retention.Keep && !due.IsZero() && due.Before(t.Before)
	if !slices.Contains(t.Rules, rule) || disposition != retention.Due && !soon {
		return erase.OwnersWord{}, nil
	}
	w, err := d.OwnersWordOf(q.r.Context(), ref)
	switch {
	case errors.Is(err, store.ErrNotFound): // it has just left the inventory
		return erase.OwnersWord{}, nil
	case err != nil || soon && w.Wait != erase.OwnerMayObject:
		return erase.OwnersWord{}, err
	case soon && due.After(w.Last):
		w.Last = due
	case w.Owner == q.user.Name && w.Wait == erase.OwnerNotTold: // erasing is turned off
		return erase.OwnersWord{}, nil
	}
	return w, nil
}

var ownerText = text{
	"Ejere": "Owners", "Ejer": "Owner", "Venter på svar": "Wait for an answer", "Nye (30 dage)": "New (30 days)", "Besvaret": "Answered", "Andel besvaret": "Share answered",
	"Færdig": "Finished", "Tilfredsstillende": "Accepted", "Ikke tilfredsstillende": "Not accepted",
	"Tal, ingen fund: hvor langt ejerne er med at svare på det, der er sendt til dem.":                                                                             "Numbers, no findings: how far the owners are with answering what was routed to them.",
	"Færdig: intet venter. Tilfredsstillende: de seneste tre uger er der svaret på mindst tre fjerdedele af så meget, som der kom. Ellers ikke tilfredsstillende.": "Finished: nothing waits. Accepted: in the last three weeks, at least three quarters of as much as came was answered. Otherwise not accepted.",
	"Ingen ejer har fund. Hvem du leder, står i din konto (slet user set NAVN --leads).":                                                                           "No owner has findings. Whom you lead is said in your account (slet user set NAME --leads).",
	"ingen åben konto":                          "no open account",
	"venter på ejeren til":                      "waits for the owner until",
	"Slettes, hvis du ikke siger nej senest":    "Will be erased unless you object by",
	"ejeren har ikke fået besked":               "the owner was not told",
	"ejeren har ingen åben konto, som må svare": "the owner has no open account that may answer",
}
