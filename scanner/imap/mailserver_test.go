package imap

import (
	"errors"
	"slices"
	"testing"

	"github.com/sletdk/slet/erase"
	"github.com/sletdk/slet/internal/mailserver"
	"github.com/sletdk/slet/scanner"
)

// TestMailserver: the demonstration's server is walked, read and erased in like
// a real one.
func TestMailserver(t *testing.T) {
	server, err := mailserver.Start()
	must(t, err)
	defer func() { must(t, server.Close()) }()
	must(t, server.AddAccount("karen@firma.dk", "kode", []mailserver.Message{
		{Folder: "INBOX", Received: received(), Content: mail("Sag", "vores")},
		{Folder: "INBOX", Received: received(), Content: mail("Sag", "deres")},
		{Folder: "Sager/Løn & ferie", Received: received(), Content: mail("Sag", text(60000))},
		{Folder: "Privat/Læge", Received: received(), Content: mail("Sag", "hemmeligt")},
		{Folder: "Privat", Received: received(), Content: mail("Sag", "hemmeligt")},
		{Folder: "INBOX", Received: received(), Content: mail("Privat: ferie", "hemmeligt")},
	}))
	cfg := Config{
		Name: "post", Address: server.Address, Security: Plain, Accounts: []string{"karen@firma.dk"},
		Password: func() (string, error) { return "kode", nil },
	}
	items, gaps, skips, err := crawl(t, source(t, cfg))
	must(t, err)
	if len(items) != 3 || len(gaps) != 0 || len(skips) != 2 {
		t.Fatalf("items %v, gaps %v, skips %v", items, gaps, skips)
	}
	for _, it := range items {
		if _, err := read(source(t, cfg), it); err != nil {
			t.Error(err)
		}
		if !it.Received.Equal(received()) || it.Mailbox != "karen@firma.dk" {
			t.Errorf("%+v", it)
		}
	}
	res := approve(t, cfg, holds("vores")).run(t, cfg)
	if len(res) != 1 || res[0].Result != erase.Erased {
		t.Fatalf("results %+v", res)
	}
	left := all(t, source(t, cfg))
	if slices.ContainsFunc(left, func(it scanner.Item) bool { return it.ID == items[0].ID }) || len(left) != 2 {
		t.Errorf("left %v", left)
	}
	if _, err := read(source(t, cfg), items[0]); !errors.Is(err, scanner.ErrGone) {
		t.Errorf("open of the erased: %v", err)
	}
}
