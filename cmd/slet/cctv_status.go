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
)

func (c *cli) cctvCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use: "cctv", Short: "See how recordings of cameras stand, and sweep them",
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
	cmd.AddCommand(status, c.cctvOverdueCommand(), &cobra.Command{
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
		Long: "Puts all recordings of a camera into a plan of its own, when all it has is past\nits period.\n\n" + exitHelp,
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
	over, unread := 0, 0
	for _, c := range list {
		over += c.Over
		if c.Unread {
			unread++
		}
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
		err = a.table("SOURCE CAMERA OLDEST RECORDINGS OVER HELD NEXT_DUE SILENT_SINCE GAPS ORPHANS LOCKED HOLDS NOTE", func(row func(...any)) {
			for _, c := range list {
				row(c.Source, orDash(c.Camera), day(c.Oldest), c.Recordings, c.Over, c.Held, dayOr(c.NextDue), dayOr(c.SilentSince),
					len(c.Gaps), c.Orphans, c.Locked, orDash(strings.Join(c.Holds, ",")), ringNote(c))
			}
		})
	}
	if err != nil {
		return err
	}
	if err := a.sayDuties(ctx); err != nil {
		return err
	}
	return errors.Join(overdueError(over), unreadError(unread))
}

// unreadError is the outcome of looking at cameras of which so many may have
// more than is told: their recorder's list could not be read whole.
func unreadError(cameras int) error {
	if cameras == 0 {
		return nil
	}
	return fmt.Errorf("%w: the recorder's list of %s is missing or was not read whole, so that more may be past the deadline; slet findings --gaps tells why", errIncomplete, plural(cameras, "camera"))
}

// ringNote says what is peculiar to a camera whose files are a ring.
func ringNote(c report.CameraStatus) string {
	var notes []string
	for _, n := range []struct {
		on   bool
		text string
	}{{c.Ring, "ring"}, {c.Unread, "list not read"}, {c.Unclear, "clock uncertain"}} {
		if n.on {
			notes = append(notes, n.text)
		}
	}
	return orDash(strings.Join(notes, ", "))
}

func dayOr(t *time.Time) string {
	if t == nil {
		return "-"
	}
	return day(*t)
}

// cameraStatus asks the inventory and the rules about every camera, in order of
// source.
func (a *app) cameraStatus(ctx context.Context) ([]report.CameraStatus, error) {
	c, err := a.newCameraCount(ctx)
	if err != nil {
		return nil, err
	}
	cameras, err := a.store.CameraNames(ctx)
	if err != nil {
		return nil, err
	}
	var all []*report.CameraStatus
	for i, cam := range cameras {
		s := &report.CameraStatus{Source: cam.Source, Camera: cam.Name, Gaps: []report.RecordingGap{}}
		if len(c.rings[cam.Source]) == 0 {
			if err := errors.Join(c.status(ctx, s), c.silentSince(ctx, s)); err != nil {
				return nil, err
			}
			all = append(all, s)
			continue
		}
		if i == 0 || cameras[i-1].Source != cam.Source {
			rings, err := c.ringStatus(ctx, cam.Source)
			if err != nil {
				return nil, err
			}
			all = append(all, rings...)
		}
		known := slices.IndexFunc(all, func(r *report.CameraStatus) bool { return r.Source == cam.Source && r.Camera == cam.Name })
		if known >= 0 {
			s = all[known]
		}
		if err := c.outsideRings(ctx, s); err != nil {
			return nil, err
		}
		if known < 0 && s.Recordings > 0 {
			all = append(all, s)
		}
	}
	list := []report.CameraStatus{}
	for _, s := range all {
		s.Oldest, s.Newest, s.AgeSeconds = s.Oldest.In(retention.Zone()), s.Newest.In(retention.Zone()), now().Sub(s.Oldest).Seconds()
		s.Holds = holdsOf(c.holds, s.Source, s.Camera)
		list = append(list, *s)
	}
	return list, nil
}

// holdsOf are the holds in force that name a camera.
func holdsOf(holds []retention.Hold, source, camera string) []string {
	ids := []string{}
	for _, h := range holds {
		if h.Camera != "" && strings.EqualFold(h.Camera, camera) && (h.Source == "" || h.Source == source) &&
			(h.Released.IsZero() || now().Before(h.Released)) {
			ids = append(ids, h.ID)
		}
	}
	slices.Sort(ids)
	return ids
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
	r, done, err := a.runner(ctx, []string{s.Name})
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
	if swept.Summary.Erased > 0 {
		if err := a.checkpointErased(ctx); err != nil {
			return err
		}
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
