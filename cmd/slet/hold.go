package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/sletdk/slet/detectors"
	"github.com/sletdk/slet/erase"
	"github.com/sletdk/slet/retention"
	"github.com/sletdk/slet/store"
)

func (c *cli) holdCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use: "hold", Short: "Keep items whatever the schedule says",
		Long: "Keeps items whatever the schedule says, until the hold is released.\n\n" + exitHelp,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	cmd.AddCommand(c.holdAddCommand(), c.holdNoteCommand(), &cobra.Command{
		Use: "list", Short: "List the holds", Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return c.withApp(cmd.Context(), reading, func(ctx context.Context, a *app) error { return a.listHolds(ctx) })
		},
	}, &cobra.Command{
		Use: "release HOLD", Short: "End a hold", Args: one("HOLD"),
		RunE: func(cmd *cobra.Command, args []string) error {
			return c.withApp(cmd.Context(), writing, func(ctx context.Context, a *app) error { return a.releaseHold(ctx, args[0]) })
		},
	})
	return cmd
}

func (c *cli) holdAddCommand() *cobra.Command {
	var h retention.Hold
	var review, cpr string
	var recordings cameraHold
	cmd := &cobra.Command{
		Use:   "add --reason WHY --owner NAME (--path GLOB | --source NAME | --mailbox GLOB | --case NUMBER | --subject CPR|-)",
		Short: "Add a hold",
		Args:  cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if err := recordings.into(&h); err != nil {
				return err
			}
			if h.Path == "" && h.Source == "" && h.Mailbox == "" && h.Case == "" && cpr == "" && spanText(h) == "" {
				return usagef("what is to be held? give --path, --source, --mailbox, --case or --subject; an empty hold would keep everything")
			}
			if h.Reason == "" || h.Owner == "" {
				return usagef("a hold needs --reason and --owner")
			}
			if review != "" {
				t, err := time.ParseInLocation(time.DateOnly, review, retention.Zone())
				if err != nil {
					return usagef("--review %s: want a date such as 2027-01-01", review)
				}
				h.Review = t
			}
			return c.withApp(cmd.Context(), writing, func(ctx context.Context, a *app) error { return a.addHold(ctx, h, cpr) })
		},
	}
	recordings.flags(cmd)
	f := cmd.Flags()
	f.StringVar(&h.Path, "path", "", "`GLOB` below the source's root; FOLDER/** covers the folder and all below it")
	f.StringVar(&h.Source, "source", "", "only in source `NAME`")
	f.StringVar(&h.Mailbox, "mailbox", "", "only in mailboxes of this name or `GLOB`")
	f.StringVar(&h.Case, "case", "", "only items with this case `NUMBER` in their path, however its separators are written")
	f.StringVar(&cpr, "subject", "", "everything about the person with this `CPR` number; - reads it from standard input, so that it stays out of the shell's history")
	f.BoolVar(&h.Restrict, "restrict", false, "restrict the processing too (GDPR art. 18): the items are counted and not listed")
	f.StringVar(&h.Reason, "reason", "", "`WHY`")
	f.StringVar(&h.Owner, "owner", "", "`NAME` of who answers for the hold")
	f.StringVar(&review, "review", "", "`DATE` on which it must be looked at again")
	return cmd
}

// holdLine is a line of slet hold list --json.
type holdLine struct {
	Hold     string     `json:"hold"`
	Source   string     `json:"source"`
	Path     string     `json:"path"`
	Subject  string     `json:"subject"`
	Reason   string     `json:"reason"`
	Owner    string     `json:"owner"`
	Review   *time.Time `json:"review"`
	Created  time.Time  `json:"created"`
	Released *time.Time `json:"released"`
	Mailbox  string     `json:"mailbox"`
	Case     string     `json:"case"`
	Restrict bool       `json:"restrict"`
	Items    int        `json:"items"` // that it keeps now
	Overdue  bool       `json:"review_overdue"`
	holdSpan
}

func newHoldLine(h retention.Hold, items int) holdLine {
	return holdLine{
		h.ID, h.Source, h.Path, h.Subject, h.Reason, h.Owner, timeOrNil(h.Review), h.Created.In(retention.Zone()), timeOrNil(h.Released),
		h.Mailbox, h.Case, h.Restrict, items, erase.Overdue(h, now()), newHoldSpan(h),
	}
}

func (a *app) addHold(ctx context.Context, h retention.Hold, cpr string) error {
	if h.Source != "" {
		if _, err := a.sources([]string{h.Source}); err != nil {
			return err
		}
	}
	a.place(&h)
	if cpr != "" {
		subject, err := a.subjectOf(cpr)
		if err != nil {
			return err
		}
		h.Subject = subject
	}
	word, undo := "hold", "slet hold release"
	if h.Archive {
		word, undo = "archive lock", "slet archive delivered"
	}
	h, err := erase.NewHold(h, now())
	if err != nil {
		return usage(err)
	}
	if err := a.saidDisagreement(erase.AddHold(ctx, a.deps(account()), h, account())); err != nil {
		return err
	}
	covered, err := a.covered(ctx, h)
	if err != nil {
		return err
	}
	if covered == 0 {
		a.line(slog.LevelWarn, "slet: "+word+" "+h.ID+" covers no item that has been scanned: is it spelled as slet findings prints it? ("+undo+" "+h.ID+" takes it back)")
	}
	if a.json && h.Archive {
		return a.printJSON(newArchiveLine(h, covered))
	}
	if a.json {
		return a.printJSON(newHoldLine(h, covered))
	}
	_, err = fmt.Fprintf(a.stdout, "%s: holds %s now\n", h.ID, plural(covered, "item"))
	return err
}

// place makes a path as people write it one below a source's root: the
// SOURCE:PATH that slet explain prints, a path on disk, a leading "./".
func (a *app) place(h *retention.Hold) {
	h.Path = strings.TrimPrefix(h.Path, "./")
	for _, s := range a.cfg.Sources {
		if rest, ok := strings.CutPrefix(h.Path, s.Name+":"); ok && (h.Source == "" || h.Source == s.Name) {
			h.Source, h.Path = s.Name, rest
			return
		}
		root := filepath.ToSlash(s.Path)
		if rest, ok := strings.CutPrefix(h.Path, root+"/"); ok && (h.Source == "" || h.Source == s.Name) {
			h.Source, h.Path = s.Name, rest
			return
		}
	}
}

// covered counts the items that a hold keeps now.
func (a *app) covered(ctx context.Context, h retention.Hold) (n int, err error) {
	counts, err := a.coverage(ctx, []retention.Hold{h})
	return counts[h.ID], err
}

// coverage counts the items that each of some holds keeps now.
func (a *app) coverage(ctx context.Context, holds []retention.Hold) (map[string]int, error) {
	return erase.Covered(ctx, a.deps(account()), holds, 0)
}

// subjectOf is the keyed name of the person with a CPR number, which "-" reads
// from standard input.
func (a *app) subjectOf(cpr string) (string, error) {
	if cpr == "-" {
		line, err := bufio.NewReader(io.LimitReader(a.stdin, 100)).ReadString('\n')
		if err != nil && !errors.Is(err, io.EOF) {
			return "", fmt.Errorf("read the CPR number from standard input: %w", err)
		}
		cpr = strings.TrimSpace(line)
	}
	digits, ok := detectors.TypedCPR(cpr)
	if !ok {
		return "", usagef("not a CPR number; want ten digits, with or without the hyphen, or - to read them from standard input")
	}
	return a.key.Subject(digits), nil
}

// remember has the store remember how far the audit log has come, so that a
// store brought back from an older copy shows. A disagreement is not this
// command's to end: it is said, and plan, approve and erase refuse.
func (a *app) remember() error {
	return a.saidDisagreement(erase.Remember(context.Background(), a.store, a.log))
}

// saidDisagreement says that store and log disagree, and passes on every other
// error.
func (a *app) saidDisagreement(err error) error {
	if errors.Is(err, erase.ErrDisagree) {
		a.line(slog.LevelWarn, "slet: "+a.mask(err))
		return nil
	}
	return err
}

func (a *app) listHolds(ctx context.Context) error {
	holds, err := a.store.Holds(ctx)
	if err != nil {
		return err
	}
	holds = slices.DeleteFunc(holds, func(h retention.Hold) bool { return h.Archive })
	covered, err := a.coverage(ctx, holds)
	if err != nil {
		return err
	}
	for _, h := range holds {
		switch {
		case erase.Overdue(h, now()):
			a.line(slog.LevelWarn, "slet: hold "+h.ID+" should have been looked at again by "+day(h.Review)+"; it holds until it is released")
		case h.Released.IsZero() && covered[h.ID] == 0:
			a.line(slog.LevelWarn, "slet: hold "+h.ID+" holds nothing at present")
		}
	}
	if a.json {
		for _, h := range holds {
			if err := a.printJSON(newHoldLine(h, covered[h.ID])); err != nil {
				return err
			}
		}
		return nil
	}
	return a.table("HOLD SINCE REVIEW RELEASED ITEMS OWNER WHAT REASON", func(row func(...any)) {
		for _, h := range holds {
			row(h.ID, day(h.Created), day(h.Review), day(h.Released), covered[h.ID], h.Owner, holdText(h), h.Reason)
		}
	})
}

// holdText says what a hold covers.
func holdText(h retention.Hold) string {
	what := h.Path
	if what == "" {
		what = "**"
	}
	if h.Source != "" {
		what = h.Source + ":" + what
	}
	for _, more := range []struct{ word, value string }{
		{" mailbox ", h.Mailbox}, {" case ", h.Case}, {" type ", h.DocumentType}, {" about ", h.Subject},
	} {
		if more.value != "" {
			what += more.word + more.value
		}
	}
	if h.Restrict {
		what += ", restricted"
	}
	if span := spanText(h); span != "" {
		what += " " + span
	}
	return what
}

func (a *app) releaseHold(ctx context.Context, id string) error {
	err := a.saidDisagreement(erase.ReleaseHold(ctx, a.deps(account()), id, account(), ""))
	if errors.Is(err, store.ErrNotFound) || errors.Is(err, store.ErrState) {
		return usagef("no hold that still holds is called %q; slet hold list lists them", id)
	}
	return err
}
