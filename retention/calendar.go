package retention

import (
	"time"
	_ "time/tzdata" // the zone must be there on every machine
)

// copenhagen is the zone of all calendar arithmetic.
var copenhagen = func() *time.Location {
	loc, err := time.LoadLocation("Europe/Copenhagen")
	if err != nil { // it is embedded: only a broken ZONEINFO gets here
		panic("retention: " + err.Error())
	}
	return loc
}()

// Zone is Europe/Copenhagen, the zone of all calendar arithmetic.
func Zone() *time.Location { return copenhagen }

// local is t in Europe/Copenhagen without a monotonic reading; zero stays zero.
func local(t time.Time) time.Time {
	if t.IsZero() {
		return time.Time{}
	}
	return t.Round(0).In(copenhagen)
}

// day is a date of the calendar.
type day struct {
	year  int
	month time.Month
	day   int
}

// dayOf is the day in Copenhagen on which t falls.
func dayOf(t time.Time) day {
	y, m, d := t.In(copenhagen).Date()
	return day{y, m, d}
}

// start is the instant at which the day begins in Copenhagen.
func (d day) start() time.Time {
	t, _ := wall(d, 0, 0)
	return t
}

// end is the instant at which the day is over: the start of the next one.
func (d day) end() time.Time { return d.plusDays(1).start() }

// plusDays adds days.
func (d day) plusDays(n int) day {
	y, m, dd := time.Date(d.year, d.month, d.day+n, 12, 0, 0, 0, time.UTC).Date()
	return day{y, m, dd}
}

// plus adds a period: first the months, where a month without that day gives
// its last one, then the days. clipped reports that this happened.
func (d day) plus(p Period) (sum day, clipped bool) {
	y, m, _ := time.Date(d.year, d.month+time.Month(p.months()), 1, 12, 0, 0, 0, time.UTC).Date()
	sum = day{y, m, min(d.day, daysIn(y, m))}
	return sum.plusDays(p.days()), sum.day != d.day
}

// Over is the instant at which a period of whole days is over that began on the
// day of t: the end of the day that lies so far after it.
func Over(t time.Time, p Period) time.Time {
	d, _ := dayOf(t).plus(p)
	return d.end()
}

// StartOfDay is the instant at which the day of t began.
func StartOfDay(t time.Time) time.Time { return dayOf(t).start() }

// daysIn is the number of days of a month.
func daysIn(year int, month time.Month) int {
	return time.Date(year, month+1, 0, 12, 0, 0, 0, time.UTC).Day()
}

// wall is the instant at which the clock in Copenhagen shows sinceMidnight plus
// nanos on a day. When the clock skips that moment, it is as much later as the
// clock skips (02:30 becomes 03:30); when it shows it twice, it is the second
// time: both are the later reading, which keeps longer.
func wall(d day, seconds, nanos int) (t time.Time, note string) {
	utc := time.Date(d.year, d.month, d.day, 0, 0, seconds, nanos, time.UTC)
	// The offsets a day before and after: no zone has changed twice in between.
	before := offsetAt(utc.Add(-24 * time.Hour))
	after := offsetAt(utc.Add(24 * time.Hour))
	early, late := utc.Add(-time.Duration(max(before, after))*time.Second), utc.Add(-time.Duration(min(before, after))*time.Second)
	earlyOK, lateOK := offsetAt(early) == max(before, after), offsetAt(late) == min(before, after)
	switch {
	case lateOK && earlyOK && !early.Equal(late):
		return late.In(copenhagen), NoteTwice
	case lateOK:
		return late.In(copenhagen), ""
	case earlyOK:
		return early.In(copenhagen), ""
	}
	return late.In(copenhagen), NoteGap
}

// offsetAt is Copenhagen's distance from UTC at t, in seconds.
func offsetAt(t time.Time) int {
	_, off := t.In(copenhagen).Zone()
	return off
}

// addInstant adds a period to an instant on the wall clock of Copenhagen.
func addInstant(t time.Time, p Period) (sum time.Time, note string) {
	if p == (Period{}) {
		return local(t), ""
	}
	lt := t.In(copenhagen)
	d, clipped := dayOf(lt).plus(p)
	h, m, s := lt.Clock()
	sum, note = wall(d, h*3600+m*60+s, lt.Nanosecond())
	if clipped {
		note = NoteClipped
	}
	return sum, note
}

// earliestPlausible is the first date that is believed: 1980-01-01 is where
// the clock of a FAT file system starts, and anything before it is a clock
// that was never set.
var earliestPlausible = day{1980, time.January, 2}.start()

// implausible says why a date cannot be right, "" when it can.
func (c *decider) implausible(t time.Time) string {
	switch {
	case t.Before(earliestPlausible):
		return "before_1980"
	case c.before(t.Add(-24 * time.Hour)):
		return "future"
	}
	return ""
}
