package main

import (
	"os"
	"path/filepath"
	"syscall"
	"time"
)

// This file is what goes wrong in the soak.

// soon is a moment of the machine's clock, somewhere in the work of a job.
func (s *soak) soon() { time.Sleep(time.Duration(s.rng.IntN(150)) * time.Millisecond) }

// misfortune puts what goes wrong on a day into the agenda, with its mending.
func (s *soak) misfortune(day int, at func(hour, minute int, do func())) {
	if day < 2 {
		return
	}
	// What strikes strikes a job: the scans at 01:15, the erasing at 21:00, a sweep.
	strike := func(hour, minute int, what string, do func()) {
		at(hour, minute, func() {
			s.strike = func() { s.soon(); s.did("%s", what); do() }
		})
	}
	when := []struct{ hour, minute int }{{1, 14}, {1, 14}, {20, 59}, {9, 6}, {5, 59}}[s.rng.IntN(5)]
	switch day % 11 {
	case 0, 6:
		strike(when.hour, when.minute, "kill -9 of slet run", s.crash)
	case 1:
		strike(1, 14, "smbd is killed and comes back", func() { s.smbd.Kill(s.t); s.soon(); s.smbd.Start(s.t) })
	case 2:
		strike(1, 14, "dovecot is killed and comes back", func() { s.dovecot.Kill(s.t); s.soon(); s.dovecot.Start(s.t) })
	case 3:
		cable := []string{"smb", "imap"}[s.rng.IntN(2)]
		after := int64(s.rng.IntN(30_000))
		at(1, 14, func() { s.did("the cable of %s is cut after %d bytes", cable, after); s.cables[cable].Cut(after) })
	case 4:
		disk := []string{"store", "log"}[s.rng.IntN(2)]
		at(0, 30, func() { s.fillDisk(disk) })
		at(6+s.rng.IntN(4), 30, func() { s.emptyDisk(disk) })
	case 5:
		folder := filepath.Join([]string{s.w.roots[onDisk], s.w.roots[onShare], s.w.roots[onCamera]}[s.rng.IntN(3)],
			[]string{"", "Bilag", "Personale"}[s.rng.IntN(3)])
		at(1, 10, func() { s.shut(folder, 0) })
		at(8, 0, func() { s.shut(folder, 0o755) })
	case 7:
		at(10, 30, func() {
			s.write("slet.yaml", s.yaml()+"ukendt: 1\n")
			s.hangUp("with a configuration that does not load")
		})
		at(22, 0, func() { s.write("slet.yaml", s.yaml()); s.hangUp("with the configuration mended") })
	case 8:
		strike(when.hour, when.minute, "SIGHUP at work", func() { s.hangUp("") })
	case 9:
		source := []string{onDisk, onShare, onCamera}[s.rng.IntN(3)]
		at(0, 45, func() { s.unmount(source) })
		at(7, 45, func() { s.mount(source) })
	case 10:
		at(15, 0, func() { s.did("the machine is turned off"); s.off() })
	}
	if day%11 == 0 { // it was off since yesterday
		at(7, 30, s.begin)
	}
}

// crash kills the agent at once and starts it again.
func (s *soak) crash() {
	s.off()
	s.begin()
}

func (s *soak) off() {
	if s.agent != nil {
		s.agent.kill()
		s.agent = nil
	}
}

// hangUp has the agent read its files again.
func (s *soak) hangUp(how string) {
	if s.agent == nil {
		return
	}
	s.did("SIGHUP %s", how)
	if err := s.agent.cmd.Process.Signal(syscall.SIGHUP); err != nil && !s.agent.gone() {
		s.fatalf("%v", err)
	}
	// The jobs end and begin anew, or stay: both take the agent a moment.
	time.Sleep(300 * time.Millisecond)
	s.rest()
}

// fillDisk leaves no room on a disk of the agent's.
func (s *soak) fillDisk(disk string) {
	s.did("the disk of the %s is full", disk)
	s.full, s.expectDead = true, true
	f, err := os.Create(filepath.Join(s.disks[disk], "ballast"))
	if err != nil {
		s.fatalf("%v", err)
	}
	defer f.Close()
	block := make([]byte, 4096)
	for {
		if _, err := f.Write(block); err != nil {
			return // full
		}
	}
}

func (s *soak) emptyDisk(disk string) {
	s.did("the disk of the %s has room again", disk)
	if err := os.Remove(filepath.Join(s.disks[disk], "ballast")); err != nil {
		s.fatalf("%v", err)
	}
	s.full, s.expectDead = false, false
	s.begin()
}

// shut takes the rights to a folder away, or gives them back.
func (s *soak) shut(folder string, mode os.FileMode) {
	s.did("chmod %o %s", mode, folder)
	if err := os.Chmod(folder, mode); err != nil && !os.IsNotExist(err) {
		s.fatalf("%v", err)
	}
}

// awaySuffix ends the name of a source's folder while it is not mounted.
const awaySuffix = ".away"

// unmount has a source be an empty folder, as one that is not mounted.
func (s *soak) unmount(source string) {
	s.did("%s is not mounted", source)
	root := s.w.roots[source]
	s.away[source] = true
	if err := os.Rename(root, root+awaySuffix); err != nil {
		s.fatalf("%v", err)
	}
	if err := s.folders(root); err != nil {
		s.fatalf("%v", err)
	}
}

func (s *soak) mount(source string) {
	s.did("%s is mounted again", source)
	root := s.w.roots[source]
	entries, err := os.ReadDir(root)
	if err != nil || len(entries) > 0 {
		s.fatalf("%s while it was not mounted: %v, %v", source, entries, err)
	}
	if err := os.Remove(root); err != nil {
		s.fatalf("%v", err)
	}
	if err := os.Rename(root+awaySuffix, root); err != nil {
		s.fatalf("%v", err)
	}
	delete(s.away, source)
}

// mend has the agent run without a pause from here on, so that what it takes
// of the machine can be compared.
func (s *soak) mend() {
	s.strike = nil
	s.begin()
}
