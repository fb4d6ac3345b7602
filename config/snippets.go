package config

import (
	"time"

	"github.com/sletdk/slet/retention"
)

// Snippets says how long the masked words around matches are kept: slet's own
// data has a retention period too.
type Snippets struct {
	// Keep is a period such as P90D, counted from the last scan that met the
	// item; or off: none are made, and those there are go. What a finding's own
	// end takes away does not wait for it. Default: P90D.
	Keep string `mapstructure:"keep"`
}

// KeptSince is the moment before which an item must have been met last for its
// snippets to go; ok is false when none are kept at all.
func (s Snippets) KeptSince(now time.Time) (since time.Time, ok bool) {
	p, err := retention.ParsePeriod(s.Keep)
	if err != nil || p == (retention.Period{}) {
		return time.Time{}, false
	}
	return now.AddDate(-p.Years, -p.Months, -7*p.Weeks-p.Days), true
}

// snippets checks how long they are kept.
func (r *reader) snippets(s Snippets) {
	if _, ok := s.KeptSince(time.Now()); !ok && s.Keep != Off {
		r.errorf(r.at("snippets.keep"), "snippets.keep", "%q is not a period; expected one such as P90D, or off", s.Keep)
	}
}
