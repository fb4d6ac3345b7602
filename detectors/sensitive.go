package detectors

import (
	"bytes"
	"cmp"
	"fmt"
	"slices"
)

const (
	// nearSignal is how far, in bytes, from a person a term counts: about 300
	// characters.
	nearSignal = 320
	// nearWith is how far from a term the words are looked for that it asks for.
	nearWith = 200
	// possibleWeight and confirmedWeight are what a term must weigh, with its
	// company, the person near it, and less what sounds like a policy.
	possibleWeight  = 4
	confirmedWeight = 6
	// maxGuidance is how much the words of policies take away at most.
	maxGuidance = 3
)

// signalKind is what tells of a person.
type signalKind uint8

const (
	signalCPR signalKind = iota
	signalPerson
	signalName
	signalEmail
	signalPhone
)

// signalNames are the words of the reason codes.
var signalNames = [...]string{"cpr", "person", "name", "email", "phone"}

// A signal is something that tells of a person, with its weight: 3 identifies
// one, 2 nearly, 1 is a way to reach somebody.
type signal struct {
	at     int
	kind   signalKind
	weight int
}

// sensitive finds the terms of the lexicon where a person is near. Near every
// person and for each category it reports the strongest term.
//
// A term weighs its strength (1–3); one more when another term of its category
// is near; as much as the strongest signal of a person within nearSignal
// bytes, and one more when there are two kinds; and less when the words around
// are those of policies and law, up to three, and nothing more for company. A weak term never counts by itself. Near a
// CPR number or a person with address or birth date guidance takes away the
// certainty, never the hit.
type sensitive struct {
	table   *wordTable
	terms   *wordTable
	lexicon *lexiconData
	cpr     *cpr
	person  *person
	email   email
	phone   *phone
	reach   int
}

func newSensitive(table, terms *wordTable, l *lexiconData, c *cpr, p *person, t *phone) *sensitive {
	s := &sensitive{table: table, terms: terms, lexicon: l, cpr: c, person: p, phone: t}
	// The terms that share the signal of a term are up to two lengths away,
	// the signals of those three, and those have a reach of their own.
	s.reach = 3*nearSignal + max(c.Reach(), p.Reach(), t.Reach(), s.email.Reach()) + maxWordMatch
	return s
}

// Name implements Detector.
func (*sensitive) Name() string { return "lexicon" }

// Reach implements Detector.
func (s *sensitive) Reach() int { return s.reach }

// Mask implements Detector: a term is a word of the lexicon and tells of
// nobody.
func (*sensitive) Mask(value string) string { return value }

// Find implements Detector.
func (s *sensitive) Find(text []byte) []Hit { return s.findIn(newWindow(s.table, text)) }

// weighed is a term with what speaks for it.
type weighed struct {
	event
	term     *sensitiveTerm
	strength int
	owner    int // index of its signal
	weight   int
	company  bool
	kinds    bool // signals of several kinds
	guidance int
}

func (s *sensitive) findIn(w *window) []Hit {
	signals := s.signals(w)
	s.lookNear(w, signals)
	terms := w.words[wordTerm]
	if len(terms) == 0 {
		return nil
	}
	strengths := make([]int, len(terms))
	for i, ev := range terms {
		strengths[i] = s.strength(w.text, ev)
	}
	var list []weighed
	best := map[[2]int]int{} // by signal and category
	for i, ev := range terms {
		if strengths[i] < 2 {
			continue
		}
		t := weighed{event: ev, term: &s.lexicon.terms[ev.id], strength: strengths[i]}
		if !s.weigh(w, &t, signals, terms, strengths, i) {
			continue
		}
		key := [2]int{t.owner, t.term.category}
		k, there := best[key]
		switch {
		case !there:
			best[key] = len(list)
			list = append(list, t)
		case t.weight > list[k].weight || t.weight == list[k].weight && t.strength > list[k].strength:
			list[k] = t
		}
	}
	hits := make([]Hit, 0, len(list))
	for i := range list {
		hits = append(hits, s.hit(&list[i], signals[list[i].owner]))
	}
	return inOrder(hits)
}

// lookNear looks terms and guidance up, only where a person is near: terms up
// to nearSignal away count, and have company and guidance as far from them.
func (s *sensitive) lookNear(w *window, signals []signal) {
	for i := 0; i < len(signals); {
		from, to := signals[i].at-2*nearSignal, signals[i].at+2*nearSignal
		for i++; i < len(signals) && signals[i].at-2*nearSignal <= to; i++ {
			to = signals[i].at + 2*nearSignal
		}
		w.lookIn(s.terms, from, to)
	}
}

// strength is how strong a term is here.
func (s *sensitive) strength(text []byte, ev event) int {
	t := &s.lexicon.terms[ev.id]
	if len(t.with) == 0 {
		return t.strength
	}
	near := lower(nil, text[max(0, ev.start-nearWith):min(len(text), ev.end+nearWith)])
	for _, word := range t.with {
		if bytes.Contains(near, word) {
			return t.strength
		}
	}
	return 1
}

// weigh fills in what the surroundings of a term say and reports whether it
// counts.
func (s *sensitive) weigh(w *window, t *weighed, signals []signal, terms []event, strengths []int, i int) bool {
	from, to := t.start-nearSignal, t.start+nearSignal
	t.owner = -1
	var kinds [len(signalNames)]bool
	for k := firstSignal(signals, from); k < len(signals) && signals[k].at < to; k++ {
		kinds[signals[k].kind] = true
		if t.owner < 0 || closer(signals[k], signals[t.owner], t.start) {
			t.owner = k
		}
	}
	if t.owner < 0 {
		return false
	}
	n := 0
	for _, there := range kinds {
		if there {
			n++
		}
	}
	owner := signals[t.owner]
	t.kinds = n > 1 && owner.weight < 3
	for k := i - 1; k >= 0 && terms[k].start >= from && !t.company; k-- {
		t.company = s.accompanies(t, terms[k], strengths[k])
	}
	for k := i + 1; k < len(terms) && terms[k].start < to && !t.company; k++ {
		t.company = s.accompanies(t, terms[k], strengths[k])
	}
	t.guidance = s.guidance(w, from, to)
	t.weight = t.strength + owner.weight - t.guidance
	// Policies list terms one after the other, and name whom to ask.
	if t.company && t.guidance < 2 {
		t.weight++
	}
	if t.kinds && t.guidance < 2 {
		t.weight++
	}
	if owner.weight >= 3 {
		t.weight = max(t.weight, possibleWeight)
	}
	return t.weight >= possibleWeight
}

// accompanies reports whether another term of the same category is another
// word.
func (s *sensitive) accompanies(t *weighed, other event, strength int) bool {
	return other.id != t.id && s.lexicon.terms[other.id].category == t.term.category && (other.end <= t.start || other.start >= t.end)
}

// closer reports whether signal a is more of a person than b, or nearer to i.
func closer(a, b signal, i int) bool {
	if a.weight != b.weight {
		return a.weight > b.weight
	}
	return distance(a.at, i) < distance(b.at, i)
}

func distance(a, b int) int { return max(a-b, b-a) }

// guidance is how much the text sounds like a policy: 0 with at most one of
// the words of policies, 3 with four different ones.
func (s *sensitive) guidance(w *window, from, to int) int {
	var seen [4]int32
	n := 0
next:
	for _, ev := range between(w.words[wordGuidance], from, to) {
		for _, id := range seen[:n] {
			if id == ev.id {
				continue next
			}
		}
		seen[n] = ev.id
		if n++; n == len(seen) {
			return maxGuidance
		}
	}
	return max(0, n-1)
}

// hit makes a hit of a term.
func (s *sensitive) hit(t *weighed, owner signal) Hit {
	h := Hit{Start: t.start, End: t.end, Value: t.term.text, Category: s.lexicon.categories[t.term.category], Confidence: Possible,
		Reasons: []string{t.term.reason, codePersonNear.of(signalNames[owner.kind])}}
	if t.kinds {
		h.Reasons = append(h.Reasons, string(codeSeveral))
	}
	if t.company {
		h.Reasons = append(h.Reasons, string(codeCompany))
	}
	if t.guidance > 0 {
		h.Reasons = append(h.Reasons, string(codeGuidance))
	}
	if t.weight >= confirmedWeight && owner.weight >= 3 && t.guidance < 2 {
		h.Confidence = Confirmed
	}
	h.Reasons = append(h.Reasons, codeWeight.of(fmt.Sprint(t.weight)))
	return h
}

// signals returns what tells of persons in the window, in order.
func (s *sensitive) signals(w *window) []signal {
	var list []signal
	for _, h := range w.hitsOf(s.cpr) {
		list = append(list, signal{h.Start, signalCPR, weightOf(h, 3)})
	}
	persons := w.hitsOf(s.person)
	for _, name := range w.namesIn(s.person.names) {
		for len(persons) > 0 && persons[0].Start < name.start {
			persons = persons[1:]
		}
		switch {
		case len(persons) > 0 && persons[0].Start == name.start:
			list = append(list, signal{name.start, signalPerson, weightOf(persons[0], 3)})
		case name.known:
			list = append(list, signal{name.start, signalName, 2})
		default:
			list = append(list, signal{name.start, signalName, 1})
		}
	}
	for _, h := range w.hitsOf(s.email) {
		if h.Confidence == Confirmed {
			list = append(list, signal{h.Start, signalEmail, 1})
		}
	}
	for _, h := range w.hitsOf(s.phone) {
		if h.Confidence == Confirmed {
			list = append(list, signal{h.Start, signalPhone, 1})
		}
	}
	slices.SortFunc(list, func(a, b signal) int { return cmp.Or(cmp.Compare(a.at, b.at), cmp.Compare(a.kind, b.kind)) })
	return list
}

// weightOf is full for a confirmed hit, one less for a possible one.
func weightOf(h Hit, full int) int {
	if h.Confidence == Confirmed {
		return full
	}
	return full - 1
}

// firstSignal returns the index of the first signal at i or later.
func firstSignal(list []signal, i int) int {
	k, _ := slices.BinarySearchFunc(list, i, func(s signal, i int) int { return cmp.Compare(s.at, i) })
	return k
}
