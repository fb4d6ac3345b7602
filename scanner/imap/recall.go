package imap

import (
	"context"
	"errors"
	"fmt"

	"github.com/emersion/go-imap/v2"

	"github.com/sletdk/slet/scanner"
)

// A message never changes under its UID. What has to be found out of a folder
// that was walked before is therefore only which messages have come and gone: one
// STATUS tells that none has, where the server counts changes (CONDSTORE, RFC
// 7162), and one UID SEARCH which, where it does not. Only of new messages is
// anything else asked.

// maxRemembered is how many messages of one folder are remembered at once; a
// larger one is walked in full.
const maxRemembered = 50_000

// Recall implements [scanner.Rememberer].
func (s *Source) Recall(m scanner.Memory) { s.memory = m }

// past is what is remembered of a folder.
type past struct {
	items map[imap.UID]scanner.Item
	state state // that it was left in
	last  []scanner.Item
}

// state is a folder's state: what the server says, and what was made of it.
type state struct {
	// modSeq counts the changes of the folder, flags included; 0 is a server
	// that does not count.
	validity, next, messages uint32
	modSeq                   uint64
	private                  int // messages that are left alone
	items                    int // that were yielded
}

// mark writes a state down. The number in front changes with what makes a
// message private, so that nothing is remembered that should be looked at again.
func (s state) mark() string {
	return fmt.Sprintf("1-%d-%d-%d-%d-%d-%d", s.validity, s.next, s.messages, s.modSeq, s.private, s.items)
}

func parseState(mark string) (s state, ok bool) {
	n, err := fmt.Sscanf(mark, "1-%d-%d-%d-%d-%d-%d", &s.validity, &s.next, &s.messages, &s.modSeq, &s.private, &s.items)
	return s, err == nil && n == 6 && s.mark() == mark
}

// remember fetches what is known of a folder.
func (w *walk) remember(at place) (p past, err error) {
	items, mark, err := w.source.memory.Items(w.ctx, at.path(), maxRemembered)
	if err != nil {
		return p, fmt.Errorf("what is known of %s: %w", at.path(), err)
	}
	p.items = map[imap.UID]scanner.Item{}
	var ok bool
	if p.state, ok = parseState(mark); !ok {
		return p, nil
	}
	for _, it := range items {
		// Others lie in folders below, or are from before a new numbering.
		m, err := parseMessage(it.ID)
		if err == nil && m.place.id() == at.id() && m.validity == p.state.validity {
			p.items[m.uid] = it
			p.last = append(p.last, it)
		}
	}
	return p, nil
}

// status asks for a folder's state without opening it.
func (s *Source) status(ctx context.Context, at place) (now state, err error) {
	err = s.with(ctx, at, func(c *conn) error {
		return c.do(ctx, 0, func() error {
			// Servers count from the first command that shows that somebody is interested.
			options := &imap.StatusOptions{NumMessages: true, UIDNext: true, UIDValidity: true, HighestModSeq: c.caps.Has(imap.CapCondStore)}
			got, err := c.client.Status(at.folder.name(), options).Wait()
			if err == nil && got.NumMessages != nil {
				now = state{validity: got.UIDValidity, next: uint32(got.UIDNext), messages: *got.NumMessages, modSeq: got.HighestModSeq}
			}
			return err
		})
	})
	var no *imap.Error
	if errors.As(err, &no) {
		return state{}, nil // opening the folder tells what is wrong
	}
	return now, err
}

// same reports whether a folder is certain to hold what is remembered of it.
func (p past) same(now state) bool {
	was := p.state
	was.private, was.items = 0, 0
	return now.modSeq != 0 && now.validity != 0 && was == now &&
		len(p.items) == p.state.items && p.state.items+p.state.private == int(now.messages)
}

// again yields what is remembered of a folder that is as it was.
func (w *walk) again(at place, p past) error {
	for _, it := range p.last {
		if err := w.item(it); err != nil {
			return err
		}
	}
	for range p.state.private {
		if err := w.say(&scanner.Skip{Parent: at.path(), Why: scanner.SkipPrivate}); err != nil {
			return err
		}
	}
	return w.say(&scanner.Mark{Place: at.path(), Value: p.state.mark()})
}
