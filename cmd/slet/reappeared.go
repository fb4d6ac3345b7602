package main

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/sletdk/slet/audit"
	"github.com/sletdk/slet/erase"
	"github.com/sletdk/slet/retention"
	"github.com/sletdk/slet/store"
)

// erasedYears is how long what was erased is remembered, as keyed MACs: longer
// than any backup is kept.
const erasedYears = 5

func (c *cli) reappearedCommand() *cobra.Command {
	var plan bool
	cmd := &cobra.Command{
		Use:   "reappeared",
		Short: "List what was erased and is back, as after a restored backup",
		Long: `Lists the items that were erased and that a scan has seen again since: by their
content, wherever it lies, or by their place, where an older copy of them lies.
They are known by keyed hashes alone. When there are any, the exit code is 3.
--plan proposes those that are due again, in a plan that waits for approval.

` + exitHelp,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			n := reading
			if plan {
				n = writing
			}
			return c.withApp(cmd.Context(), n, func(ctx context.Context, a *app) error { return a.listReappeared(ctx, plan) })
		},
	}
	cmd.Flags().BoolVar(&plan, "plan", false, "propose those that are due in a new plan")
	return cmd
}

// reappearedLine is a line of slet reappeared --json.
type reappearedLine struct {
	Item        string                `json:"item"`
	Source      string                `json:"source"`
	Path        string                `json:"path"`
	By          string                `json:"by"` // content, place or both
	Plan        string                `json:"plan"`
	Erased      time.Time             `json:"erased"`
	FirstSeen   time.Time             `json:"first_seen"`
	Disposition retention.Disposition `json:"disposition"`
	Rule        string                `json:"rule"`
}

func (a *app) listReappeared(ctx context.Context, plan bool) error {
	list, err := a.store.Reappeared(ctx)
	if err != nil {
		return err
	}
	decide, err := a.decider(ctx)
	if err != nil {
		return err
	}
	var lines []reappearedLine
	var refs []string
	for _, r := range list {
		f, err := a.store.Finding(ctx, r.Ref)
		if errors.Is(err, store.ErrNotFound) {
			continue // it went again just now
		}
		if err != nil {
			return err
		}
		d := decide(f)
		line := reappearedLine{r.Ref, f.Item.Source, f.Item.Path, reappearedBy(r), r.Plan, r.Erased.In(retention.Zone()), f.FirstSeen.In(retention.Zone()), d.Disposition, d.Rule}
		if d.Restricted {
			line.Path = hiddenPath
		}
		lines, refs = append(lines, line), append(refs, r.Ref)
	}
	if err := a.printReappeared(lines); err != nil {
		return err
	}
	if len(lines) == 0 {
		a.note("nothing that was erased is back")
		return nil
	}
	if plan {
		if err := a.planReappeared(ctx, refs); err != nil {
			return err
		}
	} else {
		a.note("slet reappeared --plan proposes those that are due")
	}
	return fmt.Errorf("%w: %s erased before and back", errIncomplete, plural(len(lines), "item"))
}

func reappearedBy(r store.Reappeared) string {
	switch {
	case r.Content && r.Place:
		return "both"
	case r.Content:
		return "content"
	}
	return "place"
}

func (a *app) printReappeared(lines []reappearedLine) error {
	if a.json {
		for _, l := range lines {
			if err := a.printJSON(l); err != nil {
				return err
			}
		}
		return nil
	}
	if len(lines) == 0 {
		return nil
	}
	return a.table("ITEM BY ERASED PLAN BACK DISPOSITION PATH", func(row func(...any)) {
		for _, l := range lines {
			row(l.Item, l.By, day(l.Erased), l.Plan, day(l.FirstSeen), l.Disposition, l.Source+":"+l.Path)
		}
	})
}

func (a *app) planReappeared(ctx context.Context, refs []string) error {
	s, err := erase.SelectOnly(ctx, a.deps(account()), refs)
	if err != nil {
		return err
	}
	a.sayLeftOut(s)
	if rest := len(refs) - s.Items - s.LeftOut(); rest > 0 {
		a.note("%s not due now: slet explain ITEM says why", plural(rest, "item"))
	}
	return a.freeze(ctx, s)
}

// freeze makes a plan of a selection of some items.
func (a *app) freeze(ctx context.Context, s erase.Selection) error {
	p, err := s.Freeze(ctx)
	if errors.Is(err, erase.ErrNothingDue) {
		a.note("nothing to propose; no plan was made")
		return nil
	}
	if err != nil {
		return err
	}
	return a.printPlan(ctx, p, fmt.Sprintf("slet plan show %s lists the items; slet approve %s --as NAME approves them", p.ID, p.ID))
}

// sayReappeared says after a scan what is back, and writes it to the audit log.
// What is not remembered any more by then is forgotten.
func (a *app) sayReappeared(ctx context.Context) error {
	if _, err := a.store.ForgetErased(ctx, now().AddDate(-erasedYears, 0, 0)); err != nil {
		return err
	}
	list, err := a.store.Reappeared(ctx)
	if err != nil || len(list) == 0 {
		return err
	}
	const listed = 1000 // a line of the log has a limit
	var refs []string
	for _, r := range list[:min(len(list), listed)] {
		refs = append(refs, r.Ref)
	}
	_, err = a.log.Append(audit.Entry{Time: now(), Type: audit.TypeReappeared, Actor: account(), Detail: map[string]string{
		"items": strconv.Itoa(len(list)), "refs": strings.Join(refs, " "),
	}})
	if err != nil {
		return err
	}
	a.note("%s erased before and back: slet reappeared lists them", plural(len(list), "item"))
	return a.remember()
}
