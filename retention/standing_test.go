package retention_test

import (
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"github.com/sletdk/slet/retention"
)

const standingRule = "  - {id: FB-17, match: {source_type: [cctv]}, trigger: recorded, delete_after: P30D, action: erase, standing_approval: {by: Dorte Dam, from: 2026-01-15, until: 2027-01-14}}\n"

func TestStandingHolds(t *testing.T) {
	s := schedule(t, standingRule).Rule("FB-17").Standing
	for at, want := range map[time.Time]bool{
		at("2026-01-14 23:59:59"): false,
		at("2026-01-15 00:00"):    true,
		at("2027-01-14 23:59:59"): true,
		at("2027-01-15 00:00"):    false,
	} {
		if s.Holds(at) != want {
			t.Errorf("in force at %s: %t", at, !want)
		}
	}
	if (*retention.Standing)(nil).Holds(at("2026-06-01")) {
		t.Error("a rule without one is approved")
	}
}

func TestBadStanding(t *testing.T) {
	for name, tt := range map[string]struct{ old, new, want string }{
		"too long":     {"until: 2027-01-14", "until: 2027-01-15", "for a year at most"},
		"backwards":    {"until: 2027-01-14", "until: 2026-01-14", "ends before it begins"},
		"nobody":       {"by: Dorte Dam", "by: ''", "empty text"},
		"no name":      {"by: Dorte Dam, ", "", `the key "by" is missing`},
		"no end":       {", until: 2027-01-14", "", `the key "until" is missing`},
		"no date":      {"2026-01-15", "i dag", "is not a date"},
		"files too":    {"[cctv]", "[cctv, files]", "source_type: [cctv]"},
		"anything":     {"{source_type: [cctv]}", "{path: ['**']}", "source_type: [cctv]"},
		"review":       {"action: erase", "action: review", "action: erase"},
		"unknown word": {"by: Dorte Dam", "by: Dorte Dam, at: noon", "unknown key"},
	} {
		t.Run(name, func(t *testing.T) {
			rule := strings.Replace(standingRule, tt.old, tt.new, 1)
			if rule == standingRule {
				t.Fatal("nothing was replaced")
			}
			_, err := retention.ParseSchedule("s.yaml", []byte("version: 1\nrules:\n"+rule))
			if err == nil || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("got %v, want %q", err, tt.want)
			}
		})
	}
}

// TestStandingIsInTheHash: a standing approval dies with the schedule that it
// stands in, and with any change to the rule.
func TestStandingIsInTheHash(t *testing.T) {
	base := schedule(t, standingRule)
	for name, rule := range map[string]string{
		"none":      ruleTV,
		"by":        strings.Replace(standingRule, "Dorte Dam", "Dorthe Dam", 1),
		"until":     strings.Replace(standingRule, "2027-01-14", "2027-01-13", 1),
		"the rule":  strings.Replace(standingRule, "P30D", "P29D", 1),
		"cameras":   strings.Replace(standingRule, "source_type: [cctv]", "source_type: [cctv], camera: [kam1]", 1),
		"from when": strings.Replace(standingRule, "2026-01-15", "2026-01-16", 1),
	} {
		s := schedule(t, rule)
		if s.Hash() == base.Hash() || s.Rules[0].Hash() == base.Rules[0].Hash() {
			t.Errorf("%s: the hash is the same", name)
		}
	}
}

// TestRecordedBefore: nothing recorded after the moment is ever due.
func TestRecordedBefore(t *testing.T) {
	bounded := 0
	each(t, func(t *testing.T, _ *rand.Rand, w world, d retention.Decision) {
		w.facts.SourceType = "cctv"
		before := w.schedule.RecordedBefore(w.now)
		if before.IsZero() || w.facts.Recorded.IsZero() {
			return
		}
		bounded++
		if d := w.decide(t); d.Disposition == retention.Due && w.facts.Recorded.After(before) {
			t.Errorf("due at %s, recorded at %s, after %s", w.now, w.facts.Recorded, before)
		}
	})
	if bounded < 100 {
		t.Errorf("only %d worlds have a bound", bounded)
	}
}

func TestDuties(t *testing.T) {
	h := retention.Hold{ID: "H", Camera: "kam1", From: at("2026-06-01 12:00"), Created: at("2026-06-03"), Ground: retention.GroundDispute, Review: at("2026-12-01")}
	kinds := func(list []retention.Duty) (s string) {
		for _, d := range list {
			s += string(d.Kind)
			if d.Overdue {
				s += "!"
			}
			s += " "
		}
		return strings.TrimSpace(s)
	}
	with := func(change func(*retention.Hold)) retention.Hold { h := h; change(&h); return h }
	for name, tt := range map[string]struct {
		hold retention.Hold
		now  string
		want string
	}{
		"within 30 days of the recording": {h, "2026-07-01 11:59:59", "notify review"},
		"30 days are over":                {h, "2026-07-01 12:00", "notify! review"},
		"told in time":                    {with(func(h *retention.Hold) { h.Notified = at("2026-06-10") }), "2026-08-01", "notify review"},
		"no begin: from the hold on":      {with(func(h *retention.Hold) { h.From = time.Time{} }), "2026-07-03 00:00", "notify! review"},
		"a copy was asked for":            {with(func(h *retention.Hold) { h.CopyAsked = at("2026-06-10") }), "2026-06-11", "notify copy review"},
		"to be looked at again":           {h, "2026-12-01", "notify! review!"},
		"police":                          {with(func(h *retention.Hold) { h.Ground = retention.GroundPolice }), "2026-08-01", "review"},
		"released":                        {with(func(h *retention.Hold) { h.Released = at("2026-06-20") }), "2026-08-01", ""},
		"about something else":            {with(func(h *retention.Hold) { h.Ground = "" }), "2026-08-01", ""},
	} {
		if got := kinds(tt.hold.Duties(at(tt.now))); got != tt.want {
			t.Errorf("%s: %q, want %q", name, got, tt.want)
		}
	}
}
