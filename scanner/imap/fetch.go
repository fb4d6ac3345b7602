package imap

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"time"

	"github.com/emersion/go-imap/v2"
	"github.com/emersion/go-imap/v2/imapclient"

	"github.com/sletdk/slet/scanner"
)

// maxHead is how much of the two header fields is read; privateness stands at
// the beginning.
const maxHead = 64 << 10

// meta is what is known of a message without its content.
type meta struct {
	uid      imap.UID
	size     int64 // as the server says; some only estimate
	received time.Time
	deleted  bool // flagged \Deleted
	private  bool
}

// version is an item's version. Flags are no part of it: they are not content.
func (m meta) version(validity uint32) string {
	return fmt.Sprintf("1-%d-%d-%d-%d", validity, m.uid, m.size, m.received.Unix())
}

// numbers lists the folder's messages, in order, and its UIDVALIDITY.
func (s *Source) numbers(ctx context.Context, at place) (uids []imap.UID, validity uint32, err error) {
	err = s.with(ctx, at, func(c *conn) error {
		if err := c.open(ctx, at.folder, 0, false, 0); err != nil {
			return err
		}
		validity = c.validity
		uids, err = c.search(ctx, nil)
		if err == nil && len(uids) < int(c.messages) {
			// Somebody may just have expunged some: look once more.
			if err = c.open(ctx, at.folder, validity, false, 0); err == nil {
				uids, err = c.search(ctx, nil)
			}
		}
		if err == nil && len(uids) < int(c.messages) {
			err = fmt.Errorf("the server lists %d of the %d messages that it says there are", len(uids), c.messages)
		}
		return err
	})
	return uids, validity, err
}

// search returns, in order, which of the messages exist, or all for none.
func (c *conn) search(ctx context.Context, among imap.UIDSet) ([]imap.UID, error) {
	criteria := &imap.SearchCriteria{}
	if len(among) > 0 {
		criteria.UID = []imap.UIDSet{among}
	}
	var uids []imap.UID
	err := c.do(ctx, 12*int64(c.messages), func() error {
		data, err := c.client.UIDSearch(criteria, nil).Wait()
		if err != nil {
			return err
		}
		set, _ := data.All.(imap.UIDSet)
		var n uint64
		for _, r := range set {
			n += uint64(r.Stop) - uint64(r.Start) + 1
		}
		if set.Dynamic() || n > uint64(c.messages)+1e6 {
			return fmt.Errorf("%w: it names %d messages in a folder of %d", errAnswer, n, c.messages)
		}
		uids = data.AllUIDs()
		return nil
	})
	slices.Sort(uids)
	return uids, err
}

func (c *conn) metaOptions() *imap.FetchOptions {
	return &imap.FetchOptions{
		UID: true, RFC822Size: true, InternalDate: true, Flags: true,
		BodySection: []*imap.FetchItemBodySection{{
			Specifier: imap.PartSpecifierHeader, HeaderFields: []string{"Subject", "Sensitivity"}, Peek: true,
		}},
	}
}

// metas asks for what is known of messages in the open folder. Messages that
// the server does not tell of are not in the answer.
func (c *conn) metas(ctx context.Context, uids imap.UIDSet, n int) (map[imap.UID]meta, error) {
	all := make(map[imap.UID]meta, n)
	err := c.do(ctx, int64(n)*1024, func() error {
		cmd := c.client.Fetch(uids, c.metaOptions())
		for msg := cmd.Next(); msg != nil; msg = cmd.Next() {
			m, whole, err := readMeta(msg)
			if err != nil {
				return ended(cmd, err)
			}
			if whole {
				all[m.uid] = m
			}
		}
		return cmd.Close()
	})
	return all, err
}

// readMeta reads one answer. whole is false when the server has left out
// something, such as in an answer that it gave unasked.
func readMeta(msg *imapclient.FetchMessageData) (m meta, whole bool, err error) {
	size, date, head := false, false, false
	for item := msg.Next(); item != nil; item = msg.Next() {
		switch item := item.(type) {
		case imapclient.FetchItemDataUID:
			m.uid = item.UID
		case imapclient.FetchItemDataRFC822Size:
			m.size, size = item.Size, true
		case imapclient.FetchItemDataInternalDate:
			m.received, date = item.Time.UTC(), true
		case imapclient.FetchItemDataFlags:
			m.deleted = slices.Contains(item.Flags, imap.FlagDeleted)
		case imapclient.FetchItemDataBodySection:
			b, err := readLiteral(item.Literal, maxHead)
			if err != nil {
				return m, false, err
			}
			m.private, head = privateHead(b), true
		}
	}
	return m, m.uid != 0 && size && date && head, nil
}

// errShort: a literal ended too early, and with it the connection. From then on
// the client's own reader is at the buffer: nothing of the command may be
// touched any more, not even to close it.
var errShort = errors.New("a message was cut off")

// ended closes a command after an error in reading its answer.
func ended(cmd *imapclient.FetchCommand, err error) error {
	if errors.Is(err, errShort) {
		return err
	}
	return errors.Join(err, cmd.Close())
}

// readLiteral reads a literal, or its first most bytes, and counts: the
// client's reader ends as if all were well when the connection does.
func readLiteral(lit imap.LiteralReader, most int64) ([]byte, error) {
	if lit == nil {
		return nil, nil
	}
	b := make([]byte, min(lit.Size(), most))
	if n, err := io.ReadFull(lit, b); err != nil {
		return nil, fmt.Errorf("%w: %d of %d bytes", errShort, n, lit.Size())
	}
	return b, nil // the client drops what is left when it is asked for the next
}

// body is a message's content.
type body struct {
	meta
	content []byte
	large   bool // too large to be kept in memory: there is no content
}

// bodies fetches whole messages of the open folder, with what is known of them.
// Nothing of a fetch that did not end well is returned.
func (c *conn) bodies(ctx context.Context, uids imap.UIDSet, expect int64) (map[imap.UID]body, error) {
	options := &imap.FetchOptions{
		UID: true, RFC822Size: true, InternalDate: true, BodySection: []*imap.FetchItemBodySection{{Peek: true}},
	}
	all := map[imap.UID]body{}
	err := c.do(ctx, expect, func() error {
		cmd := c.client.Fetch(uids, options)
		for msg := cmd.Next(); msg != nil; msg = cmd.Next() {
			b, whole, err := readBody(msg)
			if err != nil {
				return ended(cmd, err)
			}
			if whole {
				all[b.uid] = b
			}
		}
		return cmd.Close()
	})
	if err != nil {
		return nil, err
	}
	return all, nil
}

func readBody(msg *imapclient.FetchMessageData) (b body, whole bool, err error) {
	size, date, content := false, false, false
	for item := msg.Next(); item != nil; item = msg.Next() {
		switch item := item.(type) {
		case imapclient.FetchItemDataUID:
			b.uid = item.UID
		case imapclient.FetchItemDataRFC822Size:
			b.size, size = item.Size, true
		case imapclient.FetchItemDataInternalDate:
			b.received, date = item.Time.UTC(), true
		case imapclient.FetchItemDataBodySection:
			switch {
			case item.Literal == nil:
				return b, false, fmt.Errorf("%w: a message without content", errAnswer)
			case item.Literal.Size() > maxWhole:
				b.large = true
			default:
				if b.content, err = readLiteral(item.Literal, maxWhole); err != nil {
					return b, false, err
				}
			}
			content = true
		}
	}
	return b, b.uid != 0 && size && date && content, nil
}

// part fetches n bytes of a message's content from off on. Fewer come only
// when there are no more.
func (c *conn) part(ctx context.Context, uid imap.UID, off, n int64) (b []byte, err error) {
	options := &imap.FetchOptions{
		UID: true, BodySection: []*imap.FetchItemBodySection{{Peek: true, Partial: &imap.SectionPartial{Offset: off, Size: n}}},
	}
	there := false
	err = c.do(ctx, n, func() error {
		cmd := c.client.Fetch(imap.UIDSetNum(uid), options)
		for msg := cmd.Next(); msg != nil; msg = cmd.Next() {
			for item := msg.Next(); item != nil; item = msg.Next() {
				section, ok := item.(imapclient.FetchItemDataBodySection)
				if !ok || section.Literal == nil {
					continue
				}
				if section.Literal.Size() > n {
					return errors.Join(errTooMuch, cmd.Close())
				}
				if b, err = readLiteral(section.Literal, n); err != nil {
					return ended(cmd, err)
				}
				there = true
			}
		}
		return cmd.Close()
	})
	if err == nil && !there {
		err = fmt.Errorf("%w: while it was being read", scanner.ErrGone)
	}
	return b, err
}
