package report

import (
	"time"

	"github.com/sletdk/slet/retention"
)

// TrendMonths is how far back the trend goes: this month and those before it.
const TrendMonths = 12

// TrendMonth is how it stood at the end of one month, as it was counted then,
// and what was erased in it.
type TrendMonth struct {
	Month   string `json:"month"` // 2026-11, in Copenhagen
	Counted bool   `json:"counted"`
	// The numbers below but Erased are zero when nobody counted.
	Items   int64 `json:"items"`
	Gaps    int64 `json:"gaps"` // places that could not be examined
	Due     int64 `json:"due"`
	Review  int64 `json:"review"`
	Over    int64 `json:"over"`    // recordings past their deadline
	Persons int64 `json:"persons"` // distinct CPR numbers
	Erased  int64 `json:"erased"`
}

// Trend is the last months, the oldest first. Make one with NewTrend.
type Trend []TrendMonth

// NewTrend returns the empty trend of a day.
func NewTrend(now time.Time) Trend {
	y, m, _ := now.In(retention.Zone()).Date()
	t := make(Trend, TrendMonths)
	for i := range t {
		t[i].Month = time.Date(y, m-TrendMonths+1+time.Month(i), 1, 0, 0, 0, 0, retention.Zone()).Format("2006-01")
	}
	return t
}

// From is the moment at which the trend begins.
func (t Trend) From() time.Time {
	from, _ := time.ParseInLocation("2006-01", t[0].Month, retention.Zone()) // NewTrend wrote it
	return from
}

// month is that of a moment; nil when it is none of these.
func (t Trend) month(at time.Time) *TrendMonth {
	name := at.In(retention.Zone()).Format("2006-01")
	for i := range t {
		if t[i].Month == name {
			return &t[i]
		}
	}
	return nil
}

// Count takes in how it stood at a moment. Of one month the last one that is
// taken in counts, so take them in in their order.
func (t Trend) Count(at time.Time, r Report) {
	m := t.month(at)
	if m == nil {
		return
	}
	*m = TrendMonth{Month: m.Month, Counted: true, Persons: r.Persons, Erased: m.Erased}
	for _, s := range r.Sources {
		m.Items, m.Gaps = m.Items+s.Seen, m.Gaps+s.Gaps
	}
	for _, c := range r.Decided {
		switch retention.Disposition(c.Name) {
		case retention.Due:
			m.Due += c.N
		case retention.Review:
			m.Review += c.N
		}
	}
	for _, c := range r.Cameras {
		m.Over += int64(c.Over)
	}
}

// Erase takes in what became of the items of plans.
func (t Trend) Erase(erased []Erased) {
	for _, e := range erased {
		if m := t.month(e.Finished); m != nil && e.Result == erasedResult {
			m.Erased++
		}
	}
}

// erasedResult is the result of an item that was erased.
const erasedResult = "erased"
