package agent

import (
	"strings"
	"testing"
)

// TestCopiesOfAMessage: the same message in two places is known to be the same,
// although what carried it there wrote into its header; another one, and the
// same text in a file that is no mail, are not.
func TestCopiesOfAMessage(t *testing.T) {
	s := newScanner(t)
	const mail = "Message-ID: <1@firma.dk>\r\nDate: Fri, 01 Mar 2024 09:15:07 +0100\r\nFrom: anna@firma.dk\r\nSubject: Sag\r\n\r\nCPR 150370-5008\r\n"
	src := &fakeSource{items: []fakeItem{
		{path: "Sendt/1.eml", text: mail, version: "1"},
		{path: "Indbakke/1.eml", text: "Received: by b\r\nX-Spam: nej\r\n" + strings.ReplaceAll(mail, "\r\n", "\n"), version: "1"},
		{path: "Indbakke/2.eml", text: strings.Replace(mail, "<1@", "<2@", 1), version: "1"},
		{path: "noter.txt", text: "X: y\r\n" + mail, version: "1"},
	}}
	if _, err := s.Scan(t.Context(), src, "imap"); err != nil {
		t.Fatal(err)
	}
	one := findings(t, s)["Sendt/1.eml"]
	copies, more, err := s.Store.Copies(t.Context(), one.Ref, one.ContentMAC, false)
	if err != nil || more || len(copies) != 1 || copies[0].Item.Path != "Indbakke/1.eml" || copies[0].Whole {
		t.Errorf("copies %+v, %v, %v; want the one in Indbakke", copies, more, err)
	}
}
