package store

import (
	"fmt"
	"testing"
	"time"

	"github.com/sletdk/slet/scanner"
)

// TestFirstSeenStays: when an item was first seen does not move, however often
// it is looked at and whatever it grows to; and it is what a recording whose
// own clock is of no use counts from.
func TestFirstSeenStays(t *testing.T) {
	engines(t, func(t *testing.T, s *Store) {
		f := finding("s", 1)
		f.Item.Kind, f.SourceType = scanner.KindRecording, "cctv"
		for i := range 3 {
			f.Item.Size, f.Item.Version = int64(i), string(rune('a'+i))
			f.FirstSeen, f.LastSeen = day.Add(time.Duration(i)*time.Hour), day.Add(time.Duration(i)*time.Hour)
			record(t, s, "s", true, f)
		}
		got, err := s.Finding(t.Context(), f.Ref)
		must(t, err)
		if !got.FirstSeen.Equal(day) || got.Item.Size != 2 {
			t.Errorf("first seen %s, want %s; size %d", got.FirstSeen, day, got.Item.Size)
		}
		if facts := got.Facts(); !facts.Recorded.Equal(day) || facts.Dated != DatedFirstSeen {
			t.Errorf("counts from %s (%s), want when it was first seen", facts.Recorded, facts.Dated)
		}
		got.Item.Recorded, got.Item.Dated = day.AddDate(0, 0, -3), "name"
		if facts := got.Facts(); !facts.Recorded.Equal(got.Item.Recorded) || facts.Dated != "name" {
			t.Errorf("counts from %s (%s), want its own date", facts.Recorded, facts.Dated)
		}
		got.Item.Kind, got.Item.Recorded = scanner.KindFile, time.Time{}
		if facts := got.Facts(); !facts.Recorded.IsZero() {
			t.Errorf("a file counts from %s", facts.Recorded)
		}
	})
}

// recording is one of a camera, n hours after day.
func recording(camera string, n int) Finding {
	f := finding("tv", n)
	f.Ref = fmt.Sprintf("i%s%06x", camera, n)
	f.Item.Kind, f.SourceType, f.Item.Camera, f.Item.Dated = scanner.KindRecording, "cctv", camera, "name"
	f.Item.Path = fmt.Sprintf("%s/%06d.mp4", camera, n)
	f.Item.ID = f.Item.Path
	f.Item.Recorded = day.Add(time.Duration(n) * time.Hour)
	f.Item.End = f.Item.Recorded.Add(time.Hour)
	f.FirstSeen = f.Item.End
	return f
}

// TestCameras: what is asked of a camera, on both engines, over several pages.
func TestCameras(t *testing.T) {
	const n = 2*pageItems + 7
	engines(t, func(t *testing.T, s *Store) {
		var list []Finding
		for i := range n {
			list = append(list, recording("a\xff", i))
		}
		lost := recording("b", 5000) // its clock is of no use
		lost.Item.Recorded, lost.Item.End, lost.Item.Dated, lost.FirstSeen = time.Time{}, time.Time{}, "", day.Add(time.Hour)
		doubtful := recording("b", 9000)
		doubtful.Item.Doubt = "who knows"
		idx := recording("b", 3)
		idx.Ref, idx.Item.Path, idx.Item.ID = idx.Ref+"x", "b/000003.idx", "b/000003.idx"
		file := finding("tv", 1)
		file.Item.Path = "b/000003.mp4/notes.txt"
		record(t, s, "tv", true, append(list, recording("b", 2), recording("b", 3), idx, lost, doubtful, file)...)

		cameras, err := s.Cameras(t.Context(), "tv")
		must(t, err)
		if len(cameras) != 2 || cameras[0].Name != "a\xff" || cameras[0].Recordings != n || cameras[1].Recordings != 5 ||
			!cameras[1].Oldest.Equal(day.Add(time.Hour)) || !cameras[1].Newest.Equal(day.Add(9000*time.Hour)) || cameras[1].Bytes != 2+3+3+5000+9000 {
			t.Errorf("%+v", cameras)
		}
		if none, err := s.Cameras(t.Context(), "other"); err != nil || len(none) != 0 {
			t.Errorf("another source has %v (%v)", none, err)
		}

		names := func(camera string, until time.Time) (out []string) {
			for f, err := range s.Recordings(t.Context(), "tv", camera, until) {
				must(t, err)
				out = append(out, f.Item.Path)
			}
			return out
		}
		if got := names("a\xff", time.Time{}); len(got) != n || got[0] != "a\xff/000000.mp4" || got[n-1] != fmt.Sprintf("a\xff/%06d.mp4", n-1) {
			t.Errorf("%d recordings, want %d", len(got), n)
		}
		if got := names("a\xff", day.Add(700*time.Hour)); len(got) != 701 {
			t.Errorf("%d recordings up to a moment, want 701", len(got))
		}
		if got := fmt.Sprint(names("b", day.Add(4*time.Hour))); got != "[b/005000.mp4 b/000002.mp4 b/000003.mp4 b/000003.idx]" {
			t.Errorf("%s", got)
		}

		newest, err := s.Newest(t.Context(), "tv", "b")
		if err != nil || !newest.Since().Equal(day.Add(3*time.Hour)) {
			t.Errorf("the newest is %s (%v)", newest.Item.Path, err)
		}
		_, err = s.Newest(t.Context(), "tv", "c")
		wantErr(t, err, ErrNotFound)

		beside, err := s.Beside(t.Context(), "tv", "b/000003")
		if err != nil || len(beside) != 2 {
			t.Errorf("%d beside one another (%v), want recording and index", len(beside), err)
		}
		if got, err := s.CameraNames(t.Context()); err != nil || fmt.Sprint(got) != "[{tv a\xff} {tv b}]" {
			t.Errorf("cameras %v (%v)", got, err)
		}
		if at, err := s.AtPath(t.Context(), "tv", "b/000003.idx"); err != nil || len(at) != 1 || at[0].Ref != idx.Ref {
			t.Errorf("%d items at a path (%v)", len(at), err)
		}
		var in []string
		for f, err := range s.RecordingsIn(t.Context(), "tv", "b", day.Add(2*time.Hour), day.Add(3*time.Hour)) {
			must(t, err)
			in = append(in, f.Item.Path)
		}
		if fmt.Sprint(in) != "[b/000002.mp4 b/000003.mp4 b/000003.idx]" {
			t.Errorf("in a span lie %v", in)
		}
		if got := all(t, s, Filter{Source: "tv", NoRecordings: true}); len(got) != 1 || got[0].Item.Path != file.Item.Path {
			t.Errorf("what is no recording: %v", refs(got))
		}
	})
}

// TestHours: all recordings of a camera, by the hour and by what their decision
// may depend on.
func TestHours(t *testing.T) {
	engines(t, func(t *testing.T, s *Store) {
		base := day.Truncate(time.Hour)
		at := func(n int, minutes int, change func(*Finding)) Finding {
			f := recording("a", n)
			f.Item.Recorded = base.Add(time.Duration(minutes) * time.Minute)
			f.Item.End = f.Item.Recorded.Add(10 * time.Minute)
			if change != nil {
				change(&f)
			}
			return f
		}
		record(t, s, "tv", true,
			at(1, 5, nil), at(2, 55, nil), at(3, 50, func(f *Finding) { f.Item.Doubt = "who knows" }),
			at(4, 65, func(f *Finding) { f.Item.Dated = scanner.DatedModified }), at(5, 200, func(f *Finding) { f.DocumentType = "cv" }),
			at(6, 0, func(f *Finding) { // when it was first seen counts
				f.Item.Recorded, f.Item.End, f.Item.Dated, f.FirstSeen = time.Time{}, time.Time{}, "", base.Add(210*time.Minute)
			}))
		var got []string
		must(t, s.Hours(t.Context(), "tv", "a", func(hours []Hour) error {
			for _, h := range hours {
				got = append(got, fmt.Sprintf("%d×%d %s-%s-%s %dB", h.Class, h.N, h.First.Format("15:04"), h.Last.Format("15:04"), h.End.Format("15:04"), h.Bytes))
			}
			got = append(got, "|")
			return nil
		}))
		h := func(minutes int) string { return base.Add(time.Duration(minutes) * time.Minute).Format("15:04") }
		want := fmt.Sprint([]string{
			fmt.Sprintf("0×2 %s-%s-%s 3B", h(5), h(55), h(65)), fmt.Sprintf("1×1 %s-%s-%s 3B", h(50), h(50), h(60)), "|",
			fmt.Sprintf("4×1 %s-%s-%s 4B", h(65), h(65), h(75)), "|",
			fmt.Sprintf("2×1 %s-%s-%s 5B", h(200), h(200), h(210)), fmt.Sprintf("4×1 %s-%s-%s 6B", h(210), h(210), h(210)), "|",
		})
		if fmt.Sprint(got) != want {
			t.Errorf("\n got %v\nwant %v", got, want)
		}
		wantErr(t, s.Hours(t.Context(), "tv", "a", func([]Hour) error { return ErrNotFound }), ErrNotFound)
	})
}

// TestRings: what the list of a ring says is kept until it is read anew, or the
// list is gone.
func TestRings(t *testing.T) {
	engines(t, func(t *testing.T, s *Store) {
		f := recording("a", 1)
		f.Item.Path = "a/datadir0/index00.bin"
		hour := scanner.RingHour{Camera: "a/\xff", First: day, Last: day.Add(time.Minute), End: day.Add(time.Hour), N: 7, Bytes: 70, Locked: 2}
		f.Ring = &scanner.Ring{Clock: scanner.ClockLocal, Hours: []scanner.RingHour{hour, {Camera: "a/0", First: day, Last: day, End: day, N: 1}}}
		other := recording("a", 2)
		read := func() (rings []Ring, hours []scanner.RingHour) {
			rings, err := s.Rings(t.Context())
			must(t, err)
			must(t, s.RingHours(t.Context(), f.Ref, func(h scanner.RingHour) { hours = append(hours, h) }))
			return rings, hours
		}
		record(t, s, "tv", true, f, other)
		rings, hours := read()
		want := Ring{Ref: f.Ref, Source: "tv", Path: f.Item.Path, Camera: "a", Clock: scanner.ClockLocal, Whole: true}
		if len(rings) != 1 || rings[0] != want || len(hours) != 2 || hours[1] != hour {
			t.Errorf("%+v %+v", rings, hours)
		}
		f.Ring = &scanner.Ring{Clock: scanner.ClockUTC}
		f.Gaps = []scanner.Gap{{Path: f.Item.Path, Reason: scanner.Corrupt}}
		record(t, s, "tv", true, f, other)
		if rings, hours := read(); len(rings) != 1 || rings[0].Whole || len(hours) != 0 {
			t.Errorf("a list with a gap: %+v %+v", rings, hours)
		}
		record(t, s, "tv", true, other)
		if rings, hours := read(); len(rings)+len(hours) != 0 {
			t.Errorf("a list that is gone: %+v %+v", rings, hours)
		}
	})
}
