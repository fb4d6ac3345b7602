// Package cctv is the source for recordings of cameras: what a recorder leaves
// in a folder or on a share, judged by when it was recorded.
//
// It wraps the source and the eraser of the storage below (scanner/files or
// scanner/smb), which keep all their promises. What it adds:
//
//   - A table of layouts ([Layouts]) says how each kind of recorder names its
//     files, what may be done with them ([Mode]), and how the recorder is told.
//   - Every video, picture and companion of one (index, thumbnail) is an item
//     of kind recording, with its camera, its beginning and end, and what these
//     rest on. Anything else on the storage is an ordinary file, and is searched
//     for personal data like any other: nothing is called clean for lying here.
//   - A walk judges by names and costs what a listing costs. What only the
//     opened file tells is asked once for each new recording ([Source.Date]): a
//     description beside it, the header of an MP4, Matroska or AVI file.
//   - Doubt keeps. Two sources of time that differ by more than [maxDisagree], a
//     path that no pattern explains, a file that is older than what its name
//     says: the item carries the reason ([scanner.Item].Doubt) and is reported.
//   - A clock that was not set (before 1990, the first of January 2000) or runs
//     ahead says nothing: Recorded stays zero and Dated empty, which means "the
//     day when slet first saw it", the only clock that is our own.
//   - What is being written is not an item ([scanner.SkipGrowing]).
//   - Of a layout in [ModeVerify] no eraser can be had ([NewEraser]).
package cctv

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"iter"
	"slices"
	"strings"
	"time"
	_ "time/tzdata" // a zone must never depend on what is installed

	"github.com/sletdk/slet/scanner"
)

// DefaultZone is the zone of cameras whose zone is not configured.
const DefaultZone = "Europe/Copenhagen"

// LayoutAuto has the layout recognised from a sample of names.
const LayoutAuto = "auto"

// Config says how a storage is to be read.
type Config struct {
	// Layout is a name of [LayoutNames] or [LayoutAuto], which "" means too.
	Layout string
	// Pattern is a pattern of the user's own (see docs/cctv.md), instead of a
	// layout.
	Pattern string
	// Mode makes the layout's mode stricter; "" leaves it.
	Mode Mode
	// Zone is the IANA name of the zone in which cameras show the time; "" is
	// [DefaultZone]. Zones has those that differ, by camera.
	Zone  string
	Zones map[string]string
	// Camera is the name of the camera where no path says one; "" is the name
	// of the source.
	Camera string
	// Now is the clock; nil is time.Now.
	Now func() time.Time
}

// Source is a storage of recordings. It is safe for concurrent use, and
// implements [scanner.Source] and [scanner.Dater].
type Source struct {
	inner  scanner.Source
	cfg    Config
	layout Layout
	found  Recognition
	zone   *time.Location
	zones  map[string]*time.Location // by camera, in lower case
	beside sidecars
	stamp  string // Fingerprint
}

// New reads a storage as recordings. With [LayoutAuto] it takes a sample of the
// names there. It takes over inner, and closes it, also when it fails.
func New(ctx context.Context, inner scanner.Source, cfg Config) (*Source, error) {
	s, err := newSource(ctx, inner, cfg)
	if err != nil {
		return nil, errors.Join(fmt.Errorf("source %s: %w", inner.Name(), err), inner.Close())
	}
	return s, nil
}

func newSource(ctx context.Context, inner scanner.Source, cfg Config) (*Source, error) {
	s, err := cfg.source()
	if err != nil {
		return nil, err
	}
	s.inner = inner
	if s.layout.Name == "" {
		if s.layout, s.found, err = recognise(ctx, inner); err != nil {
			return nil, err
		}
		s.layout.Mode = max(s.layout.Mode, cfg.Mode)
	}
	s.stamp = s.fingerprint()
	return s, nil
}

// Check says what is wrong with a configuration, without looking at a storage.
func Check(cfg Config) error {
	_, err := cfg.source()
	return err
}

// source makes a source that has no storage yet; its layout has no name when it
// is to be recognised.
func (cfg Config) source() (*Source, error) {
	if cfg.Now == nil {
		cfg.Now = time.Now
	}
	s := &Source{cfg: cfg, zones: map[string]*time.Location{}, found: Recognition{Why: "configured"}}
	var err error
	if s.zone, err = loadZone(cmp.Or(cfg.Zone, DefaultZone)); err != nil {
		return nil, err
	}
	for camera, name := range cfg.Zones {
		if s.zones[strings.ToLower(camera)], err = loadZone(name); err != nil {
			return nil, fmt.Errorf("camera %s: %w", camera, err)
		}
	}
	if cfg.Mode != "" && !slices.Contains([]Mode{ModeFree, ModeTell, ModeVerify}, cfg.Mode) {
		return nil, fmt.Errorf("mode %q; expected A, B or C", cfg.Mode)
	}
	auto := cfg.Layout == "" || cfg.Layout == LayoutAuto
	switch {
	case cfg.Pattern != "" && !auto:
		return nil, fmt.Errorf("layout %s and a pattern of your own: one of them", cfg.Layout)
	case cfg.Pattern != "":
		s.layout, err = own(cfg.Pattern)
	case auto:
		return s, nil
	default:
		s.layout, err = layoutOf(cfg.Layout)
	}
	if err != nil {
		return nil, err
	}
	s.found.Layout = s.layout.Name
	if cfg.Mode != "" && cfg.Mode < s.layout.Mode {
		return nil, fmt.Errorf("mode %s is freer than the %s of layout %s; a mode can only be made stricter", cfg.Mode, s.layout.Mode, s.layout.Name)
	}
	s.layout.Mode = max(s.layout.Mode, cfg.Mode)
	return s, nil
}

// loadZone loads a zone. "Local" is what the machine happens to be set to.
func loadZone(name string) (*time.Location, error) {
	zone, err := time.LoadLocation(name)
	if err != nil || name == "" || name == "Local" {
		return nil, fmt.Errorf("zone %q is not known; expected a name such as %s or UTC", name, DefaultZone)
	}
	return zone, nil
}

// judgeVersion changes when the rules by which items are dated do.
const judgeVersion = "cctv2"

func (s *Source) fingerprint() string {
	parts := []string{judgeVersion, s.layout.Name, s.cfg.Pattern, s.zone.String(), s.cfg.Camera}
	for _, camera := range slices.Sorted(mapKeys(s.zones)) {
		parts = append(parts, camera+"="+s.zones[camera].String())
	}
	return strings.Join(parts, "\x1f")
}

func mapKeys[V any](m map[string]V) iter.Seq[string] {
	return func(yield func(string) bool) {
		for k := range m {
			if !yield(k) {
				return
			}
		}
	}
}

// Fingerprint names the layout, the zones and the rules that items are judged
// by.
func (s *Source) Fingerprint() string { return s.stamp }

// Name is the configured name.
func (s *Source) Name() string { return s.inner.Name() }

// Inner is the source of the storage below.
func (s *Source) Inner() scanner.Source { return s.inner }

// Layout is the layout that the storage is read by, with its mode as it is
// configured.
func (s *Source) Layout() Layout { return s.layout }

// Recognition says how the layout was found.
func (s *Source) Recognition() Recognition { return s.found }

// Close closes the storage.
func (s *Source) Close() error { return s.inner.Close() }

// Partitions are those of the storage below: its topmost folders, which mostly
// are cameras or days.
func (s *Source) Partitions(ctx context.Context) ([]scanner.Partition, error) {
	return s.inner.Partitions(ctx)
}

// Open opens an item of the storage below.
func (s *Source) Open(ctx context.Context, it scanner.Item) (scanner.File, error) {
	return s.inner.Open(ctx, it)
}

// Walk yields what the storage below yields, judged by its names.
func (s *Source) Walk(ctx context.Context, p scanner.Partition) iter.Seq2[scanner.Item, error] {
	return s.judged(s.inner.Walk(ctx, p))
}

// judged is what a walk of the storage below yields, judged.
func (s *Source) judged(walk iter.Seq2[scanner.Item, error]) iter.Seq2[scanner.Item, error] {
	return func(yield func(scanner.Item, error) bool) {
		for it, err := range walk {
			if err == nil {
				s.beside.note(it)
				it, err = s.judge(it)
			}
			if !yield(it, err) {
				return
			}
		}
	}
}

// judge says what a file is, by its path and what the listing tells of it. It
// never opens it. The error is a *scanner.Skip for what is being written.
func (s *Source) judge(it scanner.Item) (scanner.Item, error) {
	now := s.cfg.Now()
	r, explained, ok := s.layout.read(it.Path)
	ok = ok && (explained.bare && !temporary(it.Path) || recorded(it.Path))
	if temporary(it.Path) && (ok || media(it.Path)) {
		if now.Sub(it.Modified) < abandonedAfter {
			parent, name := split(it.Path)
			return scanner.Item{}, &scanner.Skip{Parent: parent, Name: name, Why: scanner.SkipGrowing}
		}
		it.Kind, it.Dated = scanner.KindRecording, scanner.DatedModified
		it.Recorded = it.Modified
		it.Doubt = fmt.Sprintf("a temporary name, and not written to since %s: the recorder seems to have been interrupted; look at it, and remove it by hand", day(it.Modified))
		return it, nil
	}
	switch {
	case ok:
		it.Kind = scanner.KindRecording
		s.dateByPath(&it, r, explained)
	case media(it.Path):
		it.Kind = scanner.KindRecording
		it.Recorded, it.Dated = it.Modified, scanner.DatedModified
		it.Doubt = fmt.Sprintf("no path of layout %s looks like this: an export, a copy, or of another camera system; its time is the file's only", s.layout.Name)
	default:
		return it, nil // an ordinary file
	}
	s.doubtClock(&it, now)
	if s.layout.doubt != "" {
		it.Doubt = s.layout.doubt
	}
	return it, nil
}

// dateByPath takes over what a path says.
func (s *Source) dateByPath(it *scanner.Item, r reading, p *rule) {
	it.Camera = cmp.Or(r.camera, s.cfg.Camera, s.Name())
	zone := r.zone
	if zone == nil {
		zone = s.zoneOf(it.Camera)
	}
	switch {
	case !p.re.dated:
		it.Recorded, it.Dated = it.Modified, scanner.DatedModified
		it.Doubt = doubtModified
	case r.whole:
		it.Recorded, it.End = span(r.begin, r.end, zone)
		it.Dated = scanner.DatedName
	default:
		it.Recorded, it.End = dayOf(r.begin, zone, it.Modified)
		it.Dated = scanner.DatedFolder
	}
}

// doubtModified is the doubt about an item of which nothing but the file's own
// time is known.
const doubtModified = "its time is the file's only, which copying changes: uncertain"

// dayOf dates a recording of which only the day is known: it began when its
// file was last written at the latest, and on that day.
func dayOf(c clock, zone *time.Location, modified time.Time) (begin, end time.Time) {
	first := c.in(zone)
	y, m, d := first.In(zone).Date()
	next := clock{y: y, mo: int(m), d: d}
	after := time.Date(y, m, d+1, 0, 0, 0, 0, time.UTC)
	next.y, next.mo, next.d = after.Year(), int(after.Month()), after.Day()
	last := next.in(zone).Add(-time.Second)
	if modified.After(first) && modified.Before(last) {
		return modified.UTC(), modified.UTC()
	}
	return last, last
}

// zoneOf is the zone of a camera.
func (s *Source) zoneOf(camera string) *time.Location {
	if z := s.zones[strings.ToLower(camera)]; z != nil {
		return z
	}
	return s.zone
}

const (
	// maxDisagree is how far two sources of time may be apart.
	maxDisagree = 24 * time.Hour
	// abandonedAfter is how long a file with a temporary name may lie still
	// before it is no longer taken to be in the making.
	abandonedAfter = 24 * time.Hour
)

// doubtClock compares what a path or header says with what can be: a clock that
// was not set says nothing, and a file cannot be older than its recording.
func (s *Source) doubtClock(it *scanner.Item, now time.Time) {
	if it.Recorded.IsZero() {
		return
	}
	switch {
	case unset(it.Recorded, it.Modified), it.Recorded.After(now.Add(maxDisagree)):
		// Any doubt that there is stays: that a clock says nothing explains no
		// file that nothing else explains.
		it.Recorded, it.End, it.Dated = time.Time{}, time.Time{}, ""
	case !it.Modified.IsZero() && it.Recorded.Sub(it.Modified) > maxDisagree:
		it.Doubt = fmt.Sprintf("it says %s, and was last written to on %s, before that: the camera's clock may run ahead", day(it.Recorded), day(it.Modified))
	}
	if it.End.Before(it.Recorded) {
		it.End = time.Time{}
	}
}

// unset reports whether a clock that was never set shows this: before 1990, or,
// when the file's own time says otherwise, on the first two days of 2000, from
// which cameras begin to count after a loss of power.
func unset(t, modified time.Time) bool {
	if t.Year() < 1990 {
		return true
	}
	begin := time.Date(1999, 12, 31, 0, 0, 0, 0, time.UTC)
	return t.After(begin) && t.Before(begin.AddDate(0, 0, 4)) && modified.Sub(t) > maxDisagree
}

// day is a date for people.
func day(t time.Time) string { return t.UTC().Format("2006-01-02") }

func split(path string) (parent, name string) {
	i := strings.LastIndexByte(path, '/')
	return path[:max(i, 0)], path[i+1:]
}

// Date completes a recording with what its description or its header says, and
// compares that with its name.
func (s *Source) Date(ctx context.Context, it scanner.Item, f io.ReaderAt, size int64) scanner.Item {
	if it.Kind != scanner.KindRecording || s.layout.doubt != "" || temporary(it.Path) {
		return it
	}
	if begin, end, ok := s.beside.read(ctx, s.inner, it); ok {
		s.second(&it, begin, end, scanner.DatedSidecar)
	}
	if begin, end, ok := containerTimes(f, size); ok && !unset(begin, it.Modified) {
		s.second(&it, begin, end, scanner.DatedContainer)
	}
	return it
}

// second takes in what another source of time says of an item: it replaces a
// weaker one, completes a stronger one, and is compared with it.
func (s *Source) second(it *scanner.Item, begin, end time.Time, from string) {
	now := s.cfg.Now()
	if begin.After(now.Add(maxDisagree)) {
		return // runs ahead: no witness
	}
	switch it.Dated {
	case "":
		return // its name shows that the clock was not set: no header is better
	case scanner.DatedModified:
		orphan := it.Camera == ""
		it.Recorded, it.End, it.Dated = begin, end, from
		if !orphan {
			it.Doubt = ""
		}
		s.doubtClock(it, now)
	case scanner.DatedFolder:
		if apart(begin, it.Recorded) > maxDisagree {
			it.Doubt = disagree(it, begin, from)
			return
		}
		it.Recorded, it.End, it.Dated = begin, end, from
		s.doubtClock(it, now)
	default:
		if apart(begin, it.Recorded) > maxDisagree && (end.IsZero() || apart(end, it.Recorded) > maxDisagree) {
			it.Doubt = disagree(it, begin, from)
			return
		}
		if d := end.Sub(begin); it.End.IsZero() && !end.IsZero() && d >= 0 {
			it.End = it.Recorded.Add(d)
		}
	}
}

func apart(a, b time.Time) time.Duration { return a.Sub(b).Abs() }

func disagree(it *scanner.Item, begin time.Time, from string) string {
	return fmt.Sprintf("its %s says %s, its %s says %s", it.Dated, day(it.Recorded), from, day(begin))
}
