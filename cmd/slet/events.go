package main

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"maps"
	"os"
	"path/filepath"
	"slices"
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

func (c *cli) eventsCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use: "events", Short: "Keep the register of dated facts that periods count from: import, list, cancel",
		Long: `Keeps the register of dated facts that periods count from (fratrædelse,
fraflytning, afslag …): what a rule with trigger event:NAME asks for. Without a
date in the register such a rule says review.

` + exitHelp,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	cmd.AddCommand(c.eventsImportCommand(), &cobra.Command{
		Use: "list", Short: "List the events, cancelled ones too", Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return c.withApp(cmd.Context(), reading, func(ctx context.Context, a *app) error { return a.listEvents(ctx) })
		},
	}, c.eventsCancelCommand())
	return cmd
}

func (c *cli) eventsImportCommand() *cobra.Command {
	var name string
	var yes bool
	cmd := &cobra.Command{
		Use:   "import FILE.csv|- [--yes --as NAME]",
		Short: "Show what a file of events would change; with --yes, take it into the register",
		Long: `Reads a CSV file of events and shows what it would change. With --yes it is then
taken into the register, whole or not at all.

The first row names the columns, in English or Danish: cpr, name (navn), mailbox
(postkasse), path (sti), case (sag), event (hændelse), date (dato), source
(kilde). Separators are commas or semicolons, the text is UTF-8 or Windows-1252,
dates are 2020-01-31 or 31-01-2020. A row needs an event, a date and at least
one of cpr, mailbox, path and case. All that a row gives must fit; write one row
for each way to find the items. A name counts only in a folder, since two people
may share it. CPR numbers are turned into keyed names at once and are not kept.

` + exitHelp,
		Args: one("FILE"),
		RunE: func(cmd *cobra.Command, args []string) error {
			if yes && strings.TrimSpace(name) == "" {
				return usagef("who imports? give --as NAME")
			}
			n := reading
			if yes {
				n = writing
			}
			return c.withApp(cmd.Context(), n, func(ctx context.Context, a *app) error { return a.importEvents(ctx, args[0], name, yes) })
		},
	}
	cmd.Flags().StringVar(&name, "as", "", "`NAME` of the person who imports")
	cmd.Flags().BoolVar(&yes, "yes", false, "take the events into the register")
	return cmd
}

func (c *cli) eventsCancelCommand() *cobra.Command {
	var name, why string
	cmd := &cobra.Command{
		Use:   "cancel BATCH|EVENT --as NAME --why WHY",
		Short: "Make an event, or a whole import, count no more",
		Long: `Makes an event, or a whole import, count no more. What was due because of it is
due no more, also in plans that are approved; what was erased stays erased.

` + exitHelp,
		Args: one("BATCH or EVENT"),
		RunE: func(cmd *cobra.Command, args []string) error {
			if strings.TrimSpace(name) == "" || strings.TrimSpace(why) == "" {
				return usagef("who cancels, and why? give --as NAME and --why WHY")
			}
			return c.withApp(cmd.Context(), writing, func(ctx context.Context, a *app) error { return a.cancelEvents(ctx, args[0], name, why) })
		},
	}
	cmd.Flags().StringVar(&name, "as", "", "`NAME` of the person who cancels")
	cmd.Flags().StringVar(&why, "why", "", "why")
	return cmd
}

// importing is a file of events on its way into the register.
type importing struct {
	file       string // its name, masked
	rows       int
	list       []retention.Event // without those that are known
	duplicates int
	origins    bool // the column source names systems, not sources
}

func (a *app) importEvents(ctx context.Context, file, name string, yes bool) error {
	in, err := a.readEvents(ctx, file)
	if err != nil {
		return err
	}
	if err := a.preview(ctx, in); err != nil {
		return err
	}
	switch {
	case len(in.list) == 0:
		a.note("nothing new in %s: %s known already", in.file, plural(in.duplicates, "event"))
		return nil
	case !yes:
		a.note("nothing was imported; slet events import --yes --as NAME takes the %s into the register", plural(len(in.list), "event"))
		return nil
	}
	return a.takeEvents(ctx, in, detectors.MaskText(name))
}

// readEvents reads a file and leaves out what the register knows already.
func (a *app) readEvents(ctx context.Context, file string) (*importing, error) {
	in := &importing{file: detectors.MaskText(filepath.Base(file))}
	var r io.Reader = a.stdin
	if file != "-" {
		f, err := os.Open(file)
		if err != nil {
			return nil, usagef("the events: %w", err)
		}
		defer f.Close()
		r = f
	}
	rows, err := retention.ReadEvents(in.file, r, retention.EventKeys{
		Subject: a.key.Subject,
		Person:  func(name string) string { return a.key.Value("person", name) },
	})
	if err != nil {
		return nil, usagef("nothing was imported: %w", err)
	}
	if in.rows = len(rows); in.rows == 0 {
		return nil, usagef("%s has no events", in.file)
	}
	if err := a.resolveOrigins(in, rows); err != nil {
		return nil, err
	}
	seen := map[string]bool{}
	for _, row := range rows {
		for _, e := range row.Events() {
			known, err := a.store.EventKnown(ctx, e)
			if err != nil {
				return nil, err
			}
			if print := e.Fingerprint(); known || seen[print] {
				in.duplicates++
			} else {
				seen[print] = true
				in.list = append(in.list, e)
			}
		}
	}
	return in, nil
}

// resolveOrigins says what the column source means: sources of slet, which
// narrow the events, or where the facts are from. A mixture is a slip.
func (a *app) resolveOrigins(in *importing, rows []retention.EventRow) error {
	ours := func(r retention.EventRow) bool { return slices.Contains(a.sourceNames(), r.Origin) }
	narrows := slices.ContainsFunc(rows, ours)
	for i := range rows {
		switch {
		case rows[i].Origin == "":
		case ours(rows[i]):
			rows[i].Source = rows[i].Origin
		case narrows:
			return usagef("nothing was imported: %s:%d: no source is called %q, and other rows name sources; there is %s",
				in.file, rows[i].Line, detectors.MaskText(rows[i].Origin), strings.Join(a.sourceNames(), ", "))
		default:
			in.origins = true
		}
	}
	return nil
}

// previewLine is what a file of events would change, for one event.
type previewLine struct {
	Event  string         `json:"event"`
	Events int            `json:"events"`
	People int            `json:"persons"`
	Known  int            `json:"persons_known"`
	Items  int            `json:"items"`
	Change map[string]int `json:"change"` // "review→due": 3
}

// preview says what would change, counted over the inventory.
func (a *app) preview(ctx context.Context, in *importing) error {
	before, after, err := a.deciders(ctx, in.list)
	if err != nil {
		return err
	}
	lines, people := map[string]*previewLine{}, map[string]map[string]bool{}
	for _, e := range in.list {
		name, err := retention.EventName(e.Name)
		if err != nil {
			return err
		}
		if lines[name] == nil {
			lines[name], people[name] = &previewLine{Event: name, Change: map[string]int{}}, map[string]bool{}
		}
		lines[name].Events++
		if e.Subject != "" {
			people[name][e.Subject] = false
		}
	}
	for f, err := range a.store.Findings(ctx, store.Filter{WithMatches: true}) {
		if err != nil {
			return err
		}
		for _, known := range people {
			for _, s := range f.Subjects {
				if _, ok := known[s]; ok {
					known[s] = true
				}
			}
		}
		was, is := before(f), after(f)
		if was.Disposition == is.Disposition && was.Due.Equal(is.Due) {
			continue
		}
		if l := lineOf(lines, is, was); l != nil {
			l.Items++
			l.Change[string(was.Disposition)+"→"+string(is.Disposition)]++
		}
	}
	for name, known := range people {
		lines[name].People = len(known)
		for _, found := range known {
			if found {
				lines[name].Known++
			}
		}
	}
	return a.printPreview(in, lines)
}

// lineOf is the line of the event that a change is about: of the first decision
// that counts from one of them.
func lineOf(lines map[string]*previewLine, decisions ...retention.Decision) *previewLine {
	for _, d := range decisions {
		for _, r := range d.Reasons {
			// event:NAME, or several of them in latest(…)
			for _, word := range strings.FieldsFunc(r.Trigger, func(c rune) bool { return strings.ContainsRune("(), ", c) }) {
				if name, ok := strings.CutPrefix(word, "event:"); ok && lines[name] != nil {
					return lines[name]
				}
			}
		}
	}
	return nil
}

// deciders decide with the register as it is, and as it would be.
func (a *app) deciders(ctx context.Context, list []retention.Event) (before, after func(store.Finding) retention.Decision, err error) {
	if before, err = a.decider(ctx); err != nil {
		return nil, nil, err
	}
	register, err := a.store.RegisterEvents(ctx)
	if err != nil {
		return nil, nil, err
	}
	list = slices.Clone(list)
	for _, e := range register {
		if e.Cancelled.IsZero() {
			list = append(list, e.Event)
		}
	}
	ev, err := retention.NewEvents(list)
	if err != nil {
		return nil, nil, err
	}
	holds, err := a.store.Holds(ctx)
	if err != nil {
		return nil, nil, err
	}
	return before, func(f store.Finding) retention.Decision {
		return retention.Decide(f.Facts(), a.schedule, ev, holds, now())
	}, nil
}

func (a *app) printPreview(in *importing, lines map[string]*previewLine) error {
	for _, name := range slices.Sorted(maps.Keys(lines)) {
		l := lines[name]
		if a.json {
			if err := a.printJSON(l); err != nil {
				return err
			}
			continue
		}
		text := fmt.Sprintf("%s: %s, %s (%d known in the inventory), %s would change", l.Event, plural(l.Events, "event"), plural(l.People, "person"), l.Known, plural(l.Items, "item"))
		for i, change := range slices.Sorted(maps.Keys(l.Change)) {
			text += map[bool]string{true: ": ", false: ", "}[i == 0] + fmt.Sprintf("%d %s", l.Change[change], change)
		}
		if _, err := fmt.Fprintln(a.stdout, text); err != nil {
			return err
		}
		if !a.countsFrom(name) {
			a.note("no rule counts from event:%s", name)
		}
	}
	if in.duplicates > 0 {
		a.note("%s known already and left out", plural(in.duplicates, "event"))
	}
	if in.origins {
		a.note("the column source names no source of slet (%s): it is taken as where the facts are from, and the events count in all sources", strings.Join(a.sourceNames(), ", "))
	}
	return nil
}

// countsFrom reports whether some rule counts from the event.
func (a *app) countsFrom(event string) bool {
	counts := func(t retention.Trigger) bool { return slices.Contains(strings.Split(t.Event, "|"), event) }
	return slices.ContainsFunc(a.schedule.Rules, func(r retention.Rule) bool {
		return counts(r.Trigger) || counts(r.Fallback) || r.KeepUntil != nil && counts(r.KeepUntil.Trigger)
	})
}

// takeEvents puts the events into the register. The log comes first: an event
// that counts must never be missing in it. The batch is named after what is in
// it, so that an import that was interrupted is finished by doing it again.
func (a *app) takeEvents(ctx context.Context, in *importing, name string) error {
	if err := erase.Agree(ctx, a.store, a.log); err != nil && !errors.Is(err, erase.ErrDisagree) {
		return err
	}
	batches, err := a.store.EventBatches(ctx)
	if err != nil {
		return err
	}
	var prints strings.Builder
	fmt.Fprintln(&prints, len(batches))
	for _, e := range in.list {
		fmt.Fprintln(&prints, e.Fingerprint())
	}
	id := "B-" + a.key.Content(sha256.Sum256([]byte(prints.String())))[:8]
	list := make([]store.RegisterEvent, len(in.list))
	for i, e := range in.list {
		e.ID = id + "." + strconv.Itoa(i+1)
		list[i] = store.RegisterEvent{Event: e}
	}
	_, err = a.log.Append(audit.Entry{Time: now(), Type: audit.TypeEventsImported, Actor: name, Detail: map[string]string{
		"account": account(), "batch": id, "file": in.file, "rows": strconv.Itoa(in.rows), "events": strconv.Itoa(len(list)), "duplicates": strconv.Itoa(in.duplicates),
	}})
	if err != nil {
		return err
	}
	if err := a.store.AddEvents(ctx, store.EventBatch{ID: id, Imported: now(), Person: name, File: in.file}, list); err != nil {
		return err
	}
	if err := a.remember(); err != nil {
		return err
	}
	if a.json {
		return a.printJSON(struct {
			Batch  string `json:"batch"`
			Events int    `json:"events"`
		}{id, len(list)})
	}
	_, err = fmt.Fprintf(a.stdout, "%s: %s imported; slet events cancel %s takes them back\n", id, plural(len(list), "event"), id)
	return err
}

func (a *app) cancelEvents(ctx context.Context, id, name, why string) error {
	events, err := a.store.RegisterEvents(ctx)
	if err != nil {
		return err
	}
	erased := 0
	for _, e := range events {
		if e.ID != id && e.Batch != id {
			continue
		}
		n, err := a.store.ErasedOn(ctx, e.ID)
		if err != nil {
			return err
		}
		erased += n
	}
	n, err := a.store.CancelEvents(ctx, id, now(), detectors.MaskText(name), detectors.MaskText(why))
	if errors.Is(err, store.ErrNotFound) || errors.Is(err, store.ErrState) {
		return usagef("no event or import that still counts is called %q; slet events list lists them", id)
	}
	if err != nil {
		return err
	}
	_, err = a.log.Append(audit.Entry{Time: now(), Type: audit.TypeEventsCancelled, Actor: detectors.MaskText(name), Detail: map[string]string{
		"account": account(), "event": id, "events": strconv.Itoa(n), "why": detectors.MaskText(why), "erased_before": strconv.Itoa(erased),
	}})
	if err != nil {
		return err
	}
	if err := a.remember(); err != nil {
		return err
	}
	if erased > 0 {
		a.note("%s had been erased because of it; that cannot be undone", plural(erased, "item"))
	}
	_, err = fmt.Fprintf(a.stdout, "%s: %s cancelled; what was due because of it is due no more\n", id, plural(n, "event"))
	return err
}

// eventLine is a line of slet events list --json.
type eventLine struct {
	Event     string     `json:"event"` // its id
	Batch     string     `json:"batch"`
	Name      string     `json:"name"`
	Date      string     `json:"date"`
	Subject   string     `json:"subject"`
	Person    string     `json:"person"`
	Source    string     `json:"source"`
	Mailbox   string     `json:"mailbox"`
	Path      string     `json:"path"`
	Case      string     `json:"case"`
	Imported  time.Time  `json:"imported"`
	By        string     `json:"by"`
	Cancelled *time.Time `json:"cancelled"`
	Why       string     `json:"why"`
}

func (a *app) listEvents(ctx context.Context) error {
	batches, err := a.store.EventBatches(ctx)
	if err != nil {
		return err
	}
	of := map[string]store.EventBatch{}
	for _, b := range batches {
		of[b.ID] = b
	}
	events, err := a.store.RegisterEvents(ctx)
	if err != nil {
		return err
	}
	if a.json {
		for _, e := range events {
			b := of[e.Batch]
			err := a.printJSON(eventLine{
				e.ID, e.Batch, e.Name, day(e.Date), e.Subject, e.Person, e.Source, e.Mailbox, e.Path, e.Case,
				b.Imported.In(retention.Zone()), b.Person, timeOrNil(e.Cancelled), e.Why,
			})
			if err != nil {
				return err
			}
		}
		return nil
	}
	return a.table("EVENT NAME DATE ABOUT IMPORTED BY CANCELLED", func(row func(...any)) {
		for _, e := range events {
			b := of[e.Batch]
			row(e.ID, e.Name, day(e.Date), aboutText(e.Event), day(b.Imported), b.Person, day(e.Cancelled))
		}
	})
}

// aboutText says whom or what an event is about.
func aboutText(e retention.Event) string {
	var parts []string
	for _, p := range []struct{ what, value string }{
		{"", e.Subject}, {"name ", e.Person}, {"mailbox ", e.Mailbox}, {"path ", e.Path}, {"case ", e.Case}, {"in ", e.Source},
	} {
		if p.value != "" {
			parts = append(parts, p.what+p.value)
		}
	}
	return strings.Join(parts, ", ")
}
