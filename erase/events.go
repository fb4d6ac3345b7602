package erase

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"iter"
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/sletdk/slet/audit"
	"github.com/sletdk/slet/retention"
	"github.com/sletdk/slet/store"
)

// Import is a file of events on its way into the register. It holds no number
// and no name of a person, but keyed MACs of them.
type Import struct {
	File string // its name, masked
	Rows int
	// Events are those of the file that the register does not know yet,
	// Duplicates how many it knows, or the file has twice.
	Events     []retention.Event
	Duplicates int
	// Origins: the column source names where the facts are from, and no source.
	Origins bool

	all []retention.Event
}

// ReadImport reads a file of events (see [retention.ReadEvents]) and leaves out
// what the register knows already. sources are the configured ones. The error
// is an [*Unusable] when the file cannot be taken as it is.
func ReadImport(ctx context.Context, d Deps, keys retention.EventKeys, sources []string, file string, r io.Reader) (*Import, error) {
	in := &Import{File: d.Mask(file)}
	rows, err := retention.ReadEvents(in.File, r, keys)
	if err != nil {
		return nil, unusable("nothing was imported: %w", err)
	}
	if in.Rows = len(rows); in.Rows == 0 {
		return nil, unusable("%s has no events", in.File)
	}
	if err := in.resolveOrigins(d, rows, sources); err != nil {
		return nil, err
	}
	for _, row := range rows {
		in.all = append(in.all, row.Events()...)
	}
	return in, in.compare(ctx, d)
}

// resolveOrigins says what the column source means: sources of slet, which
// narrow the events, or where the facts are from. A mixture is a slip.
func (in *Import) resolveOrigins(d Deps, rows []retention.EventRow, sources []string) error {
	ours := func(r retention.EventRow) bool { return slices.Contains(sources, r.Origin) }
	narrows := slices.ContainsFunc(rows, ours)
	for i := range rows {
		switch {
		case rows[i].Origin == "":
		case ours(rows[i]):
			rows[i].Source = rows[i].Origin
		case narrows:
			return unusable("nothing was imported: %s:%d: no source is called %q, and other rows name sources; there is %s",
				in.File, rows[i].Line, d.Mask(rows[i].Origin), strings.Join(sources, ", "))
		default:
			in.Origins = true
		}
	}
	return nil
}

// compare finds what the register does not know now.
func (in *Import) compare(ctx context.Context, d Deps) error {
	in.Events, in.Duplicates = nil, 0
	seen := map[string]bool{}
	for _, e := range in.all {
		known, err := d.Store.EventKnown(ctx, e)
		if err != nil {
			return err
		}
		if print := e.Fingerprint(); known || seen[print] {
			in.Duplicates++
		} else {
			seen[print] = true
			in.Events = append(in.Events, e)
		}
	}
	return nil
}

// EventPreview is what a file of events would change, for one event.
type EventPreview struct {
	Event  string         `json:"event"`
	Events int            `json:"events"`
	People int            `json:"persons"`
	Known  int            `json:"persons_known"` // of them, those in the inventory
	Items  int            `json:"items"`         // whose disposition or date would change
	Change map[string]int `json:"change"`        // "review→due": 3
	// Counts: some rule of the schedule counts from the event.
	Counts bool `json:"-"`
}

// Preview says what would change, counted over what the events can be about, in
// order of the events' names. Nothing is stored. With an error come the counts so
// far: of a caller who does not wait for all.
func (in *Import) Preview(ctx context.Context, d Deps) ([]*EventPreview, error) {
	before, after, err := in.deciders(ctx, d)
	if err != nil {
		return nil, err
	}
	lines, people := map[string]*EventPreview{}, map[string]map[string]bool{}
	for _, e := range in.Events {
		name, err := retention.EventName(e.Name)
		if err != nil {
			return nil, err
		}
		if lines[name] == nil {
			lines[name] = &EventPreview{Event: name, Change: map[string]int{}, Counts: countsFrom(d.Schedule, name)}
			people[name] = map[string]bool{}
		}
		lines[name].Events++
		if e.Subject != "" {
			people[name][e.Subject] = false
		}
	}
	for f, e := range in.touched(ctx, d) {
		if err = e; err != nil {
			break
		}
		for _, known := range people {
			for _, s := range f.Subjects {
				if _, ok := known[s]; ok {
					known[s] = true
				}
			}
		}
		was, is := before(f), after(f)
		if was.Disposition == is.Disposition && was.Due.Equal(is.Due) {
			continue
		}
		if l := lineOf(lines, is, was); l != nil {
			l.Items++
			l.Change[string(was.Disposition)+"→"+string(is.Disposition)]++
		}
	}
	var list []*EventPreview
	for _, name := range slices.Sorted(maps.Keys(lines)) {
		l := lines[name]
		l.People = len(people[name])
		for _, found := range people[name] {
			if found {
				l.Known++
			}
		}
		list = append(list, l)
	}
	return list, err
}

// personsAtOnce is how many persons are asked for together.
const personsAtOnce = 500

// touched are the items that the events can change, each once. An event of a
// person is about the items with that person, and may ask for somebody's judgement
// of those in which something could not be examined; one of a place about any.
func (in *Import) touched(ctx context.Context, d Deps) iter.Seq2[store.Finding, error] {
	persons := map[string]bool{}
	for _, e := range in.Events {
		if e.Subject == "" {
			return d.Store.Findings(ctx, store.Filter{Facts: true, WithMatches: true})
		}
		persons[e.Subject] = true
	}
	return func(yield func(store.Finding, error) bool) {
		seen := map[string]bool{} // by persons of another chunk
		for some := range slices.Chunk(slices.Sorted(maps.Keys(persons)), personsAtOnce) {
			for f, err := range d.Store.Findings(ctx, store.Filter{Facts: true, WithMatches: true, Subjects: some}) {
				if !seen[f.Ref] && !yield(f, err) {
					return
				}
				if len(persons) > personsAtOnce {
					seen[f.Ref] = true
				}
			}
		}
		for f, err := range d.Store.Findings(ctx, store.Filter{Facts: true, WithMatches: true, Gapped: true}) {
			about := slices.ContainsFunc(f.Subjects, func(s string) bool { return persons[s] })
			if !about && !yield(f, err) {
				return
			}
		}
	}
}

// lineOf is the line of the event that a change is about: of the first decision
// that counts from one of them.
func lineOf(lines map[string]*EventPreview, decisions ...retention.Decision) *EventPreview {
	for _, d := range decisions {
		for _, r := range d.Reasons {
			// event:NAME, or several of them in latest(…)
			for _, word := range strings.FieldsFunc(r.Trigger, func(c rune) bool { return strings.ContainsRune("(), ", c) }) {
				if name, ok := strings.CutPrefix(word, "event:"); ok && lines[name] != nil {
					return lines[name]
				}
			}
		}
	}
	return nil
}

// deciders decide with the register as it is, and as it would be.
func (in *Import) deciders(ctx context.Context, d Deps) (before, after func(store.Finding) retention.Decision, err error) {
	register, err := d.Store.RegisterEvents(ctx)
	if err != nil {
		return nil, nil, err
	}
	var list []retention.Event
	for _, e := range register {
		if e.Cancelled.IsZero() {
			list = append(list, e.Event)
		}
	}
	now, err := retention.NewEvents(list)
	if err != nil {
		return nil, nil, err
	}
	then, err := retention.NewEvents(append(slices.Clone(in.Events), list...))
	if err != nil {
		return nil, nil, err
	}
	holds, err := d.Store.Holds(ctx)
	if err != nil {
		return nil, nil, err
	}
	with := func(ev retention.Events) func(store.Finding) retention.Decision {
		return func(f store.Finding) retention.Decision {
			return retention.Decide(f.Facts(), d.Schedule, ev, holds, d.Now())
		}
	}
	return with(now), with(then), nil
}

// countsFrom reports whether some rule counts from the event.
func countsFrom(s *retention.Schedule, event string) bool {
	counts := func(t retention.Trigger) bool { return slices.Contains(strings.Split(t.Event, "|"), event) }
	return slices.ContainsFunc(s.Rules, func(r retention.Rule) bool {
		return counts(r.Trigger) || counts(r.Fallback) || r.KeepUntil != nil && counts(r.KeepUntil.Trigger)
	})
}

// Take puts the events into the register and returns the name of the batch. name
// is the person who imports. The log comes first: an event that counts must
// never be missing in it. The batch is named after what is in it, so that an
// import that was interrupted is finished by doing it again. The error is an
// [*Unusable] when the register has come to know all of them.
func (in *Import) Take(ctx context.Context, d Deps, name string) (batch string, err error) {
	if err := Agree(ctx, d.Store, d.Log); err != nil && !errors.Is(err, ErrDisagree) {
		return "", err
	}
	if err := in.compare(ctx, d); err != nil {
		return "", err
	}
	if len(in.Events) == 0 {
		return "", unusable("nothing new in %s", in.File)
	}
	batches, err := d.Store.EventBatches(ctx)
	if err != nil {
		return "", err
	}
	var prints strings.Builder
	fmt.Fprintln(&prints, len(batches))
	for _, e := range in.Events {
		fmt.Fprintln(&prints, e.Fingerprint())
	}
	id := "B-" + d.MAC(sha256.Sum256([]byte(prints.String())))[:8]
	list := make([]store.RegisterEvent, len(in.Events))
	for i, e := range in.Events {
		e.ID = id + "." + strconv.Itoa(i+1)
		list[i] = store.RegisterEvent{Event: e}
	}
	err = d.log(audit.Entry{Type: audit.TypeEventsImported, Actor: d.Mask(name), Detail: map[string]string{
		"account": d.Actor, "batch": id, "file": in.File, "rows": strconv.Itoa(in.Rows), "events": strconv.Itoa(len(list)), "duplicates": strconv.Itoa(in.Duplicates),
	}})
	if err != nil {
		return "", err
	}
	if err := d.Store.AddEvents(ctx, store.EventBatch{ID: id, Imported: d.Now(), Person: d.Mask(name), File: in.File}, list); err != nil {
		return "", err
	}
	return id, Remember(ctx, d.Store, d.Log)
}

// CancelEvents makes an event, or all of an import, count no more, and returns
// how many there were and how many items had been erased because of them. name
// is the person who says so. The error wraps store.ErrNotFound or
// store.ErrState when there is none that still counts.
func CancelEvents(ctx context.Context, d Deps, id, name, why string) (n, erased int, err error) {
	events, err := d.Store.RegisterEvents(ctx)
	if err != nil {
		return 0, 0, err
	}
	for _, e := range events {
		if e.ID != id && e.Batch != id {
			continue
		}
		of, err := d.Store.ErasedOn(ctx, e.ID)
		if err != nil {
			return 0, 0, err
		}
		erased += of
	}
	if n, err = d.Store.CancelEvents(ctx, id, d.Now(), d.Mask(name), d.Mask(why)); err != nil {
		return 0, 0, err
	}
	err = d.log(audit.Entry{Type: audit.TypeEventsCancelled, Actor: d.Mask(name), Detail: map[string]string{
		"account": d.Actor, "event": id, "events": strconv.Itoa(n), "why": d.Mask(why), "erased_before": strconv.Itoa(erased),
	}})
	if err != nil {
		return n, erased, err
	}
	return n, erased, Remember(ctx, d.Store, d.Log)
}
