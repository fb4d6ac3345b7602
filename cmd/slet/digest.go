package main

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/wneessen/go-mail"

	"github.com/sletdk/slet/audit"
	"github.com/sletdk/slet/detectors"
	"github.com/sletdk/slet/erase"
	"github.com/sletdk/slet/report"
	"github.com/sletdk/slet/retention"
	"github.com/sletdk/slet/store"
	"github.com/sletdk/slet/web"
)

// This file writes to the owners of findings. A mail is no safe place: it holds
// numbers, rules and days, and a link; no name of an item, and nothing that was
// found.

// digest writes to every owner who has something to answer, or of whom
// something is to be erased, once between two times of notify.digest. A mail
// that the server does not take is tried again, and has told nobody anything.
// When digests were just turned on, the first comes at their next time.
func (a *app) digest(ctx context.Context) error { return a.digestAt(ctx, now()) }

func (a *app) digestAt(ctx context.Context, at time.Time) error {
	sent, err := a.store.Digests(ctx)
	if err != nil {
		return err
	}
	begun, on := sent[""]
	if !on {
		return a.store.SetDigest(ctx, "", at)
	}
	next, err := a.cfg.Service.Times(a.cfg.Notify.Digest)
	if err != nil || next == nil {
		return err
	}
	period := lastTime(next, at)
	if !period.After(begun) {
		return nil
	}
	users, err := a.store.Users(ctx)
	if err != nil {
		return err
	}
	var errs []error
	for _, u := range users {
		if !u.Disabled.IsZero() || u.Email == "" || !web.MayAnswer(u.Role) || !sent[u.Name].Before(period) {
			continue
		}
		if err := a.digestTo(ctx, u, at); err != nil {
			errs = append(errs, fmt.Errorf("digest to %s: %w", u.Name, err))
			var one *mail.SendError
			if ctx.Err() != nil || !errors.As(err, &one) && !errors.Is(err, errAddress) {
				break // not about this one mail: the next would fail as well
			}
		}
	}
	return errors.Join(errs...)
}

// lastTime is the last time of a schedule that is not after at; zero when there
// was none for years.
func lastTime(next func(time.Time) time.Time, at time.Time) (last time.Time) {
	for back := time.Hour; back < 10*365*24*time.Hour; back *= 2 {
		t := next(at.Add(-back))
		if t.IsZero() || t.After(at) {
			continue
		}
		for ; !t.IsZero() && !t.After(at); t = next(t) {
			last = t
		}
		return last
	}
	return last
}

// digestTo writes to one owner, if there is anything to write. What the mail
// tells is told when the server has taken it.
func (a *app) digestTo(ctx context.Context, u store.User, at time.Time) error {
	d := a.deps(account())
	numbers, err := a.store.OwnerNumbers(ctx, []string{u.Name}, 0, 1)
	if err != nil {
		return err
	}
	var n store.OwnerNumbers
	if len(numbers) > 0 {
		n = numbers[0]
	}
	announced, err := a.store.BeginTelling(ctx, d.ToTell(u.Name))
	if err != nil {
		return err
	}
	told := time.Time{} // nothing, unless the mail is taken
	var sendErr error
	if n.Waiting > 0 || len(announced) > 0 {
		limited, cancel := context.WithTimeout(ctx, noticeTime)
		subject, body := a.digestText(u, n, announced, d.Notice)
		sendErr = a.mail(limited, []string{u.Email}, subject, body)
		cancel()
		if sendErr == nil {
			told = retention.StartOfDay(now())
		}
	}
	after := context.WithoutCancel(ctx) // what the server has taken is told
	if !d.Notice.Tells() {
		told = time.Time{}
	}
	if err := errors.Join(sendErr, a.store.EndTelling(after, u.Name, told)); err != nil || n.Waiting == 0 && len(announced) == 0 {
		return err
	}
	if err := a.store.SetDigest(after, u.Name, at); err != nil {
		return err
	}
	_, err = a.log.Append(audit.Entry{Time: now(), Type: audit.TypeOwnerTold, Actor: account(), Detail: map[string]string{
		"owner": detectors.MaskText(u.Name), "by": "mail", "waiting": strconv.FormatInt(n.Waiting, 10), "items": strconv.FormatInt(newlyTold(announced), 10),
	}})
	return err
}

// newlyTold is how many items a digest is the first to tell of.
func newlyTold(list []store.Announced) (n int64) {
	for _, g := range list {
		if g.Told.IsZero() {
			n += g.N
		}
	}
	return n
}

// letter is the sentences of a digest in one language; the order of what is
// filled in is the same in both.
type letter struct {
	lang                               report.Lang
	subject, soonSubject               string
	one, many                          string // item, items
	hello, intro                       string
	waiting, waitingOne, oldest        string
	due, now, until, later, laterUntil string
	asked                              string
	answer, object, end                string
}

var letters = map[report.Lang]letter{
	report.Danish: {
		lang: report.Danish, subject: "slet: %s fund venter på dit svar", soonSubject: "slet: %s bliver slettet",
		one: "1 element", many: "%s elementer",
		hello: "Hej %s", intro: "slet finder personoplysninger, som ikke skal gemmes længere%s. Dette er dit:",
		waiting: "%s fund venter på dit svar.", waitingOne: "1 fund venter på dit svar.", oldest: "Det ældste har ventet siden den %s.",
		due: "Forfaldet til sletning: %s – %s", now: "Kan slettes nu, for fristen for at sige nej er ovre: %s – %s",
		until: "Slettes efter den %s, hvis du ikke siger nej: %s – %s",
		later: "Forfalder til sletning fra den %s: %s – %s", laterUntil: "Forfalder fra den %s og slettes efter den %s, hvis du ikke siger nej: %s – %s",
		asked:  "på en persons anmodning (artikel 17)",
		answer: "Se dem, og svar:", object: "Skal noget bevares, så svar »Bevar«, og skriv hvorfor. Så slettes det ikke, før databeskyttelsesrådgiveren har taget stilling.",
		end: "Navne på filer og det, der står i dem, skrives aldrig i en mail.",
	},
	report.English: {
		lang: report.English, subject: "slet: %s findings wait for your answer", soonSubject: "slet: %s will be erased",
		one: "1 item", many: "%s items",
		hello: "Hello %s", intro: "slet finds personal data that is not to be kept any longer%s. This is yours:",
		waiting: "%s findings wait for your answer.", waitingOne: "1 finding waits for your answer.", oldest: "The oldest has waited since %s.",
		due: "Due for erasure: %s – %s", now: "May be erased now, for the time to object is over: %s – %s",
		until: "Will be erased after %s, unless you object: %s – %s",
		later: "Fall due for erasure from %s on: %s – %s", laterUntil: "Fall due from %s on, and will be erased after %s, unless you object: %s – %s",
		asked:  "a person has asked for it (article 17)",
		answer: "See them, and answer:", object: "If something has to be kept, answer \"Keep\" and say why. It is then not erased before the data protection officer has decided.",
		end: "Names of files and what is in them are never written in a mail.",
	},
}

// digestText is what a digest says.
func (a *app) digestText(u store.User, n store.OwnerNumbers, announced []store.Announced, notice erase.Notice) (subject, body string) {
	l, ok := letters[report.Lang(u.Language)]
	if !ok {
		l = letters[report.Danish]
	}
	var b strings.Builder
	say := func(format string, args ...any) { fmt.Fprintf(&b, format+"\n", args...) }
	say(l.hello, u.Name)
	at := ""
	if name := a.cfg.Organisation.Name; name != "" {
		at = " (" + name + ")"
	}
	say("\n"+l.intro+"\n", at)
	var items int64
	if n.Waiting > 0 {
		waiting := l.waitingOne
		if n.Waiting > 1 {
			waiting = fmt.Sprintf(l.waiting, l.lang.Number(n.Waiting))
		}
		say("- %s "+l.oldest, waiting, report.Day(n.Oldest))
	}
	for _, g := range announced {
		items += g.N
		say("- %s", l.announced(g, a.ruleTitle(g.Rule, l), notice))
	}
	if link := a.cfg.Web.Address(); link != "" {
		say("\n%s %s/fund", l.answer, link)
	}
	say("\n%s\n\n%s", l.object, l.end)
	subject = fmt.Sprintf(l.soonSubject, l.items(items))
	if n.Waiting > 0 {
		subject = fmt.Sprintf(l.subject, l.lang.Number(n.Waiting))
	}
	return subject, b.String()
}

func (l letter) items(n int64) string {
	if n == 1 {
		return l.one
	}
	return fmt.Sprintf(l.many, l.lang.Number(n))
}

// announced is the line about items that go for one reason.
func (l letter) announced(g store.Announced, rule string, notice erase.Notice) string {
	n, first := l.items(g.N), report.Day(g.First)
	if !notice.Tells() {
		if g.Later {
			return fmt.Sprintf(l.later, first, n, rule)
		}
		return fmt.Sprintf(l.due, n, rule)
	}
	told := g.Told
	if told.IsZero() {
		told = now()
	}
	over := notice.Over(told)
	last := report.Day(over.Add(-time.Second))
	switch {
	case g.Later && g.First.After(over):
		return fmt.Sprintf(l.laterUntil, first, first, n, rule)
	case g.Later:
		return fmt.Sprintf(l.laterUntil, first, last, n, rule)
	case now().Before(over):
		return fmt.Sprintf(l.until, last, n, rule)
	}
	return fmt.Sprintf(l.now, n, rule)
}

// ruleTitle is a rule as an owner reads it.
func (a *app) ruleTitle(id string, l letter) string {
	if id == "" {
		return l.asked
	}
	if r := a.schedule.Rule(id); r != nil && r.Title != "" {
		return detectors.MaskText(r.Title) + " (" + id + ")"
	}
	return id
}
