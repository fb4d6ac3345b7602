package report

import (
	"cmp"
	_ "embed"
	"fmt"
	"html/template"
	"io"
)

//go:embed report.html.tmpl
var htmlTemplate string

// HTML writes the report as one self-contained page: no script, no font, no
// image and no address outside it. It lists at most MaxRows items.
func HTML(w io.Writer, r Report) error {
	page, err := newPage(r)
	if err != nil {
		return err
	}
	t, err := template.New("report").Funcs(template.FuncMap{
		"t": r.Lang.say, "tf": r.Lang.sayf, "lang": func() Lang { return cmp.Or(r.Lang, Danish) }, "word": r.Lang.Word, "reason": r.Lang.Reason, "warning": r.Lang.warning,
		"n": r.Lang.Number, "bytes": r.Lang.Bytes, "pct": r.Lang.Percent, "day": Day, "clock": Clock, "chart": r.Lang.ForecastSVG, "notes": r.Lang.cameraNotes,
		"dept": r.Lang.department, "by": r.Lang.by,
	}).Parse(htmlTemplate)
	if err != nil {
		return fmt.Errorf("parse the report's template: %w", err)
	}
	if err := t.Execute(w, page); err != nil {
		return fmt.Errorf("write the report: %w", err)
	}
	return nil
}

// page is the report with the sums and the rows that the page shows.
type page struct {
	Report
	Rows                                                             []Row // those with something to say, worst first, at most MaxRows
	Withheld                                                         int64 // rows beyond MaxRows
	Clean                                                            int64 // items without matches, gaps or rule: counted, not listed
	Seen, Examined, Partly, Skipped, Failed, GapsAll, Private, Bytes int64
	Shares                                                           []share
	ErasedN                                                          int
	Recordings                                                       bool // some source is of recordings
	Whose                                                            []Department
	MoreIncidents                                                    int64
}

// share is a slice of the coverage bar.
type share struct {
	Class, Label string
	N            int64
	Percent      float64
}

func newPage(r Report) (*page, error) {
	p := &page{Report: r, Whose: r.listedDepartments(), MoreIncidents: r.moreIncidents()}
	for _, s := range r.Sources {
		p.Seen += s.Seen
		p.Examined += s.Examined
		p.Partly += s.Partly
		p.Skipped += s.Skipped
		p.Failed += s.Failed
		p.GapsAll += s.Gaps
		p.Private += s.PrivateFolders
		p.Bytes += s.Bytes
		p.Recordings = p.Recordings || s.Type == "cctv"
	}
	for _, s := range []share{
		{Class: "ok", Label: "undersøgt helt", N: p.Examined - p.Partly},
		{Class: "part", Label: "kun delvist undersøgt", N: p.Partly},
		{Class: "skip", Label: "sprunget over", N: p.Skipped},
		{Class: "bad", Label: "kunne ikke åbnes", N: p.Failed},
	} {
		if s.N > 0 {
			s.Percent = 100 * float64(s.N) / float64(p.Seen)
			p.Shares = append(p.Shares, s)
		}
	}
	for _, e := range r.Erased {
		if e.Result == "erased" {
			p.ErasedN++
		}
	}
	return p, p.fill(r)
}

// fill takes the rows that say something, in one pass and in bounded memory:
// one list for each rank, none longer than the page can show.
func (p *page) fill(r Report) error {
	if r.Items == nil {
		return nil
	}
	var ranked [4][]Row
	var worth int64
	for row, err := range r.Items {
		if err != nil {
			return fmt.Errorf("read the findings: %w", err)
		}
		rank, ok := rankOf(row)
		if !ok {
			p.Clean++
			continue
		}
		worth++
		if len(ranked[rank]) < MaxRows {
			ranked[rank] = append(ranked[rank], row)
		}
	}
	for _, rows := range ranked {
		p.Rows = append(p.Rows, rows[:min(len(rows), MaxRows-len(p.Rows))]...)
	}
	p.Withheld = worth - int64(len(p.Rows))
	return nil
}

// rankOf says how early a row is listed; ok is false for one with nothing to say.
func rankOf(r Row) (rank int, ok bool) {
	switch r.Disposition {
	case "due", "conflict":
		return 0, true
	case "review", "held":
		return 1, true
	}
	if len(r.Matches) > 0 {
		return 2, true
	}
	return 3, r.Gaps > 0 || r.Rule != ""
}
