package extract

import (
	"io"
	"strings"

	"github.com/sletdk/slet/scanner"
)

// isText is the last of the formats with a shape: anything in an encoding that
// a Danish office has.
func isText(d *doc) bool { return sniffCharset(d.head) != notText }

const pgpMessage = "-----BEGIN PGP MESSAGE-----"

// readText passes text through, in any length.
func readText(d *doc) error {
	if err := d.part("", true); err != nil {
		return err
	}
	dec := d.text(d.charset)
	for {
		b, err := dec.next()
		if err != nil {
			if err := dec.finish(); err != nil {
				return err
			}
			if strings.Contains(d.headText(), pgpMessage) {
				return unreadable(scanner.Encrypted, "a PGP message in the text")
			}
			return nil
		}
		if err := d.sink.Text(b); err != nil {
			return err
		}
	}
}

// readBinary is for content that nothing else recognises. Its printable runs
// are examined; that does not make it examined.
func readBinary(d *doc) error {
	if err := d.readRuns(d.reader()); err != nil {
		return err
	}
	return unreadable(scanner.Unsupported, "unknown content")
}

// readRuns writes the printable runs of content that cannot be read otherwise.
func (d *doc) readRuns(r io.Reader) error {
	var s runs
	var out []byte
	begun := false
	buf := make([]byte, textChunk)
	for {
		n, err := r.Read(buf)
		out = s.scan(out[:0], buf[:n])
		if len(out) > 0 {
			if !begun {
				if err := d.part(rawPlace, false); err != nil {
					return err
				}
				begun = true
			}
			if err := d.sink.Text(out); err != nil {
				return err
			}
		}
		if err != nil {
			return notEOF(err)
		}
		if err := d.alive(); err != nil {
			return err
		}
	}
}

// rawPlace is the place of text that was found by its printable runs.
const rawPlace = "rå indhold"
