package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/sletdk/slet/erase"
	"github.com/sletdk/slet/retention"
	"github.com/sletdk/slet/store"
)

func (c *cli) eventsCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use: "events", Short: "Keep the register of dated facts that periods count from",
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
			if yes {
				return c.as(cmd.Context(), name, func(ctx context.Context, a *app, name string) error { return a.importEvents(ctx, args[0], name, yes) })
			}
			return c.withApp(cmd.Context(), reading, func(ctx context.Context, a *app) error { return a.importEvents(ctx, args[0], "", false) })
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
			return c.as(cmd.Context(), name, func(ctx context.Context, a *app, name string) error { return a.cancelEvents(ctx, args[0], name, why) })
		},
	}
	cmd.Flags().StringVar(&name, "as", "", "`NAME` of the person who cancels")
	cmd.Flags().StringVar(&why, "why", "", "`WHY`")
	return cmd
}

func (a *app) importEvents(ctx context.Context, file, name string, yes bool) error {
	in, err := a.readEvents(ctx, file)
	if err != nil {
		return err
	}
	lines, err := in.Preview(ctx, a.deps(account()))
	if err != nil {
		return err
	}
	if err := a.printPreview(in, lines); err != nil {
		return err
	}
	switch {
	case len(in.Events) == 0:
		a.note("nothing new in %s: %s known already", in.File, plural(in.Duplicates, "event"))
		return nil
	case !yes:
		a.note("nothing was imported; slet events import --yes --as NAME takes the %s into the register", plural(len(in.Events), "event"))
		return nil
	}
	return a.takeEvents(ctx, in, name)
}

// readEvents reads a file and leaves out what the register knows already.
func (a *app) readEvents(ctx context.Context, file string) (*erase.Import, error) {
	var r io.Reader = a.stdin
	if file != "-" {
		f, err := os.Open(file)
		if err != nil {
			return nil, usagef("the events: %w", err)
		}
		defer f.Close()
		r = f
	}
	in, err := erase.ReadImport(ctx, a.deps(account()), a.eventKeys(), a.sourceNames(), filepath.Base(file), r)
	return in, a.unusable(err)
}

// eventKeys turn what a file names persons by into keyed MACs.
func (a *app) eventKeys() retention.EventKeys {
	return retention.EventKeys{Subject: a.key.Subject, Person: func(name string) string { return a.key.Value("person", name) }}
}

// unusable makes what cannot be used a mistake of the person at the keyboard.
func (a *app) unusable(err error) error {
	var u *erase.Unusable
	if errors.As(err, &u) {
		return usage(err)
	}
	return err
}

func (a *app) printPreview(in *erase.Import, lines []*erase.EventPreview) error {
	for _, l := range lines {
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
		if !l.Counts {
			a.note("no rule counts from event:%s", l.Event)
		}
	}
	if in.Duplicates > 0 {
		a.note("%s known already and left out", plural(in.Duplicates, "event"))
	}
	if in.Origins {
		a.note("the column source names no source of slet (%s): it is taken as where the facts are from, and the events count in all sources", strings.Join(a.sourceNames(), ", "))
	}
	return nil
}

func (a *app) takeEvents(ctx context.Context, in *erase.Import, name string) error {
	id, err := in.Take(ctx, a.deps(account()), name)
	if err = a.saidDisagreement(a.unusable(err)); err != nil {
		return err
	}
	if a.json {
		return a.printJSON(struct {
			Batch  string `json:"batch"`
			Events int    `json:"events"`
		}{id, len(in.Events)})
	}
	_, err = fmt.Fprintf(a.stdout, "%s: %s imported; slet events cancel %s takes them back\n", id, plural(len(in.Events), "event"), id)
	return err
}

func (a *app) cancelEvents(ctx context.Context, id, name, why string) error {
	n, erased, err := erase.CancelEvents(ctx, a.deps(account()), id, name, why)
	err = a.saidDisagreement(err)
	if errors.Is(err, store.ErrNotFound) || errors.Is(err, store.ErrState) {
		return usagef("no event or import that still counts is called %q; slet events list lists them", id)
	}
	if err != nil {
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
