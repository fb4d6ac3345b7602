package retention_test

import (
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/sletdk/slet/retention"
)

var update = flag.Bool("update", false, "write the golden files anew")

// at reads a time of the clock in Copenhagen.
func at(s string) time.Time {
	for _, layout := range []string{"2006-01-02 15:04:05", "2006-01-02 15:04", "2006-01-02"} {
		if t, err := time.ParseInLocation(layout, s, retention.Zone()); err == nil {
			return t
		}
	}
	panic("not a time: " + s)
}

func schedule(t testing.TB, rules string) *retention.Schedule {
	t.Helper()
	s, err := retention.ParseSchedule("schedule.yaml", []byte("version: 2026-11-21\nfiscal_year_end: 12-31\nrules:\n"+rules))
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func events(t testing.TB, list ...retention.Event) retention.Events {
	t.Helper()
	ev, err := retention.NewEvents(list)
	if err != nil {
		t.Fatal(err)
	}
	return ev
}

const (
	ruleTV   = "  - {id: FB-17, match: {source_type: [cctv]}, trigger: recorded, delete_after: P30D, action: erase}\n"
	ruleJob  = "  - {id: FB-01, match: {path: ['**/Ansøgninger/**']}, trigger: 'event:afslag', fallback: received, delete_after: P6M, action: erase}\n"
	ruleOld  = "  - {id: OLD, match: {path: ['**']}, trigger: modified, delete_after: P6M, action: erase}\n"
	ruleBog  = "  - {id: DK-BOG, match: {document_type: [faktura]}, keep_until: {trigger: fiscal_year_end(modified), period: P5Y}}\n"
	ruleBog2 = "  - {id: BOG, match: {path: ['Bilag/**']}, trigger: fiscal_year_end(modified), delete_after: P5Y, action: erase}\n"
	ruleHR   = `  - {id: FB-04, match: {path: ["**/Personale/**"]}, trigger: "event:fratraedelse", fallback: none, delete_after: P5Y, keep_until: {trigger: "fiscal_year_end(event:fratraedelse)", period: P5Y}, action: erase}` + "\n"
	ruleLook = "  - {id: SE-1, match: {category: [helbred]}, trigger: modified, delete_after: P1M, action: review}\n"
	ruleLast = `  - {id: FB-16, match: {document_type: [arbejdsskade]}, trigger: "latest(event:fratraedelse, event:afgoerelse, event:skade)", delete_after: P5Y, action: erase}` + "\n"
	ruleWait = "  - {id: FB-07, match: {source_type: [imap]}, trigger: 'event:fratraedelse', fallback: keep, delete_after: P6M, action: erase}\n"
	ruleNone = "  - {id: VS-02, match: {path: ['HR/**']}, delete_after: none, action: report}\n"
)

type goldenCase struct {
	name   string
	rules  string
	facts  retention.Facts
	events []retention.Event
	holds  []retention.Hold
	margin map[string]time.Duration
	now    string
	want   retention.Disposition
	// request: this person asks for erasure.
	request string
}

func (tt goldenCase) decide(t *testing.T) retention.Decision {
	s, ev := schedule(t, tt.rules), events(t, tt.events...)
	s.Margins = tt.margin
	if tt.request != "" {
		return retention.DecideRequest(tt.facts, tt.request, s, ev, tt.holds, at(tt.now))
	}
	return retention.Decide(tt.facts, s, ev, tt.holds, at(tt.now))
}

func goldenCases() []goldenCase {
	left := func(subject, day string) retention.Event {
		return retention.Event{Name: "fratrædelse", Subject: subject, Date: at(day)}
	}
	hr := retention.Facts{Path: "HR/Personale/sag.docx", Modified: at("2019-05-01"), Subjects: []string{"p1"}}
	old := retention.Facts{Path: "Fælles/a.txt", Modified: at("2026-01-31 10:30"), DocumentType: "brev"}
	bilag := retention.Facts{Path: "Bilag/1.pdf", Modified: at("2020-01-15 09:00"), DocumentType: "faktura"}
	with := func(f retention.Facts, change func(*retention.Facts)) retention.Facts { change(&f); return f }
	margin := map[string]time.Duration{"cctv": 12 * time.Hour}
	injury := retention.Facts{Path: "HR/skade.pdf", DocumentType: "arbejdsskade", Subjects: []string{"p1"}}
	mail := retention.Facts{SourceType: "imap", Mailbox: "ane@x.dk", Path: "INBOX", Modified: at("2015-05-01"), Received: at("2015-05-01")}
	tv := retention.Facts{SourceType: "cctv", Path: "kam1/x.mp4", Recorded: at("2026-10-01 14:00:05")}
	return append(registerCases(hr, old, bilag), []goldenCase{
		{name: "cctv_runs", rules: ruleTV, facts: tv, now: "2026-10-31 14:00:04", want: retention.Keep},
		{name: "cctv_due", rules: ruleTV, facts: tv, now: "2026-10-31 14:00:05", want: retention.Due},
		{name: "cctv_margin_runs", rules: ruleTV, margin: margin, facts: tv, now: "2026-10-31 02:00:04", want: retention.Keep},
		{name: "cctv_margin", rules: ruleTV, margin: margin, facts: tv, now: "2026-10-31 02:00:05", want: retention.Due},
		{name: "cctv_margin_elsewhere", rules: ruleOld, margin: margin, facts: old, now: "2026-07-31 10:29:59", want: retention.Keep},
		{name: "cctv_margin_minimum", rules: ruleTV + "  - {id: MIN, match: {source_type: [cctv]}, keep_until: {trigger: recorded, period: P30D}}\n", margin: margin, facts: tv, now: "2026-10-31 14:00:04", want: retention.Keep},
		{name: "cctv_margin_review", rules: ruleTV + "  - {id: LOOK, match: {source_type: [cctv]}, trigger: recorded, delete_after: P30D, action: review}\n", margin: margin, facts: tv, now: "2026-10-31 02:00:05", want: retention.Review},
		{name: "cctv_margin_short", rules: "  - {id: DAY, match: {camera: [KAM*]}, trigger: recorded, delete_after: P1D, action: erase}\n", margin: margin, facts: with(tv, func(f *retention.Facts) { f.Camera = "kam1" }), now: "2026-10-02 11:36:04", want: retention.Keep},
		{name: "cctv_doubt", rules: ruleTV, facts: with(tv, func(f *retention.Facts) { f.Doubt = "name 2026-10-01, container 2020-01-01" }), now: "2026-11-22", want: retention.Review},
		{name: "no_rule", rules: ruleTV, facts: old, now: "2026-11-21", want: retention.NoRule},
		{name: "month_end", rules: ruleOld, facts: with(old, func(f *retention.Facts) { f.Modified = at("2025-08-31 12:00") }), now: "2026-02-28 12:00", want: retention.Due},
		{name: "dst_gap", rules: "  - {id: DST, match: {path: ['**']}, trigger: modified, delete_after: P1D, action: erase}\n", facts: with(old, func(f *retention.Facts) { f.Modified = at("2026-03-28 02:30") }), now: "2026-03-29 03:29:59", want: retention.Keep},
		{name: "dst_twice", rules: "  - {id: DST, match: {path: ['**']}, trigger: modified, delete_after: P1D, action: erase}\n", facts: with(old, func(f *retention.Facts) { f.Modified = at("2026-10-24 02:30") }), now: "2026-10-25 02:29:59", want: retention.Keep},
		{name: "fiscal_year_kept", rules: ruleBog2, facts: bilag, now: "2025-12-31 23:59:59", want: retention.Keep},
		{name: "fiscal_year_due", rules: ruleBog2, facts: bilag, now: "2026-01-01 00:00", want: retention.Due},
		{name: "minimum_wins", rules: ruleOld + ruleBog, facts: bilag, now: "2025-01-01", want: retention.Conflict},
		{name: "minimum_passed", rules: ruleOld + ruleBog, facts: bilag, now: "2026-01-01", want: retention.Due},
		{name: "minimum_alone_runs", rules: ruleBog, facts: bilag, now: "2025-01-01", want: retention.Keep},
		{name: "minimum_alone_passed", rules: ruleBog, facts: bilag, now: "2026-01-01", want: retention.Review},
		{name: "event_unknown", rules: ruleHR, facts: hr, now: "2026-11-21", want: retention.Review},
		{name: "event_conflict", rules: ruleHR, facts: hr, events: []retention.Event{left("p1", "2020-03-31")}, now: "2025-06-01", want: retention.Conflict},
		{name: "event_due", rules: ruleHR, facts: hr, events: []retention.Event{left("p1", "2018-03-31"), left("p1", "2020-03-31")}, now: "2026-01-01", want: retention.Due},
		{name: "event_of_one_of_two", rules: ruleHR, facts: with(hr, func(f *retention.Facts) { f.Subjects = []string{"p1", "p2"} }), events: []retention.Event{left("p1", "2010-03-31")}, now: "2026-01-01", want: retention.Review},
		{name: "event_of_both", rules: ruleHR, facts: with(hr, func(f *retention.Facts) { f.Subjects = []string{"p1", "p2"} }), events: []retention.Event{left("p1", "2010-03-31"), left("p2", "2024-02-29")}, now: "2026-01-01", want: retention.Conflict},
		{name: "event_of_place", rules: ruleHR, facts: hr, events: []retention.Event{{Name: "fratraedelse", Path: "hr/PERSONALE/**", Date: at("2019-06-30")}}, now: "2026-01-01", want: retention.Due},
		{name: "latest_due", rules: ruleLast, facts: injury, events: []retention.Event{left("p1", "2018-03-31"), {Name: "skade", Subject: "p1", Date: at("2017-01-05")}, {Name: "afgørelse", Path: "HR/**", Date: at("2020-06-30")}}, now: "2025-07-01", want: retention.Due},
		{name: "latest_runs", rules: ruleLast, facts: injury, events: []retention.Event{left("p1", "2018-03-31"), {Name: "afgørelse", Subject: "p1", Date: at("2020-06-30")}}, now: "2025-06-30 23:59", want: retention.Keep},
		{name: "latest_none_known", rules: ruleLast, facts: injury, events: []retention.Event{left("p2", "2018-03-31")}, now: "2025-07-01", want: retention.Review},
		{name: "waits", rules: ruleWait, facts: mail, events: []retention.Event{{Name: "fratraedelse", Mailbox: "bo@x.dk", Date: at("2010-01-01")}}, now: "2025-07-01", want: retention.Keep},
		{name: "waits_no_more", rules: ruleWait, facts: mail, events: []retention.Event{{Name: "fratraedelse", Mailbox: "ANE@x.dk", Date: at("2024-12-31")}}, now: "2025-07-01", want: retention.Due},
		{name: "waits_other_rule_due", rules: ruleWait + ruleOld, facts: mail, now: "2025-07-01", want: retention.Due},
		{name: "waits_minimum_passed", rules: ruleWait + ruleBog, facts: with(mail, func(f *retention.Facts) { f.DocumentType = "faktura" }), now: "2025-07-01", want: retention.Keep},
		{name: "fallback", rules: ruleJob, facts: retention.Facts{Path: "HR/ANSØGNINGER/cv.pdf", Received: at("2026-01-02 08:00")}, now: "2026-07-02 08:00", want: retention.Due},
		{name: "fallback_unknown_too", rules: ruleJob, facts: retention.Facts{Path: "HR/Ansøgninger/cv.pdf"}, now: "2026-07-02 08:00", want: retention.Review},
		{name: "date_1980", rules: ruleOld, facts: with(old, func(f *retention.Facts) { f.Modified = at("1980-01-01 00:00") }), now: "2026-11-21", want: retention.Review},
		{name: "date_future", rules: ruleOld, facts: old, now: "2026-01-30 10:29:59", want: retention.Review},
		{name: "review_beats_erase", rules: ruleOld + ruleLook, facts: with(old, func(f *retention.Facts) { f.Categories = []string{"cpr", "helbred"} }), now: "2026-11-21", want: retention.Review},
		{name: "no_deadline", rules: ruleNone, facts: hr, now: "2026-11-21", want: retention.Review},
		{name: "gaps_minimum", rules: ruleOld + ruleBog, facts: with(old, func(f *retention.Facts) { f.Gaps = 2 }), now: "2026-11-21", want: retention.Review},
		{name: "gaps_elsewhere", rules: ruleOld + ruleTV, facts: with(old, func(f *retention.Facts) { f.Gaps = 2 }), now: "2026-11-21", want: retention.Due},
		{name: "gaps_held_person", rules: ruleOld, facts: with(old, func(f *retention.Facts) { f.Gaps = 1 }), holds: []retention.Hold{{ID: "H-2", Subject: "p9"}}, now: "2026-11-21", want: retention.Review},
		{name: "held", rules: ruleOld, facts: old, holds: []retention.Hold{{ID: "H-1", Path: "fælles", Review: at("2027-05-01")}}, now: "2026-11-21", want: retention.Held},
		{name: "held_overdue", rules: ruleOld, facts: old, holds: []retention.Hold{{ID: "H-1", Review: at("2026-05-01")}}, now: "2026-11-21", want: retention.Held},
		{name: "hold_released", rules: ruleOld, facts: old, holds: []retention.Hold{{ID: "H-1", Released: at("2026-11-20")}}, now: "2026-11-21", want: retention.Due},
		{name: "longest_minimum", rules: ruleBog + "  - {id: LONG, match: {path: ['**']}, keep_until: {trigger: created, period: P1Y6M}}\n", facts: with(bilag, func(f *retention.Facts) { f.Created = at("2024-08-31 12:00") }), now: "2026-02-28 11:59", want: retention.Keep},
		{name: "not_in_force", rules: ruleOld + "effective_from: 2027-01-01\n", facts: old, now: "2026-12-31 23:59", want: retention.Keep},
		{name: "in_force", rules: ruleOld + "effective_from: 2027-01-01\n", facts: old, now: "2027-01-01 00:00", want: retention.Due},
		{name: "gaps_content_rule", rules: "  - {id: CV, match: {document_type: [cv]}, trigger: modified, delete_after: P1M, action: erase}\n", facts: with(old, func(f *retention.Facts) { f.DocumentType, f.Gaps = "cv", 1 }), now: "2026-11-21", want: retention.Review},
		{name: "gaps_person_event", rules: ruleHR, facts: with(hr, func(f *retention.Facts) { f.Gaps = 1 }), events: []retention.Event{left("p1", "2010-03-31")}, now: "2026-11-21", want: retention.Review},
		{name: "gaps_later_person", rules: ruleHR, facts: with(hr, func(f *retention.Facts) { f.Gaps = 1 }), events: []retention.Event{{Name: "fratraedelse", Path: "HR/**", Date: at("2010-06-30")}, left("p9", "2026-03-31")}, now: "2026-11-21", want: retention.Review},
		{name: "one_of_two_named", rules: "  - {id: S, match: {subject: [p1]}, trigger: modified, delete_after: P1D, action: erase}\n", facts: with(old, func(f *retention.Facts) { f.Subjects = []string{"p1", "p2"} }), now: "2026-11-21", want: retention.Review},
	}...)
}

// TestGolden holds the decisions, and every sentence of their reasons, to the
// files in testdata. Run with -update to write them anew, and read the diff.
func TestGolden(t *testing.T) {
	for _, tt := range goldenCases() {
		t.Run(tt.name, func(t *testing.T) {
			d := tt.decide(t)
			if d.Disposition != tt.want {
				t.Errorf("disposition %s, want %s", d.Disposition, tt.want)
			}
			got := describe(tt.now, d)
			file := filepath.Join("testdata", tt.name+".golden")
			if *update {
				if err := os.WriteFile(file, []byte(got), 0o644); err != nil {
					t.Fatal(err)
				}
			}
			want, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(string(want), got); diff != "" {
				t.Errorf("(-want +got)\n%s", diff)
			}
			roundTrip(t, d.Reasons)
		})
	}
}

// TestGoldenFiles: no golden file is left over from a case that is gone.
func TestGoldenFiles(t *testing.T) {
	files, err := filepath.Glob("testdata/*.golden")
	if err != nil || len(files) != len(goldenCases()) {
		t.Errorf("%d golden files for %d cases (%v)", len(files), len(goldenCases()), err)
	}
}

// TestGoldenCodes: every code of a reason is in some golden file, so that
// every sentence has been read by somebody.
func TestGoldenCodes(t *testing.T) {
	seen := map[retention.Code]bool{}
	for _, tt := range goldenCases() {
		for _, r := range tt.decide(t).Reasons {
			seen[r.Code] = true
		}
	}
	for _, c := range retention.Codes() {
		if !seen[c] {
			t.Errorf("no golden case shows the reason %s", c)
		}
		r := retention.Reason{Code: c}
		if r.English() == string(c) || r.Danish() == string(c) {
			t.Errorf("%s has no sentence", c)
		}
	}
}

func describe(now string, d retention.Decision) string {
	var b strings.Builder
	line := func(name, value string) {
		if value != "" {
			fmt.Fprintf(&b, "%-12s %s\n", name, value)
		}
	}
	stamp := func(t time.Time) string {
		if t.IsZero() {
			return ""
		}
		return t.Format(time.RFC3339)
	}
	line("now", now)
	line("disposition", string(d.Disposition))
	line("rule", d.Rule)
	line("action", string(d.Action))
	line("trigger", d.Trigger)
	line("trigger date", stamp(d.TriggerDate))
	line("due", stamp(d.Due))
	line("keep until", stamp(d.KeepUntil))
	line("hold", d.Hold)
	for _, r := range d.Reasons {
		fmt.Fprintf(&b, "\n%s\n  %s\n  %s\n", r.Code, r.English(), r.Danish())
	}
	return b.String()
}

// roundTrip sends reasons through JSON.
func roundTrip(t *testing.T, reasons []retention.Reason) {
	t.Helper()
	b, err := json.Marshal(reasons)
	if err != nil {
		t.Fatal(err)
	}
	var back []retention.Reason
	if err := json.Unmarshal(b, &back); err != nil {
		t.Fatal(err)
	}
	if !reflect.DeepEqual(back, reasons) {
		t.Errorf("reasons changed in JSON: %s\nwas  %#v\nis   %#v", b, reasons, back)
	}
}
