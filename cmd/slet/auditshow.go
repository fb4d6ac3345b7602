package main

import (
	"bufio"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/sletdk/slet/audit"
	"github.com/sletdk/slet/retention"
)

// logFilter says which entries of the audit log are shown.
type logFilter struct {
	plan, item, actor, kind, since string
}

func (c *cli) auditShowCommand() *cobra.Command {
	var f logFilter
	cmd := &cobra.Command{
		Use: "show [FILE]", Short: "List the log, or what is asked for of it",
		Long: `Lists the log, verifying it line by line. Several filters must all fit.

` + exitHelp,
		Args: cobra.MaximumNArgs(1),
		RunE: func(_ *cobra.Command, args []string) error {
			return c.withLogFile(args, func(path string) error { return c.showLog(path, f) })
		},
	}
	flags := cmd.Flags()
	flags.StringVar(&f.plan, "plan", "", "entries about the `PLAN`")
	flags.StringVar(&f.item, "item", "", "entries about the `ITEM`")
	flags.StringVar(&f.actor, "actor", "", "entries of the `PERSON` or account, whatever the case")
	flags.StringVar(&f.kind, "type", "", "entries of the `TYPE`, such as erase.outcome, or of all that begin so, such as erase.")
	flags.StringVar(&f.since, "since", "", "entries from that `DATE` on (2026-11-22, in Danish time), or a time (RFC 3339)")
	return cmd
}

// fits returns what says whether an entry is asked for.
func (f logFilter) fits() (func(audit.Record) bool, error) {
	var since time.Time
	if f.since != "" {
		var err error
		if since, err = time.ParseInLocation(time.DateOnly, f.since, retention.Zone()); err != nil {
			if since, err = time.Parse(time.RFC3339, f.since); err != nil {
				return nil, usagef("--since %s: want a date such as 2026-11-22", f.since)
			}
		}
	}
	return func(r audit.Record) bool {
		return (f.plan == "" || r.Plan == f.plan) && (f.item == "" || r.Item == f.item) &&
			(f.actor == "" || strings.EqualFold(r.Actor, f.actor)) && !r.Time.Before(since) &&
			(f.kind == "" || r.Type == f.kind || strings.HasSuffix(f.kind, ".") && strings.HasPrefix(r.Type, f.kind))
	}, nil
}

// withLogFile finds the log: the one named, so that an outsider can verify a
// copy without an installation, or the configured one.
func (c *cli) withLogFile(args []string, do func(path string) error) error {
	if len(args) == 1 {
		return do(args[0])
	}
	cfg, err := c.loadConfig()
	if err != nil {
		return err
	}
	return do(filepath.Join(cfg.StateDir, "audit.jsonl"))
}

// logThere says what to do when there is no log.
func logThere(path string) error {
	files, err := audit.Segments(path)
	if err != nil {
		return err
	}
	if _, err := os.Stat(files[0]); errors.Is(err, fs.ErrNotExist) {
		return usagef("%s: no audit log there yet; the first scan begins it", path)
	}
	return nil
}

func (c *cli) showLog(path string, f logFilter) error {
	fits, err := f.fits()
	if err != nil {
		return err
	}
	if err := logThere(path); err != nil {
		return err
	}
	w := bufio.NewWriter(c.stdout)
	for rec, err := range audit.ReadLog(path) {
		if err != nil {
			return errors.Join(w.Flush(), fmt.Errorf("%s: %w", path, err))
		}
		if !fits(rec) {
			continue
		}
		if c.json {
			err = (&cli{stdout: w}).printJSON(rec)
		} else {
			_, err = fmt.Fprintf(w, "%6d  %s  %-15s %s %s %s %s %s\n", rec.Seq, rec.Time.In(retention.Zone()).Format("2006-01-02 15:04:05"),
				rec.Type, orDash(rec.Actor), orDash(rec.Plan), orDash(rec.Item), oneLine(rec.Path), details(rec.Detail))
		}
		if err != nil {
			return err
		}
	}
	return w.Flush()
}

// details prints what an entry says more, in order.
func details(d map[string]string) string {
	var parts []string
	for _, k := range slices.Sorted(maps.Keys(d)) {
		if d[k] != "" {
			parts = append(parts, k+"="+oneLine(d[k]))
		}
	}
	return strings.Join(parts, " ")
}
