package retention

import (
	"fmt"
	"strconv"
	"strings"
)

// Period is a calendar period, ISO 8601 PnYnMnWnD. A day is a calendar day,
// not 24 hours. The zero value is no time at all (P0D).
type Period struct{ Years, Months, Weeks, Days int }

// maxMonths and maxDays bound a period to a thousand years, so that every date
// computed from a plausible one can be written in RFC 3339.
const (
	maxMonths = 12 * 1000
	maxDays   = 366 * 1000
)

const periodForm = "a period such as P5Y, P6M, P30D or P1Y6M"

// ParsePeriod reads an ISO 8601 period of years, months, weeks and days, in
// that order, each at most once. Fractions, signs and times of day are refused.
func ParsePeriod(s string) (Period, error) {
	bad := func(why string) (Period, error) {
		return Period{}, fmt.Errorf("%q is not a period (%s); expected %s", s, why, periodForm)
	}
	rest, ok := strings.CutPrefix(s, "P")
	if !ok {
		return bad("it does not begin with a capital P")
	}
	if rest == "" {
		return bad("it is empty")
	}
	var p Period
	units := "YMWD"
	fields := map[byte]*int{'Y': &p.Years, 'M': &p.Months, 'W': &p.Weeks, 'D': &p.Days}
	for rest != "" {
		n := 0
		for n < len(rest) && '0' <= rest[n] && rest[n] <= '9' {
			n++
		}
		switch {
		case rest[0] == 'T':
			return bad("hours and minutes cannot be used")
		case n == 0:
			return bad(fmt.Sprintf("no number before %q", rest))
		case n == len(rest):
			return bad("no Y, M, W or D after the last number")
		case n > 6:
			return bad("longer than 1000 years")
		}
		at := strings.IndexByte(units, rest[n])
		if at < 0 {
			return bad("only Y, M, W and D, in this order and each once")
		}
		*fields[rest[n]], _ = strconv.Atoi(rest[:n]) // six digits at most
		units, rest = units[at+1:], rest[n+1:]
	}
	if p.months() > maxMonths || p.days() > maxDays {
		return bad("longer than 1000 years")
	}
	return p, nil
}

// String is the period in ISO 8601.
func (p Period) String() string {
	var b strings.Builder
	b.WriteByte('P')
	for _, u := range []struct {
		n    int
		unit byte
	}{{p.Years, 'Y'}, {p.Months, 'M'}, {p.Weeks, 'W'}, {p.Days, 'D'}} {
		if u.n != 0 {
			b.WriteString(strconv.Itoa(u.n))
			b.WriteByte(u.unit)
		}
	}
	if b.Len() == 1 {
		return "P0D"
	}
	return b.String()
}

// months and days are what a period comes to: a year is twelve months and a
// week is seven days, whatever the calendar says.
func (p Period) months() int { return 12*p.Years + p.Months }
func (p Period) days() int   { return 7*p.Weeks + p.Days }
