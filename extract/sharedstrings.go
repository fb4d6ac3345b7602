package extract

import (
	"bytes"
	"strconv"
)

// sharedStrings are the texts that cells refer to by number.
type sharedStrings struct {
	arena  []byte
	ends   []uint32
	used   []uint64 // a bit for each
	again  int64    // bytes written for strings that had been written before
	repeat int64    // limit for again
}

// read reads the strings. What is beyond the memory that the job allows is
// written as text of its own at once.
func (t *sharedStrings) read(j *job, x *xmlReader, over *story) error {
	t.repeat = maxRepeat + 50*j.size
	limit := min(int(maxHeld-j.held), maxHeld)
	for kind := x.next(); kind != xmlEOF && over.err == nil; kind = x.next() {
		if kind != xmlStart || string(x.name) != "si" {
			continue
		}
		from := len(t.arena)
		t.arena = appendElementText(t.arena, x)
		if len(t.arena)+8*len(t.ends) <= limit {
			t.ends = append(t.ends, uint32(len(t.arena)))
			continue
		}
		over.text(t.arena[from:])
		over.endParagraph()
		t.arena = t.arena[:from]
	}
	t.used = make([]uint64, len(t.ends)/64+1)
	j.held += int64(len(t.arena)) + 8*int64(len(t.ends)) // until the workbook is done
	return over.err
}

// maxRepeat is how many bytes repeated strings may add to a workbook's text, on
// top of fifty times the item's size. Beyond it a string that has been written
// before is not written again: a small file cannot become gigabytes of text,
// and nothing that is in it is lost.
const maxRepeat = 16 << 20

// get returns the string with a number, nil if there is none.
func (t *sharedStrings) get(number []byte) []byte {
	n, err := strconv.Atoi(string(bytes.TrimSpace(number)))
	if err != nil {
		return nil
	}
	return t.number(n)
}

// number is get for a number that is one already.
func (t *sharedStrings) number(n int) []byte {
	if n < 0 || n >= len(t.ends) {
		return nil
	}
	b := t.at(n)
	if t.used[n/64]&(1<<(n%64)) != 0 {
		if t.again += int64(len(b)); t.again > t.repeat {
			return nil
		}
	}
	t.used[n/64] |= 1 << (n % 64)
	return b
}

func (t *sharedStrings) at(n int) []byte {
	from := uint32(0)
	if n > 0 {
		from = t.ends[n-1]
	}
	return t.arena[from:t.ends[n]:t.ends[n]]
}

// writeUnused writes the strings that no cell referred to: what is left of
// deleted cells, or belongs to a sheet that could not be read.
func (t *sharedStrings) writeUnused(s *story) error {
	s.part("delte tekster")
	for n := range t.ends {
		if t.used[n/64]&(1<<(n%64)) == 0 {
			s.text(t.at(n))
			s.endParagraph()
		}
	}
	s.finish()
	return s.err
}
