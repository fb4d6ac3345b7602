package imap

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/emersion/go-imap/v2"

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

// fetching is what is asked of messages.
type fetching struct {
	what    string // as it stands in the command; the UID is told always
	section string // the content's name in the answer, up to what servers write differently
	need    has    // without which an answer does not count
	keep    func(a *answer, n int64) ([]byte, error)
	expect  int64 // bytes
}

// Names of content in an answer.
const (
	sectionWhole = "BODY[]"
	sectionHead  = "BODY[HEADER.FIELDS "
)

// maxUnfinished is how many messages a server may have begun to tell of.
const maxUnfinished = 1000

// fetch asks for messages of the open folder and hands on every one that was
// told of in full, once; also when an error comes later, so that the caller
// must drop them then. Others than those that were asked for are dropped: no
// server makes slet look at what it did not want to see.
func (c *conn) fetch(ctx context.Context, uids imap.UIDSet, f fetching, each func(answer)) error {
	var told imap.UIDSet
	begun := map[uint32]answer{} // by number: a server may tell of a message in several answers
	return c.ask(ctx, f.expect, "UID FETCH "+uids.String()+" (UID "+f.what+")", func(r *responses, n uint32, name []byte) (bool, error) {
		switch {
		case isWord(name, "EXPUNGE"), isWord(name, "VANISHED"):
			clear(begun) // the numbers mean others now
			return false, nil
		case !isWord(name, "FETCH"):
			return false, nil
		}
		a, err := r.fetched(f.section, f.keep)
		if err != nil {
			return true, err
		}
		if old, ok := begun[n]; ok {
			old.join(a)
			a = old
			delete(begun, n)
		}
		switch {
		case a.has&f.need != f.need:
			if len(begun) >= maxUnfinished {
				return true, fmt.Errorf("%w: more unfinished messages than were asked for", errGarbled)
			}
			begun[n] = a
		case uids.Contains(a.uid) && !told.Contains(a.uid):
			told.AddNum(a.uid)
			each(a)
		}
		return true, nil
	})
}

// metas asks for what is known of messages in the open folder. Messages that
// the server does not tell of are not in the answer.
func (c *conn) metas(ctx context.Context, uids imap.UIDSet, n int) (map[imap.UID]meta, error) {
	all := make(map[imap.UID]meta, n)
	err := c.fetch(ctx, uids, fetching{
		what:    "RFC822.SIZE INTERNALDATE FLAGS BODY.PEEK[HEADER.FIELDS (Subject Sensitivity)]",
		section: sectionHead, need: hasUID | hasSize | hasDate | hasContent, expect: int64(n) * 1024,
		keep: func(_ *answer, n int64) ([]byte, error) { return make([]byte, min(n, maxHead)), nil },
	}, func(a answer) {
		a.private = privateHead(a.content)
		all[a.uid] = a.meta
	})
	return all, err
}

// body is a message's content.
type body struct {
	meta
	content []byte
	large   bool // too large to be kept in memory: there is no content
}

// bodies fetches whole messages of the open folder, with what is known of them.
// Nothing of a fetch that did not end well is returned.
func (c *conn) bodies(ctx context.Context, uids imap.UIDSet, expect int64, space *buffers) (map[imap.UID]body, error) {
	all := map[imap.UID]body{}
	err := c.fetch(ctx, uids, fetching{
		what: "RFC822.SIZE INTERNALDATE BODY.PEEK[]", section: sectionWhole,
		need: hasUID | hasSize | hasDate | hasContent, expect: expect,
		keep: func(_ *answer, n int64) ([]byte, error) {
			if n > maxWhole {
				return nil, nil
			}
			return space.get(n), nil
		},
	}, func(a answer) {
		all[a.uid] = body{meta: a.meta, content: a.content, large: a.length > maxWhole}
	})
	if err != nil {
		return nil, err
	}
	return all, nil
}

// part fetches n bytes of a message's content from off on. Fewer come only
// when there are no more.
func (c *conn) part(ctx context.Context, uid imap.UID, off, n int64) (b []byte, err error) {
	there := false
	err = c.fetch(ctx, imap.UIDSetNum(uid), fetching{
		what:    fmt.Sprintf("BODY.PEEK[]<%d.%d>", off, n),
		section: fmt.Sprintf("BODY[]<%d>", off), need: hasUID | hasContent, expect: n,
		keep: func(_ *answer, got int64) ([]byte, error) {
			if got > n {
				return nil, errTooMuch
			}
			return make([]byte, got), nil
		},
	}, func(a answer) { b, there = a.content, true })
	if err == nil && !there {
		err = fmt.Errorf("%w: while it was being read", scanner.ErrGone)
	}
	return b, err
}
