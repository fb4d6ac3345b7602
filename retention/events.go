package retention

import (
	"errors"
	"fmt"
	"strings"
	"time"
)

// ErrEmptySelector: an event that says nothing of whom or what it is about
// would start the period of everything. It is refused.
var ErrEmptySelector = errors.New("the event names no subject, mailbox or path")

// Event is one dated fact: a tenant moved out, an employee left, an applicant
// was turned down. At least one of Subject, Mailbox and Path says whom or what
// it is about; of the selectors that are given, all must fit.
type Event struct {
	Name string    // as in a trigger: "fratraedelse" for event:fratraedelse
	Date time.Time // only its day in Europe/Copenhagen counts

	Subject string // keyed HMAC of the person
	Source  string // narrows the others to one source
	Mailbox string // glob
	Path    string // glob below the source's root, as in a rule

	mailbox, path string // folded by NewEvents
}

// Events are the events that are known; make them with [NewEvents]. nil knows
// none: rules that count from an event then fall back or say review.
type Events map[eventKey][]Event

// eventKey finds the events of a person; without a subject, those of places.
type eventKey struct{ name, subject string }

// NewEvents returns the events in list. An event without a name, a date or a
// selector is refused, and
// with it the whole list.
func NewEvents(list []Event) (Events, error) {
	ev := Events{}
	for i, e := range list {
		name, err := EventName(e.Name)
		switch {
		case err != nil:
			return nil, fmt.Errorf("event %d: %w", i+1, err)
		case e.Date.IsZero():
			return nil, fmt.Errorf("event %d (%s): no date", i+1, e.Name)
		case e.Subject == "" && e.Mailbox == "" && e.Path == "":
			return nil, fmt.Errorf("event %d (%s): %w", i+1, e.Name, ErrEmptySelector)
		}
		for _, g := range []string{e.Mailbox, e.Path} {
			if g == "" {
				continue
			}
			if err := validGlob(g); err != nil {
				return nil, fmt.Errorf("event %d (%s): %w", i+1, e.Name, err)
			}
		}
		e.Name, e.mailbox, e.path = name, fold(e.Mailbox), fold(e.Path)
		k := eventKey{e.Name, e.Subject}
		ev[k] = append(ev[k], e)
	}
	return ev, nil
}

// known is what the events say of one item.
type known struct {
	date    time.Time // the latest day; zero when not known for everybody
	dates   int       // how many dates there were to choose from
	missing int       // persons in the item for whom there is none
	// bySubject: it is known of the persons found in the content, not of the
	// item's place.
	bySubject bool
}

// latest looks an event up for an item. An event of the item's place is about
// the whole item. Without one, the date must be known for every person in the
// item, and the last of them counts: an item about several is due when it is
// due for all. Several dates of the same event (an employee who came back and
// left again) also count as the last.
func (ev Events) latest(name string, it *item) known {
	var k known
	add := func(list []Event) (found bool) {
		for i := range list {
			if !list[i].about(it) {
				continue
			}
			found = true
			k.dates++
			if list[i].Date.After(k.date) {
				k.date = list[i].Date
			}
		}
		return found
	}
	place := add(ev[eventKey{name: name}])
	for _, s := range it.Subjects {
		if !add(ev[eventKey{name, s}]) && !place {
			k.missing++
		}
	}
	if k.missing > 0 {
		k.date = time.Time{}
	}
	k.bySubject = !place
	return k
}

// about reports whether the event's place, so far as it names one, is the item's.
func (e *Event) about(it *item) bool {
	return (e.Source == "" || e.Source == it.Source) &&
		(e.Mailbox == "" || matchFolded(e.mailbox, it.mailbox)) &&
		(e.Path == "" || matchFolded(e.path, it.path))
}

// EventName brings an event's name into the form that is compared: lower case,
// with æ, ø and å written out, so that fratrædelse in the register and
// fratraedelse in the schedule are one event.
func EventName(s string) (string, error) {
	name := danishLetters.Replace(fold(s))
	if name == "" {
		return "", errors.New("an event needs a name")
	}
	for i, c := range []byte(name) {
		letter := 'a' <= c && c <= 'z'
		if !letter && (i == 0 || c != '_' && c != '-' && (c < '0' || c > '9')) {
			return "", fmt.Errorf("%q is not an event's name; expected letters, digits, _ and -, a letter first", s)
		}
	}
	return name, nil
}

var danishLetters = strings.NewReplacer("æ", "ae", "ø", "oe", "å", "aa")
