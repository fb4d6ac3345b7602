package retention

import (
	"cmp"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/bmatcuk/doublestar/v4"
)

// hold lets the holds win over what the rules said. What they said stays in
// the decision, so that one can see what will happen when the hold ends.
func (c *decider) hold() {
	for _, h := range c.holding() {
		if !h.content(c.it) {
			continue
		}
		c.before(h.Released)
		r, keeps := h.reason(c)
		if !keeps {
			continue
		}
		if c.out.Hold == "" {
			c.out.Disposition, c.out.Hold = Held, h.ID
		}
		c.out.Restricted = c.out.Restricted || h.Restrict
		c.say(r)
	}
}

// content reports whether what is in the item is what the hold is about.
func (h *Hold) content(it *item) bool {
	return (h.Subject == "" || slices.Contains(it.Subjects, h.Subject)) &&
		(h.DocumentType == "" || h.DocumentType == it.DocumentType)
}

// hasContent reports whether the hold depends on what is in the item.
func (h *Hold) hasContent() bool { return h.Subject != "" || h.DocumentType != "" }

// reason says how the hold keeps the item. keeps is false for an archive lock
// whose delivery the item can have been among.
func (h *Hold) reason(c *decider) (r Reason, keeps bool) {
	switch {
	case h.Archive && h.Delivered.IsZero():
		return Reason{Code: ReasonArchiveLock, Detail: h.ID}, true
	case h.Archive:
		newest := c.it.newest()
		if !newest.IsZero() && newest.Before(dayOf(h.Delivered).end()) {
			return r, false
		}
		return Reason{Code: ReasonArchiveNewer, Detail: h.ID, From: local(newest), To: local(h.Delivered)}, true
	case !h.Review.IsZero() && !c.before(h.Review):
		return Reason{Code: ReasonHeldOverdue, Detail: h.ID, To: local(h.Review)}, true
	}
	return Reason{Code: ReasonHeld, Detail: h.ID, To: local(h.Review)}, true
}

// newest is when the item's content was last new; zero when not known.
func (it *item) newest() time.Time {
	var t time.Time
	for _, d := range []time.Time{it.Modified, it.Received, it.Recorded} {
		if d.After(t) {
			t = d
		}
	}
	if t.IsZero() {
		return it.Created
	}
	return t
}

// holding returns the holds that hold where the item lies, by id.
func (c *decider) holding() []*Hold {
	var found []*Hold
	for i := range c.holds {
		if h := &c.holds[i]; h.holds(c.now) && h.place(c.it) {
			found = append(found, h)
		}
	}
	slices.SortStableFunc(found, func(a, b *Hold) int { return cmp.Compare(a.ID, b.ID) })
	return found
}

// holds reports whether the hold is in force. It is until it is released: not
// the review date ends it, and one that is dated in the future holds already.
func (h *Hold) holds(now time.Time) bool {
	return h.Released.IsZero() || now.Before(h.Released)
}

// place reports whether the item lies where the hold holds. A hold errs on the
// side of keeping: its path is a glob, but what it spells literally is held as
// well (a folder may be called "Sag [lukket]"), and so is everything below what
// it matches, and everything if it is not a valid glob.
func (h *Hold) place(it *item) bool {
	if h.Source != "" && h.Source != it.Source {
		return false
	}
	if !h.span(it) {
		return false
	}
	if h.Mailbox != "" && !heldBy(fold(h.Mailbox), it.mailbox) {
		return false
	}
	if h.Case != "" && !caseNear(fold(h.Case), it.path) {
		return false
	}
	if h.Path == "" {
		return true
	}
	p := fold(h.Path)
	// A backslash may be meant as Windows means it, or as globs do.
	return heldBy(p, it.path) || heldBy(strings.ReplaceAll(p, `\`, "/"), it.path)
}

// Reaches reports whether an item lies where the hold holds, whatever is in it:
// a hold that comes, changes or ends can change the decisions of these alone.
func (h *Hold) Reaches(f Facts) bool { return h.place(newItem(&f)) }

// Below is what the path of every item that the hold [Hold.Reaches] begins
// with, in lower case and composed form; "" when that cannot be told.
func (h *Hold) Below() string {
	p := strings.Trim(fold(h.Path), "/")
	if !doublestar.ValidatePattern(p) || !doublestar.ValidatePattern(strings.ReplaceAll(p, `\`, "/")) || !utf8.ValidString(p) {
		return ""
	}
	if i := strings.IndexAny(p, "*?[{\\\x00"); i >= 0 {
		p = p[:i]
	}
	return p
}

// span reports whether what the hold says of camera and time holds of the item.
// It is about recordings; of one whose camera, begin or end nobody knows, it
// holds unless something else rules that out.
func (h *Hold) span(it *item) bool {
	if h.Camera == "" && h.From.IsZero() && h.To.IsZero() {
		return true
	}
	if it.SourceType != typeCCTV || h.Camera != "" && it.camera != "" && it.camera != fold(h.Camera) {
		return false
	}
	begin, end := it.Recorded, it.End
	if it.Dated == "first_seen" || it.Dated == "modified" {
		begin, end = time.Time{}, latest(begin, end) // no younger, and who knows how old
	}
	if end.Before(begin) {
		end = time.Time{}
	}
	startsAfter := !h.To.IsZero() && !begin.IsZero() && begin.After(h.To)
	endsBefore := !h.From.IsZero() && !end.IsZero() && end.Before(h.From)
	return !startsAfter && !endsBefore
}

func latest(a, b time.Time) time.Time {
	if a.After(b) {
		return a
	}
	return b
}

// heldBy reports whether a hold on the folded path p holds the folded path.
func heldBy(p, path string) bool {
	p = strings.Trim(p, "/")
	switch {
	case p == "", path == p, strings.HasPrefix(path, p+"/"):
		return true
	case !doublestar.ValidatePattern(p):
		return true
	}
	return matchFolded(p, path) || matchFolded(p+"/**", path)
}
