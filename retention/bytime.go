package retention

import "time"

// ByTime tells of which recordings one answer is good for many. Of most
// recordings the rules ask nothing but when they were made: then whatever was
// made between two with the same answer has that answer too. In doubt it says
// that a recording must be asked about by itself.
type ByTime struct {
	rules []*Rule // that can be about recordings
	holds []*Hold // in force
}

// NewByTime looks at a schedule and the holds.
func NewByTime(s *Schedule, holds []Hold, now time.Time) *ByTime {
	b := &ByTime{}
	for i := range s.Rules {
		r := &s.Rules[i]
		// What has no content matches no condition on content.
		if oneOf(r.Match.SourceType, typeCCTV) && !r.Match.hasContent() && !r.Match.empty() && anyGlob(r.Match.Mailbox, r.Match.mailbox, "") {
			b.rules = append(b.rules, r)
		}
	}
	for i := range holds {
		if h := &holds[i]; h.holds(now) && !h.hasContent() {
			b.holds = append(b.holds, h)
		}
	}
	return b
}

// Camera reports whether the recordings of a camera in which nothing was found
// and whose path is not one of [ByTime.Path] can be decided by their time.
func (b *ByTime) Camera(source, camera string) bool {
	it := newItem(&Facts{Source: source, SourceType: typeCCTV, Camera: camera})
	for _, r := range b.rules {
		if len(r.Match.Path) > 0 || !r.Match.place(it) {
			continue
		}
		if r.DeleteAfter != nil && r.Trigger.Base != baseRecorded || r.KeepUntil != nil && r.KeepUntil.Trigger.Base != baseRecorded {
			return false
		}
	}
	for _, h := range b.holds {
		// What was delivered to the archives is told by the file's own dates.
		if h.Archive && !h.Delivered.IsZero() && (h.Source == "" || h.Source == source) {
			return false
		}
	}
	return true
}

// Paths reports whether any path of a source can make a difference.
func (b *ByTime) Paths(source string) bool {
	for _, r := range b.rules {
		if len(r.Match.Path) > 0 && oneOf(r.Match.Source, source) {
			return true
		}
	}
	for _, h := range b.holds {
		if (h.Path != "" || h.Case != "") && (h.Source == "" || h.Source == source) {
			return true
		}
	}
	return false
}

// Path reports whether a rule or a hold is about this path, and so about no
// other recording of the source by its time alone.
func (b *ByTime) Path(source, path string) bool {
	it := &item{Facts: &Facts{Source: source, SourceType: typeCCTV}, path: fold(path)}
	for _, r := range b.rules {
		if len(r.Match.Path) > 0 && oneOf(r.Match.Source, source) && anyGlob(r.Match.Path, r.Match.path, it.path) {
			return true
		}
	}
	for _, h := range b.holds {
		if h.Path == "" && h.Case == "" {
			continue
		}
		anywhere := *h // whatever its camera and its span
		anywhere.Camera, anywhere.From, anywhere.To = "", time.Time{}, time.Time{}
		if anywhere.place(it) {
			return true
		}
	}
	return false
}

// Span reports whether no hold treats the recordings of a camera that begin and
// end within a span differently. weak ones may be older than they seem.
func (b *ByTime) Span(source, camera string, begin, end time.Time, weak bool) bool {
	for _, h := range b.holds {
		switch {
		case h.Path != "" || h.Case != "": // see Path
		case h.Source != "" && h.Source != source:
		case h.From.IsZero() && h.To.IsZero():
		case h.Camera != "" && camera != "" && fold(camera) != fold(h.Camera):
		case weak:
			return false
		case !h.To.IsZero() && begin.After(h.To), !h.From.IsZero() && !end.IsZero() && end.Before(h.From):
		default:
			return false
		}
	}
	return true
}
