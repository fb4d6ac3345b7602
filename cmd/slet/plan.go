package main

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"log/slog"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/sletdk/slet/erase"
	"github.com/sletdk/slet/retention"
	"github.com/sletdk/slet/store"
)

func (c *cli) planCommand() *cobra.Command {
	var source, asOf string
	var forecast, copies bool
	cmd := &cobra.Command{
		Use:   "plan",
		Short: "Freeze what is due into a plan that waits for approval",
		Long: `Freezes the items that are due today, and whose rule wants them erased, into a
plan. Nothing is erased: the plan waits for slet approve. With --as-of it shows
what would be due on that day, and with --forecast how much falls due in each of
the next 24 months; both freeze nothing.

` + exitHelp,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			n := writing
			if forecast && asOf != "" {
				return usagef("--forecast looks ahead from today; leave --as-of out")
			}
			if asOf != "" || forecast {
				n = reading
			}
			return c.withApp(cmd.Context(), n, func(ctx context.Context, a *app) error {
				if source != "" {
					if _, err := a.sources([]string{source}); err != nil {
						return err
					}
				}
				if forecast {
					return a.forecast(ctx, source)
				}
				if asOf != "" {
					return a.simulate(ctx, source, asOf)
				}
				return a.propose(ctx, source, copies)
			})
		},
	}
	cmd.Flags().StringVar(&source, "source", "", "only items of source `NAME`")
	cmd.Flags().BoolVar(&forecast, "forecast", false, "what falls due in the next 24 months; freezes nothing")
	cmd.Flags().BoolVar(&copies, "with-copies", false, "plan copies in other sources too, where they are due themselves")
	cmd.Flags().StringVar(&asOf, "as-of", "", "simulate `DATE` (YYYY-MM-DD); freezes nothing")
	cmd.AddCommand(c.planCancelCommand(), c.planWithdrawCommand(), &cobra.Command{
		Use: "show PLAN", Short: "List the items of a plan", Long: "Lists the items of a plan, why each is in it and what became of it.\n\n" + exitHelp, Args: one("PLAN"),
		RunE: func(cmd *cobra.Command, args []string) error {
			return c.withApp(cmd.Context(), reading, func(ctx context.Context, a *app) error { return a.showPlan(ctx, args[0]) })
		},
	})
	cmd.AddCommand(c.resolveCommand())
	return cmd
}

func (c *cli) plansCommand() *cobra.Command {
	return &cobra.Command{
		Use: "plans", Short: "List the plans", Long: "Lists the plans, oldest first.\n\n" + exitHelp, Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return c.withApp(cmd.Context(), reading, func(ctx context.Context, a *app) error { return a.listPlans(ctx) })
		},
	}
}

func (c *cli) approveCommand() *cobra.Command {
	var name string
	var exclude, only []string
	cmd := &cobra.Command{
		Use:   "approve PLAN --as NAME",
		Short: "Record a named person's yes to a plan, or to part of it",
		Long: `Records a named person's yes to a plan, or to part of it: --exclude leaves items
out, --only leaves all others out. What is left out is not erased. A plan that is
larger than erase.second_approval, together with what the same person has approved
alone in the last 24 hours, needs the yes of a second person. Where there are
users (slet user list), NAME is one of them, with the role dpo, by name or full
name. The approval binds to the very items, their content and the schedule: if any
of them changes, it no longer holds.

` + exitHelp,
		Args: one("PLAN"),
		RunE: func(cmd *cobra.Command, args []string) error {
			if strings.TrimSpace(name) == "" {
				return usagef("who approves? give --as NAME")
			}
			return c.as(cmd.Context(), name, func(ctx context.Context, a *app, name string) error {
				return a.approve(ctx, args[0], name, exclude, only)
			})
		},
	}
	cmd.Flags().StringVar(&name, "as", "", "`NAME` of the person who approves")
	cmd.Flags().StringArrayVar(&exclude, "exclude", nil, "leave `ITEM` out; may be given several times")
	cmd.Flags().StringArrayVar(&only, "only", nil, "approve this `ITEM` and no others; may be given several times")
	cmd.MarkFlagsMutuallyExclusive("exclude", "only")
	return cmd
}

// planLine is a line of slet plans --json.
type planLine struct {
	Plan     string     `json:"plan"`
	State    string     `json:"state"`
	Created  time.Time  `json:"created"`
	Items    int        `json:"items"`
	Bytes    int64      `json:"bytes"`
	Schedule string     `json:"schedule_version"`
	Hash     string     `json:"hash"`
	Approver string     `json:"approver,omitempty"`
	Approved *time.Time `json:"approved,omitempty"`
	// Approvals are all that were given; From is when an approved plan may be
	// carried out from, Expires until when, Why why it is dead.
	Approvals []approvalLine `json:"approvals,omitempty"`
	From      *time.Time     `json:"executable_from,omitempty"`
	Expires   *time.Time     `json:"expires,omitempty"`
	Why       string         `json:"why,omitempty"`
	// OtherNames is how many items a run will refuse: see store.OtherNames.
	OtherNames int `json:"other_names,omitempty"`
}

func (a *app) planLine(ctx context.Context, p store.Plan) (planLine, error) {
	approvals, err := a.approvalLines(ctx, p.ID)
	if err != nil {
		return planLine{}, err
	}
	others, err := a.otherNames(ctx, p)
	return planLine{
		Plan: p.ID, State: string(p.State), Created: p.Created.In(retention.Zone()), Items: p.Items, Bytes: p.Bytes, Schedule: p.ScheduleVersion,
		Hash: p.Hash, Approver: p.Approver, Approved: timeOrNil(p.Approved), Approvals: approvals,
		From: timeOrNil(p.Effective), Expires: timeOrNil(rules(a.cfg.Erase).Ends(p)), Why: p.Why, OtherNames: others,
	}, err
}

func (a *app) printPlanLine(ctx context.Context, p store.Plan) error {
	line, err := a.planLine(ctx, p)
	if err != nil {
		return err
	}
	return a.printJSON(line)
}

// itemLine is a line of slet plan show --json.
type itemLine struct {
	Item    string    `json:"item"`
	Path    string    `json:"path"`
	Rule    string    `json:"rule"`
	Due     time.Time `json:"due"`
	Size    int64     `json:"size"`
	State   string    `json:"state"`
	Reasons []string  `json:"reasons"`
	// Copies is how many other items share content with it, Kept how many of
	// them are not due themselves; not in a simulation.
	Copies *int `json:"copies,omitempty"`
	Kept   *int `json:"copies_not_due,omitempty"`
	// Waits says why it waits for its owner, and until when.
	Waits string `json:"waits,omitempty"`
}

func newItemLine(it store.PlanItem) itemLine {
	line := itemLine{
		Item: it.Ref, Path: it.Item.Path, Rule: it.Rule, Due: it.Due.In(retention.Zone()), Size: it.Item.Size, State: string(it.State), Reasons: []string{},
	}
	for _, r := range it.Reasons {
		line.Reasons = append(line.Reasons, r.English())
	}
	return line
}

func (a *app) propose(ctx context.Context, source string, copies bool) error {
	s, err := erase.Select(ctx, a.deps(account()), source)
	if err != nil {
		return err
	}
	a.sayLeftOut(s)
	if err := a.withCopies(ctx, &s, copies); err != nil {
		return errors.Join(err, s.Drop(ctx))
	}
	p, err := s.Freeze(ctx)
	if errors.Is(err, erase.ErrNothingDue) {
		a.note("nothing is due for erasure; no plan was made")
		return nil
	}
	if err != nil {
		return err
	}
	return a.printPlan(ctx, p, fmt.Sprintf("slet plan show %s lists the items; slet approve %s --as NAME approves them", p.ID, p.ID))
}

// sayLeftOut says what is due and will not be in the plan, and why.
func (a *app) sayLeftOut(s erase.Selection) {
	if s.Clock != nil {
		a.line(slog.LevelWarn, "slet: "+a.mask(s.Clock))
	}
	for _, left := range []struct {
		n   int
		why string
	}{
		{s.Unread, "could not be read whole: a person must look at them"},
		{s.Excluded, "excluded from an earlier plan: slet hold add says why they are kept, and until when"},
		{s.Planned, "in another plan that waits to be approved or carried out"},
		{s.VerifyOnly, "in a source that slet only verifies: have them gone at its recorder"},
		{s.Interrupted, "half erased: slet plans names the plan that goes on with them"},
	} {
		if left.n > 0 {
			a.note("%s due and left out: %s", plural(left.n, "item"), left.why)
		}
	}
}

func (a *app) printPlan(ctx context.Context, p store.Plan, hint string) error {
	if a.json {
		return a.printPlanLine(ctx, p)
	}
	_, err := fmt.Fprintf(a.stdout, "%s: %s, %s, %s, schedule %s\n", p.ID, plural(p.Items, "item"), byteSize(p.Bytes), p.State, p.ScheduleVersion)
	a.note("%s", hint)
	return errors.Join(err, a.sayOtherNames(ctx, p))
}

// otherNames is store.OtherNames of a plan that can still be carried out.
func (a *app) otherNames(ctx context.Context, p store.Plan) (int, error) {
	if p.State != store.PlanProposed && p.State != store.PlanApproved {
		return 0, nil
	}
	return a.store.OtherNames(ctx, p.ID)
}

// sayOtherNames says before a plan is approved what its run will refuse.
func (a *app) sayOtherNames(ctx context.Context, p store.Plan) error {
	n, err := a.otherNames(ctx, p)
	if n > 0 {
		a.line(slog.LevelWarn, fmt.Sprintf("slet: %s of %s will be refused: the same content has other names (hard links), which are not in the plan; "+
			"plan the others too, or remove the names that are not needed, then scan and plan again", plural(n, "item"), p.ID))
	}
	return err
}

func (a *app) simulate(ctx context.Context, source, asOf string) error {
	day, err := time.ParseInLocation(time.DateOnly, asOf, retention.Zone())
	if err != nil {
		return usagef("--as-of %s: want a date such as 2027-01-01", asOf)
	}
	// What falls due during the day counts: ask at its end.
	end, n := day.AddDate(0, 0, 1).Add(-time.Nanosecond), 0
	each := func(print func(store.PlanItem) error) error {
		return erase.Simulate(ctx, a.deps(account()), source, end, func(it store.PlanItem) error {
			n++
			return print(it)
		})
	}
	if a.json {
		err = each(func(it store.PlanItem) error { return a.printJSON(newItemLine(it)) })
	} else {
		var failed error
		err = a.table(itemHeader, func(row func(...any)) {
			failed = each(func(it store.PlanItem) error { row(itemCells(it)...); return nil })
		})
		err = errors.Join(failed, err)
	}
	if err != nil {
		return err
	}
	a.note("%s would be due on %s; nothing was frozen", plural(n, "item"), asOf)
	return nil
}

// itemHeader and itemCells are a table of a plan's items.
const itemHeader = "ITEM RULE DUE SIZE STATE PATH"

func itemCells(it store.PlanItem) []any {
	return []any{it.Ref, it.Rule, day(it.Due), byteSize(it.Item.Size), it.State, it.Item.Path}
}

func (a *app) showPlan(ctx context.Context, id string) error {
	p, err := a.store.Plan(ctx, id)
	if err != nil {
		return planError(id, err)
	}
	restricted, err := a.restrictedRefs(ctx)
	if err != nil {
		return err
	}
	copies, err := a.copyCount(ctx)
	if err != nil {
		return err
	}
	err = a.printItems(ctx, func(yield func(store.PlanItem, error) bool) {
		for it, err := range a.store.EachPlanItem(ctx, id) {
			if restricted[it.Ref] {
				it.Item.Path = hiddenPath
			}
			if !yield(it, err) {
				return
			}
		}
	}, copies)
	return errors.Join(err, a.sayOtherNames(ctx, p))
}

// printItems lists items of a plan. copies counts the copies of one and those
// that are not due themselves.
func (a *app) printItems(ctx context.Context, items iter.Seq2[store.PlanItem, error], copies copyCount) error {
	if a.json {
		for it, err := range items {
			if err != nil {
				return err
			}
			line := newItemLine(it)
			all, kept, err := copies(it)
			if err != nil {
				return err
			}
			line.Copies, line.Kept = &all, &kept
			if line.Waits, err = a.ownersWord(ctx, it); err != nil {
				return err
			}
			if err := a.printJSON(line); err != nil {
				return err
			}
		}
		return nil
	}
	waiting := ownersWords{a: a}
	var failed error
	err := a.table(itemHeader, func(row func(...any)) {
		for it, err := range items {
			if err == nil {
				err = waiting.count(ctx, it)
			}
			if err != nil {
				failed = err
				return
			}
			row(itemCells(it)...)
		}
	})
	if err := errors.Join(failed, err); err != nil {
		return err
	}
	waiting.say()
	return nil
}

func (a *app) listPlans(ctx context.Context) error {
	plans, err := a.store.Plans(ctx)
	if err != nil {
		return err
	}
	if a.json {
		for _, p := range plans {
			if err := a.printPlanLine(ctx, p); err != nil {
				return err
			}
		}
		return nil
	}
	if err := a.sayInterrupted(ctx); err != nil {
		return err
	}
	return a.table("PLAN STATE CREATED ITEMS SIZE APPROVED_BY", func(row func(...any)) {
		for _, p := range plans {
			row(p.ID, p.State, day(p.Created), p.Items, byteSize(p.Bytes), orDash(p.Approver))
		}
	})
}

// sayInterrupted names the plans that a run was interrupted in, in the middle
// of an item.
func (a *app) sayInterrupted(ctx context.Context) error {
	items, err := erase.Interrupted(ctx, a.store)
	if err != nil {
		return err
	}
	n := map[string]int{}
	for _, it := range items {
		n[it.Plan]++
	}
	for _, plan := range slices.Sorted(maps.Keys(n)) {
		a.note("plan %s: the erasure of %s was interrupted; slet erase %s goes on with it", plan, plural(n[plan], "item"), plan)
	}
	return nil
}

// planError says which plan was not found, and where they are listed.
func planError(id string, err error) error {
	if errors.Is(err, store.ErrNotFound) {
		return usagef("no plan is called %q; slet plans lists them", id)
	}
	return err
}
