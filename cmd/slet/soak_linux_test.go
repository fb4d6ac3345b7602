package main

import (
	"cmp"
	goflag "flag"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"github.com/sletdk/slet/internal/testenv"
	"github.com/sletdk/slet/store"
)

var (
	soakSeed  = goflag.Uint64("soak.seed", 1, "the soak of this seed; 0 takes another one every time")
	soakDays  = goflag.Int("soak.days", 34, "how many days a soak lives through; 90 in make soak")
	soakScale = goflag.Int("soak.scale", 1, "how many times more happens in a day")
	soakRace  = goflag.Bool("soak.race", false, "build the service with the race detector")
)

// soakUser is the account of the agent, and of the server of the share: one
// that permissions mean something to.
const soakUser = 1

// TestSoak has slet run live through five weeks, or as many as it is told, in which people, servers, disks
// and the agent itself do what they do, one after the other and at once. The
// clock is the only thing that is not real; smbd, dovecot, files, signals and
// full disks are. Days are minutes because nobody waits for what happens at night.
//
// After every step everything that has gone must have been allowed to go, by
// a model of the rules that shares no code with them. Every noon the inventory
// must agree with what there is. In the end everything that was due and approved
// is gone, nothing is left half done, the log verifies, and memory, goroutines and
// open files are what they were.
//
// A failure prints the seed; -soak.seed repeats it. Kills and cuts come at
// moments of the machine's clock, so that a repetition is alike and not the same.
func TestSoak(t *testing.T) {
	testenv.Root(t)
	testenv.Program(t, "smbd")
	testenv.Program(t, "dovecot")
	if testing.Short() {
		t.Skip("-short: a soak takes two to three minutes")
	}
	seed := *soakSeed
	if seed == 0 {
		seed = rand.Uint64()
	}
	// The seed says too in which half of the year it is, and so which of the
	// nights comes on which the clocks change, in the fourth week.
	start := time.Date(2026, 9, 28, 0, 0, 0, 0, copenhagen) // 25 October has 25 hours
	if seed%2 == 0 {
		start = time.Date(2027, 3, 1, 0, 0, 0, 0, copenhagen) // 28 March has 23
	}
	newSoak(t, seed, start).live()
}

// soak is one life of an installation.
type soak struct {
	t       *testing.T
	seed    uint64
	rng     *rand.Rand
	base    string
	bin     string
	config  string
	disks   map[string]string // of the store and of the log
	smbd    *testenv.SmbServer
	dovecot *testenv.DovecotServer
	cables  map[string]*testenv.Cable // to the servers

	w          *world
	now, end   time.Time
	start      time.Time
	agenda     []deed
	agent      *running // nil while it is off
	away       map[string]bool
	strike     func()          // what goes wrong when the next job has begun
	expectDead bool            // the agent may end by itself
	full       bool            // one of its disks is
	known      map[string]bool // what the inventory had at some noon
	erased     map[class]int
	loads      []load
	history    []string
}

// deed is something that happens in the world at a moment.
type deed struct {
	at time.Time
	do func()
}

func (s *soak) at(t time.Time, do func()) {
	i, _ := slices.BinarySearchFunc(s.agenda, t, func(d deed, t time.Time) int {
		return cmp.Or(d.at.Compare(t), -1) // behind those of the same moment
	})
	s.agenda = slices.Insert(s.agenda, i, deed{t, do})
}

func (s *soak) did(format string, args ...any) {
	s.history = append(s.history, s.now.In(copenhagen).Format("2006-01-02 15:04 ")+fmt.Sprintf(format, args...))
}

func (s *soak) fatalf(format string, args ...any) {
	s.t.Helper()
	said := ""
	if s.agent != nil {
		said = s.agent.said.String()
		from := max(0, len(said)-6000)
		for _, crash := range []string{"panic: ", "fatal error: ", "DATA RACE", "SIGQUIT"} {
			if i := strings.Index(said, crash); i >= 0 {
				from = i
			}
		}
		said = said[from:min(len(said), from+6000)]
	}
	s.t.Fatalf("seed %d, %s: %s\n%s\nslet run said last:\n%s", s.seed, s.now.In(copenhagen).Format("2006-01-02 15:04"),
		fmt.Sprintf(format, args...), strings.Join(s.history[max(0, len(s.history)-40):], "\n"), said)
}

func newSoak(t *testing.T, seed uint64, start time.Time) *soak {
	t.Logf("seed %d", seed)
	// In memory: what is lived through is time, not what a disk takes to sync.
	base, err := os.MkdirTemp("/dev/shm", "slet-soak")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.RemoveAll(base) })
	s := &soak{
		t: t, seed: seed, rng: rand.New(rand.NewPCG(seed, 1)), base: base, start: start, now: start, end: days(start, *soakDays),
		disks: map[string]string{}, cables: map[string]*testenv.Cable{}, away: map[string]bool{}, known: map[string]bool{}, erased: map[class]int{},
		w: &world{
			roots: map[string]string{}, things: map[string]*thing{}, lost: map[string]time.Time{}, left: map[string]time.Time{},
			holds: map[string]func(*thing) bool{}, approved: map[string]time.Time{}, excluded: map[string]bool{},
		},
	}
	if err := os.Chmod(base, 0o755); err != nil {
		t.Fatal(err)
	}
	bin, err := os.MkdirTemp("", "slet-soak") // the other may be mounted noexec
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.RemoveAll(bin) })
	if err := os.Chmod(bin, 0o755); err != nil {
		t.Fatal(err)
	}
	s.bin = buildSoaked(t, bin)
	for _, disk := range []string{"store", "log"} {
		s.disks[disk] = tinyDisk(t, "48m")
		// The disk lies in a folder of the test's, which is root's alone.
		for dir := s.disks[disk]; dir != os.TempDir() && dir != "/"; dir = filepath.Dir(dir) {
			if err := os.Chmod(dir, 0o755); err != nil {
				t.Fatal(err)
			}
		}
		if err := os.Chown(s.disks[disk], soakUser, soakUser); err != nil {
			t.Fatal(err)
		}
	}
	s.build()
	return s
}

func (s *soak) storePath() string { return filepath.Join(s.disks["store"], "slet.db") }

// build sets up the storages, the servers and the configuration.
func (s *soak) build() {
	for _, dir := range []string{"tmp", "backup", "checkpoints", onDisk + "/Privat", onShare + "/Privat", onCamera} {
		if err := s.folders(filepath.Join(s.base, dir)); err != nil {
			s.t.Fatal(err)
		}
	}
	for _, source := range []string{onDisk, onShare, onCamera} {
		s.w.roots[source] = filepath.Join(s.base, source)
	}
	s.smbd = testenv.Smbd(s.t, testenv.SmbOptions{Dir: s.w.roots[onShare]})
	s.dovecot = testenv.Dovecot(s.t, testenv.DovecotOptions{})
	s.cables["smb"], s.cables["imap"] = testenv.NewCable(s.t, s.smbd.Address), testenv.NewCable(s.t, s.dovecot.TLSAddress)
	s.newMail("anne", "Privat", "noget", true)
	s.newMail("anne", "INBOX", "Privat: ferie", true)
	for _, source := range []string{onDisk, onShare} {
		th := s.newFile(source, noRule, "x")
		s.w.things[th.key()].gone = false
		if err := os.WriteFile(filepath.Join(s.w.roots[source], "Privat", "dagbog.txt"), []byte("CPR 150370-5008"), 0o644); err != nil {
			s.t.Fatal(err)
		}
		s.spy(filepath.Join(s.w.roots[source], "Privat"))
	}
	ca, err := os.ReadFile(s.dovecot.CA)
	if err != nil {
		s.t.Fatal(err)
	}
	s.write("ca.pem", string(ca)) // the server's folder is the server's
	s.config = filepath.Join(s.base, "slet.yaml")
	s.write("slet.yaml", s.yaml())
	s.write("schedule.yaml", fmt.Sprintf(soakSchedule, s.start.Format(time.DateOnly), s.start.AddDate(0, 11, 0).Format(time.DateOnly)))
}

func (s *soak) write(name, text string) {
	path := filepath.Join(s.base, name)
	if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
		s.t.Fatal(err)
	}
	if err := unix.Chown(path, soakUser, soakUser); err != nil {
		s.t.Fatal(err)
	}
}

// soakJobs are the jobs of the configuration that sleep between two runs; a
// watch does not.
const soakJobs = 11

func (s *soak) yaml() string {
	return fmt.Sprintf(`state_dir: %q
store: {dsn: env:SLET_SOAK_STORE}
web: {listen: "127.0.0.1:0"}
audit: {rotate: 256KiB, checkpoints: {file: %q}}
erase: {mode: enforce, max_percent: 100, waiting_period: 8h}
service: {backup: {dir: %q, schedule: "0 5 * * 0", keep: 2}}
sources:
  - {name: %s, type: files, path: %q}
  - name: %s
    type: smb
    smb: {address: %q, share: %q, username: %q, password: env:SLET_SOAK_SMB, timeout: 5s}
  - name: %s
    type: imap
    imap: {address: %q, root_cas: %q, master: %q, password: env:SLET_SOAK_IMAP, accounts: [anne, bo], timeout: 5s}
  - name: %s
    type: cctv
    path: %q
    cctv: {layout: motioneye}
    scan: {schedule: "7 */3 * * *"}
`, filepath.Join(s.disks["log"], "state"), filepath.Join(s.base, "checkpoints", "log"), filepath.Join(s.base, "backup"),
		onDisk, s.w.roots[onDisk],
		onShare, s.cables["smb"].Address, s.smbd.Share, s.smbd.User,
		inMail, s.cables["imap"].Address, filepath.Join(s.base, "ca.pem"), s.dovecot.Master,
		onCamera, s.w.roots[onCamera])
}

// live lives through all days.
func (s *soak) live() {
	started := time.Now()
	s.fill()
	s.begin()
	for day := 0; ; day++ {
		today := days(s.start, day)
		if !today.Before(s.end) {
			break
		}
		s.plan(day, today)
		s.until(days(today, 1))
	}
	s.conclude()
	s.t.Logf("seed %d: %d days in %s; erased %v; %d things at the end", s.seed, *soakDays, time.Since(started).Round(time.Second), s.erased, len(s.w.things))
}

// until lets everything happen that happens before a moment.
func (s *soak) until(end time.Time) {
	for {
		next := end
		if len(s.agenda) > 0 && s.agenda[0].at.Before(next) {
			next = s.agenda[0].at
		}
		if s.agent != nil {
			if wake := nextWake(s.now); wake.Before(next) {
				next = wake
			}
		}
		if next.After(s.now) {
			s.now = next
			s.pass()
		}
		if !next.Before(end) {
			return
		}
		for len(s.agenda) > 0 && !s.agenda[0].at.After(s.now) {
			d := s.agenda[0]
			s.agenda = s.agenda[1:]
			d.do()
			s.look()
		}
	}
}

// nextWake is the next moment after another at which a job's work is due that
// the soak is about. What the agent does every few minutes it does then too: to
// it the machine seems slow.
func nextWake(t time.Time) time.Time {
	day := t.In(copenhagen)
	for _, at := range []struct{ hour, minute int }{
		{0, 7}, {0, 20}, {1, 15}, {3, 7}, {4, 30}, {6, 7}, {9, 7}, {12, 7}, {15, 7}, {18, 7}, {21, 0}, {21, 7}, {24, 7},
	} {
		if wake := time.Date(day.Year(), day.Month(), day.Day(), at.hour, at.minute, 0, 0, copenhagen); wake.After(t) {
			return wake
		}
	}
	return t.Add(time.Hour) // not reached: the last of the list is tomorrow
}

// pass tells the agent the time, lets happen what is to go wrong then, and
// waits until the jobs sleep again.
func (s *soak) pass() {
	if s.agent == nil {
		return
	}
	alarm := s.agent.alarm()
	s.agent.tell(s.now)
	if s.strike != nil && !alarm.IsZero() && !alarm.After(s.now) {
		strike := s.strike
		s.strike = nil
		strike()
	}
	s.rest()
	s.look()
}

// rest waits for the jobs. An agent that has ended is started again within the
// hour, as a service manager does.
func (s *soak) rest() {
	if s.agent == nil {
		return
	}
	if err := s.agent.settle(soakJobs); err != nil {
		s.fatalf("%v", err)
	}
	if !s.agent.gone() {
		return
	}
	said := s.agent.said.String()
	if !s.expectDead || strings.Contains(said, "panic") || strings.Contains(said, "DATA RACE") {
		s.fatalf("slet run has ended: %v", s.agent.cmd.ProcessState)
	}
	s.did("slet run has ended: %v", s.agent.cmd.ProcessState)
	s.agent.kill()
	s.agent = nil
	s.at(s.now.Add(time.Hour), s.begin)
}

// begin starts the agent if it is off.
func (s *soak) begin() {
	if s.agent == nil {
		s.agent = s.launch(s.now)
		s.did("slet run begins")
		s.rest()
	}
}

// open opens a copy of the store, which belongs to another account. It is taken
// while all jobs sleep.
func (s *soak) open() *store.Store {
	dir := s.t.TempDir()
	for _, part := range []string{"", "-wal"} {
		data, err := os.ReadFile(s.storePath() + part)
		if err != nil && !(part != "" && os.IsNotExist(err)) {
			s.fatalf("%v", err)
		}
		if err := os.WriteFile(filepath.Join(dir, "slet.db"+part), data, 0o600); err != nil {
			s.fatalf("%v", err)
		}
	}
	st, err := store.Open(s.t.Context(), "sqlite:"+filepath.Join(dir, "slet.db"))
	if err != nil {
		s.fatalf("%v", err)
	}
	return st
}
