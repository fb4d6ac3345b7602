package retention

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"go.yaml.in/yaml/v3"
)

// maxScheduleSize is far beyond any schedule; it bounds what a wrong file costs.
const maxScheduleSize = 4 << 20

// ParseSchedule reads a schedule. name is the file's name, for errors.
//
// Reading is strict: an unknown or repeated key, a wrong type, an unknown
// trigger, period or action, an empty match, a rule without a deadline or with
// one that cannot be counted are errors. They are joined, one line each:
// file:line, the rule, the key, and what was expected.
func ParseSchedule(name string, data []byte) (*Schedule, error) {
	if len(data) > maxScheduleSize {
		return nil, fmt.Errorf("%s: %d bytes are too many for a schedule", name, len(data))
	}
	p := &parser{reader: reader{name: name}}
	top, err := p.document(data)
	if err != nil {
		return nil, err
	}
	s := p.schedule(top)
	if err := p.err(); err != nil {
		return nil, err
	}
	return s, nil
}

type parser struct {
	reader
	// fiscal is the first place that needs fiscal_year_end; nil when none does.
	fiscal *yaml.Node
}

func (p *parser) schedule(top *yaml.Node) *Schedule {
	s := &Schedule{}
	f, ok := p.fields(top, "", "version", "effective_from", fiscalWord, "rules", "coverage")
	if !ok {
		return s
	}
	if v := p.required(f, top, "", "version", "such as a date"); v != nil {
		s.Version = p.word(v, "version", "a version such as 2026-11-21")
	}
	if v := f["effective_from"].value; v != nil {
		if text, ok := p.text(v, "effective_from", "a date such as 2026-11-21"); ok {
			t, err := time.Parse(time.DateOnly, text)
			if err != nil {
				p.errorf(v, "effective_from", "%q is not a date; expected one such as 2026-11-21", text)
			}
			y, m, d := t.Date()
			s.EffectiveFrom = day{y, m, d}.start()
		}
	}
	if v := f[fiscalWord].value; v != nil {
		if text, ok := p.text(v, fiscalWord, "MM-DD"); ok {
			md, err := ParseMonthDay(text)
			p.check(v, fiscalWord, err)
			s.FiscalYearEnd = md
		}
	}
	if v := p.required(f, top, "", "rules", "a list of rules"); v != nil {
		s.Rules = p.rules(v)
	}
	if v := f["coverage"].value; v != nil {
		s.Coverage = p.coverage(v, s.Rules)
	}
	if p.fiscal != nil && f[fiscalWord].key == nil {
		p.errorf(p.fiscal, "", "%s(…) is used, but the schedule does not say when the fiscal year ends; add %s: 12-31 at the top", fiscalWord, fiscalWord)
	}
	return s
}

func (p *parser) rules(n *yaml.Node) []Rule {
	if n.Kind != yaml.SequenceNode {
		p.errorf(n, "rules", "expected a list of rules (- id: …), found %s", what(n))
		return nil
	}
	var rules []Rule
	seen := map[string]int{}
	for i, e := range n.Content {
		r := p.rule(e, i)
		rules = append(rules, r)
		key := fold(r.ID)
		if line, dup := seen[key]; dup && key != "" {
			p.errorf(e, "rule "+r.ID, "the id is taken by the rule in line %d", line)
		} else {
			seen[key] = e.Line
		}
	}
	return rules
}

func (p *parser) rule(n *yaml.Node, i int) Rule {
	where := fmt.Sprintf("rule %d", i+1)
	f, ok := p.fields(n, where, "id", "title", "basis", "conflict", "match", "trigger", "fallback", "delete_after", "keep_until", "action", "standing_approval")
	if !ok {
		return Rule{}
	}
	var r Rule
	if v := p.required(f, n, where, "id", "a short unique name"); v != nil {
		if r.ID = p.word(v, where+": id", "an id such as FB-17"); r.ID != "" {
			where = "rule " + r.ID
		}
	}
	if v := f["title"].value; v != nil {
		r.Title, _ = p.text(v, where+": title", "a text")
	}
	if v := f["basis"].value; v != nil {
		r.Basis, _ = p.text(v, where+": basis", "a text")
	}
	if v := f["conflict"].value; v != nil {
		r.Conflict, _ = p.text(v, where+": conflict", "a text")
	}
	if v := p.required(f, n, where, "match", "what the rule is about"); v != nil {
		r.Match = p.match(v, where+": match")
	}
	p.maximum(&r, f, n, where)
	if v := f["keep_until"].value; v != nil {
		r.KeepUntil = p.minimum(v, where+": keep_until")
	}
	if v := f["standing_approval"].value; v != nil {
		p.standing(v, &r, where)
	}
	if f["delete_after"].key == nil && f["keep_until"].key == nil {
		p.errorf(n, where, "no deadline: expected delete_after (must be gone by then), keep_until (must be kept until then) or both; delete_after: none if nobody has set one yet")
	}
	return r
}

// maximum reads delete_after and what belongs to it.
func (p *parser) maximum(r *Rule, f map[string]field, n *yaml.Node, where string) {
	after := f["delete_after"]
	if after.key == nil {
		for _, k := range []string{"trigger", "fallback", "action"} {
			if f[k].key != nil {
				p.errorf(f[k].key, where, "%s: means nothing without delete_after", k)
			}
		}
		return
	}
	if v := p.required(f, n, where, "action", "erase, review or report"); v != nil {
		r.Action = p.action(v, where+": action")
	}
	if after.value == nil {
		return
	}
	text, ok := p.text(after.value, where+": delete_after", periodForm)
	if !ok {
		return
	}
	if text == "none" {
		if r.Action == ActionErase {
			p.errorf(after.value, where, "delete_after: none cannot have the action erase; expected review or report")
		}
		for _, k := range []string{"trigger", "fallback"} {
			if f[k].key != nil {
				p.errorf(f[k].key, where, "%s: means nothing with delete_after: none", k)
			}
		}
		return
	}
	if period, err := ParsePeriod(text); err != nil {
		p.errorf(after.value, where+": delete_after", "%w, or none", err)
	} else {
		r.DeleteAfter = &period
	}
	if v := p.required(f, n, where, "trigger", triggerForm); v != nil {
		r.Trigger = p.trigger(v, where+": trigger")
	}
	if v := f["fallback"].value; v != nil && v.Value == "keep" {
		if r.Waits = true; r.Trigger.Base != baseEvent && r.Trigger.Base != "" {
			p.errorf(v, where+": fallback", "keep waits for an event, and %s is none; expected another trigger, or none", r.Trigger)
		}
	} else if v != nil && v.Value != "none" {
		if r.Fallback = p.trigger(v, where+": fallback"); r.Fallback == r.Trigger && r.Trigger.Base != "" {
			p.errorf(v, where+": fallback", "it is the trigger itself; expected another one, or none")
		}
	}
}

func (p *parser) minimum(n *yaml.Node, where string) *Minimum {
	f, ok := p.fields(n, where, "trigger", "period")
	if !ok {
		return nil
	}
	var m Minimum
	if v := p.required(f, n, where, "trigger", triggerForm); v != nil {
		m.Trigger = p.trigger(v, where+": trigger")
	}
	if v := p.required(f, n, where, "period", periodForm); v != nil {
		if text, ok := p.text(v, where+": period", periodForm); ok {
			period, err := ParsePeriod(text)
			if err == nil && period.months()+period.days() == 0 {
				err = fmt.Errorf("%s keeps nothing; expected %s", text, periodForm)
			}
			p.check(v, where+": period", err)
			m.Period = period
		}
	}
	return &m
}

// sourceTypes are the kinds of storage. A rule may name one that this version
// cannot scan yet.
var sourceTypes = []string{"files", "smb", "imap", "cctv"}

func (p *parser) match(n *yaml.Node, where string) Match {
	var m Match
	lists := []struct {
		key, expected string
		to            *[]string
	}{
		{"source", "sources' names", &m.Source},
		{"source_type", strings.Join(sourceTypes, ", "), &m.SourceType},
		{"path", `globs such as "**/Personale/**"`, &m.Path},
		{"mailbox", "mailboxes or globs", &m.Mailbox},
		{"camera", "cameras or globs", &m.Camera},
		{"document_type", "document types", &m.DocumentType},
		{"category", "categories", &m.Category},
		{"detector", "detectors' names", &m.Detector},
		{"subject", "persons' keyed hashes", &m.Subject},
	}
	var known []string
	for _, l := range lists {
		known = append(known, l.key)
	}
	f, ok := p.fields(n, where, known...)
	if !ok {
		return m
	}
	for _, l := range lists {
		if v := f[l.key].value; v != nil {
			*l.to = p.list(v, where+"."+l.key, l.expected)
		}
	}
	if len(n.Content) == 0 {
		p.errorf(n, where, "it is empty and would match everything; expected one of %s", strings.Join(known, ", "))
	}
	for _, t := range m.SourceType {
		if !slices.Contains(sourceTypes, t) {
			p.errorf(f["source_type"].value, where+".source_type", "unknown type %q%s; expected %s", t, didYouMean(t, sourceTypes), strings.Join(sourceTypes, ", "))
		}
	}
	for key, globs := range map[string][]string{"path": m.Path, "mailbox": m.Mailbox, "camera": m.Camera} {
		for _, g := range globs {
			p.check(f[key].value, where+"."+key, validGlob(g))
		}
	}
	m.path, m.mailbox, m.camera = globs(m.Path), globs(m.Mailbox), globs(m.Camera)
	return m
}

func (p *parser) action(n *yaml.Node, where string) Action {
	text, ok := p.text(n, where, "erase, review or report")
	switch a := Action(text); a {
	case ActionErase, ActionReview, ActionReport:
		return a
	}
	if ok {
		p.errorf(n, where, "unknown action %q%s; expected erase, review or report", text, didYouMean(text, []string{"erase", "review", "report"}))
	}
	return ""
}

func (p *parser) trigger(n *yaml.Node, where string) Trigger {
	text, ok := p.text(n, where, triggerForm)
	if !ok {
		return Trigger{}
	}
	t, err := ParseTrigger(text)
	p.check(n, where, err)
	if t.FiscalYearEnd && p.fiscal == nil {
		p.fiscal = n
	}
	return t
}

// word reads a text that is used as a name: short and without blanks.
func (p *parser) word(n *yaml.Node, where, expected string) string {
	text, ok := p.text(n, where, expected)
	if !ok {
		return ""
	}
	if text == "" || len(text) > 64 || strings.ContainsFunc(text, func(r rune) bool { return r <= ' ' || r == 0x7f }) {
		p.errorf(n, where, "expected %s (no blanks, at most 64 bytes), found %q", expected, text)
		return ""
	}
	return text
}

// required returns a key's value, or records that the key is missing.
func (p *parser) required(f map[string]field, n *yaml.Node, where, key, expected string) *yaml.Node {
	if f[key].key == nil {
		p.errorf(n, where, "the key %q is missing; expected %s", key, expected)
	}
	return f[key].value
}

func (p *parser) check(n *yaml.Node, where string, err error) {
	if err != nil {
		p.errorf(n, where, "%w", err)
	}
}

// Hash is the SHA-256, in hex, of what the schedule means: comments, layout and
// the order of keys, rules and values do not change it, everything else does,
// but for the coverage register: it decides nothing of any item, and who checks
// a system by hand must not end a plan.
func (s *Schedule) Hash() string {
	rules := []canonicalRule{}
	for i := range s.Rules {
		rules = append(rules, canonical(&s.Rules[i]))
	}
	slices.SortStableFunc(rules, func(a, b canonicalRule) int { return strings.Compare(a.ID, b.ID) })
	effective := ""
	if !s.EffectiveFrom.IsZero() {
		effective = s.EffectiveFrom.UTC().Format(time.RFC3339Nano)
	}
	b, err := json.Marshal(struct {
		Format, Version, EffectiveFrom, FiscalYearEnd string
		Rules                                         []canonicalRule
	}{"slet schedule 1", s.Version, effective, s.FiscalYearEnd.String(), rules})
	if err != nil { // strings and numbers only: cannot happen
		panic(errors.Join(errors.New("retention: canonical form"), err))
	}
	sum := sha256.Sum256(b)
	return hex.EncodeToString(sum[:])
}

// canonicalRule is what a rule means, in one form. What was added to the
// language later is left out where it is not used, so that the hash of a
// schedule without it stays as it was.
type canonicalRule struct {
	ID, Title, Basis, Trigger, Fallback, MinTrigger, Action string
	Max, Min                                                *[2]int // months, days
	Match                                                   [8][]string
	Camera                                                  []string `json:",omitempty"`
	Standing                                                []string `json:",omitempty"`
	Conflict                                                string   `json:",omitempty"`
}

func canonical(r *Rule) canonicalRule {
	h := canonicalRule{ID: r.ID, Title: r.Title, Basis: r.Basis, Trigger: r.Trigger.String(),
		Fallback: r.Fallback.String(), Action: string(r.Action), Max: length(r.DeleteAfter), Conflict: r.Conflict}
	if r.Waits {
		h.Fallback = "keep"
	}
	if r.KeepUntil != nil {
		h.MinTrigger, h.Min = r.KeepUntil.Trigger.String(), length(&r.KeepUntil.Period)
	}
	m := r.Match
	for i, l := range [8][]string{m.Source, m.SourceType, foldAll(m.Path), foldAll(m.Mailbox), m.DocumentType, m.Category, m.Detector, m.Subject} {
		h.Match[i] = slices.Compact(slices.Sorted(slices.Values(l)))
	}
	h.Camera = slices.Compact(slices.Sorted(slices.Values(foldAll(m.Camera))))
	if s := r.Standing; s != nil {
		h.Standing = []string{s.By, s.From.Format(time.DateOnly), s.Until.Format(time.DateOnly)}
	}
	return h
}

// length is what a period comes to, so that P1Y and P12M are one.
func length(p *Period) *[2]int {
	if p == nil {
		return nil
	}
	return &[2]int{p.months(), p.days()}
}
