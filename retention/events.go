package retention

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"
)

// ErrEmptySelector: an event that says nothing of whom or what it is about
// would start the period of everything. It is refused.
var ErrEmptySelector = errors.New("the event names no subject, mailbox, path or case")

// ErrBroadSelector: a selector that fits everything says as little as none.
var ErrBroadSelector = errors.New("the selector fits everything")

// Event is one dated fact: a tenant moved out, an employee left, an applicant
// was turned down. At least one of Subject, Mailbox, Path and Case says whom or
// what it is about; of the selectors that are given, all must fit.
type Event struct {
	ID   string    // names it in the reasons of a decision; may be empty
	Name string    // as in a trigger: "fratraedelse" for event:fratraedelse
	Date time.Time // only its day in Europe/Copenhagen counts

	Subject string // keyed HMAC of the person
	Source  string // narrows the others to one source
	Mailbox string // glob
	Path    string // glob below the source's root, as in a rule
	// Case is a case number that stands in the item's path, as a word of its own.
	Case string
	// Person is the keyed MAC of a person's name as a text has it. Two people
	// may share a name, so that it only narrows a Subject or a Path, and the
	// event then is about that person only, not about the whole place.
	Person string

	mailbox, path, number string // folded by NewEvents
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
		}
		if err := e.validSelector(); err != nil {
			return nil, fmt.Errorf("event %d (%s): %w", i+1, e.Name, err)
		}
		e.Name, e.mailbox, e.path, e.number = name, fold(e.Mailbox), fold(e.Path), fold(e.Case)
		k := eventKey{e.Name, e.Subject}
		ev[k] = append(ev[k], e)
		if all := (eventKey{e.Name, somebody}); e.Subject+e.Person != "" && (ev[all] == nil || e.Date.After(ev[all][0].Date)) {
			ev[all] = []Event{e}
		}
	}
	return ev, nil
}

// validSelector says what is wrong with whom or what an event is about.
func (e *Event) validSelector() error {
	switch {
	case e.Subject == "" && e.Mailbox == "" && e.Path == "" && e.Case == "" && e.Person == "":
		return ErrEmptySelector
	case e.Person != "" && e.Subject == "" && e.Path == "":
		return fmt.Errorf("%w: a name alone, which two people may share; give the CPR number or the folder too", ErrEmptySelector)
	}
	for _, g := range []string{e.Mailbox, e.Path} {
		if g == "" {
			continue
		}
		if err := validGlob(g); err != nil {
			return err
		}
		// Every choice doubles the time that matching takes.
		if strings.Count(g, "{") > maxChoices {
			return fmt.Errorf("pattern %q: more than %d {choices}", g, maxChoices)
		}
		if fitsAll(fold(g)) {
			return fmt.Errorf("%w: pattern %q", ErrBroadSelector, g)
		}
	}
	if e.Case != "" {
		return ValidCase(e.Case)
	}
	return nil
}

// maxChoices bounds the {a,b} of a pattern in the register.
const maxChoices = 8

// fitsAll reports whether a folded pattern fits names that nobody has given.
func fitsAll(pattern string) bool {
	return slices.ContainsFunc([]string{"\x01", "\x01.\x01", "\x01/\x01", "\x01/\x01/\x01.\x01"}, func(name string) bool {
		return matchFolded(pattern, name)
	})
}

// Hash is the SHA-256, in hex, of what the events say, whatever their order.
// Their IDs are not in it.
func (ev Events) Hash() string {
	var lines []string
	for _, list := range ev {
		for _, e := range list {
			lines = append(lines, e.meaning())
		}
	}
	slices.Sort(lines)
	sum := sha256.Sum256([]byte(strings.Join(slices.Compact(lines), "\n")))
	return hex.EncodeToString(sum[:])
}

// meaning is all that an event says, in one line. No two that differ have the
// same.
func (e *Event) meaning() string {
	b, err := json.Marshal([]string{e.Name, dayOf(e.Date).start().Format(time.DateOnly), e.Subject, e.Source, fold(e.Mailbox), fold(e.Path), fold(e.Case), e.Person})
	if err != nil {
		panic("retention: a list of strings does not marshal: " + err.Error()) // cannot happen
	}
	return string(b)
}

// Fingerprint is the same for two events that say the same: the SHA-256, in
// hex, of name, day and selectors.
func (e Event) Fingerprint() string {
	sum := sha256.Sum256([]byte(e.meaning()))
	return hex.EncodeToString(sum[:])
}

// NeedNames reports whether some event is about a person by name, so that
// [Facts.Names] is asked for.
func (ev Events) NeedNames() bool {
	for _, list := range ev {
		if slices.ContainsFunc(list, func(e Event) bool { return e.Person != "" }) {
			return true
		}
	}
	return false
}

// known is what the events say of one item.
type known struct {
	date    time.Time // the latest day; zero when not known for everybody
	event   string    // the id of the event that it is of
	dates   int       // how many dates there were to choose from
	missing int       // persons in the item for whom there is none
	// bySubject: it is known of the persons found in the content, not of the
	// item's place; or it is known of the place, but somebody is known for whom
	// it would be later, and who may be in what could not be examined.
	bySubject bool
}

// latest looks an event up for an item. An event of the item's place is about
// the whole item. Without one, the date must be known for every person in the
// item, and the last of them counts: an item about several is due when it is
// due for all. Several dates of the same event (an employee who came back and
// left again) also count as the last, and so do those of several events, which
// name parts with |: of these one has to be known, of each person.
//
// An event that knows its person by name is about that person only: everybody
// else in the item, by number or by name, needs a date of their own.
func (ev Events) latest(name string, it *item) known {
	var k known
	var named []string // persons by name whose date is known
	add := func(subject string) (found bool) {
		for name := range strings.SplitSeq(name, eventSeparator) {
			list := ev[eventKey{name, subject}]
			for i := range list {
				e := &list[i]
				if !e.about(it) {
					continue
				}
				k.dates++
				if e.Date.After(k.date) {
					k.date, k.event = e.Date, e.ID
				}
				if e.Person != "" {
					named = append(named, e.Person)
				}
				found = found || e.Person == "" || e.Subject != ""
			}
		}
		return found
	}
	place := add("")
	for _, s := range it.Subjects {
		if !add(s) && !place {
			k.missing++
		}
	}
	if len(named) > 0 && !place {
		k.missing += it.unnamed(named)
	}
	if k.missing > 0 {
		k.date, k.event = time.Time{}, ""
	}
	k.bySubject = !place || it.Gaps > 0 && ev.laterForSomebody(name, k.date)
	return k
}

// somebody is the key under which the latest date for any person is kept; no
// keyed HMAC is this.
const somebody = "\x00"

func (ev Events) laterForSomebody(name string, date time.Time) bool {
	for name := range strings.SplitSeq(name, eventSeparator) {
		for _, e := range ev[eventKey{name, somebody}] {
			if e.Date.After(date) {
				return true
			}
		}
	}
	return false
}

// about reports whether the event's place, so far as it names one, is the item's.
func (e *Event) about(it *item) bool {
	return (e.Source == "" || e.Source == it.Source) &&
		(e.Mailbox == "" || matchFolded(e.mailbox, it.mailbox)) &&
		(e.Path == "" || matchFolded(e.path, it.path)) &&
		(e.Case == "" || caseIn(e.number, it.path)) &&
		(e.Person == "" || slices.Contains(it.Names, e.Person))
}

// unnamed counts the persons of the item, by name, who are not among those
// given; one more when not all names are known.
func (it *item) unnamed(given []string) int {
	n := 0
	for _, name := range it.Names {
		if !slices.Contains(given, name) {
			n++
		}
	}
	if it.NamesCut {
		n++
	}
	return n
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
