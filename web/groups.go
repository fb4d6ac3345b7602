package web

import (
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/sletdk/slet/store"
)

// The findings in groups: by folder, by person, by content. The groups are those
// of the last refresh. A group is opened as a filter of the list, which decides
// its items anew; nothing is answered from here that the list does not show.

// groupKinds are the kinds of groups as addresses have them, in the order of the
// page.
var groupKinds = []struct {
	word string // in an address
	name string // in Danish
	kind store.GroupKind
}{
	{word: "mappe", name: "Mappe", kind: store.ByFolder}, {word: "person", name: "Person", kind: store.ByPerson}, {word: "kopier", name: "Samme indhold", kind: store.ByContent},
}

// groupKind is the kind that an address names; "" names none.
func groupKind(word string) (store.GroupKind, error) {
	if word == "" {
		return "", nil
	}
	for _, k := range groupKinds {
		if k.word == word {
			return k.kind, nil
		}
	}
	return "", inputf("%q", word)
}

// groupOrders are the orders as addresses have them.
var groupOrders = map[string]store.GroupOrder{"": store.LargestFirst, "antal": store.LargestFirst, "forfaldne": store.ReadyFirst, "forfald": store.DueFirst}

// groupTab leads to the findings one by one, or in groups.
type groupTab struct {
	Text, Href string
	Here       bool
}

// groupTabs are the ways to see the findings, under the same filter.
func groupTabs(form url.Values, here string) []groupTab {
	filter := onlyFilter(form)
	tabs := []groupTab{{Text: "Enkeltvis", Href: "/fund?" + filter.Encode(), Here: here == ""}}
	for _, k := range groupKinds {
		filter.Set("af", k.word)
		tabs = append(tabs, groupTab{Text: k.name, Href: "/fund/grupper?" + filter.Encode(), Here: here == k.word})
	}
	return tabs
}

// onlyFilter are the fields of the filter that say something.
func onlyFilter(form url.Values) url.Values {
	filter := url.Values{}
	for _, f := range filterFields {
		if v := form.Get(f); v != "" {
			filter.Set(f, v)
		}
	}
	return filter
}

// groupsView is one page of groups.
type groupsView struct {
	Kind   store.GroupKind
	Tabs   []groupTab
	Rows   []groupRow
	Count  int64 // of all pages, at most maxCounted
	More   bool  // there are more than Count
	Next   string
	First  string
	Filter url.Values // of the list, which a group is opened under
	Ready  bool       // only groups with something due
	Order  string
	Word   string // the kind, as in the address
	Taken  time.Time
}

// groupRow is a group, with the addresses of its items.
type groupRow struct {
	store.Group
	Open string // as a filter of the list
	All  string // the same with all of them chosen
}

func (s *Server) groups(q *request) error {
	ctx, form := q.r.Context(), q.r.URL.Query()
	filter, err := filterOf(form, s.Now())
	if err != nil {
		return err
	}
	v := groupsView{Word: form.Get("af"), Filter: onlyFilter(form), Ready: form.Get("kun") == "forfaldne", Order: form.Get("orden")}
	if v.Kind, err = groupKind(v.Word); err != nil {
		return err
	}
	order, ok := groupOrders[v.Order]
	if v.Kind == "" || !ok {
		return inputf("af=%q orden=%q", v.Word, v.Order)
	}
	mark, err := parseMark(form.Get("efter"))
	if err != nil {
		return err
	}
	v.Tabs = groupTabs(form, v.Word)
	f := store.GroupFilter{Kind: v.Kind, Owner: q.user.own(filter).Owner, Ready: v.Ready}
	groups, after, err := s.Store.GroupPage(ctx, f, order, store.GroupMark{Key: mark.Due, Handle: mark.Ref}, pageSize)
	if err != nil {
		return err
	}
	if v.Count, err = s.Store.GroupCount(ctx, f, maxCounted+1); err != nil {
		return err
	}
	if v.Count > maxCounted {
		v.Count, v.More = maxCounted, true
	}
	v.Next, v.First = pageLinks("/fund/grupper", form, formatMark(store.WorkMark{Due: after.Key, Ref: after.Handle}), len(groups) == pageSize)
	if v.Rows, err = s.groupRows(q, v, groups); err != nil {
		return err
	}
	if _, v.Taken, err = s.numbers(q); err != nil {
		return err
	}
	return q.page("groups", "Fund", v)
}

// groupRows leaves out groups whose item was restricted since the last refresh:
// neither its folder nor its name is to be shown.
func (s *Server) groupRows(q *request, v groupsView, groups []store.Group) (rows []groupRow, err error) {
	works := make([]store.Work, len(groups))
	for i, g := range groups {
		works[i].Ref = g.Ref
	}
	if works, err = s.today(q.r.Context(), works); err != nil {
		return nil, err
	}
	for _, g := range groups {
		if !slices.ContainsFunc(works, func(w store.Work) bool { return w.Ref == g.Ref }) {
			continue
		}
		open := url.Values{"gruppe": {v.Word}, "nr": {g.Handle}}
		for name, values := range v.Filter {
			open[name] = values
		}
		if v.Ready {
			open.Set("afgoerelse", "due")
		}
		row := groupRow{Group: g, Open: "/fund?" + open.Encode()}
		open.Set("alle", "ja")
		row.All = "/fund?" + open.Encode()
		rows = append(rows, row)
	}
	return rows, nil
}

// Get is one field of the filter, for the form.
func (v groupsView) Get(field string) string { return v.Filter.Get(field) }

// groupLabel is what the items of a group have in common, as the page of them
// says it.
func (s *Server) groupLabel(q *request, filter store.WorkFilter, rows []findingRow) (string, error) {
	switch {
	case len(rows) == 0:
		return "", nil
	case filter.Group == store.ByPerson:
		return s.Store.PersonValue(q.r.Context(), filter.Handle)
	case filter.Group == store.ByFolder:
		first := rows[0]
		return first.Source + " · " + first.Path[:max(0, strings.LastIndexByte(first.Path, '/'))], nil
	}
	return q.lang.Bytes(rows[0].Size), nil
}

// atOnce is how many lines a page has: all that one form may be about, when the
// person wants to choose all of them.
func atOnce(form url.Values) int {
	if form.Get("alle") == "ja" {
		return maxAnswers
	}
	return pageSize
}

var groupText = text{
	"Vis fund": "Show findings", "Enkeltvis": "One by one", "Mappe": "Folder", "Samme indhold": "Same content", "Gruppe": "Group", "Første forfald": "First due date",
	"Svar på alle": "Answer all", "grupper": "groups", "Grupperne er fra": "The groups are of", "Kun grupper med noget forfaldent": "Only groups with something due",
	"antal fund": "number of findings", "antal forfaldne": "number due", "første forfald": "first due date", "Vis grupper": "Show groups",
	"Grupperne tælles uden filteret. Det bruges, når en gruppe åbnes.": "The groups are counted without the filter. It is used when a group is opened.",
	"Der er ingen grupper.": "There are no groups.", "Toppen af kilden": "The top of the source", "Person uden vist nummer": "Person without a shown number",
	"Fund i gruppen": "Findings of the group", "Luk gruppen": "Close the group", "Alle fund i mappen": "All findings in the folder", "Alle kopier": "All copies",
	"Alle er valgt. Fravælg dem, svaret ikke gælder.":                 "All are chosen. Take out those that the answer is not about.",
	"Der kan svares på højst 500 ad gangen; resten er på næste side.": "At most 500 can be answered at a time; the rest is on the next page.",
	"kopier": "copies", "hver": "each",
}
