package main

import (
	"context"
	"fmt"
	"strings"

	"github.com/sletdk/slet/detectors"
	"github.com/sletdk/slet/erase"
	"github.com/sletdk/slet/retention"
	"github.com/sletdk/slet/store"
)

// copyLine is a copy of an item in slet explain --json: another item with the
// same content (whole), or one that holds it, or is in it.
type copyLine struct {
	Item        string `json:"item"`
	Source      string `json:"source"`
	Path        string `json:"path"` // masked
	Whole       bool   `json:"whole"`
	Disposition string `json:"disposition"`
	Rule        string `json:"rule"`
}

// copyLines are the copies of an item; more says that there are others.
func copyLines(ctx context.Context, l *erase.CopyLooker, ref, contentMAC string) (lines []copyLine, more bool, err error) {
	copies, more, err := l.Copies(ctx, ref, contentMAC)
	lines = []copyLine{}
	for _, c := range copies {
		if c.Decision.Restricted {
			continue // not listed anywhere (GDPR art. 18)
		}
		lines = append(lines, copyLine{
			c.Ref, c.Item.Source, detectors.MaskText(c.Item.Path), c.Whole, string(c.Decision.Disposition), c.Decision.Rule,
		})
	}
	return lines, more, err
}

func copiesText(lines []copyLine, more bool) string {
	if len(lines) == 0 {
		return ""
	}
	var b strings.Builder
	fmt.Fprintf(&b, "\ncopies: %d\n", len(lines))
	for _, c := range lines {
		what := "the same content"
		if !c.Whole {
			what = "shares a file or message with it"
		}
		fmt.Fprintf(&b, "  %s  %s:%s  %s, %s\n", c.Item, c.Source, oneLine(c.Path), what, c.Disposition)
	}
	if more {
		b.WriteString("  and more, not listed\n")
	}
	return b.String()
}

// copyCount is how many copies an item of a plan has, and how many of them are
// not due themselves.
type copyCount func(it store.PlanItem) (all, kept int, err error)

func (a *app) copyCount(ctx context.Context) (copyCount, error) {
	l, err := erase.NewCopyLooker(ctx, a.deps(account()))
	return func(it store.PlanItem) (all, kept int, err error) {
		lines, _, err := copyLines(ctx, l, it.Ref, it.ContentMAC)
		for _, c := range lines {
			if c.Disposition != string(retention.Due) {
				kept++
			}
		}
		return len(lines), kept, err
	}, err
}

// withCopies says what lies elsewhere of a selection, and adds what is due of
// it when asked to.
func (a *app) withCopies(ctx context.Context, s *erase.Selection, add bool) error {
	e, err := s.Elsewhere(ctx)
	if err != nil {
		return err
	}
	if e.More {
		a.note("there are more copies elsewhere than are told of here")
	}
	if add && len(e.Due) > 0 {
		n, err := s.AddCopies(ctx, e)
		if err != nil {
			return err
		}
		a.note("%s elsewhere that %s due too: in the plan", plural2(n, "copy", "copies"), isAre(n))
	} else if len(e.Due) > 0 {
		a.note("%s elsewhere that %s due too and not in the plan; slet plan --with-copies plans them together", plural2(len(e.Due), "copy", "copies"), isAre(len(e.Due)))
	}
	if n := len(e.Kept); n > 0 {
		a.note("%s elsewhere %s not due: slet explain ITEM names them", plural2(n, "copy", "copies"), isAre(n))
	}
	return nil
}

func plural2(n int, one, many string) string {
	if n == 1 {
		return "1 " + one
	}
	return fmt.Sprintf("%d %s", n, many)
}

func isAre(n int) string {
	if n == 1 {
		return "is"
	}
	return "are"
}
