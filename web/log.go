package web

import (
	"maps"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/sletdk/slet/audit"
	"github.com/sletdk/slet/report"
)

func (s *Server) logRoutes() []route {
	return []route{
		{"GET /log", seeLog, s.log},
		{"POST /log/kontrol", seeLog, s.verifyLog},
	}
}

const (
	// maxLog is how many of the newest lines the page looks through.
	maxLog = 5000
	// logPage is how many lines a page of the log shows.
	logPage = 100
)

// logView is a page of the audit log, the newest line first.
type logView struct {
	Filter url.Values
	Rows   []logRow
	Types  []string
	Next   string // the next page; empty when this is the last
	Cut    bool   // there are lines that are older than what the page looks through
	Audit  *report.AuditLog
}

// Get is one field of the filter, for the form.
func (v logView) Get(field string) string { return v.Filter.Get(field) }

// logRow is a line of the log.
type logRow struct {
	audit.Record
	More []condition
}

func (s *Server) log(q *request) error { return s.logWith(q, nil) }

// logWith shows the log, with what a verification found.
func (s *Server) logWith(q *request, verified *report.AuditLog) error {
	form := q.r.URL.Query()
	before := int64(0)
	if from := form.Get("foer"); from != "" {
		n, err := strconv.ParseInt(from, 10, 64)
		if err != nil || n < 1 {
			return inputf("foer=%q", from)
		}
		before = n
	}
	lines, err := s.Log.Tail(maxLog)
	if err != nil {
		return err
	}
	v := logView{Filter: form, Cut: len(lines) == maxLog && lines[len(lines)-1].Seq > 1, Audit: verified}
	types := map[string]bool{}
	for _, r := range lines {
		types[r.Type] = true
		switch {
		case !chosen(r, form) || before > 0 && r.Seq >= before:
		case len(v.Rows) < logPage:
			row := logRow{Record: r}
			for _, k := range slices.Sorted(maps.Keys(r.Detail)) {
				if r.Detail[k] != "" {
					row.More = append(row.More, condition{k, r.Detail[k]})
				}
			}
			v.Rows = append(v.Rows, row)
		case v.Next == "":
			at := maps.Clone(form)
			at.Set("foer", strconv.FormatInt(v.Rows[logPage-1].Seq, 10))
			v.Next = "/log?" + at.Encode()
		}
	}
	v.Types = slices.Sorted(maps.Keys(types))
	return q.page("log", "Log", v)
}

// chosen says whether a filter chooses a line.
func chosen(r audit.Record, form url.Values) bool {
	want := func(field, value string) bool {
		v := strings.TrimSpace(form.Get(field))
		return v == "" || strings.EqualFold(v, value)
	}
	return want("type", r.Type) && want("person", r.Actor) && want("forslag", r.Plan) && want("element", r.Item)
}

// verifyLog reads the whole log and says whether the chain holds.
func (s *Server) verifyLog(q *request) error {
	state := s.Verify(q.r.Context())
	return s.logWith(q, &state)
}

var logText = text{
	"Log": "Log", "Hver linje er bundet til linjen før. En linje, der er ændret, fjernet eller flyttet, kan ses, når loggen kontrolleres.": "Every line is bound to the line before. A line that was edited, removed or moved shows when the log is verified.",
	"Kontrollér loggen": "Verify the log", "Loggen er ubrudt.": "The log is unbroken.", "Loggen er brudt.": "The log is broken.", "linjer er kontrolleret; den sidste har værdien": "lines were verified; the last one has the value",
	"Stands sletning, og få undersøgt, hvem der har haft adgang til filen.": "Stop erasing, and have it examined who had access to the file.",
	"Type": "Type", "Forslagets id": "Id of the plan", "Elementets id": "Id of the item", "Linje": "Line", "Tid": "Time", "Hvem": "Who", "Detaljer": "Details",
	"Ingen linje passer til filteret.":                                             "No line fits the filter.",
	"Siden ser de seneste 5000 linjer igennem. Brug slet audit show for de ældre.": "The page looks through the newest 5000 lines. slet audit show has the older ones.",
}
