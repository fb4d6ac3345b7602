package cctv

import "time"

// clock is what a wall clock showed, or an instant when at is set.
type clock struct {
	y, mo, d, h, mi, s int
	at                 time.Time
}

// zero reports that nothing is known.
func (c clock) zero() bool { return c == clock{} }

// valid reports whether it is a time of the calendar: no 31 February, no hour
// 25. A leap second counts as the second after it.
func (c clock) valid() bool {
	if !c.at.IsZero() {
		return true
	}
	day := time.Date(c.y, time.Month(c.mo), c.d, 0, 0, 0, 0, time.UTC)
	return c.y >= 1 && c.mo >= 1 && c.mo <= 12 && c.d >= 1 && day.Day() == c.d && c.h >= 0 && c.h < 24 && c.mi >= 0 && c.mi < 60 && c.s >= 0 && c.s <= 60
}

// in returns the instant in a zone, in UTC. Of the hour that is there twice in
// October the later one is taken, so that nothing is erased too early; in the
// hour that is missing in March, which cameras that are not told of summer time
// do show, the clock is taken to have gone on ("02:30" is 03:30).
func (c clock) in(zone *time.Location) time.Time {
	_, later := c.both(zone)
	return later
}

// both returns the first and the last instant at which a clock of the zone
// shows this. They differ in the doubled hour only.
func (c clock) both(zone *time.Location) (first, last time.Time) {
	if !c.at.IsZero() {
		return c.at.UTC(), c.at.UTC()
	}
	utc := time.Date(c.y, time.Month(c.mo), c.d, c.h, c.mi, c.s, 0, time.UTC)
	before, after := utc.Add(-offsetAt(zone, utc.Add(-24*time.Hour))), utc.Add(-offsetAt(zone, utc.Add(24*time.Hour)))
	okBefore, okAfter := c.shownAt(before, utc, zone), c.shownAt(after, utc, zone)
	switch {
	case okBefore && okAfter && after.Before(before):
		return after, before
	case okBefore && okAfter:
		return before, after
	case okAfter:
		return after, after
	}
	return before, before // or it is never shown: the clock went on as before
}

// shownAt reports whether the zone's clock shows this at the instant.
func (clock) shownAt(at, wall time.Time, zone *time.Location) bool {
	return at.Add(offsetAt(zone, at)).Equal(wall)
}

func offsetAt(zone *time.Location, at time.Time) time.Duration {
	_, seconds := at.In(zone).Zone()
	return time.Duration(seconds) * time.Second
}

// span returns when a recording begins and ends. An end that the clock shows
// before the beginning means that it went past midnight, or past the hour that
// is there twice.
func span(begin, end clock, zone *time.Location) (from, to time.Time) {
	first, from := begin.both(zone)
	if end.zero() || end.at.IsZero() && end.y == 0 {
		return from, time.Time{}
	}
	endFirst, to := end.both(zone)
	switch {
	case !to.Before(from):
		// In the doubled hour the shortest is right: 02:10 to 02:20 is ten minutes.
		if !endFirst.Before(from) {
			to = endFirst
		}
		return from, to
	case !to.Before(first):
		return first, to // it began in the first of the two hours
	case end.at.IsZero():
		next := end
		day := time.Date(end.y, time.Month(end.mo), end.d+1, 0, 0, 0, 0, time.UTC)
		next.y, next.mo, next.d = day.Year(), int(day.Month()), day.Day()
		return from, next.in(zone)
	}
	return from, time.Time{}
}
