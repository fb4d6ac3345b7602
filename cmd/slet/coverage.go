package main

import (
	"context"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/sletdk/slet/audit"
	"github.com/sletdk/slet/detectors"
	"github.com/sletdk/slet/report"
	"github.com/sletdk/slet/retention"
	"github.com/sletdk/slet/store"
)

func (c *cli) coverageCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use: "coverage", Short: "Record who checks the systems that slet cannot look into",
		Long: "The coverage register stands in the schedule, under coverage: data in systems that\nslet cannot look into, their deadline, and who sees by hand that it is kept.\n\n" + exitHelp,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	var by, date string
	checked := &cobra.Command{
		Use:   "checked SYSTEM --by NAME",
		Short: "Record that a named person has checked a system by hand",
		Long:  "Records that a named person has seen by hand that the deadlines of a system are\nkept.\nSYSTEM is a system of the register, or the id of one of its entries.\n\n" + exitHelp,
		Args:  one("SYSTEM"),
		RunE: func(cmd *cobra.Command, args []string) error {
			if strings.TrimSpace(by) == "" {
				return usagef("who checked it? give --by NAME")
			}
			at := now()
			if date != "" {
				t, err := time.ParseInLocation(time.DateOnly, date, retention.Zone())
				if err != nil {
					return usagef("--date %s: want a date such as 2026-11-22", date)
				}
				if t.After(at) {
					return usagef("--date %s lies in the future; a control is recorded when it was made", date)
				}
				at = t
			}
			return c.withApp(cmd.Context(), writing, func(ctx context.Context, a *app) error { return a.checkedByHand(ctx, args[0], by, at) })
		},
	}
	checked.Flags().StringVar(&by, "by", "", "`NAME` of the person who checked")
	checked.Flags().StringVar(&date, "date", "", "`DATE` of the control (default today)")
	cmd.AddCommand(checked, &cobra.Command{
		Use: "list", Short: "List the systems, and when each was checked last", Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return c.withApp(cmd.Context(), reading, func(ctx context.Context, a *app) error { return a.listCoverage(ctx) })
		},
	})
	return cmd
}

// uncovered are the entries of the coverage register with their last controls.
func (a *app) uncovered(ctx context.Context) ([]report.Uncovered, error) {
	checks, err := a.store.CoverageChecks(ctx)
	if err != nil {
		return nil, err
	}
	last := map[string]store.CoverageCheck{}
	for _, c := range checks {
		last[strings.ToLower(c.System)] = c // the oldest come first
	}
	var list []report.Uncovered
	for _, u := range a.schedule.Coverage {
		c := last[strings.ToLower(u.System)]
		next := u.Next(c.Checked)
		list = append(list, report.Uncovered{
			ID: u.ID, System: u.System, Title: u.Title, Deadline: u.Deadline, By: u.By,
			Checked: inZone(c.Checked), Person: c.Person, Next: next, Overdue: !now().Before(next),
		})
	}
	return list, nil
}

func (a *app) checkedByHand(ctx context.Context, name, by string, at time.Time) error {
	system := ""
	for _, u := range a.schedule.Coverage {
		if strings.EqualFold(u.System, name) || strings.EqualFold(u.ID, name) {
			system = u.System
		}
	}
	if system == "" {
		return usagef("the coverage register has no system %q; slet coverage list names them", name)
	}
	person := detectors.MaskText(strings.TrimSpace(by))
	if _, err := a.log.Append(audit.Entry{Time: now(), Type: audit.TypeCoverageChecked, Actor: person, Detail: map[string]string{
		"system": detectors.MaskText(system), "checked": day(at), "recorded_by": account(),
	}}); err != nil {
		return err
	}
	if err := a.store.AddCoverageCheck(ctx, store.CoverageCheck{System: system, Checked: at, Person: person, Recorded: now()}); err != nil {
		return err
	}
	a.note("%s: checked by %s on %s", system, person, day(at))
	return a.remember()
}

func (a *app) listCoverage(ctx context.Context) error {
	list, err := a.uncovered(ctx)
	if err != nil {
		return err
	}
	if a.json {
		for _, u := range list {
			if err := a.printJSON(u); err != nil {
				return err
			}
		}
		return nil
	}
	return a.table("ID SYSTEM WHAT DEADLINE BY CHECKED NEXT OVERDUE", func(row func(...any)) {
		for _, u := range list {
			row(u.ID, u.System, u.Title, orDash(u.Deadline), u.By, orNever(u.Checked), day(u.Next), map[bool]string{true: "yes", false: "-"}[u.Overdue])
		}
	})
}

// inZone is a time in Copenhagen; zero stays zero.
func inZone(t time.Time) time.Time {
	if t.IsZero() {
		return t
	}
	return t.In(retention.Zone())
}

func orNever(t time.Time) string {
	if t.IsZero() {
		return "never"
	}
	return day(t)
}
