package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/sletdk/slet/detectors"
	"github.com/sletdk/slet/erase"
	"github.com/sletdk/slet/retention"
	"github.com/sletdk/slet/store"
)

func (c *cli) archiveCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use: "archive", Short: "Keep what must be delivered to the National Archives",
		Long: `Keeps archive locks: what must be delivered to the archives (arkivloven,
bekendtgørelse 591/2003) is kept, whatever the schedule says, until its delivery
is recorded, or until it is declared disposable under a provision.

` + exitHelp,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	cmd.AddCommand(c.archiveAddCommand(), &cobra.Command{
		Use: "list", Short: "List the archive locks", Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return c.withApp(cmd.Context(), reading, func(ctx context.Context, a *app) error { return a.listArchive(ctx) })
		},
	}, c.archiveDeliveredCommand())
	return cmd
}

func (c *cli) archiveAddCommand() *cobra.Command {
	h := retention.Hold{Archive: true}
	cmd := &cobra.Command{
		Use:   "add --reason WHY --basis PROVISION (--path GLOB | --source NAME | --document-type TYPE | --case NUMBER | --mailbox GLOB)",
		Short: "Add an archive lock", Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if h.Path == "" && h.Source == "" && h.DocumentType == "" && h.Case == "" && h.Mailbox == "" {
				return usagef("what is to be locked? give --path, --source, --document-type, --case or --mailbox; an empty lock would keep everything")
			}
			if h.Reason == "" || h.Basis == "" {
				return usagef("an archive lock needs --reason and --basis")
			}
			if h.DocumentType != "" && !slices.Contains(detectors.DocumentTypes(), h.DocumentType) {
				return usagef("--document-type %s: there are %s", h.DocumentType, strings.Join(detectors.DocumentTypes(), ", "))
			}
			return c.withApp(cmd.Context(), writing, func(ctx context.Context, a *app) error { return a.addHold(ctx, h, "") })
		},
	}
	f := cmd.Flags()
	f.StringVar(&h.Path, "path", "", "`GLOB` below the source's root; FOLDER/** covers the folder and all below it")
	f.StringVar(&h.Source, "source", "", "only in source `NAME`")
	f.StringVar(&h.DocumentType, "document-type", "", "only documents of this `TYPE`")
	f.StringVar(&h.Case, "case", "", "only items with this case `NUMBER` in their path")
	f.StringVar(&h.Mailbox, "mailbox", "", "only in mailboxes of this name or `GLOB`")
	f.StringVar(&h.Reason, "reason", "", "`WHY`")
	f.StringVar(&h.Basis, "basis", "", "the `PROVISION` that demands the delivery")
	f.StringVar(&h.Owner, "owner", "", "`NAME` of who answers for the lock")
	return cmd
}

func (c *cli) archiveDeliveredCommand() *cobra.Command {
	var date, name, provision string
	cmd := &cobra.Command{
		Use:   "delivered LOCK --as NAME (--date DATE | --disposable-under PROVISION)",
		Short: "Record that what a lock keeps was delivered, or may be disposed of",
		Long: `Records that what a lock keeps was delivered to the archives on a day: what is
older than that is locked no more, what is newer stays locked, since it cannot
have been among it. --disposable-under ends the lock for everything: a provision
allows the disposal.

` + exitHelp,
		Args: one("LOCK"),
		RunE: func(cmd *cobra.Command, args []string) error {
			if strings.TrimSpace(name) == "" {
				return usagef("who says so? give --as NAME")
			}
			var delivered time.Time
			if date != "" {
				var err error
				delivered, err = time.ParseInLocation(time.DateOnly, date, retention.Zone())
				if err != nil || delivered.After(now()) {
					return usagef("--date %s: want the day of the delivery, such as 2026-05-01, not one to come", date)
				}
			}
			if delivered.IsZero() && strings.TrimSpace(provision) == "" {
				return usagef("give --date of the delivery, or --disposable-under the provision that allows the disposal")
			}
			return c.as(cmd.Context(), name, func(ctx context.Context, a *app, name string) error {
				return a.endArchiveLock(ctx, args[0], delivered, strings.TrimSpace(provision), name)
			})
		},
	}
	cmd.Flags().StringVar(&date, "date", "", "`DATE` of the delivery")
	cmd.Flags().StringVar(&name, "as", "", "`NAME` of the person who says so")
	cmd.Flags().StringVar(&provision, "disposable-under", "", "`PROVISION` that allows the disposal")
	return cmd
}

func (a *app) endArchiveLock(ctx context.Context, id string, delivered time.Time, provision, name string) error {
	err := a.saidDisagreement(erase.EndArchiveLock(ctx, a.deps(account()), id, delivered, provision, name))
	if errors.Is(err, store.ErrNotFound) {
		return usagef("no archive lock that still locks is called %q; slet archive list lists them", id)
	}
	if err != nil {
		return err
	}
	what := "delivered on " + day(delivered) + "; what is newer stays locked"
	if provision != "" {
		what = "over: disposable under " + provision
	}
	_, err = fmt.Fprintf(a.stdout, "%s: %s\n", id, what)
	return err
}

func (a *app) archiveLocks(ctx context.Context) ([]retention.Hold, error) {
	holds, err := a.store.Holds(ctx)
	return slices.DeleteFunc(holds, func(h retention.Hold) bool { return !h.Archive }), err
}

// archiveLine is a line of slet archive list --json.
type archiveLine struct {
	Lock         string     `json:"lock"`
	Source       string     `json:"source"`
	Path         string     `json:"path"`
	Mailbox      string     `json:"mailbox"`
	Case         string     `json:"case"`
	DocumentType string     `json:"document_type"`
	Reason       string     `json:"reason"`
	Basis        string     `json:"basis"`
	Owner        string     `json:"owner"`
	Created      time.Time  `json:"created"`
	Delivered    *time.Time `json:"delivered"`
	Provision    string     `json:"disposable_under"`
	Ended        *time.Time `json:"ended"`
	Items        int        `json:"items"` // that it keeps now
}

func newArchiveLine(h retention.Hold, items int) archiveLine {
	return archiveLine{
		h.ID, h.Source, h.Path, h.Mailbox, h.Case, h.DocumentType, h.Reason, h.Basis, h.Owner,
		h.Created.In(retention.Zone()), timeOrNil(h.Delivered), h.Provision, timeOrNil(h.Released), items,
	}
}

func (a *app) listArchive(ctx context.Context) error {
	locks, err := a.archiveLocks(ctx)
	if err != nil {
		return err
	}
	covered, err := a.coverage(ctx, locks)
	if err != nil {
		return err
	}
	if a.json {
		for _, h := range locks {
			if err := a.printJSON(newArchiveLine(h, covered[h.ID])); err != nil {
				return err
			}
		}
		return nil
	}
	return a.table("LOCK SINCE DELIVERED ENDED ITEMS WHAT BASIS REASON", func(row func(...any)) {
		for _, h := range locks {
			row(h.ID, day(h.Created), day(h.Delivered), day(h.Released), covered[h.ID], holdText(h), h.Basis, h.Reason)
			if covered[h.ID] == 0 && h.Released.IsZero() && h.Delivered.IsZero() {
				a.line(slog.LevelWarn, "slet: archive lock "+h.ID+" locks nothing at present: is it spelled as slet findings prints it?")
			}
		}
	})
}
