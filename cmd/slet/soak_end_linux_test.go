package main

import (
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"time"

	"github.com/sletdk/slet/store"
)

// This file is what must be so when a soak ends.

func (s *soak) conclude() {
	s.now = s.now.Add(10 * time.Minute)
	if s.agent == nil {
		s.fatalf("slet run is not running")
	}
	if err := s.agent.cmd.Process.Signal(syscall.SIGTERM); err != nil {
		s.fatalf("%v", err)
	}
	<-s.agent.ended
	if code := s.agent.cmd.ProcessState.ExitCode(); code != exitDone && !strings.Contains(s.agent.said.String(), "stopped") {
		s.fatalf("slet run ended with %d", code)
	}
	s.look()
	s.nothingLeft()
	for class, n := range map[class]int{bilag: 20, post: 10, film: 500, person: 1, regnskab: 1} {
		if s.erased[class] < n*(*soakDays)/90 {
			s.fatalf("only %d things of %s were erased, and the soak shows nothing", s.erased[class], class)
		}
	}
	if e := s.slet("scan"); e.code != exitDone {
		s.fatalf("the last scan: %+v", e)
	}
	st := s.open()
	defer st.Close()
	s.compare(st)
	s.settled(st)
	if e := s.slet("audit", "verify"); e.code != exitDone {
		s.fatalf("the log: %+v", e)
	}
	s.outcomes()
	s.traces()
	s.flat()
}

// nothingLeft: everything is gone that was due and approved, and nothing is left
// half done.
func (s *soak) nothingLeft() {
	// Two Mondays have passed on which all was approved, and the evenings after.
	long := days(s.end, -16)
	for _, key := range sortedKeys(s.w.things) {
		th := s.w.things[key]
		due := s.w.due(th)
		if th.gone || th.private || due.IsZero() || s.w.excluded[key] {
			continue
		}
		limit := long
		if th.class == film {
			limit = s.now.Add(-18 * time.Hour) // twelve hours of margin, a sweep, and the hour that is there twice
		}
		held := slices.ContainsFunc(sortedKeys(s.w.holds), func(id string) bool { return s.w.holds[id](th) })
		if !held && due.Before(limit) && th.changed.Before(limit) {
			s.fatalf("%s is still there, and could go since %s", key, due)
		}
	}
	if _, tombstones := s.storages(); len(tombstones) > 0 {
		s.fatalf("left half erased: %q", tombstones)
	}
}

// settled: no item is in the middle of its erasure.
func (s *soak) settled(st *store.Store) {
	items, err := st.ItemsInState(s.t.Context(), store.ItemErasing)
	if err != nil {
		s.fatalf("%v", err)
	}
	for _, it := range items {
		s.fatalf("%s of plan %s is still being erased: %s", it.Item.Path, it.Plan, it.Error)
	}
}

// outcomes: every intent in the log is followed by an outcome of its item.
func (s *soak) outcomes() {
	open := map[string]time.Time{}
	intents := 0
	for _, file := range s.logFiles() {
		text, err := os.ReadFile(file)
		if err != nil {
			s.fatalf("%v", err)
		}
		for line := range strings.Lines(string(text)) {
			var a audited
			if err := json.Unmarshal([]byte(line), &a); err != nil {
				s.fatalf("%s: %v in %q", file, err, line)
			}
			switch a.Type {
			case "erase.intent":
				intents++
				open[a.Plan+" "+a.Item] = a.Time
			case "erase.outcome":
				if a.Detail["result"] != "unknown" {
					delete(open, a.Plan+" "+a.Item)
				}
			}
		}
	}
	for item, at := range open {
		s.fatalf("the intent of %s (%s) has no outcome", item, at)
	}
	if intents == 0 {
		s.fatalf("the log has no intents")
	}
}

// traces: what is still there is as people have left it.
func (s *soak) traces() {
	for _, key := range sortedKeys(s.w.things) {
		th := s.w.things[key]
		if th.gone {
			continue
		}
		var now syscall.Stat_t
		if err := syscall.Stat(th.file, &now); err != nil {
			s.fatalf("%s: %v", key, err)
		}
		at := func(t syscall.Timespec) time.Time { return time.Unix(t.Unix()) }
		if th.source == onShare || th.source == inMail { // their servers move access times
			now.Atim = now.Mtim
		}
		if !at(now.Atim).Equal(at(now.Mtim)) {
			s.fatalf("%s was read at %s, and the file says so", key, at(now.Atim))
		}
		if th.class == post && !strings.HasSuffix(th.file, ":2,") {
			s.fatalf("%s has flags: %s", key, filepath.Base(th.file))
		}
	}
}

// flat: in the last weeks, in which nothing went wrong, the agent has not come to
// take more of the machine.
func (s *soak) flat() {
	if len(s.loads) < quiet-2 {
		s.fatalf("measured on %d days only", len(s.loads))
	}
	for _, l := range s.loads {
		s.t.Log(l)
	}
	third := len(s.loads) / 3
	early, late := s.loads[:third], s.loads[len(s.loads)-third:]
	for _, c := range []struct {
		what  string
		of    func(load) int64
		slack int64
	}{
		{"open files", func(l load) int64 { return int64(l.fds) }, 2},
		{"goroutines", func(l load) int64 { return l.goroutines }, 3},
		{"bytes of heap", func(l load) int64 { return l.heap }, 1 << 20},
		{"KiB resident", func(l load) int64 { return l.rss }, 16 << 10},
	} {
		before, after := median(early, c.of), median(late, c.of)
		if after > before+before/10+c.slack {
			s.fatalf("%s grow: %d before, %d after", c.what, before, after)
		}
	}
}

func median(list []load, of func(load) int64) int64 {
	var all []int64
	for _, l := range list {
		all = append(all, of(l))
	}
	slices.Sort(all)
	return all[len(all)/2]
}
