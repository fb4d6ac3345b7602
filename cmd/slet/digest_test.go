package main

import (
	"fmt"
	"io"
	"mime/quotedprintable"
	"net"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/sletdk/slet/config"
	"github.com/sletdk/slet/report"
	"github.com/sletdk/slet/retention"
	"github.com/sletdk/slet/store"
)

// owned is an installation in which what is due belongs to hanne, a file that
// cannot be read to bo, who has no address, and nothing to ole.
func owned(t *testing.T, smtp string) *app {
	t.Helper()
	d := watched(t)
	a := d.current.Load()
	a.cfg.Erase.Mode, a.cfg.Erase.OwnersNotice = config.Enforce, "P14D"
	a.cfg.Notify.SMTP = config.SMTP{Address: smtp, Security: "none", From: "slet@kommune.dk", To: []string{"dpo@kommune.dk"}}
	a.cfg.Owners = []config.Owner{{User: "hanne", Path: "010758-5001/**"}, {User: "bo", Path: "*.pdf"}}
	a.cfg.Organisation.Name, a.cfg.Web.URL = "Ærø Kommune", "https://slet.example.dk"
	share := a.cfg.Sources[0].Path
	old := now().AddDate(-2, 0, 0)
	for _, name := range []string{"010758-5001/a.txt", "b.pdf"} {
		must(t, os.Chtimes(filepath.Join(share, name), old, old))
	}
	for _, u := range []store.User{
		{Name: "hanne", Role: "owner", Email: "hanne@kommune.dk"}, {Name: "bo", Role: "owner"}, {Name: "ole", Role: "owner", Email: "ole@kommune.dk"},
	} {
		must(t, a.store.AddUser(t.Context(), u))
	}
	must(t, d.scan(t.Context(), a, a.cfg.Sources[0], false))
	return a
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// digestDay is a Monday at the time of the digests, and the day of the tests.
func digestDay() time.Time {
	at := now().In(retention.Zone())
	monday := time.Date(at.Year(), at.Month(), at.Day(), 7, 0, 0, 0, retention.Zone())
	for monday.Weekday() != time.Monday {
		monday = monday.AddDate(0, 0, 1)
	}
	return monday
}

// decoded is the text of a mail.
func decoded(t *testing.T, mail string) string {
	t.Helper()
	head, body, ok := strings.Cut(mail, "\n\n")
	if !ok {
		t.Fatalf("no mail: %q", mail)
	}
	b, err := io.ReadAll(quotedprintable.NewReader(strings.NewReader(body)))
	must(t, err)
	return head + "\n\n" + string(b)
}

// told is the owner who was told of what is due; "" for nobody.
func told(t *testing.T, a *app) (owners string) {
	t.Helper()
	for f, err := range a.store.Findings(t.Context(), store.Filter{}) {
		must(t, err)
		if got, err := a.store.Told(t.Context(), f.Ref); err == nil {
			owners += got.Owner
		}
	}
	return owners
}

// TestDigest: an owner who has something to answer is written to once a
// period, in numbers, rules and days alone; nobody gets an empty mail; and what
// is to be erased was told when the server has taken the mail.
func TestDigest(t *testing.T) {
	address, mails := mailbox(t)
	a := owned(t, address)
	monday := digestDay()
	must(t, a.digestAt(t.Context(), monday.AddDate(0, 0, -3))) // digests are turned on
	must(t, a.digestAt(t.Context(), monday.Add(-time.Minute)))
	if len(mails) != 0 || told(t, a) != "" {
		t.Fatalf("%d mails before the first Monday, told %s", len(mails), told(t, a))
	}
	for range 2 { // the second time the period has had its mail
		must(t, a.digestAt(t.Context(), monday.Add(time.Minute)))
	}
	mail := decoded(t, <-mails)
	last := report.Day(retention.Over(now(), retention.Period{Days: 14}).Add(-time.Second))
	for _, want := range []string{
		"RCPT TO:<hanne@kommune.dk>", "Hej hanne", "(Ærø Kommune)", "- 1 fund venter på dit svar. Det ældste har ventet siden den " + report.Day(now()) + ".",
		"- Slettes efter den " + last + ", hvis du ikke siger nej: 1 element – Alt (R1)", "https://slet.example.dk/fund", "»Bevar«",
	} {
		if !strings.Contains(mail, want) {
			t.Errorf("no %q in the mail", want)
		}
	}
	for _, secret := range []string{"a.txt", "b.pdf", "5001", "5008", "150370", "arkiv"} {
		if strings.Contains(mail, secret) {
			t.Errorf("%q is in the mail", secret)
		}
	}
	if t.Failed() {
		t.Log(mail)
	}
	if len(mails) != 0 {
		t.Errorf("%d more mails", len(mails))
	}
	if got := told(t, a); got != "hanne" {
		t.Errorf("told: %q", got)
	}
	must(t, a.digestAt(t.Context(), monday.AddDate(0, 0, 7)))
	if mail := decoded(t, <-mails); !strings.Contains(mail, "Slettes efter den "+last) {
		t.Errorf("a week later:\n%s", mail)
	}
	u, err := a.store.User(t.Context(), "hanne")
	must(t, err)
	u.Language = "en"
	must(t, a.store.SetUser(t.Context(), u))
	must(t, a.digestAt(t.Context(), monday.AddDate(0, 0, 14)))
	if mail := decoded(t, <-mails); !strings.Contains(mail, "- 1 finding waits for your answer.") || !strings.Contains(mail, "Will be erased after "+last+", unless you object: 1 item – Alt (R1)") {
		t.Errorf("in English:\n%s", mail)
	}
}

// TestDigestFails: a mail that the server does not take has told nobody
// anything, keeps no other from being sent, and is tried again.
func TestDigestFails(t *testing.T) {
	address, mails := mailbox(t, "hanne@")
	a := owned(t, address)
	u, err := a.store.User(t.Context(), "bo")
	must(t, err)
	u.Email = "zz@kommune.dk"
	must(t, a.store.SetUser(t.Context(), u))
	u.Name, u.Email = "zoe", "zoe@kommune.dk" // after hanne, whose mail is refused
	must(t, a.store.AddUser(t.Context(), u))
	a.cfg.Owners[1].User = "zoe"
	must(t, a.refreshPages(t.Context(), true))
	// An address that is none, however it got there, keeps no other back either.
	must(t, a.store.AddUser(t.Context(), store.User{Name: "iris", Role: "owner", Email: "iris, kommune"}))
	numbers, err := a.store.OwnerNumbers(t.Context(), nil, 0, 9)
	must(t, err)
	must(t, a.store.SetOwnerNumbers(t.Context(), append(numbers, store.OwnerNumbers{Owner: "iris", Waiting: 1, Oldest: now()})))
	monday := digestDay()
	must(t, a.store.SetDigest(t.Context(), "", monday.AddDate(0, 0, -1)))
	if err := a.digestAt(t.Context(), monday); err == nil || !strings.Contains(err.Error(), "digest to hanne") || !strings.Contains(err.Error(), "digest to iris") {
		t.Errorf("a mail that is refused: %v", err)
	}
	if mail := <-mails; !strings.Contains(mail, "refused RCPT TO:<hanne@") {
		t.Errorf("not to hanne: %s", mail)
	}
	if mail := <-mails; !strings.Contains(mail, "RCPT TO:<zoe@") {
		t.Errorf("one bad address kept the next: %s", mail)
	}
	if got := told(t, a); got != "zoe" {
		t.Errorf("told: %q", got)
	}
	// A server that is not there is one failure, not one for everybody.
	l, err := net.Listen("tcp", "127.0.0.1:0")
	must(t, err)
	a.cfg.Notify.SMTP.Address = l.Addr().String()
	must(t, l.Close())
	if err := a.digestAt(t.Context(), monday.AddDate(0, 0, 7)); err == nil || strings.Count(err.Error(), "digest to") != 1 {
		t.Errorf("no server: %v", err)
	}
	again, mails := mailbox(t)
	a.cfg.Notify.SMTP.Address = again
	if err := a.digestAt(t.Context(), monday.AddDate(0, 0, 7).Add(time.Minute)); err == nil || strings.Contains(err.Error(), "digest to hanne") {
		t.Errorf("tried again: %v", err)
	}
	if len(mails) != 2 || told(t, a) != "hannezoe" && told(t, a) != "zoehanne" {
		t.Errorf("tried again: %d mails, told %q", len(mails), told(t, a))
	}
}

// TestDigestWithoutNotice: where owners are not waited for, or erasing is turned
// off, they are written to all the same, and no erasure is announced.
func TestDigestWithoutNotice(t *testing.T) {
	address, mails := mailbox(t)
	a := owned(t, address)
	monday := digestDay()
	must(t, a.store.SetDigest(t.Context(), "", monday.AddDate(0, 0, -1)))
	a.cfg.Erase.Mode = "dry-run"
	for range 2 {
		must(t, a.digestAt(t.Context(), monday))
		if mail := decoded(t, <-mails); !strings.Contains(mail, "- Forfaldet til sletning: 1 element – Alt (R1)") || told(t, a) != "" {
			t.Errorf("told %q:\n%s", told(t, a), mail)
		}
		a.cfg.Erase.Mode, a.cfg.Erase.OwnersNotice = config.Enforce, ""
		monday = monday.AddDate(0, 0, 7)
	}
}

// TestLetters: every line of a digest, in both languages.
func TestLetters(t *testing.T) {
	day := func(n int) time.Time { return now().AddDate(0, 0, n) }
	notice := (&app{cfg: &config.Config{Erase: config.Erase{Mode: config.Enforce, OwnersNotice: "P14D"}}}).deps("").Notice
	over := func(n int) string { return report.Day(day(n)) }
	for _, c := range []struct {
		g      store.Announced
		da, en string
	}{
		{store.Announced{N: 1200}, "Slettes efter den " + over(14) + ", hvis du ikke siger nej: 1.200 elementer – R", "Will be erased after " + over(14) + ", unless you object: 1,200 items – R"},
		{store.Announced{N: 1, Told: day(-3)}, "Slettes efter den " + over(11) + ", hvis du ikke siger nej: 1 element – R", "Will be erased after " + over(11) + ", unless you object: 1 item – R"},
		{store.Announced{N: 2, Told: day(-15)}, "Kan slettes nu, for fristen for at sige nej er ovre: 2 elementer – R", "May be erased now, for the time to object is over: 2 items – R"},
		{store.Announced{N: 2, Later: true, First: day(4), Last: day(9)}, "Forfalder fra den " + over(4) + " og slettes efter den " + over(14) + ", hvis du ikke siger nej: 2 elementer – R", "Fall due from " + over(4) + " on, and will be erased after " + over(14) + ", unless you object: 2 items – R"},
		{store.Announced{N: 2, Later: true, First: day(25), Last: day(29)}, "Forfalder fra den " + over(25) + " og slettes efter den " + over(25) + ", hvis du ikke siger nej: 2 elementer – R", "Fall due from " + over(25) + " on, and will be erased after " + over(25) + ", unless you object: 2 items – R"},
	} {
		for lang, want := range map[report.Lang]string{report.Danish: c.da, report.English: c.en} {
			if got := letters[lang].announced(c.g, "R", notice); got != want {
				t.Errorf("%+v:\ngot  %s\nwant %s", c.g, got, want)
			}
		}
	}
	notice.Window = retention.Period{}
	if got := letters[report.Danish].announced(store.Announced{N: 2, Later: true, First: day(4)}, "R", notice); got != "Forfalder til sletning fra den "+over(4)+": 2 elementer – R" {
		t.Error(got)
	}
}

// TestLastTime: the last time of a schedule, however long ago it was.
func TestLastTime(t *testing.T) {
	s := config.Service{Zone: "Europe/Copenhagen"}
	for _, c := range [][3]string{
		{"0 7 * * 1", "2026-12-01T12:00:00+01:00", "2026-11-30T07:00:00+01:00"}, {"0 7 * * 1", "2026-11-30T07:00:00+01:00", "2026-11-30T07:00:00+01:00"},
		{"0 7 * * 1", "2026-11-30T06:59:59+01:00", "2026-11-23T07:00:00+01:00"}, {"0 7 1 2 *", "2026-01-30T06:59:59+01:00", "2025-02-01T07:00:00+01:00"},
		{"0 0 29 2 *", "2028-02-01T00:00:00+01:00", "2024-02-29T00:00:00+01:00"}, {"0 7 * * 1", "2026-10-26T08:00:00+01:00", "2026-10-26T07:00:00+01:00"},
	} {
		next, err := s.Times(c[0])
		must(t, err)
		at, err := time.Parse(time.RFC3339, c[1])
		must(t, err)
		if got := lastTime(next, at).Format(time.RFC3339); got != c[2] {
			t.Errorf("%s before %s: %s, want %s", c[0], c[1], got, c[2])
		}
	}
}

// TestOwnerNumbers: what waits for an answer is counted at each refresh, by
// whom, and no longer when it was answered.
func TestOwnerNumbers(t *testing.T) {
	a := owned(t, "127.0.0.1:1")
	numbers := func() string {
		list, err := a.store.OwnerNumbers(t.Context(), nil, 0, 9)
		must(t, err)
		var out []string
		for _, n := range list {
			out = append(out, fmt.Sprintf("%s %d/%d/%d %d/%d", n.Owner, n.Waiting, n.Month, n.Recent, n.Answered, n.AnsweredRecent))
		}
		return strings.Join(out, ", ")
	}
	if got, want := numbers(), "bo 1/1/1 0/0, hanne 1/1/1 0/0, ole 0/0/0 0/0"; got != want {
		t.Fatalf("got  %s\nwant %s", got, want)
	}
	var refs []string
	for f, err := range a.store.Findings(t.Context(), store.Filter{}) {
		must(t, err)
		if a.routed(f.Item) == "hanne" {
			refs = append(refs, f.Ref)
		}
	}
	must(t, a.store.AddAnswers(t.Context(), []store.Answer{{Ref: refs[0], Kind: "journalise", Person: "hanne", Answered: now(), Detail: "2026-1"}}))
	must(t, a.refreshPages(t.Context(), true))
	if got, want := numbers(), "bo 1/1/1 0/0, hanne 0/1/1 1/1, ole 0/0/0 0/0"; got != want {
		t.Errorf("answered:\ngot  %s\nwant %s", got, want)
	}
	must(t, a.store.AddAnswers(t.Context(), []store.Answer{{Ref: refs[0], Kind: store.AnswerOwner, Person: "hanne", Answered: now().Add(time.Second), Detail: "ole"}}))
	must(t, a.refreshPages(t.Context(), true))
	if got, want := numbers(), "bo 1/1/1 0/0, hanne 0/0/0 1/1, ole 1/1/1 0/0"; got != want {
		t.Errorf("sent on:\ngot  %s\nwant %s", got, want)
	}
	// Who owns the files on this machine, when that is a person's account.
	routes := a.cfg.Owners
	a.cfg.Owners = []config.Owner{{User: "ole", Account: "ole", UID: strconv.Itoa(os.Getuid())}}
	must(t, a.refreshPages(t.Context(), true))
	if got, want := numbers(), "bo 0/0/0 0/0, hanne 0/0/0 1/1, ole 2/2/2 0/0"; got != want {
		t.Errorf("by account:\ngot  %s\nwant %s", got, want)
	}
	a.cfg.Owners = routes
	must(t, a.refreshPages(t.Context(), true))
	var texts []string
	all, err := a.notices(t.Context())
	must(t, err)
	for _, n := range all {
		if n.Kind == "owner" {
			texts = append(texts, n.Text)
		}
	}
	if len(texts) != 1 || !strings.Contains(texts[0], "1 owner with findings cannot be written to, such as bo") {
		t.Errorf("notices: %q", texts)
	}
	must(t, a.store.SetUser(t.Context(), store.User{Name: "bo", Role: "owner", Disabled: now()}))
	if all, err = a.notices(t.Context()); err != nil || !strings.Contains(fmt.Sprint(all), "1 user without an open account that may answer, such as bo") {
		t.Errorf("%v: %v", err, all)
	}
}
