package extract

import "bytes"

// Tracked changes. A paragraph with changes is two texts: as it reads now and as
// it read before. The story has the text of now; what was deleted follows the
// paragraph, with so much of the old text around it that a number of which only
// a few digits were changed can be read.

// revisionReach is how many bytes of unchanged text are given on each side of a
// deletion.
const revisionReach = 48

// revision is the old text of the open paragraph, as far as it is needed.
type revision struct {
	before []byte // end of the old text so far
	old    []byte // what is going to be told
	after  int    // bytes of unchanged text behind the last deletion
}

// kept appends text that was there before and is there now.
func (s *story) kept(b []byte) {
	s.text(b)
	v := &s.flow().revision
	if len(v.old) > 0 && v.after < revisionReach {
		n := min(len(b), revisionReach-v.after)
		v.old = appendClean(v.old, b[:n-partialRune(b[:n])])
		v.after += n
	}
	v.remember(b)
}

// inserted appends text that is there now.
func (s *story) inserted(b []byte) { s.text(b) }

// deleted appends text that was there before.
func (s *story) deleted(b []byte) {
	v := &s.flow().revision
	if len(v.old) == 0 || v.after >= revisionReach {
		v.old = endLine(v.old)
		v.old = append(v.old, v.context()...)
	}
	v.old = appendClean(v.old, b)
	v.after = 0
	v.remember(b)
	if len(v.old) > maxBox {
		s.endRevision()
	}
}

// remember keeps the end of the old text.
func (v *revision) remember(b []byte) {
	if len(v.before)+len(b) > 64*revisionReach {
		v.before = append(v.before[:0], v.context()...)
		b = b[max(0, len(b)-revisionReach):]
	}
	v.before = appendClean(v.before, b)
}

// context is the end of the old text, from a word's beginning if possible.
func (v *revision) context() []byte {
	b := v.before
	if len(b) <= revisionReach {
		return b
	}
	b = b[len(b)-revisionReach:]
	if i := bytes.IndexByte(b, ' '); i >= 0 && i < revisionReach/2 {
		return b[i+1:]
	}
	for len(b) > 0 && b[0]&0xc0 == 0x80 { // the rest of a character
		b = b[1:]
	}
	return b
}

// endRevision puts the old text beside the paragraph.
func (s *story) endRevision() {
	f := s.flow()
	v := &f.revision
	if len(v.old) > 0 {
		f.boxes = endLine(append(f.boxes, v.old...))
	}
	v.old, v.before, v.after = v.old[:0], v.before[:0], 0
}
