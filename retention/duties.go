package retention

import "time"

// Ground is why recordings may be kept beyond 30 days (tv-overvågningsloven
// § 4 c, stk. 5).
type Ground string

// The grounds of § 4 c, stk. 5.
const (
	// GroundPolice: a criminal offence was reported (nr. 1).
	GroundPolice Ground = "police"
	// GroundDispute: the controller handles a concrete dispute (nr. 2). The
	// person whom it is about is told within the 30 days, and is handed a copy
	// on request.
	GroundDispute Ground = "dispute"
	// GroundShared: shared to prevent crime (nr. 3, with stk. 2).
	GroundShared Ground = "shared"
)

// Grounds are the grounds there are.
func Grounds() []Ground { return []Ground{GroundPolice, GroundDispute, GroundShared} }

// noticeDays is how long there is to tell the person whom a dispute is about,
// from the recording on: the 30 days of § 4 c, stk. 4.
const noticeDays = 30

// DutyKind says what is to be done about a hold of recordings.
type DutyKind string

// What is to be done about a hold of recordings.
const (
	DutyNotify DutyKind = "notify" // tell the person whom the dispute is about
	DutyCopy   DutyKind = "copy"   // hand out the copy that was asked for
	DutyReview DutyKind = "review" // look again whether it is still needed
)

// Duty is something that is to be done about a hold. Deadline is zero where the
// law sets no day: then it is due without delay.
type Duty struct {
	Kind     DutyKind
	Deadline time.Time
	Done     time.Time // zero while it is not done
	// Overdue: not done, and the deadline has passed.
	Overdue bool
}

// Duties are what is to be done about the hold at the time now; none of one
// that is released or is not about recordings on a ground of § 4 c.
func (h Hold) Duties(now time.Time) []Duty {
	if h.Ground == "" || !h.holds(now) {
		return nil
	}
	var all []Duty
	add := func(kind DutyKind, deadline, done time.Time) {
		overdue := done.IsZero() && !deadline.IsZero() && !now.Before(deadline)
		all = append(all, Duty{kind, local(deadline), done, overdue})
	}
	if h.Ground == GroundDispute {
		begin := h.From
		if begin.IsZero() || begin.After(h.Created) {
			begin = h.Created
		}
		add(DutyNotify, local(begin).AddDate(0, 0, noticeDays), h.Notified)
		if !h.CopyAsked.IsZero() {
			add(DutyCopy, time.Time{}, h.CopyHanded)
		}
	}
	if !h.Review.IsZero() {
		add(DutyReview, h.Review, time.Time{})
	}
	return all
}
