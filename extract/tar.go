package extract

import (
	"archive/tar"
	"bufio"
	"bytes"
	"errors"
	"io"
	"strconv"
	"strings"

	"github.com/sletdk/slet/scanner"
)

// isTar recognises a header by its checksum: old archives have no signature.
func isTar(d *doc) bool {
	if len(d.head) < 512 {
		return false
	}
	sum := int64(0)
	for i, c := range d.head[:512] {
		if i >= 148 && i < 156 {
			c = ' '
		}
		sum += int64(c)
	}
	want, err := strconv.ParseInt(strings.Trim(string(d.head[148:156]), " \x00"), 8, 64)
	return err == nil && want == sum && sum > 8*' '
}

// readTar reads an archive's entries in their order.
func readTar(d *doc) error {
	in := bufio.NewReaderSize(d.reader(), textChunk)
	tr := tar.NewReader(in)
	var names nameList
	private := 0
	defer func() { d.privateEntries(private) }()
	for n := 0; ; n++ {
		if err := d.alive(); err != nil {
			return err
		}
		h, err := tr.Next()
		switch {
		case err == io.EOF && n == 0:
			return errors.New("an archive without entries")
		case err == io.EOF:
			if err := names.write(d); err != nil {
				return err
			}
			return d.behindTar(in)
		case errors.Is(err, tar.ErrInsecurePath):
		case err != nil:
			return errors.Join(err, names.write(d))
		}
		if privateEntry(h.Name) {
			private++
			continue
		}
		names.add(h.Name, h.Linkname)
		switch h.Typeflag {
		case tar.TypeReg, '\x00', tar.TypeCont, tar.TypeGNUSparse:
		default: // folders and links hold nothing
			if err := d.countPart(d); err != nil {
				return err
			}
			continue
		}
		if h.Size > d.limits.Total {
			d.gap(cleanName(h.Name), scanner.TooLarge, errors.New("an entry of "+strconv.FormatInt(h.Size, 10)+" bytes"))
			return names.write(d) // nothing behind it would be reached within the budget
		}
		// A tar does not pack: an entry's size is what it takes.
		if err := d.childFrom(h.Name, tr, max(h.Size, 1)); err != nil {
			return err
		}
	}
}

// behindTar reads what stands behind the end of an archive: zeros, if all is as
// it should be.
func (d *doc) behindTar(in *bufio.Reader) error {
	for {
		b, err := in.Peek(1)
		if err != nil {
			return notEOF(err)
		}
		if b[0] != 0 {
			break
		}
		// Zeros at a time: they may be many.
		b, _ = in.Peek(in.Buffered())
		n := len(b) - len(bytes.TrimLeft(b, "\x00"))
		if _, err := in.Discard(n); err != nil {
			return err
		}
	}
	if err := d.readRuns(in); err != nil {
		return err
	}
	return errors.New("there is something behind the end of the archive")
}
