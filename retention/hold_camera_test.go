package retention_test

import (
	"testing"
	"time"

	"github.com/sletdk/slet/retention"
)

// TestHoldOfCameraAndSpan: a hold of a camera and a span of time keeps the
// recordings that overlap it, and those of which nobody can rule that out.
func TestHoldOfCameraAndSpan(t *testing.T) {
	s := schedule(t, ruleTV)
	span := retention.Hold{ID: "H", Camera: "Indgang Ø", From: at("2026-06-10 12:00"), To: at("2026-06-10 18:00")}
	rec := func(begin, end string) retention.Facts {
		f := retention.Facts{SourceType: "cctv", Camera: "indgang ø", Path: "kam/x.mp4", Dated: "name"}
		if begin != "" {
			f.Recorded = at(begin)
		}
		if end != "" {
			f.End = at(end)
		}
		return f
	}
	with := func(f retention.Facts, change func(*retention.Facts)) retention.Facts { change(&f); return f }
	for _, tt := range []struct {
		name  string
		facts retention.Facts
		hold  retention.Hold
		held  bool
	}{
		{"inside", rec("2026-06-10 13:00", "2026-06-10 13:10"), span, true},
		{"reaches in from before", rec("2026-06-10 11:55", "2026-06-10 12:00"), span, true},
		{"reaches out behind", rec("2026-06-10 18:00", "2026-06-10 18:10"), span, true},
		{"around it", rec("2026-06-10 00:00", "2026-06-11 00:00"), span, true},
		{"before", rec("2026-06-10 11:50", "2026-06-10 11:59:59"), span, false},
		{"after", rec("2026-06-10 18:00:01", "2026-06-10 18:10"), span, false},
		{"before, and nobody knows how long", rec("2026-06-01 11:50", ""), span, true},
		{"after, however long", rec("2026-06-10 18:00:01", ""), span, false},
		{"an end before its begin is no end", rec("2026-06-10 11:50", "2026-06-09 11:50"), span, true},
		{"no date", rec("", ""), span, true},
		{"no begin, ended before", rec("", "2026-06-10 11:00"), span, false},
		{"first seen later: recorded who knows when", with(rec("2026-07-01 00:00", ""), func(f *retention.Facts) { f.Dated = "first_seen" }), span, true},
		{"first seen before it began", with(rec("2026-06-10 11:00", ""), func(f *retention.Facts) { f.Dated = "first_seen" }), span, false},
		{"modified later", with(rec("2026-07-01 00:00", ""), func(f *retention.Facts) { f.Dated = "modified" }), span, true},
		{"another camera", with(rec("2026-06-10 13:00", ""), func(f *retention.Facts) { f.Camera = "kælder" }), span, false},
		{"the same camera, decomposed", with(rec("2026-06-10 13:00", ""), func(f *retention.Facts) { f.Camera = "INDGANG Ø" }), span, true},
		{"no known camera", with(rec("2026-06-10 13:00", ""), func(f *retention.Facts) { f.Camera = "" }), span, true},
		{"not a recording", with(rec("2026-06-10 13:00", ""), func(f *retention.Facts) { f.SourceType = "files" }), span, false},
		{"any camera", rec("2026-06-10 13:00", ""), retention.Hold{ID: "H", From: span.From, To: span.To}, true},
		{"the camera, always", rec("2020-06-10 13:00", "2020-06-10 14:00"), retention.Hold{ID: "H", Camera: "Indgang Ø"}, true},
		{"from, without end", rec("2026-09-10 13:00", ""), retention.Hold{ID: "H", Camera: "Indgang Ø", From: span.From}, true},
		{"to, without begin", rec("2020-06-10 13:00", "2020-06-10 14:00"), retention.Hold{ID: "H", Camera: "Indgang Ø", To: span.To}, true},
		{"another source", rec("2026-06-10 13:00", ""), retention.Hold{ID: "H", Source: "andre", Camera: "Indgang Ø"}, false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			d := retention.Decide(tt.facts, s, nil, []retention.Hold{tt.hold}, at("2026-11-22"))
			if held := d.Disposition == retention.Held; held != tt.held {
				t.Errorf("it is %s; held must be %t", d.Disposition, tt.held)
			}
		})
	}
}

// TestMarginNeverReachesFar: a margin anticipates a maximum by at most a tenth
// of its period, whatever somebody configures, and never reaches a minimum.
func TestMarginNeverReachesFar(t *testing.T) {
	f := retention.Facts{SourceType: "cctv", Recorded: at("2026-10-01 12:00")}
	for _, margin := range []time.Duration{-time.Hour, 0, time.Hour, 3 * 24 * time.Hour, 400 * 24 * time.Hour} {
		s := schedule(t, ruleTV+"  - {id: MIN, match: {source_type: [cctv]}, keep_until: {trigger: recorded, period: P28D}}\n")
		s.Margins = map[string]time.Duration{"cctv": margin}
		for now := f.Recorded; now.Before(at("2026-11-02")); now = now.Add(30 * time.Minute) {
			d := retention.Decide(f, s, nil, nil, now)
			earliest := d.Due.Add(-max(0, min(margin, d.Due.Sub(f.Recorded)/10)))
			if due := d.Disposition == retention.Due; due != (!now.Before(earliest) && !now.Before(d.KeepUntil)) {
				t.Fatalf("margin %s: at %s it is %s (due %s, kept until %s)", margin, now, d.Disposition, d.Due, d.KeepUntil)
			}
		}
	}
}
