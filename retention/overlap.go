package retention

import (
	"slices"
	"strings"
)

// meet reports whether two matches can be about the same item, so far as that
// is certain: an item has one source and one document type, so that lists of
// these that share no value never meet; globs do when a path that one is made
// for fits the other. Of categories, detectors and persons an item has several.
func meet(a, b *Match) bool {
	for _, l := range [][2][]string{{a.Source, b.Source}, {a.SourceType, b.SourceType}, {a.DocumentType, b.DocumentType}} {
		if len(l[0]) > 0 && len(l[1]) > 0 && !slices.ContainsFunc(l[0], func(v string) bool { return slices.Contains(l[1], v) }) {
			return false
		}
	}
	return globsMeet(globs(a.Path), globs(b.Path)) && globsMeet(globs(a.Mailbox), globs(b.Mailbox)) && globsMeet(globs(a.Camera), globs(b.Camera))
}

// covers reports whether a is about everything that b is about, so far as that
// is certain.
func covers(a, b *Match) bool {
	for _, l := range [][2][]string{
		{a.Source, b.Source}, {a.SourceType, b.SourceType}, {a.DocumentType, b.DocumentType},
		{a.Category, b.Category}, {a.Detector, b.Detector}, {a.Subject, b.Subject},
	} {
		missing := func(v string) bool { return !slices.Contains(l[0], v) }
		if len(l[0]) > 0 && (len(l[1]) == 0 || slices.ContainsFunc(l[1], missing)) {
			return false
		}
	}
	return !a.empty() && globsCover(globs(a.Path), globs(b.Path)) && globsCover(globs(a.Mailbox), globs(b.Mailbox)) && globsCover(globs(a.Camera), globs(b.Camera))
}

// globsMeet reports whether some name fits both lists; an empty list fits all.
func globsMeet(a, b []glob) bool {
	if len(a) == 0 || len(b) == 0 {
		return true
	}
	for _, g := range a {
		for _, h := range b {
			if g.pattern == h.pattern || g.match(h.example()) || h.match(g.example()) {
				return true
			}
		}
	}
	return false
}

// globsCover reports whether every name that fits b fits a, so far as that can
// be seen: the pattern is the same, or fits everything, or is a folder in which
// the other one lies.
func globsCover(a, b []glob) bool {
	if len(a) == 0 {
		return true
	}
	return len(b) > 0 && !slices.ContainsFunc(b, func(h glob) bool {
		return !slices.ContainsFunc(a, func(g glob) bool {
			folder, all := strings.CutSuffix(g.pattern, "/**")
			return g.pattern == "**" || g.pattern == h.pattern || all && strings.HasPrefix(h.pattern, folder+"/")
		})
	})
}

// example is a name that fits the glob, for all but classes and choices.
func (g glob) example() string {
	return strings.NewReplacer("**", "x", "*", "x", "?", "x").Replace(g.pattern)
}
