package report

import (
	"encoding/csv"
	"encoding/json"
	"fmt"
	"io"
	"strconv"
	"strings"
	"time"

	"github.com/sletdk/slet/retention"
)

// JSON writes the report as JSON lines: first the report without its items,
// then one line an item.
func JSON(w io.Writer, r Report) error {
	enc := json.NewEncoder(w)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(r); err != nil {
		return fmt.Errorf("write the report: %w", err)
	}
	return each(r, func(row Row) error { return enc.Encode(row) })
}

// csvHeader is the first row of the CSV, in Danish.
var csvHeader = []string{
	"item", "kilde", "sti", "type", "dokumenttype", "bytes", "træf", "heraf sikre", "personer", "ikke undersøgt",
	"afgørelse", "regel", "starttidspunkt", "startdato", "forfald", "begrundelse", "status", "afdeling",
}

// CSV writes one row an item, as a Danish spreadsheet opens it: UTF-8 with a
// byte order mark, semicolons. No cell can be taken for a formula.
func CSV(w io.Writer, r Report) error {
	if _, err := io.WriteString(w, "\ufeff"); err != nil {
		return fmt.Errorf("write the report: %w", err)
	}
	cw := csv.NewWriter(w)
	cw.Comma = ';'
	header := make([]string, len(csvHeader))
	for i, name := range csvHeader {
		header[i] = r.Lang.say(name)
	}
	if err := cw.Write(header); err != nil {
		return fmt.Errorf("write the report: %w", err)
	}
	err := each(r, func(row Row) error {
		var n, sure int64
		for _, m := range row.Matches {
			n, sure = n+m.N, sure+m.Sure
		}
		var why []string
		for _, reason := range row.Reasons {
			why = append(why, r.Lang.Reason(reason))
		}
		cells := []string{
			row.Ref, row.Source, row.Path, r.Lang.Word(row.Kind), r.Lang.Word(row.DocumentType), strconv.FormatInt(row.Size, 10),
			strconv.FormatInt(n, 10), strconv.FormatInt(sure, 10), strconv.Itoa(row.Persons), strconv.Itoa(row.Gaps),
			r.Lang.Word(row.Disposition), row.Rule, r.Lang.Word(row.Trigger), iso(row.TriggerDate), iso(row.DueDate), strings.Join(why, " "), r.Lang.Word(row.State), row.Department,
		}
		for i := range cells {
			cells[i] = plainCell(cells[i])
		}
		return cw.Write(cells)
	})
	if err != nil {
		return err
	}
	cw.Flush()
	if err := cw.Error(); err != nil {
		return fmt.Errorf("write the report: %w", err)
	}
	return nil
}

// plainCell keeps a spreadsheet from running what a file name begins with
// (OWASP, "CSV Injection").
func plainCell(s string) string {
	if s != "" && strings.ContainsRune("=+-@\t\r", rune(s[0])) {
		return "'" + s
	}
	return s
}

func each(r Report, do func(Row) error) error {
	if r.Items == nil {
		return nil
	}
	for row, err := range r.Items {
		if err != nil {
			return fmt.Errorf("read the findings: %w", err)
		}
		if err := do(row); err != nil {
			return fmt.Errorf("write the report: %w", err)
		}
	}
	return nil
}

func iso(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.In(retention.Zone()).Format(time.DateOnly)
}
