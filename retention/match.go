package retention

import "slices"

// empty reports whether no condition is given. Such a match would select
// everything; [ParseSchedule] refuses it and [Decide] lets it match nothing.
func (m *Match) empty() bool {
	return !m.hasContent() && len(m.Source)+len(m.SourceType)+len(m.Path)+len(m.Mailbox)+len(m.Camera) == 0
}

// place reports whether the conditions on where the item is hold.
func (m *Match) place(it *item) bool {
	return oneOf(m.Source, it.Source) && oneOf(m.SourceType, it.SourceType) &&
		anyGlob(m.Mailbox, m.mailbox, it.mailbox) && anyGlob(m.Path, m.path, it.path) &&
		anyGlob(m.Camera, m.camera, it.camera)
}

// hasContent reports whether there are conditions on what is in the item.
func (m *Match) hasContent() bool {
	return len(m.DocumentType)+len(m.Category)+len(m.Detector)+len(m.Subject) > 0
}

// content reports whether the conditions on what is in the item hold.
func (m *Match) content(it *item) bool {
	return oneOf(m.DocumentType, it.DocumentType) && anyOf(m.Category, it.Categories) &&
		anyOf(m.Detector, it.Detectors) && anyOf(m.Subject, it.Subjects)
}

// others counts the persons in the item whom a condition on subjects leaves
// out: the rule cannot make the item due for them.
func (m *Match) others(it *item) int {
	if len(m.Subject) == 0 {
		return 0
	}
	n := 0
	for _, s := range it.Subjects {
		if !slices.Contains(m.Subject, s) {
			n++
		}
	}
	return n
}

func oneOf(wanted []string, got string) bool {
	return len(wanted) == 0 || slices.Contains(wanted, got)
}

func anyOf(wanted, got []string) bool {
	return len(wanted) == 0 || slices.ContainsFunc(got, func(g string) bool { return slices.Contains(wanted, g) })
}

// anyGlob matches a folded name; folded are the patterns, folded when the
// schedule was parsed.
func anyGlob(patterns []string, folded []glob, name string) bool {
	if len(patterns) == 0 {
		return true
	}
	if folded == nil {
		folded = globs(patterns)
	}
	return slices.ContainsFunc(folded, func(g glob) bool { return g.match(name) })
}

func foldAll(patterns []string) []string {
	out := make([]string, len(patterns))
	for i, p := range patterns {
		out[i] = fold(p)
	}
	return out
}
