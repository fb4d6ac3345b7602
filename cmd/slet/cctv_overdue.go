package main

import (
	"context"
	"fmt"
	"time"

	"github.com/spf13/cobra"

	"github.com/sletdk/slet/retention"
)

func (c *cli) cctvOverdueCommand() *cobra.Command {
	return &cobra.Command{
		Use: "overdue", Short: "List every recording that is past the deadline and that no hold keeps",
		Long: `Lists the recordings that are past the deadline and that no hold keeps: what the
recorder's own erasing has left or does not see (exports, snapshots, cameras
that have another name now), and what nobody can date. Paths are printed as they
are. What lies in a ring is counted by slet cctv status. The exit code is 3 when
there is any.

` + exitHelp,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return c.withApp(cmd.Context(), reading, func(ctx context.Context, a *app) error { return a.cctvOverdue(ctx) })
		},
	}
}

// overdueLine is the JSON of one recording that is past its deadline.
type overdueLine struct {
	Item     string    `json:"item"`
	Source   string    `json:"source"`
	Camera   string    `json:"camera"` // "" when not known
	Path     string    `json:"path"`
	Recorded time.Time `json:"recorded"` // or first seen
	Dated    string    `json:"dated"`
	Due      time.Time `json:"due"`
	Size     int64     `json:"size"`
	Doubt    string    `json:"doubt,omitempty"` // why slet will not erase it by itself
}

// cctvOverdue reads recordings up to the moment after which none can be due.
func (a *app) cctvOverdue(ctx context.Context) error {
	c, err := a.newCameraCount(ctx)
	if err != nil {
		return err
	}
	cameras, err := a.store.CameraNames(ctx)
	if err != nil {
		return err
	}
	n := 0
	for _, cam := range cameras {
		if len(c.rings[cam.Source]) > 0 {
			continue // see slet cctv status
		}
		for f, err := range a.store.Recordings(ctx, cam.Source, cam.Name, a.schedule.RecordedBefore(now())) {
			if err != nil {
				return err
			}
			w := c.of(f)
			if !w.past() || w.held {
				continue
			}
			n++
			if err := a.printOverdue(overdueLine{
				Item: f.Ref, Source: cam.Source, Camera: cam.Name, Path: f.Item.Path, Recorded: f.Since().In(retention.Zone()), Dated: f.Facts().Dated,
				Due: w.due, Size: f.Item.Size, Doubt: f.Item.Doubt,
			}); err != nil {
				return err
			}
		}
	}
	return overdueError(n)
}

func (a *app) printOverdue(l overdueLine) error {
	if a.json {
		return a.printJSON(l)
	}
	_, err := fmt.Fprintf(a.stdout, "%s  %s  %s  recorded %s  due %s  %s  %s\n", l.Item, l.Source, oneLine(orDash(l.Camera)), day(l.Recorded), day(l.Due), oneLine(l.Path), l.Doubt)
	return err
}

// overdueError is the outcome of looking at recordings of which so many are past
// the deadline.
func overdueError(n int) error {
	if n == 0 {
		return nil
	}
	return fmt.Errorf("%w: %s past the deadline, and no hold keeps them", errIncomplete, plural(n, "recording"))
}
