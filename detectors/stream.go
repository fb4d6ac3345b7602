package detectors

import (
	"bytes"
	"errors"
	"sort"
	"strconv"
	"strings"
)

// ErrClosed says that a stream was used after Close.
var ErrClosed = errors.New("detectors: the stream is closed")

// Stream examines one item. It has the shape of extract's sink: parts of text,
// in pieces of any size. What it finds does not depend on how the text is cut
// into pieces. It holds no more than a window and twice the longest reach.
//
// A Stream is for one goroutine. A panic in a detector is not caught: text
// that a detector could not finish with is not examined, and whoever runs the
// stream has to say so.
type Stream struct {
	engine *Engine
	emit   func(Match)
	closed bool

	where  string
	byLine bool

	buf   []byte  // text not done with, and reach bytes of context before it
	base  int64   // offset in the part of buf[0]
	from  int     // hits that start before buf[from] are settled
	lines int     // line ends before buf[counted], in a part by lines
	count int     // see lines
	marks []mark  // in order; the first is the place of buf[0]
	hits  []found // settled, and of use: to be told, or to be masked in snippets
	told  int     // how many of hits have been told

	snippets   int              // made of this item
	snippetsOf map[*running]int // the same by detector

	window window       // buf, as the detectors share it
	types  typeEvidence // of the document type
}

// mark is a named place in the part.
type mark struct {
	at    int64 // offset in the part
	place string
}

// found is a hit with the detector that found it; nil for a name alone.
type found struct {
	Hit
	by *running
}

// Stream returns a stream for one item. emit is called with each match, part
// by part and in the order of the text.
func (e *Engine) Stream(emit func(Match)) *Stream {
	return &Stream{engine: e, emit: emit, window: window{table: e.parts.table}}
}

// Part begins a stretch of text that belongs together; see extract.Sink.
func (s *Stream) Part(where string, byLine bool) error {
	if s.closed {
		return ErrClosed
	}
	s.finish()
	s.where, s.byLine = where, byLine
	s.types.part(where)
	return nil
}

// Mark names the place of the text that follows in this part.
func (s *Stream) Mark(place string) {
	at := s.base + int64(len(s.buf))
	if n := len(s.marks); n > 0 && s.marks[n-1].at == at {
		s.marks[n-1].place = place // no text in between
		return
	}
	s.marks = append(s.marks, mark{at, place})
}

// Text appends text to the current part.
func (s *Stream) Text(b []byte) error {
	if s.closed {
		return ErrClosed
	}
	s.types.keepName(b)
	full := s.engine.opts.Window + s.engine.kept() + s.engine.reach
	for {
		n := min(len(b), full-len(s.buf))
		s.buf = append(s.buf, b[:n]...)
		b = b[n:]
		if len(b) == 0 {
			return nil
		}
		s.examine(len(s.buf) - s.engine.reach)
	}
}

// Close examines what is left. Further calls return ErrClosed.
func (s *Stream) Close() error {
	if s.closed {
		return ErrClosed
	}
	s.finish()
	s.closed = true
	s.buf, s.marks, s.hits, s.window = nil, nil, nil, window{}
	return nil
}

// DocumentType returns the type of the item, one of [DocumentTypes] or "" for
// none, and the evidence for it, most of it words of the lexicon and never
// text of the item: "name:cv", "ext:mp3", "title:curriculum vitae",
// "text:referencer". It is known after Close. The item's path counts when it
// was the first part, called [WhereName].
func (s *Stream) DocumentType() (name string, evidence []string) {
	if !s.closed || !s.engine.types {
		return "", nil
	}
	return s.engine.parts.typist.decide(&s.types)
}

// finish examines the rest of a part and makes ready for the next.
func (s *Stream) finish() {
	if len(s.buf) > s.from {
		s.examine(len(s.buf))
	}
	s.types.finish(s.base + int64(len(s.buf)))
	s.buf, s.base, s.from, s.lines, s.count = s.buf[:0], 0, 0, 0, 0
	s.marks, s.hits, s.told = s.marks[:0], s.hits[:0], 0
}

// examine runs the detectors and settles all that starts before buf[limit];
// then it drops what is no longer needed.
func (s *Stream) examine(limit int) {
	s.window.reset(s.buf)
	if len(s.engine.detectors) > 1 {
		s.window.layOut()
	}
	if s.engine.types {
		s.types.note(s.engine.parts.typist, &s.window, s.from, limit, s.base)
	}
	first := len(s.hits)
	for i := range s.engine.detectors {
		if d := &s.engine.detectors[i]; !d.quiet {
			s.take(d, limit)
		}
	}
	if s.engine.opts.Snippets {
		s.hide(limit)
	}
	if len(s.engine.detectors) > 1 {
		added := s.hits[first:]
		sort.SliceStable(added, func(i, j int) bool { return added[i].Start < added[j].Start })
	}
	kept := s.tell(limit)
	drop := max(min(limit-s.engine.reach, kept), 0)
	s.countLines(drop)
	s.base += int64(drop)
	s.buf = s.buf[:copy(s.buf, s.buf[drop:])]
	s.from, s.count = limit-drop, s.count-drop
	s.forget(drop, kept)
	s.dropMarks()
}

// take adds the hits of a detector that are settled.
func (s *Stream) take(d *running, limit int) {
	for _, hit := range s.window.hitsOf(d.Detector) {
		if hit.Start >= s.from && hit.Start < limit {
			s.hits = append(s.hits, found{hit, d})
		}
	}
}

// tell emits the matches that are settled, in order, as far as their
// surroundings are settled too if these are asked for. It returns from where on
// text and hits are still needed for that.
func (s *Stream) tell(limit int) (kept int) {
	for ; s.told < len(s.hits); s.told++ {
		f := &s.hits[s.told]
		if f.silent() {
			continue
		}
		shown := s.wantsSnippet(f)
		if shown && limit < len(s.buf) && f.End+snippetReach > limit {
			return f.Start - snippetReach
		}
		m := s.match(f)
		if shown {
			m.snippet = s.snippet(f)
		}
		s.emit(m)
	}
	if s.engine.opts.Snippets {
		return limit - snippetReach
	}
	return limit
}

// forget drops the hits that have been told and lie before buf[kept], and counts
// the others from where the buffer now begins, drop bytes later than before.
func (s *Stream) forget(drop, kept int) {
	n, told := 0, 0
	for i, f := range s.hits {
		if i < s.told {
			if f.End <= kept {
				continue
			}
			told++
		}
		f.Start, f.End = f.Start-drop, f.End-drop
		s.hits[n] = f
		n++
	}
	clear(s.hits[n:])
	s.hits, s.told = s.hits[:n], told
}

// countLines counts the line ends before buf[i].
func (s *Stream) countLines(i int) {
	if s.byLine && i > s.count {
		s.lines += bytes.Count(s.buf[s.count:i], []byte{'\n'})
	}
	s.count = max(s.count, i)
}

// dropMarks forgets the places before the text that is left.
func (s *Stream) dropMarks() {
	n := sort.Search(len(s.marks), func(i int) bool { return s.marks[i].at > s.base })
	if n > 1 {
		s.marks = append(s.marks[:0], s.marks[n-1:]...)
	}
}

// match makes a match of a hit.
func (s *Stream) match(f *found) Match {
	m := Match{
		Detector:   f.by.Name(),
		Category:   f.Category,
		Where:      s.place(f.Start),
		Start:      s.base + int64(f.Start),
		Value:      f.by.Mask(f.Value),
		Confidence: f.Confidence,
		Reasons:    f.Reasons,
	}
	if f.by.person && s.engine.opts.Subject != nil {
		m.Subject = s.engine.opts.Subject(f.Value)
	}
	if s.engine.opts.Key != nil {
		m.Key = s.engine.opts.Key(m.Detector, f.Value)
	}
	if s.engine.opts.KeepRaw {
		m.raw = f.Value
	}
	return m
}

// place names the place of buf[i] for a person: the part, the place in it, the
// line.
func (s *Stream) place(i int) string {
	var mark string
	at := s.base + int64(i)
	if n := sort.Search(len(s.marks), func(i int) bool { return s.marks[i].at > at }); n > 0 {
		mark = s.marks[n-1].place
	}
	if !s.byLine {
		if s.where == "" || mark == "" {
			return s.where + strings.TrimPrefix(mark, "!")
		}
		if mark[0] == '!' { // a cell of a sheet; see extract.Sink
			return s.where + mark
		}
		return s.where + separatorOfPlaces + mark
	}
	s.countLines(i)
	var buf [128]byte
	b := buf[:0]
	for _, part := range [...]string{s.where, mark} {
		if part != "" {
			b = append(append(b, part...), separatorOfPlaces...)
		}
	}
	return string(strconv.AppendInt(append(b, "linje "...), int64(s.lines+1), 10))
}

const separatorOfPlaces = " › "
