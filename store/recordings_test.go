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
		spans := 0
		must(t, s.Spans(t.Context(), "tv", "b", func(v Span) {
			if spans++; spans == 2 && (!v.Begin.Equal(day.Add(2*time.Hour)) || !v.End.Equal(day.Add(3*time.Hour))) {
				t.Errorf("span %+v", v)
			}
		}))
		if spans != 4 {
			t.Errorf("%d spans, want 4: what is in doubt says nothing", spans)
		}
		if got := all(t, s, Filter{Source: "tv", NoRecordings: true}); len(got) != 1 || got[0].Item.Path != file.Item.Path {
			t.Errorf("what is no recording: %v", refs(got))
		}
	})
}
