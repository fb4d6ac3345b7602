package extract

import (
	"archive/zip"
	"bytes"
	"compress/flate"
	"encoding/binary"
	"errors"
	"fmt"
	"io"

	"github.com/sletdk/slet/scanner"
)

// isZip recognises a zip file by its first entry, by being empty, or, for a
// self-extracting one, by being a program that ends in a directory.
func isZip(d *doc) bool {
	for _, magic := range []string{"PK\x03\x04", "PK\x05\x06", "PK\x07\x08PK\x03\x04", "PK00PK\x03\x04"} {
		if bytes.HasPrefix(d.head, []byte(magic)) {
			return true
		}
	}
	if !bytes.HasPrefix(d.head, []byte("MZ")) || d.forward {
		return false
	}
	zr, err := d.zip()
	return err == nil && len(zr.File) > 0
}

// readZip reads a zip file entry by entry, and what can be found of a broken one.
func readZip(d *doc) error {
	zr, err := d.zip()
	if err != nil {
		if reasonOf(err) != scanner.Corrupt || d.io != nil {
			return err
		}
		if salvaged := d.salvage(); salvaged != nil {
			return salvaged
		}
		return fmt.Errorf("the directory of the archive cannot be read: %w", err)
	}
	var names nameList
	private := 0
	names.add(zr.Comment)
	for _, f := range zr.File {
		if privateEntry(f.Name) {
			private++
			continue
		}
		names.add(f.Name, f.Comment)
	}
	if err := names.write(d); err != nil {
		return err
	}
	for _, f := range zr.File {
		if privateEntry(f.Name) {
			continue
		}
		if err := d.zipEntry(f); err != nil {
			return err
		}
	}
	d.privateEntries(private)
	if bytes.HasPrefix(d.head, []byte("MZ")) {
		return unreadable(scanner.Unsupported, "a Windows program around an archive")
	}
	return nil
}

// zipEntry reads one entry. It returns an error only to end the job.
func (d *doc) zipEntry(f *zip.File) error {
	if f.FileInfo().IsDir() && f.UncompressedSize64 == 0 {
		return d.countPart(d)
	}
	name := cleanName(f.Name)
	if f.Flags&1 != 0 {
		d.gap(name, scanner.Encrypted, errors.New("an encrypted entry"))
		return d.countPart(d)
	}
	r, err := f.Open()
	if err != nil {
		reason := scanner.Corrupt
		switch {
		case errors.Is(err, zip.ErrAlgorithm):
			reason = scanner.Unsupported
			err = fmt.Errorf("packed with method %d", f.Method)
		case d.io != nil:
			reason = scanner.IO
		}
		d.gap(name, reason, err)
		return d.countPart(d)
	}
	defer r.Close()
	return d.childFrom(f.Name, r, int64(f.CompressedSize64))
}

// salvage reads the entries of a zip file without a directory, one behind the
// other, as far as their own headers lead: half a download still holds half of
// the documents. It returns an error only to end the job.
func (d *doc) salvage() error {
	const headerSize = 30
	in := io.NewSectionReader(d.r, 0, d.size)
	head := make([]byte, headerSize)
	var names nameList
	for off := int64(0); ; {
		off = nextEntry(in, off)
		if off < 0 {
			return names.write(d)
		}
		if _, err := in.ReadAt(head, off); err != nil {
			return names.write(d)
		}
		flags, method := binary.LittleEndian.Uint16(head[6:]), binary.LittleEndian.Uint16(head[8:])
		packed := int64(binary.LittleEndian.Uint32(head[18:]))
		nameLen, extraLen := int64(binary.LittleEndian.Uint16(head[26:])), int64(binary.LittleEndian.Uint16(head[28:]))
		name := make([]byte, nameLen)
		if _, err := in.ReadAt(name, off+headerSize); err != nil {
			return names.write(d)
		}
		start := off + headerSize + nameLen + extraLen
		off = start
		if privateEntry(string(name)) {
			d.privateEntries(1)
			continue
		}
		names.add(string(name))
		if flags&1 != 0 {
			d.gap(cleanName(string(name)), scanner.Encrypted, errors.New("an encrypted entry"))
			continue
		}
		body := &countingReader{r: io.NewSectionReader(in, start, d.size-start)}
		var r io.Reader
		switch method {
		case zip.Store:
			r = io.NewSectionReader(in, start, min(packed, max(d.size-start, 0)))
			off += packed
		case zip.Deflate:
			r = flate.NewReader(body)
		default:
			continue
		}
		if err := d.childFrom(string(name), r, max(packed, 1<<10)); err != nil {
			return err
		}
		off += body.n
	}
}

// nextEntry finds the next local header at or after off, -1 if there is none.
func nextEntry(r io.ReaderAt, off int64) int64 {
	buf := make([]byte, textChunk)
	for {
		n, err := r.ReadAt(buf, off)
		if i := bytes.Index(buf[:n], []byte("PK\x03\x04")); i >= 0 {
			return off + int64(i)
		}
		if err != nil || n < 4 {
			return -1
		}
		off += int64(n) - 3
	}
}

// countingReader counts what is taken from r. It gives single bytes too, so that
// a decompressor takes no more than it needs.
type countingReader struct {
	r   io.Reader
	buf [512]byte
	at  int
	end int
	n   int64
	err error
}

func (c *countingReader) Read(p []byte) (int, error) {
	if c.at == c.end {
		if c.err != nil {
			return 0, c.err
		}
		c.at = 0
		c.end, c.err = c.r.Read(c.buf[:])
		if c.end == 0 {
			return 0, c.err
		}
	}
	n := copy(p, c.buf[c.at:c.end])
	c.at += n
	c.n += int64(n)
	return n, nil
}

func (c *countingReader) ReadByte() (byte, error) {
	var b [1]byte
	for {
		n, err := c.Read(b[:])
		if n > 0 || err != nil {
			return b[0], err
		}
	}
}
