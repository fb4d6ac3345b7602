package cctv

import (
	"context"
	"errors"
	"slices"
	"strings"
	"time"

	"github.com/sletdk/slet/scanner"
)

// Survey is what a first look at a storage reads from it, for slet check.
type Survey struct {
	Cameras []CameraSurvey // by name
	// Growing are files in the making, Files ordinary files among the
	// recordings, Unexplained recordings that no path of the layout explains.
	Growing, Files, Unexplained int
	Examples                    []string // of the unexplained, three at most
	// All is false when there is more than was looked at.
	All bool
}

// CameraSurvey is what was read of one camera.
type CameraSurvey struct {
	Name           string
	Recordings     int
	Doubtful       int
	Oldest, Newest time.Time // of those whose time is known
}

// Survey reads names of at most limit files, and opens none.
func (s *Source) Survey(ctx context.Context, limit int) (Survey, error) {
	out := Survey{All: true}
	parts, err := s.Partitions(ctx)
	if err != nil {
		return out, err
	}
	cameras := map[string]*CameraSurvey{}
	left := limit
	for _, p := range parts {
		for it, err := range s.Walk(ctx, p) {
			var gap *scanner.Gap
			var skip *scanner.Skip
			switch {
			case errors.As(err, &gap):
			case errors.As(err, &skip):
				if skip.Why == scanner.SkipGrowing {
					out.Growing++
				}
			case err != nil:
				return out, err
			default:
				out.add(cameras, it)
			}
			if left--; left <= 0 {
				out.All = false
				break
			}
		}
		if left <= 0 {
			break
		}
	}
	for _, c := range cameras {
		out.Cameras = append(out.Cameras, *c)
	}
	slices.SortFunc(out.Cameras, func(a, b CameraSurvey) int { return strings.Compare(a.Name, b.Name) })
	return out, nil
}

func (out *Survey) add(cameras map[string]*CameraSurvey, it scanner.Item) {
	switch {
	case it.Kind != scanner.KindRecording:
		out.Files++
		return
	case it.Camera == "":
		out.Unexplained++
		if len(out.Examples) < 3 {
			out.Examples = append(out.Examples, it.Path)
		}
		return
	}
	c := cameras[it.Camera]
	if c == nil {
		c = &CameraSurvey{Name: it.Camera}
		cameras[it.Camera] = c
	}
	c.Recordings++
	if it.Doubt != "" {
		c.Doubtful++
	}
	if it.Recorded.IsZero() {
		return
	}
	if c.Oldest.IsZero() || it.Recorded.Before(c.Oldest) {
		c.Oldest = it.Recorded
	}
	if it.Recorded.After(c.Newest) {
		c.Newest = it.Recorded
	}
}
