package report

import (
	"fmt"
	"html/template"
	"strings"
	"time"

	"github.com/sletdk/slet/retention"
)

// ForecastMonths is how far a forecast looks: this month and the next ones.
const ForecastMonths = 24

// Month is what falls due in one month.
type Month struct {
	Month string `json:"month"` // 2026-12, in Copenhagen
	Items int64  `json:"items"`
	Bytes int64  `json:"bytes"`
	// Review is the part of Items whose rule asks a person to look.
	Review int64 `json:"review"`
}

// Forecast is what falls due, month by month, as things are known today:
// events that are still to come are not in it. Make one with NewForecast.
type Forecast struct {
	Past   Month   `json:"past"` // is due already; Month is ""
	Months []Month `json:"months"`
	Later  Month   `json:"later"` // after the last month; Month is ""

	now   time.Time
	first time.Time // of the first month
}

// NewForecast returns the empty forecast of a day.
func NewForecast(now time.Time) *Forecast {
	y, m, _ := now.In(retention.Zone()).Date()
	f := &Forecast{now: now, first: time.Date(y, m, 1, 0, 0, 0, 0, retention.Zone())}
	for i := range ForecastMonths {
		f.Months = append(f.Months, Month{Month: f.first.AddDate(0, i, 0).Format("2006-01")})
	}
	return f
}

// Add takes one item in: when its maximum has passed and no minimum keeps it
// any longer. Items that are held, or of which a date is not known, are not in
// a forecast.
func (f *Forecast) Add(d retention.Decision, bytes int64) {
	switch d.Disposition {
	case retention.Keep, retention.Due, retention.Conflict:
	default:
		return
	}
	if d.Due.IsZero() {
		return
	}
	at := d.Due
	if d.KeepUntil.After(at) {
		at = d.KeepUntil
	}
	to := &f.Past
	if at.After(f.now) || d.Disposition != retention.Due {
		to = f.month(at)
	}
	to.Items++
	to.Bytes += bytes
	if d.Action != retention.ActionErase {
		to.Review++
	}
}

// month is where a time falls. What is not due yet although its date has
// passed (the schedule is not in force) stands in the first month.
func (f *Forecast) month(at time.Time) *Month {
	y, m, _ := at.In(retention.Zone()).Date()
	i := max(0, (y-f.first.Year())*12+int(m)-int(f.first.Month()))
	if i >= len(f.Months) {
		return &f.Later
	}
	return &f.Months[i]
}

// Sizes of the chart, in units of its own coordinates.
const (
	chartWidth, chartHeight = 960, 190
	chartTop, chartBottom   = 22, 40
	barWidth                = 28
)

// ForecastSVG draws the months as bars: one self-contained element without
// script, style sheet or address, that says in words what it shows.
func (l Lang) ForecastSVG(months []Month) template.HTML {
	var most, sum int64
	for _, m := range months {
		most, sum = max(most, m.Items), sum+m.Items
	}
	var b strings.Builder
	fmt.Fprintf(&b, `<svg viewBox="0 0 %d %d" width="100%%" role="img" aria-label="%s" font-family="inherit" font-size="11">`,
		chartWidth, chartHeight, template.HTMLEscapeString(l.sayf("%s elementer forfalder i de næste %d måneder", l.Number(sum), len(months))))
	base := chartHeight - chartBottom
	fmt.Fprintf(&b, `<line x1="0" y1="%d" x2="%d" y2="%d" stroke="#16212b"/>`, base, chartWidth, base)
	step := float64(chartWidth) / float64(max(len(months), 1))
	for i, m := range months {
		x := float64(i)*step + (step-barWidth)/2
		middle := x + barWidth/2
		if m.Items > 0 {
			height := max(float64(m.Items)/float64(most)*float64(base-chartTop), 1)
			fmt.Fprintf(&b, `<rect x="%.1f" y="%.1f" width="%d" height="%.1f" fill="#0b4f7d"><title>%s: %s, %s</title></rect>`,
				x, float64(base)-height, barWidth, height, template.HTMLEscapeString(m.Month), l.sayf("%s elementer", l.Number(m.Items)), l.Bytes(m.Bytes))
			fmt.Fprintf(&b, `<text x="%.1f" y="%.1f" text-anchor="middle" fill="#16212b">%s</text>`, middle, float64(base)-height-4, l.short(m.Items))
		}
		year, month, _ := strings.Cut(m.Month, "-")
		fmt.Fprintf(&b, `<text x="%.1f" y="%d" text-anchor="middle" fill="#55636f">%s</text>`, middle, base+15, template.HTMLEscapeString(month))
		if i == 0 || month == "01" {
			fmt.Fprintf(&b, `<text x="%.1f" y="%d" text-anchor="middle" fill="#55636f">%s</text>`, middle, base+31, template.HTMLEscapeString(year))
		}
	}
	b.WriteString(`</svg>`)
	return template.HTML(b.String()) // numbers, and months that are escaped
}

// short writes a number in four characters or so: 1234567 as 1,2 mio.
func (l Lang) short(n int64) string {
	switch {
	case n >= 1_000_000:
		return l.decimal(fmt.Sprintf("%.1f ", float64(n)/1_000_000)) + l.say("mio.")
	case n >= 10_000:
		return fmt.Sprintf("%d %s", n/1000, l.say("t."))
	}
	return l.Number(n)
}
