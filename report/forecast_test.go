package report

import (
	"encoding/xml"
	"errors"
	"io"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/sletdk/slet/retention"
)

func TestForecast(t *testing.T) {
	f := NewForecast(at("2026-11-22 12:00"))
	if f.Months[0].Month != "2026-11" || f.Months[23].Month != "2028-10" || len(f.Months) != 24 {
		t.Fatalf("%+v", f.Months)
	}
	add := func(d retention.Disposition, a retention.Action, due, keep string) {
		dec := retention.Decision{Disposition: d, Action: a}
		if due != "" {
			dec.Due = at(due)
		}
		if keep != "" {
			dec.KeepUntil = at(keep)
		}
		f.Add(dec, 10)
	}
	erase, review := retention.ActionErase, retention.ActionReview
	add(retention.Due, erase, "2020-01-01 00:00", "")                      // past
	add(retention.Keep, erase, "2026-11-30 23:59", "")                     // this month, to its last minute
	add(retention.Keep, erase, "2026-12-01 00:00", "")                     // the next
	add(retention.Keep, review, "2026-12-31 23:59", "")                    // asks a person
	add(retention.Conflict, erase, "2026-12-01 00:00", "2027-02-01 00:00") // when its minimum has passed
	add(retention.Keep, erase, "2020-01-01 00:00", "")                     // not in force yet
	add(retention.Keep, erase, "2028-10-31 23:00", "")                     // the last month
	add(retention.Keep, erase, "2028-11-01 00:00", "")                     // later
	add(retention.Keep, "", "", "2027-01-01 00:00")                        // only a minimum
	add(retention.Held, erase, "2027-01-01 00:00", "")
	add(retention.Review, erase, "2027-01-01 00:00", "")
	got := map[string]Month{"past": f.Past, "later": f.Later}
	for _, m := range f.Months {
		if m.Items > 0 {
			got[m.Month] = m
		}
	}
	want := map[string]Month{
		"past": {Items: 1, Bytes: 10}, "later": {Items: 1, Bytes: 10},
		"2026-11": {"2026-11", 2, 20, 0}, "2026-12": {"2026-12", 2, 20, 1}, "2027-02": {"2027-02", 1, 10, 0}, "2028-10": {"2028-10", 1, 10, 0},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
}

// TestForecastSVG holds the chart to its golden file, and to being XML without
// anything that is fetched or run.
func TestForecastSVG(t *testing.T) {
	f := NewForecast(time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC))
	for i := range f.Months {
		f.Months[i].Items, f.Months[i].Bytes = int64(i*i*i*100), int64(i)<<20
	}
	f.Months[23].Month = `"><script>`
	got := string(Danish.ForecastSVG(f.Months))
	golden(t, "forecast.svg", []byte(got))
	dec := xml.NewDecoder(strings.NewReader(got))
	for {
		tok, err := dec.Token()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			t.Fatal(err)
		}
		if e, ok := tok.(xml.StartElement); ok && !strings.Contains("svg line rect title text", e.Name.Local) {
			t.Errorf("element %s", e.Name.Local)
		}
	}
	if empty := string(Danish.ForecastSVG(NewForecast(at("2026-11-22 12:00")).Months)); strings.Contains(empty, "<rect") || strings.Contains(empty, "NaN") {
		t.Error(empty)
	}
	if none := string(Danish.ForecastSVG(nil)); strings.Contains(none, "Inf") {
		t.Error(none)
	}
}
