package imap

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/emersion/go-imap/v2"
)

// errName: the folder's name is not as names are written, so that nobody can
// tell whether it is a private one. Doubt is private: it is not opened.
var errName = fmt.Errorf("the folder's name is not in modified UTF-7: it can be neither opened nor told from a private one: %w", errors.ErrUnsupported)

// folders lists the folders directly below a folder, or the topmost ones below
// none, in order. It lists one level at a time: what lies below a private
// folder is not even asked for.
func (s *Source) folders(ctx context.Context, account string, parent folder) ([]folder, error) {
	prefix := ""
	if len(parent.segments) > 0 {
		prefix = parent.name() + parent.delim
	}
	var all []folder
	err := s.with(ctx, place{account: account}, func(c *conn) error {
		all = nil
		return c.list(ctx, prefix+"%", func(f folder) {
			// A server may add more than what it was asked for, and a name
			// may itself hold a wildcard.
			if f.garbled {
				if last, ok := strings.CutPrefix(f.segments[0], encodeName(prefix)); ok {
					f.segments = append(slices.Clone(parent.segments), last)
					all = append(all, f)
				}
			} else if strings.HasPrefix(f.name(), prefix) && len(f.segments) == len(parent.segments)+1 {
				all = append(all, f)
			}
		})
	})
	if err != nil {
		return nil, fmt.Errorf("list folders: %w", err)
	}
	if parent.parent && len(all) == 0 {
		// No right to see them; or a * in the name that the server takes for a
		// wildcard.
		return nil, fmt.Errorf("%w: folders lie below it, says the server, but it lists none", fs.ErrPermission)
	}
	slices.SortFunc(all, func(a, b folder) int { return slices.Compare(a.segments, b.segments) })
	return slices.CompactFunc(all, func(a, b folder) bool { return slices.Equal(a.segments, b.segments) }), nil
}

// list lists the folders of names that match a pattern.
func (c *conn) list(ctx context.Context, pattern string, each func(folder)) error {
	return c.ask(ctx, 0, `LIST "" `+quote(encodeName(pattern)), func(r *responses, _ uint32, name []byte) (bool, error) {
		if !isWord(name, "LIST") {
			return false, nil
		}
		f, err := r.listed()
		if err != nil {
			return true, err
		}
		each(f)
		return true, r.rest()
	})
}

// quote writes a string for the server. Names in modified UTF-7 hold nothing
// that a quoted string cannot.
func quote(s string) string {
	return `"` + strings.NewReplacer(`\`, `\\`, `"`, `\"`).Replace(s) + `"`
}

// maxName is the longest name of a folder that is read; maxPath of Windows is
// 260 letters, and a filesystem's 255 bytes a segment.
const maxName = 16 << 10

// listed reads the rest of a LIST response, but for what extensions add.
func (r *responses) listed() (f folder, err error) {
	f.selectable = true
	if !r.eat(' ') || !r.eat('(') {
		return f, fmt.Errorf("%w: a folder without attributes", errGarbled)
	}
	err = r.list(func() error {
		word := r.token()
		f.attribute(imap.MailboxAttr(word))
		if len(word) == 0 {
			return fmt.Errorf("%w: a folder's attributes", errGarbled)
		}
		return nil
	})
	if err != nil {
		return f, err
	}
	if !r.eat(' ') {
		return f, fmt.Errorf("%w: a folder without a delimiter", errGarbled)
	}
	var delim, name []byte
	if _, err = r.text(into(&delim, utf8.UTFMax)); err != nil {
		return f, err
	}
	if utf8.RuneCount(delim) > 1 {
		return f, fmt.Errorf("%w: the delimiter %q", errGarbled, delim)
	}
	if !r.eat(' ') {
		return f, fmt.Errorf("%w: a folder without a name", errGarbled)
	}
	if len(r.line) > 0 && r.line[0] != '"' && r.line[0] != '{' {
		name = r.atom()
	} else if _, err = r.text(into(&name, maxName)); err != nil {
		return f, err
	}
	f.named(string(name), string(delim))
	return f, nil
}

// into keeps a string of at most so many bytes.
func into(to *[]byte, most int64) keeper {
	return func(n int64) ([]byte, error) {
		if n > most {
			return nil, fmt.Errorf("%w: a string of %d bytes", errGarbled, n)
		}
		*to = make([]byte, n)
		return *to, nil
	}
}

// atom takes a name without quotes off the line; it may hold brackets and
// whatever else servers put into it.
func (r *responses) atom() []byte {
	word, _, _ := bytes.Cut(r.line, []byte(" "))
	r.line = r.line[len(word):]
	return word
}

// named gives a folder its name as it came from the server.
func (f *folder) named(raw, delim string) {
	f.delim = delim
	name, ok := decodeName(raw)
	if strings.EqualFold(raw, "INBOX") {
		name = "INBOX"
	}
	if f.segments = []string{name}; !ok {
		f.garbled, f.segments[0] = true, raw
	} else if delim != "" {
		// Some servers end a parent's name with the delimiter.
		f.segments = strings.Split(strings.TrimSuffix(name, delim), delim)
	}
}

func (f *folder) attribute(a imap.MailboxAttr) {
	switch {
	case is(a, imap.MailboxAttrNoSelect), is(a, imap.MailboxAttrNonExistent):
		f.selectable = false
	case is(a, imap.MailboxAttrHasNoChildren), is(a, imap.MailboxAttrNoInferiors):
		f.childless = true
	case is(a, imap.MailboxAttrHasChildren):
		f.parent = true
	case is(a, imap.MailboxAttrTrash), is(a, imap.MailboxAttrJunk):
		f.trash = true
	}
}

func is(a, b imap.MailboxAttr) bool { return strings.EqualFold(string(a), string(b)) }
