package imap

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/emersion/go-imap/v2"

	"github.com/sletdk/slet/erase"
	"github.com/sletdk/slet/scanner"
)

// Eraser is the means to erase messages on one server. It implements
// [erase.Eraser].
//
// A message is flagged \Deleted and expunged with UID EXPUNGE (RFC 4315), which
// names it: what others have flagged stays. A server without UIDPLUS could only
// expunge everything that is flagged, and is refused.
//
// Mail has no tombstones: an UID is never given twice, so that a message that is
// there under its UID was not erased, and one that is not there is gone.
type Eraser struct {
	source *Source // for its rules about accounts and folders; with connections of its own
}

// NewEraser makes the means to erase. It does not connect.
func NewEraser(cfg Config) (*Eraser, error) {
	s, err := New(cfg)
	if err != nil {
		return nil, err
	}
	return &Eraser{s}, nil
}

// Close closes the connections.
func (e *Eraser) Close() error { return e.source.Close() }

// locate says where an item is that may be erased there.
func (e *Eraser) locate(it scanner.Item) (message, error) {
	m, err := e.source.locate(it)
	if err != nil {
		return message{}, fmt.Errorf("%w: %w", erase.ErrRefused, err)
	}
	return m, nil
}

// Take implements [erase.Eraser]. The folder is examined, not selected.
func (e *Eraser) Take(ctx context.Context, it scanner.Item) (erase.Target, error) {
	m, err := e.locate(it)
	if err != nil {
		return nil, err
	}
	if err := e.can(ctx, m); err != nil {
		return nil, err
	}
	f, err := e.source.Open(ctx, it) // asks for the marks of privacy: nothing was walked here
	if errors.Is(err, scanner.ErrPrivate) {
		return nil, fmt.Errorf("%w: %w", erase.ErrRefused, err)
	}
	if err != nil {
		return nil, err
	}
	return &target{File: f, eraser: e, item: it, at: m}, nil
}

// can asks whether the server can expunge one message and leave the others.
func (e *Eraser) can(ctx context.Context, m message) error {
	return e.source.with(ctx, m.place, func(c *conn) error { return uidPlus(c) })
}

func uidPlus(c *conn) error {
	if c.caps.Has(imap.CapUIDPlus) {
		return nil
	}
	return fmt.Errorf("%w: the server has no UIDPLUS: expunging one message would expunge all that anybody has marked", erase.ErrRefused)
}

// target is a message taken in hand.
type target struct {
	scanner.File
	eraser *Eraser
	item   scanner.Item
	at     message
}

// Erase implements [erase.Target]. Once the message has been flagged nothing is
// tried twice: when the connection is lost then, [Eraser.Resume] looks.
func (t *target) Erase(ctx context.Context, w erase.Warrant) (erase.Receipt, error) {
	receipt := erase.Receipt{Assurance: erase.None}
	if !w.For(t.item) {
		return receipt, fmt.Errorf("%w: the warrant is for another item", erase.ErrRefused)
	}
	s, flagged := t.eraser.source, false
	err := s.with(ctx, t.at.place, func(c *conn) error {
		now, err := c.prepare(ctx, t)
		if err != nil {
			return err
		}
		flagged = now.deleted
		return c.expunge(ctx, t.at, flagged)
	})
	if err != nil {
		return receipt, err
	}
	err = s.with(ctx, t.at.place, func(c *conn) error {
		receipt, err = c.verified(ctx, t.at)
		return err
	})
	if errors.Is(err, errStillThere) {
		err = s.with(ctx, t.at.place, func(c *conn) error { return c.undo(ctx, t.at, flagged, err) })
	}
	return receipt, err
}

// errStillThere: so do servers answer that ignore an expunge for want of rights.
var errStillThere = errors.New("the server says that it has expunged the message, and still has it")

// undo takes the mark away from a message that is still there, unless it had it
// before. Then nothing was changed.
func (c *conn) undo(ctx context.Context, m message, flagged bool, cause error) error {
	if !flagged {
		err := c.open(ctx, m.folder, m.validity, true, 0)
		if err == nil {
			err = c.unflag(ctx, m)
		}
		if err != nil {
			return fmt.Errorf("%w: %w", cause, err)
		}
	}
	return fmt.Errorf("%w: %w", erase.ErrUntouched, cause)
}

// errOutcome: what became of the message must be looked at.
var errOutcome = errors.New("the connection was lost while the message was being expunged")

// prepare selects the folder for writing and looks at the message there for
// the last time. Every error of it means that nothing was changed.
func (c *conn) prepare(ctx context.Context, t *target) (meta, error) {
	err := uidPlus(c)
	if err == nil {
		err = c.open(ctx, t.at.folder, t.at.validity, true, 0)
	}
	var now meta
	if err == nil {
		now, err = c.look(ctx, t.at.uid)
	}
	switch {
	case err != nil:
		return meta{}, fmt.Errorf("%w: %w", erase.ErrUntouched, err)
	case now.version(t.at.validity) != t.item.Version:
		return meta{}, scanner.ErrChanged
	case now.private:
		return meta{}, fmt.Errorf("%w: the message is marked private", erase.ErrRefused)
	}
	return now, nil
}

// expunge flags the message and expunges it. When the server refuses, the flag
// is taken away again, unless it was there before.
func (c *conn) expunge(ctx context.Context, m message, flagged bool) error {
	err := c.flag(ctx, m, imap.StoreFlagsAdd)
	if err == nil {
		err = c.do(ctx, 0, func() error { return c.client.UIDExpunge(imap.UIDSetNum(m.uid)).Close() })
		if err == nil {
			return nil
		}
	}
	var no *imap.Error
	if !errors.As(err, &no) {
		return fmt.Errorf("%w: %v", errOutcome, err) // not %w: this must not be tried again
	}
	if err = c.undo(ctx, m, flagged, err); !errors.Is(err, erase.ErrUntouched) {
		return fmt.Errorf("%w: %v", errOutcome, err)
	}
	return err
}

// flag sets the flag \Deleted, or takes it away.
func (c *conn) flag(ctx context.Context, m message, op imap.StoreFlagsOp) error {
	return c.do(ctx, 0, func() error {
		return c.client.Store(imap.UIDSetNum(m.uid), &imap.StoreFlags{Op: op, Silent: true, Flags: []imap.Flag{imap.FlagDeleted}}, nil).Close()
	})
}

// unflag takes the flag away and sees that it is gone.
func (c *conn) unflag(ctx context.Context, m message) error {
	if err := c.flag(ctx, m, imap.StoreFlagsDel); err != nil {
		return err
	}
	now, err := c.look(ctx, m.uid)
	if err == nil && now.deleted {
		err = errors.New("the message is still marked as deleted")
	}
	return err
}

// verified opens the folder anew and asks twice, in two ways, whether the
// message is there.
func (c *conn) verified(ctx context.Context, m message) (erase.Receipt, error) {
	receipt := erase.Receipt{Method: methodExpunge, Assurance: erase.None}
	if err := c.open(ctx, m.folder, m.validity, false, 0); err != nil {
		return receipt, fmt.Errorf("verify: %w", err)
	}
	there, err := c.there(ctx, m.uid)
	if err != nil {
		return receipt, fmt.Errorf("verify: %w", err)
	}
	if there {
		return receipt, errStillThere
	}
	receipt.Assurance, receipt.Caveats = c.claim(ctx, m.folder)
	return receipt, nil
}

const methodExpunge = "uid-expunge"

// there reports whether a message of the open folder is listed or given out.
func (c *conn) there(ctx context.Context, uid imap.UID) (bool, error) {
	left, err := c.search(ctx, imap.UIDSetNum(uid))
	if err != nil || len(left) > 0 {
		return true, err
	}
	got, err := c.metas(ctx, imap.UIDSetNum(uid), 1)
	return len(got) > 0, err
}

// claim is what can be said of an expunged message on this server.
func (c *conn) claim(ctx context.Context, f folder) (erase.Assurance, []string) {
	caveats := []string{erase.CaveatMailStore, erase.CaveatMailIndex, erase.CaveatMailCopies}
	switch c.product(ctx) {
	case productGmail:
		if c.isTrash(ctx, f) {
			return erase.Expunged, append(caveats, erase.CaveatGmailTrash)
		}
		return erase.Unlinked, append(caveats, erase.CaveatGmailLabel)
	case productExchange:
		return erase.Expunged, append(caveats, erase.CaveatExchange)
	}
	return erase.Expunged, caveats
}

// The products whose expunge does not mean what it says.
const (
	productGmail    = "gmail"
	productExchange = "exchange"
)

// product tells what server it is, as far as that matters: "" is any other.
func (c *conn) product(ctx context.Context) string {
	if c.caps.Has("X-GM-EXT-1") {
		return productGmail
	}
	if !c.caps.Has(imap.CapID) {
		return ""
	}
	name := ""
	_ = c.do(ctx, 0, func() error { // a courtesy: without an answer there is one caveat less
		id, err := c.client.ID(nil).Wait()
		if err == nil && id != nil {
			name = strings.ToLower(id.Name + " " + id.Vendor)
		}
		return err
	})
	if strings.Contains(name, "microsoft") || strings.Contains(name, "exchange") {
		return productExchange
	}
	return ""
}

// isTrash reports whether the server marks the folder as the one for deleted
// mail or for spam (RFC 6154).
func (c *conn) isTrash(ctx context.Context, f folder) bool {
	trash := false
	_ = c.list(ctx, f.name(), func(l folder) { trash = trash || l.name() == f.name() && l.trash }) // unknown is no
	return trash
}

// Resume implements [erase.Eraser]. A message that is still there was not
// erased: the mark of an expunge that did not come about is taken away, so that
// nobody else's expunge takes a message that is to be kept by now, and the run
// looks at it like at any other.
func (e *Eraser) Resume(ctx context.Context, w erase.Warrant) (remains erase.Remains, receipt erase.Receipt, err error) {
	receipt.Assurance = erase.None
	m, err := e.locate(w.Item())
	if err == nil && !w.For(w.Item()) {
		err = fmt.Errorf("%w: not a warrant", erase.ErrRefused)
	}
	if err != nil {
		return "", receipt, err
	}
	err = e.source.with(ctx, m.place, func(c *conn) error {
		remains, receipt, err = c.resume(ctx, m, w.Item())
		return err
	})
	return remains, receipt, err
}

func (c *conn) resume(ctx context.Context, m message, it scanner.Item) (erase.Remains, erase.Receipt, error) {
	receipt := erase.Receipt{Assurance: erase.None}
	switch err := c.open(ctx, m.folder, m.validity, false, 0); {
	case again(err):
		return "", receipt, err
	case err != nil:
		// Without the folder, or with its messages numbered anew, nobody can
		// tell what became of this one.
		return "", receipt, fmt.Errorf("whether it was erased cannot be told: %v", err)
	}
	now, err := c.look(ctx, m.uid)
	switch {
	case errors.Is(err, scanner.ErrGone):
		receipt, err = c.verified(ctx, m)
		receipt.Caveats = append(receipt.Caveats, erase.CaveatMailResumed)
		return erase.Gone, receipt, err
	case err != nil:
		return "", receipt, err
	case now.version(m.validity) != it.Version:
		return "", receipt, scanner.ErrChanged
	case !now.deleted:
		return erase.Untouched, receipt, nil
	}
	if err := c.open(ctx, m.folder, m.validity, true, 0); err != nil {
		return "", receipt, err
	}
	if err := c.unflag(ctx, m); err != nil {
		return "", receipt, fmt.Errorf("taking the mark of deletion away: %w", err)
	}
	return erase.Untouched, receipt, nil
}
