package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"iter"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"time"

	"github.com/spf13/cobra"

	"github.com/sletdk/slet/audit"
	"github.com/sletdk/slet/config"
	"github.com/sletdk/slet/detectors"
	"github.com/sletdk/slet/erase"
	"github.com/sletdk/slet/report"
	"github.com/sletdk/slet/retention"
	"github.com/sletdk/slet/scanner"
	"github.com/sletdk/slet/store"
	"github.com/sletdk/slet/web"
)

func (c *cli) reportCommand() *cobra.Command {
	var format, out, lang string
	cmd := &cobra.Command{
		Use:   "report",
		Short: "Write the report: coverage, findings, retention, erasures",
		Long: `Writes the findings report for the DPO, in Danish unless --lang says otherwise.
Values and paths are masked: the report is made to be passed on.

` + exitHelp,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			write, ok := map[string]func(io.Writer, report.Report) error{"html": report.HTML, "csv": report.CSV, "json": report.JSON, "xlsx": report.XLSX}[format]
			if !ok {
				return usagef("--format %s: want html, xlsx, csv or json", format)
			}
			if lang != string(report.Danish) && lang != string(report.English) {
				return usagef("--lang %s: want da or en", lang)
			}
			return c.withApp(cmd.Context(), writing, func(ctx context.Context, a *app) error {
				return a.report(ctx, report.Lang(lang), write, format, out)
			})
		},
	}
	cmd.Flags().StringVar(&format, "format", "html", "`FORMAT`: html, xlsx, csv or json")
	cmd.Flags().StringVar(&lang, "lang", "da", "`LANGUAGE` of html, xlsx and csv: da or en")
	cmd.Flags().StringVarP(&out, "output", "o", "", "write to `FILE`, which is replaced whole or not at all (default standard output)")
	return cmd
}

func (a *app) report(ctx context.Context, lang report.Lang, write func(io.Writer, report.Report) error, format, out string) error {
	r, err := a.gather(ctx, lang)
	if err != nil {
		return err
	}
	if out == "" {
		err = write(a.stdout, r)
	} else {
		err = replaceFile(out, func(w io.Writer) error { return write(w, r) })
	}
	if err != nil {
		return err
	}
	if _, err := a.log.Append(audit.Entry{Time: now(), Type: audit.TypeReportWritten, Actor: account(), Detail: map[string]string{"format": format}}); err != nil {
		return err
	}
	if out != "" {
		a.note("report: %s", out)
	}
	return nil
}

// replaceFile writes a file beside path and renames it there, so that a full
// disk never leaves half a report under the name of a whole one. What is no
// file, such as /dev/null or a pipe, is written to, and stays what it is.
func replaceFile(path string, write func(io.Writer) error) (err error) {
	if info, err := os.Stat(path); err == nil && !info.Mode().IsRegular() {
		f, err := os.OpenFile(path, os.O_WRONLY, 0)
		if err != nil {
			return usagef("write %s: %w", path, err)
		}
		return errors.Join(write(f), f.Close())
	}
	f, err := os.CreateTemp(filepath.Dir(path), ".slet-report-*")
	if err != nil {
		return usagef("write %s: %w", path, err)
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, os.Remove(f.Name()))
		}
	}()
	if err := errors.Join(write(f), f.Sync(), f.Close()); err != nil {
		return fmt.Errorf("write %s: %w", path, err)
	}
	return os.Rename(f.Name(), path)
}

// gather collects what the report shows. One pass over the findings makes the
// sums; the items themselves are read again while they are written, so that
// memory does not grow with them.
func (a *app) gather(ctx context.Context, lang report.Lang) (report.Report, error) {
	r := report.Report{
		Lang:         lang,
		Organisation: a.cfg.Organisation.Name, CVR: a.cfg.Organisation.CVR, Generated: now(),
		Controller: a.cfg.Organisation.Controller, Processor: a.cfg.Organisation.Processor,
		Program: "slet " + version, Schedule: a.schedule.Version, ScheduleHash: a.schedule.Hash(), Enforce: a.cfg.Erase.Mode == config.Enforce,
		Items: a.rows(ctx),
	}
	s := sums{seen: retention.NewInventory(a.schedule), forecast: report.NewForecast(r.Generated)}
	s.begin()
	s.departments = map[report.Department]*report.Department{}
	var err error
	if r.Uncovered, err = a.uncovered(ctx); err != nil {
		return r, err
	}
	err = errors.Join(
		a.gatherSources(ctx, &r),
		a.eachGap(ctx, "", func(g sourceGap) error { s.gap(&r, g); return nil }),
		a.eachFinding(ctx, "", func(f store.Finding, d retention.Decision, _ string) error {
			s.finding(f, d, r.Generated)
			s.department(a.departmentOf(f, d), f, d)
			return nil
		}),
		a.gatherPlans(ctx, &r),
		a.gatherHolds(ctx, &r),
	)
	s.into(&r)
	r.Departments = s.listDepartments()
	err = errors.Join(err, a.gatherBeside(ctx, &r), a.gatherScope(&r))
	err = errors.Join(err, a.gatherPeriod(ctx, &r))
	err = errors.Join(err, a.gatherTrend(ctx, &r))
	r.Warnings = a.lint(a.schedule, s.seen)
	r.Audit = auditState(a.auditPath())
	return r, err
}

// gatherTrend makes the trend of the snapshots that the service took, with the
// report itself as the last of them.
func (a *app) gatherTrend(ctx context.Context, r *report.Report) error {
	t := report.NewTrend(r.Generated)
	past, err := a.store.Snapshots(ctx, t.From())
	if err != nil {
		return err
	}
	for _, snap := range past {
		var then report.Report
		if err := json.Unmarshal(snap.Data, &then); err != nil {
			return fmt.Errorf("the snapshot of %s: %w", snap.Taken.Format(time.RFC3339), err)
		}
		t.Count(snap.Taken, then)
	}
	t.Count(r.Generated, *r)
	t.Erase(r.Erased)
	r.Trend = t
	return nil
}

// gatherBeside collects what no pass over the findings tells.
func (a *app) gatherBeside(ctx context.Context, r *report.Report) error {
	d, err := a.store.Duplicates(ctx, report.MaxDuplicates)
	if err != nil {
		return err
	}
	r.Duplicates = report.Duplicates{Sets: d.Sets, Extra: d.Extra, Bytes: d.Bytes}
	for _, s := range d.Largest {
		r.Duplicates.Largest = append(r.Duplicates.Largest, report.DuplicateSet(s))
	}
	if r.FalsePositives, err = a.store.CountFalsePositives(ctx); err != nil {
		return err
	}
	r.Cameras, err = a.cameraStatus(ctx)
	for i := range r.Cameras {
		r.Cameras[i].Camera = detectors.MaskText(r.Cameras[i].Camera)
	}
	return err
}

func (a *app) gatherSources(ctx context.Context, r *report.Report) error {
	scans, err := a.store.Scans(ctx)
	if err != nil {
		return err
	}
	for _, s := range a.cfg.Sources {
		line := report.Source{Name: s.Name, Type: s.Type, Place: detectors.MaskText(s.Place())}
		if i := slices.IndexFunc(scans, func(sc store.ScanRecord) bool { return sc.Source == s.Name }); i >= 0 {
			t := scans[i].Totals
			line.Scanned, line.Complete = scans[i].Finished, scans[i].Complete
			line.Seen, line.Examined, line.Skipped, line.Failed = t.Seen, t.Scanned+t.Unchanged, t.Skipped, t.Failed
			line.Gaps, line.PrivateFolders, line.Bytes = t.Gaps, t.PrivateFolders, t.Bytes
		}
		r.Sources = append(r.Sources, line)
	}
	return nil
}

// sums are the numbers of the report, gathered in one pass.
type sums struct {
	gaps        map[scanner.Reason]int64
	found, sure map[string]int64
	decided     map[retention.Disposition]int64
	partly      map[string]int64 // by source
	persons     map[string]struct{}
	documents   map[string]int64
	departments map[report.Department]*report.Department // by source, name and whether it is an owner
	due         report.Bands
	seen        *retention.Inventory
	forecast    *report.Forecast
}

// begin makes room.
func (s *sums) begin() {
	s.gaps, s.found, s.sure = map[scanner.Reason]int64{}, map[string]int64{}, map[string]int64{}
	s.decided, s.persons, s.partly = map[retention.Disposition]int64{}, map[string]struct{}{}, map[string]int64{}
	s.documents = map[string]int64{}
}

func (s *sums) gap(r *report.Report, g sourceGap) {
	s.gaps[g.Gap]++
	if len(r.Gaps) < report.MaxGaps {
		r.Gaps = append(r.Gaps, report.Gap{
			Source: g.Source, Path: detectors.MaskText(g.Path), Where: detectors.MaskText(g.Where), Reason: string(g.Gap), Error: web.Fault(r.Lang, g.Error),
		})
	}
}

func (s *sums) finding(f store.Finding, d retention.Decision, now time.Time) {
	seen, sure := map[string]bool{}, map[string]bool{}
	for _, c := range f.Counts {
		seen[c.Category] = true
		sure[c.Category] = sure[c.Category] || c.Confidence == detectors.Confirmed
	}
	for category := range seen {
		s.found[category]++
		if sure[category] {
			s.sure[category]++
		}
	}
	for _, p := range f.Subjects {
		s.persons[p] = struct{}{}
	}
	if !f.Failed && f.GapCount() > 0 {
		s.partly[f.Item.Source]++
	}
	if f.DocumentType != "" {
		s.documents[f.DocumentType]++
	}
	s.decided[d.Disposition]++
	s.seen.See(f.Facts())
	s.forecast.Add(d, f.Item.Size)
	s.band(d.Disposition, d.Due, now)
}

// band sorts an item by how long it has been, or will be, until it is due.
func (s *sums) band(d retention.Disposition, due, now time.Time) {
	const days = 24 * time.Hour
	late := now.Sub(due)
	switch {
	case due.IsZero():
	case d == retention.Due:
		switch {
		case late <= 30*days:
			s.due.Month++
		case late <= 182*days:
			s.due.HalfYear++
		case late <= 365*days:
			s.due.Year++
		default:
			s.due.Longer++
		}
	case d == retention.Keep && late > -30*days:
		s.due.Next30++
	case d == retention.Keep && late > -90*days:
		s.due.Next90++
	}
}

func (s *sums) into(r *report.Report) {
	r.GapCount = countsOf(s.gaps, nil)
	r.Findings = countsOf(s.found, s.sure)
	r.Documents = countsOf(s.documents, nil)
	r.Persons = int64(len(s.persons))
	r.Due = s.due
	r.Forecast = s.forecast
	for i := range r.Sources {
		r.Sources[i].Partly = s.partly[r.Sources[i].Name]
	}
	for _, d := range dispositions {
		r.Decided = append(r.Decided, report.Count{Name: string(d), N: s.decided[d]})
	}
}

func countsOf[K ~string](n, sure map[K]int64) []report.Count {
	counts := []report.Count{}
	for _, k := range slices.Sorted(maps.Keys(n)) {
		counts = append(counts, report.Count{Name: string(k), N: n[k], Sure: sure[k]})
	}
	return counts
}

func (a *app) gatherPlans(ctx context.Context, r *report.Report) error {
	plans, err := a.store.Plans(ctx)
	if err != nil {
		return err
	}
	for _, p := range plans {
		r.Plans = append(r.Plans, report.Plan{
			ID: p.ID, Created: p.Created, State: string(p.State), Approver: detectors.MaskText(p.Approver), Approved: p.Approved, Items: p.Items, Bytes: p.Bytes,
		})
		for it, err := range a.store.EachPlanItem(ctx, p.ID) {
			if err != nil {
				return err
			}
			if it.State == store.ItemPlanned || it.State == store.ItemExcluded {
				continue
			}
			r.Erased = append(r.Erased, report.Erased{
				Plan: p.ID, Ref: it.Ref, Path: detectors.MaskText(it.Item.Path), Rule: it.Rule, Result: string(it.State),
				Method: it.Method, Assurance: it.Assurance, Caveats: caveatsIn(r.Lang, it.Caveats), Finished: it.Finished,
			})
		}
	}
	return nil
}

// caveatsIn are the caveats of a receipt, which are in English, in a language.
func caveatsIn(lang report.Lang, caveats []string) []string {
	if lang == report.English {
		return caveats
	}
	danish := make([]string, len(caveats))
	for i, c := range caveats {
		danish[i] = erase.CaveatDanish(c)
	}
	return danish
}

func (a *app) gatherHolds(ctx context.Context, r *report.Report) error {
	holds, err := a.store.Holds(ctx)
	if err != nil {
		return err
	}
	for _, h := range holds {
		if h.Released.IsZero() {
			line := report.Hold{ID: h.ID, What: detectors.MaskText(holdText(h)), Reason: detectors.MaskText(h.Reason), Owner: detectors.MaskText(h.Owner), Review: h.Review}
			line.ReviewOverdue = !h.Review.IsZero() && !r.Generated.Before(h.Review)
			for _, d := range h.Duties(r.Generated) {
				if d.Kind == retention.DutyNotify {
					line.Notify, line.Notified = d.Deadline, d.Done
				}
			}
			r.Holds = append(r.Holds, line)
		}
	}
	return nil
}

// auditState is what the report says of the audit log.
func auditState(path string) report.AuditLog {
	sum, err := verifyFile(path)
	if err != nil {
		return report.AuditLog{Problem: detectors.MaskText(err.Error())}
	}
	return report.AuditLog{Lines: sum.Lines, Head: headText(sum), OK: true}
}

// rows yields the items of the report.
func (a *app) rows(ctx context.Context) iter.Seq2[report.Row, error] {
	return func(yield func(report.Row, error) bool) {
		stopped := errors.New("stopped")
		err := a.eachFinding(ctx, "", func(f store.Finding, d retention.Decision, state string) error {
			if d.Restricted {
				f.Item.Path, f.DocumentType, f.Counts, f.Subjects = hiddenPath, "", nil, nil // the row counts, and tells nothing
			}
			row := reportRow(f, d, state)
			if len(row.Matches) > 0 {
				row.Department = a.departmentOf(f, d).Name
			}
			if !yield(row, nil) {
				return stopped
			}
			return nil
		})
		if err != nil && !errors.Is(err, stopped) {
			yield(report.Row{}, err)
		}
	}
}

func reportRow(f store.Finding, d retention.Decision, state string) report.Row {
	row := report.Row{
		Ref: f.Ref, Source: f.Item.Source, Path: detectors.MaskText(f.Item.Path), Kind: string(f.Item.Kind), DocumentType: f.DocumentType,
		Size: f.Item.Size, Persons: len(f.Subjects), Gaps: f.GapCount(),
		Disposition: d.Disposition, Rule: d.Rule, Trigger: d.Trigger, TriggerDate: d.TriggerDate, DueDate: d.Due, Reasons: d.Reasons, State: state,
	}
	n, sure := map[string]int64{}, map[string]int64{}
	for _, c := range f.Counts {
		n[c.Category] += c.N
		if c.Confidence == detectors.Confirmed {
			sure[c.Category] += c.N
		}
	}
	row.Matches = countsOf(n, sure)
	return row
}
