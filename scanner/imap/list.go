package imap

import (
	"context"
	"fmt"
	"io/fs"
	"slices"
	"strings"

	"github.com/emersion/go-imap/v2"
)

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
		return c.do(ctx, 0, func() error {
			list, err := c.client.List(prefix, "%", nil).Collect()
			for _, l := range list {
				// A server may add more than what it was asked for, and a name
				// may itself hold a wildcard.
				f := listed(l)
				if strings.HasPrefix(l.Mailbox, prefix) && len(f.segments) == len(parent.segments)+1 {
					all = append(all, f)
				}
			}
			return err
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

// listed reads what the server says of a folder.
func listed(l *imap.ListData) folder {
	f := folder{segments: []string{l.Mailbox}, selectable: true}
	if l.Delim != 0 {
		f.delim = string(l.Delim)
		// Some servers end a parent's name with the delimiter.
		f.segments = strings.Split(strings.TrimSuffix(l.Mailbox, f.delim), f.delim)
	}
	for _, a := range l.Attrs {
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
	return f
}

func is(a, b imap.MailboxAttr) bool { return strings.EqualFold(string(a), string(b)) }
