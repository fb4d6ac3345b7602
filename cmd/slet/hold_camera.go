package main

import (
	"context"
	"errors"
	"log/slog"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/sletdk/slet/erase"
	"github.com/sletdk/slet/retention"
	"github.com/sletdk/slet/store"
)

// Holds of recordings: a camera, a span of time, and the ground of
// tv-overvågningsloven § 4 c, stk. 5, with what has to be done by when.

// cameraHold are the flags of a hold of recordings.
type cameraHold struct{ camera, from, to, ground, notified, asked, handed string }

func (c *cameraHold) flags(cmd *cobra.Command) {
	f := cmd.Flags()
	f.StringVar(&c.camera, "camera", "", "only recordings of this `CAMERA`, as slet cctv status shows it")
	f.StringVar(&c.from, "from", "", "only recordings after this `TIME` (2026-11-21, or \"2026-11-21 14:30\")")
	f.StringVar(&c.to, "to", "", "only recordings before this `TIME`; a day counts until its end")
	f.StringVar(&c.ground, "reason-kind", "", "`WHY` recordings may be kept for longer (§ 4 c, stk. 5): police, dispute or shared")
	c.dutyFlags(cmd)
}

func (c *cameraHold) dutyFlags(cmd *cobra.Command) {
	f := cmd.Flags()
	f.StringVar(&c.notified, "notified", "", "`DATE` on which the person whom the dispute is about was told")
	f.StringVar(&c.asked, "copy-asked", "", "`DATE` on which a copy was asked for")
	f.StringVar(&c.handed, "copy-handed", "", "`DATE` on which the copy was handed out")
}

// into reads the flags into a hold.
func (c *cameraHold) into(h *retention.Hold) error {
	h.Camera = c.camera
	var err error
	if h.From, err = spanTime("--from", c.from, false); err != nil {
		return err
	}
	if h.To, err = spanTime("--to", c.to, true); err != nil {
		return err
	}
	if !h.From.IsZero() && !h.To.IsZero() && h.To.Before(h.From) {
		return usagef("--to %s lies before --from %s", c.to, c.from)
	}
	if h.Ground = retention.Ground(c.ground); c.ground != "" && !slices.Contains(retention.Grounds(), h.Ground) {
		return usagef("--reason-kind %s: want police, dispute or shared", c.ground)
	}
	if c.ground != "" && c.camera == "" && c.from == "" && c.to == "" {
		return usagef("--reason-kind is about recordings: give --camera, --from or --to")
	}
	return c.duties(h)
}

func (c *cameraHold) duties(h *retention.Hold) error {
	for _, f := range []struct {
		flag, value string
		to          *time.Time
	}{{"--notified", c.notified, &h.Notified}, {"--copy-asked", c.asked, &h.CopyAsked}, {"--copy-handed", c.handed, &h.CopyHanded}} {
		t, err := spanTime(f.flag, f.value, false)
		if err != nil {
			return err
		}
		if t.After(now()) {
			return usagef("%s %s lies in the future; give it when it has happened", f.flag, f.value)
		}
		if !t.IsZero() {
			*f.to = t
		}
	}
	return nil
}

// spanTime reads a day or a time of it; a day that ends a span counts whole.
func spanTime(flag, s string, end bool) (time.Time, error) {
	if s == "" {
		return time.Time{}, nil
	}
	if t, err := time.ParseInLocation(time.DateOnly, s, retention.Zone()); err == nil {
		if end {
			t = t.AddDate(0, 0, 1).Add(-time.Nanosecond)
		}
		return t, nil
	}
	for _, layout := range []string{"2006-01-02 15:04", "2006-01-02T15:04", time.RFC3339} {
		if t, err := time.ParseInLocation(layout, s, retention.Zone()); err == nil {
			return t, nil
		}
	}
	return time.Time{}, usagef("%s %s: want a time such as 2026-11-21 or \"2026-11-21 14:30\"", flag, s)
}

// holdNoteCommand records what was done about a hold.
func (c *cli) holdNoteCommand() *cobra.Command {
	var flags cameraHold
	cmd := &cobra.Command{
		Use: "note HOLD", Short: "Record that a person was told, or a copy asked for or handed out",
		Args: one("HOLD"),
		RunE: func(cmd *cobra.Command, args []string) error {
			if flags.notified == "" && flags.asked == "" && flags.handed == "" {
				return usagef("what has happened? give --notified, --copy-asked or --copy-handed")
			}
			return c.withApp(cmd.Context(), writing, func(ctx context.Context, a *app) error { return a.noteHold(ctx, args[0], flags) })
		},
	}
	flags.dutyFlags(cmd)
	return cmd
}

func (a *app) noteHold(ctx context.Context, id string, flags cameraHold) error {
	var h retention.Hold
	if err := flags.duties(&h); err != nil {
		return err
	}
	err := a.saidDisagreement(erase.NoteHold(ctx, a.deps(account()), id, erase.Duties{Notified: h.Notified, CopyAsked: h.CopyAsked, CopyHanded: h.CopyHanded}, account()))
	if errors.Is(err, store.ErrNotFound) || errors.Is(err, store.ErrState) {
		return usagef("no hold that still holds is called %q; slet hold list lists them", id)
	}
	return err
}

// sayDuties warns of what is to be done about holds of recordings.
func (a *app) sayDuties(ctx context.Context) error {
	holds, err := a.store.Holds(ctx)
	if err != nil {
		return err
	}
	for _, h := range holds {
		for _, d := range h.Duties(now()) {
			if d.Done.IsZero() && d.Kind != retention.DutyReview || d.Overdue {
				level := slog.LevelInfo
				if d.Overdue {
					level = slog.LevelWarn
				}
				a.line(level, "slet: hold "+h.ID+": "+dutyText(d))
			}
		}
	}
	return nil
}

func dutyText(d retention.Duty) string {
	text := map[retention.DutyKind]string{
		retention.DutyNotify: "the person whom the dispute is about must be told",
		retention.DutyCopy:   "a copy was asked for and must be handed out",
		retention.DutyReview: "it must be looked at again: is it still needed?",
	}[d.Kind]
	if !d.Deadline.IsZero() {
		text += ", by " + day(d.Deadline)
	}
	if d.Overdue {
		text += ": that day has passed"
	}
	return text
}

// spanText says what recordings a hold is about; "" for one of anything else.
func spanText(h retention.Hold) string {
	var parts []string
	if h.Camera != "" {
		parts = append(parts, "camera "+h.Camera)
	}
	if !h.From.IsZero() {
		parts = append(parts, "from "+h.From.In(retention.Zone()).Format("2006-01-02 15:04"))
	}
	if !h.To.IsZero() {
		parts = append(parts, "to "+h.To.In(retention.Zone()).Format("2006-01-02 15:04"))
	}
	if h.Ground != "" {
		parts = append(parts, "("+string(h.Ground)+")")
	}
	return strings.Join(parts, " ")
}

// holdSpan is what slet hold list --json says of a hold of recordings.
type holdSpan struct {
	Camera     string     `json:"camera,omitempty"`
	From       *time.Time `json:"from,omitempty"`
	To         *time.Time `json:"to,omitempty"`
	Ground     string     `json:"reason_kind,omitempty"`
	Notified   *time.Time `json:"notified,omitempty"`
	CopyAsked  *time.Time `json:"copy_asked,omitempty"`
	CopyHanded *time.Time `json:"copy_handed,omitempty"`
	// NotifyBy is by when the person must be told.
	NotifyBy *time.Time `json:"notify_by,omitempty"`
}

func newHoldSpan(h retention.Hold) holdSpan {
	s := holdSpan{h.Camera, timeOrNil(h.From), timeOrNil(h.To), string(h.Ground), timeOrNil(h.Notified), timeOrNil(h.CopyAsked), timeOrNil(h.CopyHanded), nil}
	for _, d := range h.Duties(now()) {
		if d.Kind == retention.DutyNotify {
			s.NotifyBy = timeOrNil(d.Deadline)
		}
	}
	return s
}
