package main

import (
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"golang.org/x/sys/unix"

	"github.com/sletdk/slet/internal/cctvgen"
)

// The soak's own model of the world: what lies where, what people did to it, and
// what may be erased of it when. It is written from the rules as docs/schedule.md
// and docs/guarantees.md have them, and uses nothing of packages retention and
// erase.

// The sources of the soak.
const (
	onDisk   = "faelles" // a folder of this machine
	onShare  = "hdrev"   // a share of smbd
	inMail   = "post"    // mailboxes of dovecot
	onCamera = "kamera"  // recordings, in a folder of this machine
)

// class is what the schedule makes of a thing.
type class string

// The classes; folders have their names.
const (
	bilag    class = "Bilag"          // 30 days from the last change
	regnskab class = "Bilag/Regnskab" // so too, but 45 days must pass
	person   class = "Personale"      // 14 days from the day that somebody has left; never before
	review   class = "Gennemse"       // a person must look
	noRule   class = "Andet"
	post     class = "mail"      // 25 days from when it came in
	film     class = "recording" // 30 days from its beginning, 12 hours earlier by the margin
)

const soakSchedule = `version: soak-1
rules:
  - {id: BILAG, title: Bilag, match: {path: ["**/Bilag/**"]}, trigger: modified, delete_after: P30D, action: erase}
  - {id: REGNSKAB, title: Regnskab, match: {path: ["**/Bilag/Regnskab/**"]}, keep_until: {trigger: modified, period: P45D}}
  - {id: PERSONALE, title: Personale, match: {path: ["**/Personale/**"]}, trigger: "event:fratraedelse", delete_after: P14D, action: erase}
  - {id: GENNEMSE, title: Gennemse, match: {path: ["**/Gennemse/**"]}, trigger: modified, delete_after: P10D, action: review}
  - {id: POST, title: Post, match: {source: [post]}, trigger: received, delete_after: P25D, action: erase}
  - id: TV
    title: TV-overvågning
    match: {source_type: [cctv]}
    trigger: recorded
    delete_after: P30D
    action: erase
    standing_approval: {by: Dorte Demo, from: %s, until: %s}
`

// thing is one file, message or recording.
type thing struct {
	source string
	name   string // below the source's root; of a message, folder and time
	file   string // where it lies on this machine
	class  class
	camera string    // of a recording
	counts time.Time // what its period counts from
	end    time.Time // of a recording
	// changed is when people last had a hand in it.
	changed time.Time
	size    int64
	private bool
	gone    bool // not there when it was looked last
}

func (th *thing) key() string { return th.source + ":" + th.name }

// world is all of the storages.
type world struct {
	roots  map[string]string // by source
	things map[string]*thing // by key
	// lost are things that people have taken away, and when.
	lost map[string]time.Time
	// left is the last day of those who have left, by folder.
	left map[string]time.Time
	// holds are those in force: what they keep, by their number.
	holds map[string]func(*thing) bool
	// approved are the things of approved plans, with when the plan was made.
	approved map[string]time.Time
	excluded map[string]bool
	serial   int
	spies    []int // inotify, on what is private
}

var copenhagen = func() *time.Location {
	zone, err := time.LoadLocation("Europe/Copenhagen")
	if err != nil {
		panic(err)
	}
	return zone
}()

// days adds calendar days, as Danish clocks count them.
func days(t time.Time, n int) time.Time { return t.In(copenhagen).AddDate(0, 0, n) }

// due is from when a thing may be erased, by the schedule alone; never if it is
// zero.
func (w *world) due(th *thing) time.Time {
	switch th.class {
	case bilag:
		return days(th.counts, 30)
	case regnskab:
		return days(th.counts, 45)
	case post:
		return days(th.counts, 25)
	case film:
		return days(th.counts, 30).Add(-12 * time.Hour)
	case person:
		if last, ok := w.left[folderOf(th)]; ok {
			return days(last, 15) // the fourteenth day must be over
		}
	}
	return time.Time{}
}

// folderOf is the folder of a person.
func folderOf(th *thing) string {
	parts := strings.Split(th.name, "/")
	if len(parts) < 3 || parts[0] != string(person) {
		return ""
	}
	return parts[0] + "/" + parts[1]
}

// mayNot says why a thing must not be erased now; "" if it may.
func (w *world) mayNot(th *thing, now time.Time) string {
	due := w.due(th)
	switch {
	case th.private:
		return "it is private"
	case due.IsZero():
		return "no rule ever makes it due"
	case now.Before(due):
		return "it is not due before " + due.String()
	}
	for _, number := range slices.Sorted(maps.Keys(w.holds)) {
		if w.holds[number](th) {
			return "it is held by " + number
		}
	}
	if th.class == film {
		return "" // the schedule approves it itself
	}
	made, ok := w.approved[th.key()]
	switch {
	case !ok:
		return "nobody has approved it"
	case th.changed.After(made):
		return "it was changed after the plan was made that was approved"
	}
	return ""
}

// put lays a thing down: whole and with its times at once, so that nobody ever
// sees half of it.
func (s *soak) put(th *thing, content []byte) {
	s.t.Helper()
	tmp := filepath.Join(s.base, "tmp", "new")
	then := th.counts
	if th.class == film {
		then = th.end
	}
	if th.class == person || th.class == review || th.class == noRule {
		then = th.changed
	}
	at := th.file
	if root := s.w.roots[th.source]; s.away[th.source] { // it lies there still, and is not seen
		at = root + awaySuffix + strings.TrimPrefix(at, root)
	}
	err := errors.Join(
		os.WriteFile(tmp, content, 0o644), os.Chown(tmp, soakUser, soakUser), os.Chtimes(tmp, then, then),
		s.folders(filepath.Dir(at)), os.Rename(tmp, at),
	)
	if err != nil {
		s.t.Fatal(err)
	}
	th.size = int64(len(content))
	th.gone = false
	s.w.things[th.key()] = th
}

// folders makes a folder and those above it, for the accounts of agent and server.
func (s *soak) folders(dir string) error {
	if _, err := os.Stat(dir); err == nil {
		return nil
	}
	if err := s.folders(filepath.Dir(dir)); err != nil {
		return err
	}
	return errors.Join(os.Mkdir(dir, 0o755), os.Chown(dir, soakUser, soakUser))
}

// text is what a file says: sometimes about a person.
func (s *soak) text() []byte {
	numbers := []string{"010758-5001", "150370-5008", "241299-5018", "290288-5008"}
	text := strings.Repeat(fmt.Sprintf("Linje %d om noget ganske andet.\n", s.rng.IntN(1000)), 1+s.rng.IntN(20))
	if s.rng.IntN(3) == 0 {
		text += "CPR-nummer: " + numbers[s.rng.IntN(len(numbers))] + "\n"
	}
	return []byte(text)
}

// newFile puts a file into a folder of a source.
func (s *soak) newFile(source string, c class, folder string) *thing {
	s.w.serial++
	name := fmt.Sprintf("%s/fil-%04d.txt", strings.TrimSuffix(string(c)+"/"+folder, "/"), s.w.serial)
	th := &thing{source: source, name: name, file: filepath.Join(s.w.roots[source], name), class: c, counts: s.now, changed: s.now}
	s.put(th, s.text())
	s.did("new: %s", th.key())
	return th
}

// newMail delivers a message. Its time of arrival is its name: two never share
// a second.
func (s *soak) newMail(account, folder, subject string, private bool) {
	s.w.serial++
	at := s.now.Add(time.Duration(s.w.serial%60) * time.Second)
	message := fmt.Sprintf("From: a@example.dk\r\nTo: %s@example.dk\r\nSubject: %s\r\nMessage-ID: <%d@soak>\r\n\r\n%s", account, subject, s.w.serial, s.text())
	file := s.dovecot.Deliver(s.t, account, folder, []byte(message), at)
	th := &thing{source: inMail, name: mailName(account, at), file: file, class: post, counts: at, changed: s.now, size: int64(len(message)), private: private}
	s.w.things[th.key()] = th
	s.did("post: %s to %s", th.key(), folder)
}

// mailName names a message in the model.
func mailName(mailbox string, received time.Time) string {
	return fmt.Sprintf("%s/%d", mailbox, received.Unix())
}

// record lays down what a camera has recorded from a moment on.
func (s *soak) record(camera string, begin time.Time) {
	files, err := cctvgen.Tree("motioneye", cctvgen.Options{Cameras: []string{camera}, From: begin, To: begin, Every: time.Hour, Length: 5 * time.Minute})
	if err != nil {
		s.t.Fatal(err)
	}
	scratch := filepath.Join(s.base, "tmp", "camera")
	if err := cctvgen.Write(scratch, files, nil); err != nil {
		s.t.Fatal(err)
	}
	for _, f := range files {
		content, err := os.ReadFile(filepath.Join(scratch, f.Path))
		if err != nil {
			s.t.Fatal(err)
		}
		th := &thing{
			source: onCamera, name: f.Path, file: filepath.Join(s.w.roots[onCamera], f.Path), class: film, camera: camera,
			counts: begin, end: begin.Add(5 * time.Minute), changed: s.now,
		}
		s.put(th, content)
	}
	if err := os.RemoveAll(scratch); err != nil {
		s.t.Fatal(err)
	}
}

// some is a thing of some classes that is there and not private, nil if there
// is none.
func (s *soak) some(classes ...class) *thing {
	var list []*thing
	for _, key := range slices.Sorted(maps.Keys(s.w.things)) {
		if th := s.w.things[key]; !th.gone && !th.private && slices.Contains(classes, th.class) {
			list = append(list, th)
		}
	}
	if len(list) == 0 {
		return nil
	}
	return list[s.rng.IntN(len(list))]
}

// change has somebody save a file again.
func (s *soak) change() {
	th := s.some(bilag, regnskab, person, review, noRule)
	if th == nil {
		return
	}
	th.counts, th.changed = s.now, s.now
	s.put(th, s.text())
	s.did("changed: %s", th.key())
}

// swap has somebody write something else into a file behind everybody's back:
// of the same size, with the same time stamp.
func (s *soak) swap() {
	th := s.some(bilag)
	if th == nil {
		return
	}
	content, err := os.ReadFile(th.file)
	if err != nil {
		s.t.Fatal(err)
	}
	content[0] ^= 1
	was := th.counts
	th.changed = s.now
	s.put(th, content)
	th.counts = was
	s.did("changed without a trace: %s", th.key())
}

// vanish has somebody delete a thing.
func (s *soak) vanish() {
	th := s.some(bilag, regnskab, person, review, noRule, post)
	if th == nil {
		return
	}
	if err := os.Remove(th.file); err != nil {
		s.t.Fatal(err)
	}
	s.forget(th)
	s.did("deleted by somebody: %s", th.key())
}

func (s *soak) forget(th *thing) {
	delete(s.w.things, th.key())
	s.w.lost[th.key()] = s.now
}

// hide has somebody move a file into the folder Privat beside it: nobody may
// erase it any more, whatever was approved.
func (s *soak) hide() {
	th := s.some(bilag, person)
	if th == nil {
		return
	}
	s.forget(th)
	moved := *th
	moved.name = "Privat/" + filepath.Base(th.name)
	moved.file = filepath.Join(s.w.roots[th.source], moved.name)
	moved.private, moved.changed = true, s.now
	if err := os.Rename(th.file, moved.file); err != nil {
		s.t.Fatal(err)
	}
	s.w.things[moved.key()] = &moved
	s.did("made private: %s", th.key())
}

// spy has the kernel note whoever opens or reads in a private folder.
func (s *soak) spy(dir string) {
	fd, err := unix.InotifyInit1(unix.IN_NONBLOCK | unix.IN_CLOEXEC)
	if err != nil {
		s.t.Fatal(err)
	}
	s.t.Cleanup(func() { _ = unix.Close(fd) })
	if _, err := unix.InotifyAddWatch(fd, dir, unix.IN_OPEN|unix.IN_ACCESS); err != nil {
		s.t.Fatal(err)
	}
	s.w.spies = append(s.w.spies, fd)
}

// storages lists what lies in them, but for what is private: every file by
// where it lies, and the tombstones of erasures.
func (s *soak) storages() (files map[string]fs.FileInfo, tombstones []string) {
	s.t.Helper()
	files = map[string]fs.FileInfo{}
	roots := slices.Collect(maps.Values(s.w.roots))
	for _, root := range append(roots, filepath.Join(s.dovecot.Dir, "mail")) {
		err := filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
			switch {
			case errors.Is(err, fs.ErrNotExist):
				return nil // a day's folder that went meanwhile
			case err != nil:
				return err
			case d.IsDir() && d.Name() == "Privat":
				return fs.SkipDir
			case d.IsDir(), strings.HasPrefix(d.Name(), "dovecot"), strings.HasPrefix(d.Name(), "maildir"), d.Name() == "subscriptions":
				return nil
			case strings.HasPrefix(d.Name(), ".slet-"):
				tombstones = append(tombstones, path)
				return nil
			}
			info, err := d.Info()
			if err == nil {
				files[path] = info
			}
			return nil
		})
		if err != nil {
			s.t.Fatal(err)
		}
	}
	return files, tombstones
}

// look compares the storages with the model: what is not there any more must
// have been allowed to go, and nothing else may have appeared or changed.
func (s *soak) look() {
	s.t.Helper()
	files, tombstones := s.storages()
	for _, key := range slices.Sorted(maps.Keys(s.w.things)) {
		th := s.w.things[key]
		info, there := files[th.file]
		delete(files, th.file)
		if th.private || s.away[th.source] {
			continue
		}
		if !there && !th.gone {
			th.gone = true
			if why := s.w.mayNot(th, s.now); why != "" {
				s.fatalf("%s was erased, and must not be: %s (%d tombstones: %q)", key, why, len(tombstones), tombstones)
			}
			s.erased[th.class]++
			s.did("erased: %s", key)
		}
		if there && th.gone { // an interrupted erasure was undone
			th.gone = false
			s.erased[th.class]--
			s.did("back: %s", key)
		}
		if there && info.Size() != th.size {
			s.fatalf("%s has %d bytes, and should have %d", key, info.Size(), th.size)
		}
	}
	for path := range files {
		s.fatalf("%s lies there, and nobody has put it there", path)
	}
	for _, fd := range s.w.spies {
		if n, err := unix.Read(fd, make([]byte, 4096)); !errors.Is(err, unix.EAGAIN) {
			s.fatalf("something private was opened (%d bytes of notes, %v)", n, err)
		}
	}
}
