package main

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/sletdk/slet/detectors"
	"github.com/sletdk/slet/retention"
	"github.com/sletdk/slet/scanner"
	"github.com/sletdk/slet/store"
)

// findingsFilter is what slet findings shows.
type findingsFilter struct {
	source, disposition, category string
	gaps, all                     bool
	dpo
}

func (c *cli) findingsCommand() *cobra.Command {
	var f findingsFilter
	cmd := &cobra.Command{
		Use:   "findings",
		Short: "List what was found, and what could not be examined",
		Long: `Lists the items in which something was found or for which a rule says
something, with the schedule's answer of today. --gaps lists instead what could
not be examined, and why.

` + exitHelp,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return c.asDPO(cmd.Context(), f.dpo, "findings", func(ctx context.Context, a *app) error {
				if f.gaps {
					return a.listGaps(ctx, f.source)
				}
				return a.listFindings(ctx, f)
			})
		},
	}
	cmd.Flags().StringVar(&f.source, "source", "", "only items of source `NAME`")
	cmd.Flags().StringVar(&f.disposition, "disposition", "", "only items that are `WHAT`: keep, due, review, held, no_rule or conflict")
	cmd.Flags().StringVar(&f.category, "category", "", "only items with a match of this `CATEGORY`, such as cpr")
	cmd.Flags().BoolVar(&f.gaps, "gaps", false, "list what could not be examined")
	cmd.Flags().BoolVar(&f.all, "all", false, "list clean items too")
	f.flags(cmd)
	return cmd
}

// findingLine is a line of slet findings --json.
type findingLine struct {
	Item         string                `json:"item"`
	Source       string                `json:"source"`
	Path         string                `json:"path"`
	Kind         scanner.Kind          `json:"kind"`
	DocumentType string                `json:"document_type"`
	Matches      []matchCount          `json:"matches"`
	Subjects     []string              `json:"subjects"`
	Gaps         int                   `json:"gaps"`
	Disposition  retention.Disposition `json:"disposition"`
	Rule         string                `json:"rule"`
	Trigger      string                `json:"trigger"`
	TriggerDate  *time.Time            `json:"trigger_date"`
	Due          *time.Time            `json:"due"`
	State        string                `json:"state"`
}

// matchCount is how many matches of one kind an item has, with the first ones.
type matchCount struct {
	Detector   string               `json:"detector"`
	Category   string               `json:"category"`
	Confidence detectors.Confidence `json:"confidence"`
	Count      int64                `json:"count"`
	First      []placed             `json:"first"`
}

// placed is one match as it is shown.
type placed struct {
	Where   string   `json:"where"`
	Value   string   `json:"value"`
	Reasons []string `json:"reasons"`
}

// shownMatches is how many matches of a kind are listed one by one; slet
// explain shows all that are stored.
const shownMatches = 5

func newFindingLine(f store.Finding, d retention.Decision, state string) findingLine {
	line := findingLine{
		Item: f.Ref, Source: f.Item.Source, Path: f.Item.Path, Kind: f.Item.Kind, DocumentType: f.DocumentType,
		Matches: []matchCount{}, Subjects: f.Subjects, Gaps: f.GapCount(),
		Disposition: d.Disposition, Rule: d.Rule, Trigger: d.Trigger, TriggerDate: timeOrNil(d.TriggerDate), Due: timeOrNil(d.Due), State: state,
	}
	if line.Subjects == nil {
		line.Subjects = []string{}
	}
	for _, n := range f.Counts {
		mc := matchCount{Detector: n.Detector, Category: n.Category, Confidence: n.Confidence, Count: n.N, First: []placed{}}
		for _, m := range f.Matches {
			if len(mc.First) < shownMatches && m.Detector == n.Detector && m.Category == n.Category && m.Confidence == n.Confidence {
				mc.First = append(mc.First, placed{m.Where, m.Value, m.Reasons})
			}
		}
		line.Matches = append(line.Matches, mc)
	}
	return line
}

func timeOrNil(t time.Time) *time.Time {
	if t.IsZero() {
		return nil
	}
	t = t.In(retention.Zone())
	return &t
}

// listFindings prints the items that pass the filter.
func (a *app) listFindings(ctx context.Context, filter findingsFilter) error {
	if filter.disposition != "" && !slices.Contains(dispositions, retention.Disposition(filter.disposition)) {
		return usagef("--disposition %s: want one of %s", filter.disposition, joined(dispositions))
	}
	if filter.source != "" {
		if _, err := a.sources([]string{filter.source}); err != nil {
			return err
		}
	}
	list := func(print func(store.Finding, retention.Decision, string) error) error {
		var hidden int64
		defer func() { a.sayRestricted(hidden) }()
		return a.eachFinding(ctx, filter.source, func(f store.Finding, d retention.Decision, state string) error {
			switch {
			case !filter.shows(f, d):
				return nil
			case d.Restricted && !filter.restricted:
				hidden++
				return nil
			}
			return print(f, d, state)
		})
	}
	if a.json {
		return list(func(f store.Finding, d retention.Decision, state string) error {
			return a.printJSON(newFindingLine(f, d, state))
		})
	}
	var err error
	n := 0
	tableErr := a.table("ITEM SOURCE DISPOSITION DUE RULE MATCHES GAPS STATE PATH", func(row func(...any)) {
		err = list(func(f store.Finding, d retention.Decision, state string) error {
			n++
			row(f.Ref, f.Item.Source, d.Disposition, day(d.Due), orDash(d.Rule), countText(f.Counts), f.GapCount(), state, f.Item.Path)
			return nil
		})
	})
	a.note("%s; slet explain ITEM says why", plural(n, "item"))
	return errors.Join(err, tableErr)
}

// dispositions are all there are, for checking what a person typed.
var dispositions = []retention.Disposition{retention.Keep, retention.Due, retention.Review, retention.Held, retention.NoRule, retention.Conflict}

func joined[T ~string](list []T) string {
	words := make([]string, len(list))
	for i, w := range list {
		words[i] = string(w)
	}
	return strings.Join(words, ", ")
}

// shows reports whether an item is listed.
func (filter findingsFilter) shows(f store.Finding, d retention.Decision) bool {
	if filter.disposition != "" && string(d.Disposition) != filter.disposition {
		return false
	}
	if filter.category != "" && !slices.ContainsFunc(f.Counts, func(c store.Count) bool { return c.Category == filter.category }) {
		return false
	}
	return filter.all || filter.disposition != "" || len(f.Counts) > 0 || d.Rule != "" || d.Hold != ""
}

// countText says "3 cpr, 1 possible cpr".
func countText(counts []store.Count) string {
	var parts []string
	for _, c := range counts {
		word := c.Category
		if c.Confidence == detectors.Possible {
			word = "possible " + word
		}
		parts = append(parts, fmt.Sprintf("%d %s", c.N, word))
	}
	return orDash(strings.Join(parts, ", "))
}

// What eachFinding keeps in memory to ask for the states of several items at once:
// so many items, or matches of them.
const (
	stateItems   = 500
	stateMatches = 5_000
)

// eachFinding calls do for every item of a source ("" is all), with today's
// decision and the item's state.
func (a *app) eachFinding(ctx context.Context, source string, do func(store.Finding, retention.Decision, string) error) error {
	decide, err := a.decider(ctx)
	if err != nil {
		return err
	}
	plans, err := a.unfinished(ctx)
	if err != nil {
		return err
	}
	var batch []store.Finding
	matches := 0
	all := func() error {
		states, err := plans.states(ctx, batch)
		if err != nil {
			return err
		}
		for _, f := range batch {
			if err := do(f, decide(f), stateOf(f, states)); err != nil {
				return err
			}
		}
		batch, matches = batch[:0], 0
		return nil
	}
	for f, err := range a.store.Findings(ctx, store.Filter{Source: source, WithMatches: true}) {
		if err != nil {
			return err
		}
		batch, matches = append(batch, f), matches+len(f.Matches)
		if len(batch) < stateItems && matches < stateMatches {
			continue
		}
		if err := all(); err != nil {
			return err
		}
	}
	return all()
}

// unfinished are the plans that items may stand in, the newest first. What is
// left of a dead plan, or of one that was carried out, is open again.
type unfinished struct {
	store    *store.Store
	ids      []string
	approved map[string]bool
}

func (a *app) unfinished(ctx context.Context) (unfinished, error) {
	u := unfinished{store: a.store, approved: map[string]bool{}}
	plans, err := a.store.PlansInState(ctx, store.PlanProposed, store.PlanApproved, store.PlanExecuting)
	for _, p := range plans {
		u.ids = append(u.ids, p.ID)
		u.approved[p.ID] = p.State == store.PlanApproved
	}
	return u, err
}

// states says where items stand in the plans, by reference; in the oldest, if in
// several.
func (u unfinished) states(ctx context.Context, items []store.Finding) (map[string]store.ItemState, error) {
	refs := make([]string, len(items))
	for i, f := range items {
		refs[i] = f.Ref
	}
	standing, err := u.store.PlansOf(ctx, refs, u.ids)
	if err != nil {
		return nil, err
	}
	slices.SortStableFunc(standing, func(a, b store.PlanItem) int {
		return slices.Index(u.ids, a.Plan) - slices.Index(u.ids, b.Plan)
	})
	states := map[string]store.ItemState{}
	for _, it := range standing {
		states[it.Ref] = it.State
		if u.approved[it.Plan] && it.State == store.ItemPlanned {
			states[it.Ref] = "approved"
		}
	}
	return states, nil
}

// stateOf is where an item is: open, or its place in a plan.
func stateOf(f store.Finding, states map[string]store.ItemState) string {
	if s, ok := states[f.Ref]; ok {
		return string(s)
	}
	if f.Failed {
		return "failed"
	}
	return "open"
}

// sourceGap is a line of slet findings --gaps --json.
type sourceGap struct {
	Source string         `json:"source"`
	Path   string         `json:"path"`
	Where  string         `json:"where"`
	Gap    scanner.Reason `json:"gap"`
	Error  string         `json:"error"`
}

// eachGap calls do for everything that could not be examined: places first,
// then items.
func (a *app) eachGap(ctx context.Context, source string, do func(sourceGap) error) error {
	sources := a.sourceNames()
	if source != "" {
		sources = []string{source}
	}
	restricted, err := a.restrictedRefs(ctx)
	if err != nil {
		return err
	}
	for _, name := range sources {
		places, err := a.store.PlaceGaps(ctx, name)
		if err != nil {
			return err
		}
		for _, g := range places {
			if err := do(sourceGap{name, g.Path, g.Where, g.Reason, a.mask(g.Err)}); err != nil {
				return err
			}
		}
		for f, err := range a.store.Findings(ctx, store.Filter{Source: name, WithGaps: true}) {
			if err != nil {
				return err
			}
			for _, g := range f.Gaps {
				if restricted[f.Ref] {
					g.Path, g.Where, g.Err = hiddenPath, "", errRestricted
				}
				if err := do(sourceGap{name, g.Path, g.Where, g.Reason, a.mask(g.Err)}); err != nil {
					return err
				}
			}
		}
	}
	return nil
}

func (a *app) listGaps(ctx context.Context, source string) error {
	if source != "" {
		if _, err := a.sources([]string{source}); err != nil {
			return err
		}
	}
	if a.json {
		return a.eachGap(ctx, source, func(g sourceGap) error { return a.printJSON(g) })
	}
	var err error
	tableErr := a.table("SOURCE REASON PATH WHERE ERROR", func(row func(...any)) {
		err = a.eachGap(ctx, source, func(g sourceGap) error {
			row(g.Source, g.Gap, g.Path, orDash(g.Where), g.Error)
			return nil
		})
	})
	return errors.Join(err, tableErr)
}
