package main

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/sletdk/slet/config"
	"github.com/sletdk/slet/detectors"
	"github.com/sletdk/slet/erase"
	"github.com/sletdk/slet/retention"
	"github.com/sletdk/slet/store"
)

// This file is what people do to a plan between its proposal and its erasure,
// and what the configuration says of that.

func (c *cli) planCancelCommand() *cobra.Command {
	return c.planVerb("cancel PLAN --as NAME --why TEXT", "End a plan for good: what is left of it is not erased",
		`Ends a plan for good. It works until the last item is erased; a run that is
going on stops before its next item. What is still due is proposed again by the
next slet plan; slet hold add keeps it.`,
		func(ctx context.Context, a *app, id, name, why string) (store.Plan, string, error) {
			p, err := erase.Cancel(ctx, a.deps(account()), id, name, why)
			return p, "cancelled by " + name, err
		})
}

func (c *cli) planWithdrawCommand() *cobra.Command {
	var approver string
	cmd := c.planVerb("withdraw PLAN --as NAME --why TEXT", "Take an approval back: the plan waits for approval again",
		`Takes an approval back. It works until an item of the plan has been begun with;
after that there is slet plan cancel. With --approval it is somebody else's
approval that is taken back.`,
		func(ctx context.Context, a *app, id, name, why string) (store.Plan, string, error) {
			whose := name
			if approver != "" {
				whose = detectors.MaskText(approver)
			}
			p, err := erase.Withdraw(ctx, a.deps(account()), id, whose, name, why)
			return p, "the approval by " + whose + " is withdrawn", err
		})
	cmd.Flags().StringVar(&approver, "approval", "", "whose approval, by `NAME`, if not one's own")
	return cmd
}

// planVerb is a command by which a named person does something to a plan, and says why.
func (c *cli) planVerb(use, short, long string, do func(ctx context.Context, a *app, id, name, why string) (store.Plan, string, error)) *cobra.Command {
	var name, why string
	cmd := &cobra.Command{
		Use: use, Short: short, Long: long + "\n\n" + exitHelp, Args: one("PLAN"),
		RunE: func(cmd *cobra.Command, args []string) error {
			if strings.TrimSpace(name) == "" || strings.TrimSpace(why) == "" {
				return usagef("who says so, and why? give --as NAME and --why TEXT")
			}
			return c.as(cmd.Context(), name, func(ctx context.Context, a *app, name string) error {
				p, done, err := do(ctx, a, args[0], name, why)
				if err != nil {
					return planError(args[0], err)
				}
				return a.printPlan(ctx, p, done)
			})
		},
	}
	cmd.Flags().StringVar(&name, "as", "", "`NAME` of the person who says so")
	cmd.Flags().StringVar(&why, "why", "", "`TEXT` for the audit log")
	return cmd
}

// approve records a yes, and says what comes next.
func (a *app) approve(ctx context.Context, id, name string, exclude, only []string) error {
	approve, items := erase.Approve, exclude
	if len(only) > 0 {
		approve, items = erase.ApproveOnly, only
	}
	p, err := approve(ctx, a.deps(account()), id, name, items)
	if err != nil {
		return planError(id, err)
	}
	next := fmt.Sprintf("slet erase %s carries it out", p.ID)
	switch {
	case p.State == store.PlanProposed:
		next = fmt.Sprintf("it is so large, with what the same person has approved alone in the last 24 hours, that a second person has to approve it: slet approve %s --as NAME", p.ID)
	case p.Effective.After(now()):
		next = fmt.Sprintf("slet erase %s carries it out from %s; until then slet plan cancel %s stops it", p.ID, moment(p.Effective), p.ID)
	}
	return a.printPlan(ctx, p, fmt.Sprintf("approved by %s; %s", name, next))
}

// moment is a time for people.
func moment(t time.Time) string { return t.In(retention.Zone()).Format("2006-01-02 15:04") }

// approvalLine is an approval in slet plans --json.
type approvalLine struct {
	Name      string     `json:"name"`
	Approved  time.Time  `json:"approved"`
	Withdrawn *time.Time `json:"withdrawn,omitempty"`
	By        string     `json:"withdrawn_by,omitempty"`
}

func (a *app) approvalLines(ctx context.Context, plan string) ([]approvalLine, error) {
	all, err := a.store.Approvals(ctx, plan)
	var lines []approvalLine
	for _, x := range all {
		lines = append(lines, approvalLine{x.Name, x.Approved.In(retention.Zone()), timeOrNil(x.Withdrawn), x.WithdrawnBy})
	}
	return lines, err
}

// rules are what the configuration says of approvals.
func rules(e config.Erase) erase.Rules {
	return erase.Rules{
		SecondItems: e.SecondApproval.Items, SecondBytes: int64(e.SecondApproval.Bytes),
		NotApprovers: e.NotApprovers, Wait: e.WaitingPeriod, Expiry: e.ApprovalExpires,
	}
}

// window is when the configuration lets items be erased.
func window(w config.Window) (erase.Window, error) {
	days, from, to, zone, err := w.Times()
	if err != nil {
		return erase.Window{}, usagef("erase.window: %w", err)
	}
	return erase.Window{Days: days, From: from, To: to, Zone: zone}, nil
}
