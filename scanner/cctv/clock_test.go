package cctv

import (
	"testing"
	"time"
)

func copenhagen(t testing.TB) *time.Location {
	t.Helper()
	zone, err := loadZone(DefaultZone)
	if err != nil {
		t.Fatal(err)
	}
	return zone
}

// TestClock: what a Danish clock shows, and when that is. The clock goes from
// 02:00 to 03:00 on 29 March 2026 and from 03:00 to 02:00 on 25 October.
func TestClock(t *testing.T) {
	zone := copenhagen(t)
	for shown, want := range map[clock]string{
		{2026, 1, 1, 0, 0, 0, time.Time{}}:       "2025-12-31 23:00:00",
		{2026, 7, 1, 0, 0, 0, time.Time{}}:       "2026-06-30 22:00:00",
		{2026, 3, 29, 1, 59, 59, time.Time{}}:    "2026-03-29 00:59:59",
		{2026, 3, 29, 2, 0, 0, time.Time{}}:      "2026-03-29 01:00:00", // is not there: moved forward, to 03:00
		{2026, 3, 29, 2, 30, 0, time.Time{}}:     "2026-03-29 01:30:00",
		{2026, 3, 29, 3, 0, 0, time.Time{}}:      "2026-03-29 01:00:00",
		{2026, 10, 25, 1, 59, 59, time.Time{}}:   "2026-10-24 23:59:59",
		{2026, 10, 25, 2, 0, 0, time.Time{}}:     "2026-10-25 01:00:00", // is there twice: the later
		{2026, 10, 25, 2, 59, 59, time.Time{}}:   "2026-10-25 01:59:59",
		{2026, 10, 25, 3, 0, 0, time.Time{}}:     "2026-10-25 02:00:00",
		{2026, 6, 30, 23, 59, 60, time.Time{}}:   "2026-06-30 22:00:00", // a leap second
		{2024, 2, 29, 12, 0, 0, time.Time{}}:     "2024-02-29 11:00:00",
		{at: utc("2026-10-25 00:30:00").Local()}: "2026-10-25 00:30:00",
	} {
		if got := shown.in(zone); !shown.valid() || !got.Equal(utc(want)) || got.Location() != time.UTC {
			t.Errorf("%+v is %s, want %s", shown, got, want)
		}
	}
	for _, bad := range []clock{
		{2026, 2, 31, 0, 0, 0, time.Time{}}, {2026, 2, 29, 0, 0, 0, time.Time{}}, {2026, 13, 1, 0, 0, 0, time.Time{}}, {2026, 0, 1, 0, 0, 0, time.Time{}},
		{2026, 1, 0, 0, 0, 0, time.Time{}}, {2026, 1, 32, 0, 0, 0, time.Time{}}, {2026, 1, 1, 24, 0, 0, time.Time{}}, {2026, 1, 1, 0, 60, 0, time.Time{}}, {0, 1, 1, 0, 0, 0, time.Time{}}, {},
	} {
		if bad.valid() {
			t.Errorf("%+v is taken for a time", bad)
		}
	}
}

// TestSpan: an end that the clock shows before the beginning.
func TestSpan(t *testing.T) {
	zone := copenhagen(t)
	at := func(month, day, h, mi int) clock { return clock{2026, month, day, h, mi, 0, time.Time{}} }
	for _, c := range []struct {
		begin, end         clock
		wantBegin, wantEnd string
	}{
		{at(11, 3, 10, 15), at(11, 3, 10, 25), "2026-11-03 09:15:00", "2026-11-03 09:25:00"},
		{at(11, 3, 23, 55), at(11, 3, 0, 5), "2026-11-03 22:55:00", "2026-11-03 23:05:00"},   // midnight
		{at(12, 31, 23, 55), at(12, 31, 0, 5), "2026-12-31 22:55:00", "2026-12-31 23:05:00"}, // New Year
		{at(10, 25, 1, 55), at(10, 25, 2, 5), "2026-10-24 23:55:00", "2026-10-25 00:05:00"},  // ten minutes, not seventy
		{at(10, 25, 2, 50), at(10, 25, 2, 5), "2026-10-25 00:50:00", "2026-10-25 01:05:00"},  // over the change
		{at(10, 25, 2, 10), at(10, 25, 2, 20), "2026-10-25 01:10:00", "2026-10-25 01:20:00"},
		{at(10, 25, 2, 50), at(10, 25, 3, 5), "2026-10-25 01:50:00", "2026-10-25 02:05:00"},
		{at(3, 29, 1, 55), at(3, 29, 3, 5), "2026-03-29 00:55:00", "2026-03-29 01:05:00"},
		{at(10, 24, 23, 55), at(10, 24, 0, 5), "2026-10-24 21:55:00", "2026-10-24 22:05:00"},
	} {
		begin, end := span(c.begin, c.end, zone)
		if !begin.Equal(utc(c.wantBegin)) || !end.Equal(utc(c.wantEnd)) {
			t.Errorf("%+v to %+v is %s to %s, want %s to %s", c.begin, c.end, begin, end, c.wantBegin, c.wantEnd)
		}
	}
}

// TestEveryMinuteOfTwoYears: whatever a Danish clock shows is read as the moment
// at which it shows it; in the doubled hour as the later one, never earlier.
func TestEveryMinuteOfTwoYears(t *testing.T) {
	zone := copenhagen(t)
	for at := utc("2025-01-01 00:00:00"); at.Before(utc("2027-01-01 00:00:00")); at = at.Add(7 * time.Minute) {
		l := at.In(zone)
		got := clock{l.Year(), int(l.Month()), l.Day(), l.Hour(), l.Minute(), l.Second(), time.Time{}}.in(zone)
		if d := got.Sub(at); d != 0 && (d != time.Hour || l.Hour() != 2 || l.Month() != time.October) {
			t.Fatalf("%s is read as %s", l, got)
		}
	}
}
