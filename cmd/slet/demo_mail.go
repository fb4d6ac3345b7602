package main

import (
	"fmt"
	"time"

	"github.com/sletdk/slet/internal/mailserver"
)

// demoPassword opens the demo's mailboxes, on a server that ends with the demo.
const demoPassword = "demo"

// startMail starts a mail server within the process and fills two mailboxes:
// applications old and new, a complaint, and what is private.
func startMail(now time.Time) (*mailserver.Server, error) {
	s, err := mailserver.Start()
	if err != nil {
		return nil, err
	}
	people := demoPeople()
	days := func(n int) time.Time { return now.AddDate(0, 0, -n) }
	anne := []mailserver.Message{
		{Folder: "INBOX", Received: days(12), Content: demoEML(people[7], "Klage over støj")},
		{Folder: "INBOX", Received: days(400), Content: demoEML(people[8], "Privat: sommerferie")},
		{Folder: "Ansøgninger", Received: days(500), Content: demoEML(people[9], "Ansøgning som vicevært")},
		{Folder: "Ansøgninger", Received: days(420), Content: demoEML(people[10], "Uopfordret ansøgning")},
		{Folder: "Ansøgninger", Received: days(20), Content: demoEML(people[11], "Ansøgning som gartner")},
		{Folder: "Privat", Received: days(700), Content: demoEML(people[12], "Familien")},
	}
	bo := []mailserver.Message{
		{Folder: "INBOX", Received: days(90), Content: demoEML(people[13], "Indflytning")},
		{Folder: "INBOX/Løn & ferie", Received: days(30), Content: demoEML(people[14], "Ferie i uge 42")},
	}
	for name, mail := range map[string][]mailserver.Message{"anne": anne, "bo": bo} {
		if err := s.AddAccount(name, demoPassword, mail); err != nil {
			return nil, fmt.Errorf("demo: %w", err)
		}
	}
	return s, nil
}
