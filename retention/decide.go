package retention

import "time"

// item is an item's facts with what is compared in folded form.
type item struct {
	*Facts
	path, mailbox string
}

// Decide says what the schedule says of an item at the time now.
func Decide(f Facts, s *Schedule, ev Events, holds []Hold, now time.Time) Decision {
	it := &item{Facts: &f, path: fold(f.Path), mailbox: fold(f.Mailbox)}
	_ = it
	return Decision{Disposition: NoRule}
}

// ParseSchedule reads a schedule. name is the file's name, for errors.
func ParseSchedule(name string, data []byte) (*Schedule, error) { return nil, nil }

// Hash is the SHA-256, in hex, of what the schedule means.
func (s *Schedule) Hash() string { return "" }

// English says the reason in a sentence.
func (r Reason) English() string { return string(r.Code) }

// Danish says the reason in a sentence.
func (r Reason) Danish() string { return string(r.Code) }
