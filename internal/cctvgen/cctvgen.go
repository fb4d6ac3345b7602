// Package cctvgen makes the folders that recorders of cameras leave: for each
// kind of recorder the names that it gives, over any time, with what goes wrong
// with them. Tests and the demonstration hold scanner/cctv against it; it writes
// its names by itself and knows nothing of the patterns there.
//
// [Tree] says what there would be, and [Write] puts it into a folder, as small
// files that are what they say: MP4 made here, or with a program (see
// [Encode]) MP4, fragmented MP4, Matroska and AVI.
package cctvgen

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"
)

// Role is what a file is to its recorder.
type Role string

// The roles.
const (
	Recording Role = "recording"
	Companion Role = "companion" // goes with the recording of the same times
	Temporary Role = "temporary" // is being written
	Orphan    Role = "orphan"    // no pattern of the recorder explains it
)

// File is one file of a recorder.
type File struct {
	Path   string // slash-separated, below the root
	Role   Role
	Camera string
	// Begin and End are when it was really recorded. End is zero when neither
	// its path nor a companion tells.
	Begin, End time.Time
	// Modified is the file's own time.
	Modified time.Time
	// Content is the kind of file: an extension that [Write] knows.
	Content string
	// Data is what it holds, when Content alone does not say it.
	Data []byte
	// Stamp is the time inside the file; zero leaves it out.
	Stamp time.Time
}

// Options say what a recorder has recorded.
type Options struct {
	Cameras []string
	// From and To are the first beginning and the last; one recording begins
	// every Every, and lasts Length.
	From, To      time.Time
	Every, Length time.Duration
	// Zone is what the cameras' clocks show; nil is Europe/Copenhagen. A fixed
	// zone is a camera that is never told of summer time.
	Zone *time.Location
	// Drift is how far the cameras' clocks run ahead.
	Drift time.Duration
	// Now is when the folder is looked at: what has not ended by then is
	// still being written. Zero is after everything.
	Now time.Time
}

// system is one kind of recorder.
type system struct {
	name string
	// files are the files of one recording. begin and end are what the
	// camera's clock shows.
	files func(camera string, n int, begin, end time.Time) []File
	// temporary is the name under which a recording is written.
	temporary func(path string) string
	utc       bool
	// finish completes what depends on all files together.
	finish func(files []File)
}

// Systems are the kinds of recorder, by the names that slet's layouts have.
func Systems() []string {
	var names []string
	for _, s := range systems() {
		names = append(names, s.name)
	}
	return names
}

// Tree says what a recorder has left. In the hour that is there twice a
// recorder writes over its own files: only the later ones are there.
func Tree(name string, o Options) ([]File, error) {
	all := systems()
	i := slices.IndexFunc(all, func(s system) bool { return s.name == name })
	if i < 0 {
		return nil, fmt.Errorf("no recorder is called %q; there are %s", name, strings.Join(Systems(), ", "))
	}
	if o.Zone == nil {
		zone, err := time.LoadLocation("Europe/Copenhagen")
		if err != nil {
			return nil, err
		}
		o.Zone = zone
	}
	s := all[i]
	byPath := map[string]File{}
	for _, camera := range o.Cameras {
		n := 0
		for begin := o.From; !begin.After(o.To); begin = begin.Add(o.Every) {
			n++
			for _, f := range s.recording(camera, n, begin, o) {
				byPath[f.Path] = f
			}
		}
	}
	files := make([]File, 0, len(byPath))
	for _, f := range byPath {
		files = append(files, f)
	}
	slices.SortFunc(files, func(a, b File) int { return strings.Compare(a.Path, b.Path) })
	if s.finish != nil {
		s.finish(files)
	}
	return files, nil
}

// recording is what there is of one recording.
func (s system) recording(camera string, n int, begin time.Time, o Options) []File {
	end := begin.Add(o.Length)
	zone := o.Zone
	if s.utc {
		zone = time.UTC
	}
	files := s.files(camera, n, begin.Add(o.Drift).In(zone), end.Add(o.Drift).In(zone))
	growing := !o.Now.IsZero() && end.After(o.Now)
	for i := range files {
		f := &files[i]
		f.Begin, f.Modified = begin, end
		if !f.End.IsZero() {
			f.End = end
		}
		if f.Camera == "" {
			f.Camera = camera
		}
		if f.Role == "" {
			f.Role = Recording
		}
		f.Stamp = begin.Add(o.Drift)
		if growing && f.Role == Recording && s.temporary != nil {
			f.Path, f.Role, f.Modified = s.temporary(f.Path), Temporary, o.Now
		}
	}
	if growing {
		return files[:1] // companions come when it is done
	}
	return files
}

// Write puts files into a folder. Clips are contents by kind; for a kind that is
// not among them something small of that kind is made here.
func Write(root string, files []File, clips Clips) error {
	for _, f := range files {
		at := filepath.Join(root, filepath.FromSlash(f.Path))
		if err := os.MkdirAll(filepath.Dir(at), 0o755); err != nil {
			return err
		}
		if err := os.WriteFile(at, clips.content(f), 0o644); err != nil {
			return err
		}
		if err := os.Chtimes(at, f.Modified, f.Modified); err != nil {
			return err
		}
	}
	return nil
}

// Shuffled returns what recorders forget: for the layout's own eraser these do
// not exist. Exports that a person made, snapshots, recordings under the name
// that a camera once had, and a film that somebody put there.
func Shuffled(at time.Time) []File {
	return []File{
		{Path: "Export til politiet/sag 12.mp4", Role: Orphan, Begin: at, Modified: at, Content: "mp4"},
		{Path: "lastsnap.jpg", Role: Orphan, Begin: at, Modified: at, Content: "jpg"},
		{Path: "gammel.avi", Role: Orphan, Begin: at, Modified: at, Content: "avi"},
	}
}
