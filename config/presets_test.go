package config_test

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"go.yaml.in/yaml/v3"

	"github.com/sletdk/slet/config"
	"github.com/sletdk/slet/detectors"
	"github.com/sletdk/slet/retention"
)

// presetRow is a row of an organisation's table with an item it is about.
type presetRow struct {
	Row    string
	Item   presetItem
	Events []presetEvent
	Cases  []struct {
		Now       string
		Want      retention.Disposition
		Rule      string
		Due       string
		KeepUntil string `yaml:"keep_until"`
		Reason    retention.Code
	}
}

type presetItem struct {
	Source       string
	SourceType   string `yaml:"source_type"`
	Path         string
	Mailbox      string
	DocumentType string `yaml:"document_type"`
	Categories   []string
	Subjects     []string
	Created      string
	Modified     string
	Received     string
	Recorded     string
}

type presetEvent struct{ Event, Subject, Mailbox, Path, Date string }

// atLocal reads a time of the clock in Copenhagen; "" is no time.
func atLocal(t *testing.T, s string) time.Time {
	t.Helper()
	if s == "" {
		return time.Time{}
	}
	layout := "2006-01-02 15:04"
	at, err := time.ParseInLocation(layout[:min(len(s), len(layout))], s, retention.Zone())
	if err != nil {
		t.Fatal(err)
	}
	return at
}

func (i presetItem) facts(t *testing.T) retention.Facts {
	return retention.Facts{
		Source: i.Source, SourceType: i.SourceType, Path: i.Path, Mailbox: i.Mailbox, DocumentType: i.DocumentType,
		Categories: i.Categories, Subjects: i.Subjects,
		Created: atLocal(t, i.Created), Modified: atLocal(t, i.Modified), Received: atLocal(t, i.Received), Recorded: atLocal(t, i.Recorded),
	}
}

func readRows(t *testing.T, name string) []presetRow {
	t.Helper()
	f, err := os.Open(filepath.Join("testdata", "presets", name+".yaml"))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	dec := yaml.NewDecoder(f)
	dec.KnownFields(true)
	var rows []presetRow
	if err := dec.Decode(&rows); err != nil {
		t.Fatalf("%s: %v", name, err)
	}
	return rows
}

func presets(t testing.TB) map[string]*retention.Schedule {
	t.Helper()
	list, err := config.Presets()
	if err != nil {
		t.Fatal(err)
	}
	out := map[string]*retention.Schedule{}
	for _, p := range list {
		s, err := retention.ParseSchedule(p.Name+".yaml", []byte(p.Text))
		if err != nil {
			t.Fatal(err)
		}
		out[p.Name] = s
	}
	return out
}

// TestPresetTables walks the table of every preset: an item, dates and events
// in; disposition, rule, dates and reason out.
func TestPresetTables(t *testing.T) {
	for name, s := range presets(t) {
		t.Run(name, func(t *testing.T) {
			for _, r := range readRows(t, name) {
				var list []retention.Event
				for _, e := range r.Events {
					list = append(list, retention.Event{Name: e.Event, Subject: e.Subject, Mailbox: e.Mailbox, Path: e.Path, Date: atLocal(t, e.Date)})
				}
				ev, err := retention.NewEvents(list)
				if err != nil {
					t.Fatal(err)
				}
				for _, c := range r.Cases {
					d := retention.Decide(r.Item.facts(t), s, ev, nil, atLocal(t, c.Now))
					hasReason := slices.ContainsFunc(d.Reasons, func(got retention.Reason) bool { return got.Code == c.Reason })
					if d.Disposition != c.Want || d.Rule != c.Rule || !d.Due.Equal(atLocal(t, c.Due)) || c.KeepUntil != "" && !d.KeepUntil.Equal(atLocal(t, c.KeepUntil)) || !hasReason {
						t.Errorf("%s at %s: got %s by %s, due %v, keep until %v; want %s by %s, due %s, keep until %s, reason %s\n%+v", r.Row, c.Now, d.Disposition, d.Rule, d.Due, d.KeepUntil, c.Want, c.Rule, c.Due, c.KeepUntil, c.Reason, d.Reasons)
					}
				}
			}
		})
	}
}

// presetIDs are the rows of the policies and laws that the presets are made
// from: those with a rule, and those that are out of reach.
var presetIDs = map[string]struct{ rules, coverage string }{
	"boligsocialt-sekretariat": {"VS-01 VS-02 VS-03 VS-05 VS-06 VS-07 VS-08 VS-09", "VS-04 VS-10 VS-11"},
	"boligorganisation": {"FB-01 FB-02 FB-03 FB-04 FB-05 FB-06 FB-07 FB-08 FB-09 FB-10 FB-11 FB-12 FB-13 FB-16 FB-17 FB-19 FB-20 FB-21 FB-22 FB-23 FB-24 FB-25 FB-26 FB-27",
		"FB-14 FB-15 FB-18 FB-28"},
	"kommune-personale":      {"AA-01 AA-03 AA-04 AA-05 AA-06 AA-07 AA-09 AA-11 AA-13 AA-14 AA-16 AA-17 AA-18 AA-21 AA-22 AA-D", "AA-02 AA-06 AA-08 AA-10 AA-12 AA-15 AA-19 AA-20"},
	"socialpaedagogisk-fond": {"EK-01 EK-02 EK-03 EK-04 EK-05 EK-09", "EK-06 EK-07 EK-08 EK-10"},
	"kommune-dpo":            {"HE-02 HE-03", "HE-01 HE-04"},
	"dk-tv":                  {"DK-TV", ""}, "dk-bog": {"DK-BOG", ""}, "dk-job": {"DK-JOB", ""},
	"dk-mailkonto": {"DK-MAILKONTO", ""}, "dk-personale": {"DK-PERSONALE", ""}, "dk-mail-foelsom": {"DK-MAIL-FOELSOM", ""},
}

// TestPresetRows: every row has a rule or an entry of the coverage register;
// every rule row is walked by the tables, with an outcome and one before it.
func TestPresetRows(t *testing.T) {
	all := presets(t)
	if len(all) != len(presetIDs) {
		t.Errorf("%d presets, want %d", len(all), len(presetIDs))
	}
	for name, s := range all {
		for id := range strings.FieldsSeq(presetIDs[name].rules) {
			if !slices.ContainsFunc(s.Rules, func(r retention.Rule) bool { return r.ID == id || strings.HasPrefix(r.ID, id+"-") }) {
				t.Errorf("%s: no rule for %s", name, id)
			}
		}
		var coverage []string
		for _, u := range s.Coverage {
			coverage = append(coverage, u.ID)
		}
		if got := strings.Join(coverage, " "); got != presetIDs[name].coverage {
			t.Errorf("%s: the coverage register has %s, want %s", name, got, presetIDs[name].coverage)
		}
		outcomes := map[string]map[retention.Disposition]bool{}
		used := map[string]bool{}
		for _, r := range readRows(t, name) {
			for _, c := range r.Cases {
				if outcomes[r.Row] == nil {
					outcomes[r.Row] = map[retention.Disposition]bool{}
				}
				outcomes[r.Row][c.Want], used[c.Rule] = true, true
			}
		}
		for id := range strings.FieldsSeq(presetIDs[name].rules) {
			o := outcomes[id]
			outcome, before := o[retention.Due] || o[retention.Review], o[retention.Keep] || o[retention.NoRule] || o[retention.Conflict]
			if !outcome || !before {
				t.Errorf("%s: the table shows of %s only %v", name, id, o)
			}
		}
		for _, r := range s.Rules {
			if !used[r.ID] && r.ID != "FB-22" { // which FB-21 says the same of, under an earlier id
				t.Errorf("%s: no case of the table is decided by rule %s", name, r.ID)
			}
			if r.Title == "" || r.Basis == "" {
				t.Errorf("%s: rule %s has no title or no basis", name, r.ID)
			}
		}
	}
}

// TestPresetFindings: what the policies leave open, and where they contradict
// themselves or each other, is shown to the DPO.
func TestPresetFindings(t *testing.T) {
	want := map[string]string{
		"boligsocialt-sekretariat": "no_deadline VS-02, no_deadline VS-09, no_deadline VS-10, no_deadline VS-11",
		"boligorganisation": "no_deadline FB-28, conflict FB-04, conflict FB-16, conflict FB-20, contradiction FB-04 FB-04, " +
			// Five years from the leaving, against five from the end of that fiscal
			// year, wherever both can be about one item.
			"contradiction FB-04 FB-12, contradiction FB-05 FB-04, contradiction FB-05 FB-13, contradiction FB-06 FB-12, contradiction FB-07 FB-12, " +
			"contradiction FB-08 FB-04, contradiction FB-08 FB-13, contradiction FB-09 FB-04, contradiction FB-09 FB-13, contradiction FB-10 FB-12, " +
			"contradiction FB-11 FB-04, contradiction FB-11 FB-13, contradiction FB-19 FB-12",
		"kommune-personale":      "no_deadline AA-06-KOPI, no_deadline AA-10, no_deadline AA-12, no_deadline AA-13, no_deadline AA-16, no_deadline AA-22, no_deadline AA-D-MUS, no_deadline AA-D-SYG, conflict AA-17, contradiction AA-17 AA-14",
		"socialpaedagogisk-fond": "no_deadline EK-09, conflict EK-01, conflict EK-05",
		"kommune-dpo":            "no_deadline HE-02",
	}
	for name, s := range presets(t) {
		var got []string
		for _, w := range retention.Lint(s, retention.Known{DocumentTypes: detectors.DocumentTypes()}, nil) {
			switch {
			case w.ForDPO():
				got = append(got, strings.TrimSpace(string(w.Code)+" "+w.Rule+" "+w.Other))
			case w.Code != retention.WarnTypesUnnamed:
				t.Errorf("%s: %s", name, w.English())
			}
		}
		if text := strings.Join(got, ", "); text != want[name] {
			t.Errorf("%s: got  %s\nwant %s", name, text, want[name])
		}
	}
}
