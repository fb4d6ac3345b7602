package erase

import (
	"context"
	"errors"
	"fmt"
	"path"
	"slices"
	"strings"
	"time"

	"github.com/sletdk/slet/retention"
	"github.com/sletdk/slet/scanner"
	"github.com/sletdk/slet/store"
)

// What is peculiar to the recordings of cameras: a recorder writes while slet
// erases, so that the newest recording, one that grows and one that is only half
// named are left alone; what belongs together goes together; and a camera of
// which nothing would be left goes only with a plan of its own.

// camera names a camera; its name is "" where nobody knows it.
type camera struct{ source, name string }

func cameraOf(it scanner.Item) camera { return camera{it.Source, it.Camera} }

// key is what the brakes count a camera's recordings by. No source's name holds
// a NUL.
func (c camera) key() string { return c.source + "\x00" + c.name }

func (c camera) String() string {
	if c.name == "" {
		return "the recordings of source " + c.source + " whose camera is not known"
	}
	return "camera " + c.name + " of source " + c.source
}

// scope is what a selection is about.
type scope struct {
	source string
	// camera is set when it is about a camera that has fallen silent.
	camera *camera
	// standing: what a standing approval covers, and nothing else.
	standing bool
	// all leaves nothing out for what cameras do meanwhile: it is about another day.
	all  bool
	refs []string // these only; nil is all
	// beside leaves all plans that wait for approval alone.
	beside bool
	// each, when not nil, is given the items, which are then not kept.
	each func(store.PlanItem) error
}

// SelectSilent chooses what a plan about a camera would hold that has fallen
// silent: everything it has is past its period, so that its erasure leaves
// nothing. The selection is empty if the camera still records.
func SelectSilent(ctx context.Context, d Deps, source, name string) (Selection, error) {
	return d.choose(ctx, scope{source: source, camera: &camera{source, name}})
}

// recorder is a camera whose recordings are considered.
type recorder struct {
	camera
	newest time.Time // the moment of its newest recording
	silent bool      // it has fallen silent
}

// lookAtCameras finds out which cameras there are, and which have fallen silent.
func (c *chooser) lookAtCameras(ctx context.Context) error {
	list, err := c.deps.Store.Cameras(ctx, c.scope.source)
	if err != nil {
		return fmt.Errorf("reading the cameras: %w", err)
	}
	for _, row := range list {
		cam := camera{row.Source, row.Name}
		if c.scope.camera != nil && *c.scope.camera != cam {
			continue
		}
		newest, silent, err := c.silentSince(ctx, cam)
		if err != nil {
			return fmt.Errorf("%s: %w", cam, err)
		}
		if silent {
			c.silent[cam] = newest
		}
		if silent || c.scope.camera == nil {
			c.recorders = append(c.recorders, recorder{cam, newest, silent})
		}
	}
	return nil
}

// recordings considers those of one camera that are old enough.
func (c *chooser) recordings(ctx context.Context, r recorder) error {
	for f, err := range c.deps.Store.Recordings(ctx, r.source, r.name, c.deps.Schedule.RecordedBefore(c.asOf)) {
		if err != nil {
			return err
		}
		dec := c.decide(f)
		if !mayErase(dec) {
			continue
		}
		var err error
		switch {
		case c.scope.all:
			err = c.consider(ctx, f, dec, time.Time{})
		case mayGrow(f, c.asOf) != nil:
			c.Growing++
		case r.silent && c.scope.camera == nil:
			c.Silent++
		case r.silent:
			err = c.consider(ctx, f, dec, r.newest)
		case !f.Since().Before(r.newest):
			c.Newest++
		default:
			err = c.consider(ctx, f, dec, time.Time{})
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// silentSince returns the moment of a camera's newest recording, and whether that is
// past its period itself: then the camera has nothing that may be kept. Holds
// are left out of account: they keep some of it, and do not make it record.
func (c *chooser) silentSince(ctx context.Context, cam camera) (newest time.Time, silent bool, err error) {
	f, err := c.deps.Store.Newest(ctx, cam.source, cam.name)
	if errors.Is(err, store.ErrNotFound) {
		return newest, false, nil // everything is in doubt, and nothing is due
	}
	if err != nil {
		return newest, false, err
	}
	dec := retention.Decide(f.Facts(), c.deps.Schedule, c.events, nil, c.asOf)
	return f.Since(), dec.Disposition == retention.Due, nil
}

// askCamera puts the preconditions of a recording. decide asks the rules about
// what lies beside it.
func (x *execution) askCamera(ctx context.Context, plan store.Plan, it store.PlanItem, f store.Finding, decide func(store.Finding) retention.Decision) error {
	if plan.Standing {
		if err := x.standingHolds(plan, it); err != nil {
			return err
		}
	}
	if f.Item.Kind != scanner.KindRecording {
		return nil
	}
	if err := mayGrow(f, x.witnessed(x.clock).At); err != nil {
		return err
	}
	if err := wholeName(f); err != nil {
		return err
	}
	if err := x.notNewest(ctx, it, f); err != nil {
		return err
	}
	return x.together(ctx, f, decide)
}

const (
	// twoLooks is how far apart two looks must be that found a recording the same.
	twoLooks = time.Minute
	// settled is how long a recording must not have been written to, where there
	// was no second look.
	settled = time.Hour
)

// mayGrow: precondition. The recording is not being written: two scans found
// the same version of it, or its last change was long ago. Taking it in hand
// compares size and times once more.
func mayGrow(f store.Finding, now time.Time) error {
	if f.LastSeen.Sub(f.Examined) >= twoLooks {
		return nil
	}
	if m := f.Item.Modified; !m.IsZero() && now.Sub(m) >= settled {
		return nil
	}
	return refuse(store.ItemRefused, "%w: it may still be written to; the next scan looks again", ErrRefused)
}

// wholeName: precondition. The recording does not have a name that recorders
// give to what they are writing.
func wholeName(f store.Finding) error {
	name := strings.ToLower(path.Base(f.Item.Path))
	for _, ext := range []string{".dav_", ".tmp", ".part", ".temp", ".incomplete", "~"} {
		if strings.HasSuffix(name, ext) {
			return refuse(store.ItemRefused, "%w: its name ends in %s, as of what is being written", ErrRefused, ext)
		}
	}
	for _, prefix := range []string{".", "~", "incomplete.", "nvr_standby_"} {
		if strings.HasPrefix(name, prefix) {
			return refuse(store.ItemRefused, "%w: its name begins with %s, as of what is being written", ErrRefused, prefix)
		}
	}
	return nil
}

// notNewest: precondition. It is not the newest recording of a camera, unless
// the plan says that this camera is silent.
func (x *execution) notNewest(ctx context.Context, it store.PlanItem, f store.Finding) error {
	if !it.SilentSince.IsZero() {
		return nil
	}
	newest, err := x.Store.Newest(ctx, f.Item.Source, f.Item.Camera)
	if err != nil && !errors.Is(err, store.ErrNotFound) {
		return fmt.Errorf("%s: %w", cameraOf(f.Item), err)
	}
	if err != nil || !f.Since().Before(newest.Since()) {
		return refuse(store.ItemRefused, "%w: it is the newest recording of %s", ErrRefused, cameraOf(f.Item))
	}
	return nil
}

// together: precondition. What belongs to the recording (its index, thumbnail,
// picture) may go as well, and is in the plan.
func (x *execution) together(ctx context.Context, f store.Finding, decide func(store.Finding) retention.Decision) error {
	beside, err := x.Store.Beside(ctx, f.Item.Source, stem(f.Item.Path))
	if err != nil {
		return err
	}
	for _, other := range beside {
		if other.Ref == f.Ref || stem(other.Item.Path) != stem(f.Item.Path) {
			continue
		}
		dec := decide(other)
		switch {
		case dec.Disposition == retention.Held:
			return refuse(store.ItemHeld, "what belongs to it is held by %s", dec.Hold)
		case !mayErase(dec):
			return refuse(store.ItemRefused, "%w: what belongs to it is not due (%s)", ErrRefused, dec.Disposition)
		}
		goes, err := x.company.goes(ctx, other.Ref)
		if err != nil {
			return err
		}
		if !goes {
			return refuse(store.ItemRefused, "%w: what belongs to it is not in the plan", ErrRefused)
		}
	}
	return nil
}

// companions are the endings of recordings and of what recorders put beside
// them under the same name.
var companions = []string{
	".mp4", ".mkv", ".avi", ".mov", ".webm", ".dav", ".ts", ".bvr", ".m4v", ".flv", ".mpg", ".h264", ".h265",
	".idx", ".thumb", ".jpg", ".jpeg", ".png", ".gif", ".xml", ".json", ".txt", ".srt",
}

// stem is a path without the endings of recordings and companions.
func stem(p string) string {
	for {
		ext := path.Ext(p)
		if ext == "" || !slices.Contains(companions, strings.ToLower(ext)) {
			return p
		}
		p = strings.TrimSuffix(p, ext)
	}
}

// withinCamera: precondition. One more recording is not too large a part of its
// camera's for this run. A plan about a silent camera is about all of it, and
// its approver was told so.
func (x *execution) withinCamera(it store.PlanItem) error {
	if it.Item.Kind != scanner.KindRecording || !it.SilentSince.IsZero() {
		return nil
	}
	cam := cameraOf(it.Item)
	return x.Brakes.withinPercent(cam.String(), x.fromSource[cam.key()], x.sizes[cam.key()])
}

// cameraSizes adds how many recordings each camera has.
func (d Deps) cameraSizes(ctx context.Context, sizes map[string]int64) error {
	list, err := d.Store.Cameras(ctx, "")
	if err != nil {
		return fmt.Errorf("reading the cameras: %w", err)
	}
	for _, c := range list {
		sizes[camera{c.Source, c.Name}.key()] = c.Recordings
	}
	return nil
}

// superseding is what a new plan means for one that waits for approval.
type superseding int

const (
	stands  superseding = iota // it stands, and keeps its items
	yes                        // it is dead
	ignores                    // it stands, and its items may go with the new plan all the same
)

// supersedes says what the selection means for a plan that waits for approval.
// Like replaces like, of the same sources; a plan about a silent camera falls
// when the camera records again; and what a standing approval covers goes,
// whatever plan it waits in for a person, unless it waits there because it was
// more than the approval may do by itself.
func (s *Selection) supersedes(ctx context.Context, p store.Plan) (superseding, error) {
	first, err := s.deps.Store.FirstPlanItem(ctx, p.ID)
	if errors.Is(err, store.ErrNotFound) || err == nil && s.scope.beside {
		return stands, nil
	}
	if err != nil {
		return stands, err
	}
	if !first.SilentSince.IsZero() {
		cam := cameraOf(first.Item)
		_, silent := s.silent[cam]
		ours := s.scope.source == "" || s.scope.source == cam.source
		if s.scope.camera != nil && *s.scope.camera == cam || s.scope.camera == nil && ours && !silent {
			return yes, nil
		}
		return stands, nil
	}
	switch {
	case s.scope.camera != nil:
		return stands, nil
	case s.scope.standing && p.Standing:
		return stands, nil
	case s.scope.standing:
		return ignores, nil
	case s.scope.source == "":
		return yes, nil
	}
	sources, err := s.deps.Store.PlanSources(ctx, p.ID)
	if err != nil {
		return stands, err
	}
	if slices.ContainsFunc(sources, func(source string) bool { return source != s.scope.source }) {
		return stands, nil
	}
	return yes, nil
}
