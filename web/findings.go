package web

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/sletdk/slet/detectors"
	"github.com/sletdk/slet/erase"
	"github.com/sletdk/slet/retention"
	"github.com/sletdk/slet/store"
)

func (s *Server) findingRoutes() []route {
	return []route{
		{"GET /fund", seeFindings, s.findings},
		{"GET /fund/grupper", seeFindings, s.groups},
		{"GET /fund/{ref}", seeFindings, s.finding},
	}
}

// pageSize is how many lines a list shows, maxCounted how far it counts.
const (
	pageSize   = 50
	maxCounted = 10_000
)

// findingsView is one page of the list.
type findingsView struct {
	Filter     url.Values
	Rows       []findingRow
	Count      int64 // of all pages, at most maxCounted
	More       bool  // there are more than Count
	Next       string
	First      string // the first page, empty when this is it
	Sources    []string
	Rules      []string
	Categories []string
	Types      []string
	Views      []viewRow
	Saved      string // the filter, as a view has it
	Shares     bool   // the person may share views
	Tabs       []groupTab
	Group      string // the kind of the group that the list is of, as in the address
	Label      string // what that has in common
	Leave      string // the list without the group
	Here       string // this page from its beginning, with nothing chosen
	All        bool   // all lines are chosen
}

// findingRow is one line of the list, with how it stands with its owner.
type findingRow struct {
	store.Work
	Word erase.OwnersWord
	Mine bool // the owner is who asks
}

// Dispositions are what the list can be narrowed to.
func (findingsView) Dispositions() []retention.Disposition { return dispositions }

// Get is one field of the filter, for the form.
func (v findingsView) Get(field string) string { return v.Filter.Get(field) }

func (s *Server) findings(q *request) error {
	ctx, form := q.r.Context(), q.r.URL.Query()
	filter, err := filterOf(form, s.Now())
	if err != nil {
		return err
	}
	filter = q.user.own(filter)
	order := store.WorkOrder(form.Get("sorter"))
	if order != store.ByPath {
		order = store.ByDue
	}
	mark, err := parseMark(form.Get("efter"))
	if err != nil {
		return err
	}
	size := atOnce(form)
	v := findingsView{Filter: form, Group: form.Get("gruppe"), All: size > pageSize}
	works, mark, err := s.Store.WorkPage(ctx, filter, order, mark, size)
	if err != nil {
		return err
	}
	full := len(works) == size
	if v.Count = int64(len(works)); form.Get("efter") != "" || full { // else that is all there are
		if v.Count, err = s.Store.WorkCount(ctx, filter, maxCounted+1); err != nil {
			return err
		}
	}
	if v.Count > maxCounted {
		v.Count, v.More = maxCounted, true
	}
	v.Next, v.First = pageLinks("/fund", form, formatMark(mark), full)
	v.Tabs, v.Leave, v.Here = groupTabs(form, ""), "/fund?"+onlyFilter(form).Encode(), at("/fund", form, "alle")
	if works, err = s.today(ctx, works); err != nil {
		return err
	}
	if v.Rows, err = s.withOwners(q, works); err != nil {
		return err
	}
	if v.Label, err = s.groupLabel(q, filter, v.Rows); err != nil {
		return err
	}
	if err := errors.Join(s.choices(q, &v), s.viewRows(q, &v)); err != nil {
		return err
	}
	return q.page("findings", "Fund", v)
}

// today decides the lines of a page anew, so that none says what was so when the
// worklist was made, and takes out what has become restricted since, or is gone.
func (s *Server) today(ctx context.Context, rows []store.Work) ([]store.Work, error) {
	decide, err := s.Decide(ctx)
	if err != nil {
		return nil, err
	}
	refs := make([]string, len(rows)) // not nil, which would be all
	for i, w := range rows {
		refs[i] = w.Ref
	}
	now := map[string]retention.Decision{}
	for f, err := range s.Store.Findings(ctx, store.Filter{Refs: refs, Facts: true, WithMatches: true}) {
		if err != nil {
			return nil, err
		}
		now[f.Ref] = decide(f)
	}
	list := rows[:0]
	for _, w := range rows {
		d, known := now[w.Ref]
		if !known || d.Restricted {
			continue
		}
		w.Disposition, w.Rule, w.Due, w.Counts = d.Disposition, d.Rule, d.Due, byCategory(w.Counts)
		list = append(list, w)
	}
	return list, nil
}

// withOwners puts to each line how it stands with its owner, whom the page
// tells of it.
func (s *Server) withOwners(q *request, works []store.Work) (rows []findingRow, err error) {
	d, err := s.Work(q.r.Context(), q.user.Name)
	if err != nil {
		return nil, err
	}
	var mine []string
	for _, w := range works {
		rows = append(rows, findingRow{Work: w, Mine: w.Owner == q.user.Name})
		if w.Owner == q.user.Name {
			mine = append(mine, w.Ref)
		}
	}
	if err := s.show(q, d, mine); err != nil {
		return nil, err
	}
	for i := range rows {
		if w := &rows[i]; w.Owner != "" {
			if w.Word, err = s.word(q, d, w.Ref, w.Disposition, w.Rule, w.Due); err != nil {
				return nil, err
			}
		}
	}
	return rows, nil
}

// byCategory adds up what several detectors found of one category.
func byCategory(counts []store.Count) (sums []store.Count) {
	for _, c := range counts {
		i := slices.IndexFunc(sums, func(s store.Count) bool { return s.Category == c.Category && s.Confidence == c.Confidence })
		if i < 0 {
			sums = append(sums, c)
			continue
		}
		sums[i].N += c.N
	}
	return sums
}

// pageLinks returns the addresses of the next page and of the first, each
// empty when there is none to go to.
func pageLinks(path string, form url.Values, mark string, more bool) (next, first string) {
	if form.Get("efter") != "" {
		first = at(path, form)
	}
	if more {
		next = at(path, form) + "&" + url.Values{"efter": {mark}}.Encode()
	}
	return next, first
}

// at is the address of a list from its beginning, without some fields.
func at(path string, form url.Values, without ...string) string {
	begin := maps.Clone(form)
	for _, name := range append(without, "efter") {
		begin.Del(name)
	}
	return path + "?" + begin.Encode()
}

// choices fills what the filter's lists offer.
func (s *Server) choices(q *request, v *findingsView) error {
	scans, err := s.Store.Scans(q.r.Context())
	if err != nil {
		return err
	}
	for _, r := range scans {
		v.Sources = append(v.Sources, r.Source)
	}
	c, err := s.Store.WorkChoices(q.r.Context())
	if err != nil {
		return err
	}
	v.Categories, v.Rules, v.Types = c.Categories, c.Rules, c.DocumentTypes
	slices.SortFunc(v.Categories, func(a, b string) int { return strings.Compare(q.lang.Word(a), q.lang.Word(b)) })
	return nil
}

// dispositions that a list can be narrowed to.
var dispositions = []retention.Disposition{retention.Due, retention.Review, retention.Conflict, retention.Held, retention.Keep, retention.NoRule}

// filterOf reads the filter's form. What cannot be read is said, never
// overlooked: a filter that is silently dropped shows the wrong list.
func filterOf(form url.Values, now time.Time) (store.WorkFilter, error) {
	f := store.WorkFilter{
		Source: form.Get("kilde"), Rule: form.Get("regel"), DocumentType: form.Get("type"), Category: form.Get("kategori"),
		Text: strings.TrimSpace(form.Get("tekst")), Disposition: retention.Disposition(form.Get("afgoerelse")),
	}
	if f.Disposition != "" && !slices.Contains(dispositions, f.Disposition) {
		return f, inputf("afgoerelse=%q", f.Disposition)
	}
	switch show := form.Get("vis"); show {
	case "", "fund":
		f.Found = true
	case "sikre":
		f.Sure = true
	case "mangler":
		f.Gaps = true
	case "alle":
	default:
		return f, inputf("vis=%q", show)
	}
	if days := form.Get("overskredet"); days != "" {
		n, err := strconv.Atoi(days)
		if err != nil || n < 0 || n > 36_500 {
			return f, inputf("overskredet=%q", days)
		}
		f.Before = now.AddDate(0, 0, -n)
	}
	var err error
	f.Group, err = groupKind(form.Get("gruppe"))
	f.Handle = form.Get("nr")
	return f, err
}

// formatMark and parseMark carry a place in the list through an address, which
// ends in logs and histories: a path is not part of it.
func formatMark(m store.WorkMark) string { return fmt.Sprintf("%d|%s", m.Due, m.Ref) }

func parseMark(s string) (m store.WorkMark, err error) {
	if s == "" {
		return m, nil
	}
	due, ref, _ := strings.Cut(s, "|")
	if ref == "" {
		return m, inputf("efter=%q", s)
	}
	if m.Due, err = strconv.ParseInt(due, 10, 64); err != nil {
		return m, inputf("efter=%q", s)
	}
	m.Ref = ref
	return m, nil
}

// findingView is everything about one item.
type findingView struct {
	store.Finding
	Decision retention.Decision
	Places   []place
	Snippets bool // there are some among the matches
	Answers  []store.Answer
	Owners   []string // to whom it can be sent
	Word     erase.OwnersWord
	Mine     bool // the owner is who asks
}

// place is the matches in one place of an item.
type place struct {
	Where   string
	Matches []match
}

// match is a match as it is shown.
type match struct {
	Value, Category, Detector string
	Key                       string // names the value; empty without a key
	Sure                      bool
	Reasons                   []string // codes, see detectors.Explain
	Snippet                   *store.Snippet
}

// finding shows one item with the arithmetic of its decision, made now: the
// list may be some hours old, this page is not.
func (s *Server) finding(q *request) error {
	ctx := q.r.Context()
	f, d, err := s.seen(q, q.r.PathValue("ref"))
	if err != nil {
		return err
	}
	snippets, err := s.Store.Snippets(ctx, f.Ref)
	if err != nil { // the rest of the page is as true without them
		s.Logger.Error("snippets cannot be shown", "item", f.Ref, "error", detectors.MaskText(err.Error()))
	}
	v := findingView{Finding: f, Decision: d, Places: placesOf(f, snippets), Snippets: len(snippets) > 0}
	work, err := s.Work(ctx, q.user.Name)
	if err != nil {
		return err
	}
	if err := s.show(q, work, []string{f.Ref}); err != nil {
		return err
	}
	if v.Word, err = s.word(q, work, f.Ref, d.Disposition, d.Rule, d.Due); err != nil {
		return err
	}
	v.Mine = v.Word.Owner == q.user.Name
	if v.Answers, err = s.Store.Answers(ctx, f.Ref); err != nil {
		return err
	}
	users, err := s.Store.Users(ctx)
	if err != nil {
		return err
	}
	for _, u := range users {
		if u.Disabled.IsZero() && slices.Contains(roles[u.Role], answer) && u.Name != q.user.Name {
			v.Owners = append(v.Owners, u.Name)
		}
	}
	return q.page("finding", "Fund", v)
}

// seen returns a finding that this person may see, and what the schedule says
// of it now. What is restricted (GDPR art. 18) is counted and shown to nobody
// here; for an owner what is not theirs does not exist.
func (s *Server) seen(q *request, ref string) (f store.Finding, d retention.Decision, err error) {
	ctx := q.r.Context()
	if f, err = s.Store.Finding(ctx, ref); err != nil {
		return f, d, err
	}
	decide, err := s.Decide(ctx)
	if err != nil {
		return f, d, err
	}
	if d = decide(f); d.Restricted {
		return store.Finding{}, d, store.ErrNotFound
	}
	if q.user.ownOnly() {
		w, err := s.Store.Work(ctx, f.Ref)
		if err != nil {
			return f, d, err
		}
		if w.Owner != q.user.Name {
			return store.Finding{}, d, store.ErrNotFound
		}
	}
	return f, d, nil
}

// restricted are those of some items that are restricted now, in one look: a hold
// may be younger than the worklist. An item that the inventory has no more is
// judged by what is known of it.
func (s *Server) restricted(ctx context.Context, items []store.Finding) (map[string]bool, error) {
	holds, err := s.Store.Holds(ctx)
	if err != nil || !slices.ContainsFunc(holds, func(h retention.Hold) bool { return h.Restrict }) {
		return nil, err
	}
	decide, err := s.Decide(ctx)
	if err != nil {
		return nil, err
	}
	refs := make([]string, len(items)) // not nil, which would be all
	is := map[string]bool{}
	for i, f := range items {
		refs[i], is[f.Ref] = f.Ref, decide(f).Restricted
	}
	for f, err := range s.Store.Findings(ctx, store.Filter{Refs: refs, Facts: true, WithMatches: true}) {
		if err != nil {
			return nil, err
		}
		is[f.Ref] = decide(f).Restricted
	}
	return is, nil
}

// placesOf groups matches by where they are, in the order of the item, with the
// words around the first of them.
func placesOf(f store.Finding, snippets []store.Snippet) (list []place) {
	for _, m := range f.Matches {
		if len(list) == 0 || list[len(list)-1].Where != m.Where {
			list = append(list, place{Where: m.Where})
		}
		p := &list[len(list)-1]
		shown := match{
			Value: m.Value, Category: m.Category, Detector: m.Detector, Key: m.Key, Sure: m.Confidence == "confirmed", Reasons: m.Reasons,
		}
		if i := slices.IndexFunc(snippets, func(n store.Snippet) bool { return n.Of(m) }); i >= 0 {
			shown.Snippet = &snippets[i]
		}
		p.Matches = append(p.Matches, shown)
	}
	return list
}

var findingText = text{
	"Sti indeholder": "Path contains", "Vis": "Show", "med fund": "with findings", "med sikre fund": "with confirmed findings", "ikke undersøgt helt": "not examined whole",
	"alle elementer": "all items", "alle": "all", "Afgørelse": "Disposition", "Kategori": "Category", "Dokumenttype": "Document type", "Regel": "Rule",
	"Overskredet mindst (dage)": "Overdue by at least (days)", "Sortér": "Sort by", "forfald": "due date", "sti": "path", "Filtrér": "Filter", "mere end": "more than",
	"Element": "Item", "Personer": "Persons", "Forfald": "Due", "Flere sider": "More pages", "Første side": "First page", "Næste side": "Next page",
	"Intet element passer til filteret.": "No item fits the filter.", "mulig": "possible", "sikker": "confirmed",

	"Hvorfor": "Why", "Hele elementet": "The whole item", "Værdi (skjult)": "Value (hidden)", "Sikkerhed": "Confidence", "Derfor": "Because",
	"Intet er fundet i det, som kunne undersøges.": "Nothing was found in what could be examined.",
	"Fundet i sin sammenhæng":                      "The match in its context",
	"Teksten omkring fundene er ikke gemt. Elementet er undersøgt, før slet begyndte at gemme den, fundet er besvaret, eller tiden er gået.": "The text around the matches is not kept. The item was examined before slet began to keep it, the finding has been answered, or the time has passed.",
	"Id": "Id", "Størrelse": "Size", "Oprettet": "Created", "Ændret senest": "Last modified", "Modtaget": "Received", "Optaget": "Recorded", "Først set": "First seen",
}
