package main

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/sletdk/slet/audit"
	"github.com/sletdk/slet/detectors"
	"github.com/sletdk/slet/erase"
	"github.com/sletdk/slet/retention"
	"github.com/sletdk/slet/store"
)

// about is what is asked of a person.
type about struct {
	dpo
	export string
	plan   bool
}

func (c *cli) subjectCommand() *cobra.Command {
	var q about
	cmd := &cobra.Command{
		Use:   "subject CPR|-",
		Short: "List all about one person (GDPR art. 15), or erase it (art. 17)",
		Long: `Lists every item in which a person's CPR number was found, with values masked.
CPR is ten digits; - reads them from standard input, so that they stay out of the
shell's history.

--export FILE.zip or DIR puts a copy of the items there, with an index: a reveal,
which needs --as NAME and is written to the audit log first. The copies are as
they are, with whatever they say of other people: somebody must look before they
are handed out (art. 15(4)).

--plan proposes to erase what is about that person alone and what no minimum, hold
or archive lock keeps; what is not proposed is listed with the reason. The plan
needs approval like any other.

` + exitHelp,
		Args: one("CPR"),
		RunE: func(cmd *cobra.Command, args []string) error {
			if q.plan && q.export != "" {
				return usagef("one thing at a time: --export or --plan")
			}
			if (q.export != "" || q.restricted) && strings.TrimSpace(q.name) == "" {
				return usagef("who asks? give --as NAME")
			}
			if strings.TrimSpace(q.name) == "" {
				return c.withApp(cmd.Context(), writing, func(ctx context.Context, a *app) error { return a.about(ctx, args[0], q, account()) })
			}
			return c.as(cmd.Context(), q.name, func(ctx context.Context, a *app, name string) error { return a.about(ctx, args[0], q, name) })
		},
	}
	q.flags(cmd)
	cmd.Flags().StringVar(&q.export, "export", "", "put copies of the items into this new `FILE.zip` or folder")
	cmd.Flags().BoolVar(&q.plan, "plan", false, "propose to erase what can be erased on the person's request")
	return cmd
}

func (a *app) about(ctx context.Context, cpr string, q about, actor string) error {
	subject, err := a.subjectOf(cpr)
	if err != nil {
		return err
	}
	// The log first: who asks about whom must never be missing in it.
	kind := audit.TypeSubjectShown
	if q.export != "" {
		kind = audit.TypeReveal
	}
	_, err = a.log.Append(audit.Entry{Time: now(), Type: kind, Actor: detectors.MaskText(actor), Detail: map[string]string{
		"account": account(), "subject": subject, "export": strconv.FormatBool(q.export != ""),
		"restricted": strconv.FormatBool(q.restricted), "plan": strconv.FormatBool(q.plan),
	}})
	if err != nil {
		return err
	}
	if q.plan {
		return a.planRequest(ctx, subject, q.restricted)
	}
	var found []store.Finding
	hidden, gaps := int64(0), 0
	decide, err := a.decider(ctx)
	if err != nil {
		return err
	}
	for f, err := range a.store.Findings(ctx, store.Filter{Subject: subject, WithMatches: true}) {
		if err != nil {
			return err
		}
		if decide(f).Restricted && !q.restricted {
			hidden++
			continue
		}
		gaps += f.GapCount()
		found = append(found, f)
	}
	a.sayRestricted(hidden)
	if q.export != "" {
		return a.exportPerson(ctx, subject, found, hidden, q)
	}
	if err := a.printAbout(subject, found, decide); err != nil {
		return err
	}
	return a.unreadOfAll(ctx)
}

// unreadOfAll says how much could not be examined anywhere: the person may be in
// there.
func (a *app) unreadOfAll(ctx context.Context) error {
	n := 0
	if err := a.eachGap(ctx, "", func(sourceGap) error { n++; return nil }); err != nil {
		return err
	}
	if n > 0 {
		return fmt.Errorf("%w: %s, in which the person may be found too; slet findings --gaps lists them", errIncomplete, plural(n, "gap"))
	}
	return nil
}

// aboutLine is a line of slet subject --json.
type aboutLine struct {
	Item         string                `json:"item"`
	Source       string                `json:"source"`
	Path         string                `json:"path"`
	DocumentType string                `json:"document_type"`
	Places       []placed              `json:"places"`
	Others       int                   `json:"other_persons"`
	Disposition  retention.Disposition `json:"disposition"`
	Rule         string                `json:"rule"`
	Due          *time.Time            `json:"due"`
	Why          []string              `json:"why,omitempty"`
}

func newAboutLine(subject string, f store.Finding, d retention.Decision) aboutLine {
	line := aboutLine{
		Item: f.Ref, Source: f.Item.Source, Path: f.Item.Path, DocumentType: f.DocumentType, Places: []placed{},
		Others: len(f.Subjects) - 1, Disposition: d.Disposition, Rule: d.Rule, Due: timeOrNil(d.Due),
	}
	for _, m := range f.Matches {
		if m.Subject == subject {
			line.Places = append(line.Places, placed{m.Where, m.Value, m.Reasons})
		}
	}
	return line
}

func (a *app) printAbout(subject string, found []store.Finding, decide func(store.Finding) retention.Decision) error {
	if a.json {
		for _, f := range found {
			if err := a.printJSON(newAboutLine(subject, f, decide(f))); err != nil {
				return err
			}
		}
		return nil
	}
	a.note("%s about %s", plural(len(found), "item"), subject)
	if len(found) == 0 {
		return nil
	}
	return a.table("ITEM SOURCE DISPOSITION DUE TYPE OTHERS PATH", func(row func(...any)) {
		for _, f := range found {
			d := decide(f)
			row(f.Ref, f.Item.Source, d.Disposition, day(d.Due), orDash(f.DocumentType), len(f.Subjects)-1, f.Item.Path)
		}
	})
}

// planRequest proposes what can be erased because the person asks for it, and
// lists the rest with the reason.
func (a *app) planRequest(ctx context.Context, subject string, restricted bool) error {
	s, refused, err := erase.SelectRequest(ctx, a.deps(account()), subject)
	if err != nil {
		return err
	}
	for _, r := range refused {
		if err := a.printRefusal(subject, r, restricted); err != nil {
			return err
		}
	}
	a.sayLeftOut(s)
	if err := a.freeze(ctx, s); err != nil {
		return err
	}
	if n := len(refused) + s.LeftOut(); n > 0 {
		return fmt.Errorf("%w: %s about the person not proposed, as said above", errIncomplete, plural(n, "item"))
	}
	return a.unreadOfAll(ctx)
}

func (a *app) printRefusal(subject string, r erase.Refusal, restricted bool) error {
	line := newAboutLine(subject, r.Finding, r.Decision)
	if r.Decision.Restricted && !restricted {
		line.Path, line.DocumentType, line.Places = hiddenPath, "", []placed{}
	}
	for _, reason := range r.Decision.Reasons {
		line.Why = append(line.Why, reason.English())
	}
	if r.Why != "" {
		line.Why = append(line.Why, r.Why)
	}
	if a.json {
		return a.printJSON(line)
	}
	_, err := fmt.Fprintf(a.stdout, "not proposed  %s  %s: %s\n", line.Item, oneLine(line.Path), strings.Join(line.Why, " "))
	return err
}

// exportPerson copies the items about a person to a file or folder.
func (a *app) exportPerson(ctx context.Context, subject string, found []store.Finding, hidden int64, q about) (err error) {
	out, err := newExport(q.export)
	if err != nil {
		return usagef("--export: %w", err)
	}
	defer func() { err = errors.Join(err, out.close()) }()
	m := manifest{Subject: subject, Made: now().In(retention.Zone()), By: q.name, Program: "slet " + version, Organisation: a.cfg.Organisation.Name, Restricted: hidden, Items: []exported{}}
	failed := 0
	for i, f := range found {
		e := a.exportItem(ctx, out, i+1, f)
		if e.Error != "" {
			failed++
			a.note("%s could not be copied: %s", f.Ref, e.Error)
		}
		m.Items = append(m.Items, e)
		if err := ctx.Err(); err != nil {
			return err
		}
	}
	if err := out.index(m); err != nil {
		return err
	}
	a.note("%s: %s about %s", q.export, plural(len(found)-failed, "item"), subject)
	if failed > 0 {
		return fmt.Errorf("%w: %s could not be copied", errIncomplete, plural(failed, "item"))
	}
	return a.unreadOfAll(ctx)
}
