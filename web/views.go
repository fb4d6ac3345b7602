package web

import (
	"crypto/rand"
	"errors"
	"net/url"
	"slices"
	"unicode/utf8"

	"github.com/sletdk/slet/detectors"
	"github.com/sletdk/slet/store"
)

// A view is a filter of the list of findings under a name. Loading one leads to
// the address that the person could have typed: what they may see is decided
// there, by their role, and never by the view. What is stored is read as
// strictly as any address, since rules, sources and this program change.

func (s *Server) viewRoutes() []route {
	return []route{
		{"GET /fund/visning/{id}", seeFindings, s.loadView},
		{"POST /fund/visninger", seeFindings, s.saveView},
		{"POST /fund/visninger/{id}", seeFindings, s.changeView},
		{"POST /fund/visninger/{id}/slet", seeFindings, s.removeView},
	}
}

const (
	maxViews    = 50 // of one person
	maxViewName = 60 // runes
)

// filterFields are the fields of the filter's form.
var filterFields = []string{"tekst", "vis", "afgoerelse", "kategori", "type", "kilde", "regel", "overskredet", "sorter"}

// viewFilter reads a filter as a view has it: the fields of the form that say
// something, and nothing else.
func (s *Server) viewFilter(stored string) (url.Values, error) {
	form, err := url.ParseQuery(stored)
	if err != nil {
		return nil, inputf("%q", detectors.MaskText(stored))
	}
	kept := url.Values{}
	for _, f := range filterFields {
		if v := form.Get(f); v != "" {
			kept.Set(f, v)
		}
	}
	_, err = filterOf(kept, s.Now())
	return kept, err
}

// shares says whether the person may share views, and use what others share:
// what one DPO looks for is no owner's business.
func (u user) shares() bool { return u.Role == RoleDPO }

// views are those that the person may load.
func (s *Server) views(q *request) ([]store.View, error) {
	list, err := s.Store.Views(q.r.Context(), q.user.Name)
	return slices.DeleteFunc(list, func(v store.View) bool { return v.Person != q.user.Name && !q.user.shares() }), err
}

func (s *Server) loadView(q *request) error {
	list, err := s.views(q)
	if err != nil {
		return err
	}
	i := slices.IndexFunc(list, func(v store.View) bool { return v.ID == q.r.PathValue("id") })
	if i < 0 {
		return store.ErrNotFound
	}
	filter, err := s.viewFilter(list[i].Filter)
	if err != nil {
		return inputf("%s", q.t("Visningen bygger på noget, som ikke findes mere. Slet den, og gem den igen."))
	}
	return q.redirect("/fund?" + filter.Encode())
}

// viewOf reads a view's name and whether it is shared.
func (s *Server) viewOf(q *request) (store.View, error) {
	v := store.View{ID: q.r.PathValue("id"), Person: q.user.Name, Name: q.field("navn"), Shared: q.field("delt") == "ja"}
	switch {
	case v.Name == "" || utf8.RuneCountInString(v.Name) > maxViewName:
		return v, inputf("%s", q.t("Giv visningen et navn på højst 60 tegn."))
	case detectors.MaskText(v.Name) != v.Name:
		return v, inputf("%s", q.t("Et CPR-nummer kan ikke gemmes i en visning."))
	case v.Shared && !q.user.shares():
		return v, errForbidden
	}
	return v, nil
}

// saveView stores the filter that the page shows.
func (s *Server) saveView(q *request) error {
	v, err := s.viewOf(q)
	if err != nil {
		return err
	}
	filter, err := s.viewFilter(q.field("filter"))
	if err != nil {
		return err
	}
	if text := filter.Get("tekst"); detectors.MaskText(text) != text {
		return inputf("%s", q.t("Et CPR-nummer kan ikke gemmes i en visning."))
	}
	mine, err := s.Store.Views(q.r.Context(), q.user.Name)
	if err != nil {
		return err
	}
	mine = slices.DeleteFunc(mine, func(v store.View) bool { return v.Person != q.user.Name })
	if len(mine) >= maxViews {
		return inputf("%s", q.t("Du har 50 visninger. Slet en af dem først."))
	}
	v.ID, v.Filter, v.Created = rand.Text(), filter.Encode(), s.Now()
	if err := s.Store.AddView(q.r.Context(), v); err != nil {
		return s.viewError(q, err)
	}
	return q.redirect("/fund?" + v.Filter)
}

// changeView renames a view, and shares it or stops to.
func (s *Server) changeView(q *request) error {
	v, err := s.viewOf(q)
	if err != nil {
		return err
	}
	if err := s.Store.SetView(q.r.Context(), v); err != nil {
		return s.viewError(q, err)
	}
	return q.redirect("/fund")
}

// viewError says that a name is taken.
func (s *Server) viewError(q *request, err error) error {
	if errors.Is(err, store.ErrExists) {
		return inputf("%s", q.t("Du har allerede en visning med det navn."))
	}
	return err
}

func (s *Server) removeView(q *request) error {
	if err := s.Store.RemoveView(q.r.Context(), q.r.PathValue("id"), q.user.Name); err != nil {
		return err
	}
	return q.redirect("/fund")
}

// viewRow is a view as the list of findings offers it.
type viewRow struct {
	store.View
	Mine bool
	Here bool // its filter is the page's
}

// viewRows fills in the views, and the filter that a new one would have.
func (s *Server) viewRows(q *request, v *findingsView) error {
	list, err := s.views(q)
	if err != nil {
		return err
	}
	filter, err := s.viewFilter(v.Filter.Encode())
	if err != nil {
		return err
	}
	v.Saved, v.Shares = filter.Encode(), q.user.shares()
	for _, view := range list {
		v.Views = append(v.Views, viewRow{view, view.Person == q.user.Name, view.Filter == v.Saved})
	}
	return nil
}

var viewText = text{
	"Gemte visninger": "Saved views", "Gem som visning": "Save as a view", "Navnet på visningen": "Name of the view",
	"Del med andre DPO'er": "Share with other DPOs", "Gem visning": "Save the view", "Slet visning": "Delete the view",
	"delt af": "shared by", "Alle fund": "All findings", "delt": "shared",
	"Visningen bygger på noget, som ikke findes mere. Slet den, og gem den igen.": "The view rests on something that does not exist any more. Delete it, and save it again.",
	"Giv visningen et navn på højst 60 tegn.":                                     "Give the view a name of 60 characters at most.",
	"Et CPR-nummer kan ikke gemmes i en visning.":                                 "A CPR number cannot be kept in a view.",
	"Du har 50 visninger. Slet en af dem først.":                                  "You have 50 views. Delete one of them first.",
	"Du har allerede en visning med det navn.":                                    "You have a view of that name already.",
	"Gem ændringer": "Save changes",
}
