package main

import (
	"context"
	"strings"

	"github.com/sletdk/slet/report"
	"github.com/sletdk/slet/retention"
	"github.com/sletdk/slet/store"
)

// forecastBar is how many columns the longest bar of a forecast takes.
const forecastBar = 40

// forecastLine is a line of slet plan --forecast --json. Month is "past" for
// what is due already, and "later" for what comes after the last month.
type forecastLine struct {
	Month  string `json:"month"`
	Items  int64  `json:"items"`
	Bytes  int64  `json:"bytes"`
	Review int64  `json:"review"`
}

// forecast prints what falls due, month by month.
func (a *app) forecast(ctx context.Context, source string) error {
	f := report.NewForecast(now())
	err := a.eachDecision(ctx, source, func(item store.Finding, d retention.Decision) { f.Add(d, item.Item.Size) })
	if err != nil {
		return err
	}
	past, later := f.Past, f.Later
	past.Month, later.Month = "past", "later"
	lines := append([]report.Month{past}, f.Months...)
	lines = append(lines, later)
	if a.json {
		for _, m := range lines {
			if err := a.printJSON(forecastLine{m.Month, m.Items, m.Bytes, m.Review}); err != nil {
				return err
			}
		}
		return nil
	}
	most := int64(1)
	for _, m := range lines {
		most = max(most, m.Items)
	}
	err = a.table("MONTH ITEMS REVIEW SIZE FALLS_DUE", func(row func(...any)) {
		for _, m := range lines {
			// At least one column for at least one item.
			row(m.Month, m.Items, m.Review, byteSize(m.Bytes), strings.Repeat("█", int((m.Items*forecastBar+most-1)/most)))
		}
	})
	a.note("as things are known today; nothing was frozen")
	return err
}
