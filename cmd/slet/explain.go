package main

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"github.com/sletdk/slet/detectors"
	"github.com/sletdk/slet/erase"
	"github.com/sletdk/slet/retention"
	"github.com/sletdk/slet/store"
)

func (c *cli) explainCommand() *cobra.Command {
	var as dpo
	cmd := &cobra.Command{
		Use:   "explain ITEM",
		Short: "Say all about one item, and why it is decided as it is",
		Long: `Says all that is known about one item. ITEM is its reference, the beginning of
one, or SOURCE:PATH. The first matches are shown in the words around them, with
everything masked that any detector finds there.

` + exitHelp,
		Args: one("ITEM"),
		RunE: func(cmd *cobra.Command, args []string) error {
			return c.asDPO(cmd.Context(), as, "explain", func(ctx context.Context, a *app) error { return a.explain(ctx, args[0], as.restricted) })
		},
	}
	as.flags(cmd)
	return cmd
}

// explanation is the JSON of slet explain.
type explanation struct {
	findingLine
	Size     int64              `json:"size"`
	KeepTill any                `json:"keep_until"`
	Hold     string             `json:"hold"`
	Reasons  []retention.Reason `json:"reasons"`
	Why      []string           `json:"why"` // the reasons as sentences
	All      []matchLine        `json:"all_matches"`
	GapList  []gapLine          `json:"all_gaps"`
	Copies   []copyLine         `json:"copies"`
	Snippets []snippetLine      `json:"snippets"`
}

// snippetLine is one of all_matches, counted from 1, in the words around it.
type snippetLine struct {
	N int `json:"n"`
	detectors.Snippet
}

// snippetLines are those of a finding. What is restricted has none.
func (a *app) snippetLines(ctx context.Context, f store.Finding, d retention.Decision) ([]snippetLine, error) {
	list := []snippetLine{}
	if d.Restricted {
		return list, nil
	}
	snippets, err := a.store.Snippets(ctx, f.Ref)
	if err != nil {
		return nil, err
	}
	for i, m := range f.Matches {
		for _, n := range snippets {
			if n.Of(m) {
				list = append(list, snippetLine{i + 1, n.Snippet})
			}
		}
	}
	return list, nil
}

// finding looks up the item that a person means.
func (a *app) finding(ctx context.Context, ref string) (store.Finding, error) {
	f, err := a.store.Finding(ctx, ref)
	switch {
	case errors.Is(err, store.ErrNotFound):
		return f, usagef("no item is called %q; slet findings --all lists them", ref)
	case errors.Is(err, store.ErrAmbiguous):
		return f, usagef("%q is the beginning of several items; give more of it", ref)
	}
	return f, err
}

func (a *app) explain(ctx context.Context, ref string, restricted bool) error {
	f, err := a.finding(ctx, ref)
	if err != nil {
		return err
	}
	decide, err := a.decider(ctx)
	if err != nil {
		return err
	}
	plans, err := a.unfinished(ctx)
	if err != nil {
		return err
	}
	states, err := plans.states(ctx, []store.Finding{f})
	if err != nil {
		return err
	}
	d := decide(f)
	if d.Restricted && !restricted {
		return restrictedError(f.Ref)
	}
	l, err := erase.NewCopyLooker(ctx, a.deps(account()))
	if err != nil {
		return err
	}
	copies, more, err := copyLines(ctx, l, f.Ref, f.ContentMAC)
	if err != nil {
		return err
	}
	snippets, err := a.snippetLines(ctx, f, d)
	if err != nil {
		return err
	}
	if a.json {
		e := newExplanation(f, d, stateOf(f, states))
		e.Copies, e.Snippets = copies, snippets
		return a.printJSON(e)
	}
	_, err = a.stdout.Write([]byte(explainText(f, d, stateOf(f, states), snippets) + copiesText(copies, more)))
	return err
}

func newExplanation(f store.Finding, d retention.Decision, state string) explanation {
	e := explanation{
		findingLine: newFindingLine(f, d, state), Size: f.Item.Size, KeepTill: timeOrNil(d.KeepUntil), Hold: d.Hold,
		Reasons: d.Reasons, All: []matchLine{}, GapList: []gapLine{},
	}
	for _, r := range d.Reasons {
		e.Why = append(e.Why, r.English())
	}
	for _, m := range f.Matches {
		e.All = append(e.All, matchLine{f.Item.Path, m.Where, m.Detector, m.Category, m.Value, m.Confidence, m.Reasons, m.Start})
	}
	for _, g := range f.Gaps {
		e.GapList = append(e.GapList, gapLine{g.Path, g.Where, g.Reason, g.Err.Error()})
	}
	return e
}

func explainText(f store.Finding, d retention.Decision, state string, snippets []snippetLine) string {
	var b strings.Builder
	p := func(format string, args ...any) { fmt.Fprintf(&b, format+"\n", args...) }
	p("%s  %s:%s", f.Ref, f.Item.Source, oneLine(f.Item.Path))
	p("  %s, %s, created %s, modified %s, %s", f.Item.Kind, byteSize(f.Item.Size), day(f.Item.Created), day(f.Item.Modified), plural(len(f.Subjects), "person"))
	p("  examined %s, first seen %s, state %s", day(f.Examined), day(f.FirstSeen), state)
	p("\ndecision: %s", strings.ToUpper(string(d.Disposition)))
	for _, r := range d.Reasons {
		p("  - %s", r.English())
	}
	if n := f.MatchCount(); n > 0 {
		p("\nmatches: %s", countText(f.Counts))
		for i, m := range f.Matches {
			p("  %d. %s  %s %s (%s)", i+1, orDash(oneLine(m.Where)), m.Category, m.Value, m.Confidence)
			for _, n := range snippets {
				if n.N == i+1 {
					p("      %s", oneLine(n.Before+"["+n.Match+"]"+n.After))
				}
			}
			for _, r := range m.Reasons {
				english, _ := detectors.Explain(r)
				p("      %s", english)
			}
		}
		if rest := n - int64(len(f.Matches)); rest > 0 {
			p("  and %d more, counted and not listed", rest)
		}
	}
	if n := f.GapCount(); n > 0 {
		p("\nnot examined: %s", plural(n, "place"))
		for _, g := range f.Gaps {
			p("  %s  %s: %s", orDash(oneLine(g.Where)), g.Reason, g.Err)
		}
	}
	return b.String()
}
