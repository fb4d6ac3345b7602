package extract

import (
	"bytes"
	"compress/zlib"
	"encoding/binary"
	"errors"
	"fmt"

	"github.com/sletdk/slet/scanner"
)

// PowerPoint 97–2003 ([MS-PPT]): records in records. Text is in a few kinds of
// atoms; slides that were changed remain in the stream in their earlier form,
// which is text like any other here.

const (
	pptDocument   = 0x03e8
	pptSlide      = 0x03ee
	pptNotes      = 0x03f0
	pptNotesAtom  = 0x03f1
	pptPersist    = 0x03f3
	pptMaster     = 0x03f8
	pptSlideList  = 0x0ff0
	pptTextChars  = 0x0fa0
	pptTextBytes  = 0x0fa8
	pptCString    = 0x0fba
	pptOleObject  = 0x1011
	pptCryptToken = 0xf3d1c4df
)

func readPPT(d *doc, st *storage) error {
	if user, _ := st.load(d, "Current User"); len(user) >= 16 &&
		binary.LittleEndian.Uint32(user[12:]) == pptCryptToken {
		return unreadable(scanner.Encrypted, "the presentation is encrypted")
	}
	b, loadErr := st.load(d, "PowerPoint Document")
	r := &pptReader{d: d, s: newStory(d), order: map[uint32]int{}}
	r.s.seen = numberSet{}
	err := r.read(b)
	if r.s.finish(); r.s.err != nil {
		return r.s.err
	}
	if lost := d.alive(); lost != nil {
		return lost
	}
	if raw := rescan(d, b, r.s.seen, err != nil); raw != nil {
		return raw
	}
	pictures, picErr := st.load(d, "Pictures")
	if lost := readPictures(d, pictures); lost != nil {
		return lost
	}
	return cmpErr(loadErr, err, picErr)
}

type pptReader struct {
	d      *doc
	s      *story
	slides int
	object int
	list   bool           // inside the list of slides
	order  map[uint32]int // the slides' numbers by their ids
}

// read goes through the records. A container's records follow its header, so
// that nothing has to be remembered of it.
func (r *pptReader) read(b []byte) error {
	le := binary.LittleEndian
	r.s.part("")
	for len(b) >= 8 && r.s.err == nil {
		head, kind, n := le.Uint16(b), int(le.Uint16(b[2:])), int64(le.Uint32(b[4:]))
		b = b[8:]
		if head&0xf == 0xf {
			r.container(kind, head>>4)
			continue
		}
		if n > int64(len(b)) {
			return errors.New("a record is cut short")
		}
		if err := r.atom(kind, head>>4, b[:n]); err != nil {
			return err
		}
		b = b[n:]
	}
	return nil
}

// container begins a part where a slide or what is like it begins.
func (r *pptReader) container(kind int, instance uint16) {
	switch kind {
	case pptSlideList:
		r.list = instance == 0 // the others list masters and notes
	case pptDocument:
		r.s.part("disposition")
	case pptSlide:
		r.slides++
		r.s.part(fmt.Sprintf("dias %d", r.slides))
	case pptNotes:
		r.s.part("noter")
	case pptMaster:
		r.s.part("diasmaster")
	}
}

// atom reads a record without records in it.
func (r *pptReader) atom(kind int, instance uint16, b []byte) error {
	switch kind {
	case pptPersist:
		if r.list && len(b) >= 16 && len(r.order) < maxLinks {
			r.order[binary.LittleEndian.Uint32(b[12:])] = len(r.order) + 1
		}
	case pptNotesAtom:
		if len(b) >= 4 {
			if n := r.order[binary.LittleEndian.Uint32(b)]; n > 0 {
				r.s.part(fmt.Sprintf("dias %d, noter", n))
			}
		}
	case pptTextChars:
		r.text(le16(b))
	case pptCString:
		if text := le16(b); !bytes.HasPrefix(text, []byte("___PPT")) { // a program's tag
			r.text(text)
		}
	case pptTextBytes:
		r.text(decode1252(nil, b))
	case pptOleObject:
		r.object++
		r.s.part(r.s.where) // what follows the object begins anew
		name := fmt.Sprintf("objekt %d", r.object)
		if instance == 0 {
			return r.d.child(name, bytes.NewReader(b), int64(len(b)))
		}
		if len(b) < 4 {
			return nil
		}
		z, err := zlib.NewReader(bytes.NewReader(b[4:]))
		if err != nil {
			return noteGap(r.d, name, err)
		}
		defer z.Close()
		return r.d.childFrom(name, z, int64(len(b)))
	}
	return nil
}

// text writes the paragraphs of an atom.
func (r *pptReader) text(b []byte) {
	b = bytes.ReplaceAll(bytes.ReplaceAll(b, []byte{'\r'}, []byte{'\n'}), []byte{0x0b}, []byte{'\n'})
	r.s.text(b)
	r.s.endParagraph()
}
