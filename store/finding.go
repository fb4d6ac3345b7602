package store

import (
	"cmp"
	"errors"
	"slices"
	"time"

	"github.com/sletdk/slet/detectors"
	"github.com/sletdk/slet/retention"
	"github.com/sletdk/slet/scanner"
)

// What is stored of one item at most: so many matches of each detector, so that
// a list of telephone numbers does not crowd out the CPR numbers, and so many
// gaps. A register with a million numbers is one finding: a person looks at the
// first of them, the counts and the subjects cover all.
const (
	MaxMatches = 100
	MaxGaps    = 1000
)

// Count is how many matches of one kind an item has.
type Count struct {
	Detector   string               `json:"detector"`
	Category   string               `json:"category"`
	Confidence detectors.Confidence `json:"confidence"`
	N          int64                `json:"n"`
}

// kind is what a Count counts.
type kind struct {
	detector, category string
	confidence         detectors.Confidence
}

// Collector gathers the matches and gaps of one item in bounded memory: it
// keeps the first [MaxMatches] of each detector and the first [MaxGaps], and
// counts the rest. Only the
// subjects grow with the content (some 80 bytes a person), because a hold on
// any of them must keep the item. The zero value is ready; not for concurrent
// use.
type Collector struct {
	matches  []detectors.Match
	gaps     []scanner.Gap
	counts   map[kind]int64
	reasons  map[scanner.Reason]int64
	subjects map[string]struct{}
	kept     map[string]int // matches, by detector
}

// Match adds a match.
func (c *Collector) Match(m detectors.Match) {
	if c.counts == nil {
		c.counts, c.subjects, c.kept = map[kind]int64{}, map[string]struct{}{}, map[string]int{}
	}
	if c.kept[m.Detector] < MaxMatches {
		c.kept[m.Detector]++
		c.matches = append(c.matches, m)
	}
	c.counts[kind{m.Detector, m.Category, m.Confidence}]++
	if m.Subject != "" {
		c.subjects[m.Subject] = struct{}{}
	}
}

// Gap adds a gap.
func (c *Collector) Gap(g scanner.Gap) {
	if len(c.gaps) < MaxGaps {
		c.gaps = append(c.gaps, g)
	}
	if c.reasons == nil {
		c.reasons = map[scanner.Reason]int64{}
	}
	c.reasons[g.Reason]++
}

// Into sets the finding's Matches, Gaps, Counts, Subjects and GapCounts.
func (c *Collector) Into(f *Finding) {
	c.matchesInto(f)
	c.gapsInto(f)
}

func (c *Collector) matchesInto(f *Finding) {
	f.Matches, f.Counts, f.Subjects = c.matches, nil, nil
	for k, n := range c.counts {
		f.Counts = append(f.Counts, Count{k.detector, k.category, k.confidence, n})
	}
	slices.SortFunc(f.Counts, func(a, b Count) int {
		return cmp.Or(cmp.Compare(a.Detector, b.Detector), cmp.Compare(a.Category, b.Category), cmp.Compare(a.Confidence, b.Confidence))
	})
	for s := range c.subjects {
		f.Subjects = append(f.Subjects, s)
	}
	slices.Sort(f.Subjects)
}

func (c *Collector) gapsInto(f *Finding) { f.Gaps, f.GapCounts = c.gaps, c.reasons }

// counted returns the finding as it is stored: with exact counts, made from
// the matches and gaps when the caller did not count, and cut to what is kept.
func (f Finding) counted() Finding {
	if len(f.Counts) == 0 {
		var c Collector
		for _, m := range f.Matches {
			c.Match(m)
		}
		c.matchesInto(&f)
	}
	if len(f.GapCounts) == 0 {
		var c Collector
		for _, g := range f.Gaps {
			c.Gap(g)
		}
		c.gapsInto(&f)
	}
	f.Matches = firstOfEach(f.Matches)
	f.CopyKeys = ordered(slices.Clone(f.CopyKeys))
	f.Gaps = f.Gaps[:min(len(f.Gaps), MaxGaps)]
	return f
}

// firstOfEach cuts a list to the first [MaxMatches] of each detector.
func firstOfEach(all []detectors.Match) []detectors.Match {
	if len(all) <= MaxMatches {
		return all
	}
	var c Collector
	for _, m := range all {
		c.Match(m)
	}
	return c.matches
}

// MatchCount is how many matches the item has, beyond [MaxMatches] too.
func (f Finding) MatchCount() int64 {
	if len(f.Counts) == 0 {
		return int64(len(f.Matches))
	}
	var n int64
	for _, c := range f.Counts {
		n += c.N
	}
	return n
}

// GapCount is how many places in the item could not be examined, beyond
// [MaxGaps] too. It is at least 1 for an item that failed.
func (f Finding) GapCount() int {
	n := int64(len(f.Gaps))
	if len(f.GapCounts) != 0 {
		n = sum(f.GapCounts)
	}
	if f.Failed {
		n = max(n, 1)
	}
	return int(n)
}

func sum(counts map[scanner.Reason]int64) int64 {
	var n int64
	for _, c := range counts {
		n += c
	}
	return n
}

// Facts are what the rules are asked about. They cover all matches and gaps of
// the item, whether or not these were stored or fetched.
func (f Finding) Facts() retention.Facts {
	gaps := f.GapCount()
	f = f.counted()
	recorded, dated := f.recorded()
	facts := retention.Facts{
		Source: f.Item.Source, SourceType: f.SourceType,
		Path: f.Item.Path, Mailbox: f.Item.Mailbox, Kind: string(f.Item.Kind),
		Created: f.Item.Created, Modified: f.Item.Modified, Received: f.Item.Received,
		Recorded: recorded, End: f.Item.End, Dated: dated, Camera: f.Item.Camera, Doubt: f.Item.Doubt,
		DocumentType: f.DocumentType,
		Subjects:     f.Subjects,
		Gaps:         gaps,
	}
	facts.Names, facts.NamesCut = f.names()
	for _, c := range f.Counts {
		facts.Categories = append(facts.Categories, c.Category)
		facts.Detectors = append(facts.Detectors, c.Detector)
	}
	facts.Categories = ordered(facts.Categories)
	facts.Detectors = ordered(facts.Detectors)
	return facts
}

// Confirmed reports whether a confirmed match, among those that were fetched, is
// of that person.
func (f Finding) Confirmed(subject string) bool {
	return slices.ContainsFunc(f.Matches, func(m detectors.Match) bool {
		return m.Subject == subject && m.Confidence == detectors.Confirmed
	})
}

// personDetector is the detector of persons by name.
const personDetector = "person"

// names are the keyed names of the persons in the item. cut is true when there
// may be more: not all were stored, or the matches were not fetched.
func (f Finding) names() (names []string, cut bool) {
	var got, all int64
	for _, m := range f.Matches {
		if m.Detector == personDetector {
			names = append(names, m.Key)
			got++
		}
	}
	for _, c := range f.Counts {
		if c.Detector == personDetector {
			all += c.N
		}
	}
	return ordered(names), got < all
}

// DatedFirstSeen is what the date of a recording rests on whose own dates are
// of no use: this installation's first look at it. The recording is no younger.
const DatedFirstSeen = "first_seen"

// recorded is when a recording was made, and what that rests on. The clock of
// a camera may be of no use; then it is when the recording was first seen, the
// only clock that is ours.
func (f Finding) recorded() (at time.Time, dated string) {
	if f.Item.Kind == scanner.KindRecording && f.Item.Recorded.IsZero() {
		return f.Since(), DatedFirstSeen
	}
	return f.Item.Recorded, f.Item.Dated
}

func ordered(s []string) []string {
	slices.Sort(s)
	return slices.Compact(s)
}

// gapText is what is stored of a gap's cause.
func gapText(g scanner.Gap) string {
	if g.Err == nil {
		return ""
	}
	return g.Err.Error()
}

// storedGap makes a gap of what was stored.
func storedGap(path, place, reason, cause string) scanner.Gap {
	return scanner.Gap{Path: path, Where: place, Reason: scanner.Reason(reason), Err: errors.New(cause)}
}
