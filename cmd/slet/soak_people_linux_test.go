package main

import (
	"fmt"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/sletdk/slet/scanner"
	"github.com/sletdk/slet/store"
)

// This file is what people do in the soak: they write, change and delete, leave,
// hold things back, and say yes to some of what is proposed.

// quiet is how long before the end nothing goes wrong any more, and everything
// that is proposed is approved: what is due by then must be gone in the end.
const quiet = 21

// fill lays down what was there before slet came.
func (s *soak) fill() {
	now := s.now
	for i := range 12 * *soakScale {
		s.now = days(now, -40+3*i/(*soakScale)).Add(9 * time.Hour)
		s.people(true)
	}
	for d := -29; d < 0; d++ {
		s.filming(days(now, d))
	}
	s.now = now
	for len(s.agenda) > 0 && s.agenda[0].at.Before(now) {
		d := s.agenda[0]
		s.agenda = s.agenda[1:]
		s.now = d.at
		d.do()
	}
	s.now = now
}

// filming has two cameras record through a day, one of them every three hours,
// half an hour before each sweep; on the nights when the clocks change also in
// the hour that is there twice or not at all. A recording appears when it is done.
func (s *soak) filming(day time.Time) {
	day = day.In(copenhagen)
	for i := range 8 {
		camera := []string{"forhal", "gaard"}[i%2]
		begin := time.Date(day.Year(), day.Month(), day.Day(), 2+3*i, 30, 0, 0, copenhagen)
		s.at(begin.Add(5*time.Minute), func() { s.record(camera, begin) })
	}
}

// plan puts what is to happen on a day into the agenda.
func (s *soak) plan(day int, today time.Time) {
	s.filming(today)
	at := func(hour, minute int, do func()) {
		s.at(time.Date(today.Year(), today.Month(), today.Day(), hour, minute, 0, 0, copenhagen), do)
	}
	for range *soakScale {
		at(8+s.rng.IntN(9), s.rng.IntN(60), func() { s.people(false) })
	}
	late := day >= *soakDays-quiet
	switch today.Weekday() {
	case time.Monday:
		at(9, 0, func() { s.decide(late) })
	case time.Tuesday:
		at(10, 0, s.leave)
	case time.Wednesday:
		at(10, 0, s.hold)
	case time.Friday:
		at(10, 0, func() { s.release(late) })
	}
	if late && day == *soakDays-quiet {
		at(0, 5, s.mend)
	}
	if !late {
		s.misfortune(day, at)
	}
	at(12, 0, s.noon)
	at(12, 1, func() { s.measure(day) })
}

// people do what they do in an hour.
func (s *soak) people(before bool) {
	names := []string{"Hanne Holm", "Ib Iversen", "Jytte Juul", "Kaj Kock"}
	for _, source := range []string{onDisk, onShare} {
		s.newFile(source, bilag, "")
		switch s.rng.IntN(5) {
		case 0:
			s.newFile(source, regnskab, "")
		case 1:
			s.newFile(source, person, names[s.rng.IntN(len(names))])
		case 2:
			s.newFile(source, review, "")
		case 3:
			s.newFile(source, noRule, "dyb/mappe")
		}
	}
	account := []string{"anne", "bo"}[s.rng.IntN(2)]
	s.newMail(account, []string{"INBOX", "Sager"}[s.rng.IntN(2)], "sag", false)
	if before {
		return
	}
	switch s.rng.IntN(8) {
	case 0, 1:
		s.change()
	case 2:
		s.vanish()
	case 3:
		s.hide()
	case 4:
		s.swap()
	}
}

// decide is the DPO on Monday: a plan is approved, in part, or left.
func (s *soak) decide(all bool) {
	if s.agent == nil {
		return
	}
	st := s.open()
	defer st.Close()
	plans, err := st.PlansInState(s.t.Context(), store.PlanProposed)
	if err != nil {
		s.fatalf("%v", err)
	}
	for _, p := range plans {
		if !all && s.rng.IntN(5) == 0 {
			continue // on holiday
		}
		items, err := st.PlanItems(s.t.Context(), p.ID)
		if err != nil {
			s.fatalf("%v", err)
		}
		args := []string{"approve", p.ID, "--as", "Dorte DPO"}
		var out []string
		for _, it := range items {
			if !all && s.rng.IntN(12) == 0 {
				args = append(args, "--exclude", it.Ref)
				out = append(out, it.Ref)
			}
		}
		if len(out) == len(items) {
			continue
		}
		if e := s.slet(args...); e.code != exitDone {
			if e.code != exitRefused {
				s.fatalf("slet approve: %+v", e)
			}
			continue
		}
		for _, it := range items {
			key := keyOf(it.Item.Source, it.Item.Path, it.Item.Mailbox, it.Item.Received)
			if slices.Contains(out, it.Ref) {
				s.w.excluded[key] = true
			} else {
				s.w.approved[key] = p.Created
			}
		}
	}
}

// keyOf is an item's key in the model.
func keyOf(source, path, mailbox string, received time.Time) string {
	if source == inMail {
		return source + ":" + mailName(mailbox, received)
	}
	return source + ":" + path
}

// leave has somebody leave: the personnel system says so.
func (s *soak) leave() {
	th := s.some(person)
	if th == nil || s.agent == nil {
		return
	}
	folder := folderOf(th)
	if _, known := s.w.left[folder]; known {
		return
	}
	last := days(s.now, -s.rng.IntN(5))
	s.write("fratraadte.csv", fmt.Sprintf("sti;hændelse;dato\n%s;fratrædelse;%s\n", folder, last.Format(time.DateOnly)))
	if e := s.slet("events", "import", filepath.Join(s.base, "fratraadte.csv"), "--yes", "--as", "Lone Løn"); e.code != exitDone {
		s.fatalf("slet events import: %+v", e)
	}
	y, m, d := last.Date()
	s.w.left[folder] = time.Date(y, m, d, 0, 0, 0, 0, copenhagen)
}

// hold has the lawyer keep back what a camera has recorded and would lose within
// the day, and a file or a mailbox.
func (s *soak) hold() {
	if s.agent == nil {
		return
	}
	from := days(s.now, -29)
	to := from.Add(10 * time.Hour)
	const form = "2006-01-02 15:04"
	s.holdBack(func(o *thing) bool { return o.camera == "forhal" && !o.counts.After(to) && !o.end.Before(from) },
		"--camera", "forhal", "--from", from.In(copenhagen).Format(form), "--to", to.In(copenhagen).Format(form), "--reason-kind", "police")
	if th := s.some(bilag, regnskab); th != nil && s.rng.IntN(2) == 0 {
		s.holdBack(func(o *thing) bool { return o.name == th.name }, "--path", th.name) // in whichever source
		return
	}
	s.holdBack(func(o *thing) bool { return o.source == inMail && strings.HasPrefix(o.name, "bo/") }, "--mailbox", "bo")
}

// holdBack adds a hold that keeps these things.
func (s *soak) holdBack(keeps func(*thing) bool, about ...string) {
	e := s.slet(append([]string{"hold", "add", "--json", "--reason", "sag", "--owner", "Jura"}, about...)...)
	if e.code != exitDone {
		s.fatalf("slet hold add: %+v", e)
	}
	s.w.holds[lines[holdLine](s.t, e.stdout)[0].Hold] = keeps
}

// release ends some holds, or all.
func (s *soak) release(all bool) {
	if s.agent == nil {
		return
	}
	for _, id := range sortedKeys(s.w.holds) {
		if !all && s.rng.IntN(2) == 0 {
			continue
		}
		if e := s.slet("hold", "release", id); e.code != exitDone {
			s.fatalf("slet hold release: %+v", e)
		}
		delete(s.w.holds, id)
	}
}

func sortedKeys[V any](m map[string]V) []string {
	keys := make([]string, 0, len(m))
	for k := range m {
		keys = append(keys, k)
	}
	slices.Sort(keys)
	return keys
}

// measure asks what the agent takes of the machine.
func (s *soak) measure(day int) {
	if s.agent != nil && day >= *soakDays-quiet {
		s.loads = append(s.loads, s.agent.measure(s.t, day))
	}
}

// noon compares the inventory with what there is. An item of which people and
// slet have kept their hands since the last whole scan began must be known as it
// is, whatever went wrong since then; and after a whole scan nothing is known
// that was gone before.
func (s *soak) noon() {
	if s.agent == nil || s.full {
		return
	}
	st := s.open()
	defer st.Close()
	s.compare(st)
}

func (s *soak) compare(st *store.Store) {
	s.t.Helper()
	scans, err := st.Scans(s.t.Context())
	if err != nil {
		s.fatalf("%v", err)
	}
	whole := map[string]time.Time{} // the beginning of the last whole scan
	for _, sc := range scans {
		if sc.Complete && sc.Started.After(whole[sc.Source]) {
			whole[sc.Source] = sc.Started
		}
	}
	gaps := map[string][]scanner.Gap{}
	for _, source := range []string{onDisk, onShare, inMail, onCamera} {
		if gaps[source], err = st.PlaceGaps(s.t.Context(), source); err != nil {
			s.fatalf("%v", err)
		}
	}
	known := map[string]store.Finding{}
	for f, err := range st.Findings(s.t.Context(), store.Filter{WithGaps: true}) {
		if err != nil {
			s.fatalf("%v", err)
		}
		known[keyOf(f.Item.Source, f.Item.Path, f.Item.Mailbox, f.Item.Received)] = f
	}
	for _, key := range sortedKeys(s.w.things) {
		th := s.w.things[key]
		f, ok := known[key]
		switch {
		case th.private:
			if ok && th.changed.Before(whole[th.source]) {
				s.fatalf("the inventory has %s, which is private", key)
			}
		case th.gone || !th.changed.Before(whole[th.source]):
		case len(gaps[th.source]) > 0 && !s.known[key]: // a door was shut, and it is behind it
		case !ok:
			s.fatalf("the inventory has not got %s, which was there before the last whole scan (%s)", key, whole[th.source])
		case f.Item.Size != th.size && th.class != post && len(gaps[th.source]) == 0:
			s.fatalf("the inventory has %d bytes of %s, which has %d", f.Item.Size, key, th.size)
		case th.class == film && !f.Item.Recorded.Equal(th.counts) && f.Item.Recorded.Sub(th.counts) != time.Hour:
			s.fatalf("the inventory has %s recorded at %s, and it was at %s", key, f.Item.Recorded, th.counts)
		}
	}
	for _, key := range sortedKeys(known) {
		f := known[key]
		th := s.w.things[key]
		lost, wasLost := s.w.lost[key]
		s.known[key] = true
		switch {
		case strings.HasPrefix(path.Base(f.Item.Path), ".slet-") && s.now.Before(s.end): // half erased: the next run goes on with it
		case th != nil && !th.gone && !th.private:
		case len(gaps[f.Item.Source]) > 0: // it may lie behind a door that was shut
		case th != nil && th.gone:
			s.fatalf("the inventory has %s, which slet has erased", key)
		case wasLost && lost.Before(whole[f.Item.Source]):
			s.fatalf("the inventory has %s, which was gone (%s) before the last whole scan (%s)", key, lost, whole[f.Item.Source])
		case !wasLost:
			s.fatalf("the inventory has %s, which never was", key)
		}
	}
}

// audited is a line of the audit log, as far as the soak reads it.
type audited struct {
	Type, Plan, Item string
	Time             time.Time
	Detail           map[string]string
}

// logFiles are the audit log's, the oldest first.
func (s *soak) logFiles() []string {
	dir := filepath.Join(s.disks["log"], "state")
	list, err := filepath.Glob(filepath.Join(dir, "audit-0*.jsonl"))
	if err != nil {
		s.fatalf("%v", err)
	}
	slices.Sort(list)
	last := filepath.Join(dir, "audit.jsonl")
	if _, err := os.Stat(last); err != nil {
		s.fatalf("%v", err)
	}
	return append(list, last)
}
