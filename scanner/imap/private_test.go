package imap

import (
	"errors"
	"strings"
	"testing"

	"github.com/sletdk/slet/internal/testenv"
	"github.com/sletdk/slet/scanner"
)

// privateHeads are headers of messages that nobody opens, and openHeads ones
// that look alike.
func privateHeads() []string {
	return []string{
		"Subject: Privat: ferie", "subject: PRIVAT", "Subject: SV: Privat - ferie", "Subject: [Ekstern] Privat: ferie",
		"Subject: =?iso-8859-1?Q?Privat=3A_f=E6rie?=", "Subject: =?utf-8?B?UHJpdmF0OiBmZXJpZQ==?=", "Subject: =?windows-1252?Q?Priv?=\r\n =?windows-1252?Q?at?=",
		"Subject: Ferie\r\nSensitivity: Private", "Subject: Ferie\r\nSENSITIVITY: personal", "Sensitivity:\r\n Personal\r\nSubject: Ferie",
		"Subject: Ferie\r\nSubject: Privat", "Subject:\r\n Privat: ferie", "Subject: =?x-ukendt?Q?Privat?=", "Subject: Privat \xe6\xf8\xe5",
		"Subject: Ferie\r\nSensitivity: Normal\r\nSensitivity: Private", "X-A: " + strings.Repeat("b", 80<<10) + "\r\nSubject: Privat",
	}
}

func openHeads() []string {
	return []string{
		"Subject: Privatøkonomi", "Subject: =?utf-8?Q?Privat=C3=B8konomi?=", "Subject: Ferie\r\nSensitivity: Company-Confidential",
		"X-Subject: Privat", "Subject: Ferie\r\nX-Sensitivity: Private", "Subject: Ferie", "From: a@b.dk", "Subject: Er det privat?",
	}
}

// TestPrivateMessages: of a private message the server is asked for the two
// fields that say so, and never for more.
func TestPrivateMessages(t *testing.T) {
	d := testenv.Dovecot(t, testenv.DovecotOptions{Rawlog: true})
	for _, head := range append(privateHeads(), openHeads()...) {
		d.Deliver(t, account, "Sager", []byte(head+"\r\n\r\nhemmeligt\r\n"), received())
	}
	s := source(t, config(d))
	items, gaps, skips, err := crawl(t, s)
	must(t, err)
	if len(gaps) != 0 || len(items) != len(openHeads()) {
		t.Errorf("%d items, want %d; gaps %v", len(items), len(openHeads()), gaps)
	}
	if len(skips) != len(privateHeads()) {
		t.Errorf("%d skips, want %d", len(skips), len(privateHeads()))
	}
	for _, skip := range skips {
		if skip.Why != scanner.SkipPrivate || skip.Folder || skip.Name != "" || skip.Parent != account+"/Sager" {
			t.Errorf("skip %+v", skip)
		}
	}
	for _, it := range items {
		if _, err := read(s, it); err != nil {
			t.Error(err)
		}
	}

	// Nor when a stored item says that it can be opened.
	m, err := parseMessage(items[0].ID)
	must(t, err)
	m.uid = 1
	now, err := s.look(t.Context(), m)
	must(t, err)
	stored := items[0]
	stored.ID, stored.Version, stored.Size = m.id(), now.version(m.validity), now.size
	if _, err := read(source(t, config(d)), stored); !errors.Is(err, scanner.ErrPrivate) {
		t.Errorf("open of a private message: %v, want %v", err, scanner.ErrPrivate)
	}
	e, err := NewEraser(config(d))
	must(t, err)
	defer e.Close()
	if _, err := e.Take(t.Context(), stored); err == nil {
		t.Error("took a private message")
	}

	// What the server was asked for, in its own log: bodies of UIDs that are open.
	bodies := 0
	for line := range strings.Lines(d.Commands(t)) {
		_, ask, ok := strings.Cut(line, " UID FETCH ")
		if !ok || !strings.Contains(ask, "BODY.PEEK[]") {
			if strings.Contains(line, "BODY[") || strings.Contains(line, "RFC822 ") || strings.Contains(line, "SELECT") {
				t.Errorf("leaves traces: %s", line)
			}
			continue
		}
		bodies++
		set, _, _ := strings.Cut(ask, " ")
		for uid := 1; uid <= len(privateHeads()); uid++ {
			if inSet(set, uid) {
				t.Errorf("message %d is private, and was fetched: %s", uid, line)
			}
		}
	}
	if bodies == 0 {
		t.Error("the log shows no fetch at all: it shows nothing")
	}
}

// inSet reports whether an UID is in a set as it is sent: 1:3,7.
func inSet(set string, uid int) bool {
	for r := range strings.SplitSeq(set, ",") {
		from, to, ok := strings.Cut(r, ":")
		if !ok {
			to = from
		}
		if number(from) <= uid && uid <= number(to) {
			return true
		}
	}
	return false
}

func number(s string) (n int) {
	for _, r := range strings.TrimSpace(s) {
		n = 10*n + int(r-'0')
	}
	return n
}

// TestPrivateFoldersNotListed: what lies below a private folder is not asked for.
func TestPrivateFoldersNotListed(t *testing.T) {
	for _, flat := range []bool{false, true} {
		d := testenv.Dovecot(t, testenv.DovecotOptions{Rawlog: true, Flat: flat})
		d.Deliver(t, account, "Privat/Læge", mail("Sag", "hemmeligt"), received())
		d.Deliver(t, account, "Sager/Løn & ferie/privat/mere", mail("Sag", "hemmeligt"), received())
		d.Deliver(t, account, "Sager/Løn & ferie", mail("Sag", "åbent"), received())
		items, gaps, skips, err := crawl(t, source(t, config(d)))
		must(t, err)
		if len(items) != 1 || len(gaps) != 0 || len(skips) != 2 {
			t.Errorf("flat %v: items %v, gaps %v, skips %v", flat, items, gaps, skips)
		}
		if want := account + "/Sager/Løn & ferie/1"; len(items) == 1 && items[0].Path != want {
			t.Errorf("path %q, want %q", items[0].Path, want)
		}
		for line := range strings.Lines(d.Commands(t)) {
			if strings.Contains(strings.ToLower(line), "privat") || strings.Contains(line, `"*"`) {
				t.Errorf("flat %v: %s", flat, line)
			}
		}
	}
}
