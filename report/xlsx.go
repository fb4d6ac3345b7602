package report

import (
	"errors"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/xuri/excelize/v2"

	"github.com/sletdk/slet/retention"
)

// XLSX writes the report as a workbook: one sheet a section, dates as dates,
// numbers as numbers, a filter on every list. Every item is listed, however
// many there are, up to what a sheet can hold; memory is bounded.
func XLSX(w io.Writer, r Report) (err error) {
	f := excelize.NewFile()
	defer func() { err = errors.Join(err, f.Close()) }()
	b := &book{file: f, lang: r.Lang}
	if b.styles, err = newStyles(f); err != nil {
		return fmt.Errorf("write the workbook: %w", err)
	}
	for _, sheet := range []func(*book, Report) error{
		summarySheet, sourcesSheet, gapsSheet, findingsSheet, departmentsSheet, itemsSheet, duplicatesSheet, camerasSheet, forecastSheet, trendSheet, warningsSheet, decisionsSheet, incidentsSheet, plansSheet, erasedSheet, holdsSheet, uncoveredSheet,
	} {
		if err := sheet(b, r); err != nil {
			return fmt.Errorf("write the workbook: %w", err)
		}
	}
	if err := f.DeleteSheet("Sheet1"); err != nil {
		return fmt.Errorf("write the workbook: %w", err)
	}
	if err := f.Write(w); err != nil {
		return fmt.Errorf("write the workbook: %w", err)
	}
	return nil
}

// maxSheetRows is what a sheet can hold (ECMA-376, Excel's limits), less the
// header and the line that says that there was more.
const maxSheetRows = 1_048_576 - 2

// book is a workbook that is being written.
type book struct {
	file   *excelize.File
	lang   Lang
	styles styles
}

type styles struct{ head, day, clock, number int }

func newStyles(f *excelize.File) (s styles, err error) {
	day, clock := "dd-mm-yyyy", "dd-mm-yyyy hh:mm"
	for _, d := range []struct {
		id    *int
		style excelize.Style
	}{
		{&s.head, excelize.Style{Font: &excelize.Font{Bold: true}, Fill: excelize.Fill{Type: "pattern", Pattern: 1, Color: []string{"E8EDF1"}}}},
		{&s.day, excelize.Style{CustomNumFmt: &day}},
		{&s.clock, excelize.Style{CustomNumFmt: &clock}},
		{&s.number, excelize.Style{NumFmt: 3}},
	} {
		if *d.id, err = f.NewStyle(&d.style); err != nil {
			return s, err
		}
	}
	return s, nil
}

// column is a column of a list: its heading in Danish, and its width in
// characters.
type column struct {
	name  string
	width float64
}

// list is a sheet that is being written, row by row.
type list struct {
	*book
	name    string
	w       *excelize.StreamWriter
	columns int
	rows    int
}

// list begins a sheet; its name is in Danish.
func (b *book) list(name string, columns ...column) (*list, error) {
	name = b.lang.say(name)
	if _, err := b.file.NewSheet(name); err != nil {
		return nil, err
	}
	w, err := b.file.NewStreamWriter(name)
	if err != nil {
		return nil, err
	}
	head := make([]any, len(columns))
	for i, c := range columns {
		if err := w.SetColWidth(i+1, i+1, c.width); err != nil {
			return nil, err
		}
		head[i] = excelize.Cell{StyleID: b.styles.head, Value: b.lang.say(c.name)}
	}
	if err := w.SetPanes(&excelize.Panes{Freeze: true, YSplit: 1, TopLeftCell: "A2", ActivePane: "bottomLeft"}); err != nil {
		return nil, err
	}
	l := &list{book: b, name: name, w: w, columns: len(columns)}
	return l, l.w.SetRow("A1", head)
}

// row adds a row. Beyond what a sheet can hold it says so once.
func (l *list) row(values ...any) error {
	l.rows++
	if l.rows > maxSheetRows {
		if l.rows == maxSheetRows+1 {
			return l.w.SetRow(fmt.Sprintf("A%d", l.rows+1), []any{l.lang.say("Arket er fuldt; resten findes i CSV og JSON.")})
		}
		return nil
	}
	for i, v := range values {
		values[i] = l.cell(v)
	}
	return l.w.SetRow(fmt.Sprintf("A%d", l.rows+1), values)
}

// day is a time of which only the date is shown.
type day time.Time

// cell is a value as the sheet stores it. Text is stored as text: it cannot
// become a formula.
func (l *list) cell(v any) any {
	at := func(t time.Time, style int) any {
		if t.IsZero() {
			return nil
		}
		// A sheet knows no zone: what the wall clock in Copenhagen shows.
		t = t.In(retention.Zone())
		return excelize.Cell{StyleID: style, Value: time.Date(t.Year(), t.Month(), t.Day(), t.Hour(), t.Minute(), t.Second(), 0, time.UTC)}
	}
	switch v := v.(type) {
	case time.Time:
		return at(v, l.styles.clock)
	case day:
		return at(time.Time(v), l.styles.day)
	case int, int64:
		return excelize.Cell{StyleID: l.styles.number, Value: v}
	case string:
		if len(v) > excelize.TotalCellChars {
			return strings.ToValidUTF8(v[:excelize.TotalCellChars], "")
		}
	}
	return v
}

// end finishes a sheet, with a filter over all of it.
func (l *list) end() error {
	if err := l.w.Flush(); err != nil {
		return err
	}
	last, err := excelize.CoordinatesToCellName(l.columns, min(l.rows, maxSheetRows)+1)
	if err != nil {
		return err
	}
	return l.file.AutoFilter(l.name, "A1:"+last, nil)
}

func summarySheet(b *book, r Report) error {
	l, err := b.list("Overblik", column{"Hvad", 38}, column{"Værdi", 60})
	if err != nil {
		return err
	}
	mode := b.lang.say("Prøvekørsel – intet slettes")
	if r.Enforce {
		mode = b.lang.say("Sletning er slået til")
	}
	var seen, examined, skipped, failed, gaps, private int64
	for _, s := range r.Sources {
		seen, examined, skipped, failed = seen+s.Seen, examined+s.Examined, skipped+s.Skipped, failed+s.Failed
		gaps, private = gaps+s.Gaps, private+s.PrivateFolders
	}
	held := b.lang.say("kæden er ubrudt")
	if !r.Audit.OK {
		held = r.Audit.Problem
	}
	rows := [][2]any{
		{"Organisation", r.Organisation}, {"CVR", r.CVR}, {"Dataansvarlig", r.Controller}, {"Databehandler", r.Processor}, {"Dannet", r.Generated}, {"Program", r.Program}, {"Sletteplan", r.Schedule}, {"Ordliste", r.Lexicon}, {"Detektorer", r.Detectors}, {"Tilstand", mode},
		{"elementer set", seen}, {"undersøgt", examined}, {"sprunget over", skipped}, {"kunne ikke åbnes", failed}, {"steder ikke undersøgt", gaps},
		{"private mapper, ikke åbnet", private}, {"personer (forskellige CPR-numre)", r.Persons}, {"træf bedømt falske", r.FalsePositives},
		{"indhold, der ligger flere steder", r.Duplicates.Sets}, {"elementer ud over ét af hvert", r.Duplicates.Extra}, {"bytes i dem", r.Duplicates.Bytes},
	}
	for _, d := range r.Decided {
		rows = append(rows, [2]any{b.lang.Word(d.Name), d.N})
	}
	rows = append(rows,
		[2]any{"Forfalden i 0–30 dage", r.Due.Month}, [2]any{"Forfalden i 1–6 måneder", r.Due.HalfYear}, [2]any{"Forfalden i 6–12 måneder", r.Due.Year},
		[2]any{"Forfalden i over 1 år", r.Due.Longer}, [2]any{"Forfalder om 0–30 dage", r.Due.Next30}, [2]any{"Forfalder om 31–90 dage", r.Due.Next90},
		[2]any{"Revisionslog", held}, [2]any{"Linjer i revisionsloggen", r.Audit.Lines}, [2]any{"Sidste hash", r.Audit.Head},
	)
	for _, row := range rows {
		if err := l.row(b.lang.say(fmt.Sprint(row[0])), row[1]); err != nil {
			return err
		}
	}
	return l.end()
}

func sourcesSheet(b *book, r Report) error {
	l, err := b.list("Dækning", column{"Kilde", 20}, column{"Type", 14}, column{"Sted", 40}, column{"Servicekonto", 24}, column{"Sidst gennemgået", 18}, column{"Fuldført", 10},
		column{"Set", 10}, column{"Undersøgt", 11}, column{"heraf delvist", 13}, column{"Sprunget over", 14}, column{"Fejlet", 9}, column{"Mangler", 10}, column{"Private mapper", 15}, column{"Læst sidst (bytes)", 18})
	if err != nil {
		return err
	}
	for _, s := range r.Sources {
		done := b.lang.say("ja")
		if !s.Complete {
			done = b.lang.say("nej")
		}
		if err := l.row(s.Name, b.lang.Word(s.Type), s.Place, s.Account, s.Scanned, done, s.Seen, s.Examined, s.Partly, s.Skipped, s.Failed, s.Gaps, s.PrivateFolders, s.Bytes); err != nil {
			return err
		}
	}
	return l.end()
}

func gapsSheet(b *book, r Report) error {
	l, err := b.list("Ikke undersøgt", column{"Kilde", 20}, column{"Sti", 60}, column{"Sted", 24}, column{"Årsag", 18}, column{"Besked", 60})
	if err != nil {
		return err
	}
	for _, g := range r.Gaps {
		if err := l.row(g.Source, g.Path, g.Where, b.lang.Word(g.Reason), g.Error); err != nil {
			return err
		}
	}
	var all int64
	for _, c := range r.GapCount {
		all += c.N
	}
	if more := all - int64(len(r.Gaps)); more > 0 {
		if err := l.row(b.lang.sayf("og %s mere, som er talt med i dækningen", b.lang.Number(more))); err != nil {
			return err
		}
	}
	return l.end()
}

func findingsSheet(b *book, r Report) error {
	l, err := b.list("Fund", column{"Kategori", 30}, column{"Elementer", 12}, column{"heraf sikre", 12})
	if err != nil {
		return err
	}
	for _, c := range r.Findings {
		if err := l.row(b.lang.Word(c.Name), c.N, c.Sure); err != nil {
			return err
		}
	}
	for _, c := range r.Documents {
		if err := l.row(b.lang.say("Dokumenttype")+": "+b.lang.Word(c.Name), c.N); err != nil {
			return err
		}
	}
	return l.end()
}

func itemsSheet(b *book, r Report) error {
	l, err := b.list("Elementer", column{"Element", 16}, column{"Kilde", 18}, column{"Sti", 60}, column{"Type", 10}, column{"Dokumenttype", 22}, column{"Bytes", 12},
		column{"Træf", 9}, column{"heraf sikre", 11}, column{"Personer", 10}, column{"Ikke undersøgt", 14}, column{"Afgørelse", 18}, column{"Regel", 14}, column{"Regnes fra", 16},
		column{"Startdato", 12}, column{"Forfald", 12}, column{"Status", 18}, column{"Begrundelse", 80}, column{"Afdeling", 30})
	if err != nil {
		return err
	}
	err = each(r, func(row Row) error {
		var n, sure int64
		for _, m := range row.Matches {
			n, sure = n+m.N, sure+m.Sure
		}
		var why []string
		for _, reason := range row.Reasons {
			why = append(why, b.lang.Reason(reason))
		}
		return l.row(row.Ref, row.Source, row.Path, b.lang.Word(row.Kind), b.lang.Word(row.DocumentType), row.Size, n, sure, row.Persons, row.Gaps,
			b.lang.Word(row.Disposition), row.Rule, b.lang.Word(row.Trigger), day(row.TriggerDate), day(row.DueDate), b.lang.Word(row.State), strings.Join(why, " "), row.Department)
	})
	if err != nil {
		return err
	}
	return l.end()
}

func duplicatesSheet(b *book, r Report) error {
	l, err := b.list("Ens indhold", column{"Et af elementerne", 18}, column{"Steder", 10}, column{"Kilder", 10}, column{"Bytes", 14})
	if err != nil {
		return err
	}
	for _, d := range r.Duplicates.Largest {
		if err := l.row(d.Ref, d.N, d.Sources, d.Size); err != nil {
			return err
		}
	}
	return l.end()
}

func camerasSheet(b *book, r Report) error {
	l, err := b.list("TV-overvågning", column{"Kilde", 16}, column{"Kamera", 24}, column{"Ældste", 18}, column{"Nyeste", 18}, column{"Optagelser", 12}, column{"Bytes", 16},
		column{"Over fristen", 13}, column{"Bytes over fristen", 18}, column{"I tvivl", 10}, column{"Holdes", 10}, column{"Låst", 8}, column{"Huller", 9}, column{"Uforklarede", 12}, column{"Bemærk", 60})
	if err != nil {
		return err
	}
	for _, c := range r.Cameras {
		if err := l.row(c.Source, c.Camera, c.Oldest, c.Newest, c.Recordings, c.Bytes, c.Over, c.OverBytes, c.InDoubt, c.Held, c.Locked, len(c.Gaps), c.Orphans, b.lang.cameraNotes(c)); err != nil {
			return err
		}
	}
	return l.end()
}

func plansSheet(b *book, r Report) error {
	l, err := b.list("Sletteforslag", column{"Forslag", 18}, column{"Oprettet", 18}, column{"Status", 14}, column{"Godkendt af", 24}, column{"Godkendt", 18}, column{"Elementer", 12}, column{"Bytes", 14})
	if err != nil {
		return err
	}
	for _, p := range r.Plans {
		if err := l.row(p.ID, p.Created, b.lang.Word(p.State), p.Approver, p.Approved, p.Items, p.Bytes); err != nil {
			return err
		}
	}
	return l.end()
}

func erasedSheet(b *book, r Report) error {
	l, err := b.list("Sletninger", column{"Forslag", 18}, column{"Element", 16}, column{"Sti", 60}, column{"Regel", 14}, column{"Resultat", 18}, column{"Metode", 20}, column{"Sikkerhed", 40}, column{"Forbehold", 80}, column{"Tid", 18})
	if err != nil {
		return err
	}
	for _, e := range r.Erased {
		if err := l.row(e.Plan, e.Ref, e.Path, e.Rule, b.lang.Word(e.Result), e.Method, b.lang.Word(e.Assurance), strings.Join(e.Caveats, ". "), e.Finished); err != nil {
			return err
		}
	}
	return l.end()
}

func holdsSheet(b *book, r Report) error {
	l, err := b.list("Tilbageholdelser", column{"Id", 14}, column{"Hvad", 50}, column{"Grund", 50}, column{"Ansvarlig", 24}, column{"Genvurderes", 14}, column{"Underrettes senest", 18}, column{"Underrettet", 14})
	if err != nil {
		return err
	}
	for _, h := range r.Holds {
		if err := l.row(h.ID, h.What, h.Reason, h.Owner, day(h.Review), day(h.Notify), day(h.Notified)); err != nil {
			return err
		}
	}
	return l.end()
}

func forecastSheet(b *book, r Report) error {
	l, err := b.list("Prognose", column{"Måned", 16}, column{"Elementer", 12}, column{"Bytes", 16})
	if err != nil || r.Forecast == nil {
		return errors.Join(err, endOf(l))
	}
	for _, m := range append([]Month{r.Forecast.Past}, append(r.Forecast.Months, r.Forecast.Later)...) {
		name := m.Month
		if name == "" {
			name = b.lang.say("senere")
			if l.rows == 0 {
				name = b.lang.say("forfaldent nu")
			}
		}
		if err := l.row(name, m.Items, m.Bytes); err != nil {
			return err
		}
	}
	return l.end()
}

func trendSheet(b *book, r Report) error {
	l, err := b.list("Tendens", column{"Måned", 12}, column{"Elementer", 12}, column{"Personer", 12}, column{"Ikke undersøgt", 16}, column{"Forfaldne", 12}, column{"Skal vurderes", 16},
		column{"Optagelser over fristen", 24}, column{"Slettet i måneden", 20})
	if err != nil {
		return err
	}
	for _, m := range r.Trend {
		cells := []any{m.Month, b.lang.say("ikke opgjort"), "", "", "", "", "", m.Erased}
		if m.Counted {
			cells = []any{m.Month, m.Items, m.Persons, m.Gaps, m.Due, m.Review, m.Over, m.Erased}
		}
		if err := l.row(cells...); err != nil {
			return err
		}
	}
	return l.end()
}

// endOf ends a sheet that stays empty.
func endOf(l *list) error {
	if l == nil {
		return nil
	}
	return l.end()
}

func warningsSheet(b *book, r Report) error {
	l, err := b.list("Sletteplanens mangler", column{"Regel", 16}, column{"Det er tvivlsomt", 110})
	if err != nil {
		return err
	}
	for _, w := range r.Warnings {
		if err := l.row(w.Rule, b.lang.warning(w)); err != nil {
			return err
		}
	}
	return l.end()
}

func uncoveredSheet(b *book, r Report) error {
	l, err := b.list("Uden for rækkevidde", column{"Id", 12}, column{"System", 28}, column{"Titel", 40}, column{"Frist", 40}, column{"Kontrolleres af", 24}, column{"Sidst kontrolleret", 18}, column{"Af", 20}, column{"Næste kontrol", 14}, column{"Forsinket", 11})
	if err != nil {
		return err
	}
	for _, u := range r.Uncovered {
		late := ""
		if u.Overdue {
			late = b.lang.say("ja")
		}
		if err := l.row(u.ID, u.System, u.Title, u.Deadline, u.By, day(u.Checked), u.Person, day(u.Next), late); err != nil {
			return err
		}
	}
	return l.end()
}
