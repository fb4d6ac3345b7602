package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"runtime"
	"strconv"
	"time"

	"github.com/spf13/cobra"

	"github.com/sletdk/slet/agent"
	"github.com/sletdk/slet/audit"
	"github.com/sletdk/slet/config"
	"github.com/sletdk/slet/store"
)

func (c *cli) scanCommand() *cobra.Command {
	var how scanning
	cmd := &cobra.Command{
		Use:   "scan [SOURCE...]",
		Short: "Look through the sources, and record what is found",
		Long: `Crawls the named sources, or all of them, and records every item: what was
found in it, and what could not be examined and why. Nothing is changed in a
source, not even a time stamp. Items that have not changed since they were
examined without gaps are not opened again, unless --full is given.

` + exitHelp,
		RunE: func(cmd *cobra.Command, names []string) error {
			return c.withApp(cmd.Context(), writing, func(ctx context.Context, a *app) error {
				return a.scan(ctx, names, how)
			})
		},
	}
	cmd.Flags().BoolVar(&how.full, "full", false, "examine every item, also those that have not changed")
	cmd.Flags().BoolVar(&how.acceptLoss, "accept-loss", false, "believe it when most of a source is not there any more")
	return cmd
}

// scanning is how to scan.
type scanning struct{ full, acceptLoss bool }

// scanLine is the JSON line that ends the scan of a source.
type scanLine struct {
	Source         string  `json:"source"`
	Seen           int64   `json:"seen"`
	Scanned        int64   `json:"scanned"`
	Unchanged      int64   `json:"unchanged"`
	Skipped        int64   `json:"skipped"`
	Failed         int64   `json:"failed"`
	Gaps           int64   `json:"gaps"`
	PrivateFolders int64   `json:"private_folders"`
	Findings       int64   `json:"findings"`
	Bytes          int64   `json:"bytes"`
	Seconds        float64 `json:"seconds"`
	Error          string  `json:"error,omitempty"`
}

// scan scans one source after the other. A source that fails does not keep the
// others from being scanned.
func (a *app) scan(ctx context.Context, names []string, how scanning) error {
	sources, err := a.sources(names)
	if err != nil {
		return err
	}
	var errs []error
	var gaps int64
	for _, s := range sources {
		var t store.Totals
		err := a.alone(ctx, "scan "+s.Name, func() (err error) {
			t, err = a.scanSource(ctx, s, how)
			return err
		})
		gaps += t.Gaps
		if err != nil {
			errs = append(errs, err)
		}
		if ctx.Err() != nil {
			break
		}
	}
	errs = append(errs, a.expireSnippets(context.WithoutCancel(ctx)), a.sayReappeared(context.WithoutCancel(ctx)))
	if err := errors.Join(errs...); err != nil {
		return err
	}
	if gaps > 0 {
		return fmt.Errorf("%w: %s; slet findings --gaps lists them", errIncomplete, plural(gaps, "gap"))
	}
	return nil
}

func (a *app) scanSource(ctx context.Context, s config.Source, how scanning) (t store.Totals, err error) {
	start := now()
	defer func() {
		line := scanLine{
			Source: s.Name, Seen: t.Seen, Scanned: t.Scanned, Unchanged: t.Unchanged, Skipped: t.Skipped, Failed: t.Failed,
			Gaps: t.Gaps, PrivateFolders: t.PrivateFolders, Findings: t.Findings, Bytes: t.Bytes, Seconds: since(start),
		}
		if err != nil {
			line.Error = a.mask(err)
		}
		err = errors.Join(err, a.sayScan(line), a.auditScan(audit.TypeScanFinished, line))
	}()
	src, err := a.open(ctx, s)
	if err != nil {
		return t, err
	}
	defer src.Close()
	workers := cmp.Or(s.Workers, a.cfg.Detect.Workers, workersFor(s.Type))
	sc, err := a.scanner(how, workers)
	if err != nil {
		return t, err
	}
	defer sc.Extractor.Close()
	if s.Type == config.TypeSMB {
		sc.Walkers = 4 // as many as a share lists folders at a time
	}
	sc.Limit = agent.NewLimit(agent.Rate{Items: s.Rate.Items, Bytes: int64(s.Rate.Bytes)})
	if err := a.auditScan(audit.TypeScanStarted, scanLine{Source: s.Name}); err != nil {
		return t, err
	}
	if p := a.progress(s.Name); p != nil {
		sc.Progress, sc.CountFirst = p, s.Type == config.TypeFiles
		defer p.end()
	}
	return sc.Scan(ctx, src, s.Type)
}

// workersFor is how many items are examined at a time when nobody has said so:
// waiting for a server costs no processor.
func workersFor(sourceType string) int {
	const server = 8
	if sourceType == config.TypeSMB || sourceType == config.TypeIMAP {
		return max(runtime.GOMAXPROCS(0), server)
	}
	return runtime.GOMAXPROCS(0)
}

// sayScan prints the line that ends the scan of a source.
func (a *app) sayScan(l scanLine) error {
	if a.json {
		return a.printJSON(l)
	}
	_, err := fmt.Fprintf(a.stdout, "%s: %s seen = %d scanned + %d unchanged + %d skipped + %d failed; findings in %d of those scanned; %s; %s left alone; %s read in %.1f s\n",
		l.Source, plural(l.Seen, "item"), l.Scanned, l.Unchanged, l.Skipped, l.Failed, l.Findings,
		plural(l.Gaps, "gap"), plural(l.PrivateFolders, "private folder"), byteSize(l.Bytes), l.Seconds)
	return err
}

func (a *app) auditScan(kind string, l scanLine) error {
	e := audit.Entry{Time: now(), Type: kind, Actor: account(), Detail: map[string]string{"source": l.Source}}
	if kind == audit.TypeScanFinished {
		for k, v := range map[string]int64{"seen": l.Seen, "scanned": l.Scanned, "unchanged": l.Unchanged, "skipped": l.Skipped, "failed": l.Failed, "gaps": l.Gaps} {
			e.Detail[k] = strconv.FormatInt(v, 10)
		}
		if l.Error != "" {
			e.Detail["error"] = l.Error
		}
	}
	if _, err := a.log.Append(e); err != nil {
		return err
	}
	return a.remember()
}

func since(t time.Time) float64 { return now().Sub(t).Seconds() }
