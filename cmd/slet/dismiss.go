package main

import (
	"context"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/sletdk/slet/audit"
	"github.com/sletdk/slet/detectors"
	"github.com/sletdk/slet/erase"
	"github.com/sletdk/slet/retention"
	"github.com/sletdk/slet/store"
)

// dismissal is what a person says of matches that are no personal data.
type dismissal struct {
	person, reason string
	matches        []int // numbers as slet explain prints them; none is all
}

func (c *cli) dismissCommand() *cobra.Command {
	var d dismissal
	cmd := &cobra.Command{
		Use:   "dismiss ITEM --as NAME --reason WHY [--match N]...",
		Short: "Judge matches to be no personal data, in later scans too",
		Long: `Judges matches of an item to be false positives. The judgement is about those
values in that item: it survives every scan, also of a changed item, and the
same value elsewhere is judged for itself. --match names matches by the numbers
that slet explain prints; without it all of them are meant. The next scan leaves
them out.

` + exitHelp,
		Args: one("ITEM"),
		RunE: func(cmd *cobra.Command, args []string) error {
			if strings.TrimSpace(d.person) == "" || strings.TrimSpace(d.reason) == "" {
				return usagef("who judges, and why? give --as NAME and --reason WHY")
			}
			return c.as(cmd.Context(), d.person, func(ctx context.Context, a *app, name string) error {
				d.person = name
				return a.dismiss(ctx, args[0], d)
			})
		},
	}
	f := cmd.Flags()
	f.StringVar(&d.person, "as", "", "`NAME` of the person who judges")
	f.StringVar(&d.reason, "reason", "", "`WHY` it is no personal data")
	f.IntSliceVar(&d.matches, "match", nil, "number `N` of a match, as slet explain prints it")
	cmd.AddCommand(&cobra.Command{
		Use: "list", Short: "List the judgements", Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return c.withApp(cmd.Context(), reading, func(ctx context.Context, a *app) error { return a.listDismissed(ctx) })
		},
	}, &cobra.Command{
		Use: "undo ITEM", Short: "Take back the judgements about an item", Args: one("ITEM"),
		RunE: func(cmd *cobra.Command, args []string) error {
			return c.withApp(cmd.Context(), writing, func(ctx context.Context, a *app) error { return a.undoDismiss(ctx, args[0]) })
		},
	})
	return cmd
}

func (a *app) dismiss(ctx context.Context, ref string, d dismissal) error {
	f, err := a.finding(ctx, ref)
	if err != nil {
		return err
	}
	chosen := f.Matches
	if len(d.matches) > 0 {
		chosen = nil
		for _, n := range d.matches {
			if n < 1 || n > len(f.Matches) {
				return usagef("--match %d: %s has %s; slet explain numbers them", n, f.Ref, plural(len(f.Matches), "listed value"))
			}
			chosen = append(chosen, f.Matches[n-1])
		}
	}
	if len(chosen) == 0 {
		return usagef("%s has no matches", f.Ref)
	}
	judgements := make([]store.FalsePositive, len(chosen))
	for i, m := range chosen {
		judgements[i] = store.FalsePositive{Detector: m.Detector, Key: m.Key, Value: m.Value}
	}
	judged, err := erase.Dismiss(ctx, a.deps(account()), f.Ref, judgements, d.person, d.reason)
	if err != nil {
		return err
	}
	_, err = fmt.Fprintf(a.stdout, "%s: %s dismissed; the next scan leaves it out\n", f.Ref, plural(judged, "value"))
	return err
}

func (a *app) undoDismiss(ctx context.Context, ref string) error {
	f, err := a.finding(ctx, ref)
	if err != nil {
		return err
	}
	list, err := a.store.FalsePositives(ctx, f.Ref)
	if err != nil {
		return err
	}
	for _, p := range list {
		if err := a.store.RemoveFalsePositive(ctx, p.Ref, p.Detector, p.Key); err != nil {
			return err
		}
	}
	if err := a.auditDismissal(audit.TypeUndismissed, f.Ref, account(), map[string]string{"values": strconv.Itoa(len(list))}); err != nil {
		return err
	}
	_, err = fmt.Fprintf(a.stdout, "%s: %s count again from the next scan\n", f.Ref, plural(len(list), "value"))
	return err
}

func (a *app) auditDismissal(kind, ref, person string, detail map[string]string) error {
	detail["account"] = account()
	if _, err := a.log.Append(audit.Entry{Time: now(), Type: kind, Actor: detectors.MaskText(person), Item: ref, Detail: detail}); err != nil {
		return err
	}
	return nil
}

// dismissedLine is a line of slet dismiss list --json.
type dismissedLine struct {
	Item     string    `json:"item"`
	Detector string    `json:"detector"`
	Value    string    `json:"value"` // masked
	Person   string    `json:"person"`
	Reason   string    `json:"reason"`
	Judged   time.Time `json:"judged"`
}

func (a *app) listDismissed(ctx context.Context) error {
	list, err := a.store.FalsePositives(ctx, "")
	if err != nil {
		return err
	}
	if a.json {
		for _, p := range list {
			if err := a.printJSON(dismissedLine{p.Ref, p.Detector, p.Value, p.Person, p.Reason, p.Judged.In(retention.Zone())}); err != nil {
				return err
			}
		}
		return nil
	}
	return a.table("ITEM DETECTOR VALUE JUDGED BY REASON", func(row func(...any)) {
		for _, p := range list {
			row(p.Ref, p.Detector, p.Value, day(p.Judged), p.Person, p.Reason)
		}
	})
}
