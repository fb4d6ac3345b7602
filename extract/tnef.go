package extract

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/sletdk/slet/scanner"
)

// TNEF ([MS-OXTNEF]) is how Outlook sends a whole message as one attachment,
// winmail.dat: a list of attributes, of which some hold lists of properties.

const tnefMagic = "\x78\x9f\x3e\x22"

func isTNEF(d *doc) bool { return bytes.HasPrefix(d.head, []byte(tnefMagic)) }

// The attributes that are told apart ([MS-OXTNEF] 2.1.3).
const (
	tnefSubject    = 0x00018004
	tnefBody       = 0x0002800c
	tnefProps      = 0x00069003
	tnefRendering  = 0x00069002 // begins an attachment
	tnefTitle      = 0x00018010
	tnefData       = 0x0006800f
	tnefAttachment = 0x00069005 // the attachment's properties
)

// maxTNEF is the largest TNEF stream that is read, in bytes.
const maxTNEF = maxHeld

func readTNEF(d *doc) error {
	if d.size > maxTNEF {
		return unreadable(scanner.TooLarge, "%d bytes, the limit is %d", d.size, maxTNEF)
	}
	b, err := io.ReadAll(d.reader())
	if err != nil {
		return err
	}
	r := &tnefReader{d: d}
	broken := r.parse(b)
	if scanner.PrivateSubject(r.subject) || r.private {
		return errPrivate
	}
	if err := r.write(); err != nil {
		return err
	}
	return broken
}

// tnefReader gathers a message's properties; what they are decides whether it
// may be read.
type tnefReader struct {
	d           *doc
	subject     string
	private     bool
	body        []byte
	html, rtf   []byte
	others      []byte
	attachments []tnefFile
}

type tnefFile struct {
	name   string
	data   []byte
	object bool // data is an object: a message, or another program's
	others []byte
}

// parse goes through the attributes.
func (r *tnefReader) parse(b []byte) error {
	le := binary.LittleEndian
	if len(b) < 6 {
		return io.ErrUnexpectedEOF
	}
	for b = b[6:]; len(b) > 0; {
		if len(b) < 9 {
			return fmt.Errorf("the last attribute is cut short: %w", io.ErrUnexpectedEOF)
		}
		if err := r.d.alive(); err != nil {
			return err
		}
		id, n := le.Uint32(b[1:]), int64(le.Uint32(b[5:]))
		rest := b[9:]
		if n+2 > int64(len(rest)) {
			r.attribute(id, rest)
			return fmt.Errorf("an attribute is cut short: %w", io.ErrUnexpectedEOF)
		}
		if err := r.attribute(id, rest[:n]); err != nil {
			return err
		}
		b = rest[n+2:]
	}
	return nil
}

func (r *tnefReader) attribute(id uint32, data []byte) error {
	switch id {
	case tnefSubject:
		r.subject = tnefText(data)
	case tnefBody:
		r.body = []byte(tnefText(data))
	case tnefProps:
		return eachMAPI(data, r.property)
	case tnefRendering:
		r.attachments = append(r.attachments, tnefFile{})
	case tnefTitle:
		if a := r.attachment(); a.name == "" {
			a.name = tnefText(data)
		}
	case tnefData:
		r.attachment().data = data
	case tnefAttachment:
		return eachMAPI(data, r.attachment().property)
	default:
		if kind := id >> 16; kind == 1 || kind == 2 { // a string, a text
			r.others = append(append(r.others, tnefText(data)...), '\n')
		}
	}
	return nil
}

func tnefText(b []byte) string { return string(bytes.TrimRight(decodeText8(b), "\x00")) }

// attachment is the attachment that the attributes are of.
func (r *tnefReader) attachment() *tnefFile {
	if len(r.attachments) == 0 {
		r.attachments = append(r.attachments, tnefFile{})
	}
	return &r.attachments[len(r.attachments)-1]
}

// The types of properties ([MS-OXCDATA] 2.11.1).
const (
	mapiObject  = 0x0d
	mapiString8 = 0x1e
	mapiString  = 0x1f
	mapiBinary  = 0x102
)

// property takes a property of the message.
func (r *tnefReader) property(id, kind uint16, value []byte) {
	switch {
	case id == pstSensitivity && len(value) >= 4:
		r.private = r.private || privateMAPI(binary.LittleEndian.Uint32(value))
	case id == pstSubject && r.subject == "":
		r.subject = mapiText(kind, value)
	case id == pstBody:
		r.body = []byte(mapiText(kind, value))
	case id == pstHTML:
		r.html = value
	case id == pstRTF:
		r.rtf = value
	case kind == mapiString || kind == mapiString8:
		r.others = append(append(r.others, mapiText(kind, value)...), '\n')
	}
}

func (a *tnefFile) property(id, kind uint16, value []byte) {
	switch {
	case id == pstLongName:
		a.name = mapiText(kind, value)
	case id == pstData && (a.data == nil || kind == mapiObject):
		a.data, a.object = value, kind == mapiObject
	case kind == mapiString || kind == mapiString8:
		a.others = append(append(a.others, mapiText(kind, value)...), '\n')
	}
}

func mapiText(kind uint16, b []byte) string {
	if kind == mapiString {
		b = le16(b)
	} else {
		b = decodeText8(b)
	}
	return string(bytes.TrimRight(b, "\x00"))
}

var errMAPI = errors.New("the list of properties is broken")

// eachMAPI gives f each property of a list ([MS-OXTNEF] 2.1.3.4), each value of
// those that have several.
func eachMAPI(b []byte, f func(id, kind uint16, value []byte)) error {
	le := binary.LittleEndian
	take := func(n int64) []byte {
		if n < 0 || n > int64(len(b)) {
			b = nil
			return nil
		}
		v := b[:n]
		b = b[min((n+3)&^3, int64(len(b))):]
		return v
	}
	count := func() int64 {
		if v := take(4); v != nil {
			return int64(le.Uint32(v))
		}
		return -1
	}
	for n := count(); n > 0; n-- {
		tag := take(4)
		if tag == nil {
			return errMAPI
		}
		kind, id := le.Uint16(tag), le.Uint16(tag[2:])
		if id >= 0x8000 { // its name: a GUID, and a number or a text
			take(16)
			if count() == 0 {
				take(4)
			} else {
				take(count())
			}
		}
		size, many := int64(-1), kind&0x1000 != 0
		switch kind &^ 0x1000 {
		case 2, 3, 4, 0x0a, 0x0b:
			size = 4
		case 5, 6, 7, 0x14, 0x40:
			size = 8
		case 0x48:
			size = 16
		case mapiObject, mapiString8, mapiString, mapiBinary:
		default:
			return fmt.Errorf("%w: a property of type %#x", errMAPI, kind)
		}
		values := int64(1)
		if many || size < 0 {
			values = count()
		}
		for ; values > 0; values-- {
			n := size
			if size < 0 {
				n = count()
			}
			v := take(n)
			if v == nil {
				return errMAPI
			}
			f(id, kind&^0x1000, v)
		}
		if values < 0 {
			return errMAPI
		}
	}
	return nil
}

// write writes the message.
func (r *tnefReader) write() error {
	s := newStory(r.d)
	for _, p := range [...]struct{ where, text string }{{"emne", r.subject}, {"brødtekst", string(r.body)}, {"egenskaber", string(r.others)}} {
		s.part(p.where)
		s.text([]byte(p.text))
	}
	if s.finish(); s.err != nil {
		return s.err
	}
	if len(bytes.TrimSpace(r.body)) == 0 {
		if err := r.writeBody(); err != nil {
			return err
		}
	}
	for _, a := range r.attachments {
		if err := r.writeFile(a); err != nil {
			return err
		}
	}
	return nil
}

// writeBody writes the body in another form when there is none in plain text.
func (r *tnefReader) writeBody() error {
	switch {
	case r.html != nil:
		return r.d.entry(entry{name: "brødtekst", r: bytes.NewReader(r.html), plain: true, as: "html"})
	case r.rtf != nil:
		rtf, err := inflateRTF(r.rtf)
		if err != nil {
			return noteGap(r.d, "brødtekst", err)
		}
		return r.d.entry(entry{name: "brødtekst", r: bytes.NewReader(rtf), packed: int64(len(r.rtf)), as: "rtf"})
	}
	return nil
}

func (r *tnefReader) writeFile(a tnefFile) error {
	name := a.name
	if name == "" {
		name = "uden navn"
	}
	name = placeFile + cleanName(name)
	if text := bytes.TrimSpace(a.others); len(text) > 0 {
		s := newStory(r.d)
		s.part(name)
		s.text(text)
		if s.finish(); s.err != nil {
			return s.err
		}
	}
	data := a.data
	if a.object && len(data) > 16 { // the object's interface stands before it
		data = data[16:]
	}
	if strings.TrimSpace(a.name) == "" && len(data) == 0 {
		return nil
	}
	return r.d.child(name, bytes.NewReader(data), int64(len(data)))
}
