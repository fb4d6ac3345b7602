package store

import (
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
