package imap

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"slices"

	"github.com/emersion/go-imap/v2"

	"github.com/sletdk/slet/scanner"
)

// Walk implements [scanner.Source].
func (s *Source) Walk(ctx context.Context, p scanner.Partition) iter.Seq2[scanner.Item, error] {
	return func(yield func(scanner.Item, error) bool) {
		w := &walk{source: s, ctx: ctx, yield: yield}
		if err := w.partition(p); err != nil && !errors.Is(err, errStopped) {
			yield(scanner.Item{}, fmt.Errorf("walk: %w", err))
		}
	}
}

// errStopped: the consumer wants no more.
var errStopped = errors.New("stopped")

// walk is one walk of one partition. Between two yields it holds no
// connection: whoever is yielded to may need one.
type walk struct {
	source *Source
	ctx    context.Context
	yield  func(scanner.Item, error) bool
}

func (w *walk) partition(p scanner.Partition) error {
	at, err := parsePlace(p.ID)
	if err != nil {
		return err
	}
	if scanner.Private(at.account) && len(at.folder.segments) == 0 {
		return w.say(&scanner.Skip{Why: scanner.SkipPrivate, Folder: true})
	}
	if err := w.source.reach(at); err != nil {
		return err
	}
	top, err := w.source.folders(w.ctx, at.account, folder{})
	if err != nil {
		return w.lost(at, err)
	}
	for _, f := range top {
		switch {
		case len(at.folder.segments) == 0:
			if err := w.leave(at, f); err != nil {
				return err
			}
		case slices.Equal(f.segments, at.folder.segments):
			return w.folder(place{account: at.account, folder: f})
		}
	}
	return w.ctx.Err()
}

// leave tells of a folder that is left alone, or cannot be opened for its name;
// of others it says nothing.
func (w *walk) leave(parent place, f folder) error {
	if f.garbled {
		return w.gap(place{account: parent.account, folder: f}.path(), errName)
	}
	switch why := w.source.leave(f); why {
	case "":
		return nil
	case scanner.SkipPrivate:
		return w.say(&scanner.Skip{Parent: parent.path(), Why: why, Folder: true})
	default:
		return w.say(&scanner.Skip{Parent: parent.path(), Name: legible(f.segments[len(f.segments)-1]), Why: why, Folder: true})
	}
}

// folder walks a folder and all below it.
func (w *walk) folder(at place) error {
	if err := w.leave(at, at.folder); err != nil || w.source.leave(at.folder) != "" {
		return err
	}
	if at.folder.selectable && w.source.cfg.included(at.folder) {
		if err := w.messages(at); err != nil {
			return err
		}
	}
	if at.folder.childless || at.folder.delim == "" {
		return nil
	}
	children, err := w.source.folders(w.ctx, at.account, at.folder)
	if err != nil {
		return w.lost(at, err)
	}
	for _, f := range children {
		if f.garbled || w.source.leave(f) != "" {
			if err := w.leave(at, f); err != nil {
				return err
			}
			continue
		}
		if err := w.folder(place{account: at.account, folder: f}); err != nil {
			return err
		}
	}
	return nil
}

// messages walks the messages of one folder.
func (w *walk) messages(at place) error {
	var before past
	var now state
	if w.source.memory != nil {
		var err error
		if before, err = w.remember(at); err != nil {
			return err
		}
		// Asked before the messages are: what happens meanwhile makes another mark.
		if now, err = w.source.status(w.ctx, at); err != nil {
			return w.lost(at, err)
		}
		if before.same(now) {
			return w.again(at, before)
		}
	}
	uids, validity, err := w.source.numbers(w.ctx, at)
	if err != nil {
		return w.lost(at, err)
	}
	if validity != before.state.validity {
		before.items = nil
	}
	whole := true
	for chunk := range slices.Chunk(uids, w.source.cfg.Chunk) {
		fresh := slices.DeleteFunc(slices.Clone(chunk), func(uid imap.UID) bool { _, ok := before.items[uid]; return ok })
		known, unread, err := w.source.stretch(w.ctx, at, validity, fresh)
		if err != nil {
			return w.lost(at, err)
		}
		w.source.ahead.learn(at.id(), validity, slices.DeleteFunc(slices.Clone(known), func(m meta) bool { return m.private }))
		for _, uid := range chunk {
			if it, ok := before.items[uid]; ok {
				now.items++
				if err := w.item(it); err != nil {
					return err
				}
			}
		}
		for _, m := range known {
			if m.private {
				now.private++
			} else {
				now.items++
			}
			if err := w.message(message{at, validity, m.uid}, m); err != nil {
				return err
			}
		}
		for _, u := range unread {
			whole = false
			if err := w.gap(message{at, validity, u.uid}.path(), u.err); err != nil {
				return err
			}
		}
	}
	if w.source.memory == nil || !whole || now.validity != validity {
		return nil
	}
	return w.say(&scanner.Mark{Place: at.path(), Value: now.mark()})
}

func (w *walk) message(m message, about meta) error {
	if about.private {
		return w.say(&scanner.Skip{Parent: m.place.path(), Why: scanner.SkipPrivate})
	}
	return w.item(scanner.Item{
		Source: w.source.cfg.Name, ID: m.id(), Path: m.path(), Kind: scanner.KindMessage, Size: about.size,
		Received: about.received, Mailbox: m.account, Version: about.version(m.validity),
	})
}

func (w *walk) item(it scanner.Item) error {
	if err := w.ctx.Err(); err != nil {
		return err
	}
	if !w.yield(it, nil) {
		return errStopped
	}
	return nil
}

func (w *walk) say(what error) error {
	if err := w.ctx.Err(); err != nil {
		return err
	}
	if !w.yield(scanner.Item{}, what) {
		return errStopped
	}
	return nil
}

func (w *walk) gap(path string, err error) error {
	return w.say(&scanner.Gap{Path: path, Reason: scanner.ReasonFor(err), Err: err})
}

// lost says what it means for the walk that a place cannot be looked into: it
// ends when the server is gone; what somebody removed meanwhile is nothing;
// anything else is a gap, and the walk goes on.
func (w *walk) lost(at place, err error) error {
	if err := w.source.ends(w.ctx, err); err != nil {
		return err
	}
	if errors.Is(err, scanner.ErrGone) {
		return nil
	}
	return w.gap(at.path(), err)
}

// unread is a message of which the server tells nothing, and why.
type unread struct {
	uid imap.UID
	err error
}

// stretch asks what is known of some messages, in order. A message that was
// removed meanwhile is in neither list.
func (s *Source) stretch(ctx context.Context, at place, validity uint32, uids []imap.UID) (known []meta, bad []unread, err error) {
	if len(uids) == 0 {
		return nil, nil, nil
	}
	err = s.with(ctx, at, func(c *conn) error {
		known, bad = nil, nil
		if err := c.open(ctx, at.folder, validity, false, inARow); err != nil {
			return err
		}
		got, err := c.metas(ctx, imap.UIDSetNum(uids...), len(uids))
		var no *imap.Error
		if err != nil && !errors.As(err, &no) {
			return err
		}
		// A server that fails on one message may leave out others with it:
		// those that are missing are asked for one by one.
		for _, uid := range uids {
			m, ok := got[uid]
			if !ok {
				m, err = c.look(ctx, uid)
				switch {
				case errors.Is(err, scanner.ErrGone):
					continue
				case errors.As(err, &no), errors.Is(err, errAnswer):
					bad = append(bad, unread{uid, err})
					continue
				case err != nil:
					return err
				}
			}
			known = append(known, m)
		}
		return nil
	})
	if !errors.Is(err, errTooMuch) {
		return known, bad, err
	}
	// Somebody may have sent headers of megabytes; that costs no other message.
	if len(uids) == 1 {
		return nil, []unread{{uids[0], err}}, nil
	}
	known, bad = nil, nil
	for half := range slices.Chunk(uids, (len(uids)+1)/2) {
		k, b, err := s.stretch(ctx, at, validity, half)
		if err != nil {
			return nil, nil, err
		}
		known, bad = append(known, k...), append(bad, b...)
	}
	return known, bad, nil
}
