package config

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/sletdk/slet/retention"
)

// SecondApproval says from which size of plan on two persons approve: more
// than so many items, or more than so many bytes. Zero is no such limit.
type SecondApproval struct {
	Items int  `mapstructure:"items" range:"0 1000000000"`
	Bytes Size `mapstructure:"bytes"`
}

// Window is when erasing is done. Without From and To it is always.
type Window struct {
	// Days on which it opens, mon to sun; none is every day.
	Days []string `mapstructure:"days"`
	// From and To are times such as 22:00. An end before its beginning is on
	// the next day.
	From string `mapstructure:"from"`
	To   string `mapstructure:"to"`
	// Zone is a time zone; default Europe/Copenhagen.
	Zone string `mapstructure:"zone"`
}

// Times is the window in numbers: the days, the time since midnight of both
// ends, and the zone. It is for a configuration that was loaded, in which all
// of them are good; the error is for others.
func (w Window) Times() (days []time.Weekday, from, to time.Duration, zone *time.Location, err error) {
	for _, d := range w.Days {
		i := slices.Index(weekdays(), d)
		if i < 0 {
			return nil, 0, 0, nil, fmt.Errorf("%q is not a day; expected one of %s", d, strings.Join(weekdays(), ", "))
		}
		days = append(days, time.Weekday(i))
	}
	if from, err = clockTime(w.From); err != nil {
		return nil, 0, 0, nil, err
	}
	if to, err = clockTime(w.To); err != nil {
		return nil, 0, 0, nil, err
	}
	name := w.Zone
	if name == "" {
		name = "Europe/Copenhagen"
	}
	if zone, err = time.LoadLocation(name); err != nil {
		return nil, 0, 0, nil, fmt.Errorf("%q is not a time zone; expected one such as Europe/Copenhagen", name)
	}
	return days, from, to, zone, nil
}

// weekdays are in the order of time.Weekday.
func weekdays() []string { return []string{"sun", "mon", "tue", "wed", "thu", "fri", "sat"} }

func clockTime(s string) (time.Duration, error) {
	if s == "" {
		return 0, nil
	}
	t, err := time.Parse("15:04", s)
	if err != nil || len(s) != len("15:04") {
		return 0, fmt.Errorf("%q is not a time of day; expected one such as 22:00", s)
	}
	return time.Duration(t.Hour())*time.Hour + time.Duration(t.Minute())*time.Minute, nil
}

// Notice is OwnersNotice as a period; the zero value is none. It is for a
// configuration that was loaded.
func (e Erase) Notice() retention.Period {
	p, err := retention.ParsePeriod(e.OwnersNotice)
	if err != nil {
		return retention.Period{}
	}
	return p
}

// ownersNotice checks how long owners are waited for.
func (r *reader) ownersNotice(e Erase) {
	const key = "erase.owners_notice"
	if e.OwnersNotice == "" {
		return
	}
	p, err := retention.ParsePeriod(e.OwnersNotice)
	switch {
	case err != nil:
		r.errorf(r.at(key), key, "%v", err)
	case p == retention.Period{}:
		r.errorf(r.at(key), key, "%s gives nobody time to object; expected one such as P14D, or nothing", e.OwnersNotice)
	}
}

// window checks when something may be done.
func (r *reader) window(key string, w Window) {
	if (w.From == "") != (w.To == "") {
		r.errorf(r.at(key), key, "from and to come together; expected both, such as {from: \"22:00\", to: \"05:00\"}")
		return
	}
	if _, _, _, _, err := w.Times(); err != nil {
		r.errorf(r.at(key), key, "%v", err)
	}
}
