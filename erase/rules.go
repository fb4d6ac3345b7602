package erase

import (
	"fmt"
	"slices"
	"strings"
	"time"
	"unicode"

	"golang.org/x/text/cases"
	"golang.org/x/text/unicode/norm"

	"github.com/sletdk/slet/store"
)

// Rules say what a plan needs beside a yes. The zero value is one approver,
// no waiting and no end.
type Rules struct {
	// SecondItems and SecondBytes are how large the approved part of a plan
	// may be before a second person has to approve it, together with what the
	// first has approved alone and waits to be erased, or was erased in the last
	// 24 hours. Zero means that size alone never asks for one.
	SecondItems int
	SecondBytes int64
	// NotApprovers may not approve: who configures the agent does not decide
	// what it erases. A name counts both as the approver's and as the account
	// of who types it.
	NotApprovers []string
	// Wait is how long after the last approval nothing is erased yet.
	Wait time.Duration
	// Expiry is how long after that a plan may be begun or gone on with. What
	// is due then is for a new plan. Zero means that it never ends.
	Expiry time.Duration
}

// needed is how many persons have to approve so much.
func (r Rules) needed(items int, bytes int64) int {
	if r.SecondItems > 0 && items > r.SecondItems || r.SecondBytes > 0 && bytes > r.SecondBytes {
		return 2
	}
	return 1
}

// mayApprove: precondition. The approver, and whoever types the name, is not
// somebody who must not approve.
func (r Rules) mayApprove(name, account string) error {
	for _, no := range r.NotApprovers {
		for _, who := range []string{name, account} {
			if SamePerson(no, who) {
				return fmt.Errorf("%w: %s configures slet (erase.not_approvers) and cannot approve", ErrRefused, who)
			}
		}
	}
	return nil
}

// waited: precondition. The waiting period of the plan is over; it is not
// shorter than what is configured now.
func (r Rules) waited(p store.Plan, now time.Time) error {
	if standing(p) {
		return nil // it was approved long before, and can be cancelled all the time
	}
	// Without a waiting period there is nothing to wait for, also when the clock
	// was corrected by a little.
	if from := r.effective(p); from.After(p.Approved) && now.Before(from) {
		return fmt.Errorf("%w: plan %s waits until %s, so that it can still be cancelled", ErrRefused, p.ID, from.Format(time.RFC3339))
	}
	return nil
}

func (r Rules) effective(p store.Plan) time.Time {
	from := p.Approved.Add(r.Wait)
	if p.Effective.After(from) {
		return p.Effective
	}
	return from
}

// errExpired: see fresh.
var errExpired = fmt.Errorf("%w: the approval has expired", ErrRefused)

// fresh: precondition. The approval is not older than it may be.
func (r Rules) fresh(p store.Plan, now time.Time) error {
	if end := r.Ends(p); !end.IsZero() && now.After(end) {
		return fmt.Errorf("%w on %s: make a new plan", errExpired, end.Format(time.RFC3339))
	}
	return nil
}

// Ends is when an approved plan expires; zero for never.
func (r Rules) Ends(p store.Plan) time.Time {
	if r.Expiry <= 0 || p.State != store.PlanApproved && p.State != store.PlanExecuting {
		return time.Time{}
	}
	return r.effective(p).Add(r.Expiry)
}

// person is a name as names are compared: case, blanks, Unicode forms and
// characters that cannot be seen make no difference.
func person(name string) string {
	visible := strings.Map(func(r rune) rune {
		if unicode.Is(unicode.Cf, r) { // zero-width and its like
			return -1
		}
		return r
	}, norm.NFKC.String(name))
	return strings.Join(strings.Fields(norm.NFKC.String(cases.Fold().String(visible))), " ")
}

// SamePerson says whether two names are one person's, however they are written.
func SamePerson(a, b string) bool { return person(a) != "" && person(a) == person(b) }

// Window is when items may be erased: on some days of the week, between two
// times of the day. The zero value is always.
type Window struct {
	// Days are those on which it opens; none means every day.
	Days []time.Weekday
	// From and To are times of the day. A window whose end does not come after
	// its beginning lasts into the next day.
	From, To time.Duration
	Zone     *time.Location // nil is UTC
}

// within: precondition. It is the time of the week for erasing.
func (w Window) within(now time.Time) error {
	if len(w.Days) == 0 && w.From == w.To || w.open(now) {
		return nil
	}
	return fmt.Errorf("%w: outside the maintenance window (%s)", ErrRefused, w)
}

func (w Window) open(now time.Time) bool {
	zone := w.Zone
	if zone == nil {
		zone = time.UTC
	}
	now = now.In(zone)
	day := func(d time.Weekday) bool { return len(w.Days) == 0 || slices.Contains(w.Days, d) }
	today, yesterday := now.Weekday(), (now.Weekday()+6)%7
	clock := time.Duration(now.Hour())*time.Hour + time.Duration(now.Minute())*time.Minute + time.Duration(now.Second())*time.Second
	if w.From < w.To {
		return day(today) && w.From <= clock && clock < w.To
	}
	return day(today) && w.From <= clock || day(yesterday) && clock < w.To
}

// String is the window for people: mon,tue 22:00-05:00 Europe/Copenhagen.
func (w Window) String() string {
	var days []string
	for _, d := range w.Days {
		days = append(days, strings.ToLower(d.String()[:3]))
	}
	if len(days) == 0 {
		days = []string{"every day"}
	}
	at := func(d time.Duration) string { return fmt.Sprintf("%02d:%02d", int(d.Hours()), int(d.Minutes())%60) }
	zone := time.UTC
	if w.Zone != nil {
		zone = w.Zone
	}
	return fmt.Sprintf("%s %s-%s %s", strings.Join(days, ","), at(w.From), at(w.To), zone)
}

// clocksApart is how much the clock of a server may differ from ours: the
// shortest periods are counted in days.
const clocksApart = time.Hour

// clocksAgree: precondition. The clock of a server that items are erased on,
// where it is known, says about the same as ours; otherwise nobody knows which
// of them is right, and its items' dates mean nothing.
func clocksAgree(source string, theirs, ours time.Time) error {
	if apart := theirs.Sub(ours).Abs(); apart > clocksApart {
		return fmt.Errorf("%w: the clock of source %s says %s, ours %s: set them right",
			ErrRefused, source, theirs.Format(time.RFC3339), ours.Format(time.RFC3339))
	}
	return nil
}
