package extract

import (
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	pst "github.com/mooijtech/go-pst/v6/pkg"

	"github.com/sletdk/slet/scanner"
)

// Outlook's data files (PST, OST). The library is not maintained and panics on
// what it does not expect, so it runs in a worker process, and each message
// behind a guard of its own.

const pstMagic = "!BDN"

func isPST(d *doc) bool {
	return strings.HasPrefix(string(d.head), pstMagic) && len(d.head) > 10 && d.head[8] == 'S' && d.head[9] == 'M'
}

func readPST(d *doc) error { return d.inWorker(jobMessage{Reader: readerPST}) }

const (
	maxPSTFolders = 64 // inside each other
	// The properties ([MS-OXPROPS]) that are told apart, with those of msg.
	pstSensitivity = 0x0036
	pstSubject     = 0x0037
	pstBody        = 0x1000
	pstRTF         = 0x1009
	pstHTML        = 0x1013
	pstData        = 0x3701
	pstFileName    = 0x3704
	pstLongName    = 0x3707
	pstTitle       = 0x3001
)

// pst reads a data file. The library prints what it wonders about: standard
// output, which is the connection to slet, is taken from it.
func (u *unpacker) pst() error {
	null, err := os.OpenFile(os.DevNull, os.O_WRONLY, 0)
	if err != nil {
		return unreadable(scanner.Unsupported, "%w", err)
	}
	defer func(old *os.File) { os.Stdout = old; _ = null.Close() }(os.Stdout)
	os.Stdout = null
	var root pst.Folder
	err = guarded(func() error {
		file, err := pst.New(u.content)
		if err == nil {
			root, err = file.GetRootFolder()
		}
		return err
	})
	if errors.Is(err, pst.ErrEncryptionTypeUnsupported) {
		return unreadable(scanner.Encrypted, "a data file encrypted in a way that is not known")
	}
	if err != nil {
		return errors.New("not a data file that can be read")
	}
	return u.pstFolder(root, "", 0, map[pst.Identifier]bool{})
}

// pstFolder reads a folder's messages, and the folders in it.
func (u *unpacker) pstFolder(f pst.Folder, path string, depth int, seen map[pst.Identifier]bool) error {
	if depth > maxPSTFolders || seen[f.Identifier] {
		return errors.New("folders inside each other without end")
	}
	seen[f.Identifier] = true
	if depth > 0 {
		if scanner.Private(f.Name) {
			u.private++
			return nil
		}
		path = strings.TrimPrefix(path+" › "+cleanName(f.Name), " › ")
		u.names.add(f.Name)
	}
	if err := u.pstMessages(f, path); err != nil {
		return err
	}
	var folders []pst.Folder
	if f.HasSubFolders {
		if err := guarded(func() (err error) { folders, err = f.GetSubFolders(); return err }); err != nil && !isEmptyTable(err) {
			u.s.Gap(path, scanner.Corrupt, errors.New("the folders in it cannot be listed"))
		}
	}
	for _, sub := range folders {
		if sub.Identifier.GetType() == pst.IdentifierTypeSearchFolder {
			continue // shows messages of other folders
		}
		if err := u.pstFolder(sub, path, depth+1, seen); err != nil {
			return err
		}
	}
	return nil
}

func isEmptyTable(err error) bool {
	return errors.Is(err, pst.ErrTableContextNoRows) || errors.Is(err, pst.ErrTableContextNoColumns) || errors.Is(err, pst.ErrMessagesNotFound)
}

// pstMessages reads the messages of a folder.
func (u *unpacker) pstMessages(f pst.Folder, path string) error {
	if f.MessageCount == 0 {
		return nil
	}
	var table pst.TableContext
	if err := guarded(func() (err error) { table, err = f.GetMessageTableContext(); return err }); err != nil {
		u.s.Gap(path, scanner.Corrupt, errors.New("the messages in it cannot be listed"))
		return nil
	}
	for i, row := range table.Properties {
		if u.count++; u.count > u.m.Parts {
			return unreadable(scanner.TooLarge, "has more than %d entries; what follows was not examined", u.m.Parts)
		}
		where := strings.TrimPrefix(fmt.Sprintf("%s › besked %d", path, i+1), " › ")
		var gone error // of the connection
		err := guarded(func() error {
			for _, p := range row {
				r, err := table.GetPropertyReader(p)
				if err != nil {
					return err
				}
				id, err := r.GetInteger32()
				if err != nil {
					return err
				}
				m, err := f.File.GetMessage(pst.Identifier(id))
				if err != nil {
					return err
				}
				gone = u.pstMessage(m, where)
			}
			return nil
		})
		if gone != nil {
			return gone
		}
		if err != nil {
			u.s.Gap(where, scanner.Corrupt, errors.New("the message cannot be read"))
		}
	}
	return nil
}

// pstMessage sends a message. The error is the connection's.
func (u *unpacker) pstMessage(m *pst.Message, where string) error {
	props := pstProps{m.PropertyContext, m.LocalDescriptors}
	subject := props.text(pstSubject)
	if len(subject) >= 2 && subject[0] == 1 { // how long its "SV: " is
		subject = subject[2:]
	}
	if scanner.PrivateSubject(subject) || privateMAPI(props.number(pstSensitivity)) {
		u.s.Gap(where, scanner.Denied, errPrivate)
		return nil
	}
	body := props.text(pstBody)
	for _, part := range [...]struct{ name, text string }{{"emne", subject}, {"brødtekst", body}, {"egenskaber", props.others()}} {
		if strings.TrimSpace(part.text) == "" {
			continue
		}
		if err := u.s.Part(where+" › "+part.name, false); err != nil {
			return lost(err)
		}
		if err := u.s.Text(clean(part.text)); err != nil {
			return lost(err)
		}
	}
	if strings.TrimSpace(body) == "" {
		b := blobMessage{Name: where + " › brødtekst", Packed: u.m.Size}
		if html := props.data(pstHTML); html != nil {
			b.As = "html"
			if err := u.entry(b, html); err != nil {
				return err
			}
		} else if packed := props.data(pstRTF); packed != nil {
			all, err := io.ReadAll(packed)
			rtf, rtfErr := inflateRTF(all)
			if err = errors.Join(err, rtfErr); err != nil {
				u.s.Gap(b.Name, scanner.Corrupt, err)
			} else if err := u.entry(b, strings.NewReader(string(rtf))); err != nil {
				return err
			}
		}
	}
	return u.pstAttachments(m, where)
}

func (u *unpacker) pstAttachments(m *pst.Message, where string) error {
	n, err := m.GetAttachmentCount()
	if err != nil && !errors.Is(err, pst.ErrPropertyNotFound) {
		u.s.Gap(where, scanner.Corrupt, errors.New("the attachments cannot be listed"))
		return nil
	}
	for i := range n {
		a, err := m.GetAttachment(i)
		if err != nil {
			u.s.Gap(fmt.Sprintf("%s › vedhæftning %d", where, i+1), scanner.Corrupt, errors.New("the attachment cannot be read"))
			continue
		}
		props := pstProps{a.PropertyContext, a.LocalDescriptors}
		name := ""
		for _, id := range [...]uint16{pstLongName, pstFileName, pstTitle} {
			if name == "" {
				name = strings.TrimRight(props.text(id), "\x00")
			}
		}
		if name == "" {
			name = "uden navn"
		}
		u.names.add(name)
		place := where + " › vedhæftning " + cleanName(name)
		if data := props.data(pstData); data != nil {
			if err := u.entry(blobMessage{Name: place, Packed: u.m.Size}, data); err != nil {
				return err
			}
		} else {
			u.s.Gap(place, scanner.Unsupported, errors.New("an attached message or object in a data file"))
		}
	}
	return nil
}

// pstProps are the properties of a message or an attachment.
type pstProps struct {
	*pst.PropertyContext
	local []pst.LocalDescriptor
}

// maxPSTText is the longest text of a property, in bytes.
const maxPSTText = 16 << 20

// raw returns a property's type and a reader of it, nil if there is none.
func (p pstProps) raw(id uint16) (pst.PropertyType, *io.SectionReader) {
	r, err := p.GetPropertyReader(id, p.local)
	if err != nil || r.HeapOnNodeReader == nil {
		return 0, nil
	}
	return r.Property.Type, io.NewSectionReader(&r, 0, r.Size())
}

// text returns a property's text, "" if it has none.
func (p pstProps) text(id uint16) string {
	kind, r := p.raw(id)
	if r == nil || kind != pst.PropertyTypeString && kind != pst.PropertyTypeString8 {
		return ""
	}
	b, _ := io.ReadAll(io.LimitReader(r, maxPSTText))
	if kind == pst.PropertyTypeString {
		return string(le16(b))
	}
	return string(decodeText8(b))
}

// number returns a property's number, 0 if it has none.
func (p pstProps) number(id uint16) uint32 {
	r, err := p.GetPropertyReader(id, p.local)
	if err != nil {
		return 0
	}
	n, _ := r.GetInteger32()
	return uint32(n)
}

// data returns the bytes of a property of bytes or of text, nil if it is none.
func (p pstProps) data(id uint16) io.Reader {
	switch kind, r := p.raw(id); {
	case r == nil:
		return nil
	case kind == pst.PropertyTypeBinary || kind == pst.PropertyTypeString8:
		return r
	case kind == pst.PropertyTypeString:
		return strings.NewReader(p.text(id))
	}
	return nil
}

// others returns the texts of all other properties, each a line.
func (p pstProps) others() string {
	var all strings.Builder
	for _, prop := range p.Properties {
		switch prop.ID {
		case pstSubject, pstBody, pstHTML, 0x007d: // the transport's header
			continue
		}
		if t := strings.TrimSpace(p.text(prop.ID)); t != "" && all.Len() < maxPSTText {
			all.WriteString(t + "\n")
		}
	}
	return all.String()
}
