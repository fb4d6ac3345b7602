package retention

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"
)

// Change is one difference between two schedules, as data: [Change.English]
// and [Change.Danish] say it in words.
type Change struct {
	// Rule is the id of the rule or entry of the coverage register; "" for
	// what stands at the top.
	Rule string `json:"rule,omitempty"`
	// Key is what changed, as in the file ("delete_after", "match.path"), or
	// "added" or "removed" for the whole of it.
	Key string `json:"key"`
	Old string `json:"old,omitempty"` // as in the file
	New string `json:"new,omitempty"`
}

// What can be added or removed as a whole.
const (
	ChangeAdded   = "added"
	ChangeRemoved = "removed"
)

// Diff says what a new schedule changes, rule by rule in order of id. Comments,
// layout and the order of rules and values are no change.
func Diff(was, is *Schedule) []Change {
	d := &differ{}
	d.key("", "version", was.Version, is.Version)
	d.key("", "effective_from", dateText(was.EffectiveFrom), dateText(is.EffectiveFrom))
	d.key("", fiscalWord, was.FiscalYearEnd.String(), is.FiscalYearEnd.String())
	both(was.Rules, is.Rules, func(r Rule) string { return fold(r.ID) }, func(a, b *Rule) { d.entry(ruleKeys(a), ruleKeys(b)) })
	both(was.Coverage, is.Coverage, func(u Uncovered) string { return fold(u.ID) }, func(a, b *Uncovered) { d.entry(coverageKeys(a), coverageKeys(b)) })
	return d.out
}

type differ struct{ out []Change }

func (d *differ) key(rule, key, was, is string) {
	if was != is {
		d.out = append(d.out, Change{Rule: rule, Key: key, Old: was, New: is})
	}
}

// keys are an entry's id and title, and its keys with their values.
type keys struct {
	id, title string
	list      [][2]string
}

// entry compares two entries of which one may be missing.
func (d *differ) entry(was, is *keys) {
	switch {
	case was == nil:
		d.out = append(d.out, Change{Rule: is.id, Key: ChangeAdded, New: is.title})
	case is == nil:
		d.out = append(d.out, Change{Rule: was.id, Key: ChangeRemoved, Old: was.title})
	default:
		for i := range was.list {
			d.key(is.id, was.list[i][0], was.list[i][1], is.list[i][1])
		}
	}
}

// both calls do for every id in one or both lists, in order.
func both[T any](was, is []T, id func(T) string, do func(a, b *T)) {
	found := map[string][2]*T{}
	var ids []string
	for side, list := range [2][]T{was, is} {
		for i := range list {
			k := id(list[i])
			pair := found[k]
			pair[side] = &list[i]
			found[k] = pair
			ids = append(ids, k)
		}
	}
	slices.Sort(ids)
	for _, k := range slices.Compact(ids) {
		do(found[k][0], found[k][1])
	}
}

// ruleKeys are a rule's keys, in the order of the language; nil for no rule.
func ruleKeys(r *Rule) *keys {
	if r == nil {
		return nil
	}
	h := canonical(r)
	after, minimum, standing := periodText(r.DeleteAfter), "", ""
	if r.DeleteAfter == nil && r.Action != "" {
		after = "none"
	}
	if r.KeepUntil != nil {
		minimum = r.KeepUntil.Period.text() + " (" + r.KeepUntil.Trigger.String() + ")"
	}
	if len(h.Standing) > 0 {
		standing = strings.Join(h.Standing, " ")
	}
	list := [][2]string{{"title", r.Title}, {"basis", r.Basis}, {"conflict", r.Conflict}}
	for i, key := range []string{"source", "source_type", "path", "mailbox", "document_type", "category", "detector", "subject"} {
		list = append(list, [2]string{"match." + key, strings.Join(h.Match[i], ", ")})
	}
	list = append(list, [2]string{"match.camera", strings.Join(h.Camera, ", ")}, [2]string{"trigger", r.Trigger.String()}, [2]string{"fallback", h.Fallback},
		[2]string{"delete_after", after}, [2]string{"keep_until", minimum}, [2]string{"action", string(r.Action)}, [2]string{"standing_approval", standing})
	return &keys{r.ID, r.Title, list}
}

func coverageKeys(u *Uncovered) *keys {
	if u == nil {
		return nil
	}
	return &keys{u.ID, u.System + ": " + u.Title, [][2]string{
		{"system", u.System}, {"title", u.Title}, {"basis", u.Basis}, {"deadline", cmp.Or(u.Deadline, "none")}, {"by", u.By}, {"every", u.Every.text()},
	}}
}

// text is a period in the form in which equal ones are equal: P12M is P1Y.
func (p Period) text() string {
	m, d := p.months(), p.days()
	return Period{Years: m / 12, Months: m % 12, Days: d}.String()
}

func periodText(p *Period) string {
	if p == nil {
		return ""
	}
	return p.text()
}

func dateText(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return enDay(t)
}

// English says the change in a sentence.
func (c Change) English() string {
	switch {
	case c.Key == ChangeAdded:
		return fmt.Sprintf("%s is new: %s.", c.Rule, c.New)
	case c.Key == ChangeRemoved:
		return fmt.Sprintf("%s is gone: %s.", c.Rule, c.Old)
	}
	where := c.Key
	if c.Rule != "" {
		where = c.Rule + ": " + c.Key
	}
	switch {
	case c.Old == "":
		return fmt.Sprintf("%s is now %s; there was none.", where, c.say(c.New, english.period))
	case c.New == "":
		return fmt.Sprintf("%s is no more; it was %s.", where, c.say(c.Old, english.period))
	}
	return fmt.Sprintf("%s is now %s; it was %s.", where, c.say(c.New, english.period), c.say(c.Old, english.period))
}

// Danish says the change in a sentence.
func (c Change) Danish() string {
	switch {
	case c.Key == ChangeAdded:
		return fmt.Sprintf("%s er ny: %s.", c.Rule, c.New)
	case c.Key == ChangeRemoved:
		return fmt.Sprintf("%s er fjernet: %s.", c.Rule, c.Old)
	}
	where := danishKey(c.Key)
	if c.Rule != "" {
		where = c.Rule + ": " + where
	}
	switch {
	case c.Old == "":
		return fmt.Sprintf("%s er nu %s; før var der ingen.", where, c.sayDanish(c.New))
	case c.New == "":
		return fmt.Sprintf("%s er udgået; før %s.", where, c.sayDanish(c.Old))
	}
	return fmt.Sprintf("%s er nu %s; før %s.", where, c.sayDanish(c.New), c.sayDanish(c.Old))
}

// say puts a period into words.
func (c Change) say(value string, period func(string) string) string {
	switch c.Key {
	case "delete_after", "every":
		if _, err := ParsePeriod(value); err == nil {
			return period(value)
		}
	case "keep_until":
		p, rest, _ := strings.Cut(value, " ")
		return period(p) + " " + rest
	}
	return value
}

func (c Change) sayDanish(value string) string {
	switch c.Key {
	case "trigger", "fallback":
		if value == "keep" {
			return "bevar, til hændelsen kendes"
		}
		return daTrigger(value)
	case "action":
		switch Action(value) {
		case ActionErase:
			return "slet"
		case ActionReview:
			return "vurder"
		case ActionReport:
			return "rapportér"
		}
	case "keep_until":
		p, rest, _ := strings.Cut(value, " ")
		return danish.period(p) + " efter " + daTrigger(strings.TrimSuffix(strings.TrimPrefix(rest, "("), ")"))
	}
	if value == "none" {
		return "ingen"
	}
	return c.say(value, danish.period)
}

// danishKey names a key as the DPO's other pages do.
func danishKey(key string) string {
	return cmp.Or(map[string]string{
		"version":             "versionen",
		"effective_from":      "ikrafttrædelsen",
		fiscalWord:            "regnskabsårets slutning",
		"title":               "titlen",
		"basis":               "grundlaget",
		"conflict":            "den noterede modstrid",
		"trigger":             "starttidspunktet",
		"fallback":            "reserve-starttidspunktet",
		"delete_after":        "slettefristen",
		"keep_until":          "minimumsfristen",
		"action":              "handlingen",
		"standing_approval":   "den stående godkendelse",
		"match.source":        "kilden",
		"match.source_type":   "kildetypen",
		"match.path":          "stien",
		"match.mailbox":       "postkassen",
		"match.document_type": "dokumenttypen",
		"match.category":      "kategorien",
		"match.detector":      "detektoren",
		"match.subject":       "de registrerede",
		"match.camera":        "kameraet",
		"system":              "systemet",
		"deadline":            "fristen",
		"by":                  "hvem der kontrollerer",
		"every":               "hvor tit der kontrolleres",
	}[key], key)
}
