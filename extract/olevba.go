package extract

import (
	"bytes"
	"encoding/binary"
)

// readVBA reads the source of macros ([MS-OVBA]): in each module's stream it
// stands compressed, behind a cache of unknown length. The compressed source
// begins with the byte 1, a chunk's header and, nearly always, "Attribut".
func readVBA(d *doc, st *storage) error {
	s := newStory(d)
	s.part("makroer")
	for _, name := range st.order {
		if name == "dir" || name == "_VBA_PROJECT" {
			continue
		}
		b, err := st.load(d, name)
		if at := bytes.Index(b, []byte("\x00Attribut")); at >= 3 && b[at-3] == 1 {
			s.text(decode1252(nil, inflateVBA(b[at-2:])))
		} else {
			scanRawBytes(b, func(run []byte) { s.text(run); s.endParagraph() })
		}
		s.endParagraph()
		if err := noteGap(d, "makroer", err); err != nil {
			return err
		}
	}
	s.finish()
	return s.err
}

// inflateVBA unpacks compressed chunks, up to where they are damaged. A chunk
// becomes 4096 bytes at most.
func inflateVBA(b []byte) []byte {
	var out []byte
	for len(b) >= 2 {
		header := binary.LittleEndian.Uint16(b)
		n := int(header&0xfff) + 1
		chunk := b[2:]
		chunk = chunk[:min(n, len(chunk))]
		b = b[2+len(chunk):]
		if header&0x8000 == 0 {
			out = append(out, chunk...)
			continue
		}
		out = inflateVBAChunk(out, chunk)
	}
	return out
}

func inflateVBAChunk(out, b []byte) []byte {
	from := len(out)
	for len(b) > 0 {
		flags := b[0]
		b = b[1:]
		for bit := 0; bit < 8 && len(b) > 0; bit, flags = bit+1, flags>>1 {
			if len(out)-from >= 4096 {
				return out
			}
			if flags&1 == 0 {
				out = append(out, b[0])
				b = b[1:]
				continue
			}
			if len(b) < 2 {
				return out
			}
			token := int(binary.LittleEndian.Uint16(b))
			b = b[2:]
			bits := 4 // of the offset: as many as the chunk's text so far needs
			for 1<<bits < len(out)-from {
				bits++
			}
			back := token>>(16-bits) + 1
			n := token&(0xffff>>bits) + 3
			if back > len(out)-from {
				return out
			}
			for range min(n, 4096) {
				out = append(out, out[len(out)-back])
			}
		}
	}
	return out
}
