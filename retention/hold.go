package retention

import (
	"cmp"
	"slices"
	"strings"
	"time"

	"github.com/bmatcuk/doublestar/v4"
)

// hold lets the holds win over what the rules said. What they said stays in
// the decision, so that one can see what will happen when the hold ends.
func (c *decider) hold() {
	for _, h := range c.holding() {
		if h.Subject != "" && !slices.Contains(c.it.Subjects, h.Subject) {
			continue
		}
		if c.out.Hold == "" {
			c.out.Disposition, c.out.Hold = Held, h.ID
		}
		r := Reason{Code: ReasonHeld, Detail: h.ID, To: local(h.Review)}
		if !h.Review.IsZero() && !c.now.Before(h.Review) {
			r.Code = ReasonHeldOverdue
		}
		c.say(r)
	}
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
	if h.Path == "" {
		return true
	}
	p := fold(h.Path)
	// A backslash may be meant as Windows means it, or as globs do.
	return heldBy(p, it.path) || heldBy(strings.ReplaceAll(p, `\`, "/"), it.path)
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
