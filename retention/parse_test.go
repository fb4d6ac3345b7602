package retention_test

import (
	"errors"
	"os"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/sletdk/slet/retention"
)

const head = "version: 2026-11-21\nfiscal_year_end: 12-31\nrules:\n"

// TestBadSchedules: what is wrong is said in one line each: file:line, rule,
// key, and what was expected.
func TestBadSchedules(t *testing.T) {
	good := "  - id: R\n    match: {path: ['**']}\n    trigger: modified\n    delete_after: P5Y\n    action: erase\n"
	with := func(old, new string) string { return head + strings.Replace(good, old, new, 1) }
	tests := []struct{ name, in, want string }{
		{"empty", "", `s.yaml: the file is empty`},
		{"not yaml", "version: [1\nrules: []\n", `s.yaml:2: not valid YAML: did not find expected ',' or ']'; look at what begins here, and at how it is indented`},
		{"two documents", head + good + "---\na: 1\n", `s.yaml:9: a second document begins here (---); one is expected`},
		{"list", "- a\n", `s.yaml:1: expected keys (version, effective_from, fiscal_year_end, rules, coverage), found a list`},
		{"no version", "rules: []\n", `s.yaml:1: the key "version" is missing; expected such as a date`},
		{"version blank", "version: a b\nrules: []\n", `s.yaml:1: version: expected a version such as 2026-11-21 (no blanks, at most 64 bytes), found "a b"`},
		{"no rules", "version: 1\n", `s.yaml:1: the key "rules" is missing; expected a list of rules`},
		{"rules null", "version: 1\nrules:\n", `s.yaml:2: rules: has no value; leave the key out or give it one`},
		{"rules text", "version: 1\nrules: none\n", `s.yaml:2: rules: expected a list of rules (- id: …), found "none"`},
		{"rule text", head + "  - R\n", `s.yaml:4: rule 1: expected keys (id, title, basis, conflict, match, trigger, fallback, delete_after, keep_until, action, standing_approval), found "R"`},
		{"effective from", "version: 1\neffective_from: tomorrow\nrules: []\n", `s.yaml:2: effective_from: "tomorrow" is not a date; expected one such as 2026-11-21`},
		{"fiscal year", "version: 1\nfiscal_year_end: 31-12\nrules: []\n", `s.yaml:2: fiscal_year_end: "31-12" is not a day of the year; expected MM-DD, such as 12-31`},
		{"unknown key", with("delete_after", "delete_aftr"), `s.yaml:7: rule 1: unknown key "delete_aftr", did you mean "delete_after"?
s.yaml:6: rule R: trigger: means nothing without delete_after
s.yaml:8: rule R: action: means nothing without delete_after
s.yaml:4: rule R: no deadline: expected delete_after (must be gone by then), keep_until (must be kept until then) or both; delete_after: none if nobody has set one yet`},
		{"nothing near", with("trigger: modified", "trigger: modified\n    colour: red"), `s.yaml:7: rule 1: unknown key "colour"; the keys here are id, title, basis, conflict, match, trigger, fallback, delete_after, keep_until, action, standing_approval`},
		{"twice", with("trigger: modified", "trigger: modified\n    trigger: created"), `s.yaml:7: rule 1: the key "trigger" is here a second time (first in line 6)`},
		{"keep without an event", with("trigger: modified", "trigger: modified\n    fallback: keep"), `s.yaml:7: rule R: fallback: keep waits for an event, and modified is none; expected another trigger, or none`},
		{"latest of one", with("trigger: modified", "trigger: latest(event:a)"), `s.yaml:6: rule R: trigger: "latest(event:a)" is not a trigger: latest needs at least two events`},
		{"latest of dates", with("trigger: modified", "trigger: 'latest(event:a, modified)'"), `s.yaml:6: rule R: trigger: "latest(event:a, modified)" is not a trigger: latest takes events, such as latest(event:fraflytning, event:sag_afsluttet)`},
		{"latest twice", with("trigger: modified", "trigger: 'latest(event:å, event:aa)'"), `s.yaml:6: rule R: trigger: "latest(event:å, event:aa)" is not a trigger: it names the event aa twice`},
		{"latest in latest", with("trigger: modified", "trigger: 'latest(event:a, fiscal_year_end(event:b))'"), `s.yaml:6: rule R: trigger: "latest(event:a, fiscal_year_end(event:b))" is not a trigger: latest takes events, such as latest(event:fraflytning, event:sag_afsluttet)`},
		{"latest open", with("trigger: modified", "trigger: 'latest(event:a, event:b'"), `s.yaml:6: rule R: trigger: "latest(event:a, event:b" is not a trigger: the closing ) is missing`},
		{"event with a separator", with("trigger: modified", "trigger: 'event:a|b'"), `s.yaml:6: rule R: trigger: "event:a|b" is not a trigger: "a|b" is not an event's name; expected letters, digits, _ and -, a letter first`},
		{"coverage text", head + good + "coverage: all\n", `s.yaml:9: coverage: expected a list of systems (- id: …), found "all"`},
		{"coverage keys", head + good + "coverage: [{id: C}]\n", `s.yaml:9: coverage C: the key "system" is missing; expected the system's name
s.yaml:9: coverage C: the key "title" is missing; expected which data
s.yaml:9: coverage C: the key "deadline" is missing; expected when they must be gone, in words, or none
s.yaml:9: coverage C: the key "by" is missing; expected who checks by hand`},
		{"coverage unknown key", head + good + "coverage: [{id: C, system: s, title: t, deadline: d, by: b, evry: P1Y}]\n", `s.yaml:9: coverage: unknown key "evry", did you mean "every"?`},
		{"coverage never", head + good + "coverage: [{id: C, system: s, title: t, deadline: d, by: b, every: P0D}]\n", `s.yaml:9: coverage C: every: P0D is no time at all; expected how often, such as P1Y or P6M`},
		{"coverage every", head + good + "coverage: [{id: C, system: s, title: t, deadline: d, by: b, every: yearly}]\n", `s.yaml:9: coverage C: every: "yearly" is not a period (it does not begin with a capital P); expected a period such as P5Y, P6M, P30D or P1Y6M`},
		{"coverage blank", head + good + "coverage: [{id: C, system: '', title: t, deadline: d, by: b}]\n", `s.yaml:9: coverage C: system: expected the system's name, found an empty text`},
		{"coverage id of a rule", head + good + "coverage: [{id: r, system: s, title: t, deadline: d, by: b}]\n", `s.yaml:9: coverage r: the id is taken by a rule or another entry`},
		{"no id", with("id: R", "title: x"), `s.yaml:4: rule 1: the key "id" is missing; expected a short unique name`},
		{"same id", head + good + strings.Replace(good, "id: R", "id: r", 1), `s.yaml:9: rule r: the id is taken by the rule in line 4`},
		{"no match", with("    match: {path: ['**']}\n", ""), `s.yaml:4: rule R: the key "match" is missing; expected what the rule is about`},
		{"match empty", with("{path: ['**']}", "{}"), `s.yaml:5: rule R: match: it is empty and would match everything; expected one of source, source_type, path, mailbox, camera, document_type, category, detector, subject`},
		{"match empty list", with("['**']", "[]"), `s.yaml:5: rule R: match.path: an empty list matches nothing; leave the key out to match all`},
		{"match empty text", with("['**']", "['']"), `s.yaml:5: rule R: match.path: expected globs such as "**/Personale/**", found an empty text`},
		{"match text", with("{path: ['**']}", "{source_type: cctv}"), `s.yaml:5: rule R: match.source_type: expected a list of files, smb, imap, cctv, found "cctv"; write [cctv]`},
		{"match key", with("path:", "paths:"), `s.yaml:5: rule R: match: unknown key "paths", did you mean "path"?`},
		{"source type", with("{path: ['**']}", "{source_type: [cctw]}"), `s.yaml:5: rule R: match.source_type: unknown type "cctw", did you mean "cctv"?; expected files, smb, imap, cctv`},
		{"backslash", with("'**'", `'HR\**'`), `s.yaml:5: rule R: match.path: pattern "HR\\**": write / between folders, not \`},
		{"rooted", with("'**'", `/HR/**`), `s.yaml:5: rule R: match.path: pattern "/HR/**": paths begin below the source's root, leave the first / out`},
		{"folder", with("'**'", `HR/`), `s.yaml:5: rule R: match.path: pattern "HR/": for a folder and all below it write "HR/**"`},
		{"glob", with("'**'", `'[a'`), `s.yaml:5: rule R: match.path: pattern "[a": not a valid glob (an open [ or { ?)`},
		{"trigger", with("modified", "modfied"), `s.yaml:6: rule R: trigger: "modfied" is not a trigger, did you mean "modified"?; expected recorded, received, created, modified, event:NAME, latest(event:NAME, event:NAME) or fiscal_year_end(one of these)`},
		{"trigger list", with("modified", "[modified]"), `s.yaml:6: rule R: trigger: expected recorded, received, created, modified, event:NAME, latest(event:NAME, event:NAME) or fiscal_year_end(one of these), found a list`},
		{"trigger missing", with("    trigger: modified\n", ""), `s.yaml:4: rule R: the key "trigger" is missing; expected recorded, received, created, modified, event:NAME, latest(event:NAME, event:NAME) or fiscal_year_end(one of these)`},
		{"event", with("modified", "'event:'"), `s.yaml:6: rule R: trigger: "event:" is not a trigger: an event needs a name`},
		{"event blank", with("modified", "event:to ord"), `s.yaml:6: rule R: trigger: "event:to ord" is not a trigger: "to ord" is not an event's name; expected letters, digits, _ and -, a letter first`},
		{"fiscal open", with("modified", "fiscal_year_end(modified"), `s.yaml:6: rule R: trigger: "fiscal_year_end(modified" is not a trigger: the closing ) is missing`},
		{"fiscal twice", with("modified", "fiscal_year_end(fiscal_year_end(modified))"), `s.yaml:6: rule R: trigger: "fiscal_year_end(fiscal_year_end(modified))" is not a trigger: fiscal_year_end inside fiscal_year_end`},
		{"fiscal unknown", strings.Replace(with("modified", "fiscal_year_end(modified)"), "fiscal_year_end: 12-31\n", "", 1), `s.yaml:5: fiscal_year_end(…) is used, but the schedule does not say when the fiscal year ends; add fiscal_year_end: 12-31 at the top`},
		{"fallback same", with("trigger: modified", "trigger: modified\n    fallback: modified"), `s.yaml:7: rule R: fallback: it is the trigger itself; expected another one, or none`},
		{"period", with("P5Y", "5 years"), `s.yaml:7: rule R: delete_after: "5 years" is not a period (it does not begin with a capital P); expected a period such as P5Y, P6M, P30D or P1Y6M, or none`},
		{"period number", with("P5Y", "30"), `s.yaml:7: rule R: delete_after: "30" is not a period (it does not begin with a capital P); expected a period such as P5Y, P6M, P30D or P1Y6M, or none`},
		{"period hours", with("P5Y", "PT12H"), `s.yaml:7: rule R: delete_after: "PT12H" is not a period (hours and minutes cannot be used); expected a period such as P5Y, P6M, P30D or P1Y6M, or none`},
		{"period bool", with("P5Y", "true"), `s.yaml:7: rule R: delete_after: expected a period such as P5Y, P6M, P30D or P1Y6M, found the truth value true`},
		{"minimum of nothing", with("action", "keep_until: {trigger: created, period: P0D}\n    action"), `s.yaml:8: rule R: keep_until: period: P0D keeps nothing; expected a period such as P5Y, P6M, P30D or P1Y6M`},
		{"minimum text", with("action", "keep_until: P5Y\n    action"), `s.yaml:8: rule R: keep_until: expected keys (trigger, period), found "P5Y"`},
		{"minimum half", with("action", "keep_until: {period: P5Y}\n    action"), `s.yaml:8: rule R: keep_until: the key "trigger" is missing; expected recorded, received, created, modified, event:NAME, latest(event:NAME, event:NAME) or fiscal_year_end(one of these)`},
		{"action", with("erase", "delete"), `s.yaml:8: rule R: action: unknown action "delete"; expected erase, review or report`},
		{"action near", with("erase", "erse"), `s.yaml:8: rule R: action: unknown action "erse", did you mean "erase"?; expected erase, review or report`},
		{"action missing", with("    action: erase\n", ""), `s.yaml:4: rule R: the key "action" is missing; expected erase, review or report`},
		{"none and erase", with("    trigger: modified\n    delete_after: P5Y", "    delete_after: none"), `s.yaml:6: rule R: delete_after: none cannot have the action erase; expected review or report`},
		{"alias", head + "  - &a {id: R, match: {path: ['**']}, trigger: modified, delete_after: P1D, action: erase}\n  - *a\n", `s.yaml:5: rule 2: expected keys (id, title, basis, conflict, match, trigger, fallback, delete_after, keep_until, action, standing_approval), found an alias (*a); write the value out`},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			s, err := retention.ParseSchedule("s.yaml", []byte(tt.in))
			if err == nil {
				t.Fatalf("no error; read as %+v", s)
			}
			if diff := cmp.Diff(tt.want, err.Error()); diff != "" {
				t.Errorf("(-want +got)\n%s", diff)
			}
		})
	}
}

func TestGoodSchedule(t *testing.T) {
	in, err := os.ReadFile("testdata/schedule.yaml")
	if err != nil {
		t.Fatal(err)
	}
	s, err := retention.ParseSchedule("schedule.yaml", in)
	if err != nil {
		t.Fatal(err)
	}
	if len(s.Rules) != 4 || s.Version != "2026-11-21" || s.FiscalYearEnd.String() != "06-30" || !s.EffectiveFrom.Equal(at("2027-01-01")) {
		t.Fatalf("%+v", s)
	}
	hr := s.Rules[1]
	if hr.ID != "FB-04" || hr.Title != "Personalemappe" || hr.Trigger.String() != "event:fratraedelse" || hr.Fallback.String() != "" ||
		hr.DeleteAfter.String() != "P5Y" || hr.KeepUntil.Trigger.String() != "fiscal_year_end(event:fratraedelse)" || hr.KeepUntil.Period.String() != "P5Y" ||
		hr.Action != retention.ActionErase || len(hr.Match.DocumentType) != 3 || hr.Match.Path[0] != "**/Personale/**" {
		t.Errorf("%+v", hr)
	}
}

// TestHash: layout, comments and order mean nothing, everything else does.
func TestHash(t *testing.T) {
	base := `version: 1
fiscal_year_end: 12-31
rules:
  - id: A
    title: T
    basis: B
    match: {source: [s], source_type: [files, smb], path: [a/**, b/**], mailbox: [m], document_type: [d], category: [c], detector: [x], subject: [p]}
    trigger: "event:e"
    fallback: created
    delete_after: P1Y
    keep_until: {trigger: "fiscal_year_end(modified)", period: P5Y}
    action: erase
  - {id: B, match: {path: [q]}, keep_until: {trigger: created, period: P2D}}
`
	parse := func(in string) *retention.Schedule {
		s, err := retention.ParseSchedule("s.yaml", []byte(in))
		if err != nil {
			t.Fatal(err)
		}
		return s
	}
	want := parse(base).Hash()
	same := `# a comment
rules:
- {match: {path: ["q"]}, keep_until: {period: P2D, trigger: created}, id: B} # another
- action: erase
  delete_after: P12M
  keep_until: {period: P5Y, trigger: 'fiscal_year_end( modified )'}
  fallback: created
  trigger: "event:E"
  match: {subject: [p], detector: [x], category: [c], document_type: [d], mailbox: [M], path: [B/**, a/**, a/**], source_type: [smb, files], source: [s]}
  basis: "B"
  title: 'T'
  id: A
fiscal_year_end: "12-31"
version: "1"
`
	if got := parse(same).Hash(); got != want {
		t.Errorf("the same meaning has hashes %s and %s", want, got)
	}
	if len(want) != 64 {
		t.Errorf("hash %q", want)
	}
	// The coverage register decides nothing of any item.
	if got := parse(base + "coverage: [{id: C, system: s, title: t, deadline: d, by: b}]\n").Hash(); got != want {
		t.Error("the coverage register changed the hash, and would end approved plans")
	}
	seen := map[string]string{want: "the original"}
	for _, change := range [][2]string{
		{"version: 1", "version: 2"}, {"12-31", "06-30"}, {"version: 1", "version: 1\neffective_from: 2027-01-01"},
		{"id: A", "id: C"}, {"title: T", "title: U"}, {"basis: B", "basis: C"},
		{"[s]", "[t]"}, {"[files, smb]", "[files]"}, {"a/**, b/**", "a/**"}, {"mailbox: [m]", "mailbox: [n]"}, {"[d]", "[e]"},
		{"[c]", "[k]"}, {"[x]", "[y]"}, {"[p]", "[q]"}, {"category: [c], detector: [x]", "category: [x], detector: [c]"},
		{"event:e", "event:f"}, {"event:e", "fiscal_year_end(event:e)"}, {"fallback: created", "fallback: received"}, {"    fallback: created\n", ""}, {"fallback: created", "fallback: keep"},
		{"event:e", "latest(event:e, event:f)"}, {"title: T", "title: T\n    conflict: C"}, {"title: T", "title: T\n    conflict: D"},
		{"P1Y", "P1M"}, {"P1Y", "P365D"}, {"P1Y", "P0D"}, {"fiscal_year_end(modified)", "modified"}, {"period: P5Y", "period: P6Y"},
		{"    keep_until: {trigger: \"fiscal_year_end(modified)\", period: P5Y}\n", ""}, {"action: erase", "action: review"}, {"action: erase", "action: report"},
		{"  - {id: B, match: {path: [q]}, keep_until: {trigger: created, period: P2D}}\n", ""},
	} {
		in := strings.Replace(base, change[0], change[1], 1)
		h := parse(in).Hash()
		if was, ok := seen[h]; ok {
			t.Errorf("%q -> %q has the hash of %s", change[0], change[1], was)
		}
		seen[h] = change[1]
	}
}

func TestEvents(t *testing.T) {
	day := at("2026-01-01")
	for _, tt := range []struct {
		e    retention.Event
		want string
	}{
		{retention.Event{Name: "afslag", Date: day}, "event 1 (afslag): the event names no subject, mailbox, path or case"},
		{retention.Event{Name: "afslag", Date: day, Source: "s"}, "event 1 (afslag): the event names no subject, mailbox, path or case"},
		{retention.Event{Date: day, Subject: "p"}, "event 1: an event needs a name"},
		{retention.Event{Name: "afslag", Subject: "p"}, "event 1 (afslag): no date"},
		{retention.Event{Name: "afslag", Date: day, Path: "/x"}, `event 1 (afslag): pattern "/x": paths begin below the source's root, leave the first / out`},
	} {
		ev, err := retention.NewEvents([]retention.Event{tt.e})
		if err == nil || err.Error() != tt.want || ev != nil {
			t.Errorf("got %v, want %s", err, tt.want)
		}
	}
	if _, err := retention.NewEvents([]retention.Event{{Name: "x", Date: day}}); !errors.Is(err, retention.ErrEmptySelector) {
		t.Errorf("%v does not wrap ErrEmptySelector", err)
	}
}
