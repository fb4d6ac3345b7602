package main

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/sletdk/slet/config"
	"github.com/sletdk/slet/detectors"
	"github.com/sletdk/slet/erase"
	"github.com/sletdk/slet/report"
	"github.com/sletdk/slet/retention"
	"github.com/sletdk/slet/store"
)

func (c *cli) cctvCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use: "cctv", Short: "Recordings of cameras: status, sweep, silent",
		Long: "Recordings of cameras: how it stands with them, and what is done every hour.\n\n" + exitHelp,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	var metrics bool
	status := &cobra.Command{
		Use: "status", Short: "Say of each camera how old its oldest recording is, and what is over the deadline",
		Long: `Says of each camera how old its oldest recording is, what is past the deadline,
when the next recording falls due, what is held, and since when it has been
silent. The exit code is 3 when anything is past the deadline that no hold keeps.

` + exitHelp,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return c.withApp(cmd.Context(), reading, func(ctx context.Context, a *app) error { return a.cctvStatus(ctx, metrics) })
		},
	}
	status.Flags().BoolVar(&metrics, "metrics", false, "print it as Prometheus reads it")
	cmd.AddCommand(status, &cobra.Command{
		Use: "sweep [SOURCE...]", Short: "Scan the recordings, and erase what standing approvals of the schedule cover",
		Long: `Scans the sources of recordings and erases what is due under a rule that carries
a standing approval (standing_approval in the schedule); it is meant to be run
every hour. What is more than the brakes allow, and all that a camera has which
has fallen silent, is put into a plan that waits for a person. A dry run unless
erase.mode is enforce.

` + exitHelp,
		RunE: func(cmd *cobra.Command, names []string) error {
			return c.withApp(cmd.Context(), writing, func(ctx context.Context, a *app) error {
				return a.cctvSweep(ctx, names)
			})
		},
	}, &cobra.Command{
		Use: "silent SOURCE CAMERA", Short: "Plan the erasure of all that a silent camera has",
		Long: "Puts all recordings of a camera into a plan of its own, when all it has is past its period.\n\n" + exitHelp,
		Args: cobra.ExactArgs(2),
		RunE: func(cmd *cobra.Command, args []string) error {
			return c.withApp(cmd.Context(), writing, func(ctx context.Context, a *app) error { return a.planSilent(ctx, args[0], args[1]) })
		},
	})
	return cmd
}

// longGap is how long a camera must have recorded nothing for it to be told.
const longGap = 24 * time.Hour

// maxGaps is how many of them are told of one camera, the newest.
const maxGaps = 10

func (a *app) cctvStatus(ctx context.Context, metrics bool) error {
	list, err := a.cameraStatus(ctx)
	if err != nil {
		return err
	}
	over := 0
	for _, c := range list {
		over += c.Over
	}
	switch {
	case metrics:
		err = report.CameraMetrics(a.stdout, list)
	case a.json:
		for _, c := range list {
			if err = a.printJSON(c); err != nil {
				break
			}
		}
	default:
		err = a.table("SOURCE CAMERA OLDEST RECORDINGS OVER HELD NEXT_DUE SILENT_SINCE GAPS ORPHANS HOLDS", func(row func(...any)) {
			for _, c := range list {
				row(c.Source, orDash(c.Camera), day(c.Oldest), c.Recordings, c.Over, c.Held, dayOr(c.NextDue), dayOr(c.SilentSince),
					len(c.Gaps), c.Orphans, orDash(strings.Join(c.Holds, " ")))
			}
		})
	}
	if err != nil {
		return err
	}
	if err := a.sayDuties(ctx); err != nil {
		return err
	}
	if over > 0 {
		return fmt.Errorf("%w: %s past the deadline, and no hold keeps them", errIncomplete, plural(over, "recording"))
	}
	return nil
}

func dayOr(t *time.Time) string {
	if t == nil {
		return "-"
	}
	return day(*t)
}

// cameraStatus asks the inventory and the rules about every camera.
func (a *app) cameraStatus(ctx context.Context) ([]report.CameraStatus, error) {
	cameras, err := a.store.Cameras(ctx, "")
	if err != nil {
		return nil, err
	}
	holds, err := a.store.Holds(ctx)
	if err != nil {
		return nil, err
	}
	events, err := a.store.Events(ctx)
	if err != nil {
		return nil, err
	}
	decide := func(f store.Finding, holds []retention.Hold) retention.Decision {
		return retention.Decide(f.Facts(), a.schedule, events, holds, now())
	}
	list := []report.CameraStatus{}
	for _, cam := range cameras {
		c := report.CameraStatus{
			Source: cam.Source, Camera: cam.Name, Recordings: cam.Recordings, Bytes: cam.Bytes,
			Oldest: cam.Oldest.In(retention.Zone()), Newest: cam.Newest.In(retention.Zone()),
			AgeSeconds: now().Sub(cam.Oldest).Seconds(), Holds: holdsOf(holds, cam), Gaps: []report.RecordingGap{},
		}
		for f, err := range a.store.Recordings(ctx, cam.Source, cam.Name, time.Time{}) {
			if err != nil {
				return nil, err
			}
			if !f.Since().After(a.schedule.RecordedBefore(now())) || c.NextDue == nil || f.Item.Doubt != "" || f.Item.Camera == "" {
				countRecording(&c, f, decide(f, holds), func(f store.Finding) retention.Decision { return decide(f, nil) })
			}
		}
		if err := a.gapsOf(ctx, &c); err != nil {
			return nil, err
		}
		newest, err := a.store.Newest(ctx, cam.Source, cam.Name)
		if err != nil && !errors.Is(err, store.ErrNotFound) {
			return nil, err
		}
		if err == nil && decide(newest, nil).Disposition == retention.Due {
			c.SilentSince = timeOrNil(newest.Since())
		}
		list = append(list, c)
	}
	return list, nil
}

// countRecording counts one recording. The deadline is the schedule's, whatever
// doubt there is about the recording's dates.
func countRecording(c *report.CameraStatus, f store.Finding, dec retention.Decision, unheld func(store.Finding) retention.Decision) {
	doubt := f.Item.Doubt != ""
	if doubt || f.Item.Camera == "" {
		c.Orphans++
	}
	due := dec.Due
	if doubt {
		certain := f
		certain.Item.Doubt = ""
		due = unheld(certain).Due
	}
	switch {
	case due.IsZero():
	case now().Before(due):
		if c.NextDue == nil || due.Before(*c.NextDue) {
			c.NextDue = timeOrNil(due)
		}
	case dec.Disposition == retention.Held:
		c.Held++
	default:
		c.Over++
		c.OverBytes += f.Item.Size
		if doubt {
			c.InDoubt++
		}
	}
}

// holdsOf are the holds in force that name a camera.
func holdsOf(holds []retention.Hold, cam store.Camera) []string {
	ids := []string{}
	for _, h := range holds {
		if h.Camera != "" && strings.EqualFold(h.Camera, cam.Name) && (h.Source == "" || h.Source == cam.Source) &&
			(h.Released.IsZero() || now().Before(h.Released)) {
			ids = append(ids, h.ID)
		}
	}
	slices.Sort(ids)
	return ids
}

// gapsOf finds the times in which a camera recorded nothing.
func (a *app) gapsOf(ctx context.Context, c *report.CameraStatus) error {
	var last time.Time
	return a.store.Spans(ctx, c.Source, c.Camera, func(v store.Span) {
		if !last.IsZero() && v.Begin.Sub(last) > longGap {
			c.Gaps = append(c.Gaps, report.RecordingGap{From: last.In(retention.Zone()), To: v.Begin.In(retention.Zone())})
			c.Gaps = c.Gaps[max(0, len(c.Gaps)-maxGaps):]
		}
		for _, t := range []time.Time{v.Begin, v.End} {
			if t.After(last) {
				last = t
			}
		}
	})
}

// cctvSweep scans and sweeps the sources of recordings.
func (a *app) cctvSweep(ctx context.Context, names []string) error {
	sources, err := a.sources(names)
	if err != nil {
		return err
	}
	var errs []error
	for _, s := range sources {
		if s.Type != config.TypeCCTV {
			if len(names) > 0 {
				return usagef("source %s is not of type cctv", s.Name)
			}
			continue
		}
		errs = append(errs, a.sweepSource(ctx, s))
	}
	return errors.Join(errs...)
}

// sweepSource looks at a source of recordings, and then erases what standing
// approvals cover. No other erasure waits for the look.
func (a *app) sweepSource(ctx context.Context, s config.Source) error {
	if err := a.alone(ctx, "scan "+s.Name, func() error {
		_, err := a.scanSource(ctx, s, scanning{})
		return err
	}); err != nil {
		return err
	}
	return a.alone(ctx, "erase", func() error { return a.sweepDue(ctx, s) })
}

func (a *app) sweepDue(ctx context.Context, s config.Source) (err error) {
	r, done, err := a.runner(ctx)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, done()) }()
	var printErr error
	swept, err := r.Sweep(ctx, s.Name, func(res erase.Result) {
		if printErr == nil {
			printErr = a.printResult(res)
		}
	})
	if err = errors.Join(err, printErr); err != nil {
		return err
	}
	if !r.Enforce {
		a.note("%s: dry run: standing approvals cover %s that are due; nothing was changed", s.Name, plural(swept.Due, "recording"))
	}
	if swept.Uncovered > 0 {
		a.note("%s: %s due that no standing approval covers: slet plan", s.Name, plural(swept.Uncovered, "recording"))
	}
	for _, w := range swept.Waiting {
		a.note("%s: plan %s waits: %s", s.Name, w.Plan, a.mask(w.Why))
	}
	if swept.Clock != nil {
		a.note("%s: nothing was erased: %s", s.Name, a.mask(swept.Clock))
	}
	sum := swept.Summary
	if n := len(swept.Waiting) + sum.Changed + sum.Held + sum.Refused + sum.Failed + sum.Unknown + sum.Left; n > 0 || swept.Clock != nil {
		return fmt.Errorf("%w: source %s, as said above", errIncomplete, s.Name)
	}
	return nil
}

// planSilent plans the erasure of all that a silent camera has.
func (a *app) planSilent(ctx context.Context, source, camera string) error {
	if _, err := a.sources([]string{source}); err != nil {
		return err
	}
	s, err := erase.SelectSilent(ctx, a.deps(account()), source, camera)
	if err != nil {
		return err
	}
	p, err := s.Freeze(ctx)
	if errors.Is(err, erase.ErrNothingDue) {
		a.note("camera %s of source %s is not silent, or nothing of it may be erased; no plan was made", detectors.MaskText(camera), source)
		return nil
	}
	if err != nil {
		return err
	}
	return a.printPlan(ctx, p, fmt.Sprintf("nothing of camera %s is left when it is carried out; slet approve %s --as NAME", detectors.MaskText(camera), p.ID))
}
