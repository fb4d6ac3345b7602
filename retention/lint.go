package retention

import (
	"cmp"
	"maps"
	"slices"
	"strings"
)

// WarningCode says what kind of doubt a Warning is about. Codes are stable:
// they are part of the JSON contract.
type WarningCode string

// What can be doubtful in a schedule. The first three are for the DPO to settle
// and are findings of their own in the report.
const (
	// WarnNoDeadline: Rule (or the entry Rule of the coverage register) has no
	// deadline: somebody has to set one.
	WarnNoDeadline WarningCode = "no_deadline"
	// WarnConflict: what Rule is made from contradicts itself; Detail says how.
	WarnConflict WarningCode = "conflict"
	// WarnContradiction: Rule wants gone what Other keeps longer, counted from
	// the same date, and both can be about one item. Detail is "always", or
	// "some" when it depends on the date.
	WarnContradiction WarningCode = "contradiction"
	// WarnUnreachable: Rule never decides: Other is about everything that Rule
	// is about, and binds earlier.
	WarnUnreachable WarningCode = "unreachable"
	// WarnUnknownSource, WarnUnknownType, WarnUnknownCategory and
	// WarnUnknownDetector: Rule names Detail, and there is none such.
	WarnUnknownSource   WarningCode = "unknown_source"
	WarnUnknownType     WarningCode = "unknown_document_type"
	WarnUnknownCategory WarningCode = "unknown_category"
	WarnUnknownDetector WarningCode = "unknown_detector"
	// WarnNoItems: no item of the inventory lies where Detail, a path or
	// mailbox of Rule, says.
	WarnNoItems WarningCode = "no_items"
	// WarnTypeWithoutRule and WarnCategoryWithoutRule: Count items of the
	// inventory of document type, or with matches of category, Detail, match
	// no rule at all.
	WarnTypeWithoutRule     WarningCode = "document_type_without_rule"
	WarnCategoryWithoutRule WarningCode = "category_without_rule"
	// WarnTypesUnnamed: no rule could be about the document types Detail.
	WarnTypesUnnamed WarningCode = "document_types_unnamed"
)

// WarningCodes are all codes, in the order of the constants.
func WarningCodes() []WarningCode {
	return []WarningCode{
		WarnNoDeadline, WarnConflict, WarnContradiction, WarnUnreachable, WarnUnknownSource, WarnUnknownType,
		WarnUnknownCategory, WarnUnknownDetector, WarnNoItems, WarnTypeWithoutRule, WarnCategoryWithoutRule, WarnTypesUnnamed,
	}
}

// Warning is something in a schedule that is allowed and should be looked at,
// as data: [Warning.English] and [Warning.Danish] say it in words.
type Warning struct {
	Code   WarningCode `json:"code"`
	Rule   string      `json:"rule,omitempty"`
	Other  string      `json:"other,omitempty"`
	Detail string      `json:"detail,omitempty"`
	Count  int64       `json:"count,omitempty"`
}

// ForDPO reports whether the warning is a finding of its own: a deadline that
// is missing, or rules that contradict each other.
func (w Warning) ForDPO() bool {
	return w.Code == WarnNoDeadline || w.Code == WarnConflict || w.Code == WarnContradiction
}

// Known is what there is that a rule may name. An empty list is not known, and
// nothing is said of it.
type Known struct {
	Sources, DocumentTypes, Categories, Detectors []string
}

// Lint says what is doubtful in a schedule, in order of code and rule. seen is
// the inventory as the schedule's [Inventory] saw it; nil or empty says
// nothing of it. Overlaps are judged by what is certain: two path globs count
// as meeting when a path that one was made for fits the other.
func Lint(s *Schedule, known Known, seen *Inventory) []Warning {
	l := &linter{s: s}
	for i := range s.Rules {
		r := &s.Rules[i]
		if r.Action != "" && r.DeleteAfter == nil {
			l.warn(Warning{Code: WarnNoDeadline, Rule: r.ID, Detail: r.Title})
		}
		if r.Conflict != "" {
			l.warn(Warning{Code: WarnConflict, Rule: r.ID, Detail: r.Conflict})
		}
		l.unknown(WarnUnknownSource, r, r.Match.Source, known.Sources)
		l.unknown(WarnUnknownType, r, r.Match.DocumentType, known.DocumentTypes)
		l.unknown(WarnUnknownCategory, r, r.Match.Category, known.Categories)
		l.unknown(WarnUnknownDetector, r, r.Match.Detector, known.Detectors)
		for j := range s.Rules {
			l.pair(r, &s.Rules[j])
		}
	}
	for _, u := range s.Coverage {
		if u.Deadline == "" {
			l.warn(Warning{Code: WarnNoDeadline, Rule: u.ID, Detail: u.System + ": " + u.Title})
		}
	}
	l.unnamed(known.DocumentTypes)
	if seen != nil && seen.items > 0 {
		l.inventory(seen)
	}
	order := WarningCodes()
	slices.SortStableFunc(l.out, func(a, b Warning) int {
		return cmp.Or(cmp.Compare(slices.Index(order, a.Code), slices.Index(order, b.Code)), cmp.Compare(a.Rule, b.Rule),
			cmp.Compare(a.Other, b.Other), cmp.Compare(a.Detail, b.Detail))
	})
	return l.out
}

type linter struct {
	s   *Schedule
	out []Warning
}

func (l *linter) warn(w Warning) { l.out = append(l.out, w) }

func (l *linter) unknown(code WarningCode, r *Rule, named, there []string) {
	for _, n := range named {
		if len(there) > 0 && !slices.Contains(there, n) {
			l.warn(Warning{Code: code, Rule: r.ID, Detail: n})
		}
	}
}

// pair looks at a rule beside another one, or beside itself.
func (l *linter) pair(r, other *Rule) {
	if r.DeleteAfter != nil && other.KeepUntil != nil && meet(&r.Match, &other.Match) {
		if how := l.contradict(r, other); how != "" {
			l.warn(Warning{Code: WarnContradiction, Rule: r.ID, Other: other.ID, Detail: how})
		}
	}
	if r != other && covers(&other.Match, &r.Match) && earlier(r, other) {
		l.warn(Warning{Code: WarnUnreachable, Rule: r.ID, Other: other.ID})
	}
}

// contradict tries the days of two years, one of them a leap year, and says
// whether the maximum of r falls before the minimum of other on all of them,
// on some, or on none (""). Only dates that count from the same thing can be
// compared.
func (l *linter) contradict(r, other *Rule) string {
	most, least := r.Trigger, other.KeepUntil.Trigger
	if most.base() != least.base() {
		return ""
	}
	const days = 731
	bad := 0
	for i := range days {
		d := day{2027, 1, 1}.plusDays(i)
		gone, _ := l.from(most, d).plus(*r.DeleteAfter)
		kept, _ := l.from(least, d).plus(other.KeepUntil.Period)
		if gone.before(kept) {
			bad++
		}
	}
	switch bad {
	case 0:
		return ""
	case days:
		return "always"
	}
	return "some"
}

// from is the day that a period counts from when the trigger's date is d.
func (l *linter) from(t Trigger, d day) day {
	if t.FiscalYearEnd {
		return l.s.FiscalYearEnd.onOrAfter(d)
	}
	return d
}

// before reports whether d is an earlier day than e.
func (d day) before(e day) bool {
	return cmp.Or(cmp.Compare(d.year, e.year), cmp.Compare(d.month, e.month), cmp.Compare(d.day, e.day)) < 0
}

// earlier reports whether other binds before r on every item that both match,
// so that r never decides: its maximum is later, and it has no minimum of its
// own; or it is a shorter minimum and nothing else.
func earlier(r, other *Rule) bool {
	switch {
	case len(r.Match.Subject) > 0: // it asks when others than those it names are in the item
		return false
	case r.DeleteAfter != nil && r.KeepUntil == nil && other.DeleteAfter != nil:
		// A rule that asks is heard even when another one is earlier.
		return r.Action == ActionErase && other.Action == ActionErase &&
			r.Trigger == other.Trigger && r.Fallback == other.Fallback && r.Waits == other.Waits && shorter(*other.DeleteAfter, *r.DeleteAfter)
	case r.Action == "" && r.KeepUntil != nil && other.KeepUntil != nil:
		return r.KeepUntil.Trigger == other.KeepUntil.Trigger && shorter(r.KeepUntil.Period, other.KeepUntil.Period)
	}
	return false
}

// shorter reports whether p ends before q from whatever day they count.
func shorter(p, q Period) bool {
	return p.months() <= q.months() && p.days() <= q.days() && (p.months() < q.months() || p.days() < q.days())
}

// unnamed finds document types that no rule could be about: every rule asks
// for another type.
func (l *linter) unnamed(types []string) {
	var open []string
	for _, t := range types {
		if !slices.ContainsFunc(l.s.Rules, func(r Rule) bool { return oneOf(r.Match.DocumentType, t) }) {
			open = append(open, t)
		}
	}
	if len(open) > 0 {
		l.warn(Warning{Code: WarnTypesUnnamed, Detail: strings.Join(open, ", "), Count: int64(len(open))})
	}
}

func (l *linter) inventory(seen *Inventory) {
	for i := range l.s.Rules {
		r := &l.s.Rules[i]
		for j, hit := range seen.hits[i] {
			if hit {
				continue
			}
			all := slices.Concat(r.Match.Path, r.Match.Mailbox)
			l.warn(Warning{Code: WarnNoItems, Rule: r.ID, Detail: all[j]})
		}
	}
	for _, t := range slices.Sorted(maps.Keys(seen.types)) {
		l.warn(Warning{Code: WarnTypeWithoutRule, Detail: t, Count: seen.types[t]})
	}
	for _, c := range slices.Sorted(maps.Keys(seen.categories)) {
		l.warn(Warning{Code: WarnCategoryWithoutRule, Detail: c, Count: seen.categories[c]})
	}
}

// Inventory is what the items that there are say of a schedule: which of its
// globs fit any, and what no rule is about. Make one with [NewInventory] and
// show it every item.
type Inventory struct {
	s     *Schedule
	items int64
	// hits are the globs of each rule, paths first, that fit some item.
	hits              [][]bool
	globs             [][]glob         // the same, folded
	types, categories map[string]int64 // items without a rule
}

// NewInventory returns an empty inventory for a schedule.
func NewInventory(s *Schedule) *Inventory {
	inv := &Inventory{s: s, types: map[string]int64{}, categories: map[string]int64{}}
	for i := range s.Rules {
		all := globs(slices.Concat(s.Rules[i].Match.Path, s.Rules[i].Match.Mailbox))
		inv.globs, inv.hits = append(inv.globs, all), append(inv.hits, make([]bool, len(all)))
	}
	return inv
}

// See takes one item in. It keeps nothing of it but counts.
func (inv *Inventory) See(f Facts) {
	inv.items++
	it := newItem(&f)
	ruled := false
	for i := range inv.s.Rules {
		m := &inv.s.Rules[i].Match
		ruled = ruled || m.content(it) && m.place(it) && !m.empty()
		for j, hit := range inv.hits[i] {
			name := it.path
			if j >= len(m.Path) {
				name = it.mailbox
			}
			inv.hits[i][j] = hit || inv.globs[i][j].match(name)
		}
	}
	if ruled {
		return
	}
	if f.DocumentType != "" {
		inv.types[f.DocumentType]++
	}
	for _, c := range f.Categories {
		inv.categories[c]++
	}
}
