package retention_test

import (
	"errors"
	"testing"
	"time"

	"github.com/sletdk/slet/retention"
)

// registerCases are golden cases of the event register, archive locks and
// requests for erasure.
func registerCases(hr, old, bilag retention.Facts) []goldenCase {
	with := func(f retention.Facts, change func(*retention.Facts)) retention.Facts { change(&f); return f }
	left := func(e retention.Event) []retention.Event {
		e.Name, e.Date = "fratraedelse", at("2019-06-30")
		return []retention.Event{e}
	}
	lock := retention.Hold{ID: "A-1", Path: "Fælles/**", Archive: true}
	delivered := lock
	delivered.Delivered = at("2026-01-30")
	named := with(hr, func(f *retention.Facts) { f.Subjects, f.Names = nil, []string{"n1"} })
	return []goldenCase{
		{name: "event_named", rules: ruleHR, facts: hr, events: left(retention.Event{ID: "E-1", Subject: "p1"}), now: "2026-01-01", want: retention.Due},
		{name: "event_case", rules: ruleHR, facts: with(hr, func(f *retention.Facts) { f.Path = "HR/Personale/Sag 2019-042/x.docx" }), events: left(retention.Event{Case: "2019-042"}), now: "2026-01-01", want: retention.Due},
		{name: "event_part_of_case", rules: ruleHR, facts: with(hr, func(f *retention.Facts) { f.Path = "HR/Personale/Sag 2019-042-7/x.docx" }), events: left(retention.Event{Case: "2019-042"}), now: "2026-01-01", want: retention.Review},
		{name: "event_name_and_folder", rules: ruleHR, facts: named, events: left(retention.Event{Person: "n1", Path: "HR/**"}), now: "2026-01-01", want: retention.Due},
		{name: "event_name_elsewhere", rules: ruleHR, facts: named, events: left(retention.Event{Person: "n1", Path: "Salg/**"}), now: "2026-01-01", want: retention.Review},
		{name: "event_other_name_too", rules: ruleHR, facts: with(named, func(f *retention.Facts) { f.Names = []string{"n1", "n2"} }), events: left(retention.Event{Person: "n1", Path: "HR/**"}), now: "2026-01-01", want: retention.Review},
		{name: "event_name_and_other_number", rules: ruleHR, facts: with(named, func(f *retention.Facts) { f.Subjects = []string{"p9"} }), events: left(retention.Event{Person: "n1", Path: "HR/**"}), now: "2026-01-01", want: retention.Review},
		{name: "event_names_cut", rules: ruleHR, facts: with(named, func(f *retention.Facts) { f.NamesCut = true }), events: left(retention.Event{Person: "n1", Path: "HR/**"}), now: "2026-01-01", want: retention.Review},

		{name: "archive_lock", rules: ruleOld, facts: old, holds: []retention.Hold{lock}, now: "2026-11-21", want: retention.Held},
		{name: "archive_delivered", rules: ruleOld, facts: with(old, func(f *retention.Facts) { f.Modified = at("2026-01-30 23:59") }), holds: []retention.Hold{delivered}, now: "2026-11-21", want: retention.Due},
		{name: "archive_newer", rules: ruleOld, facts: old, holds: []retention.Hold{delivered}, now: "2026-11-21", want: retention.Held},
		{name: "archive_no_date", rules: ruleOld, facts: with(old, func(f *retention.Facts) { f.Modified = time.Time{} }), holds: []retention.Hold{delivered}, now: "2026-11-21", want: retention.Held},

		{name: "request", rules: ruleOld, facts: with(old, func(f *retention.Facts) { f.Subjects = []string{"p1"} }), request: "p1", now: "2026-02-01", want: retention.Due},
		{name: "request_others", rules: ruleOld, facts: with(old, func(f *retention.Facts) { f.Subjects = []string{"p1", "p2"} }), request: "p1", now: "2026-02-01", want: retention.Review},
		{name: "request_nobody", rules: ruleOld, facts: old, request: "p1", now: "2026-02-01", want: retention.Review},
		{name: "request_gaps", rules: ruleOld, facts: with(old, func(f *retention.Facts) { f.Subjects, f.Gaps = []string{"p1"}, 1 }), request: "p1", now: "2026-02-01", want: retention.Review},
		{name: "request_minimum", rules: ruleBog, facts: with(bilag, func(f *retention.Facts) { f.Subjects = []string{"p1"} }), request: "p1", now: "2025-12-31 23:59", want: retention.Keep},
		{name: "request_minimum_passed", rules: ruleBog, facts: with(bilag, func(f *retention.Facts) { f.Subjects = []string{"p1"} }), request: "p1", now: "2026-01-01 00:00", want: retention.Due},
		{name: "request_minimum_unknown", rules: ruleHR, facts: hr, request: "p1", now: "2026-02-01", want: retention.Review},
		{name: "request_minimum_doubt", rules: ruleBog, facts: with(bilag, func(f *retention.Facts) { f.Subjects, f.Doubt = []string{"p1"}, "to datoer" }), request: "p1", now: "2026-01-01 00:00", want: retention.Review},
		{name: "request_held", rules: ruleOld, facts: with(old, func(f *retention.Facts) { f.Subjects = []string{"p1"} }), holds: []retention.Hold{lock}, request: "p1", now: "2026-02-01", want: retention.Held},
	}
}

// TestHoldConditions: all conditions that are given must fit, and each of them
// errs on the side of keeping.
func TestHoldConditions(t *testing.T) {
	item := retention.Facts{
		Source: "arkiv", Path: "Sager/2024-001_Hansen/brev.docx", Mailbox: "anna@example.dk",
		Subjects: []string{"p1"}, DocumentType: "mus", Modified: at("2020-01-01"),
	}
	tests := map[string]struct {
		hold retention.Hold
		want bool
	}{
		"mailbox":           {retention.Hold{Mailbox: "Anna@example.dk"}, true},
		"mailbox glob":      {retention.Hold{Mailbox: "*@example.dk"}, true},
		"other mailbox":     {retention.Hold{Mailbox: "bo@example.dk"}, false},
		"case":              {retention.Hold{Case: "2024-001"}, true},
		"case written else": {retention.Hold{Case: "2024/001"}, true},
		"other case":        {retention.Hold{Case: "2024-0012"}, false},
		"part of a number":  {retention.Hold{Case: "24-001"}, false},
		"document type":     {retention.Hold{DocumentType: "mus"}, true},
		"other type":        {retention.Hold{DocumentType: "cv"}, false},
		"person":            {retention.Hold{Subject: "p1", Case: "2024-001"}, true},
		"other person":      {retention.Hold{Subject: "p2", Case: "2024-001"}, false},
	}
	s := schedule(t, ruleOld)
	for name, tt := range tests {
		tt.hold.ID, tt.hold.Restrict = "H-1", true
		d := retention.Decide(item, s, nil, []retention.Hold{tt.hold}, at("2026-11-21"))
		if got := d.Disposition == retention.Held; got != tt.want || d.Restricted != tt.want {
			t.Errorf("%s: %s restricted %t, want held %t", name, d.Disposition, d.Restricted, tt.want)
		}
	}
}

// TestGapsAndDocumentType: what could not be examined may be of the type that
// a lock keeps.
func TestGapsAndDocumentType(t *testing.T) {
	f := retention.Facts{Path: "a", Modified: at("2020-01-01"), Gaps: 1}
	lock := retention.Hold{ID: "A-1", Archive: true, DocumentType: "mus"}
	if d := retention.Decide(f, schedule(t, ruleOld), nil, []retention.Hold{lock}, at("2026-11-21")); d.Disposition != retention.Review {
		t.Errorf("disposition %s, want review", d.Disposition)
	}
}

// TestSelectors: an event that would be about everything, or about somebody of
// the same name, is refused.
func TestSelectors(t *testing.T) {
	bad := map[string]struct {
		event retention.Event
		want  error
	}{
		"none":           {retention.Event{}, retention.ErrEmptySelector},
		"only a source":  {retention.Event{Source: "arkiv"}, retention.ErrEmptySelector},
		"a name alone":   {retention.Event{Person: "n1"}, retention.ErrEmptySelector},
		"name, mailbox":  {retention.Event{Person: "n1", Mailbox: "a@b.dk"}, retention.ErrEmptySelector},
		"every path":     {retention.Event{Path: "**"}, retention.ErrBroadSelector},
		"every path 2":   {retention.Event{Path: "*/**"}, retention.ErrBroadSelector},
		"every path 3":   {retention.Event{Path: "{a,**}"}, retention.ErrBroadSelector},
		"every file":     {retention.Event{Path: "**/*.*"}, retention.ErrBroadSelector},
		"every mailbox":  {retention.Event{Mailbox: "*"}, retention.ErrBroadSelector},
		"short case":     {retention.Event{Case: "12"}, retention.ErrBroadSelector},
		"case of a word": {retention.Event{Case: "sager"}, retention.ErrBroadSelector},
	}
	for name, tt := range bad {
		tt.event.Name, tt.event.Date = "afslag", at("2020-01-01")
		if _, err := retention.NewEvents([]retention.Event{tt.event}); !errors.Is(err, tt.want) {
			t.Errorf("%s: %v, want %v", name, err, tt.want)
		}
	}
}

// TestEventsHash: the order and the ids mean nothing, everything else does.
func TestEventsHash(t *testing.T) {
	a := retention.Event{ID: "1", Name: "afslag", Date: at("2020-01-01"), Subject: "p1"}
	b := retention.Event{ID: "2", Name: "afslag", Date: at("2020-01-02"), Path: "HR/**"}
	same, renamed := events(t, a, b).Hash(), a
	renamed.ID = "9"
	if got := events(t, b, renamed).Hash(); got != same {
		t.Error("order or id changes the hash")
	}
	for i, change := range []func(*retention.Event){
		func(e *retention.Event) { e.Name = "fratraedelse" },
		func(e *retention.Event) { e.Date = at("2020-01-03") },
		func(e *retention.Event) { e.Subject = "p2" },
		func(e *retention.Event) { e.Source = "arkiv" },
		func(e *retention.Event) { e.Mailbox = "a@b.dk" },
		func(e *retention.Event) { e.Path = "HR/a" },
		func(e *retention.Event) { e.Case = "2020-001" },
		func(e *retention.Event) { e.Person = "n1" },
	} {
		other := a
		change(&other)
		if events(t, other, b).Hash() == same {
			t.Errorf("change %d does not change the hash", i)
		}
	}
	if events(t, a).Hash() == same {
		t.Error("an event less does not change the hash")
	}
}
