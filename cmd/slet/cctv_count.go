package main

import (
	"context"
	"errors"
	"path"
	"slices"
	"strings"
	"time"

	"github.com/sletdk/slet/report"
	"github.com/sletdk/slet/retention"
	"github.com/sletdk/slet/scanner"
	"github.com/sletdk/slet/store"
)

// cameraCount counts how it stands with the recordings: by the hour where one
// answer of the rules is good for an hour of a camera, and one by one where it
// is not. A million recordings are some ten thousand hours.
type cameraCount struct {
	a      *app
	events retention.Events
	holds  []retention.Hold
	byTime *retention.ByTime
	// apart are, by source, the hours whose recordings must be asked about one by
	// one, because a rule or a hold is about their paths.
	apart map[string]map[apartHour]bool
	rings map[string][]store.Ring // by source
}

// apartHour is an hour of a camera.
type apartHour struct {
	camera string
	hour   int64
}

func hourOf(t time.Time) int64 { return t.UnixNano() / int64(time.Hour) }

// maxApart is how many paths of one source are looked up, before all of it is
// asked about one by one.
const maxApart = 10_000

func (a *app) newCameraCount(ctx context.Context) (*cameraCount, error) {
	c := &cameraCount{a: a, apart: map[string]map[apartHour]bool{}, rings: map[string][]store.Ring{}}
	var err error
	if c.holds, err = a.store.Holds(ctx); err != nil {
		return nil, err
	}
	if c.events, err = a.store.Events(ctx); err != nil {
		return nil, err
	}
	c.byTime = retention.NewByTime(a.schedule, c.holds, now())
	rings, err := a.store.Rings(ctx)
	for _, r := range rings {
		c.rings[r.Source] = append(c.rings[r.Source], r)
	}
	return c, err
}

func (c *cameraCount) decide(f store.Finding, holds []retention.Hold) retention.Decision {
	return retention.Decide(f.Facts(), c.a.schedule, c.events, holds, now())
}

// ruling is what the rules say of a recording, for the status.
type ruling struct {
	due  time.Time
	held bool
}

// of says what the rules say of one recording. The deadline is the schedule's,
// whatever doubt there is about the recording's dates.
func (c *cameraCount) of(f store.Finding) ruling {
	dec := c.decide(f, c.holds)
	due := dec.Due
	if f.Item.Doubt != "" {
		f.Item.Doubt = ""
		due = c.decide(f, nil).Due
	}
	return ruling{due: due, held: dec.Disposition == retention.Held}
}

// past reports whether it is past its deadline.
func (w ruling) past() bool { return !w.due.IsZero() && !now().Before(w.due) }

// count adds recordings that have the same answer.
func (w ruling) count(s *report.CameraStatus, n, size int64, doubt bool) {
	if doubt || s.Camera == "" {
		s.Orphans += int(n)
	}
	switch {
	case w.due.IsZero():
	case !w.past():
		if s.NextDue == nil || w.due.Before(*s.NextDue) {
			s.NextDue = timeOrNil(w.due)
		}
	case w.held:
		s.Held += int(n)
	default:
		s.Over += int(n)
		s.OverBytes += size
		if doubt {
			s.InDoubt += int(n)
		}
	}
}

// status counts one camera's own files.
func (c *cameraCount) status(ctx context.Context, s *report.CameraStatus) error {
	apart, err := c.apartIn(ctx, s.Source)
	if err != nil {
		return err
	}
	byTime := apart != nil && c.byTime.Camera(s.Source, s.Camera)
	gaps := gapCount{status: s}
	return c.a.store.Hours(ctx, s.Source, s.Camera, func(hours []store.Hour) error {
		first, last := hours[0].First, hours[0].Last
		together := byTime && !apart[apartHour{s.Camera, hourOf(first)}]
		for _, h := range hours {
			s.Recordings, s.Bytes = s.Recordings+h.N, s.Bytes+h.Bytes
			if s.Oldest.IsZero() || h.First.Before(s.Oldest) {
				s.Oldest = h.First
			}
			if h.Last.After(s.Newest) {
				s.Newest = h.Last
			}
			if h.First.Before(first) {
				first = h.First
			}
			if h.Last.After(last) {
				last = h.Last
			}
			if h.Class&store.ClassDoubt == 0 {
				gaps.add(h.First, h.End)
			}
			together = together && h.Class&store.ClassContent == 0 && c.byTime.Span(s.Source, s.Camera, h.First, h.End, h.Class&store.ClassWeak != 0)
		}
		if together && c.together(s, hours) {
			return nil
		}
		for f, err := range c.a.store.RecordingsIn(ctx, s.Source, s.Camera, first, last) {
			if err != nil {
				return err
			}
			c.of(f).count(s, 1, f.Item.Size, f.Item.Doubt != "")
		}
		return nil
	})
}

// together counts the recordings of an hour by two answers, those of the first
// and the last of each class; false when an answer changes within the hour.
func (c *cameraCount) together(s *report.CameraStatus, hours []store.Hour) bool {
	answers := make([]ruling, len(hours))
	for i, h := range hours {
		f := store.Finding{SourceType: "cctv", FirstSeen: h.First, Item: scanner.Item{
			Source: s.Source, Kind: scanner.KindRecording, Camera: s.Camera, Recorded: h.First, End: h.End, Dated: scanner.DatedName,
		}}
		if h.Class&store.ClassWeak != 0 {
			f.Item.Dated = scanner.DatedModified
		}
		if h.Class&store.ClassDoubt != 0 {
			f.Item.Doubt = "in doubt"
		}
		answers[i] = c.of(f)
		f.Item.Recorded, f.FirstSeen = h.Last, h.Last
		if last := c.of(f); last.past() != answers[i].past() || last.held != answers[i].held || last.due.IsZero() != answers[i].due.IsZero() {
			return false
		}
	}
	for i, h := range hours {
		answers[i].count(s, h.N, h.Bytes, h.Class&store.ClassDoubt != 0)
	}
	return true
}

// apartIn finds the recordings of a source whose paths a rule or a hold is
// about; nil when they are too many.
func (c *cameraCount) apartIn(ctx context.Context, source string) (map[apartHour]bool, error) {
	if known, ok := c.apart[source]; ok {
		return known, nil
	}
	hours := map[apartHour]bool{}
	var found []string
	if c.byTime.Paths(source) {
		err := c.a.store.Paths(ctx, source, func(p string) {
			if len(found) <= maxApart && c.byTime.Path(source, p) {
				found = append(found, p)
			}
		})
		if err != nil {
			return nil, err
		}
	}
	if len(found) > maxApart {
		hours, found = nil, nil
	}
	for _, p := range found {
		same, err := c.a.store.AtPath(ctx, source, p)
		if err != nil {
			return nil, err
		}
		for _, f := range same {
			hours[apartHour{f.Item.Camera, hourOf(f.Since())}] = true
		}
	}
	c.apart[source] = hours
	return hours, nil
}

// gapCount finds the times in which a camera recorded nothing.
type gapCount struct {
	status *report.CameraStatus
	last   time.Time
}

func (g *gapCount) add(begin, end time.Time) {
	if !g.last.IsZero() && begin.Sub(g.last) > longGap {
		gaps := append(g.status.Gaps, report.RecordingGap{From: g.last.In(retention.Zone()), To: begin.In(retention.Zone())})
		g.status.Gaps = gaps[max(0, len(gaps)-maxGaps):]
	}
	for _, t := range []time.Time{begin, end} {
		if t.After(g.last) {
			g.last = t
		}
	}
}

// ringStatus counts, by camera, what the lists of a source's rings say: by the
// hour, which is past its deadline when its first recording is. path and
// camera of the rules are those of the list.
func (c *cameraCount) ringStatus(ctx context.Context, source string) ([]*report.CameraStatus, error) {
	by := map[string]*report.CameraStatus{}
	gaps := map[string]*gapCount{}
	for _, r := range c.rings[source] {
		err := c.a.store.RingHours(ctx, r.Ref, func(h scanner.RingHour) {
			s := by[h.Camera]
			if s == nil {
				s = &report.CameraStatus{Source: source, Camera: h.Camera, Ring: true, Gaps: []report.RecordingGap{}, Oldest: h.First}
				by[h.Camera], gaps[h.Camera] = s, &gapCount{status: s}
			}
			s.Recordings, s.Bytes, s.Locked = s.Recordings+h.N, s.Bytes+h.Bytes, s.Locked+h.Locked
			s.Unread = s.Unread || !r.Whole
			s.Unclear = s.Unclear || r.Clock == scanner.ClockUncertain
			if h.First.Before(s.Oldest) {
				s.Oldest = h.First
			}
			if h.Last.After(s.Newest) {
				s.Newest = h.Last
			}
			gaps[h.Camera].add(h.First, h.End)
			f := store.Finding{SourceType: "cctv", FirstSeen: h.First, Item: scanner.Item{
				Source: source, Path: r.Path, Kind: scanner.KindRecording, Camera: h.Camera, Recorded: h.First, End: h.End, Dated: scanner.DatedSidecar,
			}}
			c.of(f).count(s, h.N, h.Bytes, false)
		})
		if err != nil {
			return nil, err
		}
	}
	list := []*report.CameraStatus{}
	for _, s := range by {
		list = append(list, s)
	}
	slices.SortFunc(list, func(a, b *report.CameraStatus) int { return strings.Compare(a.Camera, b.Camera) })
	return list, nil
}

// outsideRings counts a camera whose files are a ring: those that no list speaks
// for, because it is missing or could not be read whole.
func (c *cameraCount) outsideRings(ctx context.Context, s *report.CameraStatus) error {
	listed := map[string]bool{}
	for _, r := range c.rings[s.Source] {
		if r.Whole {
			dir := path.Dir(r.Path)
			listed[dir], listed[path.Dir(dir)] = true, true
		}
	}
	for f, err := range c.a.store.Recordings(ctx, s.Source, s.Camera, time.Time{}) {
		if err != nil {
			return err
		}
		if listed[path.Dir(f.Item.Path)] {
			continue
		}
		s.Unread = true
		s.Recordings, s.Bytes = s.Recordings+1, s.Bytes+f.Item.Size
		if at := f.Since(); s.Oldest.IsZero() || at.Before(s.Oldest) {
			s.Oldest = at
		}
		if at := f.Since(); at.After(s.Newest) {
			s.Newest = at
		}
		c.of(f).count(s, 1, f.Item.Size, f.Item.Doubt != "")
	}
	return nil
}

// silentSince is when a camera last recorded, if all it has is past its period.
func (c *cameraCount) silentSince(ctx context.Context, s *report.CameraStatus) error {
	newest, err := c.a.store.Newest(ctx, s.Source, s.Camera)
	if errors.Is(err, store.ErrNotFound) {
		return nil
	}
	if err == nil && c.decide(newest, nil).Disposition == retention.Due {
		s.SilentSince = timeOrNil(newest.Since())
	}
	return err
}
