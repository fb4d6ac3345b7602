package cctv

import (
	"context"
	"errors"
	"fmt"

	"github.com/sletdk/slet/scanner"
)

// Recognition says how a layout was found.
type Recognition struct {
	Layout string // its name
	Why    string // for people
	// Sample is how many videos and pictures were looked at, Explained how many
	// of them have a path of the layout. Both are 0 when it was configured.
	Sample, Explained int
	Examples          []string // paths that it does not explain, at most three
}

const (
	sampleFiles  = 2000
	sampleEach   = 200 // of one partition
	enoughOfThem = 0.6
)

// unknown is the layout of a storage that none explains: nothing there may be
// erased, since nobody knows what a recorder would make of that.
var unknown = Layout{
	Name: "unknown", Title: "not recognised", Mode: ModeVerify,
	Tell: "name the layout, or write a pattern, in slet.yaml",
}

// recognise chooses the layout that explains most of a sample of names. A
// layout whose files must never be touched wins as soon as it explains any;
// doubt is on the side of keeping.
func recognise(ctx context.Context, src scanner.Source) (Layout, Recognition, error) {
	sample, err := takeSample(ctx, src)
	if err != nil {
		return Layout{}, Recognition{}, fmt.Errorf("look at a sample of names: %w", err)
	}
	l, found := choose(sample)
	return l, found, nil
}

// choose is recognise without the storage.
func choose(sample []string) (Layout, Recognition) {
	type score struct{ explained, signs int }
	var best Layout
	var most score
	for _, l := range Layouts() {
		var s score
		for _, p := range sample {
			if _, at, ok := l.read(p); ok && at.what != companion && at.what != list {
				s.explained++
				if at.sign {
					s.signs++
				}
			}
		}
		if l.Mode == ModeVerify && s.signs > 0 {
			return l, Recognition{Layout: l.Name, Sample: len(sample), Explained: s.explained,
				Why: fmt.Sprintf("%d of %d files are named as only %s names them", s.signs, len(sample), l.Title)}
		}
		if s.signs > most.signs || s.signs == most.signs && s.explained > most.explained {
			best, most = l, s
		}
	}
	found := Recognition{Layout: best.Name, Sample: len(sample), Explained: most.explained}
	if len(sample) == 0 || float64(most.explained) < enoughOfThem*float64(len(sample)) {
		found.Layout = unknown.Name
		found.Why = fmt.Sprintf("no layout explains enough of %d files (%s explains most, %d)", len(sample), best.Title, most.explained)
		if len(sample) == 0 {
			found.Why = "there is no video or picture"
		}
		found.Explained = 0
		found.Examples = sample[:min(3, len(sample))]
		return unknown, found
	}
	found.Why = fmt.Sprintf("%d of %d files are named as %s names them", most.explained, len(sample), best.Title)
	for _, p := range sample {
		if _, _, ok := best.read(p); !ok && len(found.Examples) < 3 {
			found.Examples = append(found.Examples, p)
		}
	}
	return best, found
}

// takeSample lists the first videos and pictures of each partition.
func takeSample(ctx context.Context, src scanner.Source) ([]string, error) {
	parts, err := src.Partitions(ctx)
	if err != nil {
		return nil, err
	}
	var sample []string
	for _, p := range parts {
		of := 0
		for it, err := range src.Walk(ctx, p) {
			var gap *scanner.Gap
			var skip *scanner.Skip
			if errors.As(err, &gap) || errors.As(err, &skip) {
				continue
			}
			if err != nil {
				return nil, err
			}
			if (media(it.Path) || bareName(it.Path)) && !temporary(it.Path) {
				sample = append(sample, it.Path)
				of++
			}
			if of >= sampleEach || len(sample) >= sampleFiles {
				break
			}
		}
		if len(sample) >= sampleFiles {
			break
		}
	}
	return sample, nil
}
