package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/sletdk/slet/detectors"
	"github.com/sletdk/slet/retention"
	"github.com/sletdk/slet/store"
)

func (c *cli) scheduleCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use: "schedule", Short: "Check retention schedules, compare them, show old ones",
		Long: "Compares and checks retention schedules. Every schedule that decisions were made by\nis kept with its text; docs/schedule.md describes the language.\n\n" + exitHelp,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	sub := func(use, short string, args cobra.PositionalArgs, do func(ctx context.Context, a *app, args []string) error) *cobra.Command {
		return &cobra.Command{Use: use, Short: short, Long: short + ".\n\n" + exitHelp, Args: args, RunE: func(cmd *cobra.Command, args []string) error {
			return c.withApp(cmd.Context(), reading, func(ctx context.Context, a *app) error { return do(ctx, a, args) })
		}}
	}
	var lang string
	diff := sub("diff [FILE|VERSION [FILE|VERSION]]", "Say what one schedule changes beside another, and what that would do today",
		cobra.MaximumNArgs(2), func(ctx context.Context, a *app, args []string) error {
			if lang != "en" && lang != "da" {
				return usagef("--lang %s: want en or da", lang)
			}
			return a.diffSchedules(ctx, args, lang)
		})
	diff.Long = `Says in words what the second schedule changes beside the first, and how many
items it would move today from one disposition to another. Nothing is stored.

With one FILE: the schedule in force beside it. With one VERSION (or the
beginning of a hash, as slet schedule list prints it): that one beside the
schedule in force. Without either: the one used before beside the one in force.

` + exitHelp
	diff.Flags().StringVar(&lang, "lang", "en", "`LANGUAGE`: en or da")
	cmd.AddCommand(diff,
		sub("list", "List the schedules that decisions were made by", cobra.NoArgs, func(ctx context.Context, a *app, _ []string) error { return a.listSchedules(ctx) }),
		sub("show [VERSION]", "Print the schedule in force, or one that was", cobra.MaximumNArgs(1), func(ctx context.Context, a *app, args []string) error {
			v, err := a.scheduleOf(ctx, slices.Concat(args, []string{""})[0])
			if err != nil {
				return err
			}
			_, err = fmt.Fprint(a.stdout, v.text)
			return err
		}),
		sub("check [FILE]", "Say what is doubtful in a schedule: contradictions, rules that match nothing", cobra.MaximumNArgs(1),
			func(ctx context.Context, a *app, args []string) error {
				return a.checkSchedule(ctx, slices.Concat(args, []string{""})[0])
			}),
	)
	return cmd
}

// named is a schedule and what a person calls it.
type named struct {
	*retention.Schedule
	name, text string
}

// scheduleOf reads a schedule that a person named: a file, a version or the
// beginning of a hash; "" is the one in force.
func (a *app) scheduleOf(ctx context.Context, name string) (named, error) {
	if name == "" {
		return named{a.schedule, a.cfg.Schedule, a.scheduleText}, nil
	}
	data, err := os.ReadFile(name)
	if err == nil {
		return a.parseNamed(name, string(data))
	}
	if !errors.Is(err, fs.ErrNotExist) {
		return named{}, usagef("the schedule: %w", err)
	}
	used, err := a.store.Schedules(ctx)
	if err != nil {
		return named{}, err
	}
	byHash := map[string]store.Schedule{} // of texts that mean the same, the last
	for _, s := range used {
		if s.Version == name || len(name) >= 6 && strings.HasPrefix(s.Hash, name) {
			byHash[s.Hash] = s
		}
	}
	hashes := slices.Sorted(maps.Keys(byHash))
	switch len(hashes) {
	case 0:
		return named{}, usagef("%s is neither a file nor a schedule that was used; slet schedule list names those", name)
	case 1:
		return a.parseNamed(name, byHash[hashes[0]].Text)
	}
	for i := range hashes {
		hashes[i] = shortHash(hashes[i])
	}
	return named{}, usagef("%d schedules call themselves %s; give the hash: %s", len(hashes), name, strings.Join(hashes, ", "))
}

// parseNamed reads a schedule as if it was in force.
func (a *app) parseNamed(name, text string) (named, error) {
	s, err := retention.ParseSchedule(name, []byte(text))
	if err != nil {
		return named{}, usage(err)
	}
	s.Margins = a.schedule.Margins
	return named{s, name, text}, nil
}

// shortHash is enough of a hash to name a schedule by.
func shortHash(h string) string { return h[:min(len(h), 12)] }

// scheduleLine is a line of slet schedule list --json.
type scheduleLine struct {
	Version   string    `json:"version"`
	Hash      string    `json:"hash"`
	FirstUsed time.Time `json:"first_used"`
	LastUsed  time.Time `json:"last_used"`
	InForce   bool      `json:"in_force"`
}

func (a *app) listSchedules(ctx context.Context) error {
	used, err := a.store.Schedules(ctx)
	if err != nil {
		return err
	}
	if a.json {
		for _, s := range used {
			if err := a.printJSON(scheduleLine{s.Version, s.Hash, s.FirstUsed.In(retention.Zone()), s.LastUsed.In(retention.Zone()), s.Text == a.scheduleText}); err != nil {
				return err
			}
		}
		return nil
	}
	return a.table("VERSION HASH FIRST_USED LAST_USED IN_FORCE", func(row func(...any)) {
		for _, s := range used {
			row(s.Version, shortHash(s.Hash), day(s.FirstUsed), day(s.LastUsed), map[bool]string{true: "yes", false: "-"}[s.Text == a.scheduleText])
		}
	})
}

// changeLine is a line of slet schedule diff --json: a change, or the items of
// one disposition before and after it.
type changeLine struct {
	*retention.Change
	English string `json:"english,omitempty"`
	Danish  string `json:"danish,omitempty"`
}

type effectLine struct {
	From  retention.Disposition `json:"from"`
	To    retention.Disposition `json:"to"`
	Items int64                 `json:"items"`
	Bytes int64                 `json:"bytes"`
}

// pairOf is what slet schedule diff compares.
func (a *app) pairOf(ctx context.Context, args []string) (was, is named, err error) {
	switch len(args) {
	case 0:
		used, err := a.store.Schedules(ctx)
		if err != nil {
			return was, is, err
		}
		hash := a.schedule.Hash()
		var last store.Schedule
		for _, s := range used {
			if s.Hash != hash && !s.LastUsed.Before(last.LastUsed) {
				last = s
			}
		}
		if last.Hash == "" {
			return was, is, usagef("no other schedule has been used; name a FILE to compare the one in force with")
		}
		was, err = a.parseNamed(last.Version, last.Text)
		return was, named{a.schedule, a.cfg.Schedule, a.scheduleText}, err
	case 1:
		other, err := a.scheduleOf(ctx, args[0])
		mine := named{a.schedule, a.cfg.Schedule, a.scheduleText}
		if _, statErr := os.Stat(args[0]); statErr == nil {
			return mine, other, err
		}
		return other, mine, err
	}
	was, err = a.scheduleOf(ctx, args[0])
	if err != nil {
		return was, is, err
	}
	is, err = a.scheduleOf(ctx, args[1])
	return was, is, err
}

func (a *app) diffSchedules(ctx context.Context, args []string, lang string) error {
	was, is, err := a.pairOf(ctx, args)
	if err != nil {
		return err
	}
	changes := retention.Diff(was.Schedule, is.Schedule)
	moved, err := a.effect(ctx, was.Schedule, is.Schedule)
	if err != nil {
		return err
	}
	if a.json {
		for _, ch := range changes {
			if err := a.printJSON(changeLine{&ch, ch.English(), ch.Danish()}); err != nil {
				return err
			}
		}
		for _, m := range moved {
			if err := a.printJSON(m); err != nil {
				return err
			}
		}
		return nil
	}
	a.note("from %s (%s) to %s (%s)", was.name, shortHash(was.Hash()), is.name, shortHash(is.Hash()))
	for _, ch := range changes {
		text := ch.English()
		if lang == "da" {
			text = ch.Danish()
		}
		if _, err := fmt.Fprintln(a.stdout, oneLine(text)); err != nil {
			return err
		}
	}
	if len(changes) == 0 {
		a.note("the two mean the same")
		return nil
	}
	return a.printEffect(moved)
}

// printEffect says what a change would do today: each disposition before and
// after, and what moves.
func (a *app) printEffect(moved []effectLine) error {
	before, after := map[retention.Disposition]int64{}, map[retention.Disposition]int64{}
	for _, m := range moved {
		before[m.From] += m.Items
		after[m.To] += m.Items
	}
	fmt.Fprintln(a.stdout)
	if err := a.table("DISPOSITION BEFORE AFTER CHANGE", func(row func(...any)) {
		for _, d := range dispositions {
			row(d, before[d], after[d], fmt.Sprintf("%+d", after[d]-before[d]))
		}
	}); err != nil {
		return err
	}
	for _, m := range moved {
		if m.From != m.To {
			if _, err := fmt.Fprintf(a.stdout, "%s (%s): %s -> %s\n", plural(m.Items, "item"), byteSize(m.Bytes), m.From, m.To); err != nil {
				return err
			}
		}
	}
	return nil
}

// effect decides every item by both schedules, today.
func (a *app) effect(ctx context.Context, was, is *retention.Schedule) ([]effectLine, error) {
	before, after := *a, *a
	before.schedule, after.schedule = was, is
	decideBefore, err := before.decider(ctx)
	if err != nil {
		return nil, err
	}
	decideAfter, err := after.decider(ctx)
	if err != nil {
		return nil, err
	}
	type move struct{ from, to retention.Disposition }
	sums := map[move]*effectLine{}
	for f, err := range a.store.Findings(ctx, store.Filter{Facts: true, WithMatches: true}) {
		if err != nil {
			return nil, err
		}
		m := move{decideBefore(f).Disposition, decideAfter(f).Disposition}
		if sums[m] == nil {
			sums[m] = &effectLine{From: m.from, To: m.to}
		}
		sums[m].Items++
		sums[m].Bytes += f.Item.Size
	}
	var lines []effectLine
	for _, from := range dispositions {
		for _, to := range dispositions {
			if l := sums[move{from, to}]; l != nil {
				lines = append(lines, *l)
			}
		}
	}
	return lines, nil
}

// warnings says what is doubtful in a schedule, beside what there is.
func (a *app) warnings(ctx context.Context, s *retention.Schedule) ([]retention.Warning, error) {
	seen := retention.NewInventory(s)
	for f, err := range a.store.Findings(ctx, store.Filter{Facts: true}) {
		if err != nil {
			return nil, err
		}
		seen.See(f.Facts())
	}
	return a.lint(s, seen), nil
}

// lint is what is doubtful in a schedule, masked.
func (a *app) lint(s *retention.Schedule, seen *retention.Inventory) []retention.Warning {
	warnings := retention.Lint(s, retention.Known{Sources: a.sourceNames(), DocumentTypes: detectors.DocumentTypes()}, seen)
	for i := range warnings {
		warnings[i].Detail = detectors.MaskText(warnings[i].Detail) // a glob may spell a folder's name
	}
	return warnings
}

// warningLine is a line of slet schedule check --json.
type warningLine struct {
	retention.Warning
	English string `json:"english"`
	Danish  string `json:"danish"`
}

func (a *app) checkSchedule(ctx context.Context, file string) error {
	s, err := a.scheduleOf(ctx, file)
	if err != nil {
		return err
	}
	warnings, err := a.warnings(ctx, s.Schedule)
	if err != nil {
		return err
	}
	for _, w := range warnings {
		if a.json {
			err = a.printJSON(warningLine{w, w.English(), w.Danish()})
		} else {
			_, err = fmt.Fprintf(a.stdout, "%-26s %s\n", w.Code, oneLine(w.English()))
		}
		if err != nil {
			return err
		}
	}
	a.note("%s, version %s: %s, %s", s.name, s.Version, plural(len(s.Rules), "rule"), plural(len(warnings), "warning"))
	return nil
}

// doubts says in slet check what is doubtful in the schedule, and which
// controls by hand are overdue.
func (k *checking) doubts(ctx context.Context) {
	warnings, err := k.app.warnings(ctx, k.schedule)
	if err != nil {
		k.say("failed", "schedule", "%s", k.mask(err))
		return
	}
	for _, w := range warnings {
		text := w.English()
		if w.Code == retention.WarnUnknownType {
			text = strings.TrimSuffix(text, ".") + "; there are " + strings.Join(detectors.DocumentTypes(), ", ")
		}
		k.say("warning", "schedule", "%s", text)
	}
	systems, err := k.uncovered(ctx)
	if err != nil {
		k.say("failed", "coverage", "%s", k.mask(err))
		return
	}
	for _, u := range systems {
		if u.Overdue {
			k.say("warning", "coverage", "%s (%s): last checked by hand %s; %s is to check it, then: slet coverage checked %s --by NAME", u.System, u.Title, orNever(u.Checked), u.By, u.ID)
		}
	}
}
