package extract

import (
	"bufio"
	"bytes"
	"compress/bzip2"
	"compress/gzip"
	"path"
	"strings"
)

func isGzip(d *doc) bool { return bytes.HasPrefix(d.head, []byte("\x1f\x8b\x08")) }

// readGzip reads what is packed, all members of it, as one document.
func readGzip(d *doc) error {
	zr, err := gzip.NewReader(bufio.NewReaderSize(d.reader(), textChunk))
	if err != nil {
		return err
	}
	name := zr.Name
	if name == "" {
		name = withoutSuffix(d.name, ".gz", ".tgz")
	}
	if err := d.childFrom(name, zr, d.packedSize()); err != nil {
		return err
	}
	var names nameList
	names.add(zr.Name, zr.Comment)
	return names.write(d)
}

func isBzip2(d *doc) bool {
	return len(d.head) > 10 && bytes.HasPrefix(d.head, []byte("BZh")) && d.head[3] >= '1' && d.head[3] <= '9' &&
		(string(d.head[4:10]) == "1AY&SY" || string(d.head[4:10]) == "\x17\x72\x45\x38\x50\x90")
}

func readBzip2(d *doc) error {
	return d.childFrom(withoutSuffix(d.name, ".bz2", ".tbz"), bzip2.NewReader(bufio.NewReaderSize(d.reader(), textChunk)), d.packedSize())
}

// packedSize is d's size as far as it is known: for content that is passed
// through, what its own container has unpacked so far is what it may grow from.
func (d *doc) packedSize() int64 {
	if d.forward {
		return max(d.unpacked, d.job.size)
	}
	return d.size
}

// withoutSuffix names what is packed in a file.
func withoutSuffix(name string, suffixes ...string) string {
	name = path.Base(strings.ReplaceAll(name, "\\", "/"))
	for _, s := range suffixes {
		if len(name) > len(s) && strings.EqualFold(name[len(name)-len(s):], s) {
			return name[:len(name)-len(s)]
		}
	}
	return "indhold"
}
